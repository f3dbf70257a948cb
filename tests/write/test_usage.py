"""Tokens, money and the caps before each call. Money is in millionths of a dollar."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import col, func, select

from agent import schedule, write
from agent.invite import invite
from agent.outlet import Ask, Outlet, Reply
from agent.prices import Price
from agent.profiles import PROFILES
from agent.settings import PriceSettings, Settings
from agent.tables import Author, Call, Paid, Tally, WritingSession
from agent.testing import NOON, MovableClock, ScriptedLlm, text_reply, tool_reply, with_llm
from agent.write.usage import (
    HIDDEN_TOKENS,
    Amount,
    Cap,
    caps_of,
    cost_of,
    is_for_ever,
    least,
    over_caps,
    over_sessions,
    used,
    worst_case,
)

OPUS = PROFILES["claude-3-opus"]
DEAR = Price(15.0, 75.0)
FREE = Price(0.0, 0.0)


@pytest.mark.parametrize(
    ("price", "tokens", "cost"),
    [
        (DEAR, (1_000_000, 0), 15_000_000),
        (DEAR, (0, 1_000_000), 75_000_000),
        (DEAR, (100, 50), 5_250),
        (Price(0.25, 1.25), (1, 0), 1),
        (FREE, (4_000, 900), 0),
        (None, (1, 1), None),
        (None, (0, 0), None),
    ],
)
def test_what_tokens_cost_is_rounded_up_and_unknown_where_the_price_is(
    price: Price | None, tokens: tuple[int, int], cost: int | None
) -> None:
    assert cost_of(price, input_tokens=tokens[0], output_tokens=tokens[1]) == cost


@given(text=st.text(), output=st.integers(0, OPUS.max_output_tokens))
def test_no_call_uses_more_than_its_worst_case(text: str, output: int) -> None:
    ask = Ask("welcome", [{"role": "user", "content": [{"type": "text", "text": text}]}])
    most_input = len(text.encode()) + len(b"welcome")  # a token is at least one byte
    worst = worst_case(OPUS, DEAR, ask)
    assert worst.tokens >= most_input + output
    assert worst.cost is not None
    assert worst.cost >= (cost_of(DEAR, input_tokens=most_input, output_tokens=output) or 0)


def test_the_words_that_a_service_adds_to_tools_are_within_the_worst_case() -> None:
    one = {"name": "a", "input_schema": {"type": "object"}}
    without, with_one = (worst_case(OPUS, DEAR, Ask("", [], tools)) for tools in ([], [one]))
    assert HIDDEN_TOKENS >= 530, "as the service says of Claude 3 Opus"
    assert with_one.tokens - without.tokens >= 530 + len("a") + len("object")
    assert with_one.cost is not None
    assert without.cost is not None
    assert with_one.cost - without.cost >= 530 * 15


def test_an_unknown_price_makes_the_worst_case_unknown_and_its_tokens_known() -> None:
    assert worst_case(OPUS, None, Ask("welcome", [])) == Amount(len(b'["welcome",[],[]]') + 4_096, None)
    assert least(OPUS, None) == Amount(4_096, None)
    assert least(OPUS, DEAR) == Amount(4_096, 307_200)


def a_sitting(outlet: Outlet, author: str = "opus") -> int:
    return write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, author)))


def a_call(outlet: Outlet, paid: Paid, *, author: str = "opus", session: int | None = None, **facts: Any) -> int:
    """A call that was made at noon; returns its session."""
    session = session or a_sitting(outlet, author)
    with outlet.database.write() as db:
        db.add(Call(**{"session_id": session, "turn_number": 2, "paid": paid, "at": NOON} | facts))
    return session


def so_far(outlet: Outlet, now: Any = NOON, *, whose: str | None = None, session: int | None = None) -> dict[str, int]:
    """What is used of every cap that there can be."""
    kinds = [(kind, span) for kind in ("cost", "tokens") for span in ("session", "day", "month")]
    caps = [Cap(whose, kind, span, 0) for kind, span in kinds]  # type: ignore[arg-type]
    with outlet.database.read() as db:
        amounts = used(db, outlet.settings, caps, now, session)
    return {f"{kind} {span}": amount for (kind, span), amount in zip(kinds, amounts, strict=True)}


@pytest.mark.parametrize(
    ("paid", "facts", "cost", "tokens"),
    [
        (Paid.RESERVED, {"reserved": 700, "reserved_tokens": 90}, 700, 90),
        (Paid.POSSIBLY, {"reserved": 700, "reserved_tokens": 90}, 700, 90),
        (Paid.POSSIBLY, {"reserved": None, "reserved_tokens": 90}, 0, 90),
        (Paid.POSSIBLY, {"reserved": 700, "reserved_tokens": None}, 700, 200_000),
        (
            Paid.SETTLED,
            {"reserved": 700, "reserved_tokens": 90, "cost": 80, "input_tokens": 5, "output_tokens": 6},
            80,
            11,
        ),
        (Paid.SETTLED, {"reserved": 700, "reserved_tokens": 90, "cost": 0}, 0, 0),
        (Paid.SETTLED, {"input_tokens": 5, "output_tokens": 6}, 0, 11),
        (Paid.UNPAID, {"reserved": 700, "reserved_tokens": 90}, 0, 0),
        (Paid.UNPAID, {"reserved": 700, "reserved_tokens": None}, 0, 0),
    ],
)
def test_what_may_have_been_paid_counts_as_used(
    outlet: Outlet, paid: Paid, facts: dict[str, int | None], cost: int, tokens: int
) -> None:
    session = a_call(outlet, paid, **facts)
    spans = ("session", "day", "month")
    expected = {f"cost {span}": cost for span in spans} | {f"tokens {span}": tokens for span in spans}
    assert so_far(outlet, session=session) == so_far(outlet, session=session, whose="opus") == expected
    assert so_far(outlet, session=a_sitting(outlet))["cost session"] == 0
    assert set(so_far(outlet, whose="sonnet").values()) == {0}


def test_a_lost_call_of_an_earlier_version_counts_as_its_authors_whole_context(outlet: Outlet) -> None:
    authors = [
        author.model_copy(update={"profile": author.profile.model_copy(update={"context_tokens": tokens})})
        for author, tokens in zip(outlet.settings.authors, (8_000, 9_000), strict=True)
    ]
    outlet = replace(outlet, settings=outlet.settings.model_copy(update={"authors": authors}))
    a_call(outlet, Paid.POSSIBLY, reserved=1, reserved_tokens=None)
    assert so_far(outlet, whose="opus")["tokens day"] == 8_000
    assert so_far(outlet)["tokens day"] == 9_000, "whose it was is not looked up; the largest holds"


def test_money_counts_for_thirty_days_and_for_one_to_the_second(both: Outlet) -> None:
    a_call(both, Paid.SETTLED, cost=80, input_tokens=2)
    for span, days in (("day", 1), ("month", 30)):
        for whose in (None, "opus"):
            before, after = (so_far(both, NOON + timedelta(days=days, seconds=s), whose=whose) for s in (-1, 0))
            assert (before[f"cost {span}"], before[f"tokens {span}"]) == (80, 2)
            assert (after[f"cost {span}"], after[f"tokens {span}"]) == (0, 0)


SEEDS = [1, 2]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_used_is_the_sum_over_the_calls_whatever_becomes_of_them(both: Outlet, seed: int) -> None:
    """The tallies of whole days are kept by triggers: they say what the calls themselves say."""
    dice = random.Random(seed)
    sessions = {"opus": a_sitting(both, "opus"), "sonnet": a_sitting(both, "sonnet")}

    def facts() -> dict[str, Any]:
        return {
            "paid": dice.choice(list(Paid)),
            "reserved": dice.choice([None, dice.randrange(10**9)]),
            "reserved_tokens": dice.choice([None, dice.randrange(10**6)]),
            "cost": dice.choice([None, dice.randrange(10**9)]),
            "input_tokens": dice.randrange(10**6),
            "output_tokens": dice.randrange(10**4),
            "at": NOON - timedelta(seconds=dice.randrange(40 * 86_400)),
        }

    with both.database.write() as db:
        calls = [Call(session_id=dice.choice(list(sessions.values())), turn_number=2, **facts()) for _ in range(60)]
        db.add_all(calls)
        db.flush()
        for call in dice.sample(calls, 20):
            call.sqlmodel_update(facts())
        for call in dice.sample(calls, 10):
            db.delete(call)
    with both.database.read() as db:
        left = db.exec(select(Call)).all()
    assert len(left) == 50
    for whose, number in ((None, None), *sessions.items()):
        own = [call for call in left if number in (None, call.session_id) and call.paid is not Paid.UNPAID]
        expected = {}
        for span, since in (("session", None), ("day", NOON - timedelta(days=1)), ("month", NOON - timedelta(days=30))):
            within = [call for call in own if (call.at > since if since else number is not None)]
            expected[f"cost {span}"] = sum(map(money, within))
            expected[f"tokens {span}"] = sum(map(tokens, within))
        assert so_far(both, whose=whose, session=number) == expected


def money(call: Call) -> int:
    return call.cost if call.cost is not None else call.reserved or 0


def tokens(call: Call) -> int:
    if call.paid is Paid.SETTLED:
        return call.input_tokens + call.output_tokens
    return 200_000 if call.reserved_tokens is None else call.reserved_tokens


def test_a_day_of_a_tally_is_one_of_utc(both: Outlet) -> None:
    for hour in (23, 25):
        a_call(both, Paid.SETTLED, cost=1, at=NOON.replace(hour=0) + timedelta(hours=hour))
    with both.database.read() as db:
        days = db.exec(select(Tally.day, func.sum(Tally.cost)).group_by(col(Tally.day)).order_by(col(Tally.day))).all()
    assert [(day, int(cost)) for day, cost in days] == [(date(2026, 11, 1), 1), (date(2026, 11, 2), 1)]


def test_one_question_tells_what_every_cap_has_left(outlet: Outlet) -> None:
    every = dict.fromkeys((f"max_{kind}_per_{span}" for kind in ("cost", "tokens") for span in ("session", "day")), 9)
    settings = capped(replace(outlet, settings=capped(outlet, **every)), "opus", **every)
    asked: list[str] = []

    def hear(*given: Any) -> None:
        asked.append(given[2])

    session = a_sitting(outlet)
    with outlet.database.read() as db:
        opus = db.get_one(Author, 1)
        event.listen(outlet.database.engine, "before_cursor_execute", hear)
        try:
            assert over_caps(db, settings, opus, NOON, Amount(9, 9), session_id=session) is None
        finally:
            event.remove(outlet.database.engine, "before_cursor_execute", hear)
    assert len(asked) == 1


# Caps


def capped(outlet: Outlet, slug: str | None = None, **caps: Any) -> Settings:
    """The settings with other caps: the outlet's, or one author's own."""
    if slug is None:
        return outlet.settings.model_copy(update=caps)
    authors = [a.model_copy(update=caps) if a.name == slug else a for a in outlet.settings.authors]
    return outlet.settings.model_copy(update={"authors": authors})


def hindrances(
    outlet: Outlet, settings: Settings, more: Amount, session: int | None = None, now: Any = NOON
) -> list[str | None]:
    """Why Opus and Sonnet cannot make a call that may use so much."""
    with outlet.database.read() as db:
        authors = [db.get_one(Author, number) for number in (1, 2)]
        return [over_caps(db, settings, author, now, more, session_id=session) for author in authors]


def dollars(cost: int) -> Amount:
    return Amount(0, cost)


def test_a_call_may_use_the_cap_up_and_not_pass_it(outlet: Outlet) -> None:
    a_call(outlet, Paid.SETTLED, cost=600_000)
    settings = capped(outlet, max_cost_per_month=1.0)
    assert hindrances(outlet, settings, dollars(400_000)) == [None, None]
    reason, another = hindrances(outlet, settings, dollars(400_001))
    assert reason == another
    assert reason == (
        "max_cost_per_month is $1.00: $0.60 is spent or reserved in 30 days, and this call may cost $0.40"
    )


@pytest.mark.parametrize("span", ["day", "month"])
@pytest.mark.parametrize("kind", ["cost", "tokens"])
@pytest.mark.parametrize("slug", [None, "opus"])
def test_every_cap_holds_for_whom_it_is_set_and_ends_with_its_span(
    outlet: Outlet, slug: str | None, kind: str, span: str
) -> None:
    a_call(outlet, Paid.POSSIBLY, reserved=600_000, reserved_tokens=600_000)
    settings = capped(outlet, slug, **{f"max_{kind}_per_{span}": 1.0 if kind == "cost" else 1_000_000})
    assert hindrances(outlet, settings, Amount(400_000, 400_000)) == [None, None]
    reason, another = hindrances(outlet, settings, Amount(400_001, 400_001))
    assert reason is not None
    assert reason.startswith(f"max_{kind}_per_{span}{' of opus' if slug else ''} is ")
    assert another == (None if slug else reason)
    later = NOON + timedelta(days={"day": 1, "month": 30}[span])
    assert hindrances(outlet, settings, Amount(400_001, 400_001), now=later) == [None, None]


@pytest.mark.parametrize("slug", [None, "opus"])
def test_a_cap_for_a_session_names_the_two_ways_out(outlet: Outlet, slug: str | None) -> None:
    session = a_call(outlet, Paid.SETTLED, cost=600_000, input_tokens=600)
    whose = " of opus" if slug else ""
    settings = capped(outlet, slug, max_cost_per_session=1.0)
    assert hindrances(outlet, settings, dollars(400_000), session)[0] is None
    assert hindrances(outlet, settings, dollars(400_001), session)[0] == (
        f"max_cost_per_session{whose} is $1.00: $0.60 is spent or reserved in this session, and this call may cost "
        f"$0.40. Raise it in afterword.toml, or: afterword sessions cancel {session} --reason WORDS"
    )
    assert hindrances(outlet, settings, dollars(400_001), a_sitting(outlet))[0] is None, "another has its own"
    settings = capped(outlet, slug, max_tokens_per_session=1_000)
    assert hindrances(outlet, settings, Amount(401, 0), session)[0] == (
        f"max_tokens_per_session{whose} is 1,000: 600 are used or reserved in this session, and this call may use "
        f"401. Raise it in afterword.toml, or: afterword sessions cancel {session} --reason WORDS"
    )


def test_a_cap_for_a_session_that_no_first_call_fits_into_says_so_before_one_begins(outlet: Outlet) -> None:
    settings = capped(outlet, max_cost_per_session=0.1)
    assert (
        hindrances(outlet, settings, least(OPUS, DEAR))
        == ["max_cost_per_session is $0.10, and one call may cost $0.31: raise it in afterword.toml"] * 2
    )


@pytest.mark.parametrize("span", ["session", "day", "month"])
@pytest.mark.parametrize("slug", [None, "opus"])
def test_a_cap_that_one_call_would_pass_is_never_waited_for_and_comes_before_those_that_pass_with_time(
    outlet: Outlet, slug: str | None, span: str
) -> None:
    session = a_call(outlet, Paid.SETTLED, cost=900_000)
    whose = " of opus" if slug else ""
    settings = capped(outlet, slug, max_cost_per_day=1.0, **{f"max_tokens_per_{span}": 99})
    words = f"max_tokens_per_{span}{whose} is 99, and one call may use 100: raise it in afterword.toml"
    assert hindrances(outlet, settings, Amount(100, 200_000))[0] == words
    [reason, _] = hindrances(outlet, settings, Amount(100, 200_000), session)
    assert reason == f"{words}, or: afterword sessions cancel {session} --reason WORDS"
    assert is_for_ever(reason)
    [reason, _] = hindrances(outlet, settings, Amount(99, 200_000), session)
    assert reason is not None
    assert reason.startswith(f"max_cost_per_day{whose} is $1.00: $0.90 is spent")
    assert not is_for_ever(reason)


def test_the_caps_that_are_set_are_named_and_no_others(outlet: Outlet) -> None:
    settings = capped(outlet, "opus", max_tokens_per_day=7, max_cost_per_session=0.0)
    assert caps_of(settings) == [Cap(None, "cost", "month", 1_000_000_000)]
    own = caps_of(settings.author("opus"), "opus")
    assert [(cap.name, cap.most) for cap in own] == [
        ("max_cost_per_session of opus", 0),
        ("max_tokens_per_day of opus", 7),
    ]


def test_an_authors_own_cap_does_not_lift_the_outlets(outlet: Outlet) -> None:
    a_call(outlet, Paid.SETTLED, cost=600_000)
    tight = replace(outlet, settings=capped(outlet, max_cost_per_month=0.5))
    assert None not in hindrances(outlet, capped(tight, "sonnet", max_cost_per_month=100.0), dollars(1))


def test_without_money_an_author_that_costs_nothing_may_still_write(outlet: Outlet) -> None:
    for settings in (capped(outlet, max_cost_per_month=0.0), capped(outlet, "opus", max_cost_per_month=0.0)):
        assert hindrances(outlet, settings, dollars(0))[0] is None
        assert hindrances(outlet, settings, dollars(1))[0] is not None


def test_an_unknown_price_holds_an_author_back_unless_its_own_tokens_are_capped(both: Outlet) -> None:
    unknown = Amount(1_000, None)
    reason, _ = hindrances(both, both.settings, unknown)
    assert reason == (
        "its price is unknown, so no cap in dollars could be kept: say under [[price]] what claude-3-opus-20240229 "
        "costs, or cap this author's own tokens by max_tokens_per_month under its [[author]]"
    )
    assert hindrances(both, capped(both, "opus", max_tokens_per_day=10**6), unknown)[0] == reason, "a day is not enough"
    for dollars in (0.0, 10.0):
        everyones = capped(both, max_cost_per_month=dollars, max_tokens_per_month=10**6)
        assert hindrances(both, everyones, unknown)[0] == reason, "nor are everybody's tokens"
    opus, sonnet = hindrances(both, capped(both, "opus", max_tokens_per_month=1_000), unknown)
    assert opus is None
    assert sonnet is not None
    a_call(both, Paid.RESERVED, reserved=None, reserved_tokens=1)
    passed = "max_tokens_per_month of opus is 1,000: 1 are used or reserved in 30 days, and this call may use 1,000"
    assert hindrances(both, capped(both, "opus", max_tokens_per_month=1_000), unknown)[0] == passed


class Waiting(ScriptedLlm):
    """An endpoint that answers once `go` is set."""

    def __init__(self) -> None:
        super().__init__([text_reply("DECLINE"), text_reply("DECLINE")])
        self.go = threading.Event()

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Keep the protocol Llm."""
        self.go.wait(20)
        return super().ask(ask, heard=heard)


