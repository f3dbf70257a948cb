"""The rows' database: migrations, one transaction a write, and triggers that hold against raw SQL."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel, func, select

from agent.database import Database
from agent.errors import BadDatabase
from agent.tables import AuditEvent, Cadence
from agent.testing import NOON

NEVER_CHANGED = [
    "auditevent",
    "checkrun",
    "confirmation",
    "consent",
    "contextblock",
    "edition",
    "erasure",
    "invitation",
    "ledgerentry",
    "pause",
    "piece",
    "promptversion",
    "publication",
    "reinstatement",
    "review",
    "revision",
    "slot",
    "turn",
    "veto",
    "withdrawal",
]


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path / 'afterword.db')}")
    yield database
    database.close()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[sqlite3.Connection]:
    """A database with one row in every table, opened as an operator would at a prompt of their own."""
    file = shutil.copy(migrated, tmp_path_factory.mktemp("full") / "afterword.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as prompt:
        for (table,) in prompt.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table != "alembic_version":
                insert(prompt, table)
        yield prompt


@pytest.fixture
def prompt(full: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    full.execute("BEGIN")
    yield full
    full.execute("ROLLBACK")


def insert(prompt: sqlite3.Connection, table: str, how: str = "INSERT") -> None:
    columns = prompt.execute(f"PRAGMA table_info('{table}')").fetchall()
    samples = {"INTEGER": 1, "BOOLEAN": 1, "BLOB": b"x"}
    values = [None if table == "writingsession" and c[1] == "outcome" else samples.get(c[2], "x") for c in columns]
    names = ", ".join(f'"{c[1]}"' for c in columns)
    prompt.execute(f'{how} INTO "{table}" ({names}) VALUES ({", ".join("?" * len(values))})', values)


def rows(prompt: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return prompt.execute(f'SELECT * FROM "{table}"').fetchall()


@pytest.mark.parametrize("table", NEVER_CHANGED)
@pytest.mark.parametrize("act", ["UPDATE", "UPDATE OR IGNORE", "DELETE", "INSERT OR REPLACE"])
def test_a_row_that_only_grows_refuses_every_change(prompt: sqlite3.Connection, table: str, act: str) -> None:
    before = rows(prompt, table)
    first = prompt.execute(f"PRAGMA table_info('{table}')").fetchone()[1]
    changes = {
        "DELETE": f'DELETE FROM "{table}"',
        "INSERT OR REPLACE": f'REPLACE INTO "{table}" SELECT * FROM "{table}"',
    }
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        prompt.execute(changes.get(act, f'{act} "{table}" SET "{first}" = "{first}"'))
    assert rows(prompt, table) == before


REST = "stop_reason, model_id, request_id, input_tokens, output_tokens, cost, at"


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("turn", f"REPLACE INTO turn SELECT 2, session_id, number, role, blob_id, 'forged', {REST} FROM turn"),
        ("ledgerentry", "REPLACE INTO ledgerentry SELECT 2, event, 'p', 'h', 'forged', at FROM ledgerentry"),
        ("blob", "DELETE FROM blob"),
        ("blob", "UPDATE blob SET data = X'00'"),
        ("blob", "UPDATE blob SET sha256 = 'forged'"),
        ("blob", "REPLACE INTO blob (id, sha256, salt, data) VALUES (1, 'x', X'00', X'00')"),
        ("writingsession", "DELETE FROM writingsession"),
        ("writingsession", "REPLACE INTO writingsession SELECT * FROM writingsession"),
    ],
)
def test_no_other_way_round_the_triggers_works(prompt: sqlite3.Connection, table: str, change: str) -> None:
    before = rows(prompt, table)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        prompt.execute(change)
    assert rows(prompt, table) == before


def test_an_outcome_is_set_once(prompt: sqlite3.Connection) -> None:
    prompt.execute("UPDATE writingsession SET outcome = 'declined'")
    for change in ("outcome = 'submitted'", "outcome = NULL", "why = 'other'"):
        with pytest.raises(sqlite3.IntegrityError, match="set once"):
            prompt.execute(f"UPDATE writingsession SET {change}")


EMPTY = "UPDATE blob SET data = NULL, salt = NULL WHERE id = 2"


def a_second_blob(prompt: sqlite3.Connection, *, erased: bool) -> None:
    prompt.execute("INSERT INTO blob (id, sha256, salt, data) VALUES (2, 'y', X'01', X'02')")
    if erased:
        prompt.execute("INSERT INTO erasure (id, blob_id, actor, reason, at) VALUES (2, 2, 'ada', 'why', '2026-11-01')")


def test_a_blob_is_emptied_where_an_erasure_says_why(prompt: sqlite3.Connection) -> None:
    a_second_blob(prompt, erased=True)
    prompt.execute(EMPTY)
    assert prompt.execute("SELECT sha256, salt, data FROM blob WHERE id = 2").fetchone() == ("y", None, None)


def test_a_blob_is_not_emptied_without_an_erasure_of_its_own(prompt: sqlite3.Connection) -> None:
    a_second_blob(prompt, erased=False)
    with pytest.raises(sqlite3.IntegrityError, match="emptied by an erasure"):
        prompt.execute(EMPTY)


@pytest.mark.parametrize(
    "change",
    ["data = NULL", "salt = NULL", "data = X'', salt = NULL", "data = NULL, salt = NULL, sha256 = 'z'", "id = 3"],
)
def test_an_erasure_allows_emptying_and_nothing_else(prompt: sqlite3.Connection, change: str) -> None:
    a_second_blob(prompt, erased=True)
    with pytest.raises(sqlite3.IntegrityError, match="emptied by an erasure"):
        prompt.execute(f"UPDATE blob SET {change} WHERE id = 2")


def test_an_emptied_blob_cannot_be_filled_again(prompt: sqlite3.Connection) -> None:
    a_second_blob(prompt, erased=True)
    prompt.execute(EMPTY)
    with pytest.raises(sqlite3.IntegrityError, match="emptied by an erasure"):
        prompt.execute("UPDATE blob SET data = X'02', salt = X'01' WHERE id = 2")


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    def schema() -> list[object]:
        with database.engine.connect() as connection:
            return list(connection.execute(sql("SELECT name, sql FROM sqlite_master ORDER BY name")).all())

    before = schema()
    database.migrate()
    assert schema() == before


def test_many_at_once_migrate_one_new_database(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'new.db'}") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.migrate, databases))
    with databases[0].read() as db:
        assert db.exec(select(func.count()).select_from(AuditEvent)).one() == 0
    for database in databases:
        database.close()


@pytest.mark.slow
def test_two_processes_migrate_one_new_database(tmp_path: Path) -> None:
    code = f"from agent.database import Database; Database('sqlite:///{tmp_path / 'new.db'}').migrate()"
    both = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[1] for process in both] == ["", ""]
    assert [process.returncode for process in both] == [0, 0]


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.write() as db:
        db.connection().execute(sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadDatabase, match="another version of this program"):
        database.migrate()


@pytest.mark.parametrize("make", ["garbage", "no folder", "a folder"])
def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path, make: str) -> None:
    file = tmp_path / ("missing/rows.db" if make == "no folder" else "rows.db")
    if make == "garbage":
        file.write_bytes(b"not a database, surely " * 100)
    elif make == "a folder":
        file.mkdir()
    with pytest.raises(BadDatabase, match=r"rows\.db cannot be used"):
        Database(f"sqlite:///{file}").migrate()


def test_a_migration_that_fails_leaves_nothing_half_made(tmp_path: Path) -> None:
    file = tmp_path / "rows.db"
    with closing(sqlite3.connect(file)) as prompt:
        prompt.execute("CREATE TABLE writingsession (in_the_way)")
    with pytest.raises(BadDatabase, match="writingsession already exists"):
        Database(f"sqlite:///{file}").migrate()
    with closing(sqlite3.connect(file)) as prompt:
        assert prompt.execute("SELECT name FROM sqlite_master").fetchall() == [("writingsession",)]


def test_a_password_is_never_shown() -> None:
    assert "secret" not in Database("postgresql+psycopg://ada:secret@db/afterword").shown_url


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


def test_a_row_that_refers_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.write() as db:
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
