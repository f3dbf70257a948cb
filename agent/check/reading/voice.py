"""Who says a passage, and how: the author or somebody it quotes, as a fact or as "if", of now or of long ago, with or
without a "not"."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from agent.check.reading.bare import Bare

ENDS = re.compile(r"[.!?…](?:[\"”’)\]*_]{0,3})(?=\s)|\n(?=[ \t]{0,40}(?:\n|[-*#>]))")
ABBREVIATED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Capt|Lt|Sgt|Rev|Hon|St|Jr|Sr|vs|cf|ca|No|Inc|Ltd|Corp|Co)|\b[A-Z])$"
)
SUPPOSED = re.compile(
    r"\b(?:if|suppos(?:e|ing)|imagin(?:e|ed|ing|ary)|pretend(?:ed|ing)?|wish(?:ed)?|dream(?:ed|t)?|would|could|might|"
    r"were to|as though|as if|whether|unless|perhaps|maybe|let us say|hypothetically|"
    r"in (?:the|a|this|that|my|his|her|their) (?:story|stories|novel|play|poem|fable|tale|dream|film|movie|parable))\b",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:not|never|no(?! one but)|nobody|none|neither|nor|without|hardly|nothing|cannot|"
    r"(?:ca|do|does|did|wo|is|are|was|were|has|have|would|could|should)n['’]t|refused?|den(?:y|ies|ied)|wrongly|"
    r"falsely accused|innocent|unfounded|baseless|acquitted|cleared|exonerated|rumou?rs?|untrue|myth)\b",
    re.IGNORECASE,
)
SPEECH = re.compile(r"[“\"][^“”\"\n]{12,800}[,.!?…—][”\"]")
ACTED = re.compile(
    r"\b(?:whispered|murmured|muttered|smiled|grinned|nodded|shrugged|sighed|laughed|chuckled|frowned|blushed|glanced|gazed|"
    r"stared|exclaimed|cried|sobbed|stammered|gasped|leaned|hesitated|paused)\b"
)
CENTURY = re.compile(
    r"\b(?:1[0-8]\d\d|[1-9]\d{2}(?= ?(?:AD|CE))|\d{1,4} ?(?:BC|BCE)|(?:AD|BC) ?\d{1,4}|\d{1,2}th century|"
    r"(?:fif|six|seven|eigh|nine)teenth[- ]century|medieval|antiquity|ancient)\b"
)
LATER = re.compile(r"\b(?:19|20)\d\d\b|\b(?:20|21)(?:th|st) century\b")
DIED = re.compile(
    r"\((?:[^()\n]{0,40}\d{3,4} ?[-–—] ?|d\. ?)\d{3,4}\)|\bdied (?:in|on|at)\b|\bthe late\b|\bdeath in\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Voice:
    """A text, and what its author says in it itself."""

    text: str

    @cached_property
    def own(self) -> str:
        """The text, as long as it was, without code and without what it quotes."""
        return Bare(self.text).own

    @cached_property
    def _small(self) -> str:
        return self.own.casefold()

    def has(self, words: Sequence[str]) -> bool:
        """Whether it has one of these words, in small letters: no pattern that needs one is sought without."""
        return any(word in self._small for word in words)

    @cached_property
    def _ends(self) -> list[int]:
        return [
            match.end()
            for match in ENDS.finditer(self.own)
            if match[0] != "." or not ABBREVIATED.search(self.own, max(0, match.start() - 6), match.start())
        ]

    def sentence(self, at: int) -> tuple[int, int]:
        """Where the sentence with this character begins and ends."""
        place = bisect_right(self._ends, at)
        start = self._ends[place - 1] if place else 0
        return start, self._ends[place] if place < len(self._ends) else len(self.text)

    def is_own(self, start: int, end: int) -> bool:
        """Whether these words are the author's: neither quoted nor code."""
        return self.own[start:end] == self.text[start:end]

    def is_supposed(self, at: int) -> bool:
        """Whether what stands here is supposed, wished or dreamt."""
        return bool(SUPPOSED.search(self.own, max(self.sentence(at)[0], at - 200), at))

    def is_denied(self, start: int, end: int) -> bool:
        """Whether a "not", or what comes to it, stands here or shortly before."""
        first = max(self.sentence(start)[0], start - 60)
        return bool(DENIED.search(self.own, max(first, self.own.rfind(", but ", first, start)), end))

    def said(self, pattern: re.Pattern[str], *, at_most: int, may_deny: bool = False) -> Iterator[re.Match[str]]:
        """Where the author itself says something as a fact."""
        found = (
            match
            for match in pattern.finditer(self.own)
            if not self.is_supposed(match.start()) and (may_deny or not self.is_denied(*match.span()))
        )
        return islice(found, at_most)

    def is_long_ago(self, start: int, end: int) -> bool:
        """Whether a death, or a time before 1900 and none later, stands near."""
        first, last = max(0, start - 300), min(len(self.text), end + 300)
        if DIED.search(self.own, *self._around(start, end)):
            return True
        return bool(CENTURY.search(self.own, first, last)) and not LATER.search(self.own, first, last)

    def _around(self, start: int, end: int) -> tuple[int, int]:
        return max(self.sentence(start)[0], start - 200), min(self.sentence(end)[1], end + 200)

    @cached_property
    def is_story(self) -> bool:
        """Whether people talk and act in it as they do in a story."""
        talked = len(SPEECH.findall(self.text))
        acted = len(ACTED.findall(self.own))
        thousands = max(1.0, len(self.text) / 6_000)
        return acted >= 3 * thousands or (talked >= 3 * thousands and acted >= 1)


@lru_cache(maxsize=4)
def voice_of(text: str) -> Voice:
    """The voice of a text, laid out once for all checks that ask for it."""
    return Voice(text)