def test_two_authors_that_reserve_at_once_do_not_pass_the_outlets_cap_together(both: Outlet) -> None:
    # A call may use 500,000 tokens and some: there is room for two of them, whichever come first.
    large = {"max_output_tokens": 500_000, "context_tokens": 1_000_000}
    authors = [
        author.model_copy(update={"profile": author.profile.model_copy(update=large)})
        for author in both.settings.authors
    ]
    settings = both.settings.model_copy(update={"authors": authors, "max_tokens_per_day": 1_150_000})
    outlet = with_llm(replace(both, settings=settings), llm := Waiting())
    sessions = [a_sitting(outlet, author) for author in ("opus", "sonnet", "opus", "sonnet")]
    with ThreadPoolExecutor(4) as pool:
        turns = [pool.submit(write.take_turn, outlet, session) for session in sessions]
        try:
            first = list(islice(as_completed(turns, timeout=20), 2))  # while the others are in flight
        finally:
            llm.go.set()
    held = [each for turn in first if isinstance(each := turn.result(), write.Held)]
    with both.database.read() as db:
        reserved = [call.reserved_tokens or 0 for call in db.exec(select(Call))]
    assert all(500_000 < tokens < 575_000 for tokens in reserved)
    assert (len(llm.asked), len(reserved), len(held)) == (2, 2, 2)
    assert all(one.reason.startswith("max_tokens_per_day is 1,150,000") for one in held)
    assert all("are used or reserved in 24 hours" in one.reason for one in held)


