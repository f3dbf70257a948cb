"""What is written at the desk stays where it is: in its own dialog, when a session ends in the middle of it, and on a
phone; and tables are sorted by a click."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.staff import set_password
from agent.tables import DeskSession, Review, Verdict
from agent.testing import a_piece
from tests.browser.a_reader import PASSWORD, a_page, sign_in
from tests.browser.browser import FLAGS, chromium, served

pytestmark = pytest.mark.slow

LINE = "The forecast came at six. I read it twice, as one reads a note that somebody left on a table for me to find.\n"
REASON = "It tells where somebody lives."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """An outlet with two pieces to read, the first a long one; verdicts can be taken back for ten minutes."""
    a_piece(outlet, "\n".join(f"{at}. {LINE}" for at in range(1, 41)), title="At six")
    a_piece(outlet, LINE, title="Quince")
    with outlet.database.write() as db:
        for name in ("ada", "ben"):
            set_password(db, name, PASSWORD, outlet.now())
    return replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))


@pytest.fixture
def address(outlet: Outlet) -> Iterator[str]:
    with served(create_app(outlet)) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Pages that somebody is signed in with, by name."""
    pages: list[Page] = []

    def signed_in(name: str = "ada", **facts: object) -> Page:
        pages.append(a_page(browser, **facts))
        sign_in(pages[-1], address, name)
        return pages[-1]

    yield signed_in
    for page in pages:
        page.context.close()


