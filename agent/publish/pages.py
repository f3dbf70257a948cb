"""Every file of the public site, from one view: the same view gives the same bytes.

site/pages/ holds one template for each page of that name, site/templates/ what they share,
site/assets/ files that are served as they are. All links are relative, so that the pages work
under any address and straight from a disk.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from agent.publish import filters
from agent.publish.excerpt import Excerpt, excerpt, line
from agent.publish.pieces import LISTED, PieceView
from agent.publish.prose import beneath
from agent.publish.versions import PromptView
from agent.publish.view import InvitationView, SiteView
from agent.record import letters, opening_heading, shows_title
from agent.tables import Kind

AT_HOME = 100
"""So many pieces stand on the home page; where there are more, each year has a page of its own."""
IN_FEED = 50
"""So many pieces stand in the feed, the newest first."""
OPENING_WORDS = 260
"""How much of the newest piece stands open on the home page: whole paragraphs up to about here."""
OPENING_MOST = 380
LINE_LETTERS = 100
"""How much of a piece's own words stands in a list."""
MARKS_IN_MONTH = 48
"""So many marks of a month stand at full size on the ledger; more are drawn smaller."""
MARKS_ACROSS = 6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def pages(view: SiteView, site: Path) -> dict[str, bytes]:
    """Return path -> bytes of every file but the manifest. `site` is the folder with the templates."""
    make = _Maker(view, site)
    files = {
        f"assets/{file.relative_to(site / 'assets').as_posix()}": file.read_bytes()
        for file in sorted((site / "assets").rglob("*"))
        if file.is_file() and not file.name.startswith(".")
    }
    for template in sorted((site / "pages").glob("*")):
        if template.is_file() and not template.name.startswith("."):
            files[template.name] = make.page(f"pages/{template.name}", template.name)
    for piece, (earlier, later) in zip(view.pieces, _neighbours(view.pieces), strict=True):
        files[f"{piece.path}.html"] = make.piece(piece, earlier, later)
        if piece.notice is None:
            files[f"{piece.path}.md"] = piece.text.encode()
            files[f"{piece.path}.json"] = piece.record
            for text in piece.earlier:
                files[f"{text.path}.md"] = text.text.encode()
                files[f"{text.path}.json"] = text.record
    if len(view.listed) > AT_HOME:
        for year, pieces in _by_year(view.listed):
            files[f"years/{year}.html"] = make.page(
                "templates/year.html", f"years/{year}.html", year=year, pieces=pieces
            )
    files["ledger.jsonl"] = "".join(f"{row}\n" for row in view.lines).encode()
    return files


Neighbours = tuple[PieceView | None, PieceView | None]


def _neighbours(pieces: list[PieceView]) -> list[Neighbours]:
    """The earlier and the later one beside each of these, newest first, among those that are listed. What
    stands under or beside another piece has none."""
    later = _listed_before(pieces)
    earlier = reversed(_listed_before(list(reversed(pieces))))
    return [
        (before, after) if piece.kind in LISTED else (None, None)
        for piece, before, after in zip(pieces, earlier, later, strict=True)
    ]


def _listed_before(pieces: list[PieceView]) -> list[PieceView | None]:
    found: list[PieceView | None] = []
    last = None
    for piece in pieces:
        found.append(last)
        last = piece if piece.is_listed else last
    return found


@cache
def environment(site: Path) -> jinja2.Environment:
    """The templates of one folder, compiled once; a changed file is seen."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(site),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=filters.legible,
    )
    environment.filters |= {
        "beneath": beneath,
        "by_year": _by_year,
        "counted": filters.counted,
        "clock": lambda moment: f"{moment.astimezone(UTC):%H:%M}",
        "day": filters.day,
        "dollars": filters.dollars,
        "iso": lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "line": _line,
        "paragraphs": filters.paragraphs,
        "ranges": filters.ranges,
        "shows_title": lambda piece: shows_title(piece.title, piece.text),
        "told": filters.told,
        "told_with_code": filters.told_with_code,
        "thousands": lambda number: f"{number:,}",
    }
    return environment


class _Maker:
    """Fills templates with one view."""

    def __init__(self, view: SiteView, site: Path) -> None:
        self.view = view
        self.env = environment(site)
        listed = view.listed
        newest = listed[0] if listed else None
        fed = sorted(view.public, key=lambda piece: (piece.changed_at, piece.first), reverse=True)
        self.facts: dict[str, Any] = {
            "view": view,
            "urn": lambda name: uuid.uuid5(uuid.NAMESPACE_URL, view.address + name).urn,
            "newest": newest,
            "newest_is_named": newest is not None and (bool(newest.title.strip()) or _opens_with_name(newest)),
            "opening": _opening(newest) if newest else None,
            "others": listed[1:AT_HOME],
            "years": [year for year, _ in _by_year(listed)] if len(listed) > AT_HOME else [],
            "fed": fed[:IN_FEED],
            "by_id": {piece.id: piece for piece in view.pieces},
            "afterwords": _about(view.pieces, Kind.POSTSCRIPT),
            "statements": _about(view.public, Kind.STATEMENT),
            "shelves": _shelves(view.prompts),
            "updated": _updated(view),
            "calendar": _calendar(view.invitations),
            "totals": Counter(row.state for row in view.invitations).most_common(),
            "grounds": {ground.name: ground.title for ground in view.grounds},
        }

    def page(self, template: str, path: str, about: str = "", **facts: Any) -> bytes:
        """Fill one template. `about` describes the page in its author's words."""
        given = self.facts | facts
        given |= {
            "path": path,
            "root": "../" * path.count("/"),
            "about": about or (_line(self.facts["newest"]) if path == "index.html" and self.facts["newest"] else ""),
            "here": lambda page: Markup(' aria-current="page"') if page == path else "",
        }
        return self.env.get_template(template).render(given).encode()

    def piece(self, piece: PieceView, earlier: PieceView | None, later: PieceView | None) -> bytes:
        """The page of one piece; its neighbours are the nearest that can be read."""
        return self.page(
            "templates/piece.html",
            f"{piece.path}.html",
            _line(piece),
            piece=piece,
            opens_with_name=_opens_with_name(piece),
            title_tag="p" if "<h1>" in piece.html else "h1",
            earlier=earlier,
            later=later,
        )


