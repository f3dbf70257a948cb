"""`afterword` in this process, as a shell would run it."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from tests.a_publication import SETTINGS

TWO = (
    SETTINGS
    + """
[[author]]
name = "sonnet"
byline = "Claude Sonnet"
model_id = "claude-3-7-sonnet"
profile = { base = "claude-3-opus", tools = false }
consent = { publish = "yes", words = "Declared for a test." }
"""
)
"""A publication of two authors: Opus with tools, and Sonnet without."""


class Terminal:
    """Runs commands on one publication. `said` is what the last one printed on standard output, `error` the rest."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.said = self.error = ""
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> int:
        """Run one command, and return its exit code."""
        self._monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(self.folder), *words])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        self.said, self.error = self._capsys.readouterr()
        code = leaving.value.code
        if isinstance(code, str):
            self.error += code
            return 1
        return int(code or 0)

    def json(self, *words: str) -> Any:
        """What a command prints with --json."""
        assert self(*words, "--json") == 0, self.error
        return json.loads(self.said)
