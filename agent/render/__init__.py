"""Text to safe HTML, and what was kept out of it. Belongs to no verb.

    layout.py   the text's lines, as python-markdown should read them
    marks.py    Markdown to HTML, by python-markdown with our parts
    lines.py    which line breaks a paragraph keeps
    safe.py     the allow-list, and what it took out
    removed.py  the words for what a reader does not get

The HTML is kept by the hash of its text, so it depends on the text alone: ids of footnotes carry
the first eight hex digits of the text's SHA-256, and stay apart when several pieces share a page.
Raw HTML is shown as text, a picture becomes a link, and everything passes an allow-list at the end.
"""

import hashlib
import html
import re
from functools import cache
from importlib.metadata import version

from agent.render.marks import to_html
from agent.render.removed import CONTROL, LAYOUT, MORE, Removed, Rendered
from agent.render.safe import made_safe

__all__ = ["Removed", "Rendered", "render", "renderer"]

VERSION = "1"
"""Changes whenever the same text may give other HTML by our own doing."""

MOST = 200
"""So many things are named one by one."""

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@cache
def renderer() -> str:
    """Our version and those of the libraries below: only the same ones give the same bytes."""
    below = ", ".join(f"{name} {version(name)}" for name in ("markdown", "pymdown-extensions", "nh3"))
    return f"{VERSION} on {below}"


def render(text: str) -> Rendered:
    """Return the HTML of a Markdown text. Any string will do, and the same string gives the same HTML."""
    removed = [Removed(CONTROL, "" if "\ud800" <= sign <= "\udfff" else sign) for sign in CONTROLS.findall(text)]
    shown = CONTROLS.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    prefix = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    try:
        made, kept_out = to_html(shown, prefix)
    except Exception:  # Whatever trips up the Markdown library must not keep a text from its readers.
        made, kept_out = _as_typed(shown), [Removed(LAYOUT, "")]
    safe, lost = made_safe(made)
    if CONTROLS.search(safe):  # Written as an entity, such as &#1;
        safe, lost_now = made_safe(CONTROLS.sub("\ufffd", safe))
        lost += [Removed(CONTROL, ""), *lost_now]
    return Rendered(safe.strip(), _in_order([*removed, *kept_out, *lost], text))


def _as_typed(text: str) -> str:
    """Paragraphs with their lines, and no other layout."""
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))
    return "\n".join(f"<p>{html.escape(p, quote=False).replace(chr(10), '<br>')}</p>" for p in paragraphs if p.strip())


def _in_order(removed: list[Removed], text: str) -> tuple[Removed, ...]:
    """Say each thing once, where it first stands in the text; what cannot be quoted comes last."""
    each = list(dict.fromkeys(removed))
    places = [(text.find(r.quote) if r.quote else -1, r) for r in each[:MOST]]
    placed = sorted(((at, r) for at, r in places if at >= 0), key=lambda place: place[0])
    unplaced = dict.fromkeys(Removed(r.what, "") for at, r in places if at < 0)
    more = [Removed(MORE.format(len(each) - MOST), "")] if len(each) > MOST else []
    return (*(r for _, r in placed), *unplaced, *more)
