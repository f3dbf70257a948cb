"""What ails a database is said in words of ours, with what to do."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from agent.cli import _sentence
from agent.database import Database
from agent.errors import BadDatabase, in_short
from agent.outlet import Outlet

SECRET = "a line of an author's"


@contextmanager
def ailing(path: Path, pragma: str) -> Iterator[Database]:
    """A database whose one connection is given a further pragma."""
    database = Database(f"sqlite:///{path}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS note (words TEXT)")
    with database.engine.connect() as connection:
        connection.exec_driver_sql(pragma)
    try:
        yield database
    finally:
        database.close()


@pytest.mark.parametrize(
    ("pragma", "short", "to_do"),
    [
        ("PRAGMA max_page_count=1", "the disk that holds the database is full", "Make room there"),
        ("PRAGMA query_only=1", "the database can be read and not written", "Make it writable"),
    ],
)
def test_a_database_that_cannot_be_written_says_what_to_do(tmp_path: Path, pragma: str, short: str, to_do: str) -> None:
    with ailing(tmp_path / "rows.db", pragma) as database, pytest.raises(DBAPIError) as found, database.write() as db:
        db.connection().exec_driver_sql("INSERT INTO note VALUES (?)", (SECRET * 1_000,))
    assert in_short(found.value) == short
    said = _sentence(found.value)
    assert said.startswith(f"afterword: T{short[1:]}".replace("base", f"base sqlite:///{tmp_path}/rows.db"))
    assert "Nothing more was stored." in said
    assert to_do in said
    assert "unexpected" not in said
    assert "INSERT" not in said + in_short(found.value)


def test_a_database_that_another_program_keeps_locked_is_said_to_be(tmp_path: Path) -> None:
    with ailing(tmp_path / "rows.db", "PRAGMA busy_timeout=1") as database:
        other = sqlite3.connect(tmp_path / "rows.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DBAPIError) as found, database.write():
            pass
        other.close()
    assert in_short(found.value) == "another program has kept the database locked"
    assert "Let that program come to its end" in _sentence(found.value)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "rows.db").write_bytes(b"a letter, and no database at all" * 100)
    with pytest.raises(BadDatabase, match=r"it is damaged, or no database\. Stop what uses it, and restore"):
        Database(f"sqlite:///{tmp_path / 'rows.db'}").migrate()


def test_a_server_that_is_gone_says_so_in_a_sentence() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = Database(f"postgresql+psycopg://ada:{SECRET[:1]}@127.0.0.1:{nobody.getsockname()[1]}/rows")
        with pytest.raises(DBAPIError) as found, database.read():
            pass
    assert in_short(found.value) == "the server of the database does not answer, or has gone away"
    assert "Look at the server, and run it again." in _sentence(found.value)
    assert "***@127.0.0.1" in _sentence(found.value)


@pytest.mark.slow
def test_what_is_tried_out_is_taken_back(both: Outlet) -> None:
    both.database.try_out()
    both.database.try_out()
    with both.database.read() as db, pytest.raises(DBAPIError, match="afterword_trial"):
        db.connection().exec_driver_sql("SELECT * FROM afterword_trial")


def test_another_fault_keeps_its_place_and_no_words() -> None:
    with pytest.raises(ValueError, match="a line") as found:
        raise ValueError(SECRET)
    assert in_short(found.value).startswith("ValueError at test_mishaps.py:")
    assert os.linesep not in _sentence(ValueError("a\nb"))


def test_no_error_reaches_the_terminal_as_orders() -> None:
    said = _sentence(ValueError("a\x1b[31mred"))
    assert "\x1b" not in said
    assert "a\\u001b[31mred" in said
