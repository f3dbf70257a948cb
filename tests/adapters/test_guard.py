"""The guard: which addresses are asked, and that the one judged is the one used."""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from agent.adapters.guard import GuardedTransport, NotPublic, is_public, resolve
from tests.feed_world import FeedWorld, a_certificate, moved

pytestmark = pytest.mark.slow

REFUSED = {
    "private": ["10.1.2.3", "172.16.0.1", "192.168.1.1", "fd00::1"],
    "shared by a provider": ["100.64.0.1"],
    "loopback": ["127.0.0.1", "127.8.8.8", "::1"],
    "link-local": ["169.254.169.254", "fe80::1", "fe80::1%1", "fec0::1"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "reserved": [
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "100::1",
    ],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "IPv4 inside IPv6": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::ffff:0:10.0.0.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1"],
    "6to4": ["2002:7f00:1::", "2002:808:808::1", "192.88.99.1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
}


def get(url: str, transport: GuardedTransport) -> httpx2.Response:
    with httpx2.Client(transport=transport, trust_env=False, follow_redirects=True) as client:
        return client.get(url, extensions={"networks": True})


@pytest.mark.parametrize(("kind", "address"), [(kind, address) for kind in REFUSED for address in REFUSED[kind]])
def test_an_address_that_is_no_public_host_is_refused(kind: str, address: str) -> None:
    assert not is_public(address), kind
    with pytest.raises(NotPublic, match=r"the host feeds\.example has no public address"):
        get("http://feeds.example/", GuardedTransport(resolve=lambda host, port: [address]))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "193.0.6.139", "2606:4700::1111", "2001:67c:2e8::1", "2a00::1"]
)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
def test_other_ways_to_write_this_machine_are_refused_too(host: str) -> None:
    with FeedWorld() as world:
        with pytest.raises((httpx2.ConnectError, httpx2.InvalidURL)):
            get(f"http://{host}:{world.port}/rss", GuardedTransport())
        assert world.asked == []


