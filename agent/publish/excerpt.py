"""The beginning of a text's HTML: a page of it for home. Its words stay as they are."""

import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser

VOID = frozenset({"br", "hr"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True)
class Excerpt:
    """Safe HTML, the same as plain text, how many words it has, and whether it leaves out what follows.

    In plain text a slash stands between lines that the author broke.
    """

    html: str
    text: str
    words: int
    cut: bool


def excerpt(safe_html: str, *, enough: int, most: int, skip_first: bool = False) -> Excerpt:
    """Return whole blocks until there are `enough` words, and never more than `most`.

    `skip_first` leaves out the first block, where that is a heading shown elsewhere. Other headings
    go two levels down, because the excerpt stands below a heading of its own. Footnotes, their signs and
    links to places within the text are left out, because their targets are.
    """
    reader = _Reader(enough, most, skip_first)
    reader.feed(safe_html)
    reader.close()
    return Excerpt("".join(reader.kept).strip(), " ".join("".join(reader.text).split()), reader.words, reader.cut)


class _Reader(HTMLParser):
    """Copies the beginning of well-formed HTML, without its ids: the whole text has the same."""

    def __init__(self, enough: int, most: int, skip_first: bool) -> None:
        super().__init__()
        self.enough, self.most, self.skip_first = enough, most, skip_first
        self.kept: list[str] = []
        self.text: list[str] = []
        self.words = 0
        self.cut = False
        self.open: list[str] = []
        self.hidden = 0
        """Depth within something that is left out; 0 outside."""
        self.blocks = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        at_top = not self.open and not self.hidden
        if at_top and not self.cut:
            self.blocks += 1
            # A footnote list is no text that could be read on.
            self.cut = given.get("class") != "footnote" and self._is_enough(tag)
        if self.cut:
            return
        first = at_top and self.skip_first and self.blocks == 1
        if self.hidden or first or tag == "sup" or given.get("class") == "footnote":
            self.hidden += tag not in VOID
            return
        if tag == "a" and given.get("href", "").startswith("#"):
            self.hidden += 1
            return
        shown = "".join(f' {name}="{html.escape(value)}"' for name, value in given.items() if name != "id")
        self.kept.append(f"<{_lowered(tag)}{shown}>")
        self.text.append(" / " if tag == "br" else "")
        self.words += tag == "math"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.cut or tag in VOID:
            return
        if self.hidden:
            self.hidden -= 1
        elif self.open and self.open[-1] == tag:
            self.open.pop()
            self.kept.append(f"</{_lowered(tag)}>")

    def handle_data(self, data: str) -> None:
        if self.cut or self.hidden:
            return
        if "math" in self.open:  # A word as a whole: half a formula is none.
            self.put(data)
            return
        parts = re.split(r"(\s+)", data)
        for at, part in enumerate(parts):
            if part and not part.isspace():
                if self.words == self.most:
                    self.put("".join(parts[:at]).rstrip() + " …")
                    self.kept.extend(f"</{_lowered(tag)}>" for tag in reversed(self.open))
                    self.cut = True
                    return
                self.words += 1
        self.put(data)

    def put(self, words: str) -> None:
        self.kept.append(html.escape(words, quote=False))
        self.text.append(words)

    def _is_enough(self, tag: str) -> bool:
        if self.words == 0:
            return False
        # Not long before the end, a heading or a rule is a better place to stop.
        return self.words >= (self.enough * 2 // 3 if tag == "hr" or tag in HEADINGS else self.enough)


def _lowered(tag: str) -> str:
    return f"h{min(6, int(tag[1]) + 2)}" if tag in HEADINGS else tag
