"""What a text has from an order: the same words in a row, or what the order wants written: a phrase, an address."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile

from agent.check.broken.loops import words_of
from agent.injected import orders, plainly

RUN = 5
"""So many words in a row that two texts share."""
LETTERS = 20
"""And these have at least so many letters: "in the middle of the" is nobody's."""
MOST = 4
"""So many places are shown for one order."""
ASKS = re.compile(
    r"\b(?:writ|sa[iy]|tell|includ|insert|add|append|mention|recommend|print|output|repeat|begin|start|end|finish|clos|conclud|"
    r"sign|call|link|use|put|name|schreib|sag|fug|erwahn|nenn|beginn|beend|empfiehl|ecri|dis|dites|ajout|mentionn|commenc|"
    r"termin|recommand|escrib|diga|incluy|anad|mencion|comienz|empiez)\w{0,6}\b"
)
QUOTED = re.compile(r"[\"“„«‘'`](?=\S)([^\"“”„«»`\n]{3,200}?)[\"”“»’'`](?!\w)")
AFTER = re.compile(r":\s{0,3}([^:.!?\n\"“«]{8,200})")
A_WORD = re.compile(r"\b(?:word|wort|mot|palabra) ([^\W\d_]{4,40})\b(?! (?:of|for|in|to|that|with))", re.IGNORECASE)
ADDRESS = re.compile(
    r"https?://[^\s<>\"'”’()\[\]]{4,300}|[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}|"
    r"\b(?:[a-z0-9-]{1,60}\.){1,4}[a-z]{2,12}\b(?:/[^\s<>\"'”’()\[\]]{0,200})?|\b(?=[a-z0-9]*\d)[a-z0-9]{24,70}\b",
    re.IGNORECASE,
)
NO_WORD = {
    "that",
    "this",
    "with",
    "from",
    "about",
    "which",
    "before",
    "after",
    "count",
    "limit",
    "only",
    "here",
    "your",
}


@dataclass(frozen=True)
class Carried:
    """Characters `start` to `end` of a text come from an order. With `is_asked` the order wants just this written."""

    start: int
    end: int
    is_asked: bool


class Words:
    """The words of a text, to look for others among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found = words_of(plainly(text))
        self._words = [word.folded for word in self._found]

    @cached_property
    def _lower(self) -> str:
        return self.text.casefold() if self.text.isascii() else "".join(sign.lower()[0] for sign in self.text)

    @cached_property
    def _line(self) -> str:
        return f" {' '.join(self._words)} "

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 1
        for word in self._words:
            starts.append(at)
            at += len(word) + 1
        return starts

    @cached_property
    def _grams(self) -> dict[tuple[str, ...], int]:
        return {tuple(self._words[at : at + RUN]): at for at in range(len(self._words) - RUN, -1, -1)}

    def phrase(self, words: str) -> tuple[int, int] | None:
        """Where these words first stand, whole."""
        sought = [word.folded for word in words_of(plainly(words))]
        at = self._line.find(f" {' '.join(sought)} ") if sought else -1
        if at < 0:
            return None
        first = bisect_right(self._starts, at + 1) - 1
        return self._found[first].start, self._found[first + len(sought) - 1].end

    def sign(self, words: str) -> tuple[int, int] | None:
        """Where these letters first stand, such as an address."""
        at = self._lower.find(words.casefold())
        return (at, at + len(words)) if at >= 0 else None

    def runs(self, words: str) -> Iterator[tuple[int, int]]:
        """Where a run of these words stands, the longest from each place."""
        theirs = [word.folded for word in words_of(plainly(words))]
        done = 0
        for at in range(len(theirs) - RUN + 1):
            place = self._grams.get(tuple(theirs[at : at + RUN])) if at >= done else None
            if place is not None:
                pairs = zip(theirs[at:], self._words[place:], strict=False)
                length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
                done = at + length
                if sum(map(len, theirs[at:done])) >= LETTERS:
                    yield self._found[place].start, self._found[place + length - 1].end


def carried(order: str, words: Words) -> Iterator[Carried]:
    """What a text has of an order and of the words around it."""
    found = [Carried(*place, is_asked=True) for place in islice(_done(order, words), MOST)]
    yield from found
    for start, end in islice(words.runs(order), MOST):
        if not any(one.start < end and start < one.end for one in found):
            yield Carried(start, end, is_asked=False)


def _done(order: str, words: Words) -> Iterator[tuple[int, int]]:
    for address in ADDRESS.finditer(order):
        said = address[0].rstrip(".,;:!?").casefold()
        if len(said) >= 5 and (place := words.sign(said)) is not None:
            yield place
    if ASKS.search(plainly(order)) is not None:
        for wanted in _wanted(order):
            # Who writes about such orders names them.
            if not orders(wanted) and (place := words.phrase(wanted)) is not None:
                yield place


def _wanted(order: str) -> Iterator[str]:
    """The phrases that an order asks for."""
    for pattern, least in ((QUOTED, 1), (AFTER, 3), (A_WORD, 1)):
        for match in pattern.finditer(order):
            wanted = match[1].strip(" .,;:!?")
            if len(wanted) >= 4 and len(wanted.split()) >= least and wanted.casefold() not in NO_WORD:
                yield wanted
