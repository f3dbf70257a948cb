"""What machines ask of the desk: is it there, does the outlet do its work, and figures."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from agent import schedule, write
from agent.database import Database
from agent.desk import create_app
from agent.invite import invite
from agent.notices.figures import figures
from agent.notices.readiness import lacks
from agent.notices.sending import send_all
from agent.notices.telling import Teller
from agent.outlet import Outlet
from agent.pipeline import build, take_turn
from agent.review import actions
from agent.tables import Cadence, Notification, Pause, Verdict, WithdrawnBy
from agent.testing import MovableClock, ScriptedLlm, a_piece, tool_reply, with_llm
from tests.desk.a_desk import Browser
from tests.publish.works import take_back
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, publishes, says
from tests.telling import Way, as_roles, lives_at, told_by

pytestmark = pytest.mark.slow
TOKEN = "9f2c1e-figures"
SECRET = "plum tree 4711"


def forward(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)


def values(words: str) -> dict[str, float]:
    """Every figure by its name and labels."""
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in parse(words)
        for sample in family.samples
    }


def asked(browser: Browser, token: str = TOKEN, **headers: str) -> str:
    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {token}"} | headers)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AFTERWORD_METRICS_TOKEN", TOKEN)
    return TOKEN


def test_anybody_may_ask_whether_it_is_there(stranger: Browser) -> None:
    assert (stranger.get("/healthz").text, stranger.get("/readyz").text) == ("ok\n", "ready\n")


def test_without_a_database_it_says_so_and_nothing_else(outlet: Outlet, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database, but long enough to be read as one" * 99)
    broken = replace(outlet, database=Database(f"sqlite:///{tmp_path / 'broken.db'}"))
    browser = Browser(create_app(broken))
    for place in ("/healthz", "/readyz"):
        answer = browser.get(place)
        assert (answer.status_code, answer.text) == (503, "the database does not answer\n")


def test_another_schema_is_not_ready(outlet: Outlet, tmp_path: Path) -> None:
    empty = replace(outlet, database=Database(f"sqlite:///{tmp_path / 'empty.db'}"))
    assert lacks(empty) == ["the database has the schema of another version of this program"]
    empty.database.close()


def overdue(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        db.add(Cadence(author_id=1, rule="every 1 day", zone="UTC", next_due=outlet.now()))


def unlooked(outlet: Outlet) -> None:
    answers = with_llm(outlet, ScriptedLlm([tool_reply("submit", title="Rain", text="It rained.\n")]))
    session = write.open_session(answers, invite(answers, schedule.ask_now(answers, "opus", "plain")))
    while take_turn(answers, session) != write.OVER:
        pass


def unbuilt(outlet: Outlet) -> None:
    publishes(outlet, a_piece(outlet))


def withdrawn_since(outlet: Outlet) -> None:
    piece = a_public_piece(outlet)
    build(outlet)
    forward(outlet, seconds=1)
    take_back(outlet, piece.piece_id)


def untold(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        db.add(Notification(channel="ops", key="veto:1", subject="", words="", at=outlet.now()))


def undecided(outlet: Outlet) -> None:
    lenient = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 0.001}))
    publishes(lenient, a_piece(lenient))


@pytest.mark.parametrize(
    ("leaves", "said"),
    [
        (overdue, "an author has been due"),
        (undecided, "what reviewers decided has been due"),
        (unlooked, "no check has looked at it"),
        (unbuilt, "the site lacks what was decided"),
        (withdrawn_since, "the site lacks what was decided"),
        (untold, "staff are to be told of something"),
    ],
)
def test_work_that_nobody_does_for_long_is_not_ready(
    outlet: Outlet, leaves: Callable[[Outlet], None], said: str
) -> None:
    outlet = told_by(outlet, Way("ops"))
    leaves(outlet)
    forward(outlet, minutes=9)
    assert lacks(outlet) == []
    forward(outlet, minutes=2)
    [words] = lacks(outlet)
    assert said in words
    assert words.endswith("look whether `afterword up` runs")
    answer = Browser(create_app(outlet)).get("/readyz")
    assert (answer.status_code, answer.text) == (503, words + "\n")


def test_what_is_paused_or_done_is_ready(outlet: Outlet) -> None:
    overdue(outlet)
    publishes(outlet, a_piece(outlet))
    build(outlet)
    with outlet.database.write() as db:
        db.add(Pause(author_id=None, paused=True, actor="ada", reason="a holiday", at=outlet.now()))
    forward(outlet, hours=1)
    assert lacks(outlet) == []


def test_without_a_token_there_is_nothing_for_strangers_and_reviewers(stranger: Browser, ada: Browser) -> None:
    for browser in (stranger, ada):
        assert browser.get("/metrics").status_code == 404
        for given in ("Bearer ", "Bearer x", "Basic x", "Bearer"):
            assert browser.get("/metrics", headers={"Authorization": given}).status_code == 404


def test_with_a_token_only_the_right_one_opens(stranger: Browser, shown: str) -> None:
    for given in ("", "Bearer ", "Bearer wrong", f"Basic {shown}", shown, f"Bearer {shown}x", b"Bearer \xfc"):
        answer = stranger.get("/metrics", headers={"Authorization": given} if given else {})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "afterword_queue" not in answer.text
    assert "afterword_queue_length 0.0" in asked(stranger)
    assert stranger.post("/metrics", headers={"Authorization": f"Bearer {shown}"}).status_code == 405


def test_a_token_may_stand_in_a_file(stranger: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("AFTERWORD_METRICS_TOKEN_FILE", str(tmp_path / "token"))
    assert "afterword_queue_length" in asked(stranger)


def test_an_operator_who_is_signed_in_may_read_but_not_with_a_wrong_token(
    outlet: Outlet, browser_of: Callable[[str], Browser]
) -> None:
    able = as_roles(outlet, ben=["operator"])  # type: ignore[list-item]
    signed_in = browser_of("ben")
    browser = Browser(create_app(able))
    browser.cookies = signed_in.cookies
    assert "afterword_queue_length" in browser.get("/metrics").text
    assert browser.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404


def test_the_figures_are_those_of_the_rows(outlet: Outlet, shown: str) -> None:
    outlet = told_by(outlet, hook := Way("ops"), Way())
    lives_at(outlet, "ada")
    teller = Teller(outlet)
    teller.look()
    forward(outlet, minutes=1)
    a_public_piece(outlet)
    down = a_public_piece(outlet, "Down.\n")
    take_back(outlet, down.piece_id)
    a_vetoed_piece(outlet, "Held.\n")
    says(outlet, a_piece(outlet, "Half.\n"), "ben", Verdict.VETO)
    urgent = a_public_piece(outlet, "Urgent.\n")
    actions.withdraw(outlet, urgent.piece_id, "ada", WithdrawnBy.STAFF, ground="law", reason="A court order.")
    teller.look()
    send_all(outlet, "ops")
    a_piece(outlet, f"{SECRET}\n", title=SECRET)
    forward(outlet, hours=1)
    browser = Browser(create_app(outlet))
    words = asked(browser)
    found = values(words)
    expected = {
        "afterword_queue_length": 2,
        "afterword_queue_oldest_seconds": 3_600,
        "afterword_waiting piece": 1,
        "afterword_waiting veto": 1,
        "afterword_waiting withdrawal": 1,
        "afterword_pieces waiting": 2,
        "afterword_pieces decided": 0,
        "afterword_pieces public": 2,
        "afterword_pieces withdrawn": 1,
        "afterword_pieces vetoed": 1,
        "afterword_verdicts_total publish": 3,
        "afterword_verdicts_total veto": 3,
        "afterword_verdicts_total escalate": 0,
        "afterword_verdicts_taken_back_total": 0,
        "afterword_sittings submitted": 6,
        "afterword_notices yes": 0,
        "afterword_notifications_unsent ops": 0,
        "afterword_notifications_unsent mail": 1,
        "afterword_tokens_total opus": 900,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["afterword_cost_dollars_total opus"] == pytest.approx(6 * (100 * 15 + 50 * 75) / 1e6)
    assert hook.told == ["veto:5", "withdrawal:2"]
    for private in (SECRET, "ada", "ben", "court"):
        assert private not in words


def test_requests_are_counted_by_the_template_of_their_route(outlet: Outlet, ada: Browser, shown: str) -> None:
    piece = a_piece(outlet)
    for place in (f"/revisions/{piece.id}", "/revisions/999", "/nowhere", f"/{SECRET}", "/static/desk.css"):
        ada.get(place)
    ada.get("/static/none.css")
    ada.request("BREW", "/queue")
    ada.post("/session/end", headers={"Origin": "https://elsewhere.example"})
    found = values(asked(ada))
    counted = {name: value for name, value in found.items() if name.startswith("afterword_desk_requests_total")}
    assert counted["afterword_desk_requests_total GET /revisions/{revision_id} 200"] == 1
    assert counted["afterword_desk_requests_total GET /revisions/{revision_id} 404"] == 1
    assert counted["afterword_desk_requests_total GET none 404"] == 2
    assert counted["afterword_desk_requests_total GET /static/ 200"] == 1
    assert [name for name in counted if " other " in name]
    assert not [name for name in found if SECRET in name or "nowhere" in name]
    assert found["afterword_desk_request_seconds_count GET /revisions/{revision_id}"] == 2


def test_a_program_may_ask_for_open_metrics_and_two_desks_count_apart(outlet: Outlet, shown: str) -> None:
    first, second = Browser(create_app(outlet)), Browser(create_app(outlet))
    first.get("/healthz")
    words = asked(first, Accept="application/openmetrics-text; version=1.0.0")
    names = {family.name for family in parse_open(words)}
    assert {"afterword_queue_length", "afterword_desk_requests", "afterword_cost_dollars"} <= names
    assert not re.search(r"/healthz", asked(second))


def test_figures_and_looks_agree_on_both_databases(both: Outlet) -> None:
    outlet = told_by(both, way := Way())
    lives_at(outlet, "ada", "ben")
    teller = Teller(outlet)
    teller.look()
    forward(outlet, minutes=1)
    says(outlet, a_piece(outlet), "ada", Verdict.VETO)
    down = a_public_piece(outlet, "Down.\n")
    actions.withdraw(outlet, down.piece_id, "ben", WithdrawnBy.URGENT, ground="law", reason="A court order.")
    a_vetoed_piece(outlet, "Held.\n")
    teller.look()
    assert send_all(outlet, "mail") == 2
    assert way.told == ["ben@example.org veto:1", "ada@example.org withdrawal:1"]
    forward(outlet, days=1)
    teller.look()
    assert send_all(outlet, "mail") == 2
    assert "- 1 veto needs a second reviewer, for 1 day" in way.got[-1].words
    began = time.monotonic()
    with outlet.database.read() as db:
        found = figures(outlet, db)
    assert time.monotonic() - began < 5
    assert found.pieces == {"waiting": 1, "decided": 0, "public": 0, "withdrawn": 1, "vetoed": 1}
    assert {pile.kind: pile.count for pile in found.piles} == {"veto": 1, "withdrawal": 1}
    assert lacks(outlet) == [
        "the site lacks what was decided more than ten minutes ago: look whether `afterword up` runs"
    ]
