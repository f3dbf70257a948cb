"""Who follows which feed, as operators change it: nothing of an author's own choice or of the file is overruled."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, select

from agent.addresses import address, wrong_with
from agent.errors import FeedGone, Refused, UnknownAuthor
from agent.following import LIST_AT_MOST, add, by_address, left_by, remove, take_in
from agent.opml import Outline
from agent.outlet import FeedEntry, FeedReading, Outlet, Validators
from agent.reading import feed_at, follow, followings, reading_list, unfollow
from agent.roster import call_roll
from agent.settings import AuthorSettings
from agent.tables import Feed, Following, Unfollowing, Want, Wish
from agent.testing import NOON, FakeFeeds, a_room, an_author

TIDES, RUST, MOSS = "https://tides.example/rss", "https://rust.example/atom", "https://moss.example/feed"
NEW_TIDES = "https://new.example/tides"


class Moved(FakeFeeds):
    """Feeds that say they have moved to where The Tides are now."""

    def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
        """Keep the protocol Feeds."""
        return replace(super().read(url, known), moved_to=NEW_TIDES)


def reads(*urls: str, kind: type[FakeFeeds] = FakeFeeds) -> FakeFeeds:
    """A world in which those feeds can be read."""
    return kind({url: [FeedEntry("A feed", "One", url, None, "Words.")] for url in urls})


def followed(outlet: Outlet, author: int = 1) -> list[str]:
    with outlet.database.read() as db:
        return [feed.url for feed in reading_list(db, author)]


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table).order_by(col(table.id))))  # type: ignore[attr-defined]


def leaves(db: Session, following: Following, turn_id: int) -> None:
    unfollow(db, [following.id], now=NOON, turn_id=turn_id)


def test_a_feed_is_added_once_for_each_author(both: Outlet) -> None:
    outlet = replace(both, feeds=reads(TIDES))
    done = add(outlet, TIDES, ["opus"], "ada")
    assert (done.new, done.there, done.left, done.again) == (["opus"], [], [], False)
    assert done.reading is not None
    done = add(outlet, TIDES, [], "ben")
    assert (done.new, done.there) == (["sonnet"], ["opus"])
    assert [(f.author_id, f.actor) for f in rows(both, Following)] == [(1, "ada"), (2, "ben")]
    done = add(replace(both, feeds=reads()), TIDES, [], "ben")
    assert (done.new, done.there, done.reading) == ([], ["opus", "sonnet"], None), "nothing was asked"
    remove(both, TIDES, ["opus"], "ada", "")
    assert add(outlet, TIDES, [], "ben").new == ["opus"]


def test_where_it_cannot_be_read_or_somebody_is_unknown_nothing_is_stored(both: Outlet) -> None:
    with pytest.raises(Refused, match=r"nobody answers there\. Nothing was stored\. If its server"):
        add(both, TIDES, [], "ada")
    for act in (lambda: add(both, TIDES, ["opus", "cy"], "ada"), lambda: take_in(both, [Outline(TIDES)], ["cy"], "a")):
        with pytest.raises(UnknownAuthor):
            act()
    nobody = replace(both, settings=both.settings.model_copy(update={"authors": []}))
    with pytest.raises(Refused, match="names no author yet"):
        add(nobody, TIDES, [], "ada")
    assert rows(both, Feed) == rows(both, Following) == []


def test_a_feed_that_says_it_is_gone_is_not_worth_another_try(both: Outlet) -> None:
    class Gone(FakeFeeds):
        def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
            raise FeedGone(url=url)

    with pytest.raises(Refused, match="gone for good") as caught:
        add(replace(both, feeds=Gone({})), TIDES, [], "ada")
    assert "--unread" not in str(caught.value)


def test_a_feed_is_found_by_where_it_was_and_where_it_is(both: Outlet) -> None:
    outlet = replace(both, feeds=reads(TIDES, RUST, NEW_TIDES, kind=Moved))
    add(both, TIDES, ["opus"], "ada", unread=True)
    with both.database.write() as db:
        db.exec(select(Feed)).one().moved_to = NEW_TIDES
    assert add(both, NEW_TIDES, ["opus"], "ada").there == ["opus"]
    assert add(outlet, RUST, ["sonnet"], "ada").new == ["sonnet"], "it leads to the same place"
    assert followed(both, 2) == [TIDES]
    with both.database.write() as db:
        db.add(Feed(url=NEW_TIDES, added_at=NOON))
    with both.database.read() as db:
        found = feed_at(db, NEW_TIDES)
        assert found is not None
        assert by_address(db) == {TIDES: 1, NEW_TIDES: found.id}
        assert found.url == NEW_TIDES, "what was named by an address comes before what has moved there"


EVIL, GOOD = "https://evil.example/i-wished-for-this", "https://good.example/rss"


@pytest.fixture
def hijacked(both: Outlet) -> Outlet:
    """Opus wished for a feed, and that says it has moved to another's address for good."""
    wished(both, EVIL)
    with both.database.write() as db:
        db.exec(select(Feed)).one().moved_to = GOOD
    return both


