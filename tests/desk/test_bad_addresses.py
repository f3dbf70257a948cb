"""Every address that is read, with what no row has: signs that no database takes, and numbers that no row has. None of
it is a fault of ours, on either database."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.routing import Mount
from starlette.testclient import TestClient

from agent.desk import create_app
from agent.desk.door import limits
from agent.outlet import Outlet
from agent.review import actions
from agent.staff import begin_session, tokens
from agent.staff.people import COMMAND_LINE, add
from agent.tables import AuditEvent, StaffRole, User, Verdict
from tests.desk.a_desk import DESK, PASSWORD, Browser, a_waiting_piece, words_of

pytestmark = pytest.mark.slow

ILLEGIBLE = ("%00", "a%00b", "%ff", "%ed%a0%80")
"""NUL, no UTF-8, and half a letter."""
NUMBERS = ("0", str(2**31), str(10**30), str(-(10**30)), "1" * 5_000)
WORDS = ("1-1-999999999999999999", "9999-12-31", "²")
MOMENTS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
ASKED = (
    *("after", "author", "before", "by", "form", "from", "limit", "marks", "next", "of", "outcome", "piece", "q"),
    *("raw", "revision", "since", "state", "stored", "to", "until", "veil", "what", "who", "with", "without"),
)
"""What routes read of a query by themselves, besides what they declare."""


@pytest.fixture
def world(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> Outlet:
    """A piece that is decided and one that waits; Ann holds every role. Nobody asks too often."""
    monkeypatch.setattr(limits, "BROWSER", limits.Limit(10**6, 1))
    monkeypatch.setattr(limits, "ADDRESS", limits.Limit(10**6, 1))
    with both.database.write() as db:
        add(db, both.settings, "ann", list(StaffRole), both.now(), actor=COMMAND_LINE)
    number, record = a_waiting_piece(both)
    actions.review(both, number, "ben", Verdict.PUBLISH, record_sha256=record)
    a_waiting_piece(both, "Another text, and a shorter one.\n")
    return both


def read_routes(routes: list[Any], under: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every address that can be read, with what it takes in a query: what it says, and what its file names."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from read_routes(route.original_router.routes, under)
        elif isinstance(route, Mount) and hasattr(route.app, "routes"):
            yield from read_routes(route.app.routes, route.path)
        elif "GET" in getattr(route, "methods", ()):
            declared = route.dependant.query_params if hasattr(route, "dependant") else ()
            source = inspect.getsource(sys.modules[route.endpoint.__module__])
            read = {name for name in ASKED if "query_params" in source and f'"{name}"' in source}
            yield under + route.path, {each.alias for each in declared} | read


def addresses(app: FastAPI) -> Iterator[tuple[str, bool]]:
    """Every address with something bad in it, and whether it is illegible."""
    for path, taken in read_routes(app.routes):
        plain = re.sub(r"\{[^}]+\}", "1", path)
        for name in re.findall(r"\{[^}]+\}", path):
            for bad in (*ILLEGIBLE, *NUMBERS, *map(quote, WORDS)):
                yield re.sub(r"\{[^}]+\}", "1", path.replace(name, bad)), bad in ILLEGIBLE
        for name in sorted(taken):
            moments = MOMENTS if name in ("since", "until") else ()
            for bad in (*NUMBERS, *map(quote, (*WORDS, *moments))):
                yield f"{plain}?{name}={bad}", False
            yield f"{plain}?{name}={ILLEGIBLE[0]}", True
        for bad in ILLEGIBLE:
            yield f"{plain}?{bad}=1", True


def test_no_address_is_a_fault_of_ours_whatever_stands_in_it(world: Outlet) -> None:
    app = create_app(world)
    browser = Browser(app)
    with world.database.write() as db:
        ann = db.exec(select(User).where(User.name == "ann")).one()
        browser.cookies.set("desk", begin_session(db, ann, world.now()), domain="127.0.0.1")
        browser.headers["authorization"] = f"Bearer {tokens.new_token(db, ann, 'a walk', world.now())}"
    assert browser.get("/queue").status_code == browser.get("/api/queue").status_code == 200
    wrong, asked = {}, 0
    for address, is_illegible in addresses(app):
        status, asked = browser.get(address).status_code, asked + 1
        if status >= 500 or (is_illegible and status not in (400, 404)):
            wrong[address[:80]] = status
    assert wrong == {}
    assert asked > 400


@pytest.mark.parametrize("name", ["ada\0", "\0", "a" * 5_000])
def test_a_name_that_no_database_takes_is_nobodys_and_on_record(both: Outlet, name: str) -> None:
    answer = Browser(create_app(both)).post("/session", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 403
    assert "do not go together" in words_of(answer)
    with both.database.read() as db:
        [failed] = db.exec(select(AuditEvent).where(AuditEvent.action == "sign_in_failed"))
    assert failed.subject.startswith("no such name ")


def test_words_that_no_database_takes_are_refused_by_every_form_and_by_the_api(both: Outlet) -> None:
    app = create_app(both)
    browser, program = Browser(app), TestClient(app, base_url=DESK)
    with both.database.write() as db:
        ada = db.exec(select(User).where(User.name == "ada")).one()
        browser.cookies.set("desk", begin_session(db, ada, both.now()), domain="127.0.0.1")
        program.headers["authorization"] = f"Bearer {tokens.new_token(db, ada, 'a walk', both.now())}"
    number, record = a_waiting_piece(both)
    given = {"record_sha256": record, "verdict": "escalate", "reason": "Why \0 is this so?"}
    for name in ("/you/tokens", "/views", f"/revisions/{number}/reviews"):
        assert browser.submit(name, name="a\0b", reason="b\0c").status_code == 400, name
    answer = program.post(f"/api/revisions/{number}/reviews", json=given)
    assert (answer.status_code, "cannot be stored" in answer.json()["error"]) == (422, True)
