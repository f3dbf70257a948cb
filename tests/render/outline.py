"""What two renderers made of a text, in a form that can be compared: elements, what matters of their attributes, and
words, with white space folded where a browser folds it."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from agent.render import render

SOFT = "\N{SYMBOL FOR NEWLINE}"
"""Stands where the oracle broke a line that a browser folds."""

VOID = ("br", "hr")
INLINE = ("a", "code", "del", "em", "strong", "sup")
LANGUAGE = re.compile(r"language-[A-Za-z0-9_+#.-]{1,24}")
"""What names a language: any other class shows nothing."""
SAME = {"s": "del", "section": "div"}


class Tag(str):
    """A part that is a tag, and no words that look like one."""

    __slots__ = ()


def of_oracle(text: str) -> list[str]:
    """What a CommonMark parser with GitHub's tables, strikethrough, task lists, bare links and footnotes shows."""
    return outline(ORACLE.render(text, {}))


def of_ours(text: str) -> list[str]:
    return outline(render(text).html)


def same(ours: list[str], theirs: list[str]) -> bool:
    """Whether both show the very same."""
    return ours == [part if isinstance(part, Tag) else part.replace(SOFT, " ") for part in theirs]


def same_but_for_lines(ours: list[str], theirs: list[str]) -> bool:
    """Whether both show the same, but for lines that we keep and that a browser would fold."""
    return _flowing(ours) == _flowing(theirs)


def _flowing(parts: list[str]) -> str:
    words = "".join(
        SOFT if part == Tag("<br>") else f"\x00{part}\x00" if isinstance(part, Tag) else part for part in parts
    )
    return re.sub(rf"[\s{SOFT}\u00a0]+", " ", words)


def _softbreak(self: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return SOFT


def _oracle() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    md.use(footnote_plugin).use(tasklists_plugin).use(gfm_autolink_plugin)
    md.disable("footnote_inline")
    md.add_render_rule("softbreak", _softbreak)
    return md


ORACLE = _oracle()


def outline(html: str) -> list[str]:
    reader = _Outline()
    reader.feed(html)
    reader.close()
    return _folded(reader.parts)


class _Outline(HTMLParser):
    """Gathers tags and words."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[str] = []
        self.skipped = 0
        """Depth within the way back out of a note; 0 outside."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        kind = given.get("class", "")
        tag = SAME.get(tag, tag)
        if self.skipped or "footnote-backref" in kind:
            self.skipped += tag not in VOID
            return
        if tag == "input":  # The oracle's; ours is a sign from the start.
            self.parts.append("☑" if "checked" in given else "☐")
            return
        if kind == "footnotes-sep" or (tag == "hr" and self.open[-1:] == ["div"]):
            return
        if self.open[-1:] == ["sup"]:
            given = {}
        shown = [tag, *(f"{name}={unquote(given[name])}" for name in ("href", "title", "start") if name in given)]
        if tag == "code" and LANGUAGE.fullmatch(kind):
            shown.append(kind)
        if tag in ("th", "td") and (align := kind or given.get("style", "").removeprefix("text-align:")):
            shown.append(align)
        self.parts.append(Tag(f"<{' '.join(shown)}>"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = SAME.get(tag, tag)
        if tag in VOID:
            return
        if self.skipped:
            self.skipped -= 1
            return
        assert self.open.pop() == tag
        self.parts.append(Tag(f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        if self.skipped:
            return
        if self.open[-2:] == ["sup", "a"]:
            data = re.sub(r"\[(\d+)(:\d+)?\]", r"\1", data)
        if "pre" not in self.open:
            data = re.sub(rf"[ \t\n]*{SOFT}[ \t\n]*", SOFT, re.sub(r"[ \t\n]+", " ", data))
        self.parts.append(data)


def _folded(parts: list[str]) -> list[str]:
    """Join neighbouring words, and drop white space where none is shown, and paragraphs without words."""
    shown: list[str] = []
    in_code = False
    for part in parts:
        words = not isinstance(part, Tag)
        if words and shown and not isinstance(shown[-1], Tag):
            shown[-1] += part
        elif words and not in_code and shown and _is_block(shown[-1]):
            shown.append(part.lstrip(" "))
        elif part == Tag("</p>") and shown[-1] == Tag("<p>"):
            shown.pop()
        else:
            if not words and not in_code and _is_block(part) and shown and not isinstance(shown[-1], Tag):
                shown[-1] = shown[-1].rstrip(" \u00a0")
            if part == Tag("</pre>") and not isinstance(shown[-2], Tag):
                shown[-2] = shown[-2].rstrip("\n")
            shown.append(part)
        in_code = (in_code or part == Tag("<pre>")) and part != Tag("</pre>")
        if len(shown) > 1 and not shown[-2]:
            del shown[-2]
    return [part for part in shown if part]


def _is_block(part: str) -> bool:
    """Whether a part is a tag about which white space is not shown: a block's, or a line's end."""
    match = re.match(r"</?([a-z0-9]+)", part)
    return isinstance(part, Tag) and match is not None and match[1] not in INLINE
