"""Texts as a terminal may be given them."""

import re

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Signs that a terminal obeys instead of showing them, and halves of a character."""


def legible(text: str) -> str:
    """A text as a terminal may be given it: what it would obey is written out. JSON stays the same JSON."""
    return OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
