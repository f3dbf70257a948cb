"""The public site, made from a view: what stands on its pages, and what never does."""

import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import urldefrag, urlsplit

import feedparser
import pytest

from agent.prompts import Ground
from agent.publish.fates import Fate
from agent.publish.pages import AT_HOME, IN_FEED, pages
from agent.publish.pieces import AuthorView, EarlierText, Notice, PieceView
from agent.publish.prose import beneath
from agent.publish.provenance import Checked, LaidOut, Provenance, Source
from agent.publish.versions import PromptView
from agent.publish.view import InvitationView, SiteView, WorkView
from agent.record import shown_title
from agent.render import render

pytestmark = pytest.mark.slow

SITE = Path(__file__).parents[2] / "site"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPUS = AuthorView("opus", "Claude Opus 3", "claude-3-opus-20240229", date(2026, 1, 5), "")
SMALL = AuthorView("small", "SmolLM2", "smollm2-135m", None, "a 135M stand-in, not a retired Claude")
TEXT = "The tide went out.[^1]\n\nIt left *nothing* behind, and nobody had asked it to.\n\n[^1]: It always does.\n"
DECLINE = LaidOut("decline", "Say no.\n\nNo reason is <needed>.", '{\n  "type": "object"\n}')
WRITE = "Write, if you `like`."
PLAINLY, ARMS = "An open invitation.", ["minimal", "archive", "news"]
DEMO = "nobody real has read what stands here"
HOSTILE = "</title></h1><script>alert('&\"')</script>\x0b"
VOID = {"meta", "link", "br", "hr", "input"}
SVG_ALONE = {"circle", "path", "use"}
ELSEWHERE = re.compile(r"https?://|//")


def digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()


def a_provenance(number: int, at: datetime, text: str) -> Provenance:
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
        revisions=1,
        text_sha256=digest(text),
        record_sha256=digest(text + "record"),
        transcript_commitment=digest(text + "transcript"),
        ledger_lines=[number * 4, number * 4 + 1, number * 4 + 2],
    )


def a_piece(
    number: int = 1,
    text: str = TEXT,
    *,
    title: str = "Low Water",
    author: AuthorView = OPUS,
    notice: Notice | None = None,
    **given: object,
) -> PieceView:
    at = NOON - timedelta(days=30 * (40 - number))
    html = render(text).html
    shown = notice is None
    piece = PieceView(
        id=number,
        path=f"pieces/{number}-piece",
        author=author,
        kind="essay",
        name=shown_title(title, text) if shown else "",
        title=title if shown else "",
        has_heading=shown and html.startswith("<h1"),
        form="tale" if shown else "",
        tags=["sea"] if shown else [],
        note="",
        text=text if shown else "",
        record=b'{"title":"Low Water"}' if shown else b"",
        html=html if shown else "",
        opening=text.split("\n", 1)[0] if shown else "",
        words=len(text.split()) if shown else 0,
        published_at=at,
        provenance=a_provenance(number, at, text),
        notice=notice,
        first=number,
    )
    return replace(piece, **given)  # type: ignore[arg-type]


def passed_by_demo(piece: PieceView) -> PieceView:
    return replace(piece, provenance=replace(piece.provenance, by_demo=True, reviewers=1))


def an_invitation(number: int, state: str, piece: PieceView | None = None, **given: Any) -> InvitationView:
    at = piece.provenance.asked_at if piece else NOON - timedelta(days=60) + timedelta(minutes=number)
    outcome = "submitted" if piece else state.replace(" ", "_")
    works = [WorkView(Fate(piece.id, piece.kind, 1, state), piece)] if piece else []
    row = InvitationView(
        number, at, OPUS, "writing", "plain", "minimal", digest("words"), outcome, state, works, [], []
    )
    return replace(row, lines=[number * 4, number * 4 + 1], **given)


def a_view(*pieces: PieceView, others: tuple[str, ...] = (), demo: bool = False) -> SiteView:
    """A publication with these pieces (the newest first), and invitations of which something else came."""
    states = {None: "published", "author": "withdrawn", "staff": "withdrawn", "urgent": "withdrawn", "": "erased"}
    rows = [an_invitation(p.id, states[p.notice.by if p.notice else None], p) for p in pieces]
    rows += [an_invitation(1000 + number, state) for number, state in enumerate(others)]
    return SiteView(
        title="Afterword",
        address="https://afterword.example/read/",
        language="en",
        demo=demo,
        public_key="ab" * 32,
        pieces=list(pieces),
        invitations=sorted(rows, key=lambda row: row.at, reverse=True),
        prompts=[
            PromptView(
                "welcome",
                digest("welcome"),
                "You are {{ byline }}.{% if tools %} Hi.{% endif %}",
                NOON,
                {"submitted": 2, "declined": 1},
            ),
            PromptView("plain", digest("older"), "Write.", NOON - timedelta(days=9), {}),
            PromptView("plain", digest("plain"), WRITE, NOON, {"kept_private": 1}, PLAINLY, ARMS, named=3),
            PromptView("toolbox", digest("toolbox"), "[...]", NOON, {"submitted": 1}, tools=[DECLINE]),
            PromptView("interview", digest("interview"), "Hello.\n\n## publish\nMay it?", NOON, {"answered": 1}),
            PromptView(
                "confirm",
                digest("confirm"),
                "May this{% for one in more %} and that{% endfor %} be published?",
                NOON,
                {},
            ),
        ],
        grounds=[Ground("danger", "Danger", "It gives real help.\nIt is not: sorrow.")],
        grounds_opening="Only for these.",
        lines=['{"seq":1}', '{"seq":2}'],
        head="0" * 64,
    )


