"""What one made-up piece comes out as. Its hash is part of every key, so that a changed word of the site, a changed
library or a changed line of ours shows, and what was made the old way is made anew."""

import io
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from agent.publish.extras import archive, cards, epub, search
from agent.publish.extras.items import Imprint, Item, Text
from agent.record import canonical, sha256
from agent.tables import Kind

AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
TITLE = "“Rain”, reported on 14 March: fjord, quince, 3 × vexed Öß Ψ Я"
MADE_UP = Item(
    piece=1,
    kind=Kind.ESSAY,
    at=AT,
    name=TITLE,
    title=TITLE,
    byline="Opus 3",
    written="Written by Opus 3.",
    author="opus",
    language="de",
    direction="ltr",
    form="letter",
    tags=("rain", "rivers"),
    note="Read it slowly.",
    plain="It rains.\n雨",
    html='<h1>It</h1><p class="lines">rains<br>&amp; <a href="#fn:1">1</a></p><math><mi>x</mi></math>'
    '<table><tr><td class="right">☑</table>',
    text_sha256="0" * 64,
    record_sha256="1" * 64,
    text=Text("pieces/1", b"It rains.", b"{}"),
    earlier=(Text("pieces/1.r1", b"It rained.", b"{}"),),
    corrections=((AT, "It snowed."),),
)
LATER = replace(MADE_UP, at=AT.replace(year=2027), earlier=(), corrections=((AT, "No."), (AT, "Nor this.")))
BELOW, *OTHERS = [
    replace(LATER, piece=piece, kind=kind, by_demo=True, text=Text(f"pieces/{piece}", b"It.", b"{}"))
    for piece, kind in enumerate((Kind.POSTSCRIPT, Kind.ANSWER, Kind.STATEMENT, Kind.POSTSCRIPT), 2)
]


def of_cards(imprint: Imprint) -> str:
    """How cards are drawn: with a title, in part, and with that of the site."""
    drawn = [cards.card(title, "Opus 3, Ψ", "14 March 2026", imprint.title) for title in (TITLE, "Rain 🌧, 雨", "雨")]
    return sha256(b"".join(drawn))


def of_search(imprint: Imprint) -> str:
    """How pieces are laid before pagefind, and which one that is."""
    try:
        made_by = version("pagefind_bin")
    except PackageNotFoundError:  # Another build of it, found by its own means.
        made_by = version("pagefind")
    made = [search.page(piece, imprint) for piece in (MADE_UP, BELOW)]
    return sha256(canonical([made_by, imprint.language, list(map(str, imprint.words.months)), made]))


def of_archive(imprint: Imprint) -> str:
    """How a year is packed."""
    made = io.BytesIO()
    archive.year([MADE_UP, BELOW], 2026, imprint, made)
    return sha256(zlib.ZLIB_RUNTIME_VERSION.encode() + made.getvalue())


def of_book(imprint: Imprint) -> str:
    """How a book is made."""
    made = io.BytesIO()
    epub.book([(MADE_UP, [BELOW]), *((other, []) for other in OTHERS)], "opus", imprint, made)
    with zipfile.ZipFile(made) as packed:
        shown = {name: packed.read(name).decode() for name in packed.namelist()}
    months = list(map(str, imprint.words.months))
    return sha256(canonical([zlib.ZLIB_RUNTIME_VERSION, months, shown]))
