"""Every route of the desk, with everybody who may come by: each role, nobody, somebody whose session was revoked and
somebody who was removed. A route that the table does not name fails these tests. What stands under /api is walked in
the same way in test_api.py."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import SQLModel, select
from starlette.routing import Mount

from agent.desk import create_app
from agent.outlet import Outlet
from agent.review import actions
from agent.staff import begin_session, end_sessions, set_password
from agent.staff.people import COMMAND_LINE, add, remove
from agent.tables import Blob, Rendering, Revision, StaffRole, User, Verdict
from tests.desk.a_desk import DESK, HOSTILE, PASSWORD, Browser, a_waiting_piece

pytestmark = pytest.mark.slow

R, O, A = "reviewer", "operator", "administrator"  # noqa: E741
ALL, KEEPERS = {R, O, A}, {O, A}
OPEN = {
    ("GET", "/session"),
    ("POST", "/session"),
    ("GET", "/links/{token}"),
    ("POST", "/links/{token}"),
    ("GET", "/sign-on"),
    ("GET", "/sign-on/back"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}
"""To whoever comes. Besides these only the files under /static are."""
BY_ITSELF = {("GET", "/metrics")}
"""Lets in programs with a token, and keepers: test_health.py says so."""
MAY: dict[tuple[str, str], set[str]] = {
    ("POST", "/session/end"): ALL,
    ("GET", "/"): ALL,
    ("GET", "/queue"): ALL,
    ("GET", "/search"): ALL,
    ("POST", "/views"): ALL,
    ("POST", "/views/{view_id}/end"): ALL,
    ("POST", "/claims"): {R},
    ("POST", "/revisions/{revision_id}/claim"): {R},
    ("POST", "/revisions/{revision_id}/claim/end"): {R},
    ("POST", "/revisions/{revision_id}/presence"): {R},
    ("POST", "/revisions/{revision_id}/skips"): {R},
    ("POST", "/revisions/{revision_id}/skips/end"): {R},
    ("GET", "/revisions/{revision_id}"): ALL,
    ("GET", "/revisions/{revision_id}/text"): ALL,
    ("GET", "/assets/{name:path}"): ALL,
    ("GET", "/revisions/{revision_id}/reviews/{verdict}"): {R},
    ("POST", "/revisions/{revision_id}/reviews"): {R},
    ("POST", "/revisions/{revision_id}/undo"): {R},
    ("POST", "/revisions/{revision_id}/returns"): {R},
    ("GET", "/revisions/{revision_id}/invitation"): ALL,
    ("GET", "/revisions/{revision_id}/transcript"): ALL,
    ("GET", "/revisions/{revision_id}/sources"): ALL,
    ("GET", "/revisions/{revision_id}/record"): ALL,
    ("GET", "/revisions/{revision_id}/likeness"): ALL,
    ("GET", "/revisions/{revision_id}/earlier"): ALL,
    ("GET", "/revisions/{revision_id}/provenance"): ALL,
    ("GET", "/sessions"): ALL,
    ("GET", "/sessions/{session_id}"): ALL,
    ("POST", "/sessions/{session_id}/unmaskings"): {A},
    ("POST", "/flags/{flag_id}/feedback"): {R},
    ("GET", "/looks"): {R},
    ("GET", "/looks/{revision_id}"): {R},
    ("POST", "/looks/{revision_id}"): {R},
    ("GET", "/appeals"): ALL,
    ("GET", "/appeals/{appeal_id}"): ALL,
    ("POST", "/appeals/{appeal_id}/rulings"): {R},
    ("GET", "/pieces"): ALL,
    ("GET", "/pieces/{piece_id}"): ALL,
    ("POST", "/pieces/{piece_id}/withdrawals"): {R},
    ("POST", "/pieces/{piece_id}/corrections"): {R},
    ("POST", "/withdrawals/{withdrawal_id}/confirmations"): {R},
    ("GET", "/erasures"): ALL,
    ("GET", "/erasures/{proposal_id}"): ALL,
    ("POST", "/erasures/{proposal_id}/answers"): {R, A},
    ("GET", "/pieces/{piece_id}/erasures"): {A},
    ("POST", "/pieces/{piece_id}/erasures"): {A},
    ("GET", "/corrections/{correction_id}/erasures"): {A},
    ("POST", "/corrections/{correction_id}/erasures"): {A},
    ("GET", "/authors"): ALL,
    ("GET", "/authors/{slug}"): ALL,
    ("POST", "/pauses"): ALL,
    ("POST", "/resumptions"): KEEPERS,
    ("POST", "/authors/{slug}/pauses"): ALL,
    ("POST", "/authors/{slug}/resumptions"): KEEPERS,
    ("GET", "/wishes"): ALL,
    ("POST", "/wishes/{wish_id}/answers"): ALL,
    ("GET", "/record"): ALL,
    ("GET", "/record.csv"): KEEPERS,
    ("GET", "/record.json"): KEEPERS,
    ("GET", "/calibration"): ALL,
    ("GET", "/checks"): ALL,
    ("GET", "/checks/{name}"): ALL,
    ("GET", "/users"): {A},
    ("POST", "/users"): {A},
    ("GET", "/users/{user_id}"): {A},
    ("POST", "/users/{user_id}/appointments"): {A},
    ("POST", "/users/{user_id}/email"): {A},
    ("POST", "/users/{user_id}/links"): {A},
    ("POST", "/users/{user_id}/sessions/end"): {A},
    ("POST", "/users/{user_id}/second-factor/end"): {A},
    ("POST", "/users/{user_id}/removal"): {A},
    ("GET", "/you"): ALL,
    ("POST", "/you/password"): ALL,
    ("POST", "/you/calm"): ALL,
    ("POST", "/you/notices"): ALL,
    ("GET", "/you/second-factor.svg"): ALL,
    ("POST", "/you/second-factor"): ALL,
    ("POST", "/you/second-factor/end"): ALL,
    ("POST", "/you/sessions/{session_id}/end"): ALL,
    ("POST", "/you/sessions/end"): ALL,
    ("POST", "/you/tokens"): ALL,
    ("POST", "/you/tokens/{token_id}/end"): ALL,
}
"""Who may come in, by route."""
NAMES = {R: "ada", O: "olga", A: "ann"}
MAY_BE_WRITTEN = {"presence"}
"""By looking: who reads what. When a session was seen is written, too, and here it was seen just now."""
TEXTS = dict.fromkeys(
    ("text", "body", "title", "html", "content", "markdown", "words", "reason", "note", "form", "tags", "data"),
    "Another text, of nobody's.\n",
)

Visitor = Callable[..., Response]


def routes_of(routes: list[Any]) -> Iterator[tuple[str, Any]]:
    """Every route with its path, those of included routers too."""
    for route in routes:
        if hasattr(route, "original_router"):  # how FastAPI keeps a router that was included
            yield from routes_of(route.original_router.routes)
        else:
            yield route.path, route


def walked(desk: FastAPI) -> set[tuple[str, str]]:
    """Each method of each route."""
    return {
        (method, path)
        for path, route in routes_of(desk.routes)
        if not isinstance(route, Mount)
        for method in route.methods - {"HEAD"}
    }


@pytest.fixture
def world(outlet: Outlet) -> Outlet:
    """A desk with something at most addresses: Ada reviews, Olga operates, Ann administers, Rex was removed."""
    with outlet.database.write() as db:
        for role, name in NAMES.items():
            if name != "ada":
                add(db, outlet.settings, name, [StaffRole(role)], outlet.now(), actor=COMMAND_LINE)
            set_password(db, name, PASSWORD, outlet.now())
        remove(
            db,
            outlet.settings,
            add(db, outlet.settings, "rex", list(StaffRole), outlet.now(), actor="ann"),
            outlet.now(),
            actor="ann",
        )
    number, record = a_waiting_piece(outlet)
    actions.review(outlet, number, "ben", Verdict.PUBLISH, record_sha256=record)
    a_waiting_piece(outlet, HOSTILE)
    return outlet


@pytest.fixture
def app(world: Outlet) -> FastAPI:
    return create_app(world)


def url_of(outlet: Outlet, path: str) -> str:
    """An address at which something is, where it can be."""
    with outlet.database.read() as db:
        ben = db.exec(select(User.id).where(User.name == "ben")).one()
    known = {
        "slug": "opus",
        "verdict": "veto",
        "user_id": str(ben),
        "name:path": "page.css",
        "name": "markup",
        "token": "x" * 43,
    }
    if path.startswith("/you/"):
        known["session_id"] = "0" * 64
    return re.sub(r"\{([^}]+)\}", lambda found: known.get(found[1], "1"), path)


def as_whom(outlet: Outlet, app: FastAPI, name: str, *, revoked: bool = False) -> Visitor:
    """Asks with a new session each time, as somebody's browser would; a form has the token of its page."""

    def ask(method: str, path: str, **given: Any) -> Response:
        browser = Browser(app)
        form = given.pop("data", {})
        if name:
            with outlet.database.write() as db:
                user = db.exec(select(User).where(User.name == name)).one()
                token = begin_session(db, user, outlet.now())
            browser.cookies.set("desk", token, domain="127.0.0.1")
            from agent.staff import form_token

            form = {"form_token": form_token(token)} | form
            if revoked:
                with outlet.database.write() as db:
                    end_sessions(db, user.id)
        return browser.request(method, url_of(outlet, path), data=form if method == "POST" else None, **given)

    return ask


