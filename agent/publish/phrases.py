"""What an entry of the words file is to a template: words as they stand, with gaps, counted, or prose."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

PLACE = re.compile(r"\{([a-z_]+)\}")
OTHER = "other"
"""The form of a count where no rule of the language chooses another."""
CATEGORIES = frozenset({"zero", "one", "two", "few", "many", OTHER})
"""What the forms of a count are called, as Unicode calls them."""
LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
ELSEWHERE = re.compile(r"[a-z]+:")

SPECIAL = re.compile("[&<>\"']")

Link = Callable[[str, Markup], object]
"""Makes a link within the site: from a path, with a place in it, and the words that are to lead there."""


def escaped(value: Any) -> str:
    """The same as markupsafe's `escape`, but that no object is made where nothing has to be escaped."""
    kind = type(value)
    if kind is Markup or (kind is str and SPECIAL.search(value) is None):
        return value  # type: ignore[no-any-return]
    return escape(value)


class Phrase(str):
    """Words without a gap. A plain string to Python, and its own escaped form to a page."""

    __slots__ = ("_html",)
    _html: Markup

    def __new__(cls, words: str) -> "Phrase":
        made = super().__new__(cls, words)
        made._html = escape(str(words))
        return made

    def __html__(self) -> Markup:
        return self._html


class Form:
    """Words with gaps, each filled by name: `words.revised(day=...)`. In a page what is given is escaped."""

    __slots__ = ("_html", "_plain")

    def __init__(self, words: str) -> None:
        self._plain, self._html = split(words), split(str(escape(words)))

    def __call__(self, **given: object) -> Markup:
        return Markup("".join([escaped(given[part]) if gap else part for gap, part in self._html]))  # noqa: S704

    def plain(self, **given: object) -> str:
        """The same where no HTML is wanted."""
        return "".join([str(given[part]) if gap else part for gap, part in self._plain])


class Count:
    """How many there are of something, in as many forms as the language has: `words.lines(3)`. `form` names the
    one that goes with a number, `write` writes a number."""

    __slots__ = ("_form", "_forms", "_write")

    def __init__(self, forms: Mapping[str, Any], form: Callable[[int], str], write: Callable[[int], str]) -> None:
        self._forms = forms
        self._form, self._write = form, write

    def __call__(self, number: int, *link: Link, **given: object) -> Markup:
        made = self._of(number)
        return made.__html__() if isinstance(made, Phrase) else made(*link, n=self._write(number), **given)

    def plain(self, number: int, **given: object) -> str:
        """The same where no HTML is wanted."""
        made = self._of(number)
        return str(made) if isinstance(made, Phrase) else made.plain(n=self._write(number), **given)

    @property
    def forms(self) -> list[tuple[str, Any]]:
        """Every form with the name of its rule, for a script that counts."""
        return list(self._forms.items())

    def _of(self, number: int) -> Any:
        return self._forms.get(self._form(number)) or self._forms[OTHER]


class Prose:
    """Markdown of our own: one line of it, or paragraphs. `words.about(link, title=...)`."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, link: Link, **given: object) -> Markup:
        return self._told(self._parts, link, given)

    def _told(self, parts: list[Any], link: Link, given: Mapping[str, object]) -> Markup:
        told: list[str] = []
        for gap, words in parts:
            if not isinstance(words, str):
                target = PLACE.sub(lambda found: str(given[found[1]]), gap) if "{" in gap else gap
                told.append(escaped(link(target, self._told(words, link, given))))
            else:
                told.append(escaped(given[words]) if gap else words)
        return Markup("".join(told))  # noqa: S704

    @cached_property
    def _parts(self) -> list[Any]:
        """Read once, when it is first wanted: importing Markdown takes a while."""
        import markdown  # noqa: PLC0415

        # What stands in braces is hidden from Markdown, for which it may be an attribute.
        hidden = PLACE.sub("\ue000\\1\ue001", self.words.strip())
        html = markdown.markdown(hidden, extensions=["attr_list", "fenced_code", "sane_lists"])
        html = html.replace("\ue000", "{").replace("\ue001", "}")
        if "\n" not in self.words.strip():
            html = html.removeprefix("<p>").removesuffix("</p>")
        parts: list[Any] = []
        at = 0
        for found in LINK.finditer(html):
            if not ELSEWHERE.match(found[1]):
                parts += [*split(html[at : found.start()]), (found[1], split(found[2]))]
                at = found.end()
        return [*parts, *split(html[at:])]


def split(words: str) -> list[tuple[bool, str]]:
    """Words and gaps by turns: whether it is a gap, and its words or its name."""
    return [(bool(number % 2), part) for number, part in enumerate(PLACE.split(words)) if part]


def entry(words: str, like: str) -> Phrase | Form | Prose:
    """An entry in the shape of the English one, which these words may be, or a translation of it."""
    if "\n" in like.strip() or "](" in like:
        return Prose(words)
    return Form(words) if PLACE.search(like) else Phrase(words)
