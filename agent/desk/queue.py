"""What waits for people."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from agent.desk.pages import Here, page
from agent.desk.reading import decided
from agent.notices import notices
from agent.review.queue import appeals, queue, withdrawals

router = APIRouter()


@router.get("/")
def begin() -> Response:
    """The desk opens at the queue."""
    return RedirectResponse("/queue", 303)


@router.get("/queue")
def show(request: Request, outlet: Here) -> Response:
    """Show what stands still, what waits to be read, oldest first, and what was decided last."""
    with outlet.database.read() as db:
        told = notices(outlet, db)
        waiting, said, going, done = queue(db), appeals(db), withdrawals(db), decided(db)
    return page(request, "queue.html", notices=told, waiting=waiting, appeals=said, withdrawals=going, decided=done)
