"""What the judge was asked and what it cost, counted like the calls of authors."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy import select as row
from sqlmodel import Session, case, col, func

from agent.check.asked.hindrance import spent
from agent.outlet import Outlet
from agent.profiles import Profile
from agent.tables import Judgement, Paid
from agent.write.accounts import Account, Sum, Used, missing, month_of
from agent.write.usage import Cap, Span

JUDGE = "the judge"


@dataclass(frozen=True)
class Judged:
    """What the judge used: in all, by month, the newest first, and of its budget, where one is set now."""

    total: Account
    months: dict[str, Account]
    caps: list[Used]


def judged(outlet: Outlet, db: Session) -> Judged | None:
    """The account of the judge; None where none is set and none was ever asked."""
    total, months = Account(), defaultdict[str, Account](Account)
    for month, paid, of in _sums(outlet, db):
        for account in (total, months[month]):
            account.sums[paid] += of
    if outlet.settings.judge is None and not months:
        return None
    return Judged(total, dict(sorted(months.items(), reverse=True)), list(_caps(outlet, db)))


def _sums(outlet: Outlet, db: Session) -> Iterator[tuple[str, Paid, Sum]]:
    """Month, state, and what the questions of these used."""
    ended, is_known = col(Judgement.ended_at).is_not(None), col(Judgement.cost).is_not(None)
    answered = col(Judgement.answered_by) != ""
    state: Any = case(
        (~ended, Paid.RESERVED.value),
        (~is_known, Paid.POSSIBLY.value),
        (answered, Paid.SETTLED.value),
        else_=Paid.UNPAID.value,
    )
    price = func.coalesce(Judgement.cost, Judgement.reserved)
    # Nobody counted what a question asked and answered whose end is not known.
    tokens: Any = case((is_known, Judgement.input_tokens + Judgement.output_tokens))
    groups: list[Any] = [month_of(db, Judgement.at), state]
    sums = [func.sum(func.coalesce(of, 0)) for of in (tokens, Judgement.input_tokens, Judgement.output_tokens, price)]
    rows = row(*groups, func.count(), *sums, missing(price), missing(tokens)).group_by(*groups)
    judge = outlet.settings.judge
    most = (judge.profile if judge else Profile()).context_tokens
    for month, paid, *found in db.execute(rows):
        of = Sum(*map(int, found))
        yield month, Paid(paid), of + Sum(tokens=of.unsized * most)


def _caps(outlet: Outlet, db: Session) -> Iterator[Used]:
    judge = outlet.settings.judge
    for span in get_args(Span):
        most = getattr(judge, f"max_cost_per_{span}", None)
        if most is not None:
            cap = Cap(JUDGE, "cost", span, round(most * 1_000_000))
            yield Used(cap, spent(db, outlet.now(), span))
