"""The library, built once however many processes test, and served."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from agent.adapters.web import preview
from tests.browser.a_library import an_open_outlet, bring_out, fill
from tests.browser.browser import served


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "library"
    with FileLock(f"{folder}.lock"):
        if not (folder / "numbers.json").exists():
            folder.mkdir()
            outlet = an_open_outlet(folder)
            numbers = fill(outlet)
            bring_out(outlet)
            outlet.database.close()
            (folder / "numbers.json").write_text(json.dumps(numbers))
    return folder / "public", json.loads((folder / "numbers.json").read_text())


@pytest.fixture(scope="session")
def library(filled: tuple[Path, dict[str, int]]) -> Path:
    """The public folder of a publication with works of every form. Read it, and change nothing."""
    return filled[0]


@pytest.fixture(scope="session")
def numbers(filled: tuple[Path, dict[str, int]]) -> dict[str, int]:
    """The number of each of its pieces, by the name of the text."""
    return filled[1]


@pytest.fixture(scope="session")
def site(library: Path) -> Iterator[str]:
    """The address at which the library is served, without a slash at the end."""
    with served(preview(library)) as address:
        yield address
