"""One conversation, turn by turn.

`take_turn` does the next single thing: it makes one paid call and stores what came, or acts on
what is stored. It looks at the rows first, so that it may be called again at any point after a
crash: what was stored is never asked for twice.
"""

from functools import partial
from typing import Any, Final, Literal

from sqlmodel import Session, col, select, update

from agent.errors import LlmError, NoSuchLlm, Throttled, WrongApiKey
from agent.outlet import Ask, Outlet
from agent.prompts import Prompt, parse, remember
from agent.queries import last_change_of, pause_of
from agent.tables import (
    Author,
    Blob,
    Call,
    ContextBlock,
    Copy,
    Invitation,
    Outcome,
    Paid,
    Pause,
    PromptVersion,
    Purpose,
    Role,
    Slot,
    WritingSession,
)
from agent.write import usage
from agent.write.answering import act
from agent.write.ending import CUT_OFF, Ending
from agent.write.fitting import estimate, fit
from agent.write.sitting import Sitting, end, load, log_end, store_turn, words
from agent.write.tools import laid_out, toolbox_of

OVER: Final = "over"
HELD: Final = "held"
Then = float | Literal["over", "held"]
"""What comes next in a session: another turn after so many seconds, or nothing because it is over,
or nothing for the time being."""
LONGEST_BACKOFF = 300.0


def open_session(outlet: Outlet, invitation_id: int) -> int:
    """Open the session of an invitation, once, with the words as its first turn; return its id."""
    with outlet.database.write() as db:
        made = db.exec(select(WritingSession.id).where(WritingSession.invitation_id == invitation_id)).first()
        if made is not None:
            return made
        invitation = db.get_one(Invitation, invitation_id)
        author = db.get_one(Author, invitation.author_id)
        session = WritingSession(invitation_id=invitation_id, author_id=author.id, began_at=outlet.now())
        writing = db.get_one(Slot, invitation.slot_id).purpose is Purpose.WRITING
        if writing and outlet.settings.author(author.slug).profile.tools:
            # The tools are words told to the author, like any prompt.
            tools = laid_out(_prompt(db, invitation).front.tools)
            session.toolbox = remember(db, "toolbox", tools.source, outlet.now())
        db.add(session)
        db.flush()
        beside = select(Blob).where(ContextBlock.blob_id == Blob.id, ContextBlock.invitation_id == invitation_id)
        blobs = [blob for blob in db.exec(beside.order_by(col(ContextBlock.number))) if blob.data is not None]
        texts = [blob.data.decode() for blob in blobs if blob.data is not None]
        blocks = [words(text) for text in (*texts, invitation.words)]
        turn = store_turn(db, outlet, session, number=1, role=Role.OUTLET, blocks=blocks)
        db.add_all(Copy(blob_id=turn.blob_id, of_blob_id=blob.id) for blob in blobs)
        return session.id


def _prompt(db: Session, invitation: Invitation) -> Prompt:
    """The version of the prompt that an invitation was made from."""
    versions = [db.get_one(PromptVersion, sha) for sha in invitation.prompts]
    source = next(version.body for version in versions if version.name == invitation.prompt)
    return parse(source, invitation.prompt)


def take_turn(outlet: Outlet, session_id: int) -> Then:
    """Do the next thing in a session, and say what comes after it."""
    with outlet.database.read() as db:
        sitting = load(db, session_id)
        tools = toolbox_of(db, sitting.session).schemas
    if sitting.session.outcome is not None:
        return OVER
    if sitting.turns[-1].role is Role.OUTLET or _goes_on(outlet, sitting):
        return _ask(outlet, sitting, tools)
    with outlet.database.write() as db:
        # Read again, under a lock: what follows from a turn follows once.
        db.exec(select(WritingSession.id).where(WritingSession.id == session_id).with_for_update()).one()
        sitting = load(db, session_id)
        over = sitting.session.outcome is not None
        ended = act(db, outlet, sitting) if not over and sitting.turns[-1].role is Role.AUTHOR else None
    log_end(outlet, sitting, ended)
    return OVER if over or ended is not None else 0.0


def _goes_on(outlet: Outlet, sitting: Sitting) -> bool:
    """Whether the last turn is a reply that was cut off, at an endpoint that continues one that it is sent."""
    return (
        outlet.settings.author(sitting.author.slug).profile.prefill
        and sitting.purpose is Purpose.WRITING
        and sitting.is_cut(len(sitting.turns) - 1)
        and bool(sitting.answer.strip())
        and sitting.may_go_on(outlet)
    )


def fail(outlet: Outlet, session_id: int, why: str) -> None:
    """End a session by our own fault, in words an operator can act on."""
    with outlet.database.read() as db:
        sitting = load(db, session_id)
    _end(outlet, sitting, Ending(Outcome.FAILED, why))


def _end(outlet: Outlet, sitting: Sitting, ending: Ending) -> Then:
    """End a session from outside the conversation. What the author had chosen before holds."""
    chosen = sitting.session.chosen
    if chosen is not None:
        ending = Ending(chosen, f"it could not be asked once more whether to publish: {ending.why}")
    with outlet.database.write() as db:
        ended = end(db, outlet, sitting, ending)
    log_end(outlet, sitting, ended)
    return OVER


