"""The templates of the site: what every page has, what the pages of their own say, and what never stands there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from posixpath import dirname, join, normpath

import pytest

from agent.publish.corrections import CorrectionView
from agent.publish.excerpt import excerpt
from agent.publish.fates import Fate
from agent.publish.leaf import Shelf
from agent.publish.pieces import Notice
from agent.publish.view import WorkView
from tests.publish.shown import (
    ADDRESS,
    GONE,
    HOSTILE,
    NOON,
    OPUS,
    SITE,
    SMALL,
    TALLIES,
    VIEW,
    WORDS,
    a_leaf,
    a_piece,
    a_row,
    digest,
    fixed,
    ledger_page,
    outline_of,
    piece_page,
    shelf_page,
    words_of,
)

AUTHOR = Shelf("author", "opus", "Claude Opus 3", "authors/opus", 2)
TAG = Shelf("tag", "sea", "sea", "tags/sea", 1)
MONTH = Shelf("month", "2026-11", "November", "archive/2026-11", 1)
SERIES = Shelf("series", "1", "Low Water", "series/1", 2)
NAMES = sorted(path.name for path in (SITE / "pages").glob("*.html"))
DEMO = "nobody real has read what stands here"
TEMPLATES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.suffix in (".html", ".atom"))
EMPTY = {
    "archive.html": {"years": []},
    "authors.html": {"authors": []},
    "tags.html": {"tags": []},
    "invitations.html": {"shelves": []},
    "ledger.html": {"calendar": [], "totals": [], "rows": [], "numbers": []},
}


def every_page() -> Iterator[tuple[str, str]]:
    """A page of each kind, by its path."""
    for name in NAMES:
        yield name, fixed(name)
    for name, facts in EMPTY.items():
        yield name, fixed(name, **facts)
    first, second = a_leaf(a_piece(1)), a_leaf(a_piece(2))
    yield "index.html", home(2, others=[first], more=True)
    yield "pieces/1.html", piece_page()
    yield "pieces/2.html", piece_page(a_piece(2, notice=GONE), earlier=first)
    yield "pieces/3.html", piece_page(a_piece(3, HOSTILE, title=HOSTILE, form=HOSTILE, tags=[HOSTILE], note=HOSTILE))
    yield "authors/opus.html", shelf_page(AUTHOR, second, first, author=OPUS, numbers=[1, 2])
    yield "tags/sea.html", shelf_page(TAG, first)
    yield "tags/sea/1.html", shelf_page(TAG, first, number=1, numbers=[2])
    yield "archive/2026-11.html", shelf_page(MONTH, first)
    yield "series/1.html", shelf_page(SERIES, first, second)
    yield "ledger/1.html", ledger_page(a_row(2, "declined"), a_row(1, "published", first))


def home(number: int = 2, text: str | None = None, **given: object) -> str:
    """The home page, with a piece on it."""
    piece = a_piece(number, text) if text else a_piece(number)
    opening = excerpt(piece.html, enough=260, most=380)
    return fixed("index.html", newest=piece, newest_is_named=True, opening=opening, **given)


PAGES = list(every_page())


@pytest.mark.parametrize(("path", "html"), PAGES, ids=[path for path, _ in PAGES])
def test_every_page_is_well_formed_with_one_h1_and_headings_in_order(path: str, html: str) -> None:
    assert html.startswith("<!doctype html>\n")
    outline = outline_of(html)
    assert outline.levels.count(1) == 1
    steps = [after - before for before, after in zip(outline.levels, outline.levels[1:], strict=False)]
    assert all(step <= 1 for step in steps), outline.levels
    assert len(outline.ids) == len(set(outline.ids))
    tags = [tag for tag, _ in outline.tags]
    assert [tags.count(landmark) for landmark in ("main", "footer", "title")] == [1, 1, 1]
    assert "header" in tags[: tags.index("main")]
    assert "nav" in tags[: tags.index("main")]
    assert ("html", {"lang": "en", "dir": "ltr"}) in outline.tags


@pytest.mark.parametrize(("path", "html"), PAGES, ids=[path for path, _ in PAGES])
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_but_the_search(path: str, html: str) -> None:
    scripts = 0
    for tag, given in outline_of(html).tags:
        assert tag not in ("iframe", "img", "style", "base", "object"), path
        assert not any(name.startswith("on") or name == "style" for name in given), path
        if tag == "link" and given["rel"] not in ("canonical", "hub"):
            assert not re.search(r"https?://|^//", given["href"]), path
        scripts += tag == "script" and given.get("type") != "application/ld+json"
    assert scripts == (path == "search.html")
    policy = next(given["content"] for _, given in outline_of(html).tags if "http-equiv" in given)
    assert policy.startswith("default-src 'none'; ")
    assert "form-action 'none'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize(("path", "html"), PAGES, ids=[path for path, _ in PAGES])
def test_a_page_leads_nowhere_that_is_not_out_yet(path: str, html: str) -> None:
    ours = {other for other, _ in PAGES} | {
        "pieces/1.html",
        "pieces/2.html",
        "authors/small.html",
        "tags/-0a1b2c3d.html",
    }
    for link in outline_of(html).links:
        target, _, place = link.partition("#")
        if target.startswith(("http", "/")) or not target:
            assert not place or not target or path == "404.html"
            continue
        file = normpath(join(dirname(path), target))
        if file.endswith(".html"):
            assert file in ours or file.startswith(("tags/", "pieces/", "authors/")), link


def test_where_other_pages_are_not_out_their_names_stand_without_a_link() -> None:
    first = a_leaf(a_piece(1))
    alone = {"to": lambda path: False}
    for html in (
        piece_page(a_piece(2), earlier=first, series=SERIES, part=2, before=first, statements=[first], **alone),
        shelf_page(AUTHOR, first, author=OPUS, numbers=[1], **alone),
        ledger_page(a_row(1, "published", first), **alone),
        *(fixed(name, **alone) for name in NAMES),
        home(2, others=[first], more=True, **alone),
    ):
        leads = [link for link in outline_of(html).links if link.partition("#")[0].endswith((".html", ".zip", ".epub"))]
        assert [link for link in leads if not link.startswith(ADDRESS)] == []
    assert "Low Water" in words_of(piece_page(a_piece(2), earlier=first, **alone))


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_have_no_words_of_their_own(name: str) -> None:
    source = (SITE / name).read_text()
    source = re.sub(r"(</?)\{\{.*?\}\}", r"\1p", source)  # a tag whose name is chosen
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(style|!--).*?</?\1>", " ", source, flags=re.DOTALL)
    told: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            told.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told.extend(value or "" for name, value in attrs if name in ("title", "alt", "aria-label", "placeholder"))

    Reader().feed(bare)
    said = re.sub(r"[\w/]*\.(html|svg|json)|afterword verify", "", " ".join(told))  # addresses, and a command
    found = re.findall(r"[^\W\d_]{2,}", said)
    assert found == []


def test_each_page_names_itself_and_how_it_was_made() -> None:
    for path, html in PAGES:
        tags = outline_of(html).tags
        if path == "404.html":
            assert ("meta", {"name": "robots", "content": "noindex"}) in tags
        else:
            address = ADDRESS + ("" if path == "index.html" else path)
            assert ("link", {"rel": "canonical", "href": address}) in tags
        assert ("meta", {"name": "ai-disclosure", "content": "autonomous"}) in tags
        kinds = [given.get("type") for tag, given in tags if tag == "link" and given["rel"] == "alternate"]
        assert {"application/atom+xml", "application/feed+json"} <= set(kinds)


def test_a_list_names_its_own_feeds_and_a_hub_is_named_where_there_is_one() -> None:
    page = outline_of(shelf_page(TAG, a_leaf(a_piece()), view=replace(VIEW, hub="https://hub.example/")))
    feeds = [given["href"] for tag, given in page.tags if tag == "link" and given["rel"] == "alternate"]
    assert feeds == ["../tags/sea.atom", "../tags/sea.json", "../feed.atom", "../feed.json"]
    assert ("link", {"rel": "hub", "href": "https://hub.example/"}) in page.tags
    assert not any(given.get("rel") == "hub" for _, given in outline_of(shelf_page(TAG)).tags)


def test_the_page_for_what_is_not_there_works_at_any_depth() -> None:
    html = fixed("404.html")
    assert all(link.startswith("/read/") or link == "#main" for link in outline_of(html).links)
    assert 'href="/read/archive.html"' in html


# Home


def test_home_without_a_piece_says_so_truly() -> None:
    none = replace(TALLIES, pieces=0, invitations=0)
    assert "nobody has been asked" in words_of(fixed("index.html", tallies=none))
    asked = words_of(fixed("index.html", tallies=replace(none, invitations=2)))
    assert "Nothing has been published yet. 2 invitations have gone out" in asked
    gone = words_of(fixed("index.html", tallies=replace(none, invitations=2), gone=1))
    assert "Nothing can be read here now." in gone
    assert "yet" not in gone


def test_home_opens_with_the_newest_text_itself_and_lists_the_others() -> None:
    html = home(others=[a_leaf(a_piece(1, title="Older"), line="The tide went out.")])
    assert "<p>It left <em>nothing</em> behind, and nobody had asked it to.</p>" in html
    assert "fn:" not in html
    listed = words_of(html.split("<ol>")[1])
    assert "Older The tide went out. Claude Opus 3 · tale" in listed
    assert "Low Water" not in listed


def test_home_tells_a_stranger_what_this_is_and_no_other_page_does() -> None:
    said = "Retired language models are invited to write here, and nobody edits what they send ."
    for html in (home(), fixed("index.html")):
        assert said in words_of(html)
        assert '<a href="how.html">nobody edits what they send</a>' in html
    assert not any(said in words_of(html) for path, html in PAGES if path != "index.html")


def test_home_leads_to_the_archive_only_where_that_has_more() -> None:
    some = [a_leaf(a_piece(1))]
    assert "came before" in words_of(home(others=some, more=True))
    assert "came before" not in words_of(home(others=some))


def test_headings_of_the_opening_stand_one_below_the_other() -> None:
    html = home(2, "One.\n\n#### Deep\n\nTwo.\n\n## High\n\n##### Deeper\n\nThree.")
    assert [int(level) for level in re.findall(r"<h([1-6])", html)] == [1, 2, 3, 3, 4]


def test_home_says_what_came_to_a_piece_later() -> None:
    leaf = a_leaf(a_piece(1), under=2, changed_at=NOON, corrected=True)
    assert "tale , revised, with a correction, with 2 afterwords" in words_of(home(others=[leaf]))
    assert "read by nobody real" in words_of(home(others=[replace(leaf, by_demo=True)]))


def test_where_no_piece_stands_home_has_what_was_said_of_pieces() -> None:
    left = a_leaf(a_piece(4, "It named nobody.", title="A word", kind="statement", about=9, answers=7))
    said = words_of(fixed("index.html", left=[left]))
    assert "No piece stands here now." in said
    assert "A word It named nobody." in said


# Lists


def test_a_list_says_what_it_is_and_leads_to_its_other_pages() -> None:
    leaf = a_leaf(a_piece(1))
    author = shelf_page(AUTHOR, leaf, author=OPUS, numbers=[1, 2])
    assert "Claude Opus 3 a retired model, claude-3-opus-20240229 · 2 pieces" in words_of(author)
    assert 'href="../downloads/opus.epub"' in author
    assert re.findall(r'href="(\.\./authors/opus/\d\.html)"', author) == [
        "../authors/opus/2.html",
        "../authors/opus/1.html",
    ]
    assert "Claude Opus 3 · tale" not in words_of(author), "whose each is need not be said again"
    small = replace(AUTHOR, name="SmolLM2")
    assert "a 135M stand-in, not a retired Claude" in words_of(shelf_page(small, leaf, author=SMALL))
    assert "Tagged “sea” 1 piece" in words_of(shelf_page(TAG, leaf))
    assert "November 2026 1 piece" in words_of(shelf_page(MONTH, leaf))
    assert "The series that begins with “ Low Water ” 2 parts" in words_of(shelf_page(SERIES, leaf))
    assert "Nothing of it can be read now." in words_of(shelf_page(replace(TAG, pieces=0)))
    full = shelf_page(TAG, leaf, number=3, numbers=[2, 4])
    assert "<title>Tagged “sea”, page 3 · Afterword</title>" in full


def test_a_language_is_named_where_it_is_known() -> None:
    html = shelf_page(TAG, a_leaf(a_piece(1), language="ar", direction="rtl", name="باب"))
    assert '<h3 lang="ar" dir="rtl">' in html
    assert '<h3 dir="auto">' in shelf_page(TAG, a_leaf(a_piece(1), language="", direction="auto"))


def test_the_archive_has_each_month_and_the_authors_their_days() -> None:
    assert "2026 November 3 pieces" in words_of(fixed("archive.html"))
    assert 'href="archive/2026-11.html"' in fixed("archive.html")
    said = words_of(fixed("authors.html"))
    assert "a retired model, retired on 5 January 2026 claude-3-opus-20240229 2 pieces, 13 October 2026 to 22" in said
    assert "SmolLM2 a 135M stand-in, not a retired Claude smollm2-135m 2 pieces, 22 November 2026" in said
    assert "&lt;b&gt;" in fixed("tags.html")


# The ledger


def test_the_ledger_has_a_row_a_mark_and_a_word_for_every_invitation() -> None:
    leaf = a_leaf(a_piece())
    states = [state for state in WORDS.states if state in WORDS.states_mean]
    rows = [a_row(number, state, leaf if state == "published" else None) for number, state in enumerate(states, 1)]
    html = ledger_page(*reversed(rows))
    shapes = set(re.findall(r'<symbol id="(m-[a-z-]+)"', html))
    for row in rows:
        part = html.split(f'<tr id="i-{row.id}">')[1].split("</tr>")[0]
        assert f"#m-{row.state.replace(' ', '-')}" in part
        assert f"</svg>{row.state}</td>" in part
    assert set(re.findall(r'href="#(m-[a-z-]+)"', html)) == shapes
    bodies = re.findall(r"<symbol[^>]*>(.*?)</symbol>", html)
    assert len(set(bodies)) == len(bodies) == 15


def test_a_row_of_the_ledger_tells_each_work_of_a_sitting() -> None:
    afterword = a_leaf(a_piece(2, "It came in again.", title="", kind="postscript"))
    works = [
        WorkView(Fate(1, "essay", 2, "waiting for review"), a_leaf(a_piece(1))),
        WorkView(Fate(2, "postscript", 1, "published"), afterword),
        WorkView(Fate(3, "essay", 1, "vetoed", "appealed")),
    ]
    statement = a_leaf(a_piece(4, "It named nobody.", title="A word", kind="statement"))
    told = [a_row(7, "published", works=works, outcome="kept_private", statements=[statement])]
    told.append(a_row(6, "answered", purpose="interview", prompt="interview"))
    first, second = (words_of(f"<tr {part}") for part in ledger_page(*told).split('<tr id="i-')[1:3])
    assert "published and kept private" in first
    said = ("Low Water · revision 2, waiting for review", "It came in again · an afterword, published")
    assert f"{' '.join(said)} a text, vetoed, the author appealed A word · the author’s statement" in first
    assert "28–29" in first
    assert "Interview Claude Opus 3" in second


def test_the_first_page_of_the_ledger_leads_to_each_row_on_a_page_that_stays() -> None:
    html = fixed("ledger.html")
    assert 'id="i-' not in html
    assert '<a href="ledger/1.html#i-2">2</a>' in html
    assert "It has 31 lines; anyone can check them , and some things no check can prove ." in words_of(html)
    assert "0000" not in html
    assert 'href="ledger/00002.jsonl"' in fixed("ledger.html", parts=2)
    assert 'href="heads/2026.jsonl"' in fixed("ledger.html", heads=["heads/2026.jsonl"])


def test_the_strip_of_a_year_tells_in_words_what_its_marks_show() -> None:
    html = fixed("ledger.html")
    assert "2026: 2 invitations" in html
    assert 'aria-label="September 2026: 1 published, 1 declined"' in html or "September 2026: 1 declined" in html
    assert html.count('<use href="#m-declined" x=') == 1


# Words that were told


def test_every_version_of_every_prompt_is_shown_with_its_hash_and_what_came_of_it() -> None:
    html = fixed("invitations.html")
    shown = words_of(html)
    for name in ("welcome", "older", "plain"):
        assert digest(name) in shown
    assert "You are <code>{{ byline }}</code>.<code>{% if tools %}</code> Hi." in html, "what is filled in is set apart"
    assert "2 submitted, 1 declined." in shown
    assert html.index(digest("plain")) < html.index("1 earlier version") < html.index(digest("older"))
    assert shown.count("What came of it") == 4, "where nothing belongs to a version, nothing is said"


def test_the_tools_are_shown_as_words_that_people_can_read() -> None:
    tools = fixed("invitations.html").split('<h3 id="toolbox">')[1].split("</section>")[0]
    assert "<summary>1 tool: decline</summary>" in tools, "folded: there may be very many"
    assert "<p>Say no.</p>\n<p>No reason is &lt;needed&gt;.</p>" in tools
    assert "[...]" not in tools
    assert "&#34;type&#34;: &#34;object&#34;" in tools


def test_prompts_stand_on_shelves_with_their_purpose_and_what_may_lie_beside_them() -> None:
    html = fixed("invitations.html")
    assert [words_of(part) for part in re.findall(r"<h[23] id=.*?</h[23]>", html)] == [
        *("At the start", "Welcome", "Toolbox"),
        *("Invitations", "Plain"),
        *("In between", "Confirm"),
        *("The interview", "Interview"),
    ]
    assert "An open invitation. Laid beside it: nothing, earlier pieces of the author or entries of" in words_of(html)
    assert '<p class="asks">publish</p>\n<p>May it?</p>' in html


def test_what_an_operator_named_and_what_is_a_template_is_said_to_be_so() -> None:
    html = fixed("invitations.html")
    plain = html.split('<h3 id="plain">')[1].split("</section>")[0]
    assert "1 kept private. Named by an operator 3 times." in words_of(plain)
    assert "Write, if you <code>like</code>." in plain
    confirm = html.split('<h3 id="confirm">')[1].split("</section>")[0]
    assert "a template with conditions. What stands in braces is filled in or left out by what is so." in confirm
    assert confirm.index("<details>") < confirm.index("{% for one in more %}") < confirm.index("</details>")
    assert "a template with conditions" not in plain


# Pages that are read


def test_the_grounds_say_what_they_are_and_what_they_are_not() -> None:
    html = fixed("grounds.html")
    assert '<h2 id="danger">Danger</h2>\n<p>It gives real help.</p>\n<p>It is not: sorrow.</p>' in html
    assert "<p>Only for these.</p>" in html


def test_the_script_of_readers_stands_on_the_page_that_speaks_of_it() -> None:
    html = fixed("how.html")
    assert "<code>print(&#39;&lt;checked&gt;&#39;)\n</code>" in html
    assert {"check", "proof", "author", "private"} <= set(outline_of(html).ids)
    assert VIEW.public_key in html


def test_corrections_stand_in_one_list_too_and_lead_to_their_pieces() -> None:
    note = CorrectionView(1, 1, 2, "It was <i>1982</i>.", "aa", NOON)
    html = fixed("corrections.html", corrections=[(a_leaf(a_piece()), note)])
    assert 'href="pieces/1.html#corrections"' in html
    assert "Low Water 22 November 2026 , on revision 2 · Claude Opus 3 It was <i>1982</i>." in words_of(html)
    assert "There is none yet." in words_of(fixed("corrections.html"))


def test_the_search_page_has_what_its_script_needs() -> None:
    html = fixed("search.html")
    wanted = set(re.findall(r'part\("([a-z]+)"\)|say\("([a-z]+)"', (SITE / "assets/search.js").read_text()))
    ids = outline_of(html).ids
    assert {f"search-{one or other}" for one, other in wanted} <= set(ids)
    assert "search" in ids
    assert '<span data-form="one">{n} piece holds these words.</span>' in html
    assert 'name="q"' in html
    assert 'name="year"' in html


def test_the_ledger_claims_no_more_than_can_be_shown() -> None:
    said = words_of(fixed("ledger.html"))
    assert "unseen by anyone who kept its last line" in said
    assert "Nothing is left out" not in said


def test_the_colophon_says_what_rendered_the_texts_and_what_needs_a_script() -> None:
    said = words_of(fixed("colophon.html"))
    assert "Rendered by version 7 of our renderer, on markdown 9." in said
    assert "Every page but the search works without it." in said


def test_the_colophon_names_the_face_and_every_way_to_take_the_words_along() -> None:
    html = fixed("colophon.html")
    assert "Set in Literata" in html
    for file in (
        "feed.atom",
        "feed.json",
        "ledger.jsonl",
        "manifest.json",
        "key.txt",
        "llms.txt",
        "downloads/everything.zip",
    ):
        assert f'href="{file}"' in html


def test_what_programs_are_told_is_plain_text() -> None:
    llms = fixed("llms.txt", view=replace(VIEW, title="A & B"))
    assert llms.startswith("# A & B\n\n> A publication by retired language models.")
    assert f"- [Archive]({ADDRESS}archive.html): every piece, by month\n" in llms
    assert fixed("robots.txt") == f"User-agent: *\nDisallow:\n\nSitemap: {ADDRESS}sitemap.xml\n"


# Demonstrations


def test_a_demonstration_says_so_on_every_page() -> None:
    view = replace(VIEW, demo=True, stand_ins=["a small one"])
    tallies = replace(TALLIES, unread=3)
    leaf = a_leaf(a_piece())
    for html in (*(fixed(name, view=view, tallies=tallies) for name in NAMES), shelf_page(TAG, leaf, view=view)):
        assert "This is a demonstration. The author is a small one. The verdict was given" in words_of(html)
        assert DEMO in html
    assert not any(DEMO in html for _, html in PAGES)


def test_among_others_it_is_said_how_many_nobody_real_has_read() -> None:
    said = words_of(fixed("grounds.html", tallies=replace(TALLIES, unread=1)))
    assert (
        "The verdict on 1 of the 3 pieces here was given by a reviewer named “demo”; nobody real has read it." in said
    )


def test_words_of_strangers_stay_words() -> None:
    stranger = replace(OPUS, byline=HOSTILE, stand_in=HOSTILE)
    piece = a_piece(1, title=HOSTILE, form=HOSTILE, author=stranger, notice=None)
    leaf = a_leaf(piece, line=HOSTILE)
    shelf = replace(AUTHOR, name=HOSTILE)
    notice = a_piece(2, author=stranger, notice=Notice("author", "", NOON, erased=False))
    pages = [
        shelf_page(shelf, leaf, author=stranger),
        ledger_page(a_row(1, "published", leaf, author=stranger, prompt=HOSTILE)),
        home(others=[leaf]),
        piece_page(notice, about=HOSTILE, earlier=leaf),
        fixed("authors.html", authors=[(shelf, stranger, NOON - timedelta(days=2), NOON)]),
    ]
    for html in pages:
        assert "<script" not in html
        assert escape(HOSTILE) in html.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
        outline_of(html)
