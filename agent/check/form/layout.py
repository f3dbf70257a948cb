"""What is hard to lay out, or was meant to be laid out and is not: great lengths, lists and quotations deep inside each
other, tables that came apart, stars that readers see as stars."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from itertools import groupby

from agent.check.frame import Finding, Subject
from agent.check.reading.uncoded import without_code
from agent.render.blocks import Block, Tangled, read
from agent.render.removed import LAYOUT
from agent.render.tables import TABLE_LINE, cells
from agent.tables import Level

LONG_TEXT, LONG_LINE = 200_000, 20_000
WIDE = 40
"""So many columns do not fit on any screen."""
DEEP = 8
WORD = re.compile(r"(?<![^\s\"\u201c*_])[^\W_](?:[^\s/:\u2e80-\ud7ff\uf900-\ufaff\u0e00-\u0eff\u00ad\u200b-]){399,}+")
"""Nowhere does a line end in it; an address has its slashes, and some scripts part no words."""
MOST = 5
"""Tables that are named one by one."""

LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
BARRED = re.compile(r"\|[^|\n]+\|")
NESTS = re.compile(r"<(/?)(?:ul|ol|blockquote)\b")
UNREAD = re.compile(r"<(code|math)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
STARS = re.compile(
    r"(?<![\w*])\*{2,3}(?=\w)\w{1,30}|(?<![\w*])\*(?=[^\W\d])\w{1,30}|(?<!\w)\w{3,30}[.,!?…]?\*{2,3}(?![\w*])"
)
SIGN_OF_A_NOTE = re.compile(r"[\w.,;:!?)\"”’]\*{1,3}(?!\w)")


def layout(subject: Subject) -> Iterator[Finding]:
    """All of it in notes: readers miss no word."""
    text = subject.text
    if any(removed.what == LAYOUT for removed in subject.rendered.removed):
        return
    yield from _oversized(text)
    is_deep, is_barred = _depth(subject.rendered.html) > DEEP, "|" in text and BARRED.search(text) is not None
    if is_deep or is_barred:
        yield from _structured(text, is_deep=is_deep)
    if "*" in subject.rendered.html:
        yield from _stars(text, subject.rendered.html)


def _oversized(text: str) -> Iterator[Finding]:
    if len(text) >= LONG_TEXT:
        why = f"The text has {len(text):,} characters, as many as a short book."
        yield _note(0, len(text), why)
    if (word := WORD.search(without_code(text))) is not None:
        length = word.end() - word.start()
        yield _note(*word.span(), f"This word goes on for {length:,} signs, and no line is so wide.")
    if len(text) >= LONG_LINE:
        at = 0
        for line in text.split("\n"):
            if len(line) >= LONG_LINE:
                why = f"This paragraph goes on for {len(line):,} characters without a line's end."
                yield _note(at, at + len(line), why)
                break
            at += len(line) + 1


def _depth(html: str) -> int:
    """How deep lists and quotations stand inside each other."""
    depth = deepest = 0
    for tag in NESTS.finditer(html):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest


def _structured(text: str, *, is_deep: bool) -> Iterator[Finding]:
    lines = [line.span(1) for line in LINE.finditer(text)]
    try:
        document = read([text[start:end] for start, end in lines])
    except Tangled:  # The renderer has said so.
        return
    broken = 0
    for block, depth in _walk(document):
        start, end = lines[block.begins][0], lines[block.ends][1]
        if is_deep and depth > DEEP and block.kind not in ("list", "quote", "item"):
            is_deep = False
            why = "Lists and quotations stand so deep inside each other here that little room is left for words."
            yield _note(start, end, why, {"deep": str(depth)})
        whys = _of_table(block) if block.kind == "table" else _of_paragraph(block) if block.kind == "paragraph" else []
        for why, evidence in whys:
            if broken < MOST:
                yield _note(start, end, why, evidence)
            broken += 1


def _walk(document: Block) -> Iterator[tuple[Block, int]]:
    """Each block in order, and how many lists and quotations it stands in."""
    waiting = [(document, 0)]
    while waiting:
        block, depth = waiting.pop()
        yield block, depth
        inside = depth + (block.kind in ("list", "quote"))
        waiting.extend((child, inside) for child in reversed(block.inside))


Whys = Iterator[tuple[str, dict[str, str]]]


def _of_table(block: Block) -> Whys:
    columns, rows = len(cells(block.lines[1])), [cells(line) for line in block.lines[2:]]
    if columns >= WIDE:
        yield f"This table has {columns} columns, more than fit on a page.", {"columns": str(columns)}
    # What has too many is named cell by cell: readers miss these.
    short = [row for row in rows if len(row) < columns]
    if short:
        count = Counter(map(len, short)).most_common(1)[0][0]
        evidence = {
            "columns": str(columns),
            "rows with fewer": f"{len(short)} of {len(rows)}",
            "most of them": str(count),
        }
        yield "Rows of this table have fewer cells than it has columns; readers see empty ones.", evidence


def _of_paragraph(block: Block) -> Whys:
    """Rows between bars that are no table: for want of a line of dashes below the head, or because it has not as many
    columns as the head."""
    if not any("|" in line for line in block.lines):
        return
    for is_row, group in groupby(block.lines, key=_is_row):
        rows = list(group)
        if not is_row or len(rows) < 2:
            continue
        dashes = [len(cells(row)) for row in rows if TABLE_LINE.match(row.strip())]
        if dashes:
            evidence = {"columns of its head": str(len(cells(rows[0]))), "columns below it": str(dashes[0])}
            yield "Readers see this table as bars and dashes: the line below its head does not fit it.", evidence
        else:
            yield (
                "Readers see these rows with their bars: no line of dashes makes a table of them.",
                {"rows": str(len(rows))},
            )
        return


def _is_row(line: str) -> bool:
    text = line.strip()
    if len(text) < 5 or not (text.startswith("|") and text.endswith("|")):
        return False
    found = cells(text)
    return len(found) > 1 and any(sign.isalnum() or sign == "-" for sign in text)


def _stars(text: str, html: str) -> Iterator[Finding]:
    """Stars at words that readers see. One behind a word and one before a line are the signs of a note."""
    shown = [unescape(words) for words in TAG.split(UNREAD.sub("<x>", html)) if "*" in words]
    found = _unpaired(shown)
    bare = without_code(text) if found else ""
    places = [(bare.find(stars), stars) for stars in dict.fromkeys(found[:200])]
    typed = [(at, stars) for at, stars in sorted(places) if at >= 0 and not bare.startswith("\\", max(at - 1, 0))]
    if typed:
        at, names = typed[0][0], {stars for _, stars in typed}
        count = sum(stars in names for stars in found)
        why = "Readers see these stars: nothing closes, or nothing opens, what they begin."
        yield _note(at, at + len(typed[0][1]), why, {"in all": str(count)} if count > 1 else {})


def _unpaired(shown: list[str]) -> list[str]:
    """Stars at a word, that are no sign of a note: such a one stands behind a word before it stands at the beginning of
    a line."""
    found: list[tuple[str, bool]] = []
    signs = notes = False
    for words in shown:
        for stars in STARS.finditer(words):
            opens = stars[0].startswith("*")
            is_note = opens and signs and stars.start() == 0
            notes = notes or is_note
            if not is_note:
                found.append((stars[0], opens))
        signs = signs or SIGN_OF_A_NOTE.search(words) is not None
    return [stars for stars, opens in found if opens or not notes]


def _note(start: int, end: int, why: str, evidence: dict[str, str] | None = None) -> Finding:
    return Finding(Level.NOTE, "layout", start, end, why, evidence or {})
