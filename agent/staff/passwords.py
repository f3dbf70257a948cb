"""Passwords, kept as argon2 hashes and nothing else."""

import secrets
import unicodedata
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select

from agent.errors import Refused, UnknownUser
from agent.reasons import is_storable, need_storable
from agent.staff.browsers import end_sessions
from agent.staff.tokens import revoke_all
from agent.tables import AuditEvent, OneTimeLink, User

PASSWORD_AT_LEAST = 12
PASSWORD_AT_MOST = 1_000


def set_password(db: Session, name: str, password: str, now: datetime, *, actor: str = "operator") -> None:
    """Give a member of the staff a password, and end every session, link and token that stood under the old one.

    Raises UnknownUser, and Refused for a password that is too short or too long.
    """
    user = db.exec(select(User).where(User.name == name)).first()
    if user is None:
        names = db.exec(select(User.name).order_by(col(User.name))).all()
        raise UnknownUser(user=name, known=", ".join(names) or "nobody yet")
    must_be_good(password)
    user.password_hash = _hasher().hash(_plain(password))
    db.add(user)
    end_sessions(db, user.id)
    db.exec(delete(OneTimeLink).where(col(OneTimeLink.user_id) == user.id))
    revoke_all(db, user, now, actor=actor)
    db.add(AuditEvent(actor=actor, action="password_set", subject=name, at=now))


def must_be_good(password: str) -> None:
    """Raise Refused for a password that is too short or too long, or no text."""
    if not PASSWORD_AT_LEAST <= len(password) <= PASSWORD_AT_MOST:
        wanted = f"at least {PASSWORD_AT_LEAST} characters, and at most {PASSWORD_AT_MOST}"
        raise Refused(
            reason=f"A password has {wanted}. Four or five words that do not belong together make a good one."
        )
    need_storable(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Where there is none to compare with, it takes just as long."""
    if len(password) > PASSWORD_AT_MOST or not is_storable(password):
        password = ""
    try:
        _hasher().verify(password_hash or nobodys_hash(), _plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def nobodys_hash() -> str:
    """The hash of a password that nobody knows."""
    return _nobodys_hash()


def _plain(password: str) -> str:
    # Keyboards differ in how they put an accented letter together.
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))
