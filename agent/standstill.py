"""What staff were told of slots that wait: once for each kind of reason, not with every amount in it.

The rows say of a sitting what no setting says by itself: that its next call was too large for what is left.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from agent.outlet import Outlet
from agent.tables import AuditEvent, Invitation, Turn, WritingSession

HELD_BACK = "held_back"
FIGURES = re.compile(r"\d[\d.,:-]*")


STUCK = "a step of ours fails again and again"
"""So a reason begins that no setting and no other row tells of: see `stuck`."""


class Wait(NamedTuple):
    """A slot that waits, whose it is, and why in words."""

    slot_id: int
    slug: str
    reason: str


def stuck(step: str, fault: str) -> str:
    """The reason of a slot whose next step fails by our own fault, and is tried again."""
    return f"{STUCK} ({step}): {fault}"


def is_stuck(reason: str) -> bool:
    """Whether a reason is that of `stuck`."""
    return reason.startswith(STUCK)


def kind_of(reason: str) -> str:
    """A reason without its amounts, moments and numbers."""
    return FIGURES.sub("#", reason)


def told_of(db: Session, slot_id: int, slug: str) -> list[AuditEvent]:
    """What staff were told of a slot since its sitting last went on, the latest last."""
    events = select(AuditEvent).where(AuditEvent.action == HELD_BACK, AuditEvent.subject == _subject(slot_id, slug))
    last = select(func.max(Turn.at)).join(WritingSession).join(Invitation).where(Invitation.slot_id == slot_id)
    if (since := db.exec(last).one()) is not None:
        events = events.where(col(AuditEvent.at) >= since)
    return list(db.exec(events.order_by(col(AuditEvent.id))))


def tell(outlet: Outlet, waits: Iterable[Wait]) -> None:
    """Tell staff of slots that wait, unless they were told that already."""
    with outlet.database.write() as db:
        for wait in waits:
            told = {kind_of(event.reason) for event in told_of(db, wait.slot_id, wait.slug)}
            if kind_of(wait.reason) not in told:
                subject = _subject(wait.slot_id, wait.slug)
                db.add(
                    AuditEvent(actor="outlet", action=HELD_BACK, subject=subject, reason=wait.reason, at=outlet.now())
                )
                db.flush()


def _subject(slot_id: int, slug: str) -> str:
    return f"slot {slot_id} of {slug}"
