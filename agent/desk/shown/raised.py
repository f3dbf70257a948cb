"""What one check said last: its newest flags, those of works that wait and of works that were decided alike, and its
newest failures. Nothing here tells what came of a work."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from agent.desk.shown.marked import in_its_place, is_sensitive
from agent.desk.shown.panels import called
from agent.desk.shown.secret import quote_of
from agent.errors import Unfaithful
from agent.queries import stale
from agent.tables import CheckRun, Flag, Level, Revision, ShadowFlag

LATELY = 20_000
"""So many of the latest looks, of all checks together, are looked through: an outlet may have millions."""
NEWEST = 20
FAILURES = 10
LONGEST = 300
"""Letters of a passage."""


@dataclass(frozen=True)
class Raised:
    """A flag in a list: the words it quotes, or what stands in their place where they are hard to read. Without
    `quote` its text was erased. `flag` is 0 where it was raised in shadow."""

    flag: int
    revision: int
    name: str
    at: datetime
    level: Level
    said: Level | None
    category: str
    why: str
    quote: str
    veil: str
    """What stands in the place of its words where veils are on; empty where they are not hard to read."""


@dataclass(frozen=True)
class Failure:
    """A look that failed, and why."""

    revision: int
    at: datetime
    version: str
    fault: str


def is_late() -> ColumnElement[bool]:
    """In a query over runs: it is one of the latest."""
    return col(CheckRun.id) > func.coalesce(select(func.max(CheckRun.id)).scalar_subquery(), 0) - LATELY


def newest(db: Session, table: Any, name: str) -> list[Raised]:
    """The latest flags that hold, of works that wait and of works that were decided alike."""
    gone = stale() if table is Flag else _seen_again()
    rows = (
        select(table, CheckRun.at, Revision)
        .join(CheckRun, col(CheckRun.id) == table.run_id)
        .join(Revision, col(Revision.id) == table.revision_id)
        .where(table.check == name, ~gone)
    )
    return [_raised(db, *row) for row in db.exec(rows.order_by(table.id.desc()).limit(NEWEST))]


def _seen_again() -> Any:
    """In a query over what was flagged in shadow: the check has looked again in shadow since."""
    later = aliased(CheckRun)
    return exists().where(
        col(later.revision_id) == col(ShadowFlag.revision_id),
        col(later.check) == col(ShadowFlag.check),
        col(later.id) > col(ShadowFlag.run_id),
        col(later.fault) == "",
        col(later.shadow),
    )


def _raised(db: Session, flag: Any, at: datetime, revision: Revision) -> Raised:
    name, quote = "", quote_of(flag)
    with suppress(Unfaithful):  # The build says so; here the rest is shown all the same.
        name = called(db, revision)
    return Raised(
        flag=flag.id if isinstance(flag, Flag) else 0,
        revision=revision.id,
        name=name,
        at=at,
        level=flag.level,
        said=getattr(flag, "said", None),
        category=flag.category,
        why=flag.why,
        quote=quote if len(quote) <= LONGEST else f"{quote[:LONGEST]} […]",
        veil=in_its_place(flag) if flag.quote and is_sensitive(flag) else "",
    )


def failures(db: Session, name: str) -> list[Failure]:
    """The last of its latest looks that failed."""
    rows = select(CheckRun).where(CheckRun.check == name, CheckRun.fault != "", is_late())
    newest: Sequence[CheckRun] = db.exec(rows.order_by(col(CheckRun.id).desc()).limit(FAILURES)).all()
    return [Failure(run.revision_id, run.at, run.version, run.fault) for run in newest]
