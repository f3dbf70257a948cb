"""Authors: what they agreed to and said of themselves, verbatim; pauses."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent import pausing
from agent.desk.door.login import Form, Keeper, Who
from agent.desk.pages import Here, page
from agent.desk.shown.portrait import glimpses, portrait
from agent.errors import Refused, UnknownAuthor, UnknownUser
from agent.outlet import Outlet
from agent.write.accounts import in_words
from agent.write.usage import SPANS

SHOWN = 10

router = APIRouter()


@router.get("/authors")
def show_all(request: Request, outlet: Here, _: Who) -> Response:
    """List the authors, and show the button that pauses everyone."""
    return _everyone(request, outlet, stored="stored" in request.query_params)


@router.get("/authors/{slug}")
def show(request: Request, outlet: Here, _: Who, slug: str) -> Response:
    """Show one author in its own words."""
    return _author(request, outlet, slug, stored="stored" in request.query_params)


@router.post("/pauses")
def pause_everyone(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """Pause everyone: no call, no publication."""
    try:
        pausing.stop(outlet, None, who.name, reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _everyone(request, outlet, refusal=str(refusal), given=given)
    return RedirectResponse("/authors?stored=yes", 303)


@router.post("/resumptions")
def resume_everyone(request: Request, outlet: Here, who: Keeper, given: Form) -> Response:
    """End the pause of everyone."""
    try:
        pausing.resume(outlet, None, who.name, reason=given.get("reason", ""))
    except (Refused, UnknownUser) as refusal:
        return _everyone(request, outlet, refusal=str(refusal), given=given)
    return RedirectResponse("/authors?stored=yes", 303)


@router.post("/authors/{slug}/pauses")
def pause(request: Request, outlet: Here, who: Who, slug: str, given: Form) -> Response:
    """Pause one author."""
    try:
        pausing.stop(outlet, slug, who.name, reason=given.get("reason", ""))
    except UnknownAuthor:
        raise HTTPException(404) from None
    except (Refused, UnknownUser) as refusal:
        return _author(request, outlet, slug, refusal=str(refusal), given=given)
    return RedirectResponse(f"/authors/{slug}?stored=yes", 303)


@router.post("/authors/{slug}/resumptions")
def resume(request: Request, outlet: Here, who: Keeper, slug: str, given: Form) -> Response:
    """End the pause of one author."""
    try:
        pausing.resume(outlet, slug, who.name, reason=given.get("reason", ""))
    except UnknownAuthor:
        raise HTTPException(404) from None
    except (Refused, UnknownUser) as refusal:
        return _author(request, outlet, slug, refusal=str(refusal), given=given)
    return RedirectResponse(f"/authors/{slug}?stored=yes", 303)


def _everyone(
    request: Request,
    outlet: Outlet,
    *,
    stored: bool = False,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        authors, history = glimpses(outlet, db), pausing.lately(db, None, SHOWN)
    return page(
        request,
        "authors.html",
        status=409 if refusal else 200,
        authors=authors,
        history=history,
        may_resume=_may_resume(request),
        stored=stored,
        refusal=refusal,
        given=given or {},
    )


def _author(
    request: Request,
    outlet: Outlet,
    slug: str,
    *,
    stored: bool = False,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = portrait(outlet, db, slug)
    if found is None:
        raise HTTPException(404)
    return page(
        request,
        "author.html",
        status=409 if refusal else 200,
        p=found,
        in_words=in_words,
        spans=SPANS | {"session": "in one session"},
        may_resume=_may_resume(request),
        stored=stored,
        refusal=refusal,
        given=given or {},
    )


def _may_resume(request: Request) -> bool:
    return bool(request.state.staff.may(*pausing.MAY_RESUME))
