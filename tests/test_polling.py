"""The feeds that somebody follows are asked when they are due, each once, and what comes stands in rows."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import col, select

from agent import polling, reading
from agent.errors import FeedError, FeedGone
from agent.looks import LONG
from agent.outlet import FeedEntry, FeedReading, Outlet, Validators
from agent.polling import AT_MOST, LEASE, NOT_KEPT, Polled, poll, refresh
from agent.queries import author_called
from agent.settings import AuthorSettings
from agent.tables import AuditEvent, Author, Entry, Feed, Want, Wish, WishAnswer
from agent.testing import NOON, FakeFeeds, Found, MovableClock, a_session, an_author, tool_reply

OPUS, SONNET = 1, 2
TIDES, RUST = "https://tides.example/rss", "https://rust.example/atom"
SOON = 20.0
"""Seconds after which a test gives up; nothing waits so long where all is well."""


def item(title: str) -> FeedEntry:
    return FeedEntry("The Tides", title, f"{TIDES}/{title}", NOON, "Water.", title)


def down(url: str) -> FeedError:
    return FeedError(url=url, reason="it answered with HTTP 500")


@pytest.fixture
def clock(both: Outlet) -> MovableClock:
    assert isinstance(both.now, MovableClock)
    return both.now


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """On SQLite and on PostgreSQL: Opus follows The Tides."""
    followed(both, TIDES)
    return both


def followed(outlet: Outlet, *urls: str, author: int = OPUS) -> None:
    with outlet.database.write() as db:
        for url in urls:
            reading.follow(db, author, url, now=outlet.now())


def world(outlet: Outlet, feeds: Mapping[str, Found]) -> tuple[Outlet, FakeFeeds]:
    fake = FakeFeeds(feeds)
    return replace(outlet, feeds=fake), fake


def the_feed(outlet: Outlet, url: str = TIDES) -> Feed:
    with outlet.database.read() as db:
        return db.exec(select(Feed).where(Feed.url == url)).one()


def events(outlet: Outlet) -> list[tuple[str, str]]:
    with outlet.database.read() as db:
        told = select(AuditEvent.action, AuditEvent.subject).where(AuditEvent.actor == "outlet")
        return [(action, subject) for action, subject in db.exec(told.order_by(col(AuditEvent.id)))]


def titles(outlet: Outlet) -> list[str]:
    with outlet.database.read() as db:
        return sorted(db.exec(select(Entry.title)))


class Lines:
    """A log that keeps what it is told, with its level."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append(("info", facts))

    def warning(self, event: str, **facts: object) -> None:
        self.lines.append(("warning", facts))


def test_a_feed_is_asked_when_it_is_due_and_no_sooner(outlet: Outlet, clock: MovableClock) -> None:
    outlet, fake = world(outlet, {TIDES: [item("high"), item("low")]})
    assert poll(outlet) == Polled(asked=1, new=2)
    assert poll(outlet) == Polled()
    assert titles(outlet) == ["high", "low"]
    clock.forward(minutes=59)
    assert poll(outlet) == Polled()
    clock.forward(minutes=5)
    assert poll(outlet) == Polled(asked=1)
    assert [url for url, _ in fake.asked] == [TIDES, TIDES]
    feed = the_feed(outlet)
    assert (feed.title, feed.read_at, feed.failures) == ("The Tides", clock(), 0)


def test_only_what_somebody_follows_is_asked_and_once_for_all(outlet: Outlet) -> None:
    followed(outlet, TIDES, RUST, author=SONNET)
    outlet, fake = world(outlet, {TIDES: [item("high")], RUST: []})
    with outlet.database.write() as db:
        left = [f.id for f in reading.followings(db, SONNET) if db.get_one(Feed, f.feed_id).url == RUST]
        reading.unfollow(db, left, now=NOON)
    assert poll(outlet) == Polled(asked=1, new=1)
    assert [url for url, _ in fake.asked] == [TIDES]