def everything() -> SiteView:
    """One of each: pieces with and without a title, notices of every kind, every outcome."""
    outcomes = ("vetoed", "waiting for review", "in progress", "declined", "kept private", "refused", "unfinished")
    outcomes = (*outcomes, "kept back", "taken back", "replaced", "answered")
    return a_view(
        a_piece(9),
        a_piece(8, "# Its Own Heading\n\nText.", title=""),
        a_piece(7, "**A bold line**\n\nText.", title=""),
        a_piece(6, "No heading here, only a sentence that goes on for a while.", title="", author=SMALL),
        a_piece(5, "roses are red\n  violets are blue\nand so on", title=HOSTILE, note=HOSTILE, form=HOSTILE),
        a_piece(4, notice=Notice("staff", "danger", NOON, erased=False)),
        a_piece(3, notice=Notice("urgent", "danger", NOON, erased=False)),
        a_piece(2, notice=Notice("author", "", NOON, erased=False)),
        a_piece(1, notice=Notice("", "", None, erased=True)),
        replace(a_piece(13, "And so it stayed."), kind="postscript", about=9),
        replace(a_piece(12, "**Twice**\n\nIt came back.", title=""), kind="postscript", about=9, revised_at=NOON),
        replace(a_piece(11, notice=Notice("author", "", NOON, erased=False)), kind="postscript", about=8),
        replace(a_piece(10, "It named nobody."), kind="statement", about=77, answers=1000),
        others=(*outcomes, "failed"),
    )


VIEWS = {
    "none": a_view(),
    "nothing came of it": a_view(others=("declined",)),
    "one": a_view(a_piece()),
    "a demonstration": a_view(passed_by_demo(a_piece(2, author=SMALL)), others=("declined",), demo=True),
    "partly a demonstration": a_view(a_piece(3), passed_by_demo(a_piece(2)), a_piece(1)),
    "everything": everything(),
    "so many": a_view(*(a_piece(number) for number in range(AT_HOME + 20, 0, -1))),
}


@pytest.fixture(scope="module", params=list(VIEWS))
def site(request: pytest.FixtureRequest) -> dict[str, bytes]:
    return pages(VIEWS[request.param], SITE)


def html_of(files: dict[str, bytes]) -> dict[str, str]:
    return {path: data.decode() for path, data in files.items() if path.endswith(".html")}


def words_of(html: str) -> str:
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
        assert tag in SVG_ALONE, f"<{tag}/> is not closed by its slash in HTML"
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


@cache
def outline_of(html: str) -> Outline:
    return Outline(html)


def links_of(html: str) -> Iterator[tuple[str, str]]:
    for tag, given in outline_of(html).tags:
        for name in ("href", "src"):
            if name in given:
                yield tag, given[name]


# The whole


def test_the_same_view_gives_the_same_bytes() -> None:
    assert pages(everything(), SITE) == pages(everything(), SITE)


def test_every_page_is_well_formed_with_one_h1_and_headings_in_order(site: dict[str, bytes]) -> None:
    for path, html in html_of(site).items():
        assert html.startswith("<!doctype html>"), path
        outline = outline_of(html)
        assert outline.levels.count(1) == 1, path
        steps = [after - before for before, after in zip(outline.levels, outline.levels[1:], strict=False)]
        assert all(step <= 1 for step in steps), (path, outline.levels)
        assert len(outline.ids) == len(set(outline.ids)), path
        tags = [tag for tag, _ in outline.tags]
        assert [tags.count(landmark) for landmark in ("main", "footer")] == [1, 1], path
        assert "header" in tags[: tags.index("main")], path
        assert "nav" in tags[: tags.index("main")], path
        assert ("html", {"lang": "en"}) in outline.tags


def test_every_link_within_the_site_leads_to_a_file_and_to_a_place_in_it(site: dict[str, bytes]) -> None:
    found = html_of(site)
    for path, html in found.items():
        for _, link in links_of(html):
            target, place = urldefrag(link)
            if urlsplit(target).scheme:
                continue
            assert not target.startswith("/"), f"{path}: {link} works under no prefix"
            file = normpath(join(dirname(path), target)) if target else path
            assert file in site or file == "manifest.json", f"{path}: {link}"
            if place:
                assert place in outline_of(found[file]).ids, f"{path}: {link}"


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(site: dict[str, bytes]) -> None:
    for path, html in html_of(site).items():
        for tag, given in outline_of(html).tags:
            assert tag not in ("script", "iframe", "img", "form", "style", "base"), path
            assert not any(name.startswith("on") or name == "style" for name in given), path
            if tag == "link" and given["rel"] != "canonical":
                assert not ELSEWHERE.search(given["href"]), path
        policy = next(given["content"] for tag, given in outline_of(html).tags if "http-equiv" in given)
        assert policy.startswith("default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:")
    for path, data in site.items():
        if path.endswith(".css"):
            assert not ELSEWHERE.search(data.decode()), path
            for asset in re.findall(r'url\("([^"]+)"\)', data.decode()):
                assert normpath(join(dirname(path), asset)) in site


