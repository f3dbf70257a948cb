"""What waits for people, oldest first."""

from typing import Annotated

from fastapi import APIRouter, Query

from agent.desk.api.caller import Who
from agent.desk.api.shapes import After, Moment, Page, Told
from agent.desk.pages import Here
from agent.review.bar import Decision
from agent.review.queue import Stands, Viewer, Wanted, Worst
from agent.review.queue import page as page_of
from agent.tables import Kind

router = APIRouter()


class About(Told):
    """Another piece that a work belongs to."""

    piece: int
    name: str


class Waiting(Told):
    """A revision that nobody has decided about yet."""

    revision: int
    piece: int
    author: str
    byline: str
    kind: Kind
    name: str
    form: str
    words: int
    record_sha256: str
    received_at: Moment
    stands: Decision
    publishes_needed: int
    worst: str
    """The level of its gravest flag: note, look or stop; empty where there is none."""
    flags: int
    checks: int
    not_checked: int
    """Checks that could not run: of what they look for nothing is known."""
    consent: str
    """What is missing of its author's consent before it may be public; empty where nothing is."""
    overturned: bool
    topics: list[str]
    about: About | None
    before: int | None
    """The revision that its author sent of this piece before it."""


@router.get("/queue")
def list_queue(
    outlet: Here,
    who: Who,
    *,
    after: After = None,
    author: Annotated[str, Query(description="Of this author alone, by its slug.")] = "",
    kind: Kind | None = None,
    form: str = "",
    worst: Worst | None = None,
    stands: Stands | None = None,
    mine: Annotated[bool, Query(description="What the token's holder may act on and did not skip, alone.")] = False,
) -> Page[Waiting]:
    """What waits to be read, oldest first, 25 at a time. A page may be short, and others follow all the same."""
    wanted = Wanted(author=author, kind=kind, form=form, worst=worst, stands=stands, mine=mine)
    with outlet.database.read() as db:
        found = page_of(db, wanted, Viewer(who.id, who.name, outlet.now()), after=after)
    return Page(items=[Waiting.model_validate(row) for row in found.rows], next=found.newer)
