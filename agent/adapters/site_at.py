"""A published site at an address on the web, read file by file, with bounds on bytes and time.

Nothing is followed anywhere else: a redirect is an answer like any other, and it is named. A file is asked for by its
exact path, `index.html` too, since some hosts answer a bare folder otherwise. What a host may answer besides 200: 410
for the page of a piece that was taken down, and 404 for the page that is shown where there is none.
"""

import hashlib
import ipaddress
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from agent.errors import Refused
from agent.outlet import Seen

if TYPE_CHECKING:
    import httpx2

AT_ONCE = 6
"""So many requests go out at a time: as many as a browser makes."""
AHEAD = 24
"""So many files are asked for before the first of them is looked at."""
MOST_KEPT, MOST = 64_000_000, 4_000_000_000
"""The most bytes of a file that is read for what it says, and of one that is only hashed."""
CONNECT_SECONDS, READ_SECONDS, SECONDS = 10.0, 20.0, 60.0
"""For one connection, for one read, and for a whole file, which beyond that must bring SLOWEST bytes a second."""
SLOWEST = 50_000
TRIES = 2
BUSY = {429, 503}
PATIENCE = 10.0
"""So long a host is left alone that says it is busy, if it asks for that."""
SILENT = 12
"""After so many files in a row that no answer came for, no more are asked for."""
NOT_FOUND_PAGE = "404.html"
HEADERS = {"User-Agent": "Afterword/1 (verify)", "Accept": "*/*"}


class SiteAt:
    """Keeps the Place protocol for an address. Raises Refused for one that is none."""

    names: frozenset[str] | None = None
    """Nobody can know what else lies at an address."""
    strange: tuple[str, ...] = ()

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        import httpx2

        try:
            self._base = httpx2.URL(_root(url))
        except (httpx2.InvalidURL, ValueError):
            raise Refused(reason=f"{url} is no address that can be read.") from None
        if self._base.scheme not in ("http", "https") or not self._base.host or (self._base.port or 0) > 65_535:
            raise Refused(reason=f"{url} is no address that can be read: it begins with https:// or http://.")
        self._seconds = seconds
        self._silent = 0
        self._client = httpx2.Client(
            headers=HEADERS,
            timeout=httpx2.Timeout(min(READ_SECONDS, seconds), connect=min(CONNECT_SECONDS, seconds)),
            limits=httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
            follow_redirects=False,
            verify=self._base.scheme == "https",  # Whose certificates hold takes a while to read, and matters there.
            trust_env=not _is_loopback(self._base.host),  # Proxies are for the world outside.
        )
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="site")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def see(self, paths: Iterable[str], *, keep: bool = True) -> Iterator[Seen]:
        """Read these files, several at a time, and give them back in order."""
        asked: deque[tuple[str, Future[Seen]]] = deque()
        for path in paths:
            asked.append((path, self._pool.submit(self._one, path, keep)))
            if len(asked) >= AHEAD:
                yield self._taken(*asked.popleft(), keep)
        while asked:
            yield self._taken(*asked.popleft(), keep)

    def _taken(self, path: str, asked: "Future[Seen]", keep: bool) -> Seen:
        try:
            # Longer than any file may take: only headers that drip without end bring it here.
            return asked.result(TRIES * (self._seconds + (MOST_KEPT if keep else MOST) / SLOWEST))
        except TimeoutError:
            self._silent = SILENT
            return Seen(path, wrong="cannot be read (it did not answer in time)")

    def _one(self, path: str, keep: bool) -> Seen:
        import httpx2

        if self._silent >= SILENT:
            return Seen(path, wrong="was not asked for any more, since the host no longer answers")
        for last in (False, True):
            try:
                seen, wait = self._ask(path, keep)
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
                seen, wait = Seen(path, wrong=f"cannot be read ({_plainly(error)})"), 0.0
                self._silent += last
            else:
                self._silent = 0
                if wait is None:
                    break
            if not last:
                time.sleep(wait or 0.0)
        return seen

    def _ask(self, path: str, keep: bool) -> tuple[Seen, float | None]:
        """What one request brings, and after how many seconds to ask again: None where that is not needed."""
        address = self._base.copy_with(path=f"{self._base.path}{path}")
        until = time.monotonic() + self._seconds
        with self._client.stream("GET", address) as answer:
            status = answer.status_code
            if status in BUSY:
                return Seen(path, wrong=f"was not given: the host is busy (HTTP {status})"), _wait(answer)
            if status in (200, 410) or (status == 404 and path == NOT_FOUND_PAGE):
                return self._body(path, answer, keep, until), None
            return Seen(path, wrong=_refused(status, answer.headers.get("location", ""))), None

    def _body(self, path: str, answer: "httpx2.Response", keep: bool, until: float) -> Seen:
        most = MOST_KEPT if keep else MOST
        digest, parts, size = hashlib.sha256(), [], 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > most:
                return Seen(path, wrong=f"is larger than {most:,} bytes, so it was not read to its end")
            if time.monotonic() > until + size / SLOWEST:
                return Seen(path, wrong="came too slowly, so it was not read to its end")
            digest.update(part)
            if keep:
                parts.append(part)
        return Seen(path, digest.hexdigest(), b"".join(parts))


def _root(url: str) -> str:
    """The address of a site, however one of its files was named."""
    address = url.partition("#")[0].partition("?")[0]
    head, _, tail = address.rpartition("/")
    if head.endswith("/"):  # Nothing but a host.
        return f"{address}/"
    return f"{head}/" if tail.endswith((".html", ".json")) else f"{address.rstrip('/')}/"


def _refused(status: int, location: str) -> str:
    if 300 <= status < 400:
        where = f" to {quote(location, safe=_SHOWN)[:300]}" if location else ""
        return f"is not there: the host leads elsewhere (HTTP {status}{where}), and that was not followed"
    return "is missing" if status == 404 else f"was not given (HTTP {status})"


_SHOWN = "".join(chr(sign) for sign in range(33, 127))


def _wait(answer: "httpx2.Response") -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said), PATIENCE) if said.isdigit() else 1.0


def _plainly(error: Exception) -> str:
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return "it did not answer in time"
    said = quote(str(error), safe=_SHOWN + " ")[:200]
    if isinstance(error, httpx2.ConnectError):
        return f"no connection could be made: {said}"
    return f"the connection broke off: {said or type(error).__name__}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
