"""What has to change somewhere else so that it holds the edition of the public folder, and in which order.

First comes what is new there, to which no page links yet; then what changed, lists after pages and feeds last; then
what is gone goes. So a reader who begins at any page that is linked never meets a link to one that is not there.
"""

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass
from hashlib import md5
from itertools import chain
from typing import Protocol

from agent.adapters.source import MANIFEST, Manifest, Source, files_of, manifest_of
from agent.errors import TargetError

PARTS = "manifest/"
RAW = (".md", ".jsonl", ".png", ".zip", ".epub")
RAW_FOLDERS = ("pieces/", "heads/", "cards/", "search/", "downloads/")


class Held(Protocol):
    """What is held somewhere. What fails raises TargetError."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or None where there is none."""
        ...

    def listed(self) -> dict[str, str]:
        """Every path that is there, with the MD5 (hex) of its bytes as far as that is known, or ""."""
        ...


@dataclass(frozen=True)
class Difference:
    """What has to be put in place, in groups one after the other, and what has to go; parts of the manifest apart."""

    puts: list[list[str]]
    removes: list[str]
    parts: list[str]
    old_parts: list[str]
    unsure: set[str]
    """What an earlier try that broke off had touched."""

    def touched(self) -> bytes:
        """A list of every path that is touched, for the next try if this one breaks off, too."""
        paths = {MANIFEST, *chain(*self.puts), *self.removes, *self.parts, *self.old_parts, *self.unsure}
        return json.dumps(sorted(paths), indent=0).encode()


def difference(source: Source, held: Held, theirs: Manifest, unsure: Set[str] | None = frozenset()) -> Difference:
    """Compare what is there, by its manifest, with what there is to be. Of paths that are `unsure` (None: of all), its
    manifest is not believed, but what a listing shows."""
    mine, is_doubtful, is_legible = source.manifest, unsure is None or bool(unsure), True
    same = set() if is_doubtful else {part for part, digest in mine.parts.items() if theirs.parts.get(part) == digest}
    wanted, present = source.files(without=same), dict(theirs.files)
    for part in theirs.parts.keys() - same:
        try:
            present |= files_of(held.read(part) or b"")
        except ValueError:
            is_legible = False
    there = held.listed() if is_doubtful or not is_legible else None
    if there is not None and (unsure is None or not is_legible):
        ours = {path.partition("/")[0] for path in wanted if "/" in path}
        unsure = {*(unsure or ()), *present, *theirs.parts}
        unsure |= {path for path in there if "/" in path and path.partition("/")[0] in ours}
    unsure = set(unsure or ())
    all_parts = {*theirs.parts, *mine.parts, *(path for path in unsure if path.startswith(PARTS))}
    present |= dict.fromkeys(unsure - all_parts - {MANIFEST}, "")
    is_there = present if there is None else there
    puts = [path for path, digest in wanted.items() if present.get(path) != digest or path not in is_there]
    if there is not None:
        puts = [path for path in puts if path not in there or there[path] != _md5(source, path)]
    removes = {path for path in present if path not in wanted and path in is_there}
    if removes:
        removes -= source.files().keys()  # One may have moved to a part that is there already.
    parts = {part for part, digest in mine.parts.items() if theirs.parts.get(part) != digest or part in unsure}
    return Difference(
        _groups(puts, is_there), sorted(removes), sorted(parts), sorted(all_parts - {*mine.parts}), unsure
    )


def rank(path: str) -> int:
    """How late a file comes: what links to nothing first, then pages, lists, the home page, feeds and the rest."""
    if path.startswith("assets/"):
        return 0
    if path.endswith(".html"):
        return 4 if path == "index.html" else 2 if "/" in path else 3
    return 1 if ("/" in path and path.endswith(RAW)) or path.startswith(RAW_FOLDERS) else 5


def theirs_of(target: str, source: Source, before: bytes | None) -> Manifest:
    """The manifest that is there. What is not ours is not written over. Raises TargetError."""
    if before is None:
        return Manifest({})
    try:
        manifest = manifest_of(before)
    except ValueError:
        raise foreign(target, f"a {MANIFEST} that is none of ours stands there") from None
    if manifest.public_key != source.manifest.public_key:
        raise foreign(target, "an edition that another key signed stands there")
    return manifest


def strangers(held: Held, kept: Iterable[str] = ()) -> list[str]:
    """What stands in a place that has no manifest, in order, but for what is `kept` there. Names with a full stop at
    the beginning do not count: none of ours is like them but the list of what is touched."""
    return sorted(path for path in held.listed().keys() - {"", *kept} if not path.startswith("."))


def foreign(target: str, reason: str) -> TargetError:
    """The fault of a place that holds something else."""
    return TargetError(
        target=target, reason=reason, to_do="Empty that place, or name another: a folder or prefix of the site's own."
    )


def _groups(paths: Iterable[str], there: Iterable[str]) -> list[list[str]]:
    """Paths in the order of putting them: what is new there first, and what links to others after these."""
    known = set(there)
    groups: dict[tuple[bool, int], list[str]] = {}
    for path in sorted(paths):
        groups.setdefault((path in known, rank(path)), []).append(path)
    return [groups[order] for order in sorted(groups)]


def _md5(source: Source, path: str) -> str:
    """What a place calls the bytes of a file, where it gives such a name at all."""
    digest = md5(usedforsecurity=False)
    with source.open(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
