"""An address in its parts, as a browser takes it apart. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from agent.check.linked.hosts import in_letters, read

SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,40}):")
ENDS = re.compile(r"[/?#]")
PORT = re.compile(r":([0-9]{0,9})$")
BLANK = re.compile(r"[\t\r\n]")
EDGE = "".join(map(chr, range(33)))
OF_THE_WEB = frozenset({"http", "https", "ws", "wss", "ftp"})
FIELDS = 100
"""So many fields of a query are looked at."""


@dataclass(frozen=True)
class Target:
    """The parts of an address. `user` is what stands before the "@"; `given` is the host as it was typed, and `host`
    as it is read, with the letters that "xn--" stands for. All but the scheme is empty where it is not the web's."""

    scheme: str
    user: str = ""
    given: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    query: str = ""
    is_broken: bool = False
    """Nobody can read the host."""

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """The names and values of its query."""
        return parse_qsl("&".join(self.query.split("&")[:FIELDS]), keep_blank_values=True)

    @property
    def file(self) -> str:
        """The last part of its path."""
        return unquote(self.path.rpartition("/")[2]).lower()


def target_of(address: str) -> Target:
    """Take an address apart. What browsers read over, a tab in a scheme or backslashes for slashes, is read over."""
    bare = BLANK.sub("", address.strip(EDGE))
    found = SCHEME.match(bare)
    scheme = found[1].lower() if found else ""
    if found is None or scheme not in OF_THE_WEB:
        return Target(scheme)
    rest = bare[found.end() :].split("#", 1)[0]
    place, _, query = rest.partition("?")
    place = place.replace("\\", "/").lstrip("/")
    ends = ENDS.search(place)
    authority, path = (place[: ends.start()], place[ends.start() :]) if ends else (place, "")
    user, _, given = authority.rpartition("@")
    number = PORT.search(given)
    given = given[: number.start()] if number else given
    host = in_letters(read(given))
    port = int(number[1]) if number and number[1] else None
    return Target(scheme, user, given, host or read(given), port, path, query, is_broken=host is None)