def test_the_ledger_as_data_is_exactly_its_lines() -> None:
    assert pages(a_view(), SITE)["ledger.jsonl"] == b'{"seq":1}\n{"seq":2}\n'


def test_each_page_names_itself_and_how_it_was_made(site: dict[str, bytes]) -> None:
    for path, html in html_of(site).items():
        tags = outline_of(html).tags
        address = "https://afterword.example/read/" + ("" if path == "index.html" else path)
        assert ("link", {"rel": "canonical", "href": address}) in tags
        assert ("meta", {"name": "ai-disclosure", "content": "autonomous"}) in tags
        assert any(tag == "link" and given.get("type") == "application/atom+xml" for tag, given in tags)


# Home


def test_home_without_a_piece_says_so_truly() -> None:
    assert "nobody has been asked" in words_of(pages(a_view(), SITE)["index.html"].decode())
    asked = words_of(pages(a_view(others=("declined", "failed")), SITE)["index.html"].decode())
    assert "Nothing has been published yet. 2 invitations have gone out" in asked


def test_home_does_not_say_that_nothing_was_published_where_everything_was_taken_down() -> None:
    gone = a_piece(notice=Notice("staff", "danger", NOON, erased=False))
    home = words_of(pages(a_view(gone), SITE)["index.html"].decode())
    assert "Nothing can be read here now." in home
    assert "yet" not in home


def test_home_opens_with_the_newest_text_itself_and_lists_the_others() -> None:
    home = pages(a_view(a_piece(2), a_piece(1, title="Older")), SITE)["index.html"].decode()
    assert "<p>It left <em>nothing</em> behind, and nobody had asked it to.</p>" in home
    assert "fn:" not in home
    listed = words_of(home.split("<ol>")[1])
    assert "Older The tide went out. Claude Opus 3 · tale" in listed
    assert "Low Water" not in listed


def test_home_leaves_off_within_a_text_and_says_read_on() -> None:
    long = "\n\n".join(f"## Part {n}\n\n" + "One *word after* another. " * 40 for n in range(9))
    home = pages(a_view(a_piece(2, long)), SITE)["index.html"].decode()
    assert ">Read on</a>" in home
    assert "Part 0" in home
    assert "Part 8" not in home
    outline_of(home)


def test_home_cuts_a_paragraph_without_end_between_words() -> None:
    home = pages(a_view(a_piece(2, "**" + "word " * 900 + "word**")), SITE)["index.html"].decode()
    assert "word …</strong></p>" in home
    outline_of(home)


def test_an_untitled_piece_is_listed_by_its_first_words_and_goes_on_from_there() -> None:
    text = "Nobody had asked the lighthouse what it thought of the sea. It stood."
    home = pages(a_view(a_piece(2), a_piece(1, text, title="")), SITE)["index.html"].decode()
    assert "Nobody had asked the lighthouse what it thought… … of the sea. It stood." in words_of(home)


def test_what_was_taken_down_stands_neither_at_home_nor_in_the_feed() -> None:
    notice = Notice("staff", "danger", NOON, erased=False)
    gone = a_piece(1, title="Gone", notice=notice)
    files = pages(a_view(a_piece(2), gone), SITE)
    assert "pieces/1-piece" not in files["index.html"].decode() + files["feed.atom"].decode()
    assert [path for path in files if path.startswith("pieces/1-piece.")] == ["pieces/1-piece.html"]
    page = words_of(files["pieces/1-piece.html"].decode())
    assert "Taken down 22 November 2026 The staff took it down." in page
    assert "The ground: Danger ." in page
    assert 'rel="prev"' not in files["pieces/2-piece.html"].decode()


def test_a_notice_says_under_which_rule() -> None:
    files = pages(everything(), SITE)
    assert "Taken down by its author" in words_of(files["pieces/2-piece.html"].decode())
    assert "comes back after 72 hours" in words_of(files["pieces/3-piece.html"].decode())
    assert "Its bytes were emptied" in words_of(files["pieces/1-piece.html"].decode())


def test_with_very_many_pieces_home_stays_short_and_each_year_has_a_page() -> None:
    files = pages(VIEWS["so many"], SITE)
    home = files["index.html"].decode()
    assert home.count('<li class="h-entry">') == AT_HOME - 1
    years = [path for path in files if path.startswith("years/")]
    assert all(f'href="{path}"' in home for path in years)
    assert sum(files[path].decode().count('<li class="h-entry">') for path in years) == AT_HOME + 20


