"""The rows' database: one engine, reading and writing sessions, migrations."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from agent.errors import BadDatabase
from agent.mishaps import AWAY, mishap

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_NUMBER = 7_021_901
"""Any fixed number: on PostgreSQL it lets one process write or migrate at a time, as SQLite does anyway."""
LOCK_SECONDS = 15
"""So long a writer waits for another; each takes milliseconds."""
QUEUE_SECONDS = 120
"""And so long for the other threads of its own process: hundreds of sittings may stand in line."""
CONNECTIONS = 6
"""Of one process, at most: of hundreds of sittings, few work with rows at one moment, and more only stand in each
other's way."""
FORGET_PAUSES = (0.0, 0.5, 2.0)
"""Seconds before each try to let go of what was erased."""
FORGET_WAITS = 1_000
"""So many milliseconds each such try waits for others."""
TRIAL = 2_000_000
"""So many bytes are written, twice as long in letters, where it is tried whether there is room."""
QUOTING = ("blob", "archivewords", "fingerprint", "flag", "rendering", "shadowflag", "shingle")
"""The tables in which words of an author's stand, or hashes by which a guess of them can be tested."""
STILL = "The rows are empty, but older bytes may still be in the files of the database:"
SECRETS = ("password", "sslpassword")
"""What a URL may hold after its question mark and nobody may see."""


