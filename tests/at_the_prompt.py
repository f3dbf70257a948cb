"""A database as an operator sees it at a prompt of their own, beside the program, in both dialects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import agent.tables  # noqa: F401  (fills the metadata)
from agent.database import MIGRATIONS
from agent.testing import NOON

REFUSAL = "never|once|nothing else"
"""How a trigger of ours speaks, and no other error does."""
OF_SQLITE = ("SELECT type, name, sql FROM sqlite_master ORDER BY type, name",)
OF_POSTGRESQL = (
    """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    """SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal ORDER BY 1, 2""",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname",
)


class Prompt:
    """One connection. Nothing of the program stands between it and the rows; a transaction begins where one
    is begun."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"

    def run(self, statement: str, **values: Any) -> sa.CursorResult[Any]:
        """Run a statement; `:name` stands for a value."""
        return self.connection.execute(sa.text(statement), values)

    def refused(self, statement: str, **values: Any) -> str:
        """Run a statement that a trigger must refuse, and return its words."""
        self.run("SAVEPOINT attempt")
        with pytest.raises(DBAPIError, match=REFUSAL) as caught:
            self.run(statement, **values)
        self.run("ROLLBACK TO attempt")
        return str(caught.value.orig)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Every row of a table, as it is stored."""
        return [tuple(row) for row in self.run(f'SELECT * FROM "{table}" ORDER BY 1')]

    def schema(self) -> list[tuple[Any, ...]]:
        """Everything the database is made of: tables, columns, indexes, constraints, triggers."""
        return [tuple(row) for query in (OF_SQLITE if self.is_sqlite else OF_POSTGRESQL) for row in self.run(query)]

    def fill(self, table: sa.Table, *rows: dict[str, Any]) -> None:
        """Add rows as they are, also before those that they refer to. A prompt of SQLite never asks for these."""
        if not self.is_sqlite:
            self.run("SET session_replication_role = replica")
        self.connection.execute(table.insert(), rows)
        if not self.is_sqlite:
            self.run("SET session_replication_role = origin")


@contextmanager
def a_prompt(url: str) -> Iterator[Prompt]:
    """Open a prompt."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield Prompt(connection)
    engine.dispose()


def grow_only() -> list[str]:
    """The tables of which the migrations say that they only grow."""
    script = ScriptDirectory(str(MIGRATIONS))
    return sorted(table for version in script.walk_revisions() for table in version.module.GROW_ONLY)


def attempts(prompt: Prompt, table: str) -> list[str]:
    """Every way to change, replace or lose the rows of a table."""
    first, *_ = SQLModel.metadata.tables[table].primary_key.columns.keys()
    again = f'INSERT INTO "{table}" SELECT * FROM "{table}" WHERE true ON CONFLICT ("{first}")'
    if table == "rendering":
        again = again.replace('("text_sha256")', '("text_sha256", "renderer")')
    plain = [
        f'UPDATE "{table}" SET "{first}" = "{first}"',
        f'DELETE FROM "{table}"',
        f'{again} DO UPDATE SET "{first}" = excluded."{first}"',
    ]
    if prompt.is_sqlite:
        return [
            *plain,
            f'UPDATE OR IGNORE "{table}" SET "{first}" = "{first}"',
            f'UPDATE OR REPLACE "{table}" SET "{first}" = "{first}"',
            f'REPLACE INTO "{table}" SELECT * FROM "{table}"',
        ]
    return [*plain, f'TRUNCATE "{table}" CASCADE']


def a_row(table: sa.Table) -> dict[str, Any]:
    """Any row: every number is 1, so that whatever it points to is the one row of another table."""
    return {column.name: None if column.name == "outcome" else _sample(column.type) for column in table.columns}


def _sample(kind: Any) -> Any:
    kind = kind.impl if isinstance(kind, sa.TypeDecorator) else kind
    if isinstance(kind, sa.Enum):
        return kind.enums[0]
    samples: list[tuple[Any, Any]] = [
        (sa.Boolean, True),
        (sa.Integer, 1),
        (sa.Float, 1.0),
        (sa.LargeBinary, b"x"),
        (sa.JSON, []),
        (sa.Date, NOON.date()),
        (sa.DateTime, NOON),
        (sa.String, "x"),
    ]
    return next(sample for of, sample in samples if isinstance(kind, of))
