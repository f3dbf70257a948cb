"""The queue in a real Chromium: by keys where there is a script, by plain forms where there is none."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.review import presence
from agent.review.queue import Viewer
from agent.staff import begin_session
from agent.tables import Presence, User
from agent.testing import a_piece
from tests.browser.browser import chromium_page, served
from tests.browser.checkers import AXE, HOW
from tests.browser.test_site_checkers import violations
from tests.desk.a_desk import HOSTILE
from tests.review.a_desk_of_two import publishes

pytestmark = pytest.mark.slow

TITLES = ("Rain, reported", "Snow on the weather of a machine that was switched off in winter", "Hail", "Fog")


@pytest.fixture
def desk(outlet: Outlet) -> Iterator[tuple[str, str]]:
    """A running desk's address and a token of Ada's. One piece is flagged, one public; Ben reads one and claims one."""
    for title in TITLES:
        a_piece(outlet, HOSTILE if title == "Hail" else "It rained all day.\n", title=title, form="poem")
    publishes(outlet, a_piece(outlet, "It rained.\n", title="Out"))
    with outlet.database.write() as db:
        ada, ben = (db.exec(select(User).where(User.name == name)).one() for name in ("ada", "ben"))
        token = begin_session(db, ada, outlet.now())
    presence.seen(outlet, ben.id, 2)
    presence.claim(outlet, Viewer(ben.id, "ben", outlet.now()), 1)
    with served(create_app(outlet)) as address:
        yield address, token


def sign_in(page: Page, desk: tuple[str, str]) -> str:
    address, token = desk
    page.context.add_cookies([{"name": "desk", "value": token, "url": address}])
    return address


def test_keys_walk_the_rows_open_one_and_go_to_the_search(desk: tuple[str, str]) -> None:
    with chromium_page() as page:
        address = sign_in(page, desk)
        page.goto(f"{address}/queue")
        for key in ("j", "j", "j", "k"):
            page.keyboard.press(key)
        page.keyboard.press("o")
        page.wait_for_url(f"{address}/revisions/2")
        page.goto(f"{address}/queue")
        page.keyboard.press("/")
        page.keyboard.type("rained")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/search?q=rained")
        page.keyboard.press("Escape")
        assert page.locator("[data-row]").count() == len(TITLES), "all but the flagged one, and the public one"


def test_a_page_that_stays_open_says_so_by_itself(desk: tuple[str, str], outlet: Outlet) -> None:
    with chromium_page() as page:
        address = sign_in(page, desk)
        page.clock.install()
        page.goto(f"{address}/revisions/1")
        with outlet.database.write() as db:
            for row in db.exec(select(Presence)):
                db.delete(row)
        with page.expect_response(lambda answer: answer.url.endswith("/revisions/1/presence")) as said:
            page.clock.fast_forward(31_000)
        assert said.value.status == 200
        with outlet.database.read() as db:
            assert [row.revision_id for row in db.exec(select(Presence))] == [1]


def test_without_javascript_one_chooses_keeps_takes_and_leaves(desk: tuple[str, str]) -> None:
    with chromium_page(javascript=False) as page:
        address = sign_in(page, desk)
        page.goto(f"{address}/queue")
        assert page.get_by_text("ben is reading this").is_visible()
        page.get_by_text("Show only…").click()
        page.get_by_label("Worst flag").select_option("look")
        page.get_by_label("Form").fill("Poem")
        page.get_by_role("button", name="Show", exact=True).click()
        assert page.locator("[data-row]").count() == 1
        page.get_by_label("Keep this view as").fill("Odd poems")
        page.get_by_role("button", name="Keep").click()
        page.goto(f"{address}/queue")
        page.get_by_role("link", name="Odd poems").click()
        assert page.get_by_role("link", name="Hail").is_visible()
        page.get_by_role("button", name="Delete the view").click()
        page.get_by_role("button", name="Take the next one").click()
        page.wait_for_url(f"{address}/revisions/3")
        page.get_by_role("button", name="Not now").click()
        page.goto(f"{address}/queue")
        page.get_by_role("button", name="Take it back").click()
        page.wait_for_url(f"{address}/revisions/3")


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 768), (False, 360)])
def test_axe_finds_nothing_and_every_page_fits_its_screen(desk: tuple[str, str], dark: bool, width: int) -> None:
    assert AXE.exists(), HOW
    axe = AXE.read_text(encoding="utf-8")
    with chromium_page(dark=dark, width=width) as page:
        address = sign_in(page, desk)
        for path in (
            "/queue",
            "/queue?worst=look&form=poem&mine=yes",
            "/queue?kind=answer",
            "/search?q=rained",
            "/search",
        ):
            page.goto(address + path)
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert violations(page, address + path, axe) == [], path
