"""The log of vetoes, counted again from the lines of the ledger. Pure.

What each line tells of is counted once more and must come out alike. That two people stand behind a veto no line says:
of a text with two vetoes the second may be the same person's, or wait for its moment. So for those there are bounds.
"""

import re
from collections.abc import Iterator

from agent.publish.proof.rows import NUMBER, VETOES
from agent.publish.tallied import DOWN, NAMES, total
from agent.publish.told import Told

PAGE = "vetoes.html"
COUNT = re.compile(r'\bdata-count="([^"]*) ([^" ]*)"[^>]*>([^<]*)<')
"""An element that says by `data-count` what it counts and in which years, and holds the number."""
STAND, OFF, DOWN_IN_ALL = "stand", "off", "down"


def counts_on(html: str, told: Told) -> Iterator[str]:
    """Where the counts of the page are not those of the ledger."""
    shown: dict[tuple[str, str], int] = {}
    for name, years, words in COUNT.findall(html):
        found = NUMBER.search(words)
        shown[name, years] = int(re.sub(r"\D", "", found[0])) if found else -1
    for (name, years), number in sorted(shown.items()):
        if (counts := _by_lines(told, name, years)) is not None and number != counts:
            yield f"{PAGE}: counts {number} as {name} ({years}), and the ledger tells of {counts}"
    wanted = {*NAMES, *(name for name, _ in told.counts if name.startswith(DOWN)), STAND, OFF}
    yield from (f"{PAGE}: does not count {name}" for name in sorted(wanted) if (name, "all") not in shown)
    yield from _bounds(shown, told)


def _by_lines(told: Told, name: str, years: str) -> int | None:
    """What the lines come to; None for a count that they only bound."""
    if name == OFF:
        return len(told.overturned)
    if name == DOWN_IN_ALL:
        return sum(number for (other, _), number in told.counts.items() if other.startswith(DOWN))
    if name not in NAMES and not name.startswith(DOWN):
        return None
    try:
        return total(told.counts, name, years)
    except ValueError:
        return -1


def _bounds(shown: dict[tuple[str, str], int], told: Told) -> Iterator[str]:
    """Whether so many vetoes can stand, and whether the grounds and the years come to as many as are said to."""
    stand = shown.get((STAND, "all"), 0)
    # Nobody appeals against anything else.
    certain = told.appealed - told.overturned
    possible = {work for work, vetoes in told.vetoes.items() if vetoes >= VETOES} - told.overturned | certain
    low, high = len(certain), len(possible)
    if not low <= stand <= high:
        yield f"{PAGE}: says that {stand} vetoes stand, and the ledger tells of at least {low} and at most {high}"
    for whole, part in ((STAND, f"{STAND}:"), (OFF, f"{OFF}:")):
        by_ground = sum(n for (name, years), n in shown.items() if years == "all" and name.startswith(part))
        if by_ground != shown.get((whole, "all"), 0):
            yield f"{PAGE}: its grounds do not come to what it counts of all ({whole})"
    for name in sorted({name for name, _ in shown if name.startswith(STAND)}):
        years = [number for (other, year), number in shown.items() if other == name and year != "all"]
        if years and sum(years) != shown.get((name, "all")):
            yield f"{PAGE}: its years do not come to what it counts in all ({name})"
