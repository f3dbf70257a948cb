"""An erasure in a database that others use: what was erased is in no file of it, and nothing brings it back."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy import text as sql

from agent import archive, check, database, pipeline, schedule, write
from agent.check import worker
from agent.check.frame import Looked
from agent.cli import main
from agent.cli.publication import begin
from agent.errors import Refused
from agent.invite import invite
from agent.outlet import Outlet
from agent.pipeline import CLEAR_AGAIN, Pipeline
from agent.render import Rendered, render
from agent.review import actions
from agent.tables import Call, CheckRun, Flag, Paid, Pause, Rendering
from agent.testing import (
    DirectEngine,
    MovableClock,
    ScriptedLlm,
    a_piece,
    an_outlet,
    only_answered,
    text_reply,
    tool_reply,
    with_llm,
)
from tests.a_publication import SETTINGS
from tests.databases import Server
from tests.review.a_desk_of_two import WHY, rows

MARKER = "Zanzibarian"
LOOP = f"{MARKER} rain.\n\n" * 40


@dataclass
class Heard:
    """A log that keeps the actions of its lines."""

    actions: list[str] = field(default_factory=list)

    def info(self, event: str, **facts: object) -> None:
        self.actions.append(str(facts["action"]))

    def warning(self, event: str, **facts: object) -> None:
        self.actions.append(str(facts["action"]))


def erase(outlet: Outlet, piece: int = 1) -> int:
    return actions.erase(outlet, piece, "ada", second="ben", reason=WHY)


def left(outlet: Outlet) -> str | None:
    with outlet.database.read() as db:
        return actions.what_is_left(db)


# In the files of the database


@contextmanager
def a_reader(file: Path) -> Iterator[None]:
    """Somebody who reads an older state, and does not end."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM blob").fetchall()
    try:
        yield
    finally:
        other.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "FORGET_WAITS", 20)
    monkeypatch.setattr(database, "FORGET_PAUSES", (0.0, 0.01))


@pytest.mark.usefixtures("hurried")
def test_what_another_reader_keeps_in_the_log_is_said_and_goes_with_a_later_sweep(
    outlet: Outlet, clock: MovableClock
) -> None:
    a_piece(outlet, f"{MARKER} rain.")
    files = outlet.settings.folder
    log, sweeping = Heard(), Pipeline(outlet, DirectEngine())
    with a_reader(files / "afterword.db"):
        assert erase(replace(outlet, log=log)) == 4
        assert MARKER.encode() in (files / "afterword.db-wal").read_bytes()
        assert "another program reads the database" in (left(outlet) or "")
        sweeping.sweep()
    assert log.actions == ["erased", "bytes_left"]
    sweeping.sweep()
    assert left(outlet) is not None, "not at every sweep"
    clock.forward(seconds=CLEAR_AGAIN.total_seconds())
    sweeping.sweep()
    assert left(outlet) is None
    assert [file.name for file in files.glob("afterword.db*") if MARKER.encode() in file.read_bytes()] == []


def test_an_erasure_that_was_cut_off_before_the_database_forgot_is_gone_on_with(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_piece(outlet, f"{MARKER} rain.")
    with monkeypatch.context() as patch:
        patch.setattr(outlet.database, "forget", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(outlet)
    assert "cut off" in (left(outlet) or "")
    Pipeline(outlet, DirectEngine()).sweep()
    assert left(outlet) is None
    assert MARKER.encode() not in (outlet.settings.folder / "afterword.db-wal").read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("hurried")
def test_the_command_tells_of_bytes_that_are_left_and_a_build_clears_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pub"
    begin(folder, SETTINGS)
    outlet = an_outlet(folder)
    a_piece(outlet, f"{MARKER} rain.")

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(folder), *words])
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capsys.readouterr()
        assert leaving.value.code in (None, 0), said
        return said.out + said.err

    with a_reader(folder / "afterword.db"):
        said = run("erase", "1", "--as", "ada", "--second", "ben", "--reason", WHY, "--yes")
    assert "is erased: 4 blobs emptied" in said
    assert "But: The rows are empty, but older bytes may still be" in said
    run("keys", "new") if not (folder / "signing.key").exists() else None
    run("build")
    assert left(outlet) is None


