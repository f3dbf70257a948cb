"""Every page as readers may have it: large, small, by night, on paper, without a style sheet, without a script."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.browser import chromium_page
from tests.browser.kinds import pages

pytestmark = pytest.mark.slow

UNFOLD = "document.querySelectorAll('details').forEach(part => { part.open = true })"
STICKS_OUT = """() => [...document.body.querySelectorAll('*')]
    .filter(part => part.getBoundingClientRect().right > innerWidth + 1 && part.checkVisibility())
    .map(part => part.tagName + '.' + part.className).slice(0, 5)"""


@dataclass
class Walk:
    """What happened while every page was opened on a telephone, unfolded, with letters twice as large."""

    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    wide: dict[str, list[str]] = field(default_factory=dict)
    """What sticks out of the screen, by the page and the size of its letters."""


@pytest.fixture(scope="module")
def walk(library: Path, site: str) -> Walk:
    seen = Walk()
    with chromium_page(width=360, height=780, javascript=False) as page:
        page.on("request", lambda request: seen.asked.append(request.url))
        page.on("console", lambda message: seen.told.append(f"{message.location['url']}: {message.text}"))
        page.on("pageerror", lambda error: seen.told.append(str(error)))
        for path in [path for same in pages(library).values() for path in same]:
            page.goto(f"{site}/{path}")
            page.evaluate(UNFOLD)
            for size in ("100%", "200%"):
                page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
                if page.evaluate("document.documentElement.scrollWidth") > 360:
                    seen.wide[f"{path} at {size}"] = page.evaluate(STICKS_OUT)
    return seen


def test_every_page_asks_this_place_alone_and_complains_of_nothing(walk: Walk, library: Path, site: str) -> None:
    assert [url for url in walk.asked if not url.startswith(f"{site}/")] == []
    assert len(walk.asked) > 100
    gone = [f"{site}/{path}" for path in (library / "gone.txt").read_text().split()]
    assert len(gone) == 3
    assert {line.split(": ")[0] for line in walk.told} == set(gone), walk.told
    assert all("410" in line for line in walk.told), "each says that it is gone, and nothing else says anything"


def test_text_twice_as_large_makes_no_page_wider_than_a_telephone(walk: Walk) -> None:
    assert walk.wide == {}


@pytest.fixture
def narrow() -> Iterator[Page]:
    with chromium_page(width=360, height=780, javascript=False) as page:
        yield page


def test_a_page_is_in_order_without_its_style_sheets(library: Path, site: str, narrow: Page) -> None:
    narrow.route("**/*.css", lambda route: route.abort())
    for same in pages(library).values():
        narrow.goto(f"{site}/{same[0]}")
        assert narrow.locator("h1").count() == 1, same[0]
        assert narrow.locator("main").count() == 1, same[0]
        assert narrow.title().strip(), same[0]
        assert narrow.locator("html").get_attribute("lang"), same[0]
    narrow.goto(f"{site}/pieces/1.html")
    narrow.evaluate(UNFOLD)
    text = narrow.locator("body").inner_text()
    said = [
        "Claude Opus 3, a retired model",
        "The last lamp on the quay",
        "On the quay of a small harbour",
        "still working",
    ]
    said += ["How this was written", "claude-3-opus-20240229"]
    places = [text.find(words) for words in said]
    assert -1 not in places, dict(zip(said, places, strict=True))
    assert places == sorted(places), dict(zip(said, places, strict=True))


def test_a_piece_on_paper_ends_with_how_it_was_written_and_tells_addresses(numbers: dict[str, int], site: str) -> None:
    with chromium_page(javascript=False) as page:
        page.goto(f"{site}/pieces/1.html")
        assert not page.locator("details dl").first.is_visible()
        page.emulate_media(media="print")
        assert page.locator("details dl").first.is_visible(), "unfolded on paper"
        assert not page.locator("nav").first.is_visible()
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert paper in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"), "no ink for the paper"
        assert ink == "rgb(0, 0, 0)"
        page.goto(f"{site}/pieces/{numbers['tags-as-text']}.html")
        page.emulate_media(media="print")
        after = "part => getComputedStyle(part, '::after').content"
        link = page.locator(".prose a[href^='https://example.org']").first
        assert "https://example.org/" in link.evaluate(after)
