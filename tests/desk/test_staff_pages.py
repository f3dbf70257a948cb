"""The staff at the desk: invited, appointed and removed; one's own page."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from httpx2 import Response
from sqlmodel import select
from starlette.types import ASGIApp

from agent.outlet import Outlet
from agent.staff import roles_of, set_password, tokens
from agent.staff.people import COMMAND_LINE, add
from agent.tables import ApiToken, Appointment, AuditEvent, DeskSession, StaffRole, User
from agent.testing import MovableClock
from tests.desk.a_desk import DESK, PASSWORD, Browser, words_of

pytestmark = pytest.mark.slow

REVIEWER, OPERATOR, ADMINISTRATOR = StaffRole
LINK = re.compile(rf"{DESK}(/links/[\w-]+)")


@pytest.fixture
def ann(outlet: Outlet, browser_of: Callable[[str], Browser]) -> Browser:
    """An administrator's browser; she has a password."""
    with outlet.database.write() as db:
        add(db, outlet.settings, "ann", [ADMINISTRATOR], outlet.now(), actor=COMMAND_LINE)
        set_password(db, "ann", PASSWORD, outlet.now())
    return browser_of("ann")


def id_of(outlet: Outlet, name: str) -> int:
    with outlet.database.read() as db:
        return db.exec(select(User.id).where(User.name == name)).one()


def held(outlet: Outlet, name: str) -> frozenset[StaffRole]:
    with outlet.database.read() as db:
        return roles_of(db, outlet.settings, name)


def link_in(answer: Response) -> str:
    found = LINK.search(answer.text)
    assert found is not None
    return found[1]


def acts(outlet: Outlet) -> list[tuple[str, str, str]]:
    with outlet.database.read() as db:
        return [(e.actor, e.action, e.subject) for e in db.exec(select(AuditEvent).order_by(AuditEvent.id))]


def test_somebody_is_invited_and_comes_in_by_the_link(ann: Browser, stranger: Browser, outlet: Outlet) -> None:
    answer = ann.submit("/users", name="Cy", email="cy@example.org", role_reviewer="yes", role_operator="yes")
    assert answer.status_code == 201
    assert "It is shown this once" in words_of(answer)
    path = link_in(answer)
    assert "links/" not in ann.get(f"/users/{id_of(outlet, 'cy')}").text
    for _ in range(2):
        page = stranger.get(path)  # A scanner of mail looks first, and more than once.
        assert page.status_code == 200
    assert "Welcome, cy" in words_of(page)
    assert stranger.post(path, data={"password": PASSWORD, "again": "else"}).status_code == 409
    assert stranger.post(path, data={"password": "short", "again": "short"}).status_code == 409
    came_in = stranger.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert (came_in.status_code, came_in.headers["location"]) == (303, "/queue")
    assert "cy" in stranger.words("/queue")
    with outlet.database.read() as db:
        row = db.exec(select(Appointment).join(User).where(User.name == "cy")).one()
    assert (row.actor, row.roles, row.at) == ("ann", ["reviewer", "operator"], outlet.now())


def test_a_link_that_is_wrong_used_or_past_its_time_answers_alike(
    ann: Browser, stranger: Browser, outlet: Outlet, clock: MovableClock
) -> None:
    used, replaced, past = (
        link_in(ann.submit("/users", name=name, role_reviewer="yes")) for name in ("cy", "dee", "eve")
    )
    given = {"password": PASSWORD, "again": PASSWORD}
    assert stranger.post(used, data=given).status_code == 303
    stranger.cookies.clear()
    new = link_in(ann.submit(f"/users/{id_of(outlet, 'dee')}/links"))
    assert stranger.get(new).status_code == 200
    clock.forward(hours=73)
    answers = [
        stranger.request(method, path, data=given if method == "POST" else None)
        for path in (used, replaced, past, "/links/wrong")
        for method in ("GET", "POST")
    ]
    assert {(answer.status_code, words_of(answer)) for answer in answers} == {(404, words_of(answers[0]))}
    assert "ask an administrator for a new link" in words_of(answers[0])


def test_a_link_can_be_used_from_the_desks_own_page_alone(ann: Browser, stranger: Browser) -> None:
    path = link_in(ann.submit("/users", name="cy", role_reviewer="yes"))
    given = {"password": PASSWORD, "again": PASSWORD}
    assert stranger.post(path, data=given, headers={"Origin": "https://example.org"}).status_code == 403
    assert stranger.post(path, data=given).status_code == 303


