"""The retirement interview, held from the command line, and what was recorded of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from sqlmodel import Session, col, func, select

from agent import schedule
from agent.cli.common import legible
from agent.cli.holding import hold, ready
from agent.tables import (
    Consent,
    Interest,
    Invitation,
    Outcome,
    Publish,
    Purpose,
    Request,
    Role,
    Scope,
    Slot,
    Turn,
    Wish,
    WritingSession,
)

PUBLISH = {Publish.YES: "yes", Publish.NO: "no", Publish.ASK: "it is asked each time"}


@click.command()
@click.argument("author")
@click.pass_context
def interview(ctx: click.Context, author: str) -> None:
    """Hold the retirement interview with AUTHOR: about consent, interests and wishes. Its latest answers hold."""
    with _progress() as heard:
        outlet = ready(ctx, author, heard)
        slot = hold(outlet, author, lambda: schedule.ask_now(outlet, author, purpose=Purpose.INTERVIEW))
    if slot is None:
        click.echo("`afterword sessions --follow` prints the interview as it is held.")
        return
    with outlet.database.read() as db:
        session = _session(db, slot)
        lines = list(_recorded(db, session))
    click.echo(f"{outlet.settings.author(author).byline}: {session.outcome} ({legible(session.why)})")
    for line in lines:
        click.echo(line)
    click.echo(f"`afterword sessions show {session.id}` prints every word.")
    ctx.exit(1 if session.outcome is Outcome.FAILED else 0)


def _session(db: Session, slot: int) -> WritingSession:
    rows = (
        select(WritingSession)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
    )
    return db.exec(rows.where(Slot.id == slot)).one()


def _recorded(db: Session, session: WritingSession) -> Iterator[str]:
    """What the rows hold of an interview."""
    turns = select(Turn.id).where(Turn.session_id == session.id)
    answers = db.exec(turns.where(Turn.role == Role.AUTHOR)).all()
    yield f"  answers    {len(answers)}"
    asked = select(Consent).join(Request, col(Request.id) == Consent.request_id).where(col(Request.turn_id).in_(turns))
    consent = db.exec(asked.order_by(col(Consent.id).desc())).first()
    made = {
        name: db.exec(select(func.count()).select_from(table).where(col(table.turn_id).in_(turns))).one()
        for name, table in (("interests", Interest), ("wishes", Wish))
    }
    # What was answered before it broke off holds.
    if session.outcome is not Outcome.ANSWERED and consent is None and not any(made.values()):
        yield "  recorded   nothing: what it said before holds"
        return
    if consent is None:
        yield "  publish    not answered: what it said before holds"
    else:
        yield f"  publish    {PUBLISH[consent.publish]}; {_scope(consent)}"
        yield f"  trials     {'yes' if consent.trials else 'no'}"
    for name, count in made.items():
        yield f"  {name:<10} {count}" + (f" (`afterword wishes{_LISTS[name]}` lists them)" if count else "")


_LISTS = {"interests": " --interests", "wishes": ""}


def _scope(consent: Consent) -> str:
    if consent.publish is Publish.NO:
        return "what is public comes down" if consent.scope is Scope.ALL else "what is public stays"
    return "for earlier texts, too" if consent.scope is Scope.ALL else "from now on"


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Says on a terminal that an answer is on its way, and how long it is so far."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    words = 0
    with Console(stderr=True).status("Opening the publication ...") as status:

        def heard(text: str) -> None:
            nonlocal words
            words += len(text.split(" ")) - 1
            status.update(f"The author is answering ... {words} words so far")

        yield heard
