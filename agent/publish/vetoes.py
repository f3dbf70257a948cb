"""The public log of vetoes: how often a text was held back, on which ground and in which year, and what else was
decided, so that a count has its measure.

No text, no author, nobody of the staff, and nothing of what was decided and waits for its moment. A ground is counted
where a veto stands on it or did: of one that waits for a second person it tells no more than that it waits.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlmodel import Session, col, select

from agent.consent import lack_of
from agent.prompts import Ground
from agent.publish.events import waits
from agent.publish.tallied import DOWN, NAMES, Counts, span, total
from agent.queries import is_overturned, undone
from agent.tables import Appeal, Docket, Review, Revision, Ruling, Verdict, Veto

COLUMNS = 6
"""So many years have a column of their own: those before them share one."""
Held = tuple[str, int]
"""A ground, and a year."""


@dataclass(frozen=True)
class Column:
    """A year, or all the years up to it, written as `tallied.span` writes them."""

    year: int
    is_only: bool

    @property
    def span(self) -> str:
        """Its years."""
        return span(self.year if self.is_only else None, self.year)


@dataclass(frozen=True)
class Row:
    """A ground, or something that is counted of everything: how often in each column, and in all."""

    name: str
    numbers: list[int]
    total: int
    ground: Ground | None = None
    """None also for a ground that is on the list no more."""
    overturned: int = 0
    down: int = 0


@dataclass(frozen=True)
class VetoLog:
    """Everything that the page shows."""

    columns: list[Column]
    grounds: list[Row]
    stand: Row
    measure: list[Row]
    waiting: int
    """Texts on which one person gave a veto, and nobody else has decided yet."""


def veto_log(db: Session, counts: Counts, grounds: Sequence[Ground]) -> VetoLog:
    """The log as the rows and the lines (`counts`) tell it now."""
    stand, overturned = _vetoes(db)
    columns = _columns({year for _, year in (*counts, *stand, *overturned)})
    down = {name.removeprefix(DOWN) for name, _ in counts if name.startswith(DOWN)}
    known = {ground.name: ground for ground in grounds}
    named = [*known, *sorted({ground for ground, _ in (*stand, *overturned)} | down - known.keys())]
    rows = [
        Row(
            name,
            [total(stand, name, column.span) for column in columns],
            total(stand, name),
            known.get(name),
            total(overturned, name),
            total(counts, DOWN + name),
        )
        for name in dict.fromkeys(named)
    ]
    return VetoLog(columns, rows, _sum(rows), [_of_all(counts, name, columns) for name in NAMES], _waiting(db))


def _vetoes(db: Session) -> tuple[Counter[Held], Counter[Held]]:
    """The vetoes by two people that stand, and those that were overturned on appeal."""
    rows = db.exec(
        select(Veto.ground, Veto.at, Ruling.overturned)
        .select_from(Veto)
        .join(Appeal, col(Appeal.revision_id) == Veto.revision_id, isouter=True)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
    )
    found: dict[bool, Counter[Held]] = defaultdict(Counter)
    for ground, at, overturned in rows:
        found[bool(overturned)][ground, at.astimezone(UTC).year] += 1
    return found[False], found[True]


def _columns(years: Iterable[int]) -> list[Column]:
    """Every year from the first to the last, those without anything, too: a zero is a number."""
    if not (some := list(years)):
        return []
    every = range(min(some), max(some) + 1)
    if len(every) <= COLUMNS:
        return [Column(year, is_only=True) for year in every]
    shown = every[1 - COLUMNS :]
    return [Column(shown[0] - 1, is_only=False), *(Column(year, is_only=True) for year in shown)]


def _sum(rows: Sequence[Row]) -> Row:
    """All grounds together."""
    return Row(
        "stand",
        [sum(numbers) for numbers in zip(*(row.numbers for row in rows), strict=True)],
        sum(row.total for row in rows),
        overturned=sum(row.overturned for row in rows),
        down=sum(row.down for row in rows),
    )


def _of_all(counts: Counts, name: str, columns: Sequence[Column]) -> Row:
    return Row(name, [total(counts, name, column.span) for column in columns], total(counts, name))


def _waiting(db: Session) -> int:
    """A reviewer's latest verdict is a veto, and nothing came of it yet that is told."""
    told = ~undone() & ~waits()
    vetoed = select(Docket.revision_id).join(Review, col(Review.revision_id) == Docket.revision_id)
    revisions = db.exec(vetoed.where(Review.verdict == Verdict.VETO, told).distinct()).all()
    return sum(_waits(db, revision) for revision in revisions)


def _waits(db: Session, revision_id: int) -> bool:
    given = select(Review).where(Review.revision_id == revision_id, ~undone(), ~waits()).order_by(col(Review.id))
    latest = {review.reviewer: review.verdict for review in db.exec(given)}
    if Verdict.VETO not in latest.values() or is_overturned(db, revision_id):
        return False
    lack = lack_of(db, db.get_one(Revision, revision_id))
    return lack is None or not lack.is_no
