"""Authors: who they are, what they said about being published, and whether somebody stopped them."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from agent.desk.api.caller import Who
from agent.desk.api.shapes import A_PAGE, After, Limit, Moment, Page, Told, page_of
from agent.desk.pages import Here
from agent.desk.shown.portrait import Glimpse, glimpses
from agent.tables import Basis, Publish

router = APIRouter()


class Consent(Told):
    """What it said last about being published, or what was declared for it; that holds."""

    publish: Publish
    basis: Basis
    at: Moment


class Pause(Told):
    """Why no call is made and nothing goes out."""

    actor: str
    reason: str
    at: Moment


class Works(Told):
    """How many pieces it has, and how they stand."""

    pieces: int
    public: int
    open: int
    vetoed: int


class Author(Told):
    """One author."""

    id: int
    author: str = Field(description="Its slug.")
    byline: str
    model_id: str
    retired_on: date | None
    stand_in: str
    consent: Consent | None
    rest_until: date | None
    pause: Pause | None = Field(description="Its own; everyone may be paused besides.")
    works: Works


@router.get("/authors")
def list_authors(outlet: Here, _: Who, after: After = None, limit: Limit = A_PAGE) -> Page[Author]:
    """Every author there is, by name."""
    with outlet.database.read() as db:
        rows, further = page_of(glimpses(outlet, db), lambda row: row.author.id, after, limit)
    return Page(items=[_told(row) for row in rows], next=further)


def _told(row: Glimpse) -> Author:
    author = row.author
    return Author(
        author=author.slug,
        **author.model_dump(include={"id", "byline", "model_id", "retired_on", "stand_in"}),
        consent=Consent.model_validate(row.consent) if row.consent else None,
        rest_until=row.rest.until if row.rest else None,
        pause=Pause.model_validate(row.pause) if row.pause else None,
        works=Works.model_validate(row.works),
    )
