"""A folder on this machine or another one as a target, by rsync (only the program `rsync`).

Each group of files is one run of rsync, from a folder with links to files that were compared with their hashes: a build
that goes on meanwhile replaces a file, and never changes one.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.adapters.bringing import LIST, bring, what_stands_there
from agent.adapters.source import Source
from agent.errors import TargetError
from agent.outlet import Brought
from agent.places import RsyncSettings

SECONDS = 900
QUIET = 120
"""So many seconds the other side may say nothing."""
ASIDE = ".bringing"
"""Where rsync puts files there until each is whole; it goes at the end, with what a broken run left in it."""
HIDDEN = ("--exclude=/.*", "--exclude=/lost+found")
"""What is no file of a site, and may be closed to us."""
LINE = re.compile(r"[-l]\S+\s+[\d,.]+ \S+ \S+ (.+)")
INSTALL = "Install rsync on this machine (`apt-get install rsync`)."
LOOK = "Look at its destination and ssh in afterword.toml; rsync 3.1 or newer must be there, too."


class Distant:
    """Keeps the Target protocol by rsync. `own` is for what is on its way, `cwd` where relative paths begin."""

    def __init__(self, settings: RsyncSettings, *, own: Path, cwd: Path) -> None:
        self._settings, self._own, self._cwd = settings, own, cwd
        self.name, self.place = settings.name, settings.place
        self._there = settings.destination.rstrip("/") + "/"

    def check(self) -> None:
        """Whether it can be used at all, without asking it. Raises TargetError."""
        if shutil.which("rsync") is None:
            raise self._fault("the program rsync is missing", INSTALL)

    def look(self) -> str:
        """Ask it what it holds, and say so. Raises TargetError."""
        self.check()
        try:
            return what_stands_there(self.name, self)
        except TargetError as fault:
            if "No such file or directory" not in str(fault):
                raise
            return "reached; the folder is not there yet"

    def bring(self, folder: Path) -> Brought:
        """Make it hold what the folder holds. Raises TargetError."""
        self.check()
        if (self._cwd / self._there).resolve() == folder.resolve():
            raise self._fault("it is the public folder itself", "Name another destination in afterword.toml.")
        source = Source(self.name, folder)
        shutil.rmtree(self._own, ignore_errors=True)  # A run that was killed may have left texts in it.
        with self._a_folder() as empty:
            self._run(["--dirs", f"{empty}/", self._there])
        return bring(self.name, source, self)

    def read(self, path: str) -> bytes | None:
        """Keep the Holder protocol."""
        with self._a_folder() as folder:
            self._run(["--ignore-missing-args", "--relative", f"{self._there}./{path}", f"{folder}/"])
            file = folder / path
            return file.read_bytes() if file.is_file() and not file.is_symlink() else None

    def put(self, source: Source, paths: Sequence[str]) -> None:
        """Keep the Holder protocol."""
        if not paths:
            return
        with self._a_folder() as stage:
            for path in paths:
                _link(source, path, stage / path)
            self._run(["--checksum", f"--temp-dir={ASIDE}", *self._some(), f"{stage}/", self._there], paths)

    def note(self, path: str, data: bytes) -> None:
        """Keep the Holder protocol."""
        with self._a_folder() as stage:
            (stage / path).parent.mkdir(parents=True)
            (stage / path).write_bytes(data)
            self._run([*self._some(), f"{stage}/", self._there], [path])

    def remove(self, paths: Sequence[str]) -> None:
        """Keep the Holder protocol. Folders that are left empty stay; the list goes with all that lies beside it."""
        with self._a_folder() as empty:
            if LIST in paths:
                rules = [f"--include=/{ASIDE}/***", "--exclude=*"]
                self._run(["--recursive", "--delete", *rules, f"{empty}/", self._there])
            elif paths:
                for path in paths:
                    (empty / path).parent.mkdir(parents=True, exist_ok=True)  # Where these vanished, rsync would stop.
                self._run(["--delete-missing-args", *self._some(), f"{empty}/", self._there], paths)

    def listed(self) -> dict[str, str]:
        """Keep the Holder protocol. Of their bytes, nothing is known: rsync compares them itself."""
        printed = self._run(["--recursive", "--list-only", *HIDDEN, self._there])
        return {found[1]: "" for line in printed.splitlines() if (found := LINE.fullmatch(line))}

    def _some(self) -> list[str]:
        return ["--files-from=-", "--from0", "--chmod=D755,F644", "--omit-dir-times"]

    def _run(self, words: Sequence[str], paths: Sequence[str] = ()) -> str:
        """Run rsync once, for these paths. Raises TargetError."""
        options = ["--times", f"--timeout={QUIET}", f"--rsh={self._settings.ssh}"]
        try:
            done = subprocess.run(
                ["rsync", *options, *words],
                input="\0".join(paths).encode(),
                capture_output=True,
                cwd=self._cwd,
                env=os.environ | {"LC_ALL": "C"},
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._fault(f"rsync did not end in {SECONDS} seconds", LOOK) from None
        if done.returncode:
            lines = [line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
            raise self._fault(f"rsync: {lines[0].rstrip('.') if lines else f'exit {done.returncode}'}", LOOK)
        return done.stdout.decode(errors="replace")

    @contextmanager
    def _a_folder(self) -> Iterator[Path]:
        """A folder for a moment, on the file system of the public folder, most likely."""
        self._own.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._own) as folder:
            yield Path(folder)

    def _fault(self, reason: str, to_do: str) -> TargetError:
        return TargetError(target=self.name, reason=reason, to_do=to_do)


def _link(source: Source, path: str, link: Path) -> None:
    """Hold fast the very bytes of a file that were compared with its hash."""
    link.parent.mkdir(parents=True, exist_ok=True)
    with source.open(path) as file:
        with suppress(OSError):  # Between two file systems a copy has to do.
            os.link(source.folder / path, link)
            if os.path.samestat(os.fstat(file.fileno()), link.lstat()):
                return
            link.unlink()  # It was replaced in this moment.
        with link.open("xb") as copy:
            shutil.copyfileobj(file, copy)
