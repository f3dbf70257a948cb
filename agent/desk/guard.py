"""What holds for every request, whatever it asks for: cross-site requests and endless ones are refused,
browsers are told to run nothing but our own files, and a fault of ours becomes a plain page and a line in the log."""

import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.desk.pages import error_page
from agent.outlet import Outlet

BODY_AT_MOST = 64 * 1024
READING = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": under that, a browser sends "Origin: null" with our own forms too.
    "referrer-policy": "same-origin",
    "x-robots-tag": "noindex",
}


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, outlet: Outlet) -> None:
        self.app = app
        self.outlet = outlet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the ASGI protocol."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, got = False, 0

        async def limited() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > BODY_AT_MOST:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        request = Request(scope, receive)
        if is_foreign(scope["method"], request.url.scheme, Headers(scope=scope)):
            words = "This request came from another site, so it was refused. Open the desk and do it there."
            await error_page(request, 403, words)(scope, receive, guarded)
            return
        try:
            await self.app(scope, limited, guarded)
        except Exception as fault:
            self._note(request, fault)
            if begun:
                raise
            words = "Something went wrong on our side. Nothing of what you sent was stored; it is on record. Try again."
            await error_page(request, 500, words)(scope, receive, guarded)

    def _note(self, request: Request, fault: Exception) -> None:
        # Not the fault's own words: a database's quote the values of a row, and those may be private.
        where = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{where.filename.rsplit('/', 1)[-1]}:{where.lineno}"
        self.outlet.log.warning(
            "a fault at the desk", action="desk_fault", path=request.url.path, fault=type(fault).__name__, place=place
        )


def is_foreign(method: str, scheme: str, headers: Headers) -> bool:
    """Whether a request was started by another site. One that changes something must say where it
    comes from; following a link to the desk is fine."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in READING:
        return site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate"
    ours = f"{scheme}://{headers.get('host', '')}"
    return (site is None and origin is None) or site not in (None, "same-origin") or origin not in (None, ours)
