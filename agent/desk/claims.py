"""Who is at what: taking the next piece, meaning to read one, being seen at it, leaving it to others."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Form, Reviewer, Staff
from agent.desk.pages import Here, Id, page
from agent.desk.queue import queue_page
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import presence
from agent.review.queue import Viewer, following

router = APIRouter()


@router.post("/claims")
def take_next(request: Request, outlet: Here, who: Reviewer, _: Form) -> Response:
    """Claim the oldest piece that nobody else is at, and open it."""
    try:
        taken = presence.take_next(outlet, _viewer(outlet, who))
    except UnknownUser as refusal:
        return _refused(request, outlet, who, refusal)
    return RedirectResponse(f"/revisions/{taken}" if taken is not None else "/queue?taken=none", 303)


@router.post("/revisions/{revision_id}/claim")
def claim(request: Request, outlet: Here, who: Reviewer, revision_id: Id, _: Form) -> Response:
    """Say that one means to read this."""
    try:
        presence.claim(outlet, _viewer(outlet, who), revision_id)
    except (Refused, UnknownUser) as refusal:
        return _refused(request, outlet, who, refusal)
    return RedirectResponse(f"/revisions/{revision_id}", 303)


@router.post("/revisions/{revision_id}/claim/end")
def release(outlet: Here, who: Reviewer, revision_id: Id, _: Form) -> Response:
    """Let go of one's claim."""
    presence.release(outlet, _viewer(outlet, who), revision_id)
    return RedirectResponse("/queue", 303)


@router.post("/revisions/{revision_id}/presence")
def be_seen(request: Request, outlet: Here, who: Reviewer, revision_id: Id, _: Form) -> Response:
    """Say that the page is still open; answers with who else is there, as a part of that page."""
    viewer = _viewer(outlet, who)
    presence.seen(outlet, who.id, revision_id)
    with outlet.database.read() as db:
        beside = presence.beside(db, viewer, revision_id)
    return page(request, "queue_others.html", beside=beside, revision_id=revision_id)


@router.post("/revisions/{revision_id}/skips")
def skip(request: Request, outlet: Here, who: Reviewer, revision_id: Id, _: Form) -> Response:
    """Leave it to others for a day, and go on to the next."""
    viewer = _viewer(outlet, who)
    try:
        presence.skip(outlet, viewer, revision_id)
    except (Refused, UnknownUser) as refusal:
        return _refused(request, outlet, who, refusal)
    with outlet.database.read() as db:
        next_one = following(db, viewer, revision_id)
    return RedirectResponse(f"/revisions/{next_one.revision}" if next_one else "/queue?taken=none", 303)


@router.post("/revisions/{revision_id}/skips/end")
def unskip(request: Request, outlet: Here, who: Reviewer, revision_id: Id, _: Form) -> Response:
    """Take it back onto one's list, and open it."""
    try:
        presence.unskip(outlet, _viewer(outlet, who), revision_id)
    except UnknownUser as refusal:
        return _refused(request, outlet, who, refusal)
    return RedirectResponse(f"/revisions/{revision_id}", 303)


def _viewer(outlet: Outlet, who: Staff) -> Viewer:
    return Viewer(who.id, who.name, outlet.now())


def _refused(request: Request, outlet: Outlet, who: Staff, refusal: Exception) -> Response:
    return queue_page(request, outlet, who, {}, status=409, refusal=str(refusal))
