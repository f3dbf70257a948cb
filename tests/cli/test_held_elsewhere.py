"""`afterword invite` while another process runs the publication."""

from pathlib import Path

import pytest

from agent import app
from agent.cli.publication import begin
from agent.settings import load
from tests.cli.a_terminal import TWO, Terminal

pytestmark = pytest.mark.slow


def test_a_slot_that_another_process_takes_up_is_said_to_wait_where_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(tmp_path / "pub", TWO)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    terminal = Terminal(tmp_path / "pub", monkeypatch, capsys)
    assert terminal("pause", "opus", "--reason", "The endpoint is being moved.") == 0
    outlet = app.build(load(tmp_path / "pub"))
    _, engine = app.pipeline(outlet)
    engine.hold()
    try:
        assert terminal("invite", "opus") == 0
        said = " ".join(terminal.said.split())
        assert said.startswith("Slot 1 is made; it waits: paused by ")
        assert said.endswith("The endpoint is being moved. It is taken up when it may be.")
        assert terminal("invite", "sonnet") == 0
        said = " ".join(terminal.said.split())
        assert said == "Slot 2 is made. The process that runs this publication takes it up in a moment."
    finally:
        engine.let_go()
        outlet.database.close()
