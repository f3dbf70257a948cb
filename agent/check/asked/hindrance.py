"""Why the judge is not asked: nobody is set, it has lapsed, it does not answer, its budget is used up. Read from the
rows of what the judge that is set now was asked before, at its present address; said in words that readers may see,
too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from agent.checking import JudgeSettings
from agent.outlet import Outlet
from agent.prices import in_dollars, price_of
from agent.record import sha256
from agent.tables import Judgement

UNSET = "no judge is set"
LAPSED = "the judge has lapsed (404)"
UNCALLABLE = "the judge cannot be called"
DOWN = "the judge does not answer"
SLOW = "the judge did not answer to the end"
UNPRICED = "nobody knows what the judge costs, so its budget could not be kept"
SPENT = {
    "day": "the judge's budget of today is used up",
    "month": "the judge's budget of this month is used up",
}
TOO_DEAR = "one question would cost more than the judge's budget allows"

PASSING = (LAPSED, UNCALLABLE, DOWN, SLOW, UNPRICED, *SPENT.values(), TOO_DEAR)
"""Faults that are no matter of the text: it is asked again once the judge is back."""
OF_THE_ENDPOINT = (LAPSED, UNCALLABLE, DOWN, SLOW)
PROBED_EVERY = timedelta(hours=1)
"""So often a judge that has lapsed is asked again whether it is back."""
LEFT_ALONE = timedelta(seconds=10)
"""So long one is left alone that did not answer."""
SPANS = {"day": timedelta(days=1), "month": timedelta(days=30)}


@dataclass(frozen=True)
class State:
    """Whether the judge is asked now, and if not, since when and why: in words for staff alone."""

    kind: Literal["off", "asked", "lapsed", "down", "over budget", "unpriced"]
    since: datetime | None = None
    words: str = ""


@dataclass(frozen=True)
class Stop:
    """Why a question is not asked now; in so many seconds it may be, where that is not long."""

    fault: str
    seconds: float | None = None


def state(outlet: Outlet, db: Session) -> State:
    """How it stands with the judge."""
    judge, now = outlet.settings.judge, outlet.now()
    if judge is None or outlet.judge is None:
        return State("off", words=UNSET)
    price = price_of(outlet.settings, judge, now.date())
    if price is None:
        return State("unpriced", words=f"say under [[price]] what {judge.model_id} costs: {UNPRICED}")
    if (first := _first(db, outlet, LAPSED)) is not None:
        return State("lapsed", first.at, first.fault)
    least = price.of(input_tokens=0, output_tokens=judge.profile.max_output_tokens)
    if (stop := over_budget(db, judge, now, least)) is not None:
        return State("over budget", words=f"{stop.fault} ({_used(db, judge, now)})")
    if (first := _first(db, outlet, *OF_THE_ENDPOINT)) is not None:
        return State("down", first.at, first.fault)
    return State("asked")


def in_the_way(
    db: Session, outlet: Outlet, judge: JudgeSettings, cost: int | None, anew: datetime | None = None
) -> Stop | None:
    """What stands in the way of a question that may cost so much; nothing where it may be asked. What the judge failed
    to answer before the moment `anew` hinders nothing."""
    now = outlet.now()
    if cost is None:
        return Stop(UNPRICED)
    failed = _since_it_answered(db, outlet)
    if anew is not None:
        failed = failed.where(Judgement.at >= anew)
    last = db.exec(failed.order_by(col(Judgement.id).desc()).limit(1)).first()
    if last is not None and last.fault.startswith(LAPSED):
        return Stop(LAPSED) if last.at > now - PROBED_EVERY or _is_probed(db, outlet, last, now) else None
    if last is not None and last.ended_at is not None and last.ended_at > now - LEFT_ALONE:
        for fault in (DOWN, UNCALLABLE):
            if last.fault.startswith(fault):
                left = (last.ended_at + LEFT_ALONE - now).total_seconds()
                return Stop(fault, left if fault == DOWN else None)
    return over_budget(db, judge, now, cost)


def over_budget(db: Session, judge: JudgeSettings, now: datetime, cost: int) -> Stop | None:
    """Whether a question that may cost so much would pass the budget. What may have been paid counts in full."""
    for span in ("day", "month"):
        cap = _cap(judge, span)
        if cost > cap:
            return Stop(TOO_DEAR) if cap else Stop(SPENT[span])
        if spent(db, now, span) + cost > cap:
            return Stop(SPENT[span])
    return None


def spent(db: Session, now: datetime, span: str) -> int:
    """Millionths of a dollar that the judge has cost, or may have cost, in a day or a month."""
    counted = func.coalesce(Judgement.cost, Judgement.reserved, 0)
    return int(db.exec(select(func.coalesce(func.sum(counted), 0)).where(Judgement.at > now - SPANS[span])).one())


def latest(judge: JudgeSettings, now: datetime) -> datetime:
    """What was asked before this, and has no end, was lost with its process."""
    return now - 2 * timedelta(seconds=judge.seconds)


def _cap(judge: JudgeSettings, span: str) -> int:
    dollars: float = getattr(judge, f"max_cost_per_{span}")
    return round(dollars * 1_000_000)


def _used(db: Session, judge: JudgeSettings, now: datetime) -> str:
    told = {"day": "in 24 hours", "month": "in 30 days"}
    return ", ".join(
        f"{in_dollars(spent(db, now, span))} of {in_dollars(_cap(judge, span))} {when}" for span, when in told.items()
    )


def address_of(outlet: Outlet) -> str:
    """Where the judge is asked, as it stands in the rows; empty where no address is set and it is the public one."""
    judge = outlet.settings.judge
    address = (judge.api_base_url if judge else None) or outlet.settings.api_base_url or ""
    return sha256(address.encode())[:12] if address else ""


def _own(outlet: Outlet) -> ColumnElement[bool]:
    """In a query: it was put to the judge that is set now, at the same address."""
    judge = outlet.settings.judge
    return and_(col(Judgement.judge) == (judge.model_id if judge else ""), col(Judgement.address) == address_of(outlet))


def _since_it_answered(db: Session, outlet: Outlet) -> SelectOfScalar[Judgement]:
    """What has ended since the judge last gave an answer, of whatever kind."""
    own = _own(outlet)
    answered = select(Judgement.id).where(own, Judgement.answered_by != "").order_by(col(Judgement.id).desc())
    above = db.exec(answered.limit(1)).first() or 0
    return select(Judgement).where(own, col(Judgement.id) > above, col(Judgement.ended_at).is_not(None))


def _first(db: Session, outlet: Outlet, *faults: str) -> Judgement | None:
    told = or_(*(col(Judgement.fault).startswith(fault, autoescape=True) for fault in faults))
    return db.exec(_since_it_answered(db, outlet).where(told).order_by(col(Judgement.id)).limit(1)).first()


def _is_probed(db: Session, outlet: Outlet, lapsed: Judgement, now: datetime) -> bool:
    """Whether somebody asks at this moment whether a judge that has lapsed is back."""
    judge = outlet.settings.judge
    asked = select(Judgement.id).where(_own(outlet), col(Judgement.id) > lapsed.id)
    asked = asked.where(col(Judgement.ended_at).is_(None))
    if judge is not None:
        asked = asked.where(Judgement.at > latest(judge, now))
    return db.exec(asked.limit(1)).first() is not None
