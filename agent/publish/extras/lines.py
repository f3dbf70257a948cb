"""Words in lines: how large a title can be and where its lines break. Pure; letters are measured elsewhere."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

SIZES = (112, 104, 96, 90, 84, 78, 72, 66, 60, 55, 50, 46, 42)
LEADING = 1.17
LINES = 6
"""More lines than these are no title any more."""
MOST = 600
"""More letters of a title than ever go onto a card."""

Measure = Callable[[str], float]
"""How wide some words are in one size."""


def setting(
    words: str, width: int, height: int, measure: Callable[[int], Measure], sizes: Sequence[int] = SIZES
) -> tuple[int, list[str]]:
    """The largest size in which the words fit into a box, and their lines, as even as they can be. What does not fit
    in the smallest size ends in an ellipsis."""
    words = words[:MOST]
    for size in sizes:
        most = min(LINES, int(height / (size * LEADING)))
        if measure(size)(words) > width * most:
            continue
        lines = wrapped(words.split(), width, measure(size))
        if lines and len(lines) <= most:
            return size, lines
    size = sizes[-1]
    letters = [part for word in words.split() for part in _parts(word, width, measure(size))]
    lines = wrapped(letters, width, measure(size))
    if len(lines) > most:
        lines = wrapped(letters, width, measure(size), even=False)
        lines = [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), width, measure(size))]
    return size, lines


def wrapped(words: Sequence[str], width: float, measure: Measure, *, even: bool = True) -> list[str]:
    """The words in as few lines as they need, and these as even as can be, or each as full as it can be; none where a
    word is too wide."""
    widths, space = [measure(word) for word in words], measure(" ")
    if max(widths) > width:
        return []
    count = len(_filled(widths, space, width))
    low, high = max(*widths, (sum(widths) + space * (len(widths) - count)) / count), width
    while even and high - low > 2:  # The narrowest measure that still takes no more lines.
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(widths, space, middle)) <= count else (middle, high)
    ends = _filled(widths, space, high)
    return [" ".join(words[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _filled(widths: Sequence[float], space: float, width: float) -> list[int]:
    """Where each line ends when every one takes as many words as go into it."""
    ends, used = [], 0.0
    for at, word in enumerate(widths):
        if at and used + space + word > width:
            ends.append(at)
            used = word
        else:
            used += (space if used else 0.0) + word
    return [*ends, len(widths)]


def _parts(word: str, width: float, measure: Measure) -> Iterable[str]:
    """A word that is wider than the paper, in pieces that are not."""
    while measure(word) > width:
        end = _reach(word, width, measure)
        yield word[:end]
        word = word[end:]
    yield word


def cut(words: str, width: float, measure: Measure) -> str:
    """As many of the words as go into a width, and an ellipsis."""
    end = _reach(words, width - measure("…"), measure)
    whole = words.rfind(" ", 0, end + 1)
    return words[: whole if whole > end * 0.7 else end].rstrip(" ,;:.–—-") + "…"


def _reach(words: str, width: float, measure: Measure) -> int:
    """How many letters go into a width: one at least."""
    return max(1, bisect_right(range(1, len(words) + 1), width, key=lambda end: measure(words[:end])))
