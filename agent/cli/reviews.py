"""Reviews at the command line: the same doors as the desk's."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from agent.cli.common import ROW, as_json, item, minute, open_outlet, quoted, show
from agent.errors import Refused
from agent.tables.publication import WithdrawnBy
from agent.tables.review import Verdict

if TYPE_CHECKING:
    from agent.review.going import Going
    from agent.review.queue import Waiting, WaitingAppeal
    from agent.review.withdrawals import ByStaff

MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d %H:%M"])
by_whom = click.option("--as", "reviewer", help="Your name in afterword.toml; otherwise your login's.")


@click.command()
@as_json
@click.option("--going", "only_going", is_flag=True, help="Only what is decided, and waits for its moment.")
@click.pass_context
def queue(ctx: click.Context, as_json: bool, only_going: bool) -> None:
    """List what waits for people, oldest first; and what is decided, and waits for its moment."""
    from agent.review.going import going
    from agent.review.queue import queue as waiting

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = [] if only_going else waiting(db)
        soon = going(outlet, db, limit=None) if only_going or not as_json else []
    if as_json:
        show(soon if only_going else rows, json_wanted=True, columns=(), empty="")
        return
    parts = [] if only_going else ["\n\n".join(map(_waiting, rows)) or "Nothing waits for a verdict."]
    if soon:
        parts += ["\n\n".join(["Decided, and waiting for its moment:", *map(_going, soon)])]
    elif only_going:
        parts += ["Nothing waits for its moment."]
    click.echo("\n\n".join(parts))


@click.command()
@as_json
@click.pass_context
def withdrawals(ctx: click.Context, as_json: bool) -> None:
    """List withdrawals that wait for a second person."""
    from agent.review.queue import withdrawals as waiting

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        columns = ("withdrawal", "piece", "by", "actor", "ground", "reason", "at")
        show(waiting(db), json_wanted=as_json, columns=columns, empty="No withdrawal waits for a second person.")


@click.command()
@click.argument("revision", type=ROW)
@click.argument("verdict", type=click.Choice([verdict.value for verdict in Verdict]))
@by_whom
@click.option("--ground", default="", help="For a veto: its name on the public list.")
@click.option("--quote", default="", help="For a veto: the passage it is about, exactly.")
@click.option("--reason", default="", help="For a veto or an escalation: why, in words.")
@click.option("--answer", "answers", multiple=True, metavar="FLAG=WORDS", help="For publish: an answer to a flag.")
@click.option("--at", type=MOMENT, help="For publish: not before this moment, in UTC.")
@click.option("--record", help="The record_sha256 you read; otherwise the one that is stored now.")
@click.pass_context
def review(  # noqa: PLR0917
    ctx: click.Context,
    revision: int,
    verdict: str,
    reviewer: str | None,
    ground: str,
    quote: str,
    reason: str,
    answers: tuple[str, ...],
    at: datetime | None,
    record: str | None,
) -> None:
    """Give a VERDICT on REVISION: publish, veto or escalate."""
    from agent.record import text_of
    from agent.review import actions
    from agent.review.resolutions import held_up, standing
    from agent.tables import Revision

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        read = db.get(Revision, revision)
        if read is None:
            raise Refused(reason=f"There is no revision {revision}. `afterword queue` lists what waits.")
        text = text_of(db, read)
    said = actions.Said(
        ground=ground,
        span=actions.find_span(text or "", quote) if quote else None,
        reason=reason,
        answers=dict(map(_answer, answers)),
    )
    stands = actions.review(
        outlet,
        revision,
        reviewer or getpass.getuser(),
        Verdict(verdict),
        record_sha256=record or read.record_sha256,
        said=said,
        at=at.replace(tzinfo=UTC) if at else None,
    )
    with outlet.database.read() as db:
        waits = standing(db, revision)
        held = held_up(outlet, db, waits) if waits else ""
    if waits is None:
        click.echo(f"Revision {revision} is now: {stands.value}.")
    else:
        does = "goes out" if stands is stands.PUBLISHED else "is held back"
        click.echo(f"Revision {revision} {does} at {minute(waits.due_at)}. Until then: `afterword undo {revision}`.")
    if held:
        click.echo(f"But it waits: {held}.")
    if stands is stands.PUBLISHED:
        click.echo("`afterword up` brings it out by itself; without it, run `afterword build`.")


@click.command()
@click.argument("revision", type=ROW)
@by_whom
@click.pass_context
def undo(ctx: click.Context, revision: int, reviewer: str | None) -> None:
    """Take your own verdict on REVISION back, as long as nothing came of it."""
    from agent.review import actions

    taken_back = actions.undo(open_outlet(ctx), revision, reviewer or getpass.getuser())
    click.echo(f'Your "{taken_back.verdict.value}" on revision {revision} is taken back. Both stay on record.')


@click.command()
@as_json
@click.pass_context
def appeals(ctx: click.Context, as_json: bool) -> None:
    """List the appeals of authors that wait for somebody who did not veto."""
    from agent.review.queue import appeals as waiting

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = waiting(db)
    if as_json:
        show(rows, json_wanted=True, columns=(), empty="")
    else:
        click.echo("\n\n".join(map(_appeal, rows)) or "No appeal waits.")


@click.command()
@click.argument("appeal_id", metavar="APPEAL", type=ROW)
@click.argument("ruling", type=click.Choice(["uphold", "overturn"]))
@by_whom
@click.option("--reason", required=True, help="Why, in words: the author reads them.")
@click.pass_context
def appeal(ctx: click.Context, appeal_id: int, ruling: str, reviewer: str | None, reason: str) -> None:
    """Rule on APPEAL, as somebody who did not veto: uphold the veto, or overturn it."""
    from agent.review import actions

    outlet = open_outlet(ctx)
    overturned = ruling == "overturn"
    actions.rule(outlet, appeal_id, reviewer or getpass.getuser(), overturned=overturned, reason=reason)
    after = "is overturned, and the text is back in the queue: `afterword queue`" if overturned else "stands"
    click.echo(f"Appeal {appeal_id}: the veto {after}.")


@click.command()
@click.argument("piece", type=ROW)
@by_whom
@click.option("--ground", required=True, help="Its name on the public list of grounds.")
@click.option("--reason", required=True, help="Why, in words.")
@click.option("--urgent", is_flag=True, help="Down at once, for 72 hours unless a second person confirms.")
@click.pass_context
def withdraw(ctx: click.Context, piece: int, reviewer: str | None, ground: str, reason: str, urgent: bool) -> None:  # noqa: PLR0917
    """Take a published PIECE down. It needs a second person, as a veto does."""
    from agent.review import actions

    outlet = open_outlet(ctx)
    by: ByStaff = WithdrawnBy.URGENT if urgent else WithdrawnBy.STAFF
    number = actions.withdraw(outlet, piece, reviewer or getpass.getuser(), by, ground=ground, reason=reason)
    if urgent:
        click.echo(f"Piece {piece} is down for 72 hours, and longer if someone runs `afterword confirm {number}`.")
    else:
        click.echo(f"Withdrawal {number} waits for a second person: `afterword confirm {number}`.")


@click.command()
@click.argument("withdrawal", type=ROW)
@by_whom
@click.option("--reason", required=True, help="Why, in words.")
@click.pass_context
def confirm(ctx: click.Context, withdrawal: int, reviewer: str | None, reason: str) -> None:
    """Agree, as a second person, to a WITHDRAWAL."""
    from agent.review import actions

    outlet = open_outlet(ctx)
    actions.confirm(outlet, withdrawal, reviewer or getpass.getuser(), reason=reason)
    click.echo(f"Withdrawal {withdrawal} is confirmed; the piece is down.")


@click.command()
@click.argument("piece", type=ROW)
@by_whom
@click.option("--second", required=True, help="The second person who agrees.")
@click.option("--reason", required=True, help="The right or duty it rests on, in words.")
@click.confirmation_option(prompt="Every byte of it will be gone for good. Go on?")
@click.pass_context
def erase(ctx: click.Context, piece: int, reviewer: str | None, second: str, reason: str) -> None:
    """Empty every byte of PIECE: its revisions, drafts and copies, wherever they were shown. The ledger still
    verifies. An afterword or a statement about it is a piece of its own, and stays."""
    from agent.review import actions

    outlet = open_outlet(ctx)
    count = actions.erase(outlet, piece, reviewer or getpass.getuser(), second=second, reason=reason)
    click.echo(f"Piece {piece} is erased: {count} blobs emptied.")
    with outlet.database.read() as db:
        left = actions.what_is_left(db)
    if left is not None:
        click.echo(f"But: {left}", err=True)


def _waiting(row: "Waiting") -> str:
    """A revision in a few lines, its number first."""
    checks = f"gravest flag: {row.worst}, {row.flags} in all" if row.worst else "nothing flagged" if row.checks else ""
    unchecked = f"{row.not_checked or ''} not checked".strip() if row.not_checked or not row.checks else ""
    stands = "; ".join(
        filter(None, [row.stands.value, "a veto of it was overturned" if row.overturned else "", checks, unchecked])
    )
    return "\n".join(
        item(
            row.revision,
            row.name,
            f"{row.byline} ({row.author}), {row.form or row.kind}, {row.words:,} words, {minute(row.received_at)}",
            row.belongs_to,
            stands,
            f"not publishable: {row.consent}" if row.consent else "",
        )
    )


def _going(row: "Going") -> str:
    """What is decided in a few lines, the revision's number first."""
    what = "goes out" if row.verdict is Verdict.PUBLISH else "is held back"
    return "\n".join(
        item(
            row.revision,
            row.name,
            f"{row.byline} ({row.author}), {what}, {minute(row.due_at)} or with the first edition after that",
            f"held up: {row.held_up}" if row.held_up else "",
        )
    )


def _appeal(row: "WaitingAppeal") -> str:
    """An appeal with its author's words, its number first."""
    facts = item(
        row.appeal,
        f"revision {row.revision}, {row.name}",
        f"{row.byline} ({row.author}), {minute(row.at)}",
        f"held back on {row.ground} by {row.vetoed_by}; its author says:",
    )
    return "\n".join([*facts, *quoted(row.why)])


def _answer(given: str) -> tuple[int, str]:
    flag, _, words = given.partition("=")
    if not flag.isdecimal() or not words.strip():
        raise click.BadParameter(f'"{given}": say it as FLAG=WORDS, like 12="a refrain, on purpose"')
    number: int = ROW(flag)
    return number, words
