"""Poems keep their lines; prose that was wrapped by hand does not.

Markdown reads a line break within a paragraph as a space. Where the next word would have fitted
on the line, the author broke it on purpose.
"""

from functools import reduce
from itertools import pairwise

FITS = 60
"""Columns that any hand-wrapped prose fills: a line that ends earlier was ended on purpose."""

VERSE = 80
"""Columns within which the lines of a poem stay."""


def keep_lines(paragraph: str) -> tuple[str, bool]:
    """Return the paragraph's Markdown with hard breaks where lines are to be kept, and whether it is verse.

    Verse keeps all its lines. A line after such a break keeps its indent, as no-break spaces.
    """
    lines = paragraph.split("\n")
    on_purpose = [_width(line, then) <= FITS for line, then in pairwise(lines)]
    if not any(on_purpose):
        return paragraph, False
    is_verse = max(len(line) for line in lines) <= VERSE
    kept = lines[0]
    for line, breaks in zip(lines[1:], on_purpose, strict=True):
        kept = _broken(kept, line) if breaks or is_verse else f"{kept}\n{line}"
    return kept, is_verse


def every_line(lines: list[str]) -> str:
    """Return the Markdown of a stanza: all its lines with their indents, the first one's as well."""
    return reduce(_broken, lines[1:], _indented(lines[0])).rstrip(" ")


def _broken(kept: str, line: str) -> str:
    return kept.rstrip(" ") + ("" if kept.endswith("\\") else "  ") + "\n" + _indented(line)


def _indented(line: str) -> str:
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text


def _width(line: str, then: str) -> int:
    """How wide the line would be with the first word of the next."""
    words = then.split(maxsplit=1)
    return len(line.strip()) + 1 + len(words[0] if words else "")
