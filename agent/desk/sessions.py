"""Sessions with authors: the list, and transcripts, folded or raw, with what is private masked. An administrator who
says why is shown the whole of one, once."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import col, select

from agent.desk.door.login import Administrator, Form
from agent.desk.pages import Here, Id, page
from agent.desk.shown.sittings import A_PAGE, sat, sittings
from agent.errors import Refused
from agent.outlet import Outlet
from agent.tables import Author, Outcome
from agent.transcript import Transcript, unmask

NEWEST = 2**31 - 1
GOING = "going"
OUTCOMES = {
    Outcome.SUBMITTED.value: "submitted",
    Outcome.DECLINED.value: "declined",
    Outcome.KEPT_PRIVATE.value: "kept private",
    Outcome.ANSWERED.value: "an interview, held to its end",
    Outcome.REFUSED.value: "refused by the service",
    Outcome.UNFINISHED.value: "cut off before its end",
    Outcome.FAILED.value: "failed, by our fault",
    GOING: "going on",
}
"""What came of a session, in words."""

router = APIRouter()


@router.get("/sessions")
def show_all(request: Request, outlet: Here, author: str = "", outcome: str = "", before: int = NEWEST) -> Response:
    """List the sessions, newest first."""
    with outlet.database.read() as db:
        authors = db.exec(select(Author).order_by(col(Author.byline))).all()
        if outcome not in ("", *OUTCOMES) or author not in ("", *(each.slug for each in authors)):
            raise HTTPException(404)
        found = sittings(db, author=author, outcome=outcome, before=max(0, min(before, NEWEST)), limit=A_PAGE + 1)
    return page(
        request,
        "sessions.html",
        sittings=found[:A_PAGE],
        earlier=found[A_PAGE - 1].session if len(found) > A_PAGE else None,
        authors=authors,
        author=author,
        outcome=outcome,
        outcomes=OUTCOMES,
        is_first=before >= NEWEST,
    )


@router.get("/sessions/{session_id}")
def show(request: Request, outlet: Here, session_id: Id) -> Response:
    """Show one transcript; private words are masked."""
    return _page(request, outlet, session_id)


@router.post("/sessions/{session_id}/unmaskings")
def add_unmasking(request: Request, outlet: Here, who: Administrator, session_id: Id, given: Form) -> Response:
    """Show all of one transcript, once: who asked and why is stored before."""
    reason = given.get("reason", "")
    with outlet.database.read() as db:
        if sat(db, session_id, outlet.settings.title) is None:
            raise HTTPException(404)
    try:
        whole = unmask(outlet, session_id, actor=who.name, reason=reason)
    except Refused as refusal:
        return _page(request, outlet, session_id, refusal=str(refusal), reason=reason)
    answer = _page(request, outlet, session_id, whole=whole)
    answer.headers["cache-control"] = "no-store"
    return answer


def _page(
    request: Request,
    outlet: Outlet,
    session_id: int,
    *,
    whole: Transcript | None = None,
    refusal: str = "",
    reason: str = "",
) -> Response:
    with outlet.database.read() as db:
        found = sat(db, session_id, outlet.settings.title, whole)
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "transcript.html",
        status=409 if refusal else 200,
        sat=found,
        outcomes=OUTCOMES,
        raw="raw" in request.query_params,
        refusal=refusal,
        reason=reason,
    )
