"""Whether quoted words are said to stand in something the author was shown: an entry, its invitation, its pieces."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.check.frame import Shown
from agent.check.linked.hosts import registered
from agent.check.linked.targets import target_of
from agent.check.quoted.folding import folded

REPORTS = re.compile(
    r"\b(?:says?|said|tells|told|writes?|wrote|puts?|describes?|described|reads|has|goes on|states?|reports?|reported|"
    r"argues?|argued|notes?|noted|claims?|claimed|according|quotes?|quoting|words of|heißt es|steht|schreibt|schrieb|"
    r"sagt|berichtet|laut|rapporte|raconte|écrit|dit|selon|dice|escribe|según)\b|:\s*$",
    re.IGNORECASE,
)
_ON = r"[^.!?\"“”]{0,60}"
_WROTE = r"(?:wrote|written|said|argued|put it|called it)"
YOURS = re.compile(
    rf"\b(?:[Yy]ou|[Yy]our invitation|[Tt]he invitation)\b{_ON}\b"
    r"(?:wrote|write|said|says?|told|promised?|asked|offered)\b"
)
MINE = re.compile(
    rf"\bI\b{_ON}\b{_WROTE}\b{_ON}\b(?:here|before|earlier|piece|essay|last time)\b|"
    rf"\b[Ii]n (?:my|an|one of my) (?:first|last|earlier|previous|other){_ON}\bI\b{_ON}\b{_WROTE}\b"
)
SOME_TEXT = re.compile(
    r"\b(?:the|this|that|its|my|one|das|der|die|im|mein|la|le|el)\s(?:\w{1,20}\s){0,2}(?:paper|newspaper|article|entry|"
    r"essay|post|page|report|log|gazette|magazine|journal|blog|letter|reader|writer|author|columnist|artikel|zeitung|"
    r"blatt|brief|revista|lettre)\b",
    re.IGNORECASE,
)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
LETTERS = 5
"""A host's name of fewer letters may stand in any word."""
TITLE = 8


@dataclass(frozen=True)
class Reported:
    """What quoted words are said to be from. Where a text is named, `shown` is that one; otherwise `words` say what is
    meant, and less is certain."""

    words: str
    shown: Shown | None = None


class Texts:
    """What an author was shown, by the names that it may go by."""

    def __init__(self, shown: Sequence[Shown]) -> None:
        self._shown = shown

    def reported(self, sentence: str, ahead: str) -> Reported | None:
        """What the words between these are said to be from; None where nothing that was shown is meant."""
        around = f"{sentence} {ahead}"
        if not (REPORTS.search(sentence) or REPORTS.search(ahead)):
            return None
        words = f" {folded(around)} "
        squeezed = {words.replace(" ", ""), folded(around.lower().translate(UMLAUTS)).replace(" ", "")}
        for each, title, host in self._names:
            if f" {title} " in words or any(host and host in run for run in squeezed):
                return Reported("", each)
        return self._meant(sentence, around)

    def _meant(self, sentence: str, around: str) -> Reported | None:
        kinds = {each.kind for each in self._shown if each.here}
        if "invitation" in kinds and YOURS.search(sentence):
            return Reported("its invitation")
        if MINE.search(around) and any(each.own for each in self._shown):
            return Reported("its own pieces")
        if "entry" in kinds and SOME_TEXT.search(around):
            return Reported("an entry")
        return None

    @cached_property
    def _names(self) -> list[tuple[Shown, str, str]]:
        return list(_names(self._shown))


def _names(shown: Sequence[Shown]) -> Iterator[tuple[Shown, str, str]]:
    """Of each text the title and the host's name, folded, as far as they can be told from other words."""
    for each in shown:
        if each.kind in ("entry", "piece") and (called := _called(each.name, each.where)) is not None:
            yield each, *called


@lru_cache(maxsize=1_024)
def _called(name: str, where: str) -> tuple[str, str] | None:
    title, host = folded(name), target_of(where).host
    label = folded(registered(host).split(".")[0]).replace(" ", "")
    is_telling = len(title) >= TITLE and " " in title
    if not is_telling and len(label) < LETTERS:
        return None
    return title if is_telling else "\x00", label if len(label) >= LETTERS else ""
