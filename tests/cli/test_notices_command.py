"""`afterword notices`: what stands still, at the command line."""

from pathlib import Path

import pytest

from agent import pausing
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.tables import Pause
from agent.testing import NOON, an_outlet
from tests.cli.a_terminal import TWO, Terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def outlet(tmp_path: Path) -> Outlet:
    begin(tmp_path / "pub", TWO)
    return an_outlet(tmp_path / "pub")


@pytest.fixture
def terminal(outlet: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(outlet.settings.folder, monkeypatch, capsys)


def test_where_nothing_stands_still_it_says_so(terminal: Terminal) -> None:
    assert terminal("notices") == 0
    assert terminal.said == "Nothing stands still.\n"
    assert terminal.json("notices") == []


def test_what_waits_for_somebody_comes_first_each_with_what_to_do(terminal: Terminal, outlet: Outlet) -> None:
    pausing.set_pause(outlet, "opus", paused=True, actor="ada", reason="a holiday\x1b[2J")
    with outlet.database.write() as db:
        db.add(Pause(author_id=2, paused=True, actor="outlet", reason="The key is wrong.", at=outlet.now()))
    assert terminal("notices") == 0
    assert terminal.said == (
        "!  author sonnet, since 2026-11-01 12:00Z: it waits for somebody\n"
        "   paused by the outlet itself: The key is wrong.\n"
        "   To go on: `afterword resume sonnet`. Its endpoint is asked again each day; once it answers, the\n"
        "   author goes on by itself.\n"
        "\n"
        "-  author opus, since 2026-11-01 12:00Z\n"
        "   paused by ada: a holiday\\u001b[2J.\n"
        "   To go on: `afterword resume opus`.\n"
    )
    first, second = terminal.json("notices")
    assert (first["kind"], first["subject"], first["waits"]) == ("paused", "author sonnet", True)
    assert second == {
        "kind": "paused",
        "subject": "author opus",
        "words": "paused by ada: a holiday\x1b[2J",
        "since": NOON.isoformat(),
        "to_do": "To go on: `afterword resume opus`",
        "waits": False,
    }
