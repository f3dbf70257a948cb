"""A folder on this machine."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

HALF_WRITTEN = ".part"


class Folder:
    """The public folder: every file in it is replaced whole or not at all.

    With `sync` a file's bytes are on the disk before it takes the place of the one before. Without, `settle` brings
    everything there at once, which is what a whole site needs.
    """

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        self.root = root
        self.sync = sync
        self._base = f"{root}{os.sep}"
        self._made: set[str] = set()
        """Folders that are there, and no links."""

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, or None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def has(self, path: str) -> bool:
        """Whether something is there, be it a link that leads nowhere."""
        return os.path.lexists(self._base + path)

    def names(self, below: str = "") -> Iterator[str]:
        """Every file that is there, or below one folder, and every link."""
        for folder, folders, files in os.walk(self.root / below):
            for path in (Path(folder) / name for name in (*folders, *files)):
                if path.is_symlink() or path.is_file():
                    yield path.relative_to(self.root).as_posix()

    def hashes(self) -> dict[str, str]:
        """Return path -> SHA-256 (hex) of every file that is there. A link has none: it is never followed."""
        found: dict[str, str] = {}
        for name in self.names():
            path = self.root / name
            if path.is_symlink():
                found[name] = ""
            else:
                found[name] = sha256_of(path)
        return found

    def write(self, path: str, data: bytes | Path) -> None:
        """Write beside the file and rename over it: a reader sees the old bytes or the new ones."""
        folder, _, name = path.rpartition("/")
        if folder not in self._made:
            self._make(folder)
        final = self._base + path
        half = f"{self._base}{folder}{'/' if folder else ''}.{name}.{os.getpid()}{HALF_WRITTEN}"
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        try:
            try:
                if isinstance(data, bytes):
                    _write_all(handle, data)
                else:
                    with data.open("rb") as source, os.fdopen(os.dup(handle), "wb") as file:
                        shutil.copyfileobj(source, file)
                if self.sync:
                    os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(half, final)
        except BaseException:
            Path(half).unlink(missing_ok=True)
            raise

    def remove(self, path: str) -> None:
        """Take the file away, if it is there, and the folders that it leaves empty. Where a linked folder leads there,
        the link goes: what lies behind is elsewhere."""
        file = self._link_above(path) or self.root / path
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self.root or any(folder.iterdir()):
                break
            folder.rmdir()
            self._made.clear()

    def settle(self) -> None:
        """Bring to the disk what was written without `sync`."""
        if not self.sync:
            os.sync()
            return
        for folder in self._made:
            handle = os.open(self._base + folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _make(self, folder: str) -> None:
        """Make a folder, in the place of a link where one is there: what is written below it would go elsewhere."""
        if (link := self._link_above(f"{folder}/any")) is not None:
            link.unlink()
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        self._made.add(folder)

    def _link_above(self, path: str) -> Path | None:
        """The link among the folders of a path that comes first, if there is one."""
        above = (self.root / parent for parent in reversed(Path(path).parents[:-1]))
        return next((folder for folder in above if folder.is_symlink()), None)


def sha256_of(file: Path) -> str:
    """SHA-256 (hex) of a file, read piece by piece."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
