"""Which files depend on which pieces, and a key to each: another key, other bytes. Pure.

    cards/N.png               one piece
    search/YYYY/K/            the pieces 1000(K-1)+1 to 1000K, as far as they became public in one year
    downloads/YYYY.zip        a year
    downloads/SLUG.epub       an author
    downloads/everything.zip  all of them, by way of the years
    search/shards.json        likewise, by way of the shards

A piece keeps its shards for good, so that a new one or a withdrawal moves no other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from agent.publish.extras import specimen
from agent.publish.extras.items import Imprint, Stamp
from agent.record import canonical, sha256

IN_SHARD = 1000
"""Pagefind holds all pieces of an index in memory, half a megabyte each."""
EVERYTHING = "downloads/everything.zip"
KEY_LETTERS = 32

Group = TypeVar("Group", str, int, tuple[int, int])


@dataclass(frozen=True, slots=True)
class Shard:
    """A file, or a folder with a slash at its end, and the pieces that it is made from, in their order."""

    path: str
    key: str
    pieces: tuple[int, ...]


def in_order(stamps: Iterable[Stamp]) -> list[Stamp]:
    """By when they became public."""
    return sorted(stamps, key=lambda stamp: (stamp.at, stamp.piece))


def holding(piece: int, year: int, author: str) -> list[str]:
    """The paths of all shards in which a piece stands."""
    return [
        f"cards/{piece}.png",
        f"search/{year}/{(piece - 1) // IN_SHARD + 1}/",
        f"downloads/{year}.zip",
        f"downloads/{author}.epub",
        EVERYTHING,
    ]


def of_cards(stamps: Iterable[Stamp], imprint: Imprint) -> Iterator[Shard]:
    """The card of each piece."""
    made = specimen.of_cards(imprint)
    return (Shard(f"cards/{stamp.piece}.png", key_of(made, stamp.card), (stamp.piece,)) for stamp in stamps)


def of_search(stamps: Iterable[Stamp], imprint: Imprint) -> list[Shard]:
    """The parts of the search, the newest first."""
    made = specimen.of_search(imprint)
    parts = _grouped(stamps, lambda stamp: (stamp.year, (stamp.piece - 1) // IN_SHARD + 1))
    rows = sorted(parts.items(), reverse=True)
    return [_shard(f"search/{year}/{part}/", made, some) for (year, part), some in rows]


def of_years(stamps: Iterable[Stamp], imprint: Imprint) -> list[Shard]:
    """The ZIP of each year, the earliest first."""
    made = specimen.of_archive(imprint)
    years = _grouped(stamps, lambda stamp: stamp.year)
    return [_shard(f"downloads/{year}.zip", made, some) for year, some in sorted(years.items())]


def of_books(stamps: Iterable[Stamp], imprint: Imprint) -> list[Shard]:
    """The book of each author."""
    made = specimen.of_book(imprint)
    authors = _grouped(stamps, lambda stamp: stamp.author)
    return [_shard(f"downloads/{author}.epub", made, some) for author, some in sorted(authors.items())]


def of_everything(years: Iterable[Shard], imprint: Imprint) -> Shard:
    """The ZIP of all years."""
    rows = list(years)
    key = key_of(specimen.of_archive(imprint), [[year.path, year.key] for year in rows])
    return Shard(EVERYTHING, key, ())


def key_of(*parts: object) -> str:
    """A short name for all of this together."""
    return sha256(canonical(parts))[:KEY_LETTERS]


def _grouped(stamps: Iterable[Stamp], by: Callable[[Stamp], Group]) -> dict[Group, list[Stamp]]:
    found: dict[Group, list[Stamp]] = defaultdict(list)
    for stamp in stamps:
        found[by(stamp)].append(stamp)
    return found


def _shard(path: str, made: str, stamps: list[Stamp]) -> Shard:
    key = key_of(made, [[stamp.piece, stamp.key, stamp.above] for stamp in stamps])
    return Shard(path, key, tuple(stamp.piece for stamp in stamps))
