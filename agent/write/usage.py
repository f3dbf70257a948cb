"""Tokens, money and the caps that stand before each call. Money is in millionths of a dollar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists
from sqlalchemy import select as row
from sqlmodel import Session, case, col, func, select

from agent.outlet import Ask
from agent.prices import Price, in_dollars
from agent.profiles import Profile
from agent.record import canonical
from agent.settings import Caps, Settings
from agent.tables import Author, Call, Paid, Tally, WritingSession

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
Span = Literal["session", "day", "month"]
SPANS: dict[Span, str] = {"session": "in this session", "day": "in 24 hours", "month": "in 30 days"}
RAISE = "raise it in afterword.toml"
"""What helps where no time does."""
STOP = "afterword sessions cancel {} --reason WORDS"
HIDDEN_TOKENS = 600
"""What a service lays beside the tools of a request, unseen and paid for: by its own account of what tool use costs
at most 530 tokens, with Claude 3 Opus."""


@dataclass(frozen=True)
class Amount:
    """What is used or may be used: tokens, and millionths of a dollar, None where the price is unknown."""

    tokens: int = 0
    cost: int | None = 0


@dataclass(frozen=True)
class Cap:
    """How much may be used up, in tokens or in millionths of a dollar: by the outlet, or by one author (its slug)."""

    whose: str | None
    kind: Literal["cost", "tokens"]
    span: Span
    most: int

    @property
    def name(self) -> str:
        """The setting, and whose it is."""
        return f"max_{self.kind}_per_{self.span}" + (f" of {self.whose}" if self.whose else "")

    def amount(self, number: int) -> str:
        """So much of what is capped, in words."""
        return in_dollars(number) if self.kind == "cost" else f"{number:,}"


def cost_of(price: Price | None, *, input_tokens: int, output_tokens: int) -> int | None:
    """What that many tokens cost, rounded up; None where the price is unknown."""
    return None if price is None else price.of(input_tokens=input_tokens, output_tokens=output_tokens)


def worst_case(profile: Profile, price: Price | None, ask: Ask) -> Amount:
    """The most a call can use: a token is at least one byte, and no reply is longer than its limit."""
    sent, most = len(canonical([ask.system, ask.messages, ask.tools])), profile.max_output_tokens
    sent += HIDDEN_TOKENS if ask.tools else 0
    return Amount(sent + most, cost_of(price, input_tokens=sent, output_tokens=most))


def least(profile: Profile, price: Price | None) -> Amount:
    """What must be free before a sitting begins: one reply of full length."""
    most = profile.max_output_tokens
    return Amount(most, cost_of(price, input_tokens=0, output_tokens=most))


def caps_of(caps: Caps, whose: str | None = None) -> list[Cap]:
    """The caps that are set, of the outlet or of one author."""
    found: list[Cap] = []
    for span in SPANS:
        if (dollars := getattr(caps, f"max_cost_per_{span}")) is not None:
            found.append(Cap(whose, "cost", span, round(dollars * 1_000_000)))
        if (tokens := getattr(caps, f"max_tokens_per_{span}")) is not None:
            found.append(Cap(whose, "tokens", span, tokens))
    return found


def largest(settings: Settings, whose: str | None = None) -> int:
    """The most tokens that one call can have used: as many as its author's context holds."""
    able = {author.name: author.profile.context_tokens for author in settings.authors}
    return able.get(whose, Profile().context_tokens) if whose else max(able.values(), default=Profile().context_tokens)


def used(db: Session, settings: Settings, caps: Sequence[Cap], now: datetime, session_id: int | None) -> list[int]:
    """How much of each cap is used, with what is reserved or possibly paid; of those for a session by that one. A call
    whose price is unknown costs nothing here: it is made only where its author's own tokens are capped."""
    # This runs before every call, inside the one write lock: so one question, for what is capped alone.
    asked = [_used(settings, cap, now, session_id).label(f"n{at}") for at, cap in enumerate(caps)]
    return [int(amount) for amount in db.exec(row(*asked)).one()] if asked else []  # type: ignore[call-overload]