def test_one_author_s_feeds_are_asked_alone(outlet: Outlet) -> None:
    followed(outlet, RUST, author=SONNET)
    outlet, fake = world(outlet, {TIDES: [], RUST: []})
    assert poll(outlet, SONNET) == Polled(asked=1)
    assert [url for url, _ in fake.asked] == [RUST]
    assert the_feed(outlet).next_at is None


def test_what_has_not_changed_is_not_sent_again(outlet: Outlet, clock: MovableClock) -> None:
    known = Validators('"1"', "Sun, 01 Nov 2026 09:30:00 GMT")
    outlet, fake = world(outlet, {TIDES: FeedReading([item("high")], "The Tides", known)})
    assert poll(outlet) == Polled(asked=1, new=1)
    for _ in range(2):
        clock.forward(hours=2)
        assert poll(outlet) == Polled(asked=1, unchanged=1)
    assert [validators for _, validators in fake.asked] == [Validators(), known, known]
    feed = the_feed(outlet)
    assert (feed.title, feed.read_at, titles(outlet)) == ("The Tides", clock(), ["high"])


def test_two_who_poll_at_once_ask_each_feed_once(outlet: Outlet) -> None:
    urls = [f"https://h{number}.example/rss" for number in range(30)]
    followed(outlet, *urls)
    outlet, fake = world(outlet, {url: [item(url)] for url in [*urls, TIDES]})
    both = threading.Barrier(2)

    def one() -> Polled:
        both.wait(SOON)
        return poll(outlet)

    with ThreadPoolExecutor(2) as pool:
        first, second = (future.result(SOON) for future in [pool.submit(one), pool.submit(one)])
    assert sorted(url for url, _ in fake.asked) == sorted([*urls, TIDES])
    assert first.asked + second.asked == first.new + second.new == 31


def test_a_claim_that_is_lost_with_its_process_ends(outlet: Outlet, clock: MovableClock) -> None:
    class Killed(BaseException):
        pass

    class Dies(FakeFeeds):
        def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
            raise Killed

    with pytest.raises(Killed):
        poll(replace(outlet, feeds=Dies({})))
    outlet, _ = world(outlet, {TIDES: [item("high")]})
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert poll(outlet) == Polled(), "somebody may still be at it"
    clock.forward(seconds=1)
    assert poll(outlet) == Polled(asked=1, new=1)


def test_after_a_stop_no_further_feed_is_begun_and_the_others_stay_due(outlet: Outlet) -> None:
    urls = [f"https://tides.example/{number}" for number in range(5)]
    followed(outlet, *urls)
    outlet, fake = world(outlet, {url: [item(url)] for url in [*urls, TIDES]})
    assert poll(outlet, stopped=lambda: len(fake.asked) >= 2) == Polled(asked=2, new=2)
    assert poll(outlet, stopped=lambda: True) == Polled()
    assert poll(outlet) == Polled(asked=4, new=4)
    assert len({url for url, _ in fake.asked}) == len(fake.asked) == 6


def test_a_poll_ends_though_a_slow_host_has_many_feeds(outlet: Outlet, clock: MovableClock) -> None:
    class Slow(FakeFeeds):
        def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
            clock.forward(seconds=50)
            return super().read(url, known)

    urls = [f"https://tides.example/{number}" for number in range(5)]
    followed(outlet, *urls)
    outlet = replace(outlet, feeds=Slow({url: [] for url in [*urls, TIDES]}))
    assert timedelta(seconds=2 * 50) < AT_MOST <= timedelta(seconds=3 * 50)
    assert [poll(outlet).asked for _ in range(3)] == [3, 3, 0]
    with outlet.database.read() as db:
        assert None not in set(db.exec(select(Feed.read_at)))


