"""How many wait, and how long they have: counted from the docket's index alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from agent.review.queue import waits_for_people
from agent.tables import Docket

STEPS: Sequence[tuple[str, timedelta]] = (
    ("under an hour", timedelta(hours=1)),
    ("under a day", timedelta(days=1)),
    ("1 to 3 days", timedelta(days=3)),
    ("3 to 7 days", timedelta(days=7)),
    ("1 to 4 weeks", timedelta(weeks=4)),
)
LONGER = "over 4 weeks"


@dataclass(frozen=True)
class Ageing:
    """How many wait for people, since when the oldest does (None where none does), and how many by age, the youngest
    first."""

    total: int
    oldest: datetime | None
    by_age: list[tuple[str, int]]

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((count for _, count in self.by_age), default=0)


def ageing(db: Session, now: datetime) -> Ageing:
    """Count what waits for people now."""
    here = waits_for_people(db)
    limits = [now - limit for _, limit in STEPS]
    # A stretch of the index for each age: quicker by half than to sort all that wait into ages.
    spans = [
        select(func.count()).select_from(Docket).where(*here, *_between(older, younger)).scalar_subquery()
        for younger, older in pairwise([None, *limits, None])
    ]
    counts = [int(number) for number in db.execute(sa.select(*spans)).one()]
    oldest = db.exec(select(Docket.at).where(*here).order_by(col(Docket.at), col(Docket.revision_id)).limit(1)).first()
    names = [*(name for name, _ in STEPS), LONGER]
    return Ageing(sum(counts), oldest, list(zip(names, counts, strict=True)))


def _between(older: datetime | None, younger: datetime | None) -> list[ColumnElement[bool]]:
    found = [col(Docket.at) > older] if older is not None else []
    return found + ([col(Docket.at) <= younger] if younger is not None else [])
