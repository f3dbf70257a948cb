"""What the Messages API, or a proxy before it, says when it does not answer: as our own errors. Does no I/O."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from agent.errors import (
    BadEndpoint,
    GaveUp,
    LlmError,
    NoCredit,
    NoSuchLlm,
    RequestRefused,
    Throttled,
    TooLarge,
    WrongApiKey,
)
from agent.profiles import Endpoint

REASON_LENGTH = 200
PROXY_ASKS = 407
BUSY = {409, 429}
GAVE_UP = {408, 502, 504, *range(520, 525)}
"""What a proxy says that waited for the service. The work behind it may have been done, and paid."""
ERROR_EVENTS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}
"""Error events that, before a reply has begun, say what an HTTP status would have said: nothing was written yet."""
MONEY = re.compile(r"credit balance|usage limits|organization has been disabled", re.IGNORECASE)
"""What the service says of missing money where it calls the request invalid (HTTP 400)."""


def refusal(
    author: Endpoint, endpoint: str, status: int, body: object, headers: Mapping[str, str], *, key: str
) -> LlmError:
    """Return what an HTTP status means. `body` is what the service said of it; the key is never repeated."""
    reason = said(body, "it gave no reason", key=key)
    if 300 <= status < 400 or status == PROXY_ASKS:
        return elsewhere(author, endpoint, status)
    if status in (401, 403):
        return WrongApiKey(
            endpoint=endpoint, author=author.name, status=status, reason=reason, variable=author.api_key_env
        )
    if status == 402 or (status == 400 and _is_money(body)):
        return NoCredit(endpoint=endpoint, author=author.name, status=status, reason=reason)
    if status == 404:
        return NoSuchLlm(endpoint=endpoint, model_id=author.model_id)
    if status in BUSY | GAVE_UP or status >= 500:
        passing = GaveUp if status in GAVE_UP else Throttled
        return passing(endpoint=endpoint, status=status, reason=reason, retry_after=retry_after(headers))
    refused = TooLarge if status == 413 else RequestRefused
    return refused(endpoint=endpoint, status=status, reason=reason)


def elsewhere(author: Endpoint, endpoint: str, status: int) -> BadEndpoint:
    """What stands before the service does not let the request through: no fault of the invitation's."""
    if status == PROXY_ASKS:
        words = (
            f"A proxy before {endpoint} asks who we are (HTTP {status}): its name and password are missing or wrong."
        )
    else:
        words = (
            f"{endpoint} sends the request elsewhere (HTTP {status}), and it is not followed: the key would go along. "
            "Name the address itself as api_base_url."
        )
    return BadEndpoint(reason=words, author=author.name)


def _is_money(body: object) -> bool:
    match body:
        case {"error": {"type": "billing_error"}}:
            return True
        case {"error": {"message": str(words)}}:
            return MONEY.search(words) is not None
    return False


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a busy service asks us to wait, or None. Names are in small letters.

    A date counts from the service's own `date`, so its clock and ours need not agree.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        until, now = (parsedate_to_datetime(headers.get(name, "")) for name in ("retry-after", "date"))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None


def said(body: object, otherwise: str, *, key: str) -> str:
    """The API's own words for an error, and nothing else of what it sent."""
    match body:
        case {"error": {"message": str(words)}} if words.strip():
            return in_one_line(words, key=key)
    return otherwise


def in_one_line(words: str, *, key: str) -> str:
    """Words from outside as they may be shown: not long, without control characters, and never the key."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words.replace(key, "[key]")).split())
    return line.rstrip(".") if len(line) <= REASON_LENGTH else line[: REASON_LENGTH - 1] + "…"
