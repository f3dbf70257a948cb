"""Sessions: the list, the transcript of one, and what is being said now. Private words are masked."""

import getpass
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import click
from sqlmodel import Session, col, func, select

from agent import app
from agent.cli.cancelling import cancel
from agent.cli.common import ROW, as_json, item, legible, minute, open_outlet, show
from agent.cli.common import folded as wrapped
from agent.cli.folding import INDENT, Fold, Shown, folded
from agent.cli.unsettled import Unsettled, unsettled
from agent.errors import UnknownAuthor
from agent.outlet import Block, Outlet
from agent.prices import in_dollars
from agent.queries import author_called, transcript_sha256
from agent.record import canonical, sha256
from agent.tables import Author, Cancellation, Invitation, Paid, Purpose, Role, Showing, Slot, Turn, WritingSession
from agent.transcript import Transcript, transcript, unmask

POLL_SECONDS = 1.0
LATE = 500
"""So many turns back it is looked for those that another process stored out of turn."""
WIDEST = 100


@dataclass(frozen=True)
class Row:
    """A session, as listed. Cost is in dollars, in words, and in millionths of one."""

    session: int
    author: str
    purpose: str
    invitation: int
    began_at: datetime
    ended_at: datetime | None
    outcome: str
    why: str
    stopped_by: str
    """Who asked for it to be stopped; empty where nobody did."""
    answers: int
    input_tokens: int
    output_tokens: int
    tokens: int
    cost: str
    cost_millionths: int | None
    """Of its stored answers. What other calls may have cost comes to it, and may stand for more than they did:"""
    possibly_paid: str
    possibly_paid_calls: int
    possibly_paid_millionths: int | None
    in_flight: str
    in_flight_calls: int
    in_flight_millionths: int | None


@click.group(invoke_without_command=True)
@click.option("--author", help="This author's alone.")
@click.option("--follow", is_flag=True, help="Print each turn as it is stored, until Ctrl-C.")
@as_json
@click.pass_context
def sessions(ctx: click.Context, author: str | None, follow: bool, as_json: bool) -> None:
    """List the sessions, newest first, or follow those that are held now. Private words are masked."""
    if ctx.invoked_subcommand is not None:
        return
    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        if author is not None and author_called(db, author) is None:
            known = db.exec(select(Author.slug).order_by(Author.slug)).all()
            raise UnknownAuthor(author=author, known=", ".join(known) or "nobody yet")
        rows = [] if follow else list(_rows(db, author))
    if follow:
        _follow(outlet, author, json_wanted=as_json)
    elif as_json:
        show(rows, json_wanted=True, columns=(), empty="")
    else:
        click.echo("\n".join(map(_line, rows)) or "No session was held yet.")


sessions.add_command(cancel)


