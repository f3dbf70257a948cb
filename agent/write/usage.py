"""Tokens, money and the caps that stand before each call. Money is in millionths of a dollar."""

import math
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from agent.outlet import Ask
from agent.profiles import Profile
from agent.record import canonical
from agent.settings import Settings
from agent.tables import Author, Call, Paid, WritingSession

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


def price(profile: Profile, *, input_tokens: int, output_tokens: int) -> int | None:
    """What that many tokens cost, rounded up; None where a price is unknown."""
    if profile.input_price is None or profile.output_price is None:
        return None
    # Dollars per million tokens are millionths of a dollar per token.
    return math.ceil(input_tokens * profile.input_price + output_tokens * profile.output_price)


def worst_case(profile: Profile, ask: Ask) -> int | None:
    """The most a call can cost: a token is at least one byte, and no reply is longer than its limit."""
    bytes_sent = len(canonical([ask.system, ask.messages, ask.tools]))
    return price(profile, input_tokens=bytes_sent, output_tokens=profile.max_output_tokens)


def spent(db: Session, now: datetime, author: Author | None = None) -> int:
    """What the calls of the outlet, or of one author, cost in the last 30 days, with what is reserved or
    possibly paid."""
    amount = func.coalesce(Call.cost, Call.reserved, 0)
    paid = select(func.sum(amount)).where(Call.at > now - MONTH, col(Call.paid) != Paid.UNPAID)
    if author is not None:
        paid = paid.join(WritingSession).where(WritingSession.author_id == author.id)
    return int(db.exec(paid).one() or 0)


def least(profile: Profile) -> int | None:
    """What must be free before a sitting begins: the price of one reply of full length."""
    return price(profile, input_tokens=0, output_tokens=profile.max_output_tokens)


def over_cost(db: Session, settings: Settings, author: Author, now: datetime, reserve: int | None) -> str | None:
    """Why a call that may cost `reserve` cannot be made, in words; None where it can."""
    if reserve is None:
        return "its prices are unknown, so max_cost_per_month could not be kept: give input_price and output_price"
    own = settings.author(author.slug).max_cost_per_month
    caps: list[tuple[str, float, Author | None]] = [("max_cost_per_month", settings.max_cost_per_month, None)]
    caps += [(f"max_cost_per_month of {author.slug}", own, author)] if own is not None else []
    for name, dollars, whose in caps:
        cap = round(dollars * 1_000_000)
        if (so_far := spent(db, now, whose)) + reserve > cap:
            return (
                f"{name} is ${cap / 1e6:.2f}: ${so_far / 1e6:.2f} is spent or reserved in 30 days, "
                f"and this call may cost ${reserve / 1e6:.2f}"
            )
    return None


def over_sessions(db: Session, settings: Settings, author: Author, now: datetime, *, more: int = 1) -> str | None:
    """Why an author cannot begin that many more sessions today, in words; None where it can."""
    recent = select(func.count()).where(WritingSession.author_id == author.id, WritingSession.began_at > now - DAY)
    own = settings.author(author.slug).max_sessions_per_day
    cap = settings.max_sessions_per_day if own is None else own
    if more and (count := db.exec(recent).one()) + more > cap:
        return f"max_sessions_per_day is {cap}, and {author.byline} had {count} in 24 hours"
    return None
