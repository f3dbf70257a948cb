"""A bound on a whole request of the HTTP library."""

import math
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import httpx2


class Deadline:
    """Ends a call when its time is up, however it drips: the library's timeouts hold for one read each."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = math.inf
        """On the monotonic clock, once it runs."""
        self._socket: socket.socket | None = None

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.at

    def __enter__(self) -> Self:
        self.at = time.monotonic() + self.seconds
        _WATCH.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        _WATCH.leave(self)

    def watch(self, request: "httpx2.Request") -> None:
        """Learn of the request's connection as soon as there is one."""
        request.extensions = dict(request.extensions) | {"trace": self._traced}

    def _traced(self, _: str, info: Mapping[str, Any]) -> None:
        about = getattr(info.get("return_value"), "get_extra_info", None)
        if about:
            self.hold(about("socket"))

    def hold(self, connection: socket.socket) -> None:
        """Learn of the connection that is to be broken."""
        self._socket = connection
        if self.over:
            self.end()

    def end(self) -> None:
        """Break the connection, if there is one."""
        if self._socket is not None:
            with suppress(OSError):
                # The plain method: TLS has one of its own, which is not for another thread to call.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Watch:
    """One thread that looks after every deadline of this process: a thread for each took as long as its request."""

    def __init__(self) -> None:
        self._running: set[Deadline] = set()
        self._looks_at = math.inf
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, deadline: Deadline) -> None:
        with self._news:
            self._running.add(deadline)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="deadlines", daemon=True)
                self._thread.start()
            elif deadline.at < self._looks_at:
                self._news.notify()

    def leave(self, deadline: Deadline) -> None:
        with self._news:
            self._running.discard(deadline)

    def _look(self) -> None:
        with self._news:
            while True:
                now = time.monotonic()
                for deadline in [each for each in self._running if each.at <= now]:
                    self._running.discard(deadline)
                    deadline.end()
                self._looks_at = min((each.at for each in self._running), default=math.inf)
                self._news.wait(min(self._looks_at - now, threading.TIMEOUT_MAX))


_WATCH = _Watch()
