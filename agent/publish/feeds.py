"""The feeds: one for the site, one for each author and each tag, each as Atom and as JSON Feed 1.1. Pure."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.publish.pieces import PieceView

IN_FEED = 30
"""So many pieces stand in the feed of the site or of an author, the newest first."""
IN_TAG_FEED = 10


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself. `path` is without suffix; `alternate` is the page that it follows, with."""

    id: str
    path: str
    alternate: str
    title: str
    subtitle: str
    updated: datetime


@dataclass(frozen=True)
class Entry:
    """A piece in a feed, and its HTML there. `author` is the byline, and of a stand-in also what it really is."""

    piece: PieceView
    author: str
    title: str
    url: str
    html: str
    id: str


def urn(origin: str, name: str) -> str:
    """An id that stays, whatever becomes of addresses: readers' programs would take all pieces for new ones."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{origin}/{name}").urn


def iso(moment: datetime) -> str:
    """As RFC 3339 has it, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def json_feed(feed: Feed, entries: Sequence[Entry], address: str, language: str, hub: str) -> bytes:
    """A feed as JSON Feed 1.1."""
    made: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": address + feed.alternate.removesuffix("index.html"),
        "feed_url": f"{address}{feed.path}.json",
        "description": feed.subtitle,
        "icon": f"{address}assets/mark.svg",
        "language": language,
        "items": [_item(entry) for entry in entries],
    }
    if hub:
        made["hubs"] = [{"type": "WebSub", "url": hub}]
    return (json.dumps(made, ensure_ascii=False) + "\n").encode()


def _item(entry: Entry) -> dict[str, Any]:
    piece = entry.piece
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": iso(piece.published_at),
        "date_modified": iso(piece.changed_at),
        "authors": [{"name": entry.author}],
    }
    if tags := [tag for tag in piece.tags if tag]:
        item["tags"] = tags
    return item | ({"language": piece.language} if piece.language else {})
