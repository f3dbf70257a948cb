"""The rows' database: one engine, reading and writing sessions, migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from agent.errors import BadDatabase

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_LOCK = 7_021_901
"""Any fixed number: on PostgreSQL it lets one process migrate at a time."""


class Database:
    """A SQLite file or a PostgreSQL database, by SQLAlchemy URL. Opens nothing until it is used."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(
            url,
            pool_pre_ping=not url.startswith("sqlite"),
            # An error must not carry what stands in the rows: an author's words, a salt.
            hide_parameters=True,
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that reads one consistent state and changes nothing."""
        with Session(self.engine) as db:
            if not self.is_sqlite:
                db.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield db

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is one transaction: all of it is stored at the end, or none.

        On SQLite it holds the write lock from its start, so what it reads stays true until it
        commits. Keep it short, and never call an endpoint or the engine inside.
        """
        with Session(self.engine, expire_on_commit=False) as db:
            db.connection(execution_options={"writing": True})
            yield db
            db.commit()

    def migrate(self) -> None:
        """Bring the schema up to this version. Raises BadDatabase, with the reason in it."""
        try:
            with self.engine.connect().execution_options(writing=True) as connection:
                if self.is_sqlite:
                    # SQLite changes a table by making it anew, and cannot while others point to it. This
                    # can be said outside a transaction alone.
                    _plainly(connection, "PRAGMA foreign_keys=OFF")
                with connection.begin():
                    if not self.is_sqlite:
                        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
                    command.upgrade(_alembic(connection), "head")
                    if self.is_sqlite and (lost := connection.execute(text("PRAGMA foreign_key_check")).first()):
                        raise CommandError(f"a row of {lost[0]} points to one that is not there")
                if self.is_sqlite:
                    _plainly(connection, "PRAGMA foreign_keys=ON")
        except CommandError as error:
            reason = f"it was made by another version of this program ({error}). Install that version, or a newer one."
            raise BadDatabase(url=self.shown_url, reason=reason) from error
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise BadDatabase(url=self.shown_url, reason=str(cause).strip()) from error

    def forget(self) -> None:
        """After an erasure: leave no older copy of a page in SQLite's write-ahead log."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The driver would begin transactions late and commit them early: we say BEGIN ourselves.
    connection.isolation_level = None
    # secure_delete: what an erasure empties is overwritten, not only let go.
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _plainly(connection: Connection, statement: str) -> None:
    """Run a statement outside any transaction."""
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
