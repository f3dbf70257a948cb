"""Tokens, money and the caps before each call. Money is in millionths of a dollar."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import schedule, write
from agent.invite import invite
from agent.outlet import Ask, Outlet
from agent.profiles import PROFILES, Profile
from agent.settings import Settings
from agent.tables import Author, Call, Paid, WritingSession
from agent.testing import NOON, MovableClock
from agent.write.usage import over_cost, over_sessions, price, spent, worst_case

OPUS = PROFILES["claude-3-opus"]


@pytest.mark.parametrize(
    ("profile", "tokens", "cost"),
    [
        (OPUS, (1_000_000, 0), 15_000_000),
        (OPUS, (0, 1_000_000), 75_000_000),
        (OPUS, (100, 50), 5_250),
        (Profile(input_price=0.25, output_price=1.25), (1, 0), 1),
        (PROFILES["local"], (4_000, 900), 0),
        (Profile(input_price=1.0), (1, 1), None),
        (Profile(output_price=1.0), (1, 1), None),
    ],
)
def test_a_price_is_rounded_up_and_unknown_where_a_part_is(
    profile: Profile, tokens: tuple[int, int], cost: int | None
) -> None:
    assert price(profile, input_tokens=tokens[0], output_tokens=tokens[1]) == cost


@given(text=st.text(), output=st.integers(0, OPUS.max_output_tokens))
def test_no_call_costs_more_than_its_worst_case(text: str, output: int) -> None:
    ask = Ask("welcome", [{"role": "user", "content": [{"type": "text", "text": text}]}])
    most_input = len(text.encode()) + len(b"welcome")  # a token is at least one byte
    assert worst_case(OPUS, ask) >= price(OPUS, input_tokens=most_input, output_tokens=output)  # type: ignore[operator]


def test_the_tools_that_are_sent_are_part_of_the_worst_case() -> None:
    assert worst_case(OPUS, Ask("", [], [{"name": "submit"}])) > worst_case(OPUS, Ask("", []))  # type: ignore[operator]


def a_call(outlet: Outlet, paid: Paid, *, reserved: int | None, cost: int | None = None, at: datetime = NOON) -> None:
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus")))
    with outlet.database.write() as db:
        db.add(Call(session_id=session, turn_number=2, reserved=reserved, paid=paid, cost=cost, at=at))


def spent_at(outlet: Outlet, now: datetime) -> int:
    with outlet.database.read() as db:
        return spent(db, now)


@pytest.mark.parametrize(
    ("paid", "reserved", "cost", "counts"),
    [
        (Paid.RESERVED, 700, None, 700),
        (Paid.POSSIBLY, 700, None, 700),
        (Paid.SETTLED, 700, 80, 80),
        (Paid.SETTLED, 700, 0, 0),
        (Paid.UNPAID, 700, None, 0),
        (Paid.SETTLED, None, None, 0),
    ],
)
def test_what_may_have_been_paid_counts_as_spent(
    outlet: Outlet, paid: Paid, reserved: int | None, cost: int | None, counts: int
) -> None:
    assert spent_at(outlet, NOON) == 0
    a_call(outlet, paid, reserved=reserved, cost=cost)
    assert spent_at(outlet, NOON) == counts


def test_money_counts_for_thirty_days(outlet: Outlet) -> None:
    a_call(outlet, Paid.SETTLED, reserved=700, cost=80)
    assert spent_at(outlet, NOON + timedelta(days=30, seconds=-1)) == 80
    assert spent_at(outlet, NOON + timedelta(days=30)) == 0


def capped(outlet: Outlet, slug: str | None = None, **caps: float) -> Settings:
    """The settings with other caps: the outlet's, or one author's own."""
    if slug is None:
        return outlet.settings.model_copy(update=caps)
    authors = [a.model_copy(update=caps) if a.name == slug else a for a in outlet.settings.authors]
    return outlet.settings.model_copy(update={"authors": authors})


def hindrances(outlet: Outlet, settings: Settings, reserve: int) -> list[str | None]:
    """Why Opus and Sonnet cannot make a call that may cost so much."""
    with outlet.database.read() as db:
        return [over_cost(db, settings, db.get_one(Author, number), NOON, reserve) for number in (1, 2)]


def test_a_call_may_use_the_cap_up_and_not_pass_it(outlet: Outlet) -> None:
    a_call(outlet, Paid.SETTLED, reserved=0, cost=600_000)
    settings = capped(outlet, max_cost_per_month=1.0)
    assert hindrances(outlet, settings, 400_000) == [None, None]
    reason, another = hindrances(outlet, settings, 400_001)
    assert reason == another
    assert reason is not None
    assert reason.startswith("max_cost_per_month is $1.00: $0.60 is spent")


def test_an_authors_own_cap_that_is_spent_holds_back_nobody_else(outlet: Outlet) -> None:
    a_call(outlet, Paid.POSSIBLY, reserved=600_000)
    settings = capped(outlet, "opus", max_cost_per_month=1.0)
    assert hindrances(outlet, settings, 400_000) == [None, None]
    reason, another = hindrances(outlet, settings, 400_001)
    assert reason is not None
    assert reason.startswith("max_cost_per_month of opus is $1.00: $0.60 is spent")
    assert another is None
    assert hindrances(outlet, capped(outlet, "sonnet", max_cost_per_month=0.5), 400_001) == [None, None]


def test_an_authors_own_cap_does_not_lift_the_outlets(outlet: Outlet) -> None:
    a_call(outlet, Paid.SETTLED, reserved=0, cost=600_000)
    tight = replace(outlet, settings=capped(outlet, max_cost_per_month=0.5))
    assert None not in hindrances(outlet, capped(tight, "sonnet", max_cost_per_month=100.0), 1)


def test_without_money_an_author_that_costs_nothing_may_still_write(outlet: Outlet) -> None:
    for settings in (capped(outlet, max_cost_per_month=0.0), capped(outlet, "opus", max_cost_per_month=0.0)):
        assert hindrances(outlet, settings, 0)[0] is None
        assert hindrances(outlet, settings, 1)[0] is not None


def test_sessions_are_counted_by_author_in_any_24_hours(outlet: Outlet, clock: MovableClock) -> None:
    def hindrance(slug: str) -> str | None:
        with outlet.database.read() as db:
            author = db.get_one(Author, {"opus": 1, "sonnet": 2}[slug])
            return over_sessions(db, outlet.settings.model_copy(update={"max_sessions_per_day": 2}), author, clock())

    for _ in range(2):
        assert hindrance("opus") is None
        write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus")))
    assert hindrance("opus") == "max_sessions_per_day is 2, and Claude Opus had 2 in 24 hours"
    assert hindrance("sonnet") is None
    clock.forward(hours=24)
    assert hindrance("opus") is None


def test_an_authors_own_number_of_sessions_takes_the_place_of_the_outlets(outlet: Outlet) -> None:
    settings = capped(replace(outlet, settings=capped(outlet, "opus", max_sessions_per_day=1)), max_sessions_per_day=0)
    with outlet.database.read() as db:
        opus, sonnet = db.get_one(Author, 1), db.get_one(Author, 2)
        assert over_sessions(db, settings, opus, NOON) is None
        assert over_sessions(db, settings, opus, NOON, more=2) is not None
        assert over_sessions(db, settings, sonnet, NOON) is not None


def test_no_session_may_begin_where_the_cap_is_zero(outlet: Outlet) -> None:
    with outlet.database.read() as db:
        assert db.get(WritingSession, 1) is None
        settings = outlet.settings.model_copy(update={"max_sessions_per_day": 0})
        assert over_sessions(db, settings, db.get_one(Author, 1), NOON) is not None
