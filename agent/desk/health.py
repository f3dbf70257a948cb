"""What machines ask: whether the desk answers, whether the outlet does its work, and figures."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from agent.desk.door.login import NotSignedIn, signed_in
from agent.desk.figures import Registry
from agent.desk.pages import Here
from agent.notices.readiness import lacks
from agent.outlet import Outlet
from agent.places import secret
from agent.tables import StaffRole

TOKEN = "AFTERWORD_METRICS_TOKEN"  # noqa: S105  (the name of a variable)
"""The variable that holds the token for figures. Without it, only operators who are signed in may read them."""

router = APIRouter()


@router.get("/healthz")
def healthz(outlet: Here) -> Response:
    """Say whether desk and database answer."""
    try:
        with outlet.database.read() as db:
            db.exec(select(1)).one()
    except SQLAlchemyError as fault:
        outlet.log.warning("the database does not answer", action="unhealthy", fault=type(fault).__name__)
        return PlainTextResponse("the database does not answer\n", 503)
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def readyz(request: Request, outlet: Here) -> Response:
    """Say whether the outlet does its work, and if not, what is missing."""
    try:
        missing = lacks(outlet)
    except SQLAlchemyError:
        missing = ["the database does not answer"]
    # It is asked every few seconds, and told once.
    before, request.app.state.missing = getattr(request.app.state, "missing", []), missing
    if missing and missing != before:
        outlet.log.warning("not ready", action="not_ready", reason="; ".join(missing))
    return PlainTextResponse("\n".join(missing or ["ready"]) + "\n", 503 if missing else 200)


@router.get("/metrics")
def metrics(
    request: Request,
    outlet: Here,
    authorization: Annotated[str, Header()] = "",
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Tell the outlet's figures to whoever may know them."""
    if not _may_read(request, outlet, authorization):
        if secret(TOKEN):
            raise HTTPException(401, "Figures are for programs that show the token.", {"www-authenticate": "Bearer"})
        raise HTTPException(404)
    registry: Registry = request.app.state.registry
    words, form = registry.told(accept)
    return Response(words, media_type=form)


def _may_read(request: Request, outlet: Outlet, authorization: str) -> bool:
    """Whether this comes with the token, or from an operator's browser. What one shows decides alone, so that a wrong
    token is never made good by a cookie."""
    if authorization:
        token = secret(TOKEN)
        kind, _, given = authorization.partition(" ")
        # Compared in full even where there is none: how long it takes says nothing.
        is_right = hmac.compare_digest(given.strip().encode(), token.encode())
        return kind.lower() == "bearer" and bool(token) and is_right
    try:
        return signed_in(request, outlet).may(StaffRole.OPERATOR, StaffRole.ADMINISTRATOR)
    except NotSignedIn:
        return False
