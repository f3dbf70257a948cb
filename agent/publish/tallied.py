"""What one line of the ledger adds to the counts of decisions. Pure: the page that shows them and whoever checks it
count alike.

A count goes by a name: "invited", "works", a verdict ("publish", "veto", "escalate"), "undone", "appealed", "upheld",
"overturned", "published", "withdrawn_" and the rule, "down:" and the ground, "returned".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

WITHDRAWN, DOWN = "withdrawn_", "down:"
VERDICTS = ("publish", "veto", "escalate")
NAMES = (
    *("invited", "works", *VERDICTS, "undone", "published", "appealed", "upheld", "overturned"),
    *("withdrawn_author", "withdrawn_staff", "withdrawn_urgent", "returned"),
)
"""What is counted of everything, in the order in which it is shown; DOWN comes with the grounds."""
Counts = Mapping[tuple[str, int], int]
"""How often, by name and year (UTC)."""


def counted(event: Mapping[str, Any]) -> Iterator[tuple[tuple[str, int], int]]:
    """The counts of one line. Raises KeyError, TypeError or ValueError where it says what no outlet says."""
    year = int(event["at"][:4])
    for name, number in _named(event["event"], event["data"]):
        yield (name, year), number


def _named(word: str, data: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    match word:
        case "invited" | "undone" | "published" | "appealed" | "returned":
            yield word, 1
        case "outcome":
            # In format 1 a sitting brought one work at most.
            yield "works", int(data.get("works", data["outcome"] == "submitted"))
        case "verdict":
            yield str(data["verdict"]), 1
        case "ruled":
            yield str(data["veto"]), 1
        case "withdrawn":
            yield f"{WITHDRAWN}{data['by']}", 1
            if data.get("ground"):
                yield f"{DOWN}{data['ground']}", 1


def sum_of(counts: Iterable[tuple[tuple[str, int], int]]) -> Counter[tuple[str, int]]:
    """The counts of many lines together."""
    found: Counter[tuple[str, int]] = Counter()
    for name, number in counts:
        found[name] += number
    return found


def span(first: int | None, last: int | None) -> str:
    """How a span of years is written on the page: "2026", "-2021" for all years up to that, "all"."""
    if last is None:
        return "all"
    return f"{last}" if first == last else f"-{last}"


def total(counts: Counts, name: str, years: str = "all") -> int:
    """How often in a span of years, as `span` writes it. Raises ValueError."""
    if years == "all":
        return sum(number for (other, _), number in counts.items() if other == name)
    if not years.startswith("-"):
        return counts.get((name, int(years)), 0)
    return sum(number for (other, year), number in counts.items() if other == name and year <= -int(years))
