"""An edition as it lies in the public folder, and what a manifest says. Nothing leaves here that is not what the
manifest says it is."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from agent.errors import TargetError

MANIFEST = "manifest.json"
PATH = re.compile(r"(?!.*(^|/)\.{1,2}(/|$))[^/\\\0-\x1f][^\\\0-\x1f]*")
"""A path that stays where it belongs: what another place calls a path may be anything."""
BUILD = "Build the site again (`afterword build`)."


@dataclass(frozen=True)
class Manifest:
    """Path -> SHA-256 of the files that are in no part, and of the parts, each of which names more files."""

    files: dict[str, str]
    parts: dict[str, str] = field(default_factory=dict)
    public_key: str = ""


def manifest_of(data: bytes) -> Manifest:
    """Read a manifest.json. Raises ValueError for anything else."""
    said = json.loads(data)
    if not isinstance(said, dict) or "ledger" not in said:
        raise ValueError("it is no manifest of an edition")
    return Manifest(hashes(said, "files"), hashes(said, "parts"), str(said.get("public_key", "")))


def files_of(data: bytes) -> dict[str, str]:
    """Read a part of a manifest. Raises ValueError for anything else."""
    said = json.loads(data)
    if not isinstance(said, dict):
        raise ValueError("it is no part of a manifest")
    return hashes(said, "files")


def hashes(said: dict[str, Any], name: str) -> dict[str, str]:
    """The table of that name, as far as it names files of a site."""
    table = said.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name} is no table")
    return {path: digest for path, digest in table.items() if isinstance(digest, str) and PATH.fullmatch(path)}


class Source:
    """The edition in the public folder, for one target. Everything is read by its path and compared with its hash.
    Raises TargetError."""

    def __init__(self, target: str, folder: Path) -> None:
        self._target, self.folder = target, folder
        try:
            self.bytes = (folder / MANIFEST).read_bytes()
            self.manifest = manifest_of(self.bytes)
        except FileNotFoundError:
            raise self._fault(f"there is no edition in {folder} yet", BUILD) from None
        except (OSError, ValueError) as error:
            raise self._fault(f"{folder / MANIFEST} cannot be read: {error}", BUILD) from None
        self.sha256 = hashlib.sha256(self.bytes).hexdigest()
        self._hashes = self.manifest.files | self.manifest.parts | {MANIFEST: self.sha256}

    def files(self, *, without: Iterable[str] = ()) -> dict[str, str]:
        """Path -> SHA-256 of every file but parts and manifest; those of the parts `without` are left out."""
        found = dict(self.manifest.files)
        for part in self.manifest.parts.keys() - set(without):
            files = files_of(self.read(part))
            self._hashes |= files
            found |= files
        return found

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        with self.open(path) as file:
            return file.read()

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A file, open at its beginning. It is replaced whole or not at all, so what is open stays what it is."""
        try:
            with os.fdopen(os.open(self.folder / path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                if digest != self._hashes[path]:
                    raise self._changed(path, "is not what the manifest says")
                file.seek(0)
                yield file
        except FileNotFoundError:
            raise self._changed(path, "is missing, and the manifest names it") from None
        except OSError as error:
            raise self._fault(f"{self.folder / path} cannot be read: {error.strerror}", BUILD) from None

    def _changed(self, path: str, how: str) -> TargetError:
        """Another build may be at work: then its edition is brought next."""
        try:
            moved = (self.folder / MANIFEST).read_bytes() != self.bytes
        except OSError:
            moved = True
        if moved:
            return self._fault("the folder came to hold a newer edition meanwhile", "That one is brought next.")
        return self._fault(f"{path} in {self.folder} {how}, so nothing more was brought", BUILD)

    def _fault(self, reason: str, to_do: str) -> TargetError:
        return TargetError(target=self._target, reason=reason, to_do=to_do)
