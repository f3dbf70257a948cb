"""Who follows which feed, as operators change it at the command line. What an author left by its own choice is not
brought back, and what stands in afterword.toml is changed there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from agent import reading
from agent.addresses import address, wrong_with
from agent.errors import FeedError, Refused
from agent.opml import Outline
from agent.outlet import FeedReading, Outlet
from agent.queries import author_called
from agent.reasons import need_reason, need_storable
from agent.tables import Author, Feed, Following, Unfollowing

NETWORKS = "feed_networks"
"""The setting that a fault names where it is the address that stands against a feed."""
LIST_AT_MOST = 5_000
"""Feeds of one list: they are stored in one transaction, and everybody else waits for it."""


@dataclass(frozen=True)
class Added:
    """What came of adding a feed, by the names of authors. `reading` is what the look at it brought: None where none
    was needed, or wanted."""

    new: list[str]
    there: list[str]
    """They follow it already."""
    left: list[str]
    """They stopped following it by their own choice."""
    again: bool = False
    """It had failed, or was gone, and is asked anew."""
    reading: FeedReading | None = None


@dataclass
class TakenIn:
    """What came of a list of feeds. Addresses are shown without their passwords."""

    added: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """Everybody who was meant follows it already."""
    twice: int = 0
    """So many lines name a feed that an earlier one had named."""
    left: list[tuple[str, str]] = field(default_factory=list)
    """An author, and a feed that it stopped following by its own choice."""
    unusable: list[tuple[Outline, str]] = field(default_factory=list)
    """A line, and what is wrong with it."""


@dataclass(frozen=True)
class _Standing:
    """How authors stand to a feed."""

    feed: Feed | None
    new: list[Author] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def add(outlet: Outlet, url: str, slugs: Sequence[str], actor: str, *, unread: bool = False) -> Added:
    """Put a feed on the reading lists of the authors named, or of all in afterword.toml. It is read first, so that
    nothing is stored of an address that is no feed, unless it is to be stored `unread`. Where everybody follows it
    and nothing is wrong with it, nothing is asked or changed. Raises UnknownAuthor, and Refused with the reason."""
    given, whom = address(url), _meant(outlet, slugs)
    with outlet.database.read() as db:
        before = _standing(db, reading.feed_at(db, given), whom)
    _must_be_wanted(before, slugs)
    if not before.new and not (before.feed and ails(before.feed)):
        return Added([], before.there, before.left)
    found = None if unread else _read(outlet, (before.feed and before.feed.moved_to) or given)
    with outlet.database.write() as db:
        feed = reading.feed_at(db, given)
        if feed is None and found is not None and found.moved_to:
            feed = _ours(db, found.moved_to)
        now = _standing(db, feed, whom)
        _must_be_wanted(now, slugs)
        for author in now.new:
            reading.follow(db, author.id, feed.url if feed else given, now=outlet.now(), actor=actor)
        again = feed is not None and _ask_anew(feed)
        feed = feed or reading.feed_at(db, given)
        if feed is not None and found is not None and not feed.title:
            feed.title = found.source
    return Added([author.slug for author in now.new], now.there, now.left, again, found)


def remove(outlet: Outlet, url: str, slugs: Sequence[str], actor: str, reason: str) -> list[str]:
    """Take a feed from the reading lists of the authors named, or of all that follow it, and return their names. Each
    is told with its next invitation; where it had wished for the feed itself, a reason must be given. Raises Refused
    with what stands against it."""
    said = reason.strip()
    need_storable(said)
    given = {url.strip()} if wrong_with(url) else {url.strip(), address(url)}
    with outlet.database.write() as db:
        moves = reading.moves(db)
        rows = [row for row in _held(db) if given & _names(row[2].url, moves.get(row[2].id, ""))]
        if not rows:
            raise Refused(
                reason=f'Nobody follows "{reading.shown(url.strip())[:200]}". `afterword feeds` lists what is read.'
            )
        followers = list(dict.fromkeys(slug for _, slug, _ in rows))
        whom = list(dict.fromkeys(slugs)) or followers
        if others := [slug for slug in whom if slug not in followers]:
            raise Refused(reason=f"It is not on the reading list of {_and(others)}. Nothing was changed.")
        ended = [row for row in rows if row[1] in whom]
        _must_not_stand_in_the_file(outlet, ended, followers, moves)
        if said or any(following.wish_id is not None for following, _, _ in ended):
            said = need_reason(said, "removal")
        ids = [following.id for following, _, _ in ended]
        reading.unfollow(db, ids, now=outlet.now(), actor=actor, reason=said)
    return whom


def take_in(outlet: Outlet, outlines: Sequence[Outline], slugs: Sequence[str], actor: str) -> TakenIn:
    """Put the feeds of a list on the reading lists of the authors named, or of all in afterword.toml, in one
    transaction. None of them is asked: the clock does that. Raises UnknownAuthor and Refused."""
    whom, came = _meant(outlet, slugs), TakenIn()
    came.unusable = [(outline, why) for outline in outlines if (why := wrong_with(outline.url))]
    urls = list(dict.fromkeys(address(outline.url) for outline in outlines if not wrong_with(outline.url)))
    if len(urls) > LIST_AT_MOST:
        raise Refused(
            reason=f"The list names {len(urls):,} feeds, and at most {LIST_AT_MOST:,} are taken in at once. Nothing "
            "was stored: make several files of it, and import one after the other."
        )
    with outlet.database.write() as db:
        known = by_address(db)
        new = [Feed(url=url, added_at=outlet.now()) for url in urls if url not in known]
        db.add_all(new)
        db.flush()
        known |= {feed.url: feed.id for feed in new}
        feeds = {known[url]: reading.shown(url) for url in reversed(urls)}
        came.twice = len(outlines) - len(came.unusable) - len(feeds)
        added, kept = set[int](), set[int]()
        for author in (_author(db, slug) for slug in whom):
            held = held_by(db, author.id)
            left = left_by(db, author.id) & feeds.keys() - held
            came.left += [(author.slug, feeds[number]) for number in sorted(left)]
            wanted = feeds.keys() - held - left
            db.add_all(
                Following(author_id=author.id, feed_id=number, actor=actor, at=outlet.now())
                for number in sorted(wanted)
            )
            added |= wanted
            kept |= left
        for feed in db.exec(select(Feed).where((col(Feed.failures) > 0) | col(Feed.gone_at).is_not(None))):
            if feed.id in added:
                _ask_anew(feed)
        came.added = [feeds[number] for number in sorted(added)]
        came.there = [feeds[number] for number in sorted(feeds.keys() - added - kept)]
    return came


def held_by(db: Session, author_id: int) -> set[int]:
    """The feeds that an author follows now."""
    return {following.feed_id for following in reading.followings(db, author_id)}


def left_by(db: Session, author_id: int) -> set[int]:
    """The feeds that an author stopped following by its own choice, unless they were taken away again since. It may
    have asked for one of them anew, and follow it now."""
    ended = (
        select(Following.feed_id, Unfollowing.turn_id)
        .join(Unfollowing, col(Unfollowing.following_id) == Following.id)
        .where(Following.author_id == author_id)
        .order_by(col(Unfollowing.id))
    )
    latest = {feed: turn for feed, turn in db.exec(ended)}  # noqa: C416  (a row is no pair to a type checker)
    return {feed for feed, turn in latest.items() if turn is not None}


def by_address(db: Session) -> dict[str, int]:
    """Every feed by its addresses; what one was named by comes before where another has moved. It is what
    reading.feed_at() says of each, for many at once."""
    moved = {to: feed for feed, to in sorted(reading.moves(db).items(), reverse=True)}
    return moved | {url: feed for feed, url in db.exec(select(Feed.id, Feed.url))}


def ails(feed: Feed) -> bool:
    """Whether the last look at a feed failed, or it is gone for good."""
    return feed.gone_at is not None or feed.failures > 0


def _ask_anew(feed: Feed) -> bool:
    """Give a feed that ails a new chance; return whether it did."""
    if not ails(feed):
        return False
    feed.gone_at, feed.failures, feed.fault, feed.next_at = None, 0, "", None
    return True


def _ours(db: Session, moved_to: str) -> Feed | None:
    """The feed of an address that another led to: only where an operator brought it, so that nobody sees by it what
    an author had named."""
    feed = reading.feed_at(db, moved_to)
    return db.exec(select(Feed).where(Feed.id == feed.id, reading.is_ours())).first() if feed else None


def _read(outlet: Outlet, url: str) -> FeedReading:
    try:
        return outlet.feeds.read(url, trusted=True)
    except FeedError as error:
        is_in_vain = error.permanent or NETWORKS in str(error)  # No time mends a setting.
        hint = "" if is_in_vain else " If its server is only down for now, --unread stores it all the same."
        raise Refused(reason=f"{error}. Nothing was stored.{hint}") from error


def _meant(outlet: Outlet, slugs: Sequence[str]) -> list[str]:
    """The authors named, or all of afterword.toml."""
    whom = list(dict.fromkeys(slugs)) or [author.name for author in outlet.settings.authors]
    if not whom:
        raise Refused(reason="afterword.toml names no author yet, so nobody is there to follow a feed.")
    return [outlet.settings.author(slug).name for slug in whom]


def _author(db: Session, slug: str) -> Author:
    author = author_called(db, slug)
    if author is None:
        raise Refused(reason=f"{slug} is not on the roll yet. Run the command again.")
    return author


def _standing(db: Session, feed: Feed | None, slugs: Sequence[str]) -> _Standing:
    standing = _Standing(feed)
    for author in (_author(db, slug) for slug in slugs):
        if feed is not None and feed.id in held_by(db, author.id):
            standing.there.append(author.slug)
        elif feed is not None and feed.id in left_by(db, author.id):
            standing.left.append(author.slug)
        else:
            standing.new.append(author)
    return standing


def _must_be_wanted(standing: _Standing, named: Sequence[str]) -> None:
    """Raise Refused where an author that is named left the feed, or nobody else is meant."""
    nobody_else = not standing.new and not standing.there
    if left := [slug for slug in standing.left if nobody_else or slug in named]:
        raise Refused(
            reason=f"{_and(left)} stopped following it by choice, and that holds until the author asks for it again: "
            "`afterword wishes` lists what authors ask for. Nothing was changed."
        )


def _must_not_stand_in_the_file(
    outlet: Outlet, rows: Sequence[tuple[Following, str, Feed]], followers: Sequence[str], moves: Mapping[int, str]
) -> None:
    declared = {author.name: set(author.feeds) for author in outlet.settings.authors}
    there = {slug for _, slug, feed in rows if declared.get(slug, set()) & {feed.url, moves.get(feed.id)}}
    if there:
        others = [slug for slug in followers if slug not in there]
        hint = f" --author takes it from {_and(others)} alone." if others else ""
        raise Refused(
            reason=f"It stands in afterword.toml for {_and(sorted(there))}: take it out there. Nothing was changed."
            f"{hint}"
        )


def _held(db: Session) -> list[tuple[Following, str, Feed]]:
    """Everything that is followed now, and by whom."""
    rows = (
        select(Following, Author.slug, Feed)
        .select_from(Following)
        .join(Author, col(Author.id) == Following.author_id)
        .join(Feed, col(Feed.id) == Following.feed_id)
        .where(*reading.holds())
        .order_by(col(Following.id))
    )
    return [(following, slug, feed) for following, slug, feed in db.exec(rows)]


def _names(*urls: str) -> set[str]:
    """What a feed of those addresses may be called: by each, and as lists show it."""
    return {name for url in urls if url for name in (url, reading.shown(url))}


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
