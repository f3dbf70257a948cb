"""A text's lines as CommonMark divides them into blocks: quotes, lists and notes, and what stands in them.

python-markdown's own reading knows only the habits of hand-made pages: lists that are indented by four and have a
blank line above. So this reads the blocks, and python-markdown what stands within a line (marks.py). Each line is
looked at once: first which open blocks it continues, then which it begins, then whose text it is.
"""

import re
from dataclasses import dataclass, field

from agent.render.tables import TABLE_LINE, cells

MAX_DEPTH = 20
"""How deep quotes, items and notes may stand inside each other: what reads the tree calls itself for each."""

FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})(.*)$")
HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
RULE = re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}$")
ITEM = re.compile(r"([-*+]|(\d{1,9})[.)])( +|$)")
NOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*")
LEADING = re.compile(r"[ >*+\-\d.)]*\t[ \t>*+\-\d.)]*")


class Tangled(Exception):
    """The text is nested too deeply, or has more marks than python-markdown could read in time."""


@dataclass(slots=True)
class Block:
    """A block and where it stands, from its first line to the last that is not blank.

    Which of these it is: document, quote, list, item, note; paragraph, math, heading, code, fence, rule, table.
    """

    kind: str
    begins: int
    ends: int
    inside: list["Block"] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """What a leaf says, without the marks and indents of the blocks about it."""
    mark: str = ""
    """A list's mark ("-", "*", "+", ".", ")"), a fence's own, a note's name, the line under a heading."""
    number: int = 0
    """Where an ordered list starts; a heading's level; by how much a fence is indented."""
    width: int = 0
    """How many columns an item's text is indented by."""
    info: str = ""
    """What stands behind the opening of a fence."""


def read(lines: list[str]) -> Block:
    """Return the document of these lines. Raises Tangled."""
    return _Reader(lines).run()


