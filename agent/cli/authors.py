"""Authors, their invitations and pauses."""

import getpass
from dataclasses import dataclass
from datetime import date, datetime

import click
from sqlmodel import Session, col, select

from agent import pausing, schedule
from agent.cli.common import as_json, item, minute, open_outlet, show
from agent.cli.holding import hold, ready
from agent.errors import Refused
from agent.invite import lacks
from agent.queries import consent_of, pause_of, rest_of, today_of
from agent.tables import Arm, Author, Cadence, Invitation, Revision, Slot, WritingSession

LAID = {
    Arm.ARCHIVE: "earlier pieces",
    Arm.NOTEBOOK: "notes",
    Arm.NEWS: "entries of feeds it follows",
}


@dataclass(frozen=True)
class AuthorRow:
    """An author, as listed."""

    author: str
    byline: str
    model_id: str
    publish: str
    basis: str
    cadence: str
    next_due: datetime | None
    paused: str
    rests_until: date | None
    """It is not invited before that day, by its own wish."""


@dataclass(frozen=True)
class InvitationRow:
    """An invitation and what came of it, as listed. `piece` is the last of its `pieces`."""

    slot: int
    invitation: int | None
    author: str
    due_at: datetime
    prompt: str | None
    outcome: str
    why: str
    piece: int | None
    pieces: list[int]


@click.command()
@as_json
@click.pass_context
def authors(ctx: click.Context, as_json: bool) -> None:
    """List the authors: what they agreed to, and when they are invited."""
    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = [_author(db, author, outlet.now()) for author in db.exec(select(Author).order_by(col(Author.slug)))]
    if as_json:
        show(rows, json_wanted=True, columns=(), empty="")
    else:
        click.echo("\n\n".join(map(_lines, rows)) or "Nobody yet: add an [[author]] to afterword.toml.")


@click.command()
@as_json
@click.pass_context
def invitations(ctx: click.Context, as_json: bool) -> None:
    """List every slot, its invitation, and what came of it, newest first."""
    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = _invitations(db)
    columns = ("invitation", "author", "due_at", "prompt", "outcome", "pieces")
    show(rows, json_wanted=as_json, columns=columns, empty="Nobody was invited yet.")


@click.command()
@click.argument("author")
@click.option("--prompt", help="The invitation to use, by name; otherwise one is chosen.")
@click.pass_context
def invite(ctx: click.Context, author: str, prompt: str | None) -> None:
    """Invite AUTHOR now."""
    outlet = ready(ctx, author)
    settings = outlet.settings.author(author)
    if prompt is not None and (lacking := lacks(outlet, author, prompt)):
        what = " or ".join(LAID[arm] for arm in lacking)
        raise Refused(reason=f'"{prompt}" lays {what} beside it, and {author} has none.')
    slot = hold(outlet, author, lambda: schedule.ask_now(outlet, author, prompt))
    if slot is None:
        return
    with outlet.database.read() as db:
        row = _invitations(db, slot)[0]
    pieces = f", piece{'s' if len(row.pieces) > 1 else ''} {', '.join(map(str, row.pieces))}" if row.pieces else ""
    click.echo(f"{settings.byline}: {row.outcome} ({row.why}){pieces}")
    ctx.exit(1 if row.outcome == "failed" else 0)


@click.command()
@click.argument("author", required=False)
@click.option("--reason", default="no reason given", help="Why, for the record.")
@click.pass_context
def pause(ctx: click.Context, author: str | None, reason: str) -> None:
    """Pause AUTHOR, or everyone: no call is made until `afterword resume`."""
    _set_pause(ctx, author, paused=True, reason=reason)


@click.command()
@click.argument("author", required=False)
@click.option("--reason", default="no reason given", help="Why, for the record.")
@click.pass_context
def resume(ctx: click.Context, author: str | None, reason: str) -> None:
    """End the pause of AUTHOR, or of everyone."""
    _set_pause(ctx, author, paused=False, reason=reason)


def _set_pause(ctx: click.Context, name: str | None, *, paused: bool, reason: str) -> None:
    outlet = open_outlet(ctx)
    changed = pausing.set_pause(outlet, name, paused=paused, actor=getpass.getuser(), reason=reason)
    who = outlet.settings.author(name).byline if name else "Everyone"
    if not changed:
        click.echo(f"{who} was not paused; nothing was changed.")
    else:
        click.echo(f"{who} is {'paused' if paused else 'no longer paused'}.")


def _lines(row: AuthorRow) -> str:
    due = f", next due {minute(row.next_due)}" if row.next_due else ""
    return "\n".join(
        item(
            row.author,
            f"{row.byline}, {row.model_id}",
            f"publish: {row.publish}" + (f" ({row.basis})" if row.basis else ""),
            f"cadence: {row.cadence}{due}" if row.cadence else "no cadence: invited by hand",
            f"rests until {row.rests_until}, by its own wish" if row.rests_until else "",
            f"paused by {row.paused}" if row.paused else "",
        )
    )


def _author(db: Session, author: Author, now: datetime) -> AuthorRow:
    consent, pause = consent_of(db, author.id), pause_of(db, author.id)
    rest = rest_of(db, author.id, today_of(db, author.id, now))
    cadence = db.exec(select(Cadence).where(Cadence.author_id == author.id)).first()
    return AuthorRow(
        author=author.slug,
        byline=author.byline,
        model_id=author.model_id,
        publish=consent.publish.value if consent else "not asked",
        basis=consent.basis.value if consent else "",
        cadence=f"{cadence.rule} ({cadence.zone})" if cadence else "",
        next_due=cadence.next_due if cadence else None,
        paused=f"{pause.actor}: {pause.reason}" if pause else "",
        rests_until=rest.until if rest else None,
    )


def _invitations(db: Session, slot_id: int | None = None) -> list[InvitationRow]:
    rows = (
        select(Slot, Author.slug, Invitation, WritingSession)
        .select_from(Slot)
        .join(Author, col(Author.id) == Slot.author_id)
        .join(Invitation, col(Invitation.slot_id) == Slot.id, isouter=True)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
        .order_by(col(Slot.id).desc())
    )
    pieces: dict[int, list[int]] = {}
    works = select(Revision.session_id, Revision.piece_id).order_by(col(Revision.id))
    for session_id, piece_id in db.exec(works):
        pieces.setdefault(session_id, []).append(piece_id)
    if slot_id is not None:
        rows = rows.where(Slot.id == slot_id)
    return [
        InvitationRow(
            slot=slot.id,
            invitation=invitation.id if invitation else None,
            author=author,
            due_at=slot.due_at,
            prompt=invitation.prompt if invitation else slot.prompt,
            outcome=session.outcome.value if session and session.outcome else "waiting",
            why=session.why if session else "",
            piece=came[-1] if came else None,
            pieces=came,
        )
        for slot, author, invitation, session in db.exec(rows)
        for came in [list(dict.fromkeys(pieces.get(session.id, []))) if session else []]
    ]
