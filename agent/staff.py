"""Who the staff are, and how they sign in: roles, passwords as argon2 hashes, sessions by the hash of their token.

A name has the roles that afterword.toml gives it, and those of its latest appointment in the database. No password is
made up here: until one is set, nobody can sign in under a name.
"""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, func, select

from agent.errors import Refused, UnknownUser
from agent.settings import Settings
from agent.tables import Appointment, AuditEvent, DeskSession, StaffRole, User

SESSION_LASTS = timedelta(hours=12)
PASSWORD_AT_LEAST = 12
PASSWORD_AT_MOST = 1_000
FORM = b"afterword desk form"


def named_staff(settings: Settings) -> list[str]:
    """The names that afterword.toml gives any role, each once."""
    return list(dict.fromkeys([*settings.reviewers, *settings.operators, *settings.administrators]))


def roles_of(db: Session, settings: Settings, name: str) -> frozenset[StaffRole]:
    """What somebody may do; nothing, for a name that is not of the staff."""
    latest = select(Appointment.roles).join(User, col(User.id) == Appointment.user_id).where(User.name == name)
    appointed = db.exec(latest.order_by(col(Appointment.id).desc()).limit(1)).first() or []
    return _named(settings, name) | {StaffRole(role) for role in appointed}


def having(db: Session, settings: Settings, role: StaffRole) -> list[str]:
    """The names that hold a role, in the order of the alphabet."""
    newest = select(func.max(Appointment.id)).group_by(col(Appointment.user_id))
    rows = select(User.name, Appointment.roles).join(Appointment, col(Appointment.user_id) == User.id)
    appointed = {name for name, roles in db.exec(rows.where(col(Appointment.id).in_(newest))) if role in roles}
    return sorted(appointed | {name for name in named_staff(settings) if role in _named(settings, name)})


def _named(settings: Settings, name: str) -> frozenset[StaffRole]:
    given = {
        StaffRole.REVIEWER: settings.reviewers,
        StaffRole.OPERATOR: settings.operators,
        StaffRole.ADMINISTRATOR: settings.administrators,
    }
    return frozenset(role for role, names in given.items() if name in names)


def set_password(db: Session, name: str, password: str, now: datetime) -> None:
    """Give a member of the staff a password, and end every session that stood under the old one.

    Raises UnknownUser, and Refused for a password that is too short or too long.
    """
    user = db.exec(select(User).where(User.name == name)).first()
    if user is None:
        names = db.exec(select(User.name).order_by(col(User.name))).all()
        raise UnknownUser(user=name, known=", ".join(names) or "nobody yet")
    if not PASSWORD_AT_LEAST <= len(password) <= PASSWORD_AT_MOST:
        wanted = f"at least {PASSWORD_AT_LEAST} characters, and at most {PASSWORD_AT_MOST}"
        raise Refused(
            reason=f"A password has {wanted}. Four or five words that do not belong together make a good one."
        )
    user.password_hash = _hasher().hash(_plain(password))
    db.add(user)
    db.exec(delete(DeskSession).where(col(DeskSession.user_id) == user.id))
    db.add(AuditEvent(actor="operator", action="password_set", subject=name, at=now))


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Where there is none to compare with, it takes just as long."""
    try:
        _hasher().verify(password_hash or _nobodys_hash(), _plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def begin_session(db: Session, user: User, now: datetime, *, instead_of: str = "") -> str:
    """Sign a browser in and return its new token (32 random bytes). The token it came with, if any, ends."""
    token = secrets.token_urlsafe(32)
    end_session(db, instead_of)
    db.exec(delete(DeskSession).where(col(DeskSession.ends_at) <= now))
    db.add(DeskSession(token_sha256=_sha256(token), user_id=user.id, began_at=now, ends_at=now + SESSION_LASTS))
    return token


def end_session(db: Session, token: str) -> None:
    """Sign a browser out. A token that is not known changes nothing."""
    db.exec(delete(DeskSession).where(col(DeskSession.token_sha256) == _sha256(token)))


def user_of(db: Session, token: str, now: datetime) -> User | None:
    """Who is signed in with this token, if it still holds."""
    holds = select(User).join(DeskSession).where(DeskSession.token_sha256 == _sha256(token), DeskSession.ends_at > now)
    return db.exec(holds).first()


def form_token(token: str) -> str:
    """What each form of a session carries: it can be made from the session's token alone."""
    return hmac.new(token.encode(), FORM, hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str) -> bool:
    """Whether a form came from a page of this session."""
    return hmac.compare_digest(given.encode(), form_token(token).encode())


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _plain(password: str) -> str:
    # Keyboards differ in how they put an accented letter together.
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))
