"""`afterword review`, `afterword undo` and the moment between them."""

import re
from pathlib import Path

import pytest

from agent.cli.publication import begin
from agent.testing import a_piece, an_outlet
from tests.a_publication import SETTINGS
from tests.cli.a_terminal import Terminal

pytestmark = pytest.mark.slow

PATIENT = SETTINGS.replace("undo_minutes = 0", "undo_minutes = 30")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A publication where a verdict can be taken back for half an hour, with one piece that waits."""
    folder = tmp_path / "pub"
    begin(folder, PATIENT)
    outlet = an_outlet(folder)
    a_piece(outlet)
    outlet.database.close()
    return Terminal(folder, monkeypatch, capsys)


def test_a_verdict_says_until_when_it_can_be_taken_back_and_is(terminal: Terminal) -> None:
    assert terminal("review", "1", "publish", "--as", "ada") == 0, terminal.error
    assert re.search(r"goes out at \d{4}-\d\d-\d\d \d\d:\d\dZ. Until then: `afterword undo 1`", terminal.said)
    assert terminal("queue") == 0
    assert "Rain" not in terminal.said.split("Decided, and waiting")[0]
    assert terminal("undo", "1", "--as", "ada") == 0, terminal.error
    assert terminal.said == 'Your "publish" on revision 1 is taken back. Both stay on record.\n'
    assert [row["revision"] for row in terminal.json("queue")] == [1]
    assert terminal("undo", "1", "--as", "ada") == 1
    assert "There is no verdict of yours on revision 1" in terminal.error


def test_a_piece_is_published_at_a_moment(terminal: Terminal) -> None:
    assert terminal("review", "1", "publish", "--as", "ada", "--at", "2000-01-01T09:00") == 1
    assert "a moment to come" in terminal.error
    assert terminal("review", "1", "publish", "--as", "ada", "--at", "tomorrow") == 2
    assert "does not match the formats" in terminal.error
