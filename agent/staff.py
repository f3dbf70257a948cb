"""Who may sign in at the desk: passwords as argon2 hashes, sessions by the hash of their token.

No password is made up here: until one is set, nobody can sign in under a name.
"""

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select

from agent.errors import Refused, UnknownUser
from agent.tables import AuditEvent, DeskSession, User

SESSION_LASTS = timedelta(hours=12)
PASSWORD_AT_LEAST = 12
PASSWORD_AT_MOST = 1_000
FORM = b"afterword desk form"


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
