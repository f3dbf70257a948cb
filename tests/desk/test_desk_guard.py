"""What holds for every request."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers

from agent.desk import create_app, queue
from agent.desk.door import limits, links, own
from agent.desk.door.guard import is_foreign
from agent.errors import BadDatabase
from agent.outlet import Outlet
from agent.testing import MovableClock
from tests.desk.a_desk import DESK, Browser, a_waiting_piece, words_of

pytestmark = pytest.mark.slow

HTTPS = "https://desk.example.org/"


class Notes:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append({"event": event, **facts})

    warning = info


def test_a_stranger_cannot_tell_which_revisions_there_are(stranger: Browser, outlet: Outlet) -> None:
    there, _ = a_waiting_piece(outlet)
    answers = [stranger.get(f"/revisions/{number}") for number in (there, there + 1)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [answer.text for answer in answers] == ["", ""]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/static/../app.py", "/static/%2e%2e/app.py"])
def test_nothing_else_is_served(stranger: Browser, path: str) -> None:
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "said", "foreign"),
    [
        ("POST", {"origin": DESK}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "same-origin", "origin": DESK}, False),
        ("POST", {}, True),
        ("POST", {"origin": "null"}, True),
        ("POST", {"origin": "https://127.0.0.1:8701"}, True),
        ("POST", {"origin": "http://127.0.0.1"}, True),
        ("POST", {"origin": "http://127.0.0.1:8701.example.org"}, True),
        ("POST", {"origin": DESK, "sec-fetch-site": "cross-site"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("DELETE", {"sec-fetch-site": "none"}, True),
        ("GET", {}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, True),
        ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, True),
    ],
)
def test_a_request_that_another_site_started_is_told_apart(
    outlet: Outlet, method: str, said: dict[str, str], foreign: bool
) -> None:
    headers = Headers({"host": "127.0.0.1:8701"} | said)
    assert is_foreign(method, "http", headers, outlet.settings) is foreign


@pytest.mark.parametrize(
    ("address", "host", "known"),
    [
        (None, "127.0.0.1:8701", True),
        (None, "localhost:8701", True),
        (None, "desk.localhost", True),
        (None, "[::1]:8701", True),
        (None, "192.168.7.9:8701", True),
        (None, "desk.example.org", False),
        (None, "localhost.example.org", False),
        (None, "127.0.0.1.example.org:8701", False),
        (None, "", False),
        (None, "a b", False),
        (None, "x@localhost", False),
        (None, "[::1", False),
        (None, "localhost:x", False),
        (None, "localhost/x", False),
        (HTTPS, "desk.example.org", True),
        (HTTPS, "DESK.example.org:443", True),
        (HTTPS, "desk.example.org:80", False),
        (HTTPS, "example.org", False),
        (HTTPS, "192.168.7.9", False),
        (HTTPS, "127.0.0.1:8701", True),
        ("http://desk.lan:8701/", "desk.lan:8701", True),
        ("http://desk.lan:8701/", "desk.lan", False),
    ],
)
def test_a_desk_answers_under_its_own_names_alone(outlet: Outlet, address: str | None, host: str, known: bool) -> None:
    settings = outlet.settings.model_copy(update={"desk_address": address})
    assert own.is_known(settings, host) is known


def test_another_name_that_leads_here_gets_a_clear_answer_and_nothing_else(outlet: Outlet, desk: FastAPI) -> None:
    browser = Browser(desk)
    for path in ("/queue", "/session", "/healthz", "/static/desk.css", "/api/queue"):
        answer = browser.get(path, headers={"Host": "rebound.example.org"})
        assert answer.status_code == 421, path
        assert "desk_address" in answer.text
    there = create_app(replace(outlet, settings=outlet.settings.model_copy(update={"desk_address": HTTPS})))
    answer = Browser(there).get("/session", headers={"Host": "rebound.example.org"})
    assert (answer.status_code, f"It is at {HTTPS}" in words_of(answer)) == (421, True)


@pytest.mark.parametrize(
    ("host", "origin", "ours"),
    [
        ("desk.example.org", "https://desk.example.org", True),
        ("desk.example.org", "http://desk.example.org", False),
        ("127.0.0.1:8701", "https://desk.example.org", True),
        ("127.0.0.1:8701", "http://127.0.0.1:8701", True),
        ("127.0.0.1:8701", "https://example.org", False),
        ("desk.example.org", "null", False),
    ],
)
def test_behind_a_proxy_the_address_that_staff_see_is_our_own(
    outlet: Outlet, host: str, origin: str, ours: bool
) -> None:
    settings = outlet.settings.model_copy(update={"desk_address": HTTPS})
    assert own.is_ours(settings, origin, "http", host) is ours


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("10.0.0.7", 1), "10.0.0.7"),
        (("::ffff:10.0.0.7", 1), "10.0.0.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("::1", 1), "::1"),
        (("testclient", 1), "testclient"),
        (None, "unknown"),
    ],
)
def test_a_household_counts_as_one_address(client: tuple[str, int] | None, counted: str) -> None:
    assert own.address_of(client) == counted


def test_a_bucket_fills_up_again_with_time() -> None:
    limit = limits.Limit(at_once=3, a_second=0.5)
    assert limits.taken(3, 0, limit) == (2, 0)
    assert limits.taken(0, 0, limit) == (0, 2)
    assert limits.taken(0, 2, limit) == (0, 0)
    assert limits.taken(0, 1_000, limit) == (2, 0)
    assert limits.taken(1, -5, limit) == (0, 0), "a clock that was set back gives and takes nothing"


def test_buckets_that_nobody_used_for_longest_are_forgotten(clock: MovableClock) -> None:
    buckets = limits.Buckets(limits.Limit(1, 0.1), kept=2)
    assert [buckets.take(name, clock()) for name in ("a", "a", "b", "c", "b", "a")] == [0, 10, 0, 0, 10, 0]


def test_a_browser_that_asks_without_end_waits_and_the_others_do_not(
    desk: FastAPI, ada: Browser, ben: Browser, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BROWSER", limits.Limit(3, 0.5))
    assert [ada.get("/you").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = ada.get("/you")
    assert answer.headers["retry-after"] == "2"
    assert "Wait a moment" in words_of(answer)
    assert ben.get("/you").status_code == 200
    clock.forward(seconds=2)
    assert ada.get("/you").status_code == 200


def test_one_address_cannot_ask_under_ever_new_names(
    stranger: Browser, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS", limits.Limit(3, 0.5))
    answers = []
    for number in range(5):
        stranger.cookies.set("desk", f"made up {number}", domain="127.0.0.1")
        answers.append(stranger.get("/session").status_code)
    assert answers == [200, 200, 200, 429, 429]


def test_reading_at_the_desk_is_nowhere_near_a_limit() -> None:
    """Forty pieces in an hour, five requests a page, and a question every five seconds."""
    left, wait = float(limits.BROWSER.at_once), 0
    for second in range(3_600):
        for _ in range((5 if second % 90 == 0 else 0) + (1 if second % 5 == 0 else 0)):
            left, wait = limits.taken(left, 1, limits.BROWSER)
            assert wait == 0
    assert left > limits.BROWSER.at_once - 10


def test_a_cross_site_post_is_refused_even_with_cookie_and_token(ada: Browser) -> None:
    token = ada.form_token()
    answer = ada.post("/session/end", data={"form_token": token}, headers={"Origin": "https://example.org"})
    assert answer.status_code == 403
    assert "another site" in words_of(answer)
    assert ada.get("/queue").status_code == 200


@pytest.mark.parametrize("path", ["/session", "/queue", "/nowhere", "/static/desk.css", "/healthz"])
def test_a_browser_is_told_to_run_and_embed_nothing(ada: Browser, path: str) -> None:
    headers = ada.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_a_form_above_64_kilobytes_is_refused_in_words(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    given = {"verdict": "escalate", "record_sha256": record, "reason": "why " * 20_000}
    answer = ada.submit(f"/revisions/{revision}/reviews", **given)
    assert answer.status_code == 413
    assert "fewer words" in words_of(answer)


@pytest.mark.parametrize("path", ["/revisions/999", "/revisions/x", "/revisions/-1", f"/revisions/{10**30}", "/a"])
def test_an_address_where_nothing_is_says_so(ada: Browser, path: str) -> None:
    answer = ada.get(path)
    assert answer.status_code == 404
    assert "There is nothing at this address." in words_of(answer)


def test_a_fault_of_ours_shows_no_traceback_and_is_logged_without_private_words(
    outlet: Outlet, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the private words of a row")

    monkeypatch.setattr(queue, "withdrawals", broken)
    notes = Notes()
    browser = Browser(create_app(replace(outlet, log=notes)))
    browser.cookies.update(ada.cookies)
    answer = browser.get("/queue")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in words_of(answer)
    assert "RuntimeError" not in answer.text
    assert [(line["action"], line["fault"]) for line in notes.lines] == [("desk_fault", "RuntimeError")]
    assert "private words" not in str(notes.lines)


@pytest.mark.parametrize("fault", [RuntimeError("x"), BadDatabase(url="sqlite:///x", reason="the disk is full")])
def test_a_link_that_works_once_stands_in_no_line_of_the_log(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(links, "person_of", broken)
    notes = Notes()
    answer = Browser(create_app(replace(outlet, log=notes))).get("/links/the-secret-of-a-link")
    assert answer.status_code == 500
    assert [line["route"] for line in notes.lines] == ["/links/{token}"]
    assert "the-secret" not in str(notes.lines)


def test_an_error_that_has_words_is_shown_in_them(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise BadDatabase(url="sqlite:///x", reason="the disk is full")

    monkeypatch.setattr(queue, "withdrawals", broken)
    answer = ada.get("/queue")
    assert answer.status_code == 500
    assert "cannot be used: the disk is full" in words_of(answer)


def test_health_is_said_after_the_database_answered(stranger: Browser, outlet: Outlet) -> None:
    assert (stranger.get("/healthz").status_code, stranger.get("/healthz").text) == (200, "ok\n")
    outlet.database.close()
    file = outlet.settings.folder / "afterword.db"
    file.unlink()
    file.mkdir()
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "the database does not answer\n")
