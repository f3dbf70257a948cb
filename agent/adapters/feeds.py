"""RSS and Atom, fetched with care and reduced to plain text. The only importer of feedparser.

Everything that arrives was written by strangers: it is bounded in bytes, time, number and length,
and no markup and no invisible character of it goes any further.
"""

import calendar
import hashlib
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.adapters.deadline import Deadline
from agent.adapters.plain import decoded, page, plain, seen, title_of
from agent.errors import FeedError
from agent.outlet import FeedEntry, FeedReading, Validators

if TYPE_CHECKING:
    import httpx2


BYTES = 3_000_000
"""The longest feed that is read, after decompression."""
SECONDS, CONNECT_SECONDS, READ_SECONDS = 20.0, 5.0, 10.0
"""For a feed in all, for one connection, for one read."""
REDIRECTS = 5
ENTRIES = 20
TEXT, TITLE, LINK = 2_000, 300, 2_000
"""The most characters of a text, a title and a link."""
PAGE_TEXT = 20_000
"""The most characters of a page's text."""

HEADERS = {
    "User-Agent": "Afterword/1 (feed reader)",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}
ENCODINGS = {"", "identity", "gzip", "deflate"}

PAGE_HEADERS = HEADERS | {"Accept": "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.1"}
PAGE_KINDS = {"text/html", "application/xhtml+xml", "text/plain"}


class FeedReader:
    """The Feeds of agent/outlet.py. `allow_private` lets it read from this machine: for tests."""

    def __init__(self, allow_private: bool = False, *, seconds: float = SECONDS) -> None:
        self._allow_private = allow_private
        self._seconds = seconds

    def read(self, url: str, known: Validators | None = None) -> FeedReading:
        """Return the newest entries of a feed, newest first; those without a date come last, in the
        feed's order. Raises FeedError."""
        body, kind, base = self._get(url, HEADERS)
        found = parse(url, body, content_type=kind, base=base)
        return FeedReading(found, found[0].source if found else "")

    def page(self, url: str) -> FeedEntry:
        """Return one page of HTML or plain text, with its paragraphs; its source is the host, its link the
        address it came from in the end. Raises FeedError."""
        import httpx2

        body, said, base = self._get(url, PAGE_HEADERS)
        kind = said.split(";")[0].strip().lower()
        if kind not in PAGE_KINDS:
            raise _unread(url, f'it is "{kind}", and neither a web page nor plain text' if kind else _NAMELESS)
        text = decoded(body, said)
        if not (words := page(text, kind, PAGE_TEXT)):
            raise _unread(url, "there is no text in it")
        link = base if len(base) <= LINK else _shown(url)
        title = title_of(text, TITLE) if kind != "text/plain" else ""
        return FeedEntry(httpx2.URL(base).host, title, link, None, words, key=_shown(url))

    def _get(self, url: str, headers: dict[str, str]) -> tuple[bytes, str, str]:
        """Return the body, its content type and the address it came from in the end. Raises FeedError."""
        import httpx2

        from agent.adapters.guard import GuardedTransport

        transport = GuardedTransport(allow_private=self._allow_private)
        with Deadline(self._seconds) as deadline:
            try:
                with httpx2.Client(
                    transport=transport,
                    trust_env=False,
                    headers=headers,
                    timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
                    event_hooks={"request": [deadline.watch]},
                ) as client:
                    got = _fetch(client, url)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise _unread(url, _LATE if deadline.over else _plainly(error)) from error
            if deadline.over:
                # A connection that we ended looks like the end of a body without a stated length.
                raise _unread(url, _LATE)
        return got


_LATE = "it did not answer in time"
_NAMELESS = "it does not say what it is, a web page or plain text"


def _unread(url: str, reason: str) -> FeedError:
    """The error, without a password that stands in the address."""
    return FeedError(url=_shown(url), reason=reason)


def _shown(url: str) -> str:
    """An address without a name and a password that may stand in it."""
    return re.sub(r"//[^/?#]*@", "//", url)


def _plainly(error: Exception) -> str:
    import httpx2

    from agent.adapters.guard import NotPublic

    match error:
        case NotPublic():
            return f"{error}; addresses of private networks are never asked"
        case httpx2.TimeoutException():
            return _LATE
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return f"it is, or leads to, an address that cannot be read ({error})"
        case httpx2.ConnectError():
            return f"no connection could be made ({error})"
        case httpx2.DecodingError():
            return "its compressed answer is damaged"
        case _:
            return f"the connection broke off ({str(error) or type(error).__name__})"


