"""When an author is due, over nights on which clocks are turned. Moments are checked against a
plain listing of wall times, made without any scheduler."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.adapters.clock import Triggers
from agent.schedule import Due, NextFire, due, slot_name

TURNS = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),  # by half an hour
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),  # at midnight
    "America/Nuuk": (date(2026, 3, 28), date(2026, 10, 24)),  # from 23:00 to the next day
    "Antarctica/Troll": (date(2026, 3, 29), date(2026, 10, 25)),  # by two hours
    "Asia/Tokyo": (date(2026, 3, 29), date(2026, 10, 25)),  # never
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = [DAYS, ("sat", "sun"), ("sun",), ("mon", "thu")]


def asking(rule: str, zone: str) -> NextFire:
    return lambda previous, now: Triggers().next_fire(rule, zone, previous, now)


def listed(
    minutes: Sequence[int], hours: str, days: Sequence[str], zone: str, *, first: date, count: int
) -> list[datetime]:
    """Every moment of a rule on `count` days. `hours` is "*", "*/N" or a list: the first two count
    the hour that autumn doubles twice."""
    step = int(hours[2:] or 1) if hours.startswith("*") else 0
    of_day = range(0, 24, step) if step else sorted({int(hour) for hour in hours.split(",")})
    moments = set()
    for day in (first + timedelta(days=n) for n in range(count)):
        if DAYS[day.weekday()] not in days:
            continue
        for hour in of_day:
            for minute in minutes:
                wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
                once, again = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
                moments.add(once)
                if step and again > once:
                    moments.add(again)
    return sorted(moments)


@st.composite
def rules(draw: st.DrawFn) -> tuple[list[int], str, Sequence[str]]:
    minutes = draw(st.lists(st.sampled_from([0, 1, 15, 29, 30, 35, 59]), min_size=1, max_size=3, unique=True))
    near = st.lists(st.sampled_from([0, 1, 2, 3, 4, 9, 22, 23]), min_size=1, max_size=3, unique=True)
    hours = draw(st.one_of(near.map(lambda found: ",".join(map(str, found))), st.sampled_from(["*", "*/2", "*/5"])))
    return minutes, hours, draw(st.sampled_from(WEEKDAYS))


@settings(max_examples=100, deadline=None)
@given(
    zone=st.sampled_from(sorted(TURNS)),
    season=st.sampled_from([0, 1]),
    rule=rules(),
    minute=st.integers(0, 4 * 1440),
    waits=st.lists(st.integers(0, 3_000), min_size=1, max_size=12),
)
@example(zone="Europe/Berlin", season=0, rule=([0], "0", DAYS), minute=0, waits=[1_440] * 6)
@example(zone="Europe/Berlin", season=1, rule=([30], "2", DAYS), minute=0, waits=[30] * 12)
@example(zone="America/Nuuk", season=0, rule=([30], "23", DAYS), minute=0, waits=[1_440] * 8)
@example(zone="Australia/Lord_Howe", season=0, rule=([15, 35], "2", DAYS), minute=2_800, waits=[5] * 12)
def test_no_moment_is_lost_none_comes_twice_and_missed_ones_are_one(
    zone: str, season: int, rule: tuple[list[int], str, Sequence[str]], minute: int, waits: list[int]
) -> None:
    minutes, hours, days = rule
    line = f"{','.join(map(str, minutes))} {hours} * * {','.join(days)}"
    first = TURNS[zone][season] - timedelta(days=4)
    moments = listed(minutes, hours, days, zone, first=first - timedelta(days=2), count=40)
    now = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(minutes=minute)
    began, next_due, names = now, None, []
    for wait in [0, *waits]:
        before, now = now, now + timedelta(minutes=wait)
        missed = [m for m in moments if (before < m or (before == m == began and not names)) and m <= now]
        decided = due(asking(line, zone), next_due, now)
        moment = decided.moment if decided else None
        assert moment == (missed[-1] if missed else None), "exactly the latest of the missed moments fires"
        if decided:
            next_due = decided.next_due
        assert next_due == next(m for m in moments if m > now), "it waits for the very next moment"
        if moment:
            names.append(slot_name(moment, line, zone))
    assert len(names) == len(set(names)), "each moment has a name of its own"


@settings(max_examples=100, deadline=None)
@given(
    count=st.integers(1, 200),
    unit=st.sampled_from(["minute", "hour", "day"]),
    waits=st.lists(st.integers(0, 5_000_000), min_size=1, max_size=8),
)
def test_an_interval_fires_at_once_and_keeps_its_beat_through_outages(count: int, unit: str, waits: list[int]) -> None:
    beat = timedelta(**{f"{unit}s": count})
    began = now = datetime(2026, 3, 28, 23, 59, 13, tzinfo=UTC)
    ask = asking(f"every {count} {unit}s", "Europe/Berlin")
    decided = due(ask, None, now)
    assert decided == Due(began, began + beat)
    next_due = decided.next_due
    for wait in waits:
        before, now = now, now + timedelta(seconds=wait)
        beats = (now - began) // beat
        decided = due(ask, next_due, now)
        if beats == (before - began) // beat:
            assert decided is None
        else:
            assert decided == Due(began + beats * beat, began + (beats + 1) * beat)
            next_due = decided.next_due


@settings(max_examples=100, deadline=None)
@given(zone=st.sampled_from(sorted(TURNS)), hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_daily_slot_is_named_by_each_local_date_once_a_year_round(zone: str, hour: int, minute: int) -> None:
    rule = f"{minute} {hour} * * *"
    for turn in TURNS[zone]:
        days = [turn + timedelta(days=n) for n in range(-2, 3)]
        moments = listed([minute], str(hour), DAYS, zone, first=days[0], count=len(days))
        assert [slot_name(moment, rule, zone) for moment in moments] == [day.isoformat() for day in days]


@pytest.mark.parametrize("rule", ["* * * * *", "every 1 minute"])
def test_ten_years_of_missed_minutes_are_one_slot_found_with_few_questions(rule: str) -> None:
    asked = 0

    def ask(previous: datetime | None, now: datetime) -> datetime | None:
        nonlocal asked
        asked += 1
        return Triggers().next_fire(rule, "Europe/Berlin", previous, now)

    now = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
    decided = due(ask, datetime(2016, 11, 22, 12, 0, tzinfo=UTC), now)
    assert decided == Due(now.replace(second=0), now.replace(second=0) + timedelta(minutes=1))
    assert asked < 40


def test_what_is_not_yet_due_asks_nothing() -> None:
    def never(previous: datetime | None, now: datetime) -> datetime | None:
        raise AssertionError("a moment was asked for")

    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert due(never, now + timedelta(seconds=1), now) is None


def test_a_new_crontab_line_waits_for_its_moment_and_makes_no_slot() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert due(asking("30 9 * * mon", "Europe/Berlin"), None, now) == Due(
        None, datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    )


def test_a_rule_that_never_fires_again_does_nothing() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert due(lambda previous, now: None, None, now) is None
    assert due(lambda previous, now: None, now, now) is None


@pytest.mark.parametrize(
    ("moment", "rule", "zone", "name"),
    [
        ("2026-10-25T00:30", "30 2 * * *", "Europe/Berlin", "2026-10-25"),
        ("2026-10-25T01:30", "30 2 * * *", "Europe/Berlin", "2026-10-25"),  # the doubled 02:30
        ("2026-03-29T01:30", "30 2 * * *", "Europe/Berlin", "2026-03-29"),  # 02:30 is skipped: 03:30
        ("2026-03-29T01:30", "30 23 * * *", "America/Nuuk", "2026-03-28"),  # 23:30 is skipped: 00:30
        ("2026-11-01T23:30", "30 8 * * mon", "Asia/Tokyo", "2026-11-02"),
        ("2026-11-01T01:30", "30 * * * *", "Europe/Berlin", "2026-11-01T01:30:00Z"),
        ("2026-11-01T01:30", "30 2,14 * * *", "Europe/Berlin", "2026-11-01T01:30:00Z"),
        ("2026-11-01T01:30", "every 1 day", "Asia/Tokyo", "2026-11-01T01:30:00Z"),
    ],
)
def test_a_slot_is_named_by_its_local_date_or_by_its_instant(moment: str, rule: str, zone: str, name: str) -> None:
    assert slot_name(datetime.fromisoformat(moment).replace(tzinfo=UTC), rule, zone) == name


def test_names_of_the_doubled_hour_differ_where_a_rule_fires_in_every_hour() -> None:
    moments = listed([0, 30], "*", DAYS, "Europe/Berlin", first=date(2026, 10, 25), count=1)
    assert len(moments) == 50
    assert all(later - earlier == timedelta(minutes=30) for earlier, later in pairwise(moments))
    assert len({slot_name(moment, "*/30 * * * *", "Europe/Berlin") for moment in moments}) == 50
