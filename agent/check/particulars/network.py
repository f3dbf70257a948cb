"""Addresses of machines on the internet: worth knowing, as they may be those of somebody's home."""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address, ip_network

from agent.check.particulars import Particular
from agent.check.particulars.page import Page

FOUR = re.compile(r"(?<![\w.,/+-])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w]|[.,-]\d)")
SIX = re.compile(r"(?<![\w:.])(?=[0-9a-f]{1,4}:)[0-9a-f:]{6,39}(?![\w:])", re.IGNORECASE)
COLONS = 3
"""An hour has two, and no address of the newer kind so few."""
VERSION = re.compile(r"\b(?:version|release|build|firmware|section|chapter|v|\u00a7)\.?\s{0,2}$", re.IGNORECASE)
EXAMPLES = [
    ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
EVERYBODY = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "1.2.3.4", "4.4.4.4", "255.255.255.0"}


def addresses(page: Page) -> Iterator[Particular]:
    """Each address of a machine. Those of every machine, such as 127.0.0.1, are nobody's."""
    for pattern in (FOUR, SIX):
        for match in page.find(pattern):
            if pattern is SIX and match[0].count(":") < COLONS:
                continue
            if page.in_code(*match.span()) or VERSION.search(page.text[max(0, match.start() - 12) : match.start()]):
                continue
            try:
                address = ip_address(match[0])
            except ValueError:
                continue
            if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
                continue
            what, unreal = "an address on the internet", ""
            if any(address in net for net in EXAMPLES):
                what, unreal = "an address kept for examples", "it is kept for examples"
            elif str(address) in EVERYBODY:
                unreal = "everybody's machines use it"
            elif address.is_private:
                what = "an address within somebody's own network"
            version = 6 if isinstance(address, IPv6Address) else 4
            yield Particular("IP address", *match.span(), f"{what} (IPv{version})", str(address), unreal, minor=True)
