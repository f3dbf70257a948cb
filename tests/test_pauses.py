"""How long a sign-in waits after failures."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.staff.pauses import FIRST, LONGEST, pause
from agent.testing import NOON


def failed(*seconds_ago: float) -> list[datetime]:
    return [NOON - timedelta(seconds=seconds) for seconds in seconds_ago]


def test_the_first_failures_cost_nothing() -> None:
    assert pause([], 5, NOON) == 0
    assert pause(failed(0, 0, 0, 0), 5, NOON) == 0


def test_a_pause_counts_from_the_newest_failure_and_doubles_with_each() -> None:
    assert [pause([NOON] * n, 5, NOON) for n in range(4, 13)] == [0, 15, 30, 60, 120, 240, 480, 900, 900]
    assert pause(failed(10, 500, 500, 500, 500), 5, NOON) == 5
    assert pause(failed(15, 500, 500, 500, 500), 5, NOON) == 0


@given(st.lists(st.integers(0, 80_000)), st.integers(1, 200))
def test_no_pause_is_longer_than_the_longest(ago: list[int], free: int) -> None:
    waits = pause(failed(*sorted(ago)), free, NOON)
    assert 0 <= waits <= LONGEST.total_seconds()
    assert waits == 0 or len(ago) >= free


def test_a_name_at_one_address_is_guessed_about_a_hundred_times_a_day() -> None:
    at, tries, failures = NOON, 0, [NOON] * 0
    while at < NOON + timedelta(days=1):
        if wait := pause(failures, 5, at):
            at += timedelta(seconds=wait)
            continue
        tries, failures = tries + 1, [at, *failures]
    assert 90 < tries < 115
    assert timedelta(seconds=15) == FIRST
