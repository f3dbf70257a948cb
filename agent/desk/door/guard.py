"""What holds for every request, whatever it asks for: only under a name of ours, not from another site, not endless,
not too often; browsers are told to run nothing but our own files, and a fault of ours becomes a plain page and a line
in the log."""

import hashlib
import traceback
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.desk.door import cookies, limits, own
from agent.desk.door.meter import route_of
from agent.desk.pages import API, error_page
from agent.outlet import Outlet
from agent.reasons import is_storable
from agent.settings import Settings

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
ONLY_HTTPS = "max-age=31536000"
FOREIGN = "This request came from another site, so it was refused. Open the desk and do it there."
TOO_MANY = "There were more requests from you than anybody can read. Nothing was stored. Wait a moment, and go on."
OURS = "Something went wrong on our side; it is on record. Try again."
OURS_IN_WRITING = (
    "Something went wrong on our side; it is on record. Whether what you sent was stored is not known here: look at "
    "its page before you send it again."
)
NOTHING = "There is nothing at this address."
UNREAD = "That request could not be read."


class Guard:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, outlet: Outlet) -> None:
        self.app = app
        self.outlet = outlet
        self.browsers = limits.Buckets(limits.BROWSER)
        self.addresses = limits.Buckets(limits.ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the ASGI protocol."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, got = False, 0
        request = Request(scope, receive)
        is_secure = own.is_secure(self.outlet.settings, request.url.scheme)

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
                if is_secure:
                    headers.setdefault("strict-transport-security", ONLY_HTTPS)
                headers.setdefault("cache-control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        if (refused := self._refused(request)) is not None:
            await refused(scope, receive, guarded)
            return
        try:
            await self.app(scope, limited, guarded)
        except Exception as fault:
            self._note(request, fault)
            if begun:
                raise
            words = OURS if request.method in READING else OURS_IN_WRITING
            await error_page(request, 500, words)(scope, receive, guarded)

    def _refused(self, request: Request) -> Response | None:
        """What is refused whoever asks, or nothing."""
        settings, headers = self.outlet.settings, request.headers
        if not own.is_known(settings, headers.get("host", "")):
            return error_page(request, 421, _nobody_here(settings))
        # What is below API asks for a token, which no browser adds by itself.
        is_api = request.url.path.startswith(API)
        if not is_api and is_foreign(request.method, request.url.scheme, headers, settings):
            return error_page(request, 403, FOREIGN)
        now, wait = self.outlet.now(), 0
        if session := headers.get("authorization", "") if is_api else cookies.carried(request, cookies.SESSION):
            wait = self.browsers.take(hashlib.sha256(session.encode()).hexdigest(), now)
        wait = max(wait, self.addresses.take(own.address_of(request.scope.get("client")), now))
        if wait:
            return error_page(request, 429, TOO_MANY, headers={"retry-after": str(wait)})
        if not is_legible(request.scope.get("raw_path") or request.scope["path"].encode()):
            return error_page(request, 404, NOTHING)
        return None if is_legible(request.scope["query_string"]) else error_page(request, 400, UNREAD)

    def _note(self, request: Request, fault: Exception) -> None:
        # Not the fault's own words: a database's quote the values of a row, and those may be private.
        where = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{where.filename.rsplit('/', 1)[-1]}:{where.lineno}"
        # Nor the address itself: a link that works once is one.
        self.outlet.log.warning(
            "a fault at the desk",
            action="desk_fault",
            route=route_of(request.scope),
            fault=type(fault).__name__,
            place=place,
        )


def is_legible(address: bytes) -> bool:
    """Whether part of an address, as it was sent, is text that a database can be asked about: UTF-8, and no NUL."""
    try:
        return is_storable(unquote_to_bytes(address).decode())
    except UnicodeDecodeError:
        return False


def is_foreign(method: str, scheme: str, headers: Headers, settings: Settings) -> bool:
    """Whether a request was started by another site. One that changes something must say where it
    comes from; following a link to the desk is fine."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in READING:
        return site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate"
    if site is None and origin is None:
        return True
    is_ours = origin is None or own.is_ours(settings, origin, scheme, headers.get("host", ""))
    return site not in (None, "same-origin") or not is_ours


def _nobody_here(settings: Settings) -> str:
    if settings.desk_address:
        return f"This desk is not called that. It is at {settings.desk_address}"
    return (
        "This desk is not called that. If it should be, name it as `desk_address` in afterword.toml, and start again."
    )