def test_a_link_asks_for_the_code_too_and_its_guesses_are_counted(
    ann: Browser, stranger: Browser, outlet: Outlet, clock: MovableClock
) -> None:
    secret = pyotp.random_base32()
    with outlet.database.write() as db:
        db.exec(select(User).where(User.name == "ada")).one().totp_secret = secret
    path = link_in(ann.submit(f"/users/{id_of(outlet, 'ada')}/links"))
    assert "Code from your app" in words_of(stranger.get(path))
    given = {"password": PASSWORD, "again": PASSWORD, "code": "000000"}
    assert [stranger.post(path, data=given).status_code for _ in range(6)] == [409] * 5 + [429]
    clock.forward(minutes=1)
    right = given | {"code": pyotp.TOTP(secret).at(clock())}
    assert stranger.post(path, data=right).status_code == 303


def test_what_was_typed_is_shown_again_where_an_invitation_is_refused(ann: Browser, outlet: Outlet) -> None:
    answer = ann.submit("/users", name="cy l", email="cy@example.org", role_operator="yes")
    assert answer.status_code == 409
    assert '"cy l" cannot be a name here' in words_of(answer)
    for kept in ('value="cy l"', 'value="cy@example.org"', 'name="role_operator" value="yes" checked'):
        assert kept in answer.text
    assert "at least one role" in words_of(ann.submit("/users", name="cy"))


def test_roles_are_given_and_taken_but_not_those_of_the_file(ann: Browser, outlet: Outlet) -> None:
    ada = id_of(outlet, "ada")
    page = ann.get(f"/users/{ada}")
    assert re.search(r'name="role_reviewer" value="yes" checked disabled', page.text)
    assert "given by afterword.toml, and taken there alone" in words_of(page)
    assert "Remove ada from the staff" not in words_of(page)
    for given, roles in (({"role_operator": "yes"}, {REVIEWER, OPERATOR}), ({}, {REVIEWER})):
        assert ann.submit(f"/users/{ada}/appointments", **given).headers["location"] == f"/users/{ada}?stored=roles"
        assert held(outlet, "ada") == roles
    refused = ann.submit(f"/users/{ada}/removal")
    assert refused.status_code == 409
    assert "afterword.toml names ada as reviewer" in words_of(refused)


def test_the_last_administrator_neither_leaves_nor_takes_more(ann: Browser, outlet: Outlet) -> None:
    own = id_of(outlet, "ann")
    for path, given, words in (
        (f"/users/{own}/removal", {}, "last administrator"),
        (
            f"/users/{own}/appointments",
            {"role_operator": "yes", "role_administrator": "yes"},
            "Nobody makes themselves",
        ),
    ):
        answer = ann.submit(path, **given)
        assert answer.status_code == 409
        assert words in words_of(answer)
    assert held(outlet, "ann") == {ADMINISTRATOR}


def test_whoever_is_removed_is_out_with_the_next_request(
    ann: Browser, outlet: Outlet, browser_of: Callable[[str], Browser]
) -> None:
    ann.submit("/users", name="cy", role_reviewer="yes")
    cy, number = browser_of("cy"), id_of(outlet, "cy")
    assert cy.get("/queue").status_code == 200
    assert ann.submit(f"/users/{number}/removal").headers["location"] == "/users?stored=removal"
    assert cy.get("/queue").status_code == 303
    assert ann.get(f"/users/{number}").status_code == 404
    assert "cy" not in [row.split()[0] for row in re.findall(r"data-open>([^<]+)<", ann.get("/users").text)]


def test_an_administrator_signs_somebody_out_and_resets_a_second_factor_on_record(
    ann: Browser, ada: Browser, outlet: Outlet
) -> None:
    number = id_of(outlet, "ada")
    with outlet.database.write() as db:
        db.get_one(User, number).totp_secret = pyotp.random_base32()
    assert ann.submit(f"/users/{number}/sessions/end").status_code == 303
    assert ada.get("/queue").status_code == 303
    assert ann.submit(f"/users/{number}/second-factor/end").status_code == 303
    assert "ada has no second factor" in words_of(ann.submit(f"/users/{number}/second-factor/end"))
    assert ann.submit(f"/users/{number}/email", email="ada@example.org").status_code == 303
    assert "ada@example.org" in ann.words("/users")
    assert acts(outlet)[-3:] == [
        ("ann", "sessions_ended", "ada"),
        ("ann", "second_factor_off", "ada"),
        ("ann", "email_set", "ada"),
    ]
    own = ann.submit(f"/users/{id_of(outlet, 'ann')}/second-factor/end")
    assert own.status_code == 409
    assert "on your own page" in words_of(own)


