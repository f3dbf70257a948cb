"""What a look at a feed changes in its row, and when the next one is due. Pure: nothing is asked or stored here."""

from datetime import datetime, timedelta
from typing import NamedTuple

from agent.errors import FeedError, FeedGone, in_short
from agent.fences import short
from agent.outlet import FeedReading, Validators
from agent.tables import Feed

DAY, WEEK = timedelta(days=1), timedelta(days=7)
SPREAD = 0.05
"""By up to this part of its pause each feed is later than it might be, so that many do not stay in step."""
GOLDEN = 0.618_033_988_749_895
"""Its multiples, without their whole part, lie evenly between 0 and 1."""
LONG = 10
"""So many failures in a row are worth another word to staff."""
MOVED_TRIES = 3
"""After so many, a feed that has moved is asked where it was before."""
FAULT_AT_MOST = 300
"""Characters of a fault."""
GONE = "it says that it is gone for good (HTTP 410)"
BACK = "it cannot be read where it had moved to, and is asked at its first address again"
MOVED = "it says that it is at another address for good"


class News(NamedTuple):
    """What a look has changed: for the log, and for staff where it is `kept`."""

    action: str
    reason: str
    kept: bool = True


def address(feed: Feed) -> str:
    """Where a feed is by now."""
    return feed.moved_to or feed.url


def next_look(
    now: datetime, feed_id: int, interval: timedelta, *, failures: int = 0, asked_for: float | None = None
) -> datetime:
    """When to look at a feed again, after a good look or after so many failures in a row.

    The pause is the interval, doubled with each further failure up to a day; or as many seconds as the feed asks to
    be left alone, up to a week, where that is longer. Then it is a little later, by the feed's own number.
    """
    pause = min(interval * 2 ** min(failures - 1, 20), max(interval, DAY)) if failures else interval
    if asked_for is not None and asked_for > 0:
        pause = max(pause, timedelta(seconds=min(asked_for, WEEK.total_seconds())))
    return now + pause * (1 + SPREAD * (feed_id * GOLDEN % 1))


def read(feed: Feed, found: FeedReading, now: datetime, interval: timedelta) -> list[News]:
    """Note a good look at a feed."""
    news = []
    if feed.failures:
        news.append(News("feed_read_again", f"after {feed.failures} failure{'s' * (feed.failures > 1)} in a row"))
    if found.moved_to and found.moved_to != address(feed):
        feed.moved_to = "" if found.moved_to == feed.url else found.moved_to
        news.append(News("feed_moved", MOVED))
    if found.entries is not None or found.validators != Validators():
        feed.etag, feed.last_modified = found.validators.etag, found.validators.last_modified
    feed.title = found.source or feed.title
    feed.read_at, feed.failures, feed.fault = now, 0, ""
    feed.next_at = next_look(now, feed.id, interval, asked_for=found.wait)
    return news


def failed(feed: Feed, error: Exception, now: datetime, interval: timedelta, *, discreet: bool = False) -> list[News]:
    """Note that a feed could not be read. Where it had moved, its first address has another chance. To be `discreet`
    is to tell nothing that could quote its address."""
    feed.fault = in_words(error)
    said = guarded(error, "`afterword feeds` says why") if discreet else feed.fault
    is_gone = isinstance(error, FeedGone)
    if is_gone and not feed.moved_to:
        feed.gone_at, feed.next_at = now, None
        return [News("feed_gone", said)]
    feed.failures += 1
    long = f"{said} ({feed.failures} times in a row)"
    news = [News("feed_failed", long if feed.failures == LONG else said, kept=feed.failures in {1, LONG})]
    is_nowhere = is_gone or (isinstance(error, FeedError) and error.facts.get("status") in {404, 410})
    if feed.moved_to and (is_nowhere or feed.failures >= MOVED_TRIES):
        feed.moved_to = feed.etag = feed.last_modified = ""
        news.append(News("feed_moved", BACK))
    asked_for = error.retry_after if isinstance(error, FeedError) else None
    feed.next_at = next_look(now, feed.id, interval, failures=feed.failures, asked_for=asked_for)
    return news


def in_words(error: Exception) -> str:
    """A fault in one line that any database can hold."""
    if isinstance(error, FeedGone):
        return GONE
    said = str(error.facts.get("reason", "")) if isinstance(error, FeedError) else ""
    return short("".join(sign if sign.isprintable() else " " for sign in said or in_short(error)), FAULT_AT_MOST)


def guarded(error: Exception, more: str = "") -> str:
    """The same where an author named the address, and a fault could repeat its words: without anything of it."""
    if not isinstance(error, FeedError) or isinstance(error, FeedGone):
        return in_words(error)
    if isinstance(status := error.facts.get("status"), int):
        return f"it answered with HTTP {status}"
    return "it could not be read" + (f"; {more}" if more else "")
