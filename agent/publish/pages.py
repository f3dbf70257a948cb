"""Every file of the public site, from one view: the same view gives the same bytes.

site/pages/ holds one template for each page of that name, site/templates/ what they share,
site/assets/ files that are served as they are. All links are relative, so that the pages work
under any address and straight from a disk.
"""

import re
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from agent.publish.excerpt import Excerpt, excerpt, line
from agent.publish.view import InvitationView, PieceView, PromptView, SiteView
from agent.record import letters, opening_heading, shows_title

MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
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
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
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
    for number, piece in enumerate(view.pieces):
        files[f"{piece.path}.html"] = make.piece(piece, later=view.pieces[:number], earlier=view.pieces[number + 1 :])
        if piece.notice is None:
            files[f"{piece.path}.md"] = piece.text.encode()
            files[f"{piece.path}.json"] = piece.record
    if len(view.public) > AT_HOME:
        for year, pieces in _by_year(view.public):
            files[f"years/{year}.html"] = make.page(
                "templates/year.html", f"years/{year}.html", year=year, pieces=pieces
            )
    files["ledger.jsonl"] = "".join(f"{row}\n" for row in view.lines).encode()
    return files


@cache
def _environment(site: Path) -> jinja2.Environment:
    """The templates of one folder, compiled once; a changed file is seen."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(site),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_legible,
    )
    environment.filters |= {
        "by_name": _by_name,
        "by_year": _by_year,
        "clock": lambda moment: f"{moment.astimezone(UTC):%H:%M}",
        "day": _day,
        "dollars": _dollars,
        "iso": lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "line": _line,
        "paragraphs": _paragraphs,
        "ranges": _ranges,
        "told": _told,
        "thousands": lambda number: f"{number:,}",
    }
    return environment


class _Maker:
    """Fills templates with one view."""

    def __init__(self, view: SiteView, site: Path) -> None:
        self.view = view
        self.env = _environment(site)
        public = view.public
        newest = public[0] if public else None
        self.facts: dict[str, Any] = {
            "view": view,
            "urn": lambda name: uuid.uuid5(uuid.NAMESPACE_URL, view.address + name).urn,
            "newest": newest,
            "newest_is_named": newest is not None and (bool(newest.title.strip()) or _opens_with_name(newest)),
            "opening": _opening(newest) if newest else None,
            "others": public[1:AT_HOME],
            "years": [year for year, _ in _by_year(public)] if len(public) > AT_HOME else [],
            "fed": public[:IN_FEED],
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

    def piece(self, piece: PieceView, later: list[PieceView], earlier: list[PieceView]) -> bytes:
        """The page of one piece; its neighbours are the nearest that can be read."""
        has_h1 = "<h1>" in piece.html
        return self.page(
            "templates/piece.html",
            f"{piece.path}.html",
            _line(piece),
            piece=piece,
            shows_title=shows_title(piece.title, piece.text),
            opens_with_name=_opens_with_name(piece),
            title_tag="p" if has_h1 else "h1",
            later=next((other for other in reversed(later) if other.notice is None), None),
            earlier=next((other for other in earlier if other.notice is None), None),
        )


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
        states.setdefault(at.year, [[] for _ in MONTHS])[at.month - 1].append(row.state)
    years = []
    for number, months in sorted(states.items(), reverse=True):
        across = MARKS_ACROSS
        while max(map(len, months)) > MARKS_IN_MONTH * (across // MARKS_ACROSS) ** 2:
            across += MARKS_ACROSS
        drawn = [
            Month(name, found, Counter(found).most_common(), -(-len(found) // across))
            for name, found in zip(MONTHS, months, strict=True)
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
    came = [piece.published_at for piece in view.public]
    went = [piece.notice.at for piece in view.pieces if piece.notice and piece.notice.at]
    return max([*came, *went], default=view.invitations[-1].at if view.invitations else EPOCH)


def _by_year(pieces: Iterable[PieceView]) -> list[tuple[int, list[PieceView]]]:
    return [(year, list(some)) for year, some in groupby(pieces, key=lambda p: p.published_at.astimezone(UTC).year)]


def _by_name(prompts: Iterable[PromptView]) -> list[tuple[str, list[PromptView]]]:
    """Versions of the same words together, the newest first; the welcome stands before everything."""
    named: dict[str, list[PromptView]] = {}
    for prompt in sorted(prompts, key=lambda p: p.first_used_at, reverse=True):
        named.setdefault(prompt.name, []).append(prompt)
    order = {"welcome": 0, "tools": 2, "toolbox": 2, "words": 2, "reminder": 3}
    return sorted(named.items(), key=lambda item: (order.get(item[0], 1), item[0]))


def _day(moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def _ranges(numbers: list[int]) -> str:
    """Ascending numbers, short: 3, 5–8."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), key=lambda at: at[1] - at[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _dollars(cost: int | None) -> str:
    """Millionths of a dollar in words."""
    if not cost:
        return "unknown" if cost is None else "nothing"
    return f"{cost / 1_000_000:,.2f} dollars" if cost >= 100_000 else f"{cost / 1_000_000:.6f}".rstrip("0") + " dollars"


def _paragraphs(text: str) -> Markup:
    """Our own words from prompts/: each line is a paragraph."""
    return Markup("\n").join(Markup("<p>{}</p>").format(row) for row in text.splitlines() if row.strip())


def _told(words: str) -> Markup:
    """Words as they were told to an author: its paragraphs, and the lines within them."""
    paragraphs = [Markup("<br>").join(_legible(p).split("\n")) for p in re.split(r"\n{2,}", words.strip("\n"))]
    return Markup("\n").join(Markup("<p>{}</p>").format(p) for p in paragraphs)


def _legible(value: Any) -> Any:
    """A sign that neither HTML nor XML may hold is shown as U+FFFD. What is safe HTML passes as it is."""
    return CONTROLS.sub("\ufffd", value) if isinstance(value, str) and not hasattr(value, "__html__") else value
