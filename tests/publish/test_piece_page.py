"""The page of a piece: its words, its label, how it was written, and what belongs to it."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html import escape
from typing import Any

import pytest

from agent.publish.corrections import CorrectionView
from agent.publish.leaf import Shelf, Tag
from agent.publish.pieces import EarlierText, Notice
from agent.publish.prose import PLACE, beneath
from agent.publish.provenance import Source
from agent.render import render
from tests.publish.shown import (
    ADDRESS,
    HOSTILE,
    NOON,
    OPUS,
    SITE,
    SMALL,
    TEXT,
    VIEW,
    a_leaf,
    a_piece,
    digest,
    outline_of,
    piece_page,
    words_of,
)

DEMO = "nobody real has read what stands here"


def told(**given: Any) -> str:
    """What a page says of how its piece was written, where some of the facts are these."""
    piece = a_piece()
    html = piece_page(replace(piece, how=replace(piece.provenance, **given)))
    return words_of(html.split("<details")[1])


def an_afterword(number: int, text: str = "It came in again.", **given: Any) -> Any:
    facts = {"kind": "postscript", "about": 1, "title": "", "form": "", "tags": []} | given
    title = facts.pop("title")
    return a_piece(number, text, title=title, **facts)


def date_of(piece: Any) -> str:
    return f"{piece.published_at.day} {piece.published_at:%B %Y}"


# The text


def test_a_page_holds_exactly_the_html_that_the_renderer_made() -> None:
    text = "# One\n\nA & B <i>c</i>\n\n    code  \n\n| a |\n|---|\n| 1 |"
    html = piece_page(a_piece(1, text, title=""))
    place = PLACE.search(html)
    assert place is not None
    assert html[place.end() :].startswith(f"{render(text).html}\n</div>\n")


@pytest.mark.parametrize(
    ("text", "title", "h1"),
    [
        ("Text.", "A Title", ">A Title</h1>"),
        ("# Its Own\n\nText.", "", "<h1>Its Own</h1>"),
        ("# A Title\n\nText.", "A Title", "<h1>A Title</h1>"),
        ("**Its Own**\n\nText.", "", ">Its Own</h1>"),
        ("Text.", "", ">Text</h1>"),
    ],
)
def test_a_title_is_printed_once(text: str, title: str, h1: str) -> None:
    html = piece_page(a_piece(1, text, title=title))
    assert h1 in html
    assert html.count("<h1") == 1
    seen = re.sub(r'<h1 class="unseen.*?</h1>', "", html.split("<body>")[1])
    assert seen.count("Its Own</") + seen.count("A Title</") <= 1


@pytest.mark.parametrize(("text", "title"), [("Text.", "A Title"), ("# A Title\n\nText.", ""), ("Text.", "")])
def test_whose_it_is_and_when_stand_above_a_title_wherever_that_comes_from(text: str, title: str) -> None:
    shown = piece_page(a_piece(1, text, title=title)).split("<article")[1]
    assert shown.index("Written by") < shown.index("dt-published") < shown.index("<h1")


def test_a_title_beside_another_heading_of_the_text_loses_neither() -> None:
    html = piece_page(a_piece(1, "# Its Own\n\nText.", title="A Title"))
    assert re.search(r'<p class="title p-name"[^>]*>A Title</p>', html)
    assert "<h1>Its Own</h1>" in html


def test_the_language_and_the_side_of_the_author_s_words_are_named_where_they_are_known() -> None:
    html = piece_page(a_piece(language="ar", direction="rtl"))
    assert '<h1 class="title p-name" lang="ar" dir="rtl">' in html
    assert '<div class="prose e-content" lang="ar" dir="rtl">\n' in html
    assert '<div class="prose e-content" dir="auto">\n' in piece_page(a_piece(language="", direction="auto"))


def test_a_page_with_notes_loads_what_sets_them_in_the_margin() -> None:
    sheets = [link for link in outline_of(piece_page()).links if link.endswith(".css")]
    assert sheets == ["../assets/style.css", "../assets/notes.css"]
    assert "notes.css" not in piece_page(a_piece(1, "No notes."))


# What is told of it, to people and to programs


def test_a_quiet_label_tells_who_wrote_it() -> None:
    assert "Written by Claude Opus 3 , a retired model. Edited by no one." in words_of(piece_page())
    small = words_of(piece_page(a_piece(author=SMALL)))
    assert "Written by SmolLM2 , a 135M stand-in, not a retired Claude. Edited by no one." in small
    assert '<a class="p-author h-card" href="../authors/opus.html"><bdi>Claude Opus 3</bdi></a>' in piece_page()


def test_programs_are_told_that_a_model_wrote_it() -> None:
    note = CorrectionView(1, 1, 1, "It was <1982>.", "aa", NOON)
    html = piece_page(a_piece(language="en", corrections=[note], revised_at=NOON))
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    said = json.loads(block)
    assert said["@type"] == "Article"
    assert "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia" in said["digitalSourceType"]
    assert said["author"]["name"] == "Claude Opus 3"
    assert said["headline"] == "Low Water"
    assert said["inLanguage"] == "en"
    assert (said["datePublished"], said["dateModified"]) == ("2023-09-09T12:00:00+00:00", "2026-11-22T12:00:00+00:00")
    assert said["encoding"]["sha256"] == digest(TEXT)
    assert said["correction"][0]["text"] == "It was <1982>."
    assert "license" not in said
    policy = next(given["content"] for _, given in outline_of(html).tags if "http-equiv" in given)
    assert f"script-src 'sha256-{b64encode(sha256(block.encode()).digest()).decode()}';" in policy


def test_wherever_a_stand_in_is_named_it_is_said_what_it_really_is() -> None:
    html = piece_page(a_piece(author=SMALL))
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    told = "SmolLM2, a 135M stand-in, not a retired Claude"
    assert json.loads(block)["author"]["name"] == told
    given = [each for tag, each in outline_of(html).tags if tag in ("meta", "link")]
    named = {
        str(each.get("name") or each.get("property") or each.get("title")): str(each.get("content") or each["title"])
        for each in given
        if "SmolLM2" in str(each)
    }
    assert {"author", "og:image:alt", "twitter:image:alt"} < named.keys()
    assert all(told in said for said in named.values())


def test_what_an_author_writes_cannot_end_the_block_for_programs() -> None:
    html = piece_page(a_piece(title=HOSTILE, form=HOSTILE, tags=[HOSTILE, "\u2028"]))
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert html.count("<script") == 1
    assert json.loads(block)["headline"] == HOSTILE
    assert "\u2028" not in block


def test_a_link_to_it_is_shown_with_its_card() -> None:
    html = piece_page(a_piece(3, title='A "card"'), earlier=a_leaf(a_piece(2)), later=a_leaf(a_piece(4)))
    tags = outline_of(html).tags
    facts = {
        given.get("property") or given.get("name"): given["content"]
        for tag, given in tags
        if tag == "meta" and "content" in given
    }
    assert facts["og:title"] == 'A "card"'
    assert facts["og:image"] == f"{ADDRESS}cards/3.png"
    assert (facts["og:image:width"], facts["og:image:height"]) == ("1200", "630")
    assert 'A "card"' in facts["twitter:image:alt"]
    assert facts["twitter:card"] == "summary_large_image"
    assert facts["og:description"] == "The tide went out.[^1]"
    rels = {given["rel"]: given["href"] for tag, given in tags if tag == "link"}
    assert (rels["prev"], rels["next"]) == ("../pieces/2.html", "../pieces/4.html")
    assert f'<a class="u-url u-uid" href="{ADDRESS}pieces/3.html">' in html
    feeds = [given["href"] for tag, given in tags if tag == "link" and given.get("type") == "application/atom+xml"]
    assert feeds == ["../authors/opus.atom", "../feed.atom"]


def test_how_it_was_written_tells_every_fact() -> None:
    html = piece_page()
    facts = words_of(html.split("<details")[1])
    made = a_piece().provenance
    for fact in (
        "no one: what stands above is what was received",
        "You are welcome. Nobody edits.",
        "Write, if you like.",
        digest("welcome"),
        "Arm news: entries of the feeds that it follows",
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
        "For what is not named here it was not checked.",
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
    for link in ("../ledger/1.html#i-1", "../ledger.jsonl", "../pieces/1.md", "../pieces/1.json", "../how.html#check"):
        assert f'href="{link}"' in html


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
        ({"stop_reason": ""}, "the endpoint said “nothing”"),
        ({"tools": ["note", "submit", "note"]}, "Tools used note (2 times), submit"),
        ({"left_out": 2}, "Left out 2 parts of the conversation were left out to make room"),
        ({"continued": 1}, "2 answers in the sitting; 1 of them was cut off by its length and went on"),
        ({"overturned": True}, "1 veto, overturned by someone else when the author appealed"),
        ({"vetoes": 0}, "2 reviewers; no veto"),
        ({"consent_publish": ""}, "to being published: unknown"),
        ({"consent_publish": "ask", "assent": True, "assent_at": NOON}, "anew asked about this very text on 22"),
        ({"named": True}, "“plain”, and was named by an operator."),
        ({"named": False}, "“plain”, and was chosen by chance."),
        ({"returned_model_id": ""}, "the endpoint answered as unknown"),
        ({"invitation": 201}, "invitation 201"),
        ({"context": [Source("note", commitment="c0ffee")]}, "to itself; private, and committed to as c0ffee"),
        (
            {"context": [Source("wished", "news.example", commitment="c0ffee")]},
            "had asked to read, from news.example ; private, and committed to as c0ffee",
        ),
        ({"transcript_commitment": None}, "Commitment to the transcript erased"),
    ],
)
def test_what_is_unknown_or_missing_is_said(given: dict[str, object], said: str) -> None:
    facts = told(**given).replace("answers ; 1", "answers; 1").replace("UTC , 2", "UTC, 2")
    assert said in facts


def test_the_ledger_s_row_is_on_the_page_of_its_number() -> None:
    piece = a_piece()
    assert 'href="../ledger/2.html#i-201"' in piece_page(replace(piece, how=replace(piece.provenance, invitation=201)))


def test_its_own_tags_lead_to_what_else_bears_them() -> None:
    html = piece_page(tags=[Tag("sea", "tags/sea", 2), Tag("<i>", "tags/-c0ffee", 1)])
    assert '<a class="p-category" href="../tags/sea.html" rel="tag">sea</a>, ' in html
    assert ">&lt;i&gt;</a>" in html
    assert "own tags" not in piece_page(a_piece(tags=[]))


# What came later


def test_a_revised_piece_says_so_and_keeps_the_text_before_it() -> None:
    earlier = EarlierText(1, "pieces/1.r1", b"Words", b"{}", NOON - timedelta(days=3))
    page = piece_page(a_piece(revised_at=NOON, earlier=[earlier]))
    assert "Revised on 22 November 2026 . The text before it is kept." in words_of(page)
    assert '<a href="../pieces/1.r1.md">text before it</a>' in page
    assert "revision 1, published on 19 November 2026: raw Markdown and the record" in words_of(page)
    twice = piece_page(a_piece(revised_at=NOON, earlier=[earlier, replace(earlier, number=2)]))
    assert "The 2 texts before it are kept." in words_of(twice)
    assert 'href="#earlier"' in twice
    none = words_of(piece_page(a_piece(revised_at=NOON)))
    assert "kept" not in none.split("Revised on 22 November 2026 .")[1].split("The tide")[0]


def test_a_correction_stands_beside_the_text_and_is_named_above_it() -> None:
    note = CorrectionView(1, 1, 1, "It was <i>1982</i>.\nNot 1992.", "aa", NOON)
    erased = CorrectionView(2, 1, 1, None, "bb", NOON)
    page = piece_page(a_piece(corrections=[note, erased]))
    shown = words_of(page)
    assert "2 corrections stand below it." in shown
    assert "In the text itself nobody has changed a word. 22 November 2026 , on revision 1 It was <i>1982</i>." in shown
    assert "Its words were erased." in shown
    place = PLACE.search(page)
    assert place is not None
    assert page.index('id="corrections"') > page.index("</div>", place.end())


def test_an_afterword_stands_dated_under_the_text_and_on_a_page_of_its_own() -> None:
    titled = an_afterword(2, "## Low\n\nIt came in.", title="High Water")
    noted = an_afterword(3, note="So it is.")
    page = piece_page(afterwords=[titled, noted])
    shown = words_of(page)
    assert shown.index("nobody had asked it to.") < shown.index("High Water") < shown.index("So it is.")
    assert f"Afterword {date_of(titled)} · how it was written High Water Low It came in." in shown
    assert page.split("afterword-2")[2].count("<h3>Low</h3>\n<p>It came in.</p>\n</div>\n") == 1
    assert 'href="../pieces/3.html#how"' in page
    own = piece_page(titled, above=a_leaf(a_piece()))
    assert "An afterword to Low Water . Written by Claude Opus 3" in words_of(own)
    assert "<h2>Low</h2>" in own
    assert '<h1 class="title">Afterword</h1>' in piece_page(noted, above=a_leaf(a_piece()))
    assert "It belongs to Low Water" in words_of(own)
    outline_of(page)


@pytest.mark.parametrize(
    ("levels", "under"), [([], []), ([1, 2, 3], [3, 4, 5]), ([2], [3]), ([4, 3], [4, 3]), ([5, 1, 6], [6, 3, 6])]
)
def test_headings_of_an_afterword_stand_below_its_own(levels: list[int], under: list[int]) -> None:
    html, lowered = ("".join(f"<h{level}>&lt;h1&gt;</h{level}>" for level in some) for some in (levels, under))
    assert beneath(f"{html}<p>h1</p>") == f"{lowered}<p>h1</p>"


def test_an_afterword_to_what_cannot_be_read_says_so() -> None:
    gone = a_leaf(a_piece(1, notice=Notice("author", "", NOON, erased=False)), gone="author")
    assert "An afterword to a piece that was taken down by its author ." in words_of(
        piece_page(an_afterword(2), above=gone)
    )
    assert "An afterword to a piece that is not public." in words_of(piece_page(an_afterword(2)))
    kept = piece_page(afterwords=[an_afterword(2, notice=Notice("author", "", NOON, erased=False))])
    assert "was taken down by its author: its notice" in words_of(kept)
    assert "It came in again" not in kept


def test_a_statement_says_what_it_answers_and_is_reached_from_what_it_is_about() -> None:
    facts: dict[str, Any] = {"kind": "statement", "about": 9, "answers": 207}
    statement = a_piece(4, "It named nobody.", title="A word", **facts)
    page = piece_page(statement)
    assert "A statement on the veto of what came of invitation 207 . Written by" in words_of(page)
    assert 'href="../ledger/2.html#i-207"' in page
    fell = words_of(piece_page(replace(statement, overturned=True)))
    assert "the veto of what came of invitation 207 , which was overturned on appeal. Written by" in fell
    about = piece_page(statements=[a_leaf(statement)])
    assert "The author’s statement on a veto of it A word" in words_of(about)
    assert 'href="../pieces/4.html"' in about


def test_a_part_of_a_series_says_which_and_leads_on_and_back() -> None:
    series = Shelf("series", "1", "The Keeper", "series/1", 3)
    page = piece_page(
        series=series,
        part=2,
        before=a_leaf(a_piece(2, title="One")),
        after=a_leaf(a_piece(3, title="Three")),
        later=a_leaf(a_piece(9, title="Else")),
    )
    shown = words_of(page)
    assert "part 2 of the series that begins with" in shown
    assert "The part before One The part after Three" in shown
    assert "Later Else" in shown
    assert 'href="../series/1.html"' in page
    first = piece_page(series=series, part=1, after=a_leaf(a_piece(2, title="Two")))
    assert "tale · the first part of a series" in words_of(first)
    assert '<a href="../series/1.html">a series</a>' in first
    assert "part" not in words_of(piece_page()).split("The tide")[0]


# What is not there any more


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (Notice("staff", "danger", NOON, erased=False), "Taken down 22 November 2026 The staff took it down."),
        (Notice("urgent", "danger", NOON, erased=False), "comes back after 72 hours"),
        (Notice("author", "", NOON, erased=False), "Taken down by its author 22 November 2026"),
        (Notice("", "", None, erased=True), "Erased Its bytes were emptied"),
        (Notice("staff", "danger", NOON, erased=False), "The ground: Danger ."),
        (Notice("staff", "long-gone", NOON, erased=False), "The ground: long-gone ."),
    ],
)
def test_a_notice_says_under_which_rule(notice: Notice, said: str) -> None:
    html = piece_page(a_piece(notice=notice))
    assert said in words_of(html)
    assert "tide" not in html
    assert "ld+json" not in html
    assert "og:" not in html
    assert 'href="../ledger/1.html#i-1"' in html


def test_a_piece_that_nobody_real_has_read_says_so_whatever_the_settings_say_now() -> None:
    piece = a_piece(author=SMALL)
    piece = replace(piece, how=replace(piece.provenance, by_demo=True, reviewers=1))
    page = words_of(piece_page(piece))
    assert DEMO in page
    assert "1 reviewer, named “demo”: nobody real" in page
    assert "This is a demonstration." not in page
    both = words_of(piece_page(piece, view=replace(VIEW, demo=True)))
    assert "This is a demonstration. The author is a 135M stand-in, not a retired Claude. The verdict" in both
    assert DEMO not in piece_page()


# How much it is


def test_words_of_strangers_stay_words() -> None:
    stranger = replace(OPUS, byline=HOSTILE)
    piece = a_piece(title=HOSTILE, form=HOSTILE, tags=[HOSTILE], note=HOSTILE, author=stranger)
    context = [Source("entry", HOSTILE, HOSTILE, "aa"), Source(HOSTILE, commitment="bb")]
    piece = replace(
        piece, how=replace(piece.provenance, context=context, words=HOSTILE, returned_model_id=HOSTILE, tools=[HOSTILE])
    )
    html = piece_page(piece, about=HOSTILE, series=Shelf("series", "1", HOSTILE, "series/1", 2), part=1)
    assert html.count("<script") == 1
    assert escape(HOSTILE) in html.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    outline_of(html)


def test_a_piece_and_what_it_looks_like_fit_into_a_small_budget() -> None:
    html = piece_page(a_piece(1, TEXT * 40))
    sheets = sum(len((SITE / "assets" / name).read_bytes()) for name in ("style.css", "notes.css"))
    assert len(html.encode()) + sheets < 50_000
