"""The rows' database, on SQLite and on PostgreSQL: its schema, one transaction a write, and triggers that
hold against raw SQL."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import SQLModel, func, select

from agent import database as module
from agent.database import Database
from agent.errors import BadDatabase
from agent.tables import AuditEvent, Cadence
from agent.testing import NOON
from tests.at_the_prompt import Prompt, a_prompt, a_row, attempts, grow_only
from tests.conftest import BOTH
from tests.databases import Server

MAY_CHANGE = {
    "author": "names and models follow afterword.toml; an invitation keeps those of its day",
    "apitoken": "revoking deletes it",
    "blob": "an erasure empties it, and nothing else",
    "cadence": "when its author is next due",
    "call": "it is settled after the call",
    "claim": "it passes by itself",
    "desksession": "signing out deletes it",
    "docket": "what is decided leaves it, by triggers alone",
    "entry": "a feed's items are strangers' words, and may be cleared away",
    "feed": "its title is the source's own",
    "fingerprint": "derived from a text; an erasure deletes it",
    "flag": "an erasure takes its quote and its evidence, and nothing else",
    "judgement": "it is settled after the judge has answered",
    "notification": "it is sent once, and tried until then",
    "onetimelink": "using it deletes it",
    "openslot": "a sitting that is over leaves it, by triggers alone",
    "presence": "where somebody is reading now",
    "rendering": "derived from a text; an erasure deletes it",
    "savedview": "its owner may change it",
    "shadowflag": "an erasure takes its quote and its evidence, and nothing else",
    "shadowed": "what runs in shadow follows afterword.toml",
    "shingle": "derived from a text; an erasure deletes it",
    "tally": "it grows with the calls of its day, by triggers alone",
    "user": "a password may be changed",
    "writingsession": "it goes on until it has an outcome",
}
"""Every table that does not only grow, and why."""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module", params=BOTH)
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prompt]:
    """A database with one row in every table."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            file = tmp_path_factory.mktemp("full") / "afterword.db"
            file.write_bytes(request.getfixturevalue("migrated").read_bytes())
            url = f"sqlite:///{file}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgresql").a_database("migrated"))
        prompt = stack.enter_context(a_prompt(url))
        for table in SQLModel.metadata.sorted_tables:
            if table.name not in {"docket", "openslot"}:  # Triggers alone write there.
                prompt.fill(table, a_row(table))
        yield prompt


@pytest.fixture
def prompt(full: Prompt) -> Iterator[Prompt]:
    full.run("BEGIN")
    yield full
    full.run("ROLLBACK")


def test_every_table_only_grows_or_may_change_for_a_reason() -> None:
    growing = grow_only()
    assert len(growing) == len(set(growing)), "named once"
    assert sorted([*growing, *MAY_CHANGE]) == sorted(SQLModel.metadata.tables)


@pytest.mark.parametrize("table", grow_only())
def test_a_row_of_a_table_that_only_grows_refuses_every_change(prompt: Prompt, table: str) -> None:
    before = prompt.rows(table)
    for attempt in attempts(prompt, table):
        prompt.refused(attempt)
    assert len(before) == 1
    assert prompt.rows(table) == before


@pytest.mark.parametrize("table", ["blob", "flag", "judgement", "rendering", "shadowflag", "writingsession"])
def test_a_row_that_may_change_in_one_way_is_never_replaced(prompt: Prompt, table: str) -> None:
    replacing = [attempt for attempt in attempts(prompt, table) if attempt.startswith(("REPLACE", "TRUNCATE"))]
    assert len(replacing) == 1
    prompt.refused(replacing[0])


FORGED = [
    (
        "turn",
        "id, session_id, number, role, blob_id, sha256, input_tokens, output_tokens, counted, left_out, at",
        "2, session_id, number, role, blob_id, 'forged', 0, 0, counted, left_out, at",
        "(session_id, number)",
    ),
    ("ledgerentry", "sequence, event, previous, hash, line, at", "2, event, 'p', 'h', 'forged', at", "(event)"),
    ("promptversion", "sha256, name, body, first_used_at", "sha256, name, 'forged', first_used_at", "(sha256)"),
]


@pytest.mark.parametrize(("table", "columns", "values", "unique"), FORGED)
def test_a_row_is_not_replaced_by_another_under_the_same_unique_key(
    prompt: Prompt, table: str, columns: str, values: str, unique: str
) -> None:
    before = prompt.rows(table)
    forged = f"INTO {table} ({columns}) SELECT {values} FROM {table} WHERE true"
    changed = columns.split(", ")[-2]
    prompt.refused(f"INSERT {forged} ON CONFLICT {unique} DO UPDATE SET {changed} = excluded.{changed}")
    if prompt.is_sqlite:
        prompt.refused(f"REPLACE {forged}")
    assert prompt.rows(table) == before


