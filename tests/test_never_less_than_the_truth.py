"""What is counted is never less than what the endpoint would charge, whatever goes wrong on the way: in tokens and in
money, for each author and in all.

Random sittings of two authors over real sockets, through the real adapter, against doubles that keep the bill: replies
that break off, are refused, late, delivered twice or lost with their process, and two processes that hold one sitting.
"""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from agent import pausing, schedule, write
from agent.adapters.claude import Claude
from agent.invite import invite
from agent.outlet import Ask, Outlet, Reply
from agent.prices import price_of
from agent.queries import pause_of
from agent.settings import PriceSettings, Settings
from agent.tables import Author, Call, Paid, WritingSession
from agent.testing import NOON, MovableClock
from agent.write.accounts import Account, Accounts, accounts
from agent.write.usage import Cap, cost_of, used
from tests.messages_api import (
    Answer,
    HttpError,
    MessagesApi,
    a_call,
    after_work,
    bad_tool_json,
    cut_off_after,
    error_event,
    html_error,
    http_error,
    message,
    no_message_stop,
    reset,
    text,
    tool_use,
    twice,
)

pytestmark = pytest.mark.slow

AUTHORS = ("opus", "sonnet")
SHORT, LONG = 0.3, 20.0
"""Seconds that a call may take: where replies are late, and otherwise."""
HIDDEN = 530
"""Tokens of the words that the service adds to tools, by its own account, with Claude 3 Opus."""
SEEDS = range(8)
STEPS = 22

Made = Answer | HttpError
Money = tuple[int, int]
"""Tokens, and millionths of a dollar."""


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Dying:
    """An endpoint that is asked, and whose process ends before anybody hears the answer."""

    real: Claude

    def count(self, ask: Ask) -> int:
        """Keep the protocol Llm."""
        return self.real.count(ask)

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Keep the protocol Llm."""
        self.real.ask(ask, heard=heard)
        raise KilledError


class Endpoint:
    """One author's double: answers at random, and says what it charged."""

    def __init__(self, dice: random.Random, *, breaks: bool, with_tools: bool) -> None:
        self.dice, self.breaks, self.with_tools = dice, breaks, with_tools
        self.api = MessagesApi(self.answer)
        self.charged: Money = (0, 0)
        self._seen = 0

    def answer(self, body: dict[str, Any]) -> Made:
        """A reply of up to as many tokens as there can be: one for each byte that was sent, and those of the tools."""
        most = sum(map(len, strings([body.get("system", ""), body["messages"], body.get("tools", [])])))
        most += HIDDEN if body.get("tools") else 0
        tokens = (
            self.dice.choice([most, self.dice.randint(1, most)]),
            self.dice.choice([body["max_tokens"], self.dice.randint(1, body["max_tokens"])]),
        )
        said = replace(self.reply(), tokens=tokens)
        return self.broken(said) if self.breaks and self.dice.random() < 0.5 else said

    def reply(self) -> Answer:
        """What the author says; seldom its last word."""
        ends = text("DECLINE") if not self.with_tools else tool_use("decline", {})
        goes_on = text("On and on", stop_reason="max_tokens")
        if self.with_tools:
            looks = message(a_call("read_draft", {}), a_call("read_notes", {}), stop_reason="tool_use")
            goes_on = self.dice.choice([looks, tool_use("write_note", {"text": "Ice."}), text("Let me think.")])
        return ends if self.dice.random() < 0.15 else goes_on

    def broken(self, said: Answer) -> Made:
        """The same, and what goes wrong with it."""
        events = self.dice.randint(1, 5)
        return self.dice.choice(
            [
                lambda: reset(answer=said),
                lambda: reset(events, said),
                lambda: cut_off_after(events, said),
                lambda: cut_off_after(events, said, within_http=True),
                lambda: no_message_stop(said),
                lambda: replace(said, stop_reason=None),
                lambda: replace(said, stop_reason="refusal"),
                lambda: replace(bad_tool_json("write_note", '{"text": tru'), tokens=said.tokens),
                lambda: replace(message(), tokens=said.tokens),
                lambda: error_event("overloaded_error", after=events, answer=said),
                lambda: error_event("overloaded_error", answer=said),
                lambda: error_event("rate_limit_error", answer=said),
                lambda: html_error(504, "Gateway timeout", work=said),
                lambda: twice("message_start", said),
                lambda: twice("message_delta", said),
                lambda: twice("message_stop", said),
                lambda: http_error(429, "rate_limit_error", retry_after=self.dice.choice([0, 7, 90_000])),
                lambda: http_error(529, "overloaded_error"),
                lambda: http_error(500, "api_error"),
                lambda: http_error(404, "not_found_error"),
                lambda: http_error(400, "invalid_request_error"),
                lambda: after_work(30, said),
            ]
        )()

    def charge(self, price: Callable[[int, int], int]) -> None:
        """Put what was begun since on the account, at the price of that day."""
        fresh = self.api.bill[self._seen :]
        self._seen += len(fresh)
        tokens, cost = self.charged
        self.charged = (tokens + sum(map(sum, fresh)), cost + sum(price(*pair) for pair in fresh))


