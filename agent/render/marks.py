"""What stands within the blocks, read by python-markdown with the parts and changes that this outlet wants.

The elements are not safe yet: agent/render/safe.py makes their HTML so.
"""

# python-markdown names its methods and arguments so:
# ruff: noqa: N802, N803

import threading
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import SubstituteTagInlineProcessor
from markdown.treeprocessors import InlineProcessor as InlineReader
from markdown.util import AtomicString
from pymdownx.magiclink import RE_LINK, RE_MAIL

from agent.render import notes
from agent.render.addresses import Addresses
from agent.render.blocks import Tangled, read
from agent.render.links import Autolinks, Bare, Links, Mail, Tags
from agent.render.raw import Raw
from agent.render.removed import PICTURE, Removed
from agent.render.tree import Tree

MAX_TANGLE = 10_000_000
"""Marks times length, over all paragraphs and such. python-markdown reads to the end of a paragraph
for each bracket, so that this much takes it about a second; a long essay has some ten thousand."""

NEEDS = {
    "raw": ("\\", "`", "$", "&"),
    "autolinks": ("<",),
    "links": ("[",),
    "pictures": ("![",),
    "tags": ("<",),
    "magic-link": ("://", "www.", "WWW.", "Www."),
    "magic-mail": ("@",),
    "delimiter": ("*", "_", "~"),
    "breaks": ("  \n",),
}
"""A reader within lines -> signs without which it finds nothing."""

_ours = threading.local()


def to_tree(text: str, prefix: str) -> tuple[Element, list[Removed]]:
    """Return the elements of a text without control characters, and what was kept out of them.

    `prefix` goes into the ids of footnotes. Raises Tangled, and whatever the library raises.
    """
    if not hasattr(_ours, "page"):
        _ours.page = Page()
    page: Page = _ours.page
    return page.read(text, prefix)


class Page(Extension):
    """Puts our parts in place of the library's, once for each thread, and gathers what they keep out of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.kept_out: list[Removed] = []
        self.addresses = Addresses()
        self.tree = Tree(self.addresses)
        self.formulas: list[Element] = []
        self.md = Markdown(
            extensions=["pymdownx.betterem", "pymdownx.tilde", "pymdownx.magiclink", self],
            extension_configs={"pymdownx.tilde": {"subscript": False}},
        )
        self.inline = _Inline(self.md)
        self.md.treeprocessors.register(self.inline, "inline", 20)

    def extendMarkdown(self, md: Markdown) -> None:
        patterns = md.inlinePatterns
        for name in ("backtick", "escape", "reference", "link", "image_link", "image_reference", "short_reference"):
            patterns.deregister(name)
        for name in ("short_image_ref", "autolink", "automail", "linebreak", "html", "entity"):
            patterns.deregister(name)
        patterns.register(Raw(md, self), "raw", 190)
        patterns.register(Autolinks("<", md), "autolinks", 170)
        patterns.register(Links(r"!?\[", md, self), "links", 160)
        patterns.register(Links(r"!\[", md, self), "pictures", 150)  # Those that stand within a link.
        patterns.register(Tags(md, self), "tags", 120)
        patterns.register(SubstituteTagInlineProcessor(r" {2,}\n", "br"), "breaks", 50)
        library: Any = patterns["magic-link"]
        bare = Bare(RE_LINK, md)
        bare.config = library.config
        patterns.register(bare, "magic-link", 85)
        patterns.register(Mail(RE_MAIL, md), "magic-mail", 84.9)

    def has_note(self, name: str) -> bool:
        return name in self.tree.notes

    def read(self, text: str, prefix: str) -> tuple[Element, list[Removed]]:
        self.md.reset()
        self.kept_out, self.formulas = [], []
        self.addresses = Addresses()
        self.tree = Tree(self.addresses)
        root = self.tree.grow(read(text.removesuffix("\n").split("\n")))
        notes.add_list(root, self.tree.notes)
        if sum(_tangle(element.text) + _tangle(element.tail) for element in root.iter()) > MAX_TANGLE:
            raise Tangled
        self.inline.run(root)
        if self.formulas:
            self._put_formulas(root)
        if any(removed.what == PICTURE for removed in self.kept_out):
            _link_pictures(root)
        notes.number(root, self.tree.notes, prefix)
        return root, [*self.kept_out, *self.tree.lost, *self.addresses.unused()]

    def _put_formulas(self, root: Element) -> None:
        for place in root.iter("math"):
            if (at := place.attrib.pop("at", None)) is not None:
                made = self.formulas[int(at)]
                place.attrib.update(made.attrib)
                place.text = made.text
                place.extend(made)


class _Inline(InlineReader):
    """The library's reader within lines, which asks each pattern only about text that has signs for it."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        needs = {md.inlinePatterns[name]: signs for name, signs in NEEDS.items()}
        self.asked = [(pattern, needs.get(pattern)) for pattern in md.inlinePatterns]

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:
        """Takes the place of a private method. Should a later version not call it, all is as before, only slower."""
        library: Any = self
        if isinstance(data, AtomicString):
            return data
        for index in range(patternIndex, len(self.asked)):
            pattern, needs = self.asked[index]
            if needs is None or any(sign in data for sign in needs):
                matched, start = True, 0
                while matched:
                    data, matched, start = library._InlineProcessor__applyPattern(pattern, data, index, start)
        return data


def _tangle(text: str | None) -> int:
    """What it costs to read the marks in a paragraph: one of emphasis costs a fiftieth of a bracket."""
    if not text or isinstance(text, AtomicString):
        return 0
    return len(text) * (text.count("[") + sum(map(text.count, "*_~")) // 50)


def _link_pictures(root: Element) -> None:
    """A picture from elsewhere would tell that place who reads here, so it becomes a link to itself."""
    for element, above in _walk(root):
        if element.tag == "img":
            place = element.attrib.pop("src")
            element.text = AtomicString(element.text or place)
            element.tag = "em" if "a" in above else "a"
            if element.tag == "a":
                element.attrib = {"class": "picture", "href": place}


def _walk(root: Element) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield each element in order, with the tags above it."""
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, above = waiting.pop()
        yield element, above
        waiting.extend((child, (*above, element.tag)) for child in reversed(list(element)))