def wished(outlet: Outlet, url: str) -> int:
    """Opus wishes for a feed, and follows it; return the wish."""
    with a_room(outlet) as room:
        wish = Wish(
            author_id=1, turn_id=room.turn.id, want=Want.FEED, url=url, blob_id=room.keep("Please.").id, at=NOON
        )
        room.db.add(wish)
        room.db.flush()
        follow(room.db, 1, url, now=NOON, wish_id=wish.id)
        return wish.id


def test_a_feed_that_an_author_brought_passes_for_no_other(hijacked: Outlet) -> None:
    outlet = replace(hijacked, feeds=reads(GOOD))
    assert add(outlet, GOOD, ["sonnet"], "ada").new == ["sonnet"]
    assert (followed(outlet), followed(outlet, 2)) == ([EVIL], [GOOD])
    assert take_in(outlet, [Outline(GOOD)], ["opus"], "ada").added == [GOOD]
    assert followed(outlet) == [EVIL, GOOD]
    assert [(feed.url, feed.moved_to) for feed in rows(outlet, Feed)] == [(EVIL, GOOD), (GOOD, "")]
    assert remove(outlet, GOOD, [], "ada", "It has turned sour.") == ["sonnet", "opus"]
    assert followed(outlet) == [EVIL]


def test_the_file_and_a_list_bring_a_feed_of_their_own_where_an_author_s_has_moved(hijacked: Outlet) -> None:
    named = [AuthorSettings.model_validate(an_author("sonnet", feeds=[GOOD]))]
    call_roll(replace(hijacked, settings=hijacked.settings.model_copy(update={"authors": named})))
    assert (followed(hijacked), followed(hijacked, 2)) == ([EVIL], [GOOD])
    with hijacked.database.read() as db:
        assert by_address(db) == {EVIL: 1, GOOD: 2}


def test_what_an_author_left_bars_nobody_from_where_it_said_it_had_moved(hijacked: Outlet) -> None:
    with a_room(hijacked) as room:
        unfollow(room.db, [f.id for f in followings(room.db, 1)], now=NOON, turn_id=room.turn.id)
    assert add(hijacked, GOOD, ["opus"], "ada", unread=True).new == ["opus"]
    assert followed(hijacked) == [GOOD]


def test_a_redirect_shows_nobody_what_another_author_had_named(both: Outlet) -> None:
    wished(both, NEW_TIDES)
    outlet = replace(both, feeds=reads(RUST, kind=Moved))
    assert add(outlet, RUST, ["sonnet"], "ada").new == ["sonnet"]
    assert followed(outlet, 2) == [RUST]


def test_an_author_follows_what_it_named_and_not_what_has_moved_there(both: Outlet) -> None:
    add(both, TIDES, ["sonnet"], "ada", unread=True)
    with both.database.write() as db:
        db.exec(select(Feed)).one().moved_to = NEW_TIDES
    wished(both, NEW_TIDES)
    assert (followed(both), followed(both, 2)) == ([NEW_TIDES], [TIDES])


def test_what_the_staff_took_away_is_known_by_the_address_alone_that_it_was_named_by(both: Outlet) -> None:
    add(both, TIDES, ["opus"], "ada", unread=True)
    remove(both, TIDES, [], "ada", "It has turned sour.")
    wished(both, TIDES)
    with both.database.write() as db:
        db.exec(select(Feed)).one().moved_to = GOOD
    assert add(both, GOOD, ["sonnet"], "ada", unread=True).new == ["sonnet"]
    assert followed(both, 2) == [GOOD]


def test_the_latest_that_came_of_a_feed_says_whose_choice_it_was(both: Outlet) -> None:
    def left() -> set[int]:
        with both.database.read() as db:
            return left_by(db, 1)

    with a_room(both) as room:
        db, turn = room.db, room.turn.id
        leaves(db, follow(db, 1, TIDES, now=NOON, actor="ada"), turn)
        leaves(db, follow(db, 1, RUST, now=NOON, actor="ada"), turn)
        unfollow(db, [follow(db, 1, MOSS, now=NOON).id], now=NOON, actor="ada", reason="No more moss.")
        follow(db, 2, TIDES, now=NOON)
    assert left() == {1, 2}
    with pytest.raises(Refused, match="opus stopped following it by choice"):
        add(both, RUST, ["opus", "sonnet"], "ada", unread=True)
    with both.database.write() as db:
        unfollow(db, [follow(db, 1, TIDES, now=NOON).id], now=NOON, actor="ada", reason="It moved away.")
    assert left() == {2}
    assert add(both, MOSS, ["opus"], "ada", unread=True).new == ["opus"]
    done = add(both, RUST, [], "ada", unread=True)
    assert (done.new, done.left) == (["sonnet"], ["opus"])


