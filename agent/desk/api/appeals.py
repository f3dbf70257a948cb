"""Appeals of authors, and rulings on them."""

from fastapi import APIRouter
from pydantic import Field

from agent.desk.api.caller import Reviewer, Who
from agent.desk.api.said import Ruling
from agent.desk.api.shapes import A_PAGE, DONE, After, Given, Limit, Moment, Page, Told, need, page_of
from agent.desk.pages import Here, Id
from agent.desk.shown.hearing import hearing
from agent.review import actions
from agent.review.queue import appeals
from agent.tables import Appeal

router = APIRouter()


class WaitingAppeal(Told):
    """An appeal that nobody has ruled on."""

    appeal: int
    revision: int
    piece: int
    author: str
    byline: str
    name: str
    ground: str
    vetoed_by: str
    why: str = Field(description="The author's words.")
    at: Moment


class GivenRuling(Given):
    """What somebody who gave no veto decides."""

    overturned: bool = Field(description="True: the veto counts no more. False: it is upheld.")
    reason: str


@router.get("/appeals")
def list_appeals(outlet: Here, _: Who, after: After = None, limit: Limit = A_PAGE) -> Page[WaitingAppeal]:
    """What waits for somebody who gave no veto, oldest first."""
    with outlet.database.read() as db:
        rows, further = page_of(appeals(db), lambda row: row.appeal, after, limit)
    return Page(items=[WaitingAppeal.model_validate(row) for row in rows], next=further)


@router.post("/appeals/{appeal_id}/rulings", status_code=201, responses=DONE)
def add_ruling(outlet: Here, who: Reviewer, appeal_id: Id, given: GivenRuling) -> Ruling:
    """Uphold a veto, or overturn it, as somebody who did not veto."""
    with outlet.database.read() as db:
        need(db, Appeal, appeal_id)
    actions.rule(outlet, appeal_id, who.name, overturned=given.overturned, reason=given.reason)
    with outlet.database.read() as db:
        heard = hearing(outlet, db, appeal_id, who.name)
    return Ruling.model_validate(heard.ruling if heard else None)