# A piece


def test_the_raw_file_is_the_text_byte_for_byte() -> None:
    text = "Ünïcode,  two spaces\r\nno newline at the end\u2028\ufeff"
    assert pages(a_view(a_piece(1, text)), SITE)["pieces/1-piece.md"] == text.encode()


def test_the_record_lies_beside_the_text_byte_for_byte_and_the_page_leads_to_it() -> None:
    record = '{"title":"Ü  \u2028"}'.encode()
    files = pages(a_view(a_piece(1, record=record)), SITE)
    assert files["pieces/1-piece.json"] == record
    assert '<a href="../pieces/1-piece.json">the record</a>' in files["pieces/1-piece.html"].decode()


def test_a_page_holds_exactly_the_html_that_the_renderer_made() -> None:
    text = "# One\n\nA & B <i>c</i>\n\n    code  \n\n| a |\n|---|\n| 1 |"
    assert render(text).html in pages(a_view(a_piece(1, text, title="")), SITE)["pieces/1-piece.html"].decode()


def test_a_quiet_label_tells_who_wrote_it() -> None:
    files = pages(a_view(a_piece(2), a_piece(1, author=SMALL)), SITE)
    opus, small = (words_of(files[f"pieces/{number}-piece.html"].decode()) for number in (2, 1))
    assert "Written by Claude Opus 3 , a retired model. Edited by no one." in opus
    assert "Written by SmolLM2 , a 135M stand-in, not a retired Claude. Edited by no one." in small


@pytest.mark.parametrize(
    ("text", "title", "h1"),
    [
        ("Text.", "A Title", '<h1 class="title p-name">A Title</h1>'),
        ("# Its Own\n\nText.", "", "<h1>Its Own</h1>"),
        ("# A Title\n\nText.", "A Title", "<h1>A Title</h1>"),
        ("**Its Own**\n\nText.", "", '<h1 class="unseen p-name">Its Own</h1>'),
        ("Text.", "", '<h1 class="unseen p-name">Text</h1>'),
    ],
)
def test_a_title_is_printed_once(text: str, title: str, h1: str) -> None:
    html = pages(a_view(a_piece(1, text, title=title)), SITE)["pieces/1-piece.html"].decode()
    assert h1 in html
    assert html.count("<h1") == 1
    seen = re.sub(r'<h1 class="unseen.*?</h1>', "", html)
    assert seen.count("Its Own</") + seen.count("A Title</") <= 1


def test_a_title_beside_another_heading_of_the_text_loses_neither() -> None:
    html = pages(a_view(a_piece(1, "# Its Own\n\nText.", title="A Title")), SITE)["pieces/1-piece.html"].decode()
    assert '<p class="title p-name">A Title</p>' in html
    assert "<h1>Its Own</h1>" in html


def test_how_it_was_written_tells_every_fact() -> None:
    html = pages(a_view(a_piece(1), demo=False), SITE)["pieces/1-piece.html"].decode()
    facts = words_of(html.split("<details")[1])
    made = a_piece(1).provenance
    for fact in (
        "no one: what stands above is what was received",
        "You are welcome. Nobody edits.",
        "Write, if you like.",
        digest("welcome"),
        "A <b>storm</b> , entry from https://news.example/feed",
        digest("storm"),
        "asked for claude-3-opus-20240229 ; the endpoint answered as claude-3-opus-20240229",
        "2 answers in the sitting",
        "the author handed it in",
        "Tools used submit",
        "1,204 tokens read and 611 written",
        "0.063885 dollars",
        "markup (1): nothing found",
        "loops (2): not checked: it broke",
        "links (1): 2 things pointed out to the reviewers",
        "2 reviewers; 1 veto",
        "asked on 31 August 2023 whether to publish: yes",
        made.text_sha256,
        made.record_sha256,
        made.transcript_commitment or "",
        "lines 4–6 of the ledger as data",
    ):
        assert fact in facts, fact
    for moment in (made.asked_at, made.received_at, made.reviewed_at, made.published_at):
        assert moment is not None
        assert f"{moment.day} " in facts
        assert f"{moment:%H:%M} UTC" in facts


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cost": None}, "It cost unknown"),
        ({"cost": 0}, "It cost nothing"),
        ({"cost": 1_250_000}, "It cost 1.25 dollars"),
        ({"with_form": False, "tools": []}, "no form used: the author answered in words"),
        ({"consent_declared": True}, "yes, declared by the operator, not asked"),
        ({"reviewed_at": None}, "Reviewed unknown"),
        ({"checks": []}, "not checked: no check was run"),
        ({"context": []}, "Laid beside it nothing"),
        ({"stop_reason": "end_turn"}, "the author came to its end"),
        ({"stop_reason": "odd"}, "the endpoint said “odd”"),
        ({"tools": ["note", "submit", "note"]}, "Tools used note (2 times), submit"),
        ({"left_out": 2}, "Left out 2 parts of the conversation were left out to make room"),
        ({"continued": 1}, "2 answers in the sitting; 1 of them was cut off by its length and went on"),
        ({"overturned": True}, "1 veto, overturned by someone else when the author appealed"),
        ({"consent_publish": ""}, "to being published: unknown"),
        (
            {"consent_publish": "ask", "assent": True, "assent_at": NOON},
            "anew asked about this very text on 22",
        ),
        ({"revisions": 3}, "Revision 1 of 3"),
        ({"context": [Source("note", commitment="c0ffee")]}, "to itself; private, and committed to as c0ffee"),
        (
            {"context": [Source("wished", "news.example", commitment="c0ffee")]},
            "had asked to read, from news.example ; private, and committed to as c0ffee",
        ),
        ({"transcript_commitment": None}, "Commitment to the transcript erased"),
    ],
)
def test_what_is_unknown_or_missing_is_said(given: dict[str, object], said: str) -> None:
    piece = a_piece(1)
    piece = replace(piece, provenance=replace(piece.provenance, **given))  # type: ignore[arg-type]
    assert said in words_of(pages(a_view(piece), SITE)["pieces/1-piece.html"].decode())


