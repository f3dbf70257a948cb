"""That staff could not be told: said at the desk, where else."""

from collections import defaultdict
from collections.abc import Iterator

from sqlmodel import Session, col, select

from agent.notices.notice import Notice, count
from agent.notices.sending import GIVEN_UP, LONGEST_WAIT, way_of
from agent.outlet import Outlet
from agent.tables import Notification

TRIES = 3
"""Before that, it is no matter for anybody: most go out the next time."""


def untold(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """Each way by which messages do not go out, and keep not going out."""
    now = outlet.now()
    rows = select(Notification).where(col(Notification.sent_at).is_(None), Notification.fault != "")
    failing: dict[str, list[Notification]] = defaultdict(list)
    for row in db.exec(rows.where(col(Notification.at) > now - GIVEN_UP).order_by(col(Notification.id))):
        failing[way_of(row.channel)].append(row)
    for way, waits in failing.items():
        worst = max(waits, key=lambda row: row.tries)
        refused = any(row.retry_at is not None and row.retry_at > now + LONGEST_WAIT for row in waits)
        if worst.tries >= TRIES or refused:
            words = f"{count(len(waits), 'message')} did not go out: {worst.fault.rstrip('.')}"
            to_do = f"Each is tried again by itself. To try it out: `afterword notices try {way}`"
            yield Notice("untold", f"channel {way}", words, waits[0].at, to_do)
