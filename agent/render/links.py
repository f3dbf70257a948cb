"""Links, pictures and the signs of notes within a line, as CommonMark reads them."""

# python-markdown names its methods so:
# ruff: noqa: N802

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import HTML_RE, InlineProcessor
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString
from pymdownx.magiclink import MagiclinkMailPattern, MagiclinkPattern

from agent.render.addresses import address
from agent.render.removed import PICTURE, RAW_HTML, Removed

if TYPE_CHECKING:
    from agent.render.marks import Page

Match = tuple[Element | str | None, int | None, int | None]
"""What an inline processor gives back. The library lets its signature differ from its own parent class,
which mypy rightly calls an error in ours too."""

NOTHING: Match = (None, None, None)
BRACKETS = re.compile(r"[\[\]]")
SIGN = re.compile(r"\[\^([^\]\s]+)\]")
SPACE = re.compile(r"[ \t\n]*")
ANGLED = re.compile(r"<([^<>\n]*)>")
UP_TO_SPACE = re.compile(r"[^\s()\x00\x01\x04-\x1f\x7f]*")
TITLE = re.compile(r"[ \t\n]+(?:\"([^\"]*)\"|'([^']*)'|\(([^()]*)\))")
NAMED = re.compile(r"\[([^\[\]]*)\]")
MOST_PARENTHESES = 32

Target = tuple[int, str, str]
"""Where a link ends, its address and its title."""


class Links(InlineProcessor):
    """[words](address "title"), [words][name], [name] and the same behind a "!"; [^name]."""

    def __init__(self, pattern: str, md: Markdown, page: "Page") -> None:
        super().__init__(pattern, md)
        self.page = page
        self.read = ""
        self.ends: dict[int, int] = {}

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        opens = m.end() - 1
        if data.startswith("^", m.end()) and (sign := SIGN.match(data, opens)) and self.page.has_note(sign[1]):
            made = Element("sup", {"note": sign[1]})
            made.text = AtomicString("")
            return (made, opens, sign.end()) if m.start() == opens else NOTHING
        if data != self.read:
            self.ends, self.read = _pairs(data), data
        closes = self.ends.get(opens)
        if closes is None or (target := self.target(data, opens, closes)) is None:
            return NOTHING
        end, place, title = target
        words = data[opens + 1 : closes]
        if m.start() < opens:
            return self.picture(words, place), m.start(), end
        if self.holds_link(data, opens, closes):
            return NOTHING
        made = Element("a", {"href": place} | ({"title": title} if title else {}))
        made.text = words
        return made, opens, end

    def holds_link(self, data: str, opens: int, closes: int) -> bool:
        """Whether there is a link between these brackets: then it is it, and they are brackets."""
        for at, end in self.ends.items():
            if opens < at < closes and not data.startswith("!", at - 1) and self.target(data, at, end):
                return True
        held = INLINE_PLACEHOLDER_RE.finditer(data, opens, closes)
        return any(getattr(_stash(self.md).get(place[1]), "tag", "") == "a" for place in held)

    def target(self, data: str, opens: int, closes: int) -> Target | None:
        """Return where the brackets lead, if they are a link's."""
        if data.startswith("(", closes + 1) and (inline := self.inline(data, closes + 2)):
            return inline
        named = NAMED.match(data, closes + 1)
        name = named[1] if named and named[1].strip() else data[opens + 1 : closes]
        found = self.page.addresses.find(self.unescape(name))
        if found is None:
            return None
        return named.end() if named else closes + 1, *found

    def inline(self, data: str, at: int) -> Target | None:
        """Read the address and the title behind "(", up to the ")"."""
        at = SPACE.match(data, at).end()  # type: ignore[union-attr]
        if angled := ANGLED.match(data, at):
            place, at = angled[1], angled.end()
        else:
            begins, at = at, _address_end(data, at)
            place = data[begins:at]
        title = TITLE.match(data, at)
        at = SPACE.match(data, title.end() if title else at).end()  # type: ignore[union-attr]
        if not data.startswith(")", at):
            return None
        words = next((words for words in title.groups() if words is not None), "") if title else ""
        return at + 1, address(self.unescape(place)), self.unescape(words)

    def picture(self, words: str, place: str) -> Element:
        """Leave a picture that marks.py makes a link of, where it can."""
        self.page.kept_out.append(Removed(PICTURE, place))
        made = Element("img", {"src": place})
        made.text = AtomicString(re.sub(r"[*_]+|!?\[|\](?:\([^)]*\))?", "", self.unescape(words)))
        return made


def _stash(md: Markdown) -> dict[str, Any]:
    """What stands behind the placeholders of what was read already."""
    inline: Any = md.treeprocessors["inline"]
    found: dict[str, Any] = inline.stashed_nodes
    return found


def _pairs(data: str) -> dict[int, int]:
    """Where each bracket that is opened is closed."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for bracket in BRACKETS.finditer(data):
        if bracket[0] == "[":
            waiting.append(bracket.start())
        elif waiting:
            found[waiting.pop()] = bracket.start()
    return found


def _address_end(data: str, at: int) -> int:
    """Return where an address ends: at white space, or at a parenthesis that it did not open."""
    depth = 0
    while True:
        at = UP_TO_SPACE.match(data, at).end()  # type: ignore[union-attr]
        if data.startswith("(", at) and depth < MOST_PARENTHESES:
            depth += 1
        elif data.startswith(")", at) and depth:
            depth -= 1
        else:
            return at
        at += 1


class Autolinks(InlineProcessor):
    """<https://...> and <name@place>."""

    LINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>\x00\x01\x04-\x1f]*)>")
    MAIL = re.compile(r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)>")

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        if found := self.LINK.match(data, m.start()):
            words = self.unescape(found[1])
            return _bare(words, address(words)), found.start(), found.end()
        if found := self.MAIL.match(data, m.start()):
            return _bare(found[1], f"mailto:{found[1]}"), found.start(), found.end()
        return NOTHING


class Tags(InlineProcessor):
    """Any other tag is shown as it was typed, and said."""

    TAG = re.compile(HTML_RE, re.DOTALL)

    def __init__(self, md: Markdown, page: "Page") -> None:
        super().__init__("<", md)
        self.page = page

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]
        found = self.TAG.match(data, m.start())
        if found is None:
            return NOTHING
        typed = self.unescape(found[1])
        if not typed.startswith("</"):
            self.page.kept_out.append(Removed(RAW_HTML, typed))
        return AtomicString(typed), found.start(), found.end()


class Bare(MagiclinkPattern):  # type: ignore[misc]
    """An address typed bare. It ends where a note's sign, a link or code begins."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:
        stash = _stash(self.md)
        for placeholder in INLINE_PLACEHOLDER_RE.finditer(data, m.end()):
            if not isinstance(stash.get(placeholder[1], ""), str):
                data = data[: placeholder.start()]
                break
        found: Match = super().handleMatch(m, data)
        return found


class Mail(MagiclinkMailPattern):  # type: ignore[misc]
    """A bare mail address, its signs left as they are."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:
        words = self.unescape(m["mail"])
        return _bare(words, f"mailto:{words}"), m.start(), m.end()


def _bare(words: str, place: str) -> Element:
    made = Element("a", {"href": place})
    made.text = AtomicString(words)
    return made
