"""A folder on this machine, as a place to read. No link in it is followed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from agent.outlet import Seen


class OnDisk:
    """Keeps the Place protocol for a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def names(self) -> frozenset[str]:
        """The path of every plain file that is there."""
        return self._there[0]

    @property
    def strange(self) -> list[str]:
        """What is there and is neither a plain file nor a folder."""
        return self._there[1]

    def see(self, paths: Iterable[str], *, keep: bool = True) -> Iterator[Seen]:
        """Read these files, one after another."""
        for path in paths:
            yield self._one(path, keep) if path in self.names else Seen(path, wrong="is missing")

    def _one(self, path: str, keep: bool) -> Seen:
        try:
            if keep:
                data = (self.root / path).read_bytes()
                return Seen(path, hashlib.sha256(data).hexdigest(), data)
            with (self.root / path).open("rb") as file:
                return Seen(path, hashlib.file_digest(file, "sha256").hexdigest())
        except FileNotFoundError:
            return Seen(path, wrong="is missing")
        except OSError as error:
            return Seen(path, wrong=f"cannot be read ({error.strerror})")

    @cached_property
    def _there(self) -> tuple[frozenset[str], list[str]]:
        present, strange = set(), []
        for inside, folders, files in os.walk(self.root):
            folders.sort()
            for path in sorted(Path(inside) / name for name in (*folders, *files)):
                name = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    strange.append(f"{name}: is a link, which is no part of a site; it was not followed")
                elif path.is_file():
                    present.add(name)
                elif not path.is_dir():
                    strange.append(f"{name}: is no plain file")
        return frozenset(present), strange
