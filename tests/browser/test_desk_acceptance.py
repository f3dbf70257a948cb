"""The desk from beginning to end in a real Chromium: somebody is invited and reads forty pieces by keyboard, and two
people in two browsers do what takes two."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlmodel import col, func, select

from agent import pipeline
from agent.desk import create_app
from agent.outlet import Outlet
from agent.publish.verify import verify
from agent.review.queue import queue
from agent.tables import Correction, Publication, Review, Revision, Undo, Verdict, Veto
from tests.browser.a_busy_desk import DRAFTS, PASSWORD, an_open_desk, hand_in, later
from tests.browser.browser import FLAGS, chromium, served
from tests.publish.works import appeal

pytestmark = pytest.mark.slow

HELD_BACK = "Bridges"
TAKEN_BACK = "Doors"
GIVEN = "violet harbour sentence eleven"
ADDRESS = "It tells where a private person lives."


@pytest.fixture(scope="module")
def outlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outlet]:
    """A desk with forty drafts."""
    outlet = an_open_desk(tmp_path_factory.mktemp("desk"))
    hand_in(outlet, DRAFTS)
    yield outlet
    outlet.database.close()


@pytest.fixture(scope="module")
def address(outlet: Outlet) -> Iterator[str]:
    with served(create_app(outlet)) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def at_the_desk(browser: Browser, address: str) -> Iterator[Callable[[str], Page]]:
    """A browser of somebody's own, signed in once."""
    with ExitStack() as stack:
        pages: dict[str, Page] = {}

        def page_of(name: str, password: str = PASSWORD) -> Page:
            if name not in pages:
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                stack.callback(context.close)
                context.set_default_timeout(10_000)
                pages[name] = context.new_page()
                sign_in(pages[name], address, name, password)
            return pages[name]

        yield page_of


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/session")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue")


def numbered(outlet: Outlet, title: str) -> Revision:
    with outlet.database.read() as db:
        return db.exec(
            select(Revision).where(Revision.id == next(r.revision for r in queue(db) if r.name == title))
        ).one()


def count(outlet: Outlet, table: type) -> int:
    with outlet.database.read() as db:
        return db.exec(select(func.count()).select_from(table)).one()


def test_somebody_is_invited_and_comes_in_by_the_link_once(
    browser: Browser, at_the_desk: Callable[..., Page], address: str
) -> None:
    dora = at_the_desk("dora")
    dora.goto(f"{address}/users")
    dora.get_by_label("Name", exact=True).fill("emil")
    dora.get_by_role("checkbox", name="reviewer").check()
    dora.get_by_role("button", name="Make the link").click()
    link = dora.locator("code", has_text="/links/").inner_text()
    path = link[link.index("/links/") :]
    context = browser.new_context()
    guest = context.new_page()
    guest.goto(address + path)
    for field in ("Password", "The same password again"):
        guest.get_by_label(field, exact=True).fill(GIVEN)
    guest.keyboard.press("Enter")
    guest.wait_for_url("**/queue")
    context.close()
    again = browser.new_context()
    late = again.new_page()
    answer = late.goto(address + path)
    assert answer is not None
    assert answer.status >= 400
    again.close()


def test_two_in_two_browsers_veto_and_neither_sees_the_others_reason_first(
    outlet: Outlet, at_the_desk: Callable[..., Page], address: str
) -> None:
    revision = numbered(outlet, HELD_BACK)
    for name, password, other in (("emil", GIVEN, None), ("ben", PASSWORD, "emil")):
        page = at_the_desk(name, password)
        page.goto(f"{address}/revisions/{revision.id}")
        page.keyboard.press("f")
        page.get_by_role("link", name="Give a veto").wait_for()
        if other:
            expect(page.get_by_text("shown after your own verdict")).to_be_visible()
            assert ADDRESS not in page.inner_text("body")
        page.keyboard.press("v")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Ground").select_option("personal-data")
        dialog.get_by_label("The passage it is about").fill("bridge")
        dialog.get_by_label("Why, in words").fill(ADDRESS if not other else "The house can be found by it.")
        dialog.get_by_role("button", name="Give a veto").click()
        page.get_by_role("status").get_by_text("Your verdict is on record").wait_for()
    assert ADDRESS not in page.inner_text("body"), "as long as this verdict could be taken back"
    later(outlet, minutes=11)
    page.goto(f"{address}/revisions/{revision.id}?with=flags")
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    assert count(outlet, Veto) == 1


