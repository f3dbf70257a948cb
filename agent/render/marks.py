"""Markdown to HTML, by python-markdown with the parts and changes that this outlet wants.

The HTML is not safe yet: agent/render/safe.py makes it so.
"""

# python-markdown names its methods and arguments so:
# ruff: noqa: A002, N802

import re
import string
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockQuoteProcessor
from markdown.extensions import Extension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import (
    ESCAPE_RE,
    HTML_RE,
    EscapeInlineProcessor,
    InlineProcessor,
    SubstituteTagInlineProcessor,
)
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, ETX, STX, AtomicString, code_escape

from agent.render.layout import Tangled, lay_out
from agent.render.lines import keep_lines
from agent.render.removed import DOUBLE_NOTE, PICTURE, RAW_HTML, UNUSED_ADDRESS, Removed

MAX_TANGLE = 10_000_000
"""Marks times length, over all paragraphs and such. python-markdown reads to the end of a paragraph
for each bracket, so that this much takes it about a second; a long essay has some ten thousand."""

Match = tuple[Element | str | None, int | None, int | None]
"""What an inline processor gives back. The library lets its signature differ from its own parent class,
which mypy rightly calls an error in ours too."""

BACK_TO = "Back to the place of note {}"


def to_html(text: str, prefix: str) -> tuple[str, list[Removed]]:
    """Return the HTML of a text without control characters, and what was kept out of it.

    `prefix` goes into the ids of footnotes. Raises Tangled, and whatever the library raises.
    """
    page = _Page(prefix)
    md = Markdown(
        extensions=[
            "pymdownx.betterem",
            "pymdownx.tilde",
            "pymdownx.tasklist",
            "pymdownx.magiclink",
            "sane_lists",
            TableExtension(use_align_attribute=True),
            page.notes,
            page,
        ],
        extension_configs={"pymdownx.tilde": {"subscript": False}},
    )
    made = md.convert(text)
    return made, [*page.kept_out, *page.addresses.unused()]


class _Page(Extension):
    """Puts our parts in place of the library's for one text, and gathers what they keep out."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.kept_out: list[Removed] = []
        self.notes = _Footnotes(prefix, self.kept_out)
        self.addresses = _Addresses()

    def extendMarkdown(self, md: Markdown) -> None:
        md.references = self.addresses
        md.ESCAPED_CHARS = list(string.punctuation)
        md.preprocessors.deregister("html_block")
        md.preprocessors.register(_LayOut(md), "normalize_whitespace", 30)
        md.parser.blockprocessors.register(_Quotes(md.parser), "quote", 20)
        md.inlinePatterns.register(_Escape(ESCAPE_RE, md), "escape", 180)
        md.inlinePatterns.register(_RawHtml(HTML_RE, self.kept_out), "html", 90)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"\\\n", "br"), "backslash_break", 179)
        md.treeprocessors.register(_Blocks(md), "blocks", 30)
        md.treeprocessors.register(_NoteOrder(md, self.notes), "footnote-reorder", 19)
        md.treeprocessors.register(_Pictures(md, self.kept_out), "pictures", 14)
        md.treeprocessors.register(_Backlinks(md), "backlinks", 13)


class _LayOut(Preprocessor):
    """The library's own first step, with our layout instead of its clean-up, which the text had already."""

    def run(self, lines: list[str]) -> list[str]:
        def stash(code: str, language: str) -> str:
            kind = f' class="language-{language}"' if language else ""
            return str(self.md.htmlStash.store(f"<pre><code{kind}>{code_escape(code)}</code></pre>"))

        return [*lay_out(lines if lines[-1] else lines[:-1], stash), "", ""]


class _Quotes(BlockQuoteProcessor):
    """A quote that follows another stays apart: the layout leaves no blank line within one."""

    def lastChild(self, parent: Element) -> Element | None:
        return None


