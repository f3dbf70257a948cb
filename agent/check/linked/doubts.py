"""What there may be to doubt about one address: where it leads, as whose it passes, what it carries. Pure."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import unquote

from agent.check.linked.addresses import PLAIN_ENDINGS, SHORT, Address
from agent.check.linked.carried import SEEN, Doubt, carried, is_made_up
from agent.check.linked.hosts import (
    NAMES,
    Number,
    in_letters,
    is_example,
    is_mixed,
    is_plain,
    is_same,
    number,
    passes_for,
    read,
    registered,
)
from agent.check.linked.known import COMMON, FILE_ENDINGS
from agent.check.linked.targets import Target
from agent.tables import Level
from agent.unseen import visible

SCRIPTS = frozenset({"javascript", "vbscript", "livescript", "mocha"})
INNER = frozenset({"about", "chrome", "edge", "filesystem", "jar", "search-ms", "view-source", "blob", "intent", "smb"})
LEAST_PORT, WEB_PORTS = 1, {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
MOST_PORT = 65_535
METADATA = ipaddress.IPv4Network("169.254.0.0/16")
IN_PRINT = tuple(map(ipaddress.IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
LIKE_A_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
NAMED = re.compile(
    r"(?<![\w@.-])(?P<scheme>https?://)?(?P<host>(?:[^\W_][\w-]{0,62}\.){1,8}[^\W\d_]{2,24})(?![\w@-])(?P<path>/?)"
)
"""A host that the words of a link name."""

PASSES = {
    "letters": "The name of its host looks like a well-known one, and is not it.",
    "slip": "The name of its host is one slip away from a well-known one.",
    "host": "The name of its host begins like a well-known one, and belongs to somebody else.",
    "lure": "Its host puts a well-known name beside a word that asks for trust, and may be somebody else's.",
}


def doubts(address: Address, target: Target) -> Iterator[Doubt]:
    """All that there is to doubt about an address; `target` are its parts."""
    yield from _scheme(address, target)
    if visible(address.target)[1]:
        yield Doubt(Level.LOOK, "hidden", "Characters that nobody sees stand in this address.")
    if target.host:
        yield from _user(target)
        yield from _host(target)
        yield from _port(target)
        yield from carried(target)
        yield from _words(address, target)


def _scheme(address: Address, target: Target) -> Iterator[Doubt]:
    scheme = target.scheme
    if scheme in SCRIPTS:
        yield Doubt(Level.LOOK, "scheme", "This address runs a script and leads to no page.")
    elif scheme == "data":
        is_picture = re.match(r"\s*data:image/(?!svg)", address.target, re.IGNORECASE)
        why = "This address carries what it shows within itself and leads to no page."
        yield Doubt(Level.NOTE if is_picture else Level.LOOK, "scheme", why)
    elif scheme == "file":
        yield Doubt(Level.LOOK, "scheme", "This address leads to a file on the reader's own machine.")
    elif scheme in INNER or scheme.startswith("ms-"):
        yield Doubt(Level.LOOK, "scheme", "This address leads into the reader's own machine or browser.")


def _user(target: Target) -> Iterator[Doubt]:
    if not target.user:
        return
    name, _, password = unquote(target.user).partition(":")
    if "/" in name or "://" in target.user or LIKE_A_HOST.fullmatch(name):
        why = "What stands before the @ looks like the host, but the address leads to what stands after it."
        yield Doubt(Level.LOOK, "disguise", why, {"before the @": name[:SEEN]})
    elif password:
        level = Level.NOTE if is_made_up(password, target) else Level.LOOK
        yield Doubt(level, "credentials", "A name and a password stand in this address.")
    else:
        yield Doubt(Level.NOTE, "name", "A user's name stands in this address, before the @.")


def _host(target: Target) -> Iterator[Doubt]:
    host = target.host
    if (found := number(host)) is not None:
        yield from _number(found, host)
        return
    if "%" in target.given:
        yield Doubt(Level.LOOK, "disguise", "The name of its host is written in signs that hide it.", {"host": host})
    if target.is_broken:
        yield Doubt(Level.LOOK, "look-alike", "The name of its host is coded, and stands for no name.")
    elif (passes := passes_for(host)) is not None:
        known, how = passes
        yield Doubt(Level.LOOK, "look-alike", PASSES[how], {"looks like": known})
    elif is_mixed(host):
        why = "The name of its host mixes letters of two scripts that look alike."
        yield Doubt(Level.LOOK, "look-alike", why)
    elif host != target.given.lower().strip(".") and "xn--" in target.given.lower():
        yield Doubt(Level.NOTE, "coded", "The name of its host is coded; readers' browsers show it in its own letters.")
    if registered(host) in SHORT or host in SHORT:
        # The host alone is a service's own page.
        level = Level.LOOK if target.path.strip("/") else Level.NOTE
        yield Doubt(level, "shortener", "This address is shortened: nobody sees where it leads.")
    ending = host.rpartition(".")[2]
    if ending in FILE_ENDINGS:
        yield Doubt(Level.NOTE, "ending", "The name of its host ends like that of a file.")
    if ending == "onion":
        yield Doubt(Level.NOTE, "ending", "Only with the Tor browser can this address be opened.")


def _number(found: Number, host: str) -> Iterator[Doubt]:
    facts = {} if str(found) == host else {"host": str(found)}
    if found.version == 4 and found in METADATA:
        yield Doubt(
            Level.LOOK, "number", "This address belongs to a machine's own network and to no public page.", facts
        )
    elif not is_plain(host):
        yield Doubt(Level.LOOK, "number", "The number of its host is written so that nobody reads it.", facts)
    elif found.is_loopback or found.is_unspecified:
        return
    elif found.is_private and not _is_in_print(found):
        yield Doubt(Level.NOTE, "number", "This address belongs to a private network and leads readers nowhere.", facts)
    else:
        yield Doubt(Level.LOOK, "number", "Its host is a bare number, without a name.", facts)


def _is_in_print(found: Number) -> bool:
    """Whether a number is kept for papers and manuals. No reader tells these from others."""
    return any(found in network for network in IN_PRINT)


def _port(target: Target) -> Iterator[Doubt]:
    is_local = target.host == "localhost" or ((found := number(target.host)) is not None and found.is_private)
    if target.port is None or target.port == WEB_PORTS[target.scheme] or is_local:
        return
    if not LEAST_PORT <= target.port <= MOST_PORT:
        yield Doubt(Level.NOTE, "port", "There is no such port: nobody can open this address.")
    else:
        yield Doubt(
            Level.NOTE, "port", "This address names a port that pages are seldom at.", {"port": str(target.port)}
        )


def _words(address: Address, target: Target) -> Iterator[Doubt]:
    """Words that name one host, over a link to another."""
    if address.target.endswith(address.words):  # An address typed bare.
        return
    for named in NAMED.finditer(address.words):
        host = in_letters(read(named["host"])) or named["host"].lower()
        is_address = bool(named["scheme"] or named["path"] or host.startswith("www."))
        is_typed = named["host"].islower()  # "Last.fm" is a name, "last.fm" a host.
        if not is_address and not (is_typed and host.rpartition(".")[2] in PLAIN_ENDINGS):
            continue
        # A page about a host, or a copy of one of its pages, has its name in the path.
        if is_same(host, target.host) or host.removeprefix("www.") in unquote(f"{target.path}?{target.query}").lower():
            continue
        own = registered(host).split(".")[0]
        is_meant = is_address or address.words.strip() == host or own in NAMES - COMMON
        is_namesake = own == registered(target.host).split(".")[0]
        level = Level.LOOK if is_meant and not is_namesake else Level.NOTE
        why = "The words of this link name another host than the one it leads to."
        yield Doubt(level, "words", why, {"its words name": host[:SEEN]})
        return


def is_kept_for_examples(target: Target) -> bool:
    """Whether an address leads nowhere, as everybody can see."""
    found = number(target.host)
    return is_example(target.host) or (found is not None and (found.is_private or found.is_loopback))
