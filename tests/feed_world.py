"""A small world of feeds, good and bad, over real HTTP on a loopback address.

    with FeedWorld() as world:
        FeedReader(allow_private=True).read(world.url("/rss"))

`world.pages` maps a path to what it answers, `world.answers` to what it answers to certain headers; tests add
their own. `world.asked` keeps every request, `world.connections` counts who came, even without a word.
Another `host` of 127.0.0.0/8 lets a test watch over 127.0.0.1, where nobody must come.
"""

import base64
import gzip
import itertools
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
  <title>The Tide Table</title><link>/</link><description>Water, daily.</description>
  <item><title>Low water</title><link>/low</link><pubDate>Sat, 31 Oct 2026 07:00:00 +0100</pubDate>
    <description>&lt;p&gt;The harbour &lt;b&gt;emptied&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Boats lay on their sides.&lt;/p&gt;
    </description></item>
  <item><title>Undated &amp; odd</title><link>javascript:alert(1)</link>
    <description>No day is given.</description></item>
  <item><title>High water</title><link>https://tides.example/high?a=1&amp;b=2</link>
    <pubDate>Sun, 01 Nov 2026 09:30:00 GMT</pubDate><description>Short.</description>
    <content:encoded><![CDATA[<h2>High</h2>The <em>whole</em> story: 3 &lt; 4.<script>alert(1)</script>
    <img src=x onerror=alert(1)>]]></content:encoded></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Letters on Rust</title><id>urn:x</id>
  <updated>2026-11-01T00:00:00Z</updated>
  <entry><title type="text">Why Vec&lt;T&gt; grows</title><id>urn:1</id><link href="posts/1"/>
    <published>2026-10-30T22:00:00-05:00</published><updated>2026-11-01T00:00:00Z</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><p>Two.</p></div></content></entry>
</feed>"""

ONE_TWO = ("One", "Two")

SNEAKY = "<p>Calm words.</p><script>alert('live')</script><svg onload=alert(1)></svg>"
ENCODED = base64.b64encode(SNEAKY.encode()).decode()
BASE64 = f"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Base</title>
  <entry><title>A</title><content type="application/octet-stream">{ENCODED}</content></entry>
  <entry><title>B</title><content mode="base64" type="text/plain">{ENCODED}</content></entry>
</feed>"""

PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>A page.</p></body></html>"

PAGE_WITH_FEEDS = """<!DOCTYPE html><html><head><title>Tides</title>
<link rel="stylesheet" href="/style.css"><link rel="alternate" type="application/rss+xml" title="All" href="/rss">
<link href='https://tides.example/atom?a=1&amp;b=2' type='application/atom+xml' rel='alternate'>
<link rel="alternate" hreflang="de" href="/de"><link rel=alternate type=application/rss+xml href=javascript:alert(1)>
</head><body><p>A page.</p></body></html>"""

LONG_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>On Herons &amp; Clocks</title>
<style>p { color: red }</style><script>document.write("<p>scripted</p>" + (1 < 2))</script></head><body>
<nav><ul><li>Home<li>About</ul></nav><header><h1>On Herons</h1></header><!-- <p>hidden</p> -->
<p>A heron <em>stands</em>
   still: 3 &lt; 4.<br>So does</br> noon.</p><pre>one
  two</pre><table><tr><td>low<td>6:00<tr><td>high<td>12:20</table>
<p onclick="alert(1)">Zero&#8203;width, &#x202e;turned, <a href="javascript:alert(1)">linked</a>.</p>
<svg><text>drawn</text></svg><aside>Buy!</aside><footer>Contact</footer><script>never ends</body></html>"""


@dataclass
class Page:
    """One answer. `body` may be endless: pieces are sent until the reader hangs up. So may be what is sent `before`
    the answer begins."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    before: Iterable[bytes] = ()


def xml(text: str | bytes, kind: str = "application/xml; charset=utf-8", **headers: str) -> Page:
    """A whole document with its content type; an underscore in a header's name is a hyphen."""
    body = text.encode() if isinstance(text, str) else text
    return Page(body, headers={"content-type": kind} | {k.replace("_", "-"): v for k, v in headers.items()})


def rss(*items: str, title: str = "A feed", head: str = "") -> str:
    """A feed of RSS with these items, each given by what stands between its tags."""
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{head}'
        + "".join(f"<item>{item}</item>" for item in items)
        + "</channel></rss>"
    )


def moved(to: str, body: bytes | Iterator[bytes] = b"", *, status: int = 302) -> Page:
    """A redirect: for now, or with 301 and 308 for good."""
    return Page(body, status=status, headers={"location": to})


