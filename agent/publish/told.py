"""What the lines of a ledger tell of each piece, and so which texts can be read. Pure.

In format 1 an invitation brought one work at most, a piece had one revision, an outcome one commitment, and
an erasure named its invitation alone. What cannot be read raises KeyError, TypeError or ValueError.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
POSTSCRIPT = "postscript"


@dataclass
class Revised:
    """A published revision, as its line tells of it. `publication` is that line's own number; `name` is where
    its files lie, without suffix; it `stands` while nothing took it down."""

    number: int
    publication: int
    data: dict[str, Any]
    name: str = ""
    stands: bool = True


def pieces(events: list[Event]) -> dict[int, list[Revised]]:
    """The published revisions of each piece, the oldest first. The newest lies at the piece's own address;
    where it does not stand, none of them does."""
    told: dict[int, list[Revised]] = defaultdict(list)
    for event in events:
        if event["event"] == "published":
            data = event["data"]
            told[data["piece"]].append(Revised(whole_number(data["revision"]), _number_of(event), data))
    upto, erased = _taken_down(events)
    for piece, revisions in told.items():
        revisions.sort(key=lambda revision: revision.number)
        newest = revisions[-1]
        for revision in revisions:
            revision.name = f"{revision.data['path']}{'' if revision is newest else f'.r{revision.number}'}"
            revision.stands = revision.number > upto[piece] and (piece, revision.number) not in erased
        for revision in revisions:
            revision.stands &= newest.stands
    return dict(told)


def afterwords(told: Mapping[int, list[Revised]]) -> dict[int, list[str]]:
    """Where the afterwords that can be read lie, by the piece under which they stand, in the order in which
    they first became public."""
    under: dict[int, list[str]] = defaultdict(list)
    for revisions in sorted(told.values(), key=lambda revisions: min(r.publication for r in revisions)):
        newest = revisions[-1]
        if newest.stands and newest.data.get("kind") == POSTSCRIPT and "about" in newest.data:
            under[whole_number(newest.data["about"])].append(newest.name)
    return dict(under)


def promise(outcome: Mapping[str, Any], work: int) -> Any:
    """What was committed to, at receipt, of one work of a session, from 1."""
    promises = outcome.get("commitments", [outcome.get("commitment")])
    return promises[work - 1] if 0 < work <= len(promises) else None


def whole_number(value: Any) -> int:
    """The value, if it is a whole number. Raises TypeError."""
    if type(value) is not int:
        raise TypeError
    return value


def _taken_down(events: list[Event]) -> tuple[Counter[int], set[tuple[int, int]]]:
    """Up to which revision each piece is under a withdrawal that has not ended, and which revisions are erased."""
    only = {e["data"]["invitation"]: e["data"] for e in events if e["event"] == "published" and e["v"] == 1}
    returned = {_number_of(event) for event in events if event["event"] == "returned"}
    upto: Counter[int] = Counter()
    erased = set()
    for event in events:
        data = event["data"]
        if event["event"] == "withdrawn" and _number_of(event) not in returned:
            upto[data["piece"]] = max(upto[data["piece"]], whole_number(data.get("upto", 1)))
        elif event["event"] == "erased":
            work = only.get(data["invitation"], {}) if event["v"] == 1 else data
            if "piece" in work:
                erased.add((work["piece"], work["revision"]))
    return upto, erased


def _number_of(event: Event) -> int:
    return int(event["key"].partition(":")[2])