def test_an_invitation_waits_for_what_is_due_and_for_granted_pages_together(outlet: Outlet) -> None:
    page = "https://tides.example/about"
    a_session(outlet, [tool_reply("ask_for_page", url=page, why="Curious."), tool_reply("decline")])
    with outlet.database.write() as db:
        wish = db.exec(select(Wish)).one()
        db.add(WishAnswer(wish_id=wish.id, actor="ada", granted=True, words="Yes.", at=NOON))
        feed = db.exec(select(Feed)).one()
        feed.next_at = None
        db.add(feed)
        author = db.get_one(Author, OPUS)
    followed(outlet, RUST)
    together = threading.Barrier(2)

    class AtOnce(FakeFeeds):
        def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
            if url != page:
                together.wait(SOON)
            return super().read(url, known)

    outlet = replace(outlet, feeds=AtOnce({TIDES: [item("high")], RUST: [item("rust")], page: [item("about")]}))
    assert refresh(outlet, author) == Polled(asked=2, new=2)
    assert titles(outlet) == ["about", "high", "rust"]


def test_no_transaction_is_open_while_the_world_is_asked(outlet: Outlet) -> None:
    class Writes(FakeFeeds):
        def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
            with outlet.database.write() as db:
                db.add(AuditEvent(actor="somebody", action="else", subject=url, at=NOON))
            return super().read(url, known)

    followed(outlet, RUST)
    assert poll(replace(outlet, feeds=Writes({TIDES: [], RUST: []}))) == Polled(asked=2)
    with outlet.database.read() as db:
        assert len(db.exec(select(AuditEvent).where(AuditEvent.actor == "somebody")).all()) == 2


def test_what_goes_wrong_with_one_feed_stops_no_other(outlet: Outlet) -> None:
    bug, unstorable = "https://bug.example/", "https://broken.example/"
    followed(outlet, bug, unstorable, RUST)
    half_a_sign = replace(item("broken"), text="\ud83d")
    feeds: dict[str, Found] = {TIDES: down(TIDES), bug: ZeroDivisionError("a secret"), unstorable: [half_a_sign]}
    outlet, _ = world(outlet, feeds | {RUST: [item("rust")]})
    assert poll(outlet) == Polled(asked=4, new=1, failed=3)
    assert titles(outlet) == ["rust"]
    faults = [the_feed(outlet, url).fault for url in (TIDES, bug, unstorable, RUST)]
    assert faults[0] == "it answered with HTTP 500"
    assert faults[1].startswith("ZeroDivisionError at testing.py:")
    assert faults[2].startswith("UnicodeEncodeError at ")
    assert faults[3] == ""
    assert the_feed(outlet, unstorable).etag == ""


def test_what_fails_is_asked_less_and_less_and_staff_are_told_when_it_begins_lasts_and_ends(
    outlet: Outlet, clock: MovableClock
) -> None:
    log = Lines()
    failing, _ = world(replace(outlet, log=log), {TIDES: down(TIDES)})
    times: list[datetime] = []
    for _ in range(LONG + 2):
        assert poll(failing) == Polled(asked=1, failed=1)
        times.append(clock())
        clock.at = the_feed(outlet).next_at or NOON
    pauses = [(later - sooner) / timedelta(hours=1) for sooner, later in pairwise(times)]
    assert [int(pause) for pause in pauses[:5]] == [1, 2, 4, 8, 16]
    assert all(24 <= pause <= 25.5 for pause in pauses[5:])
    assert [level for level, facts in log.lines if facts["action"] == "feed_failed"] == ["warning"] * len(times)
    clock.forward(days=2)
    healed, _ = world(outlet, {TIDES: [item("high")]})
    assert poll(healed) == Polled(asked=1, new=1)
    assert events(outlet) == [("feed_failed", TIDES), ("feed_failed", TIDES), ("feed_read_again", TIDES)]
    assert (the_feed(outlet).failures, the_feed(outlet).fault) == (0, "")


