"""A small world of feeds, good and bad, over real HTTP on a loopback port.

    with FeedWorld() as world:
        FeedReader(allow_private=True).read(world.url("/rss"))

`world.pages` maps a path to what it answers; tests add their own. `world.asked` keeps every request.
"""

import base64
import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

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

SNEAKY = "<p>Calm words.</p><script>alert('live')</script><svg onload=alert(1)></svg>"
ENCODED = base64.b64encode(SNEAKY.encode()).decode()
BASE64 = f"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Base</title>
  <entry><title>A</title><content type="application/octet-stream">{ENCODED}</content></entry>
  <entry><title>B</title><content mode="base64" type="text/plain">{ENCODED}</content></entry>
</feed>"""

PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>A page.</p></body></html>"

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
    """One answer. `body` may be endless: pieces are sent until the reader hangs up."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def xml(text: str | bytes, kind: str = "application/xml; charset=utf-8", **headers: str) -> Page:
    """A whole document with its content type; an underscore in a header's name is a hyphen."""
    body = text.encode() if isinstance(text, str) else text
    return Page(body, headers={"content-type": kind} | {k.replace("_", "-"): v for k, v in headers.items()})


def moved(to: str, body: bytes | Iterator[bytes] = b"") -> Page:
    """A redirect."""
    return Page(body, status=302, headers={"location": to})


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


class FeedWorld:
    """The server. With `tls` it speaks HTTPS."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.pages: dict[str, Callable[[], Page]] = {
            "/rss": lambda: xml(RSS, "application/rss+xml"),
            "/atom": lambda: xml(ATOM, "application/atom+xml"),
            "/base64": lambda: xml(BASE64),
            "/gzip": lambda: xml(gzip.compress(RSS.encode()), content_encoding="gzip"),
            "/bomb": lambda: xml(gzip.compress(b" " * 60_000_000, 9), content_encoding="gzip"),
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
        }
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                world.asked.append((self.path, dict(self.headers.items())))
                make = world.pages.get(self.path)
                page = make() if make else Page(b"not here", status=404)
                with suppress(OSError):  # The reader may hang up, as it should.
                    self._send(page)

            def _send(self, page: Page) -> None:
                self.send_response(page.status)
                for name, value in page.headers.items():
                    self.send_header(name, value)
                if isinstance(page.body, bytes):
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
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        """The address of one page."""
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
