"""A process that has imported the whole product, and forks one that runs a command for each that is asked of it.

Importing takes two seconds, forking a tenth of one; what a fork then does is all its own: it opens its databases,
begins its threads and is killed like any other process. The zygote itself has one thread and no open database.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import argon2

import agent

ORDER_SIZE = 65_536
LIFE_SECONDS = 120
"""So long a process lives at most, whatever becomes of who started it."""
WAIT_SECONDS = 60
IMPORTED_LATE = (
    *("anthropic", "dbos", "psycopg", "uvicorn"),
    *("apscheduler.schedulers.background", "apscheduler.triggers.interval"),
)
PROGRAM = "agent.cli"
POLL_SECONDS = 0.1
"""How often the engine looks into its queues here. Its own pace would make every start half a second longer."""


class Zygote:
    """Starts processes on publications in folders. `program` is the module whose `main` each of them runs."""

    def __init__(self, program: str = PROGRAM) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(WAIT_SECONDS)
        with theirs:
            command = [sys.executable, "-m", "tests.a_zygote", str(theirs.fileno()), program]
            here = Path(__file__).parent.parent
            clean = {name: value for name, value in os.environ.items() if not name.startswith("AFTERWORD_")}
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=here, env=clean)

    def close(self) -> None:
        """End it, and with it every process of its that is left."""
        self._control.close()
        self._process.wait(WAIT_SECONDS)

    @contextmanager
    def up(self, folder: Path, heard: Callable[[str], None], **variables: str) -> Iterator["Life"]:
        """Run `afterword up` on a folder until the `with` block ends. `heard` is told each line that it prints."""
        life = self._begin(["--dir", str(folder), "up"], variables, heard)
        try:
            yield life
        finally:
            life.kill()

    def run(self, *words: str) -> str:
        """Run one command to its end; return what it printed."""
        return self._begin(list(words), {}, lambda _: None).result()

    def _begin(self, words: list[str], variables: dict[str, str], heard: Callable[[str], None]) -> "Life":
        ours, theirs = os.pipe()
        try:
            pid = self._ask({"words": words, "variables": variables}, theirs)
        finally:
            os.close(theirs)
        return Life(pid, ours, heard, lambda: self._ask({"reap": pid}))

    def _ask(self, order: dict[str, object], *fds: int) -> int:
        socket.send_fds(self._control, [json.dumps(order).encode() + b"\n"], fds)
        answer = b""
        while not answer.endswith(b"\n"):
            part = self._control.recv(ORDER_SIZE)
            assert part, "the zygote has ended"
            answer += part
        return int(answer)


class Life:
    """One process, from its start to its end."""

    def __init__(self, pid: int, out: int, heard: Callable[[str], None], reap: Callable[[], int]) -> None:
        self.pid = pid
        self.printed: list[str] = []
        self._heard = heard
        self._reap = reap
        self._ended = False
        self._reader = threading.Thread(target=self._read, args=[out], daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """End it as a power cut would; return when it is gone and all that it printed was read. Once."""
        if self._ended:
            return
        os.kill(self.pid, signal.SIGKILL)  # It is nobody else's number before it is reaped.
        ended = self._end()
        assert ended == -signal.SIGKILL, f"it ended by itself ({ended}):\n{self.text}"

    def result(self) -> str:
        """Wait for its end, a good one, and return what it printed."""
        self._reader.join(WAIT_SECONDS)
        if self._reader.is_alive():
            os.kill(self.pid, signal.SIGKILL)
        ended = self._end()
        assert ended == 0, f"it ended by {ended}:\n{self.text}"
        return self.text

    def _end(self) -> int:
        """Reap it, and return its exit code, or the signal that ended it, below zero."""
        self._ended = True
        status = self._reap()
        self._reader.join(WAIT_SECONDS)
        return os.waitstatus_to_exitcode(status)

    @property
    def text(self) -> str:
        """All that it printed."""
        return "\n".join(self.printed)

    def _read(self, out: int) -> None:
        with os.fdopen(out, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                self.printed.append(line.rstrip("\n"))
                self._heard(line)


def serve(control: socket.socket) -> None:
    """Fork and reap as asked, until the other end is closed; then end what is left."""
    children: set[int] = set()
    try:
        while True:
            asked, fds, *_ = socket.recv_fds(control, ORDER_SIZE, 1)
            while asked and not asked.endswith(b"\n"):
                asked += control.recv(ORDER_SIZE)
            if not asked:
                return
            order = json.loads(asked)
            if "reap" in order:
                pid = order["reap"]
                children.discard(pid)
                answer = os.waitpid(pid, 0)[1]
            else:
                answer = os.fork()
                if answer == 0:
                    control.close()
                    run(order["words"], order["variables"], fds[0])
                children.add(answer)
                os.close(fds[0])
            control.sendall(b"%d\n" % answer)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def run(words: list[str], variables: dict[str, str], out: int) -> None:
    """Be one process of the product. Never returns."""
    signal.alarm(LIFE_SECONDS)
    code = 1
    try:
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.close(out)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, encoding="utf-8") for number in (1, 2))
        os.environ.update(variables)
        sys.argv = ["afterword", *words]
        importlib.import_module(sys.orig_argv[-1]).main()
    except SystemExit as left:
        if isinstance(left.code, str):
            sys.stderr.write(f"{left.code}\n")
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def import_all() -> None:
    """Import everything that a start would import, and what it would import later."""
    for module in pkgutil.walk_packages(agent.__path__, "agent."):
        if not module.name.startswith("agent.migrations."):  # They are run by alembic alone.
            importlib.import_module(module.name)
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    importlib.import_module(sys.orig_argv[-1])
    from sqlalchemy.orm import configure_mappers

    from agent.adapters import durable
    from agent.staff import passwords

    configure_mappers()
    durable.POLL_SECONDS = POLL_SECONDS
    # The desk compares a password at each start, to be ready. Nobody signs in here, so it may be a cheap one.
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._hasher = cache(lambda: cheap)
    assert threading.active_count() == 1, "a fork of a process with threads may wait for ever"
    gc.freeze()


if __name__ == "__main__":
    import_all()
    serve(socket.socket(fileno=int(sys.argv[1])))
