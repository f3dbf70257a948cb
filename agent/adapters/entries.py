"""The bytes of a feed as entries of plain text: newest first, few and short, with nothing in them that nobody sees."""

import calendar
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx2

from agent.adapters.bodies import Unusable
from agent.adapters.charsets import decoded
from agent.adapters.manners import period
from agent.adapters.parser import parse
from agent.adapters.plain import MARKUP, plain, reduced
from agent.outlet import FeedEntry
from agent.unseen import spelled, visible

ENTRIES = 20
TEXT, TITLE, LINK = 2_000, 300, 2_000
"""The most characters of a text, a title and a link."""
EARLIEST, LATEST = 1000, timedelta(days=366)
"""No date is before that year, or later than so much from now: programs write the year 1 or 9999 for "none"."""

DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']\s*([\w.:-]{1,40})", re.IGNORECASE)
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML forbids: one of them would have the strict parser refuse all of it."""
ROOT = re.compile(r"<(?:[a-z_][\w.-]{0,60}:)?(rss|feed|rdf|html)(?=[\s>/])", re.IGNORECASE)
LOOKED_AT = 200_000
"""In so many characters of a page its feeds are looked for."""
LINK_TAG = re.compile(r"<link\s([^<>]{1,2000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"([a-z]{1,20})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
NAMED = 3
"""So many feeds of a page are named."""


@dataclass(frozen=True)
class Contents:
    """What is in a feed: its entries, its own name beside its host, and how often it says it changes, in seconds."""

    entries: list[FeedEntry]
    source: str
    period: float | None = None


def read(body: bytes, content_type: str, address: str, now: datetime) -> Contents:
    """Read a feed's bytes. Relative links begin from `address`, where it was found. Raises Unusable."""
    declared = DECLARED.match(body[:400].replace(b"\0", b""))
    text = decoded(body, content_type, declared[1].decode() if declared else "")
    text = UNWRITABLE.sub("", text)
    root = _root(text)
    if root is None:
        is_page = "html" in content_type.lower() or re.match(r"\s*<!doctype\s+html", text[:1_000], re.IGNORECASE)
        raise _is_a_page(text, address) if is_page else Unusable("it is not a feed of RSS or Atom")
    if root[1].lower() == "html":
        raise _is_a_page(text, address)
    try:
        found = parse(text[root.start() :], address)
    except Exception as error:  # It promises none, but odd input finds some in the parsers below it.
        raise Unusable(f"it could not be read as a feed ({type(error).__name__})") from error
    if not found.entries and (found.cut or found.broken):
        why = "it takes too long to read" if found.cut else "its XML is broken, and nothing in it could be read"
        raise Unusable(why)
    if not found.version:
        raise Unusable("it is not a feed of RSS or Atom")
    host = httpx2.URL(address).host
    title = plain(found.feed.get("title", ""), _kind(found.feed.get("title_detail")), TITLE)
    source = f"{title} ({host})" if title else host
    dated = sorted(((_published(item, now), item) for item in found.entries), key=lambda pair: _age(pair[0]))
    said = (found.feed.get(name) for name in ("ttl", "sy_updateperiod", "sy_updatefrequency"))
    return Contents([_entry(source, item, date, address) for date, item in dated[:ENTRIES]], source, period(*said))


def _root(text: str) -> re.Match[str] | None:
    """The first tag of a feed, or of a web page. The declaration, comments, a DOCTYPE with all its entities, and
    whatever else stands before it, are not shown to the parsers."""
    at = text.find("<")
    while at >= 0:
        if text.startswith("<?", at):
            end = text.find("?>", at)
        elif text.startswith("<!--", at):
            end = text.find("-->", at)
        elif text.startswith("<!", at):
            end = text.find(">", at)
            if (inner := text.find("[", at, max(end, at))) >= 0:
                end = text.find("]", inner)
        else:
            break
        if end < 0:
            break
        at = text.find("<", end)
    return ROOT.search(text, max(at, 0))


def _is_a_page(text: str, address: str) -> Unusable:
    """The words for a web page, with the feeds that it names itself: an operator may mean one of them."""
    urls = list(
        dict.fromkeys(filter(None, (_feed_named(found[1], address) for found in LINK_TAG.finditer(text[:LOOKED_AT]))))
    )
    named = f"; it names {'this feed' if len(urls) == 1 else 'these feeds'}: {', '.join(urls[:NAMED])}" if urls else ""
    return Unusable(f"it is a web page, not a feed{named}")


def _feed_named(attributes: str, address: str) -> str:
    said = {name.lower(): unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(attributes)}
    is_feed = said.get("type", "").strip().lower() in {"application/rss+xml", "application/atom+xml"}
    if not is_feed or "alternate" not in said.get("rel", "").lower().split():
        return ""
    return _link(said.get("href", ""), address, 300)[0]


def _entry(source: str, item: Any, published: datetime | None, address: str) -> FeedEntry:
    bodies = [body for body in item.get("content", []) if body.get("value")]
    body = bodies[0] if bodies else item.get("summary_detail") or {}
    given, name = str(item.get("link") or ""), str(item.get("id") or "")
    # An id stands in for a link that is not there; one that is no address leads nowhere.
    link, hidden = _link(given, "" if given == name else address, LINK)
    title, in_title = reduced(item.get("title", ""), _kind(item.get("title_detail")), TITLE)
    text, in_text = reduced(body.get("value", ""), _kind(body), TEXT)
    own = "".join(visible(name)[0].split())
    key = own or link or hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    hidden += in_title + in_text
    unseen = spelled(unescape(f"{item.get('title', '')}{given}{body.get('value', '')}"[:MARKUP])) if hidden else ""
    return FeedEntry(source, title, link, published, text, key, hidden, unseen)


def _link(given: str, address: str, limit: int) -> tuple[str, int]:
    """An address of the web, in full, or nothing; and how many characters that nobody sees were taken out of it."""
    seen, hidden = visible(given[: 2 * limit])
    words = "".join(seen.split())
    try:
        link = urljoin(address, words) if words else ""
    except ValueError:
        return "", hidden
    return (link if re.match(r"https?://", link, re.IGNORECASE) and len(link) <= limit else ""), hidden


def _kind(detail: Any) -> str:
    return str((detail or {}).get("type", "text/html"))


def _age(published: datetime | None) -> tuple[bool, float]:
    return (True, 0.0) if published is None else (False, -published.timestamp())


def _published(item: Any, now: datetime) -> datetime | None:
    # Asked for a date of change that is not there, feedparser gives the other, with a warning.
    key = "updated_parsed" if "updated_parsed" in item and "published_parsed" not in item else "published_parsed"
    given = item.get(key)
    try:
        date = datetime.fromtimestamp(calendar.timegm(given), UTC) if given else None
    except (ValueError, OverflowError, OSError):
        return None
    return date if date and date.year >= EARLIEST and date <= now + LATEST else None
