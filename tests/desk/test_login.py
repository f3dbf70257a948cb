"""Sign-in and sign-out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.types import ASGIApp

from agent.desk.login import WINDOW, wait
from agent.outlet import Outlet
from agent.staff import set_password
from agent.tables import AuditEvent, DeskSession
from agent.testing import NOON, MovableClock
from tests.desk.a_desk import DESK, PASSWORD, Browser, words_of

pytestmark = pytest.mark.slow


@pytest.fixture
def password(outlet: Outlet) -> str:
    """Ada's."""
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, outlet.now())
    return PASSWORD


def failures(outlet: Outlet) -> list[AuditEvent]:
    with outlet.database.read() as db:
        return list(db.exec(select(AuditEvent).where(AuditEvent.action == "sign_in_failed")))


def test_a_reviewer_signs_in_and_out(stranger: Browser, password: str) -> None:
    answer = stranger.post("/session", data={"name": "ada", "password": password, "next": "/revisions/7"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/revisions/7")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Max-Age=43200" in cookie
    assert "Secure" not in cookie
    assert "ada" in stranger.words("/queue")
    left = stranger.submit("/session/end")
    assert (left.status_code, left.headers["location"]) == (303, "/session")
    assert stranger.get("/queue").status_code == 303


def test_signing_out_ends_the_session_on_the_server_too(stranger: Browser, desk: ASGIApp, password: str) -> None:
    stranger.post("/session", data={"name": "ada", "password": password})
    kept = stranger.cookies["desk"]
    stranger.submit("/session/end")
    thief = Browser(desk)
    thief.cookies.set("desk", kept)
    assert thief.get("/queue").status_code == 303


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(desk: ASGIApp, password: str) -> None:
    browser = Browser(desk)
    browser.base_url = "https://testserver"
    answer = browser.post(
        "/session", data={"name": "ada", "password": password}, headers={"Origin": "https://testserver"}
    )
    assert answer.headers["set-cookie"].startswith("__Host-desk=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "Path=/" in answer.headers["set-cookie"]


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
    stranger.post("/session", data={"name": "ada", "password": "not the password"})
    stranger.post("/session", data={"name": "my password by mistake", "password": ""})
    known, unknown = failures(outlet)
    assert known.subject == "ada"
    assert unknown.subject.startswith("no such name ")
    assert "mistake" not in f"{unknown.subject}{unknown.reason}{unknown.actor}"


@pytest.mark.parametrize("name", ["ada", "cy"])
def test_after_five_failures_a_name_waits_a_quarter_of_an_hour(
    stranger: Browser, outlet: Outlet, clock: MovableClock, password: str, name: str
) -> None:
    for _ in range(5):
        assert stranger.post("/session", data={"name": name, "password": "wrong"}).status_code == 403
        clock.forward(minutes=1)
    answer = stranger.post("/session", data={"name": name, "password": password})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "600"
    assert "Try again in 10 minutes." in words_of(answer)
    assert len(failures(outlet)) == 5
    clock.forward(minutes=10)
    again = stranger.post("/session", data={"name": name, "password": password})
    assert again.status_code == (303 if name == "ada" else 403)


def test_one_address_cannot_try_every_name(stranger: Browser, outlet: Outlet, password: str) -> None:
    with outlet.database.write() as db:
        db.add_all(
            AuditEvent(actor="testclient", action="sign_in_failed", subject=f"name {n}", at=outlet.now())
            for n in range(30)
        )
    assert stranger.post("/session", data={"name": "ada", "password": password}).status_code == 429


def test_twelve_tries_at_once_are_not_more_than_five(desk: ASGIApp, outlet: Outlet, password: str) -> None:
    def attempt(_: int) -> int:
        return Browser(desk).post("/session", data={"name": "ada", "password": "wrong"}).status_code

    with ThreadPoolExecutor(6) as several:
        answers = list(several.map(attempt, range(12)))
    assert sorted(answers) == [403] * 5 + [429] * 7
    assert len(failures(outlet)) == 5


def test_the_wait_counts_from_the_oldest_failure_that_matters() -> None:
    failed = [NOON - timedelta(minutes=minutes) for minutes in (1, 2, 3, 4, 14, 14.5)]
    assert wait(failed, 5, NOON) == 60
    assert wait(failed[:4], 5, NOON) == 0
    assert wait([NOON] * 5, 5, NOON) == WINDOW.total_seconds()


def test_a_session_ends_after_twelve_hours(ada: Browser, clock: MovableClock) -> None:
    assert ada.get("/queue").status_code == 200
    clock.forward(hours=12)
    answer = ada.get("/queue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/session?next=%2Fqueue")


def test_whoever_the_settings_no_longer_name_is_out_at_once(ada: Browser, outlet: Outlet) -> None:
    settings = outlet.settings.model_copy(update={"reviewers": ["ben"]})
    assert isinstance(ada.app, FastAPI)
    ada.app.state.outlet = replace(outlet, settings=settings)
    assert ada.get("/queue").status_code == 303


@pytest.mark.parametrize("after", ["https://example.org/", "//example.org", "/\\example.org", "/session", "/queue?x"])
def test_signing_in_leads_to_no_foreign_page(stranger: Browser, password: str, after: str) -> None:
    answer = stranger.post("/session", data={"name": "ada", "password": password, "next": after})
    assert answer.headers["location"] == "/queue"


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