def test_what_asks_to_be_left_alone_is(outlet: Outlet, clock: MovableClock) -> None:
    followed(outlet, RUST)
    busy = FeedError(url=RUST, reason="it is busy", retry_after=36_000)
    outlet, fake = world(outlet, {TIDES: FeedReading([], "The Tides", wait=36_000), RUST: busy})
    poll(outlet)
    clock.forward(hours=9, minutes=59)
    assert poll(outlet) == Polled()
    clock.forward(hours=1)
    assert poll(outlet) == Polled(asked=2, failed=1)
    assert len(fake.asked) == 4


def test_a_feed_that_is_gone_is_not_asked_any_more_and_staff_are_told_once(outlet: Outlet, clock: MovableClock) -> None:
    outlet, fake = world(outlet, {TIDES: FeedGone(url=TIDES)})
    assert poll(outlet) == Polled(asked=1, gone=1)
    clock.forward(days=400)
    assert poll(outlet) == Polled()
    assert (len(fake.asked), events(outlet), the_feed(outlet).gone_at) == (1, [("feed_gone", TIDES)], NOON)


def test_a_feed_that_is_gone_is_asked_anew_where_an_author_wishes_for_it(outlet: Outlet) -> None:
    outlet, _ = world(outlet, {TIDES: FeedGone(url=TIDES)})
    poll(outlet)
    with outlet.database.write() as db:
        reading.unfollow(db, [f.id for f in reading.followings(db, OPUS)], now=NOON)
    a_session(outlet, [tool_reply("follow_feed", url=TIDES, why="It is back."), tool_reply("decline")])
    with outlet.database.write() as db:
        reading.follow(db, OPUS, TIDES, now=NOON, wish_id=db.exec(select(Wish.id)).one())
    back, _ = world(outlet, {TIDES: [item("high")]})
    assert poll(back) == Polled(asked=1, new=1)
    assert the_feed(outlet).gone_at is None


def test_a_feed_that_has_moved_is_asked_there_and_where_that_ends_at_its_first_address(
    outlet: Outlet, clock: MovableClock
) -> None:
    new = "https://water.example/rss"
    known = Validators('"1"')
    outlet, first = world(outlet, {TIDES: FeedReading([item("high")], "The Tides", known, moved_to=new)})
    poll(outlet)
    assert (the_feed(outlet).moved_to, the_feed(outlet).url) == (new, TIDES)
    clock.forward(hours=2)
    outlet, second = world(outlet, {TIDES: [item("low")], new: FeedGone(url=new)})
    assert poll(outlet) == Polled(asked=1, failed=1)
    clock.forward(hours=2)
    assert poll(outlet) == Polled(asked=1, new=1)
    assert [*first.asked, *second.asked] == [(TIDES, Validators()), (new, known), (TIDES, Validators())]
    assert events(outlet) == [
        ("feed_moved", TIDES),
        ("feed_failed", TIDES),
        ("feed_moved", TIDES),
        ("feed_read_again", TIDES),
    ]
    assert the_feed(outlet).gone_at is None


@pytest.mark.parametrize("answer", [down, lambda url: FeedGone(url=url)])
def test_an_address_that_an_author_brought_here_is_repeated_to_nobody(
    both: Outlet, answer: Callable[[str], FeedError]
) -> None:
    said = "https://example.org/what-i-kept-to-myself"
    a_session(both, [tool_reply("follow_feed", url=said, why="Why not."), tool_reply("decline")])
    with both.database.write() as db:
        reading.follow(db, OPUS, said, now=NOON, wish_id=db.exec(select(Wish.id).where(Wish.want == Want.FEED)).one())
    log = Lines()
    outlet, _ = world(replace(both, log=log), {said: answer(said)})
    poll(outlet)
    with both.database.read() as db:
        (event,) = db.exec(select(AuditEvent).where(AuditEvent.actor == "outlet"))
    assert event.subject == "feed 1"
    assert "kept-to-myself" not in f"{log.lines}{event}"
    assert log.lines[0] == ("warning", {"action": event.action, "subject": "feed 1", "reason": event.reason})


