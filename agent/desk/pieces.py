"""Pieces: what is or was public, withdrawals, and the corrections that stand beside them."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import col, select

from agent.desk.door.login import Form, Reviewer, Who
from agent.desk.pages import Here, Id, page
from agent.desk.shown.shelf import State, held, shelved
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions
from agent.review.bar import URGENT_GROUNDS
from agent.review.corrections import WORDS_AT_MOST
from agent.review.proposals import open_proposals
from agent.review.withdrawals import ByStaff
from agent.tables import Author, Withdrawal, WithdrawnBy

A_PAGE = 50
NEWEST = 2**31 - 1

router = APIRouter()


@router.get("/pieces")
def show_all(request: Request, outlet: Here, _: Who) -> Response:
    """List what is or was public, newest first, of one author or in one state if that is asked for."""
    asked = request.query_params
    if (number := asked.get("piece", "").strip()) and number.isdecimal() and 0 < int(number[:11]) <= NEWEST:
        return RedirectResponse(f"/pieces/{int(number[:11])}", 303)
    author, before = asked.get("author", ""), asked.get("before", "")
    state = next((each for each in State if each.name.lower() == asked.get("state", "")), None)
    begin = int(before[:11]) if before.isdecimal() and 0 < int(before[:11]) < NEWEST else NEWEST
    with outlet.database.read() as db:
        rows = shelved(db, author=author, state=state, before=begin, limit=A_PAGE + 1)
        authors = db.exec(select(Author).order_by(col(Author.byline), col(Author.slug))).all()
        erasures = open_proposals(db)
    more = len(rows) > A_PAGE
    asked_for = {"author": author, "state": state.name.lower() if state else ""}
    following = {name: value for name, value in asked_for.items() if value} | {
        "before": rows[:A_PAGE][-1].publication if rows else 0
    }
    return page(
        request,
        "pieces.html",
        pieces=rows[:A_PAGE],
        authors=authors,
        states=list(State),
        author=author,
        state=state,
        is_narrowed=bool(author or state or begin < NEWEST),
        unreadable=number,
        earlier=urlencode(following) if more else "",
        erasures=erasures,
    )


@router.get("/pieces/{piece_id}")
def show(request: Request, outlet: Here, _: Who, piece_id: Id) -> Response:
    """Show one piece, and what can be done about it."""
    return _page(request, outlet, piece_id, stored=request.query_params.get("stored", ""))


@router.post("/pieces/{piece_id}/withdrawals")
def add_withdrawal(request: Request, outlet: Here, who: Reviewer, piece_id: Id, given: Form) -> Response:
    """Ask for a piece to come down."""
    by: ByStaff = WithdrawnBy.URGENT if given.get("by") == WithdrawnBy.URGENT else WithdrawnBy.STAFF
    try:
        actions.withdraw(outlet, piece_id, who.name, by, ground=given.get("ground", ""), reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, piece_id, refusal=str(refusal), form="withdrawal", given=given)
    return RedirectResponse(f"/pieces/{piece_id}?stored=yes", 303)


@router.post("/pieces/{piece_id}/corrections")
def add_correction(request: Request, outlet: Here, who: Reviewer, piece_id: Id, given: Form) -> Response:
    """Set a note beside a piece, never inside it."""
    try:
        actions.correct(outlet, piece_id, who.name, given.get("words", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, piece_id, refusal=str(refusal), form="correction", given=given)
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
        return _page(request, outlet, piece_id, refusal=str(refusal), form="confirmation", given=given)
    return RedirectResponse(f"/pieces/{piece_id}?stored=yes", 303)


def _page(
    request: Request,
    outlet: Outlet,
    piece_id: int,
    *,
    stored: str = "",
    refusal: str = "",
    form: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = held(outlet, db, piece_id)
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
        form=form,
        given=given or {},
    )
