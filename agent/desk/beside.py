"""What stands beside a text on the review screen: each panel is a page of its own, and its middle alone for htmx. One
that fails says so in its place, and takes no other down."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from agent.desk.pages import Here, Id, page
from agent.desk.sessions import OUTCOMES
from agent.desk.shown.laid import sources
from agent.desk.shown.panels import called, conversation, invited, made, record
from agent.desk.shown.twins import twins
from agent.desk.shown.versions import versions
from agent.errors import Refused, in_short
from agent.outlet import Outlet
from agent.tables import Revision

router = APIRouter()


def number(name: str) -> Any:
    """A row's number in the query of an address."""
    return Query(alias=name, ge=1, le=2**31 - 1)


@router.get("/revisions/{revision_id}/invitation")
def show_invitation(request: Request, outlet: Here, revision_id: Id) -> Response:
    """The invitation as sent, and how it was chosen."""
    return _panel(request, outlet, revision_id, "invitation", invited)


@router.get("/revisions/{revision_id}/transcript")
def show_transcript(request: Request, outlet: Here, revision_id: Id) -> Response:
    """The session in which it was handed in, folded or raw, with what is private masked."""
    title = outlet.settings.title
    return _panel(request, outlet, revision_id, "transcript", lambda db, row: conversation(db, row, title))


@router.get("/revisions/{revision_id}/sources")
def show_sources(request: Request, outlet: Here, revision_id: Id) -> Response:
    """What its author was shown."""
    return _panel(request, outlet, revision_id, "sources", sources)


@router.get("/revisions/{revision_id}/record")
def show_record(request: Request, outlet: Here, revision_id: Id) -> Response:
    """What its author says of it."""
    return _panel(request, outlet, revision_id, "record", record)


@router.get("/revisions/{revision_id}/likeness")
def show_likeness(
    request: Request, outlet: Here, revision_id: Id, chosen: Annotated[int | None, number("with")] = None
) -> Response:
    """What is nearly the same, side by side."""
    return _panel(request, outlet, revision_id, "likeness", lambda db, row: twins(db, row, chosen))


@router.get("/revisions/{revision_id}/earlier")
def show_earlier(
    request: Request,
    outlet: Here,
    revision_id: Id,
    before: Annotated[int | None, number("from")] = None,
    after: Annotated[int | None, number("to")] = None,
) -> Response:
    """What changed between two revisions of the piece."""
    return _panel(request, outlet, revision_id, "earlier", lambda db, row: versions(db, row, before, after))


@router.get("/revisions/{revision_id}/provenance")
def show_provenance(request: Request, outlet: Here, revision_id: Id) -> Response:
    """How it was made, and what it cost."""
    return _panel(request, outlet, revision_id, "provenance", lambda db, row: made(outlet, db, row))


def _panel(
    request: Request, outlet: Outlet, revision_id: int, panel: str, load: Callable[[Session, Revision], Any]
) -> Response:
    status, fault, name, shown = 200, "", "", None
    with outlet.database.read() as db:
        revision = db.get(Revision, revision_id)
        if revision is None:
            raise HTTPException(404)
        try:
            name = called(db, revision)
            shown = load(db, revision)
        except Refused as refusal:
            status, fault = 404, str(refusal)
        except Exception as broken:
            # Not the fault's own words: they may quote what nobody is to read here.
            status, fault = 500, f"This could not be shown: {in_short(broken)}"
            outlet.log.warning(
                "a panel failed", action="desk_fault", path=request.url.path, fault=type(broken).__name__, reason=fault
            )
    is_part = request.headers.get("hx-request") == "true"
    return page(
        request,
        "beside_part.html" if is_part else "beside_page.html",
        status=status,
        panel=panel,
        is_part=is_part,
        revision=revision_id,
        name=name,
        fault=fault,
        shown=shown,
        raw="raw" in request.query_params,
        outcomes=OUTCOMES,
    )
