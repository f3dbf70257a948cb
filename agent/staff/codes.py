"""Second factors: codes of six digits that change every half minute (TOTP, RFC 6238)."""

import base64
import hashlib
import hmac
import io
from datetime import datetime
from functools import cache
from typing import Any

from sqlmodel import Session

from agent.errors import Refused
from agent.tables import AuditEvent, User

STEP_SECONDS = 30
AROUND = (-1, 0, 1)
"""A clock may be half a minute wrong, and a code typed slowly."""
NOT_THE_CODE = "That is not the code of this moment, or it was used already. Wait for the next one."


def offered_secret(user: User, session_sha256: str) -> str:
    """The secret (base32, 160 bits) that somebody may take for a second factor in this session. It is made anew from
    what only the rows hold, so that it need not be kept before it is confirmed; and it differs after each time that
    a code was used."""
    words = f"second factor:{user.id}:{user.totp_step}:{session_sha256}"
    made = hmac.new((user.password_hash or "").encode(), words.encode(), hashlib.sha256).digest()
    return base64.b32encode(made[:20]).decode()


def address_of(secret: str, name: str, title: str) -> str:
    """The address by which an app takes a secret up."""
    return str(_totp(secret).provisioning_uri(name=name, issuer_name=title))


def drawing(address: str) -> bytes:
    """The address as a QR code: an SVG, dark on light also where the page is dark."""
    import segno  # noqa: PLC0415  (seldom needed)

    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", scale=5, border=4, light="#fff", dark="#000")
    return drawn.getvalue()


def step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The time step that a code belongs to, if it is one of now and later than the step `after`; None otherwise."""
    given = "".join(code.split())
    at = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (at + around for around in AROUND):
        is_it = hmac.compare_digest(_totp(secret).generate_otp(step).encode(), given.encode("utf-8", "surrogatepass"))
        if is_it and step > after:
            found = step
    return found


def turn_on(db: Session, user: User, secret: str, code: str, now: datetime) -> None:
    """Ask for a code at each sign-in from now on. Raises Refused unless it comes with one."""
    if user.totp_secret:
        raise Refused(reason="There is a second factor already. Turn it off first, to set up another one.")
    step = step_of(secret, code, now, after=user.totp_step)
    if step is None:
        raise Refused(reason=NOT_THE_CODE)
    user.totp_secret, user.totp_step = secret, step
    db.add(user)
    db.add(AuditEvent(actor=user.name, action="second_factor_on", subject=user.name, at=now))


def turn_off(db: Session, user: User, now: datetime, *, actor: str) -> None:
    """Ask for no code any more. Raises Refused where none is asked for."""
    if not user.totp_secret:
        raise Refused(reason=f"{user.name} has no second factor.")
    user.totp_secret = None
    db.add(user)
    db.add(AuditEvent(actor=actor, action="second_factor_off", subject=user.name, at=now))


def _totp(secret: str) -> Any:
    return _library().TOTP(secret)


@cache
def _library() -> Any:
    import pyotp  # noqa: PLC0415  (seldom needed)

    return pyotp