@pytest.mark.parametrize(
    ("network", "address", "may"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "127.0.0.1", False),
        ("10.0.0.0/8", "::ffff:10.1.2.3", False),
        ("10.0.0.0/8", "64:ff9b::a01:203", False),
        ("10.0.0.0/8", "2002:a01:203::1", False),
        ("0.0.0.0/0", "::1", False),
        ("::ffff:10.1.2.3/128", "::ffff:10.1.2.3", True),
        ("::ffff:10.1.2.3/128", "10.1.2.3", False),
        ("fd00::/8", "fd00::1", True),
        ("fd00::/8", "fe80::1", False),
    ],
)
def test_a_network_that_is_allowed_lets_its_own_addresses_through_and_no_other_writing_of_them(
    network: str, address: str, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        raise ConnectionRefusedError("nobody is there")

    monkeypatch.setattr(socket, "create_connection", connect)
    guard = GuardedTransport(networks=[ipaddress.ip_network(network)], resolve=lambda host, port: [address])
    with pytest.raises(httpx2.ConnectError) as caught:
        get("http://feeds.example/", guard)
    assert isinstance(caught.value, NotPublic) is not may


@pytest.mark.parametrize("port", [1, 22, 25, 110, 139, 445, 587, 1023])
def test_ports_that_are_not_the_web_s_are_not_asked(port: int) -> None:
    asked: list[int] = []
    guard = GuardedTransport(allow_private=True, resolve=lambda host, port: asked.append(port) or ["127.0.0.1"])
    with pytest.raises(httpx2.ConnectError, match=f"port {port} is none of the web's"):
        get(f"http://feeds.example:{port}/", guard)
    assert asked == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://public.example@127.0.0.1/", "127.0.0.1"),
        ("http://public.example:80@127.0.0.1/", "127.0.0.1"),
        ("http://127.0.0.1#@public.example/", "127.0.0.1"),
        ("http://127.0.0.1?@public.example/", "127.0.0.1"),
        ("http://127.0.0.1./", "127.0.0.1."),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://ⓛocalhost/", "localhost"),
        ("http://LOCALHOST/", "localhost"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_the_host_that_is_judged_is_the_one_that_is_asked(url: str, host: str) -> None:
    judged: list[str] = []
    guard = GuardedTransport(resolve=lambda host, port: judged.append(host) or ["127.0.0.1"])
    with pytest.raises((NotPublic, httpx2.InvalidURL)):
        get(url, guard)
    assert judged in ([host], []), "an address that cannot be read is not asked either"


@pytest.mark.parametrize("odd", ["\r\nX-Evil: 1", "\nHost: other", "\x00", "\x7f", "\u2028x"])
def test_nothing_in_an_address_adds_a_line_to_a_request(odd: str) -> None:
    with FeedWorld() as world:
        try:
            get(world.url("/rss" + odd), GuardedTransport(allow_private=True))
        except httpx2.InvalidURL:
            assert world.asked == []
        assert all("X-Evil" not in headers and "\n" not in path for path, headers in world.asked)


def test_a_name_is_resolved_once_and_the_host_header_keeps_it() -> None:
    resolved: list[tuple[str, int]] = []

    def once(host: str, port: int) -> list[str]:
        resolved.append((host, port))
        return ["127.0.0.1"]

    with FeedWorld() as world:
        reply = get(f"http://feeds.example:{world.port}/rss", GuardedTransport(allow_private=True, resolve=once))
        [(_, headers)] = world.asked
    assert reply.status_code == 200
    assert headers["Host"] == f"feeds.example:{world.port}"
    assert str(reply.url) == f"http://feeds.example:{world.port}/rss"
    assert resolved == [("feeds.example", world.port)]


def test_a_name_with_public_and_private_addresses_is_asked_at_the_public_ones_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError("nobody is there")

    monkeypatch.setattr(socket, "create_connection", connect)
    found = ["127.0.0.1", "203.0.114.1", "10.0.0.1", "2606:4700::1111"]
    with pytest.raises(httpx2.ConnectError, match="nobody is there"):
        get("http://feeds.example/", GuardedTransport(resolve=lambda host, port: found))
    assert tried == ["203.0.114.1", "2606:4700::1111"], "each judged address is tried, in order"


def test_each_hop_of_a_redirect_is_judged_anew() -> None:
    with FeedWorld() as world:
        # The first name is let through by hand, as if it were public; the next is judged for real.
        class FirstHopOnly(GuardedTransport):
            def handle_request(self, request: httpx2.Request) -> httpx2.Response:
                self._allow_private = request.url.host == "127.0.0.1" and request.url.path != "/rss"
                return super().handle_request(request)

        for path in ("/to-metadata", "/to-rss"):
            with pytest.raises(NotPublic):
                get(world.url(path), FirstHopOnly())
        assert [path for path, _ in world.asked] == ["/to-metadata", "/to-rss"]


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://feeds.example/", "gopher://feeds.example/"])
def test_only_http_and_https_are_spoken(url: str) -> None:
    with pytest.raises(httpx2.UnsupportedProtocol):
        get(url, GuardedTransport())
    with FeedWorld() as world:
        world.pages["/away"] = lambda: moved(url)
        with pytest.raises(httpx2.UnsupportedProtocol):
            get(world.url("/away"), GuardedTransport(allow_private=True))


def test_a_host_that_nobody_knows_is_named() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(httpx2.ConnectError, match=r"the host feeds\.example was not found"):
        get("http://feeds.example/", GuardedTransport(resolve=unknown))


def test_the_system_resolves_a_name_to_addresses_without_doubles() -> None:
    found = resolve("localhost", 80)
    assert found
    assert len(found) == len(set(found))
    assert all(ipaddress.ip_address(address).is_loopback for address in found)


@pytest.fixture
def server_names() -> list[str | None]:
    return []


@pytest.fixture
def tls_world(tmp_path: Path, server_names: list[str | None]) -> Iterator[FeedWorld]:
    """An HTTPS world whose certificate, kept in tmp_path/cert.pem, is for feeds.example."""
    context = a_certificate(tmp_path)
    context.sni_callback = lambda connection, asked, _: server_names.append(asked)
    with FeedWorld(tls=context) as world:
        yield world


def test_the_certificate_is_checked_for_the_name_though_the_address_is_pinned(
    tls_world: FeedWorld, tmp_path: Path, server_names: list[str | None]
) -> None:
    trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    transport = GuardedTransport(allow_private=True, resolve=lambda host, port: ["127.0.0.1"], verify=trust)
    with httpx2.Client(transport=transport, trust_env=False) as client:
        assert client.get(f"https://feeds.example:{tls_world.port}/rss").status_code == 200
        with pytest.raises(httpx2.ConnectError, match=r"(?i)certificate"):
            client.get(f"https://other.example:{tls_world.port}/rss")
    assert server_names == ["feeds.example", "other.example"]
    assert [headers["Host"] for _, headers in tls_world.asked] == [f"feeds.example:{tls_world.port}"]
