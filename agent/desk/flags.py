"""What reviewers say of flags."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse, Response

from agent.desk.door.login import Form, Reviewer
from agent.desk.pages import Here, Id
from agent.errors import Refused
from agent.review.feedback import judge
from agent.tables import Flag, Says

router = APIRouter()


@router.post("/flags/{flag_id}/feedback")
def add_feedback(outlet: Here, who: Reviewer, flag_id: Id, given: Form) -> Response:
    """Say whether a flag is a real problem, a false alarm, or within policy."""
    try:
        says = Says(given.get("says", ""))
    except ValueError:
        raise HTTPException(422, f"Say one of these of a flag: {', '.join(Says)}.") from None
    with outlet.database.read() as db:
        if db.get(Flag, flag_id) is None:
            raise HTTPException(404)
    try:
        revision = judge(outlet, flag_id, who.name, says)
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    return RedirectResponse(f"/revisions/{revision}?with=flags#said-{flag_id}", 303)
