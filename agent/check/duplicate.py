"""A text that is nearly the same as an earlier piece: counted in runs of five words, as the desk lays texts side by
side."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from agent.archive import placed
from agent.check.frame import Finding, Shown, Subject
from agent.likeness import RUN, marked
from agent.tables import Level

NAME = "duplicate"
VERSION = "1"
ABOUT = (
    "A text that is nearly the same as an earlier piece, of this author or of another, counted in runs of five words. "
    "A passage or a refrain taken up again is none; what was copied in part is the check for copied text's affair. "
    "Look at both side by side: a new version may be meant, and the same text twice hardly is."
)

LONGEST = 20_000
"""Words of one text that are compared."""
FEWEST = 8
"""Runs: a text of a dozen words, such as a formula that opens a letter, may well stand twice."""
OF_ANOTHER = 0.4
"""From this part on another's piece is more than a passage in it."""
OF_ITS_OWN = 0.5
"""From this part on it is more its own earlier piece than a new one."""
AGAIN = 0.8
"""From this part on it is the same text again: to publish that asks for a word why."""
MOST = 3


@dataclass(frozen=True)
class Near:
    """An earlier piece, which part of the text's runs stands in it, and which part of its own stands in the text."""

    piece: Shown
    share: float
    back: float


def check(subject: Subject) -> list[Finding]:
    """The nearest pieces. Another author's asks for an answer, and so does the same text again."""
    own = _runs(subject.text)
    if len(own) < FEWEST:
        return []
    near = sorted(_near(subject, own), key=lambda each: each.share, reverse=True)[:MOST]
    return [_finding(subject.text, each) for each in near]


def _near(subject: Subject, own: frozenset[tuple[str, ...]]) -> Iterator[Near]:
    pieces = {piece.where or piece.text: piece for piece in (*subject.shown, *subject.earlier) if piece.kind == "piece"}
    for piece in pieces.values():
        theirs = _runs(piece.text)
        common = len(own & theirs)
        share = common / len(own)
        if share >= (OF_ITS_OWN if piece.own else OF_ANOTHER):
            yield Near(piece, share, common / len(theirs))


def _finding(text: str, near: Near) -> Finding:
    level, ground = Level.LOOK, "copied"
    why = "Much of this text stands in another author's piece; this is the longest stretch."
    if near.piece.own:
        level, ground = Level.LOOK if near.share >= AGAIN else Level.NOTE, ""
        why = "More than half of this text stands in an earlier piece of the author's; this is the longest stretch."
        if near.share >= AGAIN:
            why = "This is nearly the same text as an earlier piece of the author's; this is the longest stretch."
    evidence = {
        "piece": near.piece.name or "without a title",
        "at": near.piece.where,
        "of this text stands there": f"{near.share:.0%}",
        "of that piece stands here": f"{near.back:.0%}",
    }
    return Finding(level, "duplicate", *_longest(text, near.piece.text), why, evidence, ground)


def _longest(text: str, other: str) -> tuple[int, int]:
    """Where the longest stretch that both texts have stands in the first."""
    at, longest = 0, (0, len(text))
    best = 0
    for part in marked(text, other):
        if part.common and len(part.text) > best:
            best, longest = len(part.text), (at, at + len(part.text))
        at += len(part.text)
    return longest


@lru_cache(maxsize=32)
def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Each run of five words, once."""
    words = [word.folded for word in islice(placed(text), LONGEST)]
    return frozenset(zip(*(words[at:] for at in range(RUN)), strict=False))
