"""Appeals of authors, and rulings on them."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Form, Reviewer, Who
from agent.desk.pages import Here, Id, page
from agent.desk.shown.hearing import hearing, ruled
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions, second
from agent.review.queue import appeals
from agent.tables import Appeal, StaffRole

RULINGS = {"uphold": False, "overturn": True}

router = APIRouter()


@router.get("/appeals")
def show_all(request: Request, outlet: Here, who: Who) -> Response:
    """List the appeals that wait, oldest first, and those that were decided last."""
    with outlet.database.read() as db:
        waiting, done = appeals(db), ruled(outlet, db, who.name if who.may(StaffRole.REVIEWER) else "")
    return page(request, "appeals.html", waiting=waiting, ruled=done, grounds=outlet.prompts.grounds())


@router.get("/appeals/{appeal_id}")
def show(request: Request, outlet: Here, who: Who, appeal_id: Id) -> Response:
    """Show what the author says, and what those said who vetoed; the text alone, if a second look of who asks is
    wanted."""
    if who.may(StaffRole.REVIEWER) and (blind := _blind_of(outlet, appeal_id, who.name)):
        return RedirectResponse(f"/looks/{blind}", 303)
    return _page(request, outlet, who.name, appeal_id, stored="stored" in request.query_params)


@router.post("/appeals/{appeal_id}/rulings")
def add_ruling(request: Request, outlet: Here, who: Reviewer, appeal_id: Id, given: Form) -> Response:
    """Uphold a veto, or overturn it, as somebody who did not veto."""
    try:
        if (overturned := RULINGS.get(given.get("ruling", ""))) is None:
            raise Refused(reason="Choose: uphold the veto, or overturn it.")
        actions.rule(outlet, appeal_id, who.name, overturned=overturned, reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, who.name, appeal_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/appeals/{appeal_id}?stored=yes", 303)


def _blind_of(outlet: Outlet, appeal_id: int, reviewer: str) -> int:
    """The revision that an appeal is about, if it waits for a second look of this reviewer; else 0."""
    with outlet.database.read() as db:
        appeal = db.get(Appeal, appeal_id)
        is_blind = appeal is not None and second.is_wanted(db, outlet, appeal.revision_id, reviewer)
        return appeal.revision_id if appeal is not None and is_blind else 0


def _page(
    request: Request,
    outlet: Outlet,
    reader: str,
    appeal_id: int,
    *,
    stored: bool = False,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = hearing(outlet, db, appeal_id, reader)
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "appeal.html",
        status=409 if refusal else 200,
        hearing=found,
        grounds=outlet.prompts.grounds(),
        stored=stored,
        refusal=refusal,
        given=given or {},
    )
