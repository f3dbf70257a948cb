"""What a check says of a work now, beside what it said before.

A flag is the same where the check says as much of the same words: its level, its category, its place.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.check.frame import Finding, Looked
from agent.noise import QUIETER
from agent.render import CONTROLS
from agent.tables import CheckRun, Flag, Level, ShadowFlag

Said = Finding | Flag | ShadowFlag
Place = tuple[Level, str, int, int]
"""What makes a flag the same: the level that its check gave it, its category, and where it stands."""


@dataclass(frozen=True)
class Change:
    """A flag that came or went."""

    revision: int
    new: bool
    level: Level
    category: str
    why: str


@dataclass(frozen=True)
class Before:
    """What a check had said of a work. `last` is its latest run, `good` the latest at which it really looked, and
    `flags` are of that one."""

    last: CheckRun | None
    good: CheckRun | None
    flags: Sequence[Flag | ShadowFlag]

    @property
    def version(self) -> str:
        """In which version it had looked; empty where it never had."""
        return self.good.version if self.good else ""

    def stands(self, version: str) -> bool:
        """Whether it has really looked in that version, and nothing failed since."""
        return self.version == version and self.last is self.good

    def is_news(self, version: str, looked: Looked, *, lowered: bool) -> bool:
        """Whether a look is to be stored: not one that failed where the check has looked in this version, nor one that
        found exactly what it had found. What is `lowered` is kept more quietly."""
        has_looked, last = self.version == version, self.last
        if looked.fault:
            return not has_looked and (last is None or (last.version, last.fault) != (version, looked.fault))
        if not self.stands(version):
            return True
        now = [(QUIETER[found.level] if lowered else found.level, *_rest(found)) for found in looked.findings]
        return sorted(now, key=repr) != sorted(((flag.level, *_rest(flag)) for flag in self.flags), key=repr)


@dataclass
class Changed:
    """What one version of a check found, beside what it had found `before`: in that version, or in none. `works` are
    those at which it looked; of the others, `unchecked` says why not, and which they are."""

    check: str
    before: str
    version: str
    shadow: bool
    works: int = 0
    new: int = 0
    gone: int = 0
    same: int = 0
    unchecked: dict[str, list[int]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    """Of a check in shadow there are none: its flags are shown on its own page alone."""

    def add(self, revision: int, before: Sequence[Said], now: Sequence[Said], *, fault: str = "") -> None:
        """Count what came of one look."""
        if fault:
            self.unchecked.setdefault(fault, []).append(revision)
            return
        self.works += 1
        then, there = _by_place(before), _by_place(now)
        for place in sorted(then.keys() | there.keys(), key=lambda place: (place[2:], place[:2])):
            went, came = then.get(place, []), there.get(place, [])
            same = min(len(went), len(came))
            self.same += same
            self.gone += len(went) - same
            self.new += len(came) - same
            if not self.shadow:
                self.changes += [Change(revision, True, *place[:2], why) for why in came[same:]]
                self.changes += [Change(revision, False, *place[:2], why) for why in went[same:]]


def _by_place(flags: Sequence[Said]) -> dict[Place, list[str]]:
    """Why each was raised, by what makes it the same."""
    found: dict[Place, list[str]] = defaultdict(list)
    for flag in flags:
        level = getattr(flag, "said", None) or flag.level
        found[level, flag.category, flag.start, flag.end].append(flag.why)
    return found


def _rest(flag: Said) -> tuple[Any, ...]:
    evidence = {name: CONTROLS.sub("\ufffd", words) for name, words in flag.evidence.items() if words}
    return flag.category, flag.start, flag.end, flag.why, flag.ground, sorted(evidence.items())
