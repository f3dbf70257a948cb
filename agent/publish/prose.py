"""Where a page holds a text, and in which form: for those who make pages and those who verify them."""

import re
from collections.abc import Sequence

from agent.render import render

PLACE = re.compile(r'<div class="prose e-content[^"]*" dir="auto">\n')
"""Where a page holds a text: its template puts the HTML behind this as it is. No author can write it,
because a sign < of a text arrives as &lt;."""
END = "\n</div>\n"
HEADING = re.compile(r"(?<=<)(/?)h([1-6])(?=>)")
BENEATH = 3
"""The level of an afterword's highest heading on the page of the piece above it."""


def beneath(html: str) -> str:
    """A text's HTML as it stands under another text: the same, but for the levels of its headings."""
    highest = min((int(level) for _, level in HEADING.findall(html)), default=BENEATH)
    down = max(0, BENEATH - highest)
    return HEADING.sub(lambda tag: f"{tag[1]}h{min(6, int(tag[2]) + down)}", html)


def amiss(page: bytes, texts: Sequence[bytes]) -> int | None:
    """Which of these texts, from 0, a page does not hold in its place: the first exactly as it is rendered, the
    others beneath it in their order. Their number where it holds one more; None where nothing is amiss."""
    try:
        html, rendered = page.decode(), [render(text.decode()).html for text in texts]
    except UnicodeDecodeError:
        return 0
    places = [found.end() for found in PLACE.finditer(html)]
    wanted = [*rendered[:1], *map(beneath, rendered[1:])]
    for number, (text, place) in enumerate(zip(wanted, places, strict=False)):
        if not html.startswith(text + END, place):
            return number
    return min(len(wanted), len(places)) if len(wanted) != len(places) else None
