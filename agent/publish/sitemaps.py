"""What search engines are told: the sitemap, in parts, and what is gone. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from agent.publish.feeds import iso

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(pages: Iterable[tuple[str, datetime | None]]) -> bytes:
    """One part: full addresses, each with the moment of its last change where that is known."""
    rows = (
        f"<url><loc>{escape(address)}</loc>{f'<lastmod>{iso(at)}</lastmod>' if at else ''}</url>\n"
        for address, at in pages
    )
    return f"{HEAD}<urlset {NAMESPACE}>\n{''.join(rows)}</urlset>\n".encode()


def index(parts: Sequence[str]) -> bytes:
    """The sitemap of sitemaps, by their full addresses."""
    rows = (f"<sitemap><loc>{escape(part)}</loc></sitemap>\n" for part in parts)
    return f"{HEAD}<sitemapindex {NAMESPACE}>\n{''.join(rows)}</sitemapindex>\n".encode()
