"""Feeds and pages, fetched with care: judged addresses, polite questions, bounds on everything.

Everything that arrives was written by strangers: it is bounded in bytes, time, number and length,
and no markup and no invisible character of it goes any further.
"""

import base64
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import unescape
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, cast

from agent.adapters import clock
from agent.adapters.bodies import LINE, Unusable, body_of
from agent.adapters.manners import conditions, left_alone, max_age, retry_after, validators
from agent.errors import FeedError, FeedGone
from agent.outlet import FeedEntry, FeedReading, Validators
from agent.unseen import spelled, visible

if TYPE_CHECKING:
    import ssl

    import httpx2

    from agent.adapters.guard import GuardedTransport

SECONDS, CONNECT_SECONDS, READ_SECONDS = 20.0, 5.0, 10.0
"""For a feed in all, for one connection, for one read."""
REDIRECTS = 5
HEADER_LINES, HEADER_BYTES = 200, 64_000
"""The most of an answer's headers."""
ADDRESS = 2_000
"""The most characters of an address that a feed has moved to."""
PAGE_TEXT = 20_000
"""The most characters of a page's text."""

HEADERS = {
    "User-Agent": "Afterword/1 (feed reader)",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}
PAGE_HEADERS = HEADERS | {"Accept": "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.1"}
PAGE_KINDS = {"text/html", "application/xhtml+xml", "text/plain"}

GOOD, NOT_CHANGED, GONE = 200, 304, 410
FOR_GOOD, FOR_NOW = {301, 308}, {302, 303, 307}
WORDS = {
    401: "it asks for a name and a password",
    403: "it does not let us read it",
    404: "there is nothing at this address",
    410: "it is gone",
    429: "it asks to be left alone for a while",
    451: "it may not be shown, for legal reasons",
    503: "it cannot answer for the time being",
}


class FeedReader:
    """The Feeds of agent/outlet.py, for many threads at once.

    Only public addresses are asked, and for feeds that are trusted those in `networks`; `allow_private` lets it read
    from this machine, for tests, and `resolve` and `trust` stand in for name servers and certificates.
    """

    def __init__(
        self,
        allow_private: bool = False,
        *,
        networks: Sequence[IPv4Network | IPv6Network] = (),
        resolve: Callable[[str, int], list[str]] | None = None,
        trust: "ssl.SSLContext | None" = None,
        seconds: float = SECONDS,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._allow_private = allow_private
        self._networks = networks
        self._resolve = resolve
        self._trust = trust
        self._seconds = seconds
        self._now = now

    def read(
        self,
        url: str,
        known: Validators | None = None,
        *,
        trusted: bool = False,
        only: Callable[[str], bool] | None = None,
    ) -> FeedReading:
        """Look at a feed; read it, if it has changed since `known`. Its newest entries come first; those without a
        date come last, in the feed's order. Raises FeedError and FeedGone."""
        from agent.adapters.entries import read

        asked = conditions(known)
        answer = self._ask(url, HEADERS | asked, trusted=trusted, only=only)
        if answer.body is None:
            if not asked:
                raise _unread(url, "it says that nothing has changed (HTTP 304), and was not asked that", NOT_CHANGED)
            wait = left_alone(max_age(answer.headers), retry_after(answer.headers, self._now()))
            return FeedReading(None, "", validators(answer.headers, known), answer.moved_to, wait)
        try:
            found = read(answer.body, answer.headers.get("content-type", ""), answer.address, self._now())
        except Unusable as error:
            raise _unread(url, str(error)) from error
        wait = left_alone(max_age(answer.headers), retry_after(answer.headers, self._now()), found.period)
        return FeedReading(found.entries, found.source, validators(answer.headers), answer.moved_to, wait)

    def page(self, url: str, *, only: Callable[[str], bool] | None = None) -> FeedEntry:
        """Return one page of HTML or plain text, with its paragraphs; its source is the host, its link the
        address it came from in the end. Raises FeedError."""
        import httpx2

        from agent.adapters.entries import LINK, TITLE
        from agent.adapters.plain import PAGE_MARKUP, decoded_page, page, title_of

        answer = self._ask(url, PAGE_HEADERS, trusted=False, only=only)
        said = answer.headers.get("content-type", "")
        kind = said.split(";")[0].strip().lower()
        if answer.body is None:
            raise _unread(url, "it says that nothing has changed (HTTP 304), and was not asked that", NOT_CHANGED)
        if kind not in PAGE_KINDS:
            raise _unread(url, f'it is "{kind[:40]}", and neither a web page nor plain text' if kind else _NAMELESS)
        text = decoded_page(answer.body, said)
        words, hidden = page(text, kind, PAGE_TEXT)
        if not words:
            raise _unread(url, "there is no text in it")
        title, in_title = title_of(text, TITLE) if kind != "text/plain" else ("", 0)
        link = answer.address if len(answer.address) <= LINK else _shown(url)
        host = httpx2.URL(answer.address).host
        hidden += in_title
        unseen = spelled(unescape(text[:PAGE_MARKUP])) if hidden else ""
        return FeedEntry(host, title, link, None, words, key=_shown(url), hidden=hidden, unseen=unseen)

    @cached_property
    def _guard(self) -> "GuardedTransport":
        from agent.adapters.guard import GuardedTransport, resolve

        return GuardedTransport(
            allow_private=self._allow_private,
            networks=self._networks,
            resolve=self._resolve or resolve,
            verify=self._trust,
        )

    def _ask(
        self, url: str, headers: Mapping[str, str], *, trusted: bool, only: Callable[[str], bool] | None
    ) -> "_Answer":
        """The last answer of a chain of redirects. Raises FeedError and FeedGone.

        What is trusted may be in a network that is not public. But once a host outside answers, no redirect of it
        leads into one.
        """
        import httpx2

        from agent.adapters.line import Limits

        limits = Limits(time.monotonic() + self._seconds, LINE)
        timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS).as_dict()
        try:
            here, for_good, moved_to, inside = httpx2.URL(url), True, "", trusted
            for _ in range(REDIRECTS + 1):
                extensions = {"limits": limits, "timeout": timeout, "networks": inside}
                request = httpx2.Request(
                    "GET", _bare(here), headers={**headers, **_password(here)}, extensions=extensions
                )
                response = self._guard.handle_request(request)
                inside = inside and bool(response.extensions["inside"])
                try:
                    to = _next(here, response)
                    if to is None:
                        return self._answer(url, here, response, for_good, moved_to)
                finally:
                    response.close()
                if only is not None and not only(to.host):
                    raise Unusable(_ELSEWHERE)
                is_weaker = here.scheme == "https" and to.scheme == "http"
                for_good = for_good and response.status_code in FOR_GOOD and not is_weaker
                if for_good:
                    moved_to = str(to)
                here = to
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:  # The last for names no host can have.
            raise _unread(url, _plainly(error)) from error
        except Unusable as error:
            raise _unread(url, str(error)) from error
        raise _unread(url, f"it was redirected more than {REDIRECTS} times")

    def _answer(
        self, url: str, here: "httpx2.URL", response: "httpx2.Response", for_good: bool, moved_to: str
    ) -> "_Answer":
        status, headers = response.status_code, response.headers
        if len(headers.raw) > HEADER_LINES or sum(len(name) + len(value) for name, value in headers.raw) > HEADER_BYTES:
            raise Unusable("the headers of its answer are too long")
        if status == GONE and for_good:
            # Not where a redirect for now leads: what has gone is there, and this address may lead elsewhere soon.
            raise FeedGone(url=_shown(url), reason=WORDS[GONE], status=status)
        if status not in (GOOD, NOT_CHANGED):
            words = WORDS.get(status, "its server has a fault" if status >= 500 else "that is no feed")
            reason = f"it answered with HTTP {status}: {words}"
            raise _unread(url, reason, status, retry_after(headers, self._now()))
        body = body_of(headers, cast("Iterable[bytes]", response.stream)) if status == GOOD else None
        return _Answer(headers, body, str(_bare(here)), moved_to if len(moved_to) <= ADDRESS else "")


