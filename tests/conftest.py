"""The fixed cast: authors Opus and Sonnet, reviewers Ada and Ben, stranger Cy."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import event, make_url

from agent.database import Database
from agent.outlet import Outlet
from agent.testing import FakeFeeds, MovableClock, an_outlet
from tests.databases import Server, a_server

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]

hypothesis.settings.register_profile("quick", max_examples=30, deadline=None)
hypothesis.settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of tests/test_killed_anywhere.py and tests/test_read_while_written.py."""
    parser.addoption("--kills", type=int, help="kill so many processes on each database, at points that are random")
    parser.addoption("--acts", type=int, help="so many works come and go while the folder is read")
    parser.addoption("--kills-seed", type=int, help="what those points were drawn from")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AFTERWORD_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file: copying it is quicker than migrating again."""
    file = tmp_path_factory.mktemp("migrated") / "afterword.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The PostgreSQL server of this run, with a migrated, empty database to copy: `migrated`."""
    own = tmp_path_factory.getbasetemp()
    with a_server(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) as (server, lock):
        with lock:
            if not server.has("migrated"):
                server.run("CREATE DATABASE migrating TEMPLATE template0")
                database = Database(server.url("migrating"))
                database.migrate()
                database.close()
                server.run("ALTER DATABASE migrating RENAME TO migrated")
        yield server


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it: once a SQLite file, once in a real PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'afterword.db'}"
        return
    with request.getfixturevalue("postgresql").a_database("template0") as url:
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database: once a SQLite file, once in a real PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated'), tmp_path / 'afterword.db')}"
        return
    with request.getfixturevalue("postgresql").a_database("migrated") as url:
        yield url


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Outlet:
    """One outlet with its authors on the roll. Its engine, which knows all its SQL by heart after a few
    tests, opens the file that `database.url` names: so every test has a file of its own and is quick."""
    outlet = an_outlet(tmp_path_factory.mktemp("opened"))
    outlet.database.close()
    _open_what_the_url_names(outlet.database)
    return outlet


@pytest.fixture(scope="session")
def opened_on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Outlet:
    """The same in a PostgreSQL; its database is `opened_` and the process's number."""
    name = f"opened_{os.getpid()}"
    postgresql.run(f"CREATE DATABASE {name} TEMPLATE migrated")
    outlet = an_outlet(tmp_path_factory.mktemp("opened"), database_url=postgresql.url(name))
    outlet.database.close()
    _open_what_the_url_names(outlet.database)
    return outlet


def _open_what_the_url_names(database: Database) -> None:
    @event.listens_for(database.engine, "do_connect")
    def _open(_dialect: object, _record: object, arguments: list[str], options: dict[str, Any]) -> None:
        if database.is_sqlite:
            arguments[0] = database.url.removeprefix("sqlite:///")
        else:
            options["dbname"] = make_url(database.url).database


def _with_a_database(opened: Outlet, folder: Path, **settings: Any) -> Iterator[Outlet]:
    """The opened outlet, as new, on the database that its URL names by now."""
    yield replace(
        opened,
        settings=opened.settings.model_copy(update={"folder": folder} | settings),
        now=MovableClock(),
        feeds=FakeFeeds({}),
        targets=[],
    )
    opened.database.close()


@pytest.fixture
def outlet(tmp_path: Path, opened: Outlet) -> Iterator[Outlet]:
    """An outlet on a real SQLite, with a clock that stands still."""
    yield from _on_sqlite(tmp_path, opened)


@pytest.fixture(params=BOTH)
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outlet]:
    """An outlet like `outlet`: once on a real SQLite, once (slow) on a real PostgreSQL."""
    if request.param == "sqlite":
        yield from _on_sqlite(tmp_path, request.getfixturevalue("opened"))
        return
    opened: Outlet = request.getfixturevalue("opened_on_postgresql")
    server: Server = request.getfixturevalue("postgresql")
    with server.a_database(f"opened_{os.getpid()}") as url:
        opened.database.url = url
        yield from _with_a_database(opened, tmp_path, database_url=url)


def _on_sqlite(folder: Path, opened: Outlet) -> Iterator[Outlet]:
    file = shutil.copy(opened.settings.folder / "afterword.db", folder)
    opened.database.url = f"sqlite:///{file}"
    yield from _with_a_database(opened, folder)


@pytest.fixture
def clock(outlet: Outlet) -> MovableClock:
    """The clock of `outlet`."""
    assert isinstance(outlet.now, MovableClock)
    return outlet.now
