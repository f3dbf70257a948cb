"""One revision, to be read: first its text alone, then what is said about it. No field here takes the author's text."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Staff, Who
from agent.desk.pages import Here, Id, page
from agent.desk.shown.case import Case, case
from agent.desk.shown.received import received
from agent.desk.text import is_veiled
from agent.outlet import Outlet
from agent.review import presence, second
from agent.review.queue import Viewer, following
from agent.tables import StaffRole, Verdict

router = APIRouter()


@router.get("/revisions/{revision_id}")
def show(request: Request, outlet: Here, who: Who, revision_id: Id) -> Response:
    """Show the text as readers will see it, alone; with `?with=flags` also all that is said about it."""
    asked = request.query_params
    if who.may(StaffRole.REVIEWER) and _is_to_be_read_blind(outlet, revision_id, who):
        return RedirectResponse(f"/looks/{revision_id}", 303)
    if who.may(StaffRole.REVIEWER) and _is_open(outlet, revision_id):
        presence.seen(outlet, who.id, revision_id)
    return revision_page(
        request, outlet, who, revision_id, with_flags=asked.get("with") == "flags", stored=asked.get("stored", "")
    )


def revision_page(
    request: Request,
    outlet: Outlet,
    who: Staff,
    revision_id: int,
    *,
    with_flags: bool = True,
    stored: str = "",
    refusal: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    """The page of one revision. `stored` says what was done just now, `refusal` why something was not, and `given` is
    what was typed then."""
    veiled, viewer = is_veiled(request, who), Viewer(who.id, who.name, outlet.now())
    with outlet.database.read() as db:
        found = case(outlet, db, revision_id, who.name)
        reviews = who.may(StaffRole.REVIEWER)
        next_one = following(db, viewer, revision_id) if found and reviews and (stored or found.mine) else None
        others = presence.beside(db, viewer, revision_id) if found and presence.is_open(db, revision_id) else None
    if found is None:
        raise HTTPException(404)
    facts: dict[str, Any] = {}
    if with_flags:
        places = [item.passage for item in found.flags]
        facts = {
            "received": received(found.sheet.text or "", places, veiled=veiled),
            "grounds": outlet.prompts.grounds(),
        }
    return page(
        request,
        "revision.html",
        status=409 if refusal else 200,
        case=found,
        sheet=found.sheet,
        with_flags=with_flags,
        veiled=veiled,
        undo_minutes=outlet.settings.undo_minutes,
        takes=offered(found.takes, who),
        stored=_is_true(found, who, stored),
        following=next_one,
        others=others if reviews else None,
        may_send_back=reviews and found.may_send_back,
        refusal=refusal,
        given=given or {},
        **facts,
    )


def _is_true(found: Case, who: Staff, stored: str) -> str:
    """What was done just now, if the rows say so too: anybody can write an address."""
    if stored == "returned":
        back = found.sent_back
        return stored if back and back.sent_back and back.sent_back.actor == who.name else ""
    mine = [item for item in found.earlier if item.review.reviewer == who.name]
    if not mine or (mine[-1].undone_at is not None) is not (stored == "undone"):
        return ""
    return stored


def _is_to_be_read_blind(outlet: Outlet, revision_id: int, who: Staff) -> bool:
    """Whether a second look of who asks is wanted: what was said about the text is not for them yet."""
    with outlet.database.read() as db:
        return second.is_wanted(db, outlet, revision_id, who.name)


def _is_open(outlet: Outlet, revision_id: int) -> bool:
    with outlet.database.read() as db:
        return presence.is_open(db, revision_id)


def offered(takes: Any, who: Staff) -> Mapping[str, bool]:
    """Which verdicts are offered to who looks, by their names."""
    return {verdict.value: who.may(StaffRole.REVIEWER) and takes(verdict) for verdict in Verdict}
