"""What staff see of the checks: how each does here, gathered from the rows. It reads and decides nothing.

Nothing here tells what came of a work: whoever is to read one again, blind, may look at all of it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from agent import noise
from agent.check.asked import asking
from agent.check.every import Looker, every
from agent.desk.shown.raised import Failure, Raised, failures, is_late, newest
from agent.noise import Precision
from agent.outlet import Outlet
from agent.review.calibration import rank
from agent.tables import CheckRun, Flag, Level, ShadowFlag

IN_SHADOW = "It looks, and what it flags is shown on this page alone."
LOWERED = (
    "Most of its flags turned out to be nothing, so it speaks more quietly until it is better: a stop becomes a look, "
    "and a look a note."
)
JUDGE = {
    "off": "no judge is set",
    "unpriced": "the judge has no price",
    "lapsed": "the judge has lapsed",
    "over budget": "the judge is over its budget",
    "down": "the judge does not answer",
}
"""How it stands with a judge that is not asked as it should be."""


@dataclass(frozen=True)
class Pace:
    """How long the looks of a check took, in seconds: half of them at most `middle`, 95 of 100 at most `most`."""

    looks: int
    middle: float
    most: float


@dataclass
class Looks:
    """The latest looks of one check: how many there were, how many failed, how long the others took."""

    all: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def pace(self) -> Pace | None:
        """How long they took; None where none really looked."""
        row = sorted(self.seconds)
        return Pace(len(row), row[rank(0.5, len(row)) - 1], row[rank(0.95, len(row)) - 1]) if row else None


@dataclass(frozen=True)
class Row:
    """One check in the list of all, and how it stands with it, in a few words. `flags` are those of all its versions,
    by level; `precision` is that of its present one, None as long as nobody judged any of its flags."""

    looker: Looker
    state: str
    flags: Mapping[Level, int]
    precision: Precision | None
    looks: Looks


@dataclass(frozen=True)
class Version:
    """What one version of a check flagged, in shadow too where it runs in it: by the level that it gave, and how many
    were lowered."""

    version: str
    flags: Mapping[Level, int]
    lowered: int
    precision: Precision


@dataclass(frozen=True)
class Checkup:
    """One check, and how it stands with it. `looker` is None where it is no longer part of the outlet."""

    name: str
    looker: Looker | None
    state: str
    versions: list[Version]
    looks: Looks
    raised: list[Raised]
    in_shadow: list[Raised]
    failures: list[Failure]


def overview(outlet: Outlet, db: Session) -> list[Row]:
    """Every check there is, and how it does."""
    precise, loud, looks, judge = noise.precision(db), noise.noisy(db), _lately(db), asking.state(outlet, db)
    counts: dict[str, dict[Level, int]] = defaultdict(dict)
    for name, level, number in db.execute(_counted(col(Flag.check), col(Flag.level))):
        counts[name][Level(level)] = number
    return [
        Row(
            each,
            _state(each, judge.kind, noisy=(each.name, each.version) in loud),
            counts.get(each.name, {}),
            precise.get((each.name, each.version)),
            looks.get(each.name, Looks()),
        )
        for each in every(outlet)
    ]


def checkup(outlet: Outlet, db: Session, name: str) -> Checkup | None:
    """How one check does; None where there is none of that name, and never was."""
    looker = next((each for each in every(outlet) if each.name == name), None)
    versions = _versions(db, name, looker)
    looks = _lately(db, name).get(name, Looks())
    if looker is None and not versions and not looks.all:
        return None
    return Checkup(
        name=name,
        looker=looker,
        state=_in_full(outlet, db, looker) if looker else "",
        versions=versions,
        looks=looks,
        raised=newest(db, Flag, name),
        in_shadow=newest(db, ShadowFlag, name) if looker and looker.shadow else [],
        failures=failures(db, name),
    )


def _state(looker: Looker, judge: str, *, noisy: bool) -> str:
    if looker.shadow:
        return "in shadow"
    if looker.is_judged and judge in JUDGE:
        return JUDGE[judge]
    return "lowered" if noisy else "in use"


def _in_full(outlet: Outlet, db: Session, looker: Looker) -> str:
    """How it stands with a check, in whole sentences where there is more to say."""
    judge = asking.state(outlet, db)
    state = _state(looker, judge.kind, noisy=(looker.name, looker.version) in noise.noisy(db))
    more = {"in shadow": IN_SHADOW, "lowered": LOWERED}.get(state, "")
    if looker.is_judged and judge.words:
        since = f"since {judge.since:%Y-%m-%d %H:%M} UTC: " if judge.since else ""
        more = f"{more} {since}{judge.words}.".strip() if judge.words != state else more
    return f"{state}. {more}".strip() if more else state


def _lately(db: Session, name: str = "") -> dict[str, Looks]:
    """The latest looks of one check, or of each."""
    rows = select(col(CheckRun.check), col(CheckRun.fault) != "", col(CheckRun.seconds)).where(is_late())
    found: dict[str, Looks] = defaultdict(Looks)
    for check, failed, seconds in db.execute(rows.where(col(CheckRun.check) == name) if name else rows):
        looks = found[check]
        looks.all += 1
        if failed:
            looks.failed += 1
        else:
            looks.seconds.append(seconds)
    return found


def _counted(*by: Any) -> Any:
    return select(*by, func.count()).group_by(*by)


def _by_version(table: Any, name: str, *by: Any) -> Any:
    """How many flags of a check there are, the newest version first."""
    rows = _counted(col(CheckRun.version), *by).join(table, col(CheckRun.id) == table.run_id)
    return rows.where(table.check == name).order_by(func.max(table.id).desc())


def _versions(db: Session, name: str, looker: Looker | None) -> list[Version]:
    """What each version flagged, the present one first."""
    flags: dict[str, Counter[Level]] = {looker.version: Counter()} if looker else {}
    lowered: Counter[str] = Counter()
    rows = _by_version(Flag, name, col(Flag.level), col(Flag.said))
    for version, level, said, number in db.execute(rows):
        flags.setdefault(version, Counter())[Level(said or level)] += number
        lowered[version] += number if said else 0
    if looker and looker.shadow:
        for version, level, number in db.execute(_by_version(ShadowFlag, name, col(ShadowFlag.level))):
            flags.setdefault(version, Counter())[Level(level)] += number
    precise = noise.precision(db)
    return [
        Version(
            version,
            counts,
            lowered[version],
            precise.get((name, version), Precision(name, version, 0, 0, 0)),
        )
        for version, counts in flags.items()
    ]