def rows(outlet: Outlet, *, but: set[str] = frozenset()) -> dict[str, list[tuple[object, ...]]]:  # type: ignore[assignment]
    """Every row of every table."""
    with outlet.database.read() as db:
        return {
            table.name: sorted((tuple(row) for row in db.connection().execute(table.select())), key=repr)
            for table in SQLModel.metadata.sorted_tables
            if table.name not in but
        }


def test_every_route_is_in_the_table_and_every_line_of_the_table_is_a_route(app: FastAPI) -> None:
    assert walked(app) == set(MAY) | OPEN | BY_ITSELF
    assert {path for path, route in routes_of(app.routes) if isinstance(route, Mount)} == {"/static", "/api"}


@pytest.mark.parametrize(("name", "revoked"), [("", False), ("ada", True), ("ann", True), ("rex", False)])
def test_nobody_without_a_session_that_holds_comes_in_anywhere(
    world: Outlet, app: FastAPI, name: str, revoked: bool
) -> None:
    ask = as_whom(world, app, name, revoked=revoked)
    let_in = {}
    for method, path in sorted(walked(app) - OPEN):
        answer = ask(method, path)
        is_out = answer.status_code == 401 or (
            answer.status_code == 303 and answer.headers["location"].startswith("/session")
        )
        if not is_out and not ((method, path) in BY_ITSELF and answer.status_code == 404):
            let_in[method, path] = answer.status_code
    assert let_in == {}


