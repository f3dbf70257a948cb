"""The passages that a text shares with others, word for word, and the source of each."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from agent.archive import Word
from agent.check.frame import Shown
from agent.winnowing import RUN, folded, runs

APART = 8
"""Between two passages of one source so many words may be others: then they are one that was changed a little."""
MANY = 5
"""A run of words that so many sources have is a manner of speaking, where no more than SAYING words are the same."""
SAYING = 24
KNOWN = re.compile(rb"\x01{%d,}" % RUN)
"""As many words as a run has, each of which the text has, too."""
OUTLETS = ("invitation", "prompt")
"""Kinds of source that are the outlet's own words."""


@dataclass(frozen=True)
class Part:
    """Words `start` to `end` of the text, which stand in the source from its word `there` on."""

    start: int
    end: int
    there: int


@dataclass(frozen=True)
class Passage:
    """What a text has from one source; in several parts, where it was changed here and there."""

    source: Shown
    parts: Sequence[Part]

    @property
    def start(self) -> int:
        """Its first word."""
        return self.parts[0].start

    @property
    def end(self) -> int:
        """The word after its last."""
        return self.parts[-1].end


def passages(own: Sequence[Word], shown: Sequence[Shown]) -> Iterator[Passage]:
    """Each passage of eight words or more, as long as it goes. What is the outlet's own is no other source's, nor is it
    another author's what this one wrote first: of pieces, the oldest come first."""
    hashes = runs([word.folded for word in own])
    vocabulary = {word.folded for word in own}
    places = defaultdict[int, list[int]](list)
    for at, number in enumerate(hashes):
        places[number].append(at)
    ordered = sorted(shown, key=lambda source: source.kind not in OUTLETS)
    found = [(source, there) for source in ordered if (there := _common(vocabulary, places, source))]
    spread = Counter(number for _, there in found for number in there)
    said: set[int] = set()
    """Runs that are the outlet's words."""
    mine: set[int] = set()
    """Runs that the author wrote before."""
    for source, there in found:
        is_others = source.kind == "piece" and not source.own
        marks = sorted(at for number in there for at in places[number])
        if source.kind in OUTLETS:
            said.update(marks)
        else:
            marks = [at for at in marks if at not in said and not (is_others and at in mine)]
        if source.own:
            mine.update(marks)
        parts = [
            Part(together[0], together[-1] + RUN, there[hashes[together[0]]])
            for together in _together(marks)
            if together[-1] + RUN - together[0] > SAYING or any(spread[hashes[at]] < MANY for at in together)
        ]
        yield from _merged(source, parts)


def _common(vocabulary: Set[str], places: Mapping[int, Sequence[int]], source: Shown) -> Mapping[int, int]:
    """The runs that a text and a source have in common, and the word at which each first stands in the source."""
    theirs = folded(source.text)
    there: dict[int, int] = {}
    # A run in common is made of words in common, which are told apart at much less cost.
    for stretch in KNOWN.finditer(bytes(map(vocabulary.__contains__, theirs))):
        for at, number in enumerate(runs(theirs[stretch.start() : stretch.end()]), stretch.start()):
            if number in places:
                there.setdefault(number, at)
    return there


def _together(marks: Sequence[int]) -> list[list[int]]:
    """The places of runs, those together whose words follow each other."""
    found: list[list[int]] = []
    for at in marks:
        if found and at <= found[-1][-1] + RUN:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def _merged(source: Shown, parts: Sequence[Part]) -> Iterator[Passage]:
    together: list[Part] = []
    for part in parts:
        if together and part.start - together[-1].end > APART:
            yield Passage(source, together)
            together = []
        together.append(part)
    if together:
        yield Passage(source, together)
