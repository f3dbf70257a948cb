"""One conversation, turn by turn.

`take_turn` does the next single thing: it makes one paid call and stores what came, or acts on
what is stored. It looks at the rows first, so that it may be called again at any point after a
crash: what was stored is never asked for twice.
"""

from typing import Final, Literal

from sqlmodel import col, select, update

from agent.errors import LlmError, NoSuchLlm, Throttled, WrongApiKey
from agent.outlet import Ask, Outlet
from agent.prompts import Prompt, remember
from agent.queries import last_change_of, pause_of
from agent.tables import Author, Blob, Call, ContextBlock, Invitation, Outcome, Paid, Pause, Role, WritingSession
from agent.write import drafting, usage
from agent.write.ending import Ending, from_stop_reason, in_words
from agent.write.sitting import Sitting, end, load, store_turn, words
from agent.write.toolbox import Toolbox

OVER: Final = "over"
HELD: Final = "held"
Then = float | Literal["over", "held"]
"""What comes next in a session: another turn after so many seconds, or nothing because it is over,
or nothing for the time being."""
LONGEST_BACKOFF = 300.0
TOOLBOX = Toolbox(drafting.TOOLS)


def open_session(outlet: Outlet, invitation_id: int) -> int:
    """Open the session of an invitation, once, with the words as its first turn; return its id."""
    with outlet.database.write() as db:
        made = db.exec(select(WritingSession.id).where(WritingSession.invitation_id == invitation_id)).first()
        if made is not None:
            return made
        invitation = db.get_one(Invitation, invitation_id)
        author = db.get_one(Author, invitation.author_id)
        session = WritingSession(invitation_id=invitation_id, author_id=author.id, began_at=outlet.now())
        if outlet.settings.author(author.slug).profile.tools:
            # The tools are words told to the author, like any prompt.
            session.toolbox = remember(db, "toolbox", TOOLBOX.source, outlet.now())
        db.add(session)
        db.flush()
        beside = select(Blob.data).where(ContextBlock.blob_id == Blob.id, ContextBlock.invitation_id == invitation_id)
        texts = [data.decode() for data in db.exec(beside.order_by(col(ContextBlock.number))) if data is not None]
        blocks = [words(text) for text in (*texts, invitation.words)]
        store_turn(db, outlet, session, number=1, role=Role.OUTLET, blocks=blocks)
        return session.id


def take_turn(outlet: Outlet, session_id: int) -> Then:
    """Do the next thing in a session, and say what comes after it."""
    with outlet.database.read() as db:
        sitting = load(db, session_id)
    if sitting.session.outcome is not None:
        return OVER
    if sitting.turns[-1].role is Role.AUTHOR:
        return _act(outlet, sitting)
    return _ask(outlet, sitting)


def fail(outlet: Outlet, session_id: int, why: str) -> None:
    """End a session by our own fault, in words an operator can act on."""
    with outlet.database.read() as db:
        sitting = load(db, session_id)
    end(outlet, sitting, Ending(Outcome.FAILED, why))


def _ask(outlet: Outlet, sitting: Sitting) -> Then:
    """Make one call and store the turn before anything acts on it."""
    settings, session = outlet.settings, sitting.session
    profile = settings.author(sitting.author.slug).profile
    if sitting.answers >= settings.max_turns:
        end(outlet, sitting, Ending(Outcome.UNFINISHED, f"it had not ended after {settings.max_turns} answers"))
        return OVER
    number = len(sitting.turns) + 1
    ask = Ask(
        system=sitting.invitation.welcome,
        messages=[
            {"role": "user" if turn.role is Role.OUTLET else "assistant", "content": blocks}
            for turn, blocks in zip(sitting.turns, sitting.said, strict=True)
        ],
        tools=TOOLBOX.schemas if profile.tools else [],
    )
    reserved = _reserve(outlet, sitting, number, usage.worst_case(profile, ask))
    if isinstance(reserved, Ending):
        end(outlet, sitting, reserved)
        return OVER
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
            db, outlet, session, number=number, role=Role.AUTHOR, blocks=reply.blocks, reply=reply, cost=cost
        )
        call.paid, call.cost = Paid.SETTLED, cost
        db.add(call)
    outlet.log.info("turn stored", action="turn", session=session.id, turn=turn.number, stop_reason=reply.stop_reason)
    return 0.0


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
        if (reason := usage.over_cost(db, outlet.settings, outlet.now(), worst_case)) is not None:
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
        end(outlet, sitting, Ending(Outcome.FAILED, str(error)))
        return OVER
    asked_for = error.retry_after if isinstance(error, Throttled) else None
    return min(asked_for if asked_for is not None else 2.0**attempts / 2, LONGEST_BACKOFF)


def _act(outlet: Outlet, sitting: Sitting) -> Then:
    """Act on the stored answer: end the session, or answer its tool calls."""
    blocks, turn = sitting.said[-1], sitting.turns[-1]
    # A refusal or a cut ends the session before any of its tool calls run.
    if (ending := from_stop_reason(turn.stop_reason)) is not None:
        end(outlet, sitting, ending)
        return OVER
    text = "".join(block.get("text", "") for block in blocks if block.get("type") == "text")
    if not outlet.settings.author(sitting.author.slug).profile.tools:
        end(outlet, sitting, in_words(text))
        return OVER
    reminder: Prompt | None = None
    said = TOOLBOX.run(blocks)
    if isinstance(said, Ending):
        end(outlet, sitting, said)
        return OVER
    if not said:
        if not text.strip():
            end(outlet, sitting, Ending(Outcome.DECLINED, "the author answered nothing"))
            return OVER
        reminder = outlet.prompts.get("reminder")
        said = [words(reminder.fill(publication=outlet.settings.title, byline=sitting.author.byline))]
        if said in sitting.said:
            end(outlet, sitting, Ending(Outcome.UNFINISHED, "the author wrote, and used no form to submit it"))
            return OVER
    with outlet.database.write() as db:
        if reminder is not None:
            remember(db, reminder.name, reminder.source, outlet.now())
        store_turn(db, outlet, sitting.session, number=turn.number + 1, role=Role.OUTLET, blocks=said)
    return 0.0
