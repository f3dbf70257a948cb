"""Which earlier pieces a text is nearly the same as: counted in runs of five words, as the desk lays texts side by
side. What is near as a whole is told by one check alone (duplicate.py), and no passage of it by another."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from agent.archive import placed
from agent.check.frame import Shown, Subject
from agent.likeness import RUN

LONGEST = 20_000
"""Words of one text that are compared."""
FEWEST = 8
"""Runs: a text of a dozen words, such as a formula that opens a letter, may well stand twice."""
SHORT = 60
"""A text of fewer words is near another only when it is nearly all of it: a form of words fills half a note."""
OF_ANOTHER = 0.4
"""From this part on another's piece is more than a passage in it."""
OF_ITS_OWN = 0.5
"""From this part on it is more its own earlier piece than a new one."""
AGAIN = 0.8
"""From this part on it is the same text again."""


@dataclass(frozen=True)
class Near:
    """An earlier piece, which part of the text's runs stands in it, and which part of its own stands in the text."""

    piece: Shown
    share: float
    back: float
    is_short: bool

    @property
    def is_all(self) -> bool:
        """Whether both have the same runs, word for word."""
        return self.share == self.back == 1


def name_of(piece: Shown) -> str:
    """What all revisions of a piece go by."""
    return piece.name or piece.where


def near(subject: Subject) -> list[Near]:
    """Every earlier piece that the text as a whole is near, the nearest first; of each its nearest revision."""
    words, own = _read(subject.text)
    if len(own) < FEWEST:
        return []
    found = sorted(_near(subject, own, words < SHORT), key=lambda each: (each.share, each.back), reverse=True)
    named: dict[str, Near] = {}
    for each in found:
        named.setdefault(name_of(each.piece), each)
    return list(named.values())


def _near(subject: Subject, own: frozenset[tuple[str, ...]], is_short: bool) -> Iterator[Near]:
    pieces = {piece.where or piece.text: piece for piece in (*subject.shown, *subject.earlier) if piece.kind == "piece"}
    for piece in pieces.values():
        _, theirs = _read(piece.text)
        common = len(own & theirs)
        share = common / len(own)
        if share >= (AGAIN if is_short else OF_ITS_OWN if piece.own else OF_ANOTHER):
            yield Near(piece, share, common / len(theirs), is_short)


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[int, frozenset[tuple[str, ...]]]:
    """How many words a text has, and each run of five of them, once."""
    words = [word.folded for word in islice(placed(text), LONGEST)]
    return len(words), frozenset(zip(*(words[at:] for at in range(RUN)), strict=False))