def unless_known(page: Page) -> Callable[[Mapping[str, str]], Page]:
    """The page, or 304 to who sends its ETag or its Last-Modified."""

    def answer(asked: Mapping[str, str]) -> Page:
        pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
        known = any(said in page.headers and asked.get(sent) == page.headers[said] for said, sent in pairs)
        return Page(status=304, headers=page.headers) if known else page

    return answer


def drip(first: bytes, more: bytes, *, seconds: float) -> Iterator[bytes]:
    """`first`, then `more` again and again, with a wait before each."""
    yield first
    while True:
        time.sleep(seconds)
        yield more


def flood() -> Iterator[bytes]:
    """A feed that never ends, as fast as it is read."""
    yield b'<rss version="2.0"><channel><title>Flood</title>'
    while True:
        yield b"<item><title>drop</title></item>" * 2_000


def heap(megabytes: int, piece: bytes = b" " * 1_000_000) -> Iterator[bytes]:
    """So many pieces of a million bytes each, never held at once."""
    yield from (piece for _ in range(megabytes))


def crumbs(crumb: bytes = b"<") -> Page:
    """A body that comes byte by byte, each marked as a piece of its own."""
    return Page(itertools.repeat((b"1\r\n" + crumb + b"\r\n") * 5_000), headers={"transfer-encoding": "chunked"})


@cache
def bomb(kind: str, megabytes: int) -> bytes:
    """So many millions of spaces in next to nothing: "gzip", "zlib" (what HTTP calls deflate) or "raw"."""
    packer = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "zlib": 15, "raw": -15}[kind])
    return b"".join([*map(packer.compress, heap(megabytes)), packer.flush()])


