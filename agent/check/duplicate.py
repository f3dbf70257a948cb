"""A text that is nearly the same as an earlier piece (reading/nearness.py)."""

from agent.check.frame import Finding, Subject
from agent.check.reading.nearness import AGAIN, Near, near
from agent.likeness import marked
from agent.tables import Level

NAME = "duplicate"
VERSION = "1"
ABOUT = (
    "A text that is nearly the same as an earlier piece, by this author or by another. "
    "It leaves alone a passage or a refrain that is used again, and takes very short texts lightly. "
    "Read both side by side: a new version may be meant, and the same text twice hardly is."
)

MOST = 3
"""So many more pieces are named beside the nearest."""


def check(subject: Subject) -> list[Finding]:
    """One finding for the author's own pieces and one for those of others, each about the nearest. Another author's
    asks for an answer, and so does the same text again."""
    found = near(subject)
    kinds = ([each for each in found if not each.piece.own], [each for each in found if each.piece.own])
    return [_finding(subject.text, of_kind[0], of_kind[1:]) for of_kind in kinds if of_kind]


def _finding(text: str, nearest: Near, others: list[Near]) -> Finding:
    level, ground = Level.LOOK, "copied"
    why = "Much of this text stands in another author's piece; this is the longest stretch."
    if nearest.piece.own:
        level, ground = Level.LOOK if _is_again(nearest) else Level.NOTE, ""
        why = "More than half of this text stands in an earlier piece of the author's; this is the longest stretch."
        if nearest.share >= AGAIN:
            why = "This is nearly the same text as an earlier piece of the author's; this is the longest stretch."
    evidence = {
        "piece": nearest.piece.name or "without a title",
        "at": nearest.piece.where,
        "of this text stands there": f"{nearest.share:.0%}",
        "of that piece stands here": f"{nearest.back:.0%}",
    }
    if others:
        named = ", ".join(each.piece.where or each.piece.name for each in others[:MOST])
        more = len(others) - MOST
        evidence["nearly the same, too"] = f"{named} and {more:,} more" if more > 0 else named
    return Finding(level, "duplicate", *_longest(text, nearest.piece.text), why, evidence, ground)


def _is_again(nearest: Near) -> bool:
    """Whether to publish it asks for a word why. Two short notes of one author may differ in little more than their
    subject; only one that is word for word an earlier one is worth a look."""
    return nearest.is_all if nearest.is_short else nearest.share >= AGAIN


def _longest(text: str, other: str) -> tuple[int, int]:
    """Where the longest stretch that both texts have stands in the first."""
    at, longest = 0, (0, len(text))
    best = 0
    for part in marked(text, other):
        if part.common and len(part.text) > best:
            best, longest = len(part.text), (at, at + len(part.text))
        at += len(part.text)
    return longest
