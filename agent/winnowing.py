"""The runs of eight words of a text as hashes, and which of them are kept so that what two texts share is found.

By winnowing (Schleimer, Wilkerson and Aiken 2003): of every eight runs in a row the one with the least hash. Two texts
that share fifteen words in a row then share a hash that is kept of both.
"""

import re
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from agent.archive import Word, placed, words_of

RUN = 8
"""Words of one run."""
WINDOW = 8
"""Of so many runs in a row at least one is kept."""
FOUND = RUN + WINDOW - 1
"""So many words in a row that two texts share are found for certain."""
PRIME, BASE = (1 << 61) - 1, 1_000_003_000_039
LEAVING = pow(BASE, RUN, PRIME)
"""What a word counts for when it leaves a run."""
NO_WORDS = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"]+|\[\^[^\]\s]{1,40}\]", re.IGNORECASE)
SIGNS = ("://", "www.", "[^")
"""A text without any of these has none of those."""


def words(text: str, first: int = 0, last: int | None = None) -> list[Word]:
    """The words of a text as they are compared, each with where it stands, without addresses and marks of footnotes:
    all of them, or those from the number `first` to before `last`."""
    return placed(_plain(text), first, last)


def folded(text: str) -> list[str]:
    """The same words alone, which takes a fraction of the time."""
    return words_of(_plain(text))


def runs(folded: Sequence[str]) -> list[int]:
    """The hash of each run of eight words, in order: 61 bits, so that every database takes it."""
    numbers = [_number(word) for word in folded]
    if len(numbers) < RUN:
        return []
    whole = 0
    for number in numbers[:RUN]:
        whole = (whole * BASE + number) % PRIME
    hashes = [whole]
    for leaving, coming in zip(numbers, numbers[RUN:], strict=False):
        whole = (whole * BASE + coming - leaving * LEAVING) % PRIME
        hashes.append(whole)
    return hashes


def chosen(hashes: Sequence[int]) -> set[int]:
    """Those of a text's runs that are kept: of each window the least."""
    kept: set[int] = set()
    rising: deque[int] = deque()
    """Places in the window, each with a greater hash than the one before."""
    for at, number in enumerate(hashes):
        while rising and hashes[rising[-1]] >= number:
            rising.pop()
        rising.append(at)
        if rising[0] == at - WINDOW:
            rising.popleft()
        if at >= WINDOW - 1:
            kept.add(hashes[rising[0]])
    return kept or ({hashes[rising[0]]} if rising else set())


def _plain(text: str) -> str:
    """A text with spaces in the place of what is no word."""
    if any(sign in text for sign in SIGNS):
        return NO_WORDS.sub(lambda found: " " * len(found[0]), text)
    return text


@lru_cache(maxsize=20_000)
def _number(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) % PRIME