class _Escape(EscapeInlineProcessor):
    """An escaped ampersand begins no entity."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        if m.group(1) == "&":
            return AtomicString(AMP_SUBSTITUTE + "amp;"), m.start(0), m.end(0)
        return super().handleMatch(m, data)


class _RawHtml(InlineProcessor):
    """Shows a tag as it was typed."""

    def __init__(self, pattern: str, kept_out: list[Removed]) -> None:
        super().__init__(pattern)
        self.kept_out = kept_out

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        typed = m.group(1)
        if not typed.startswith("</"):
            self.kept_out.append(Removed(RAW_HTML, typed))
        return AtomicString(typed.replace("&", AMP_SUBSTITUTE + "amp;")), m.start(0), m.end(0)


class _Blocks(Treeprocessor):
    """Before anything within the blocks is read: keeps the lines of poems, and spaces lists evenly."""

    def run(self, root: Element) -> None:
        if sum(_tangle(element.text or "") + _tangle(element.tail or "") for element in root.iter()) > MAX_TANGLE:
            raise Tangled
        for element, above in _walk(root):
            if element.tag == "p" and "li" not in above and element.text:
                element.text, is_verse = keep_lines(element.text)
                if is_verse:
                    element.set("class", "lines")
            elif element.tag in ("ul", "ol") and any(_is_loose(item) for item in element):
                for item in element:
                    _loosen(item)


def _tangle(text: str) -> int:
    """What it costs to read the marks in a paragraph: one of emphasis costs a fiftieth of a bracket."""
    return 0 if isinstance(text, AtomicString) else len(text) * (text.count("[") + sum(map(text.count, "*_~")) // 50)


def _is_loose(item: Element) -> bool:
    return len(item) > 0 and item[0].tag == "p" and not (item.text or "").strip()


def _loosen(item: Element) -> None:
    if (item.text or "").strip():
        paragraph = Element("p")
        paragraph.text, item.text = item.text, ""
        item.insert(0, paragraph)


class _Pictures(Treeprocessor):
    """A picture from elsewhere would tell that place who reads here, so it becomes a link to itself."""

    def __init__(self, md: Markdown, kept_out: list[Removed]) -> None:
        super().__init__(md)
        self.kept_out = kept_out

    def run(self, root: Element) -> None:
        for element, above in _walk(root):
            if element.tag == "img":
                address, words = element.get("src", ""), element.get("alt", "")
                self.kept_out.append(Removed(PICTURE, address))
                element.attrib.clear()
                element.text = AtomicString(words or address)
                element.tag = "em" if "a" in above else "a"
                if element.tag == "a":
                    element.set("href", address)
                    element.set("class", "picture")


class _Backlinks(Treeprocessor):
    """Takes the way back out of footnotes to which nothing leads."""

    def run(self, root: Element) -> None:
        places = {element.get("id") for element in root.iter("sup")}
        for parent in root.iter("p"):
            for link in parent.findall("a[@class='footnote-backref']"):
                if link.get("href", "")[1:] not in places:
                    parent.remove(link)


def _walk(root: Element) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield each element in order, with the tags above it."""
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, above = waiting.pop()
        yield element, above
        waiting.extend((child, (*above, element.tag)) for child in reversed(list(element)))


class _Footnotes(FootnoteExtension):
    """Footnotes whose ids are their numbers behind a prefix, never the author's words."""

    def __init__(self, prefix: str, kept_out: list[Removed]) -> None:
        super().__init__(
            PLACE_MARKER=f"{STX}none{ETX}",
            BACKLINK_TEXT="&#8617;&#65038;",
            USE_DEFINITION_ORDER=False,
            BACKLINK_TITLE=BACK_TO,
        )
        self.prefix, self.kept_out = prefix, kept_out
        self.numbers: dict[str, int] = {}
        self.complete = False

    def setFootnote(self, id: str, text: str) -> None:
        if self.complete or id in self.footnotes:
            self.kept_out.append(Removed(DOUBLE_NOTE, text))
        else:
            self.numbers[id] = len(self.numbers) + 1
            super().setFootnote(id, text)

    def makeFootnotesDiv(self, root: Element) -> Element | None:
        self.complete = True
        return super().makeFootnotesDiv(root)

    def makeFootnoteId(self, id: str) -> str:
        return f"fn:{self.number(id)}"

    def makeFootnoteRefId(self, id: str, found: bool = False) -> str:
        return self.unique_ref(f"fnref:{self.number(id)}", found)

    def number(self, id: str) -> str:
        return f"{self.prefix}-{self.numbers[id]}"

    def unique_ref(self, reference: str, found: bool = False) -> str:
        """Return the id of the next place that refers to a note. (The library's own way is slow for many.)"""
        if not found:
            return reference
        times = self.found_refs[reference] = self.found_refs.get(reference, 0) + 1
        return reference if times == 1 else reference.replace(":", f"{times}:", 1)


class _NoteOrder(Treeprocessor):
    """Puts the notes in the order in which the text refers to them; what it never refers to comes last."""

    def __init__(self, md: Markdown, notes: _Footnotes) -> None:
        super().__init__(md)
        self.notes = notes

    def run(self, root: Element) -> None:
        names = dict.fromkeys([*self.notes.footnote_order, *self.notes.footnotes])
        for listed in root.findall("div[@class='footnote']/ol"):
            items = {item.get("id"): item for item in listed}
            listed[:] = [items[self.notes.makeFootnoteId(name)] for name in names]
            for number, item in enumerate(listed, start=1):
                for link in item.iterfind(".//a[@class='footnote-backref']"):
                    link.set("title", BACK_TO.format(number))


class _Addresses(dict[str, Any]):
    """Addresses that stand apart from their links: the first of a name counts; remembers which were used."""

    def __init__(self) -> None:
        super().__init__()
        self.used: set[str] = set()
        self.second: list[tuple[str, str | None]] = []

    def __setitem__(self, name: str, address: tuple[str, str | None]) -> None:
        if name in self:
            self.second.append(address)
        else:
            super().__setitem__(name, address)

    def __getitem__(self, name: str) -> tuple[str, str | None]:
        self.used.add(name)
        found: tuple[str, str | None] = super().__getitem__(name)
        return found

    def unused(self) -> list[Removed]:
        unused = [address for name, address in self.items() if name not in self.used]
        return [Removed(UNUSED_ADDRESS, title or address) for address, title in (*unused, *self.second)]
