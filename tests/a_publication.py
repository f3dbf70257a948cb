"""A publication in a folder, run by the real command in processes of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.cli.publication import begin

SETTINGS = """
title = "Afterword"
reviewers = ["ada", "ben"]
undo_minutes = 0
max_sessions_per_day = 100
max_cost_per_month = 100.0
site_port = 0
desk_port = 0
tick_seconds = 0.3

[[author]]
name = "opus"
byline = "Claude Opus 3"
model_id = "claude-3-opus-20240229"
profile = "claude-3-opus"
consent = { publish = "yes", words = "Declared for a test." }
"""


class APublication:
    """Runs `afterword` on one folder, against a double of the Messages API at `api_url`."""

    def __init__(self, folder: Path, *, api_url: str = "http://127.0.0.1:9", settings: str = SETTINGS) -> None:
        self.folder = folder
        begin(folder, settings)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("AFTERWORD_", "ANTHROPIC_"))} | {
            "AFTERWORD_API_BASE_URL": api_url,
            "ANTHROPIC_API_KEY": "sk-ant-test",
        }

    def run(self, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self._command(*words),
            input=given,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            env=self.environment | variables,
        )

    def json(self, *words: str) -> Any:
        """What a listing command prints with --json."""
        ran = self.run(*words, "--json")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def start(self, *words: str, **variables: str) -> "Running":
        """Start a command that goes on."""
        log = self.folder / f"{words[0]}-{time.monotonic_ns()}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self._command(*words), stdout=out, stderr=subprocess.STDOUT, env=self.environment | variables
            )
        return Running(process, log)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from agent.cli import main; main()", "--dir", str(self.folder), *words]


class Running:
    """A process that goes on, and what it printed."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()

    @property
    def printed(self) -> str:
        """Everything so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def until(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        """Wait until it has printed something."""
        found = wait_for(lambda: re.search(pattern, self.printed) or self._alive(), seconds, lambda: self.printed)
        assert isinstance(found, re.Match)
        return found

    def _alive(self) -> None:
        assert self.process.poll() is None, f"it ended: {self.printed}"

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def ask_to_stop(self, seconds: float = 30) -> int:
        """Send SIGTERM, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def wait_for(look: Callable[[], Any], seconds: float, otherwise: Callable[[], str]) -> Any:
    """Look again and again until there is something, for at most so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came in {seconds} s: {otherwise()}")
