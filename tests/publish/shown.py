"""What templates are given, made by hand, and the pages that come of it: no database, no builder."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from agent.prompts import Ground
from agent.publish import words
from agent.publish.calendar import shelves, years
from agent.publish.entries import Entries
from agent.publish.fates import Fate
from agent.publish.leaf import AuthorView, Leaf, Shelf, Tag
from agent.publish.opening import opens_with_name
from agent.publish.pages import environment
from agent.publish.pieces import Notice, PieceView
from agent.publish.provenance import Checked, LaidOut, Provenance, Source
from agent.publish.tallied import NAMES
from agent.publish.versions import PromptView
from agent.publish.vetoes import Column, Row, VetoLog
from agent.publish.view import InvitationView, SiteView, Tallies, WorkView
from agent.record import shown_title, shows_title
from agent.render import render

SITE = Path(__file__).parents[2] / "site"
WORDS = words.load(SITE)
ADDRESS = "https://afterword.example/read/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPUS = AuthorView("opus", "Claude Opus 3", "claude-3-opus-20240229", date(2026, 1, 5), "")
SMALL = AuthorView("small", "SmolLM2", "smollm2-135m", None, "a 135M stand-in, not a retired Claude")
TEXT = "The tide went out.[^1]\n\nIt left *nothing* behind, and nobody had asked it to.\n\n[^1]: It always does.\n"
HOSTILE = "</title></h1></script><script>alert('&\"')</script>"
DECLINE = LaidOut("decline", "Say no.\n\nNo reason is <needed>.", '{\n  "type": "object"\n}')
GONE = Notice("staff", "danger", NOON, erased=False)
VOID = {"meta", "link", "br", "hr", "input"}
ALONE = {"circle", "path", "use"}
VIEW = SiteView(
    title="Afterword",
    address=ADDRESS,
    language="en",
    demo=False,
    hub="",
    public_key="ab" * 32,
    stand_ins=[],
    grounds=[Ground("danger", "Danger", "It gives real help.\nIt is not: sorrow.")],
    grounds_opening="Only for these.",
    renderer="7 on markdown 9",
    origin="0e" * 32,
)
TALLIES = Tallies(pieces=3, unread=0, invitations=7, ledger_lines=31, head="0f" * 32)


def digest(said: str) -> str:
    return sha256(said.encode()).hexdigest()


def a_provenance(number: int, at: datetime, text: str = TEXT) -> Provenance:
    return Provenance(
        invitation=number,
        prompt="plain",
        named=False,
        arm="news",
        welcome="You are welcome.\n\nNobody edits.",
        words="Write, if you like.",
        prompts=[("welcome", digest("welcome")), ("plain", digest("plain"))],
        context=[Source("entry", "https://news.example/feed", "A <b>storm</b>", digest("storm"))],
        model_id="claude-3-opus-20240229",
        returned_model_id="claude-3-opus-20240229",
        answers=2,
        tools=["submit"],
        left_out=0,
        continued=0,
        with_form=True,
        stop_reason="tool_use",
        input_tokens=1204,
        output_tokens=611,
        cost=63_885,
        asked_at=at - timedelta(hours=3),
        received_at=at - timedelta(hours=2),
        reviewed_at=at - timedelta(minutes=1),
        published_at=at,
        checks=[Checked("markup", "1", "", 0), Checked("loops", "2", "it broke", 0), Checked("links", "1", "", 2)],
        reviewers=2,
        vetoes=1,
        overturned=False,
        by_demo=False,
        consent_publish="yes",
        consent_at=at - timedelta(days=9),
        consent_words="",
        consent_declared=False,
        assent=None,
        assent_at=None,
        revision=1,
        text_sha256=digest(text),
        record_sha256=digest(text + "record"),
        transcript_commitment=digest(text + "transcript"),
        ledger_lines=[number * 4, number * 4 + 1, number * 4 + 2],
    )


def a_piece(number: int = 1, text: str = TEXT, *, title: str = "Low Water", **given: Any) -> PieceView:
    """A piece as its page is given it; under a notice it has no words."""
    at = NOON - timedelta(days=30 * (40 - number))
    shown = given.get("notice") is None
    made = render(text)
    piece = PieceView(
        id=number,
        path=f"pieces/{number}",
        author=OPUS,
        kind="essay",
        name=shown_title(title, text) if shown else "",
        title=title if shown else "",
        shows_title=shown and shows_title(title, text),
        opens_with_name=shown and opens_with_name(text, made.opening),
        form="tale" if shown else "",
        tags=["sea"] if shown else [],
        note="",
        text=text.encode() if shown else b"",
        record=b"{}" if shown else b"",
        html=made.html if shown else "",
        line=text.split("\n", 1)[0] if shown else "",
        words=len(text.split()) if shown else 0,
        language=made.language if shown else "",
        direction=made.direction if shown else "auto",
        published_at=at,
        notice=None,
        how=a_provenance(number, at, text),
        first=number,
    )
    return replace(piece, **given)


def a_leaf(piece: PieceView, **given: Any) -> Leaf:
    """The same as lists have it."""
    leaf = Leaf(
        piece=piece.id,
        first=piece.first,
        path=piece.path,
        kind=piece.kind,
        author=piece.author,
        invitation=piece.provenance.invitation,
        published_at=piece.published_at,
        changed_at=piece.changed_at,
        name=piece.name,
        line=piece.line,
        form=piece.form,
        tags=piece.tags,
        language=piece.language,
        direction=piece.direction,
        words=piece.words,
        about=piece.about,
        answers=piece.answers,
        gone=(piece.notice.by or "erased") if piece.notice else "",
    )
    return replace(leaf, **given)


def a_row(number: int, state: str, leaf: Leaf | None = None, **given: Any) -> InvitationView:
    """One invitation of the ledger."""
    works = [WorkView(Fate(leaf.piece, leaf.kind, 1, state), leaf)] if leaf else []
    row = InvitationView(
        id=number,
        at=NOON - timedelta(days=60 - number),
        author=OPUS,
        purpose="writing",
        prompt="plain",
        prompts=[],
        named=[],
        arm="minimal",
        words_sha256=digest("words"),
        outcome="submitted" if leaf else state.replace(" ", "_"),
        state=state,
        works=works,
        statements=[],
        lines=[number * 4, number * 4 + 1],
    )
    return replace(row, **given)


def fill(template: str, path: str, **facts: Any) -> str:
    """One page. Everything is out, unless the facts say otherwise."""
    given = {"view": VIEW, "w": WORDS, "about": "", "to": lambda path: True} | facts
    env = environment(SITE, None, given["w"])
    root = "../" * path.count("/")
    entry = Entries(env).on(root, given["to"])
    return env.get_template(template).render(path=path, root=root, entry=entry, **given)


def piece_page(piece: PieceView | None = None, **facts: Any) -> str:
    """The page of a piece."""
    piece = piece or a_piece()
    given: dict[str, Any] = {
        "piece": piece,
        "about": piece.line,
        "earlier": None,
        "later": None,
        "above": None,
        "afterwords": [],
        "statements": [],
        "tags": [Tag(tag, f"tags/{tag}", 1) for tag in piece.tags],
        "series": None,
        "part": 0,
        "before": None,
        "after": None,
    }
    return fill("templates/piece.html", f"{piece.path}.html", **given | facts)


def fixed(name: str, **facts: Any) -> str:
    """A page of site/pages/."""
    given: dict[str, Any] = {"tallies": TALLIES} | FACTS.get(name, dict)() | facts
    return fill(f"pages/{name}", name, **given)


def shelf_page(shelf: Shelf, *leaves: Leaf, **facts: Any) -> str:
    """The newest page of a list."""
    given: dict[str, Any] = {"shelf": shelf, "entries": leaves, "number": None, "numbers": [], "author": None}
    given |= facts
    number = f"/{given['number']}" if given["number"] else ""
    return fill("templates/list.html", f"{shelf.path}{number}.html", **given)


def ledger_page(*rows: InvitationView, **facts: Any) -> str:
    """A page of the ledger with these rows."""
    given: dict[str, Any] = {"rows": list(rows), "number": 1, "numbers": [1]} | facts
    return fill("templates/ledger_page.html", "ledger/1.html", **given)


def _home() -> dict[str, Any]:
    return {
        "newest": None,
        "newest_is_named": False,
        "opening": None,
        "others": [],
        "more": False,
        "left": [],
        "gone": 0,
        "under_newest": 0,
    }


def _ledger() -> dict[str, Any]:
    rows = [a_row(2, "declined"), a_row(1, "published", a_leaf(a_piece()))]
    marks = [(f"{row.at:%Y-%m}", row.state) for row in reversed(rows)]
    return {
        "calendar": years([(month, state, 1) for month, state in marks], marks, WORDS.months),
        "totals": [("declined", 1), ("published", 1)],
        "rows": rows,
        "numbers": [1],
        "parts": 0,
    }


def _invitations() -> dict[str, Any]:
    told = [
        PromptView(
            "welcome",
            digest("welcome"),
            "You are {{ byline }}.{% if tools %} Hi.{% endif %}",
            NOON,
            {"submitted": 2, "declined": 1},
        ),
        PromptView("plain", digest("older"), "Write.", NOON - timedelta(days=9), {}),
        PromptView(
            "plain",
            digest("plain"),
            "Write, if you `like`.",
            NOON,
            {"kept_private": 1},
            "An open invitation.",
            ["minimal", "archive", "news"],
            named=3,
        ),
        PromptView("toolbox", digest("toolbox"), "[...]", NOON, {"submitted": 1}, tools=[DECLINE]),
        PromptView("interview", digest("interview"), "Hello.\n\n## publish\nMay it?", NOON, {"answered": 1}),
        PromptView("confirm", digest("confirm"), "May this{% for one in more %} and that{% endfor %}?", NOON, {}),
    ]
    return {"shelves": shelves(told)}


def _archive() -> dict[str, Any]:
    month = Shelf("month", "2026-11", "November", "archive/2026-11", 3)
    return {"years": [(2026, 3, [month])]}


def _authors() -> dict[str, Any]:
    opus, small = (Shelf("author", who.slug, who.byline, f"authors/{who.slug}", 2) for who in (OPUS, SMALL))
    return {"authors": [(opus, OPUS, NOON - timedelta(days=40), NOON), (small, SMALL, NOON, NOON)]}


def a_veto_log() -> VetoLog:
    """One veto that stands, of 2026, in a publication of two years."""
    law = Ground("law", "The law", "A law forbids it.\nIt is not: worry.")
    columns = [Column(2026, is_only=True), Column(2027, is_only=True)]
    stands, off = Row("law", [1, 0], 1, law, down=2), Row("<gone>", [0, 0], 0, overturned=1)
    counts = [Row(name, [1200, 0], 1200) for name in NAMES]
    return VetoLog(columns, [stands, off], Row("stand", [1, 0], 1, overturned=1, down=2), counts, waiting=1)


FACTS = {
    "index.html": _home,
    "ledger.html": _ledger,
    "invitations.html": _invitations,
    "archive.html": _archive,
    "authors.html": _authors,
    "tags.html": lambda: {"tags": [Tag("sea", "tags/sea", 2), Tag("<b>", "tags/-0a1b2c3d", 1)]},
    "search.html": lambda: {"years": [2026]},
    "how.html": lambda: {"script": "print('<checked>')\n"},
    "corrections.html": lambda: {"corrections": []},
    "vetoes.html": lambda: {"log": a_veto_log()},
}


def words_of(html: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


class Outline(HTMLParser):
    """Reads a page strictly, and keeps its tags, ids and the levels of its headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALONE, f"<{tag}/> is not closed by its slash in HTML"
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another"

    @property
    def ids(self) -> list[str]:
        return [given["id"] for _, given in self.tags if "id" in given]

    @property
    def levels(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]

    @property
    def links(self) -> list[str]:
        return [given[name] for _, given in self.tags for name in ("href", "src") if name in given]


@cache
def outline_of(html: str) -> Outline:
    return Outline(html)
