"""Whether addresses answer that strangers chose: asked through the guard, politely, and nothing there is read."""

import socket
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from agent.outlet import Answered

if TYPE_CHECKING:
    import ssl

    import httpx2

    from agent.adapters.guard import GuardedTransport

SECONDS, CONNECT_SECONDS, READ_SECONDS = 8.0, 4.0, 5.0
"""For an address in all, for one connection, for one read."""
REDIRECTS = 5
MOVED = {301, 302, 303, 307, 308}
BYTES = 64_000
"""The most that may come over one connection: headers, and the beginning of what we do not read."""
HEADERS = {
    "User-Agent": "Afterword/1 (link check)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
A_LITTLE = {"Range": "bytes=0-255"}
NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What name servers say where there is no such name. All else may pass."""


class Reacher:
    """The Reach of agent/outlet.py, for many threads at once. Only public addresses are asked; `allow_private` lets
    tests ask this machine, and `resolve` and `trust` stand in for name servers and certificates."""

    def __init__(
        self,
        allow_private: bool = False,
        *,
        resolve: Callable[[str, int], list[str]] | None = None,
        trust: "ssl.SSLContext | None" = None,
        seconds: float = SECONDS,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._trust = trust
        self._seconds = seconds

    def ask(self, url: str) -> Answered:
        """Ask for the head, and where that brings no good answer, for the first bytes: many servers know no HEAD. No
        cookie, no name and no password is ever sent. Raises nothing."""
        import httpx2

        ends = time.monotonic() + self._seconds
        try:
            here = httpx2.URL(url)
            try:
                first = self._follow(here, "HEAD", ends)
                if first.status is not None and first.status < 400:
                    return first
            except (httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError):
                pass  # Some servers hang up on it.
            return self._follow(here, "GET", ends)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as fault:  # The last for names no host can have.
            return _unanswered(fault)

    def _follow(self, url: "httpx2.URL", method: str, ends: float) -> Answered:
        """The last answer of a chain of redirects."""
        import httpx2

        from agent.adapters.line import Limits

        here = url
        timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS).as_dict()
        for _ in range(REDIRECTS + 1):
            here = here.copy_with(userinfo=b"", fragment=None)
            if not here.host:
                raise httpx2.UnsupportedProtocol("it names no host")
            headers = HEADERS if method == "HEAD" else HEADERS | A_LITTLE
            extensions = {"limits": Limits(ends, BYTES), "timeout": timeout}
            response = self._guard.handle_request(httpx2.Request(method, here, headers=headers, extensions=extensions))
            response.close()
            to = response.headers.get("location", "").strip()
            if response.status_code not in MOVED or not to:
                return Answered(response.status_code, here.host)
            here = here.join(to)
        return Answered(host=here.host, why=f"it was redirected more than {REDIRECTS} times")

    @cached_property
    def _guard(self) -> "GuardedTransport":
        from agent.adapters.guard import GuardedTransport, resolve

        return GuardedTransport(allow_private=self._allow_private, resolve=self._resolve or resolve, verify=self._trust)


def _unanswered(fault: Exception) -> Answered:
    """Why no answer came, in words."""
    import httpx2

    from agent.adapters.guard import NotPublic

    match fault:
        case NotPublic():
            return Answered(why="it is, or leads to, an address that is not public", is_private=True)
        case httpx2.TimeoutException():
            return Answered(why="it did not answer in time")
        case httpx2.ConnectError():
            cause = fault.__cause__
            is_nameless = isinstance(cause, socket.gaierror) and cause.errno in NO_SUCH_HOST
            return Answered(why="no connection could be made", is_nameless=is_nameless)
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol() | ValueError():
            return Answered(why="it is, or leads to, an address that cannot be read")
        case _:
            return Answered(why="the connection broke off")
