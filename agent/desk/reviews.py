"""Verdicts on one revision: a form for each, taking one's own back, and sending back what another decided. Publish and
veto never stand on one page."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Form, Reviewer, Staff
from agent.desk.given import moment_of, said_of, verdict_of
from agent.desk.pages import Here, Id, error_page, page
from agent.desk.revisions import revision_page
from agent.desk.shown.case import case
from agent.desk.shown.sheet import sheet
from agent.desk.text import is_veiled
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.queries import pause_of
from agent.review import actions
from agent.tables import Verdict

router = APIRouter()


@router.get("/revisions/{revision_id}/reviews/{verdict}")
def ask(request: Request, outlet: Here, who: Reviewer, revision_id: Id, verdict: Verdict) -> Response:
    """Show the form for one verdict."""
    return _form(request, outlet, who, (revision_id, verdict))


@router.post("/revisions/{revision_id}/reviews")
def add_review(request: Request, outlet: Here, who: Reviewer, revision_id: Id, given: Form) -> Response:
    """Give a verdict; where it is refused, say why and keep what was typed."""
    try:
        verdict = verdict_of(given)
    except Refused as refusal:
        return error_page(request, 409, str(refusal))
    try:
        with outlet.database.read() as db:
            found = sheet(db, revision_id)
        actions.review(
            outlet,
            revision_id,
            who.name,
            verdict,
            record_sha256=given.get("record_sha256", ""),
            said=said_of(given, verdict, found.text or "" if found else ""),
            at=moment_of(given),
        )
    except (Refused, UnknownUser) as refusal:
        return _form(request, outlet, who, (revision_id, verdict), refusal=str(refusal), given=given)
    return _then(request, f"/revisions/{revision_id}?with=flags&stored=yes")


@router.post("/revisions/{revision_id}/undo")
def undo(request: Request, outlet: Here, who: Reviewer, revision_id: Id, _: Form) -> Response:
    """Take one's own verdict back."""
    try:
        actions.undo(outlet, revision_id, who.name)
    except (Refused, UnknownUser) as refusal:
        return revision_page(request, outlet, who, revision_id, refusal=str(refusal))
    return _then(request, f"/revisions/{revision_id}?with=flags&stored=undone")


@router.post("/revisions/{revision_id}/returns")
def send_back(request: Request, outlet: Here, who: Reviewer, revision_id: Id, given: Form) -> Response:
    """Send what waits for its moment back to the queue; where it is refused, say why and keep what was typed."""
    try:
        actions.send_back(outlet, revision_id, who.name, reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return revision_page(request, outlet, who, revision_id, refusal=str(refusal), given=given)
    return _then(request, f"/revisions/{revision_id}?with=flags&stored=returned")


def _form(
    request: Request,
    outlet: Outlet,
    who: Staff,
    which: tuple[int, Verdict],
    *,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    revision_id, verdict = which
    with outlet.database.read() as db:
        found = case(outlet, db, revision_id, who.name)
        paused = pause_of(db, found.sheet.author.id) if found else None
    if found is None:
        raise HTTPException(404)
    minutes = outlet.settings.undo_minutes
    return page(
        request,
        f"revision_{verdict.value}.html",
        status=409 if refusal else 200,
        case=found,
        sheet=found.sheet,
        takes=found.takes(verdict),
        undo_minutes=minutes,
        goes_out=outlet.now() + timedelta(minutes=minutes),
        paused=paused,
        veiled=is_veiled(request, who),
        grounds=outlet.prompts.grounds(),
        refusal=refusal,
        given=given or {},
    )


def _then(request: Request, address: str) -> Response:
    """Go on to a page, the whole of it also where a script asks."""
    if request.headers.get("hx-request"):
        return Response(status_code=200, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)
