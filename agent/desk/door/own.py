"""What this desk is called: the hosts and origins that are its own, and whether it is reached over https."""

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import Request

from agent.settings import Settings

PORTS = {"http": 80, "https": 443}


def is_known(settings: Settings, host: str) -> bool:
    """Whether a Host header names this desk. Any other name may be a stranger's that leads here (DNS rebinding), so
    that a page of theirs would count as ours."""
    name = _name_of(host)
    if name is None:
        return False
    if _is_loopback(name):
        return True
    if settings.desk_address:
        at = urlsplit(settings.desk_address)
        return _plain(host.lower(), at.scheme) == _plain(at.netloc.lower(), at.scheme)
    # No name server leads from a number to another machine.
    return _is_number(name) or name == settings.host.lower()


def is_ours(settings: Settings, origin: str, scheme: str, host: str) -> bool:
    """Whether an Origin header is this desk's own, given what the request was sent to."""
    if settings.desk_address:
        at = urlsplit(settings.desk_address)
        named = f"{at.scheme}://{_plain(at.netloc.lower(), at.scheme)}"
        if origin == named:
            return True
        if _plain(host.lower(), at.scheme) == _plain(at.netloc.lower(), at.scheme):
            return False
    return origin == f"{scheme}://{host}"


def is_secure(settings: Settings, scheme: str) -> bool:
    """Whether browsers reach this desk over https: what they say, or, behind a proxy, the settings."""
    return scheme == "https" or (settings.desk_address or "").startswith("https:")


def base_of(settings: Settings, request: Request) -> str:
    """The address of this desk, for links that are sent or shown; it ends with a slash."""
    return settings.desk_address or str(request.base_url)


def address_of(client: tuple[str, int] | None) -> str:
    """Where a request comes from, as it is counted: of IPv6 the network that one household has."""
    if client is None:
        return "unknown"
    try:
        address = ip_address(client[0])
    except ValueError:
        return client[0][:60]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        if not address.is_loopback:
            return str(ip_network((address, 64), strict=False))
    return str(address)


def _name_of(host: str) -> str | None:
    try:
        split = urlsplit(f"//{host}")
        _ = split.port
    except ValueError:
        return None
    return split.hostname if split.hostname and split.netloc == host and "@" not in host else None


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return _is_number(name) and ip_address(name).is_loopback


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _plain(netloc: str, scheme: str) -> str:
    return netloc.removesuffix(f":{PORTS.get(scheme, 0)}")