def test_a_fault_repeats_no_host_that_an_author_named(both: Outlet) -> None:
    said, page = "https://i-am-afraid.example/", "https://help-me.example/"
    not_found = [FeedError(url=url, reason=f"the host {url[8:-1]} was not found") for url in (said, page)]
    replies = [tool_reply("follow_feed", url=said, why="Why."), tool_reply("ask_for_page", url=page, why="Why.")]
    a_session(both, [*replies, tool_reply("decline")])
    with both.database.write() as db:
        for wish in db.exec(select(Wish)):
            db.add(WishAnswer(wish_id=wish.id, actor="ada", granted=True, words="Yes.", at=NOON))
        reading.follow(db, OPUS, said, now=NOON, wish_id=1)
        author = db.get_one(Author, OPUS)
    log = Lines()
    outlet, _ = world(replace(both, log=log), {said: not_found[0], page: not_found[1]})
    refresh(outlet, author)
    with both.database.read() as db:
        kept = [(e.subject, e.reason) for e in db.exec(select(AuditEvent).where(AuditEvent.actor == "outlet"))]
    assert sorted(kept) == [
        ("feed 1", "it could not be read; `afterword feeds` says why"),
        ("wish 2", "it could not be read"),
    ]
    assert "afraid" not in str(log.lines)
    assert "help-me" not in str(log.lines)
    assert "afraid" in the_feed(both, said).fault, "for the operator, who lists the address beside it"


class Terms(FakeFeeds):
    """Feeds that keep on which terms they are read: whether trusted, and whether good.example may follow."""

    def __init__(self, *urls: str) -> None:
        super().__init__({url: [item("high")] for url in urls})
        self.terms: dict[str, tuple[bool, bool]] = {}

    def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
        self._keep(url, **terms)
        return super().read(url, known)

    def page(self, url: str, **terms: Any) -> FeedEntry:
        self._keep(url, **terms)
        return item("page")

    def _keep(self, url: str, only: Callable[[str], bool] | None = None, *, trusted: bool = False) -> None:
        assert only is None or only(url.split("/")[2]), "a host that was granted may be asked"
        self.terms[url] = (trusted, only is None or only("good.example"))


def test_a_feed_is_trusted_by_an_operator_s_word_alone_and_a_list_of_hosts_leads_to_no_other(both: Outlet) -> None:
    listed, answered, shared, ours = (f"https://{name}.example/" for name in ("listed", "answered", "shared", "ours"))
    pages = ["https://listed.example/page", "https://answered.example/page"]
    authors = [an_author("opus", bounds={"hosts": ["listed.example", "shared.example"]}), an_author("sonnet")]
    named = [AuthorSettings.model_validate(author) for author in authors]
    outlet = replace(both, settings=both.settings.model_copy(update={"authors": named}))
    asks = [tool_reply("follow_feed", url=url, why="Why.") for url in (listed, answered, shared)]
    asks += [tool_reply("ask_for_page", url=url, why="Why.") for url in pages]
    a_session(outlet, [*asks, tool_reply("decline")])
    with both.database.write() as db:
        for wish in (2, 5):
            db.add(WishAnswer(wish_id=wish, actor="ada", granted=True, words="Yes.", at=NOON))
        reading.follow(db, OPUS, answered, now=NOON, wish_id=2)
        author = db.get_one(Author, OPUS)
    followed(both, shared, author=SONNET)
    followed(both, ours)
    fake = Terms(listed, answered, shared, ours)
    refresh(replace(outlet, feeds=fake), author)
    assert fake.terms == {
        listed: (False, False),
        answered: (False, True),
        shared: (True, True),
        ours: (True, True),
        pages[0]: (False, False),
        pages[1]: (False, True),
    }