def _used(settings: Settings, cap: Cap, now: datetime, session_id: int | None) -> ColumnElement[int]:
    # A lost call of before tokens were reserved is taken as the largest there can be.
    most = largest(settings, cap.whose)
    tallied: Any = col(Tally.cost)
    counted: Any = func.coalesce(Call.cost, Call.reserved, 0)
    if cap.kind == "tokens":
        tallied = col(Tally.tokens) + col(Tally.unsized) * most
        reserved = func.coalesce(Call.reserved_tokens, most)
        counted = case((col(Call.paid) == Paid.SETTLED, Call.input_tokens + Call.output_tokens), else_=reserved)
    calls = select(func.coalesce(func.sum(counted), 0)).where(col(Call.paid) != Paid.UNPAID)
    if cap.span == "session":
        return calls.where(Call.session_id == session_id).scalar_subquery()
    since = now.astimezone(UTC) - (DAY if cap.span == "day" else MONTH)
    midnight = datetime.combine(since.date() + DAY, time(), UTC)
    calls = calls.where(Call.at > since, Call.at < midnight)  # of the day in which it begins; then whole days
    days = select(func.coalesce(func.sum(tallied), 0)).where(Tally.day >= midnight.date())
    if cap.whose is not None:
        author = select(Author.id).where(Author.slug == cap.whose).scalar_subquery()
        days = days.where(Tally.author_id == author)
        calls = calls.where(
            exists().where(col(WritingSession.id) == Call.session_id, col(WritingSession.author_id) == author)
        )
    return calls.scalar_subquery() + days.scalar_subquery()


def over_caps(
    db: Session, settings: Settings, author: Author, now: datetime, more: Amount, *, session_id: int | None = None
) -> str | None:
    """Why a call that may use `more` cannot be made, in words; None where it can. `session_id` names the session that
    it goes on with, if one is going on."""
    own = settings.author(author.slug)
    if more.cost is None and own.max_tokens_per_month is None:
        # Only a cap on this author's own tokens says that tokens, and no dollars, are to bound it.
        return (
            f"its price is unknown, so no cap in dollars could be kept: say under [[price]] what {own.model_id} costs, "
            "or cap this author's own tokens by max_tokens_per_month under its [[author]]"
        )
    caps = caps_of(settings) + caps_of(own, author.slug)
    so_far = used(db, settings, caps, now, session_id)
    # What no time mends comes first: to wait for the rest would be in vain.
    return next(chain(_too_small(caps, more, session_id), _passed(caps, so_far, more, session_id)), None)


def is_for_ever(reason: str) -> bool:
    """Whether a reason of this module says that no time mends it."""
    return RAISE in reason.casefold()


def _too_small(caps: list[Cap], more: Amount, session_id: int | None) -> Iterator[str]:
    """Each cap that the call alone would pass."""
    for cap in caps:
        call, may = _of(more, cap)
        if call > cap.most:
            stop = f", or: {STOP.format(session_id)}" if session_id is not None else ""
            yield f"{cap.name} is {cap.amount(cap.most)}, and one call may {may} {cap.amount(call)}: {RAISE}{stop}"


def _passed(caps: list[Cap], so_far: list[int], more: Amount, session_id: int | None) -> Iterator[str]:
    """Each cap that the call would pass with what is used, in words that say what to do where time does not mend it."""
    for cap, amount in zip(caps, so_far, strict=True):
        call, may = _of(more, cap)
        if amount + call <= cap.most:
            continue
        so_much = f"{cap.amount(amount)} {'is spent' if cap.kind == 'cost' else 'are used'} or reserved"
        words = f"{cap.name} is {cap.amount(cap.most)}: {so_much} {SPANS[cap.span]}"
        words += f", and this call may {may} {cap.amount(call)}"
        if cap.span == "session":
            words += f". {RAISE.capitalize()}, or: {STOP.format(session_id)}"
        yield words


def _of(more: Amount, cap: Cap) -> tuple[int, str]:
    """How much of what is capped a call may use, and the verb for it."""
    return (more.cost or 0, "cost") if cap.kind == "cost" else (more.tokens, "use")


def over_sessions(db: Session, settings: Settings, author: Author, now: datetime, *, more: int = 1) -> str | None:
    """Why an author cannot begin that many more sessions today, in words; None where it can."""
    recent = select(func.count()).where(WritingSession.author_id == author.id, WritingSession.began_at > now - DAY)
    own = settings.author(author.slug).max_sessions_per_day
    cap = settings.max_sessions_per_day if own is None else own
    if more and not cap:
        return f"max_sessions_per_day is 0, so {author.byline} begins none: {RAISE}"
    if more and (count := db.exec(recent).one()) + more > cap:
        return f"max_sessions_per_day is {cap}, and {author.byline} had {count} in 24 hours"
    return None
