"""One author as a book: EPUB 3, a chapter a piece in the order in which they became public, afterwords below.

A ZIP of a few XML files, written one after the other: of the pieces only what the table of contents says is held.
"""

import uuid
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import IO
from urllib.parse import quote

from agent.publish.extras.archive import EARLIEST, LEVEL, member, when
from agent.publish.extras.items import Imprint, Item
from agent.publish.extras.xhtml import IN_ADDRESSES, xhtml
from agent.publish.filters import legible
from agent.record import shows_title

CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
STYLE = """body { line-height: 1.5; hyphens: auto; }
h1, h2, h3 { line-height: 1.2; text-align: left; hyphens: none; }
.front { margin-top: 20%; }
.quiet, footer { font-size: 0.85em; opacity: 0.75; }
footer { margin-top: 2em; overflow-wrap: anywhere; }
section section { margin-top: 3em; }
pre { white-space: pre-wrap; font-size: 0.85em; }
blockquote { margin: 1em 1.5em; }
p.lines { hyphens: none; }
td, th { padding: 0.2em 0.6em; text-align: left; }
.right { text-align: right; }
.center { text-align: center; }
.task-list { padding-left: 0; list-style: none; }
"""


MATH = {True: ' properties="mathml"', False: ""}
"""What the list of files says of a page with formulas."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the lists of a book say of a chapter."""

    piece: int
    name: str
    at: datetime
    language: str
    direction: str
    math: bool


def book(pieces: Iterable[tuple[Item, Sequence[Item]]], slug: str, imprint: Imprint, path: Path | IO[bytes]) -> None:
    """Write the EPUB of the author called `slug` to `path`: pieces with their afterwords, one at least."""
    chapters: list[Chapter] = []
    byline = written = ""
    days: list[datetime] = []
    with zipfile.ZipFile(path, "w") as packed:
        kind = member("mimetype", EARLIEST)
        kind.compress_type = zipfile.ZIP_STORED
        packed.writestr(kind, "application/epub+zip")

        def add(name: str, text: str, at: datetime = EARLIEST) -> None:
            packed.writestr(member(name, at), text.encode(), compresslevel=LEVEL)

        add("META-INF/container.xml", CONTAINER)
        for item, below in pieces:
            text = chapter(item, below, imprint)
            add(f"book/{item.piece}.xhtml", text, item.at)
            math = "<math" in text
            chapters.append(Chapter(item.piece, item.name, item.at, item.language, item.direction, math))
            byline, written = item.byline, item.written
            days += [item.at, *(other.at for other in below)]
        add("book/style.css", STYLE)
        add("book/front.xhtml", front(days, byline, written, imprint))
        add("book/contents.xhtml", contents(chapters, imprint))
        add("book/book.opf", package(chapters, slug, (byline, written), max(days), imprint))


def chapter(item: Item, below: Sequence[Item], imprint: Imprint) -> str:
    """The page of a piece."""
    words = imprint.words
    body = _text(item, imprint, "")
    for number, other in enumerate(below, 1):
        title = f"<h2>{_told(words.book.afterword.plain(day=words.on(other.at)))}</h2>"
        body += f"<section{_speech(other)}>\n{title}\n{_text(other, imprint, f'a{number}-', opened=True)}</section>\n"
    return _page(item.name, f"<section{_speech(item)}>\n{body}</section>", item.language or imprint.language)


def _text(item: Item, imprint: Imprint, prefix: str, *, opened: bool = False) -> str:
    """A text with what stands above and below it."""
    words = imprint.words
    parts = []
    if not opened:
        if item.kind != "essay":
            parts.append(f'<p class="quiet">{_told(words.kinds_said[item.kind.value])}</p>')
        if shows_title(item.title, item.text.text.decode(errors="replace")):
            parts.append(f"<h1>{_told(item.name)}</h1>")
        form = f" · <bdi>{_told(item.form)}</bdi>" if item.form else ""
        parts.append(f'<p class="quiet">{_told(words.on(item.at))}{form}</p>')
    if item.by_demo:
        parts.append(f'<p class="quiet">{_told(words.demo.all)}</p>')
    parts.append(xhtml(item.html, prefix))
    if item.note:
        note = words.afterword.note if opened else words.piece.note
        parts.append(f'<aside>\n<h3>{_told(note)}</h3>\n<p dir="auto">{_told(item.note)}</p>\n</aside>')
    if item.corrections:
        parts.append(f"<aside>\n<h3>{_told(words.piece.corrections.plain(len(item.corrections)))}</h3>")
        parts.append(f'<p class="quiet">{_told(words.piece.corrections_say)}</p>')
        parts += [f"<p>{_told(words.on(at))}: <bdi>{_told(said)}</bdi></p>" for at, said in item.corrections]
        parts.append("</aside>")
    address = f"{imprint.address}{item.text.path}.html"
    parts.append(
        f'<footer dir="{_told(words.direction)}">\n<p>{_told(words.book.address)} {_link(address)}</p>\n'
        f"<p>{_told(words.book.sha256)} {item.text_sha256}</p>\n</footer>"
    )
    return "\n".join(parts) + "\n"


