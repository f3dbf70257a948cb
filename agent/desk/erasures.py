"""Erasures: proposed by one, carried out when a second agrees."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import select

from agent.desk.door.login import Administrator, Form, Staff, Who, holding, signed_in
from agent.desk.pages import Here, Id, page
from agent.desk.shown.shelf import held
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions, proposals
from agent.review.erasure import MAY_AGREE, reach
from agent.tables import Correction

router = APIRouter()
Second = Annotated[Staff, Depends(holding(signed_in, *MAY_AGREE))]


@router.get("/erasures")
def show_all(request: Request, outlet: Here, _: Who) -> Response:
    """List what was proposed to be erased: what waits for a second person first."""
    with outlet.database.read() as db:
        rows = proposals.proposals(db)
        left = actions.what_is_left(db)
    return page(request, "erasures.html", proposals=_in_turn(rows), left=left)


@router.get("/erasures/{proposal_id}")
def show(request: Request, outlet: Here, _: Who, proposal_id: Id) -> Response:
    """Show one proposal: what goes, what stays, and what stands against it."""
    return _proposal(request, outlet, proposal_id, stored=request.query_params.get("stored", ""))


@router.get("/pieces/{piece_id}/erasures")
def show_piece(request: Request, outlet: Here, _: Administrator, piece_id: Id) -> Response:
    """Say what an erasure of a piece empties, before it is proposed."""
    return _asked(request, outlet, piece_id)


@router.get("/corrections/{correction_id}/erasures")
def show_correction(request: Request, outlet: Here, _: Administrator, correction_id: Id) -> Response:
    """Say what an erasure of a correction empties, before it is proposed."""
    return _asked(request, outlet, _piece_of(outlet, correction_id), correction_id)


@router.post("/pieces/{piece_id}/erasures")
def propose(request: Request, outlet: Here, who: Administrator, piece_id: Id, given: Form) -> Response:
    """Propose to erase a piece."""
    return _propose(request, outlet, who.name, piece_id, given)


@router.post("/corrections/{correction_id}/erasures")
def propose_correction(request: Request, outlet: Here, who: Administrator, correction_id: Id, given: Form) -> Response:
    """Propose to erase the words of a correction."""
    return _propose(request, outlet, who.name, _piece_of(outlet, correction_id), given, correction_id=correction_id)


@router.post("/erasures/{proposal_id}/answers")
def answer(request: Request, outlet: Here, who: Second, proposal_id: Id, given: Form) -> Response:
    """Agree to a proposal, and erase; or decline it."""
    said = given.get("answer", "")
    try:
        if said == "agree":
            number = given.get("number", "")
            proposals.agree(outlet, proposal_id, who.name, reason=given.get("reason", ""), number=number)
        elif said == "decline":
            proposals.decline(outlet, proposal_id, who.name, reason=given.get("reason", ""))
        else:
            raise Refused(reason="Choose: agree, or decline.")
    except (Refused, UnknownUser) as refusal:
        return _proposal(request, outlet, proposal_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/erasures/{proposal_id}?stored={said}", 303)


def _in_turn(rows: Sequence[proposals.Proposed]) -> list[proposals.Proposed]:
    """What waits first, oldest first; then the others, newest first."""
    waiting = [row for row in rows if row.answer is None]
    return [*reversed(waiting), *(row for row in rows if row.answer is not None)]


def _propose(
    request: Request,
    outlet: Outlet,
    actor: str,
    piece_id: int,
    given: Mapping[str, str],
    *,
    correction_id: int | None = None,
) -> Response:
    try:
        reason = given.get("reason", "")
        made = proposals.propose(outlet, piece_id, actor, reason=reason, correction_id=correction_id)
    except (Refused, UnknownUser) as refusal:
        return _asked(request, outlet, piece_id, correction_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/erasures/{made}?stored=proposed", 303)


def _piece_of(outlet: Outlet, correction_id: int) -> int:
    with outlet.database.read() as db:
        piece_id = db.exec(select(Correction.piece_id).where(Correction.id == correction_id)).first()
    if piece_id is None:
        raise HTTPException(404)
    return piece_id


def _asked(
    request: Request,
    outlet: Outlet,
    piece_id: int,
    correction_id: int | None = None,
    *,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        piece = held(outlet, db, piece_id)
        if piece is None:
            raise HTTPException(404)
        far = reach(db, piece_id) if correction_id is None else None
    return page(
        request,
        "erasure_asked.html",
        status=409 if refusal else 200,
        piece=piece,
        note=next((note for note in piece.corrections if note.correction == correction_id), None),
        reach=far,
        refusal=refusal,
        given=given or {},
    )


def _proposal(
    request: Request,
    outlet: Outlet,
    proposal_id: int,
    *,
    stored: str = "",
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = next(iter(proposals.proposals(db, proposal_id=proposal_id)), None)
        if found is None:
            raise HTTPException(404)
        waits = found.answer is None
        far = reach(db, found.piece) if waits and found.correction is None else None
        against = proposals.stands_against(outlet, db, found) if waits else ""
        left = actions.what_is_left(db)
    return page(
        request,
        "erasure.html",
        status=409 if refusal else 200,
        proposed=found,
        reach=far,
        against=against,
        left=left,
        stored=stored,
        refusal=refusal,
        given=given or {},
    )