class Database:
    """A SQLite file or a PostgreSQL database, by SQLAlchemy URL. Opens nothing until it is used. Raises
    BadDatabase for a URL that cannot be read."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._writing = threading.Lock()
        try:
            self.engine: Engine = create_engine(
                url,
                pool_pre_ping=not url.startswith("sqlite"),
                # None beyond these: such a connection would be opened and closed again for each transaction.
                pool_size=CONNECTIONS,
                max_overflow=0,
                pool_timeout=QUEUE_SECONDS,
                # An error must not carry what stands in the rows: an author's words, a salt.
                hide_parameters=True,
            )
        except (ArgumentError, ValueError):
            reason = "its address cannot be read; write it like postgresql://NAME:PASSWORD@HOST:PORT/DATABASE"
            raise BadDatabase(url=re.sub("//.*@", "//***@", url), reason=reason) from None
        event.listen(self.engine, "handle_error", self._name)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # First of all: where text comes as bytes, SQLAlchemy itself fails on the next step.
            event.listen(self.engine, "connect", self._must_be_utf8, insert=True)

    def _name(self, context: Any) -> None:
        # So that an error can say which database it was.
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.database = self.shown_url

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
    def write(self, author: int | None = None, *, money: bool = False) -> Iterator[Session]:
        """A session that is one transaction: all of it is stored at the end, or none.

        It holds the one write lock from its start, so what it reads stays true until it commits. Where `author` is
        named and all that is read and written is that author's own, PostgreSQL lets those of other authors write at the
        same time, and nobody else; with `money`, one at a time of those that ask what the outlet may spend.
        Keep it short, and never call an endpoint or the engine inside.
        """
        alone = self.is_sqlite or author is None
        # Of one process, one waits for the other here: a queue is quicker and fairer than a lock that is tried again
        # and again, and who waits holds no connection.
        if alone and not self._writing.acquire(timeout=QUEUE_SECONDS):
            raise PoolTimeout(f"another thread of this process has been writing for {QUEUE_SECONDS} seconds")
        try:
            with Session(self.engine, expire_on_commit=False) as db:
                connection = db.connection(execution_options={"writing": True})
                if not self.is_sqlite:
                    _wait_for_the_lock(connection, LOCK_SECONDS, author=author, money=money)
                yield db
                db.commit()
        finally:
            if alone:
                self._writing.release()

    def try_out(self) -> None:
        """Write something, and take it back. Raises SQLAlchemyError where nothing can be written."""
        with self.write() as db:
            db.connection().exec_driver_sql("CREATE TABLE afterword_trial (words TEXT)")
            # More than SQLite keeps in memory before it writes, and nothing that PostgreSQL could press together.
            db.connection().execute(text("INSERT INTO afterword_trial VALUES (:words)"), {"words": token_hex(TRIAL)})
            db.rollback()

    def migrate(self) -> None:
        """Bring the schema up to this version, or leave all as it is. Raises BadDatabase, with the reason in it."""
        if self.is_current():
            return
        from agent.migrations import running  # noqa: PLC0415  (it takes its time, and is seldom needed)

        try:
            with self.engine.connect().execution_options(writing=True) as connection:
                if self.is_sqlite:
                    # SQLite changes a table by making it anew, and cannot while others point to it. This can be
                    # said outside a transaction alone, and to one connection, which nobody has after this.
                    connection.detach()
                    _plainly(connection, "PRAGMA foreign_keys=OFF")
                with connection.begin():
                    if not self.is_sqlite:
                        _wait_for_the_lock(connection, 0)
                    before = running.version(connection)
                    running.upgrade(connection)
                    if self.is_sqlite and running.version(connection) != before:
                        self._must_lose_no_row(connection)
        except running.CommandError as error:
            reason = f"it was made by another version of this program ({error}). Install that version, or a newer one."
            raise BadDatabase(url=self.shown_url, reason=reason) from error
        except SQLAlchemyError as error:
            found = mishap(error)
            cause = error.orig if isinstance(error, DBAPIError) else error
            # Of a server that cannot be reached, its driver says more: which one, and how it failed.
            reason = " ".join(str(cause).split())
            if found not in {None, AWAY}:
                reason = f"{found.what.format(name='it')}. {found.to_do}"
            raise BadDatabase(url=self.shown_url, reason=reason) from error

    def is_current(self) -> bool:
        """Whether there is nothing to migrate. It waits for no writer."""
        newest = max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py"))
        try:
            with self.engine.connect() as connection:
                found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        except SQLAlchemyError:
            return False
        return found == [newest.split("_")[0]]

    def _must_lose_no_row(self, connection: Connection) -> None:
        if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            reason = f"a row of {lost[0]} points to a row of {lost[2]} that is not there. Restore a backup"
            raise BadDatabase(url=self.shown_url, reason=reason)

    def _must_be_utf8(self, connection: Any, _: object) -> None:
        if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
            mend = "Make one with: createdb --encoding=UTF8 --template=template0 NAME"
            raise BadDatabase(url=self.shown_url, reason=f"its encoding is {encoding}. {mend}")

    def forget(self) -> str:
        """After an erasure: leave no older copy of what was emptied in the files of the database. Returns what is
        left, why, and what to do, in words; nothing where all is gone. It waits a few seconds for those that read.

        SQLite: the write-ahead log is folded into the file and cut; what is let go there is overwritten anyway.

        PostgreSQL: the tables in which words stand are written anew (VACUUM FULL), which takes each for itself while
        it lasts, and as much room again. No samples of what they say are kept for the planner: see the migrations.
        What no statement reaches: the server's own log of changes (pg_wal) holds the older pages until it comes round
        to those files again, after a checkpoint or a few; an archive of it, a replica's slot and every backup hold
        them until whoever keeps those lets go of them.
        """
        forgets = self._cut_the_log if self.is_sqlite else self._write_anew
        left = ""
        for pause in FORGET_PAUSES:
            time.sleep(pause)
            try:
                left = forgets()
            except SQLAlchemyError as error:
                left = f"{STILL} the database did not let go of them ({type(error).__name__})."
            if not left:
                break
        return left

    def _cut_the_log(self) -> str:
        with self.engine.connect() as connection:
            # Readers are waited for with everybody else kept out: so not for long, and on a connection of its own.
            connection.detach()
            cursor = connection.connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={FORGET_WAITS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_ = cursor.fetchone() or (1,)
            cursor.close()
        return f"{STILL} another program reads the database, so its write-ahead log could not be cut." if busy else ""

    def _write_anew(self) -> str:
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()
            connection.exec_driver_sql(f"SET lock_timeout = {FORGET_WAITS}")
            # Every transaction that emptied something came before this one.
            now = connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text").scalar_one()
            for table in QUOTING:
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            # A table that was written anew holds no dead row from before its frozen horizon; one whose dead rows
            # somebody may still read, or that this role may not vacuum, keeps an older one.
            old = text(
                "SELECT oid::regclass::text FROM pg_class WHERE age(relfrozenxid) >= age(CAST(:now AS xid)) "
                "AND oid = ANY (CAST(:tables AS regclass[])) ORDER BY oid"
            )
            left = connection.execute(old, {"now": now, "tables": list(QUOTING)}).scalars().all()
        if not left:
            return ""
        return (
            f"{STILL} another connection still reads older rows of {', '.join(left)}, or this role may not vacuum them "
            "(then run, as the owner of the database: VACUUM FULL)."
        )

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self.engine.url.difference_update_query(SECRETS).render_as_string(hide_password=True)

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


ALONE = "pg_advisory_xact_lock(:number)"
OF_AN_AUTHOR = "pg_advisory_xact_lock_shared(:number), pg_advisory_xact_lock(:authors, :author)"
"""Two numbers are another kind of lock than one: these never meet by chance."""


def _wait_for_the_lock(
    connection: Connection, seconds: float, *, author: int | None = None, money: bool = False
) -> None:
    """Be the one writer of a PostgreSQL database until the transaction ends, or the one of an author's. 0 seconds are
    for ever. The locks are always taken in this order, so none waits for another in a circle."""
    locks = ALONE if author is None else OF_AN_AUTHOR + (", pg_advisory_xact_lock(:authors, 0)" if money else "")
    wait = text(f"SELECT set_config('lock_timeout', :wait, true), {locks}")
    given = {"wait": f"{seconds}s", "number": LOCK_NUMBER}
    connection.execute(wait, given if author is None else given | {"authors": LOCK_NUMBER, "author": author})
