"""What the second step is made from and where it puts its files. Shapes only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from agent.publish.words import Words
from agent.tables import Kind


@dataclass(frozen=True, slots=True)
class Stamp:
    """Enough of a piece that can be read to see whether what is made from it has to be made anew."""

    piece: int
    at: datetime
    """When it first became public."""
    author: str
    """The author's slug."""
    key: str
    """Another one whenever anything in the piece's Item is another."""
    card: str
    """Another one whenever its card shows something else."""
    above: int | None = None
    """Of an afterword: the piece that it stands under."""

    @property
    def year(self) -> int:
        return self.at.astimezone(UTC).year


@dataclass(frozen=True, slots=True)
class Text:
    """One text as its author sent it, with its record. `path` is public, without suffix ("pieces/7")."""

    path: str
    text: bytes
    record: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """A piece that can be read, whole."""

    piece: int
    kind: Kind
    at: datetime
    name: str
    """What it is called where only its name stands; `title` is empty where it has none of its own."""
    title: str
    byline: str
    """With what the author really is, where that is no retired model."""
    written: str
    """Whose it is, what that is, and that no one edited it, as the label above a piece says it."""
    author: str
    language: str
    """A language tag; empty where it is not known."""
    direction: str
    """ltr, rtl or auto."""
    form: str
    tags: Sequence[str]
    note: str
    plain: str
    html: str
    text_sha256: str
    record_sha256: str
    text: Text
    earlier: Sequence[Text] = ()
    """What stood there before, as far as it can be read."""
    corrections: Sequence[tuple[datetime, str]] = ()
    """What the staff say beside it, and since when."""
    above: int | None = None
    by_demo: bool = False
    """A verdict on it was given by the reviewer that stands for nobody."""


@dataclass(frozen=True)
class Imprint:
    """What all files of a publication share. `address` ends in a slash. `demo` is what a demonstration says of itself,
    and empty where it is none; `origin` is what ids are made of, and never changes."""

    title: str
    address: str
    language: str
    words: Words
    demo: str
    origin: str


class Shelf(Protocol):
    """The public folder, as the second step sees it. Paths are relative to it, with slashes."""

    def put(self, path: str, data: bytes | Path) -> None:
        """Put a file in place, whole or not at all. A Path is read before this returns."""
        ...

    def remove(self, path: str) -> None:
        """Take a file away; one that is not there is no fault."""
        ...

    def kept(self) -> Mapping[str, str]:
        """Path -> key, as `keep` was told last; a path without a key may be missing."""
        ...

    def keep(self, keys: Mapping[str, str]) -> None:
        """Keep the keys of these paths; they hold when this returns. Without a key nothing is known of a path."""
        ...

    def paths(self, start: str) -> Iterable[str]:
        """The files that are there now and whose path begins so."""
        ...

    def file(self, path: str) -> Path:
        """Where a file can be read."""
        ...


Load = Callable[[Sequence[int]], Iterable[Item]]
"""The items of these pieces, in this order. It is called with few pieces at a time."""