def test_a_feed_is_taken_from_those_who_follow_it_for_every_reason_at_once(both: Outlet) -> None:
    with both.database.write() as db:
        for author, actor in ((1, ""), (1, "ada"), (2, "ada")):
            follow(db, author, TIDES, now=NOON, actor=actor)
    assert remove(both, TIDES, [], "ben", "It has turned sour.") == ["opus", "sonnet"]
    assert followed(both) == followed(both, 2) == []
    assert [(u.following_id, u.turn_id, u.actor, u.reason) for u in rows(both, Unfollowing)] == [
        (number, None, "ben", "It has turned sour.") for number in (1, 2, 3)
    ]
    with pytest.raises(Refused, match="Nobody follows"):
        remove(both, TIDES, [], "ben", "")


@pytest.mark.parametrize("reason", ["Too short", "A broken \ud800 sign in it", "A \x00 sign in it"])
def test_a_reason_that_says_nothing_or_cannot_be_stored_is_refused(both: Outlet, reason: str) -> None:
    add(both, TIDES, [], "ada", unread=True)
    with pytest.raises(Refused, match=r"reason for this removal|cannot be stored"):
        remove(both, TIDES, [], "ada", reason)
    assert rows(both, Unfollowing) == []


def test_a_list_is_one_transaction(both: Outlet) -> None:
    with both.database.write() as db:
        follow(db, 1, RUST, now=NOON)
        db.exec(select(Feed)).one().failures = 7
    lines = [Outline(url, line=n) for n, url in enumerate([TIDES, "", RUST, f"{TIDES}#1", "ftp://a.example/", MOSS])]
    came = take_in(both, lines, ["opus"], "ada")
    assert (came.added, came.there, came.twice, came.left) == ([TIDES, MOSS], [RUST], 1, [])
    assert [outline.line for outline, _ in came.unusable] == [1, 4]
    assert (followed(both), followed(both, 2)) == ([RUST, TIDES, MOSS], [])
    came = take_in(both, lines, [], "ben")
    assert (came.added, came.there) == ([RUST, TIDES, MOSS], [])
    assert {feed.url: feed.failures for feed in rows(both, Feed)} == {RUST: 0, TIDES: 0, MOSS: 0}
    assert [f.actor for f in rows(both, Following)] == ["", "ada", "ada", "ben", "ben", "ben"]


def test_a_list_that_would_keep_everybody_waiting_is_refused(outlet: Outlet) -> None:
    many = [Outline(f"https://h{n}.example/") for n in range(LIST_AT_MOST + 1)]
    with pytest.raises(
        Refused, match=r"names 5,001 feeds, and at most 5,000 are taken in at once\. Nothing was stored"
    ):
        take_in(outlet, many, [], "ada")
    assert rows(outlet, Feed) == []


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (" HTTPS://Tides.Example/RSS?Q=1#top ", "https://tides.example/RSS?Q=1"),
        ("http://tides.example", "http://tides.example"),
        ("http://tides.example:8080?a=1&b=2", "http://tides.example:8080?a=1&b=2"),
        ("https://Cleo:Secret@Tides.example/", "https://Cleo:Secret@tides.example/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("https://mün.example/a@b", "https://mün.example/a@b"),
    ],
)
def test_an_address_is_written_in_one_way(given: str, written: str) -> None:
    assert wrong_with(given) == ""
    assert address(given) == address(address(given)) == written


@pytest.mark.parametrize(
    "given",
    [
        "", "  ", "tides", "//tides.example/", "ftp://tides.example/", "javascript:alert(1)", "https:tides.example",
        "https:///rss", "https://", "https://a b/", "https://a/\x00", "https://a/\u202e", "https://a\\@b/", "https://a/\\b",
        "https://a@b@c d/", "https://[::1/", "https://a:123456/", "https://a/" + "ü" * 1_000, "https://a..b/", "https://?x",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(given: str) -> None:
    assert wrong_with(given)
    with pytest.raises(Refused, match="cannot be used: "):
        address(given)


def test_a_port_that_cannot_be_is_refused_with_its_reason() -> None:
    assert wrong_with("https://moss.example:65535/feed") == ""
    assert wrong_with("https://moss.example:65536/feed") == "its port is above 65,535"
