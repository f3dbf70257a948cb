"""Tables as GitHub's Markdown has them: a head, a line that says how columns are aligned, rows."""

import re
from xml.etree.ElementTree import Element, SubElement

TABLE_LINE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
REACHABLE = {"tabindex": "0"}
"""For what is wider than a page: who has no mouse scrolls it by the arrow keys, once it can be tabbed to."""
BAR = re.compile(r"(?<!\\)\|")


def cells(line: str) -> list[str]:
    """Return the cells of a row. A bar behind a backslash is one of a cell's own signs."""
    text = line.strip(" \t")
    found = BAR.split(text[1:] if text.startswith("|") else text)
    if len(found) > 1 and not found[-1].strip(" \t"):
        found.pop()
    return [cell.strip(" \t").replace("\\|", "|") for cell in found]


def table(lines: list[str]) -> tuple[Element, list[str]]:
    """Return the table of these lines, its cells not read yet, and the words for which it has no column."""
    aligned = [_align(cell) for cell in cells(lines[1])]
    made = Element("table", REACHABLE)
    _row(SubElement(made, "thead"), "th", cells(lines[0]), aligned)
    beyond: list[str] = []
    body = SubElement(made, "tbody") if len(lines) > 2 else None
    for line in lines[2:]:
        row = cells(line)
        beyond += [cell for cell in row[len(aligned) :] if cell]
        _row(body, "td", row, aligned)
    return made, beyond


def _row(parent: Element | None, tag: str, row: list[str], aligned: list[str]) -> None:
    if parent is not None:
        made = SubElement(parent, "tr")
        for at, align in enumerate(aligned):
            cell = SubElement(made, tag, {"class": align} if align else {})
            cell.text = row[at] if at < len(row) else ""


def _align(cell: str) -> str:
    left, right = cell.startswith(":"), cell.endswith(":")
    return "center" if left and right else "left" if left else "right" if right else ""
