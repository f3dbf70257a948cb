"""What staff see of the checks, in a real Chromium: axe finds nothing and nothing is cut off, at a desk by day and on a
phone by night."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from agent import check
from agent.desk import create_app
from agent.outlet import Outlet
from agent.review.feedback import judge
from agent.staff import begin_session
from agent.tables import Says, User
from tests.browser.browser import chromium_page, served
from tests.browser.checkers import AXE, HOW
from tests.browser.test_site_checkers import violations
from tests.desk.a_desk import PLAIN, a_waiting_piece
from tests.desk.test_desk_checks import LINK, PHONE, Named, put, shaded

pytestmark = pytest.mark.slow

PAGES = ["/checks", "/checks/links", "/checks/near", "/checks/hate", "/revisions/3?with=flags"]
TOO_LONG = "it took longer than 10 seconds"


@pytest.fixture
def dark(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> Outlet:
    """An outlet where one check flagged this and that and was lowered, one is slow, and one runs in shadow."""
    links, slow, near = Named("links"), Named("slow", "2026-11-23+a-very-long-version"), Named("near")
    monkeypatch.setattr(check, "CHECKS", [links, slow, near])
    shadow = shaded(outlet, "near")
    for number in range(3):
        revision, _ = a_waiting_piece(shadow, f"{PLAIN}It rose by {number} inches.\n")
        put(shadow, links, revision, LINK, PHONE, took=0.01 * number, noisy=number == 2)
        put(shadow, slow, revision, fault=TOO_LONG)
        put(shadow, near, revision, LINK)
        judge(outlet, 2 * number + 1, "ben", Says.REAL if number % 2 else Says.FALSE)
    return shadow


@pytest.fixture
def address(dark: Outlet) -> Iterator[str]:
    with served(create_app(dark)) as url:
        yield url


@pytest.mark.parametrize(("night", "width"), [(False, 1440), (True, 360)])
def test_axe_finds_nothing_and_everything_fits(dark: Outlet, address: str, night: bool, width: int) -> None:
    assert AXE.exists(), HOW
    with dark.database.write() as db:
        ada = db.exec(select(User).where(User.name == "ada")).one()
        cookie = {"name": "desk", "value": begin_session(db, ada, dark.now()), "url": address}
    with chromium_page(dark=night, width=width) as page:
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        for path in PAGES:
            assert violations(page, address + path, AXE.read_text(encoding="utf-8")) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
