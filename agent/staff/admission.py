"""The one door: a name, a password and perhaps a code are looked at, failures are counted and written down, and what
was asked for happens in the same transaction. What a failure is counted under, and why, says pauses.py."""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Generic, TypeVar

from sqlmodel import Session, col, func, select

from agent.outlet import Outlet
from agent.reasons import is_storable
from agent.staff import pauses
from agent.staff.browsers import begin_session
from agent.staff.codes import step_of
from agent.staff.devices import device_of, new_device
from agent.staff.passwords import is_password
from agent.staff.roles import roles_of
from agent.tables import AuditEvent, User

T = TypeVar("T")
FAILED = "sign_in_failed"
SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class Attempt:
    """What somebody gave to be let in, and where it came from."""

    name: str
    password: str
    code: str = ""
    address: str = "unknown"
    device: str = ""
    """What the browser carries of an earlier sign-in."""
    counted_as: str = ""
    """Its failures are counted by themselves, under this word: a link's or a session's."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of an attempt: what was done, if anything; else after how many seconds it may be tried again (0: at
    once)."""

    done: T | None = None
    again: int = 0


@dataclass(frozen=True)
class Admitted:
    """A session's new token, and what the browser carries to be known again."""

    token: str
    device: str


class Gate:
    """Lets one attempt after another be decided: so failures are counted truly, and the memory that one argon2 hash
    takes (64 MB) is taken once. Names that nobody has are kept only as a keyed hash: people type passwords into the
    wrong field."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.key = secrets.token_bytes(32)
        is_password(None, "")  # The comparison for nobody is made ready, or the first one would take longer.

    def subject(self, name: str, user: User | None) -> str:
        """What stands on record for a name that was tried."""
        typed = name.encode("utf-8", "surrogatepass")
        return user.name if user else f"no such name {hmac.new(self.key, typed, sha256).hexdigest()[:16]}"


def sign_in(
    outlet: Outlet, gate: Gate, attempt: Attempt, *, browser: str = "", instead_of: str = ""
) -> Answer[Admitted]:
    """Begin a session for a browser; the one that it came with, if any, ends."""

    def begin(db: Session, user: User) -> Admitted:
        return admitted(db, user, outlet.now(), attempt, browser=browser, instead_of=instead_of)

    return attempted(outlet, gate, attempt, begin)


def admitted(
    db: Session, user: User, now: datetime, attempt: Attempt, *, browser: str, instead_of: str, how: str = ""
) -> Admitted:
    """Begin a session for somebody who was looked at. `how` says it, where it was not by name and password."""
    db.add(AuditEvent(actor=attempt.address, action=SIGNED_IN, subject=user.name, reason=how, at=now))
    token = begin_session(db, user, now, instead_of=instead_of, address=attempt.address, browser=browser)
    return Admitted(token, new_device(user))


def attempted(
    outlet: Outlet,
    gate: Gate,
    attempt: Attempt,
    then: Callable[[Session, User], T],
    *,
    is_vouched: bool = False,
) -> Answer[T]:
    """Do something if name, password and code belong to one of the staff; write it down if they do not. With
    `is_vouched`, something better than a password was shown already, and the code alone is looked at."""
    with gate.lock:
        now = outlet.now()
        with outlet.database.read() as db:
            user = _called(db, attempt.name)
            subject = gate.subject(attempt.name, user)
            known = device_of(user, attempt.device)
            counted = attempt.counted_as or (f"known browser {known}" if known else "")
            again = _wait(db, subject, attempt.address, counted, now)
        if again:
            # Right or wrong: what is not looked at tells nothing.
            outlet.log.warning("a sign-in has to wait", action="sign_in_paused", subject=subject, seconds=again)
            return Answer(again=again)
        # The password is looked at even where it cannot help, so that every answer takes as long.
        looked_at = user.password_hash if user else None
        is_right = is_vouched or is_password(looked_at, attempt.password)
        with outlet.database.write() as db:
            user = _called(db, attempt.name)
            if user is not None and is_right and user.password_hash == looked_at and _may(db, outlet, user, attempt):
                return Answer(then(db, user))
            db.add(AuditEvent(actor=attempt.address, action=FAILED, subject=subject, reason=counted, at=now))
        outlet.log.warning("a sign-in failed", action=FAILED, subject=subject)
        return Answer()


def _may(db: Session, outlet: Outlet, user: User, attempt: Attempt) -> bool:
    """Whether somebody is of the staff and, with a second factor, gave a code; it is used up."""
    if not roles_of(db, outlet.settings, user.name):
        return False
    if user.totp_secret:
        step = step_of(user.totp_secret, attempt.code, outlet.now(), after=user.totp_step)
        if step is None:
            return False
        user.totp_step = step
        db.add(user)
    return True


def _wait(db: Session, subject: str, address: str, counted: str, now: datetime) -> int:
    if counted:
        own = _failures(db, now, subject=subject, actor="", reason=counted, until_success=False)
        return pauses.pause(own, pauses.FREE_FOR_A_BROWSER, now)
    return max(
        pauses.pause(_failures(db, now, subject=subject, actor=address), pauses.FREE_FOR_A_NAME_AT_AN_ADDRESS, now),
        # Of these a success takes nothing back: it might be another person's, or the attacker's own.
        pauses.pause(_failures(db, now, actor=address, until_success=False), pauses.FREE_FOR_AN_ADDRESS, now),
        pauses.pause(_failures(db, now, subject=subject, until_success=False), pauses.FREE_FOR_A_NAME, now),
    )


def _failures(
    db: Session, now: datetime, *, subject: str = "", actor: str = "", reason: str = "", until_success: bool = True
) -> Sequence[datetime]:
    """When somebody failed in the last WINDOW, newest first; with `until_success`, since they last came in."""
    whose = [col(AuditEvent.at) > now - pauses.WINDOW]
    if subject:
        whose.append(col(AuditEvent.subject) == subject)
    if actor:
        whose.append(col(AuditEvent.actor) == actor)
    failed = select(AuditEvent.at).where(AuditEvent.action == FAILED, AuditEvent.reason == reason, *whose)
    if until_success:
        came_in = select(func.max(AuditEvent.id)).where(AuditEvent.action == SIGNED_IN, *whose)
        failed = failed.where(col(AuditEvent.id) > (db.exec(came_in).one() or 0))
    return db.exec(failed.order_by(col(AuditEvent.id).desc())).all()


def _called(db: Session, name: str) -> User | None:
    # A database may take no such name, not even to look for it.
    return db.exec(select(User).where(User.name == name)).first() if is_storable(name) else None
