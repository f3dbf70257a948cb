"""How the ledger's strips and the shelves of words are laid out. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.prompts import POLICY
from agent.publish.versions import PromptView

MARKS_IN_MONTH = 48
"""So many marks of a month stand at full size; more are drawn smaller."""
MARKS_ACROSS = 6
MOST_MARKS = 480
"""So many marks of a month are drawn; where there are more invitations, each stands for several of one kind."""


@dataclass(frozen=True)
class Month:
    """A month of a strip: what came of its invitations, the earliest first, or by kind where one mark stands for
    `each` of several."""

    name: str
    states: list[str]
    counts: list[tuple[str, int]]
    rows: int
    each: int


@dataclass(frozen=True)
class Year:
    """A year of the strip; its marks stand `across` in a row."""

    number: int
    total: int
    across: int
    months: list[Month]


def years(counts: Iterable[tuple[Any, ...]], marks: Iterable[tuple[Any, ...]], names: Sequence[str]) -> list[Year]:
    """The strips, the newest year first. `counts` are (month, state, number), `marks` (month, state) in order; a month
    is written 2026-11."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for month, state, number in counts:
        totals[month][state] += number
    drawn: dict[str, list[str]] = defaultdict(list)
    for month, state in marks:
        if totals[month].total() <= MOST_MARKS:
            drawn[month].append(state)
    found = []
    for number in sorted({int(month[:4]) for month in totals}, reverse=True):
        keys = [f"{number}-{month:02}" for month in range(1, 13)]
        states = [drawn.get(key) or _many(totals[key]) for key in keys]
        across = MARKS_ACROSS
        while max(map(len, states)) > MARKS_IN_MONTH * (across // MARKS_ACROSS) ** 2:
            across += MARKS_ACROSS
        months = [
            Month(name, some, totals[key].most_common(), -(-len(some) // across), _each(totals[key]))
            for key, name, some in zip(keys, names, states, strict=True)
        ]
        found.append(Year(number, sum(totals[key].total() for key in keys), across, months))
    return found


def _each(counts: Counter[str]) -> int:
    """How many invitations one mark stands for."""
    return max(1, -(-counts.total() // MOST_MARKS))


def _many(counts: Counter[str]) -> list[str]:
    """Marks of a month with many invitations: by kind, none left out."""
    each = _each(counts)
    return [state for state, number in sorted(counts.items()) for _ in range(-(-number // each))]


@dataclass(frozen=True)
class PromptShelf:
    """Prompts that belong together, each by name with its versions, the newest first."""

    name: str
    prompts: list[tuple[str, list[PromptView]]]


SHELVES = {
    "At the start": ("welcome", "brief", "tools", "words", "toolbox", "since"),
    "Invitations": (),
    "In between": ("reminder", "continue", "confirm"),
    "The interview": ("interview",),
    "The judge": ("judge",),
}
"""What is told when. On the shelf without names stands whatever has no place on another."""


def shelves(prompts: Iterable[PromptView]) -> list[PromptShelf]:
    """Everything that was told, shelf by shelf. No shelf is empty."""
    named: dict[str, list[PromptView]] = {}
    for prompt in sorted(prompts, key=lambda p: p.first_used_at, reverse=True):
        named.setdefault(prompt.name, []).append(prompt)
    policies = sorted(name for name in named if name.startswith(POLICY))
    shelved = SHELVES | {"The judge": (*SHELVES["The judge"], *policies)}
    placed = [name for names in shelved.values() for name in names]
    others = sorted(named.keys() - set(placed))
    found = [
        PromptShelf(title, [(name, named[name]) for name in (names or others) if name in named])
        for title, names in shelved.items()
    ]
    return [shelf for shelf in found if shelf.prompts]
