"""What became of a text between two of its revisions, word by word. Pure.

First lines are compared, then the words within those that differ: so that a long text takes no long time.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

from agent.record import Record

PAIRS_AT_MOST = 2_000_000
"""So many pairs of equal words may be looked at in all, about half a second long; where a stretch would need more, it
is shown as taken out and put in whole."""
AROUND = 240
"""Letters that are shown on each side of a change where much stays."""


class Fate(StrEnum):
    """What became of a stretch."""

    STAYS = "stays"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Change:
    """A stretch of text and what became of it."""

    fate: Fate
    text: str


@dataclass(frozen=True)
class Told:
    """Something that a record says of its text, by what it is called, as it was and is."""

    what: str
    changes: list[Change]

    @property
    def stays(self) -> bool:
        """Whether it says the same."""
        return all(change.fate is Fate.STAYS for change in self.changes)


def changes(before: str, after: str) -> list[Change]:
    """The stretches of both texts in one order: without the new ones it is the text before, without those that are
    gone the one after."""
    return _joined(_compared(_lines(before), _lines(after), _Room(PAIRS_AT_MOST), is_fine=False))


def of_record(before: Record, after: Record) -> list[Told]:
    """What each record says besides its text, compared."""
    return [Told(what, changes(was, now)) for (what, was), (_, now) in zip(_says(before), _says(after), strict=True)]


def shortened(found: Sequence[Change]) -> list[Change | None]:
    """The same with long stretches that stay cut to what stands around a change; None stands for what is left out."""
    shown: list[Change | None] = []
    for at, change in enumerate(found):
        lead = AROUND if at else 0
        tail = AROUND if at + 1 < len(found) else 0
        if change.fate is not Fate.STAYS or len(change.text) <= lead + tail + AROUND:
            shown.append(change)
            continue
        head, end = change.text[:lead], change.text[len(change.text) - tail :]
        shown += [Change(Fate.STAYS, head)] if head else []
        shown.append(None)
        shown += [Change(Fate.STAYS, end)] if end else []
    return shown


def _says(record: Record) -> list[tuple[str, str]]:
    return [
        ("Title", record.title),
        ("Form", record.form),
        ("Tags", ", ".join(record.tags)),
        ("Note to readers", record.note),
        ("Goes on from", f"piece {record.continues}" if record.continues is not None else ""),
    ]


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _words(text: str) -> list[str]:
    """Words, each with the white space after it."""
    return re.findall(r"\s+|\S+\s*", text)


@dataclass
class _Room:
    """How many pairs may still be looked at."""

    pairs: int


def _compared(before: Sequence[str], after: Sequence[str], room: _Room, *, is_fine: bool) -> Iterator[Change]:
    """`is_fine`: these are words already."""
    room.pairs -= (pairs := _pairs(before, after))
    if room.pairs < 0:
        room.pairs += pairs
        yield from _replaced("".join(before), "".join(after))
        return
    for act, start, end, since, upto in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        was, now = "".join(before[start:end]), "".join(after[since:upto])
        if act == "equal":
            yield Change(Fate.STAYS, was)
        elif act == "replace" and not is_fine:
            yield from _compared(_words(was), _words(now), room, is_fine=True)
        else:
            yield from _replaced(was, now)


def _pairs(before: Sequence[str], after: Sequence[str]) -> int:
    """How many pairs of equal ones there are: by this the time grows that a comparison takes."""
    mine, theirs = Counter(before), Counter(after)
    return sum(count * theirs[word] for word, count in mine.items())


def _replaced(was: str, now: str) -> Iterator[Change]:
    if was:
        yield Change(Fate.GONE, was)
    if now:
        yield Change(Fate.NEW, now)


def _joined(found: Iterator[Change]) -> list[Change]:
    """Neighbours of one fate as one stretch."""
    groups = groupby(found, key=lambda change: change.fate)
    return [Change(fate, "".join(change.text for change in stretch)) for fate, stretch in groups]
