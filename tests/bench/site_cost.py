"""What a run of a generator costs: CPU, wall time, memory, and what it did to a folder."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_SECONDS = 3_600.0
"""No run takes longer; one that does is ended, and the bench with it."""

Seen = dict[str, tuple[int, int, int]]
"""The files of a folder: inode, time and size of each."""


@dataclass(frozen=True)
class Cost:
    """CPU of all its processes and of the system for them, in seconds; the most memory that one of them held, in MB;
    files that are new or were written anew, and their bytes; and those that are there at the end."""

    cpu: float
    wall: float
    memory: float = 0.0
    written: int = 0
    written_bytes: int = 0
    files: int = 0


def seen(folder: Path) -> Seen:
    """Every file below a folder."""
    found: Seen = {}
    for here, _, names in os.walk(folder):
        for name in names:
            stat = os.lstat(path := os.path.join(here, name))
            found[path] = stat.st_ino, stat.st_mtime_ns, stat.st_size
    return found


def run(command: Sequence[str], folder: Path, output: Path, **environment: str) -> tuple[Cost, str]:
    """Run a command in a folder to its end; return what it cost and what it printed. `output` is where it writes
    its site. Raises RuntimeError where it fails.

    What a process was charged counts with that of its own children. This process must stay small: until a child
    begins its program, the memory of its parent counts as its own.
    """
    before = seen(output)
    log = folder / "bench.log"
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ | environment
        )
        guard = threading.Timer(MOST_SECONDS, process.kill)
        guard.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            guard.cancel()
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2_000:]}")
    return changed(before, seen(output), used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024), said


def changed(before: Seen, after: Seen, cpu: float, wall: float, memory: float = 0.0) -> Cost:
    """A cost, with what the difference between two looks at a folder adds to it."""
    new = [stat[2] for path, stat in after.items() if before.get(path) != stat]
    return Cost(cpu, wall, memory, len(new), sum(new), len(after))
