"""The clock: rules that become moments, and jobs that run again and again."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent.adapters.clock import Clock, Triggers, now
from agent.errors import BadSettings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append({"event": event, **facts})

    warning = info


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it did not happen within 5 seconds"
        time.sleep(0.005)


def fires(rule: str, zone: str, start: datetime, count: int) -> list[datetime]:
    moments = [Triggers().next_fire(rule, zone, None, start)]
    while len(moments) < count:
        moments.append(Triggers().next_fire(rule, zone, moments[-1], moments[-1]))
    return moments


def test_the_time_is_aware_and_in_utc() -> None:
    assert now().tzinfo is UTC
    assert abs(now().timestamp() - time.time()) < 5


def test_names_of_days_mean_those_days() -> None:
    found = fires("0 9 * * mon", "Europe/Berlin", NOON, 2)
    assert found == [datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 30, 8, tzinfo=UTC)]


def test_a_moment_that_is_now_counts_where_there_was_none_before() -> None:
    assert Triggers().next_fire("0 12 * * *", "UTC", None, NOON) == NOON
    assert Triggers().next_fire("0 12 * * *", "UTC", NOON, NOON) == NOON + timedelta(days=1)


def test_missed_moments_are_passed_over() -> None:
    missed = NOON - timedelta(days=400)
    assert Triggers().next_fire("0 12 * * *", "UTC", missed, NOON) == NOON
    assert Triggers().next_fire("every 7 hours", "UTC", NOON - timedelta(hours=20), NOON) == NOON + timedelta(hours=1)


def test_an_interval_counts_from_now_and_then_from_the_one_before() -> None:
    assert Triggers().next_fire("every 3 days", "UTC", None, NOON) == NOON
    assert Triggers().next_fire("every 3 days", "UTC", NOON, NOON) == NOON + timedelta(days=3)
    assert Triggers().next_fire("every 1 minute", "UTC", NOON, NOON) == NOON + timedelta(minutes=1)


def test_the_midnight_after_the_spring_night_is_not_jumped_over() -> None:
    start = datetime(2026, 2, 15, tzinfo=UTC)
    assert [f"{m:%d %b %H:%M}" for m in fires("0 0 1 * *", "Europe/Berlin", start, 3)] == [
        "28 Feb 23:00",
        "31 Mar 22:00",
        "30 Apr 22:00",
    ]


def test_what_the_spring_night_skips_comes_an_hour_later() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert [f"{m:%d %b %H:%M}" for m in fires("30 2 * * *", "Europe/Berlin", start, 2)] == [
        "29 Mar 01:30",
        "30 Mar 00:30",
    ]


def test_the_doubled_autumn_hour_fires_once_by_day_and_twice_by_hour() -> None:
    start = datetime(2026, 10, 24, 23, tzinfo=UTC)
    daily = fires("30 2 * * *", "Europe/Berlin", start, 2)
    hourly = fires("30 * * * *", "Europe/Berlin", start, 3)
    assert [f"{m:%d %b %H:%M}" for m in daily] == ["25 Oct 00:30", "26 Oct 01:30"]
    assert [f"{m:%d %b %H:%M}" for m in hourly] == ["24 Oct 23:30", "25 Oct 00:30", "25 Oct 01:30"]


@pytest.mark.parametrize(
    ("rule", "zone", "words"),
    [
        ("99 9 * * mon", "UTC", "99"),
        ("0 9 * * funday", "UTC", "funday"),
        ("0 9 * * mon", "Nowhere/Town", "Nowhere/Town"),
        ("0 9 * * mon", "../secret", "cannot be read"),
        ("sometimes", "UTC", "neither"),
        ("0 0 30 feb *", "America/New_York", "no such moment ever comes"),
        ("every 99999999999999 days", "UTC", "cannot be read"),
    ],
)
def test_a_rule_that_cannot_be_read_says_which_and_why(rule: str, zone: str, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Triggers().next_fire(rule, zone, None, NOON)
    assert rule in str(caught.value)
    assert words in str(caught.value)


def test_a_job_runs_at_once_and_again() -> None:
    runs: list[float] = []
    clock = Clock(Lines())
    clock.every(0.05, lambda: runs.append(time.monotonic()), "tick")
    clock.start()
    try:
        until(lambda: len(runs) >= 3)
    finally:
        clock.stop()
    after = len(runs)
    time.sleep(0.15)
    assert len(runs) == after, "a stopped clock runs nothing"


def test_a_job_that_fails_is_logged_and_stops_nothing() -> None:
    log, runs = Lines(), []

    def fail() -> None:
        runs.append("fail")
        raise RuntimeError("the disk is full")

    clock = Clock(log)
    clock.every(0.05, fail, "sweep")
    clock.every(0.05, lambda: runs.append("well"), "tick")
    clock.start()
    try:
        until(lambda: runs.count("fail") >= 2 and runs.count("well") >= 2)
    finally:
        clock.stop()
    assert {(line["action"], line["job"], line["error"]) for line in log.lines} == {
        ("clock_job_failed", "sweep", "RuntimeError: the disk is full")
    }


def test_stopping_waits_for_the_job_that_runs_and_a_job_never_overlaps_itself() -> None:
    begun, done, at_once = threading.Event(), [], []
    lock = threading.Lock()

    def slow() -> None:
        at_once.append(lock.acquire(blocking=False))
        begun.set()
        time.sleep(0.3)
        lock.release()
        done.append(True)

    clock = Clock(Lines())
    clock.every(0.05, slow, "slow")
    clock.start()
    assert begun.wait(5)
    time.sleep(0.12)
    clock.stop()
    assert len(done) == len(at_once) >= 1
    assert all(at_once)


def test_a_clock_can_be_stopped_before_it_starts_and_twice() -> None:
    clock = Clock(Lines())
    clock.stop()
    clock.every(60, lambda: None, "tick")
    clock.start()
    clock.stop()
    clock.stop()