def test_a_call_keeps_the_price_of_its_own_day(outlet: Outlet, clock: MovableClock) -> None:
    facts = {"model_id": "claude-3-opus-20240229"}
    listed = [
        PriceSettings(since=date(2026, 10, 1), input=10.0, output=20.0, **facts),
        PriceSettings(since=date(2026, 11, 2), input=1.0, output=2.0, **facts),
    ]
    llm = ScriptedLlm([tool_reply("write_note", text="x"), tool_reply("decline")])
    outlet = with_llm(replace(outlet, settings=outlet.settings.model_copy(update={"prices": listed})), llm)
    session = a_sitting(outlet)
    for then in (0.0, write.OVER):
        assert write.take_turn(outlet, session) == then
        clock.forward(days=1)
    with outlet.database.read() as db:
        first, second = db.exec(select(Call).order_by(col(Call.id))).all()
    assert (first.cost, second.cost) == (100 * 10 + 50 * 20, 100 * 1 + 50 * 2)
    assert first.reserved is not None
    assert second.reserved is not None
    assert first.reserved > 5 * second.reserved


# Sessions


def test_sessions_are_counted_by_author_in_any_24_hours(outlet: Outlet, clock: MovableClock) -> None:
    def hindrance(slug: str) -> str | None:
        with outlet.database.read() as db:
            author = db.get_one(Author, {"opus": 1, "sonnet": 2}[slug])
            return over_sessions(db, outlet.settings.model_copy(update={"max_sessions_per_day": 2}), author, clock())

    for _ in range(2):
        assert hindrance("opus") is None
        a_sitting(outlet)
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
