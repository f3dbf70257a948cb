"""What reviewers' words on flags tell of each check.

How precise a version of a check is, is the share of real problems among its flags that somebody judged. What is
"within policy" is no problem: the check found something, and nobody needed to look. So it counts against precision,
and has a share of its own beside the false alarms, because it calls for another mend: a wiser rule, not better eyes.

A flag counts once, however many judged it: with what most of them said. Where as many say real as do not, it counts as
real, for the doubt is the check's benefit: none is made quieter by a draw. What nobody judged counts for nothing.

A version that is hardly ever right is noisy, and speaks more quietly: a stop becomes a look, a look a note. Never less
than a look becomes of a stop, for a stop stands for what is grave: somebody reads it and answers it, however often it
was wrong. Otherwise who clicks on "false alarm" would decide what one person alone may publish. For the same reason one
person's clicks, or those on one long text with many flags, make no version noisy: two people must have judged, and
flags of five works.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlmodel import Session, col

from agent.shares import Share
from agent.tables import CheckRun, Feedback, Flag, Level, Piece, Revision, Says

NOISY_BELOW = 0.2
JUDGED_AT_LEAST = 20
JUDGES_AT_LEAST = 2
WORKS_AT_LEAST = 5
QUIETER = {Level.STOP: Level.LOOK, Level.LOOK: Level.NOTE, Level.NOTE: Level.NOTE}
"""What becomes of each level that a noisy version gives."""


@dataclass(frozen=True)
class Precision:
    """How the judged flags of one version of a check turned out; how many people judged, and flags of how many
    works."""

    check: str
    version: str
    real: int
    false: int
    within: int
    judges: int = 0
    works: int = 0

    @property
    def share(self) -> Share:
        """Real problems among what was judged, with the Wilson interval."""
        return Share(self.real, self.real + self.false + self.within)


def is_noisy(found: Precision, *, below: float = NOISY_BELOW, judged: int = JUDGED_AT_LEAST) -> bool:
    """Whether a version of a check asks for more looks than it is worth: enough of its flags were judged, on enough
    works and by more than one person, and even the upper end of the interval of its precision lies under `below`. Pure.
    A check of what is grave may be given a lower bound: one alarm in ten can be worth nine looks."""
    enough = found.share.n >= judged and found.judges >= JUDGES_AT_LEAST and found.works >= WORKS_AT_LEAST
    return enough and found.share.high < below


def precision(
    db: Session, *, since: datetime | None = None, until: datetime | None = None, author: int | None = None
) -> Mapping[tuple[str, str], Precision]:
    """How precise each version of each check is, by (check, version): by all that was said of its flags, or of those
    that were raised in a period, or on the works of one author."""
    found = _settled()
    version = col(CheckRun.check), col(CheckRun.version)

    def among(rows: Any) -> Any:
        rows = rows.join(CheckRun, col(CheckRun.id) == col(Flag.run_id)).group_by(*version)
        if since is not None:
            rows = rows.where(col(CheckRun.at) >= since)
        if until is not None:
            rows = rows.where(col(CheckRun.at) < until)
        return rows if author is None else rows.where(col(Flag.revision_id).in_(_of_author(author)))

    rows = select(*version, found.c.says, func.count()).select_from(found)
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for check, number, says, count in db.execute(
        among(rows.join(Flag, col(Flag.id) == found.c.flag_id)).group_by(found.c.says)
    ):
        counts.setdefault((check, number), {})[says] = count
    judges, works = func.count(col(Feedback.reviewer).distinct()), func.count(col(Revision.piece_id).distinct())
    rows = select(*version, judges, works).select_from(Feedback).join(Flag, col(Flag.id) == col(Feedback.flag_id))
    spread = db.execute(among(rows.join(Revision, col(Revision.id) == col(Flag.revision_id))))
    by = {(check, number): (people, pieces) for check, number, people, pieces in spread}
    return {
        (check, number): Precision(
            check,
            number,
            real=said.get(Says.REAL.value, 0),
            false=said.get(Says.FALSE.value, 0),
            within=said.get(Says.WITHIN.value, 0),
            judges=by[check, number][0],
            works=by[check, number][1],
        )
        for (check, number), said in sorted(counts.items())
    }


def noisy(db: Session) -> set[tuple[str, str]]:
    """The versions of checks, as (check, version), that speak more quietly until they are better."""
    return {version for version, found in precision(db).items() if is_noisy(found)}


def _settled() -> Any:
    """Each flag that was judged, with what holds of it."""
    latest = select(func.max(Feedback.id)).group_by(col(Feedback.flag_id), col(Feedback.reviewer))

    def those(says: Says) -> Any:
        return func.sum(case((col(Feedback.says) == says, 1), else_=0))

    counted = (
        select(
            col(Feedback.flag_id),
            func.count().label("judges"),
            those(Says.REAL).label("real_ones"),
            those(Says.FALSE).label("false_ones"),
            those(Says.WITHIN).label("within_ones"),
        )
        .where(col(Feedback.id).in_(latest))
        .group_by(col(Feedback.flag_id))
        .subquery()
    )
    says = case(
        (counted.c.real_ones * 2 >= counted.c.judges, Says.REAL.value),
        (counted.c.false_ones > counted.c.within_ones, Says.FALSE.value),
        else_=Says.WITHIN.value,
    )
    return select(counted.c.flag_id, says.label("says")).subquery()


def _of_author(author: int) -> Select[int]:
    return (
        select(col(Revision.id))
        .join(Piece, col(Piece.id) == col(Revision.piece_id))
        .where(col(Piece.author_id) == author)
    )
