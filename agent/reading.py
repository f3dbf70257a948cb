"""What an author reads: the feeds it follows, their entries, and the pages that it asked for.

The world is asked before an invitation is made, never in a sitting: what came of it stands in rows.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from agent.errors import FeedError
from agent.fences import fenced
from agent.outlet import FeedEntry, Outlet
from agent.record import canonical, sha256
from agent.tables import AuditEvent, Author, Entry, Feed, Following, Unfollowing, Want, Wish, WishAnswer

KEY = 500
"""The most characters of an entry's key: an index takes no more."""
PAGE_TRIES = 3
"""How often a page is asked for before it is given up."""


def refresh(outlet: Outlet, author: Author) -> None:
    """Read the feeds that an author follows, fetch the pages it was granted, and store what is new. What
    cannot be read is logged, leaves an AuditEvent, and stops nothing else."""
    with outlet.database.read() as db:
        feeds, wishes = reading_list(db, author.id), _pages_to_fetch(db, author.id)
    for feed in feeds:
        try:
            found = outlet.feeds.read(feed.url).entries or []
        except FeedError as error:
            named = feed.url in {url for one in outlet.settings.authors for url in one.feeds}
            # An address that stands in afterword.toml is the operator's; any other is an author's words.
            _failed(outlet, author, "feed_failed", shown(feed.url) if named else f"feed {feed.id}", error)
            continue
        with outlet.database.write() as db:
            _store(db, feed.id, found, outlet.now())
    for wish in wishes:
        try:
            page = outlet.feeds.page(wish.url)
        except FeedError as error:
            _failed(outlet, author, "page_failed", _subject(wish.id), error)
            continue
        with outlet.database.write() as db:
            if page_of(db, wish.id) is None:
                db.add(_row(page, _keys([page])[0], outlet.now(), wish_id=wish.id))


def reading_list(db: Session, author_id: int) -> list[Feed]:
    """The feeds that an author follows now, in the order in which they came."""
    rows = select(Feed).join(Following).where(*_holds(author_id)).order_by(col(Following.id))
    return list({feed.id: feed for feed in db.exec(rows)}.values())


def followings(db: Session, author_id: int) -> Sequence[Following]:
    """Why a feed is on an author's reading list now: a feed may be there for more than one reason."""
    return db.exec(select(Following).where(*_holds(author_id)).order_by(col(Following.id))).all()


def entries(db: Session, author_id: int, limit: int) -> Sequence[Entry]:
    """The newest entries of the feeds that an author follows now, and the pages it asked for, newest
    first. What has no date, or one to come, is as old as the moment at which it was first seen."""
    seen = col(Entry.published).is_(None) | (col(Entry.published) > col(Entry.at))
    moment = case((seen, col(Entry.at)), else_=col(Entry.published))
    return db.exec(select(Entry).where(_its(author_id)).order_by(moment.desc(), col(Entry.id)).limit(limit)).all()


def entry(db: Session, author_id: int, entry_id: int) -> Entry | None:
    """One entry of the feeds that an author follows now, or a page it asked for; None for any other."""
    return db.exec(select(Entry).where(Entry.id == entry_id, _its(author_id))).first()


def follow(db: Session, author_id: int, url: str, *, now: datetime, wish_id: int | None = None) -> Following:
    """Put a feed on an author's reading list: because a wish was granted, or else by afterword.toml. A wish
    is granted once: doing it again changes nothing."""
    if wish_id is not None:
        granted = db.exec(select(Following).where(Following.wish_id == wish_id)).first()
        if granted is not None:
            return granted
    following = Following(author_id=author_id, feed_id=_feed(db, url, now).id, wish_id=wish_id, at=now)
    db.add(following)
    db.flush()
    return following


def unfollow(db: Session, following_ids: Sequence[int], *, now: datetime, turn_id: int | None = None) -> None:
    """End what holds: by the author's own wish in the turn named, or else by afterword.toml."""
    db.add_all(Unfollowing(following_id=following, turn_id=turn_id, at=now) for following in following_ids)
    db.flush()


def page_of(db: Session, wish_id: int) -> Entry | None:
    """The page that was fetched for a wish."""
    return db.exec(select(Entry).where(Entry.wish_id == wish_id)).first()


