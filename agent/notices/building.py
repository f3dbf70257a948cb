"""That the site could not be built, and why: the process that builds says so in rows, for staff."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from agent.notices.notice import Notice
from agent.outlet import Outlet
from agent.standstill import kind_of
from agent.tables import AuditEvent, Edition

BUILD_FAILED = "build_failed"
PATIENCE = timedelta(minutes=5)
"""A fault that is gone by then is told to nobody outside the desk."""


class Trouble(NamedTuple):
    """Since when no edition comes about, and why at last."""

    since: datetime
    reason: str


def note(outlet: Outlet, reason: str) -> None:
    """Keep why an edition did not come about: each kind of reason once, until one does."""
    with outlet.database.write() as db:
        if kind_of(reason) not in {kind_of(event.reason) for event in _events(db)}:
            db.add(AuditEvent(actor="outlet", action=BUILD_FAILED, subject="edition", reason=reason, at=outlet.now()))


def trouble(db: Session) -> Trouble | None:
    """What stands in the way of an edition now."""
    events = _events(db)
    return Trouble(events[0].at, events[-1].reason) if events else None


def unbuilt(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """That the public folder lacks an edition."""
    if (found := trouble(db)) is not None:
        words = f"could not be built: {found.reason.rstrip('.')}"
        yield Notice("build", "site", words, found.since, "It is tried again each minute; at once: `afterword build`")


def _events(db: Session) -> list[AuditEvent]:
    """What went wrong since the newest edition."""
    events = select(AuditEvent).where(AuditEvent.action == BUILD_FAILED).order_by(col(AuditEvent.id))
    if (newest := db.exec(select(func.max(Edition.at))).one()) is not None:
        events = events.where(col(AuditEvent.at) > newest)
    return list(db.exec(events))
