"""What servers and readers of feeds say to each other about when to ask, and what has changed. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from agent.outlet import Validators

WEEK = 7 * 24 * 3600.0
"""Nobody is left alone for longer, in seconds, whatever they say: many a server says "a year" of every file."""
VALIDATOR = 500
"""The most characters of an ETag or a date that is kept."""
PERIODS = {"hourly": 3600.0, "daily": 24 * 3600.0, "weekly": WEEK, "monthly": WEEK, "yearly": WEEK}


def conditions(known: Validators | None) -> dict[str, str]:
    """The headers that ask for news alone: what was said, word for word."""
    # What is kept of a stranger's words is looked at again before it is sent: a line of ours must not end in it.
    said = known or Validators()
    pairs = (("If-None-Match", said.etag), ("If-Modified-Since", said.last_modified))
    return {name: value for name, value in pairs if _is_sendable(value)}


def validators(headers: Mapping[str, str], known: Validators | None = None) -> Validators:
    """What an answer says of a feed's state; for what it leaves out, what was known."""
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    before = known or Validators()
    return Validators(
        etag if _is_sendable(etag) else before.etag, modified if _is_sendable(modified) else before.last_modified
    )


def left_alone(*seconds: float | None) -> float | None:
    """The most that was asked for, up to a week."""
    asked = [least for least in seconds if least is not None and least > 0]
    return min(max(asked), WEEK) if asked else None


def max_age(headers: Mapping[str, str]) -> float | None:
    """How long an answer holds, in seconds."""
    found = re.search(r"(?:^|[\s,;])max-age\s*=\s*\"?(\d{1,12})(?!\d)", headers.get("cache-control", ""), re.IGNORECASE)
    return float(found[1]) if found else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """After how many seconds to come again."""
    said = headers.get("retry-after", "").strip()[:64]
    if re.fullmatch(r"\d{1,12}", said, re.ASCII):
        return left_alone(float(said))
    try:
        moment = parsedate_to_datetime(said)
        return left_alone(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def period(ttl: object, update_period: object, update_frequency: object) -> float | None:
    """How often a feed says it changes, in seconds, by its own elements: <ttl> in minutes, sy:updatePeriod and
    sy:updateFrequency."""
    times = _number(update_frequency) or 1
    every = PERIODS.get(str(update_period or "").strip().lower())
    return left_alone(_number(ttl) * 60, every / times if every else None)


def _number(said: object) -> int:
    found = re.fullmatch(r"\d{1,9}", str(said or "").strip(), re.ASCII)
    return int(found[0]) if found else 0


def _is_sendable(value: str) -> bool:
    return 0 < len(value) <= VALIDATOR and value.isascii() and value.isprintable()