def test_a_session_is_never_deleted_and_its_outcome_is_set_once(prompt: Prompt) -> None:
    prompt.refused("DELETE FROM writingsession")
    prompt.run("UPDATE writingsession SET outcome = 'declined'")
    for change in ("outcome = 'submitted'", "outcome = NULL", "why = 'other'"):
        prompt.refused(f"UPDATE writingsession SET {change}")


SECOND_BLOB = "INSERT INTO blob (id, sha256, salt, data) VALUES (2, 'y', :salt, :data)"
ERASED = "INSERT INTO erasure (id, blob_id, actor, reason, at) VALUES (2, 2, 'ada', 'why', '2026-11-01')"
EMPTY = "UPDATE blob SET data = NULL, salt = NULL WHERE id = 2"
ONLY_EMPTIED = "a blob is emptied by an erasure, never changed"


def test_a_blob_is_emptied_where_an_erasure_of_its_own_says_why_and_never_filled_again(prompt: Prompt) -> None:
    prompt.refused("DELETE FROM blob")
    prompt.run(SECOND_BLOB, salt=b"\x01", data=b"\x02")
    assert ONLY_EMPTIED in prompt.refused(EMPTY)
    prompt.run(ERASED)
    prompt.run(EMPTY)
    assert prompt.run("SELECT sha256, salt, data FROM blob WHERE id = 2").one() == ("y", None, None)
    assert ONLY_EMPTIED in prompt.refused("UPDATE blob SET data = :data WHERE id = 2", data=b"\x02")


@pytest.mark.parametrize(
    "change",
    [
        "data = NULL",
        "salt = NULL",
        "data = :other, salt = NULL",
        "data = NULL, salt = NULL, sha256 = 'z'",
        "data = NULL, salt = NULL, id = 3",
        "sha256 = 'forged'",
        "data = :other",
    ],
)
def test_an_erasure_allows_emptying_and_nothing_else(prompt: Prompt, change: str) -> None:
    prompt.run(SECOND_BLOB, salt=b"\x01", data=b"\x02")
    prompt.run(ERASED)
    given = {"other": b""} if ":other" in change else {}
    assert ONLY_EMPTIED in prompt.refused(f"UPDATE blob SET {change} WHERE id = 2", **given)


def test_a_flag_may_lose_its_quote_and_nothing_else(prompt: Prompt) -> None:
    emptied = "quote = '', evidence = '{}'"
    others = ("why = ''", "level = 'look'", "ground = ''", "revision_id = 2")
    for table in ("flag", "shadowflag"):
        for change in ("quote = 'other'", "quote = ''", *(f"{emptied}, {other}" for other in others)):
            prompt.refused(f"UPDATE {table} SET {change}")
        prompt.refused(f"DELETE FROM {table}")
    prompt.refused(f"UPDATE flag SET {emptied}, said = NULL")
    for table in ("flag", "shadowflag"):
        prompt.run(f"UPDATE {table} SET {emptied}")
        assert prompt.run(f"SELECT quote, why FROM {table}").one() == ("", "x")


def test_a_judgement_ends_once(prompt: Prompt) -> None:
    prompt.refused("UPDATE judgement SET cost = 0")
    prompt.refused("DELETE FROM judgement")


def test_a_rendering_is_made_once_and_may_go(prompt: Prompt) -> None:
    prompt.refused("UPDATE rendering SET html = 'forged'")
    prompt.run("DELETE FROM rendering")
    assert prompt.rows("rendering") == []


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        # The index of words is no table of the code: the databases keep it in ways of their own.
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, _kind, _in: not str(name).startswith("archivewords")},
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_again_changes_nothing(database: Database, database_url: str) -> None:
    with a_prompt(database_url) as prompt:
        before = prompt.schema()
        database.migrate()
        assert len(before) > len(SQLModel.metadata.tables)
        assert prompt.schema() == before


def test_a_database_that_is_current_waits_for_no_writer(database: Database, database_url: str) -> None:
    beside = Database(database_url)
    began = time.monotonic()
    with database.write() as db:
        db.add(an_event("kept"))
        db.flush()
        beside.migrate()
    assert time.monotonic() - began < module.LOCK_SECONDS / 2
    beside.close()


def test_many_at_once_migrate_one_new_database(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.migrate, databases))
    with databases[0].read() as db:
        assert db.exec(select(func.count()).select_from(AuditEvent)).one() == 0
    for database in databases:
        database.close()


