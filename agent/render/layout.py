"""Lays Markdown out for python-markdown, which reads some habits of language models unlike CommonMark.

Lists are indented by four columns a level, blocks get a blank line around them, fenced code is
put aside, `1)` becomes `1.`, and what only looks like a heading or an item is escaped. Words stay.
"""

import re
from collections.abc import Callable

MAX_DEPTH = 20
"""How deep quotes, lists and notes may stand inside each other: python-markdown calls itself for each."""

MAX_LINES = 3000
"""How long one paragraph, quote or table may be: python-markdown reads some again for each of their lines."""

Stash = Callable[[str, str], str]
"""Puts code (and the name of its language, or "") aside and returns one line that stands for it."""

FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})(.*)$")
LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,24}(?=\s|$)")
HEADING = re.compile(r"#{1,6}(\s|$)")
CLOSING_MARKS = re.compile(r"(?<=[^#\s\\])#+\s*$")
UNDERLINE = re.compile(r"(=+|-+)\s*$")
RULE = re.compile(r"([-*_])\s*(\1\s*){2,}$")
QUOTE = re.compile(r">[ ]?")
ITEM = re.compile(r"([-*+]|\d{1,9}[.)])(\s+|$)")
NOTE = re.compile(r"\[\^[^\]]+\]:\s*")
LIKE_NOTE = re.compile(r"\[\^[^\]]*\]:")
TABLE_LINE = re.compile(r"(?=.*\|)[|\s]*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


class Tangled(Exception):
    """The text is nested too deeply, or has more marks than python-markdown could read in time."""


def lay_out(lines: list[str], stash: Stash, depth: int = 0) -> list[str]:
    """Return the lines as python-markdown should read them. Raises Tangled."""
    return _Layout([_untab(line) for line in lines], stash, depth).run()


class _Layout:
    """One pass over the lines. `at` is the line in hand, `done` what is laid out so far."""

    def __init__(self, lines: list[str], stash: Stash, depth: int) -> None:
        self.lines, self.stash, self.depth = lines, stash, depth
        self.at = 0
        self.done: list[str] = []
        self.inside: list[int] = []
        """The column at which the text of each open item begins, outermost first."""
        self.lists: dict[int, bool] = {}
        """Level -> whether the list that is open there is ordered."""
        self.marks = ""
        """Markers of items whose first line is still to come."""
        self.last = "blank"
        """What the line above was: blank, text, quote, table, code or (a finished) block."""
        self.block_lines = 0
        self.block_indent = 0
        """Indent of the line that follows the latest blank one: python-markdown reads on from there."""

    def run(self) -> list[str]:
        while self.at < len(self.lines):
            if self.depth + len(self.inside) > MAX_DEPTH or self.block_lines > MAX_LINES:
                raise Tangled
            if self.lines[self.at].strip():
                self.line()
            else:
                self.blank()
        self.empty_item()
        return self.done

    # Writing

    def put(self, text: str, kind: str) -> None:
        """Begin a block: behind an item's marker, or indented, as a rule after a blank line."""
        if not self.marks:
            self.gap()
        line = (self.marks or " " * 4 * len(self.inside)) + text
        if not (self.done and self.done[-1]):
            self.block_indent = _indent(line)
        self.done.append(line)
        self.marks, self.last, self.block_lines = "", kind, 1

    def gap(self) -> None:
        if self.done and self.done[-1]:
            self.done.append("")

    def go_on(self, text: str) -> None:
        """Add a line to the block above. It needs no indent, whatever that block stands in."""
        self.done.append(text)
        self.block_lines += 1

    def empty_item(self) -> None:
        if self.marks:
            self.put("", "block")

    def blank(self) -> None:
        self.empty_item()
        self.done.append("")
        self.last = "blank"
        self.at += 1

    # Reading

    def line(self) -> None:
        line = self.lines[self.at]
        indent = _indent(line)
        text = line[indent:]
        level = next((n for n, column in enumerate(self.inside) if column > indent), len(self.inside))
        base = self.inside[level - 1] if level else 0
        leaves = level < len(self.inside)

        if self.goes_on(text, indent - base, level):
            underlines = self.last == "text" and self.block_lines == 1 and not leaves and UNDERLINE.match(text)
            harmless = _harmless(text, in_item=bool(self.inside))
            self.go_on(harmless if self.inside or harmless != text else line)
            self.last = "block" if underlines else self.last
            self.at += 1
            return

        if leaves:
            self.empty_item()
            del self.inside[level:]
        item = ITEM.match(text)
        note = NOTE.match(text)
        fence = FENCE.match(text)
        if indent - base >= 4:
            self.code(line[base:])
        elif RULE.match(text):
            self.rule(text)
        elif item:
            self.item(item, indent)
        elif fence:
            self.fence(fence, indent, base)
        elif QUOTE.match(text):
            self.quote(base)
        elif note and not self.inside and not self.depth:
            self.note(note, indent)
        else:
            self.leave_lists()
            self.plain(text)

    def goes_on(self, text: str, extra: int, level: int) -> bool:
        """Whether the line, `extra` columns into this level, belongs to the paragraph, quote or table above it."""
        leaves = level < len(self.inside)
        if self.marks or self.last not in ("text", "quote", "table") or (self.last == "table" and leaves):
            return False
        if extra >= 4:
            return True
        in_paragraph = self.last == "text" and not leaves
        if in_paragraph and self.block_lines == 1 and UNDERLINE.match(text):
            return True
        if item := ITEM.match(text):
            begins = text[item.end() :] != "" and item[1] in ("-", "*", "+", "1.", "1)")
            return in_paragraph and not begins and not RULE.match(text)
        if RULE.match(text) or HEADING.match(text) or QUOTE.match(text) or FENCE.match(text) or self.heads_table(text):
            return False
        return not (NOTE.match(text) and level == self.depth == 0)

    def heads_table(self, text: str) -> bool:
        return self.last != "table" and "|" in text and bool(TABLE_LINE.match("".join(self.lines[self.at + 1 :][:1])))

    # Blocks

    def plain(self, text: str) -> None:
        """A heading, the head of a table, or a paragraph's first line."""
        if HEADING.match(text):
            self.put(CLOSING_MARKS.sub(lambda marks: marks[0].replace("#", "\\#"), text), "block")
        elif self.heads_table(text):
            self.put(_harmless(text), "table")
            self.at += 1
            self.go_on(self.lines[self.at].strip())
        else:
            self.put(_harmless(text), "text")
        self.at += 1

    def code(self, text: str) -> None:
        if self.last == "code":
            self.go_on(" " * 4 * len(self.inside) + text)
        else:
            self.leave_lists()
            self.put(text, "code")
        self.at += 1

    def rule(self, text: str) -> None:
        self.leave_lists()
        self.put(text, "block")
        self.at += 1

    def item(self, item: re.Match[str], indent: int) -> None:
        """An item's marker; the rest of the line is laid out as the item's first."""
        level, ordered = len(self.inside), item[1][-1] in ".)"
        self.leave_lists(above=level)
        same_list = self.lists.get(level) == ordered
        first_child = level > 0 and level not in self.lists and self.last == "text"
        bare = "-" in (self.lines[self.at].strip(), self.done[-1].strip() if self.done else "")
        if not self.marks and (bare or self.block_indent > 4 * level or not (same_list or first_child)):
            self.gap()  # A bare "-" would make a heading of the line above it.
        self.lists[level] = ordered
        self.marks = (self.marks or " " * 4 * level) + item[1].replace(")", ".") + " "
        self.into(item, indent, len(item[0]) if item[2] and len(item[2]) < 5 else len(item[1]) + 1)

    def note(self, note: re.Match[str], indent: int) -> None:
        self.leave_lists()
        self.gap()
        self.marks = note[0].rstrip() + " "
        self.into(note, indent, 4)

    def into(self, marker: re.Match[str], indent: int, width: int) -> None:
        self.inside.append(indent + width)
        self.last = "blank"
        rest = self.lines[self.at][indent + marker.end() :]
        if rest.strip():
            self.lines[self.at] = " " * (indent + width) + rest
        else:
            self.at += 1
            self.last = "block"

    def fence(self, opening: re.Match[str], indent: int, base: int) -> None:
        """Fenced code, to its closing fence or to the end of what it stands in."""
        self.leave_lists()
        marks, info = opening[1], opening[2]
        closing = re.compile(rf" {{0,3}}{marks[0]}{{{len(marks)},}}\s*$")
        body: list[str] = []
        self.at += 1
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() and _indent(line) < base:
                break
            self.at += 1
            if closing.match(line[base:]):
                break
            body.append(line[min(indent, _indent(line)) :])
        language = LANGUAGE.match(info.strip())
        self.put(self.stash("".join(f"{line}\n" for line in body), language[0] if language else ""), "block")

    def quote(self, base: int) -> None:
        """All lines that begin with the mark; what they quote is laid out like a text of its own."""
        self.leave_lists()
        quoted: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            mark = QUOTE.match(line, _indent(line))
            if not mark or not base <= _indent(line) < base + 4:
                break
            quoted.append(line[mark.end() :])
            self.at += 1
        laid = lay_out(quoted, self.stash, self.depth + len(self.inside) + 1)
        lines = ["> " + line if line else ">" for line in laid]
        self.put(lines[0], "quote")
        for line in lines[1:]:
            self.go_on(line)

    def leave_lists(self, above: int | None = None) -> None:
        """Forget lists that ended: those at this level and deeper, or deeper than `above`."""
        first = len(self.inside) if above is None else above + 1
        self.lists = {level: ordered for level, ordered in self.lists.items() if level < first}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _untab(line: str) -> str:
    """Turn leading tabs into spaces."""
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(4) + text


def _harmless(text: str, in_item: bool = False) -> str:
    """Escape what python-markdown would take for a heading, a note or, within an item, for another item."""
    if text[0] == "#" or LIKE_NOTE.match(text):
        return "\\" + text
    if in_item and (item := ITEM.match(text)):
        return item[1][:-1] + "\\" + text[len(item[1]) - 1 :]
    return text