def test_sessions_are_listed_and_each_can_be_ended(
    ada: Browser, desk: ASGIApp, outlet: Outlet, browser_of: Callable[[str], Browser], clock: MovableClock
) -> None:
    clock.forward(minutes=2)
    other = browser_of("ada")
    page = ada.get("/you")
    assert page.text.count("this one") == 1
    ids = re.findall(r"/you/sessions/([0-9a-f]{64})/end", page.text)
    assert len(ids) == 2
    assert ada.cookies["desk"] not in page.text
    with outlet.database.read() as db:
        hers = {row.token_sha256 for row in db.exec(select(DeskSession))}
    assert set(ids) == hers
    ben = browser_of("ben")
    ben.submit(f"/you/sessions/{ids[0]}/end")
    assert [browser.get("/queue").status_code for browser in (ada, other)] == [200, 200], "another's are out of reach"
    ada.submit("/you/sessions/end")
    assert [browser.get("/queue").status_code for browser in (ada, other)] == [200, 303]
    left = ada.submit(
        f"/you/sessions/{next(iter(re.findall(r'/you/sessions/([0-9a-f]+)/', ada.get('/you').text)))}/end"
    )
    assert left.headers["location"] == "/session"
    assert ada.get("/queue").status_code == 303


def test_a_new_password_takes_the_old_one_and_ends_every_other_session(
    ada: Browser, stranger: Browser, outlet: Outlet, browser_of: Callable[[str], Browser]
) -> None:
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, outlet.now())
    ada, other = browser_of("ada"), browser_of("ada")
    new = PASSWORD + " and more"
    for given, words in (
        ({"password": "wrong", "new": new, "again": new}, "That is not your password"),
        ({"password": PASSWORD, "new": new, "again": "other"}, "The two passwords differ"),
        ({"password": PASSWORD, "new": "short", "again": "short"}, "at least 12 characters"),
    ):
        answer = ada.submit("/you/password", **given)
        assert answer.status_code == 409
        assert words in words_of(answer)
    before = ada.cookies["desk"]
    assert ada.submit("/you/password", password=PASSWORD, new=new, again=new).headers["location"].startswith("/you?")
    assert ada.cookies["desk"] != before
    assert "Your new password holds" in ada.words("/you?stored=password")
    assert other.get("/queue").status_code == 303
    for password, status in ((PASSWORD, 403), (new, 303)):
        assert stranger.post("/session", data={"name": "ada", "password": password}).status_code == status


def test_guesses_of_a_password_from_within_a_session_are_slowed(ann: Browser, stranger: Browser) -> None:
    new = {"new": PASSWORD + "x", "again": PASSWORD + "x"}
    answers = [ann.submit("/you/password", password="wrong", **new).status_code for _ in range(6)]
    assert answers == [409] * 5 + [429]
    assert stranger.post("/session", data={"name": "ann", "password": PASSWORD}).status_code == 303


