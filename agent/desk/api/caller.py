"""Whose token a request carries, and what they may do. A cookie says nothing here."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from agent.desk.door.login import Staff, holding
from agent.desk.pages import Here
from agent.review.wishes import MAY_ANSWER
from agent.staff import roles_of
from agent.staff.browsers import was_just_seen
from agent.staff.tokens import holder_of, note_used
from agent.tables import StaffRole

CLOSED = (
    "This needs a token that holds, as `Authorization: Bearer TOKEN`. You make one at the desk, on the page about "
    "yourself; it may have been revoked, or be past its end."
)

scheme = HTTPBearer(
    scheme_name="token",
    description="A token of one of the staff, made at the desk. It may do what they may.",
    auto_error=False,
)


def caller(
    request: Request, outlet: Here, given: Annotated[HTTPAuthorizationCredentials | None, Security(scheme)]
) -> Staff:
    """Who asks. Raises 401; someone who holds no role any more is nobody."""
    now = outlet.now()
    with outlet.database.read() as db:
        found = holder_of(db, given.credentials, now) if given else None
        roles = roles_of(db, outlet.settings, found[0].name) if found else frozenset()
    if found is None or not roles:
        raise HTTPException(401, CLOSED, headers={"www-authenticate": "Bearer"})
    user, token = found
    if not was_just_seen(token.seen_at, now):
        with outlet.database.write() as db:
            note_used(db, token.id, now)
    return Staff(user.id, user.name, "", roles, user.calm)


Who = Annotated[Staff, Depends(caller)]
"""Anyone of the staff."""


Reviewer = Annotated[Staff, Depends(holding(caller, StaffRole.REVIEWER))]
Answerer = Annotated[Staff, Depends(holding(caller, *MAY_ANSWER))]
"""Who may answer a wish."""
