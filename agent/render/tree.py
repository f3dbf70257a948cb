"""Blocks to elements, whose text python-markdown reads afterwards."""

import re
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AtomicString

from agent.render.addresses import Addresses, plain
from agent.render.blocks import Block
from agent.render.lines import every_line, keep_lines
from agent.render.removed import CELL, DOUBLE_NOTE, INFO, Removed
from agent.render.stanzas import stanzas
from agent.render.tables import REACHABLE, table

LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,24}(?=[\s,]|$)")
OPEN, TICKED = "☐", "☑"
TASK = re.compile(r"\[([ xX])\][ \t\n]+(?=\S)")


class Tree:
    """Makes the elements of one text; gathers addresses and notes, and the words for which there is no place."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.notes: dict[str, Element] = {}
        self.lost: list[Removed] = []

    def grow(self, document: Block) -> Element:
        root = Element("div")
        self.fill(root, document, tight=False, in_item=False)
        return root

    def fill(self, parent: Element, block: Block, *, tight: bool, in_item: bool) -> None:
        """Put what stands in a block into an element. A tight item's paragraphs are its bare text."""
        for child in block.inside if in_item else stanzas(block.inside):
            kind = child.kind
            if kind in ("paragraph", "math"):
                self.paragraph(parent, child, tight=tight, verse=not in_item and kind == "paragraph")
            elif kind == "verse":
                SubElement(parent, "p", {"class": "lines"}).text = every_line(child.lines)
            elif kind == "list":
                self.list(parent, child)
            elif kind == "quote":
                self.fill(SubElement(parent, "blockquote"), child, tight=False, in_item=in_item)
            elif kind == "heading":
                self.heading(parent, child)
            elif kind in ("fence", "code"):
                self.code(parent, child)
            elif kind == "table":
                made, beyond = table(child.lines)
                parent.append(made)
                self.lost += [Removed(CELL, words) for words in beyond]
            elif kind == "note":
                self.note(child)
            else:
                SubElement(parent, "hr")

    def paragraph(self, parent: Element, block: Block, *, tight: bool, verse: bool) -> None:
        lines = block.lines
        text = lines[0].lstrip(" ") if len(lines) == 1 else "\n".join(line.lstrip(" ") for line in lines)
        text = text.rstrip(" \t")
        if text.startswith("["):
            text = self.addresses.take_from(text)
            if not text:
                return
        if tight:
            _append(parent, text)
            return
        made = SubElement(parent, "p")
        made.text = text
        if verse and "\n" in text:
            indented = "\n".join([text.split("\n", 1)[0], *lines[len(lines) - text.count("\n") :]])
            made.text, is_verse = keep_lines(indented.rstrip(" \t"))
            if is_verse:
                made.set("class", "lines")
            elif made.text == indented.rstrip(" \t"):
                made.text = text

    def heading(self, parent: Element, block: Block) -> None:
        text = "\n".join(line.strip(" \t") for line in block.lines)
        if block.mark and text.startswith("["):
            text = self.addresses.take_from(text)
            if not text:  # Addresses alone are no heading, so the line under them underlines nothing.
                SubElement(parent, "p").text = block.mark
                return
        SubElement(parent, f"h{block.number}").text = text

    def list(self, parent: Element, block: Block) -> None:
        made = SubElement(parent, "ul" if block.mark in "-*+" else "ol")
        if made.tag == "ol" and block.number != 1:
            made.set("start", str(block.number))
        tight = not _is_loose(block)
        for item in block.inside:
            entry = SubElement(made, "li")
            self.fill(entry, item, tight=tight, in_item=True)
            _task(entry, made)

    def code(self, parent: Element, block: Block) -> None:
        lines = block.lines
        while block.kind == "code" and not lines[-1].strip(" \t"):
            lines.pop()
        language = LANGUAGE.match(plain(block.info))
        if block.info and (language is None or language[0] != block.info):
            self.lost.append(Removed(INFO, block.info))
        given = {"class": f"language-{language[0]}"} if language else {}
        code = SubElement(SubElement(parent, "pre", REACHABLE), "code", given)
        code.text = AtomicString("".join(f"{line}\n" for line in lines))

    def note(self, block: Block) -> None:
        made = Element("li")
        self.fill(made, block, tight=False, in_item=True)
        if block.mark in self.notes:
            words = "".join(made.itertext()).strip()
            self.lost.append(Removed(DOUBLE_NOTE, words))
        else:
            self.notes[block.mark] = made


def _is_loose(block: Block) -> bool:
    """Whether a blank line stands between two items, or between two blocks of one."""
    return _has_gap(block.inside) or any(_has_gap(item.inside) for item in block.inside)


def _has_gap(blocks: list[Block]) -> bool:
    return any(then.begins > block.ends + 1 for block, then in pairwise(blocks))


def _append(parent: Element, text: str) -> None:
    """Put text behind what an element holds."""
    if len(parent):
        parent[-1].tail = text
    else:
        parent.text = f"{parent.text}\n{text}" if parent.text else text


def _task(item: Element, listed: Element) -> None:
    """Make a box of "[ ]" at the beginning of an item: a sign, since nobody can tick anything here."""
    first = item[0] if not item.text and len(item) and item[0].tag == "p" else item
    if (box := TASK.match(first.text or "")) is not None:
        words = (first.text or "")[box.end() :]
        first.text = f"{OPEN if box[1] == ' ' else TICKED} {words}"
        item.set("class", "task-list-item")
        listed.set("class", "task-list")
