"""A text exactly as it was received, with its flagged passages: here each stands where the check found it, letter for
letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.desk.shown.marked import ORDER, Passage, in_its_place


@dataclass(frozen=True)
class Stretch:
    """Part of a text, and the passages it belongs to. `begins` are those that begin with it; `level` is the gravest of
    them, empty where there is none."""

    words: str
    level: str
    begins: list[Passage]
    veiled: bool


def received(text: str, found: Sequence[Passage], *, veiled: bool) -> list[Stretch]:
    """The whole text in stretches, in order. Veiled ones hold other words in the place of their own."""
    flagged = [one for one in found if not one.whole]
    cuts = {0, len(text)} | {place for one in flagged for place in (one.flag.start, one.flag.end)}
    places = sorted(place for place in cuts if 0 <= place <= len(text))
    stretches = []
    for start, end in pairwise(places):
        over = [one for one in flagged if one.flag.start <= start and end <= one.flag.end]
        stretches.append(_stretch(text[start:end], start, over, veiled=veiled))
    return stretches


def _stretch(words: str, start: int, over: Sequence[Passage], *, veiled: bool) -> Stretch:
    hidden = [one for one in over if veiled and one.sensitive]
    begins = [one for one in over if one.flag.start == start]
    if hidden:
        words = "; ".join(f"[{in_its_place(one.flag)}]" for one in hidden if one in begins)
    level = next((level.value for level in ORDER if level in {one.flag.level for one in over}), "")
    return Stretch(words, level, begins, bool(hidden))