def is_given_up(db: Session, wish_id: int) -> bool:
    """Whether a page could not be read so often that it is not asked for any more."""
    tries = select(func.count(col(AuditEvent.id))).where(
        AuditEvent.action == "page_failed", AuditEvent.subject == _subject(wish_id)
    )
    return db.exec(tries).one() >= PAGE_TRIES


def is_allowed(host: str, hosts: Sequence[str]) -> bool:
    """Whether a host, or one that it is a subdomain of, stands on an allow-list of names in small letters."""
    name = host.lower()
    return name.isascii() and any(name == allowed or name.endswith(f".{allowed}") for allowed in hosts)


def shown(url: str) -> str:
    """An address without a name and password that may stand in it."""
    return re.sub(r"//[^/?#]*@", "//", url)


def fence(entry: FeedEntry | Entry) -> str:
    """One entry as it is given to an author: plainly data, with its source."""
    date = entry.published.date().isoformat() if entry.published else "no date"
    return fenced("entry", f"{entry.title}\n{entry.source}, {date}\n{entry.link}\n\n{entry.text}")


def _holds(author_id: int) -> tuple[Any, ...]:
    """What is true of a Following that was not ended."""
    return Following.author_id == author_id, col(Following.id).not_in(select(Unfollowing.following_id))


def _its(author_id: int) -> Any:
    """What is true of an entry that an author may read."""
    feeds = select(Following.feed_id).where(*_holds(author_id))
    wishes = select(Wish.id).where(Wish.author_id == author_id)
    return col(Entry.feed_id).in_(feeds) | col(Entry.wish_id).in_(wishes)


def _feed(db: Session, url: str, now: datetime) -> Feed:
    feed = db.exec(select(Feed).where(Feed.url == url)).first()
    if feed is None:
        feed = Feed(url=url, added_at=now)
        db.add(feed)
        db.flush()
    return feed


def _store(db: Session, feed_id: int, found: Sequence[FeedEntry], now: datetime) -> None:
    feed = db.get_one(Feed, feed_id)
    if found and feed.title != found[0].source:
        feed.title = found[0].source
        db.add(feed)
    known = set(db.exec(select(Entry.key).where(Entry.feed_id == feed_id)))
    new = {key: item for key, item in zip(_keys(found), found, strict=True) if key not in known}
    db.add_all(_row(item, key, now, feed_id=feed_id) for key, item in new.items())


def _keys(found: Sequence[FeedEntry]) -> list[str]:
    """What each entry of a feed goes by: its key, or else its link, or a hash where it has neither, or one
    that is another's as well."""
    names = [item.key or item.link for item in found]
    return [
        (name if len(name) <= KEY else sha256(canonical(name)))
        if name and names.count(name) == 1
        else sha256(canonical([item.title, item.text]))
        for name, item in zip(names, found, strict=True)
    ]


def _row(item: FeedEntry, key: str, now: datetime, **whence: int) -> Entry:
    return Entry(
        key=key,
        source=item.source,
        title=item.title,
        link=item.link,
        text=item.text,
        published=item.published,
        at=now,
        **whence,
    )


def _pages_to_fetch(db: Session, author_id: int) -> list[Wish]:
    granted = select(Wish).join(WishAnswer).where(Wish.author_id == author_id, col(Wish.want) == Want.PAGE)
    open_ = granted.where(
        col(WishAnswer.granted).is_(True),
        col(Wish.id).not_in(select(Entry.wish_id).where(col(Entry.wish_id).is_not(None))),
    )
    return [wish for wish in db.exec(open_.order_by(col(Wish.id))) if not is_given_up(db, wish.id)]


def _subject(wish_id: int) -> str:
    """How a page is named to staff: its address is the author's wish, and stands there."""
    return f"wish {wish_id}"


def _failed(outlet: Outlet, author: Author, action: str, subject: str, error: FeedError) -> None:
    reason = str(error.facts["reason"])
    outlet.log.warning("not read", action=action, author=author.slug, subject=subject, reason=reason)
    with outlet.database.write() as db:
        db.add(AuditEvent(actor="outlet", action=action, subject=subject, reason=reason, at=outlet.now()))
