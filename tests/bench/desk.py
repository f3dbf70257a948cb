"""20 reviewers at once at a desk with 100,000 pieces, for 60 seconds, each of whom waits a second between two acts.

The desk runs as a process of its own and is asked over loopback, on SQLite and on a PostgreSQL; the pieces are half
decided, half waiting, if nothing else is said. Reviewers sign in, and once all are in, they look at the queue, search,
take the next piece or one that others look at, too, read it, read its flags, publish, veto, ask another, skip, and take
a fifth of their verdicts back. What was decided goes out meanwhile, a quarter of a minute after its verdict. Afterwards
the rows are asked whether each verdict that was taken is there, once, no other is, and nothing is decided twice.

    scripts/bench desk                                takes about twelve minutes, most of them to make the pieces
    scripts/bench desk --pieces 2000 --reviewers 6 --seconds 4 --pause 0.05
    scripts/bench desk --waiting 100000               all of them wait; --waiting 300: nearly all are decided
    scripts/bench desk --database URL                 on this (empty) database alone, such as sqlite:///afterword.db
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.desk_people import Diary

PIECES, REVIEWERS, SECONDS, PAUSE = 100_000, 20, 60.0, 1.0
GOALS = {"lost": 0.0, "double": 0.0, "untrue": 0.0, "faults": 0.0, "queue_p95_ms": 100.0}
CARRIES_OUT = 2.0
"""So many seconds apart what is due takes effect, as `afterword up` has it."""
LONGEST = 90.0
"""So many seconds beside their time reviewers have to sign in and to end, before they are given up on."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be said besides."""
    parser.add_argument("--pieces", type=int, default=PIECES, help=f"how many there are ({PIECES:,})")
    parser.add_argument("--waiting", type=int, help="how many of them wait to be read (half)")
    parser.add_argument("--reviewers", type=int, default=REVIEWERS, help=f"how many people are at it ({REVIEWERS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"for so long ({SECONDS:g})")
    parser.add_argument("--pause", type=float, default=PAUSE, help=f"seconds between two acts of one ({PAUSE:g})")
    parser.add_argument("--database", help="the URL of one empty database, instead of both kinds")


def measure(given: argparse.Namespace) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds by page, requests a second, CPU seconds of the desk's process, what was lost or double; goals."""
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    try:
        figures = {
            f"{kind}_{name}": value
            for kind, url in _databases(folder, given.database)
            for name, value in a_busy_minute(folder / f"a-{kind}", url, given).items()
        }
        kinds = {name.split("_")[0] for name in figures}
        return figures, {f"{kind}_{name}": goal for kind in sorted(kinds) for name, goal in GOALS.items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def a_busy_minute(folder: Path, url: str, given: argparse.Namespace) -> dict[str, float]:
    """Make the pieces, let the reviewers in, and ask the rows afterwards. Prints a table of the pages."""
    from sqlmodel import func, select

    from agent.tables import Review
    from tests.bench.desk_people import Person
    from tests.bench.desk_proof import prove
    from tests.bench.desk_rows import Size, an_outlet_of

    names = [f"r{number:02}" for number in range(1, given.reviewers + 1)]
    waiting = given.pieces // 2 if given.waiting is None else min(given.waiting, given.pieces)
    begun = time.perf_counter()
    outlet = an_outlet_of(folder, url, Size(given.pieces, waiting), names)
    made = time.perf_counter() - begun
    with outlet.database.read() as db:
        since = db.exec(select(func.max(Review.id))).one() or 0
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _the_desk(folder) as address, _going_out(folder):
        all_in, until = threading.Barrier(len(names)), time.monotonic() + given.seconds + LONGEST
        people = [Person(address, name, all_in, seconds=given.seconds, pause=given.pause) for name in names]
        for person in people:
            person.start()
        for person in people:
            person.join(max(0.0, until - time.monotonic()))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    diaries = [person.diary for person in people]
    proof = prove(outlet, diaries, since=since)
    outlet.database.close()
    pages = {name: [s for diary in diaries for s in diary.seconds.get(name, [])] for name in _pages(diaries)}
    _show(url, pages, [fault for diary in diaries for fault in diary.faults])
    acts = sum(map(len, pages.values()))
    figures = {
        "lost": proof.lost,
        "double": proof.double,
        "untrue": proof.untrue,
        "faults": sum(len(diary.faults) for diary in diaries) + sum(person.is_alive() for person in people),
        "verdicts": proof.verdicts,
        "refused": proof.refused,
        "requests_a_second": round(acts / given.seconds, 1),
        "desk_cpu_s": round(after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime, 1),
        "made_in_s": round(made, 1),
    }
    for name, seconds in pages.items():
        figures |= {f"{name}_p{part}_ms": _percentile(seconds, part) for part in (50, 95, 99)}
    return figures


def _databases(folder: Path, url: str | None) -> Iterator[tuple[str, str]]:
    if url:
        yield url.partition(":")[0].partition("+")[0], url
        return
    from tests.databases import a_server

    yield "sqlite", "sqlite:///afterword.db"
    with a_server(folder) as (server, _):
        server.run("CREATE DATABASE desk")
        yield "postgresql", server.url("desk")


@contextmanager
def _the_desk(folder: Path) -> Iterator[str]:
    """The desk as `afterword desk` runs it; gives its address, without a slash at the end."""
    command, log = [sys.executable, "-m", "tests.bench.desk", str(folder)], folder / "desk.log"
    with log.open("w") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as desk:
        assert desk.stdout is not None
        try:
            address = desk.stdout.readline().strip()
            if not address.startswith("http://127.0.0.1:"):
                raise RuntimeError(f"the desk did not start: {log.read_text()[-2_000:]}")
            yield address
        finally:
            desk.terminate()
            try:
                desk.wait(20)
            except subprocess.TimeoutExpired:
                desk.kill()


@contextmanager
def _going_out(folder: Path) -> Iterator[None]:
    """Let what is due take effect now and then, from another process's place in the database."""
    from agent import app
    from agent.review import actions
    from agent.settings import load

    over, outlet = threading.Event(), app.build(load(folder))

    def carry_out() -> None:
        while not over.wait(CARRIES_OUT):
            actions.carry_out(outlet)

    thread = threading.Thread(target=carry_out, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)
        outlet.database.close()


def _pages(diaries: Sequence["Diary"]) -> list[str]:
    return sorted({name for diary in diaries for name in diary.seconds})


def _percentile(seconds: Sequence[float], part: int) -> float:
    if len(seconds) < 2:
        return round(1000 * sum(seconds), 1)
    return round(1000 * statistics.quantiles(seconds, n=100, method="inclusive")[part - 1], 1)


def _show(url: str, pages: dict[str, list[float]], faults: Sequence[str]) -> None:
    print(f"\n{url.partition(':')[0]}: milliseconds by page")  # noqa: T201
    print(f"{'':10} {'asked':>7} {'p50':>8} {'p95':>8} {'p99':>8}")  # noqa: T201
    for name, seconds in pages.items():
        parts = " ".join(f"{_percentile(seconds, part):8.1f}" for part in (50, 95, 99))
        print(f"{name:10} {len(seconds):7,} {parts}")  # noqa: T201
    for fault in faults[:10]:
        print(f"fault: {fault}")  # noqa: T201


if __name__ == "__main__":
    from agent import app
    from agent.settings import load

    serving = app.desk_server(app.build(load(Path(sys.argv[1]))), 0)
    print(serving.url.rstrip("/"), flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt):
        serving.run()
