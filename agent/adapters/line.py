"""A connection with bounds on all that goes over it: the library's own timeouts hold for one read each."""

import ssl
import time
from dataclasses import dataclass
from typing import Any

import httpcore2


@dataclass(frozen=True)
class Limits:
    """`ends` is a moment of the monotonic clock, `most` how many bytes may come."""

    ends: float
    most: int


class Line(httpcore2.NetworkStream):
    """One connection. However its other end drips, it raises a timeout when its time is up; and ReadError
    when more has come than may come: headers, interim answers, marks between pieces and all."""

    def __init__(self, inner: httpcore2.NetworkStream, limits: Limits | None) -> None:
        self._inner = inner
        self._limits = limits
        self._came = 0

    @classmethod
    def to(cls, address: str, port: int, timeout: float | None, limits: Limits | None) -> "Line":
        """Connect. Raises ConnectError and ConnectTimeout."""
        left = _left(limits, timeout, httpcore2.ConnectTimeout)
        return cls(httpcore2.SyncBackend().connect_tcp(address, port, timeout=left, socket_options=()), limits)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Line":
        """The same line with TLS. Raises ConnectError and ConnectTimeout."""
        left = _left(self._limits, timeout, httpcore2.ConnectTimeout)
        return Line(self._inner.start_tls(ssl_context, server_hostname, left), self._limits)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is. Raises ReadError and ReadTimeout."""
        came = self._inner.read(max_bytes, _left(self._limits, timeout, httpcore2.ReadTimeout))
        self._came += len(came)
        if self._limits and self._came > self._limits.most:
            raise httpcore2.ReadError(f"more than {self._limits.most:,} bytes came, and no end")
        return came

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it. Raises WriteError and WriteTimeout."""
        self._inner.write(buffer, _left(self._limits, timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        """What the connection below knows."""
        return self._inner.get_extra_info(info)


def _left(limits: Limits | None, timeout: float | None, late: type[httpcore2.TimeoutException]) -> float | None:
    """How long one operation may take."""
    if limits is None:
        return timeout
    left = limits.ends - time.monotonic()
    if left <= 0:
        raise late("the time is up")
    return left if timeout is None else min(timeout, left)