class World:
    """Two authors, their endpoints, and the sittings that go on."""

    def __init__(self, outlet: Outlet, dice: random.Random, ends: dict[str, Endpoint], seconds: float) -> None:
        real = {
            slug: Claude(outlet.settings.author(slug), base_url=ends[slug].api.url, api_key="k", seconds=seconds)
            for slug in AUTHORS
        }
        self.outlet = replace(outlet, llm=real.__getitem__)
        self.dying = replace(outlet, llm=lambda slug: Dying(real[slug]))
        self.dice, self.ends = dice, ends
        self.sessions: dict[int, str] = {}

    @property
    def clock(self) -> MovableClock:
        """The time of this world."""
        assert isinstance(self.outlet.now, MovableClock)
        return self.outlet.now

    def sit(self, slug: str) -> int:
        """Open a sitting."""
        session = write.open_session(self.outlet, invite(self.outlet, schedule.ask_now(self.outlet, slug, "plain")))
        self.sessions[session] = slug
        return session

    def step(self, session: int, how: str = "plainly") -> None:
        """Do the next thing in a sitting, in one of three ways; waits are jumped over, and pauses lifted."""
        day, slug = self.clock().date(), self.sessions[session]
        if how == "killed":
            with_killed(lambda: write.take_turn(self.dying, session))
            thens: list[write.Then] = []
        else:
            many = 2 if how == "twice" else 1
            with ThreadPoolExecutor(many) as pool:
                thens = list(pool.map(lambda _: write.take_turn(self.outlet, session), range(many)))
        self.ends[slug].charge(lambda asked, answered: self.cost(slug, day, asked, answered))
        for then in thens:
            if isinstance(then, write.Held):
                self.lift(slug)
                self.wait(slug)
            elif isinstance(then, float):
                self.clock.forward(seconds=then)

    def lift(self, slug: str) -> None:
        """Somebody mended what paused an author."""
        with self.outlet.database.read() as db:
            author = db.exec(select(Author).where(Author.slug == slug)).one()
            is_paused = pause_of(db, author.id) is not None
        if is_paused:
            self.clock.forward(seconds=1)
            pausing.set_pause(self.outlet, slug, paused=False, actor="ada", reason="mended")

    def wait(self, slug: str) -> None:
        """The moment comes from which the endpoint of an author is asked again."""
        of_theirs = [session for session, author in self.sessions.items() if author == slug]
        with self.outlet.database.read() as db:
            moments = db.exec(select(Call.retry_at).where(col(Call.session_id).in_(of_theirs))).all()
        self.clock.at = max([self.clock(), *(moment for moment in moments if moment is not None)])

    def cost(self, slug: str, day: date, asked: int, answered: int) -> int:
        """What the endpoint charges for a message."""
        price = price_of(self.outlet.settings, self.outlet.settings.author(slug), day)
        return cost_of(price, input_tokens=asked, output_tokens=answered) or 0

    def over(self, session: int) -> bool:
        """Whether a sitting has come to its end."""
        with self.outlet.database.read() as db:
            return db.get_one(WritingSession, session).outcome is not None

    def accounts(self) -> Accounts:
        """What we say."""
        with self.outlet.database.read() as db:
            return accounts(self.outlet, db)

    def look(self) -> None:
        """What we say is never less than what was charged."""
        found = self.accounts()
        for slug, end in self.ends.items():
            of = found.authors[slug].all
            assert of.tokens >= end.charged[0], slug
            assert of.cost >= end.charged[1], slug
            assert of.unpriced == of.unsized == 0
        total = tuple(map(sum, zip(*(end.charged for end in self.ends.values()), strict=True)))
        assert found.total.all.tokens >= total[0]
        assert found.total.all.cost >= total[1]


def with_killed(turn: Callable[[], object]) -> None:
    """Do something in a process that is killed as soon as it was answered."""
    try:
        turn()
    except KilledError:
        return


def strings(value: Any) -> Iterator[bytes]:
    """All text in a request, and the names of what there is of it in tools."""
    if isinstance(value, str):
        yield value.encode()
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key.encode()
            yield from strings(each)
    elif value is not None:
        yield json.dumps(value).encode()


@contextmanager
def a_world(outlet: Outlet, seed: int, *, breaks: bool, seconds: float) -> Iterator[World]:
    """Two authors; the price of both changes after a day, and a cap is never in the way."""
    dice = random.Random(seed)
    settings = outlet.settings.model_copy(update={"prices": PRICES, "max_cost_per_month": 1e6, "call_attempts": 3})
    with ExitStack() as stack:
        ends = {slug: Endpoint(dice, breaks=breaks, with_tools=settings.author(slug).profile.tools) for slug in AUTHORS}
        for end in ends.values():
            stack.enter_context(end.api)
        yield World(replace(outlet, settings=settings), dice, ends, seconds)


