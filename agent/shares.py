"""A share of a count, and how sure it is. Pure arithmetic."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""The normal quantile of a two-sided interval of 95%."""
SMALL = 50
"""Fewer than this are said to be few."""


@dataclass(frozen=True)
class Share:
    """`k` of `n`, with the Wilson interval of 95%: it stays within 0 and 1, and is honest where n is small, where the
    textbook interval around 0 of 3 has no width at all. Without any `n` there is no value."""

    k: int
    n: int

    @property
    def value(self) -> float | None:
        """The share itself, 0 to 1; None of nothing."""
        return self.k / self.n if self.n else None

    @property
    def low(self) -> float:
        """The lower end of the interval; 0 of nothing."""
        return self._ends()[0]

    @property
    def high(self) -> float:
        """The upper end of the interval; 1 of nothing."""
        return self._ends()[1]

    @property
    def is_small(self) -> bool:
        """Whether it is too few to lean on."""
        return self.n < SMALL

    def _ends(self) -> tuple[float, float]:
        if not self.n:
            return 0.0, 1.0
        share, per = self.k / self.n, Z * Z / self.n
        middle = (share + per / 2) / (1 + per)
        half = Z * sqrt(share * (1 - share) / self.n + per / (4 * self.n)) / (1 + per)
        # At both ends rounding would leave a hair's breadth.
        return (0.0 if self.k == 0 else middle - half), (1.0 if self.k == self.n else middle + half)
