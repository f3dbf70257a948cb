"""What kind of file a path of the site is, as an HTTP server says it."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

PLAIN = "text/plain; charset=utf-8"
KINDS = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".epub": "application/epub+zip",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".py": PLAIN,
    ".svg": "image/svg+xml",
    ".txt": PLAIN,
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
FEEDS = ("feed.json", "authors/*.json", "tags/*.json")
"""JSON that is a feed; the rest is records and the manifest."""
OTHER = "application/octet-stream"


def kind_of(path: str) -> str:
    """The Content-Type of a path, such as "pieces/3.md"."""
    if any(fnmatchcase(path, feed) for feed in FEEDS):
        return "application/feed+json"
    return KINDS.get(PurePosixPath(path).suffix.lower(), OTHER)
