"""Where a passage of a text stands in what readers see of it, and the other way round.

Flags and vetoes count the characters of the text as it was received; readers see it laid out, without its marks. What
both have alike, and in the same order, are letters and digits: so these are compared, and nothing else.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from agent.render import render
from agent.review.actions import Span, find_span

NUMBER = re.compile(r"^[ \t]*\d{1,9}[.)](?=[ \t])", re.MULTILINE)
AROUND = 48
"""So many letters before and after a passage tell it from others of the same words."""
FITS = 12
"""With so many of them alike, it is the place that is meant."""
MOST = 2_000
"""A passage that stands in a text more often cannot be told from others."""
ENDS = 24
"""So many letters of its beginning and end are looked for where a passage is not found as a whole."""
ENDS_AT_LEAST = 6
TRIES = 8


@dataclass(frozen=True)
class Letters:
    """The letters and digits of a text, and where each stands in it."""

    all: str
    at: Sequence[int]
    text: str

    def within(self, start: int, end: int) -> tuple[int, int]:
        """Which letters stand among the characters `start` to `end`."""
        return bisect_left(self.at, start), bisect_left(self.at, end)

    def span(self, first: int, end: int) -> Span:
        """Where the letters `first` to `end` stand, and what stands between them."""
        return Span(self.at[first], self.at[end - 1] + 1)


def letters_of(text: str) -> Letters:
    """A text's letters and digits."""
    at = [place for place, sign in enumerate(text) if sign.isalnum()]
    return Letters("".join(text[place] for place in at), at, text)


def is_whole(text: Letters, start: int, end: int) -> bool:
    """Whether the characters `start` to `end` are all of a text."""
    return text.within(start, end) == (0, len(text.all))


def place(text: Letters, quote: str, start: int, seen: Letters) -> Span | None:
    """Where readers see the passage `quote`, which begins at character `start` of a text; None where they do not see
    it, or it cannot be told which of several it is."""
    first, end = text.within(start, start + len(quote))
    words = text.all[first:end]
    found = _find(seen.all, words)
    if not found:
        # It may hold marks with letters in them, such as the address of a link or the number of an item.
        words = letters_of(render(NUMBER.sub("", quote)).plain).all
        found = _find(seen.all, words)
    places = [(at, at + len(words)) for at in found] or list(_ends(seen.all, text.all[first:end], 0.5, 1.5))
    if not places or len(found) > MOST:
        return None
    meant = _around(text.all, first, end)
    alike = [(_alike(meant, _around(seen.all, *each)), each) for each in places]
    most = max(alike)[0]
    best = [each for much, each in alike if much == most]
    if len(best) > 1:
        which = _by_count(text, words, first, [at for at, _ in best])
        return None if which is None else _widened(seen.text, seen.span(*best[which]), quote)
    # What readers see may be another place with the same words, unless each is seen, or what stands around it fits.
    if (found and len(_find(text.all, words)) == len(found)) or most >= FITS:
        return _widened(seen.text, seen.span(*best[0]), quote)
    return None


def _by_count(text: Letters, words: str, first: int, best: list[int]) -> int | None:
    """Which of several it is that are alike all around: the third stays the third."""
    among = _find(text.all, words)
    meant = _around(text.all, first, first + len(words))
    around = [(_alike(meant, _around(text.all, at, at + len(words))), at) for at in among]
    most = max(around)[0] if around else 0
    same = [at for much, at in around if much == most]
    if len(same) != len(best) or first not in same:
        return None
    return same.index(first)


def _find(letters: str, words: str) -> list[int]:
    return list(_each(letters, words)) if words else []


def _each(letters: str, words: str) -> Iterator[int]:
    at = letters.find(words)
    for _ in range(MOST + 1):
        if at < 0:
            return
        yield at
        at = letters.find(words, at + 1)


def _around(letters: str, first: int, end: int) -> tuple[str, str]:
    """The letters before a place, the nearest first, and those after it."""
    return letters[max(0, first - AROUND) : first][::-1], letters[end : end + AROUND]


def _alike(one: tuple[str, str], other: tuple[str, str]) -> int:
    """How many letters before and after two places are the same."""
    return _run(one[0], other[0]) + _run(one[1], other[1])


def _run(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def quoted(text: str, quote: str) -> Span:
    """Where a passage stands that somebody copied: exactly so, or as readers see it. Raises Refused where it does not,
    or stands empty."""
    for form in (quote, quote.strip(), quote.strip().replace("\n", "\r\n")):
        if form.strip() and form in text:
            return find_span(text, form)
    wanted, had = letters_of(quote), letters_of(text)
    at = had.all.find(wanted.all) if wanted.all else -1
    span = had.span(at, at + len(wanted.all)) if at >= 0 else _between(text, had, wanted.all)
    return _widened(text, span, quote) if span else find_span(text, quote)


def _between(text: str, had: Letters, words: str) -> Span | None:
    """From where a passage begins to where it ends, if readers see just its words of what stands there."""
    for first, end in _ends(had.all, words, 1, 4):
        span = had.span(first, end)
        if letters_of(render(text[span.start : span.end]).plain).all == words:
            return span
    return None


def _ends(letters: str, words: str, least: float, most: float) -> Iterator[tuple[int, int]]:
    """Places that begin and end as a passage does, and are about as long: so many times its length."""
    much = min(ENDS, len(words) // 3)
    if much < ENDS_AT_LEAST:
        return
    ends = _find(letters, words[-much:])
    for first in _find(letters, words[:much])[:TRIES]:
        fit = (at + much for at in ends if least * len(words) <= at + much - first <= most * len(words))
        yield from ((first, end) for end in islice(fit, TRIES))


def _widened(text: str, span: Span, quote: str) -> Span:
    """A passage with the signs around it, such as a full stop, that belong to it as it was quoted."""
    inner = letters_of(quote).at
    before = _run(text[: span.start][::-1], quote[: inner[0]].lstrip()[::-1])
    return Span(span.start - before, span.end + _run(text[span.end :], quote[inner[-1] + 1 :].rstrip()))
