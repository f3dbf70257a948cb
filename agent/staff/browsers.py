"""Sessions of signed-in browsers, by the hash of their token; and what the forms of one carry."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from agent.tables import DeskSession, User

SESSION_LASTS = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""A session's row says when it was last seen, to about this."""
FORM = b"afterword desk form"
BROWSERS = (("Edge", r"Edg"), ("Opera", r"OPR/"), ("Firefox", r"Firefox/|FxiOS"), ("Chrome", r"Chrom|CriOS"))
SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS"),
    ("Linux", r"Linux|X11"),
)


def begin_session(
    db: Session, user: User, now: datetime, *, instead_of: str = "", address: str = "", browser: str = ""
) -> str:
    """Sign a browser in and return its new token (32 random bytes). The token it came with, if any, ends.
    `browser` is what it calls itself."""
    token = secrets.token_urlsafe(32)
    end_session(db, instead_of)
    db.exec(delete(DeskSession).where(col(DeskSession.ends_at) <= now))
    db.add(
        DeskSession(
            token_sha256=sha256(token),
            user_id=user.id,
            began_at=now,
            ends_at=now + SESSION_LASTS,
            seen_at=now,
            address=address,
            browser=browser_in_short(browser),
        )
    )
    return token


def end_session(db: Session, token: str) -> None:
    """Sign a browser out. A token that is not known changes nothing."""
    db.exec(delete(DeskSession).where(col(DeskSession.token_sha256) == sha256(token)))


def end_sessions(db: Session, user_id: int, *, only: str = "", but: str = "") -> int:
    """Sign browsers of somebody out and return how many: all, `only` that one, or all `but` one, each named by its
    token's SHA-256."""
    there = list(db.exec(select(DeskSession).where(DeskSession.user_id == user_id)))
    ending = [row for row in there if only in ("", row.token_sha256) and row.token_sha256 != but]
    for row in ending:
        db.delete(row)
    return len(ending)


def sessions_of(db: Session, user_id: int, now: datetime) -> Sequence[DeskSession]:
    """The browsers that somebody is signed in with, the one seen last first."""
    hold = select(DeskSession).where(DeskSession.user_id == user_id, col(DeskSession.ends_at) > now)
    return db.exec(hold.order_by(col(DeskSession.seen_at).desc(), col(DeskSession.began_at).desc())).all()


def session_of(db: Session, token: str, now: datetime) -> tuple[User, DeskSession] | None:
    """Who is signed in with this token, and the session, if it still holds."""
    holds = select(User, DeskSession).join(DeskSession, col(DeskSession.user_id) == User.id)
    return db.exec(holds.where(DeskSession.token_sha256 == sha256(token), col(DeskSession.ends_at) > now)).first()


def user_of(db: Session, token: str, now: datetime) -> User | None:
    """Who is signed in with this token, if it still holds."""
    found = session_of(db, token, now)
    return found[0] if found else None


def was_just_seen(seen_at: datetime | None, now: datetime) -> bool:
    """Whether there is no need to write down that it was seen again."""
    return seen_at is not None and now - seen_at < SEEN_EVERY


def note_seen(db: Session, token_sha256: str, now: datetime) -> None:
    """Write down that a session was seen. One that has ended meanwhile stays so."""
    row = db.get(DeskSession, token_sha256)
    if row is not None:
        row.seen_at = now
        db.add(row)


def form_token(token: str) -> str:
    """What each form of a session carries: it can be made from the session's token alone."""
    return hmac.new(token.encode(), FORM, hashlib.sha256).hexdigest()


def is_form_token(given: str, token: str) -> bool:
    """Whether a form came from a page of this session."""
    return hmac.compare_digest(given.encode(), form_token(token).encode())


def browser_in_short(says: str) -> str:
    """What a browser calls itself, shortened: "Firefox on Linux"."""
    name = next((name for name, sign in BROWSERS if re.search(sign, says)), "")
    if not name and "Safari/" in says:
        name = "Safari"
    system = next((system for system, sign in SYSTEMS if re.search(sign, says)), "")
    if name and system:
        return f"{name} on {system}"
    return name or re.sub(r"[^\x20-\x7e]", "", says)[:40]


def sha256(token: str) -> str:
    """By what a token is known here (hex)."""
    return hashlib.sha256(token.encode()).hexdigest()