def _fetch(client: "httpx2.Client", url: str) -> tuple[bytes, str, str]:
    """Return the body, its content type and the address it came from in the end."""
    request = client.build_request("GET", url)
    # The library would follow redirects by itself, but it reads the body of each to its end,
    # however long that is.
    for _ in range(REDIRECTS + 1):
        response = client.send(request, stream=True, follow_redirects=False)
        try:
            if not response.has_redirect_location:
                base = response.url.copy_with(userinfo=b"", fragment=None)
                return _body(url, response), response.headers.get("content-type", ""), str(base)
            if response.next_request is None:
                raise _unread(url, "it redirects to an address that cannot be read")
            request = response.next_request
        finally:
            response.close()
    raise _unread(url, f"it was redirected more than {REDIRECTS} times")


def _body(url: str, response: "httpx2.Response") -> bytes:
    if response.status_code != 200:
        raise _unread(url, f"it answered with HTTP {response.status_code}")
    if (encoding := response.headers.get("content-encoding", "").strip().lower()) not in ENCODINGS:
        raise _unread(url, f'it is compressed as "{encoding}", which was not asked for')
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > BYTES:
            raise _unread(url, f"it is longer than {BYTES // 1_000_000} million bytes")
    return bytes(body)


def parse(url: str, body: bytes, *, content_type: str = "", base: str = "") -> list[FeedEntry]:
    """Read a feed's bytes. `base` is the address that relative links begin from. Raises FeedError."""
    import feedparser

    headers = {"content-location": base or url} | ({"content-type": content_type} if content_type else {})
    try:
        # Never the bytes themselves: feedparser takes a string, and bytes too, for the name of a
        # local file if there is one, so a feed that consists of a path would be that file.
        # Its own sanitiser and link resolver are slow and let some things through: `plain` does it.
        found = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # It promises none, but odd input finds some in the parsers below it.
        raise _unread(url, f"it could not be read as a feed ({type(error).__name__})") from error
    if not found.get("version"):
        page = "html" in content_type.lower() or b"<html" in body[:2_000].lower()
        raise _unread(url, "it is a web page, not a feed" if page else "it is not a feed of RSS or Atom")
    if found.bozo and not found.entries and _is_broken(found.bozo_exception):
        raise _unread(url, "its XML is broken, and nothing in it could be read")
    source = _source(found.feed, base or url)
    dated = sorted(((_published(item), item) for item in found.entries), key=lambda pair: _age(pair[0]))
    return [_entry(source, item, published) for published, item in dated[:ENTRIES]]


def _is_broken(error: Exception) -> bool:
    from xml.sax import SAXException

    return isinstance(error, SAXException)


def _age(published: datetime | None) -> tuple[bool, float]:
    return (True, 0.0) if published is None else (False, -published.timestamp())


def _source(feed: Any, address: str) -> str:
    """The feed's own name, and beside it its host, which it cannot choose."""
    import httpx2

    host = httpx2.URL(address).host
    title = plain(feed.get("title", ""), _kind(feed.get("title_detail")), TITLE)
    return f"{title} ({host})" if title else host


def _entry(source: str, item: Any, published: datetime | None) -> FeedEntry:
    bodies = [body for body in item.get("content", []) if body.get("value")]
    body = bodies[0] if bodies else item.get("summary_detail") or {}
    link = "".join(seen(str(item.get("link", ""))).split())
    link = link if re.match(r"https?://", link, re.IGNORECASE) and len(link) <= LINK else ""
    title = plain(item.get("title", ""), _kind(item.get("title_detail")), TITLE)
    text = plain(body.get("value", ""), _kind(body), TEXT)
    own = "".join(seen(str(item.get("id") or "")).split())
    key = own or link or hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    return FeedEntry(source, title, link, published, text, key)


def _kind(detail: Any) -> str:
    return str((detail or {}).get("type", "text/html"))


def _published(item: Any) -> datetime | None:
    # Asked for a date of change that is not there, feedparser gives the other, with a warning.
    key = "updated_parsed" if "updated_parsed" in item and "published_parsed" not in item else "published_parsed"
    given = item.get(key)
    try:
        return datetime.fromtimestamp(calendar.timegm(given), UTC) if given else None
    except (ValueError, OverflowError, OSError):
        return None
