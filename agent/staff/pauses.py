"""How long a sign-in waits after failures: a growing pause, and never for ever.

Who fails is known by up to three signs, each counted by itself:

- a name together with an address: five tries are free, so a mistyped password costs nothing;
- an address, whatever names it tries: thirty;
- a name, wherever it is tried from: a hundred, against somebody with many addresses.

A known browser (devices.py) is counted by itself alone. So a stranger who fails on purpose under somebody's name makes
strangers wait, from a hundred tries on also at other addresses, and never the browser that this person used before.
With no such browser there is still a way in at any time: a link, or the directory; neither asks for these pauses.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
"""Failures count for so long."""
FIRST = timedelta(seconds=15)
LONGEST = timedelta(minutes=15)
FREE_FOR_A_NAME_AT_AN_ADDRESS = 5
FREE_FOR_AN_ADDRESS = 30
FREE_FOR_A_NAME = 100
FREE_FOR_A_BROWSER = 5


def pause(failures: Sequence[datetime], free: int, now: datetime) -> int:
    """Seconds until another try is looked at, given the failures of the last WINDOW, newest first: none below `free`
    failures, then from FIRST on twice as long after each, up to LONGEST."""
    if len(failures) < free:
        return 0
    growth = min(len(failures) - free, 20)
    until = failures[0] + min(FIRST * (1 << growth), LONGEST)
    return max(0, math.ceil((until - now).total_seconds()))