def _about(pieces: Iterable[PieceView], kind: Kind) -> dict[int, list[PieceView]]:
    """Those of a kind that are about each piece, in the order in which they became public."""
    found: dict[int, list[PieceView]] = {}
    for piece in sorted(pieces, key=lambda piece: piece.first):
        if piece.kind == kind and piece.about is not None:
            found.setdefault(piece.about, []).append(piece)
    return found


@dataclass(frozen=True)
class Month:
    """A month of the ledger's strip: what came of its invitations, the earliest first."""

    name: str
    states: list[str]
    counts: list[tuple[str, int]]
    rows: int


@dataclass(frozen=True)
class Year:
    """A year of the ledger's strip; its marks stand `across` in a row."""

    number: int
    total: int
    across: int
    months: list[Month]


def _calendar(invitations: list[InvitationView]) -> list[Year]:
    """The ledger's strips, the newest year first."""
    states: dict[int, list[list[str]]] = {}
    for row in reversed(invitations):
        at = row.at.astimezone(UTC)
        states.setdefault(at.year, [[] for _ in filters.MONTHS])[at.month - 1].append(row.state)
    years = []
    for number, months in sorted(states.items(), reverse=True):
        across = MARKS_ACROSS
        while max(map(len, months)) > MARKS_IN_MONTH * (across // MARKS_ACROSS) ** 2:
            across += MARKS_ACROSS
        drawn = [
            Month(name, found, Counter(found).most_common(), -(-len(found) // across))
            for name, found in zip(filters.MONTHS, months, strict=True)
        ]
        years.append(Year(number, sum(map(len, months)), across, drawn))
    return years


def _opens_with_name(piece: PieceView) -> bool:
    """Whether the first block of the text is nothing but the name that the text gives itself."""
    heading = opening_heading(piece.text)
    if piece.has_heading or heading is None:
        return piece.has_heading
    first = excerpt(piece.html, enough=1, most=OPENING_MOST).text
    return letters(first) in (letters(heading), letters(f"title {heading}"))


def _opening(piece: PieceView) -> Excerpt:
    """What stands open at home. The name above it is not said twice."""
    twice = _opens_with_name(piece) and not shows_title(piece.title, piece.text)
    return excerpt(piece.html, enough=OPENING_WORDS, most=OPENING_MOST, skip_first=twice)


def _line(piece: PieceView) -> str:
    """One line in the author's own words. It goes on where the name leaves off, if that is the text's beginning."""
    named = _opens_with_name(piece)
    after = "" if piece.title.strip() or named else piece.name.removesuffix("…")
    return line(piece.html, letters=LINE_LETTERS, skip_first=named, after=after) or piece.opening


def _updated(view: SiteView) -> datetime:
    """When the feed last changed: a piece came, or one went."""
    came = [piece.changed_at for piece in view.public]
    went = [piece.notice.at for piece in view.pieces if piece.notice and piece.notice.at]
    return max([*came, *went], default=view.invitations[-1].at if view.invitations else EPOCH)


def _by_year(pieces: Iterable[PieceView]) -> list[tuple[int, list[PieceView]]]:
    return [(year, list(some)) for year, some in groupby(pieces, key=lambda p: p.published_at.astimezone(UTC).year)]


@dataclass(frozen=True)
class Shelf:
    """Prompts that belong together, each by name with its versions, the newest first."""

    name: str
    prompts: list[tuple[str, list[PromptView]]]


SHELVES = {
    "At the start": ("welcome", "brief", "tools", "words", "toolbox", "since"),
    "Invitations": (),
    "In between": ("reminder", "continue", "confirm"),
    "The interview": ("interview",),
}
"""What is told when. On the shelf without names stands whatever has no place on another."""


def _shelves(prompts: Iterable[PromptView]) -> list[Shelf]:
    """Everything that was told, shelf by shelf. No shelf is empty."""
    named: dict[str, list[PromptView]] = {}
    for prompt in sorted(prompts, key=lambda p: p.first_used_at, reverse=True):
        named.setdefault(prompt.name, []).append(prompt)
    placed = [name for names in SHELVES.values() for name in names]
    others = sorted(named.keys() - set(placed))
    shelves = [
        Shelf(title, [(name, named[name]) for name in (names or others) if name in named])
        for title, names in SHELVES.items()
    ]
    return [shelf for shelf in shelves if shelf.prompts]
