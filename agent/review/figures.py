"""The figures of the calibration page, asked of the rows: the database adds up, and hands over a few numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal_column, true
from sqlalchemy import select as choose
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from agent.queries import undone, vetoed
from agent.review.calibration import QUANTILES, Kappa, Spread, kappa
from agent.review.second import unwilling
from agent.shares import Share
from agent.tables import (
    Appeal,
    Docket,
    Piece,
    Publication,
    Resolution,
    Review,
    Revision,
    Ruling,
    SecondLook,
    Undo,
    Verdict,
    Veto,
)

HOUR, DAY = 3_600, 86_400
STEPS = (HOUR // 4, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
"""Seconds at which the groups of times and ages end; the last group has no end."""
ENDS = (0, *STEPS, None)


@dataclass(frozen=True)
class Within:
    """What is counted: what was done from `since` on and before `until`, on the works of one author, or of all."""

    since: datetime
    until: datetime
    author: int | None = None

    def holds(self, at: Any) -> ColumnElement[bool]:
        """The condition that a moment lies in the period."""
        return and_(col(at) >= self.since, col(at) < self.until)

    def of(self, revision: Any) -> ColumnElement[bool]:
        """The condition that a revision is one of the author's."""
        if self.author is None:
            return col(revision).is_not(None)
        works = choose(col(Revision.id)).join(Piece, col(Piece.id) == col(Revision.piece_id))
        return col(revision).in_(works.where(col(Piece.author_id) == self.author))


@dataclass(frozen=True)
class Times:
    """Seconds to a decision: of all, of those decided in each month ("2026-11", UTC), and how many fell between
    the STEPS."""

    whole: Spread | None
    months: dict[str, Spread]
    sizes: list[int]


@dataclass(frozen=True)
class Grounded:
    """A ground: how many veto verdicts name it, and how many revisions are held back on it, of all that were
    decided."""

    ground: str
    verdicts: int
    held: Share


@dataclass(frozen=True)
class Given:
    """So many verdicts of one reviewer say the same, and count, or count no more: `by_another` are those that another
    reviewer sent back, the other undone ones their own reviewer took back."""

    reviewer: str
    verdict: Verdict
    undone: bool
    number: int
    by_another: bool = False


@dataclass(frozen=True)
class Person:
    """What one reviewer did: the verdicts that count, those taken back among all, and how many of their first verdicts
    a second look agreed with."""

    name: str
    verdicts: dict[Verdict, int]
    undone: Share
    agreed: Share


def agreement(db: Session, within: Within) -> tuple[Kappa, dict[tuple[str, str], int]]:
    """How far second looks agree with first verdicts, and how often each pair was given."""
    first = aliased(Review)
    rows = _compared(first, within).add_columns(col(first.verdict), col(SecondLook.verdict), func.count())
    found = db.execute(rows.group_by(col(first.verdict), col(SecondLook.verdict)))
    pairs = {(one.value, other.value): number for one, other, number in found}
    return kappa(pairs), pairs


def _compared(first: Any, within: Within) -> Select[Any]:
    """Second looks, each with the verdict that it is compared with: see second.first_of."""
    review = aliased(Review)
    taken_back = exists().where(col(Undo.review_id) == col(review.id))
    one = choose(func.min(col(review.id))).where(
        col(review.revision_id) == col(SecondLook.revision_id),
        col(review.verdict) != Verdict.ESCALATE,
        ~taken_back,
    )
    joined = choose().select_from(SecondLook).join(first, col(first.id) == one.scalar_subquery())
    return joined.where(within.holds(SecondLook.at), within.of(SecondLook.revision_id))


