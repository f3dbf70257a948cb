"""Search over every piece, whatever became of it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agent import archive
from agent.desk.door.login import Who
from agent.desk.pages import Here, page
from agent.review.finding import NEWEST, QUERY_AT_MOST, Results, find

router = APIRouter()


@router.get("/search")
def show(request: Request, outlet: Here, _: Who, q: str = "", before: int = NEWEST) -> Response:
    """Show what fits, newest first."""
    asked = q[:QUERY_AT_MOST].strip()
    with outlet.database.read() as db:
        found = find(db, asked, before=max(1, min(before, NEWEST))) if asked else Results([], None)
        unindexed = archive.unindexed(db) if asked else 0
    return page(request, "queue_search.html", asked=asked, found=found, unindexed=unindexed, is_first=before == NEWEST)
