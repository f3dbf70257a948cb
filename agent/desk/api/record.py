"""What was done, by whom and when."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from agent.desk.api.caller import Who
from agent.desk.api.shapes import A_PAGE, NEWEST, Limit, Moment, Told
from agent.desk.pages import Here
from agent.review.acts import Sought, Viewer, page
from agent.review.sources import What
from agent.tables import StaffRole

router = APIRouter()


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("it lies before the year 1 or after 9999, in UTC") from None


InUtc = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Act(Told):
    """Something that somebody did. Where its ground and words are withheld from the token's holder, as they are at the
    desk until that verdict took effect or one's own cannot be taken back any more, both are empty. `due` is when
    what was decided is to take effect."""

    at: Moment
    who: str
    what: What
    said: str
    due: Moment | None
    piece: int | None
    revision: int | None
    hash: str
    ground: str
    words: str
    withheld: bool
    row: str


class Record(BaseModel):
    """Part of the record."""

    items: list[Act]
    next: str | None = Field(description="Give it as `after` to read on; null at the end.")


@router.get("/record")
def list_record(
    outlet: Here,
    who: Who,
    *,
    after: Annotated[str, Query(max_length=64, description="What follows: the `next` of the page before.")] = "",
    limit: Limit = A_PAGE,
    piece: Annotated[int | None, Query(ge=1, le=NEWEST)] = None,
    by: Annotated[str, Query(description="What this person did, by name.")] = "",
    what: What | None = None,
    since: InUtc | None = None,
    until: Annotated[InUtc | None, Query(description="The first moment that is not wanted.")] = None,
) -> Record:
    """Everything that staff and outlet did, newest first. What would tell a reviewer how a text was decided that waits
    for a second look of theirs is left out until it is given."""
    administers, reviews = who.may(StaffRole.ADMINISTRATOR), who.may(StaffRole.REVIEWER)
    viewer = Viewer(who.name, is_administrator=administers, is_reviewer=reviews)
    sought = Sought(piece=piece, who=by, what=what, since=since, until=until)
    with outlet.database.read() as db:
        acts, further = page(outlet, db, viewer, sought, before=after, limit=limit)
    return Record(items=[Act.model_validate(act) for act in acts], next=further or None)
