"""Words looked for in what an author was shown, whatever their case, accents and signs. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from agent.check.frame import Shown

WORD = re.compile(r"[^\W_]+")
COMBINING = re.compile("[\u0300-\u036f]")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
LEFT_OUT = re.compile(r"(?:\[[^\[\]\n]{0,80}\]|\u2026|\.{3}|\. \. \.)")
SEGMENT = 3
"""Words of one part of a quotation that leaves something out; shorter parts are not looked for."""
GRAM, NEARLY = 3, 0.5
"""Where such a part of the runs of so many words is found, a quotation stands there in other words."""
MOST_RUNS = 16
"""So many of these runs are looked for, all over the quotation."""
KEPT = 50_000
"""Texts of no more letters are kept folded, for the next time."""
LETTERS = 3_000_000
"""So many letters of sources are searched, those of the same session first."""


def folded(text: str) -> str:
    """The words of a text, in small letters and without accents, with one space between them."""
    small = text.casefold()
    if not small.isascii():
        small = COMBINING.sub("", unicodedata.normalize("NFKD", UNSEEN.sub("", small)))
    return " ".join(WORD.findall(small))


@dataclass(frozen=True)
class Source:
    """One text that was shown, and its words."""

    shown: Shown

    @cached_property
    def words(self) -> str:
        """Its words, with a space before and after."""
        return spaced(self.shown.text) if len(self.shown.text) <= KEPT else f" {folded(self.shown.text)} "

    @cached_property
    def names(self) -> str:
        """These, and those of its title and address: where a name may stand."""
        return f"{self.words}{folded(self.shown.name)} {folded(self.shown.where)} "


class Sources:
    """All that an author was shown, and its earlier pieces."""

    def __init__(self, shown: Sequence[Shown]) -> None:
        letters = accumulate(len(each.text) for each in shown)
        self._sources = [Source(each) for each, so_far in zip(shown, letters, strict=True) if so_far <= LETTERS]

    @property
    def count(self) -> str:
        """How many there are, in words."""
        several = f"{len(self._sources)} texts that it was shown or wrote before"
        return several if len(self._sources) != 1 else "1 text that it was shown or wrote before"

    def holding(self, words: str) -> Source | None:
        """The text in which these words stand. What a quotation leaves out, "..." or "[...]", may be anything."""
        parts = [part for part in map(folded, LEFT_OUT.split(words)) if part.count(" ") >= SEGMENT - 1]
        if not parts:
            return None
        return next((each for each in self._sources if all(f" {part} " in each.words for part in parts)), None)

    def near(self, words: str) -> Source | None:
        """The text in which they stand in part, or in another order."""
        each = folded(words).split(" ")
        places = range(0, len(each) - GRAM + 1, max(1, len(each) // MOST_RUNS))
        runs = [f" {' '.join(each[at : at + GRAM])} " for at in places]
        return next((source for source in self._sources if runs and _holds_enough(source, runs)), None)


@lru_cache(maxsize=256)
def spaced(text: str) -> str:
    """The words of a text that was shown. The same are shown with one text after another."""
    return f" {folded(text)} "


def _holds_enough(source: Source, runs: Sequence[str]) -> bool:
    may_miss = len(runs) * (1 - NEARLY)
    for run in runs:
        may_miss -= run not in source.words
        if may_miss < 0:
            return False
    return True
