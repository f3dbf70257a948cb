"""Asks the world: looks at the feeds that somebody follows, when they are due, and fetches the pages that were granted.

What is due is claimed first, so that two processes ask each feed once; what came of each look is stored as soon as it
comes. No transaction is open while the world is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, or_, select, update

from agent import looks, reading
from agent.errands import Errand, run
from agent.outlet import FeedEntry, FeedReading, Outlet, Validators
from agent.tables import AuditEvent, Author, Feed, Following, Wish

AT_MOST = timedelta(minutes=2)
"""After this no further feed of a poll is begun: what was not reached stays due."""
BEFORE_INVITING = timedelta(seconds=30)
"""The same where an invitation waits for it."""
LEASE = timedelta(minutes=10)
"""So long a claim holds. A process that dies leaves its feeds for later, not for ever."""


@dataclass
class Polled:
    """What came of a poll: feeds that were asked; entries that are new; feeds that had not changed, by their own
    word; those that could not be read; those that are gone for good."""

    asked: int = 0
    new: int = 0
    unchanged: int = 0
    failed: int = 0
    gone: int = 0


def poll(outlet: Outlet, author_id: int | None = None, *, stopped: Callable[[], bool] = lambda: False) -> Polled:
    """Look at the feeds that are due: of one author, or of all. Once it is `stopped`, no further one is begun."""
    return _ask(outlet, author_id, [], AT_MOST, stopped)


def refresh(outlet: Outlet, author: Author) -> Polled:
    """Bring up to date what an author reads, before it is invited: its feeds that are due, and the pages that it was
    granted. What cannot be read is logged, leaves an AuditEvent, and stops nothing else."""
    with outlet.database.read() as db:
        pages = reading.pages_to_fetch(db, author.id)
    return _ask(outlet, author.id, pages, BEFORE_INVITING, lambda: False)


def _ask(
    outlet: Outlet, author_id: int | None, pages: list[Wish], at_most: timedelta, stopped: Callable[[], bool]
) -> Polled:
    came, until = Polled(), outlet.now() + at_most
    feeds = {_look(outlet, feed, came): feed.id for feed in _claimed(outlet, author_id)}
    left = run([*feeds, *(_fetch(outlet, wish) for wish in pages)], lambda: not stopped() and outlet.now() < until)
    _give_back(outlet, [feeds[errand] for errand in left if errand in feeds])
    if came.asked:
        outlet.log.info("feeds read", action="feeds", **vars(came))
    return came


def _claimed(outlet: Outlet, author_id: int | None) -> list[Feed]:
    """The feeds that are due, those first that have waited longest. Nobody else asks them for the time being."""
    now = outlet.now()
    due = (
        col(Feed.id).in_(select(Following.feed_id).where(*reading.holds(author_id))),
        col(Feed.gone_at).is_(None),
        or_(col(Feed.next_at).is_(None), col(Feed.next_at) <= now),
    )
    with outlet.database.write() as db:
        feeds = list(db.exec(select(Feed).where(*due).order_by(col(Feed.next_at).nulls_first(), col(Feed.id))))
        if feeds:
            claim = update(Feed).where(*due).values(next_at=now + LEASE)
            db.exec(claim.execution_options(synchronize_session=False))
    return feeds


def _give_back(outlet: Outlet, feed_ids: list[int]) -> None:
    """What was claimed and not begun is due again."""
    if feed_ids:
        with outlet.database.write() as db:
            again = update(Feed).where(col(Feed.id).in_(feed_ids)).values(next_at=outlet.now())
            db.exec(again.execution_options(synchronize_session=False))


def _look(outlet: Outlet, feed: Feed, came: Polled) -> Errand:
    url, known = looks.address(feed), Validators(feed.etag, feed.last_modified)
    return Errand(url, lambda: outlet.feeds.read(url, known), lambda answer: _looked(outlet, feed.id, answer, came))


def _looked(outlet: Outlet, feed_id: int, answer: FeedReading | Exception, came: Polled) -> None:
    """Store what came of one look, then tell what has changed."""
    now, interval, new = outlet.now(), timedelta(minutes=outlet.settings.feed_minutes), 0
    with outlet.database.write() as db:
        feed = db.get_one(Feed, feed_id)
        if isinstance(answer, Exception):
            news = looks.failed(feed, answer, now, interval)
        else:
            new = reading.store(db, feed_id, answer.entries or [], now)
            news = looks.read(feed, answer, now, interval)
        db.add(feed)
        subject = named(db, feed) if news else ""
        db.add_all(_event(outlet, told.action, subject, told.reason) for told in news if told.kept)
    is_fault, is_gone = isinstance(answer, Exception), feed.gone_at is not None
    say = outlet.log.warning if is_fault else outlet.log.info
    for told in news:
        say("a feed", action=told.action, subject=subject, reason=told.reason)
    came.asked += 1
    came.new += new
    came.unchanged += isinstance(answer, FeedReading) and answer.entries is None
    came.gone += is_gone
    came.failed += is_fault and not is_gone


def _fetch(outlet: Outlet, wish: Wish) -> Errand:
    return Errand(wish.url, lambda: outlet.feeds.page(wish.url), lambda answer: _fetched(outlet, wish.id, answer))


def _fetched(outlet: Outlet, wish_id: int, answer: FeedEntry | Exception) -> None:
    subject = reading.subject_of(wish_id)
    with outlet.database.write() as db:
        if not isinstance(answer, Exception):
            reading.store_page(db, wish_id, answer, outlet.now())
            return
        reason = looks.in_words(answer)
        db.add(_event(outlet, "page_failed", subject, reason))
    outlet.log.warning("a page", action="page_failed", subject=subject, reason=reason)


def named(db: Session, feed: Feed) -> str:
    """How a feed is named to staff. An address that only authors brought here is made of their words."""
    ours = select(Following.id).where(Following.feed_id == feed.id, col(Following.wish_id).is_(None))
    return f"feed {feed.id}" if db.exec(ours).first() is None else reading.shown(feed.url)


def _event(outlet: Outlet, action: str, subject: str, reason: str) -> AuditEvent:
    return AuditEvent(actor="outlet", action=action, subject=subject, reason=reason, at=outlet.now())
