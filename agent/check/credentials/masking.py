"""Secrets without their middle: enough to know one again, and not enough to use it."""

import re

ENDS = 4
"""So many signs of a long secret are shown on either side; of a short one fewer."""
SHARE = 6
"""Of so many signs one is shown on either side."""
FIRST_LINE = re.compile(r"-----BEGIN [A-Z0-9 ]{1,60}-----")
"""How a private key in a file begins: the same for all of its kind."""


def ends_of(secret: str) -> str:
    """How a secret begins and ends, for those who look for it."""
    if first := FIRST_LINE.match(secret):
        return f"{first[0]} \u2026"
    shown = _shown(secret)
    return f"{secret[:shown]} \u2026 {secret[len(secret) - shown :]}"


def dotted(secret: str) -> str:
    """The same secret, as long as it is, with dots for its middle."""
    shown = _shown(secret)
    last = len(secret) - shown
    return secret[:shown] + re.sub(r"\S", "\u2022", secret[shown:last]) + secret[last:]


def _shown(secret: str) -> int:
    return min(ENDS, len(secret) // SHARE)