PRICES = [
    PriceSettings(model_id="claude-3-opus-20240229", since=NOON.date() + timedelta(days=after), input=i, output=o)
    for after, i, o in ((-9, 15.0, 75.0), (1, 7.5, 30.1), (2, 0.3, 1.7))
]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_breaks_no_less_is_counted_than_was_charged(outlet: Outlet, seed: int) -> None:
    with a_world(outlet, seed, breaks=True, seconds=SHORT) as world:
        going_on = [world.sit(slug) for slug in AUTHORS * 2]
        for _ in range(STEPS):
            session = world.dice.choice(going_on)
            world.step(session, world.dice.choices(["plainly", "twice", "killed"], [8, 1, 1])[0])
            world.look()
            if world.over(session):
                going_on[going_on.index(session)] = world.sit(world.sessions[session])
        assert sum(end.charged[0] for end in world.ends.values()) > 0
        the_caps_say_the_same(world.outlet, world.accounts())


def the_caps_say_the_same(outlet: Outlet, found: Accounts) -> None:
    """What stands before the next call is what the accounts say of the last thirty days."""
    now = outlet.now()
    assert now - NOON < timedelta(days=30)
    for whose, account in ((None, found.total), *found.authors.items()):
        caps = [Cap(whose, "cost", "month", 0), Cap(whose, "tokens", "month", 0)]
        with outlet.database.read() as db:
            assert used(db, outlet.settings, caps, now, None) == [account.all.cost, account.all.tokens]


def test_where_nothing_breaks_what_is_booked_is_what_was_charged_to_the_last_token(outlet: Outlet) -> None:
    with a_world(outlet, 99, breaks=False, seconds=LONG) as world:
        for slug in AUTHORS * 3:
            session = world.sit(slug)
            for _ in range(20):
                if world.over(session):
                    break
                world.step(session)
            world.clock.forward(hours=9)
        found = world.accounts()
        for slug, end in world.ends.items():
            account = found.authors[slug]
            booked = account.sums[Paid.SETTLED]
            assert (booked.tokens, booked.cost) == end.charged == (account.all.tokens, account.all.cost)
            assert booked.calls == account.calls == len(end.api.bill) > 0
            assert_no_call_passed_what_was_reserved_for_it(world.outlet)


def assert_no_call_passed_what_was_reserved_for_it(outlet: Outlet) -> None:
    with outlet.database.read() as db:
        calls = db.exec(select(Call).where(col(Call.paid) == Paid.SETTLED)).all()
    for call in calls:
        assert call.input_tokens + call.output_tokens <= (call.reserved_tokens or 0)
        assert (call.cost or 0) <= (call.reserved or 0)


def test_a_call_whose_process_was_killed_is_counted_in_flight_and_then_as_possibly_paid(outlet: Outlet) -> None:
    with a_world(outlet, 7, breaks=False, seconds=LONG) as world:
        session = world.sit("opus")
        world.step(session, "killed")
        [charged] = world.ends["opus"].api.bill
        in_flight = world.accounts().authors["opus"]
        assert states(in_flight) == {Paid.RESERVED: 1}
        assert in_flight.all.tokens >= sum(charged)
        world.look()
        world.step(session)
        after = world.accounts().authors["opus"]
        assert states(after) == {Paid.POSSIBLY: 1, Paid.SETTLED: 1}
        assert after.sums[Paid.POSSIBLY] == in_flight.sums[Paid.RESERVED]
        assert after.sums[Paid.SETTLED].tokens == sum(world.ends["opus"].api.bill[1])
        world.look()


def states(account: Account) -> dict[Paid, int]:
    return {paid: of.calls for paid, of in account.sums.items() if of.calls}


def test_an_author_of_unknown_price_is_counted_in_tokens_and_not_for_nothing(outlet: Outlet) -> None:
    with a_world(outlet, 3, breaks=False, seconds=LONG) as world:
        world.outlet = replace(world.outlet, settings=without_prices(world.outlet.settings))
        session = world.sit("sonnet")
        world.step(session)
        everybodys = world.outlet.settings.model_copy(update={"max_tokens_per_month": 10**7})
        world.outlet = replace(world.outlet, settings=everybodys)
        world.step(session)
        assert world.ends["sonnet"].api.bill == [], "no cap of its own tokens: no call"
        own = [author.model_copy(update={"max_tokens_per_month": 10**7}) for author in everybodys.authors]
        world.outlet = replace(world.outlet, settings=everybodys.model_copy(update={"authors": own}))
        world.step(session)
        [charged] = world.ends["sonnet"].api.bill
        of = world.accounts().authors["sonnet"].all
        assert (of.tokens, of.calls, of.unpriced) == (sum(charged), 1, 1)


def without_prices(settings: Settings) -> Settings:
    none = {"input_price": None, "output_price": None}
    authors = [a.model_copy(update={"profile": a.profile.model_copy(update=none)}) for a in settings.authors]
    return settings.model_copy(update={"prices": [], "authors": authors})