@sessions.command("show")
@click.argument("session", type=ROW)
@click.option("--raw/--folded", default=False, help="The stored blocks as JSON, or the words as one reads them.")
@click.option("--full", is_flag=True, help="Shorten nothing.")
@click.option("--unmask", "whole", is_flag=True, help="Private words, too: for an administrator, with a reason.")
@click.option("--as", "actor", help="With --unmask: your name in afterword.toml; otherwise your login's.")
@click.option("--reason", help="With --unmask: why, in words. It is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def show_one(  # noqa: PLR0917
    ctx: click.Context,
    session: int,
    raw: bool,
    full: bool,
    whole: bool,
    actor: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Print the transcript of SESSION. What its author gave to nobody is masked."""
    if not whole and (actor or reason):
        raise click.UsageError("--as and --reason go with --unmask.")
    if whole:
        outlet = open_outlet(ctx, log=app.logger())
        found = unmask(outlet, session, actor=actor or getpass.getuser(), reason=reason or "")
    else:
        outlet = open_outlet(ctx)
        with outlet.database.read() as db:
            found = transcript(db, session, outlet.settings.title)
    with outlet.database.read() as db:
        [row] = _rows(db, session_id=session)
        shown = _shown(db, session)
        # A hash says what was guessed right, so that of private words is private, too.
        digest = transcript_sha256(db, session) if whole else ""
    if as_json:
        turns = [
            _as_data(turn, blocks) | {"entries": [vars(entry) for entry in shown.get(turn.id, ())]}
            for turn, blocks in _turns(found)
        ]
        facts = vars(row) | {"masked": not whole, "transcript_sha256": digest, "welcome": found.invitation.welcome}
        click.echo(legible(json.dumps(facts | {"turns": turns}, indent=1, default=_plain, ensure_ascii=False)))
    elif raw:
        for turn, blocks in _turns(found):
            click.echo(f"# turn {turn.number}, {turn.role.value}, sha256 {_digest(turn, blocks) or 'of private words'}")
            click.echo(legible(canonical(blocks).decode()) if blocks is not None else "[erased]")
    else:
        click.echo("\n".join(_head(found, row, digest)))
        if full:
            click.echo(f"told at the start\n\n{legible(found.invitation.welcome)}\n")
        for turn, blocks in _turns(found):
            click.echo(folded(turn, blocks, Fold(_width(), full), shown.get(turn.id, ())))


def _line(row: Row) -> str:
    """A session in a few lines, which fit where a table of all this would not."""
    began = f"{row.author}, {row.purpose}, invitation {row.invitation}, began {minute(row.began_at)}"
    came = f"{_state(row)} ({row.why})" if row.why else _state(row)
    return "\n".join(item(f"{row.session:<3}", began, f"{came}; {_amount(row)}"))


def _state(row: Row) -> str:
    """How a session ended, or how it goes on, and who asked for its end: it may have come to one of its own."""
    if not row.stopped_by:
        return row.outcome
    if row.ended_at is None:
        return f"{row.outcome}, to be stopped, as {row.stopped_by} asked"
    return f"{row.outcome} after {row.stopped_by} asked for its end"


def _amount(row: Row) -> str:
    answers = f"{row.answers} answer{'' if row.answers == 1 else 's'}"
    more = [f"{row.possibly_paid} more, possibly paid"] if row.possibly_paid else []
    more += [f"{row.in_flight} more, in flight"] if row.in_flight else []
    return ", ".join([answers, f"{row.tokens:,} tokens", f"cost {row.cost}", *more])


def _turns(found: Transcript) -> Iterator[tuple[Turn, list[Block] | None]]:
    return zip(found.turns, found.said, strict=True)


def _head(found: Transcript, row: Row, digest: str) -> Iterator[str]:
    yield f"session {row.session}, {row.purpose}, with {found.invitation.byline} ({row.author})"
    for words in (
        f'invitation {row.invitation}, "{found.invitation.prompt}", began {row.began_at:%Y-%m-%d %H:%M:%S}Z',
        _state(row) + (f": {row.why}" if row.why else ""),
        _amount(row),
        "with tools" if found.session.toolbox else "without tools",
        f"transcript sha256 {digest}" if digest else "what its author gave to nobody is masked",
    ):
        yield from wrapped(legible(words), INDENT, INDENT)
    yield ""


def _follow(outlet: Outlet, author: str | None, *, json_wanted: bool) -> None:
    """Print what other processes store, until Ctrl-C."""
    with outlet.database.read() as db:
        seen = set(db.exec(select(Turn.id)).all())
        going_on = set(db.exec(select(WritingSession.id).where(col(WritingSession.outcome).is_(None))).all())
    click.echo("Each turn is printed as it is stored, until Ctrl-C.", err=True)
    try:
        while True:
            with outlet.database.read() as db:
                for line in _news(db, outlet.settings.title, author, seen, going_on, json_wanted=json_wanted):
                    click.echo(line)
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return


def _news(
    db: Session, publication: str, author: str | None, seen: set[int], going_on: set[int], *, json_wanted: bool
) -> Iterator[str]:
    """What was stored since the last look: turns, and ends of sessions. Remembers them in `seen` and `going_on`."""
    turns = select(Turn.id, Turn.session_id).where(Turn.id > max(seen, default=0) - LATE).order_by(col(Turn.id))
    fresh = [(turn, session) for turn, session in db.exec(turns).all() if turn not in seen]
    seen.update(turn for turn, _ in fresh)
    going_on.update(session for _, session in fresh)
    numbers = {turn for turn, _ in fresh}
    for session in dict.fromkeys(session for _, session in fresh):
        found = transcript(db, session, publication)
        if author is not None and found.author.slug != author:
            continue
        for turn, blocks in _turns(found):
            if turn.id not in numbers:
                continue
            if json_wanted:
                about = {"session": session, "author": found.author.slug}
                yield legible(json.dumps(about | _as_data(turn, blocks), default=_plain, ensure_ascii=False))
            else:
                yield f"session {session}, {found.author.slug}, {folded(turn, blocks, Fold(_width()))}"
    ended = select(WritingSession.id).where(col(WritingSession.id).in_(going_on))
    for session in db.exec(ended.where(col(WritingSession.outcome).is_not(None)).order_by(col(WritingSession.id))):
        going_on.discard(session)
        [row] = _rows(db, session_id=session)
        if author is None or row.author == author:
            words = f"session {session}, {row.author}, ended: {row.outcome} ({legible(row.why)})\n"
            data = {"session": session, "author": row.author, "ended": row.outcome, "why": row.why}
            yield legible(json.dumps(data, ensure_ascii=False)) if json_wanted else words


def _rows(db: Session, author: str | None = None, session_id: int | None = None) -> Iterator[Row]:
    said = (
        select(
            Turn.session_id,
            func.count(),
            func.count(col(Turn.cost)),
            func.coalesce(func.sum(Turn.cost), 0),
        )
        .where(Turn.role == Role.AUTHOR)
        .group_by(col(Turn.session_id))
    )
    read = (
        select(Turn.session_id, func.sum(Turn.input_tokens), func.sum(Turn.output_tokens))
        .where(Turn.role == Role.AUTHOR)
        .group_by(col(Turn.session_id))
    )
    rows = (
        select(WritingSession, Author.slug, Slot.purpose, Cancellation.actor)
        .select_from(WritingSession)
        .join(Author, col(Author.id) == WritingSession.author_id)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .join(Cancellation, col(Cancellation.session_id) == WritingSession.id, isouter=True)
        .order_by(col(WritingSession.id).desc())
    )
    if author is not None:
        rows = rows.where(Author.slug == author)
    if session_id is not None:
        said, read = said.where(Turn.session_id == session_id), read.where(Turn.session_id == session_id)
        rows = rows.where(WritingSession.id == session_id)
    paid = {
        session: (answers, int(cost or 0) if answers == known else None)
        for session, answers, known, cost in db.exec(said)
    }
    tokens = {session: (int(asked or 0), int(answered or 0)) for session, asked, answered in db.exec(read)}
    open_calls = unsettled(db, session_id)
    for session, slug, purpose, stopped_by in db.exec(rows):
        possibly = open_calls.get((session.id, Paid.POSSIBLY), Unsettled())
        in_flight = open_calls.get((session.id, Paid.RESERVED), Unsettled())
        answers, cost = paid.get(session.id, (0, 0))
        asked, answered = tokens.get(session.id, (0, 0))
        yield Row(
            session=session.id,
            author=slug,
            purpose=Purpose(purpose).value,
            invitation=session.invitation_id,
            began_at=session.began_at,
            ended_at=session.ended_at,
            outcome=session.outcome.value if session.outcome else "in progress",
            why=session.why,
            stopped_by=stopped_by or "",
            answers=answers,
            input_tokens=asked,
            output_tokens=answered,
            tokens=asked + answered,
            cost=in_dollars(cost),
            cost_millionths=cost,
            possibly_paid=str(possibly),
            possibly_paid_calls=possibly.calls,
            possibly_paid_millionths=possibly.cost_millionths,
            in_flight=str(in_flight),
            in_flight_calls=in_flight.calls,
            in_flight_millionths=in_flight.cost_millionths,
        )


def _shown(db: Session, session_id: int) -> dict[int, list[Shown]]:
    """The entries that each turn showed the author, by the turn's id."""
    rows = select(Showing).join(Turn).where(Turn.session_id == session_id).order_by(col(Showing.entry_id))
    shown: dict[int, list[Shown]] = {}
    for row in db.exec(rows):
        shown.setdefault(row.turn_id, []).append(Shown(row.entry_id, row.whole))
    return shown


def _as_data(turn: Turn, blocks: list[Block] | None) -> dict[str, object]:
    """A turn for a script; `blocks` is null where they were erased, `sha256` empty where some are masked."""
    facts = turn.model_dump(exclude={"id", "session_id", "blob_id"})
    return facts | {"sha256": _digest(turn, blocks), "blocks": blocks}


def _digest(turn: Turn, blocks: list[Block] | None) -> str:
    """The turn's hash, where nothing of it is masked."""
    return turn.sha256 if blocks is not None and sha256(canonical(blocks)) == turn.sha256 else ""


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _width() -> int:
    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