def times(db: Session, within: Within) -> Times:
    """How long it took from a text's arrival to the verdict that decided about it."""
    took = _took(db, within)
    number, places = func.count(), func.row_number()
    ranked = choose(
        took.c.month,
        took.c.seconds,
        places.over(order_by=took.c.seconds).label("place"),
        number.over().label("number"),
        places.over(partition_by=took.c.month, order_by=took.c.seconds).label("place_in_month"),
        number.over(partition_by=took.c.month).label("number_in_month"),
    ).subquery()
    sizes = [func.sum(case((_between(ranked.c.seconds, low, high), 1), else_=0)) for low, high in pairwise(ENDS)]
    whole = [_at(ranked.c.seconds, ranked.c.place, ranked.c.number, q) for q in QUANTILES]
    month = [_at(ranked.c.seconds, ranked.c.place_in_month, ranked.c.number_in_month, q) for q in QUANTILES]
    rows = choose(ranked.c.month, number, *whole, *month, *sizes).group_by(ranked.c.month).order_by(ranked.c.month)
    found = db.execute(rows).all()
    if not found:
        return Times(None, {}, [0] * len(sizes))
    # Each quantile of all stands in one month's row.
    some = [max(row[2 + at] for row in found if row[2 + at] is not None) for at in range(len(QUANTILES))]
    first, then = 2 + len(QUANTILES), 2 + 2 * len(QUANTILES)
    return Times(
        Spread(sum(row[1] for row in found), *map(float, some)),
        {row[0]: Spread(row[1], *map(float, row[first:then])) for row in found},
        [sum(row[then + at] for row in found) for at in range(len(sizes))],
    )


