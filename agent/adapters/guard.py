"""Requests to addresses that strangers may choose: only public ones.

A feed's address may point, or redirect, at this machine or its network. So a name is resolved once,
every address it has is judged, and the connection goes to the judged address itself: a second answer
of the name server changes nothing. Host header, SNI and certificate check keep the name.
"""

import ipaddress
import socket
from collections.abc import Callable
from ssl import SSLContext
from types import TracebackType
from typing import Self

import httpx2

ADDRESSES = 4
"""How many addresses of one name are tried."""

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The only IPv6 range in use for public hosts: NAT64 (64:ff9b::/96), IPv4-mapped, link-local and
multicast addresses lie outside."""
CARRIERS = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20")))
"""Parts of it that are not public hosts: Teredo and other protocols, 6to4 (both can carry a private
IPv4 address inside), and examples."""
RELAYS = ipaddress.IPv4Network("192.88.99.0/24")
"""Relays into 6to4."""


class NotPublic(httpx2.ConnectError):
    """No address of the host may be asked."""


def is_public(address: str) -> bool:
    """Say whether an IP address is a public host's: not private, loopback, link-local, multicast,
    reserved or unspecified, and no IPv6 address that carries an IPv4 address inside."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in GLOBAL_UNICAST and ip.is_global and not any(ip in network for network in CARRIERS)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in RELAYS


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, in the order to try them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedTransport(httpx2.BaseTransport):
    """Sends each request, so each hop of a redirect too, to a judged and pinned address.

    Raises NotPublic where a host has no public address; `allow_private` lets all pass, for tests.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolve: Callable[[str, int], list[str]] = resolve,
        verify: SSLContext | bool = True,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        # The pool knows connections by address. None is kept, so that no name ever
        # travels over a connection whose certificate was checked for another.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._inner = httpx2.HTTPTransport(verify=verify, trust_env=False, limits=limits)

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._inner.__exit__(exc_type, exc_value, traceback)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to the first judged address that answers."""
        if request.url.scheme not in ("http", "https"):
            raise httpx2.UnsupportedProtocol(f"the address begins with {request.url.scheme}:, not http: or https:")
        host = request.url.raw_host.decode("ascii")
        for address in (addresses := self._judged(host, request.url)):
            pinned = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return self._inner.handle_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise AssertionError("a judged host has an address")

    def _judged(self, host: str, url: httpx2.URL) -> list[str]:
        try:
            found = self._resolve(host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"the host {host} was not found") from error
        judged = [address for address in found if self._allow_private or is_public(address)]
        if not judged:
            raise NotPublic(f"the host {host} has no public address")
        return judged[:ADDRESSES]

    def close(self) -> None:
        """Close every connection."""
        self._inner.close()
