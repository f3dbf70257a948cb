"""The desk in a real Chromium, without JavaScript: nothing on it needs any."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.staff import set_password
from agent.tables import Publication, Review, Verdict
from agent.testing import a_piece
from tests.browser.browser import chromium_page, served

pytestmark = pytest.mark.slow

PASSWORD = "quince river comma weather"
TEXT = (
    "# Rain, reported\n\nThe rain today is reported, not felt. A forecast is a letter from someone who has looked "
    "out of a window on my behalf, and *I take it seriously*.\n\n- small rivers\n- a recipe for quince paste\n\n"
    "[read on](javascript:document.title='run') <img src=x onerror=\"document.title='run'\">"
    "<style>body{display:none}</style>\n"
)


@pytest.fixture
def address(outlet: Outlet) -> Iterator[str]:
    """A running desk with one piece to read, where Ada and Ben can sign in."""
    a_piece(outlet, TEXT, title="Rain, reported", note_to_readers="Read it slowly.")
    with outlet.database.write() as db:
        for name in ("ada", "ben"):
            set_password(db, name, PASSWORD, outlet.now())
    with served(create_app(outlet)) as url:
        yield url


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/queue")


def test_a_reviewer_signs_in_reads_answers_and_publishes(outlet: Outlet, address: str) -> None:
    with chromium_page(javascript=False) as page:
        sign_in(page, address, "ada")
        page.get_by_role("link", name="Rain, reported").click()
        article = page.get_by_role("article")
        assert article.locator(".prose").get_by_text("not felt").is_visible()
        for answer in page.get_by_label("Why can the passage stand?").all():
            answer.fill("Readers see it as text.")
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("status").get_by_text("Your verdict is on record. Published.").wait_for()
        page.goto(f"{address}/queue")
        assert page.get_by_text("No piece waits to be read.").is_visible()
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{address}/queue")
        assert page.get_by_role("heading", name="Sign in").is_visible()
    with outlet.database.read() as db:
        assert db.exec(select(Publication)).one().reviewers == 1


def test_two_reviewers_veto_in_two_browsers_and_the_second_decides_alone(outlet: Outlet, address: str) -> None:
    for name, reason in (("ada", "The person in it is a real one."), ("ben", "It tells where somebody lives.")):
        with chromium_page(javascript=False, width=390) as page:
            sign_in(page, address, name)
            page.get_by_role("link", name="Rain, reported").click()
            assert not page.get_by_text("The person in it is a real one.").is_visible()
            page.get_by_text("Hold it back", exact=True).click()
            page.get_by_label("Ground").select_option("personal-data")
            page.get_by_label("The passage it is about").fill("a recipe for quince paste")
            page.get_by_label("Why, in words").fill(reason)
            page.get_by_role("button", name="Give a veto").click()
            page.get_by_role("status").wait_for()
            assert page.get_by_text("The person in it is a real one.").is_visible()
    with outlet.database.read() as db:
        verdicts = [(review.reviewer, review.verdict) for review in db.exec(select(Review))]
    assert verdicts == [("ada", Verdict.VETO), ("ben", Verdict.VETO)]


def test_a_hostile_draft_runs_nothing_where_scripts_could_run(address: str) -> None:
    with chromium_page() as page:
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.on("dialog", lambda dialog: told.append(dialog.message))
        sign_in(page, address, "ada")
        page.goto(f"{address}/revisions/1")
        page.get_by_text("read on", exact=True).click()
        assert page.title() == "Rain, reported · Afterword desk"
        assert page.get_by_role("article").is_visible()
        assert page.locator("article img, article script, article style").count() == 0
        assert told == []


def test_every_page_fits_its_screen(address: str) -> None:
    with chromium_page() as page:
        sign_in(page, address, "ada")
        for path in ("/queue", "/revisions/1", "/pieces", "/nowhere"):
            page.goto(address + path)
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
            for width in (360, 768, 1000, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_publish_and_veto_are_never_in_sight_together(address: str) -> None:
    with chromium_page(width=1440, height=2400) as page:
        sign_in(page, address, "ada")
        page.goto(f"{address}/revisions/1")
        assert page.get_by_role("button", name="Publish").is_visible()
        assert not page.get_by_role("button", name="Give a veto").is_visible()
        assert page.locator("button.primary").count() == 1


def test_text_stands_at_reading_size_with_a_readable_measure(address: str) -> None:
    with chromium_page(width=1440) as page:
        sign_in(page, address, "ada")
        page.goto(f"{address}/revisions/1")
        size, width = page.evaluate(
            "() => { const p = document.querySelector('.prose p');"
            " return [parseFloat(getComputedStyle(p).fontSize), p.getBoundingClientRect().width] }"
        )
        assert size >= 17
        assert 45 < width / (size / 2) < 75
        beside = page.get_by_role("complementary", name="Beside the text").bounding_box()
        article = page.get_by_role("article").bounding_box()
        assert beside is not None
        assert article is not None
        assert beside["x"] > article["x"] + article["width"] - 1