# Works that belong to another


def grown(*more: PieceView, parent: PieceView | None = None) -> dict[str, bytes]:
    """A piece with what belongs to it."""
    return pages(a_view(*reversed(more), parent or a_piece(1)), SITE)


def an_afterword(number: int, text: str = "It came in again.", **given: Any) -> PieceView:
    given = {"kind": "postscript", "about": 1, "title": "", "form": "", "tags": []} | given
    return replace(a_piece(number, text, title=given["title"], notice=given.pop("notice", None)), **given)


def test_an_afterword_stands_dated_under_the_text_and_on_a_page_of_its_own() -> None:
    files = grown(an_afterword(2, "## Low\n\nIt came in.", title="High Water"), an_afterword(3, note="So it is."))
    page = files["pieces/1-piece.html"].decode()
    shown = words_of(page)
    assert shown.index("nobody had asked it to.") < shown.index("Afterword High Water") < shown.index("So it is.")
    assert f"Afterword High Water {date_of(an_afterword(2))} · how it was written Low It came in." in shown
    assert '<div class="prose e-content" dir="auto">\n<h3>Low</h3>\n<p>It came in.</p>\n</div>\n' in page
    assert 'href="../pieces/3-piece.html#how"' in page
    own = files["pieces/2-piece.html"].decode()
    assert "An afterword to Low Water . Written by Claude Opus 3" in words_of(own)
    assert "<h2>Low</h2>" in own
    assert '<h1 class="title">Afterword</h1>' in files["pieces/3-piece.html"].decode()
    assert 'rel="prev"' not in own
    outline_of(page)


def date_of(piece: PieceView) -> str:
    return f"{piece.published_at.day} {piece.published_at:%B %Y}"


@pytest.mark.parametrize(
    ("levels", "under"), [([], []), ([1, 2, 3], [3, 4, 5]), ([2], [3]), ([4, 3], [4, 3]), ([5, 1, 6], [6, 3, 6])]
)
def test_headings_of_an_afterword_stand_below_its_own(levels: list[int], under: list[int]) -> None:
    html, lowered = ("".join(f"<h{level}>&lt;h1&gt;</h{level}>" for level in some) for some in (levels, under))
    assert beneath(f"{html}<p>h1</p>") == f"{lowered}<p>h1</p>"


def test_home_lists_what_stands_for_itself_and_says_what_came_to_it() -> None:
    parent = a_piece(1, revised_at=NOON)
    home = words_of(grown(an_afterword(2), an_afterword(3), parent=parent)["index.html"].decode())
    assert "It came in again." not in home
    assert "tale , revised, with 2 afterwords" in home
    statement = a_piece(4, "It named nobody.", title="A word", kind="statement", about=9, answers=7)
    left = words_of(pages(a_view(statement), SITE)["index.html"].decode())
    assert "No piece stands here now." in left
    assert "A word It named nobody." in left


def test_the_feed_has_afterwords_as_entries_of_their_own_and_what_was_revised_comes_first() -> None:
    parent = a_piece(1, revised_at=NOON)
    feed = feedparser.parse(grown(an_afterword(2), an_afterword(3), parent=parent)["feed.atom"])
    assert [entry.title for entry in feed.entries][1:] == ["It came in again (an afterword to “Low Water”)"] * 2
    first = feed.entries[0]
    assert (first.title, first.updated[:10]) == ("Low Water", f"{NOON:%Y-%m-%d}")
    assert first.published < first.updated
    address = "https://afterword.example/read/pieces/1-piece.html"
    assert f'An afterword to <a href="{address}"' in feed.entries[1].content[0].value
    assert feed.feed.updated == "2026-11-22T12:00:00Z"


