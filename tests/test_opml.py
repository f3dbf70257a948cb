"""Lists of feeds as a file: what one program writes, another reads, and no file does more than be read."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.errors import BadOpml
from agent.opml import BYTES, UNWRITABLE, Outline, read, write
from agent.testing import NOON

TEXT = st.text(st.characters(codec="utf-8")).filter(lambda text: not UNWRITABLE.search(text))
URL = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1).map("https://{}".format)
OUTLINES = st.lists(st.builds(Outline, URL, TEXT))


def opml(body: str, declared: str = '<?xml version="1.0"?>') -> bytes:
    return f'{declared}<opml version="2.0"><head><title>Mine</title></head><body>{body}</body></opml>'.encode()


@given(OUTLINES)
def test_what_was_written_is_read_again(outlines: list[Outline]) -> None:
    assert read(write(outlines, title="Mine", made=NOON).encode(), "mine.opml") == outlines


@given(st.text(), st.text())
@example("\x00\ud800\x1b[2J\x9b\u202e\ufffe", "\x00")
def test_whatever_a_feed_calls_itself_the_file_is_xml_and_safe_to_print(name: str, title: str) -> None:
    text = write([Outline("https://tides.example/rss", name)], title=title, made=NOON)
    assert text.replace("\n", "").isprintable()
    root = ElementTree.fromstring(text)  # noqa: S314  (our own)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    [outline] = root.iter("outline")
    assert outline.get("xmlUrl") == "https://tides.example/rss"
    assert (outline.get("text"), outline.get("title")) == (
        UNWRITABLE.sub("", name) or "https://tides.example/rss",
        UNWRITABLE.sub("", name) or None,
    )


def test_it_says_when_it_was_made_as_the_format_has_it() -> None:
    text = write([], title="Afterword & <friends>", made=datetime(2026, 11, 1, 9, 5, tzinfo=UTC))
    assert "<dateCreated>Sun, 01 Nov 2026 09:05:00 GMT</dateCreated>" in text
    assert "<title>Afterword &amp; &lt;friends&gt;</title>" in text


def test_folders_are_opened_and_names_of_attributes_may_be_in_any_case() -> None:
    body = """
      <outline text="Nature"><outline text="Water" title="">
        <outline text="The Tides" xmlUrl=" https://tides.example/rss "/>
        <OUTLINE Title="Rust" TEXT="rs" XMLURL="https://rust.example/atom"><outline xmlurl="https://in.example/"/></OUTLINE>
      </outline></outline>
      <outline text="https://bare.example/" xmlUrl="https://bare.example/"/>"""
    found = read(opml(body), "mine.opml")
    assert found == [
        Outline("https://tides.example/rss", "The Tides"),
        Outline("https://rust.example/atom", "Rust"),
        Outline("https://in.example/"),
        Outline("https://bare.example/"),
    ]
    assert [outline.line for outline in found] == [3, 4, 4, 6]


def test_what_is_neither_a_feed_nor_a_folder_is_named_without_an_address() -> None:
    body = '<outline text="A page" htmlUrl="https://a.example/"/>\n<outline text="B"><outline xmlUrl=""/></outline>'
    assert read(opml(body), "mine.opml") == [Outline("", "A page"), Outline("")]


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_a_file_may_be_in_another_charset(charset: str) -> None:
    name = charset.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?><opml><body><outline text="Über" xmlUrl="x:"/></body></opml>'
    assert read(text.encode(charset), "mine.opml") == [Outline("x:", "Über")]


def test_deep_folders_are_only_folders() -> None:
    depth = 100_000
    body = '<outline text="f">' * depth + '<outline xmlUrl="https://deep.example/"/>' + "</outline>" * depth
    assert read(opml(body), "mine.opml") == [Outline("https://deep.example/")]


BOMB = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\x00\x01\x02", "its XML is broken (not well-formed"),
        (b"https://tides.example/rss\n", "its XML is broken (not well-formed (invalid token): line 1"),
        (opml('<outline xmlUrl="https://a.example/?a=1&b=2"/>'), "its XML is broken (not well-formed"),
        (opml('<outline xmlUrl="https://a.example/"/>')[:-9], "its XML is broken ("),
        (opml("\xff").replace("\xff".encode(), b"\xff"), "its XML is broken (not well-formed"),
        (opml("", '<?xml version="1.0" encoding="klingon"?>'), "its XML is broken (unknown encoding"),
        (opml("", '<?xml version="1.0" encoding="gb2312"?>'), "its XML is broken (multi-byte"),
        (b"<rss version='2.0'><channel/></rss>", "it is not OPML: it begins with <rss>"),
        (b"<!DOCTYPE html><html></html>", "it is a web page, not OPML"),
        (opml("&b;", BOMB), "it declares a document type"),
        (opml("", "<!DOCTYPE opml SYSTEM 'http://127.0.0.1/x.dtd'>"), "it declares a document type"),
        (opml("&nbsp;"), "its XML is broken (undefined entity"),
        (b" " * BYTES + b"<opml/>", "it is longer than 5 million bytes"),
    ],
)
def test_what_is_no_such_list_is_said_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadOpml) as caught:
        read(data, "mine.opml")
    assert str(caught.value).startswith(f"mine.opml cannot be used as a list of feeds: {words}")
    assert str(caught.value).endswith(". Nothing was stored.")
