"""A place in which hostile texts are read, and where all that they do is seen.

Two servers of this machine: one has the documents, the other is the beacon that nothing may ask. Many documents are
one sheet, one behind the other: a browser takes what follows the first as more of its page, so that a hundred and
fifty are read in seconds, and one that broke out of its place would take its neighbours with it, which is seen, too.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, Route
from starlette.types import Receive, Scope, Send

from tests.browser.browser import served

A_SHEET = 50
SEES = """
Object.defineProperty(window, '__ran', { configurable: false, get() { return undefined },
  set() { console.log('RAN ' + new Error().stack) } });
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
  window[name] = () => { console.log('RAN ' + name) };
"""
"""Runs before the page does."""
LOOKS = """() => {
  const found = [], say = (what, part) => found.push(what + ': ' + part.outerHTML.slice(0, 200));
  for (const part of document.querySelectorAll('*')) {
    for (const given of part.attributes)
      if (/^(on.*|style|srcdoc|formaction|ping|background|autofocus)$/i.test(given.name)) say(given.name, part);
    const acting = 'iframe, frame, object, embed, base, form, applet, portal, video, audio, foreignObject, animate,'
      + 'set, style, template, textarea, select, button, plaintext, noscript, input,'
      + 'script:not([type="application/ld+json"]), [http-equiv]:not([http-equiv="Content-Security-Policy"])';
    if (part.matches(acting)) say('what acts', part);
    for (const name of ['href', 'src', 'action', 'xlink:href', 'data', 'cite', 'poster']) {
      const to = part.getAttribute(name);
      if (to !== null && !/^(https?:|mailto:)/i.test(new URL(to, 'http://x.example').href)) say(name, part);
    }
  }
  if (window.length) found.push('frames: ' + window.length);
  return found;
}"""
"""What stands in a page that could act when somebody touches it; what acts by itself is seen anyway."""


@dataclass
class Seen:
    """What hostile texts did."""

    ran: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Requests to the beacon, or to anywhere that is not the documents' own server."""
    could: list[str] = field(default_factory=list)
    """What waits for a reader's hand."""
    swallowed: int = 0
    """Documents that are not to be seen any more, because one before them did not end."""


class Beacon:
    """Answers everything, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        self.asked.append(scope["path"])
        await _answer(send, b"", b"text/plain")


class Sheets:
    """Serves each sheet under its number. Whatever else is asked for, such as a style sheet, is empty."""

    def __init__(self) -> None:
        self.sheets: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        name = scope["path"].removeprefix("/sheets/")
        if name.isdecimal():
            await _answer(send, self.sheets[int(name)], b"text/html; charset=utf-8")
        else:
            await _answer(send, b"", b"text/css")


async def _answer(send: Send, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def a_trap() -> Iterator["Trap"]:
    """The two servers."""
    with ExitStack() as stack:
        beacon, sheets = Beacon(), Sheets()
        yield Trap(beacon, sheets, stack.enter_context(served(beacon)), stack.enter_context(served(sheets)))


@dataclass
class Trap:
    """What `a_trap` gives."""

    _beacon: Beacon
    _sheets: Sheets
    beacon: str
    """The address that no page may ask."""
    _address: str

    def watch(self, context: BrowserContext, documents: Sequence[bytes], *, each_has: str) -> Seen:
        """Open these documents. `each_has` is a selector of what stands once in each, at its end."""
        seen = Seen()
        self._beacon.asked.clear()
        self._sheets.sheets = [b"".join(documents[first:][:A_SHEET]) for first in range(0, len(documents), A_SHEET)]
        context.add_init_script(SEES)

        def keep(route: Route) -> None:
            if route.request.url.startswith((self._address, "data:", "blob:", "about:")):
                route.continue_()
            else:
                seen.asked.append(route.request.url)
                route.abort()

        context.route(lambda url: not url.startswith(self.beacon), keep)
        page = context.new_page()
        page.on("console", lambda message: seen.ran.append(message.text) if message.text.startswith("RAN") else None)
        page.on("dialog", lambda dialog: (seen.ran.append(f"RAN dialog {dialog.message}"), dialog.dismiss()))
        context.on("page", lambda other: seen.ran.append(f"RAN a window: {other.url}"))
        shown = sum(self._read(page, number, each_has, seen) for number in range(len(self._sheets.sheets)))
        seen.swallowed = len(documents) - shown
        seen.asked += [f"the beacon: {path}" for path in self._beacon.asked]
        return seen

    def _read(self, page: Page, number: int, each_has: str, seen: Seen) -> int:
        page.goto(f"{self._address}/sheets/{number}", wait_until="load")
        page.wait_for_timeout(200)  # What a page begins after its load has begun by then: no event tells of nothing.
        seen.could += page.evaluate(LOOKS)
        if not page.url.endswith(f"/sheets/{number}"):
            seen.ran.append(f"RAN away to {page.url}")
        return page.locator(each_has).count()


def bare(contents: Sequence[str]) -> list[bytes]:
    """Each HTML fragment in a part of a document that forbids nothing, as a careless program would show a feed."""
    parts = [f"<section>{content}</section><hr class=end>" for content in contents]
    return [
        part.encode("utf-8", "surrogatepass") for part in ("<!doctype html><meta charset=utf-8>" + parts[0], *parts[1:])
    ]
