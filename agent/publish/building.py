"""One build: what changed since the last edition -> the pages that show it -> files in place, in an order in which
no reader meets a dead link.

What is new is first written in a form that leads only to what is out. Then everything takes its final form: lists,
pieces, home, feeds. What is gone goes last, once nothing leads there any more; the manifest comes after everything.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.publish import manifest, shelves, theme
from agent.publish.extras.shards import holding
from agent.publish.leaf import Leaf, Place, path_of
from agent.publish.ledger import GENESIS
from agent.publish.pages import LINES_IN_PART, SECOND, Pages, anywhere, list_path
from agent.publish.pieces import PieceView, leaves_of, pieces_of
from agent.publish.series import series
from agent.publish.store import Store
from agent.publish.tallied import counted, sum_of
from agent.publish.targets.folder import Folder, sha256_of
from agent.publish.view import site_view
from agent.record import sha256
from agent.render import renderer
from agent.tables import Head, Invitation, LedgerEntry, Piece, Publication, Revision, WritingSession

BATCH = 200
"""So many pieces or invitations are gathered at once."""
LINES_AT_ONCE = 1000
"""So many lines of the ledger are read at once."""
OWNED = (
    "assets/",
    "pieces/",
    "authors/",
    "tags/",
    "archive/",
    "series/",
    "ledger/",
    "heads/",
    "sitemaps/",
    "manifest/",
)
"""Folders that are the outlet's alone: what does not belong there goes, whoever left it. A text that a build put there
before it died, and that was withdrawn since, is in no manifest."""
HALF_WRITTEN = ".part"
KEPT = "extra:"
"""Before the path of a shard of the second step, in the store: its key."""
LEDGER = "ledger.jsonl"


@dataclass
class Dirty:
    """What has to be made anew."""

    pieces: set[int] = field(default_factory=set)
    invitations: set[int] = field(default_factory=set)
    pages: set[int] = field(default_factory=set)
    """Pieces whose own page shows something else now."""
    lists: dict[Place, set[int | None]] = field(default_factory=dict)
    """Pages of lists, by number; None is the newest."""
    feeds: set[Place] = field(default_factory=set)
    ledger_pages: set[int] = field(default_factory=set)
    sitemaps: set[int] = field(default_factory=set)


class Building:
    """One build into one folder. `present` is what is there: the last edition's files, or what a look found."""

    def __init__(self, outlet: Outlet, db: Session, store: Store, folder: Folder, public_key: str) -> None:
        self.outlet, self.db, self.store, self.folder = outlet, db, store, folder
        self.pages = Pages(outlet, db, store, site_view(outlet, db, public_key))
        self.dirty = Dirty()
        self.present: Callable[[str], str | None] = store.sha256_of
        self.is_read = True
        """Whether readers may be in the folder while it is built."""
        self.old: set[str] = set()
        """Files that may have to go."""
        self.stale: set[str] = set()
        """Shards of the second step in which words stand that are to be read no more."""
        self.taken: set[str] = set()
        """What this build itself took away."""
        self.parts: set[str] = set()
        self.written = self.removed = 0

    # What changed

    def look(self, *, everything: bool) -> None:
        """Find out what has to be made, and bring the store up to the rows."""
        if everything:
            for _ in self._lines():
                pass
            self.dirty.pieces = set(self.db.exec(select(Publication.piece_id)))
            self.dirty.invitations = set(self.db.exec(select(Invitation.id)))
        else:
            self._touched(self._lines())
        for some in _batches(sorted(self.dirty.pieces)):
            if everything:
                for leaf in leaves_of(self.db, some):
                    self._new(leaf)
            else:
                self._leaves(some)
        self._series()
        if everything:
            self._all()
            self.pages.all()
        self.dirty.ledger_pages |= {shelves.ledger_page(invitation) for invitation in self.dirty.invitations}
        for number in sorted(self.dirty.ledger_pages):
            if number > 1 and self.present(f"ledger/{number}.html") is None:
                self.dirty.ledger_pages.add(number - 1)  # It leads to this one from now on.

    def _lines(self) -> Iterator[dict[str, Any]]:
        """What the lines say that the ledger got since the last edition, one by one: a whole ledger is long."""
        last = int(self.store.get("lines") or 0)
        entries = select(LedgerEntry.sequence, LedgerEntry.hash, LedgerEntry.line)
        newer = entries.where(col(LedgerEntry.sequence) > last).order_by(col(LedgerEntry.sequence))
        head = ""
        for some in self.db.exec(newer.execution_options(yield_per=LINES_AT_ONCE)).partitions():
            said = [(sequence, json.loads(line)) for sequence, _, line in some]
            self.store.put_lines((sequence, event["data"].get("invitation")) for sequence, event in said)
            self.store.put_counts(sum_of(chain.from_iterable(counted(event) for _, event in said)))
            last, head, _ = some[-1]
            yield from (event["data"] for _, event in said)
        if head:
            self.store.keep("lines", str(last))
            self.store.keep("head", head)

    def _touched(self, said: Iterable[dict[str, Any]]) -> None:
        """The pieces and invitations that these lines tell of, and those that change without a line."""
        told = list(said)
        invitations = {data["invitation"] for data in told if data.get("invitation") is not None}
        invitations |= set(self.store.unsettled())
        pieces = {data["piece"] for data in told if data.get("piece") is not None}
        pieces |= {data["about"] for data in told if data.get("about") is not None}
        for some in _batches(sorted(invitations)):
            came = select(Revision.piece_id).join(WritingSession, col(WritingSession.id) == Revision.session_id)
            pieces |= set(self.db.exec(came.where(col(WritingSession.invitation_id).in_(some))))
        for some in _batches(sorted(pieces)):
            # What is about a piece names it, and a statement says what became of the veto; both are named there, too.
            pieces |= set(self.db.exec(select(Piece.id).where(col(Piece.about_id).in_(some))))
            pieces |= set(self.db.exec(select(Piece.about_id).where(col(Piece.id).in_(some)))) - {None}
        for some in _batches(sorted(pieces)):
            came = select(WritingSession.invitation_id).join(Revision, col(Revision.session_id) == WritingSession.id)
            invitations |= set(self.db.exec(came.where(col(Revision.piece_id).in_(some))))
        self.dirty.invitations |= invitations
        for some in _batches(sorted(pieces)):
            self.dirty.pieces |= set(
                self.db.exec(select(Publication.piece_id).where(col(Publication.piece_id).in_(some)))
            )

    def _leaves(self, pieces: Collection[int]) -> None:
        before = self.store.of(pieces)
        for leaf in sorted(leaves_of(self.db, pieces), key=lambda leaf: leaf.first):
            self._leaf(before.get(leaf.piece), leaf)

    def _new(self, leaf: Leaf) -> None:
        self.store.put_leaf(leaf)
        self.store.put_places(leaf, leaf.places())

    def _all(self) -> None:
        """Everything there is."""
        self.dirty.pages |= self.dirty.pieces
        self.dirty.sitemaps |= {shelves.sitemap_of(piece) for piece in self.dirty.pieces}
        for place in self.store.all_places():
            self.dirty.lists[place] = {None, *shelves.Cut(self.store.length(place)).numbers}
        self.dirty.feeds |= {place for place in self.dirty.lists if place[0] in ("author", "tag")}

    def _leaf(self, old: Leaf | None, new: Leaf) -> None:
        """Keep a leaf, and mark whatever shows it."""
        self.dirty.pages.add(new.piece)
        self.dirty.sitemaps.add(shelves.sitemap_of(new.piece))
        if old == new:
            return
        places, past = set(new.places()), set(old.places()) if old else set()
        for place in past - places:
            self._moves(place, self.store.place_of(place, new.first))
        if old:
            self.store.drop_places(old, past - places)
        for place in places - past:
            self._moves(place, self.store.place_of(place, new.first))
        self.store.put_leaf(new)
        self.store.put_places(new, places)
        for place in places & past:
            self._shows(place, self.store.place_of(place, new.first))
            if old is not None and old.is_read_in(place) != new.is_read_in(place):
                self.dirty.lists[place].add(None)  # It says how many can be read.
        self.dirty.feeds |= {place for place in places | past if place[0] in ("author", "tag")}
        if old is not None and not old.gone and old.key != new.key:
            # What the second step made of the words before must not outlast them, should it fail.
            self.stale |= set(holding(old.piece, old.published_at.year, old.author.slug))
            self.dirty.lists.setdefault(("author", old.author.slug), set()).add(None)
        if new.about is not None:
            self._around(new.about)
        for below in self.store.about(new.piece):
            # It is called an afterword to this piece, by its name, wherever it stands.
            self._around(below.piece)
            self.dirty.feeds.add(("author", below.author.slug))
        if old is None or (old.is_listed, old.name) != (new.is_listed, new.name):
            for later in (False, True):
                if (beside := self.store.beside(new, later=later)) is not None:
                    self.dirty.pages.add(beside.piece)

    def _around(self, piece: int) -> None:
        """What a piece belongs to changed, or what stands under it: so its page did, and its line in lists."""
        if (leaf := self.store.of([piece]).get(piece)) is not None:
            self.dirty.pages.add(piece)
            for place in leaf.places():
                self._shows(place, self.store.place_of(place, leaf.first))

    def _moves(self, place: Place, at: int) -> None:
        """A place comes into a list, or leaves it: that page changes, and all after it."""
        pages = self.dirty.lists.setdefault(place, set())
        # The last full page came to be by this, and the one before leads there.
        pages |= {None, *range(max(1, at // shelves.PAGE - 1), self.store.length(place) // shelves.PAGE + 2)}

    def _shows(self, place: Place, at: int) -> None:
        """A list shows something else at this place."""
        self.dirty.lists.setdefault(place, set()).add(shelves.Cut(self.store.length(place)).page_of(at))

    def _series(self) -> None:
        """Which pieces go on from each other. Few do, so all of them are looked at."""
        rows = self.store.rows(
            "SELECT piece, continues FROM leaf WHERE continues IS NOT NULL OR piece IN "
            "(SELECT continues FROM leaf WHERE continues IS NOT NULL) ORDER BY first"
        )
        parts = series(dict(cast("Iterator[tuple[int, int | None]]", rows)))
        before = dict(self.store.rows("SELECT piece, series FROM leaf WHERE series IS NOT NULL"))
        changed = {
            p for p in parts.keys() | before.keys() if before.get(p) != (parts[p].series if p in parts else None)
        }
        leaves = self.store.of(changed)
        for piece in sorted(changed):
            leaf = leaves[piece]
            if piece in before:
                place: Place = ("series", str(before[piece]))
                self.store.drop_places(leaf, [place])
                self._moves(place, 0)
            self.store.put_series(piece, parts[piece].series if piece in parts else None)
        for piece in (changed | self.dirty.pieces) & parts.keys():
            self.store.put_places(self.store.leaf(piece), [("series", str(parts[piece].series))])
        # Who stands in a series with a page that changed shows another number, or another neighbour.
        touched = {parts[piece].series for piece in (changed | self.dirty.pages) & parts.keys()}
        self.dirty.pages |= changed
        for name in touched:
            self._moves(("series", str(name)), 0)
            self.dirty.pages |= {piece for piece, part in parts.items() if part.series == name}

    # What is made

    def make(self) -> None:
        """Make everything that has to be made, and put it in place."""
        self._names()
        self._assets()
        self._ledger()
        self._heads()
        if self.is_read:
            for some in _batches(sorted(self.dirty.pages)):
                for piece in pieces_of(self.db, some):
                    self._raw(piece)
            self._drafts()
        for path, data in chain(self._lists(self.to), self._own(self.to)):
            self.put(path, data)
        for some in _batches(sorted(self.dirty.pages)):
            for piece, data in self.pages.pieces(some, self.to):
                if not self.is_read:
                    self._raw(piece)
                self.put(f"{piece.path}.html", data)
        self.put("index.html", self.pages.fixed("index.html", self.to))
        fed = [place for place in sorted(self.dirty.feeds) if self.store.readable(place)]
        self.pages.gather({piece for place in (None, *fed) for piece in self.pages.fed(place)})
        for place in (None, *sorted(self.dirty.feeds)):
            if place is None or self.store.readable(place):
                for path, data in self.pages.feed(place):
                    self.put(path, data)
            else:
                self.old |= {f"{list_path(place, None).removesuffix('html')}{kind}" for kind in ("atom", "json")}
        self._sitemaps()

    def to(self, path: str) -> bool:
        """Whether a page may lead there: everything will be there, but for what comes with the second step."""
        return not path.startswith(SECOND) or self.is_there(path)

    def is_there(self, path: str) -> bool:
        """Whether a file is in place, and will stay."""
        if path.startswith(tuple(self.stale)):
            return False
        return self.store.sha256_of(path) is not None or (path not in self.old and self.present(path) is not None)

    def lead_to(self, lists: Collection[Place]) -> None:
        """Make anew whatever leads to files that came or went with the second step: the pages of site/pages/, and these
        lists."""
        self.dirty = Dirty(lists={place: {None} for place in lists if self.store.readable(place)})
        for path, data in chain(self._lists(self.to), self._own(self.to)):
            self.put(path, data)

    def _names(self) -> None:
        """What the lists are called that changed. Each of their pages says it."""
        for place in [place for place in self.dirty.lists if place[0] != "month"]:
            kept, name = f"name:{place[0]}:{place[1]}", self.pages.name(place)
            if not self.store.length(place):
                self.store.keep_all({kept: ""})  # It may have been an erased piece's word.
            elif self.store.get(kept) != name:
                self.store.keep(kept, name)
                self.dirty.lists[place] |= {None, *shelves.Cut(self.store.length(place)).numbers}
                if place[0] in ("author", "tag"):
                    self.dirty.feeds.add(place)

    def _assets(self) -> None:
        for name, file in theme.assets(self.pages.folder, self.pages.theme).items():
            self.put(f"assets/{name}", file.read_bytes())
        self.put("key.txt", f"{self.pages.site.public_key}\n".encode())

    def _raw(self, piece: PieceView) -> None:
        """A piece's text and record, byte for byte, with those that stood there before. Those of a piece that was taken
        down go, once its notice is in place."""
        kept = {}
        if piece.notice is None:
            kept = {f"{piece.path}.md": piece.text, f"{piece.path}.json": piece.record}
            for text in piece.earlier:
                kept |= {f"{text.path}.md": text.text, f"{text.path}.json": text.record}
        for path, data in kept.items():
            self.put(path, data)
        if self.is_read:
            self.old |= {path for path in self.store.texts(piece.path) if path not in kept}

    def _drafts(self) -> None:
        """Everything that is new, in a form that leads only to what is out."""
        out: set[str] = set()

        def to(path: str) -> bool:
            name = path.partition("#")[0]
            return name in out or self.present(name) is not None

        for place in sorted(self.dirty.feeds):
            if self.present(f"{path_of(place)}.atom") is None and self.store.readable(place):
                for path, data in self.pages.feed(place, empty=True):
                    self.draft(path, data)
        new = []
        for some in _batches(sorted(self.dirty.pages)):
            found = self.store.of(some).values()
            new += [(leaf.first, leaf.piece) for leaf in found if self.present(f"{leaf.path}.html") is None]
        for some in _batches([piece for _, piece in sorted(new)]):
            for piece, data in self.pages.pieces(some, to):
                out.add(self.draft(f"{piece.path}.html", data))
        for made in (self._lists, self._own):
            for path, data in made(to, lambda path: self.present(path) is None):
                out.add(self.draft(path, data))

    def _lists(self, to: Callable[[str], bool], only: Callable[[str], bool] = anywhere) -> Iterator[tuple[str, bytes]]:
        for place, numbers in sorted(self.dirty.lists.items()):
            cut, readable = shelves.Cut(self.store.length(place)), self.store.readable(place)
            is_shown = readable > (place[0] == "series")
            for number in sorted(numbers, key=lambda n: (n is None, n)):
                path = list_path(place, number)
                if not is_shown or (number is not None and number > cut.full):
                    self.old.add(path)
                elif only(path):
                    yield path, self.pages.list_page(place, number, to)
            if not is_shown:
                self.old |= set(self.store.paths(f"{list_path(place, None).removesuffix('.html')}/"))

    def _own(self, to: Callable[[str], bool], only: Callable[[str], bool] = anywhere) -> Iterator[tuple[str, bytes]]:
        """The pages of site/pages/ and those of the ledger."""
        for number in sorted(self.dirty.ledger_pages):
            if only(path := f"ledger/{number}.html"):
                yield path, self.pages.ledger_page(number, to)
        # What the pages of the ledger said is counted now.
        self.pages.count()
        for name in theme.pages(self.pages.folder, self.pages.theme):
            if name != "index.html" and only(name):
                yield name, self.pages.fixed(name, to)

    def _sitemaps(self) -> None:
        for number in sorted(self.dirty.sitemaps):
            self.put(f"sitemaps/{number}.xml", self.pages.sitemap(number))
        names = theme.pages(self.pages.folder, self.pages.theme)
        self.put("sitemaps/pages.xml", self.pages.sitemap_of_lists(names))
        self.put("sitemap.xml", self.pages.sitemap_index())
        gone = self.store.leaves("public = 0 ORDER BY first")
        self.put("gone.txt", "".join(f"{leaf.path}.html\n" for leaf in gone).encode())

    def _ledger(self) -> None:
        """The lines, in full parts and the rest."""
        lines = int(self.store.get("lines") or 0)
        for number in count(self._whole_parts() + 1):
            if number * LINES_IN_PART > lines:
                break
            self.put(f"ledger/{number:05}.jsonl", self._text(number))
        self.put(LEDGER, self._text(lines // LINES_IN_PART + 1))

    def _whole_parts(self) -> int:
        """How many full parts of the ledger are in place."""
        return sum(path.endswith(".jsonl") for path in self.store.paths("ledger/"))

    def _text(self, part: int) -> bytes:
        first = (part - 1) * LINES_IN_PART
        rows = select(LedgerEntry.line).where(
            col(LedgerEntry.sequence) > first, col(LedgerEntry.sequence) <= first + LINES_IN_PART
        )
        return "".join(f"{line}\n" for line in self.db.exec(rows.order_by(col(LedgerEntry.sequence)))).encode()

    def _heads(self) -> None:
        """The dated heads, by year; those of years before the last stay as they are."""
        years: dict[int, list[Head]] = {}
        last = int(self.store.get("heads") or 0)
        newest = self.db.exec(select(Head).where(Head.id > last).order_by(col(Head.id))).all()
        for year in {head.at.year for head in newest}:
            years[year] = []
        if years:
            since = datetime(min(years), 1, 1, tzinfo=UTC)
            for head in self.db.exec(select(Head).where(col(Head.at) >= since).order_by(col(Head.id))):
                if head.at.year in years:
                    years[head.at.year].append(head)
            self.store.keep("heads", str(newest[-1].id))
        for year, heads in years.items():
            self.put(f"heads/{year}.jsonl", b"".join(manifest.head_line(head) for head in heads))

    # Files

    def put(self, path: str, data: bytes | Path) -> None:
        """Put a file in place, if another or none is there."""
        digest = sha256(data) if isinstance(data, bytes) else sha256_of(data)
        held = self.store.sha256_of(path)
        there = held if held is not None or path in self.taken else self.present(path)
        if there != digest:
            self.folder.write(path, data)
            self.written += 1
        self.old.discard(path)
        if held != digest:
            self.have(path, digest)

    def have(self, path: str, digest: str) -> None:
        """Hold that a file is in place."""
        part = manifest.part_of(path)
        self.store.put_file(path, digest, part)
        self.parts.add(part)

    def draft(self, path: str, data: bytes) -> str:
        """Put a first form of a file in place. It is no part of the edition."""
        self.folder.write(path, data)
        return path

    def take_away(self) -> None:
        """What is gone goes, and what was made of it: pages first, for these lead to the rest."""
        for shard in sorted(self.stale):
            self.store.keep_all({KEPT + shard: ""})
            self.old |= set(self.store.paths(shard)) if shard.endswith("/") else {shard}
        self.stale.clear()
        for path in sorted(self.old, key=lambda path: (not path.endswith(".html"), path)):
            self.remove(path)
        self.old.clear()

    def drop(self, path: str) -> None:
        """A file belongs to the edition no more. It goes with `take_away`, once nothing leads there."""
        if self.store.sha256_of(path) is not None:
            self.parts.add(manifest.part_of(path))
            self.store.drop_file(path)
        self.old.add(path)

    def remove(self, path: str) -> None:
        """Take a file away, if it is there."""
        self.drop(path)
        self.taken.add(path)
        if self.folder.has(path):
            self.folder.remove(path)
            self.removed += 1

    def number(self) -> int:
        """How many files the edition has, the manifest and its parts among them."""
        return self.store.number_of_files() + len(self.store.keys("part:")) + 1

    def sign(self, key: Ed25519PrivateKey) -> str:
        """Write the manifest: its parts that changed, and then itself. Returns its SHA-256 (hex)."""
        known = self.store.keys("part:")
        gone = []
        for name in sorted(self.parts - {""}):
            if files := self.store.files(name):
                data = manifest.part(files)
                known[name] = sha256(data)
                self._write(manifest.file_of(name), data)
            else:
                known.pop(name, None)
                gone.append(manifest.file_of(name))
        self.store.keep_keys("part:", known)
        data = manifest.manifest(
            self.store.files(""),
            {manifest.file_of(name): digest for name, digest in known.items()},
            ledger=(int(self.store.get("lines") or 0), self.store.get("head") or GENESIS),
            renderer=renderer(),
            key=key,
            public_key=self.pages.site.public_key,
        )
        self.folder.settle()
        self._write(manifest.MANIFEST, data)
        for path in gone:
            self.folder.remove(path)
            self.removed += 1
        self.parts.clear()
        self.store.keep("manifest", digest := sha256(data))
        return digest

    def _write(self, path: str, data: bytes) -> None:
        if self.folder.read(path) != data:
            self.folder.write(path, data)
            self.written += 1

    def tidy(self, ours: Collection[str]) -> None:
        """Take away whatever belongs to no edition: what was left half written, what an earlier edition put there
        (`ours`), and whatever stands in a folder of the outlet."""
        for path in self.folder.names():
            theirs = path in ours or f"{path}/".startswith(OWNED) or path.endswith(HALF_WRITTEN)
            theirs = theirs and not path.startswith(SECOND)  # That comes with the second step.
            is_part = path.startswith(manifest.FOLDER) and self.store.files(path.removeprefix(manifest.FOLDER)[:-5])
            if theirs and not is_part and path != manifest.MANIFEST and self.store.sha256_of(path) is None:
                self.folder.remove(path)
                self.removed += 1

    def tidy_second(self) -> None:
        """The same for what the second step makes, once it has made everything. It goes with `take_away`."""
        for path in [path for start in SECOND for path in self.folder.names(start)]:
            if self.store.sha256_of(path) is None:
                self.drop(path)
        # What a build kept before it died is in the store, and in no part of the manifest yet.
        kept = [path for start in SECOND for path in self.store.paths(start)]
        self.parts |= {*self.store.keys("part:"), *map(manifest.part_of, kept)}


def _batches(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), BATCH):
        yield numbers[start : start + BATCH]
