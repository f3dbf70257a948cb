"""git as a program, asked so that it never asks back."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from agent.errors import TargetError

SECONDS = 900.0
"""So long one command may take; a first push of a large site takes minutes."""
HELPER = '!f() { echo "username=$AFTERWORD_GIT_USER"; echo "password=$AFTERWORD_GIT_TOKEN"; }; f'
"""Hands git the token from its environment: on a command line, everybody on the machine could read it."""
TELLING = re.compile(r"fatal:|error:|remote: (error|fatal)|! \[")
INSTALL = "Install git on this machine."
LOOK = "Look at its url and branch in afterword.toml, and at its key or token."


class Git:
    """Runs git on one bare repository of ours, in a folder of the operator's. What fails raises TargetError."""

    def __init__(self, target: str, folder: Path, *, cwd: Path, user: str = "", token: str = "") -> None:
        self._target, self._cwd, self._token = target, cwd, token
        # What a hook or a shell around us says of another repository is not meant here.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self._environment = environment | {
            "GIT_DIR": str(folder),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=20"),
            "LC_ALL": "C",
        }
        self._options: list[str] = []
        if token:
            self._options = ["-c", "credential.helper=", "-c", f"credential.helper={HELPER}"]
            self._environment |= {"AFTERWORD_GIT_USER": user, "AFTERWORD_GIT_TOKEN": token}

    def __call__(self, *words: str, given: IO[bytes] | None = None) -> bytes:
        """Run one command, and return what it printed. Raises TargetError, also where it fails."""
        code, printed, said = self.ran(words, given)
        if code:
            raise self.failed(words[0], said)
        return printed

    def text(self, *words: str) -> str:
        """The same as text, without the white space around it."""
        return self(*words).decode(errors="replace").strip()

    def ran(self, words: Sequence[str], given: IO[bytes] | None = None) -> tuple[int, bytes, str]:
        """Run one command: its exit code, what it printed, and what it said. Raises TargetError where it cannot."""
        try:
            done = subprocess.run(
                ["git", *self._options, *words],
                stdin=given or subprocess.DEVNULL,
                capture_output=True,
                cwd=self._cwd,
                env=self._environment,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise self.fault("the program git is missing", INSTALL) from None
        except subprocess.TimeoutExpired:
            raise self.fault(f"git {words[0]} did not end in {SECONDS:.0f} seconds", LOOK) from None
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def failed(self, command: str, said: str) -> TargetError:
        """What git says is wrong, in its first telling line, without secrets."""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        told = next(filter(TELLING.match, lines), lines[0] if lines else "it failed without a word")
        words = re.sub(r"//[^/@\s]*@", "//", told).rstrip(".")
        return self.fault(f"git {command}: {words.replace(self._token, '***') if self._token else words}", LOOK)

    def fault(self, reason: str, to_do: str) -> TargetError:
        """A fault of this target."""
        return TargetError(target=self._target, reason=reason, to_do=to_do)


def is_there() -> bool:
    """Whether this machine has git."""
    return shutil.which("git") is not None
