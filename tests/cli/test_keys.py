"""`afterword keys`: a key is made once, is readable by its owner alone, and is never replaced."""

import stat
from pathlib import Path

import pytest

from agent import keys
from agent.cli.publication import begin
from tests.a_publication import SETTINGS
from tests.cli.a_terminal import Terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    begin(tmp_path / "pub", SETTINGS)
    return Terminal(tmp_path / "pub", monkeypatch, capsys)


def test_a_key_is_made_where_the_settings_say_and_its_public_half_is_shown(terminal: Terminal) -> None:
    file = terminal.folder / "signing.key"
    file.unlink()
    assert terminal("keys", "new") == 0
    made = terminal.said
    assert made == keys.public_hex(keys.load(file)) + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "PRIVATE" not in terminal.error
    assert terminal("keys", "show") == 0
    assert terminal.said == made


def test_a_key_that_is_there_is_never_replaced(terminal: Terminal) -> None:
    file = terminal.folder / "signing.key"
    before = file.read_bytes()
    assert terminal("keys", "new") == 1
    assert "a file is there already" in terminal.error
    assert file.read_bytes() == before


def test_a_key_can_be_made_elsewhere_without_a_publication(terminal: Terminal, tmp_path: Path) -> None:
    terminal.folder = tmp_path / "nowhere"
    assert terminal("keys", "new", "--path", str(tmp_path / "other.key")) == 0
    assert terminal.said == keys.public_hex(keys.load(tmp_path / "other.key")) + "\n"
    assert terminal("keys", "new", "--path", str(tmp_path / "nowhere" / "other.key")) == 1
    assert "No such file or directory" in terminal.error
    assert terminal("keys", "show") == 1
    assert "There is no afterword.toml" in terminal.error
