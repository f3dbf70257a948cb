"""Queues as somebody likes to see them: kept by name, and deleted."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Form, Who
from agent.desk.pages import Here, Id
from agent.desk.queue import query_of, queue_page, wanted_of
from agent.errors import Refused
from agent.review.views import delete_view, save

router = APIRouter()


@router.post("/views")
def keep(request: Request, outlet: Here, who: Who, given: Form) -> Response:
    """Keep a view of the queue by a name; where that is refused, show it again with what was typed."""
    # Only what the queue understands is kept: an address may say anything.
    wanted, _ = wanted_of(dict(parse_qsl(given.get("query", ""))))
    query = query_of(wanted)
    try:
        save(outlet, who.id, given.get("name", ""), query)
    except Refused as refusal:
        asked = dict(parse_qsl(query))
        return queue_page(request, outlet, who, asked, status=409, refusal=str(refusal), given=given)
    return RedirectResponse(f"/queue?{query}" if query else "/queue", 303)


@router.post("/views/{view_id}/end")
def end(outlet: Here, who: Who, view_id: Id, _: Form) -> Response:
    """Delete a view of one's own."""
    delete_view(outlet, who.id, view_id)
    return RedirectResponse("/queue", 303)
