"""The fixed cast: authors Opus and Sonnet, reviewers Ada and Ben, stranger Cy."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.database import Database
from agent.outlet import Outlet
from agent.testing import MovableClock, an_outlet


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


@pytest.fixture
def outlet(tmp_path: Path, migrated: Path) -> Iterator[Outlet]:
    """An outlet on a real SQLite, with a clock that stands still."""
    shutil.copy(migrated, tmp_path / "afterword.db")
    outlet = an_outlet(tmp_path)
    yield outlet
    outlet.database.close()


@pytest.fixture
def clock(outlet: Outlet) -> MovableClock:
    """The clock of `outlet`."""
    assert isinstance(outlet.now, MovableClock)
    return outlet.now