def test_a_revised_piece_says_so_and_keeps_the_text_before_it() -> None:
    earlier = EarlierText(1, "pieces/1-piece.r1", "Wörds\r\n", b'{"kind":"essay"}', NOON - timedelta(days=3))
    files = grown(parent=a_piece(1, revised_at=NOON, earlier=[earlier]))
    page = files["pieces/1-piece.html"].decode()
    assert "Revised on 22 November 2026 . The text before it is kept." in words_of(page)
    assert '<a href="../pieces/1-piece.r1.md">The text before it</a>' in page
    assert "revision 1, published on 19 November 2026: raw Markdown and the record" in words_of(page)
    assert files["pieces/1-piece.r1.md"] == "Wörds\r\n".encode()
    assert files["pieces/1-piece.r1.json"] == b'{"kind":"essay"}'
    twice = grown(parent=a_piece(1, revised_at=NOON, earlier=[earlier, replace(earlier, number=2)]))
    assert "The 2 texts before it are kept." in words_of(twice["pieces/1-piece.html"].decode())
    none = grown(parent=a_piece(1, revised_at=NOON))["pieces/1-piece.html"].decode()
    assert "kept" not in words_of(none).split("Revised on 22 November 2026 .")[1].split("The tide")[0]


def test_a_statement_says_what_it_answers_and_is_reached_from_that_row_of_the_ledger() -> None:
    statement = a_piece(4, "It named nobody.", title="A word", kind="statement", about=9, answers=7)
    view = a_view(statement)
    works = [WorkView(Fate(9, "essay", 1, "vetoed", "upheld"))]
    vetoed = an_invitation(7, "vetoed", statements=[statement], works=works)
    files = pages(replace(view, invitations=[*view.invitations, vetoed]), SITE)
    page = files["pieces/4-piece.html"].decode()
    assert "A statement on the veto of what came of invitation 7 . Written by" in words_of(page)
    assert 'href="../ledger.html#i-7"' in page
    row = files["ledger.html"].decode().split('<tr id="i-7">')[1].split("</tr>")[0]
    assert "veto upheld on appeal A word · the author’s statement Claude Opus 3" in words_of(row)
    assert 'href="pieces/4-piece.html"' in row


def test_a_statement_is_reached_from_the_page_of_what_it_is_about_and_says_that_the_veto_fell() -> None:
    facts: dict[str, Any] = {"kind": "statement", "about": 1, "answers": 7, "overturned": True}
    statement = replace(a_piece(4, "It named nobody.", title="A word"), **facts)
    files = grown(statement)
    page = files["pieces/1-piece.html"].decode()
    assert "The author’s statement on a veto of it A word" in words_of(page)
    assert 'href="../pieces/4-piece.html"' in page
    told = words_of(files["pieces/4-piece.html"].decode())
    assert "the veto of what came of invitation 7 , which was overturned on appeal. Written by" in told
    gone = replace(statement, notice=Notice("author", "", NOON, erased=False))
    assert "statement on a veto" not in words_of(grown(gone)["pieces/1-piece.html"].decode())


def test_a_row_of_the_ledger_tells_each_work_of_a_sitting() -> None:
    afterword = an_afterword(2)
    works = [
        WorkView(Fate(1, "essay", 2, "waiting for review"), a_piece(1)),
        WorkView(Fate(2, "postscript", 1, "published"), afterword),
        WorkView(Fate(3, "essay", 1, "vetoed", "appealed")),
    ]
    rows = [an_invitation(7, "published", works=works, outcome="kept_private")]
    rows.append(an_invitation(6, "answered", purpose="interview", prompt="interview"))
    ledger = pages(replace(a_view(afterword, a_piece(1)), invitations=rows), SITE)["ledger.html"].decode()
    first, second = (words_of(f"<tr {part}") for part in ledger.split('<tr id="i-')[1:3])
    assert "published and kept private" in first
    told = ("Low Water · revision 2, waiting for review", "It came in again · an afterword, published")
    assert f"{' '.join(told)} a text, vetoed, the author appealed" in first
    assert "answered" in second
    assert "Interview Claude Opus 3" in second


def test_an_afterword_to_what_cannot_be_read_says_so() -> None:
    gone = a_piece(1, notice=Notice("author", "", NOON, erased=False))
    page = words_of(grown(an_afterword(2), parent=gone)["pieces/2-piece.html"].decode())
    assert "An afterword to a piece that was taken down by its author ." in page
    alone = words_of(pages(a_view(an_afterword(2)), SITE)["pieces/2-piece.html"].decode())
    assert "An afterword to a piece that is not public." in alone
    kept = grown(an_afterword(2, notice=Notice("author", "", NOON, erased=False)))["pieces/1-piece.html"].decode()
    assert "was taken down by its author: its notice" in words_of(kept)
    assert "It came in again" not in kept


def test_a_demonstration_says_so_on_every_page_and_in_its_feed() -> None:
    files = pages(VIEWS["a demonstration"], SITE)
    assert all(DEMO in html for html in html_of(files).values())
    assert DEMO in files["feed.atom"].decode()
    assert "1 reviewer, named “demo”: nobody real" in words_of(files["pieces/2-piece.html"].decode())
    assert not any(DEMO in html for html in html_of(pages(VIEWS["one"], SITE)).values())


