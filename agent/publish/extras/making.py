"""Brings the files of the second step to the state of the pieces: what has another key is made, what has none goes."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from agent.errors import NotBuilt
from agent.publish.extras import archive, cards, epub, search, shards
from agent.publish.extras.items import Imprint, Item, Load, Shelf, Stamp
from agent.publish.extras.shards import Shard

AT_ONCE = 100
"""So many pieces are held in memory."""
Row = TypeVar("Row")


def make(stamps: Iterable[Stamp], load: Load, shelf: Shelf, imprint: Imprint, scratch: Path) -> None:
    """Make the cards, the search, the ZIP and EPUB files of the pieces that can be read, as far as they are not there.

    `scratch` is a folder for this alone; it is gone when this returns. A run that died is made up for by the next:
    before a file is touched its key is forgotten. Raises NotBuilt.
    """
    rows = shards.in_order(stamps)
    # The pagefind of a run that was killed may live on and write where it was told to.
    own = scratch / token_hex(4)
    shutil.rmtree(scratch, ignore_errors=True)
    maker = _Maker(load, shelf, imprint, own, {stamp.piece: stamp for stamp in rows})
    try:
        maker.all(rows)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Maker:
    """One run. `kept` are the keys of what was there before it."""

    def __init__(self, load: Load, shelf: Shelf, imprint: Imprint, scratch: Path, stamps: dict[int, Stamp]) -> None:
        self.load, self.shelf, self.imprint, self.scratch, self.stamps = load, shelf, imprint, scratch, stamps
        self.kept = dict(shelf.kept())
        self.wanted: set[str] = set()

    def all(self, rows: Sequence[Stamp]) -> None:
        for some in _batches(self.changed(shards.of_cards(rows, self.imprint)), AT_ONCE):
            self.cards(some)
        parts, years = shards.of_search(rows, self.imprint), shards.of_years(rows, self.imprint)
        for part in self.changed(parts):
            with self.making(part) as scratch:
                search.index(self.items(part.pieces), part.path, self.imprint, self.shelf, scratch)
        for year in self.changed(years):
            with self.making(year) as scratch:
                packed = scratch / "year.zip"
                archive.year(self.items(year.pieces), _year(year), self.imprint, packed)
                self.shelf.put(year.path, packed)
        for book in self.changed(shards.of_books(rows, self.imprint)):
            with self.making(book) as scratch:
                bound = scratch / "book.epub"
                epub.book(self.chapters(book.pieces), Path(book.path).stem, self.imprint, bound)
                self.shelf.put(book.path, bound)
        for whole in self.changed([shards.of_everything(years, self.imprint)]):
            with self.making(whole) as scratch:
                packed = scratch / "everything.zip"
                archive.everything([self.shelf.file(year.path) for year in years], self.imprint, packed)
                self.shelf.put(whole.path, packed)
        listing = search.listing((part.path, int(part.path.split("/")[1]), len(part.pieces)) for part in parts)
        for row in self.changed([Shard(search.LIST, shards.key_of(listing.decode()), ())]):
            with self.making(row):
                self.shelf.put(row.path, listing)
        self.remove(sorted(self.kept.keys() - self.wanted))

    def changed(self, found: Iterable[Shard]) -> Iterator[Shard]:
        """Those that have another key than what is there, or are not there."""
        for shard in found:
            self.wanted.add(shard.path)
            if self.kept.get(shard.path) != shard.key:
                yield shard

    @contextmanager
    def making(self, shard: Shard) -> Iterator[Path]:
        """An empty folder to make a shard in. Its key is kept when it is in place."""
        self.shelf.keep({shard.path: ""})
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        yield self.scratch
        self.shelf.keep({shard.path: shard.key})

    def cards(self, some: Sequence[Shard]) -> None:
        """Draw the cards of some pieces."""
        self.shelf.keep({shard.path: "" for shard in some})
        items = self.items([piece for shard in some for piece in shard.pieces])
        for shard, item in zip(some, items, strict=True):
            day = self.imprint.words.on(item.at)
            self.shelf.put(shard.path, cards.card(item.name, item.byline, day, self.imprint.title))
        self.shelf.keep({shard.path: shard.key for shard in some})

    def items(self, pieces: Sequence[int]) -> Iterator[Item]:
        """The pieces in full, few at a time."""
        for some in _batches(pieces, AT_ONCE):
            at = -1
            for at, item in enumerate(self.load(some)):
                if at >= len(some) or item.piece != some[at]:
                    raise NotBuilt(reason=f"piece {item.piece} came where another was asked for")
                yield item
            if at + 1 != len(some):
                raise NotBuilt(reason=f"piece {some[at + 1]} cannot be read any more")

    def chapters(self, pieces: Sequence[int]) -> Iterator[tuple[Item, list[Item]]]:
        """The pieces of an author, each with its afterwords; one whose piece cannot be read stands by itself."""
        below: dict[int, list[int]] = {piece: [] for piece in pieces}
        for piece in pieces:
            if (above := self.stamps[piece].above) in below and above is not None:
                below[above].append(piece)
        under = {piece for some in below.values() for piece in some}
        tops = [piece for piece in pieces if piece not in under]
        items = self.items([each for top in tops for each in (top, *below[top])])
        for top in tops:
            yield next(items), [next(items) for _ in below[top]]

    def remove(self, gone: Sequence[str]) -> None:
        """Take away what no piece stands behind any more."""
        self.shelf.keep(dict.fromkeys(gone, ""))
        for path in gone:
            for file in sorted(self.shelf.paths(path)) if path.endswith("/") else [path]:
                self.shelf.remove(file)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    rest = iter(rows)
    while some := list(islice(rest, size)):
        yield some


def _year(shard: Shard) -> int:
    return int(Path(shard.path).stem)
