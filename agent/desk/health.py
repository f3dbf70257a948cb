"""What machines ask: whether the desk answers, whether it is ready, and figures."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from agent.outlet import Outlet

router = APIRouter()


@router.get("/healthz")
def healthz(request: Request) -> Response:
    """Say whether desk and database answer."""
    outlet: Outlet = request.app.state.outlet
    try:
        with outlet.database.read() as db:
            db.exec(select(1)).one()
    except SQLAlchemyError as fault:
        outlet.log.warning("the database does not answer", action="unhealthy", fault=type(fault).__name__)
        return PlainTextResponse("the database does not answer\n", 503)
    return PlainTextResponse("ok\n")
