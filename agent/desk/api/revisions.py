"""One revision, verdicts on it, taking one's own back and sending another's back. Nothing here takes the author's
text."""

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, Field

from agent.desk.api.caller import Reviewer, Who
from agent.desk.api.said import Revision, told
from agent.desk.api.shapes import DONE, Given, Reason
from agent.desk.door.login import Staff
from agent.desk.pages import Here, Id
from agent.desk.shown.case import case
from agent.desk.shown.passages import quoted
from agent.outlet import Outlet
from agent.review import actions, second
from agent.review.actions import Said
from agent.tables import StaffRole, Verdict

BLIND = "This text waits for a second look of yours, at the desk. How it was decided is told after that."

router = APIRouter()


class GivenReview(Given):
    """A verdict on exactly the record that was read."""

    record_sha256: str
    verdict: Verdict
    ground: str = Field("", description="Of a veto: one of the public list, by its name.")
    quote: str = Field("", description="Of a veto: the passage that it is about, as it stands in the text.")
    reason: str = Field("", description="Of a veto the reason, of an escalation the question.")
    answers: dict[int, str] = Field({}, description="Of a publication: words to flags that ask for a look, by flag.")
    at: AwareDatetime | None = Field(None, description="Of a publication: the moment, if not as soon as may be.")


@router.get("/revisions/{revision_id}", responses=DONE)
def read_revision(outlet: Here, who: Who, revision_id: Id) -> Revision:
    """One revision, with its flags and the verdicts on it; not while a second look of a reviewer is wanted, who is not
    to know how it was decided."""
    if who.may(StaffRole.REVIEWER):
        with outlet.database.read() as db:
            if second.is_wanted(db, outlet, revision_id, who.name):
                raise HTTPException(409, BLIND)
    return _read(outlet, who, revision_id)


@router.post("/revisions/{revision_id}/reviews", status_code=201, responses=DONE)
def add_review(outlet: Here, who: Reviewer, revision_id: Id, given: GivenReview) -> Revision:
    """Give a verdict. What it decides takes effect when the time to take it back is over."""
    text = _read(outlet, who, revision_id).text or ""
    span = quoted(text, given.quote) if given.verdict is Verdict.VETO else None
    actions.review(
        outlet,
        revision_id,
        who.name,
        given.verdict,
        record_sha256=given.record_sha256,
        said=Said(ground=given.ground, span=span, reason=given.reason, answers=given.answers),
        at=given.at,
    )
    return _read(outlet, who, revision_id)


@router.post("/revisions/{revision_id}/undo", status_code=201, responses=DONE)
def add_undo(outlet: Here, who: Reviewer, revision_id: Id) -> Revision:
    """Take one's own verdict back. It stays on record, and counts no more."""
    _read(outlet, who, revision_id)
    actions.undo(outlet, revision_id, who.name)
    return _read(outlet, who, revision_id)


@router.post("/revisions/{revision_id}/returns", status_code=201, responses=DONE)
def add_return(outlet: Here, who: Reviewer, revision_id: Id, given: Reason) -> Revision:
    """Send back to the queue what another reviewer decided and what waits for its moment, for a reason. It decides
    nothing; that verdict stays on record, and counts no more."""
    _read(outlet, who, revision_id)
    actions.send_back(outlet, revision_id, who.name, reason=given.reason)
    return _read(outlet, who, revision_id)


def _read(outlet: Outlet, who: Staff, revision_id: int) -> Revision:
    with outlet.database.read() as db:
        found = case(outlet, db, revision_id, who.name)
        if found is None:
            raise HTTPException(404)
        return told(found)
