"""Asks the world: looks at the feeds that somebody follows, when they are due, and fetches the pages that were granted.

What is due is claimed first, so that two processes ask each feed once; what came of each look is stored as soon as it
comes. No transaction is open while the world is asked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, or_, select, update

from agent import looks, reading, terms
from agent.errands import Errand, host_of, run
from agent.outlet import FeedEntry, FeedReading, Outlet, Validators
from agent.tables import AuditEvent, Author, Feed, Following, Wish
from agent.terms import Terms

AT_MOST = timedelta(minutes=2)
"""After this no further feed of a poll is begun: what was not reached stays due."""
BEFORE_INVITING = timedelta(seconds=30)
"""The same where an invitation waits for it."""
LEASE = timedelta(minutes=10)
"""So long a claim holds. A process that dies leaves its feeds for later, not for ever."""
NOT_KEPT = timedelta(minutes=1)
"""After this a feed is asked again whose answer could not be stored."""
LOOK = 0.1
"""Seconds between two looks at whether somebody else has read a feed."""


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
    granted. What somebody else is about to read for the first time is waited for. What cannot be read is logged,
    leaves an AuditEvent, and stops nothing else."""
    until = outlet.now() + BEFORE_INVITING
    with outlet.database.read() as db:
        pages = reading.pages_to_fetch(db, author.id)
    came = _ask(outlet, author.id, pages, BEFORE_INVITING, lambda: False)
    for _ in range(int(BEFORE_INVITING.total_seconds() / LOOK)):
        if outlet.now() >= until or not _is_claimed(outlet, author.id):
            break
        time.sleep(LOOK)  # It may be another process that reads: only the rows tell when it has.
    return came


def _ask(
    outlet: Outlet, author_id: int | None, pages: list[Wish], at_most: timedelta, stopped: Callable[[], bool]
) -> Polled:
    came, until = Polled(), outlet.now() + at_most
    claimed = _claimed(outlet, author_id)
    with outlet.database.read() as db:
        on_terms = terms.of_feeds(outlet, db) if claimed else {}
        fetches = {_fetch(outlet, wish, terms.of_page(outlet, db, wish)): wish.id for wish in pages}
    feeds = {_look(outlet, feed, on_terms.get(feed.id, Terms()), came): feed.id for feed in claimed}
    not_kept: list[int] = []

    def lost(errand: Errand, error: Exception) -> None:
        action, subject = "page_failed", reading.subject_of(fetches.get(errand, 0))
        if errand in feeds:
            not_kept.append(feeds[errand])
            came.asked += 1
            came.failed += 1
            action, subject = "feed_failed", f"feed {feeds[errand]}"
        reason = f"what it said could not be stored: {type(error).__name__}"
        outlet.log.warning("an answer was lost", action=action, subject=subject, reason=reason)

    left = run([*feeds, *fetches], lambda: not stopped() and outlet.now() < until, lost=lost)
    _give_back(outlet, [feeds[errand] for errand in left if errand in feeds], timedelta())
    _give_back(outlet, not_kept, NOT_KEPT)
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
    with outlet.database.read() as db:
        # Asked before every invitation: the lock is taken only where there is something to claim.
        if db.exec(select(Feed.id).where(*due).limit(1)).first() is None:
            return []
    with outlet.database.write() as db:
        feeds = list(db.exec(select(Feed).where(*due).order_by(col(Feed.next_at).nulls_first(), col(Feed.id))))
        if feeds:
            claim = update(Feed).where(*due).values(next_at=now + LEASE)
            db.exec(claim.execution_options(synchronize_session=False))
    return feeds


def _is_claimed(outlet: Outlet, author_id: int) -> bool:
    """Whether somebody is at a feed of an author that was never read: nothing is known of it, and it is not due. What
    is due soon is no claim that anybody still works on."""
    claimed = select(Feed.id).where(
        col(Feed.id).in_(select(Following.feed_id).where(*reading.holds(author_id))),
        col(Feed.read_at).is_(None),
        col(Feed.gone_at).is_(None),
        col(Feed.failures) == 0,
        col(Feed.next_at) > outlet.now() + NOT_KEPT,
    )
    with outlet.database.read() as db:
        return db.exec(claimed.limit(1)).first() is not None


def _give_back(outlet: Outlet, feed_ids: list[int], after: timedelta) -> None:
    """What was claimed, and not begun or not kept, is due again."""
    if feed_ids:
        with outlet.database.write() as db:
            again = update(Feed).where(col(Feed.id).in_(feed_ids)).values(next_at=outlet.now() + after)
            db.exec(again.execution_options(synchronize_session=False))


def _look(outlet: Outlet, feed: Feed, on: Terms, came: Polled) -> Errand:
    url, known = looks.address(feed), Validators(feed.etag, feed.last_modified)
    if on.only is not None and not on.only(host_of(url)):
        url, known = feed.url, Validators()  # It moved while a person's word held for it, or the list was longer.
    return Errand(
        url,
        lambda: outlet.feeds.read(url, known, trusted=on.trusted, only=on.only),
        lambda answer: _looked(outlet, feed.id, answer, came),
    )


def _looked(outlet: Outlet, feed_id: int, answer: FeedReading | Exception, came: Polled) -> None:
    """Store what came of one look, then tell what has changed."""
    now, interval, new = outlet.now(), timedelta(minutes=outlet.settings.feed_minutes), 0
    with outlet.database.write() as db:
        feed = db.get_one(Feed, feed_id)
        if isinstance(answer, Exception):
            news = looks.failed(feed, answer, now, interval, discreet=not _is_ours(db, feed))
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


def _fetch(outlet: Outlet, wish: Wish, on: Terms) -> Errand:
    return Errand(
        wish.url,
        lambda: outlet.feeds.page(wish.url, only=on.only),
        lambda answer: _fetched(outlet, wish.id, answer),
    )


def _fetched(outlet: Outlet, wish_id: int, answer: FeedEntry | Exception) -> None:
    subject = reading.subject_of(wish_id)
    with outlet.database.write() as db:
        if not isinstance(answer, Exception):
            reading.store_page(db, wish_id, answer, outlet.now())
            return
        reason = looks.guarded(answer)
        db.add(_event(outlet, "page_failed", subject, reason))
    outlet.log.warning("a page", action="page_failed", subject=subject, reason=reason)


def named(db: Session, feed: Feed) -> str:
    """How a feed is named to staff. An address that only authors brought here is made of their words."""
    return reading.shown(feed.url) if _is_ours(db, feed) else f"feed {feed.id}"


def _is_ours(db: Session, feed: Feed) -> bool:
    ours = select(Following.id).where(Following.feed_id == feed.id, col(Following.wish_id).is_(None))
    return db.exec(ours).first() is not None


def _event(outlet: Outlet, action: str, subject: str, reason: str) -> AuditEvent:
    return AuditEvent(actor="outlet", action=action, subject=subject, reason=reason, at=outlet.now())
