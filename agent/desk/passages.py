"""Where a passage of a text stands in what readers see of it, and the other way round.

Flags and vetoes count the characters of the text as it was received; readers see it laid out, without its marks. What
both have alike, and in the same order, are letters and digits: so these are compared, and nothing else.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
TRIES = 8


@dataclass(frozen=True)
class Letters:
    """The letters and digits of a text, and where each stands in it."""

    all: str
    at: Sequence[int]

    def within(self, start: int, end: int) -> tuple[int, int]:
        """Which letters stand among the characters `start` to `end`."""
        return bisect_left(self.at, start), bisect_left(self.at, end)

    def span(self, first: int, end: int) -> Span:
        """Where the letters `first` to `end` stand, and what stands between them."""
        return Span(self.at[first], self.at[end - 1] + 1)


def letters_of(text: str) -> Letters:
    """A text's letters and digits."""
    at = [place for place, sign in enumerate(text) if sign.isalnum()]
    return Letters("".join(text[place] for place in at), at)


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
    if not found or len(found) > MOST:
        return None
    meant = _around(text.all, first, end)
    alike = [(_alike(meant, _around(seen.all, at, at + len(words))), at) for at in found]
    most = max(alike)[0]
    best = [at for much, at in alike if much == most]
    if len(best) > 1:
        return _by_count(text, words, first, seen, best)
    # What readers see may be another place with the same words, unless each is seen, or what stands around it fits.
    if len(_find(text.all, words)) == len(found) or most >= FITS:
        return seen.span(best[0], best[0] + len(words))
    return None


def _by_count(text: Letters, words: str, first: int, seen: Letters, best: list[int]) -> Span | None:
    """The one of several that are alike all around: the third stays the third."""
    among = _find(text.all, words)
    meant = _around(text.all, first, first + len(words))
    around = [(_alike(meant, _around(text.all, at, at + len(words))), at) for at in among]
    most = max(around)[0] if around else 0
    same = [at for much, at in around if much == most]
    if len(same) != len(best) or first not in same:
        return None
    at = best[same.index(first)]
    return seen.span(at, at + len(words))


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
    return _with_its_end(text, span, quote) if span else find_span(text, quote)


def _between(text: str, had: Letters, words: str) -> Span | None:
    """From where a passage begins to where it ends, if readers see just its words of what stands there."""
    if len(words) < 2 * ENDS:
        return None
    for begin in _find(had.all, words[:ENDS])[:TRIES]:
        for end in _find(had.all, words[-ENDS:])[: 4 * TRIES]:
            if len(words) <= end + ENDS - begin <= 4 * len(words):
                span = had.span(begin, end + ENDS)
                if letters_of(render(text[span.start : span.end]).plain).all == words:
                    return span
    return None


def _with_its_end(text: str, span: Span, quote: str) -> Span:
    """The passage with the full stop, or what other signs it was copied with."""
    end = span.end
    for sign in quote[letters_of(quote).at[-1] + 1 :].rstrip():
        if text[end : end + 1] != sign:
            break
        end += 1
    return Span(span.start, end)
