"""Who is of the staff, and on whose word."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlmodel import Session, select

from agent.directory import OidcSettings
from agent.errors import ChannelError, Refused, UnknownUser
from agent.outlet import Message, Outlet
from agent.staff import begin_session, codes, having, passwords, roles_of, sessions_of, set_password, tokens, user_of
from agent.staff.browsers import browser_in_short
from agent.staff.links import desk_address, new_link, person_of, tell
from agent.staff.people import (
    COMMAND_LINE,
    add,
    appoint,
    called,
    remove,
    set_email,
    staff,
    with_email,
)
from agent.tables import ApiToken, Appointment, AuditEvent, OneTimeLink, StaffRole, User
from agent.testing import MovableClock

PASSWORD = "quince river comma weather"
REVIEWER, OPERATOR, ADMINISTRATOR = StaffRole


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)


def an_administrator(db: Session, outlet: Outlet, name: str = "ann") -> User:
    """One who was appointed and has a password."""
    user = add(db, outlet.settings, name, [ADMINISTRATOR], outlet.now(), actor=COMMAND_LINE)
    set_password(db, name, PASSWORD, outlet.now())
    return user


def events(outlet: Outlet, action: str) -> list[tuple[str, str]]:
    with outlet.database.read() as db:
        return [(e.actor, e.subject) for e in db.exec(select(AuditEvent).where(AuditEvent.action == action))]


def test_the_first_administrator_is_made_without_a_password_and_with_a_link(both: Outlet) -> None:
    with both.database.write() as db:
        user = add(db, both.settings, "ann", [ADMINISTRATOR], both.now(), actor=COMMAND_LINE, email="Ann@example.org")
        token = new_link(db, both.settings, user, both.now(), actor=COMMAND_LINE)
    with both.database.read() as db:
        assert roles_of(db, both.settings, "ann") == {ADMINISTRATOR}
        assert having(db, both.settings, ADMINISTRATOR) == ["ann"]
        row = db.exec(select(OneTimeLink)).one()
        ann = next(member for member in staff(db, both.settings, both.now()) if member.name == "ann")
        held_by = person_of(db, both.settings, token, both.now())
    assert token not in row.token_sha256
    assert row.ends_at - row.at == timedelta(hours=72)
    assert (ann.can_sign_in, ann.comes_from, ann.in_file) == (False, "the command line", [])
    assert held_by is not None
    assert held_by.name == "ann"


def test_the_staff_are_those_of_the_file_and_the_appointed(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        add(db, outlet.settings, "ann", [ADMINISTRATOR], outlet.now(), actor=COMMAND_LINE)
        add(db, outlet.settings, "ben", [OPERATOR], outlet.now(), actor="ann")
        listed = {member.name: member for member in staff(db, outlet.settings, outlet.now())}
    assert list(listed) == ["ada", "ann", "ben"]
    assert listed["ada"].comes_from == "afterword.toml"
    assert listed["ben"].comes_from == "afterword.toml and ann"
    assert (listed["ben"].roles, listed["ben"].in_file) == ([REVIEWER, OPERATOR], [REVIEWER])


@pytest.mark.parametrize("name", ["", "Ann", "a b", "ann@example.org", "x" * 41, "operator", "outlet", "demo", "-a"])
def test_a_name_that_cannot_be_one_is_refused(outlet: Outlet, name: str) -> None:
    with pytest.raises(Refused, match="cannot be a name"), outlet.database.write() as db:
        add(db, outlet.settings, name, [REVIEWER], outlet.now(), actor=COMMAND_LINE)


def test_nobody_is_invited_twice_without_a_role_or_with_anothers_address(outlet: Outlet) -> None:
    def refusal(act: Callable[[Session], object]) -> str:
        with pytest.raises(Refused) as refused, outlet.database.write() as db:
            act(db)
        return str(refused.value)

    def adding(name: str, roles: list[StaffRole], email: str = "") -> Callable[[Session], object]:
        return lambda db: add(db, outlet.settings, name, roles, outlet.now(), actor=COMMAND_LINE, email=email)

    with outlet.database.write() as db:
        adding("ann", [ADMINISTRATOR], "ann@example.org")(db)
    assert "is of the staff already" in refusal(adding("ann", [REVIEWER]))
    assert "at least one role" in refusal(adding("cy", []))
    assert "is the address of ann already" in refusal(adding("cy", [REVIEWER], "ANN@Example.org"))
    assert "is no e-mail address" in refusal(adding("cy", [REVIEWER], "cy at home"))
    with outlet.database.read() as db, pytest.raises(UnknownUser):
        called(db, outlet.settings, "cy")


def test_what_the_file_gives_is_not_taken_and_not_appointed_on_top(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        an_administrator(db, outlet)
        ada = called(db, outlet.settings, "ada")
        for act in (
            lambda: appoint(db, outlet.settings, ada, [OPERATOR], outlet.now(), actor="ann"),
            lambda: remove(db, outlet.settings, ada, outlet.now(), actor="ann"),
        ):
            with pytest.raises(Refused, match=r"afterword.toml names ada as reviewer"):
                act()
        appoint(db, outlet.settings, ada, [REVIEWER, OPERATOR], outlet.now(), actor="ann")
        row = db.exec(select(Appointment).where(Appointment.user_id == ada.id)).one()
    assert (row.roles, row.actor, row.at) == (["operator"], "ann", outlet.now())


def test_nobody_but_an_administrator_appoints_and_none_makes_themselves_more(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        ann = an_administrator(db, outlet)
        ada = called(db, outlet.settings, "ada")
        with pytest.raises(Refused, match="for administrators alone"):
            appoint(db, outlet.settings, ada, [REVIEWER, ADMINISTRATOR], outlet.now(), actor="ada")
        with pytest.raises(Refused, match="for administrators alone"):
            add(db, outlet.settings, "cy", [REVIEWER], outlet.now(), actor="ada")
        with pytest.raises(Refused, match="Nobody makes themselves reviewer"):
            appoint(db, outlet.settings, ann, [REVIEWER, ADMINISTRATOR], outlet.now(), actor="ann")
        appoint(db, outlet.settings, ada, [REVIEWER, ADMINISTRATOR], outlet.now(), actor="ann")
        assert roles_of(db, outlet.settings, "ada") == {REVIEWER, ADMINISTRATOR}


def test_the_last_administrator_who_can_sign_in_stays(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        ann = an_administrator(db, outlet)
        add(db, outlet.settings, "eve", [ADMINISTRATOR], outlet.now(), actor="ann")  # and has no password yet
        for act in (
            lambda: remove(db, outlet.settings, ann, outlet.now(), actor="ann"),
            lambda: remove(db, outlet.settings, ann, outlet.now(), actor=COMMAND_LINE),
            lambda: appoint(db, outlet.settings, ann, [OPERATOR], outlet.now(), actor=COMMAND_LINE),
        ):
            with pytest.raises(Refused, match="last administrator who can sign in"):
                act()
        set_password(db, "eve", PASSWORD, outlet.now())
        remove(db, outlet.settings, ann, outlet.now(), actor="ann")
        assert having(db, outlet.settings, ADMINISTRATOR) == ["eve"]


def test_whoever_is_removed_is_out_at_once_and_comes_back_by_a_link_alone(both: Outlet) -> None:
    with both.database.write() as db:
        an_administrator(db, both)
        cy = add(db, both.settings, "cy", [REVIEWER], both.now(), actor="ann", email="cy@example.org")
        set_password(db, "cy", PASSWORD, both.now())
        session = begin_session(db, cy, both.now())
        program = tokens.new_token(db, cy, "a reader", both.now())
        link = new_link(db, both.settings, cy, both.now(), actor="ann")
        remove(db, both.settings, cy, both.now(), actor="ann")
    with both.database.read() as db:
        assert user_of(db, session, both.now()) is None
        assert tokens.holder_of(db, program, both.now()) is None
        assert person_of(db, both.settings, link, both.now()) is None
        assert roles_of(db, both.settings, "cy") == frozenset()
        assert with_email(db, both.settings, "cy@example.org") is None
        assert [a.roles for a in db.exec(select(Appointment).where(Appointment.user_id == cy.id))] == [["reviewer"], []]
        gone = db.get_one(User, cy.id)
        assert (gone.password_hash, gone.email, gone.totp_secret) == (None, "", None)
    with both.database.write() as db:
        with pytest.raises(Refused, match="holds no role"):
            new_link(db, both.settings, cy, both.now(), actor="ann")
        add(db, both.settings, "cy", [OPERATOR], both.now(), actor="ann")
        assert roles_of(db, both.settings, "cy") == {OPERATOR}


def test_who_left_the_file_and_is_invited_again_begins_anew(both: Outlet) -> None:
    with both.database.write() as db:
        an_administrator(db, both)
        ada = called(db, both.settings, "ada")
        set_password(db, "ada", PASSWORD, both.now())
        set_email(db, ada, "ada@example.org", both.now(), actor="ann")
        ada.totp_secret = "JBSWY3DPEHPK3PXP"
        session, program = begin_session(db, ada, both.now()), tokens.new_token(db, ada, "a reader", both.now())
        without = both.settings.model_copy(update={"reviewers": ["ben"]})
        add(db, without, "ada", [OPERATOR], both.now(), actor="ann")
    with both.database.read() as db:
        assert user_of(db, session, both.now()) is None
        assert tokens.holder_of(db, program, both.now()) is None
        back = called(db, without, "ada")
        assert (back.password_hash, back.totp_secret, back.email) == (None, None, "")


def test_who_is_in_the_file_and_is_appointed_more_keeps_what_is_theirs(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, outlet.now())
        add(db, outlet.settings, "ada", [OPERATOR], outlet.now(), actor=COMMAND_LINE)
        assert called(db, outlet.settings, "ada").password_hash is not None


def test_two_addresses_that_only_look_alike_are_two(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        set_email(db, called(db, outlet.settings, "ada"), "ada@straße.example", outlet.now(), actor="ann")
        assert with_email(db, outlet.settings, "ada@strasse.example") is None
        assert with_email(db, outlet.settings, "ADA@STRAßE.example") is not None
        set_email(db, called(db, outlet.settings, "ben"), "kim@example.org", outlet.now(), actor="ann")
        assert with_email(db, outlet.settings, "\u212aim@example.org") is None, "the sign of the kelvin is no k"


def test_a_link_holds_until_it_is_used_ends_or_is_replaced(outlet: Outlet, clock: MovableClock) -> None:
    with outlet.database.write() as db:
        ada = called(db, outlet.settings, "ada")
        first, second = (new_link(db, outlet.settings, ada, clock(), actor="ann") for _ in range(2))
        assert person_of(db, outlet.settings, first, clock()) is None
        assert person_of(db, outlet.settings, second, clock()) is not None
        assert person_of(db, outlet.settings, "", clock()) is None
        last = clock() + timedelta(hours=72)
        assert person_of(db, outlet.settings, second, last - timedelta(seconds=1)) is not None
        assert person_of(db, outlet.settings, second, last) is None
        set_password(db, "ada", PASSWORD, clock())
        assert person_of(db, outlet.settings, second, clock()) is None
    assert events(outlet, "link_made") == [("ann", "ada")] * 2


class Post:
    """A channel that keeps what it was handed, or refuses it."""

    def __init__(self, name: str, fault: str = "") -> None:
        self.name, self.fault = name, fault
        self.sent: list[Message] = []

    def look(self) -> str:
        return "answers"

    def send(self, message: Message) -> None:
        if self.fault:
            raise ChannelError(channel="The mail server", reason=self.fault)
        self.sent.append(message)


def test_a_link_is_sent_by_mail_and_to_nobody_else(outlet: Outlet) -> None:
    mail, room = Post("mail"), Post("newsroom")
    outlet = replace(outlet, channels=[room, mail])
    ada = User(id=7, name="ada", email="ada@example.org", added_at=outlet.now())
    assert tell(outlet, ada, "https://desk.example.org/links/x") == "It was sent to ada@example.org, too."
    assert [(m.link, m.to) for m in mail.sent] == [("https://desk.example.org/links/x", ("ada@example.org",))]
    assert "links/x" not in mail.sent[0].key + mail.sent[0].words
    assert room.sent == []
    assert tell(outlet, User(id=8, name="ben", added_at=outlet.now()), "x") == ""
    away = replace(outlet, channels=[Post("mail", "it did not answer in time")])
    assert "could not be sent to ada@example.org: The mail server: it did not answer" in tell(away, ada, "x")
    assert "Hand it over yourself" in tell(away, ada, "x")


def test_links_begin_with_the_address_that_staff_reach(outlet: Outlet) -> None:
    def at(**settings: object) -> str:
        return desk_address(outlet.settings.model_copy(update=settings))

    assert at() == "http://127.0.0.1:8701/"
    assert at(host="::1", desk_port=9) == "http://[::1]:9/"
    assert at(desk_address="https://desk.example.org/") == "https://desk.example.org/"


def test_an_address_is_found_whatever_its_letters(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        ada = called(db, outlet.settings, "ada")
        set_email(db, ada, " Ada.L@Example.org ", outlet.now(), actor="ann")
        found = with_email(db, outlet.settings, "ada.l@EXAMPLE.ORG")
        assert found is not None
        assert found.name == "ada"
        assert with_email(db, outlet.settings, "") is None
        settings = outlet.settings.model_copy(update={"reviewers": ["ben"]})
        assert with_email(db, settings, "ada.l@example.org") is None, "not of the staff any more"
    assert events(outlet, "email_set") == [("ann", "ada")]


def test_with_a_directory_an_address_is_enough_to_come_in(outlet: Outlet) -> None:
    oidc = OidcSettings(issuer="https://id.example.org", client_id="desk")
    settings = outlet.settings.model_copy(update={"oidc": oidc})
    with outlet.database.write() as db:
        set_email(db, called(db, settings, "ada"), "ada@example.org", outlet.now(), actor="ann")
        assert {m.name: m.can_sign_in for m in staff(db, settings, outlet.now())} == {"ada": True, "ben": False}


def test_a_token_is_shown_once_named_and_ends(both: Outlet) -> None:
    now = both.now()
    with both.database.write() as db:
        ada, ben = called(db, both.settings, "ada"), called(db, both.settings, "ben")
        token = tokens.new_token(db, ada, "  a  reader ", now, ends_at=now + timedelta(days=1))
        for name, ends in (("a reader", None), ("", None), ("x" * 61, None), ("other", now)):
            with pytest.raises(Refused):
                tokens.new_token(db, ada, name, now, ends_at=ends)
    with both.database.write() as db:
        row = db.exec(select(ApiToken)).one()
        assert (row.name, row.seen_at) == ("a reader", None)
        assert token not in (row.token_sha256, row.name)
        found = tokens.holder_of(db, token, now)
        assert found is not None
        assert found[0].name == "ada"
        assert tokens.holder_of(db, token, now + timedelta(days=1)) is None
        tokens.note_used(db, row.id, now)
        tokens.note_used(db, row.id, now + timedelta(seconds=59))
        assert row.seen_at == now
        with pytest.raises(Refused, match="no such token"):
            tokens.revoke(db, ben, row.id, now, actor="ben")
        tokens.revoke(db, ada, row.id, now, actor="ada")
        assert tokens.holder_of(db, token, now) is None
    assert events(both, "token_revoked") == [("ada", "ada")]


def test_sessions_are_listed_the_last_seen_first(both: Outlet) -> None:
    now = both.now()
    with both.database.write() as db:
        ada = called(db, both.settings, "ada")
        for minutes in (3, 1, 2):
            begin_session(db, ada, now - timedelta(minutes=minutes), address=f"10.0.0.{minutes}", browser="curl/8")
        assert [row.address for row in sessions_of(db, ada.id, now)] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


@pytest.mark.parametrize(
    ("says", "short"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("\u202ex" * 100, "x" * 40),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_short(says: str, short: str) -> None:
    assert browser_in_short(says) == short


def test_a_code_holds_half_a_minute_around_and_once(outlet: Outlet, clock: MovableClock) -> None:
    import pyotp

    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, clock())
        ada = called(db, outlet.settings, "ada")
        secret = codes.offered_secret(ada, "s" * 64)
        assert len(secret) == 32
        assert secret == codes.offered_secret(ada, "s" * 64) != codes.offered_secret(ada, "t" * 64)
        totp = pyotp.TOTP(secret)

        def code(seconds: int) -> str:
            return totp.at(clock() + timedelta(seconds=seconds))

        for wrong in ("", "000000x", code(90), code(-90), "\u0661" * 6):
            with pytest.raises(Refused, match="not the code of this moment"):
                codes.turn_on(db, ada, secret, wrong, clock())
        now = int(clock().timestamp()) // 30
        assert [codes.step_of(secret, code(s), clock(), after=0) for s in (-30, 0, 30)] == [now - 1, now, now + 1]
        assert codes.step_of(secret, code(0), clock(), after=now) is None, "taken already"
        assert codes.step_of(secret, f"{code(0)[:3]} {code(0)[3:]}", clock(), after=0) == now
        codes.turn_on(db, ada, secret, code(0), clock())
        assert (ada.totp_secret, ada.totp_step) == (secret, now)
        with pytest.raises(Refused, match="already"):
            codes.turn_on(db, ada, secret, code(30), clock())
        codes.turn_off(db, ada, clock(), actor="ann")
        assert secret != codes.offered_secret(ada, "s" * 64), "no secret is offered twice"
        with pytest.raises(Refused, match="no second factor"):
            codes.turn_off(db, ada, clock(), actor="ann")
    assert events(outlet, "second_factor_on") == [("ada", "ada")]
    assert events(outlet, "second_factor_off") == [("ann", "ada")]
    assert b"<svg" in codes.drawing(codes.address_of(secret, "ada", "Afterword"))
