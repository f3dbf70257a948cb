"""Record, second looks and calibration in a real Chromium: axe finds nothing, nothing is cut off on a phone, plots keep
their words at reading size, and a second look is given without JavaScript."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from playwright.sync_api import sync_playwright
from sqlmodel import select

from agent.desk import create_app
from agent.outlet import Outlet
from agent.review import second
from agent.review.feedback import judge
from agent.staff import begin_session
from agent.tables import Says, SecondLook, User, Verdict
from agent.testing import MovableClock
from tests.browser.browser import FLAGS, chromium, chromium_page, served
from tests.browser.checkers import AXE, HOW
from tests.desk.a_desk import HOSTILE, PLAIN, a_waiting_piece
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, rows

pytestmark = pytest.mark.slow

PAGES = ["/record", "/record?piece=1", "/calibration", "/looks", "/looks/2", "/looks/2?with=flags", "/looks/1"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """An outlet where some was decided, read again and judged. Dan gave no verdict."""
    update = {"reviewers": ["ada", "ben", "dan"], "operators": ["dan"], "blind_share": 1.0}
    outlet = replace(outlet, settings=outlet.settings.model_copy(update=update))
    with outlet.database.write() as db:
        db.add(User(name="dan", added_at=outlet.now()))
    for number in range(12):
        text = f"{PLAIN}It rose by {number} inches.\n"
        revision = a_public_piece(outlet, text) if number % 4 else a_vetoed_piece(outlet, text)
        assert isinstance(outlet.now, MovableClock)
        outlet.now.forward(hours=5)
        if number != 1:
            word = Verdict.PUBLISH if number % 4 else Verdict.VETO
            second.look(
                outlet,
                revision.id,
                "dan",
                word,
                record_sha256=revision.record_sha256,
                ground="law",
                reason="It says so of one.",
            )
    a_waiting_piece(outlet, HOSTILE)
    judge(outlet, 1, "dan", Says.REAL)
    return outlet


@pytest.fixture
def address(outlet: Outlet) -> Iterator[str]:
    with served(create_app(outlet)) as url:
        yield url


def cookie_of(outlet: Outlet, address: str) -> dict[str, str]:
    with outlet.database.write() as db:
        user = db.exec(select(User).where(User.name == "dan")).one()
        return {"name": "desk", "value": begin_session(db, user, outlet.now()), "url": address}


def test_axe_finds_nothing_and_everything_fits(outlet: Outlet, address: str) -> None:
    assert AXE.exists(), HOW
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            for scheme in ("light", "dark"):
                context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})  # type: ignore[arg-type]
                context.add_cookies([cookie_of(outlet, address)])  # type: ignore[list-item]
                page = context.new_page()
                for path in PAGES:
                    answer = page.goto(address + path)
                    assert answer is not None
                    assert answer.status == 200, path
                    for width in (360, 768, 1440):
                        page.set_viewport_size({"width": width, "height": 900})
                        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
                    page.evaluate(AXE.read_text(encoding="utf-8"))
                    said = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
                    found += [(scheme, path, each["id"], each["nodes"][0]["html"]) for each in said["violations"]]
                context.close()
        finally:
            browser.close()
    assert found == []


def test_plots_keep_their_words_at_reading_size_on_a_phone_and_say_what_they_show(outlet: Outlet, address: str) -> None:
    with chromium_page(width=360) as page:
        page.context.add_cookies([cookie_of(outlet, address)])  # type: ignore[list-item]
        page.goto(f"{address}/calibration")
        plots = page.locator("svg.plot")
        assert plots.count() >= 7
        for plot in plots.all():
            assert page.get_by_role("img", name=str(plot.locator("title").text_content())).count()
            for words in plot.locator("text:not(.crowded)").all():
                box = words.bounding_box()
                assert box is not None
                assert box["height"] >= 11
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= 360
        overlap = page.evaluate(
            "[...document.querySelectorAll('.plot g')].filter(row => {"
            " const [a, b] = [...row.querySelectorAll('.name, .amount')].map(each => each.getBoundingClientRect());"
            " return a.right > b.left }).map(row => row.textContent)"
        )
        assert overlap == []
        ticks = page.evaluate(
            "[...document.querySelectorAll('.plot')].map(plot => [...plot.querySelectorAll('.tick')]"
            ".map(tick => tick.getBoundingClientRect()).filter(box => box.width).map(box => [box.left, box.right]))"
        )
        for words in ticks:
            assert len(words) >= 2
            assert all(one[1] < other[0] for one, other in pairwise(words))
        cut = page.evaluate(
            "[...document.querySelectorAll('.wide')].filter(each => each.scrollWidth > each.clientWidth).length"
        )
        assert cut == 0


def test_a_second_look_is_given_without_javascript(outlet: Outlet, address: str) -> None:
    with chromium_page(javascript=False, width=390) as page:
        page.context.add_cookies([cookie_of(outlet, address)])  # type: ignore[list-item]
        page.goto(f"{address}/looks")
        page.locator("table a").first.click()
        assert page.frame_locator("iframe").get_by_text("reported, not felt").is_visible()
        assert not page.get_by_role("button", name="publish").is_visible()
        page.get_by_role("link", name="I have read it").click()
        assert page.get_by_role("button", name="I would publish it").is_visible()
        assert not page.get_by_role("button", name="give a veto").is_visible()
        page.get_by_text("I would give a veto").click()
        page.get_by_label("Ground").select_option("law")
        page.get_by_label("Why, in words").fill("A court has said so.")
        page.get_by_role("button", name="Say that you would give a veto").click()
        page.get_by_role("status").get_by_text("ada said publish: you do not agree.").wait_for()
    assert [row.verdict for row in rows(outlet, SecondLook) if row.revision_id == 2] == [Verdict.VETO]
