"""Withdrawals that wait for a second person, and their confirmations."""

from fastapi import APIRouter

from agent.desk.api.caller import Reviewer, Who
from agent.desk.api.pieces import Piece, read
from agent.desk.api.shapes import A_PAGE, DONE, After, Limit, Moment, Page, Reason, Told, need, page_of
from agent.desk.pages import Here, Id
from agent.review import actions
from agent.review.queue import withdrawals
from agent.tables import Withdrawal, WithdrawnBy

router = APIRouter()


class WaitingWithdrawal(Told):
    """A withdrawal that a second person has not confirmed."""

    withdrawal: int
    piece: int
    by: WithdrawnBy
    actor: str
    ground: str
    reason: str
    at: Moment


@router.get("/withdrawals")
def list_withdrawals(outlet: Here, _: Who, after: After = None, limit: Limit = A_PAGE) -> Page[WaitingWithdrawal]:
    """What waits for a second person, oldest first."""
    with outlet.database.read() as db:
        rows, further = page_of(withdrawals(db), lambda row: row.withdrawal, after, limit)
    return Page(items=[WaitingWithdrawal.model_validate(row) for row in rows], next=further)


@router.post("/withdrawals/{withdrawal_id}/confirmations", status_code=201, responses=DONE)
def add_confirmation(outlet: Here, who: Reviewer, withdrawal_id: Id, given: Reason) -> Piece:
    """Agree to a withdrawal, as a second person."""
    with outlet.database.read() as db:
        need(db, Withdrawal, withdrawal_id)
        piece_id = db.get_one(Withdrawal, withdrawal_id).piece_id
    actions.confirm(outlet, withdrawal_id, who.name, reason=given.reason)
    return read(outlet, piece_id)