class _Reader:
    """`open` are the blocks that may go on, outermost first; `leaf` is the paragraph or such in the innermost."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.document = Block("document", 0, 0)
        self.open = [self.document]
        self.leaf: Block | None = None

    def run(self) -> Block:
        for at, line in enumerate(self.lines):
            self.at = at
            self.line(_untabbed(line) if "\t" in line else line)
        return self.document

    def line(self, line: str) -> None:
        matched, quotes, rest = self.goes_on(line)
        whole = matched == len(self.open)
        if self.leaf and self.leaf.kind in ("fence", "math") and whole and self.fenced(self.leaf, rest):
            return
        if not rest.strip(" \t"):
            self.touch(quotes)
            self.blank(rest, matched)
        else:
            self.begin(rest, matched)

    def goes_on(self, line: str) -> tuple[int, int, str]:
        """Return how many of the open blocks the line continues, up to which of them it says so by the mark of
        a quote, and what is left of it."""
        at, quotes, length = 0, 0, len(line)
        for number, block in enumerate(self.open):
            if block.kind == "quote" or block.width:
                text = at
                while text < length and line[text] == " ":
                    text += 1
                if block.kind == "quote":
                    if text - at > 3 or not line.startswith(">", text):
                        return number, quotes, line[at:]
                    at = text + (2 if line.startswith(" ", text + 1) else 1)
                    quotes = number + 1
                elif text == length:
                    if not block.inside:
                        return number, quotes, ""
                    at = min(at + block.width, length)
                elif text - at >= block.width:
                    at += block.width
                else:
                    return number, quotes, line[at:]
        return len(self.open), quotes, line[at:] if at else line

    def touch(self, count: int) -> None:
        """The line in hand belongs to the first so many of the open blocks."""
        for block in self.open[:count]:
            block.ends = self.at

    def close(self, count: int) -> None:
        """Leave all but the first so many of the open blocks open."""
        if count < len(self.open):
            del self.open[count:]
            self.leaf = None

    def fenced(self, leaf: Block, rest: str) -> bool:
        """Add a line to what is fenced; say whether it goes on there."""
        text = rest.lstrip(" ")
        indent = len(rest) - len(text)
        if leaf.kind == "math":
            leaf.lines.append(text)
            self.leaf = None if leaf.mark in text else leaf
        elif indent < 4 and text.startswith(leaf.mark) and not text.strip(leaf.mark[0]).strip(" \t"):
            self.leaf = None
        else:
            line = self.lines[self.at] if len(self.open) == 1 and not leaf.number else rest[min(indent, leaf.number) :]
            leaf.lines.append(line)
        self.touch(len(self.open))
        leaf.ends = self.at
        return True

    def blank(self, rest: str, matched: int) -> None:
        self.close(matched)
        if self.leaf and self.leaf.kind == "code":
            self.leaf.lines.append(rest[4:])
        else:
            self.leaf = None

    def begin(self, rest: str, matched: int) -> None:
        """Open the blocks whose marks the line begins with, and give its text to the last of them."""
        goes_on = self.leaf if matched == len(self.open) else None
        lazy = self.leaf if self.leaf and self.leaf.kind == "paragraph" else None
        while True:
            text = rest.lstrip(" ")
            indent = len(rest) - len(text)
            if not text:
                self.touch(len(self.open))
                return
            sign = text[0]
            if indent >= 4:
                if lazy:
                    break
                self.code(rest, matched, goes_on)
                return
            if sign == ">":
                self.enter(Block("quote", self.at, self.at), matched)
                rest = text[2:] if text.startswith("> ") else text[1:]
            elif sign in "-+*0123456789" and (item := self.item(text, indent, matched, goes_on)) is not None:
                rest = item
            elif sign == "[" and (note := NOTE.match(text)) and all(b.kind != "note" for b in self.open[:matched]):
                self.enter(Block("note", self.at, self.at, mark=note[1], width=4), matched)
                rest = text[note.end() :]
            elif self.stands_alone(text, indent, matched, goes_on):
                return
            else:
                break
            matched, goes_on, lazy = len(self.open), None, None
        if goes_on and goes_on.kind == "table":
            self.add(goes_on, text)
        elif lazy:
            self.add(lazy, rest)
        else:
            self.put(Block("paragraph", self.at, self.at, lines=[rest]), matched)

    # Blocks that hold others

    def enter(self, block: Block, matched: int) -> None:
        self.close(matched)
        if self.open[-1].kind == "list" and block.kind != "item":
            self.open.pop()
        self.leaf = None
        self.open[-1].inside.append(block)
        self.open.append(block)
        if len(self.open) > MAX_DEPTH + 1 and sum(block.kind != "list" for block in self.open) > MAX_DEPTH + 1:
            raise Tangled

    def item(self, text: str, indent: int, matched: int, goes_on: Block | None) -> str | None:
        """Open an item, and a list for it unless one is open; return the rest of the line. None if it is none."""
        mark = ITEM.match(text)
        if mark is None or RULE.match(text) or (goes_on and self.underlines(text, goes_on)):
            return None
        words = text[mark.end() :]
        if goes_on and goes_on.kind == "paragraph" and (not words or (mark[2] and int(mark[2]) != 1)):
            return None
        spaces = len(mark[3])
        if not words or spaces > 4:
            spaces = 1
        kind = mark[1][-1]
        self.close(matched)
        if not (self.open[-1].kind == "list" and self.open[-1].mark == kind):
            self.enter(Block("list", self.at, self.at, mark=kind, number=int(mark[2] or 0)), matched)
        width = len(mark[1]) + spaces
        self.enter(Block("item", self.at, self.at, width=indent + width), len(self.open))
        return text[width:]

    # Blocks that hold text

    def put(self, leaf: Block, matched: int, *, stays_open: bool = True) -> None:
        self.close(matched)
        if self.open[-1].kind == "list":
            self.open.pop()
        self.open[-1].inside.append(leaf)
        self.touch(len(self.open))
        self.leaf = leaf if stays_open else None

    def add(self, leaf: Block, text: str) -> None:
        leaf.lines.append(text)
        leaf.ends = self.at
        self.touch(len(self.open))

    def code(self, rest: str, matched: int, goes_on: Block | None) -> None:
        if goes_on and goes_on.kind == "code":
            self.add(goes_on, rest[4:])
        else:
            self.put(Block("code", self.at, self.at, lines=[rest[4:]]), matched)

    def stands_alone(self, text: str, indent: int, matched: int, goes_on: Block | None) -> bool:
        """Put a heading, a rule, a table's head, or the opening of a fence, if the line is one."""
        at, sign = self.at, text[0]
        if sign == "#" and (heading := HEADING.match(text)):
            words = [heading[2] or ""]
            self.put(Block("heading", at, at, lines=words, number=len(heading[1])), matched, stays_open=False)
        elif sign in "`~" and (fence := FENCE.match(text)):
            self.put(Block("fence", at, at, mark=fence[1], number=indent, info=fence[2].strip()), matched)
        elif goes_on and self.underlines(text, goes_on):
            goes_on.kind, goes_on.number = "heading", 1 if sign == "=" else 2
            goes_on.mark, goes_on.ends = text, at
            self.touch(len(self.open))
            self.leaf = None
        elif sign in "-*_" and RULE.match(text):
            self.put(Block("rule", at, at), matched, stays_open=False)
        elif goes_on and sign in "|:-" and self.heads_table(text, goes_on):
            self.table(text, goes_on)
        elif sign in "$\\" and (closing := self.opens_formula(text)):
            self.put(Block("math", at, at, lines=[text], mark=closing), matched)
        else:
            return False
        return True

    def underlines(self, text: str, above: Block) -> bool:
        return above.kind == "paragraph" and text[0] in "=-" and UNDERLINE.match(text) is not None

    def heads_table(self, text: str, above: Block) -> bool:
        head = above.lines[-1] if above.kind == "paragraph" else ""
        return "|" in head and TABLE_LINE.match(text) is not None and len(cells(head)) == len(cells(text))

    def table(self, text: str, above: Block) -> None:
        """Make a table's head of the last line of a paragraph."""
        table = Block("table", above.ends, self.at, lines=[above.lines.pop(), text])
        if above.lines:
            above.ends -= 1
            self.open[-1].inside.append(table)
        else:
            self.open[-1].inside[-1] = table
        self.leaf = table
        self.touch(len(self.open))

    def opens_formula(self, text: str) -> str:
        """Return what closes a formula that is set off by lines of its own; "" if none begins here."""
        closing = {"$$": "$$", "\\[": "\\]"}.get(text[:2], "")
        if closing and closing not in text[2:]:
            for line in self.lines[self.at + 1 :]:
                if not line.strip(" \t>"):
                    break
                if closing in line:
                    return closing
        return ""


def _untabbed(line: str) -> str:
    """Turn the tabs before a line's words into spaces."""
    leading = LEADING.match(line)
    return leading[0].expandtabs(4) + line[leading.end() :] if leading else line
