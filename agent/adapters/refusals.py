"""What the Messages API, or a proxy before it, says when it does not answer: as our own errors. Does no I/O."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from agent.errors import GaveUp, LlmError, NoCredit, NoSuchLlm, RequestRefused, Throttled, TooLarge, WrongApiKey
from agent.settings import AuthorSettings

REASON_LENGTH = 200
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
}
"""Error events that, before a reply has begun, say what an HTTP status would have said."""


def refusal(author: AuthorSettings, endpoint: str, status: int, reason: str, headers: Mapping[str, str]) -> LlmError:
    """Return what an HTTP status means. `reason` is what the service said of it."""
    if status in (401, 403):
        return WrongApiKey(
            endpoint=endpoint, author=author.name, status=status, reason=reason, variable=author.api_key_env
        )
    if status == 402:
        return NoCredit(endpoint=endpoint, author=author.name, reason=reason)
    if status == 404:
        return NoSuchLlm(endpoint=endpoint, model_id=author.model_id)
    if status in BUSY | GAVE_UP or status >= 500:
        passing = GaveUp if status in GAVE_UP else Throttled
        return passing(endpoint=endpoint, status=status, reason=reason, retry_after=retry_after(headers))
    refused = TooLarge if status == 413 else RequestRefused
    return refused(endpoint=endpoint, status=status, reason=reason)


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
