"""How sure a figure is: shares with their intervals, and how far two readers agree beyond chance. Pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

from agent.shares import Share, Z

PAIRS_AT_LEAST = 10
"""With fewer pairs, kappa's standard error, which holds for many, says nothing."""


class Why(StrEnum):
    """Why there is no kappa, or none with an interval, in words."""

    NONE = "There is no pair of verdicts yet."
    FEW = "There are fewer than 10 pairs of verdicts, too few for a figure that leaves chance out."
    ONE_WORD = (
        "One side gave the same verdict every time. Then there is nothing that agreement could be told from chance by."
    )
    PERFECT = (
        "Both agreed every time. Kappa is 1, and its formula gives no interval there; that of the raw agreement tells "
        "how sure it is."
    )


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa over `n` pairs, -1 to 1: 0 is what chance alone gives. What cannot be had is None, and `why` says
    why."""

    n: int
    agreement: Share
    value: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    """The asymptotic standard error."""
    why: Why | None = None


def kappa(pairs: Mapping[tuple[str, str], int]) -> Kappa:
    """Cohen's kappa of how often each pair (first verdict, second verdict) was given.

    The standard error is the one for large samples of Fleiss, Cohen and Everitt (1969), which does not suppose that
    there is no agreement; the interval is 1.96 of it to either side, cut at -1 and 1.
    """
    n = sum(pairs.values())
    same = sum(count for (first, second), count in pairs.items() if first == second)
    agreement = Share(same, n)
    if n < PAIRS_AT_LEAST:
        return Kappa(n, agreement, why=Why.FEW if n else Why.NONE)
    words = sorted({word for pair, count in pairs.items() if count for word in pair})
    p = {pair: count / n for pair, count in pairs.items()}
    first = {word: sum(share for (one, _), share in p.items() if one == word) for word in words}
    second = {word: sum(share for (_, other), share in p.items() if other == word) for word in words}
    if 1 in {*_counts(pairs, 0).values(), *_counts(pairs, 1).values()}:
        return Kappa(n, agreement, why=Why.ONE_WORD)
    if same == n:
        return Kappa(n, agreement, value=1.0, error=0.0, why=Why.PERFECT)
    seen, chance = same / n, sum(first[word] * second[word] for word in words)
    value = (seen - chance) / (1 - chance)
    hits = sum(p.get((w, w), 0) * (1 - (first[w] + second[w]) * (1 - value)) ** 2 for w in words)
    misses = sum(share * (second[a] + first[b]) ** 2 for (a, b), share in p.items() if a != b)
    spread = hits + (1 - value) ** 2 * misses - (value - chance * (1 - value)) ** 2
    error = sqrt(max(spread, 0.0) / n) / (1 - chance)
    return Kappa(n, agreement, value, max(-1.0, value - Z * error), min(1.0, value + Z * error), error)


def _counts(pairs: Mapping[tuple[str, str], int], side: int) -> dict[str, float]:
    """Each word's share on one side, so that 1 is exactly one word and no other."""
    n = sum(pairs.values())
    found: dict[str, int] = {}
    for pair, count in pairs.items():
        found[pair[side]] = found.get(pair[side], 0) + count
    return {word: count / n for word, count in found.items()}


@dataclass(frozen=True)
class Spread:
    """How `n` numbers lie: a quarter is at most `low`, half at most `middle`, three quarters at most `high`, nine of
    ten at most `most`. Each is one of the numbers themselves (the nearest rank)."""

    n: int
    low: float
    middle: float
    high: float
    most: float


QUANTILES = (0.25, 0.5, 0.75, 0.9)


def rank(share: float, n: int) -> int:
    """Which of n numbers in order, from 1, is the quantile."""
    # 0.9 * 10 is 9.000000000000002 for some shares: a rank must not slip by one for that.
    return max(1, ceil(round(share * n, 9)))


def spread(numbers: Sequence[float]) -> Spread | None:
    """How numbers lie; None where there are none."""
    if not numbers:
        return None
    row = sorted(numbers)
    return Spread(len(row), *(row[rank(share, len(row)) - 1] for share in QUANTILES))
