"""On whose word a feed or a page is read, and so how far it may lead: an operator's, a human's answer to a wish, or
the allow-list of hosts alone."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from agent.errands import host_of
from agent.outlet import Outlet
from agent.reading import holds, is_allowed
from agent.tables import Author, Feed, Following, Wish, WishAnswer

AT_ONCE = (None, "outlet")
"""Who answered a wish that the allow-list granted: nobody, or the outlet itself."""


class Terms(NamedTuple):
    """How a feed or a page is read: whether it may lie in a network of the operator's, and to which hosts alone it
    may lead; None where that is anywhere."""

    trusted: bool = False
    only: Callable[[str], bool] | None = None


def of_feeds(outlet: Outlet, db: Session) -> dict[int, Terms]:
    """The terms of each feed that is followed now, by its number."""
    rows = (
        select(Following, Feed.url, Author.slug, WishAnswer.actor)
        .select_from(Following)
        .join(Feed, col(Feed.id) == Following.feed_id)
        .join(Author, col(Author.id) == Following.author_id)
        .join(WishAnswer, col(WishAnswer.wish_id) == col(Following.wish_id), isouter=True)
        .where(*holds())
    )
    ours, answered, listed = set[int](), set[int](), dict[int, tuple[str, set[str]]]()
    for following, url, slug, actor in db.exec(rows):
        listed.setdefault(following.feed_id, (url, set()))[1].add(slug)
        if following.wish_id is None:
            ours.add(following.feed_id)
        elif actor not in AT_ONCE:
            answered.add(following.feed_id)
    return {
        feed: Terms(feed in ours, None if feed in ours | answered else _within(outlet, url, sorted(slugs)))
        for feed, (url, slugs) in listed.items()
    }


def of_page(outlet: Outlet, db: Session, wish: Wish) -> Terms:
    """The terms of a page that was granted."""
    answer = db.exec(select(WishAnswer.actor).where(WishAnswer.wish_id == wish.id)).first()
    slug = db.get_one(Author, wish.author_id).slug
    return Terms(only=_within(outlet, wish.url, [slug]) if answer in AT_ONCE else None)


def _within(outlet: Outlet, url: str, slugs: Sequence[str]) -> Callable[[str], bool]:
    """Says of a host whether it is the one that was granted, or on the list of each of those authors."""
    lists = [author.bounds.hosts for author in outlet.settings.authors if author.name in slugs]
    own, are_all_there = host_of(url), len(lists) == len(slugs)
    return lambda host: host.lower() == own or (are_all_there and all(is_allowed(host, hosts) for hosts in lists))
