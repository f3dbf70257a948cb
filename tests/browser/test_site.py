"""The built site, read in a real browser: served over HTTP, and straight from the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from agent.adapters.web import preview
from agent.outlet import Outlet
from agent.publish import edition, ledger
from agent.review import actions
from agent.tables import Verdict
from agent.testing import a_piece, a_session, tool_reply
from tests.browser.browser import chromium_page, served
from tests.publish.works import a_revised, an_afterword, an_interview, bring_out, publish, take_back

pytestmark = pytest.mark.slow

ESSAY = """# On lamps

The last lamp stays lit.[^1] Nobody asked it to, and <script>alert(1)</script> is only text.

> Light is a kind of waiting.

- one lamp
- another

[^1]: It was switched off in spring.
"""


@pytest.fixture
def public(outlet: Outlet) -> Path:
    """A site with an essay, a poem, and an invitation that was declined."""
    for text, facts in ((ESSAY, {"title": "", "form": "essay"}), ("Rain\non the lamp\n", {"title": "Two lines"})):
        revision = a_piece(outlet, text, **facts)
        actions.review(outlet, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)
    a_session(outlet, [tool_reply("decline")])
    ledger.append(outlet)
    edition.build(outlet)
    return outlet.settings.at(outlet.settings.public)


@pytest.fixture(params=["http", "disk"])
def home(public: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the home page."""
    if request.param == "disk":
        yield (public / "index.html").as_uri()
        return
    with served(preview(public)) as address:
        yield f"{address}/index.html"


def watched(page: Page) -> tuple[list[str], list[str]]:
    """What the page asks for, and what it complains of."""
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return asked, complaints


@pytest.mark.parametrize("width", [360, 1280])
def test_a_reader_finds_a_piece_and_how_it_was_written(public: Path, home: str, width: int) -> None:
    with chromium_page(width=width, javascript=False) as page:
        asked, complaints = watched(page)
        page.goto(home)
        page.get_by_role("link", name="On lamps").first.click()
        assert page.locator("h1").all_inner_texts() == ["On lamps"]
        details = page.locator("details", has_text="How this was written")
        assert not details.locator("dl").first.is_visible(), "folded until a reader asks"
        details.locator("summary").first.click()
        assert details.get_by_text("claude-3-opus-20240229").first.is_visible()
        assert "<script>alert(1)</script>" in page.locator("article").inner_text(), "shown as text"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        raw = page.locator("a", has_text="raw Markdown").first.get_attribute("href") or ""
        assert (public / "pieces" / raw).read_bytes() == ESSAY.encode(), "byte for byte, one link away"
        origin = home.rsplit("/", 1)[0]
        assert [url for url in asked if not url.startswith(origin)] == [], "no request leaves"
        assert complaints == []


def test_the_ledger_shows_every_invitation(home: str) -> None:
    with chromium_page(javascript=False) as page:
        page.goto(home)
        page.get_by_role("link", name="Ledger").first.click()
        assert page.locator("tbody tr").count() == 3
        assert page.get_by_text("declined").count() >= 1


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_easy_to_read_by_day_and_by_night(home: str, dark: bool) -> None:
    with chromium_page(dark=dark) as page:
        page.goto(home)
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.documentElement).backgroundColor]"
        )
        if paper == "rgba(0, 0, 0, 0)":
            paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert contrast(ink, paper) >= 7


@pytest.fixture
def grown(outlet: Outlet) -> Path:
    """A piece with notes that its author revised and added to, twice, and took back the second."""
    publish(outlet, a_piece(outlet, ESSAY, title=""))
    publish(outlet, a_revised(outlet, 1, ESSAY.replace("spring", "autumn"), title=""))
    publish(
        outlet, an_afterword(outlet, 1, "## Lit\n\nIt is lit again.[^1]\n\n[^1]: By somebody.\n", title="A wide " * 40)
    )
    publish(outlet, an_afterword(outlet, 1, "Not a word of this.\n"))
    take_back(outlet, 3)
    an_interview(outlet)
    return bring_out(outlet)


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1440, True)])
def test_a_piece_that_grew_reads_like_one_book(grown: Path, width: int, dark: bool) -> None:
    with chromium_page(width=width, dark=dark, javascript=False) as page:
        asked, complaints = watched(page)
        page.goto((grown / "index.html").as_uri())
        page.get_by_role("link", name="On lamps").first.click()
        assert page.locator("h1").all_inner_texts() == ["On lamps"]
        afterword = page.get_by_role("region", name="Afterword")
        assert afterword.count() == 1
        text, below = (page.locator(found).bounding_box() for found in (".piece > .prose", "section.afterword .prose"))
        assert text is not None
        assert below is not None
        assert below["y"] > text["y"] + text["height"], "under the text"
        assert (below["x"], below["width"]) == (text["x"], text["width"]), "in the same measure"
        note = afterword.get_by_text("By somebody.").bounding_box()
        assert note is not None
        assert note["x"] < below["x"] + below["width"], "its notes stand below it"
        beside = page.get_by_text("It was switched off in autumn.").bounding_box()
        assert beside is not None
        assert (beside["x"] > text["x"] + text["width"]) == (width > 1000), "those of the text in the margin"
        assert page.get_by_text("was taken down by its author").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        earlier = page.get_by_role("link", name="text before it").get_attribute("href") or ""
        assert (grown / "pieces" / earlier).read_bytes() == ESSAY.encode()
        page.get_by_role("link", name="how it was written").click()
        assert page.get_by_text("An afterword to").first.is_visible()
        page.get_by_role("link", name="On lamps").first.click()
        assert page.url.endswith("pieces/1.html")
        assert complaints == []
        assert all(url.startswith("file:") for url in asked)


@pytest.mark.parametrize("width", [360, 1440])
def test_every_page_of_a_site_that_grew_fits_its_screen(grown: Path, width: int) -> None:
    with chromium_page(width=width) as page:
        for path in sorted(grown.rglob("*.html")):
            page.goto(path.as_uri())
            assert page.locator("dl dt", has_text="save_draft").locator("visible=true").count() == 0, "tools are folded"
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG reckons it: 1 to 21."""
    import re

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)
