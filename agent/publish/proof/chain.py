"""The ledger, followed from line to line: each must hold, and name the hash of the line before it. Pure.

Where one does not follow, its own word is taken for its number and for the hash before it, and the look goes on from
there: so each break is told once, and not of every line behind it.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from agent.publish.ledger import FORMAT, GENESIS
from agent.publish.told import Event, whole_number
from agent.record import canonical, sha256

LEDGER = "ledger.jsonl"
MOST = 2**53
"""No line has a number beyond that."""
PART = re.compile(r"ledger/(\d{5,})\.jsonl")


def parts_of(paths: Collection[str], problems: list[str]) -> list[str]:
    """The files that hold the ledger, in order: its full parts, then the newest lines."""
    numbers = sorted(int(found[1]) for path in paths if (found := PART.fullmatch(path)))
    parts = [f"ledger/{number:05}.jsonl" for number in range(1, max(numbers, default=0) + 1)]
    problems += [f"{part}: is missing" for part in parts if part not in paths]
    return [*(part for part in parts if part in paths), LEDGER]


class Chain:
    """Where the lines so far lead. `wanted` are the numbers of lines whose hashes are to be remembered, and hashes
    whose lines are."""

    def __init__(self, problems: list[str], wanted: Collection[int | str] = ()) -> None:
        self.lines = 0
        """The number of the last line: of the one that stands furthest, where lines were moved."""
        self.head = GENESIS
        """Its hash."""
        self.hashes = {0: GENESIS} if 0 in wanted else {}
        """Line -> its hash, of those wanted."""
        self.numbers = {GENESIS: 0} if GENESIS in wanted else {}
        """Hash -> its line, of those wanted."""
        self._problems = problems
        self._wanted = set(wanted)
        self._at = 0, GENESIS
        """The number and the hash of the line that was read last."""
        self._damaged = 0
        """How many lines, just before this one, could not be read."""
        self._newest = 1
        self._keys: set[str] = set()

    def follow(self, name: str, data: bytes) -> Iterator[tuple[str, Event]]:
        """Go on with the lines of one file: where each stands, in words, and what it says, as far as it can be read."""
        try:
            # Not splitlines(): a line may hold other signs that end one, in the address of a source.
            lines = data.decode().split("\n")
        except UnicodeDecodeError:
            self._problems.append(f"{name}: is not UTF-8 text")
            return
        if lines.pop():
            self._problems.append(f"{name}: its last line is cut off")
        for number, line in enumerate(lines, 1):
            where = f"{name}, line {number}"
            if (event := self._next(where, line)) is not None:
                yield where, event

    def ends(self, lines: Any, head: Any, manifest: str) -> None:
        """Compare where the ledger ends with what the manifest says."""
        if (self.lines, self.head) != (lines, head):
            self._problems.append(f"{LEDGER}: ends elsewhere than {manifest} says ({lines} lines)")

    def goes_on_from(self, lines: Any, head: Any) -> bool:
        """Whether more lines stand behind this one, which must have been wanted."""
        return isinstance(lines, int) and self.lines > lines and self.hashes.get(lines) == head

    def _next(self, where: str, line: str) -> Event | None:
        try:
            event: Event = json.loads(line)
            digest = _hash(event.pop("hash"))
            whole = canonical(event | {"hash": digest}).decode() == line
            right = whole and sha256(canonical(event)) == digest
            known = event["v"] in range(1, FORMAT + 1)
            number, before = (_number(event["seq"]), _hash(event["prev"])) if known else (self.lines + 1, "")
            _ = event["event"], event["key"].partition(":"), event["data"].get("invitation"), event["at"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._problems.append(f"{where}: is damaged")
            self._damaged += 1
            self.lines += 1
            return None
        if not right:
            self._problems.append(f"{where}: its hash does not hold")
        if not known:
            self._problems.append(f"{where}: format {event['v']} is not known to this version")
        elif said := self._break(number, before):
            self._problems.append(f"{where}: {said}")
        elif event["v"] < self._newest:
            self._problems.append(f"{where}: does not follow the line before it: its format is an older one")
        if event["key"] in self._keys:
            self._problems.append(f"{where}: {event['key']} stands in the ledger already")
        self._keys.add(event["key"])
        self._newest = event["v"] if known else self._newest
        if known:
            self._remember(number - 1, before)
        self._go_on(number, digest)
        return event

    def _break(self, number: int, before: str) -> str:
        """Why the line of this number, after the hash `before`, does not follow; empty where it does. Behind lines that
        were moved here, the ledger may also go on from where it was."""
        last, furthest = self._at, self.lines - self._damaged
        if (number - 1, before) in (last, (furthest, self.head)):
            return ""
        if number - 1 in (last[0], furthest):
            return "does not follow the line before it; one of the two was changed"
        missing = number - 1 - self.lines
        if missing == 1:
            return f"a line is missing before it: line {number - 1} of the ledger"
        if missing > 1:
            return f"{missing:,} lines are missing before it, from line {self.lines + 1} of the ledger on"
        if number - 1 > furthest:
            return ""  # Damaged lines stand there, and nobody can know their hashes.
        return f"does not follow the line before it: it is line {number} of the ledger, and was moved or is there twice"

    def _go_on(self, number: int, digest: str) -> None:
        furthest = self.lines - self._damaged
        if number > furthest:
            self.lines, self.head = number, digest
        else:
            self.lines = furthest
        self._at, self._damaged = (number, digest), 0
        self._remember(number, digest)

    def _remember(self, number: int, digest: str) -> None:
        if number in self._wanted:
            self.hashes.setdefault(number, digest)
        if digest in self._wanted:
            self.numbers.setdefault(digest, number)


def _number(said: Any) -> int:
    if whole_number(said) not in range(1, MOST + 1):
        raise ValueError
    return int(said)


def _hash(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError
    return said