def _at(value: Any, place: Any, number: Any, share: float) -> Any:
    """The value at a quantile's place: the nearest rank, as agent.review.calibration.rank has it, in whole numbers, so
    that both databases agree."""
    return func.max(case((place == (number * int(100 * share) + 99) // 100, value)))


def _between(value: Any, low: Any, high: Any) -> ColumnElement[bool]:
    return value >= low if high is None else and_(value >= low, value < high)


def _took(db: Session, within: Within) -> Any:
    """Each decision: in which month, and after how many seconds."""
    parts = []
    for table, verdict in ((Publication, Verdict.PUBLISH), (Veto, Verdict.VETO)):
        taken_back = exists().where(col(Undo.review_id) == col(Resolution.review_id))
        # A flag that says stop may have opened again what one had decided: then what somebody decided later counts.
        newer = aliased(Resolution)
        is_last = ~exists().where(
            col(newer.revision_id) == col(Resolution.revision_id),
            col(newer.verdict) == verdict,
            col(newer.id) > col(Resolution.id),
        )
        # Between the verdict and its taking effect lie the time to undo it, and a moment that was wished for. Of older
        # decisions, which took effect at once, there is no resolution.
        decided = func.coalesce(col(Resolution.at), col(table.at))
        parts.append(
            choose(_month(db, decided).label("month"), _seconds(db, col(Revision.at), decided).label("seconds"))
            .select_from(table)
            .join(Revision, col(Revision.id) == col(table.revision_id))
            .join(
                Resolution,
                and_(
                    col(Resolution.revision_id) == col(table.revision_id),
                    col(Resolution.verdict) == verdict,
                    ~taken_back,
                    is_last,
                ),
                isouter=True,
            )
            .where(within.holds(table.at), within.of(table.revision_id))
        )
    return parts[0].union_all(parts[1]).cte("took")


def _month(db: Session, at: Any) -> Any:
    if _is_sqlite(db):
        return func.strftime("%Y-%m", at)
    return func.to_char(func.timezone("UTC", at), "YYYY-MM")


def _seconds(db: Session, begin: Any, end: Any) -> Any:
    if _is_sqlite(db):
        return func.round((func.julianday(end) - func.julianday(begin)) * DAY)
    return func.round(func.extract("epoch", end) - func.extract("epoch", begin))


def _is_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"


def ages(db: Session, now: datetime, author: int | None = None) -> list[int]:
    """How many works wait for people now, by how long they have waited: one number for each group that the STEPS end.
    What its author said no to waits for nobody."""
    # What has a moment to come, because a clock was set back, has waited for no time.
    ends = [now + timedelta(days=DAY), *(now - timedelta(seconds=step) for step in STEPS), None]
    counted = [
        func.sum(case((and_(col(Docket.at) <= young, col(Docket.at) > old if old is not None else true()), 1), else_=0))
        for young, old in pairwise(ends)
    ]
    rows = choose(*counted).where(col(Docket.resolution_id).is_(None), col(Docket.author_id).not_in(unwilling()))
    if author is not None:
        rows = rows.where(col(Docket.author_id) == author)
    return [number or 0 for number in db.execute(rows).one()]


def given(db: Session, within: Within) -> list[Given]:
    """The verdicts that were given, added up by who gave them, what they say, and whether they count no more."""
    # Without parameters, so that PostgreSQL sees that it groups by the same.
    back = case(
        (col(Undo.id).is_(None), literal_column("0")),
        (col(Undo.actor) == col(Review.reviewer), literal_column("1")),
        else_=literal_column("2"),
    )
    rows = (
        choose(col(Review.reviewer), col(Review.verdict), back, func.count())
        .select_from(Review)
        .join(Undo, col(Undo.review_id) == col(Review.id), isouter=True)
        .where(within.holds(Review.at), within.of(Review.revision_id))
        .group_by(col(Review.reviewer), col(Review.verdict), back)
    )
    found = db.execute(rows)
    return [Given(who, verdict, how > 0, number, how > 1) for who, verdict, how, number in found]


def verdicts(said: Sequence[Given]) -> dict[Verdict, int]:
    """How many verdicts of each kind count. Pure."""
    return {word: sum(row.number for row in said if row.verdict is word and not row.undone) for word in Verdict}


def taken_back(said: Sequence[Given]) -> Share:
    """How many verdicts were taken back by who gave them. Pure."""
    return Share(sum(row.number for row in said if row.undone and not row.by_another), sum(row.number for row in said))


def sent_back(said: Sequence[Given]) -> Share:
    """How many verdicts another reviewer sent back to the queue. Pure."""
    return Share(sum(row.number for row in said if row.by_another), sum(row.number for row in said))


def grounds(db: Session, within: Within) -> list[Grounded]:
    """What vetoes rest on, by the name of the ground."""
    said = choose(col(Review.ground), func.count()).where(
        col(Review.verdict) == Verdict.VETO, ~undone(), within.holds(Review.at), within.of(Review.revision_id)
    )
    held = choose(col(Veto.ground), func.count()).where(
        col(Veto.revision_id).in_(vetoed()), within.holds(Veto.at), within.of(Veto.revision_id)
    )
    named = dict(db.execute(said.group_by(col(Review.ground))).all())
    stand = dict(db.execute(held.group_by(col(Veto.ground))).all())
    out = choose(func.count()).select_from(Publication)
    out = out.where(within.holds(Publication.at), within.of(Publication.revision_id))
    decided = db.execute(out).scalar_one() + sum(stand.values())
    return [
        Grounded(ground, named.get(ground, 0), Share(stand.get(ground, 0), decided))
        for ground in sorted({*named, *stand})
    ]


def overturned(db: Session, within: Within) -> Share:
    """How many of the vetoes that were ruled on were overturned."""
    of = col(Ruling.appeal_id).in_(choose(col(Appeal.id)).where(within.of(Appeal.revision_id)))
    some = func.sum(case((col(Ruling.overturned).is_(True), 1), else_=0))
    k, n = db.execute(choose(some, func.count()).where(within.holds(Ruling.at), of)).one()
    return Share(k or 0, n)


def people(db: Session, within: Within, said: Sequence[Given]) -> Sequence[Person]:
    """What each reviewer did, in the order of their names: never in that of a figure."""
    first = aliased(Review)
    same = func.sum(case((col(first.verdict) == col(SecondLook.verdict), 1), else_=0))
    looked = _compared(first, within).add_columns(col(first.reviewer), same, func.count())
    agreed = {who: Share(k, n) for who, k, n in db.execute(looked.group_by(col(first.reviewer)))}
    return [
        Person(who, verdicts(own), taken_back(own), agreed.get(who, Share(0, 0)))
        for who in sorted({row.reviewer for row in said})
        if (own := [row for row in said if row.reviewer == who])
    ]
