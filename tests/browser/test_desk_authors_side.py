"""The pages about authors, wishes, appeals, pieces and erasures in a real Chromium: axe finds nothing, nothing is cut
off on a phone, and everyone is paused without JavaScript."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlmodel import select

from agent import pausing
from agent.desk import create_app
from agent.outlet import Outlet
from agent.review import actions, proposals
from agent.roster import call_roll
from agent.staff import begin_session
from agent.tables import Pause, Purpose, User, WithdrawnBy
from agent.testing import a_session, text_reply, tool_reply
from tests.browser.browser import FLAGS, chromium, chromium_page, served
from tests.browser.checkers import AXE, HOW
from tests.desk.a_desk import PLAIN
from tests.review.a_desk_of_two import WHY, a_public_piece, a_vetoed_piece, rows

pytestmark = pytest.mark.slow

PAGES = [
    "/authors",
    "/authors/opus",
    "/sessions",
    "/sessions/1",
    "/wishes",
    "/wishes?answered=yes",
    "/appeals",
    "/appeals/1",
    "/pieces",
    "/pieces?author=sonnet&state=erased",
    "/pieces/1",
    "/pieces/2",
    "/pieces/3",
    "/pieces/1/erasures",
    "/corrections/1/erasures",
    "/erasures",
    "/erasures/1",
]


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """An outlet where all of it has happened. Dan reviews and administers."""
    update = {"reviewers": ["ada", "ben", "dan"], "administrators": ["dan"]}
    outlet = replace(outlet, settings=outlet.settings.model_copy(update=update))
    call_roll(outlet)
    answers = ["It was the long questions.", "YES", "NO", "INTEREST: rivers", "WISH: Who reads this?", "NONE", "No."]
    a_session(outlet, [text_reply(words) for words in answers], purpose=Purpose.INTERVIEW)
    public = a_public_piece(outlet, PLAIN, title="Low water")
    vetoed = a_vetoed_piece(outlet, f"{PLAIN}It rose.\n", title="High water")
    urgent = a_public_piece(outlet, f"{PLAIN}It fell.\n", title="A recipe for quince paste")
    appeal = tool_reply("appeal", piece=vetoed.piece_id, words="Nobody lives there.")
    asks = tool_reply("follow_feed", url="https://tides.example/feed", why="Tides.")
    a_session(outlet, [appeal, asks, tool_reply("decline")])
    actions.correct(outlet, public.piece_id, "ada", "It was the 13th.")
    actions.withdraw(outlet, urgent.piece_id, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    proposals.propose(outlet, urgent.piece_id, "dan", reason="A request under article 17.")
    return outlet


@pytest.fixture
def address(outlet: Outlet) -> Iterator[str]:
    with served(create_app(outlet)) as url:
        yield url


def a_cookie(outlet: Outlet, address: str, name: str) -> dict[str, str]:
    with outlet.database.write() as db:
        user = db.exec(select(User).where(User.name == name)).one()
        return {"name": "desk", "value": begin_session(db, user, outlet.now()), "url": address}


def look_at(page: Page, address: str) -> list[str]:
    """What is wrong with a page, everything on it unfolded: what axe says, and whether it is wider than the screen."""
    response = page.goto(address)
    assert response is not None
    assert response.status == 200, address
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    said = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{one['id']} {one['nodes'][0]['html']}" for one in said] + (
        [f"{wide} pixels too wide"] if wide > 0 else []
    )


def test_axe_finds_nothing_and_nothing_is_cut_off(outlet: Outlet, address: str) -> None:
    assert AXE.exists(), HOW
    pausing.set_pause(outlet, "opus", paused=True, actor="outlet", reason="It answers 404.")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        found = {}
        for width, dark, stopped in ((360, False, True), (1440, True, False)):
            if stopped:
                pausing.set_pause(outlet, None, paused=True, actor="ada", reason="The endpoint answers nonsense.")
            else:
                pausing.set_pause(outlet, None, paused=False, actor="ada", reason="It answers again.")
            scheme = "dark" if dark else "light"
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            context.add_cookies([a_cookie(outlet, address, "dan")])  # type: ignore[list-item]
            page = context.new_page()
            for path in PAGES:
                if wrong := look_at(page, f"{address}{path}"):
                    found[f"{path} {width} {scheme}"] = wrong
            context.close()
        browser.close()
    assert found == {}


def test_the_text_of_an_appeal_unfolds_to_its_whole_height_beside_what_is_said_of_it(
    outlet: Outlet, address: str
) -> None:
    with chromium_page(width=1440) as page:
        page.context.add_cookies([a_cookie(outlet, address, "dan")])  # type: ignore[list-item]
        page.goto(f"{address}/appeals/1")
        frame = page.locator("iframe[data-text]")
        assert not frame.is_visible()
        page.get_by_text("The text it is about", exact=True).click()
        page.frame_locator("iframe[data-text]").get_by_text("It rose.").wait_for()
        page.wait_for_function(
            "(one => one.contentDocument.body.scrollHeight <= one.clientHeight + 2)"
            "(document.querySelector('iframe[data-text]'))"
        )
        page.get_by_role("radio", name="Yes: uphold it").check()
        assert frame.is_visible()


def test_everyone_is_paused_without_javascript(outlet: Outlet, address: str) -> None:
    with chromium_page(javascript=False, width=390) as page:
        page.context.add_cookies([a_cookie(outlet, address, "ben")])  # type: ignore[list-item]
        page.goto(f"{address}/authors")
        page.get_by_text("Pause everyone", exact=True).first.click()
        page.get_by_label("Why, in words, for the record").fill("The endpoint answers nonsense.")
        page.get_by_role("button", name="Pause everyone").click()
        page.get_by_role("status").get_by_text("Everyone is paused.").wait_for()
        page.goto(f"{address}/wishes")
        bar = page.get_by_role("complementary", name="Everyone is paused")
        assert "ben did so on" in bar.inner_text()
    assert [(row.actor, row.paused) for row in rows(outlet, Pause)] == [("ben", True)]
