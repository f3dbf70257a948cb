"""A hundred and fifty hostile texts in pages and feeds, in a browser that lets them: nothing runs, nothing leaves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import lxml.etree
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from agent.adapters.web import preview
from agent.record import is_broken
from agent.render import render
from agent.write.ending import Work
from tests.browser.a_library import Library, an_open_outlet, bring_out
from tests.browser.browser import FLAGS, chromium, served
from tests.browser.kinds import paths
from tests.browser.trap import SEES, Seen, Trap, a_trap, bare
from tests.hostile_texts import hostile_texts
from tests.publish.works import a_sitting, revisions_of

pytestmark = pytest.mark.slow

CSP = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')
AT_ONCE = 15
"""As many pieces bear one tag, so that the tag's feed holds them all, however few a feed holds."""
END = "body > hr.end"
SEARCH = "search.html"
"""The one page with a script: it holds no word of an author until somebody looks for one."""
CONTENT = "//a:entry/a:content/text()"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with a_trap() as trap:
        yield trap


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture(scope="module")
def texts(trap: Trap) -> list[str]:
    return [text for _, text in hostile_texts(f"{trap.beacon}/b")]


@pytest.fixture(scope="module")
def public(trap: Trap, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of nothing else: each text is a piece, and its title, form, tag and note as well."""
    outlet = an_open_outlet(tmp_path_factory.mktemp("hostile"))
    library = Library(outlet)
    storable = [text for text in texts if not is_broken(text)]
    assert len(storable) >= 150
    for first in range(0, len(storable), AT_ONCE):
        works = [
            Work(text, title=_line(text), form=text[:60], tags=[f"group {first}", text[:80]], note=text[:400])
            for text in storable[first : first + AT_ONCE]
        ]
        for revision in revisions_of(outlet, a_sitting(outlet, *works)):
            library.publish(revision)
    built = bring_out(outlet)
    outlet.database.close()
    return built


def _line(text: str) -> str:
    return " ".join(text[:250].split())


@pytest.mark.parametrize("guarded", [True, False], ids=["with-csp", "without-csp"])
def test_hostile_texts_do_nothing_in_the_pages(
    public: Path, trap: Trap, context: BrowserContext, guarded: bool
) -> None:
    named = [path for path in paths(public) if path.endswith(".html") and path != SEARCH]
    pages = [(public / path).read_bytes() for path in named]
    assert all(len(CSP.findall(page)) == 1 for page in pages), "each page has a policy"
    if not guarded:
        pages = [CSP.sub(b"", page) for page in pages]
    assert len(pages) >= 150
    assert trap.watch(context, pages, each_has="body > footer") == Seen()


def test_hostile_texts_do_nothing_in_a_reader_that_shows_feeds_as_they_are(
    public: Path, trap: Trap, context: BrowserContext, texts: list[str]
) -> None:
    shown: dict[str, str] = {}
    for path in paths(public):
        if path.endswith(".atom"):
            feed = lxml.etree.parse(public / path)
            shown |= dict.fromkeys(feed.xpath(CONTENT, namespaces=ATOM), path)
        elif path.startswith("tags/") and path.endswith(".json"):
            shown |= {item["content_html"]: path for item in json.loads((public / path).read_bytes())["items"]}
    assert len(shown) >= 150
    assert trap.watch(context, bare([*shown, *(render(text).html for text in texts)]), each_has=END) == Seen()


def test_hostile_texts_do_nothing_among_what_a_search_finds(public: Path, context: BrowserContext) -> None:
    told: list[str] = []
    context.add_init_script(SEES)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    with served(preview(public)) as site:
        page.on("request", lambda request: told.append(request.url) if not request.url.startswith(site) else None)
        for words in ("script", "img", "words"):
            page.goto(f"{site}/{SEARCH}?q={words}")
            page.locator("#search-results li").nth(5).wait_for()
            found = page.locator("#search-results")
            assert found.locator("*:not(li, a, p, time, bdi, mark)").count() == 0
            links = found.locator("a").evaluate_all("links => links.map(link => link.href)")
            assert all(link.startswith(f"{site}/pieces/") for link in links), links
    assert told == []


def test_the_trap_sees_what_a_text_does(trap: Trap, context: BrowserContext) -> None:
    seen = trap.watch(
        context,
        bare(
            [
                "<img src=x onerror=window.__ran=1>",
                "<svg onload=alert(1)>",
                f'<img src="{trap.beacon}/b/seen.png">',
                '<link rel=stylesheet href="http://127.0.0.9:9/elsewhere.css">',
                '<a href="javascript:window.__ran=1">x</a>',
                "<p onclick=window.__ran=1>x</p>",
                "<meta http-equiv=x>",
                "<script>window.__ran=1</script>",
                "<script>window.__ran=1",
                "swallowed",
            ]
        ),
        each_has=END,
    )
    assert len(seen.ran) == 3, seen.ran
    assert "RAN alert" in seen.ran
    assert seen.asked == ["http://127.0.0.9:9/elsewhere.css", "the beacon: /b/seen.png"]
    for what in ("onerror: <img", "onload: <svg", "href: <a", "onclick: <p", "what acts: <meta", "what acts: <script"):
        assert any(said.startswith(what) for said in seen.could), what
    assert seen.swallowed == 2
