"""Browsers that somebody signed in with before, known by a cookie: `NONCE.PROOF`, where the proof is made from the
hash of that person's password. So nothing has to be kept of them, and a new password makes all of them strangers."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from agent.staff.passwords import nobodys_hash
from agent.tables import User

DEVICE_LASTS = timedelta(days=180)
SALT = b"afterword known browser"


def new_device(user: User) -> str:
    """What a browser carries from now on; nothing for somebody without a password, who needs none."""
    return _proven(user, secrets.token_hex(8)) if user.password_hash else ""


def device_of(user: User | None, carried: str) -> str:
    """The nonce of a browser that this person signed in with before; empty for any other. It takes as long for
    nobody."""
    nonce, _, _ = carried.partition(".")
    is_known = hmac.compare_digest(_proven(user, nonce).encode(), carried.encode())
    return nonce if is_known and user is not None and user.password_hash else ""


def _proven(user: User | None, nonce: str) -> str:
    key = (user.password_hash if user else None) or nobodys_hash()
    words = b":".join([SALT, str(user.id if user else 0).encode(), nonce.encode()])
    return f"{nonce}.{hmac.new(key.encode(), words, hashlib.sha256).hexdigest()}"
