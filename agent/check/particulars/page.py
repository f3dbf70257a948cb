"""A text in which numbers are looked for, only where there are digits: most of a text has none."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

Span = tuple[int, int]

DIGITS = re.compile(r"\d+")
ROOM = 110
"""Characters on both sides of a digit in which an address stands."""
APART, MANY = 8, 6
"""So many digits, with so few characters between any two, can be somebody's number."""
MARGIN = 14
"""Characters on both sides that may belong to such a number."""
ADDRESS = re.compile(r"(?:https?|ftp)://[^\s<>\"]{1,2000}")
ASIDE = re.compile(
    r"\b(?:doi:?\s?)?10\.\d{4,9}/\S{1,200}|\b(?:ISBN|isbn)(?:-1[03])?:?\s?[\dX -]{10,17}|"
    r"\b97[89][- ]?\d(?:[- ]?\d){8}[- ]?[\dX](?!\d)|\bISSN:?\s?\d{4}-\d{3}[\dX]|\bar[Xx]iv:\s?\S{1,30}"
)
"""Numbers in these are those of pages, books and papers."""
FENCE = re.compile(r"^[ \t>]{0,40}(`{3,20}|~{3,20})([^\n]*)$", re.MULTILINE)


@dataclass
class Page:
    """A text, and what in it is known already."""

    text: str
    taken: bytearray = field(init=False)
    """For each character, whether it belongs to something that was found, or can be nobody's."""
    code: bytearray = field(init=False)
    """For each character, whether it stands in fenced code."""
    unread: bool = False
    """There was so much that not all of it was looked at."""

    def __post_init__(self) -> None:
        self.taken, self.code = bytearray(len(self.text)), bytearray(len(self.text))
        for start, end in _fenced(self.text):
            self.code[start:end] = b"\1" * (end - start)
        for match in (*ADDRESS.finditer(self.text), *self.find(ASIDE)):
            self.take(*match.span())

    @cached_property
    def numbers(self) -> list[Span]:
        """Where so many digits stand together that they can be somebody's number."""
        found: list[Span] = []
        start = end = count = 0
        for digits in DIGITS.finditer(self.text):
            if digits.start() - end > APART:
                if count >= MANY:
                    found.append((start, end))
                start, count = digits.start(), 0
            end, count = digits.end(), count + digits.end() - digits.start()
        if count >= MANY:
            found.append((start, end))
        return self._with_room(found, MARGIN)

    @cached_property
    def spots(self) -> list[Span]:
        """Where any digit stands, with room for an address."""
        return self._with_room((digits.span() for digits in DIGITS.finditer(self.text)), ROOM)

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Where a number of such a form stands, outside of what is taken."""
        return self._find(pattern, self.numbers)

    def find_address(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Where a part of an address stands that has a digit in it, outside of what is taken."""
        return self._find(pattern, self.spots)

    def _find(self, pattern: re.Pattern[str], spots: Sequence[Span]) -> Iterator[re.Match[str]]:
        for spot in spots:
            for match in pattern.finditer(self.text, *spot):
                if self.is_free(*match.span()):
                    yield match

    def _with_room(self, spans: Iterable[Span], room: int) -> list[Span]:
        """The same with room on both sides, those that touch as one."""
        found: list[Span] = []
        for start, end in spans:
            since, to = max(0, start - room), min(len(self.text), end + room)
            if found and since <= found[-1][1]:
                found[-1] = (found[-1][0], to)
            else:
                found.append((since, to))
        return found

    def take(self, start: int, end: int) -> None:
        """Let nothing else be found here."""
        self.taken[start:end] = b"\1" * (end - start)

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing was found here."""
        return self.taken.find(1, start, end) < 0

    def in_code(self, start: int, end: int) -> bool:
        """Whether it stands in fenced code, or begins there."""
        return self.code.find(1, start, end) >= 0


def _fenced(text: str) -> Iterator[Span]:
    opened: re.Match[str] | None = None
    for fence in FENCE.finditer(text):
        if opened is None:
            # The head of backticks has no further one in it: that is a word in code.
            opened = fence if "`" not in fence[2] else None
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            yield opened.start(), fence.end()
            opened = None
    if opened is not None:
        yield opened.start(), len(text)
