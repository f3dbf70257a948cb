"""What went wrong lately, and may go on doing so: failures, calls that may have been paid for nothing, feeds."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlmodel import Session, col, func, select

from agent.looks import LONG
from agent.notices.notice import Notice, count, is_lost, session_of
from agent.outlet import Outlet
from agent.polling import named
from agent.reading import holds
from agent.review.actions import what_is_left
from agent.standstill import kind_of
from agent.tables import AuditEvent, Author, Call, Cancellation, Feed, Following, Outcome, Paid, WritingSession
from agent.write.calling import TWICE, UNCOUNTED

LATELY = timedelta(days=7)
REPLIED = {UNCOUNTED, TWICE}
"""What is said of a call that was answered all the same."""
FEW = 3
"""Up to so many feeds are named one by one."""


def lately(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """What went wrong in the last days, and what still does."""
    yield from _failures(outlet, db)
    yield from _possibly_paid(outlet, db)
    yield from _feeds(db)
    yield from _bytes(outlet, db)


def _failures(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """Sessions that failed, those of one author with the same fault together. What a person stopped is no failure."""
    rows = db.exec(
        select(WritingSession, Author)
        .join(Author, col(Author.id) == WritingSession.author_id)
        .where(WritingSession.outcome == Outcome.FAILED, col(WritingSession.ended_at) > outlet.now() - LATELY)
        .where(col(WritingSession.id).not_in(select(Cancellation.session_id)))
        .order_by(col(WritingSession.id))
    )
    alike: dict[tuple[str, str], list[tuple[WritingSession, Author]]] = {}
    for session, author in rows:
        alike.setdefault((author.slug, kind_of(session.why)), []).append((session, author))
    for found in alike.values():
        newest, author = found[-1]
        others = f" (and {count(len(found) - 1, 'other')} like it, in {LATELY.days} days)" if len(found) > 1 else ""
        words = f"failed{others}: {newest.why.rstrip('.')}"
        to_do = (
            f"How far it came: `afterword sessions show {newest.id}`. "
            f"To invite the author again: `afterword invite {author.slug}`"
        )
        yield Notice("failed", session_of(newest, author), words, newest.ended_at or newest.began_at, to_do)


def _possibly_paid(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """Calls that brought no reply and may be on the bill all the same, and those of replies that nobody counted."""
    unsure = col(Call.paid).in_([Paid.POSSIBLY, Paid.RESERVED])
    recent = select(Call).where(unsure, col(Call.at) > outlet.now() - LATELY).order_by(col(Call.id))
    calls = [call for call in db.exec(recent) if call.paid is Paid.POSSIBLY or is_lost(outlet, call)]
    bill = "Compare the bill of the service with `afterword usage`"
    if lost := [call for call in calls if call.fault not in REPLIED]:
        words = f"{_of_days(lost)} may have been paid all the same: {_most(lost)}"
        yield Notice("possibly_paid", "calls without a reply", words, lost[0].at, f"They count as paid. {bill}")
    if replied := [call for call in calls if call.fault in REPLIED]:
        words = f"{_of_days(replied)}, for which the endpoint named no number of tokens: {_most(replied)}"
        to_do = f"Each counts as the most it can have been. {bill}"
        yield Notice("possibly_paid", "calls without a count", words, replied[0].at, to_do)


def _of_days(calls: Sequence[Call]) -> str:
    return f"{len(calls):,} of the last {LATELY.days} days"


def _most(calls: Sequence[Call]) -> str:
    known = [call.reserved for call in calls if call.reserved is not None]
    amounts = [f"at most ${sum(known) / 1e6:,.2f}"] if known else []
    amounts += [f"{len(calls) - len(known):,} of unknown price"] if len(known) < len(calls) else []
    return ", ".join(amounts)


def _feeds(db: Session) -> Iterator[Notice]:
    """Feeds that somebody follows and that are gone, or could not be read for long."""
    followed = select(Feed).where(col(Feed.id).in_(select(Following.feed_id).where(*holds()))).order_by(col(Feed.id))
    gone = list(db.exec(followed.where(col(Feed.gone_at).is_not(None))))
    failing = list(db.exec(followed.where(col(Feed.gone_at).is_(None), Feed.failures >= LONG)))
    to_do = "Where it is, and who follows it: `afterword feeds list`"
    for feeds, what in ((gone, "are gone for good"), (failing, f"could not be read {LONG} times in a row or more")):
        since = {feed.id: feed.gone_at or feed.read_at or feed.added_at for feed in feeds}
        if len(feeds) > FEW:
            yield Notice("feeds", f"{len(feeds):,} feeds", what, max(since.values()), "Which: `afterword feeds list`")
            continue
        for feed in feeds:
            times = f"could not be read {feed.failures} times in a row: " if feed.gone_at is None else ""
            yield Notice("feeds", named(db, feed), f"{times}{feed.fault.rstrip('.')}", since[feed.id], to_do)


def _bytes(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """What the database has not let go of after an erasure."""
    if (left := what_is_left(db)) is not None:
        told = select(func.max(AuditEvent.at)).where(AuditEvent.action == "bytes_left")
        yield Notice("bytes_left", "database", left.rstrip("."), db.exec(told).one() or outlet.now(), to_do="")
