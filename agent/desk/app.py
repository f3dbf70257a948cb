"""The web application, wired. Every route is closed to strangers unless it is named open here."""

from pathlib import Path
from typing import cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from agent.desk import (
    appeals,
    authors,
    beside,
    calibration,
    checks,
    claims,
    erasures,
    flags,
    health,
    looks,
    pieces,
    queue,
    record,
    reviews,
    revisions,
    search,
    sessions,
    text,
    users,
    views,
    wishes,
    you,
)
from agent.desk.api import create_api
from agent.desk.door import links, login, sign_on
from agent.desk.door.guard import Guard
from agent.desk.door.login import NotSignedIn, signed_in
from agent.desk.door.meter import Meter, route_of
from agent.desk.door.turns import Turns
from agent.desk.figures import Registry
from agent.desk.pages import error_page
from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.staff.admission import Gate

STATIC = Path(__file__).with_name("static")
NOUNS = (
    queue,
    claims,
    views,
    search,
    revisions,
    text,
    reviews,
    beside,
    sessions,
    flags,
    looks,
    appeals,
    pieces,
    erasures,
    authors,
    wishes,
    record,
    calibration,
    checks,
    users,
    you,
)
WORDS = {
    400: "That request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    413: "That is more than this desk takes in one form (64 KB). Say it in fewer words.",
}


def create_app(outlet: Outlet) -> FastAPI:
    """Build the desk for an outlet. Opens no connection and no port."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.outlet = outlet
    app.state.gate = Gate()
    app.state.counter = sign_on.Counter()
    app.state.registry = Registry(outlet)
    app.add_middleware(Turns)
    app.add_middleware(Guard, outlet=outlet)
    app.add_middleware(Meter, outlet=outlet, registry=app.state.registry)
    app.include_router(login.router)
    app.include_router(links.router)
    app.include_router(sign_on.router)
    app.include_router(health.router)
    closed = APIRouter(dependencies=[Depends(signed_in)])
    closed.include_router(login.leaving)
    for noun in NOUNS:
        closed.include_router(noun.router)
    app.include_router(closed)
    app.mount("/api", create_api(outlet), name="api")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(NotSignedIn, login.ask_to_sign_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _no_such_address)
    app.add_exception_handler(AfterwordError, _cannot)
    return app


async def _refused(request: Request, refusal: Exception) -> Response:
    refusal = cast("HTTPException", refusal)  # That is what it is registered for.
    words = refusal.detail if refusal.status_code in (403, 409, 422, 429) else WORDS.get(refusal.status_code, "")
    return error_page(request, refusal.status_code, words or refusal.detail, headers=refusal.headers)


async def _no_such_address(request: Request, _: Exception) -> Response:
    # Forms are read by our own functions: what FastAPI refuses is a number in an address.
    return error_page(request, 404, WORDS[404])


async def _cannot(request: Request, fault: Exception) -> Response:
    outlet: Outlet = request.app.state.outlet
    route = route_of(request.scope)
    outlet.log.warning("the desk could not do it", action="desk_fault", route=route, reason=str(fault))
    return error_page(request, 500, str(fault))
