"""What an author reads: the feeds it follows, their entries, and the pages that it asked for.

All of it stands in rows: agent/polling.py asks the world, by the clock and before an invitation is made, never in a
sitting.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, insert
from sqlmodel import Session, col, func, or_, select

from agent.fences import fenced
from agent.injected import told
from agent.outlet import FeedEntry
from agent.record import canonical, sha256
from agent.tables import AuditEvent, Entry, Feed, Following, Unfollowing, Want, Wish, WishAnswer

KEY = 500
"""The most characters of an entry's key: an index takes no more."""
PAGE_TRIES = 3
"""How often a page is asked for before it is given up."""


def reading_list(db: Session, author_id: int) -> list[Feed]:
    """The feeds that an author follows now, in the order in which they came."""
    rows = select(Feed).join(Following).where(*holds(author_id)).order_by(col(Following.id))
    return list({feed.id: feed for feed in db.exec(rows)}.values())


def followings(db: Session, author_id: int) -> Sequence[Following]:
    """Why a feed is on an author's reading list now: a feed may be there for more than one reason."""
    return db.exec(select(Following).where(*holds(author_id)).order_by(col(Following.id))).all()


def entries(db: Session, author_id: int, limit: int) -> Sequence[Entry]:
    """The newest entries of the feeds that an author follows now, and the pages it asked for, newest
    first. What has no date, or one to come, is as old as the moment at which it was first seen."""
    seen = col(Entry.published).is_(None) | (col(Entry.published) > col(Entry.at))
    moment = case((seen, col(Entry.at)), else_=col(Entry.published))
    return db.exec(select(Entry).where(_its(author_id)).order_by(moment.desc(), col(Entry.id)).limit(limit)).all()


def entry(db: Session, author_id: int, entry_id: int) -> Entry | None:
    """One entry of the feeds that an author follows now, or a page it asked for; None for any other."""
    return db.exec(select(Entry).where(Entry.id == entry_id, _its(author_id))).first()


def follow(
    db: Session, author_id: int, url: str, *, now: datetime, wish_id: int | None = None, actor: str = ""
) -> Following:
    """Put a feed on an author's reading list: because a wish was granted, by the `actor` of a command, or else by
    afterword.toml. A wish is granted once: doing it again changes nothing."""
    if wish_id is not None:
        granted = db.exec(select(Following).where(Following.wish_id == wish_id)).first()
        if granted is not None:
            return granted
    feed = _feed(db, url, now, is_wished=wish_id is not None)
    if wish_id is not None and feed.gone_at is not None:
        feed.gone_at = feed.next_at = None  # Somebody wishes for it, so it is worth another look.
    following = Following(author_id=author_id, feed_id=feed.id, wish_id=wish_id, actor=actor, at=now)
    db.add(following)
    db.flush()
    return following


def unfollow(
    db: Session,
    following_ids: Sequence[int],
    *,
    now: datetime,
    turn_id: int | None = None,
    actor: str = "",
    reason: str = "",
) -> None:
    """End what holds: by the author's own wish in the turn named, by the `actor` of a command, or else by
    afterword.toml."""
    how: dict[str, Any] = {"turn_id": turn_id, "actor": actor, "reason": reason, "at": now}
    db.add_all(Unfollowing(following_id=following, **how) for following in following_ids)
    db.flush()


def feed_at(db: Session, url: str) -> Feed | None:
    """The feed of that address, as an operator means it: what it was named by, or else where one that is known by
    both of its addresses has moved for good."""
    at = or_(col(Feed.url) == url, (col(Feed.moved_to) == url) & is_ours())
    return db.exec(select(Feed).where(at).order_by(case((col(Feed.url) == url, 0), else_=1), col(Feed.id))).first()


def is_ours() -> Any:
    """What is true of a feed that an operator brought here first, and none took away since. It is known by where it
    has moved, too.

    Any other is not: an author may have wished for an address that passes itself off as another, and whoever is put
    on that other one must neither read it nor see what the author had named.
    """
    first = select(func.min(col(Following.id))).group_by(col(Following.feed_id))
    brought = select(Following.feed_id).where(col(Following.id).in_(first), col(Following.wish_id).is_(None))
    taken = select(Following.feed_id).join(Unfollowing).where(col(Unfollowing.actor) != "")
    return col(Feed.id).in_(brought) & col(Feed.id).not_in(taken)


def moves(db: Session) -> dict[int, str]:
    """Where the feeds that are known by both of their addresses have moved, by their numbers."""
    moved = select(Feed.id, Feed.moved_to).where(col(Feed.moved_to) != "", is_ours())
    return {feed: moved_to for feed, moved_to in db.exec(moved)}  # noqa: C416  (a row is no pair to a type checker)


