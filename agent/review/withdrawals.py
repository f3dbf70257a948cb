"""Taking a piece down: by its author alone, by two of the staff, or at once where it is urgent."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, select

from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import is_erased, is_taken_back, public_number
from agent.reasons import need_reason
from agent.review.bar import URGENT_GROUNDS, has_lapsed
from agent.review.needs import known, known_in, need_ground, need_piece
from agent.tables import Confirmation, Reinstatement, Revision, Withdrawal, WithdrawnBy

ByStaff = Literal[WithdrawnBy.STAFF, WithdrawnBy.URGENT]
"""An author takes its piece down by asking for it: see `standing`."""


def withdraw(outlet: Outlet, piece_id: int, actor: str, by: ByStaff, *, ground: str, reason: str) -> int:
    """Ask, as one of the staff, for a piece to come down, under the rule that `by` names. Returns the withdrawal's
    id. It reaches the revision that is public; what its author sends later is reviewed anew. Raises Refused,
    UnknownUser.
    """
    known(outlet, actor)
    need_ground(outlet, ground)
    said = need_reason(reason, "withdrawal")
    if by is WithdrawnBy.URGENT and ground not in URGENT_GROUNDS:
        urgent = ", ".join(sorted(URGENT_GROUNDS))
        raise Refused(reason=f"One person alone may take a piece down only for: {urgent}. Otherwise two are needed.")
    with outlet.database.write() as db:
        known_in(db, outlet, actor)
        need_piece(db, piece_id)
        made = _take_down(db, piece_id, actor, by, ground=ground, reason=said, at=outlet.now())
    log_withdrawal(outlet, made)
    return made.id


def take_back(db: Session, newest: Revision, author: str, *, at: datetime, request_id: int) -> Withdrawal:
    """Withdraw a piece up to a revision by its author's own wish. It needs nobody else, and no
    reason. Raises Refused where there is nothing left to withdraw."""
    piece_id = newest.piece_id
    if is_erased(db, newest):
        raise Refused(reason=f"Piece {piece_id} was erased.")
    if is_taken_back(db, newest):
        raise Refused(reason=f"Piece {piece_id} is withdrawn by its author already.")
    made = Withdrawal(
        piece_id=piece_id,
        by=WithdrawnBy.AUTHOR,
        actor=author,
        ground="",
        reason="",
        upto=newest.number,
        request_id=request_id,
        at=at,
    )
    db.add(made)
    db.flush()
    return made


def log_withdrawal(outlet: Outlet, made: Withdrawal) -> None:
    """Say in the log that a withdrawal was asked for: after the transaction, never before."""
    outlet.log.info(
        "withdrawal", action="withdrawal", piece=made.piece_id, by=made.by.value, upto=made.upto, withdrawal=made.id
    )


def confirm(outlet: Outlet, withdrawal_id: int, actor: str, *, reason: str) -> None:
    """Agree, as a second person, to a withdrawal. Raises Refused, UnknownUser."""
    known(outlet, actor)
    said = need_reason(reason, "confirmation")
    with outlet.database.write() as db:
        known_in(db, outlet, actor)
        withdrawal = db.get(Withdrawal, withdrawal_id)
        if withdrawal is None:
            raise Refused(reason=f"There is no withdrawal {withdrawal_id}.")
        if withdrawal.by is WithdrawnBy.AUTHOR:
            raise Refused(reason="An author's own withdrawal needs nobody else.")
        if withdrawal.actor == actor:
            raise Refused(reason="A second person must confirm this; you are the first.")
        if db.exec(select(Confirmation).where(Confirmation.withdrawal_id == withdrawal_id)).first() is not None:
            raise Refused(reason=f"Withdrawal {withdrawal_id} is confirmed already.")
        if has_lapsed(withdrawal, confirmed=False, now=outlet.now()):
            raise Refused(
                reason=f"Withdrawal {withdrawal_id} has ended: 72 hours have passed. Withdraw the piece anew."
            )
        if (public := public_number(db, withdrawal.piece_id)) > withdrawal.upto:
            raise Refused(
                reason=f"Revision {public} is public now, which this does not reach. Withdraw the piece anew."
            )
        db.add(Confirmation(withdrawal_id=withdrawal_id, actor=actor, reason=said, at=outlet.now()))
    outlet.log.info("confirmed", action="confirmed", withdrawal=withdrawal_id)


def is_down() -> ColumnElement[bool]:
    """In a query over revisions: something keeps it down now. `queries.withdrawal_of` says the same of one piece."""
    agreed = exists().where(col(Confirmation.withdrawal_id) == col(Withdrawal.id))
    return _reached_by((col(Withdrawal.by) != WithdrawnBy.STAFF) | agreed)


def waits() -> ColumnElement[bool]:
    """In a query over revisions: a withdrawal that reaches it waits for a second person."""
    agreed = exists().where(col(Confirmation.withdrawal_id) == col(Withdrawal.id))
    return _reached_by((col(Withdrawal.by) != WithdrawnBy.AUTHOR) & ~agreed)


def _reached_by(kind: ColumnElement[bool]) -> ColumnElement[bool]:
    reach = (col(Withdrawal.piece_id) == col(Revision.piece_id)) & (col(Withdrawal.upto) >= col(Revision.number))
    ended = exists().where(col(Reinstatement.withdrawal_id) == col(Withdrawal.id))
    return exists().where(reach, kind, ~ended)


def reinstate(outlet: Outlet) -> int:
    """End the urgent withdrawals that nobody confirmed in time, and return how many those were."""
    with outlet.database.read() as db:
        # Asked every few seconds: the lock is taken only where there is something to end.
        lapsed = _lapsed(db, outlet.now())
    return sum(_reinstate(outlet, withdrawal) for withdrawal in lapsed)


def _reinstate(outlet: Outlet, withdrawal: Withdrawal) -> bool:
    with outlet.database.write() as db:
        if withdrawal.id not in {lapsed.id for lapsed in _lapsed(db, outlet.now())}:
            return False  # Another process was quicker.
        db.add(Reinstatement(withdrawal_id=withdrawal.id, at=outlet.now()))
    outlet.log.info("reinstated", action="reinstated", piece=withdrawal.piece_id, withdrawal=withdrawal.id)
    return True


def _lapsed(db: Session, now: datetime) -> list[Withdrawal]:
    ended = select(Reinstatement.withdrawal_id)
    urgent = select(Withdrawal).where(col(Withdrawal.by) == WithdrawnBy.URGENT, col(Withdrawal.id).not_in(ended))
    confirmed = set(db.exec(select(Confirmation.withdrawal_id)))
    return [w for w in db.exec(urgent) if has_lapsed(w, confirmed=w.id in confirmed, now=now)]


def _take_down(
    db: Session, piece_id: int, actor: str, by: WithdrawnBy, *, ground: str, reason: str, at: datetime
) -> Withdrawal:
    public = public_number(db, piece_id)
    if not public:
        raise Refused(reason=f"Piece {piece_id} is not public, so there is nothing to take down.")
    by_author = select(Withdrawal.id).where(
        Withdrawal.piece_id == piece_id, Withdrawal.by == WithdrawnBy.AUTHOR, col(Withdrawal.upto) >= public
    )
    if db.exec(by_author).first() is not None:
        raise Refused(reason=f"Piece {piece_id} is down already: its author took it down.")
    alone = select(Withdrawal.id).where(
        Withdrawal.piece_id == piece_id, Withdrawal.actor == actor, col(Withdrawal.upto) >= public
    )
    if by is WithdrawnBy.URGENT and db.exec(alone.where(col(Withdrawal.by) == by)).first() is not None:
        # Otherwise one person could keep a piece down for ever, 72 hours at a time.
        raise Refused(reason="You took this piece down alone once. A second person has to agree this time.")
    made = Withdrawal(piece_id=piece_id, by=by, actor=actor, ground=ground, reason=reason, upto=public, at=at)
    db.add(made)
    db.flush()
    return made
