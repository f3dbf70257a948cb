"""What holds for every request."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Mount

from agent.desk import create_app, queue
from agent.desk.guard import is_foreign
from agent.errors import BadDatabase
from agent.outlet import Outlet
from tests.desk.a_desk import DESK, Browser, a_waiting_piece, words_of

pytestmark = pytest.mark.slow

OPEN = {("GET", "/session"), ("POST", "/session"), ("GET", "/healthz")}


class Notes:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append({"event": event, **facts})

    warning = info


def routes_of(routes: list[Any]) -> Iterator[tuple[str, BaseRoute]]:
    """Every route with its path, those of included routers too."""
    for route in routes:
        if hasattr(route, "original_router"):  # how FastAPI keeps a router that was included
            yield from routes_of(route.original_router.routes)
        else:
            yield route.path, route


def test_every_route_but_sign_in_files_and_health_is_closed_to_a_stranger(stranger: Browser, desk: FastAPI) -> None:
    walked = set()
    for path, route in routes_of(desk.routes):
        if isinstance(route, Mount):
            assert path == "/static"
            continue
        url = re.sub(r"\{[^}]+\}", "1", path)
        for method in sorted(getattr(route, "methods", None) or ()):
            if (method, path) in OPEN or method == "HEAD":
                continue
            answer = stranger.request(method, url)
            walked.add((method, path))
            if method == "GET":
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/session"), path
            else:
                assert answer.status_code == 401, path
    assert walked == {
        ("GET", "/"),
        ("GET", "/queue"),
        ("GET", "/revisions/{revision_id}"),
        ("POST", "/revisions/{revision_id}/reviews"),
        ("GET", "/pieces"),
        ("GET", "/pieces/{piece_id}"),
        ("POST", "/pieces/{piece_id}/corrections"),
        ("POST", "/pieces/{piece_id}/withdrawals"),
        ("POST", "/withdrawals/{withdrawal_id}/confirmations"),
        ("POST", "/session/end"),
    }


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
        ("POST", {"origin": "https://testserver"}, True),
        ("POST", {"origin": "http://testserver.example.org"}, True),
        ("POST", {"origin": DESK, "sec-fetch-site": "cross-site"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("DELETE", {"sec-fetch-site": "none"}, True),
        ("GET", {}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, True),
        ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, True),
    ],
)
def test_a_request_that_another_site_started_is_told_apart(method: str, said: dict[str, str], foreign: bool) -> None:
    assert is_foreign(method, "http", Headers({"host": "testserver"} | said)) is foreign


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
