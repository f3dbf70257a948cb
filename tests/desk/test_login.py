"""Sign-in and sign-out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.types import ASGIApp

from agent.outlet import Outlet
from agent.staff import set_password
from agent.staff.pauses import FREE_FOR_A_NAME, FREE_FOR_AN_ADDRESS
from agent.tables import AuditEvent, DeskSession
from agent.testing import MovableClock
from tests.desk.a_desk import DESK, PASSWORD, Browser, words_of

pytestmark = pytest.mark.slow

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def password(outlet: Outlet) -> str:
    """Ada's."""
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, outlet.now())
    return PASSWORD


def failures(outlet: Outlet) -> list[AuditEvent]:
    with outlet.database.read() as db:
        return list(db.exec(select(AuditEvent).where(AuditEvent.action == "sign_in_failed")))


def sign_in(browser: Browser, password: str = PASSWORD, name: str = "ada") -> int:
    return browser.post("/session", data={"name": name, "password": password}).status_code


def others_fail(outlet: Outlet, times: int, *, actor: str = "10.0.0.{}", subject: str = "ada") -> None:
    """Somebody fails so many times, at addresses or under names of their own."""
    with outlet.database.write() as db:
        db.add_all(
            AuditEvent(actor=actor.format(n), action="sign_in_failed", subject=subject.format(n), at=outlet.now())
            for n in range(times)
        )


def test_a_reviewer_signs_in_and_out(stranger: Browser, outlet: Outlet, password: str) -> None:
    given = {"name": "ada", "password": password, "next": "/revisions/7"}
    answer = stranger.post("/session", data=given, headers={"User-Agent": FIREFOX})
    assert (answer.status_code, answer.headers["location"]) == (303, "/revisions/7")
    session, device = answer.headers.get_list("set-cookie")
    for cookie, seconds in ((session, 43_200), (device, 15_552_000)):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert f"Max-Age={seconds}" in cookie
        assert "Secure" not in cookie
    assert "ada" in stranger.words("/queue")
    with outlet.database.read() as db:
        row = db.exec(select(DeskSession)).one()
    assert (row.address, row.browser) == ("testclient", "Firefox on Linux")
    left = stranger.submit("/session/end")
    assert (left.status_code, left.headers["location"]) == (303, "/session")
    assert stranger.get("/queue").status_code == 303


def test_signing_out_ends_the_session_on_the_server_too(stranger: Browser, desk: ASGIApp, password: str) -> None:
    sign_in(stranger, password)
    kept = stranger.cookies["desk"]
    stranger.submit("/session/end")
    thief = Browser(desk)
    thief.cookies.set("desk", kept)
    assert thief.get("/queue").status_code == 303


def test_over_https_the_cookies_are_secure_and_bound_to_the_host(desk: ASGIApp, password: str) -> None:
    browser = Browser(desk)
    browser.base_url = DESK.replace("http:", "https:")
    headers = {"Origin": DESK.replace("http:", "https:")}
    answer = browser.post("/session", data={"name": "ada", "password": password}, headers=headers)
    session, device = answer.headers.get_list("set-cookie")
    assert session.startswith("__Host-desk=")
    assert device.startswith("__Host-desk-browser=")
    for cookie in (session, device):
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_behind_a_proxy_that_speaks_https_the_settings_say_so(outlet: Outlet, desk: FastAPI, password: str) -> None:
    behind = replace(outlet, settings=outlet.settings.model_copy(update={"desk_address": "https://desk.example.org/"}))
    from agent.desk import create_app

    browser = Browser(create_app(behind))
    browser.base_url = "http://desk.example.org"  # So the proxy asks.
    headers = {"Origin": "https://desk.example.org"}  # And so its reader does.
    answer = browser.post("/session", data={"name": "ada", "password": password}, headers=headers)
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-desk=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers
    plain = {"Origin": "http://desk.example.org"}
    given = {"name": "ada", "password": password}
    assert browser.post("/session", data=given, headers=plain).status_code == 403, "somebody on the way"


