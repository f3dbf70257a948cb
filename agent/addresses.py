"""Addresses of feeds as people give them: one way of writing each, and what is wrong with the others. Pure."""

import re
from urllib.parse import urldefrag

from agent.errors import Refused
from agent.reading import shown

URL_AT_MOST = 2_000
"""Bytes of an address."""
PORT_AT_MOST = 65_535
ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^\s/?#\\]*@)?(?P<host>[\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(?P<port>:\d{1,5})?"
    r"(?P<rest>([/?][^\s\\]*)?)",
    re.IGNORECASE,
)


def wrong_with(url: str) -> str:
    """Why an address cannot be a feed's, in words; nothing where it can."""
    given = url.strip()
    if not given:
        return "it names no address"
    if not re.match("https?:", given, re.IGNORECASE):
        return "its address begins with neither http:// nor https://"
    if len(given.encode(errors="replace")) > URL_AT_MOST:
        return f"its address is longer than {URL_AT_MOST:,} bytes"
    match = ADDRESS.fullmatch(urldefrag(given).url)
    if not given.isprintable() or match is None:
        return "its address cannot be read; in full it looks like https://example.org/feed"
    if match["port"] and int(match["port"][1:]) > PORT_AT_MOST:
        return f"its port is above {PORT_AT_MOST:,}"
    return ""


def address(url: str) -> str:
    """An address in one way of writing it: scheme and host in small letters, and no place within a page. Raises
    Refused for one that cannot be a feed's."""
    match = ADDRESS.fullmatch(urldefrag(url.strip()).url)
    if (why := wrong_with(url)) or match is None:
        raise Refused(reason=f'"{shown(url.strip())[:200]}" cannot be used: {why}.')
    scheme, host = match["scheme"].lower(), match["host"].lower()
    return f"{scheme}://{match['user'] or ''}{host}{match['port'] or ''}{match['rest']}"