@pytest.mark.slow
def test_two_processes_migrate_one_new_database(empty_url: str) -> None:
    code = f"from agent.database import Database; Database({empty_url!r}).migrate()"
    two = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[1] for process in two] == ["", ""]
    assert [process.returncode for process in two] == [0, 0]


@pytest.mark.parametrize("make", ["garbage", "no folder", "a folder"])
def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, make: str) -> None:
    file = tmp_path / ("missing/rows.db" if make == "no folder" else "rows.db")
    if make == "garbage":
        file.write_bytes(b"not a database, surely " * 100)
    elif make == "a folder":
        file.mkdir()
    with pytest.raises(BadDatabase, match=r"rows\.db cannot be used"):
        Database(f"sqlite:///{file}").migrate()


@pytest.mark.parametrize(
    "where", ["ada:secret@127.0.0.1:9/rows", "ada@127.0.0.1:9/rows?password=secret", "ada:secret@127.0.0.1:port/rows"]
)
def test_a_server_that_does_not_answer_is_named_on_one_line_and_no_password_is(where: str) -> None:
    with pytest.raises(BadDatabase, match=r"127\.0\.0\.1:.*/rows cannot be used: [a-z]") as caught:
        Database(f"postgresql+psycopg://{where}").migrate()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_postgresql_database_that_cannot_hold_every_letter_is_refused(postgresql: Server) -> None:
    postgresql.run("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    with pytest.raises(BadDatabase, match=r"its encoding is SQL_ASCII\. Make one with"):
        Database(postgresql.url("ascii")).migrate()


def an_event(word: str) -> AuditEvent:
    return AuditEvent(actor="ada", action=word, subject="s", at=NOON)


def events(database: Database) -> list[str]:
    with database.read() as db:
        return list(db.exec(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_write_is_stored_whole_or_not_at_all(database: Database) -> None:
    def breaks_off() -> None:
        with database.write() as db:
            db.add(an_event("lost"))
            db.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks_off()
    with database.write() as db:
        db.add(an_event("kept"))
    assert events(database) == ["kept"]


def test_a_read_stores_nothing_and_sees_one_state(database: Database) -> None:
    with database.read() as reading:
        reading.add(an_event("lost"))
        reading.flush()
    with database.read() as reading:
        assert reading.exec(select(func.count()).select_from(AuditEvent)).one() == 0
        with database.write() as writing:
            writing.add(an_event("kept"))
        assert reading.exec(select(func.count()).select_from(AuditEvent)).one() == 0
    assert events(database) == ["kept"]


def test_busy_writers_wait_for_each_other_and_never_act_on_stale_rows(database: Database) -> None:
    def count_up(_: int) -> None:
        with database.write() as db:
            seen = db.exec(select(func.count()).select_from(AuditEvent)).one()
            db.add(an_event(str(seen)))

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(count_up, range(20)))
    assert events(database) == [str(number) for number in range(20)]


@pytest.mark.slow
def test_a_writer_waits_only_so_long_for_one_that_does_not_end(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    with postgresql.a_database("migrated") as url:
        database, elsewhere = Database(url), Database(url)
        with database.write(), pytest.raises(OperationalError, match="lock timeout"), elsewhere.write():
            raise AssertionError("two processes write at once")
        elsewhere.close()
        with database.write() as db:
            db.add(an_event("kept"))
        assert events(database) == ["kept"]
        database.close()


def test_a_thread_waits_only_so_long_for_another_and_the_lock_is_free_after_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_SECONDS", 0.05)
    with database.write(), pytest.raises(PoolTimeout, match="another thread"), database.write():
        raise AssertionError("two threads write at once")
    with pytest.raises(ZeroDivisionError), database.write():
        _ = 1 / 0
    with database.write() as db:
        db.add(an_event("kept"))
    assert events(database) == ["kept"]


def test_a_row_that_refers_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.write() as db:
        db.add(Cadence(author_id=99, rule="every 1 day", zone="UTC"))


def test_a_moment_comes_back_in_utc_and_one_without_a_zone_is_refused(database: Database) -> None:
    abroad = datetime(2026, 11, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as db:
        db.add(AuditEvent(actor="a", action="b", subject="c", at=abroad))
    with database.read() as db:
        found = db.exec(select(AuditEvent.at)).one()
    assert (found, found.utcoffset()) == (NOON, timedelta(0))
    with pytest.raises(StatementError, match="time zone"), database.write() as db:
        db.add(AuditEvent(actor="a", action="b", subject="c", at=datetime(2026, 11, 1)))
