"""How staff are told, at the desk: what each chooses, what did not go out, and where links in messages lead."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from agent.desk import create_app
from agent.errors import ChannelError
from agent.notices.matters import matter_of
from agent.notices.telling import Teller
from agent.outlet import Outlet
from agent.review import actions
from agent.review.proposals import propose
from agent.tables import Hears, Pause, User, Verdict, WithdrawnBy
from agent.testing import MovableClock, a_piece
from tests.desk.a_desk import Browser
from tests.publish.works import appeal
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, says
from tests.telling import Way, a_teller, as_roles, kept, lives_at, sweep, told_by

pytestmark = pytest.mark.slow


HERE = "http://testserver/"


def telling(outlet: Outlet, way: Way) -> Outlet:
    """The same outlet, which tells its staff, and whose desk is where a test's browser finds it."""
    return told_by(outlet, way, desk_address=HERE)


def browser_at(outlet: Outlet, like: Browser) -> Browser:
    """Somebody's browser, at the desk of an outlet that is set up otherwise."""
    browser = Browser(create_app(outlet))
    browser.cookies = like.cookies
    return browser


def test_somebody_chooses_how_to_be_told(outlet: Outlet, ada: Browser) -> None:
    lives_at(outlet, "ada")
    browser = browser_at(telling(outlet, Way()), ada)
    page = browser.get("/you").text
    assert "What waits for you comes to ada@example.org" in page
    assert 'value="at once" checked' in page
    answer = browser.submit("/you/notices", hears="digest")
    assert (answer.status_code, answer.headers["location"]) == (303, "/you?stored=notices")
    assert 'value="digest" checked' in browser.get("/you").text
    assert "You are told as you wish." in browser.get("/you?stored=notices").text
    with outlet.database.read() as db:
        assert db.exec(select(User.hears).where(User.name == "ada")).one() is Hears.DIGEST
    refused = browser.submit("/you/notices", hears="hourly")
    assert refused.status_code == 409
    assert "Choose one of: at once, digest, nothing." in refused.text


def test_without_a_mail_server_or_an_address_the_page_says_so(outlet: Outlet, ada: Browser) -> None:
    assert "no mail server is set up" in ada.get("/you").text
    assert "Nobody has told this desk your address" in browser_at(telling(outlet, Way()), ada).get("/you").text


def test_what_does_not_go_out_stands_above_the_queue(outlet: Outlet, ada: Browser) -> None:
    busy = Way(faults=[ChannelError(channel="The mail server", reason="no such user", permanent=True, of_all=False)])
    outlet = telling(outlet, busy)
    lives_at(outlet, "ada")
    teller = a_teller(outlet)
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(minutes=1)
    a_piece(outlet)
    sweep(outlet, teller)
    words = browser_at(outlet, ada).words("/queue")
    assert "1 message did not go out: The mail server: no such user" in words


def test_every_link_leads_to_a_page_of_the_desk(outlet: Outlet, browser_of: Callable[[str], Browser]) -> None:
    outlet = as_roles(telling(outlet, Way("ops")), dora=["administrator"], eve=["reviewer"])  # type: ignore[list-item]
    lives_at(outlet, "dora", "eve")
    Teller(outlet).look()
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(minutes=1)
    says(outlet, a_piece(outlet), "ada", Verdict.VETO)
    overturned = a_vetoed_piece(outlet, "Snow.\n")
    made = appeal(outlet, overturned)
    again = appeal(outlet, a_vetoed_piece(outlet, "Hail.\n"))
    actions.rule(outlet, made.id, "eve", overturned=True, reason="It names nobody.")
    public = a_public_piece(outlet, "Fog.\n")
    actions.withdraw(outlet, public.piece_id, "ada", WithdrawnBy.STAFF, ground="law", reason="A court order.")
    propose(outlet, a_piece(outlet, "Dew.\n").piece_id, "dora", reason="The author's own right.")
    with outlet.database.write() as db:
        db.add(Pause(author_id=1, paused=True, actor="outlet", reason="gone", at=outlet.now()))
    Teller(outlet).look()
    told = {row.key: row.link for row in kept(outlet)}
    assert {key.split(":")[0] for key in told} == {
        *("piece", "veto", "appeal", "again", "withdrawal", "erasure", "lapsed")
    }
    assert told[f"appeal:{again.id}"] == f"{HERE}appeals/{again.id}"
    browser = browser_at(outlet, browser_of("dora"))
    for key, link in told.items():
        assert link.startswith(HERE)
        assert browser.get(link.removeprefix(HERE[:-1])).status_code == 200, (key, link)
    for place in ("wishes", "users"):
        assert browser.get(f"/{place}").status_code == 200
    with outlet.database.read() as db:
        assert matter_of(outlet, db, "nothing:1") is matter_of(outlet, db, "piece:x") is None
