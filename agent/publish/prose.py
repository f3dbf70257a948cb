"""Where a page holds a text, and in which form: for those who make pages and those who verify them."""

import html as entities
import re
from collections.abc import Sequence

PLACE = re.compile(r'<div class="prose e-content[^"]*"(?: (?:lang|dir)="[\w-]*")*>\n')
"""Where a page holds a text: its template puts the HTML behind this as it is. No author can write it,
because a sign < of a text arrives as &lt;."""
END = "\n</div>\n"
NAME = re.compile(r'<(h[1-6]|p) class="(?:[^"]* )?p-name(?: [^"]*)?"[^>]*>(.*?)</\1>', re.DOTALL)
"""Where a page holds the name of its piece, as h-entry has it: a heading above the text, or a paragraph where the text
has the highest heading."""
CORRECTION = re.compile(r'<p class="correction"[^>]*>(.*?)</p>', re.DOTALL)
"""Where a page shows what the staff noted beside its piece, word for word."""
HEADING = re.compile(r"(?<=<)(/?)h([1-6])(?=>)")
BENEATH = 3
"""The level of an afterword's highest heading on the page of the piece above it."""


def beneath(html: str) -> str:
    """A text's HTML as it stands under another text: the same, but for the levels of its headings."""
    highest = min((int(level) for _, level in HEADING.findall(html)), default=BENEATH)
    down = max(0, BENEATH - highest)
    return HEADING.sub(lambda tag: f"{tag[1]}h{min(6, int(tag[2]) + down)}", html)


def amiss(page: str, rendered: Sequence[str]) -> int | None:
    """Which of these texts, as HTML and counted from 0, a page does not hold in its place: the first exactly as it
    is, the others beneath it in their order. Their number where it holds one more; None where nothing is amiss."""
    places = [found.end() for found in PLACE.finditer(page)]
    wanted = [*rendered[:1], *map(beneath, rendered[1:])]
    for number, (text, place) in enumerate(zip(wanted, places, strict=False)):
        if not page.startswith(text + END, place):
            return number
    return min(len(wanted), len(places)) if len(wanted) != len(places) else None


def names(page: str) -> list[str]:
    """What a page calls its piece, above the first text: once, or not at all where the text opens with its name."""
    place = PLACE.search(page)
    above = page[: place.start()] if place else page
    return [one_line(entities.unescape(re.sub(r"<[^>]*>", "", inner))) for _, inner in NAME.findall(above)]


def corrections(page: str) -> list[str]:
    """What a page shows as notes of the staff."""
    return [entities.unescape(words) for words in CORRECTION.findall(page)]


def one_line(words: str) -> str:
    """Words with single spaces, as a browser shows them."""
    return " ".join(words.split())
