"""What a place says that it holds: its manifest, with the parts of that. Pure, over a function that reads.

In format 3 a manifest names parts (`manifest/NAME.json`), each with files of its own, so that a change touches one of
them: each file stands in the manifest or in one part. In formats 1 and 2 all files stand in the manifest itself.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agent import keys
from agent.publish.manifest import FOLDER, FORMAT, MANIFEST
from agent.record import canonical, sha256

Read = Callable[[str], bytes | None]
"""Path -> its bytes, or None where there is no such file. May raise Unread."""


class Unread(Exception):
    """Why a file cannot be read, in words that follow its path."""


@dataclass
class Published:
    """What a manifest says, and what is wrong with it. `format` is 0 where it could not be read at all."""

    format: int = 0
    data: bytes = b""
    """The manifest itself."""
    files: dict[str, str] = field(default_factory=dict)
    """Path -> SHA-256 (hex) of every file but the manifest and its parts."""
    parts: dict[str, str] = field(default_factory=dict)
    lines: Any = 0
    head: Any = ""
    renderer: str | None = None
    public_key: str = ""
    is_signed: bool = False
    """The signature holds, under the key that the manifest itself names."""
    problems: list[str] = field(default_factory=list)


def read_manifest(read: Read) -> Published:
    """Read the manifest and its parts. Raises nothing: what is wrong stands in the answer."""
    found = Published()
    if (data := _read(read, MANIFEST, found)) is None:
        return found
    try:
        manifest = json.loads(data)
        if manifest["v"] not in range(1, FORMAT + 1):
            found.problems.append(f"{MANIFEST}: format {manifest['v']} is not known to this version")
            return found
        found.lines, found.head = manifest["ledger"]["lines"], manifest["ledger"]["head"]
        found.files = _hashes(manifest["files"])
        found.parts = _hashes(manifest["parts"] if manifest["v"] >= 3 else {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.problems.append(f"{MANIFEST}: is damaged, so nothing else can be checked")
        return Published(problems=found.problems)
    found.format, found.data = manifest["v"], data
    found.renderer, found.public_key = manifest.get("renderer"), str(manifest.get("public_key", ""))
    found.is_signed = _is_signed(manifest)
    for path, digest in sorted(found.parts.items()):
        _add(read, path, digest, found)
    found.problems += [f"{path}: is no path that a manifest can name" for path in found.files if not _can_name(path)]
    return found


def is_plain(path: str) -> bool:
    """Whether a path leads to one place below the root, however it is read."""
    steps = path.split("/")
    return all(steps) and not {".", ".."} & set(steps) and not any(s in "\\?#%" or s < " " for s in path)


def _hashes(said: Any) -> dict[str, str]:
    return {path: str(digest) for path, digest in said.items()}


def _can_name(path: str) -> bool:
    return is_plain(path) and path != MANIFEST and not path.startswith(FOLDER)


def _is_signed(manifest: dict[str, Any]) -> bool:
    body = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        signed = canonical(body)
    except ValueError:  # A number that JSON does not have.
        return False
    return keys.is_signed(signed, signature=str(manifest.get("signature", "")), public=str(manifest.get("public_key")))


def _add(read: Read, path: str, digest: str, found: Published) -> None:
    """Add the files of one part."""
    if not is_plain(path) or not path.startswith(FOLDER):
        found.problems.append(f"{path}: is no path of a part of the manifest")
        return
    if (data := _read(read, path, found)) is None:
        return
    if sha256(data) != digest:
        found.problems.append(differs(path))
    try:
        files = _hashes(json.loads(data)["files"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.problems.append(f"{path}: is damaged, so the files that it names cannot be checked")
        return
    found.problems += _twice(files, found)
    found.files |= files


def _twice(files: dict[str, str], found: Published) -> Iterator[str]:
    for path in sorted(files.keys() & found.files.keys()):
        yield f"{path}: stands in the manifest twice"


def _read(read: Read, path: str, found: Published) -> bytes | None:
    try:
        data = read(path)
    except Unread as error:
        found.problems.append(f"{path}: {error}")
        return None
    if data is None:
        found.problems.append(f"{path}: is missing")
    return data


def differs(path: str) -> str:
    """The words for a file that has another hash than the one that was signed."""
    return f"{path}: is not the file that was published; at least one byte differs"