def test_a_token_that_someone_planted_is_never_taken_over(stranger: Browser, password: str) -> None:
    stranger.cookies.set("desk", "planted")
    answer = stranger.post("/session", data={"name": "ada", "password": password})
    assert answer.status_code == 303
    assert "desk=planted" not in answer.headers["set-cookie"]


def test_each_sign_in_has_its_own_token_and_the_one_before_ends(
    stranger: Browser, outlet: Outlet, password: str
) -> None:
    given = {"name": "ada", "password": password}
    tokens = {stranger.post("/session", data=given).cookies["desk"] for _ in range(2)}
    assert len(tokens) == 2
    with outlet.database.read() as db:
        assert len(db.exec(select(DeskSession)).all()) == 1


@pytest.mark.parametrize("name", ["ada", "ben", "cy", ""], ids=["wrong", "without-password", "stranger", "empty"])
def test_every_failed_sign_in_gets_the_same_answer(stranger: Browser, password: str, name: str) -> None:
    answer = stranger.post("/session", data={"name": name, "password": "not the password"})
    assert answer.status_code == 403
    assert "Name and password do not go together" in words_of(answer)
    assert "set-cookie" not in answer.headers


def test_a_failed_sign_in_is_on_record_without_what_was_typed(stranger: Browser, outlet: Outlet) -> None:
    sign_in(stranger, "not the password")
    sign_in(stranger, "", "my password by mistake")
    known, unknown = failures(outlet)
    assert (known.subject, known.actor) == ("ada", "testclient")
    assert unknown.subject.startswith("no such name ")
    assert "mistake" not in f"{unknown.subject}{unknown.reason}{unknown.actor}"


@pytest.mark.parametrize("name", ["ada", "cy"])
def test_after_five_failures_a_name_waits_longer_and_longer(
    stranger: Browser, outlet: Outlet, clock: MovableClock, password: str, name: str
) -> None:
    for _ in range(5):
        assert sign_in(stranger, "wrong", name) == 403
        clock.forward(minutes=1)
    for seconds in (30, 60):
        assert sign_in(stranger, "wrong", name) == 403
        answer = stranger.post("/session", data={"name": name, "password": password})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, str(seconds)), "right, and too early"
        assert f"Try again in {seconds} seconds." in words_of(answer) or "Try again in 1 minute." in words_of(answer)
        clock.forward(seconds=seconds)
    assert len(failures(outlet)) == 7
    assert sign_in(stranger, password, name) == (303 if name == "ada" else 403)


def test_whoever_came_in_begins_anew(stranger: Browser, password: str) -> None:
    for _ in range(2):
        assert [sign_in(stranger, "wrong") for _ in range(4)] == [403] * 4
        assert sign_in(stranger, password) == 303
        stranger.cookies.clear()


def test_typos_of_a_known_browser_are_forgotten_with_each_good_sign_in(
    stranger: Browser, clock: MovableClock, password: str
) -> None:
    for _ in range(7):
        assert sign_in(stranger, password) == 303
        stranger.cookies.delete("desk")
        assert sign_in(stranger, "wrong") == 403
        clock.forward(minutes=30)
    assert sign_in(stranger, password) == 303


def test_one_address_cannot_try_every_name(stranger: Browser, outlet: Outlet, password: str) -> None:
    others_fail(outlet, FREE_FOR_AN_ADDRESS, actor="testclient", subject="name {}")
    assert sign_in(stranger, password) == 429


def test_one_name_cannot_be_tried_from_every_address(stranger: Browser, outlet: Outlet, password: str) -> None:
    others_fail(outlet, FREE_FOR_A_NAME)
    assert sign_in(stranger, password) == 429