@cache
def swelling() -> str:
    """A feed whose one title would be a billion laughs."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">{entities}]>'
    return head + '<rss version="2.0"><channel><title>&e9;</title><item><title>&e9;</title></item></channel></rss>'


def a_certificate(folder: Path) -> ssl.SSLContext:
    """What an HTTPS world needs to be feeds.example; its certificate is kept in cert.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feeds.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("feeds.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


class FeedWorld:
    """The server, on one loopback address. With `tls` it speaks HTTPS."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1") -> None:
        self.host = host
        self.connections = 0
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.answers: dict[str, Callable[[Mapping[str, str]], Page]] = {
            "/etag": unless_known(xml(RSS, etag='W/"tide-1"')),
            "/modified": unless_known(xml(RSS, last_modified="Sun, 01 Nov 2026 09:30:00 GMT")),
        }
        self.pages: dict[str, Callable[[], Page]] = {
            "/rss": lambda: xml(RSS, "application/rss+xml"),
            "/atom": lambda: xml(ATOM, "application/atom+xml"),
            "/base64": lambda: xml(BASE64),
            "/gzip": lambda: xml(gzip.compress(RSS.encode()), content_encoding="gzip"),
            "/deflate": lambda: xml(zlib.compress(RSS.encode()), content_encoding="deflate"),
            "/bomb": lambda: xml(bomb("gzip", 60), content_encoding="gzip"),
            "/deflate-bomb": lambda: xml(bomb("zlib", 60), content_encoding="deflate"),
            "/raw-deflate-bomb": lambda: xml(bomb("raw", 60), content_encoding="deflate"),
            "/bomb-in-bomb": lambda: xml(gzip.compress(bomb("gzip", 60)), content_encoding="gzip, gzip"),
            "/100-mb": lambda: Page(heap(100), headers={"content-length": str(100_000_000)}),
            "/100-mb-unsaid": lambda: Page(heap(100)),
            "/damaged": lambda: xml(b"this is not gzip", content_encoding="gzip"),
            "/packed": lambda: xml(b"whatever", content_encoding="gzip, gzip"),
            "/page": lambda: xml(PAGE, "text/html"),
            "/long-page": lambda: xml(LONG_PAGE, "text/html"),
            "/to-long-page": lambda: moved("/long-page"),
            "/text": lambda: xml("One line.\r\nAnd <b>another</b>.\n\n\n\nA third.\n", "text/plain; charset=utf-8"),
            "/empty-page": lambda: xml("<html><title>Nothing</title><script>x()</script></html>", "text/html"),
            "/latin-page": lambda: Page(
                "<p>Äpfel – für drei</p>".encode("cp1252"), headers={"content-type": "text/html; charset=ISO-8859-1"}
            ),
            "/meta-page": lambda: xml('<meta charset="shift_jis"><p>春の雨</p>'.encode("shift_jis"), "text/html"),
            "/odd-charset": lambda: xml("<p>Grün</p>", "text/html; charset=punycode"),
            "/nameless": lambda: Page(b"<p>What is it?</p>"),
            "/picture": lambda: Page(b"\x89PNG\r\n\x1a\n" + bytes(200), headers={"content-type": "image/png"}),
            "/nothing": lambda: Page(b""),
            "/broken": lambda: xml('<rss version="2.0"><channel><title>Cut & off</ti'),
            "/cut": lambda: xml(RSS[: RSS.index("High water")]),
            "/flood": lambda: Page(flood()),
            "/drip": lambda: Page(drip(b"<rss", b" ", seconds=0.02)),
            "/to-metadata": lambda: moved("http://169.254.169.254/latest/meta-data/"),
            "/to-file": lambda: moved("file:///etc/hostname"),
            "/to-nonsense": lambda: moved("http://[:::/"),
            "/to-rss": lambda: moved("/rss"),
            "/to-rss-endless": lambda: moved("/rss", flood()),
            "/round": lambda: moved("/round"),
            "/to-this-machine": lambda: moved("http://127.0.0.1/latest"),
            "/to-this-machine-in-ipv6": lambda: moved("http://[::ffff:127.0.0.1]/latest"),
            "/to-this-machine-in-one-number": lambda: moved("http://2130706433/latest"),
            "/to-nowhere": lambda: moved("http://0.0.0.0/latest"),
            "/for-good": lambda: moved("/rss", status=301),
            "/for-good-twice": lambda: moved("/for-good", status=308),
            "/for-good-then-for-now": lambda: moved("/to-rss", status=301),
            "/for-now-then-for-good": lambda: moved("/for-good", status=307),
            "/for-good-to-nothing": lambda: moved("/missing", status=301),
            "/for-good-to-known": lambda: moved("/etag", status=301),
            "/unasked-304": lambda: Page(status=304),
            "/gone": lambda: Page(status=410),
            "/busy": lambda: Page(status=429, headers={"retry-after": "120"}),
            "/down": lambda: Page(status=503, headers={"retry-after": "Wed, 01 Jan 2098 00:00:00 GMT"}),
            "/failing": lambda: Page(status=500),
            "/forbidden": lambda: Page(status=403),
            "/crumbs": crumbs,
            "/soon": lambda: Page(before=itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)),
            "/header-lines": lambda: Page(b"", headers={f"x-{number}": "y" for number in range(300)}),
            "/long-header": lambda: Page(b"", headers={"x-long": "y" * 65_000}),
            "/endless-header": lambda: Page(
                before=itertools.chain([b"HTTP/1.1 200 OK\r\nx: "], heap(100, b"y" * 65_536))
            ),
            "/page-with-feeds": lambda: xml(PAGE_WITH_FEEDS, "text/html"),
            "/hidden": lambda: xml(
                rss(
                    "<title>Ca\u200blm</title><link>https://a.example/\u202ex</link><description>&amp;shy;no\U000e0041w</description>"
                )
            ),
            "/entity-bomb": lambda: xml(swelling()),
            "/utf-16": lambda: xml(RSS.replace("utf-8", "utf-16").encode("utf-16"), "application/xml"),
            "/duplicate-ids": lambda: xml(
                rss(*(f"<guid>same</guid><title>{word}</title><description>{word}</description>" for word in ONE_TWO))
            ),
            "/no-ids": lambda: xml(rss(*(f"<title>{word}</title>" for word in ONE_TWO))),
            "/scripts": lambda: xml(rss("<title>&lt;script&gt;alert(1)&lt;/script&gt;Calm</title>")),
        }
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sent = dict(self.headers.items())
                world.asked.append((self.path, sent))
                make, answer = world.pages.get(self.path), world.answers.get(self.path)
                page = answer(sent) if answer else make() if make else Page(b"not here", status=404)
                with suppress(OSError):  # The reader may hang up, as it should.
                    self._send(page)

            def _send(self, page: Page) -> None:
                for piece in page.before:
                    self.wfile.write(piece)
                self.send_response(page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                if isinstance(page.body, bytes):
                    if page.status != 304:
                        self.send_header("content-length", str(len(page.body)))
                    self.end_headers()
                    self.wfile.write(page.body)
                    return
                self.end_headers()
                for piece in page.body:
                    if world._closing.is_set():
                        return
                    self.wfile.write(piece)

            def log_message(self, *_: Any) -> None:
                pass

        self._closing = threading.Event()

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128  # The library's five make some of many clients wait a second.

            def process_request(self, request: Any, client_address: Any) -> None:
                world.connections += 1  # In the one thread that accepts.
                super().process_request(request, client_address)

        self._server = Server((host, 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens, on its host."""
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        """The address of one page."""
        return f"http://{self.host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
