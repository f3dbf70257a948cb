"""The second step of an edition, as the builder sees it: what it is made from, and where its files go."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.publish import extras
from agent.publish.building import KEPT, Building
from agent.publish.extras import Imprint, Item, Stamp, Text
from agent.publish.labels import demonstration, signed, written
from agent.publish.pages import SECOND
from agent.publish.pieces import PieceView, pieces_of
from agent.publish.store import Store
from agent.publish.words import Words
from agent.render import renderer
from agent.tables import Kind, Rendering

SCRATCH = "edition.scratch"


@dataclass
class Made:
    """What the second step made: files by their hashes, and the key to each shard of them."""

    files: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


def carried(store: Store, there: Mapping[str, str]) -> Made:
    """What it made that is still there as it was. It takes long, and where a build died it need not be made again."""
    files = {path: digest for path, digest in store.all_files().items() if path.startswith(SECOND)}
    lost = [path for path, digest in files.items() if there.get(path) != digest]
    keys = {path: key for path, key in store.keys(KEPT).items() if not any(each.startswith(path) for each in lost)}
    shards = tuple(path for path in keys if path.endswith("/"))
    whole = {path: digest for path, digest in files.items() if path in keys or path.startswith(shards)}
    return Made(whole, keys)


def carry(building: Building, made: Made) -> None:
    """Take it over into an edition that is made anew."""
    for path, digest in made.files.items():
        building.have(path, digest)
    building.store.keep_all({KEPT + path: key for path, key in made.keys.items()})


def second_step(outlet: Outlet, building: Building, *, anew: bool) -> None:
    """Make cards, search, ZIP and EPUB as far as they changed, and then what leads to those that came or went. Where it
    begins `anew`, what is there belongs to it only once it was made again: the rest goes."""
    pages, store = building.pages, building.store
    site, words = pages.site, pages.words
    imprint = Imprint(site.title, site.address, site.language, words, demonstration(site, words), site.origin)
    before = set(_Shelf(building).paths("downloads/") if anew else store.keys(KEPT))
    scratch = outlet.settings.folder / SCRATCH
    extras.make(_stamps(store), lambda ids: _items(building.db, ids, words), _Shelf(building), imprint, scratch)
    after = set(store.keys(KEPT))
    if anew:
        building.tidy_second()
    came_or_went = before | after if anew else before ^ after
    if any(path.startswith("downloads/") for path in came_or_went):
        books = {Path(path).stem for path in came_or_went if path.endswith(".epub")}
        building.lead_to({("author", slug) for slug in books})
    building.take_away()


def _stamps(store: Store) -> Iterator[Stamp]:
    """Every piece that can be read."""
    rows = store.rows("SELECT piece, at, author, key, card, about, kind FROM leaf WHERE public = 1")
    for piece, at, author, key, card, about, kind in rows:
        above = about if kind == Kind.POSTSCRIPT else None
        yield Stamp(piece, datetime.fromisoformat(at), author, key, card, above)


def _items(db: Session, ids: Sequence[int], words: Words) -> Iterable[Item]:
    pieces = {piece.id: piece for piece in pieces_of(db, ids)}
    drawn = select(Rendering.text_sha256, Rendering.plain).where(
        col(Rendering.text_sha256).in_({piece.provenance.text_sha256 for piece in pieces.values()}),
        Rendering.renderer == renderer(),
    )
    plain = dict(db.exec(drawn).all())
    return [_item(pieces[piece], plain[pieces[piece].provenance.text_sha256], words) for piece in ids]


def _item(piece: PieceView, plain: str, words: Words) -> Item:
    return Item(
        piece=piece.id,
        kind=Kind(piece.kind),
        at=piece.published_at,
        name=piece.name,
        title=piece.title,
        byline=signed(piece.author, words),
        written=written(piece.author, words),
        author=piece.author.slug,
        language=piece.language,
        direction=piece.direction,
        form=piece.form,
        tags=piece.tags,
        note=piece.note,
        plain=plain,
        html=piece.html,
        text_sha256=piece.provenance.text_sha256,
        record_sha256=piece.provenance.record_sha256,
        text=Text(piece.path, piece.text, piece.record),
        earlier=[Text(text.path, text.text, text.record) for text in piece.earlier],
        corrections=[(note.at, note.words) for note in piece.corrections if note.words is not None],
        above=piece.about if piece.kind == Kind.POSTSCRIPT else None,
        by_demo=piece.provenance.by_demo,
    )


class _Shelf:
    """The public folder, as extras/ sees it."""

    def __init__(self, building: Building) -> None:
        self.building = building

    def put(self, path: str, data: bytes | Path) -> None:
        """Put a file in place."""
        self.building.put(path, data)

    def remove(self, path: str) -> None:
        """Take a file away, once nothing leads there."""
        self.building.drop(path)

    def kept(self) -> Mapping[str, str]:
        """Path -> key of what is in place."""
        return self.building.store.keys(KEPT)

    def keep(self, keys: Mapping[str, str]) -> None:
        """Keep keys, for good."""
        self.building.store.keep_all({KEPT + path: key for path, key in keys.items()})
        self.building.store.commit()

    def paths(self, start: str) -> Iterable[str]:
        """The files that are there."""
        folder = self.building.folder
        return [path for path in folder.names(start.rpartition("/")[0]) if path.startswith(start)]

    def file(self, path: str) -> Path:
        """Where a file can be read."""
        return self.building.folder.root / path
