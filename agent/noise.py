"""What reviewers' words on flags tell of each check.

How precise a version of a check is, is the share of real problems among its flags that somebody judged. What is
"within policy" is no problem: the check found something, and nobody needed to look. So it counts against precision,
and has a share of its own beside the false alarms, because it calls for another mend: a wiser rule, not better eyes.

A flag counts once, however many judged it: with what most of them said. Where as many say real as do not, it counts as
real, for the doubt is the check's benefit: none is made quieter by a draw. What nobody judged counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlmodel import Session, col

from agent.shares import Share
from agent.tables import CheckRun, Feedback, Flag, Piece, Revision, Says

NOISY_BELOW = 0.2
JUDGED_AT_LEAST = 20


@dataclass(frozen=True)
class Precision:
    """How the judged flags of one version of a check turned out."""

    check: str
    version: str
    real: int
    false: int
    within: int

    @property
    def share(self) -> Share:
        """Real problems among what was judged, with the Wilson interval."""
        return Share(self.real, self.real + self.false + self.within)


def is_noisy(found: Precision, *, below: float = NOISY_BELOW, judged: int = JUDGED_AT_LEAST) -> bool:
    """Whether a version of a check asks for more looks than it is worth: enough of its flags were judged, and even the
    upper end of the interval of its precision lies under `below`. Pure. A check of what is grave may be given a lower
    bound: one alarm in ten can be worth nine looks."""
    return found.share.n >= judged and found.share.high < below


def precision(
    db: Session, *, since: datetime | None = None, until: datetime | None = None, author: int | None = None
) -> Mapping[tuple[str, str], Precision]:
    """How precise each version of each check is, by (check, version): by all that was said of its flags, or of those
    that were raised in a period, or on the works of one author."""
    found = _settled()
    rows = (
        select(col(CheckRun.check), col(CheckRun.version), found.c.says, func.count())
        .select_from(found)
        .join(Flag, col(Flag.id) == found.c.flag_id)
        .join(CheckRun, col(CheckRun.id) == col(Flag.run_id))
    )
    if since is not None:
        rows = rows.where(col(CheckRun.at) >= since)
    if until is not None:
        rows = rows.where(col(CheckRun.at) < until)
    if author is not None:
        rows = rows.where(col(Flag.revision_id).in_(_of_author(author)))
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for check, version, says, number in db.execute(
        rows.group_by(col(CheckRun.check), col(CheckRun.version), found.c.says)
    ):
        counts.setdefault((check, version), {})[says] = number
    return {
        name: Precision(*name, *(said.get(word.value, 0) for word in (Says.REAL, Says.FALSE, Says.WITHIN)))
        for name, said in sorted(counts.items())
    }


def noisy(db: Session) -> set[tuple[str, str]]:
    """The versions of checks, as (check, version), whose findings are notes until they are better."""
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
