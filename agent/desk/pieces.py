"""Published pieces, their withdrawals, and the corrections that stand beside them."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import col, select

from agent.desk.login import Form, Reviewer
from agent.desk.pages import Here, Id, page
from agent.desk.reading import public, public_pieces
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions
from agent.review.bar import URGENT_GROUNDS
from agent.review.corrections import WORDS_AT_MOST
from agent.review.withdrawals import ByStaff
from agent.tables import Publication, Withdrawal, WithdrawnBy

A_PAGE = 50
NEWEST = 2**31 - 1

router = APIRouter()


@router.get("/pieces")
def show_all(request: Request, outlet: Here, before: int = NEWEST) -> Response:
    """List what is or was public, newest first."""
    with outlet.database.read() as db:
        rows = public_pieces(db, before=min(before, NEWEST), limit=A_PAGE + 1)
        pieces = [public(db, row) for row in rows[:A_PAGE]]
    return page(request, "pieces.html", pieces=pieces, earlier=rows[A_PAGE - 1].id if len(rows) > A_PAGE else None)


@router.get("/pieces/{piece_id}")
def show(request: Request, outlet: Here, piece_id: Id) -> Response:
    """Show one piece, and how it can be taken down."""
    return _page(request, outlet, piece_id, stored=request.query_params.get("stored", ""))


@router.post("/pieces/{piece_id}/withdrawals")
def add_withdrawal(request: Request, outlet: Here, who: Reviewer, piece_id: Id, given: Form) -> Response:
    """Ask for a piece to come down."""
    by: ByStaff = WithdrawnBy.URGENT if given.get("by") == WithdrawnBy.URGENT else WithdrawnBy.STAFF
    try:
        actions.withdraw(outlet, piece_id, who.name, by, ground=given.get("ground", ""), reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, piece_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/pieces/{piece_id}?stored=yes", 303)


@router.post("/pieces/{piece_id}/corrections")
def add_correction(request: Request, outlet: Here, who: Reviewer, piece_id: Id, given: Form) -> Response:
    """Set a note beside a piece, never inside it."""
    try:
        actions.correct(outlet, piece_id, who.name, given.get("words", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, piece_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/pieces/{piece_id}?stored=correction", 303)


@router.post("/withdrawals/{withdrawal_id}/confirmations")
def add_confirmation(request: Request, outlet: Here, who: Reviewer, withdrawal_id: Id, given: Form) -> Response:
    """Agree to a withdrawal, as a second person."""
    with outlet.database.read() as db:
        piece_id = db.exec(select(Withdrawal.piece_id).where(Withdrawal.id == withdrawal_id)).first()
    if piece_id is None:
        raise HTTPException(404)
    try:
        actions.confirm(outlet, withdrawal_id, who.name, reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, piece_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/pieces/{piece_id}?stored=yes", 303)


def _page(
    request: Request,
    outlet: Outlet,
    piece_id: int,
    *,
    stored: str = "",
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        newest = select(Publication).where(Publication.piece_id == piece_id).order_by(col(Publication.id).desc())
        publication = db.exec(newest).first()
        found = public(db, publication) if publication else None
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "piece.html",
        status=409 if refusal else 200,
        piece=found,
        grounds=outlet.prompts.grounds(),
        urgent=URGENT_GROUNDS,
        note_at_most=WORDS_AT_MOST,
        stored=stored,
        refusal=refusal,
        given=given or {},
    )
