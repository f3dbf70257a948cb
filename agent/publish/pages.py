"""The bytes of each page and list, from rows, the store and the templates: the same ones give the same bytes.

site/pages/ holds one template for each page of that name, site/templates/ what they share. All links are relative, so
that the pages work under any address and straight from a disk. A page links to another only where `to` says that it is
out: what is new is first made in a form that leads nowhere new.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlmodel import Session, func, select

from agent.outlet import Outlet
from agent.publish import calendar, feeds, shelves, sitemaps, theme, words
from agent.publish.corrections import corrections_of
from agent.publish.entries import Entries
from agent.publish.excerpt import Excerpt, excerpt
from agent.publish.labels import demonstration, signed
from agent.publish.leaf import LISTED, Leaf, Place, Shelf, Tag, path_of, slug_of
from agent.publish.pieces import PieceView, pieces_of
from agent.publish.prose import beneath
from agent.publish.store import Store
from agent.publish.templating import Templates
from agent.publish.versions import versions
from agent.publish.vetoes import veto_log
from agent.publish.view import InvitationView, SiteView, Tallies, invitations_of
from agent.tables import Invitation, Kind

AT_HOME = 60
"""So many pieces stand on the home page, besides the newest."""
ON_LEDGER = 50
"""So many invitations stand on the ledger's first page; each has its row on a page of its own number."""
AT_ONCE = 200
"""So many pieces are gathered at once."""
OPENING_WORDS = 260
"""How much of the newest piece stands open on the home page: whole paragraphs up to about here."""
OPENING_MOST = 380
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SCRIPT = "verify.py"

SECOND = ("cards/", "downloads/", "search/")
"""What the second step of an edition makes. It may come later than what leads there."""

To = Callable[[str], bool]
Page = tuple[str, bytes]


def anywhere(path: str) -> bool:
    """Everything is out, or will be with this edition."""
    del path
    return True


def environment(site: Path, overlay: Path | None, said: words.Words) -> Templates:
    """The templates, compiled once for the words of a language; a changed file is seen. Raises NoTheme."""
    files = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in theme.all_files(site, overlay))
    return _environment(site, overlay, said, files)


@lru_cache(maxsize=4)
def _environment(
    site: Path, overlay: Path | None, said: words.Words, files: tuple[tuple[Path, int, int], ...]
) -> Templates:
    del files  # As long as they are the same, so are the templates.
    found = Templates(theme.loader(site, overlay), said)
    found.auto_reload = False  # Else Jinja asks the disk for each page whether one of its files has changed.
    found.filters |= {"beneath": beneath, "slug": slug_of}
    return found


