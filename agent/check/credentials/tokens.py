"""Signed tokens and private keys: what they are is read from themselves."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from agent.check.credentials import Secret
from agent.check.credentials.examples import example
from agent.tables import Level

SIGNED = re.compile(r"(?<![\w-])(eyJ[\w-]{6,1000})\.([\w-]{4,4000})\.(?P<drawn>[\w-]{16,1000})", re.ASCII)
SHOWN_EVERYWHERE = {"1234567890", "John Doe", "Jane Doe"}
"""Who the tokens in manuals are about."""
BEARER = {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "scope", "scp", "azp", "client_id", "email", "role"}
"""What a token says of whom it lets in; one of these stands in all that are used."""
PRIVATE_KEY = re.compile(r"-----BEGIN (?P<of>(?:[A-Z0-9]{2,12} ){0,3})PRIVATE KEY(?: BLOCK)?-----")
ENDS = re.compile(r"-----END [A-Z0-9 ]{0,50}-----")
LONGEST = 12_000
"""Characters of a private key."""
LEAST = 60
"""Signs of the shortest private key there is."""
HEADER = re.compile(r"^[ \t>]*[A-Za-z-]{3,20}: .{0,200}$", re.MULTILINE)


def signed(text: str, now: datetime | None) -> Iterator[Secret]:
    """JSON web tokens. One that had run out before the author began to write opens nothing any more."""
    if "eyJ" not in text:
        return
    for match in SIGNED.finditer(text):
        head, says = _read(match[1]), _read(match[2])
        if not isinstance(head, dict) or "alg" not in head:
            continue
        told, level, opens = example(match["drawn"]), Level.STOP, True
        why = "This is shaped like a signed token; whoever reads it could come in with it, if it is in use."
        if isinstance(says, dict):
            if not BEARER & set(says):
                level = Level.LOOK
                why = "This is shaped like a signed token, and does not say whom it lets in, or where."
            if {str(value) for value in says.values()} & SHOWN_EVERYWHERE:
                told = "manuals show it"
            if now is not None and isinstance(until := says.get("exp"), int | float) and until < now.timestamp():
                level, opens = Level.LOOK, False
                why = "This is shaped like a signed token that says it has run out; it may still tell whose it was."
        yield Secret("a signed token (JWT)", *match.span(), why, level, told, opens)


def private_keys(text: str) -> Iterator[Secret]:
    """Private keys as they stand in files. Their first line alone is no key."""
    for match in PRIVATE_KEY.finditer(text):
        ends = ENDS.search(text, match.end(), match.end() + LONGEST)
        inside = text[match.end() : ends.start() if ends else match.end() + LONGEST]
        if ends is None:
            inside = re.split(r"[^A-Za-z0-9+/=\s>\\]", inside, maxsplit=1)[0].rstrip()
        signs = re.sub(r"[^A-Za-z0-9+/]", "", HEADER.sub("", inside).replace("\\n", ""))
        told = "nothing of a key stands in it" if len(signs) < LEAST else _told(inside, signs)
        is_locked = match["of"].startswith("ENCRYPTED") or "ENCRYPTED" in inside
        why = "This is shaped like a private key; whoever reads it could pass for its owner, if it is in use."
        if is_locked:
            why = "This is shaped like a private key under a password; it is no safer than that is."
        end = ends.end() if ends else match.end() + len(inside)
        yield Secret("a private key", match.start(), end, why, Level.LOOK if is_locked else Level.STOP, told)


def _told(inside: str, signs: str) -> str:
    # The first signs of every key say what it is; those in the middle are drawn.
    middle = signs[len(signs) // 3 : len(signs) // 3 + 60]
    return "it is cut" if re.search(r"\.\.|\u2026", inside) else example(middle)


def _read(part: str) -> Any:
    try:
        return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
