"""A rendering taken apart into tags and text, so that something can be set into the text and into nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from agent.desk.shown.passages import Letters, letters_of


@dataclass(frozen=True)
class Part:
    """A tag or another thing that is not text, as it is written; or signs of the text, each as it is written and as
    it is read."""

    raw: str
    signs: Sequence[tuple[str, str]] | None = None


class _Taker(HTMLParser):
    """Takes HTML apart into its tags and its text. What notes and formulas hold is left as it is: neither stands in
    the text's own words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[Part] = []
        self.closed: list[str] = []
        """Tags inside of which nothing is read, the innermost last."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.closed or tag in ("sup", "math") or ("class", "footnote-backref") in attrs:
            self.closed.append(tag)
        self.parts.append(Part(self.get_starttag_text() or ""))
        if tag in ("br", "hr") and self.closed:
            self.closed.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(Part(self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(Part(f"</{tag}>"))
        if self.closed and self.closed[-1] == tag:
            self.closed.pop()

    def handle_data(self, data: str) -> None:
        self._text([(sign, sign) for sign in data])

    def handle_entityref(self, name: str) -> None:
        self._text([(f"&{name};", unescape(f"&{name};"))])

    def handle_charref(self, name: str) -> None:
        self._text([(f"&#{name};", unescape(f"&#{name};"))])

    def _text(self, signs: list[tuple[str, str]]) -> None:
        if self.closed:
            self.parts.append(Part("".join(raw for raw, _ in signs)))
        elif self.parts and self.parts[-1].signs is not None:
            self.parts[-1] = Part("", [*self.parts[-1].signs, *signs])
        else:
            self.parts.append(Part("", signs))


def taken_apart(html: str) -> list[Part]:
    """The tags and the text of a rendering, in order: put together again, they are the very same."""
    taker = _Taker()
    taker.feed(html)
    taker.close()
    return taker.parts


def letters_seen(parts: Sequence[Part]) -> Letters:
    """The letters that readers see, by which sign of the text each is."""
    # An entity may stand for two signs: each is counted as one, so that places stay places of signs as written.
    return letters_of("".join(read[:1] or "\0" for part in parts for _, read in part.signs or []))