def _ask(outlet: Outlet, sitting: Sitting, tools: list[dict[str, Any]]) -> Then:
    """Make one call and store the turn before anything acts on it."""
    settings, session = outlet.settings, sitting.session
    profile = settings.author(sitting.author.slug).profile
    if len(sitting.answer_turns) >= settings.max_turns:
        why = f"it had not ended after {settings.max_turns} answers"
        return _end(outlet, sitting, Ending(Outcome.UNFINISHED, why))
    number = len(sitting.turns) + 1
    fitted = fit(sitting, tools, profile, partial(_measure, outlet, sitting))
    if not fitted.fits:
        return _end(outlet, sitting, Ending(Outcome.UNFINISHED, CUT_OFF["model_context_window_exceeded"]))
    ask = fitted.ask
    reserved = _reserve(outlet, sitting, number, usage.worst_case(profile, ask))
    if isinstance(reserved, Ending):
        return _end(outlet, sitting, reserved)
    if isinstance(reserved, str):
        outlet.log.warning("call held back", action="held_back", session=session.id, reason=reserved)
        return HELD
    call, attempts = reserved
    try:
        reply = outlet.llm(sitting.author.slug).ask(ask, heard=outlet.heard)
    except LlmError as error:
        return _fault(outlet, sitting, call, attempts, error)
    with outlet.database.write() as db:
        cost = usage.price(profile, input_tokens=reply.input_tokens, output_tokens=reply.output_tokens)
        turn = store_turn(
            db,
            outlet,
            session,
            number=number,
            role=Role.AUTHOR,
            blocks=reply.blocks,
            reply=reply,
            cost=cost,
            context_tokens=fitted.tokens,
            counted=fitted.counted,
            left_out=[list(place) for place in fitted.left_out],
        )
        call.paid, call.cost = Paid.SETTLED, cost
        db.add(call)
    outlet.log.info("turn stored", action="turn", session=session.id, turn=turn.number, stop_reason=reply.stop_reason)
    return 0.0


def _measure(outlet: Outlet, sitting: Sitting, ask: Ask) -> tuple[int, bool]:
    """How many tokens a request has: as the endpoint counts them, or else by our estimate."""
    author = outlet.settings.author(sitting.author.slug)
    if author.profile.counts_tokens:
        try:
            return outlet.llm(author.name).count(ask), True
        except LlmError as error:
            outlet.log.warning("not counted", action="not_counted", session=sitting.session.id, reason=str(error))
    return estimate(ask), False


def _reserve(outlet: Outlet, sitting: Sitting, number: int, worst_case: int | None) -> tuple[Call, int] | Ending | str:
    """Write down a call before it is made. Returns it with how often the turn is now asked for; or
    the end, after too many; or why no call may be made for the time being."""
    session = sitting.session
    with outlet.database.write() as db:
        # A call still marked as in flight was lost with its process: possibly paid, never forgotten.
        lost = update(Call).where(col(Call.session_id) == session.id, col(Call.paid) == Paid.RESERVED)
        db.exec(lost.values(paid=Paid.POSSIBLY, fault="the process ended while the call was in flight"))
        made = select(Call.fault).where(Call.session_id == session.id, Call.turn_number == number)
        if (changed := last_change_of(db, sitting.author.id)) is not None:
            # Somebody paused and resumed since, and will have mended what was wrong.
            made = made.where(Call.at > changed.at)
        faults = db.exec(made.order_by(col(Call.id))).all()
        if len(faults) >= outlet.settings.call_attempts:
            return Ending(Outcome.FAILED, f"{len(faults)} calls brought no reply; the last: {faults[-1]}")
        if (pause := pause_of(db, sitting.author.id)) is not None:
            return f"paused by {pause.actor}: {pause.reason}"
        if (reason := usage.over_cost(db, outlet.settings, sitting.author, outlet.now(), worst_case)) is not None:
            return reason
        call = Call(session_id=session.id, turn_number=number, reserved=worst_case, paid=Paid.RESERVED, at=outlet.now())
        db.add(call)
        return call, len(faults) + 1


def _fault(outlet: Outlet, sitting: Sitting, call: Call, attempts: int, error: LlmError) -> Then:
    """A call that brought no reply: settle it, then end the session or wait for another try."""
    with outlet.database.write() as db:
        call.paid = Paid.POSSIBLY if error.possibly_paid else Paid.UNPAID
        call.fault = str(error)
        db.add(call)
        if isinstance(error, NoSuchLlm | WrongApiKey):
            # Not the author's doing and not the invitation's: it stays unspent until somebody mends it.
            db.add(Pause(author_id=sitting.author.id, paused=True, actor="outlet", reason=str(error), at=outlet.now()))
    outlet.log.warning("call failed", action="call_failed", session=sitting.session.id, reason=str(error))
    if isinstance(error, NoSuchLlm | WrongApiKey):
        return HELD
    if error.permanent:
        return _end(outlet, sitting, Ending(Outcome.FAILED, str(error)))
    asked_for = error.retry_after if isinstance(error, Throttled) else None
    return min(asked_for if asked_for is not None else 2.0**attempts / 2, LONGEST_BACKOFF)
