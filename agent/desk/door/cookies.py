"""The three cookies of the desk: a session, a browser that is known, and a sign-in on its way to a directory."""

from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from agent.desk.door.own import is_secure
from agent.outlet import Outlet
from agent.staff.admission import Admitted
from agent.staff.browsers import SESSION_LASTS
from agent.staff.devices import DEVICE_LASTS

SESSION = "desk"
DEVICE = "desk-browser"


def name_of(request: Request, cookie: str) -> str:
    """What a cookie is called. With the prefix a browser takes it only from this very host, over https."""
    return f"__Host-{cookie}" if _is_secure(request) else cookie


def carried(request: Request, cookie: str) -> str:
    """What a browser sent under a cookie's name; empty where it sent nothing."""
    return request.cookies.get(name_of(request, cookie), "")


def give(
    request: Request,
    response: Response,
    cookie: str,
    value: str,
    lasts: timedelta,
    *,
    samesite: Literal["strict", "lax"] = "strict",
) -> None:
    """Let a browser keep something that no script sees; nothing that lasts no time is forgotten."""
    response.set_cookie(
        name_of(request, cookie),
        value,
        max_age=int(lasts.total_seconds()),
        secure=_is_secure(request),
        httponly=True,
        samesite=samesite,
    )


def forget(request: Request, response: Response, cookie: str) -> None:
    """Let a browser forget a cookie."""
    give(request, response, cookie, "", timedelta(0))


def let_in(request: Request, response: Response, admitted: Admitted) -> Response:
    """A browser is signed in from now on, and known when it comes again."""
    give(request, response, SESSION, admitted.token, SESSION_LASTS)
    if admitted.device:
        give(request, response, DEVICE, admitted.device, DEVICE_LASTS)
    return response


def _is_secure(request: Request) -> bool:
    outlet: Outlet = request.app.state.outlet
    return is_secure(outlet.settings, request.url.scheme)
