"""A process that does nothing but poll, so that its time and memory can be told from those of the world it asks.

It reads one JSON object from standard input: `url` of the database, `folder`, `networks` that may be asked, `seconds`
for one feed, and `names`: a host's name and its addresses, one look-up each, the last one for ever. Then for each
line, a number of hours, it moves its clock on, polls, and prints what came of it as one line of JSON.
"""

import ipaddress
import json
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from agent import app
from agent.adapters import guard
from agent.adapters.feeds import FeedReader
from agent.polling import poll
from agent.settings import Settings
from agent.testing import MovableClock


def main() -> None:
    """Poll as often as it is asked to."""
    given = json.loads(sys.stdin.readline())
    asked = Counter[str]()

    def resolve(host: str, port: int) -> list[str]:
        asked[host] += 1
        if host in given["names"]:
            answers = given["names"][host]
            return [answers[min(asked[host], len(answers)) - 1]]
        if host.endswith(".example"):
            raise OSError("no such host")
        return guard.resolve(host, port)  # Numbers, and the name of this machine.

    clock = MovableClock()
    settings = Settings(folder=Path(given["folder"]), database_url=given["url"], prompts=app.bundled("prompts"))
    networks = [ipaddress.ip_network(network) for network in given["networks"]]
    reader = FeedReader(networks=networks, resolve=resolve, seconds=given["seconds"], now=clock)
    outlet = replace(app.build(settings, log=app.logger()), feeds=reader, now=clock)
    before = peak()
    for line in sys.stdin:
        clock.forward(hours=float(line))
        began, cpu = time.perf_counter(), time.process_time()
        came = poll(outlet)
        took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "grown": peak() - before}
        print(json.dumps({**vars(came), **took, "looked_up": asked}), flush=True)  # noqa: T201
    outlet.database.close()


def peak() -> float:
    """The most memory that this process ever held, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells here begins from the process that started this one.
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000


if __name__ == "__main__":
    main()
