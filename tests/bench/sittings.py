"""200 sittings of four turns at once against a double that answers after a second, beside the very same calls made
by the bare SDK in as many threads. Each runs in a process of its own, in turn; the double, too.

Ours is measured from the sweep that finds the due slots until every session has its outcome and its text was
rendered and checked: inviting, opening, eight transactions and four calls each. The site is not built meanwhile.
"""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SITTINGS, TURNS, SECONDS = 200, 4, 1.0
ROUNDS = 3


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """Medians over rounds of wall seconds, milliseconds of CPU a turn, and peak memory in MB; and the goals."""
    from tests.databases import a_server

    found: dict[str, list[dict[str, float]]] = {name: [] for name in ("bare", "sqlite", "postgresql")}
    folder = Path(tempfile.mkdtemp())
    try:
        with a_server(folder) as (server, _):
            for number in range(ROUNDS):
                found["bare"].append(_run("bare"))
                found["sqlite"].append(_run("ours", ""))
                server.run(f"CREATE DATABASE round_{number}")
                found["postgresql"].append(_run("ours", server.url(f"round_{number}")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures: dict[str, float] = {}
    for name, rounds in found.items():
        for what in rounds[0]:
            figures[f"{name}_{what}"] = round(statistics.median(one[what] for one in rounds), 1)
    for name in ("sqlite", "postgresql"):
        pairs = zip(found[name], found["bare"], strict=True)
        figures[f"{name}_wall_ratio"] = round(statistics.median(a["wall"] / b["wall"] for a, b in pairs), 2)
    return figures, {"sqlite_wall_ratio": 1.5, "postgresql_wall_ratio": 1.5}


def _run(what: str, *words: str) -> dict[str, float]:
    """What one process measured, with the double beside it."""
    with _double() as url:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.sittings", what, url, *words],
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=True,
        )
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


@contextmanager
def _double() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.messages_api_server", "--seconds", str(SECONDS), "--turns", str(TURNS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as double:
        assert double.stdout is not None
        try:
            yield double.stdout.readline().strip()
        finally:
            double.terminate()


def an_outlet_of_many(folder: Path, url: str, database_url: str, authors: int) -> Any:
    """An outlet of so many authors with tools, all of them served by the double."""
    from agent import app
    from agent.settings import Settings
    from agent.testing import an_author

    settings = Settings(
        folder=folder,
        authors=[an_author(f"author-{number}") for number in range(authors)],
        reviewers=["ada", "ben"],
        api_base_url=url,
        database_url=database_url or "sqlite:///afterword.db",
        prompts=app.bundled("prompts"),
        max_cost_per_month=10_000.0,
        sittings_at_once=SITTINGS,
    )
    (folder / "public").mkdir()
    from agent import keys

    keys.make(folder / "signing.key")
    outlet = app.build(settings)
    app.open_up(outlet)
    return outlet


def ours(folder: Path, url: str, database_url: str) -> dict[str, float]:
    """Hold the sittings through the real pipeline on the real engine."""
    from sqlmodel import col, func, select

    from agent import app, pipeline, schedule
    from agent.tables import CheckRun, Outcome, WritingSession

    outlet = an_outlet_of_many(folder, url, database_url, 1 + SITTINGS)
    pipeline.build(outlet)
    chain, engine = app.pipeline(outlet)
    engine.start()
    # A first one, as the bare calls have theirs: `up` runs for months, and its imports are made once.
    first, *others = outlet.settings.authors
    chain.sit(schedule.ask_now(outlet, first.name, "plain"))
    chain.bring_out()
    for author in others:
        schedule.ask_now(outlet, author.name, "plain")
    over = select(func.count()).where(col(WritingSession.outcome) == Outcome.SUBMITTED)
    checked = select(func.count(func.distinct(CheckRun.revision_id)))

    def held() -> None:
        chain.sweep()
        for done in (over, checked):
            while _asked(outlet, done) <= SITTINGS:
                time.sleep(0.2)

    found = _timed(held)
    engine.stop(10)
    outlet.database.close()
    return found


def _asked(outlet: Any, question: Any) -> int:
    with outlet.database.read() as db:
        return int(db.exec(question).one())


def bare(folder: Path, url: str) -> dict[str, float]:
    """Make the same calls by the SDK alone."""
    import anthropic

    asks = _asks(folder, url)
    client = anthropic.Anthropic(base_url=url, api_key="sk-ant-test", max_retries=0)

    def sit() -> None:
        for ask in asks:
            with client.messages.stream(**ask) as stream:
                stream.get_final_message()

    def held() -> None:
        threads = [threading.Thread(target=sit) for _ in range(SITTINGS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return _timed(held)


def _asks(folder: Path, url: str) -> list[dict[str, Any]]:
    """The requests of one sitting, as our own door sends them."""
    from agent import pipeline, schedule, write
    from agent.adapters.message import history
    from agent.invite import invite
    from agent.testing import with_llm

    outlet = an_outlet_of_many(folder, url, "", 1)
    author = outlet.settings.authors[0]
    real = outlet.llm(author.name)
    asks: list[dict[str, Any]] = []

    class Listening:
        """Keeps what is asked, and passes it on."""

        count = real.count

        def ask(self, ask: Any, *, heard: Callable[[str], None] = lambda _: None) -> Any:
            """Keep the protocol Llm."""
            asks.append({"system": ask.system, "messages": history(ask.messages), "tools": ask.tools})
            return real.ask(ask, heard=heard)

    outlet = with_llm(outlet, Listening())
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, author.name, "plain")))
    while pipeline.take_turn(outlet, session) != write.OVER:
        pass
    assert len(asks) == TURNS
    common = {"model": author.model_id, "max_tokens": author.profile.max_output_tokens}
    return [common | {key: value for key, value in ask.items() if value} for ask in asks]


def _timed(action: Callable[[], None]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": wall, "cpu_ms_a_turn": 1000 * cpu / (SITTINGS * TURNS), "peak_mb": peak}


if __name__ == "__main__":
    import os
    import warnings

    warnings.simplefilter("ignore")
    os.environ["ANTHROPIC_API_KEY"] = "sk-ant-test"
    what, address, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        figures = ours(Path(place), address, *rest) if what == "ours" else bare(Path(place), address)
    print(json.dumps(figures))  # noqa: T201