def test_an_invitation_waits_for_what_another_is_about_to_read_for_the_first_time(outlet: Outlet) -> None:
    asked, go_on = threading.Event(), threading.Event()

    class Slow(FakeFeeds):
        def read(self, url: str, known: Validators | None = None, **terms: Any) -> FeedReading:
            asked.set()
            assert go_on.wait(SOON)
            return super().read(url, known)

    outlet = replace(outlet, feeds=Slow({TIDES: [item("high")]}))
    with outlet.database.read() as db:
        author = db.get_one(Author, OPUS)
    with ThreadPoolExecutor(2) as pool:
        clock_job = pool.submit(poll, outlet)
        assert asked.wait(SOON)
        inviting = pool.submit(lambda: (refresh(outlet, author), titles(outlet)))
        with pytest.raises(TimeoutError):
            inviting.result(0.3)
        go_on.set()
        assert inviting.result(SOON) == (Polled(), ["high"])
        assert clock_job.result(SOON) == Polled(asked=1, new=1)


def test_an_invitation_does_not_wait_for_ever(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "BEFORE_INVITING", timedelta(seconds=0.2))
    with outlet.database.write() as db:
        db.exec(select(Feed)).one().next_at = outlet.now() + LEASE
        author = db.get_one(Author, OPUS)
    outlet, fake = world(outlet, {TIDES: [item("high")]})
    assert refresh(outlet, author) == Polled()
    assert fake.asked == []


def test_what_cannot_be_stored_is_asked_again_soon_and_stops_no_other(outlet: Outlet, clock: MovableClock) -> None:
    """The database does not take anything of one feed, not even its fault."""
    followed(outlet, RUST)
    with outlet.database.write() as db:
        for trigger in TRIGGERS[db.get_bind().dialect.name]:
            db.connection().exec_driver_sql(trigger)
    log = Lines()
    outlet, fake = world(replace(outlet, log=log), {TIDES: [item("high")], RUST: [item("rust")]})
    assert poll(outlet) == Polled(asked=2, new=1, failed=1)
    assert titles(outlet) == ["rust"]
    (lost,) = [facts for _, facts in log.lines if facts["action"] == "feed_failed"]
    assert lost["subject"] == "feed 1"
    assert str(lost["reason"]).startswith("what it said could not be stored: ")
    assert poll(outlet) == Polled()
    clock.forward(seconds=NOT_KEPT.total_seconds())
    assert poll(outlet) == Polled(asked=1, failed=1)
    assert [url for url, _ in fake.asked].count(TIDES) == 2


REFUSES = "CREATE TRIGGER full_{0} BEFORE UPDATE OF {0} ON feed WHEN new.id = 1 BEGIN SELECT RAISE(ABORT, 'full'); END"
RAISES = "CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'full'; END $$ LANGUAGE plpgsql"
ON_FEEDS = "CREATE TRIGGER full_disk BEFORE UPDATE OF failures, read_at ON feed FOR EACH ROW WHEN (new.id = 1)"
TRIGGERS = {
    "sqlite": [REFUSES.format("failures"), REFUSES.format("read_at")],
    "postgresql": [RAISES, f"{ON_FEEDS} EXECUTE FUNCTION full_disk()"],
}
"""They let a feed be claimed and given back, and nothing else."""


def test_what_came_of_a_poll_is_one_line_and_nothing_where_nothing_was_due(outlet: Outlet) -> None:
    log = Lines()
    followed(outlet, RUST)
    outlet, _ = world(replace(outlet, log=log), {TIDES: [item("high")], RUST: FeedGone(url=RUST)})
    poll(outlet)
    poll(outlet)
    lines = [facts for _, facts in log.lines if facts["action"] == "feeds"]
    assert lines == [{"action": "feeds", "asked": 2, "new": 1, "unchanged": 0, "failed": 0, "gone": 1}]


def test_who_polls_for_an_author_that_follows_nothing_asks_nobody(outlet: Outlet) -> None:
    with outlet.database.read() as db:
        sonnet = author_called(db, "sonnet")
    assert sonnet is not None
    assert refresh(outlet, sonnet) == Polled()
