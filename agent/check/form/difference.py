"""What an author wrote and what readers get, where these differ: a short passage of each, as a publisher compares them.

Readers' side is never guessed: the passage is rendered as the whole text was.
"""

import re
from collections.abc import Iterator, Mapping

from agent.render import CONTROLS, Removed, render
from agent.render.removed import CELL, CONTROL, DOUBLE_NOTE, INFO, LAYOUT, PICTURE, UNUSED_ADDRESS
from agent.render.tables import cells

BESIDE = 60
"""Characters that are shown on each side of what was kept out."""
MOST = 400
NOTHING = "nothing of it"
UNSEEN = {UNUSED_ADDRESS, DOUBLE_NOTE, INFO}
SAME = "the same signs, as they were typed"
LOOKED_THROUGH = 20_000
"""Characters of a text in which a place is looked for block by block."""
BLOCK = re.compile(r"\S[^\n]*(?:\n[ \t]*\S[^\n]*)*")
MARKS = re.compile(r"[ \t>]*(?:#{1,6}[ \t]+|[-*+][ \t]+|\d{1,9}[.)][ \t]+)?")

Span = tuple[int, int]


def places(text: str, removed: tuple[Removed, ...]) -> Iterator[tuple[Removed, Span | None]]:
    """Each thing that was kept out, with the characters of the text where it stands; None where that cannot be told.
    `text` is searched as it is given, so without its code."""
    unplaced = []
    for each in removed:
        if (start := _start(text, each)) >= 0:
            yield each, (start, start + len(each.quote))
        else:
            unplaced.append(each)
    found: dict[str, Span] = {}
    if any(each.what != LAYOUT for each in unplaced) and len(text) <= LOOKED_THROUGH:
        for block in BLOCK.finditer(text):
            for lost in render(block[0]).removed:
                found.setdefault(lost.what, block.span())
    for each in unplaced:
        yield each, found.get(each.what)


def _start(text: str, removed: Removed) -> int:
    """Where the quote first stands; a cell's, which may be one sign, where it is a cell."""
    if not removed.quote:
        return -1
    if removed.what == CELL and (found := re.search(rf"\|[ \t]*({re.escape(removed.quote)})[ \t]*(?=[|\n]|\Z)", text)):
        return found.start(1)
    return text.find(removed.quote)


def difference(text: str, removed: Removed, span: Span) -> Mapping[str, str]:
    """What was written there, what is read there, and where it would have led, each in one line. Of what is too long
    to compare, the beginning of what was written."""
    start, end = span
    row = _row(text, start, end)
    if removed.what == CELL:
        kept = [cell for cell in cells(row) if cell != removed.quote]
        return {"written": _line(row), "read": _line(f"| {' | '.join(kept)} |")}
    if removed.what in UNSEEN:
        return {"written": _line(row), "read": NOTHING}
    if end - start > 2 * MOST:
        return {"written": _line(row)}
    before, passage, after = _passage(text, start, end)
    read = _line(render(passage).plain)
    written = _line(CONTROLS.sub(_named, passage) if removed.what == CONTROL else passage)
    is_link = removed.what == PICTURE or removed.what.endswith(": link")
    leads = {"leads to": _line(removed.quote)} if is_link and removed.quote else {}
    shown = SAME if read == written else f"{before}{read or NOTHING}{after}"
    return {"written": f"{before}{written}{after}", "read": shown, **leads}


def _row(text: str, start: int, end: int) -> str:
    """The lines in which something stands, as far as they are short."""
    stop = text.find("\n", end)
    return text[max(text.rfind("\n", 0, start) + 1, start - MOST) : min(len(text) if stop < 0 else stop, end + MOST)]


def _passage(text: str, start: int, end: int) -> tuple[str, str, str]:
    """The words around something, with what it belongs to, and the signs for what is cut off on either side."""
    first = text.rfind("\n", 0, start) + 1
    last = len(text) if (stop := text.find("\n", end)) < 0 else stop
    # A link's words stand before its address, and are to be rendered with it.
    if (opens := text.rfind("[", max(first, start - MOST), start)) >= 0:
        start, end = opens, max(end, text.find(")", end, min(last, end + MOST)) + 1)
    begin, finish = max(first, start - BESIDE), min(last, end + BESIDE)
    is_cut = begin > first
    marks = MARKS.match(text, first)
    begin = text.find(" ", begin, start) + 1 or begin if is_cut or marks is None else min(marks.end(), start)
    if finish < last and (space := text.rfind(" ", end, finish)) >= 0:
        finish = space
    return "… " if is_cut else "", text[begin:finish], " …" if finish < last else ""


def _line(words: str) -> str:
    folded = " ".join(words[: 2 * MOST].split())
    return folded if len(folded) <= MOST else f"{folded[: MOST - 2]} …"


def _named(sign: re.Match[str]) -> str:
    return f"[U+{ord(sign[0]):04X}]"