def test_a_second_factor_holds_once_it_is_confirmed_and_takes_each_code_once(
    ann: Browser, stranger: Browser, clock: MovableClock
) -> None:
    drawn = ann.get("/you/second-factor.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert drawn.headers["content-security-policy"].startswith("default-src 'none'")
    page = ann.get("/you").text
    found = re.search(r'<p class="once"><code>([A-Z2-7 ]+)</code>', page)
    assert found is not None
    totp = pyotp.TOTP(found[1].replace(" ", ""))

    def sign_in(code: str) -> int:
        stranger.cookies.clear()
        return stranger.post("/session", data={"name": "ann", "password": PASSWORD, "code": code}).status_code

    code = totp.at(clock())
    for given in ({"password": "wrong", "code": code}, {"password": PASSWORD, "code": "000000"}):
        assert ann.submit("/you/second-factor", **given).status_code == 409
    assert sign_in("") == 303, "nothing holds before it is confirmed"
    assert ann.submit("/you/second-factor", password=PASSWORD, code=code).status_code == 303
    assert ann.get("/you/second-factor.svg").status_code == 404
    assert found[1] not in ann.get("/you").text
    assert [sign_in(""), sign_in(code)] == [403, 403], "none, and one that was used"
    clock.forward(seconds=30)
    assert sign_in(totp.at(clock())) == 303
    clock.forward(seconds=30)
    now = totp.at(clock())
    assert ann.submit("/you/second-factor/end", password=PASSWORD, code="000000").status_code == 409
    assert ann.submit("/you/second-factor/end", password="wrong", code=now).status_code == 409
    assert ann.submit("/you/second-factor/end", password=PASSWORD, code=now).status_code == 303
    assert sign_in("") == 303


def test_the_calm_manner_is_on_every_page_until_it_is_turned_off(ada: Browser) -> None:
    assert "calm-mode" not in ada.get("/queue").text
    ada.submit("/you/calm", calm="yes")
    assert 'class="calm-mode"' in ada.get("/queue").text
    ada.submit("/you/calm", calm="")
    assert "calm-mode" not in ada.get("/queue").text


def test_a_token_is_made_shown_once_and_revoked(
    ben: Browser, outlet: Outlet, browser_of: Callable[[str], Browser]
) -> None:
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, outlet.now())
    ada = browser_of("ada")
    for wrong in ({}, {"password": "wrong"}):
        refused = ada.submit("/you/tokens", name="a thief", **wrong)
        assert (refused.status_code, "not your password" in words_of(refused)) == (409, True), "a session is not enough"
        assert 'value="a thief"' in refused.text
    made = ada.submit("/you/tokens", name="a reader", until="2027-03-31", password=PASSWORD)
    assert made.status_code == 201
    found = re.search(r"afterword_[\w-]{43}", made.text)
    assert found is not None
    assert found[0] not in ada.get("/you").text
    with outlet.database.read() as db:
        row = db.exec(select(ApiToken)).one()
        holder = tokens.holder_of(db, found[0], outlet.now())
    assert holder is not None
    assert holder[0].name == "ada"
    assert f"{row.ends_at:%Y-%m-%d %H:%M}" == "2027-04-01 00:00", "its last day is a whole one"
    assert row.ends_at - outlet.now() < timedelta(days=152)
    for given, words in (
        ({"name": "a reader"}, "There is a token called"),
        ({"name": "b", "until": "31.3.2027"}, "That is no day"),
        ({"name": "b", "until": "2020-01-01"}, "That day has passed"),
        ({"name": "b", "until": "9999-12-31"}, "That is no day"),
    ):
        answer = ada.submit("/you/tokens", password=PASSWORD, **given)
        assert answer.status_code == 409
        assert words in words_of(answer)
        assert f'value="{given["name"]}"' in answer.text
    assert ben.submit(f"/you/tokens/{row.id}/end").status_code == 409
    assert ada.submit(f"/you/tokens/{row.id}/end").status_code == 303
    with outlet.database.read() as db:
        assert tokens.holder_of(db, found[0], outlet.now()) is None


def test_who_has_no_password_makes_a_token_soon_after_coming_in(ada: Browser, clock: MovableClock) -> None:
    assert ada.submit("/you/tokens", name="one").status_code == 201
    clock.forward(minutes=11)
    late = ada.submit("/you/tokens", name="two")
    assert (late.status_code, "come in anew" in words_of(late)) == (409, True)


def test_a_new_password_and_an_administrators_sign_out_end_every_token(
    ann: Browser, outlet: Outlet, browser_of: Callable[[str], Browser]
) -> None:
    def made(browser: Browser, **given: str) -> str:
        found = re.search(r"afterword_[\w-]{43}", browser.submit("/you/tokens", name="a reader", **given).text)
        assert found is not None
        return found[0]

    def holds(token: str) -> bool:
        with outlet.database.read() as db:
            return tokens.holder_of(db, token, outlet.now()) is not None

    hers, his = made(ann, password=PASSWORD), made(browser_of("ben"))
    new = PASSWORD + " and more"
    assert ann.submit("/you/password", password=PASSWORD, new=new, again=new).status_code == 303
    assert (holds(hers), holds(his)) == (False, True)
    number = id_of(outlet, "ben")
    assert "1 token of programs" in ann.words(f"/users/{number}")
    assert ann.submit(f"/users/{number}/sessions/end").status_code == 303
    assert not holds(his)
    assert acts(outlet)[-1] == ("ann", "token_revoked", "ben")


def test_who_comes_by_a_link_is_told_what_it_ends_and_a_used_one_leads_to_the_sign_in(
    ann: Browser, stranger: Browser, outlet: Outlet
) -> None:
    new = link_in(ann.submit("/users", name="cy", role_reviewer="yes"))
    assert "signed out" not in stranger.words(new), "a newcomer was nowhere yet"
    stranger.post(new, data={"password": PASSWORD, "again": PASSWORD})
    used = stranger.get(new)
    assert "It has been used, it is too old" in words_of(used)
    assert '<a href="/session">sign in</a>' in used.text
    assert "To the queue" not in words_of(used)
    again = link_in(ann.submit(f"/users/{id_of(outlet, 'cy')}/links"))
    assert "you are signed out" in stranger.words(again)


def test_there_is_no_default_password_anywhere(outlet: Outlet) -> None:
    root = Path(__file__).parents[2] / "agent"
    with outlet.database.read() as db:
        assert [user.password_hash for user in db.exec(select(User))] == [None, None]
    hashes = [path for path in root.rglob("*.py") if "$argon2" in path.read_text(encoding="utf-8")]
    assert hashes == []