def page_of(db: Session, wish_id: int) -> Entry | None:
    """The page that was fetched for a wish."""
    return db.exec(select(Entry).where(Entry.wish_id == wish_id)).first()


def is_given_up(db: Session, wish_id: int) -> bool:
    """Whether a page could not be read so often that it is not asked for any more."""
    tries = select(func.count(col(AuditEvent.id))).where(
        AuditEvent.action == "page_failed", AuditEvent.subject == subject_of(wish_id)
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
    """One entry as it is given to an author: plainly data, with its source, and how much was taken out of it."""
    date = entry.published.date().isoformat() if entry.published else "no date"
    shown = fenced("entry", f"{entry.title}\n{entry.source}, {date}\n{entry.link}\n\n{entry.text}")
    if not entry.hidden:
        return shown
    many = (
        f"{entry.hidden:,} characters that nobody sees were" if entry.hidden > 1 else "1 character that nobody sees was"
    )
    return f"{shown}\n({many} taken out of it.)"


def holds(author_id: int | None = None) -> tuple[Any, ...]:
    """What is true of a Following that was not ended: of one author's, or of anybody's."""
    held = col(Following.id).not_in(select(Unfollowing.following_id))
    return (held,) if author_id is None else (Following.author_id == author_id, held)


def _its(author_id: int) -> Any:
    """What is true of an entry that an author may read."""
    feeds = select(Following.feed_id).where(*holds(author_id))
    wishes = select(Wish.id).where(Wish.author_id == author_id)
    return col(Entry.feed_id).in_(feeds) | col(Entry.wish_id).in_(wishes)


def _feed(db: Session, url: str, now: datetime, *, is_wished: bool) -> Feed:
    # An author means what it named: where another has moved, it may know nothing of that one's address.
    feed = db.exec(select(Feed).where(Feed.url == url)).first() if is_wished else feed_at(db, url)
    if feed is None:
        feed = Feed(url=url, added_at=now)
        db.add(feed)
        db.flush()
    return feed


def store(db: Session, feed_id: int, found: Sequence[FeedEntry], now: datetime) -> int:
    """Keep what a look at a feed brought and was not known before; return how many entries that are."""
    if not found:
        return 0
    names = [item.key or item.link for item in found]
    own, digests = [_cut(name) for name in names], [_digest(item.title, item.text) for item in found]
    rows = select(Entry.key, Entry.title, Entry.text).where(
        Entry.feed_id == feed_id, col(Entry.key).in_({*own, *digests})
    )
    known = {key: _digest(title, text) for key, title, text in db.exec(rows)}
    new: dict[str, FeedEntry] = {}
    for item, name, mine, digest in zip(found, names, own, digests, strict=True):
        # What has no name, or one that is another's as well, goes by what it says; so does what had none before.
        is_told_apart = bool(name) and names.count(name) == 1
        is_known = mine in known if is_told_apart else known.get(mine) == digest
        if not is_known and digest not in known:
            new.setdefault(mine if is_told_apart else digest, item)
    if new:
        db.exec(insert(Entry), params=[_facts(item, key, now) | {"feed_id": feed_id} for key, item in new.items()])
    return len(new)


def store_page(db: Session, wish_id: int, page: FeedEntry, now: datetime) -> None:
    """Keep the page that was fetched for a wish, once."""
    if page_of(db, wish_id) is None:
        db.add(Entry(wish_id=wish_id, **_facts(page, _cut(page.key or page.link), now)))


def pages_to_fetch(db: Session, author_id: int) -> list[Wish]:
    """The wishes for a page that were granted, and whose page is not there yet."""
    granted = select(Wish).join(WishAnswer).where(Wish.author_id == author_id, col(Wish.want) == Want.PAGE)
    open_ = granted.where(
        col(WishAnswer.granted).is_(True),
        col(Wish.id).not_in(select(Entry.wish_id).where(col(Entry.wish_id).is_not(None))),
    )
    return [wish for wish in db.exec(open_.order_by(col(Wish.id))) if not is_given_up(db, wish.id)]


def subject_of(wish_id: int) -> str:
    """How a page is named to staff: its address is the author's wish, and stands there."""
    return f"wish {wish_id}"


def _cut(name: str) -> str:
    """A name of an entry, as far as an index takes it."""
    return name if len(name) <= KEY else sha256(canonical(name))


def _digest(title: str, text: str) -> str:
    return sha256(canonical([title, text]))


def _facts(item: FeedEntry, key: str, now: datetime) -> dict[str, Any]:
    """The columns of an entry."""
    return {
        "key": key,
        "source": item.source,
        "title": item.title,
        "link": item.link,
        "text": item.text,
        "hidden": item.hidden,
        "orders": told(item.title, item.text, item.unseen),
        "published": item.published,
        "at": now,
    }
