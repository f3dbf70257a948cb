"""The allow-list, and the comparison that tells what it took out."""

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser

import nh3

from agent.render import formulas
from agent.render.removed import BROKEN_LINK, RELATIVE_LINK, TEXT, Removed
from agent.render.written import REL

TAGS = {"a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
TAGS |= {"li", "ol", "p", "pre", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"}
TAGS |= formulas.TAGS
SCHEMES = {"http", "https", "mailto"}
FOOTNOTE_ID = r"fn(ref\d*)?:[0-9a-f]{8}-\d+"
VALUES = {
    ("a", "href"): r"(?i:https?://[^/?#\s]|mailto:[^\s]).*|#" + FOOTNOTE_ID,
    ("a", "title"): r".*",
    ("a", "class"): r"picture|footnote-ref|footnote-backref",
    ("code", "class"): r"language-[A-Za-z0-9_+#.-]{1,24}",
    ("div", "class"): r"footnote",
    ("li", "class"): r"task-list-item",
    ("li", "id"): FOOTNOTE_ID,
    ("ol", "start"): r"\d{1,9}",
    ("p", "class"): r"lines",
    ("pre", "tabindex"): r"0",
    ("sup", "id"): FOOTNOTE_ID,
    ("table", "tabindex"): r"0",
    ("td", "class"): r"left|center|right",
    ("th", "class"): r"left|center|right",
    ("ul", "class"): r"task-list",
}
"""(tag, attribute) -> the whole of what its value may be."""
VALUES |= {(tag, name): value for tag, attributes in formulas.ATTRIBUTES.items() for name, value in attributes.items()}


def made_safe(html: str) -> tuple[str, list[Removed]]:
    """Return the HTML with only what is allowed, and what was taken out, in its order."""
    safe = _cleaner().clean(html)
    if safe == html:
        return safe, []
    before, after = _Census(html), _Census(safe)
    left = before.parts - after.parts
    lost: list[Removed] = []
    for part, removed in before.named:
        if left[part]:
            left[part] -= 1
            lost.append(removed)
    if before.words() != after.words():
        lost.append(Removed(TEXT, ""))
    return safe, lost


@cache
def _cleaner() -> nh3.Cleaner:
    allowed = {place: re.compile(value, re.DOTALL) for place, value in VALUES.items()}

    def kept(tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("a", "rel"):  # Not the author's: nh3 has just put it there.
            return value
        rule = allowed.get((tag, name))
        return value if rule and rule.fullmatch(value) else None

    attributes: dict[str, set[str]] = {}
    for tag, name in VALUES:
        attributes.setdefault(tag, set()).add(name)
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=set(),
        attributes=attributes,
        attribute_filter=kept,
        generic_attribute_prefixes=set(),
        url_schemes=SCHEMES,
        link_rel=REL,
    )


NO_WORDS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffd-\uffff]+")

Part = tuple[str, ...]
"""A tag, or a tag with an attribute and its value."""


class _Census(HTMLParser):
    """Counts the tags and attributes of some HTML and keeps its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: Counter[Part] = Counter()
        self.named: list[tuple[Part, Removed]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.add((tag,), Removed(f"the tag {tag}", ""))
        for name, value in attrs:
            self.add((tag, name, value or ""), _attribute(name, value or ""))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def words(self) -> str:
        """The text without white space and signs that one parser drops and another keeps."""
        return NO_WORDS.sub("", "".join(self.text))

    def add(self, part: Part, removed: Removed) -> None:
        self.parts[part] += 1
        self.named.append((part, removed))


def _attribute(name: str, value: str) -> Removed:
    if name != "href":
        return Removed(f"the attribute {name}", value)
    # Browsers read over white space and control characters in a scheme, so "java\nscript:" is one.
    scheme = re.match(r"([a-z][a-z0-9+.-]{0,30}):", re.sub(r"[\x00-\x20]", "", value).lower())
    if not scheme:
        return Removed(RELATIVE_LINK, value)
    if scheme[1] in SCHEMES:
        return Removed(BROKEN_LINK, value)
    return Removed(f"{'an' if scheme[1][0] in 'aeiou' else 'a'} {scheme[1]}: link", value)
