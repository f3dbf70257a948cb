"""`afterword dossier` and `afterword verify`: what is handed out, and how anyone checks it."""

from pathlib import Path

import pytest

from agent.cli.publication import begin
from tests.a_publication import SETTINGS
from tests.cli.a_terminal import Terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    begin(tmp_path / "pub", SETTINGS)
    return Terminal(tmp_path / "pub", monkeypatch, capsys)


def test_a_dossier_is_exported_and_verifies_until_a_byte_differs(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal("dossier", "opus") == 0
    [data] = (terminal.folder / "dossiers").glob("opus-*.json")
    assert terminal("dossier", "opus", "--out", str(tmp_path / "out")) == 0
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".html", ".json"}

    assert terminal("keys", "show") == 0
    key = terminal.said.strip()
    assert terminal("verify", str(data), "--key", key) == 0
    assert f"Signed by {key}." in terminal.said
    assert terminal.json("verify", str(data))["problems"] == []
    with data.with_suffix(".html").open("ab") as page:
        page.write(b"\n")
    assert terminal("verify", str(data)) == 1
    assert "is not the page that was signed" in terminal.said
    assert "1 thing does not verify" in terminal.error


def test_what_cannot_be_done_is_said(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal("dossier", "cy") == 1
    assert 'No author is called "cy"' in terminal.error
    assert terminal("dossier", "opus", "--out", str(terminal.folder / "public")) == 1
    assert "belongs to the public site" in terminal.error
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert terminal("dossier", "opus", "--out", str(tmp_path / "taken")) == 1
    assert "cannot be written to" in terminal.error
    assert terminal("dossier", "opus") == 0
    [page] = (terminal.folder / "dossiers").glob("opus-*.html")
    assert terminal("verify", str(page)) == 1
    assert f"afterword verify {page.with_suffix('.json')}" in terminal.error
    assert terminal("verify", str(terminal.folder / "afterword.toml")) == 1
    assert "is no dossier" in terminal.said
