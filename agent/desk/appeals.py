"""Appeals of authors, and rulings on them."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.hearing import hearing, ruled
from agent.desk.login import Form, Reviewer, Who
from agent.desk.pages import Here, Id, page
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions
from agent.review.queue import appeals

RULINGS = {"uphold": False, "overturn": True}

router = APIRouter()


@router.get("/appeals")
def show_all(request: Request, outlet: Here, _: Who) -> Response:
    """List the appeals that wait, oldest first, and those that were decided last."""
    with outlet.database.read() as db:
        waiting, done = appeals(db), ruled(db)
    return page(request, "appeals.html", waiting=waiting, ruled=done, grounds=outlet.prompts.grounds())


@router.get("/appeals/{appeal_id}")
def show(request: Request, outlet: Here, _: Who, appeal_id: Id) -> Response:
    """Show what the author says, and what those said who vetoed."""
    return _page(request, outlet, appeal_id, stored="stored" in request.query_params)


@router.post("/appeals/{appeal_id}/rulings")
def add_ruling(request: Request, outlet: Here, who: Reviewer, appeal_id: Id, given: Form) -> Response:
    """Uphold a veto, or overturn it, as somebody who did not veto."""
    try:
        if (overturned := RULINGS.get(given.get("ruling", ""))) is None:
            raise Refused(reason="Choose: uphold the veto, or overturn it.")
        actions.rule(outlet, appeal_id, who.name, overturned=overturned, reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, appeal_id, refusal=str(refusal), given=given)
    return RedirectResponse(f"/appeals/{appeal_id}?stored=yes", 303)


def _page(
    request: Request,
    outlet: Outlet,
    appeal_id: int,
    *,
    stored: bool = False,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = hearing(outlet, db, appeal_id)
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