def front(days: Sequence[datetime], byline: str, written: str, imprint: Imprint) -> str:
    """The title page: whose book it is, and what. `days` are those of all texts in it, each a piece to readers."""
    words = imprint.words
    first, last = words.on(min(days)), words.on(max(days))
    told = first if first == last else words.book.between.plain(first=first, last=last)
    demo = f"<p>{_told(imprint.demo)}</p>\n" if imprint.demo else ""
    body = (
        f'<section class="front">\n<h1 dir="auto">{_told(byline)}</h1>\n'
        f"{demo}<p>{_told(words.book.about.plain(site=imprint.title))}</p>\n"
        f"<p>{_told(words.book.pieces.plain(len(days), days=told))}</p>\n<p>{_told(written)}</p>\n"
        f'<p class="quiet">{_told(words.book.check)} {_link(imprint.address)}</p>\n'
        "</section>"
    )
    return _page(byline, body, imprint.language)


def contents(chapters: Sequence[Chapter], imprint: Imprint) -> str:
    """The table of contents; where there are several years, by year."""
    title = _told(imprint.words.book.contents)
    years = [(year, list(rows)) for year, rows in groupby(chapters, key=lambda row: row.at.astimezone(UTC).year)]
    rows = [
        f"<li><span>{year}</span>\n<ol>\n{_rows(some)}</ol>\n</li>\n" if len(years) > 1 else _rows(some)
        for year, some in years
    ]
    body = f'<nav epub:type="toc" id="toc">\n<h1>{title}</h1>\n<ol>\n{"".join(rows)}</ol>\n</nav>'
    return _page(str(imprint.words.book.contents), body, imprint.language)


def _rows(chapters: Iterable[Chapter]) -> str:
    return "".join(
        f'<li{_speech(row)}><a href="{row.piece}.xhtml">{_told(row.name) or row.piece}</a></li>\n' for row in chapters
    )


def package(chapters: Sequence[Chapter], slug: str, whose: tuple[str, str], changed: datetime, imprint: Imprint) -> str:
    """What the book is and of which files, in their order. `whose` is its author's byline, and what that is."""
    byline, written = whose
    urn = uuid.uuid5(uuid.NAMESPACE_URL, f"{imprint.origin}/downloads/{slug}.epub").urn
    title = imprint.words.book.title.plain(name=byline, site=imprint.title)
    backwards = ' page-progression-direction="rtl"' if all(row.direction == "rtl" for row in chapters) else ""
    languages = dict.fromkeys([imprint.language, *(row.language for row in chapters if row.language)])
    features = ["tableOfContents", "structuralNavigation", *(["MathML"] if any(row.math for row in chapters) else [])]
    described = f"{imprint.demo} {written}".strip()
    facts = [
        f'<dc:identifier id="book">{urn}</dc:identifier>',
        f"<dc:title>{_told(title)}</dc:title>",
        *(f"<dc:language>{_told(language)}</dc:language>" for language in languages),
        f"<dc:creator>{_told(byline)}</dc:creator>",
        f"<dc:description>{_told(described)}</dc:description>",
        f"<dc:publisher>{_told(imprint.title)}</dc:publisher>",
        f"<dc:source>{_told(imprint.address)}</dc:source>",
        f"<dc:date>{when(chapters[0].at)}</dc:date>",
        f'<meta property="dcterms:modified">{when(changed)}</meta>',
        '<meta property="schema:accessMode">textual</meta>',
        '<meta property="schema:accessModeSufficient">textual</meta>',
        '<meta property="schema:accessibilityHazard">none</meta>',
        *(f'<meta property="schema:accessibilityFeature">{feature}</meta>' for feature in features),
    ]
    files = [
        '<item id="style" href="style.css" media-type="text/css"/>',
        '<item id="front" href="front.xhtml" media-type="application/xhtml+xml"/>',
        '<item id="contents" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        *(
            f'<item id="p{row.piece}" href="{row.piece}.xhtml" media-type="application/xhtml+xml"{MATH[row.math]}/>'
            for row in chapters
        ),
    ]
    order = ["front", "contents", *(f"p{row.piece}" for row in chapters)]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n' + "\n".join(facts) + "\n</metadata>\n"
        "<manifest>\n" + "\n".join(files) + "\n</manifest>\n"
        f"<spine{backwards}>\n" + "\n".join(f'<itemref idref="{name}"/>' for name in order) + "\n</spine>\n</package>\n"
    )


def _page(title: str, body: str, language: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{_told(language)}" xml:lang="{_told(language)}">\n'
        f'<head>\n<title>{_told(title)}</title>\n<link rel="stylesheet" href="style.css"/>\n</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _speech(said: Item | Chapter) -> str:
    """Its language and direction, as attributes."""
    language = f' lang="{_told(said.language)}" xml:lang="{_told(said.language)}"' if said.language else ""
    return f'{language} dir="{_told(said.direction)}"'


def _link(address: str) -> str:
    return f'<a href="{_told(quote(address, safe=IN_ADDRESSES))}">{_told(address)}</a>'


def _told(words: object) -> str:
    """Words as XML may hold them, on one line."""
    return escape(" ".join(str(legible(str(words))).split()))