@pytest.mark.parametrize("role", [R, O, A])
def test_each_role_comes_in_where_the_table_says_and_nowhere_else(world: Outlet, app: FastAPI, role: str) -> None:
    ask = as_whom(world, app, NAMES[role])
    wrong = {}
    for (method, path), roles in MAY.items():
        answer = ask(method, path)
        leads_out = answer.headers.get("location", "").startswith("/session") and path not in (
            "/session/end",
            "/you/sessions/{session_id}/end",
        )
        came_in = answer.status_code not in (401, 403) and answer.status_code < 500 and not leads_out
        refused = answer.status_code == 403 and re.search("This is for .* alone", answer.text) is not None
        if not (came_in if role in roles else refused):
            wrong[method, path] = answer.status_code
    assert wrong == {}


def test_no_address_takes_another_method(world: Outlet, app: FastAPI) -> None:
    ask = as_whom(world, app, "ann")
    known = walked(app)
    before, taken = rows(world, but={"desksession"}), {}
    for path in {path for _, path in known}:
        for method in {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - {m for m, p in known if p == path}:
            if (status := ask(method, path).status_code) not in (404, 405):
                taken[method, path] = status
    assert taken == {}
    assert rows(world, but={"desksession"}) == before


def test_every_form_takes_the_token_of_its_own_session_from_our_own_site(world: Outlet, app: FastAPI) -> None:
    hers = as_whom(world, app, "ben")
    his = Browser(app)
    with world.database.write() as db:
        user = db.exec(select(User).where(User.name == "ben")).one()
        his.cookies.set("desk", begin_session(db, user, world.now()), domain="127.0.0.1")
    stolen, let_in = his.form_token(), {}
    before = rows(world, but={"desksession"})
    assert re.fullmatch("[0-9a-f]{64}", stolen)
    for method, path in sorted(walked(app)):
        if method == "GET":
            continue
        tries: dict[str, dict[str, Any]] = {
            "cross-site": {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": DESK}},
            "a neighbour": {"headers": {"Sec-Fetch-Site": "same-site", "Origin": DESK}},
            "another origin": {"headers": {"Origin": "https://example.org"}},
            "no origin": {"headers": {"Origin": "null"}},
            "another host": {"headers": {"Host": "example.org", "Origin": "http://example.org"}},
        }
        if (method, path) not in OPEN:
            for who in ("ada", "olga", "ann"):
                if {role for role, name in NAMES.items() if name == who} <= MAY[method, path]:
                    tries[f"{who} without a token"] = {"data": {"form_token": ""}, "who": who}
                    tries[f"{who} with another's token"] = {"data": {"form_token": stolen}, "who": who}
        for what, given in tries.items():
            ask = as_whom(world, app, given.pop("who")) if "who" in given else hers
            status = ask(method, path, **given).status_code
            if status != (421 if what == "another host" else 403):
                let_in[method, path, what] = status
    assert let_in == {}
    assert rows(world, but={"desksession"}) == before


def test_looking_changes_no_row(world: Outlet, app: FastAPI) -> None:
    changed = {}
    for role, name in NAMES.items():
        ask = as_whom(world, app, name)
        before = rows(world, but={*MAY_BE_WRITTEN, "desksession"})
        for method, path in sorted(walked(app)):
            if method != "GET":
                continue
            ask(method, path)
            after = rows(world, but={*MAY_BE_WRITTEN, "desksession"})
            if differ := {table for table in after if after[table] != before[table]}:
                changed[path, role] = differ
            before = after
    assert changed == {}


def test_a_text_that_is_posted_anywhere_changes_no_revision(world: Outlet, app: FastAPI) -> None:
    def texts() -> list[object]:
        with world.database.read() as db:
            revisions = db.exec(select(Revision).order_by(Revision.id)).all()
            kept = {revision.text_blob_id for revision in revisions} | {r.record_blob_id for r in revisions}
            blobs = [(blob.id, blob.sha256, blob.data) for blob in db.exec(select(Blob)) if blob.id in kept]
            shown = [(row.text_sha256, row.html) for row in db.exec(select(Rendering))]
            return [[revision.model_dump() for revision in revisions], sorted(blobs, key=repr), sorted(shown)]

    before, asked = texts(), 0
    assert before[0]
    for name in NAMES.values():
        ask = as_whom(world, app, name)
        for method, path in sorted(walked(app)):
            if method == "POST":
                ask(method, path, data=TEXTS)
                asked += 1
                assert texts() == before, path
    assert asked > 100