class Pages:
    """Makes the pages of one edition."""

    def __init__(self, outlet: Outlet, db: Session, store: Store, site: SiteView) -> None:
        settings = outlet.settings
        self.db, self.store, self.site = db, store, site
        self.folder, self.theme = outlet.site, settings.at(settings.theme) if settings.theme else None
        self.words = words.load(outlet.site, settings.language, self.theme)
        self.env = environment(outlet.site, self.theme, self.words)
        self.entries = Entries(self.env)
        self._order: dict[int, tuple[int, int]] = {}
        self._alone: set[int] = set()
        """Pieces of which is known that nothing is about them, and that they have no part in a series."""
        self._entries: dict[int, feeds.Entry] = {}
        self.tallies = Tallies(0, 0, 0, 0, "")

    # Pieces

    def pieces(self, ids: Sequence[int], to: To = anywhere) -> Iterator[tuple[PieceView, bytes]]:
        """The pages of these pieces."""
        for piece in pieces_of(self.db, ids):
            yield piece, self._piece(piece, to)

    def _piece(self, piece: PieceView, to: To) -> bytes:
        leaf = self.store.leaf(piece.id)
        about = [] if piece.id in self._alone else self.store.about(piece.id)
        under = [other for other in about if other.kind == Kind.POSTSCRIPT]
        listed = piece.kind in LISTED
        if not listed:
            # No list of a tag brings it, so there may be none.
            to = _but_not("tags/", to)
        earlier, later = self._beside(leaf) if leaf.is_listed else (None, None)
        month = self.month(leaf.month)
        author = Shelf("author", piece.author.slug, piece.author.byline, path_of(("author", piece.author.slug)))
        return self._fill(
            "templates/piece.html",
            f"{piece.path}.html",
            to,
            about=piece.line,
            piece=piece,
            earlier=earlier,
            later=later,
            above=self.store.of([piece.about]).get(piece.about) if piece.about else None,
            afterwords=sorted(pieces_of(self.db, [o.piece for o in under]), key=lambda o: o.first) if under else [],
            statements=[other for other in about if other.kind == Kind.STATEMENT and not other.gone],
            tags=self.tags(piece.tags),
            shelf_author=author,
            shelf_month=month,
            **self._part(piece.id),
        )

    def all(self) -> None:
        """Many pages will be made: read the order of all pieces at once, and not piece by piece."""
        listed = self.store.numbers("SELECT piece FROM leaf WHERE listed = 1 ORDER BY first")
        padded = [0, *listed, 0]
        self._order = {piece: (padded[at], padded[at + 2]) for at, piece in enumerate(listed)}
        self._alone = set(listed) - set(self.store.numbers("SELECT about FROM leaf WHERE about IS NOT NULL"))
        self._alone -= set(self.store.numbers("SELECT piece FROM leaf WHERE series IS NOT NULL"))

    def _beside(self, leaf: Leaf) -> tuple[Leaf | None, Leaf | None]:
        """The nearest pieces that lists show, among those that became public before it and after."""
        if leaf.piece in self._order:
            earlier, later = self._order[leaf.piece]
            return self.store.leaf(earlier) if earlier else None, self.store.leaf(later) if later else None
        return self.store.beside(leaf, later=False), self.store.beside(leaf, later=True)

    def tags(self, tags: Iterable[str]) -> list[Tag]:
        """The tags of a piece, each with its page, and none twice."""
        return [
            Tag(name, path_of(("tag", slug)))
            for slug, name in {slug_of(tag): tag for tag in reversed(list(tags))}.items()
        ][::-1]

    def _part(self, piece: int) -> dict[str, Any]:
        """Its place in its series, and what stands there before and after it."""
        series = None if piece in self._alone else self.store.series_of(piece)
        if series is None:
            return {"series": None, "part": 0, "before": None, "after": None}
        place: Place = ("series", str(series))
        members = self.store.on(place, 0, -1)
        at = next((n for n, leaf in enumerate(members) if leaf.piece == piece), None)
        if at is None or len(members) < 2:
            return {"series": None, "part": 0, "before": None, "after": None}
        return {
            "series": self.shelf(place, len(members)),
            "part": at + 1,
            "before": members[at - 1] if at else None,
            "after": members[at + 1] if at + 1 < len(members) else None,
        }

    # Lists

    def list_page(self, place: Place, number: int | None, to: To = anywhere) -> bytes:
        """One page of a list: a full one by its number, or the newest."""
        cut = shelves.Cut(self.store.length(place))
        entries = self.with_afterwords(self.store.on(place, *cut.span(number)))
        is_read_on = place[0] == "series"
        newest = entries[-1] if entries else None
        return self._fill(
            "templates/list.html",
            list_path(place, number),
            to,
            about=entries[0].line if entries and is_read_on else newest.line if newest else "",
            # A full page says nothing of how many there are by now.
            shelf=self.shelf(place, self.store.readable(place) if number is None else 0),
            entries=entries if is_read_on else entries[::-1],
            number=number,
            numbers=cut.numbers if number is None else _beside(number, cut.full),
            author=newest.author if newest and place[0] == "author" else None,
        )

    def shelf(self, place: Place, pieces: int = 0) -> Shelf:
        """A list, and what it is called."""
        kind, key = place
        if kind == "month":
            return replace(self.month(key), pieces=pieces)
        return Shelf(kind, key, self.store.get(f"name:{kind}:{key}"), path_of(place), pieces)

    def name(self, place: Place) -> str:
        """What a list is called by what stands on it: a tag as its first piece spells it, an author as its last one is
        signed, a series as its first piece."""
        kind, key = place
        leaves = self.store.on(place, 0, -1) if kind == "series" else self.store.ends(place)
        if not leaves:
            return key
        if kind == "author":
            return leaves[-1].author.byline
        if kind == "tag":
            return next((tag for tag in leaves[0].tags if slug_of(tag) == key), key)
        return leaves[0].name

    def month(self, key: str) -> Shelf:
        """The list of a month."""
        name = self.words.months[int(key[5:]) - 1]
        return Shelf("month", key, name, path_of(("month", key)))

    def with_afterwords(self, leaves: Sequence[Leaf]) -> list[Leaf]:
        """The same, each with the number of afterwords that can be read under it."""
        under = self.store.under([leaf.piece for leaf in leaves])
        return [replace(leaf, under=under[leaf.piece]) if leaf.piece in under else leaf for leaf in leaves]

    # Pages of their own

    def fixed(self, name: str, to: To = anywhere) -> bytes:
        """A page of site/pages/."""
        facts: dict[str, Any] = getattr(self, f"_{name.partition('.')[0]}", dict)()
        return self._fill(f"pages/{name}", name, to, tallies=self.tallies, **facts)

    def count(self) -> None:
        """Count how much there is now, as the store has it."""
        self.tallies = Tallies(
            pieces=self.store.number("SELECT count(*) FROM leaf WHERE public = 1"),
            unread=self.store.number("SELECT count(*) FROM leaf WHERE demo = 1"),
            invitations=self.store.number("SELECT count(*) FROM fold"),
            ledger_lines=int(self.store.get("lines") or 0),
            head=self.store.get("head"),
        )

    def _index(self) -> dict[str, Any]:
        listed = self.with_afterwords(self.store.leaves("listed = 1 ORDER BY first DESC", limit=AT_HOME + 2))
        newest = pieces_of(self.db, [listed[0].piece])[0] if listed else None
        left = [] if listed else self.store.leaves("public = 1 ORDER BY first DESC", limit=AT_HOME)
        return {
            "about": newest.line if newest else "",
            "newest": newest,
            "newest_is_named": newest is not None and (bool(newest.title) or newest.opens_with_name),
            "opening": _opening(newest) if newest else None,
            "others": listed[1 : AT_HOME + 1],
            "more": len(listed) > AT_HOME + 1,
            "left": left,
            "gone": self.store.number("SELECT count(*) FROM leaf WHERE public = 0"),
            "under_newest": listed[0].under if listed else 0,
        }

    def _archive(self) -> dict[str, Any]:
        years: dict[int, list[Shelf]] = {}
        for place, number in reversed(self.store.places("month")):
            years.setdefault(int(place[1][:4]), []).append(self.shelf(place, number))
        return {"years": [(year, sum(m.pieces for m in months), months) for year, months in years.items()]}

    def _authors(self) -> dict[str, Any]:
        rows = []
        for place, number in self.store.places("author"):
            ends = self.store.ends(place)
            rows.append((self.shelf(place, number), ends[-1].author, ends[0].published_at, ends[-1].published_at))
        return {"authors": sorted(rows, key=lambda row: row[2])}

    def _tags(self) -> dict[str, Any]:
        tags = [Tag(self.shelf(place).name, path_of(place), number) for place, number in self.store.places("tag")]
        return {"tags": sorted(tags, key=lambda tag: (tag.name.casefold(), tag.path))}

    def _search(self) -> dict[str, Any]:
        return {"years": sorted({int(place[1][:4]) for place, _ in self.store.places("month")}, reverse=True)}

    def _how(self) -> dict[str, Any]:
        return {"script": theme.found(self.folder, self.theme, f"assets/{SCRIPT}").read_text()}

    def _corrections(self) -> dict[str, Any]:
        noted = {leaf.piece: leaf for leaf in self.store.leaves("corrected = 1 AND public = 1")}
        views = [view for views in corrections_of(self.db, noted).values() for view in views if view.words is not None]
        return {"corrections": [(noted[v.piece], v) for v in sorted(views, key=lambda v: v.id, reverse=True)]}

    def _vetoes(self) -> dict[str, Any]:
        return {"log": veto_log(self.db, self.store.counts(), self.site.grounds)}

    def _invitations(self) -> dict[str, Any]:
        return {"shelves": calendar.shelves(versions(self.db, self.store.came()))}

    def _ledger(self) -> dict[str, Any]:
        newest = self.store.numbers("SELECT invitation FROM fold ORDER BY invitation DESC LIMIT ?", [ON_LEDGER])
        states = self.store.rows("SELECT month, state, count(*) FROM fold GROUP BY month, state")
        marks = self.store.rows("SELECT month, state FROM fold ORDER BY invitation")
        totals = self.store.rows("SELECT state, count(*) FROM fold GROUP BY state ORDER BY count(*) DESC, state")
        return {
            "calendar": calendar.years(states, marks, self.words.months),
            "totals": list(totals),
            "rows": self.invitations(newest),
            "numbers": self._ledger_numbers(),
            "parts": int(self.store.get("lines") or 0) // LINES_IN_PART,
            "heads": self.store.paths("heads/"),
        }

    def _ledger_numbers(self) -> list[int]:
        newest = self.db.exec(select(func.max(Invitation.id))).one()
        return list(range(1, shelves.ledger_page(newest) + 1)) if newest else []

    def ledger_page(self, number: int, to: To = anywhere) -> bytes:
        """One page of the ledger's rows, from the oldest."""
        first = (number - 1) * shelves.LEDGER_PAGE + 1
        rows = self.invitations(range(first, first + shelves.LEDGER_PAGE))
        self.store.put_folds(rows)
        return self._fill(
            "templates/ledger_page.html",
            f"ledger/{number}.html",
            to,
            rows=rows,
            number=number,
            numbers=_beside(number, len(self._ledger_numbers())),
        )

    def invitations(self, ids: Collection[int]) -> list[InvitationView]:
        """What came of these invitations, as the store has the pieces."""
        return invitations_of(self.db, ids, self.store.of, self.store.statements(ids), self.store.lines_of(ids))

    # Feeds and sitemaps

    def feed(self, place: Place | None, *, empty: bool = False) -> Iterator[Page]:
        """The feed of an author, of a tag, or of the site, in both formats."""
        wanted = [] if empty else self.fed(place)
        self.gather(wanted)
        entries = [self._entries[piece] for piece in wanted]
        name = self._feed_name(place) if place else ""
        demo = demonstration(self.site, self.words)
        feed = feeds.Feed(
            id=feeds.urn(self.site.origin, path_of(place) if place else ""),
            path=path_of(place) if place else "feed",
            alternate=f"{path_of(place)}.html" if place else "index.html",
            title=self.words.feed.of.plain(name=name, site=self.site.title) if place else self.site.title,
            subtitle=f"{demo} {self.words.feed.subtitle}".strip(),
            updated=max([entry.piece.changed_at for entry in entries], default=EPOCH),
        )
        yield (
            f"{feed.path}.atom",
            self._fill("templates/feed.atom", f"{feed.path}.atom", anywhere, feed=feed, entries=entries),
        )
        yield (
            f"{feed.path}.json",
            feeds.json_feed(feed, entries, self.site.address, self.site.language, self.site.hub),
        )

    def _feed_name(self, place: Place) -> str:
        """What a feed is called: that of an author as its newest piece is signed."""
        ends = self.store.ends(place) if place[0] == "author" else ()
        return signed(ends[-1].author, self.words) if ends else self.shelf(place).name

    def fed(self, place: Place | None) -> list[int]:
        """The pieces in a feed."""
        return self.store.fed(place, feeds.IN_TAG_FEED if place and place[0] == "tag" else feeds.IN_FEED)

    def gather(self, ids: Collection[int]) -> None:
        """Make the entries of these pieces, as far as they are not made: many feeds have the same."""
        missing = sorted(set(ids) - self._entries.keys())
        for start in range(0, len(missing), AT_ONCE):
            for piece in pieces_of(self.db, missing[start : start + AT_ONCE], told=False):
                self._entries[piece.id] = self._entry(piece)

    def _entry(self, piece: PieceView) -> feeds.Entry:
        """A piece as it stands in feeds; what leads to a place on its page is told with the whole address."""
        above = self.store.of([piece.about]).get(piece.about) if piece.about else None
        html = self.env.fill(
            "templates/entry.html",
            view=self.site,
            w=self.words,
            piece=piece,
            by_demo=self.store.leaf(piece.id).by_demo,
            above=above,
            root=self.site.address,
            to=anywhere,
            path="",
        )
        return feeds.Entry(
            replace(piece, text=b"", record=b"", html=""),
            signed(piece.author, self.words),
            self._entry_title(piece, above),
            f"{self.site.address}{piece.path}.html",
            html.strip(),
            feeds.urn(self.site.origin, f"piece/{piece.id}"),
        )

    def _entry_title(self, piece: PieceView, above: Leaf | None) -> str:
        said = self.words.feed
        if piece.kind == Kind.POSTSCRIPT:
            named = above is not None and not above.gone
            return str(
                said.afterword.plain(name=piece.name, piece=above.name)
                if above is not None and named
                else said.afterword_alone.plain(name=piece.name)
            )
        return str(said.statement.plain(name=piece.name)) if piece.kind == Kind.STATEMENT else piece.name

    def sitemap(self, number: int) -> bytes:
        """One part of the sitemap: the pieces that can be read, by their numbers."""
        first = (number - 1) * shelves.SITEMAP + 1
        leaves = self.store.leaves("public = 1 AND piece BETWEEN ? AND ?", (first, first + shelves.SITEMAP - 1))
        return sitemaps.sitemap((f"{self.site.address}{leaf.path}.html", leaf.changed_at) for leaf in leaves)

    def sitemap_index(self) -> bytes:
        """The list of the sitemap's parts."""
        return sitemaps.index([f"{self.site.address}{path}" for path in self.store.paths("sitemaps/")])

    def sitemap_of_lists(self, names: Sequence[str]) -> bytes:
        """The part of the sitemap with everything that is no piece."""
        lists = [
            f"{path_of(place)}.html"
            for kind in ("author", "tag", "month", "series")
            for place, number in self.store.places(kind)
            if number and (kind != "series" or number > 1)
        ]
        own = ["" if name == "index.html" else name for name in names if name.endswith(".html") and name != "404.html"]
        return sitemaps.sitemap((self.site.address + path, None) for path in [*own, *lists])

    # Filling in

    def _fill(self, template: str, path: str, to: To, about: str = "", **facts: Any) -> bytes:
        """Fill one template. `about` describes the page in its author's words."""
        root = "../" * path.count("/")
        filled = self.env.fill(
            template,
            view=self.site,
            w=self.words,
            path=path,
            root=root,
            about=about,
            entry=self.entries.on(root, to),
            here=lambda page: Markup(' aria-current="page"') if page == path else "",
            to=to,
            **facts,
        )
        return filled.encode()


LINES_IN_PART = 10_000
"""So many lines a full part of the ledger has."""


def _but_not(start: str, to: To) -> To:
    return lambda path: not path.startswith(start) and to(path)


def _beside(number: int, last: int) -> list[int]:
    """The pages before and after a full one. It names no others, so that it stays as it is when more come."""
    return [other for other in (number - 1, number + 1) if 1 <= other <= last]


def list_path(place: Place, number: int | None) -> str:
    """Where a page of a list lies."""
    return f"{path_of(place)}.html" if number is None else f"{path_of(place)}/{number}.html"


def _opening(piece: PieceView) -> Excerpt:
    """What stands open at home. The name above it is not said twice."""
    twice = piece.opens_with_name and not piece.shows_title
    return excerpt(piece.html, enough=OPENING_WORDS, most=OPENING_MOST, skip_first=twice)
