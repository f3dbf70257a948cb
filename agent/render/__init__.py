"""Text to safe HTML, what was kept out of it, and what lists show of it. Belongs to no verb.

    blocks.py     a text's lines, as CommonMark divides them into blocks
    tables.py     a table's rows and cells
    tree.py       blocks to elements
    addresses.py  addresses of links, and those that stand apart from them
    marks.py      what stands within a line, by python-markdown with our parts
    raw.py        what holds no marks: code, escaped signs, entities, formulas
    links.py      links, pictures and the signs of notes
    formulas.py   formulas to MathML
    notes.py      footnotes
    lines.py      which line breaks a paragraph keeps
    stanzas.py    stanzas that are set in as far as code is
    written.py    elements to HTML
    safe.py       the allow-list, and what it took out
    kept.py       the beginning, the language and the plain words of a text
    removed.py    the words for what a reader does not get
    many.py       many texts at once, on all cores

The HTML is kept by the hash of its text, so it depends on the text alone: ids of footnotes carry
the first eight hex digits of the text's SHA-256, and stay apart when several pieces share a page.
Raw HTML is shown as text, a picture becomes a link, and everything passes an allow-list at the end.
"""

import hashlib
import re
from functools import cache
from importlib.metadata import version
from xml.etree.ElementTree import Element, SubElement

from agent.render.kept import kept
from agent.render.many import render_many
from agent.render.marks import to_tree
from agent.render.removed import CONTROL, LAYOUT, MORE, Removed, Rendered
from agent.render.safe import made_safe
from agent.render.written import written

__all__ = ["Removed", "Rendered", "render", "render_many", "renderer"]

VERSION = "4"
"""Changes whenever the same text may give other HTML by our own doing."""

LIBRARIES = ("markdown", "pymdown-extensions", "latex2mathml", "nh3", "py3langid")

MOST = 200
"""So many things are named one by one."""

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@cache
def renderer() -> str:
    """Our version and those of the libraries below: only the same ones give the same bytes."""
    return f"{VERSION} on {', '.join(f'{name} {version(name)}' for name in LIBRARIES)}"


def render(text: str) -> Rendered:
    """Return the HTML of a Markdown text. Any string will do, and the same string gives the same HTML."""
    removed = [Removed(CONTROL, "" if "\ud800" <= sign <= "\udfff" else sign) for sign in CONTROLS.findall(text)]
    shown = CONTROLS.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    prefix = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    try:
        root, kept_out = to_tree(shown, prefix)
        made = written(root)
    except Exception:  # Whatever trips up the Markdown library must not keep a text from its readers.
        root, kept_out = _as_typed(shown), [Removed(LAYOUT, "")]
        made = written(root)
    safe, lost = made_safe(made)
    if CONTROLS.search(safe):  # Written as an entity, such as &#1;
        safe, lost_now = made_safe(CONTROLS.sub("\ufffd", safe))
        lost += [Removed(CONTROL, ""), *lost_now]
        for element in root.iter():
            element.text, element.tail = (CONTROLS.sub("\ufffd", text or "") for text in (element.text, element.tail))
    about = kept(root)
    return Rendered(
        html=safe.strip(),
        removed=_in_order([*removed, *kept_out, *lost], text),
        language=about.language,
        direction=about.direction,
        words=about.words,
        opening=about.opening,
        plain=about.plain,
    )


def _as_typed(text: str) -> Element:
    """Paragraphs with their lines, and no other layout."""
    root = Element("div")
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")):
        if paragraph.strip():
            first, *lines = paragraph.split("\n")
            made = SubElement(root, "p")
            made.text = first
            for line in lines:
                SubElement(made, "br").tail = line
    return root


def _in_order(removed: list[Removed], text: str) -> tuple[Removed, ...]:
    """Say each thing once, where it first stands in the text; what cannot be quoted comes last."""
    each = list(dict.fromkeys(removed))
    places = [(text.find(r.quote) if r.quote else -1, r) for r in each[:MOST]]
    placed = sorted(((at, r) for at, r in places if at >= 0), key=lambda place: place[0])
    unplaced = dict.fromkeys(Removed(r.what, "") for at, r in places if at < 0)
    more = [Removed(MORE.format(len(each) - MOST), "")] if len(each) > MOST else []
    return (*(r for _, r in placed), *unplaced, *more)