def test_nobody_is_locked_out_by_what_others_do(
    stranger: Browser, desk: ASGIApp, outlet: Outlet, clock: MovableClock, password: str
) -> None:
    assert sign_in(stranger, password) == 303
    stranger.cookies.delete("desk")
    others_fail(outlet, FREE_FOR_A_NAME)
    others_fail(outlet, FREE_FOR_AN_ADDRESS, actor="testclient", subject="name {}")
    thief = Browser(desk)
    thief.cookies.set("desk-browser", "0123456789abcdef." + "0" * 64)
    assert sign_in(thief, password) == 429, "a cookie that nobody gave"
    assert sign_in(stranger, password) == 303, "the browser is known"
    stranger.cookies.delete("desk")
    assert [sign_in(stranger, "wrong") for _ in range(6)] == [403] * 5 + [429], "and counted by itself"
    clock.forward(minutes=15)
    assert sign_in(stranger, password) == 303


def test_a_known_browser_is_a_stranger_to_others_and_after_a_new_password(
    stranger: Browser, outlet: Outlet, password: str
) -> None:
    assert sign_in(stranger, password) == 303
    others_fail(outlet, FREE_FOR_A_NAME)
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD + "!", outlet.now())
        set_password(db, "ben", PASSWORD, outlet.now())
    assert sign_in(stranger, PASSWORD + "!") == 429
    assert sign_in(stranger, PASSWORD, "ben") == 303
    others_fail(outlet, FREE_FOR_A_NAME, subject="ben")
    stranger.cookies.delete("desk")
    assert sign_in(stranger, PASSWORD, "ben") == 303


def test_twelve_tries_at_once_are_not_more_than_five(desk: ASGIApp, outlet: Outlet, password: str) -> None:
    def attempt(_: int) -> int:
        return sign_in(Browser(desk), "wrong")

    with ThreadPoolExecutor(6) as several:
        answers = list(several.map(attempt, range(12)))
    assert sorted(answers) == [403] * 5 + [429] * 7
    assert len(failures(outlet)) == 5


def test_a_session_ends_after_twelve_hours(ada: Browser, clock: MovableClock) -> None:
    assert ada.get("/queue").status_code == 200
    clock.forward(hours=12)
    answer = ada.get("/queue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/session?next=%2Fqueue")


def test_when_a_session_was_seen_is_written_at_most_once_a_minute(
    ada: Browser, outlet: Outlet, clock: MovableClock
) -> None:
    seen = []
    for seconds in (0, 59, 1, 30):
        clock.forward(seconds=seconds)
        ada.get("/you")
        with outlet.database.read() as db:
            row = db.exec(select(DeskSession)).one()
        seen.append((row.seen_at - row.began_at).total_seconds())  # type: ignore[operator]
    assert seen == [0, 0, 60, 60]


def test_whoever_the_settings_no_longer_name_is_out_at_once(ada: Browser, outlet: Outlet) -> None:
    settings = outlet.settings.model_copy(update={"reviewers": ["ben"]})
    assert isinstance(ada.app, FastAPI)
    ada.app.state.outlet = replace(outlet, settings=settings)
    assert ada.get("/queue").status_code == 303


@pytest.mark.parametrize(
    "after",
    ["https://example.org/", "//example.org", "/\\example.org", "/session", "/queue?x", "/links/x", "/sign-on/back"],
)
def test_signing_in_leads_to_no_foreign_page(stranger: Browser, password: str, after: str) -> None:
    answer = stranger.post("/session", data={"name": "ada", "password": password, "next": after})
    assert answer.headers["location"] == "/queue"


def test_signing_in_leads_back_to_a_transcript(stranger: Browser, password: str) -> None:
    answer = stranger.post("/session", data={"name": "ada", "password": password, "next": "/sessions/12"})
    assert answer.headers["location"] == "/sessions/12"


def test_a_form_from_another_session_is_refused(ada: Browser, ben: Browser) -> None:
    answer = ada.post("/session/end", data={"form_token": ben.form_token()})
    assert answer.status_code == 403
    assert ada.get("/queue").status_code == 200


def test_who_writes_after_the_session_ended_is_told_that_nothing_was_stored(ada: Browser, clock: MovableClock) -> None:
    clock.forward(hours=13)
    answer = ada.post("/revisions/1/reviews", data={"verdict": "publish"})
    assert answer.status_code == 401
    assert "nothing was stored" in words_of(answer)
    assert answer.headers["content-type"].startswith("text/html")
    assert DESK not in answer.text
