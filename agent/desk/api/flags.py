"""What reviewers say of flags."""

from fastapi import APIRouter

from agent.desk.api.caller import Reviewer
from agent.desk.api.shapes import DONE, Given, Told, need
from agent.desk.pages import Here, Id
from agent.review.feedback import judge
from agent.tables import Flag, Says

router = APIRouter()


class GivenFeedback(Given):
    """What a flag turned out to be."""

    says: Says


class Feedback(Told):
    """What was kept; the latest that somebody says of a flag holds."""

    flag: int
    revision: int
    says: Says


@router.post("/flags/{flag_id}/feedback", status_code=201, responses=DONE)
def add_feedback(outlet: Here, who: Reviewer, flag_id: Id, given: GivenFeedback) -> Feedback:
    """Say whether a flag showed a real problem, was a false alarm, or lies within policy."""
    with outlet.database.read() as db:
        need(db, Flag, flag_id)
    return Feedback(flag=flag_id, revision=judge(outlet, flag_id, who.name, given.says), says=given.says)