def in_files_of(server: Server, url: str) -> set[str]:
    """The files of a PostgreSQL database, on disk, in which the marker stands in whatever letters."""
    name = make_url(url).database
    with psycopg.connect(f"host={server.folder} user=afterword dbname={name}", autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        oid = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        tables = dict(connection.execute("SELECT pg_relation_filenode(oid)::text, relname FROM pg_class").fetchall())
    folder = server.folder / "data" / "base" / str(oid[0] if oid else "")
    found = [file.name for file in folder.iterdir() if MARKER.lower().encode() in file.read_bytes().lower()]
    return {tables.get(name.partition(".")[0], name) for name in found}


@pytest.fixture
def on_postgresql(tmp_path: Path, postgresql: Server) -> Iterator[Outlet]:
    with postgresql.a_database("migrated") as url:
        outlet = an_outlet(tmp_path, database_url=url)
        yield outlet
        outlet.database.close()


@pytest.mark.slow
@pytest.mark.usefixtures("hurried")
def test_on_postgresql_no_page_of_any_table_holds_what_was_erased(on_postgresql: Outlet, postgresql: Server) -> None:
    outlet, url = on_postgresql, on_postgresql.database.url
    a_piece(outlet, f"{MARKER} rain, and [{MARKER}](javascript:alert(1)).", title=MARKER)
    with outlet.database.write() as db:
        archive.search(db, 1, MARKER, 1)
        db.connection().execute(sql("ANALYZE"))
    assert {"blob", "rendering", "archivewords", "ix_archivewords_words", "flag"} == in_files_of(postgresql, url)
    with psycopg.connect(f"host={postgresql.folder} user=afterword dbname={make_url(url).database}") as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")
        erase(outlet)
        assert "another connection still reads older rows of" in (left(outlet) or "")
        assert "blob" in in_files_of(postgresql, url), "that connection may still ask for them"
    actions.clear(outlet)
    assert left(outlet) is None
    assert in_files_of(postgresql, url) == set()


@pytest.mark.slow
@pytest.mark.usefixtures("hurried")
def test_on_postgresql_one_that_holds_a_table_is_not_waited_for_for_ever(
    on_postgresql: Outlet, postgresql: Server
) -> None:
    a_piece(on_postgresql)
    name = make_url(on_postgresql.database.url).database
    with psycopg.connect(f"host={postgresql.folder} user=afterword dbname={name}") as other:
        other.execute("LOCK TABLE rendering IN ACCESS SHARE MODE")
        assert erase(on_postgresql) == 4
        assert "did not let go" in (left(on_postgresql) or "")
    actions.clear(on_postgresql)
    assert left(on_postgresql) is None


# While something else is under way


def once(act: Callable[[], object]) -> Callable[[], None]:
    """An act that is done the first time it is called."""
    acts = [act]

    def do() -> None:
        if acts:
            acts.pop()()

    return do


@pytest.fixture
def submitted(both: Outlet) -> tuple[Outlet, int]:
    """A session that has just ended, and whose text nobody has looked at yet."""
    llm = ScriptedLlm([tool_reply("submit", title="Rain", text=LOOP)])
    outlet = with_llm(both, llm)
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", "plain")))
    while pipeline.take_turn(outlet, session) != write.OVER:
        pass
    return outlet, session


def test_a_check_that_looked_before_an_erasure_brings_no_quote_back(
    submitted: tuple[Outlet, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    outlet, session = submitted
    look, erases = worker.look, once(lambda: erase(outlet))

    def looks(*given: Any, **facts: Any) -> list[Looked]:
        found = look(*given, **facts)
        assert any(looked.findings for looked in found), "there was something to quote"
        erases()
        return found

    monkeypatch.setattr(worker, "look", looks)
    pipeline.receive(outlet, session)
    assert rows(outlet, Flag) == []
    assert {run.fault for run in rows(outlet, CheckRun)} == {check.ERASED}


def test_a_rendering_of_what_was_erased_meanwhile_is_not_kept(
    submitted: tuple[Outlet, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    outlet, session = submitted
    erases = once(lambda: erase(outlet))

    def renders(text: str) -> Rendered:
        erases()
        return render(text)

    monkeypatch.setattr(pipeline, "render", renders)
    pipeline.receive(outlet, session)
    with outlet.database.read() as db:
        assert db.connection().execute(sql(f"SELECT * FROM {Rendering.__tablename__}")).all() == []


# While its author writes


def opened(outlet: Outlet, author: str = "opus") -> int:
    return write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, author, "plain")))


def pauses(outlet: Outlet, *, paused: bool = True) -> None:
    with outlet.database.write() as db:
        db.add(Pause(author_id=1, paused=paused, actor="ada", reason="To erase.", at=outlet.now()))


def test_nothing_of_an_author_is_erased_while_it_writes(both: Outlet) -> None:
    a_piece(both)
    session = opened(both)
    with pytest.raises(
        Refused, match=r"Claude Opus is writing now, in session 2\. Pause it with `afterword pause opus`"
    ):
        erase(both)
    # Another's sitting is no hindrance, and neither is one that is over.
    outlet = with_llm(both, ScriptedLlm([tool_reply("decline")]))
    while write.take_turn(outlet, session) != write.OVER:
        pass
    opened(both, "sonnet")
    assert erase(both)


def test_a_paused_author_is_waited_for_until_nothing_of_it_is_under_way(both: Outlet) -> None:
    a_piece(both)
    session = opened(both)
    pauses(both)
    with both.database.write() as db:
        db.add(Call(session_id=session, turn_number=2, paid=Paid.RESERVED, at=both.now()))
    with pytest.raises(Refused, match="is paused, but what it says in session 2 is still under way"):
        erase(both)
    # Its reply comes, and nothing was done about it yet.
    pauses(both, paused=False)
    assert isinstance(both.now, MovableClock)
    both.now.forward(seconds=1)
    only_answered(with_llm(both, ScriptedLlm([text_reply("Good evening.")])), session)
    pauses(both)
    with pytest.raises(Refused, match="still under way"):
        erase(both)
    write.take_turn(both, session)
    assert erase(both)


def test_a_call_that_was_lost_with_its_process_does_not_keep_an_erasure_away_for_ever(both: Outlet) -> None:
    a_piece(both)
    session = opened(both)
    pauses(both)
    long_ago = both.now() - timedelta(seconds=3 * both.settings.call_seconds)
    with both.database.write() as db:
        db.add(Call(session_id=session, turn_number=2, paid=Paid.RESERVED, at=long_ago))
    assert erase(both)
