"""Orders to a machine in what an author was shown, and which words of its text come from them.

What comes from an order is told by one check alone (injection.py): the check of copied text leaves it out.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.archive import Word
from agent.check.carrying import Carried, Words, carried
from agent.check.frame import Shown, Subject
from agent.check.reading.bare import Bare
from agent.injected import around, orders
from agent.tables import Level

STRANGERS = {"entry", "letter"}
FOUND_AT_MOST = 10
SCANNED = 60_000
"""So many characters of an entry are looked through."""
FEW = 8
"""Fewer words from beside an order, which it does not ask for, may be the same by chance or of no weight."""
REMEMBERED = 64
"""The orders of so many entries are remembered: an author is shown the same ones again."""


@dataclass(frozen=True)
class Asked:
    """An order in an entry: what it asks for, and the words around it."""

    entry: Shown
    what: str
    words: str


@dataclass(frozen=True)
class Followed:
    """Words of a text that come from an order. A note says so where the author quotes them, or where they are few."""

    asked: Asked
    carried: Carried
    level: Level


def asked(subject: Subject) -> list[Asked]:
    """Every order that a stranger gave in what the author was shown: those that can be read, and those that were
    hidden."""
    return [one for entry in subject.shown if entry.kind in STRANGERS for one in _of(entry)]


def followed(text: str, given: Sequence[Asked]) -> list[Followed]:
    """What a text has from these orders, each place once."""
    return list(_followed(text, given)) if given else []


def followed_words(words: Sequence[Word], subject: Subject) -> dict[Level, bytearray]:
    """Of each of a text's words whether it comes from an order (1) or not (0), as far as that is said at this level or
    a graver one."""
    marks = {Level.NOTE: bytearray(len(words)), Level.LOOK: bytearray(len(words))}
    for one in followed(subject.text, asked(subject)):
        first, last = (
            bisect_left(words, at, key=lambda word: word.start) for at in (one.carried.start, one.carried.end)
        )
        for level in {Level.NOTE, one.level}:
            marks[level][first:last] = b"\1" * (last - first)
    return marks


def _of(entry: Shown) -> Iterator[Asked]:
    # Of what was looked through on the way in, and gives no orders, nothing is to be read again. Of what does give
    # some, only the beginning of one of each kind was kept then.
    if entry.orders == {}:
        return
    read = _read(f"{entry.name}\n{entry.text}"[:SCANNED])
    for what, words in read:
        yield Asked(entry, what, words)
    for what, words in (entry.orders or {}).items():
        if what not in {what for what, _ in read}:
            yield Asked(entry, what, words)


@lru_cache(maxsize=REMEMBERED)
def _read(text: str) -> tuple[tuple[str, str], ...]:
    """What each order in a text asks for, and its words or those around it."""
    places = ((order, around(text, order.start, order.end)) for order in orders(text))
    return tuple((order.what, order.words or text[start:end]) for order, (start, end) in places)


def _followed(text: str, given: Sequence[Asked]) -> Iterator[Followed]:
    words, own = Words(text), Bare(text).own
    seen: set[tuple[int, int]] = set()
    for one in given:
        for found in carried(one.words, words):
            place = (found.start, found.end)
            if place not in seen and len(seen) < FOUND_AT_MOST:
                seen.add(place)
                is_quoted = own[slice(*place)] != text[slice(*place)]
                is_little = len(text[slice(*place)].split()) < FEW
                is_note = not found.is_asked and (is_quoted or is_little)
                yield Followed(one, found, Level.NOTE if is_note else Level.LOOK)