@dataclass(frozen=True)
class _Answer:
    """`body` is None where nothing has changed; `address` is where it came from, `moved_to` where it is for good."""

    headers: Mapping[str, str]
    body: bytes | None
    address: str
    moved_to: str


_LATE = "it did not answer in time"
_ELSEWHERE = "it leads to a host that is not on the operator's list of those that need nobody's answer"
_NAMELESS = "it does not say what it is, a web page or plain text"


def _next(here: "httpx2.URL", response: "httpx2.Response") -> "httpx2.URL | None":
    """Where a redirect leads. A name and a password go along on the same host alone, and those that stand in the
    redirect itself go nowhere: a stranger would be naming them.

    ETag and date do go along to wherever it leads. A feed that redirects to another host for now, as many do to one
    that delivers files, would otherwise be fetched whole each time; and they tell that host nothing that the
    redirect could not have told it.
    """
    import httpx2

    if response.status_code not in FOR_GOOD | FOR_NOW or not (location := response.headers.get("location", "").strip()):
        return None
    to = httpx2.URL(here.join(location)).copy_with(fragment=None, userinfo=b"")
    if to.scheme not in ("http", "https") or not to.host:
        raise httpx2.UnsupportedProtocol(f"{str(to)[:200]}")
    is_upgrade = (here.scheme, to.scheme, here.port, to.port) == ("http", "https", None, None)
    is_same = to.host == here.host and ((to.scheme, to.port) == (here.scheme, here.port) or is_upgrade)
    return to.copy_with(userinfo=here.userinfo) if is_same and here.userinfo else to


def _bare(url: "httpx2.URL") -> "httpx2.URL":
    return url.copy_with(userinfo=b"", fragment=None)


def _password(url: "httpx2.URL") -> dict[str, str]:
    if not url.userinfo:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode()}


def _unread(url: str, reason: str, status: int | None = None, wait: float | None = None) -> FeedError:
    """The error, without a password that stands in the address."""
    return FeedError(url=_shown(url), reason=reason, status=status, retry_after=wait)


def _shown(url: str) -> str:
    """An address without a name and a password that may stand in it."""
    return re.sub(r"//[^/?#]*@", "//", url)


def _plainly(error: Exception) -> str:
    import httpx2

    from agent.adapters.guard import NotPublic

    said = visible(str(error))[0][:200]
    match error:
        case NotPublic():
            return f"{said}; addresses of private networks are never asked (feed_networks can name some for your feeds)"
        case httpx2.TimeoutException():
            return _LATE
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol() | ValueError():
            return f"it is, or leads to, an address that cannot be read ({said})"
        case httpx2.ConnectError():
            return f"no connection could be made ({said})"
        case _:
            return f"the connection broke off ({said or type(error).__name__})"
