"""`afterword sessions cancel`: stopping one session, by the process that runs this publication or here."""

import getpass
import time
from datetime import timedelta

import click
from sqlmodel import Session, col, select

from agent import app
from agent.cli.common import ROW, legible, minute, open_outlet
from agent.errors import EngineHeld, Refused, UnknownUser
from agent.outlet import Outlet
from agent.tables import Author, Call, Invitation, Paid, Slot, WritingSession

PATIENCE = timedelta(seconds=60)
"""So long the command waits for a session that another process is to end."""
LOOK_SECONDS = 0.5
ASK_AGAIN = 10
"""After so many looks it is asked anew whether that process is still there."""


@click.command("cancel")
@click.argument("session", type=ROW)
@click.option("--reason", required=True, help="Why, in words. The author is told them.")
@click.option("--as", "actor", help="Your name in afterword.toml; otherwise your login's.")
@click.pass_context
def cancel(ctx: click.Context, session: int, reason: str, actor: str | None) -> None:
    """Stop SESSION between two turns: what was paid for is stored first.

    Unless its author comes to an end first, it ends as failed, with your reason. The author is told the reason with
    its next invitation, word for word, and it stands in the author's record; your name does not.
    """
    from agent import write

    outlet = open_outlet(ctx, log=app.logger())
    staff = dict.fromkeys([*outlet.settings.reviewers, *outlet.settings.administrators])
    if actor is not None and actor not in staff:
        raise UnknownUser(user=actor, known=", ".join(staff) or "nobody yet")
    with outlet.database.read() as db:
        _must_have_begun(db, session)
    before = write.cancel(outlet, session, actor=actor or getpass.getuser(), reason=reason)
    if before is not None:
        click.echo(legible(f"{before.actor} asked for this at {minute(before.at)}: {before.reason}"))
    else:
        click.echo(
            "Where this is what ends it, the author is told the reason in these words, and not your name.", err=True
        )
    click.echo(legible(_ended(outlet, session) or f"Session {session} goes on for now. {_ends_when(outlet, session)}"))


def _must_have_begun(db: Session, session_id: int) -> None:
    """Raise Refused where the number is that of no session, but of a slot that waits."""
    if db.get(WritingSession, session_id) is not None:
        return
    slots = select(Author.slug).join(Slot).join(Invitation, isouter=True).join(WritingSession, isouter=True)
    waiting = slots.where(Slot.id == session_id, col(WritingSession.id).is_(None))
    if (slug := db.exec(waiting).first()) is not None:
        raise Refused(
            reason=f"There is no session {session_id}. Slot {session_id} of {slug} has none yet: there is nothing to "
            f"stop. `afterword pause {slug}` keeps it from beginning."
        )


def _ended(outlet: Outlet, session_id: int) -> str | None:
    """See to the end of a session that is to be stopped, and say how it ended; None where that takes longer."""
    until, looks = outlet.now() + PATIENCE, 0
    while (words := _outcome(outlet, session_id)) is None and outlet.now() < until:
        if looks % ASK_AGAIN == 0 and _end_here(outlet, session_id):
            continue
        if looks == 0:
            click.echo("Another process runs this publication, and ends it between two turns. Waiting ...", err=True)
        looks += 1
        time.sleep(LOOK_SECONDS)
    return words


def _end_here(outlet: Outlet, session_id: int) -> bool:
    """End the session in this process, unless another one holds the engine. No call is made, and no other work is
    taken up: for that the engine is held, and not started."""
    from agent import pipeline, write

    _, engine = app.pipeline(outlet)
    try:
        engine.hold()
    except EngineHeld:
        return False
    try:
        while pipeline.take_turn(outlet, session_id) != write.OVER:
            pass  # An answer that was stored is acted on first.
        pipeline.receive(outlet, session_id)
    finally:
        engine.let_go()
    return True


def _outcome(outlet: Outlet, session_id: int) -> str | None:
    with outlet.database.read() as db:
        session = db.get_one(WritingSession, session_id)
    return f"Session {session_id} ended: {session.outcome.value} ({session.why})." if session.outcome else None


def _ends_when(outlet: Outlet, session_id: int) -> str:
    """What a session that is to be stopped still waits for."""
    with outlet.database.read() as db:
        asked = select(Call.id).where(Call.session_id == session_id, col(Call.paid) == Paid.RESERVED)
        is_asked = db.exec(asked).first() is not None
    if is_asked:
        return "A call of it is in flight: what comes is stored, and then it ends."
    return "It ends as soon as the process that runs this publication comes to it."
