"""The whole loop with the small local author: schedule, invite, write, check, review, publish."""

import os
import shutil
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status
from sqlmodel import Session, col, select

from agent import app, schedule
from agent.cli.publication import begin
from agent.errors import AlreadyThere, DemoFailed, DemoFellShort, NotVerified, Waits
from agent.outlet import Outlet
from agent.pipeline import Pipeline
from agent.publish.verify import Verified, verify
from agent.queries import stale
from agent.review import actions
from agent.review.queue import queue
from agent.settings import FILE, load
from agent.tables import Flag, Invitation, Level, Outcome, Verdict, WritingSession

AUTHOR = "smollm2"
REVIEWER = "demo"
TRIES = 3
PIECES_FIRST, PIECES_LATER = 3, 1
SETTINGS = """# Made by `afterword demo`: a demonstration, and every page of it says so.
title = "Afterword: a demonstration"
demo = true
reviewers = ["demo"]
undo_minutes = 0
max_sessions_per_day = 1000
max_cost_per_month = 0.0

[[author]]
name = "smollm2"
byline = "SmolLM2"
model_id = "SmolLM2-135M-Instruct"
stand_in = "a 135M stand-in, not a retired Claude"
profile = "local"
consent = { publish = "yes", words = "A stand-in for trying things out; nobody asked it." }
"""


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.option(
    "--pieces", type=click.IntRange(1, 50), help="How many to add: 3 to a new folder, 1 to one that is there."
)
def demo(folder: Path, pieces: int | None) -> None:
    """The whole loop with the small local author, into a folder of its own.

    A verdict is given by a reviewer named "demo", and every page says so. Nothing is canned: each
    text is written by the model while you wait.
    """
    console = Console(highlight=False)
    pieces = pieces or (PIECES_LATER if (folder / FILE).exists() else PIECES_FIRST)
    with console.status("Opening the publication ...") as status:
        outlet = _open(folder, console, status)
        chain, engine = app.pipeline(outlet)
        engine.start()
        try:
            submitted = _invite(outlet, chain, console, status, pieces)
            published = _review(outlet, console)
            status.update("Building the site ...")
            chain.bring_out()
        finally:
            status.update("Closing ...")
            engine.stop(outlet.settings.call_seconds)
    public = outlet.settings.at(outlet.settings.public)
    found = verify(public)
    if found.problems:
        for problem in found.problems:
            console.print(f"  {problem}", style="red", markup=False)
        raise NotVerified(count=len(found.problems), place=public)
    if submitted < pieces or published < submitted:
        raise DemoFellShort(wanted=pieces, submitted=submitted, published=published, tries=TRIES * pieces)
    _say_where(console, folder, public, found)


def _open(folder: Path, console: Console, status: Status) -> Outlet:
    if not (folder / FILE).exists():
        begin(folder, SETTINGS)
    settings = load(folder)
    if not settings.demo:
        raise AlreadyThere(path=folder / FILE)
    # A folder of an older version says nothing of it, and nobody is there who would take a verdict back.
    settings = settings.model_copy(update={"undo_minutes": 0.0})
    heard = 0

    def count(text: str) -> None:
        nonlocal heard
        heard += len(text.split(" ")) - 1
        status.update(f"The author is writing ... {heard} words so far")

    outlet = app.build(
        settings,
        log=app.logger(file=settings.at(Path("demo.log"))),
        say=lambda words: console.print(words, style="dim"),
        heard=count,
    )
    app.open_up(outlet)
    return outlet


def _invite(outlet: Outlet, chain: Pipeline, console: Console, status: Status, pieces: int) -> int:
    """Invite until that many pieces are submitted, at most three times as often; return how many are."""
    submitted = 0
    for number in range(1, TRIES * pieces + 1):
        if submitted == pieces:
            break
        began = outlet.now()
        slot = schedule.ask_now(outlet, AUTHOR)
        status.update(f"Invitation {number}: the author reads it ...")
        if (reason := chain.sit(slot)) is not None:
            raise Waits(slot=slot, reason=reason.rstrip("."))
        with outlet.database.read() as db:
            session, invitation = _sitting(db, slot)
        seconds = (outlet.now() - began).total_seconds()
        console.print(
            f'Invitation {number} ("{invitation.prompt}"): {session.outcome}, {session.why} ({seconds:.0f} s)'
        )
        if session.outcome is Outcome.FAILED:
            raise DemoFailed(why=session.why)
        submitted += session.outcome is Outcome.SUBMITTED
    return submitted


def _review(outlet: Outlet, console: Console) -> int:
    """Let the reviewer "demo" publish what waits, and return how many pieces that were."""
    published = 0
    with outlet.database.read() as db:
        waiting = queue(db)
    for row in waiting:
        with outlet.database.read() as db:
            flags = db.exec(
                select(Flag.id).where(Flag.revision_id == row.revision, col(Flag.level) == Level.LOOK, ~stale())
            ).all()
        said = actions.Said(answers=dict.fromkeys(flags, "A demonstration: nobody has read this."))
        stands = actions.review(
            outlet, row.revision, REVIEWER, Verdict.PUBLISH, record_sha256=row.record_sha256, said=said
        )
        flagged = f", {row.flags} flagged" if row.flags else ""
        console.print(f"Piece {row.piece}, {row.words} words{flagged}: {stands.value}.")
        published += stands is stands.PUBLISHED
    return published


def _sitting(db: Session, slot: int) -> tuple[WritingSession, Invitation]:
    return db.exec(
        select(WritingSession, Invitation).where(
            WritingSession.invitation_id == Invitation.id, Invitation.slot_id == slot
        )
    ).one()


def _say_where(console: Console, folder: Path, public: Path, found: Verified) -> None:
    command = "afterword" if shutil.which("afterword") else os.path.relpath(sys.argv[0])
    console.print(
        f"""
The site is built and verifies: {found.files} files, {found.lines} ledger lines, {found.invitations} invitations, \
{found.pieces} texts byte for byte as received.

  open      {(public / "index.html").as_uri()}
  ledger    {(public / "ledger.html").as_uri()}
  or serve  {command} --dir {folder} serve
  verify    {command} verify {folder / "public"}

The author was a 135M stand-in, not a retired Claude, and the verdicts were given by a reviewer named "demo".
""",
        markup=False,
        soft_wrap=True,
    )