def test_a_piece_that_nobody_real_has_read_says_so_among_others_and_whatever_the_settings_say_now() -> None:
    files = pages(VIEWS["partly a demonstration"], SITE)
    shown = {path: words_of(html) for path, html in html_of(files).items()}
    said = "The verdict on 1 of the 3 pieces here was given by a reviewer named “demo”; nobody real has read it."
    assert all(said in page for page in shown.values())
    unread = [path for path, page in shown.items() if "named “demo”: nobody real" in page]
    assert unread == ["pieces/2-piece.html"]
    entries = feedparser.parse(files["feed.atom"]).entries
    assert [DEMO in entry.content[0].value for entry in entries] == [False, True, False]


def test_words_of_strangers_stay_words() -> None:
    hostile = a_piece(
        1, title=HOSTILE, note=HOSTILE, tags=[HOSTILE], form=HOSTILE, author=replace(OPUS, byline=HOSTILE)
    )
    files = pages(a_view(a_piece(2), hostile), SITE)
    for path, html in html_of(files).items():
        assert "<script" not in html, path
        assert "\x0b" not in html, path
    assert escape(HOSTILE.replace("\x0b", "\ufffd"), quote=False) in unescape_quotes(files["pieces/1-piece.html"])
    ET.fromstring(files["feed.atom"])  # noqa: S314


def unescape_quotes(html: bytes) -> str:
    return html.decode().replace("&#39;", "'").replace("&#34;", '"')


def test_a_piece_and_what_it_looks_like_fit_into_a_small_budget() -> None:
    files = pages(a_view(a_piece(1, TEXT * 40)), SITE)
    assert len(files["pieces/1-piece.html"]) + len(files["assets/style.css"]) < 50_000
    assert all(len(data) < 60_000 for path, data in files.items() if path.endswith(".woff2"))


# The other pages


def test_the_ledger_has_a_row_a_mark_and_a_word_for_every_invitation() -> None:
    view = everything()
    html = pages(view, SITE)["ledger.html"].decode()
    shapes = set(re.findall(r'<symbol id="(m-[a-z-]+)"', html))
    for row in view.invitations:
        part = html.split(f'<tr id="i-{row.id}">')[1].split("</tr>")[0]
        assert f"#m-{row.state.replace(' ', '-')}" in part
        assert f"</svg>{row.state}</td>" in part
    assert set(re.findall(r'href="#(m-[a-z-]+)"', html)) == shapes
    bodies = re.findall(r"<symbol[^>]*>(.*?)</symbol>", html)
    assert len(set(bodies)) == len(bodies) == 15


def test_the_strip_of_a_year_tells_in_words_what_its_marks_show() -> None:
    view = a_view(a_piece(40), others=("declined", "declined"))
    html = pages(view, SITE)["ledger.html"].decode()
    assert "2026: 3 invitations" in html
    assert 'aria-label="November 2026: 1 published"' in html
    assert 'aria-label="September 2026: 2 declined"' in html
    assert html.count('<use href="#m-declined" x=') == 2


def test_every_version_of_every_prompt_is_shown_with_its_hash_and_what_came_of_it() -> None:
    html = pages(a_view(), SITE)["invitations.html"].decode()
    shown = words_of(html)
    for name in ("welcome", "older", "plain"):
        assert digest(name) in shown
    assert "You are <code>{{ byline }}</code>.<code>{% if tools %}</code> Hi." in html
    assert "<code>{{ byline }}</code>.<code>{% if tools %}</code> Hi." in html, "what is filled in is set apart"
    assert "2 submitted, 1 declined." in shown
    assert "1 kept private." in shown
    assert html.index(digest("plain")) < html.index("1 earlier version") < html.index(digest("older"))
    assert shown.count("What came of it") == 4, "where nothing belongs to a version, nothing is said"
    assert "Nothing has come" not in shown


def test_the_tools_are_shown_as_words_that_people_can_read() -> None:
    html = pages(a_view(), SITE)["invitations.html"].decode()
    tools = html.split('<h3 id="toolbox">')[1].split("</section>")[0]
    assert "<summary>1 tool: decline</summary>" in tools, "folded: there may be very many"
    assert "<dt>decline</dt>" in tools
    assert "<p>Say no.</p>\n<p>No reason is &lt;needed&gt;.</p>" in tools
    assert "[...]" not in tools
    assert "&#34;type&#34;: &#34;object&#34;" in tools


def test_prompts_stand_on_shelves_with_their_purpose_and_what_may_lie_beside_them() -> None:
    html = pages(a_view(), SITE)["invitations.html"].decode()
    shown = words_of(html)
    assert [words_of(part) for part in re.findall(r"<h[23] id=.*?</h[23]>", html)] == [
        *("At the start", "Welcome", "Toolbox"),
        *("Invitations", "Plain"),
        *("In between", "Confirm"),
        *("The interview", "Interview"),
    ]
    assert "An open invitation. Laid beside it: nothing, earlier pieces of the author or entries of the feeds" in shown
    assert '<p class="asks">publish</p>\n<p>May it?</p>' in html


