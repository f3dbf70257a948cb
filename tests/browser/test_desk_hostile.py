"""More than a hundred hostile drafts on the review screen, with JavaScript on: nothing runs in the frame or around it,
nothing leaves, and nothing waits there for a reviewer's hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.record import is_broken
from agent.staff import set_password
from agent.tables import CheckRun, Flag, Level, Revision
from agent.write.ending import Work
from tests.browser.a_reader import PASSWORD, a_page, sign_in
from tests.browser.browser import FLAGS, chromium, served
from tests.browser.trap import LOOKS, SEES
from tests.hostile_texts import hostile_texts
from tests.publish.works import a_sitting, revisions_of

pytestmark = pytest.mark.slow

BEACON = "http://127.0.0.9:9"
AT_ONCE = 15
DRAFTS = 105
AROUND = """() => {
  document.querySelector('details.received').open = true;
  const found = [], OUR_FRAME = 'iframe[sandbox="allow-same-origin"][style^="height:"]:not([srcdoc])';
  for (const part of document.querySelectorAll('*'))
    for (const given of part.attributes)
      if (/^(on.*|style|srcdoc|formaction|ping|background)$/i.test(given.name) && !part.matches(OUR_FRAME))
        found.push(given.name + ': ' + part.outerHTML.slice(0, 200));
  for (const script of document.scripts)
    if (!/^\\/static\\/(htmx\\.min|desk)\\.js$/.test(script.getAttribute('src'))) found.push(script.outerHTML);
  for (const link of document.querySelectorAll('[href], [action], [src], [hx-get], [hx-post]'))
    for (const name of ['href', 'action', 'src', 'hx-get', 'hx-post'])
      if (link.hasAttribute(name) && new URL(link.getAttribute(name), location).origin !== location.origin)
        found.push(name + ': ' + link.outerHTML.slice(0, 200));
  if (window.length !== 1) found.push('frames: ' + window.length);
  return found;
}"""
"""What stands around the frame: only our own scripts, and no address but the desk's."""


@dataclass
class Told:
    """What drafts did."""

    ran: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stands: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def watched(browser: Browser, address: str) -> Iterator[tuple[Page, Told]]:
    """A page of which all is seen that it runs, and all that it asks for elsewhere."""
    page, told = a_page(browser), Told()
    page.context.add_init_script(SEES)

    def keep(route: Route) -> None:
        told.asked.append(route.request.url)
        route.abort()

    def ours(url: str) -> bool:
        return url.startswith((address, "data:", "blob:", "about:"))

    page.context.route(lambda url: not ours(url), keep)
    page.on("console", lambda said: told.ran.append(said.text) if said.text.startswith("RAN") else None)
    page.on("dialog", lambda said: (told.ran.append(f"RAN dialog {said.message}"), said.dismiss()))
    page.context.on("page", lambda other: told.ran.append(f"RAN a window: {other.url}"))
    yield page, told
    page.context.close()


def drafts(outlet: Outlet) -> list[int]:
    """A piece of each hostile text, which is also its title, form, tag and note; each with a passage that a check
    stops at."""
    texts = [text for _, text in hostile_texts(f"{BEACON}/b") if not is_broken(text)]
    # A page for each takes a while, and the site's own test reads all of them: here so many of every kind.
    texts = [text for at, text in enumerate(texts) if at * DRAFTS % len(texts) < DRAFTS]
    made: list[Revision] = []
    for first in range(0, len(texts), AT_ONCE):
        some = texts[first : first + AT_ONCE]
        works = [
            Work(text, title=" ".join(text[:250].split()), form=text[:60], tags=[text[:80]], note=text[:400])
            for text in some
        ]
        made += revisions_of(outlet, a_sitting(outlet, *works))
    with outlet.database.write() as db:
        for revision, text in zip(made, texts, strict=True):
            run = CheckRun(revision_id=revision.id, check="danger", version="1", at=outlet.now())
            db.add(run)
            db.flush()
            start, end = len(text) // 4, len(text) // 4 * 3 + 1
            about = {"run_id": run.id, "revision_id": revision.id, "check": "danger", "category": "danger"}
            db.add(Flag(level=Level.STOP, start=start, end=end, quote=text[start:end], why=text[:200], **about))
        set_password(db, "ada", PASSWORD, outlet.now())
    return [revision.id for revision in made]


def test_hostile_drafts_run_nothing_in_the_frame_or_around_it(outlet: Outlet, browser: Browser) -> None:
    revisions = drafts(outlet)
    assert len(revisions) > 100
    marked = 0
    # Who asks for so much in no time at all is held back: here time goes on.
    outlet = replace(outlet, now=lambda: datetime.now(UTC))
    with served(create_app(outlet)) as address, watched(browser, address) as (page, told):
        sign_in(page, address, "ada")
        for revision in revisions:
            where = f"{address}/revisions/{revision}?with=flags"
            page.goto(where, wait_until="load")
            told.stands += [f"around {revision}: {what}" for what in page.evaluate(AROUND)]
            frame = page.frame(name="text")
            assert frame is not None, revision
            told.stands += [f"in {revision}: {what}" for what in frame.evaluate(LOOKS)]
            marked += frame.locator("mark.stop").count() > 0
            assert frame.locator("main > article.piece").count() == 1, revision
            assert page.url == where
        for verdict in ("publish", "veto", "escalate"):
            page.goto(f"{address}/revisions/{revisions[0]}/reviews/{verdict}")
        page.goto(f"{address}/revisions/{revisions[0]}?with=flags")
        for key in ("p", "v", "e", "?"):
            page.keyboard.press(key)
            page.locator("dialog[open]").wait_for()
            page.keyboard.press("Escape")
    assert told == Told()
    assert marked > len(revisions) / 3, "passages were set into hostile renderings"
    with outlet.database.read() as db:
        assert len(db.exec(select(Flag.id).where(Flag.level == Level.STOP)).all()) == len(revisions)


def test_without_the_sandbox_and_its_policy_a_script_would_be_seen(browser: Browser) -> None:
    bad = (
        f'<details class="received"></details><p onclick="x"><img src="{BEACON}/b/seen.png">'
        '<a href="https://elsewhere.example">x</a><iframe srcdoc="<img src=x onerror=window.__ran=1>"></iframe>'
        "<script>alert(1)</script>"
    )
    with watched(browser, "http://127.0.0.8") as (page, told):
        page.route("http://127.0.0.8/bad", lambda route: route.fulfill(body=bad, content_type="text/html"))
        page.goto("http://127.0.0.8/bad", wait_until="load")
        told.stands += page.evaluate(AROUND)
    assert "RAN alert" in told.ran
    assert any("RAN Error" in said for said in told.ran)
    assert f"{BEACON}/b/seen.png" in told.asked
    for what in ("onclick: <p", "srcdoc: <iframe", "<script>", "href: <a"):
        assert any(said.startswith(what) for said in told.stands), what
