"""Second looks: the same text, read blind by another reviewer. Nothing here tells what was decided before one has said
what one would have said."""

from collections.abc import Mapping

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.check.every import unlooked
from agent.desk.door.login import Form, Reviewer, Staff
from agent.desk.pages import Here, Id, page
from agent.desk.shown.case import flags_of
from agent.desk.shown.marked import passages
from agent.desk.shown.ran import ran
from agent.desk.shown.sheet import sheet
from agent.desk.text import is_veiled
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import second
from agent.tables import Verdict

router = APIRouter()


@router.get("/looks")
def show_all(request: Request, outlet: Here, who: Reviewer) -> Response:
    """List what waits for a second look of who asks, and what they looked at last."""
    with outlet.database.read() as db:
        waiting = second.wanted(db, outlet, who.name)
        given = [(look, second.first_of(db, look.revision_id)) for look in second.looks_of(db, who.name)]
    return page(request, "looks.html", waiting=waiting, given=given)


@router.get("/looks/{revision_id}")
def show(request: Request, outlet: Here, who: Reviewer, revision_id: Id) -> Response:
    """Show the text alone; with `?with=flags` also what the checks say, and the question. Once it is answered, what the
    first reviewer said."""
    return _page(request, outlet, who, revision_id, with_flags=request.query_params.get("with") == "flags")


@router.post("/looks/{revision_id}")
def add_look(request: Request, outlet: Here, who: Reviewer, revision_id: Id, given: Form) -> Response:
    """Keep what a second reviewer would have said."""
    try:
        second.look(
            outlet,
            revision_id,
            who.name,
            _verdict(given.get("verdict", "")),
            record_sha256=given.get("record_sha256", ""),
            ground=given.get("ground", ""),
            reason=given.get("reason", ""),
        )
    except (Refused, UnknownUser) as refusal:
        return _page(request, outlet, who, revision_id, with_flags=True, refusal=str(refusal), given=given)
    return RedirectResponse(f"/looks/{revision_id}", 303)


def _page(
    request: Request,
    outlet: Outlet,
    who: Staff,
    revision_id: int,
    *,
    with_flags: bool,
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    with outlet.database.read() as db:
        found = sheet(db, revision_id)
        if found is None:
            raise HTTPException(404)
        mine = second.look_of(db, revision_id)
        mine = mine if mine is not None and mine.reviewer == who.name else None
        if mine is None:
            try:
                second.need_wanted(db, outlet, revision_id, who.name)
            except Refused as why:
                raise HTTPException(409, str(why)) from None
        flags = passages(found.text or "", found.html, flags_of(db, revision_id)) if with_flags or mine else []
        checks = ran(db, revision_id, [one.flag for one in flags])
        first = second.first_of(db, revision_id) if mine else None
        nexts = second.wanted(db, outlet, who.name, limit=1) if mine else []
    return page(
        request,
        "look.html",
        status=409 if refusal else 200,
        sheet=found,
        flags=flags,
        checks=checks,
        unlooked=unlooked(outlet, (check.check for check in checks)),
        with_flags=with_flags or mine is not None,
        veiled=is_veiled(request, who),
        grounds=outlet.prompts.grounds(),
        mine=mine,
        first=first,
        following=nexts[0] if nexts else None,
        refusal=refusal,
        given=given or {},
    )


def _verdict(word: str) -> Verdict:
    try:
        return Verdict(word)
    except ValueError:
        raise Refused(reason="Choose a verdict: publish or veto.") from None
