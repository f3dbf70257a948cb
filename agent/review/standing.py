"""Applies what authors ask about their own standing: consent, withdrawal, appeal. It needs nobody else."""

from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.tables import Appeal, Asks, Consent, Request, Withdrawal


def heed(outlet: Outlet) -> int:
    """Apply every request that was not applied yet, in the order in which they were made, and return how many
    those were."""
    with outlet.database.read() as db:
        # Asked every few seconds: the lock is taken only where there is something to apply.
        if not _open(db):
            return 0
    raise NotImplementedError


def _open(db: Session) -> list[Request]:
    applied = (
        select(Consent.request_id)
        .where(col(Consent.request_id).is_not(None))
        .union(select(Withdrawal.request_id).where(col(Withdrawal.request_id).is_not(None)), select(Appeal.request_id))
    )
    return list(db.exec(select(Request).where(col(Request.id).not_in(applied)).order_by(col(Request.id))))


_ = Asks