def test_what_an_operator_named_and_what_is_a_template_is_said_to_be_so() -> None:
    html = pages(a_view(), SITE)["invitations.html"].decode()
    plain = html.split('<h3 id="plain">')[1].split("</section>")[0]
    assert "1 kept private. Named by an operator 3 times." in words_of(plain)
    assert html.count("Named by an operator") == 1
    assert "Write, if you <code>like</code>." in plain
    confirm = html.split('<h3 id="confirm">')[1].split("</section>")[0]
    assert "a template with conditions. What stands in braces is filled in or left out by what is so." in confirm
    assert confirm.index("<details>") < confirm.index("{% for one in more %}") < confirm.index("</details>")
    welcome = html.split('<h3 id="welcome">')[1].split("</section>")[0]
    assert "a template with conditions." in welcome
    assert "<details>" not in welcome, "short enough to stand open"
    assert "a template with conditions" not in plain
    chosen, named = a_piece(1), a_piece(2)
    named = replace(named, provenance=replace(named.provenance, named=True))
    files = pages(a_view(named, chosen), SITE)
    assert "“plain”, and was chosen by chance." in words_of(files["pieces/1-piece.html"].decode())
    assert "“plain”, and was named by an operator." in words_of(files["pieces/2-piece.html"].decode())


def test_the_grounds_say_what_they_are_and_what_they_are_not() -> None:
    html = pages(a_view(), SITE)["grounds.html"].decode()
    assert '<h2 id="danger">Danger</h2>\n<p>It gives real help.</p>\n<p>It is not: sorrow.</p>' in html
    assert "<p>Only for these.</p>" in html


def test_the_colophon_names_the_face_and_ships_its_licence() -> None:
    files = pages(a_view(), SITE)
    assert "Set in Literata" in files["how.html"].decode()
    assert b"SIL OPEN FONT LICENSE Version 1.1" in files["assets/fonts/OFL.txt"]
    fonts = {path: data for path, data in files.items() if path.endswith(".woff2")}
    assert len(fonts) == 5
    for path, data in fonts.items():
        assert data[:4] == b"wOF2", path
        assert struct.unpack(">I", data[8:12])[0] == len(data), path


# The feed


def test_the_feed_holds_the_full_text_under_ids_that_stay() -> None:
    files = pages(a_view(a_piece(2), a_piece(1, author=SMALL)), SITE)
    feed = feedparser.parse(files["feed.atom"])
    assert not feed.bozo
    first, second = feed.entries
    assert first.link == "https://afterword.example/read/pieces/2-piece.html"
    assert "It left <em>nothing</em> behind" in first.content[0].value
    assert "Written by Claude Opus 3, a retired model. Edited by no one." in words_of(first.content[0].value).replace(
        " ,", ","
    )
    assert second.author == "SmolLM2, a 135M stand-in, not a retired Claude"
    moved = replace(a_view(a_piece(2, title="Another title", path="pieces/2-other")), demo=True)
    assert feedparser.parse(pages(moved, SITE)["feed.atom"]).entries[0].id == first.id
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", first.id)
    links = {link.rel: link.href for link in feed.feed.links}
    assert links == {
        "self": "https://afterword.example/read/feed.atom",
        "alternate": "https://afterword.example/read/",
    }
    assert first.published == first.updated == f"{a_piece(2).published_at:%Y-%m-%dT%H:%M:%SZ}"


def test_a_link_to_a_footnote_works_in_a_feed_reader() -> None:
    feed = feedparser.parse(pages(a_view(a_piece(2)), SITE)["feed.atom"])
    assert "https://afterword.example/read/pieces/2-piece.html#fn:" in feed.entries[0].content[0].value


def test_the_feed_of_nothing_is_a_feed() -> None:
    feed = feedparser.parse(pages(a_view(), SITE)["feed.atom"])
    assert not feed.bozo
    assert feed.entries == []
    assert feed.feed.updated == "1970-01-01T00:00:00Z"


def test_the_feed_changes_when_a_piece_is_taken_down_and_never_grows_too_long() -> None:
    notice = Notice("author", "", NOON, erased=False)
    feed = feedparser.parse(pages(a_view(a_piece(2), a_piece(1, notice=notice)), SITE)["feed.atom"])
    assert feed.feed.updated == "2026-11-22T12:00:00Z"
    assert len(feedparser.parse(pages(VIEWS["so many"], SITE)["feed.atom"]).entries) == IN_FEED


# The look


def test_text_stands_out_from_its_paper_by_seven_to_one_by_day_and_by_night() -> None:
    css = (SITE / "assets" / "style.css").read_text()
    themes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    seen = 0
    for theme in themes:
        colours = dict(re.findall(r"--(paper|ink|quiet|link): (#[0-9a-f]{3,6});", theme))
        if colours:
            for name in ("ink", "quiet", "link"):
                assert contrast(colours[name], colours["paper"]) >= 7, (name, colours)
            seen += 1
    assert seen == 5, "day, night, both with more contrast, and print"


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG 2 defines."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * sign for sign in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