def test_what_was_published_by_mistake_is_taken_back(
    outlet: Outlet, at_the_desk: Callable[..., Page], address: str
) -> None:
    revision = numbered(outlet, TAKEN_BACK)
    page = at_the_desk("ben")
    page.goto(f"{address}/revisions/{revision.id}")
    publish_by_keyboard(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("status").get_by_text("Your verdict is taken back").wait_for()
    later(outlet, minutes=11)
    assert (count(outlet, Undo), count(outlet, Publication)) == (1, 0)
    assert numbered(outlet, TAKEN_BACK).id == revision.id, "it waits again"


def publish_by_keyboard(page: Page) -> None:
    """From the text alone to the verdict, without a mouse: f, p, an answer to each flag that asks for one, Enter."""
    page.keyboard.press("f")
    page.get_by_role("link", name="ublish…").wait_for()
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="ublish").wait_for()
    for answer in dialog.get_by_label("Why can the passage stand?").all():
        answer.focus()
        page.keyboard.type("Readers see it as text.")
    dialog.get_by_role("button", name="ublish").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Your verdict is on record").wait_for()
    page.wait_for_load_state()


def test_forty_pieces_are_read_by_keyboard(outlet: Outlet, at_the_desk: Callable[..., Page], address: str) -> None:
    page = at_the_desk("emil", GIVEN)
    page.goto(f"{address}/queue")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/revisions/*")
    read = []
    while True:
        read.append(page.url)
        publish_by_keyboard(page)
        following = page.get_by_role("link", name="Next:")
        if following.count() == 0:
            break
        with page.expect_navigation():
            page.keyboard.press("o")
    assert len(read) == len(set(read)) == DRAFTS - 1, "all but the one that is held back"
    later(outlet, minutes=11)
    with outlet.database.read() as db:
        given = db.exec(select(Review).where(Review.reviewer == "emil", col(Review.verdict) == Verdict.PUBLISH)).all()
        public = set(db.exec(select(Publication.revision_id)))
    assert Counter(review.revision_id for review in given) == Counter(public)
    assert len(public) == DRAFTS - 1


def test_an_appeal_is_decided_by_somebody_who_did_not_veto(
    outlet: Outlet, at_the_desk: Callable[..., Page], address: str
) -> None:
    with outlet.database.read() as db:
        held = db.exec(select(Revision).join(Veto, col(Veto.revision_id) == Revision.id)).one()
    appeal(outlet, held, "The bridge is invented, and so is whoever lives beside it.")
    for name, may in (("ben", False), ("cleo", True)):
        page = at_the_desk(name)
        page.goto(f"{address}/appeals")
        page.get_by_role("link", name=HELD_BACK).click()
        expect(page.get_by_text("The bridge is invented").first).to_be_visible()
        assert page.get_by_role("button", name="Give the ruling").is_visible() is may
    page.get_by_label("No: overturn it").check()
    page.get_by_label("Why, in words").fill("Nobody lives there, and nobody is named.")
    page.get_by_role("button", name="Give the ruling").click()
    page.get_by_role("status").wait_for()
    publish = at_the_desk("ben")
    publish.goto(f"{address}/revisions/{held.id}?with=flags")
    expect(publish.get_by_text("The veto was overturned on appeal. Yours stays on record.")).to_be_visible()
    publish_by_keyboard(publish)
    later(outlet, minutes=11)
    assert count(outlet, Publication) == DRAFTS


def test_a_piece_is_corrected_and_another_withdrawn_by_two_and_the_site_verifies(
    outlet: Outlet, at_the_desk: Callable[..., Page], address: str
) -> None:
    ben, cleo = at_the_desk("ben"), at_the_desk("cleo")
    ben.goto(f"{address}/pieces/2")
    ben.get_by_text("Set a correction beside it").click()
    ben.get_by_label("The note, in words").fill("The flood was in 1953.")
    ben.get_by_role("button", name="Set it beside the piece").click()
    ben.get_by_role("status").wait_for()
    assert count(outlet, Correction) == 1
    ben.goto(f"{address}/pieces/3")
    ben.get_by_text("Take this piece down").click()
    ben.get_by_label("Ground").select_option("law")
    ben.get_by_label("Reason, in words").fill("A court order, named in the file.")
    ben.get_by_role("button", name="Ask for it to come down").click()
    ben.get_by_role("status").wait_for()
    cleo.goto(f"{address}/pieces/3")
    cleo.get_by_label("Why you agree").fill("I have read the order; it names the text.")
    cleo.get_by_role("button", name="Agree to take it down").click()
    cleo.get_by_role("status").wait_for()
    pipeline.build(outlet)
    public = outlet.settings.at(outlet.settings.public)
    assert "law" in (public / "pieces/3.html").read_text("utf-8")
    assert not (public / "pieces/3.md").exists()
    assert "The flood was in 1953." in (public / "pieces/2.html").read_text("utf-8")
    assert verify(Path(public)).problems == []
