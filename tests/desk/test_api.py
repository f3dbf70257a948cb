"""The desk for programs: a token alone lets one in, what may be done is what its holder may do, and no rule is another
than at the desk."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from httpx2 import Response
from openapi_spec_validator import validate
from sqlmodel import select
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.desk.api import queue as queue_of
from agent.desk.door import limits
from agent.outlet import Outlet
from agent.pausing import set_pause
from agent.review import actions, second
from agent.staff import begin_session
from agent.staff.tokens import new_token, revoke, tokens_of
from agent.tables import Blob, CheckRun, Flag, Level, Publication, Review, Revision, User, Verdict
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from tests.desk.a_desk import DESK, HOSTILE, PLAIN, a_waiting_piece

pytestmark = pytest.mark.slow

NAMES = {"reviewer": "ada", "operator": "olga", "administrator": "adele", "nobody": "cy"}
READERS = {"reviewer", "operator", "administrator"}
MAY = {
    ("GET", "/openapi.json"): READERS,
    ("GET", "/queue"): READERS,
    ("GET", "/revisions/{revision_id}"): READERS,
    ("POST", "/revisions/{revision_id}/reviews"): {"reviewer"},
    ("POST", "/revisions/{revision_id}/undo"): {"reviewer"},
    ("POST", "/revisions/{revision_id}/returns"): {"reviewer"},
    ("GET", "/pieces"): READERS,
    ("GET", "/pieces/{piece_id}"): READERS,
    ("POST", "/pieces/{piece_id}/withdrawals"): {"reviewer"},
    ("POST", "/pieces/{piece_id}/corrections"): {"reviewer"},
    ("GET", "/authors"): READERS,
    ("GET", "/wishes"): READERS,
    ("POST", "/wishes/{wish_id}/answers"): READERS,
    ("GET", "/appeals"): READERS,
    ("POST", "/appeals/{appeal_id}/rulings"): {"reviewer"},
    ("GET", "/withdrawals"): READERS,
    ("POST", "/withdrawals/{withdrawal_id}/confirmations"): {"reviewer"},
    ("POST", "/flags/{flag_id}/feedback"): {"reviewer"},
    ("GET", "/record"): READERS,
}
"""Every route, and who may come in there."""
BODIES: dict[str, dict[str, Any]] = {
    "reviews": {"record_sha256": "", "verdict": "publish"},
    "returns": {"reason": "Look at the second line again."},
    "withdrawals": {"by": "staff", "ground": "law", "reason": "A court's order names it."},
    "corrections": {"words": "The flood was in 1953."},
    "answers": {"words": "Gladly: next week."},
    "rulings": {"overturned": True, "reason": "It names nobody."},
    "confirmations": {"reason": "I read the order, too."},
    "feedback": {"says": "false alarm"},
}
"""What each noun takes."""
VETO = {"verdict": "veto", "ground": "law", "quote": "not felt", "reason": "A law does."}
PAST = "2020-01-01T00:00Z"


@pytest.fixture
def staffed(outlet: Outlet) -> Outlet:
    """Ada and Ben review, Olga operates, Adele administers, and Cy is a user with no role. A verdict can be taken back
    for ten minutes."""
    roles = {"reviewers": ["ada", "ben"], "operators": ["olga"], "administrators": ["adele"], "undo_minutes": 10.0}
    staffed = replace(outlet, settings=outlet.settings.model_copy(update=roles))
    with staffed.database.write() as db:
        known = set(db.exec(select(User.name)))
        db.add_all([User(name=name, added_at=outlet.now()) for name in NAMES.values() if name not in known])
    return staffed


@pytest.fixture
def app(staffed: Outlet) -> FastAPI:
    return create_app(staffed)


class Program(TestClient):
    """Says nothing of where it comes from, and shows a token."""

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(app, base_url=DESK, headers=headers, follow_redirects=False)
        self.headers.pop("origin", None)

    def read(self, path: str) -> Any:
        """What is answered to a GET."""
        answer = self.get(f"/api{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def add(self, path: str, **given: Any) -> Any:
        """What is answered to a POST."""
        answer = self.post(f"/api{path}", json=given)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def token_of(staffed: Outlet) -> Callable[[str], str]:
    def made(name: str) -> str:
        with staffed.database.write() as db:
            user = db.exec(select(User).where(User.name == name)).one()
            return new_token(db, user, f"a script, {len(tokens_of(db, user.id))}", staffed.now())

    return made


@pytest.fixture
def ada(app: FastAPI, token_of: Callable[[str], str]) -> Program:
    return Program(app, token_of("ada"))


@pytest.fixture
def ben(app: FastAPI, token_of: Callable[[str], str]) -> Program:
    return Program(app, token_of("ben"))


def api_of(app: FastAPI) -> FastAPI:
    [mounted] = [route.app for route in app.routes if isinstance(route, Mount) and route.name == "api"]
    assert isinstance(mounted, FastAPI)
    return mounted


def routes(routes_of: list[Any]) -> Iterator[tuple[str, str]]:
    """Every method and path, those of included routers too."""
    for route in routes_of:
        if hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)
        else:
            yield from ((method, route.path) for method in route.methods if method != "HEAD")


def ask(program: TestClient, method: str, path: str, number: int = 1) -> Response:
    """A request to a route, with a body that could be understood."""
    url = "/api" + "/".join(str(number) if part.startswith("{") else part for part in path.split("/"))
    body = BODIES.get(path.rsplit("/", 1)[-1])
    return program.request(method, url, json=body if method == "POST" else None)


def is_error(answer: Response, status: int) -> bool:
    """Whether an answer is an error of that status, in the one shape."""
    said = answer.json()
    return answer.status_code == said["status"] == status and set(said) == {"error", "status"} and bool(said["error"])


def test_the_walk_knows_every_route(app: FastAPI) -> None:
    assert set(routes(api_of(app).routes)) == set(MAY)


def test_without_a_token_that_holds_no_route_answers(
    staffed: Outlet, app: FastAPI, token_of: Callable[[str], str]
) -> None:
    revoked, ended = token_of("ada"), ""
    with staffed.database.write() as db:
        user = db.exec(select(User).where(User.name == "ada")).one()
        ended = new_token(db, user, "for an hour", staffed.now(), ends_at=staffed.now() + timedelta(hours=1))
        revoke(db, user, tokens_of(db, user.id)[0].id, staffed.now(), actor="ada")
        session = begin_session(db, user, staffed.now())
    assert isinstance(staffed.now, MovableClock)
    staffed.now.forward(hours=2)
    strangers = [Program(app, token) for token in ("", revoked, ended, "afterword_guessed", session)]
    with_cookie = Program(app)
    with_cookie.cookies.set("desk", session)
    for stranger, (method, path) in product((*strangers, with_cookie), MAY):
        answer = ask(stranger, method, path)
        assert is_error(answer, 401), path
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", NAMES)
def test_a_token_may_do_what_its_holder_may(app: FastAPI, token_of: Callable[[str], str], role: str) -> None:
    program = Program(app, token_of(NAMES[role]))
    for (method, path), roles in MAY.items():
        answer = ask(program, method, path, number=999)
        if role == "nobody":
            assert is_error(answer, 401), path
        elif role in roles:
            assert answer.status_code in (200, 404), (path, answer.text)
        else:
            assert is_error(answer, 403), path


def test_a_token_works_no_more_once_its_holder_is_of_the_staff_no_more(
    staffed: Outlet, token_of: Callable[[str], str]
) -> None:
    token = token_of("ada")
    settings = staffed.settings.model_copy(update={"reviewers": ["ben"]})
    assert is_error(Program(create_app(replace(staffed, settings=settings)), token).get("/api/queue"), 401)


def test_that_a_token_was_used_is_noted(staffed: Outlet, ada: Program) -> None:
    ada.read("/queue")
    with staffed.database.read() as db:
        user = db.exec(select(User).where(User.name == "ada")).one()
        assert [token.seen_at for token in tokens_of(db, user.id)] == [staffed.now()]


# What is done


def test_from_the_queue_to_a_piece_and_down_again(staffed: Outlet, ada: Program, ben: Program) -> None:
    revision, record = a_waiting_piece(staffed, HOSTILE)
    [waiting] = ada.read("/queue")["items"]
    assert (waiting["revision"], waiting["stands"], waiting["record_sha256"]) == (revision, "waiting", record)
    found = ada.read(f"/revisions/{revision}")
    assert (found["text"], found["is_open"]) == (HOSTILE, True)
    [flag] = [flag for flag in found["flags"] if flag["level"] == "look"]
    assert ada.add(f"/flags/{flag['flag']}/feedback", says="false alarm")["revision"] == revision
    answers = {str(flag["flag"]): "No harm in it."}
    ready = ada.add(f"/revisions/{revision}/reviews", record_sha256=record, verdict="publish", answers=answers)
    assert (ready["stands"], ready["mine"], ready["pending"]["verdict"]) == ("published", "publish", "publish")
    back = ada.add(f"/revisions/{revision}/undo")
    assert (back["stands"], back["pending"], back["reviews"][0]["undone_at"] is not None) == ("waiting", None, True)
    later = (staffed.now() + timedelta(hours=3)).isoformat()
    given = {"record_sha256": record, "verdict": "publish", "answers": answers, "at": later}
    assert ben.add(f"/revisions/{revision}/reviews", **given)["pending"]["due_at"] == later.replace("+00:00", "Z")
    assert isinstance(staffed.now, MovableClock)
    staffed.now.forward(hours=3)
    assert actions.carry_out(staffed) == 1
    [listed] = ada.read("/pieces?state=public")["items"]
    piece = f"/pieces/{listed['piece']}"
    noted = ada.add(f"{piece}/corrections", words="The flood was in 1953.")
    assert [note["words"] for note in noted["corrections"]] == ["The flood was in 1953."]
    reason = {"reason": "A court's order names it."}
    ada.add(f"{piece}/withdrawals", by="staff", ground="law", **reason)
    [asked] = ben.read("/withdrawals")["items"]
    assert is_error(ada.post(f"/api/withdrawals/{asked['withdrawal']}/confirmations", json=reason), 409)
    assert ben.add(f"/withdrawals/{asked['withdrawal']}/confirmations", **reason)["is_down"] is True
    assert ben.read("/withdrawals") == {"items": [], "next": None}
    acts = ada.read(f"/record?piece={listed['piece']}")["items"]
    assert Counter(act["what"] for act in acts) == {"verdict": 2, "decided": 2} | dict.fromkeys(
        ("confirmed", "withdrawal", "corrected", "published", "undone", "feedback", "sent"), 1
    )
    assert {act["who"] for act in ada.read("/record?what=verdict&by=ben")["items"]} == {"ben"}


def test_from_a_veto_to_a_ruling(staffed: Outlet, ada: Program, ben: Program, token_of: Callable[[str], str]) -> None:
    staffed = replace(staffed, settings=staffed.settings.model_copy(update={"reviewers": ["ada", "ben", "olga"]}))
    revision, record = a_waiting_piece(staffed)
    given = VETO | {"record_sha256": record}
    ada.add(f"/revisions/{revision}/reviews", **given | {"reason": "The law of the sea."})
    [untold] = ben.read(f"/revisions/{revision}")["reviews"]
    assert (untold["told"], untold["ground"], untold["passage"], untold["reason"]) == (False, "", "", "")
    assert "sea" not in str(ben.read("/record"))
    given_now = ben.add(f"/revisions/{revision}/reviews", **given)
    assert given_now["undo_until"] is not None
    assert [(one["told"], one["reason"]) for one in given_now["reviews"]] == [(False, ""), (True, VETO["reason"])], (
        "Ben could take his back, knowing hers"
    )
    assert "sea" not in str(ben.read("/record"))
    assert isinstance(staffed.now, MovableClock)
    staffed.now.forward(minutes=10)
    actions.carry_out(staffed)
    told = ben.read(f"/revisions/{revision}")["reviews"]
    assert (told[0]["reason"], told[0]["passage"]) == ("The law of the sea.", "not felt")
    a_session(staffed, [tool_reply("appeal", piece=1, words="There is no such law."), tool_reply("decline")])
    [appeal] = ada.read("/appeals")["items"]
    assert (appeal["why"], appeal["vetoed_by"]) == ("There is no such law.", "ada, ben")
    ruling = {"overturned": True, "reason": "There is no such law."}
    assert is_error(ada.post(f"/api/appeals/{appeal['appeal']}/rulings", json=ruling), 409)
    olga = Program(create_app(staffed), token_of("olga"))
    assert olga.add(f"/appeals/{appeal['appeal']}/rulings", **ruling)["reviewer"] == "olga"
    assert olga.read("/appeals")["items"] == []


def test_what_waits_is_sent_back_by_another_reviewer_for_a_reason(staffed: Outlet, ada: Program, ben: Program) -> None:
    revision, record = a_waiting_piece(staffed)
    given = {"record_sha256": record, "verdict": "publish"}
    address, reason = f"/revisions/{revision}/returns", {"reason": "Look at the second line again."}
    assert is_error(ben.post(f"/api{address}", json=reason), 409), "nothing waits"
    ada.add(f"/revisions/{revision}/reviews", **given)
    assert is_error(ada.post(f"/api{address}", json=reason), 409), "her own"
    assert is_error(ben.post(f"/api{address}", json={"reason": "No."}), 409)
    back = ben.add(address, **reason)
    assert (back["stands"], back["pending"], back["is_open"]) == ("waiting", None, True)
    [review] = ada.read(f"/revisions/{revision}")["reviews"]
    assert (review["undone_by"], review["undone_why"]) == ("ben", reason["reason"])
    ada.add(f"/revisions/{revision}/reviews", **given)
    assert is_error(ben.post(f"/api{address}", json=reason), 409), "once"


def test_a_flag_that_came_later_does_not_open_again_what_was_decided(staffed: Outlet, ada: Program) -> None:
    revision, record = a_waiting_piece(staffed)
    ada.add(f"/revisions/{revision}/reviews", record_sha256=record, verdict="publish")
    assert isinstance(staffed.now, MovableClock)
    staffed.now.forward(minutes=10)
    assert actions.carry_out(staffed) == 1
    with staffed.database.write() as db:
        run = db.exec(select(CheckRun).where(CheckRun.revision_id == revision)).first()
        assert run is not None
        db.add(
            Flag(
                revision_id=revision,
                run_id=run.id,
                check=run.check,
                level=Level.STOP,
                category="danger",
                start=0,
                end=2,
                quote=PLAIN[:2],
                why="A new check.",
            )
        )
    found = ada.read(f"/revisions/{revision}")
    assert (found["stands"], found["is_open"], found["publishes_needed"]) == ("published", False, 2)


def test_nobody_reads_how_a_text_was_decided_that_waits_for_their_second_look(
    staffed: Outlet, token_of: Callable[[str], str]
) -> None:
    drawn = replace(staffed, settings=staffed.settings.model_copy(update={"blind_share": 1.0}))
    app = create_app(drawn)
    ada, ben, olga = (Program(app, token_of(name)) for name in ("ada", "ben", "olga"))
    revision, record = a_waiting_piece(drawn)
    assert ben.read(f"/revisions/{revision}")["stands"] == "waiting"
    ada.add(f"/revisions/{revision}/reviews", record_sha256=record, verdict="publish")
    assert isinstance(drawn.now, MovableClock)
    drawn.now.forward(minutes=10)
    assert actions.carry_out(drawn) == 1
    answer = ben.get(f"/api/revisions/{revision}")
    assert is_error(answer, 409)
    assert "second look" in answer.json()["error"]
    assert "publish" not in answer.text + str(ben.read("/record"))
    assert [one.read(f"/revisions/{revision}")["stands"] for one in (ada, olga)] == ["published", "published"]
    second.look(drawn, revision, "ben", Verdict.PUBLISH, record_sha256=record)
    assert ben.read(f"/revisions/{revision}")["stands"] == "published"


def test_a_wish_is_answered(staffed: Outlet, ada: Program) -> None:
    a_session(staffed, [tool_reply("ask_staff", words="May I write at night?"), tool_reply("decline")])
    [wish] = ada.read("/wishes")["items"]
    assert ada.add(f"/wishes/{wish['wish']}/answers", words="At any hour.")["answered_by"] == "ada"
    assert ada.read("/wishes")["items"] == []
    assert [one["answer"] for one in ada.read("/wishes?answered=true")["items"]] == ["At any hour."]
    assert is_error(ada.post(f"/api/wishes/{wish['wish']}/answers", json={"words": "Again."}), 409)


def test_an_author_is_told_with_its_pause(staffed: Outlet, ada: Program) -> None:
    set_pause(staffed, "opus", paused=True, actor="ada", reason="We look into something.")
    found = {author["author"]: author for author in ada.read("/authors")["items"]}
    assert set(found) == {"opus", "sonnet"}
    assert found["opus"]["pause"]["reason"] == "We look into something."
    assert (found["sonnet"]["pause"], found["sonnet"]["works"]["pieces"]) == (None, 0)


# Lists


def test_lists_are_read_page_by_page_and_nothing_twice(staffed: Outlet, ada: Program) -> None:
    for number in range(5):
        revision = a_piece(staffed, f"Number {number}.\n")
        ada.add(f"/revisions/{revision.id}/reviews", record_sha256=revision.record_sha256, verdict="publish")
    assert isinstance(staffed.now, MovableClock)
    staffed.now.forward(minutes=10)
    actions.carry_out(staffed)
    for path, key in (("/pieces", "piece"), ("/record", "row"), ("/authors", "author")):
        found, after = [], ""
        for _ in range(20):
            page = ada.read(f"{path}?limit=2{after}")
            found += [item[key] for item in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert found == [item[key] for item in ada.read(f"{path}?limit=200")["items"]], path
        assert len(found) == len(set(found)) > 1


def test_the_queue_is_read_page_by_page(staffed: Outlet, ada: Program) -> None:
    for number in range(30):
        a_piece(staffed, f"Number {number}.\n")
    first = ada.read("/queue")
    rest = ada.read(f"/queue?after={first['next']}")
    revisions = [row["revision"] for row in (*first["items"], *rest["items"])]
    assert (revisions, rest["next"]) == (sorted(set(revisions)), None)
    assert len(revisions) == 30


# What is refused


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/revisions/999", 404),
        ("GET", "/api/revisions/x", 404),
        ("GET", f"/api/revisions/{10**30}", 404),
        ("GET", "/api/pieces/999", 404),
        ("POST", "/api/revisions/999/undo", 404),
        ("DELETE", "/api/queue", 405),
        ("PUT", "/api/revisions/1", 405),
        ("PATCH", "/api/pieces/1", 405),
        ("OPTIONS", "/api/queue", 405),
        ("GET", "/api/queue?after=x", 422),
        ("GET", "/api/queue?kind=poem", 422),
        ("GET", "/api/pieces?limit=100000", 422),
        ("GET", "/api/record?since=yesterday", 422),
    ],
)
def test_what_cannot_be_is_said_in_one_shape(ada: Program, method: str, path: str, status: int) -> None:
    assert is_error(ada.request(method, path), status)


def test_a_verdict_is_refused_as_at_the_desk_and_nothing_is_stored(staffed: Outlet, ada: Program) -> None:
    revision, record = a_waiting_piece(staffed)
    address = f"/api/revisions/{revision}/reviews"
    veto = VETO | {"record_sha256": record}
    said = {
        "This is not the text you read": {"record_sha256": "0" * 64, "verdict": "publish"},
        "The quoted passage does not stand in the text": veto | {"quote": "no such passage"},
        "dull": veto | {"ground": "dull"},
        "Give the reason for this veto": veto | {"reason": "No."},
        "Publish now, or at a moment to come": {"record_sha256": record, "verdict": "publish", "at": PAST},
        "Give the reason for this escalation": {"record_sha256": record, "verdict": "escalate"},
    }
    for words, given in said.items():
        answer = ada.post(address, json=given)
        assert is_error(answer, 409), answer.text
        assert words in answer.json()["error"]
    with staffed.database.read() as db:
        assert db.exec(select(Review)).all() == []


@pytest.mark.parametrize(
    "given",
    [
        {"text": "Another text."},
        {"record_sha256": "x", "verdict": "publish", "text": "Another text."},
        {"record_sha256": "x", "verdict": "edit"},
        {"verdict": "publish"},
        {"record_sha256": "x", "verdict": "publish", "at": "2027-01-01T00:00"},
        {"record_sha256": "x", "verdict": "publish", "answers": {"x": "y"}},
        [],
        "publish",
        None,
    ],
)
def test_what_is_not_understood_changes_nothing_and_repeats_nothing(staffed: Outlet, ada: Program, given: Any) -> None:
    revision, _ = a_waiting_piece(staffed)
    answer = ada.post(f"/api/revisions/{revision}/reviews", json=given)
    assert is_error(answer, 422), answer.text
    assert "Another text" not in answer.text
    with staffed.database.read() as db:
        assert db.exec(select(Review)).all() == []


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"verdict": NaN}', b"[" * 5_000])
def test_what_is_no_json_is_refused(staffed: Outlet, ada: Program, body: bytes) -> None:
    revision, _ = a_waiting_piece(staffed)
    headers = {"content-type": "application/json"}
    answer = ada.post(f"/api/revisions/{revision}/reviews", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert set(answer.json()) == {"error", "status"}


def test_no_request_changes_a_text(staffed: Outlet, ada: Program) -> None:
    a_waiting_piece(staffed)
    with staffed.database.read() as db:
        before = [(row.id, row.data) for row in db.exec(select(Blob))], list(db.exec(select(Revision.text_sha256)))
    given = {"text": "x", "words": "y", "record": "z"}
    for method, path in MAY:
        for verb in (method, "PUT", "PATCH"):
            ada.request(verb, f"/api{path}".replace("{revision_id}", "1"), json=given)
    with staffed.database.read() as db:
        after = [(row.id, row.data) for row in db.exec(select(Blob))], list(db.exec(select(Revision.text_sha256)))
    assert after == before


def test_what_is_too_long_is_refused(staffed: Outlet, ada: Program) -> None:
    revision, record = a_waiting_piece(staffed)
    given = {"record_sha256": record, "verdict": "escalate", "reason": "why " * 20_000}
    assert is_error(ada.post(f"/api/revisions/{revision}/reviews", json=given), 413)


def test_a_program_needs_no_origin_and_one_does_not_help(staffed: Outlet, ada: Program, app: FastAPI) -> None:
    revision, record = a_waiting_piece(staffed)
    given = {"record_sha256": record, "verdict": "publish"}
    assert "origin" not in ada.headers
    for headers in ({"origin": DESK}, {"origin": "https://example.org", "sec-fetch-site": "cross-site"}):
        answer = Program(app).post(f"/api/revisions/{revision}/reviews", json=given, headers=headers)
        assert is_error(answer, 401)
        assert "access-control-allow-origin" not in answer.headers
    ada.add(f"/revisions/{revision}/reviews", **given)
    assert Program(app).post("/session", data={"name": "ada"}).status_code == 403, "a form still says where it is from"


def test_a_token_alone_does_not_open_the_pages(ada: Program) -> None:
    assert ada.get("/queue").status_code == 303


def test_who_asks_too_often_waits(staffed: Outlet, token_of: Callable[[str], str], monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "BROWSER", limits.Limit(3, 0.1))
    app = create_app(staffed)
    ada, ben = Program(app, token_of("ada")), Program(app, token_of("ben"))
    assert [ada.get("/api/queue").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = ada.get("/api/queue")
    assert is_error(answer, 429)
    assert answer.headers["retry-after"] == "10"
    assert ben.get("/api/queue").status_code == 200


def test_a_fault_of_ours_is_told_without_its_words(ada: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the private words of a row")

    monkeypatch.setattr(queue_of, "page_of", broken)
    answer = ada.get("/api/queue")
    assert is_error(answer, 500)
    assert "private" not in answer.text


# What the document says


@pytest.fixture
def document(ada: Program) -> Any:
    return ada.read("/openapi.json")


def test_the_document_is_valid_and_names_every_route_with_words(document: Any) -> None:
    validate(document)
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == set(MAY) - {("GET", "/openapi.json")}
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    for operation in operations:
        assert operation["description"].endswith(".")
        assert operation["security"] == [{"token": []}]
        assert {"401", "403", "422", "429"} <= set(operation["responses"])
        wrong = operation["responses"]["401"]["content"]["application/json"]["schema"]
        assert wrong == {"$ref": "#/components/schemas/Error"}
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert "ValidationError" not in str(document["components"]["schemas"].keys())


def test_no_field_takes_the_text_of_an_author(document: Any) -> None:
    taken = {name for name in document["components"]["schemas"] if name.startswith("Given") or name == "Reason"}
    fields = {field for name in taken for field in document["components"]["schemas"][name]["properties"]}
    assert fields == {
        *("record_sha256", "verdict", "ground", "quote", "reason", "answers", "at"),
        *("by", "words", "granted", "takes_down", "overturned", "says"),
    }


def test_what_is_answered_is_what_the_document_says(staffed: Outlet, ada: Program, ben: Program, document: Any) -> None:
    public, vetoed = a_waiting_piece(staffed, HOSTILE), a_waiting_piece(staffed)
    with staffed.database.read() as db:
        answers = {str(flag): "Looked at." for flag in db.exec(select(Flag.id))}
    given = {"record_sha256": public[1], "verdict": "publish", "answers": answers}
    made = {"/revisions/{revision_id}/reviews": ada.add(f"/revisions/{public[0]}/reviews", **given)}
    veto = VETO | {"record_sha256": vetoed[1]}
    for reviewer in (ada, ben):
        reviewer.add(f"/revisions/{vetoed[0]}/reviews", **veto)
    assert isinstance(staffed.now, MovableClock)
    staffed.now.forward(minutes=10)
    actions.carry_out(staffed)
    a_session(staffed, [tool_reply("appeal", piece=2, words="There is no such law."), tool_reply("decline")])
    a_session(staffed, [tool_reply("ask_staff", words="May I write at night?"), tool_reply("decline")])
    a_waiting_piece(staffed, PLAIN + "More.\n")
    urgent = {"by": "urgent", "ground": "law", "reason": "A court's order names it."}
    made["/pieces/{piece_id}/withdrawals"] = ada.add("/pieces/1/withdrawals", **urgent)
    made["/pieces/{piece_id}/corrections"] = ada.add("/pieces/1/corrections", words="The flood was in 1953.")
    made["/wishes/{wish_id}/answers"] = ada.add("/wishes/1/answers", words="At any hour.")
    made["/flags/{flag_id}/feedback"] = ada.add("/flags/1/feedback", says="real problem")
    for path, found in made.items():
        conforms(document, path, "post", "201", found)
    for path in [path for path, methods in document["paths"].items() if "get" in methods]:
        conforms(document, path, "get", "200", ada.read(path.replace("{revision_id}", "2").replace("{piece_id}", "1")))
    conforms(document, "/wishes", "get", "200", ada.read("/wishes?answered=true"))
    assert ada.read("/appeals")["items"]
    with staffed.database.read() as db:
        assert len(db.exec(select(Publication)).all()) == 1


def conforms(document: Any, path: str, method: str, status: str, found: Any) -> None:
    """Raise where an answer is not what the document says."""
    told = document["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
    schema = told | {"components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({"nothing": "of that"})
