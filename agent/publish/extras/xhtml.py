"""Safe HTML as XHTML: the same elements, closed and quoted as XML asks for. Well-formed whatever comes in."""

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote

from agent.publish.filters import legible

EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NAME = re.compile(r"[a-z][a-z0-9-]*")
LANGUAGE_OF_MATH = "http://www.w3.org/1998/Math/MathML"
IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"
"""Signs that an address may hold as they are."""


def xhtml(html: str, prefix: str = "") -> str:
    """Return the elements of some safe HTML as XHTML. `prefix` goes before every id, and every link to one, so that
    two texts can share a page."""
    writer = _Writer(prefix)
    writer.feed(html)
    writer.close()
    return writer.done()


class _Writer(HTMLParser):
    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not NAME.fullmatch(tag):
            return
        given = {name: value or "" for name, value in attrs if NAME.fullmatch(name)}
        if tag == "math":
            given["xmlns"] = LANGUAGE_OF_MATH
        self.parts.append(f"<{tag}{''.join(self._attribute(*each) for each in given.items())}")
        self.parts.append("/>" if tag in EMPTY else ">")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while (last := self.open.pop()) != tag:
                self.parts.append(f"</{last}>")
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(legible(data), quote=False))

    def done(self) -> str:
        """What was written, with nothing left open."""
        self.parts += [f"</{tag}>" for tag in reversed(self.open)]
        self.open = []
        return "".join(self.parts)

    def _attribute(self, name: str, value: str) -> str:
        if name == "id":
            value = self.prefix + value
        elif name == "href":
            value = f"#{self.prefix}{value[1:]}" if value.startswith("#") else quote(value, safe=IN_ADDRESSES)
        return f' {name}="{escape(legible(value))}"'
