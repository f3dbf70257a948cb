"""A folder on this machine."""

import hashlib
import os
import tempfile
from pathlib import Path


class Folder:
    """Keeps the Target protocol for a folder: every file is replaced whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, or None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def hashes(self) -> dict[str, str]:
        """Return path -> SHA-256 (hex) of every file that is there. A link has none: it is never followed."""
        found: dict[str, str] = {}
        for folder, folders, files in os.walk(self.root):
            for path in (Path(folder) / name for name in (*folders, *files)):
                name = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    found[name] = ""
                elif path.is_file():
                    with path.open("rb") as file:
                        found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return found

    def write(self, path: str, data: bytes) -> None:
        """Write beside the file and rename over it: a reader sees the old bytes or the new ones."""
        final = self.root / path
        for folder in Path(path).parents[:-1]:
            if (self.root / folder).is_symlink():  # What is written below it would go elsewhere.
                (self.root / folder).unlink()
        final.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=final.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, final)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def remove(self, path: str) -> None:
        """Take the file away, if it is there, and the folders that it leaves empty."""
        file = self.root / path
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self.root or any(folder.iterdir()):
                break
            folder.rmdir()
