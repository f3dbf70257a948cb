"""What the checks take: all local ones on a work, with what is gathered for them from the rows, and the look-up of its
passages among 100,000 pieces, on SQLite and on a PostgreSQL.

Two works are looked at: plain prose, and a text that has everything checks look for, with passages out of three entries
and twenty pieces. What one takes is given in milliseconds of CPU for 1,000 of its words: to gather what checks are
handed, which looks the archive up; for each check; and together. The worker is the process of its own in which checks
run: the wall time of an errand there beside that of the same checks here.

    scripts/bench checks                          takes about eight minutes, most of them to fill the databases
    scripts/bench checks --pieces 2000
    scripts/bench checks --database URL           on this (empty) database alone, such as sqlite:///afterword.db
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlmodel import col, func, select

from agent.check import CHECKS, worker
from agent.check.frame import Subject
from agent.check.gathering import subject_of
from agent.fingerprints import sharing, take_in
from agent.outlet import Outlet
from agent.tables import Fingerprint, Revision
from agent.testing import an_outlet
from tests.bench.checks_rows import FIRST, UNKNOWN, Texts, fill, texts, works

PIECES, WORDS, ROUNDS = 100_000, 1_000, 15
GOAL_MS = 20.0
"""Of CPU for 1,000 words, all local checks together and the look-up included."""
LOOK_UP_MS = 300.0
"""Well under a second, the slowest of all look-ups."""
SECONDS = 60.0


def options(parser: argparse.ArgumentParser) -> None:
    """What can be said besides."""
    parser.add_argument("--pieces", type=int, default=PIECES, help=f"how many there are ({PIECES:,})")
    parser.add_argument("--words", type=int, default=WORDS, help=f"of so many words each ({WORDS:,})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"so often each is measured ({ROUNDS})")
    parser.add_argument("--database", help="the URL of one empty database, instead of both kinds")


def measure(given: argparse.Namespace) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds for 1,000 words by work and check; of a look-up and of taking in by database; goals."""
    folder, found = Path(tempfile.mkdtemp(prefix="checks-")), texts()
    figures = {"pieces": float(given.pieces), "words_a_piece": float(given.words), "real_prose": float(found.real)}
    goals: dict[str, float] = {}
    try:
        for kind, url in _databases(folder, given.database):
            (folder / f"on-{kind}").mkdir()
            outlet = an_outlet(folder / f"on-{kind}", database_url=url)
            try:
                measured = _measured(outlet, kind, found, given)
            finally:
                outlet.database.close()
            figures |= measured
            goals |= {name: GOAL_MS for name in measured if name.endswith("_all_ms")}
            goals[f"{kind}_look_up_slowest_ms"] = LOOK_UP_MS
        return figures, goals
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(outlet: Outlet, kind: str, found: Texts, given: argparse.Namespace) -> dict[str, float]:
    asked = found.essays[-UNKNOWN:]
    begun = time.perf_counter()
    fill(outlet, given.pieces, given.words, asked)
    filled = time.perf_counter() - begun
    two = works(outlet, found.essays)
    figures = {f"{kind}_filled_in_s": round(filled, 1)} | _look_ups(outlet, kind, asked, given.pieces)
    for name, (number, many) in (("clean", two.clean), ("full", two.full)):
        parts = _parts(outlet, number, given.rounds)
        figures[f"{kind}_{name}_all_ms"] = round(1_000_000 * sum(parts.values()) / many, 2)
        for part, seconds in parts.items():
            figures[f"{kind}_{name}_{part}_ms"] = round(1_000_000 * seconds / many, 2)
        figures[f"{kind}_{name}_worker_ratio"] = round(_ratio(outlet, number, given.rounds), 2)
    return figures


def _look_ups(outlet: Outlet, kind: str, asked: Sequence[str], pieces: int) -> dict[str, float]:
    """Milliseconds of wall time to look a text up, and to take it in, of texts that were not asked about before."""
    with outlet.database.read() as db:
        unknown = db.exec(select(Revision).where(col(Revision.id) >= FIRST + pieces).order_by(col(Revision.id)))
        revisions = unknown.fetchmany(len(asked))
        rows = db.exec(select(func.count()).select_from(Fingerprint)).one()
    looked, taken, named = [], [], 0
    for text, revision in zip(asked, revisions, strict=True):
        begun = time.perf_counter()
        with outlet.database.read() as db:
            named += len(sharing(db, revision, text, 1).works)
        looked.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        take_in(outlet, 1, revision.session_id, [(revision, text)])
        taken.append(time.perf_counter() - begun)
    return {
        f"{kind}_fingerprints": float(rows),
        f"{kind}_named": round(named / len(asked), 1),
        f"{kind}_look_up_ms": round(1_000 * statistics.median(looked), 1),
        f"{kind}_look_up_slowest_ms": round(1_000 * max(looked), 1),
        f"{kind}_take_in_ms": round(1_000 * statistics.median(taken), 1),
    }


def _parts(outlet: Outlet, number: int, rounds: int) -> dict[str, float]:
    """Seconds of CPU, the median of some rounds: to gather what checks are handed, and of each check."""
    subject = _subject(outlet, number)
    parts = {"gathering": _timed(lambda: _subject(outlet, number), rounds)}
    for check in CHECKS:
        look = check.check
        if fault := worker.looked(look, subject).fault:
            raise RuntimeError(f"{check.NAME}: {fault}")
        parts[check.NAME.replace(" ", "_")] = _timed(lambda look=look: look(subject), rounds)
    return parts


def _subject(outlet: Outlet, number: int) -> Subject:
    with outlet.database.read() as db:
        subject = subject_of(outlet, db, db.get_one(Revision, number))
    assert subject is not None
    return subject


def _timed(work: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds)


def _ratio(outlet: Outlet, number: int, rounds: int) -> float:
    """The wall time of all checks in their process, by that of the same here."""
    subject, looks = _subject(outlet, number), [check.check for check in CHECKS]
    worker.look(looks, subject, seconds=SECONDS)
    ratios = []
    for _ in range(rounds):
        begun = time.perf_counter()
        worker.look(looks, subject, seconds=SECONDS)
        there = time.perf_counter()
        for look in looks:
            worker.looked(look, subject)
        ratios.append((there - begun) / (time.perf_counter() - there))
    return statistics.median(ratios)


def _databases(folder: Path, url: str | None) -> Iterator[tuple[str, str]]:
    if url:
        yield url.partition(":")[0].partition("+")[0], url
        return
    from tests.databases import a_server

    yield "sqlite", "sqlite:///afterword.db"
    with a_server(folder) as (server, _):
        server.run("CREATE DATABASE checks")
        yield "postgresql", server.url("checks")
