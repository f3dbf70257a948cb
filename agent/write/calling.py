"""One call to an author's endpoint: written down before it is made, settled after, and what a fault of it means.

Money is counted here and nowhere else: what was lost in flight is possibly paid, and never forgotten.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select, update

from agent.errors import LlmError, in_short
from agent.outlet import Outlet, Reply
from agent.prices import Price
from agent.queries import pause_and_change
from agent.record import put
from agent.tables import Call, Cancellation, Outcome, Paid, Pause, Role, Turn, WritingSession
from agent.write import usage
from agent.write.ending import Ending
from agent.write.fitting import Fitted
from agent.write.sitting import Sitting, store_turn

LONGEST_BACKOFF = 300.0
"""So many seconds a sitting waits for its endpoint; for what takes longer it is held."""
OUTAGE, LONGEST_OUTAGE, LONGEST_ASKED_FOR = 900.0, 14_400.0, 86_400.0
"""How long an endpoint is left alone that did not answer time and again: at first, at most, and at most by its
own word. In seconds."""
STORE_PAUSES = (0.5, 2.0, 5.0, 10.0)
"""Seconds before each further try to store a reply."""
LOST = "the process ended while the call was in flight"
LATE = "its session had ended before the reply came; it was paid for and is not used"
UNCOUNTED = "the endpoint did not say how many tokens it used"
TWICE = "another reply to the same request was stored first; this one was paid for and is not used"
MADE = (
    select(Call)
    .where(col(Call.session_id) == bindparam("session"))
    .where((col(Call.turn_number) == bindparam("number")) | (col(Call.paid) == Paid.RESERVED))
    .order_by(col(Call.id))
)
"""The calls for a turn, and those in flight."""
HERE = (col(Turn.session_id) == WritingSession.id) & (col(Turn.number) == bindparam("number"))
STANDS = (
    select(WritingSession.outcome, Turn.id, Turn.request_id)
    .join(Turn, HERE, isouter=True)
    .where(col(WritingSession.id) == bindparam("session"))
)
"""What would stand in the way of a reply: the end of its session, or the same turn. Both questions are asked in every
turn, so they are put together once."""


@dataclass(frozen=True)
class Held:
    """A session may not go on for the time being: why, in words; and what its next call may use, if that is too much
    for now. Until when an endpoint is left alone stands in its calls."""

    reason: str
    needs: usage.Amount | None = None


def reserve(outlet: Outlet, sitting: Sitting, most: usage.Amount) -> Call | Ending | Held | float:
    """Write down a call that may use so much, before it is made. Returns it; or what `in_the_way` says; or that a cap
    does not allow it."""
    session, author = sitting.session, sitting.author
    with outlet.database.write(author.id, money=True) as db:
        if (then := in_the_way(db, outlet, sitting)) is not None:
            return then
        held = usage.over_caps(db, outlet.settings, author, outlet.now(), most, session_id=session.id)
        if held is not None:
            return Held(held, needs=most)
        call = Call(
            session_id=session.id,
            turn_number=len(sitting.turns) + 1,
            reserved=most.cost,
            reserved_tokens=most.tokens,
            paid=Paid.RESERVED,
            at=outlet.now(),
        )
        return put(db, call)


def in_the_way(db: Session, outlet: Outlet, sitting: Sitting) -> Ending | Held | float | None:
    """What stands in the way of the next call, whatever its size: the end, after too many that may have been paid; for
    how many seconds its endpoint is left alone; or somebody who paused its author."""
    now = outlet.now()
    pause, changed = pause_and_change(db, sitting.author.id)
    made = _made(db, sitting.session.id, len(sitting.turns) + 1, since=changed.at if changed is not None else None)
    if (ending := _spent(outlet, made)) is not None:
        return ending
    if made and made[-1].retry_at is not None and made[-1].retry_at > now:
        return _until(made[-1], made[-1].retry_at, now)
    return Held(f"paused by {pause.actor}: {pause.reason}") if pause is not None else None


def stopped_by(asked: Cancellation) -> Ending:
    """The end of a session that somebody asked to be stopped. Its author reads why; who it was stands beside it."""
    return Ending(Outcome.FAILED, f"stopped by the staff: {asked.reason}")


def cancellation_of(db: Session, session_id: int) -> Cancellation | None:
    """Who asked for a session to be stopped, if anybody did."""
    return db.exec(select(Cancellation).where(Cancellation.session_id == session_id)).first()


def _made(db: Session, session_id: int, number: int, *, since: datetime | None) -> list[Call]:
    """The calls that were made for a turn since somebody last paused or resumed its author, and so will have mended
    what was wrong. One that is still marked as in flight was lost with its process: it is possibly paid."""
    made = list(db.exec(MADE, params={"session": session_id, "number": number}))
    for call in made:
        if call.paid is Paid.RESERVED:
            call.paid, call.fault = Paid.POSSIBLY, LOST
    return [call for call in made if call.turn_number == number and (since is None or call.at > since)]


def broke(outlet: Outlet, sitting: Sitting, call: Call, error: LlmError) -> Ending | Held | float:
    """A call that brought no reply: settle it, then end the session, or wait for another try, or for people."""
    session, author, now = sitting.session, sitting.author, outlet.now()
    call.paid = Paid.POSSIBLY if error.possibly_paid else Paid.UNPAID
    call.fault = str(error)
    with outlet.database.write(author.id) as db:
        _settle(db, call)
        _, changed = pause_and_change(db, author.id)
        made = _made(db, session.id, call.turn_number, since=changed.at if changed is not None else None)
        ending = Ending(Outcome.FAILED, str(error)) if error.permanent else _spent(outlet, made)
        if ending is None:
            # What may have been paid is not asked for again at once: five times in a minute would be the end of it.
            before_an_outage = 2 if error.possibly_paid else outlet.settings.call_attempts
            wait = patience(len(made), error.retry_after, before_an_outage)
            call.retry_at = now + timedelta(seconds=wait)
            _settle(db, call)
        if error.pauses:
            # Not the author's doing and not the invitation's: it stays unspent until somebody mends it.
            db.add(Pause(author_id=author.id, paused=True, actor="outlet", reason=str(error), at=now))
    outlet.log.warning("call failed", action="call_failed", session=session.id, reason=str(error))
    if error.pauses:
        return Held(f"paused by outlet: {error}")
    return _until(call, call.retry_at, now) if call.retry_at is not None else ending or 0.0


def _spent(outlet: Outlet, made: list[Call]) -> Ending | None:
    """The end, after so many calls of one turn that each may have been paid: money, too, has an end."""
    if sum(call.paid is Paid.POSSIBLY for call in made) < outlet.settings.call_attempts:
        return None
    return Ending(Outcome.FAILED, f"{len(made)} calls brought no reply; the last: {made[-1].fault}")


def answered(
    outlet: Outlet, sitting: Sitting, call: Call, reply: Reply, *, fitted: Fitted, price: Price | None
) -> None:
    """A call that brought a reply: settle it and store the turn, unless somebody else who held the same sitting
    was first."""
    session, number = sitting.session, call.turn_number
    call.input_tokens, call.output_tokens = max(reply.input_tokens, 0), max(reply.output_tokens, 0)
    if reply.counted and reply.input_tokens:
        call.paid = Paid.SETTLED
        call.cost = usage.cost_of(price, input_tokens=call.input_tokens, output_tokens=call.output_tokens)
    else:
        # No request has no tokens. What nobody counted is taken for the most it can be, or caps would never fill.
        call.paid, call.fault = Paid.POSSIBLY, UNCOUNTED
    for pause in (*STORE_PAUSES, None):
        try:
            was_first = _store(outlet, session, call, reply, fitted)
            break
        except SQLAlchemyError as fault:
            # It is paid for, and stands nowhere else yet: a database that is away for a moment must not cost it.
            if pause is None:
                raise
            outlet.log.warning("a turn waits", action="step_waits", step="store", reason=in_short(fault))
            time.sleep(pause)
    if was_first:
        outlet.log.info("turn stored", action="turn", session=session.id, turn=number, stop_reason=reply.stop_reason)
    else:
        outlet.log.warning("a reply came twice", action="came_twice", session=session.id, turn=number)


def _store(outlet: Outlet, session: WritingSession, call: Call, reply: Reply, fitted: Fitted) -> bool:
    """Store a settled call with the turn it brought; returns whether it was the first for that turn."""
    with outlet.database.write(session.author_id) as db:
        outcome, turn, request = db.exec(STANDS, params={"session": session.id, "number": call.turn_number}).one()
        was_first = outcome is None and turn is None
        if turn is not None and request == reply.request_id is not None:
            was_first = True  # It is this one: the database had stored it, and could not say so.
        elif was_first:
            store_turn(
                db,
                outlet,
                session,
                number=call.turn_number,
                role=Role.AUTHOR,
                blocks=reply.blocks,
                reply=reply,
                cost=call.cost,
                context_tokens=fitted.tokens,
                counted=fitted.counted,
                left_out=[list(place) for place in fitted.left_out],
            )
        else:
            call.fault = LATE if turn is None else TWICE
        _settle(db, call)
    return was_first


def lose(db: Session, session_id: int) -> None:
    """Mark what is still in flight for a session that is over as possibly paid: nobody will settle it."""
    lost = update(Call).where(col(Call.session_id) == session_id, col(Call.paid) == Paid.RESERVED)
    db.exec(lost.values(paid=Paid.POSSIBLY, fault=LOST))


SETTLED = ("paid", "cost", "input_tokens", "output_tokens", "fault", "retry_at")
SETTLE = (
    sa.update(Call.__table__)  # type: ignore[attr-defined]
    .where(col(Call.id) == bindparam("call"))
    .values({name: bindparam(f"new_{name}") for name in SETTLED})
)


def _settle(db: Session, call: Call) -> None:
    """Store what became of a call."""
    db.flush()
    db.connection().execute(SETTLE, {"call": call.id} | {f"new_{name}": getattr(call, name) for name in SETTLED})


def patience(attempts: int, asked_for: float | None, before_an_outage: int) -> float:
    """How many seconds to wait after so many faults of one turn in a row: twice as long each time, and
    never less than the endpoint asked for. After `before_an_outage` of them it is an outage."""
    if attempts >= before_an_outage:
        own = min(OUTAGE * 2.0 ** min(attempts - before_an_outage, 10), LONGEST_OUTAGE)
    else:
        own = min(2.0 ** min(attempts, 20) / 2, LONGEST_BACKOFF)
    return min(max(own, asked_for or 0.0), LONGEST_ASKED_FOR)


def _until(call: Call, moment: datetime, now: datetime) -> Held | float:
    """What a wait is: short ones are slept through, longer ones leave the place to others."""
    seconds = (moment - now).total_seconds()
    return seconds if seconds <= LONGEST_BACKOFF else Held(left_alone(call))


def left_alone(call: Call) -> str:
    """Until when, and why, the endpoint of a call is left alone, in words."""
    return f"its endpoint is asked again at {call.retry_at:%Y-%m-%d %H:%MZ}: {call.fault}"
