"""The application that answers programs, wired. Every route is closed to whoever has no token."""

from typing import Any, cast

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp

from agent.desk.api import appeals, authors, flags, pieces, queue, record, revisions, wishes, withdrawals
from agent.desk.api.caller import caller
from agent.desk.api.shapes import ALWAYS
from agent.desk.door.meter import route_of
from agent.errors import AfterwordError, Refused, UnknownUser
from agent.outlet import Outlet

NOUNS = (queue, revisions, pieces, authors, wishes, appeals, withdrawals, flags, record)
WORDS = {
    400: "That request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    413: "That is more than this desk takes at once (64 KB).",
}
ABOUT = """What staff do at the desk, for their programs: the same nouns, roles and rules.

Every request carries a token, as `Authorization: Bearer TOKEN`. Moments are in UTC. Lists are paged: give the `next` of
one page as `after` to get what follows. Whatever is refused answers with `{"error": "...", "status": 409}`, in words
for people. No request takes the text of an author: nobody can change one."""


class Api(FastAPI):
    """Faults of ours go up to the guard around everything, which notes them and answers."""

    def build_middleware_stack(self) -> ASGIApp:
        """All of it but what would answer for a fault itself."""
        return cast("ServerErrorMiddleware", super().build_middleware_stack()).app


def create_api(outlet: Outlet) -> FastAPI:
    """Build the application for an outlet, to stand under /api."""
    api = Api(
        title=f"The desk of {outlet.settings.title}",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": "/api"}],
        root_path_in_servers=False,
        responses=ALWAYS,
        dependencies=[Depends(caller)],
        # A number in the name of a function would be no help to a reader.
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.outlet = outlet
    for noun in NOUNS:
        api.include_router(noun.router)
    api.add_api_route("/openapi.json", _document, methods=["GET"], include_in_schema=False, response_model=None)
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(RequestValidationError, _not_understood)
    api.add_exception_handler(AfterwordError, _cannot)
    return api


def said(status: int, words: str, headers: Any = None) -> Response:
    """An error, as every answer under /api tells one."""
    return JSONResponse({"error": words, "status": status}, status, headers=headers)


def _document(request: Request) -> dict[str, Any]:
    api: FastAPI = request.app
    return api.openapi()


async def _refused(_: Request, fault: Exception) -> Response:
    fault = cast("HTTPException", fault)  # That is what it is registered for.
    return said(fault.status_code, WORDS.get(fault.status_code, "") or fault.detail, fault.headers)


async def _not_understood(_: Request, fault: Exception) -> Response:
    wrong = cast("RequestValidationError", fault).errors()
    if any(each["loc"][0] == "path" for each in wrong):
        return said(404, WORDS[404])
    return said(422, " ".join(map(_in_words, wrong)))


def _in_words(wrong: Any) -> str:
    """What is wrong with one thing that was sent: where it stands, never what it was."""
    where = ".".join(str(part) for part in wrong["loc"][1:])
    return f"{where or 'what was sent'}: {wrong['msg']}."


async def _cannot(request: Request, fault: Exception) -> Response:
    if isinstance(fault, Refused):
        return said(409, str(fault))
    if isinstance(fault, UnknownUser):
        return said(403, str(fault))
    outlet: Outlet = request.app.state.outlet
    outlet.log.warning(
        "the desk could not do it", action="desk_fault", route=route_of(request.scope), reason=str(fault)
    )
    return said(500, str(fault))
