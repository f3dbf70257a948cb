"""The fixed cast: authors Opus and Sonnet, reviewers Ada and Ben, stranger Cy."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import event

from agent.database import Database
from agent.outlet import Outlet
from agent.publish.targets.folder import Folder
from agent.testing import FakeFeeds, MovableClock, an_outlet

hypothesis.settings.register_profile("quick", max_examples=30, deadline=None)
hypothesis.settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AFTERWORD_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file: copying it is quicker than migrating again."""
    file = tmp_path_factory.mktemp("migrated") / "afterword.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Outlet:
    """One outlet with its authors on the roll. Its engine, which knows all its SQL by heart after a few
    tests, opens the file that `database.url` names: so every test has a file of its own and is quick."""
    outlet = an_outlet(tmp_path_factory.mktemp("opened"))
    database = outlet.database
    database.close()

    @event.listens_for(database.engine, "do_connect")
    def _open(_dialect: object, _record: object, arguments: list[str], _options: object) -> None:
        arguments[0] = database.url.removeprefix("sqlite:///")

    @event.listens_for(database.engine, "connect")
    def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return outlet


@pytest.fixture
def outlet(tmp_path: Path, opened: Outlet) -> Iterator[Outlet]:
    """An outlet on a real SQLite, with a clock that stands still."""
    file = shutil.copy(opened.settings.folder / "afterword.db", tmp_path)
    opened.database.url = f"sqlite:///{file}"
    outlet = replace(
        opened,
        settings=opened.settings.model_copy(update={"folder": tmp_path}),
        now=MovableClock(),
        feeds=FakeFeeds({}),
        targets=[Folder(tmp_path / "public")],
    )
    yield outlet
    outlet.database.close()


@pytest.fixture
def clock(outlet: Outlet) -> MovableClock:
    """The clock of `outlet`."""
    assert isinstance(outlet.now, MovableClock)
    return outlet.now
