"""feedparser, held to a budget. The only importer of it.

Its parsers are driven here one step deeper than by `feedparser.parse`, which takes as long as a feed is made to take:
of 90 shapes of 3 MB that were tried, 29 took between 2 and 24 s and six more than 40 s, an author's name of 3 million
letters would have taken eight hours, and in all that time other threads have little or none. Here a feed has two
seconds of CPU, counted where the parsers report what they have found; and what a single report may cost is bounded by
the length of tags and fields. All those shapes and 58 others now end within 2.2 s and 80 MB.
"""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax import SAXException
from xml.sax.expatreader import ExpatParser

from feedparser.api import LooseFeedParser, StrictFeedParser

SECONDS = 2.0
"""Of CPU, for one feed."""
REPORTS = 64
"""After so many reports of a parser the clock is looked at."""
ENTRIES = 5_000
"""More are not looked at: a feed begins with what is new."""
ATTRIBUTES = 200
"""The most of one tag: the library's work grows with their square."""
DEPTH = 1_000
"""The most tags in each other, where XML is well-formed: 400,000 took 90 MB within their two seconds."""
TAG = 200_000
"""The most characters of one tag, where XML is broken: the loose parser takes 150 bytes of memory for each."""
FIELD = 2_500
"""The most characters of a date, a name, an address: patterns are tried on them whose work grows with the square."""
TEXTS = {"content", "copyright", "description", "info", "rights", "subtitle", "summary", "tagline", "title"}
"""Elements that are longer, and that no such pattern is tried on."""
ADDRESSES = {"comments", "docs", "href", "icon", "link", "logo", "url", "wfw_comment", "wfw_commentrss"}
"""Elements that are made addresses in full: an id is not, so that it stays the same wherever its feed moves."""


class _Enough(Exception):
    """The budget is spent."""


@dataclass(frozen=True)
class Found:
    """What is in a feed, in feedparser's words. `version` is empty where it is none; `broken` says that its XML is
    not well-formed, `cut` that the budget was spent before its end."""

    version: str
    feed: Any
    entries: list[Any]
    broken: bool
    cut: bool


def parse(text: str, address: str) -> Found:
    """Parse a feed from its first tag on: no declaration, no DOCTYPE. Relative links begin from `address`."""
    ends = time.thread_time() + SECONDS
    strict = _Strict(address, ends)
    source = _Source(1)
    source.setContentHandler(strict)
    source.setErrorHandler(strict)
    try:
        source.feed(text)
        source.close()
        return strict.found()
    except _Enough:
        return strict.found(cut=True)
    except SAXException:
        pass
    if re.search(rf"<[^<>]{{{TAG}}}", text):
        return strict.found(broken=True)
    loose = _Loose(address, ends)
    try:
        loose.feed(text)
        return loose.found(broken=True)
    except _Enough:
        return loose.found(broken=True, cut=True)


if TYPE_CHECKING:
    _Parser = Any
else:
    _Parser = object


class _Held(_Parser):  # type: ignore[misc]
    """What both parsers have in common: they count what they do."""

    def hold(self, ends: float) -> None:
        self.resolve_relative_uris = self.sanitize_html = False  # Slow, and let some through: agent/adapters/plain.py
        self.can_be_relative_uri = ADDRESSES
        self._ends, self._reports = ends, 0

    def found(self, *, broken: bool = False, cut: bool = False) -> Found:
        if cut and self.inentry:
            self.entries.pop()
        return Found(self.version, self.feeddata, self.entries, broken, cut)

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        self._report()
        super().unknown_starttag(tag, attrs[:ATTRIBUTES])
        # A base that each tag adds to takes memory with the square of their number.
        if len(self.entries) > ENTRIES or len(self.baseuri) > FIELD:
            raise _Enough

    def unknown_endtag(self, tag: str) -> None:
        self._report()
        super().unknown_endtag(tag)

    def handle_data(self, text: str, escape: int = 1) -> None:
        self._report()
        super().handle_data(text, escape)

    def handle_charref(self, ref: str) -> None:
        self._report()
        try:
            super().handle_charref(ref)
        except (ValueError, OverflowError):
            self.handle_data("\ufffd")  # A number that is no character's.

    def handle_entityref(self, ref: str) -> None:
        self._report()
        super().handle_entityref(ref)

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        if self.elementstack and self.elementstack[-1][0] == element and element not in TEXTS:
            self.elementstack[-1][2] = _cut(self.elementstack[-1][2])
        return super().pop(element, strip_whitespace)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        """Nothing is made of categories, and each would be compared with all before it."""
        self._get_context()["tags"] = [{"term": term}]

    def _report(self) -> None:
        self._reports += 1
        if self._reports % REPORTS == 0 and time.thread_time() > self._ends:
            raise _Enough


class _Source(ExpatParser):
    """The library's parser below. It hands over text as a whole, and not at each entity and end of a line."""

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]


class _Strict(_Held, StrictFeedParser):  # type: ignore[misc]
    def __init__(self, address: str, ends: float) -> None:
        super().__init__(address, None, "utf-8")
        self.hold(ends)

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802  (the library's name)
        if len(attrs) > ATTRIBUTES or self.depth > DEPTH:
            raise _Enough
        super().startElementNS(name, qname, attrs)


class _Loose(_Held, LooseFeedParser):  # type: ignore[misc]
    def __init__(self, address: str, ends: float) -> None:
        super().__init__(address, None, "utf-8", {})
        self.hold(ends)


def _cut(pieces: Any) -> Any:
    """The pieces of a field, or as many as it may have. Some come as text already, some as bytes."""
    length = 0
    for number, piece in enumerate(pieces):
        length += len(piece)
        if length > FIELD:
            return [*pieces[:number], piece[: len(piece) - (length - FIELD)]]
    return pieces


# The library fills a table of its own when its first parser is made: two at once would find half of it.
StrictFeedParser("", None, "utf-8")
