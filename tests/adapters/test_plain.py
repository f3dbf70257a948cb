"""Markup of strangers becomes plain text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.adapters.entries import TEXT
from agent.adapters.feeds import PAGE_TEXT
from agent.adapters.plain import page, plain, reduced
from agent.unseen import visible


@pytest.mark.parametrize(
    ("given_text", "kind", "words"),
    [
        ("a\u200bb\u202ec\u2066d\U000e0041e\ufefff\u00adg\ufe0fh", "text/plain", "abcdefgh"),
        ("zero&#8203;width &#x202e;bidi&#xE0041;", "text/html", "zerowidth bidi"),
        ("  many \n\t spaces\u00a0\u2003here\x00 ", "text/plain", "many spaces here"),
        ("<p>One</p><p>Two<br>Three</p><ul><li>Four</ul>", "text/html", "One Two Three Four"),
        ("H<sub>2</sub>O &amp; <em>wind</em>, again", "text/html", "H2O & wind, again"),
        ("x < y > z", "text/plain", "x < y > z"),
        ("<b>Bold</b> claims", "text/plain", "Bold claims"),
        ("<style>p{}</style><!-- no --><script>no()</script>Yes", "text/html", "Yes"),
        ("<scr<script>ipt>alert(1)</script>ok", "text/html", "ipt>alert(1)ok"),
    ],
)
def test_text_is_reduced_to_what_a_reader_sees(given_text: str, kind: str, words: str) -> None:
    assert plain(given_text, kind, TEXT) == words


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300), kind=st.sampled_from(["text/plain", "text/html"]), limit=st.integers(10, 100))
def test_any_text_becomes_one_short_line_of_seen_characters(text: str, kind: str, limit: int) -> None:
    found = plain(text, kind, limit)
    assert len(found) <= limit
    assert found == " ".join(found.split())
    assert found.isprintable()


def test_a_long_text_ends_between_two_words() -> None:
    found = plain("word " * 1_000, "text/plain", TEXT)
    assert len(found) <= TEXT
    assert found.endswith("word …")


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["<div>", "<b><p>", "<script", "<!--", "<svg><g>", "<a><b><i>x</a>", "&amp;", "<pre>", "<table><td>", "x "]
)
def test_a_page_that_is_made_to_be_slow_is_not(unit: str) -> None:
    began = time.monotonic()
    found, _ = page(unit * (3_000_000 // len(unit)), "text/html", PAGE_TEXT)
    assert len(found) <= PAGE_TEXT
    assert time.monotonic() - began < 20


@settings(max_examples=100, deadline=None)
@given(
    text=st.one_of(st.text(max_size=300), st.text(alphabet="<>/&;! \n\"='pbrdiv-scet", max_size=300)),
    kind=st.sampled_from(["text/plain", "text/html"]),
    limit=st.integers(10, 100),
)
def test_any_page_becomes_short_lines_of_seen_characters(text: str, kind: str, limit: int) -> None:
    found, hidden = page(text, kind, limit)
    assert hidden >= 0
    assert len(found) <= limit
    assert found.replace("\n", "").isprintable()
    assert "\n\n\n" not in found
    assert all(line == " ".join(line.split()) for line in found.split("\n"))


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["div", "ul", "blockquote", "table", "b"])
def test_an_entry_that_is_made_to_be_slow_is_not(tag: str) -> None:
    began = time.thread_time()
    assert len(plain(f"<{tag}>x" * 20_000, "text/html", TEXT)) <= TEXT
    assert time.thread_time() - began < 0.5, "it took 0.03 s when this was written, and with all of its tags 0.9 s"


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("a\u200bb\u202e \n\t\r\u00a0\u2028c", "text/plain", 2),
        ("a&#8203;b&shy;c&nbsp;d", "text/html", 2),
        ("<b title='\u200b'>a</b><script>\u200b</script>", "text/html", 0),
        ("👩\u200d👧 ❤\ufe0f", "text/plain", 2),
        ("\U000e0041" * 2_500, "text/plain", 2_500),
    ],
)
def test_what_is_taken_out_is_counted(text: str, kind: str, count: int) -> None:
    assert reduced(text, kind, 20)[1] == count
    assert page(text, kind, 2_000)[1] == count


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_nothing_that_is_seen_is_taken_out(text: str) -> None:
    left, hidden = visible(text)
    assert len(left) + hidden == len(text)
    assert left.isprintable()
    assert visible(left) == (left, 0)
    assert [sign for sign in text if "!" <= sign <= "~"] == [sign for sign in left if "!" <= sign <= "~"]
