"""The feeds that authors follow, as they are listed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast
from sqlmodel import Session, col, func, select

from agent.cli.common import item, minute
from agent.errors import UnknownAuthor
from agent.outlet import Outlet
from agent.queries import author_called
from agent.reading import holds, moves, shown
from agent.settings import FILE
from agent.tables import Author, Entry, Feed, Following


@dataclass(frozen=True)
class Follower:
    """Who follows a feed, since when, and why: afterword.toml, an operator's act, its own wish."""

    author: str
    since: datetime
    why: list[str]


@dataclass(frozen=True)
class Row:
    """A feed, as listed. Addresses are shown without their passwords."""

    feed: int
    title: str
    url: str
    moved_to: str
    followers: list[Follower]
    entries: int
    orders: int
    """So many of them give orders to a machine."""
    added_at: datetime
    read_at: datetime | None
    next_at: datetime | None
    """Not asked before; empty where it is asked as soon as can be."""
    failures: int
    """Since it was last read; `fault` is the last of them in words."""
    fault: str
    gone_at: datetime | None


def rows(outlet: Outlet, slug: str | None = None) -> list[Row]:
    """The feeds that somebody follows, or that author, by name; those that were never read come last. Raises
    UnknownAuthor."""
    with outlet.database.read() as db:
        if slug is not None and author_called(db, slug) is None:
            known = db.exec(select(Author.slug).order_by(Author.slug)).all()
            raise UnknownAuthor(author=slug, known=", ".join(known) or "nobody yet")
        followers = _followers(db, outlet)
        counts = select(Entry.feed_id, func.count()).where(col(Entry.feed_id).is_not(None)).group_by(col(Entry.feed_id))
        entries = dict(db.exec(counts).all())
        orders = dict(db.exec(counts.where(cast(Entry.orders, String) != "{}")).all())
        followed = [feed for feed in db.exec(select(Feed)) if feed.id in followers]
    wanted = [feed for feed in followed if slug is None or any(one.author == slug for one in followers[feed.id])]
    wanted.sort(key=lambda feed: (not feed.title, feed.title.casefold(), feed.url))
    return [_row(feed, followers[feed.id], entries.get(feed.id, 0), orders.get(feed.id, 0)) for feed in wanted]


def lines(row: Row, now: datetime) -> list[str]:
    """A feed in a few lines, its number first."""
    who = ", ".join(f"{one.author} ({'; '.join(one.why)})" for one in row.followers)
    read = f"read {minute(row.read_at)}" if row.read_at else "not read yet"
    is_due = row.next_at is None or row.next_at <= now
    asked = "as soon as `afterword up` runs" if is_due or row.next_at is None else minute(row.next_at)
    return list(
        item(
            row.feed,
            row.title or "(its name is not known yet)",
            row.url,
            f"moved to {row.moved_to}" if row.moved_to else "",
            f"followed by {who}",
            f"{read}, {in_all(row.entries)}" + ("" if row.gone_at else f"; asked again {asked}"),
            f"{in_all(row.orders)} giving orders to a machine: `afterword feeds fetch` says which"
            if row.orders
            else "",
            _wrong(row),
        )
    )


def in_all(entries: int) -> str:
    """So many entries, in words."""
    return "1 entry" if entries == 1 else f"{entries:,} entries"


def _followers(db: Session, outlet: Outlet) -> dict[int, list[Follower]]:
    """Who follows which feed now, by the feed's number; a feed's followers by name."""
    held = (
        select(Following, Author.slug, Feed.url)
        .select_from(Following)
        .join(Author, col(Author.id) == Following.author_id)
        .join(Feed, col(Feed.id) == Following.feed_id)
        .where(*holds())
        .order_by(col(Author.slug), col(Following.id))
    )
    declared = {author.name: set(author.feeds) for author in outlet.settings.authors}
    found: dict[int, dict[str, Follower]] = {}
    known_as = moves(db)
    for following, slug, url in db.exec(held):
        one = found.setdefault(following.feed_id, {}).setdefault(slug, Follower(slug, following.at, []))
        if following.wish_id is not None:
            why = {f"its wish {following.wish_id}"}
        else:
            why = {f"put there by {following.actor}" if following.actor else FILE}
        if {url, known_as.get(following.feed_id)} & declared.get(slug, set()):
            why.add(FILE)  # It has been there for another reason; the file has named it since.
        one.why.extend(sorted(why - {*one.why}))
    return {feed: list(by_name.values()) for feed, by_name in found.items()}


def _row(feed: Feed, followers: list[Follower], entries: int, orders: int) -> Row:
    return Row(
        feed=feed.id,
        title=feed.title,
        url=shown(feed.url),
        moved_to=shown(feed.moved_to),
        followers=followers,
        entries=entries,
        orders=orders,
        added_at=feed.added_at,
        read_at=feed.read_at,
        next_at=feed.next_at,
        failures=feed.failures,
        fault=feed.fault,
        gone_at=feed.gone_at,
    )


def _wrong(row: Row) -> str:
    if row.gone_at is not None:
        return f"gone for good, it said on {minute(row.gone_at)}; `afterword feeds add` asks it once more"
    if row.failures:
        times = "once" if row.failures == 1 else f"{row.failures} times in a row"
        return f"could not be read, {times}: {row.fault or 'nobody knows why'}"
    return ""
