"""Where a text repeats itself: the same words in a row, or the same passages again and again.

The ratios follow the quality rules of Rae et al. 2021 ("Gopher"), made milder for verse, which
repeats itself on purpose.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['\u2019-][^\W_]+)*")
ITEM_NUMBER = re.compile(r"^[ \t>]*(\d+)[.)][ \t]", re.MULTILINE)
COPIES = 40
LETTERS = re.compile(rf"([^\W\d_]{{1,8}}?)\1{{{COPIES - 1},}}")
EMPTY_LINE = re.compile(r"\n[ \t]*\n")
BEGINS = re.compile(r"[ \t\"\u201c\u2018\u00ab*_]{0,8}[^\W\d_a-z]")
LONG_LINES, LONG_LINE = 8, 140
"""At least so many lines, of at most so many letters, are verse of long lines."""
SENTENCE = re.compile(r"[^.!?\u2026\u3002\n]+")

GRAM = 4
MANY = 12
PASSAGE = 8
"""Words: passages that are the same for so long are no coincidence."""
GROWS = 3
"""So many times a passage comes back longer than before where a text builds up."""
MOST_ROWS = 100
"""So many are told apart; a text that has more has fallen apart."""


class Word(NamedTuple):
    """A word as it is compared, and its characters in the text. A tuple, for there are many of them."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True)
class Row:
    """The same `unit` words in a row, from word `first`; `extra` words beyond the first copy."""

    first: int
    unit: int
    extra: int

    @property
    def second(self) -> int:
        """The word at which the second copy begins."""
        return self.first + self.unit

    @property
    def end(self) -> int:
        """The word after the last."""
        return self.second + self.extra

    @property
    def copies(self) -> int:
        """How often the words stand there, whole."""
        return (self.unit + self.extra) // self.unit


def words_of(text: str) -> list[Word]:
    """The words of a text; numbers of list items are none. Each Chinese or Japanese sign counts as a word."""
    numbers = {match.start(1) for match in ITEM_NUMBER.finditer(text)}
    return [Word(m[0].casefold(), m.start(), m.end()) for m in WORD.finditer(text) if m.start() not in numbers]


def is_verse(lines: Sequence[str]) -> bool:
    """Whether most of the lines, none of them empty, are as short as those of a poem."""
    return len(lines) >= 4 and sum(len(line) <= 70 for line in lines) > 0.75 * len(lines)


def is_long_verse(text: str) -> bool:
    """Whether it stands in stanzas of lines that begin with a capital, however long: wrapped prose goes on in small
    letters, and its paragraphs are one line otherwise."""
    stanzas = [[line for line in block.split("\n") if line.strip()] for block in EMPTY_LINE.split(text)]
    lines = [line for stanza in stanzas for line in stanza]
    within = [line for stanza in stanzas if len(stanza) > 1 for line in stanza]
    if len(lines) < LONG_LINES or len(within) < 0.75 * len(lines):
        return False
    fit = sum(len(line) <= LONG_LINE and BEGINS.match(line) is not None for line in within)
    return fit >= 0.8 * len(lines)


def rows(words: Sequence[str]) -> list[Row]:
    """Every place at which copies follow each other directly, MANY words beyond the first; longest first."""
    found = [row for unit in _units(words) for row in _rows_of(words, unit)]
    found.sort(key=lambda row: (-row.extra, row.unit))
    taken: list[Row] = []
    for row in found:
        if len(taken) == MOST_ROWS:
            break
        if all(row.end <= other.second or other.end <= row.second for other in taken):
            taken.append(row)
    return taken


def _units(words: Sequence[str]) -> list[int]:
    """The distances at which the same few words come back most often."""
    latest: dict[tuple[str, ...], int] = {}
    before: list[int | None] = []
    distances: Counter[int] = Counter()
    for at in range(len(words) - GRAM + 1):
        gram = tuple(words[at : at + GRAM])
        earlier = latest.get(gram)
        before.append(earlier)
        latest[gram] = at
        for _ in range(4):
            if earlier is None:
                break
            distances[at - earlier] += 1
            earlier = before[earlier]
    return [distance for distance, times in distances.most_common(24) if times >= GRAM]


def _rows_of(words: Sequence[str], unit: int) -> Iterator[Row]:
    extra = 0
    for at in range(unit, len(words) + 1):
        if at < len(words) and words[at] == words[at - unit]:
            extra += 1
        else:
            if extra >= max(unit, MANY):
                yield Row(at - extra - unit, unit, extra)
            extra = 0


def letters(text: str, words: Sequence[Word]) -> Iterator[re.Match[str]]:
    """Every word in which the same letters stand forty times in a row; the first group is one copy of them."""
    for word in words:
        if word.end - word.start >= COPIES:
            yield from LETTERS.finditer(text, word.start, word.end)


def passages(words: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of words (from, to) that stood in the text before, PASSAGE words or longer."""
    seen: set[tuple[str, ...]] = set()
    found: list[tuple[int, int]] = []
    for at in range(len(words) - PASSAGE + 1):
        gram = tuple(words[at : at + PASSAGE])
        if gram not in seen:
            seen.add(gram)
        elif found and found[-1][1] >= at:
            found[-1] = (found[-1][0], at + PASSAGE)
        else:
            found.append((at, at + PASSAGE))
    return found


def builds_up(repeated: Sequence[tuple[int, int]]) -> bool:
    """Whether what comes back grows each time, with something new before it: a poem or a tale that builds up."""
    lengths = [end - start for start, end in repeated]
    grown = sum(later > earlier for earlier, later in pairwise(lengths))
    return len(lengths) >= GROWS and lengths[-1] > lengths[0] and grown >= 0.75 * (len(lengths) - 1)


def sentences(text: str) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """Each sentence of five words or more -> where it stands."""
    found: defaultdict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for match in SENTENCE.finditer(text):
        words = WORD.findall(match[0])
        if len(words) >= 5:
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            found[tuple(word.casefold() for word in words)].append((start, match.start() + len(match[0].rstrip())))
    return found
