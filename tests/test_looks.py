"""What a look at a feed changes, and when the next one is due: by table, with no clock and no rows."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import FeedError, FeedGone
from agent.looks import (
    BACK,
    DAY,
    FAULT_AT_MOST,
    LONG,
    MOVED,
    MOVED_TRIES,
    WEEK,
    News,
    failed,
    in_words,
    next_look,
    read,
)
from agent.outlet import FeedEntry, FeedReading, Validators
from agent.tables import Feed
from agent.testing import NOON

URL, NEW = "https://tides.example/rss", "https://water.example/rss"
HOUR = timedelta(hours=1)
ENTRY = FeedEntry("The Tides", "High", f"{URL}/1", NOON, "Short.", "1")
DOWN = FeedError(url=URL, reason="no connection could be made")


def a_feed(**facts: Any) -> Feed:
    given: dict[str, Any] = {"id": 8, "url": URL, "added_at": NOON} | facts
    return Feed(**given)


@pytest.mark.parametrize(
    ("interval", "failures", "asked_for", "pause"),
    [
        (HOUR, 0, None, HOUR),
        (HOUR, 0, 60, HOUR),
        (HOUR, 0, 7_200, 2 * HOUR),
        (HOUR, 0, 10**9, WEEK),
        (HOUR, 0, float("inf"), WEEK),
        (HOUR, 0, float("nan"), HOUR),
        (HOUR, 0, -5, HOUR),
        (HOUR, 1, None, HOUR),
        (HOUR, 2, None, 2 * HOUR),
        (HOUR, 5, None, 16 * HOUR),
        (HOUR, 6, None, DAY),
        (HOUR, 10**6, None, DAY),
        (HOUR, 1, 10_800, 3 * HOUR),
        (HOUR, 9, 10_800, DAY),
        (HOUR, 9, 10**9, WEEK),
        (timedelta(minutes=1), 11, None, timedelta(minutes=1_024)),
        (timedelta(minutes=1), 12, None, DAY),
        (3 * DAY, 0, None, 3 * DAY),
        (3 * DAY, 4, None, 3 * DAY),
    ],
)
def test_a_feed_is_left_alone_as_long_as_it_should_be(
    interval: timedelta, failures: int, asked_for: float | None, pause: timedelta
) -> None:
    at = next_look(NOON, 8, interval, failures=failures, asked_for=asked_for)
    assert NOON + pause <= at <= NOON + pause * 1.05


@given(number=st.integers(1, 10**9), failures=st.integers(0, 99), asked_for=st.none() | st.floats())
def test_it_is_never_asked_sooner_than_it_may_be_and_always_the_same_for_the_same_feed(
    number: int, failures: int, asked_for: float | None
) -> None:
    at = next_look(NOON, number, HOUR, failures=failures, asked_for=asked_for)
    assert NOON + HOUR <= at <= NOON + WEEK * 1.05
    assert at == next_look(NOON, number, HOUR, failures=failures, asked_for=asked_for)


def test_a_thousand_feeds_added_at_one_moment_do_not_stay_in_step() -> None:
    minutes = [int((next_look(NOON, number, HOUR) - NOON) / timedelta(seconds=6)) for number in range(1, 1_001)]
    assert {*minutes} == set(range(600, 630)), "they lie over all of three minutes"
    assert max(map(minutes.count, {*minutes})) <= 40, "and evenly: 34 in six seconds"


def test_a_good_look_is_noted() -> None:
    feed = a_feed(title="Old", etag="1", fault="", next_at=NOON)
    found = FeedReading([ENTRY], "The Tides (tides.example)", Validators("2", "today"), wait=7_200)
    assert read(feed, found, NOON, HOUR) == []
    assert (feed.title, feed.etag, feed.last_modified, feed.read_at) == (found.source, "2", "today", NOON)
    assert feed.next_at == next_look(NOON, 8, 2 * HOUR)


def test_what_has_not_changed_keeps_its_name_and_what_its_server_said_of_it() -> None:
    feed = a_feed(title="The Tides", etag="1", last_modified="today")
    assert read(feed, FeedReading(None), NOON, HOUR) == []
    assert (feed.title, feed.etag, feed.last_modified, feed.read_at) == ("The Tides", "1", "today", NOON)
    read(feed, FeedReading(None, validators=Validators("2")), NOON, HOUR)
    assert (feed.etag, feed.last_modified) == ("2", "")


def test_a_server_that_no_longer_says_what_state_it_is_in_is_not_sent_an_old_one() -> None:
    feed = a_feed(etag="1", last_modified="today")
    read(feed, FeedReading([ENTRY], "The Tides"), NOON, HOUR)
    assert (feed.etag, feed.last_modified) == ("", "")


@pytest.mark.parametrize(
    ("was", "says", "stands", "news"),
    [
        ("", NEW, NEW, [News("feed_moved", MOVED)]),
        ("", "", "", []),
        ("", URL, "", []),
        (NEW, "", NEW, []),
        (NEW, NEW, NEW, []),
        (NEW, URL, "", [News("feed_moved", MOVED)]),
        (NEW, f"{NEW}2", f"{NEW}2", [News("feed_moved", MOVED)]),
    ],
)
def test_a_feed_that_has_moved_for_good_is_asked_there_and_staff_are_told(
    was: str, says: str, stands: str, news: list[News]
) -> None:
    feed = a_feed(moved_to=was)
    assert read(feed, FeedReading([ENTRY], moved_to=says), NOON, HOUR) == news
    assert feed.moved_to == stands


def test_a_feed_that_fails_is_told_of_when_it_begins_and_once_more_when_it_has_failed_for_long() -> None:
    feed, kept = a_feed(read_at=NOON), []
    for number in range(1, LONG + 3):
        (news,) = failed(feed, DOWN, NOON, HOUR)
        assert (news.action, feed.failures) == ("feed_failed", number)
        assert feed.next_at == next_look(NOON, 8, HOUR, failures=number)
        kept += [(number, news.reason)] if news.kept else []
    reason = "no connection could be made"
    assert kept == [(1, reason), (LONG, f"{reason} ({LONG} times in a row)")]
    assert (feed.fault, feed.read_at) == (reason, NOON)
    assert read(feed, FeedReading(None), NOON, HOUR) == [News("feed_read_again", f"after {LONG + 2} failures in a row")]
    assert (feed.failures, feed.fault) == (0, "")


def test_what_it_asks_for_is_heeded_where_it_fails() -> None:
    feed = a_feed()
    failed(feed, FeedError(url=URL, reason="it is busy", retry_after=36_000), NOON, HOUR)
    assert feed.next_at == next_look(NOON, 8, HOUR, asked_for=36_000)


def test_a_feed_that_is_gone_is_not_asked_any_more() -> None:
    feed = a_feed(next_at=NOON)
    (news,) = failed(feed, FeedGone(url=URL), NOON, HOUR)
    assert (news.action, news.kept) == ("feed_gone", True)
    assert (feed.gone_at, feed.next_at, feed.failures) == (NOON, None, 0)
    assert feed.fault == news.reason == "it says that it is gone for good (HTTP 410)"


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (FeedGone(url=NEW), 1),
        (FeedError(url=NEW, reason="it answered with HTTP 404", status=404), 1),
        (FeedError(url=NEW, reason="it answered with HTTP 500", status=500), MOVED_TRIES),
        (DOWN, MOVED_TRIES),
        (ZeroDivisionError(), MOVED_TRIES),
    ],
)
def test_a_feed_that_cannot_be_read_where_it_moved_to_is_asked_where_it_was_before_it_is_given_up(
    error: Exception, tries: int
) -> None:
    feed = a_feed(moved_to=NEW, etag="of the new one", last_modified="today")
    for _ in range(tries):
        assert feed.moved_to == NEW
        news = failed(feed, error, NOON, HOUR)
    assert news[-1] == News("feed_moved", BACK)
    assert (feed.moved_to, feed.etag, feed.last_modified, feed.gone_at) == ("", "", "", None)
    assert feed.failures == tries
    assert "feed_moved" not in {news.action for news in failed(feed, DOWN, NOON, HOUR)}
    failed(feed, FeedGone(url=URL), NOON, HOUR)
    assert feed.gone_at == NOON


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FeedError(url="https://a:b@c.example/", reason="it answered with HTTP 500"), "it answered with HTTP 500"),
        (FeedError(url="", reason="it is \x1b[31m\x00\ud800red"), "it is  [31m  red"),
        (KeyError("a secret of theirs"), "KeyError"),
    ],
)
def test_a_fault_is_said_in_one_line_of_ours(error: Exception, words: str) -> None:
    assert in_words(error) == words


def test_a_fault_is_said_in_short() -> None:
    assert len(in_words(FeedError(url="", reason="long " * 999))) <= FAULT_AT_MOST
