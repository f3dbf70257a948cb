"""Passwords and sessions."""

from datetime import timedelta

import pytest
from sqlmodel import select

from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.staff import SESSION_LASTS, begin_session, end_session, is_password, set_password, user_of
from agent.tables import AuditEvent, DeskSession, User

PASSWORD = "quince river comma weather"


def user(outlet: Outlet, name: str = "ada") -> User:
    with outlet.database.read() as db:
        return db.exec(select(User).where(User.name == name)).one()


def test_a_password_is_kept_as_an_argon2_hash_and_nothing_else(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        set_password(db, "ada", PASSWORD, outlet.now())
    kept = user(outlet).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert is_password(kept, PASSWORD)
    assert not is_password(kept, PASSWORD + " ")
    with outlet.database.read() as db:
        events = db.exec(select(AuditEvent).where(AuditEvent.action == "password_set")).all()
    assert [(event.subject, event.reason) for event in events] == [("ada", "")]


def test_a_letter_with_an_accent_is_the_same_from_every_keyboard(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        set_password(db, "ada", "caf\u00e9 river comma", outlet.now())
    assert is_password(user(outlet).password_hash, "cafe\u0301 river comma")


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1_001])
def test_a_short_or_endless_password_is_refused_in_words(outlet: Outlet, password: str) -> None:
    with pytest.raises(Refused, match="at least 12 characters"), outlet.database.write() as db:
        set_password(db, "ada", password, outlet.now())
    assert user(outlet).password_hash is None


def test_a_password_for_nobody_is_refused(outlet: Outlet) -> None:
    with pytest.raises(UnknownUser, match=r'"cy".*ada, ben'), outlet.database.write() as db:
        set_password(db, "cy", PASSWORD, outlet.now())


def test_without_a_password_no_password_is_right() -> None:
    assert not is_password(None, "")
    assert not is_password(None, PASSWORD)
    assert not is_password("not a hash", PASSWORD)


def test_a_new_password_ends_the_sessions_under_the_old_one(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        hers, his = (begin_session(db, user(outlet, name), outlet.now()) for name in ("ada", "ben"))
        set_password(db, "ada", PASSWORD, outlet.now())
        assert user_of(db, hers, outlet.now()) is None
        assert user_of(db, his, outlet.now()) is not None


def test_a_session_is_known_by_the_hash_of_its_token_and_lasts_twelve_hours(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        token = begin_session(db, user(outlet), outlet.now())
    assert len(token) >= 43  # 32 bytes, in base64
    last = outlet.now() + SESSION_LASTS
    with outlet.database.read() as db:
        assert token not in [session.token_sha256 for session in db.exec(select(DeskSession))]
        found = user_of(db, token, last - timedelta(seconds=1))
        assert found is not None
        assert found.name == "ada"
        assert user_of(db, token, last) is None
        assert user_of(db, "", outlet.now()) is None
    assert timedelta(hours=12) == SESSION_LASTS


def test_signing_in_anew_ends_the_session_that_the_browser_came_with(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        first = begin_session(db, user(outlet), outlet.now())
        second = begin_session(db, user(outlet), outlet.now(), instead_of=first)
        assert user_of(db, first, outlet.now()) is None
        end_session(db, second)
        assert user_of(db, second, outlet.now()) is None
