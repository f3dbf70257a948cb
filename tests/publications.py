"""Fresh copies of one publication, on SQLite or on PostgreSQL, to do something dreadful to."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, make_url, text

from agent import app, schedule
from agent.cli.publication import begin
from agent.database import Database
from agent.outlet import Outlet
from agent.publish import edition
from agent.settings import Settings, load
from tests.a_publication import SETTINGS, wait_for
from tests.a_zygote import Zygote
from tests.databases import Server

DONE_SECONDS = 60


class Publications:
    """Copies of a publication whose only author has one slot waiting. `server` is None for SQLite."""

    def __init__(self, folder: Path, zygote: Zygote, server: Server | None) -> None:
        self._folder = folder
        self._zygote = zygote
        self._server = server
        self._number = 0

    def __enter__(self) -> "Publications":
        """Begin the publication: its schema, the engine's own, its first edition, its slot."""
        self._first = self._folder / "first"
        begin(self._first, SETTINGS)
        if self._server is not None:
            self._name = f"killed_{id(self)}"
            self._server.run(f"CREATE DATABASE {self._name} TEMPLATE migrated")
            self._point(self._first, self._server.url(self._name))
        settings = load(self._first)
        with self._zygote.up(self._first, lambda _: None) as life:
            wait_for(lambda: "action=edition" in life.text, DONE_SECONDS, lambda: life.text)
            with opened(settings) as outlet:
                wait_for(lambda: is_idle(outlet), DONE_SECONDS, lambda: life.text)
        with opened(settings) as outlet:
            schedule.ask_now(outlet, "opus", "plain")
        self.settle(settings)
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.run(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    @contextmanager
    def copy(self) -> Iterator[Settings]:
        """One of one's own."""
        self._number += 1
        folder = self._folder / str(self._number)
        shutil.copytree(self._first, folder, ignore=shutil.ignore_patterns("*.lock", "*.db-shm"))
        if self._server is None:
            yield load(folder)
        else:
            with self._server.a_database(self._name) as url:
                self._point(folder, url)
                yield load(folder)
        shutil.rmtree(folder)

    def settle(self, settings: Settings) -> None:
        """Return when PostgreSQL has noticed that a client is gone, and done what that asked for last."""
        if self._server is None:
            return
        name = make_url(settings.rows_url).database
        asked = "SELECT 1 FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self._server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            wait_for(
                lambda: connection.execute(asked, [name]).fetchone() is None, 10, lambda: "a client is still there"
            )

    @contextmanager
    def as_left(self, settings: Settings) -> Iterator[Database]:
        """The rows as a kill left them. SQLite mends its file when it is opened, so a copy of that is: the next start
        is to find what the kill left."""
        self.settle(settings)
        if self._server is not None:
            database = Database(settings.rows_url)
            yield database
            database.close()
            self.settle(settings)
            return
        with tempfile.TemporaryDirectory(dir=self._folder) as aside:
            for file in settings.folder.glob("afterword.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, aside)
            database = Database(f"sqlite:///{aside}/afterword.db")
            yield database
            database.close()

    @staticmethod
    def _point(folder: Path, url: str) -> None:
        (folder / "afterword.toml").write_text(f'database_url = "{url}"\n{SETTINGS}')


@contextmanager
def opened(settings: Settings) -> Iterator[Outlet]:
    """An outlet of this process, beside the one that is running."""
    outlet = app.build(settings)
    yield outlet
    outlet.database.close()


def is_idle(outlet: Outlet) -> bool:
    """Whether the edition shows the rows as they are, and the engine has no work left."""
    with outlet.database.read() as db:
        if not edition.is_current(outlet, db):
            return False
    return not work_left(outlet.settings)


def work_left(settings: Settings) -> list[str]:
    """Work that the engine began, or was asked for, and did not end."""
    engine = create_engine(settings.work_url)
    table = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
    with engine.connect() as connection:
        asked = f"SELECT workflow_uuid FROM {table} WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')"
        left = connection.execute(text(asked)).scalars().all()
    engine.dispose()
    return list(left)
