"""Patterns that are written one a line, so that people can read them and add to them."""

import re
from collections.abc import Mapping

PART = re.compile(r"%([A-Za-z ]{1,16})%")
DEEP = 3
"""A part may have another in it, and that one a third."""


def one_of(lines: str, parts: Mapping[str, str]) -> str:
    """A pattern for any one of these lines; `parts` stand in for the names between %."""
    found = "|".join(filter(None, lines.split("\n")))
    for _ in range(DEEP):
        found = PART.sub(lambda name: parts[name[1]], found)
    return f"(?:{found})"
