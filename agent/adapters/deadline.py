"""A bound on a whole request of the HTTP library."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import httpx2


class Deadline:
    """Ends a call when its time is up, however it drips: the library's timeouts hold for one read each."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, request: "httpx2.Request") -> None:
        """Learn of the request's connection as soon as there is one."""
        request.extensions = dict(request.extensions) | {"trace": self._traced}

    def _traced(self, _: str, info: Mapping[str, Any]) -> None:
        about = getattr(info.get("return_value"), "get_extra_info", None)
        if about:
            self._socket = about("socket")
            if self.over:
                self._end()

    def _end(self) -> None:
        self.over = True
        if self._socket is not None:
            with suppress(OSError):
                # The plain method: TLS has one of its own, which is not for another thread to call.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
