"""Bring an edition from the public folder to another place, file by file: only what differs.

A list of what is touched lies there meanwhile. What broke off is taken up by it, and of what it names nothing is
believed. The manifest comes last: until then the edition before is the one that is signed there.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol

from agent.adapters.difference import Held, difference, foreign, strangers, theirs_of
from agent.adapters.source import MANIFEST, PATH, Source, manifest_of
from agent.outlet import Brought

LIST = ".bringing/list.json"
"""What is touched, as long as it is: no path of a site begins with a full stop."""


class Holder(Held, Protocol):
    """Somewhere files can be put, by their paths. What fails raises TargetError."""

    def put(self, source: Source, paths: Sequence[str]) -> None:
        """Put files in place, in any order, each of them whole."""
        ...

    def note(self, path: str, data: bytes) -> None:
        """Put a small file of our own in place."""
        ...

    def remove(self, paths: Sequence[str]) -> None:
        """Take files away, as far as they are there."""
        ...


def bring(target: str, source: Source, place: Holder) -> Brought:
    """Make a place hold what the folder holds, and say how much was put there and taken away. Raises TargetError."""
    before, left = place.read(MANIFEST), place.read(LIST)
    if left is None and before == source.bytes:
        return Brought(source.sha256, 0, 0)
    if before is None and left is None:
        _empty(target, place)
    change = difference(source, place, theirs_of(target, source, before), _touched(left))
    place.note(LIST, change.touched())
    for group in change.puts:
        place.put(source, group)
    place.remove(change.removes)
    place.put(source, change.parts)
    place.put(source, [MANIFEST])
    place.remove(change.old_parts)
    place.remove([LIST])
    written = sum(map(len, change.puts)) + len(change.parts) + 1
    return Brought(source.sha256, written, len(change.removes) + len(change.old_parts))


def what_stands_there(target: str, place: Held, *, kept: Iterable[str] = ()) -> str:
    """What a place holds, in words, by its manifest and the list that a broken try left. Raises TargetError where
    something of another's stands there that is not `kept`."""
    before, left = place.read(MANIFEST), place.read(LIST)
    again = "; the last try broke off, and is taken up again" if left is not None else ""
    if before is None:
        if left is None:
            _empty(target, place, kept)
        return f"reached; no edition is there yet{again}"
    try:
        manifest_of(before)
    except ValueError:
        raise foreign(target, f"a {MANIFEST} that is none of ours stands there") from None
    return f"reached; it holds the edition {sha256(before).hexdigest()[:12]}...{again}"


def _empty(target: str, place: Held, kept: Iterable[str] = ()) -> None:
    """Nothing may be written over that somebody else put there. Raises TargetError."""
    if others := strangers(place, kept):
        raise foreign(target, f"it holds {others[0]} and no edition of ours")


def _touched(left: bytes | None) -> set[str] | None:
    """What was touched when it broke off; None where nobody knows, and empty where nothing did."""
    if left is None:
        return set()
    try:
        return {path for path in json.loads(left) if PATH.fullmatch(path)}
    except (ValueError, TypeError):
        return None
