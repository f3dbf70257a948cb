"""What staff must know now, at the command line; the desk shows the same. And what they were told outside the desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import click

from agent.cli.common import ROW, as_json, item, minute, open_outlet, show
from agent.errors import Refused
from agent.notices import Notice
from agent.notices import notices as look
from agent.outlet import Channel, Outlet


@dataclass(frozen=True)
class Row:
    """Something that staff were told, or are to be told, as listed."""

    at: datetime
    to: str
    about: str
    subject: str
    sent_at: datetime | None
    tries: int
    fault: str


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def notices(ctx: click.Context, as_json: bool) -> None:
    """List what stands still and what went wrong lately, and what to do about it: first what waits for somebody."""
    if ctx.invoked_subcommand is not None:
        return
    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        found = look(outlet, db)
    if as_json:
        show(found, json_wanted=True, columns=(), empty="")
    else:
        click.echo("\n\n".join("\n".join(_lines(notice)) for notice in found) or "Nothing stands still.")


@notices.command()
@as_json
@click.option("--limit", type=ROW, default=50, show_default=True, help="So many, the newest.")
@click.pass_context
def told(ctx: click.Context, as_json: bool, limit: int) -> None:
    """List what staff were told by e-mail and webhooks, and what did not go out, the newest first."""
    from sqlmodel import col, select

    from agent.notices.telling import NOBODY, SINCE
    from agent.tables import Notification

    outlet = open_outlet(ctx)
    rows = select(Notification).where(Notification.channel != NOBODY, Notification.key != SINCE)
    with outlet.database.read() as db:
        found = [
            Row(row.at, row.channel, row.key, row.subject, row.sent_at, row.tries, row.fault)
            for row in db.exec(rows.order_by(col(Notification.id).desc()).limit(limit))
        ]
    columns = ("at", "to", "about", "sent_at", "tries", "fault")
    show(found, json_wanted=as_json, columns=columns, empty="Nobody was told anything yet.")


@notices.command()
@click.pass_context
def send(ctx: click.Context) -> None:
    """Look once what staff are to be told, and send it now: where no `afterword up` does so. Exit 1 where something did
    not go out."""
    from agent.app import logger
    from agent.notices.sending import due, send_all
    from agent.notices.telling import Teller

    outlet = open_outlet(ctx, log=logger())
    _need_channels(outlet)
    Teller(outlet).look()
    with outlet.database.read() as db:
        ways = [each.way for each in due(outlet, db)]
    sent = sum(send_all(outlet, way) for way in ways)
    with outlet.database.read() as db:
        failed = [notice for notice in look(outlet, db) if notice.kind == "untold"]
    click.echo(f"{sent} sent." if sent else "Nothing was sent.")
    for notice in failed:
        click.echo(f"{notice.subject}: {notice.words}.", err=True)
    ctx.exit(1 if failed else 0)


@notices.command(name="try")
@click.argument("name")
@click.option("--to", help="For mail: the address that gets it.")
@click.pass_context
def try_out(ctx: click.Context, name: str, to: str | None) -> None:
    """Send a message by the channel NAME ("mail", or a [[webhook]] or [[apprise]]), and say what came of it."""
    from agent.channels import MAIL, is_mailbox
    from agent.outlet import Message
    from agent.staff.links import desk_address

    outlet = open_outlet(ctx)
    channel = _channel(outlet, name)
    if name == MAIL and (to is None or not is_mailbox(to)):
        raise Refused(reason="Say which address gets it: --to ada@example.org")
    if name != MAIL and to is not None:
        raise Refused(reason=f"{name} has one receiver, so --to says nothing there.")
    found, now = channel.look(), outlet.now()
    words = f"This message tries out how {outlet.settings.title} tells its staff what waits. Nothing is to be done."
    channel.send(
        Message(
            f"try:{now:%Y%m%dT%H%M%SZ}",
            "A message to try it out",
            words,
            desk_address(outlet.settings),
            to=[to] if to else [],
            at=now,
        )
    )
    click.echo(f"{found}.\nThe message was taken{f'; look into the mail box of {to}' if to else ''}.")


def _channel(outlet: Outlet, name: str) -> Channel:
    _need_channels(outlet)
    for channel in outlet.channels:
        if channel.name == name:
            return channel
    known = ", ".join(channel.name for channel in outlet.channels)
    raise Refused(reason=f'No channel is called "{name}". There are: {known}.')


def _need_channels(outlet: Outlet) -> None:
    if not outlet.channels:
        raise Refused(
            reason="Staff are told nothing outside the desk: afterword.toml has no [mail], [[webhook]] or [[apprise]]."
        )


def _lines(notice: Notice) -> Iterator[str]:
    """A notice: a mark where it waits for somebody, what it is about, since when, and what to do."""
    since = f"{notice.subject}, since {minute(notice.since)}"
    yield from item("!" if notice.waits else "-", since + (": it waits for somebody" if notice.waits else ""))
    yield from item("", f"{notice.words}.", f"{notice.to_do}." if notice.to_do else "")
