"""Words that were planted where no author should find them, found again however they are spaced or written."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from agent.check.credentials import Secret

NO_LETTERS = re.compile(r"[\W_]+")
LEAST = 4
"""A canary of fewer letters and digits is compared sign by sign: it would be found everywhere otherwise."""


def planted(text: str, canaries: Sequence[str]) -> Iterator[Secret]:
    """Each canary that stands in the text, at its first place."""
    if not canaries:
        return
    quick = _letters(text)
    for number, canary in enumerate(canaries, start=1):
        wanted, keep = _letters(canary), _is_letter
        if len(wanted) < LEAST:
            wanted, keep = "".join(canary.casefold().split()), _is_seen
        elif wanted not in quick:
            continue
        signs, places = _folded(text, keep)
        found = signs.find(wanted)
        if found >= 0:
            kind = f"planted words, number {number} of {len(canaries)}"
            why = "These words were planted where no author should find them."
            yield Secret(kind, places[found], places[found + len(wanted) - 1] + 1, why, opens=False)


def _letters(text: str) -> str:
    """Its letters and digits alone, without case: quickly, and without their places."""
    return NO_LETTERS.sub("", unicodedata.normalize("NFKD", text).casefold())


def _folded(text: str, keep: Callable[[str], bool]) -> tuple[str, list[int]]:
    """The signs to compare, without case, and where each stands in the text."""
    signs: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for sign in unicodedata.normalize("NFKD", character).casefold():
            if keep(sign):
                signs.append(sign)
                places.append(at)
    return "".join(signs), places


def _is_letter(sign: str) -> bool:
    return sign.isalnum()


def _is_seen(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) != "Cf"
