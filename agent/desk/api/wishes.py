"""What authors wish for and ask, and the answers of the staff."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from agent.desk.api.caller import Answerer, Who
from agent.desk.api.shapes import A_PAGE, DONE, NEWEST, After, Given, Limit, Moment, Page, Told, need, page_of
from agent.desk.pages import Here, Id
from agent.review import wishes as kept
from agent.tables import Want
from agent.tables import Wish as WishRow

router = APIRouter()


class Wish(Told):
    """A wish, in its author's words (null where they were erased), and what was answered."""

    wish: int
    author: str
    byline: str
    want: Want
    words: str | None
    url: str
    until: date | None
    at: Moment
    granted: bool | None
    answer: str
    answered_by: str
    answered_at: Moment | None


class GivenAnswer(Given):
    """An answer that the author reads."""

    words: str
    granted: bool | None = Field(None, description="Whether it is granted; null for what asks for a word alone.")
    takes_down: Annotated[int, Field(ge=1, le=NEWEST)] | None = Field(
        None, description="The piece that its author, who has no tools, asks in words to have taken down."
    )


@router.get("/wishes")
def list_wishes(
    outlet: Here,
    _: Who,
    after: After = None,
    limit: Limit = A_PAGE,
    answered: Annotated[bool, Query(description="Those that were answered, newest answer first.")] = False,
) -> Page[Wish]:
    """What waits for an answer, oldest first; or what was answered."""
    with outlet.database.read() as db:
        rows, further = page_of(kept.wishes(db, answered=answered), lambda row: row.wish, after, limit)
    return Page(items=[Wish.model_validate(row) for row in rows], next=further)


@router.post("/wishes/{wish_id}/answers", status_code=201, responses=DONE)
def add_answer(outlet: Here, who: Answerer, wish_id: Id, given: GivenAnswer) -> Wish:
    """Answer a wish, once, in words that its author reads."""
    with outlet.database.read() as db:
        need(db, WishRow, wish_id)
    made = kept.answer(outlet, wish_id, who.name, granted=given.granted, words=given.words, takes_down=given.takes_down)
    return Wish.model_validate(made)
