"""Reading lists as a file: OPML 2.0, as feed readers exchange it. Pure.

A file is read by expat itself, with a handler that refuses a document type: so there are no entities to expand and
nothing outside the file to fetch, and no tree is built of it. defusedxml forbids the same three things, but takes the
standard library's tree builder apart for it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from xml.parsers import expat
from xml.sax.saxutils import escape

from agent.errors import BadOpml

BYTES = 5_000_000
"""The longest file that is read."""
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that no XML can hold."""


@dataclass(frozen=True)
class Outline:
    """A feed by its address and its name. `url` is empty where a file gives none; `line` is where it stands there."""

    url: str
    title: str = ""
    line: int = field(default=0, compare=False)


def read(data: bytes, file: object) -> list[Outline]:
    """Every feed of a list, folders opened, in the order of the file; what is neither a feed nor a folder has no
    address. Raises BadOpml, which names the file."""
    if len(data) > BYTES:
        raise BadOpml(file=file, reason=f"it is longer than {BYTES // 1_000_000} million bytes")
    if not data.strip():
        raise BadOpml(file=file, reason="it is empty")
    reader = _Reader(file)
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an encoding that nobody knows
        raise BadOpml(file=file, reason=f"its XML is broken ({error})") from None
    return sorted(reader.found, key=lambda outline: outline.line)


def write(outlines: Iterable[Outline], *, title: str, made: datetime) -> str:
    """A list as a file of UTF-8 text. What no XML can hold is left out; what a terminal would obey is written as a
    number, so that it can be printed, too."""
    rows = "".join(f"    <outline {_facts(outline)}/>\n" for outline in outlines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head>\n'
        f"    <title>{_escaped(title)}</title>\n"
        f"    <dateCreated>{format_datetime(made, usegmt=True)}</dateCreated>\n"
        f"  </head>\n  <body>\n{rows}  </body>\n</opml>\n"
    )


class _Reader:
    """Hears what expat finds in one file."""

    def __init__(self, file: object) -> None:
        self.found: list[Outline] = []
        self._file = file
        self._open: list[Outline | None] = []
        """The outlines around this place that have no address: None, once one was found to be a folder."""
        self._began = False
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _doctype(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            raise BadOpml(file=self._file, reason="it is a web page, not OPML")
        raise BadOpml(file=self._file, reason="it declares a document type (<!DOCTYPE>), which a list never needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._began and name.lower() != "opml":
            raise BadOpml(file=self._file, reason=f"it is not OPML: it begins with <{name[:40]}>")
        self._began = True
        if name.lower() != "outline":
            return
        if self._open:
            self._open[-1] = None
        given = {key.lower(): value for key, value in attributes.items()}
        url, text = given.get("xmlurl", "").strip(), given.get("text", "")
        title = given.get("title") or ("" if text == url else text)
        outline = Outline(url, title, self.parser.CurrentLineNumber)
        if url:
            self.found.append(outline)
        self._open.append(None if url else outline)

    def _end(self, name: str) -> None:
        if name.lower() == "outline" and (empty := self._open.pop()) is not None:
            self.found.append(empty)


def _facts(outline: Outline) -> str:
    name, url = _escaped(outline.title), _escaped(outline.url)
    title = f' title="{name}"' if name else ""
    return f'type="rss" text="{name or url}"{title} xmlUrl="{url}"'


def _escaped(text: str) -> str:
    writable = escape(UNWRITABLE.sub("", text), {'"': "&quot;"})
    return "".join(sign if sign.isprintable() else f"&#{ord(sign)};" for sign in writable)
