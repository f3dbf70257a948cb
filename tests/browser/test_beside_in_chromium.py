"""What stands beside a text, in a real Chromium: fetched in its place with JavaScript, a page of its own without."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.staff import begin_session
from agent.tables import User
from agent.testing import a_piece, a_session, blocks_reply, text_reply, tool_reply
from tests.browser.browser import chromium_page, served
from tests.browser.checkers import AXE, HOW
from tests.browser.test_site_checkers import violations

pytestmark = pytest.mark.slow

PANELS = ("invitation", "transcript", "sources", "record", "likeness", "earlier", "provenance")
TEXT = "The rain today is reported, not felt. A forecast is a letter from someone who has looked out of a window.\n"


@pytest.fixture
def desk(outlet: Outlet) -> Iterator[tuple[str, str]]:
    """A running desk's address and a token of Ada's; piece 2 has two revisions and is nearly the same as piece 1."""
    a_piece(outlet, TEXT, title="Rain", tags=["weather"])
    aloud = blocks_reply([{"type": "text", "text": "Hm."}, *tool_reply("write_note", text="a velvet harbour").blocks])
    a_session(outlet, [aloud, tool_reply("submit", title="Rain, felt", text=TEXT.replace("not", "and"))])
    again = tool_reply("revise", piece=2, text=TEXT.replace("a window", "the window"), note_to_readers="Slowly.")
    a_session(outlet, [again, text_reply("Done.")])
    with outlet.database.write() as db:
        user = db.exec(select(User).where(User.name == "ada")).one()
        token = begin_session(db, user, outlet.now())
    with served(create_app(outlet)) as address:
        yield address, token


def sign_in(page: Page, desk: tuple[str, str]) -> str:
    address, token = desk
    page.context.add_cookies([{"name": "desk", "value": token, "url": address}])
    return address


def test_each_panel_is_fetched_when_it_is_opened_and_not_before(desk: tuple[str, str]) -> None:
    with chromium_page() as page:
        address, asked = sign_in(page, desk), list[str]()
        page.on("request", lambda request: asked.append(request.url.removeprefix(f"{address}/revisions/3/")))
        page.goto(f"{address}/revisions/3?with=flags")
        panels = page.locator("details.panel")
        assert panels.count() == len(PANELS)
        assert not set(asked) & set(PANELS)
        for number, name in enumerate(PANELS):
            panels.nth(number).locator("> summary").click()
            panels.nth(number).get_by_role("link", name="On a page of its own").wait_for()
            assert asked.count(name) == 1
            panels.nth(number).locator("> summary").click()
        assert page.url == f"{address}/revisions/3?with=flags"
        other = panels.nth(PANELS.index("earlier"))
        other.locator("> summary").click()
        assert other.locator("ins", has_text="the").first.is_visible()
        other.get_by_label("To").select_option("1")
        other.get_by_role("button", name="Compare").click()
        other.get_by_text("Choose two that differ").wait_for()
        assert [asked.count(name) for name in PANELS] == [1] * len(PANELS), "opened again, none is asked for anew"


def test_where_the_connection_is_lost_the_way_to_the_panel_stays(desk: tuple[str, str]) -> None:
    with chromium_page() as page:
        address = sign_in(page, desk)
        page.goto(f"{address}/revisions/3?with=flags")
        page.route("**/revisions/3/sources", lambda route: route.abort())
        panel = page.locator("details.panel", has_text="What it was shown")
        with page.expect_event("requestfailed"):
            panel.locator("> summary").click()
        page.unroute("**/revisions/3/sources")
        panel.get_by_role("link", name="Read it").click()
        panel.get_by_text("Laid beside the invitation").wait_for()


def test_without_javascript_each_panel_is_a_link_to_its_page(desk: tuple[str, str]) -> None:
    with chromium_page(javascript=False) as page:
        address = sign_in(page, desk)
        for number, name in enumerate(PANELS[:2]):
            page.goto(f"{address}/revisions/3?with=flags")
            panel = page.locator("details.panel").nth(number)
            panel.locator("> summary").click()
            panel.get_by_role("link", name="Read it").click()
            page.wait_for_url(f"{address}/revisions/3/{name}")
        page.goto(f"{address}/revisions/3/earlier")
        page.get_by_label("From").select_option("2")
        page.get_by_role("button", name="Compare").click()
        page.wait_for_url(f"{address}/revisions/3/earlier?from=2&to=2")


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 360)])
def test_axe_finds_nothing_and_every_page_fits_its_screen(desk: tuple[str, str], dark: bool, width: int) -> None:
    assert AXE.exists(), HOW
    axe = AXE.read_text(encoding="utf-8")
    with chromium_page(dark=dark, width=width) as page:
        address = sign_in(page, desk)
        for path in (*(f"/revisions/3/{name}" for name in PANELS), "/sessions", "/sessions/2", "/sessions/2?raw=yes"):
            assert violations(page, address + path, axe) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
