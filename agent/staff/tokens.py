"""Tokens by which programs of the staff come in instead of them, by their hash."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from agent.errors import Refused
from agent.staff.browsers import sha256, was_just_seen
from agent.tables import ApiToken, AuditEvent, User

PREFIX = "afterword_"
"""So that a token is known for what it is, wherever it turns up."""
NAME_AT_MOST = 60
AT_MOST = 50


def new_token(db: Session, user: User, name: str, now: datetime, *, ends_at: datetime | None = None) -> str:
    """Make a token for a program of somebody's and return it (32 random bytes): it is shown this once. Raises
    Refused for a name that is missing or taken, and for an end that lies behind us."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_AT_MOST or not name.isprintable():
        raise Refused(reason=f"Name what the token is for, in at most {NAME_AT_MOST} letters.")
    if ends_at is not None and ends_at <= now:
        raise Refused(reason="That day has passed. Choose a later one, or none.")
    theirs = tokens_of(db, user.id)
    if name in [token.name for token in theirs]:
        raise Refused(reason=f'There is a token called "{name}" already. Choose another name, or revoke that one.')
    if len(theirs) >= AT_MOST:
        raise Refused(reason=f"There are {AT_MOST} tokens already. Revoke one that nothing uses any more.")
    token = PREFIX + secrets.token_urlsafe(32)
    db.add(ApiToken(user_id=user.id, name=name, token_sha256=sha256(token), began_at=now, ends_at=ends_at))
    db.add(AuditEvent(actor=user.name, action="token_made", subject=user.name, reason=name, at=now))
    return token


def tokens_of(db: Session, user_id: int) -> Sequence[ApiToken]:
    """The tokens of somebody, in the order in which they were made; also those past their end."""
    return db.exec(select(ApiToken).where(ApiToken.user_id == user_id).order_by(col(ApiToken.id))).all()


def holder_of(db: Session, token: str, now: datetime) -> tuple[User, ApiToken] | None:
    """Whose token this is, if it holds. Their roles are asked for with each request, like a browser's."""
    holds = select(User, ApiToken).join(ApiToken, col(ApiToken.user_id) == User.id)
    found = db.exec(holds.where(ApiToken.token_sha256 == sha256(token))).first()
    return None if found is None or (found[1].ends_at is not None and found[1].ends_at <= now) else found


def note_used(db: Session, token_id: int, now: datetime) -> None:
    """Write down that a token was used, at most once a minute."""
    row = db.get(ApiToken, token_id)
    if row is not None and not was_just_seen(row.seen_at, now):
        row.seen_at = now
        db.add(row)


def revoke(db: Session, user: User, token_id: int, now: datetime, *, actor: str) -> None:
    """A token works no more. Raises Refused for one that is not theirs."""
    row = db.get(ApiToken, token_id)
    if row is None or row.user_id != user.id:
        raise Refused(reason="There is no such token any more.")
    db.delete(row)
    db.add(AuditEvent(actor=actor, action="token_revoked", subject=user.name, reason=row.name, at=now))


def revoke_all(db: Session, user: User, now: datetime, *, actor: str) -> int:
    """No token of somebody works any more. Returns how many there were; each is on record."""
    theirs = tokens_of(db, user.id)
    for token in theirs:
        revoke(db, user, token.id, now, actor=actor)
    return len(theirs)
