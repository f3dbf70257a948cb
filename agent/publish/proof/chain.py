"""The ledger, followed from line to line: each must hold, and name the hash of the line before it. Pure."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from agent.publish.ledger import FORMAT, GENESIS
from agent.publish.told import Event
from agent.record import canonical, sha256

LEDGER = "ledger.jsonl"
PART = re.compile(r"ledger/(\d{5,})\.jsonl")


def parts_of(paths: Collection[str], problems: list[str]) -> list[str]:
    """The files that hold the ledger, in order: its full parts, then the newest lines."""
    numbers = sorted(int(found[1]) for path in paths if (found := PART.fullmatch(path)))
    parts = [f"ledger/{number:05}.jsonl" for number in range(1, max(numbers, default=0) + 1)]
    problems += [f"{part}: is missing" for part in parts if part not in paths]
    return [*(part for part in parts if part in paths), LEDGER]


class Chain:
    """Where the lines so far lead. `wanted` are the numbers of lines whose hashes are to be remembered, and hashes
    whose lines are."""

    def __init__(self, problems: list[str], wanted: Collection[int | str] = ()) -> None:
        self.lines = 0
        self.head = GENESIS
        self.hashes = {0: GENESIS} if 0 in wanted else {}
        """Line -> its hash, of those wanted."""
        self.numbers = {GENESIS: 0} if GENESIS in wanted else {}
        """Hash -> its line, of those wanted."""
        self._problems = problems
        self._wanted = set(wanted)
        self._newest = 1
        self._keys: set[str] = set()

    def follow(self, name: str, data: bytes) -> Iterator[tuple[str, Event]]:
        """Go on with the lines of one file: where each stands, in words, and what it says, as far as it can be read."""
        try:
            # Not splitlines(): a line may hold other signs that end one, in the address of a source.
            lines = data.decode().split("\n")
        except UnicodeDecodeError:
            self._problems.append(f"{name}: is not UTF-8 text")
            return
        if lines.pop():
            self._problems.append(f"{name}: its last line is cut off")
        for number, line in enumerate(lines, 1):
            where = f"{name}, line {number}"
            if (event := self._next(where, line)) is not None:
                yield where, event

    def ends(self, lines: Any, head: Any, manifest: str) -> None:
        """Compare where the ledger ends with what the manifest says."""
        if (self.lines, self.head) != (lines, head):
            self._problems.append(f"{LEDGER}: ends elsewhere than {manifest} says ({lines} lines)")

    def _next(self, where: str, line: str) -> Event | None:
        self.lines += 1
        try:
            event: Event = json.loads(line)
            digest = event.pop("hash")
            whole = canonical(event | {"hash": digest}).decode() == line
            right = whole and sha256(canonical(event)) == digest
            known = event["v"] in range(1, FORMAT + 1)
            follows = not known or self._follows(event)
            _ = event["event"], event["key"].partition(":"), event["data"].get("invitation"), event["at"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._problems.append(f"{where}: is damaged")
            self._remember(sha256(line.encode()))
            return None
        if not right:
            self._problems.append(f"{where}: its hash does not hold")
        if not known:
            self._problems.append(f"{where}: format {event['v']} is not known to this version")
        if not follows:
            self._problems.append(f"{where}: does not follow the line before it; a line was dropped, moved or changed")
        if event["key"] in self._keys:
            self._problems.append(f"{where}: {event['key']} stands in the ledger already")
        self._keys.add(event["key"])
        self._newest = event["v"] if known else self._newest
        self._remember(digest)
        return event

    def _follows(self, event: Event) -> bool:
        return (event["seq"], event["prev"], event["v"] >= self._newest) == (self.lines, self.head, True)

    def _remember(self, digest: str) -> None:
        self.head = digest
        if self.lines in self._wanted:
            self.hashes[self.lines] = digest
        if digest in self._wanted:
            self.numbers[digest] = self.lines
