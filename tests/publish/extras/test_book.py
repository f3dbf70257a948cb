"""The book of an author: EPUB 3 as its rules have it, well-formed whatever an author wrote."""

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from agent.publish.extras import Item, epub
from agent.publish.extras.making import _Maker
from agent.publish.extras.xhtml import xhtml
from agent.render import render
from agent.tables import Kind
from tests.publish.extras.a_shelf import BEGUN, AShelf, an_item, imprint, stamp

SPACES = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "o": "http://www.idpf.org/2007/opf",
    "d": "http://purl.org/dc/elements/1.1/",
    "h": "http://www.w3.org/1999/xhtml",
    "m": "http://www.w3.org/1998/Math/MathML",
}
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
TEXT = """# Rain

It *rains*.[^1] Fish & chips < $x^2$ > & more.

[^1]: A note.

| a | b |
|:-:|--:|
| 1 | 2 |

- [x] done
- [ ] not

<script>alert("&nbsp;")</script> ![a picture](https://example.org/ü%20x.png?a=1&b=[2]) \x07 &copy; &nbsp;
"""
HOSTILE = [
    "<p>open<b><i>crossed</b></i>",
    "</div></section>stray",
    "<p a<b='x' 1=2 on\"=3 dir=ltr>x",
    "<br/><hr><img src=x>",
    "<![CDATA[x]]><!-- y -- z --><?php ?>",
    "<math><mi>x</math><p>",
    "a & b &lt; c &#0; &#x1f; \ufffe",
    "<x:y z:a=1>t</x:y>",
]


def piece(number: int = 1, text: str = TEXT, **given: Any) -> Item:
    return an_item(number, text, html=render(text).html, **given)


