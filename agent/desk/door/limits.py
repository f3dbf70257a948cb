"""How many requests one browser and one address may make: a bucket each, that fills up again with time."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock


@dataclass(frozen=True)
class Limit:
    """So many requests at once, and so many a second for long."""

    at_once: int
    a_second: float


BROWSER = Limit(1_200, 20)
"""A page is five requests, and one that is read asks again every few seconds: nobody who reads comes near this."""
ADDRESS = Limit(6_000, 200)
"""A whole newsroom may share one."""
KEPT = 20_000


def taken(left: float, since: float, limit: Limit) -> tuple[float, int]:
    """What is left in a bucket after one more request, `since` seconds after the one before; and how many seconds to
    wait, where there was nothing (0: let through)."""
    now = min(limit.at_once, left + max(0.0, since) * limit.a_second)
    if now < 1:
        return now, max(1, math.ceil((1 - now) / limit.a_second))
    return now - 1, 0


class Buckets:
    """Buckets by name, in memory: a new process begins with full ones."""

    def __init__(self, limit: Limit, kept: int = KEPT) -> None:
        self._limit = limit
        self._kept = kept
        self._lock = Lock()
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, name: str, now: datetime) -> int:
        """Let one more request through (0), or say after how many seconds it may come again."""
        with self._lock:
            left, at = self._left.pop(name, (float(self._limit.at_once), now))
            left, wait = taken(left, (now - at).total_seconds(), self._limit)
            self._left[name] = (left, now)
            if len(self._left) > self._kept:
                self._left.popitem(last=False)  # Not used for longest, so it is full again, or nearly.
            return wait
