"""One conversation, turn by turn.

`take_turn` makes one paid call, stores what came, and then acts on what is stored. It looks at the rows
first, so that it may be called again at any point after a crash: what was stored is never asked for twice.
"""

from functools import partial
from typing import Any, Final, Literal

from sqlmodel import Session, col, select

from agent.errors import LlmError, Refused
from agent.outlet import Ask, Outlet
from agent.prices import price_of
from agent.prompts import Prompt, parse, remember
from agent.reasons import need_storable
from agent.tables import (
    Author,
    Blob,
    Call,
    Cancellation,
    ContextBlock,
    Copy,
    Invitation,
    Outcome,
    PromptVersion,
    Purpose,
    Role,
    Showing,
    Slot,
    WritingSession,
)
from agent.write import usage
from agent.write.answering import act
from agent.write.calling import Held, answered, broke, cancellation_of, in_the_way, lose, reserve, stopped_by
from agent.write.ending import CUT_OFF, Ending
from agent.write.fitting import estimate, fit
from agent.write.sitting import Sitting, end, load, log_end, store_turn, words
from agent.write.tools import laid_out, toolbox_of

OVER: Final = "over"
Then = float | Literal["over"] | Held
"""What comes next in a session: the next turn after so many seconds, or nothing because it is over or held."""
ANSWERED: Final = None


def open_session(outlet: Outlet, invitation_id: int) -> int:
    """Open the session of an invitation, once, with the words as its first turn; return its id."""
    with outlet.database.read() as db:
        author_id = db.get_one(Invitation, invitation_id).author_id
    with outlet.database.write(author_id) as db:
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
        there = col(ContextBlock.blob_id).in_([blob.id for blob in blobs])
        found = db.exec(select(ContextBlock.entry_id).where(ContextBlock.invitation_id == invitation_id, there))
        shown = sorted({entry for entry in found if entry is not None})
        db.add_all(Showing(turn_id=turn.id, entry_id=entry, whole=True) for entry in shown)
        return session.id


def _prompt(db: Session, invitation: Invitation) -> Prompt:
    """The version of the prompt that an invitation was made from."""
    versions = [db.get_one(PromptVersion, sha) for sha in invitation.prompts]
    source = next(version.body for version in versions if version.name == invitation.prompt)
    return parse(source, invitation.prompt)


def take_turn(outlet: Outlet, session_id: int) -> Then:
    """Do the next thing in a session, and say what comes after it: ask for a turn, store it, and do what follows from
    it, which was perhaps stored before by a process that ended."""
    with outlet.database.read() as db:
        sitting = load(db, session_id)
        tools = toolbox_of(db, sitting.session).schemas
        waits = None if sitting.stopped is not None else in_the_way(db, outlet, sitting)
    if sitting.session.outcome is not None:
        return OVER
    if _waits_for_a_reply(outlet, sitting):
        # Nothing is asked of its endpoint meanwhile, not even how long a request is.
        then = _ask(outlet, sitting, tools) if waits is None else waits
        if then is not ANSWERED:
            return _end(outlet, sitting, then) if isinstance(then, Ending) else then
    return _act(outlet, sitting.author, session_id)


def _act(outlet: Outlet, author: Author, session_id: int) -> Then:
    """Do what follows from the last answer, in one transaction. What is stored is read under the lock, so what
    follows from a turn follows once."""
    with outlet.database.write(author.id) as db:
        sitting = load(db, session_id)
        over = sitting.session.outcome is not None
        ended = None if over or _waits_for_a_reply(outlet, sitting) else act(db, outlet, sitting)
    log_end(outlet, sitting, ended)
    return OVER if over or ended is not None else 0.0


def _waits_for_a_reply(outlet: Outlet, sitting: Sitting) -> bool:
    """Whether the next thing in a session is a call."""
    return sitting.turns[-1].role is Role.OUTLET or _goes_on(outlet, sitting)


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
    with outlet.database.write(sitting.author.id) as db:
        ended = end(db, outlet, sitting, ending)
        lose(db, sitting.session.id)
    log_end(outlet, sitting, ended)
    return OVER


def cancel(outlet: Outlet, session_id: int, *, actor: str, reason: str) -> Cancellation | None:
    """Ask for a session to be stopped, once: it ends between two turns. Returns who had asked for it before, if
    anybody did: that holds. Raises Refused where it is over."""
    with outlet.database.write() as db:
        session = db.get(WritingSession, session_id)
        if session is None:
            raise Refused(reason=f"There is no session {session_id}.")
        if session.outcome is not None:
            why = f": {session.why}" if session.why else ""
            raise Refused(reason=f"Session {session_id} is over: it ended as {session.outcome.value}{why}.")
        if not reason.strip():
            raise Refused(reason="Say why: the reason is kept with the session.")
        need_storable(reason)
        if (before := cancellation_of(db, session_id)) is not None:
            return before
        db.add(Cancellation(session_id=session_id, actor=actor, reason=reason.strip(), at=outlet.now()))
    outlet.log.info("to be stopped", action="cancelled", session=session_id, by=actor)
    return None


def _ask(outlet: Outlet, sitting: Sitting, tools: list[dict[str, Any]]) -> Then | None:
    """Make one call and store the turn before anything acts on it. Returns ANSWERED, or what else came of it."""
    if sitting.stopped is not None:
        return _end(outlet, sitting, stopped_by(sitting.stopped))
    if len(sitting.answer_turns) >= outlet.settings.max_turns:
        why = f"it had not ended after {outlet.settings.max_turns} answers"
        return _end(outlet, sitting, Ending(Outcome.UNFINISHED, why))
    author = outlet.settings.author(sitting.author.slug)
    fitted = fit(sitting, tools, author.profile, partial(_measure, outlet, sitting))
    if not fitted.fits:
        return _end(outlet, sitting, Ending(Outcome.UNFINISHED, CUT_OFF["model_context_window_exceeded"]))
    price = price_of(outlet.settings, author, outlet.now().date())
    call = reserve(outlet, sitting, usage.worst_case(author.profile, price, fitted.ask))
    if not isinstance(call, Call):
        return _end(outlet, sitting, call) if isinstance(call, Ending) else call
    try:
        reply = outlet.llm(author.name).ask(fitted.ask, heard=outlet.heard)
    except LlmError as error:
        then = broke(outlet, sitting, call, error)
        return _end(outlet, sitting, then) if isinstance(then, Ending) else then
    answered(outlet, sitting, call, reply, fitted=fitted, price=price)
    return ANSWERED


def _measure(outlet: Outlet, sitting: Sitting, ask: Ask) -> tuple[int, bool]:
    """How many tokens a request has: as the endpoint counts them, or else by our estimate."""
    author = outlet.settings.author(sitting.author.slug)
    if author.profile.counts_tokens:
        try:
            return outlet.llm(author.name).count(ask), True
        except LlmError as error:
            outlet.log.warning("not counted", action="not_counted", session=sitting.session.id, reason=str(error))
    return estimate(ask), False