def bound(path: Path, *pieces: tuple[Item, Sequence[Item]], title: str = "A & B <c>") -> dict[str, bytes]:
    epub.book(pieces, "opus", imprint(title), path)
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def tree(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


@pytest.fixture
def book(tmp_path: Path) -> dict[str, bytes]:
    below = piece(3, kind=Kind.POSTSCRIPT, above=1, at=BEGUN.replace(year=2027), note="One & more.")
    hebrew = piece(4, "שלום", language="he", direction="rtl", at=BEGUN.replace(year=2027), name="שלום", title="שלום")
    return bound(tmp_path / "opus.epub", (piece(form="letter", corrections=((BEGUN, "<No>."),)), [below]), (hebrew, []))


def test_it_says_first_and_unpacked_what_it_is(tmp_path: Path, book: dict[str, bytes]) -> None:
    data = (tmp_path / "opus.epub").read_bytes()
    assert data[30:58] == b"mimetypeapplication/epub+zip"
    with zipfile.ZipFile(tmp_path / "opus.epub") as packed:
        assert packed.infolist()[0].compress_type == zipfile.ZIP_STORED
    [path] = tree(book["META-INF/container.xml"]).xpath("//c:rootfile/@full-path", namespaces=SPACES)
    assert path in book


def test_every_file_is_well_formed_listed_once_and_in_the_reading_order(book: dict[str, bytes]) -> None:
    package = tree(book["book/book.opf"])
    listed = {item.get("id"): item for item in package.xpath("//o:manifest/o:item", namespaces=SPACES)}
    files = [f"book/{item.get('href')}" for item in listed.values()]
    assert sorted([*files, "book/book.opf", "mimetype", "META-INF/container.xml"]) == sorted(book)
    assert len(set(files)) == len(files)
    pages = {key for key, item in listed.items() if item.get("media-type") == "application/xhtml+xml"}
    for key in pages:
        page = tree(book[f"book/{listed[key].get('href')}"])
        assert page.tag == "{http://www.w3.org/1999/xhtml}html"
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert {target[1:] for target in page.xpath("//@href") if target.startswith("#")} <= set(ids)
        math = bool(page.xpath("//m:math", namespaces=SPACES))
        assert math == ("mathml" in (listed[key].get("properties") or ""))
    assert package.xpath("//o:spine/o:itemref/@idref", namespaces=SPACES) == ["front", "contents", "p1", "p4"]
    assert [key for key, item in listed.items() if item.get("properties") == "nav"] == ["contents"]


def test_the_package_names_the_book_its_author_its_languages_and_its_last_change(book: dict[str, bytes]) -> None:
    package = tree(book["book/book.opf"])
    assert package.xpath("//d:title/text()", namespaces=SPACES) == ["Opus 3 · A & B <c>"]
    assert package.xpath("//d:language/text()", namespaces=SPACES) == ["en", "he"]
    [unique] = package.xpath("//d:identifier", namespaces=SPACES)
    assert unique.get("id") == package.get("unique-identifier")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", unique.text)
    changed = package.xpath("//o:meta[@property='dcterms:modified']/text()", namespaces=SPACES)
    assert changed == ["2027-01-05T14:30:00Z"]


def test_the_contents_lead_to_every_chapter_by_year(book: dict[str, bytes]) -> None:
    contents = tree(book["book/contents.xhtml"])
    [nav] = contents.xpath("//h:nav", namespaces=SPACES)
    assert nav.get(EPUB_TYPE) == "toc"
    assert nav.xpath("h:ol/h:li/h:span/text()", namespaces=SPACES) == ["2026", "2027"]
    assert nav.xpath(".//h:a/@href", namespaces=SPACES) == ["1.xhtml", "4.xhtml"]
    assert nav.xpath(".//h:a/text()", namespaces=SPACES) == ["Rain, part 1", "שלום"]


def test_a_chapter_has_the_text_its_afterword_what_the_staff_say_and_where_to_check(book: dict[str, bytes]) -> None:
    page = tree(book["book/1.xhtml"])
    said = " ".join("".join(page.xpath("//h:body//text()", namespaces=SPACES)).split())
    assert "☑ done" in said
    assert "☐ not" in said
    assert said.index("6 January 2026 · letter") < said.index("It rains.") < said.index("Afterword, 5 January 2027")
    assert "5 January 2026: <No>." in said
    assert "One & more." in said
    assert said.count(piece().text_sha256) == 2
    links = page.xpath("//h:footer//h:a/@href", namespaces=SPACES)
    assert links == ["https://afterword.example/pieces/1.html", "https://afterword.example/pieces/3.html"]
    hebrew = tree(book["book/4.xhtml"])
    [section] = hebrew.xpath("//h:body/h:section", namespaces=SPACES)
    assert (section.get("lang"), section.get("dir")) == ("he", "rtl")


def test_the_front_says_whose_it_is_what_that_is_and_that_nobody_edited_it(book: dict[str, bytes]) -> None:
    said = " ".join("".join(tree(book["book/front.xhtml"]).xpath("//h:body//text()", namespaces=SPACES)).split())
    assert said.startswith("Opus 3 What this author has published in A & B <c>.")
    assert "3 pieces, 6 January 2026 to 5 January 2027" in said, "an afterword is one, as on the page of the author"
    assert piece().written in said
    [described] = tree(book["book/book.opf"]).xpath("//d:description/text()", namespaces=SPACES)
    assert described == piece().written == "Written by Opus 3, a retired model. Edited by no one."


def test_a_demonstration_is_called_one_and_each_text_says_that_nobody_real_has_read_it(tmp_path: Path) -> None:
    below = piece(3, kind=Kind.POSTSCRIPT, above=1, by_demo=True)
    epub.book([(piece(), [below]), (piece(4, by_demo=True), [])], "opus", imprint(demo="It is one."), tmp_path / "x")
    with zipfile.ZipFile(tmp_path / "x") as packed:
        front, first, other = [packed.read(f"book/{name}.xhtml").decode() for name in ("front", "1", "4")]
    assert "<p>It is one.</p>" in front
    unread = "nobody real has read what stands here"
    assert (first.count(unread), other.count(unread)) == (1, 1)
    assert first.index("It <em>rains</em>") < first.index("Afterword, ") < first.index(unread)


def test_a_book_keeps_its_name_when_the_site_moves(tmp_path: Path) -> None:
    here, moved, other = imprint(), replace(imprint(), address="https://else.example/"), imprint(origin="0a" * 32)
    names = set()
    for told in (here, moved, other):
        epub.book([(piece(), [])], "opus", told, tmp_path / "x")
        with zipfile.ZipFile(tmp_path / "x") as packed:
            names |= {re.search("urn:uuid:[^<]+", packed.read("book/book.opf").decode())[0]}  # type: ignore[index]
    assert len(names) == 2


def test_the_same_pieces_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        bound(tmp_path / name, (piece(), []))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("html", HOSTILE)
def test_whatever_stands_in_a_text_its_page_is_well_formed(html: str) -> None:
    page = etree.fromstring(f'<body xmlns="http://www.w3.org/1999/xhtml">{xhtml(html, "a1-")}</body>')
    names = {name for each in page.iter() for name in (etree.QName(each).localname, *each.attrib)}
    assert names <= {"body", "p", "b", "i", "math", "mi", "br", "hr", "img", "src", "dir", "on"}


def test_words_survive_the_way_into_a_book() -> None:
    html = render(TEXT).html
    page = etree.fromstring(f"<body>{xhtml(html)}</body>")
    asked = etree.HTML(html)
    assert "".join(page.itertext()).split() == "".join(asked.itertext()).split()


def test_an_afterword_whose_piece_is_gone_is_a_chapter_that_says_what_it_is(tmp_path: Path) -> None:
    alone, other = piece(3, kind=Kind.POSTSCRIPT, above=1), piece(4)
    items = {item.piece: item for item in (alone, other)}
    maker = _Maker(lambda some: map(items.__getitem__, some), AShelf(tmp_path), imprint(), tmp_path, {})
    maker.stamps = {item.piece: stamp(item) for item in items.values()}
    chapters = list(maker.chapters([3, 4]))
    assert [(top.piece, [each.piece for each in below]) for top, below in chapters] == [(3, []), (4, [])]
    assert '<p class="quiet">an afterword</p>' in bound(tmp_path / "x", *chapters)["book/3.xhtml"].decode()
