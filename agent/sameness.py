"""How alike an author's latest texts are: their openings, their phrases, how often they speak of whoever writes, and
how many different words they use. Figures to be looked at over time; none of them says that a text is bad."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import islice
from statistics import median

OPENING = 4
"""So many first words make an opening."""
RUN = 5
"""Words of a phrase."""
SEVERAL = 3
"""A phrase that stands in so many texts is a habit: two may be chance, or a quotation."""
WINDOW = 40
"""Words among which different ones are counted (a moving average: Covington and McFall 2010), few enough for a poem."""
LONGEST = 20_000
"""Words of one text that are looked at."""
SHOWN = 5
"""Phrases."""
LOOPS, FEWEST = 0.4, 40
"""A text of at least so many words has fallen apart where fewer of its phrases are different. Poems that repeat
themselves on purpose keep above it, but for songs that count up. One loop would bend every figure of its author."""
OVERLAP = 3
"""Words that two phrases share where both are parts of a longer one."""

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['\u2019-][^\W_]+)*")
NOT_BEGUN = re.compile(r"\s*+(?:#{1,6}\s[^\n]*|[*_-]{3,}[ \t]*|[^\n]+\n[=-]{3,}[ \t]*)(?:\n|\Z)")
"""A heading, or a line across: the text begins after it."""
ITSELF = {"i", "me", "my", "mine", "myself", "i'm", "i've", "i'd", "i'll"}
AS_A_MACHINE = re.compile(
    r"\b(?:as|being|am|i'm) (?:just |only |merely )?an? (?:large )?(?:language model|ai|artificial intelligence)\b"
)
"""Words in which an author speaks of itself as what it is."""


@dataclass(frozen=True)
class Figure:
    """From 0 to 1, and what was counted."""

    value: float
    of: str


@dataclass(frozen=True)
class Gauge:
    """How alike some texts of one author are. `opening` is the part of them that begins with the same words, `phrases`
    the part of their runs of five words that stands in several of them, `itself` the part of their words in which they
    speak of their author, `variety` the part of forty words that is different, and `fall` by how much that is less in
    the newer half than in the older."""

    texts: int
    opening: Figure
    phrases: Figure
    itself: Figure
    variety: Figure
    fall: Figure
    begins: str = ""
    """The opening that most of them share; of one text its own."""
    habits: Sequence[str] = ()
    """The phrases that stand in most of them."""


def gauge(texts: Sequence[str]) -> Gauge:
    """How alike an author's texts are, the newest first. Texts that have fallen apart are left out, unless there are
    no others."""
    all_read = [_read(text) for text in texts]
    read = [each for each in all_read if not each.loops] or all_read
    begins, alike = _opening(read)
    phrases, habits = _phrases(read)
    variety, fall = _variety(read)
    opening = Figure(alike / max(len(read), 1), f"{alike} of {len(read)} texts")
    return Gauge(len(read), opening, phrases, _itself(read), variety, fall, " ".join(begins), habits)


def place_of(phrase: str, text: str) -> tuple[int, int] | None:
    """Where a phrase of the gauge's stands in a text first; of an empty phrase, the text's first line."""
    words = phrase.split()
    if not words:
        line = re.search(r"\S[^\n]{0,160}", text)
        return line.span() if line else None
    found = list(islice(WORD.finditer(text), LONGEST))
    folded = [_folded(match[0]) for match in found]
    for at in range(len(found) - len(words) + 1):
        if folded[at : at + len(words)] == words:
            return found[at].start(), found[at + len(words) - 1].end()
    return None


@dataclass(frozen=True)
class Read:
    """A text as it is counted."""

    words: tuple[str, ...]
    opening: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]
    itself: int
    variety: float | None

    @property
    def loops(self) -> bool:
        """Whether it says the same again and again."""
        return len(self.words) >= FEWEST and len(self.runs) < LOOPS * len(self.words)


def loops(text: str) -> bool:
    """Whether a text has fallen apart, so that its words say nothing of a habit."""
    return _read(text).loops


@lru_cache(maxsize=64)
def _read(text: str) -> Read:
    words = _words(text)
    begun = 0
    while (heading := NOT_BEGUN.match(text, begun)) is not None:
        begun = heading.end()
    opening = tuple(_words(text[begun : begun + 400])[:OPENING])
    runs = frozenset(zip(*(words[at:] for at in range(RUN)), strict=False))
    itself = sum(word in ITSELF for word in words) + len(AS_A_MACHINE.findall(" ".join(words)))
    return Read(words, opening if len(opening) == OPENING else (), runs, itself, _different(words))


def _words(text: str) -> tuple[str, ...]:
    return tuple(match[0] for match in islice(WORD.finditer(_folded(text)), LONGEST))


def _folded(text: str) -> str:
    return text.casefold().replace("\u2019", "'")


def _different(words: Sequence[str]) -> float | None:
    """Of forty words in a row the part that is different, on average; nothing where there are too few."""
    if len(words) < WINDOW // 2:
        return None
    size = min(WINDOW, len(words))
    counts = Counter(words[:size])
    different = whole = len(counts)
    for leaving, coming in zip(words, words[size:], strict=False):
        counts[leaving] -= 1
        different -= counts[leaving] == 0
        different += counts[coming] == 0
        counts[coming] += 1
        whole += different
    return whole / (len(words) - size + 1) / size


def _opening(read: Sequence[Read]) -> tuple[tuple[str, ...], int]:
    """The first words that most texts share, and how many do: none where no two do."""
    [(begins, alike)] = Counter(each.opening for each in read if each.opening).most_common(1) or [((), 0)]
    return begins, alike if alike > 1 else 0


def _phrases(read: Sequence[Read]) -> tuple[Figure, Sequence[str]]:
    times = Counter(run for each in read for run in each.runs)
    runs = sum(len(each.runs) for each in read)
    shared = sum(count for count in times.values() if count >= SEVERAL)
    habits: list[str] = []
    most = nsmallest(200, ((-count, run) for run, count in times.items() if count >= SEVERAL))
    for _, run in most:
        # Of a longer phrase every run comes up: one is enough.
        if all(len({*run} & {*habit.split()}) < OVERLAP for habit in habits):
            habits.append(" ".join(run))
    said = f"{shared:,} of {runs:,} runs of {RUN} words"
    return Figure(shared / max(runs, 1), said), habits[:SHOWN]


def _itself(read: Sequence[Read]) -> Figure:
    itself, words = sum(each.itself for each in read), sum(len(each.words) for each in read)
    share = itself / max(words, 1)
    # One long text is no habit either, so what is measured over all must be true of the text in the middle, too.
    shares = [each.itself / len(each.words) for each in read if each.words]
    return Figure(min(1.0, share, median(shares or [0.0])), f"{round(1000 * share)} in 1,000 of {words:,} words")


def _variety(read: Sequence[Read]) -> tuple[Figure, Figure]:
    known = [each.variety for each in read if each.variety is not None]
    newer, older = known[: len(known) // 2], known[(len(known) + 1) // 2 :]
    average = sum(known) / max(len(known), 1)
    falls = (sum(older) / len(older) - sum(newer) / len(newer), median(older) - median(newer)) if newer else (0.0,)
    fall = max(0.0, min(falls))
    said = f"{len(newer)} texts against the {len(older)} before" if newer else "too few texts"
    return Figure(average, f"{len(known)} texts"), Figure(fall, said)
