"""Requests to addresses that strangers may choose: only public ones.

A feed's address may point, or redirect, at this machine or its network. So a name is resolved once,
every address it has is judged, and the connection goes to the judged address itself: a second answer
of the name server changes nothing. Host header, SNI and certificate check keep the name.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpcore2
import httpx2

from agent.adapters.line import Limits, Line

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
PORTS = {80, 443}
LOW_PORTS = 1_024
"""Below this, only the ports above are the web's: the others belong to mail, shells and the like, which a
request must not be made to talk to."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


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
    # The system's own patience bounds this: no time of ours can end it.
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedTransport(httpx2.BaseTransport):
    """Sends each request, so each hop of a redirect too, to a judged and pinned address, over a
    connection of its own. Many threads may use it at once.

    Raises NotPublic where a host has no public address. Those in `networks` are let through all the
    same where the request asks for it, by "networks" in its extensions; its answer says under "inside"
    whether it came from there. `allow_private`, for tests, lets all through. A request may bring a
    Limits under "limits", too.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        networks: Sequence[Network] = (),
        resolve: Callable[[str, int], list[str]] = resolve,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._networks = tuple(networks)
        self._resolve = resolve
        self._verify = verify
        self._making = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to the first judged address that answers."""
        url = request.url
        if url.scheme not in ("http", "https"):
            raise httpx2.UnsupportedProtocol(f"the address begins with {url.scheme}:, not http: or https:")
        host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
        if port < LOW_PORTS and port not in PORTS:
            raise httpx2.ConnectError(f"port {port} is none of the web's")
        limits = request.extensions.get("limits")
        timeouts = request.extensions.get("timeout", {})
        asked = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": timeouts},
        )
        addresses = self._judged(host, port, networks=bool(request.extensions.get("networks")))
        with _our_errors():
            for address in addresses:
                try:
                    line = self._line(address, port, host if url.scheme == "https" else "", timeouts, limits)
                    break
                except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                    if address == addresses[-1]:
                        raise
            # No connection is kept, so that no name ever travels over one whose certificate was
            # checked for another.
            connection = httpcore2.HTTP11Connection(asked.url.origin, line)
            try:
                answer = connection.handle_request(asked)
            except BaseException:
                connection.close()
                raise
        inside = not is_public(address) and self._is_listed(address)
        body = _Body(answer, connection)
        return httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions={"inside": inside})

    def _line(self, address: str, port: int, name: str, timeouts: Mapping[str, float], limits: Limits | None) -> Line:
        """A connection to an address; where a name is given, with TLS for that."""
        timeout = timeouts.get("connect")
        line = Line.to(address, port, timeout, limits)
        if not name:
            return line
        try:
            return line.start_tls(self._trust(), name.rstrip("."), timeout)
        except BaseException:
            line.close()
            raise

    def _judged(self, host: str, port: int, *, networks: bool) -> list[str]:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"the host {host} was not found") from error
        judged = [
            address
            for address in found
            if self._allow_private or is_public(address) or (networks and self._is_listed(address))
        ]
        if not judged:
            raise NotPublic(f"the host {host} has no public address")
        return judged[:ADDRESSES]

    def _is_listed(self, address: str) -> bool:
        # An IPv4 address inside an IPv6 one is in no network of IPv4: it stays refused.
        return any(ipaddress.ip_address(address) in network for network in self._networks)

    def _trust(self) -> ssl.SSLContext:
        """Whose certificates hold: made once, when first needed, for it takes longer than a whole request."""
        with self._making:
            if self._verify is None:
                self._verify = httpx2.create_ssl_context(trust_env=False)
            return self._verify


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response, connection: httpcore2.HTTP11Connection) -> None:
        self._answer = answer
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        with _our_errors():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _our_errors() -> Iterator[None]:
    """The errors of the lower library as those of the same name in the upper one."""
    try:
        yield
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise getattr(httpx2, type(error).__name__)(str(error)) from error