def end_every_session(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        for session in db.exec(select(DeskSession)):
            db.delete(session)


def verdicts(outlet: Outlet) -> list[tuple[str, Verdict, str]]:
    with outlet.database.read() as db:
        return [(review.reviewer, review.verdict, review.reason) for review in db.exec(select(Review))]


def close(page: Page) -> None:
    """Close what is open, and wait for it: a key that comes sooner is for the dialog."""
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def fill_in_a_veto(page: Page, passage: str = "I read it twice") -> None:
    page.get_by_label("Ground").select_option("personal-data")
    page.get_by_label("The passage it is about").fill(passage)
    page.get_by_label("Why, in words").fill(REASON)


def test_a_refusal_comes_into_its_own_dialog_and_leaves_the_others_alone(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/1?with=flags")
    page.keyboard.press("p")
    page.get_by_role("dialog", name="Publish").wait_for()
    close(page)
    page.keyboard.press("v")
    fill_in_a_veto(page, "Words that stand nowhere.")
    page.get_by_role("button", name="Give a veto").click()
    open_one = page.locator("dialog[open]")
    expect(open_one.get_by_role("alert")).to_contain_text("The quoted passage does not stand in the text.")
    expect(open_one.get_by_label("Why, in words")).to_have_value(REASON)
    named = open_one.get_attribute("aria-labelledby")
    assert named
    expect(open_one.locator(f"#{named}")).to_have_count(1)
    expect(page.locator(f"#{named}")).to_have_count(1)
    close(page)
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Publish")
    expect(dialog.get_by_role("button", name="Publish")).to_be_visible()
    expect(dialog.get_by_label("Ground")).to_have_count(0)


def test_p_and_enter_publish_nothing_unread(outlet: Outlet, address: str, open_page: Callable[..., Page]) -> None:
    for script in (True, False):
        page = open_page(java_script_enabled=script)
        page.goto(f"{address}/revisions/2{'?with=flags' if script else '/reviews/publish'}")
        if script:
            page.keyboard.press("p")
        expect(page.get_by_role("heading", name="Publish", exact=True)).to_be_focused()
        page.keyboard.press("Enter")
    page.reload()
    assert verdicts(outlet) == []


def test_after_an_undo_the_notice_has_the_focus_and_enter_leaves_nothing(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/2/reviews/publish")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("link", name="Next: At six")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**stored=undone")
    expect(page.get_by_role("status")).to_be_focused()


def test_without_javascript_a_session_that_ended_gives_back_what_was_written_and_leads_back(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{address}/revisions/2/reviews/veto")
    fill_in_a_veto(page)
    end_every_session(outlet)
    page.get_by_role("button", name="Give a veto").click()
    expect(page.get_by_text("Your session has ended, so nothing was stored.")).to_be_visible()
    expect(page.get_by_label("The passage")).to_have_value("I read it twice")
    expect(page.get_by_label("What you wrote")).to_have_value(REASON)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    other.get_by_label("Name").fill("ada")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url(f"{address}/revisions/2/reviews/veto")
    expect(page.get_by_label("What you wrote")).to_have_value(REASON)
    assert verdicts(outlet) == []


def test_a_veto_is_sent_again_from_its_dialog_once_its_writer_signed_in_again(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/2?with=flags")
    page.keyboard.press("v")
    fill_in_a_veto(page)
    end_every_session(outlet)
    page.get_by_role("button", name="Give a veto").click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("Your session has ended. What you wrote is still here.")
    with page.context.expect_page() as opened:
        alert.get_by_role("link", name="Sign in").click()
    other = opened.value
    for name in ("ben", "ada"):
        other.goto(f"{address}/session")
        other.get_by_label("Name").fill(name)
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        other.wait_for_url(f"{address}/queue")
        page.get_by_role("button", name="Give a veto").click()
        if name == "ben":
            expect(alert).to_contain_text("not from your session")
            assert verdicts(outlet) == [], "nothing is said in another's name"
    page.wait_for_url("**stored=yes")
    assert verdicts(outlet) == [("ada", Verdict.VETO, REASON)]


def test_a_panel_says_that_the_session_ended_and_shows_no_sign_in_form(
    outlet: Outlet, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto(f"{address}/revisions/2?with=flags")
    end_every_session(outlet)
    page.locator(".panel > summary").first.click()
    expect(page.locator("main > .trouble")).to_contain_text("Your session has ended.")
    expect(page.get_by_label("Password")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.locator("main > .trouble")).to_contain_text("Your session has ended.")
    assert page.url == f"{address}/revisions/2?with=flags"


def test_on_a_phone_i_have_read_it_leads_to_what_the_checks_say(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}/revisions/1")
    fits = "() => document.querySelector('iframe').offsetHeight > 2500"
    page.wait_for_function(fits)
    page.evaluate(
        "() => { window.least = Infinity; const seen = () => { const frame = document.querySelector('iframe');"
        " window.least = Math.min(window.least, frame ? frame.offsetHeight : 0); requestAnimationFrame(seen); };"
        " seen(); }"
    )
    page.get_by_role("link", name="I have read it").click()
    page.wait_for_url("**with=flags")
    page.wait_for_function("() => document.querySelector('iframe').contentDocument?.URL.includes('marks=on')")
    page.wait_for_function(fits)
    heading = page.get_by_role("heading", name="What the checks say")
    expect(heading).to_be_focused()
    page.wait_for_function("() => Math.abs(document.getElementById('flags').getBoundingClientRect().top) < 80")
    assert page.evaluate("window.least") > 2500, "the frame keeps its height during the swap"


def test_a_table_is_sorted_by_a_click_on_its_head(address: str, outlet: Outlet, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(f"{address}/sessions")
    table = page.get_by_role("table")
    table.evaluate(
        "table => { const row = table.tBodies[0].rows[0]; table.tBodies[0].replaceChildren();"
        " for (const [name, tokens] of [['Session 2', '9 tokens'], ['Session 10', '1,200 tokens'], ['Session 1', ''],"
        " ['Session 3', '80 tokens']]) { const one = row.cloneNode(true); one.cells[0].textContent = name;"
        " one.cells[4].textContent = tokens; table.tBodies[0].append(one); } }"
    )
    names = "table => [...table.tBodies[0].rows].map(row => row.cells[0].textContent)"
    head = page.get_by_role("columnheader", name="Tokens")
    for way, first in (("ascending", ["2", "3", "10", "1"]), ("descending", ["10", "3", "2", "1"])):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", way)
        assert table.evaluate(names) == [f"Session {number}" for number in first], "by what it is worth; nothing last"
    by_name = page.get_by_role("columnheader", name="Session")
    by_name.get_by_role("button").press("Enter")
    assert table.evaluate(names) == [f"Session {number}" for number in (1, 2, 3, 10)]
    assert head.get_attribute("aria-sort") is None
    expect(by_name).to_have_attribute("aria-sort", "ascending")


def test_a_verdict_without_javascript_stands_beside_the_text_where_there_is_room(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(java_script_enabled=False)
    for width, is_beside in ((1440, True), (1000, True), (768, False)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{address}/revisions/2/reviews/veto")
        form, text = page.locator(".asked").bounding_box(), page.locator("iframe.text").bounding_box()
        assert form
        assert text
        assert (form["x"] >= text["x"] + text["width"]) is is_beside, width
        assert (abs(form["y"] - text["y"]) < 5) is is_beside, width
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
