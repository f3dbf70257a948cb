"""The staff: who they are, what they may do, and how they come in."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from agent.cli.common import as_json, open_outlet, show

if TYPE_CHECKING:
    from sqlmodel import Session

    from agent.outlet import Outlet
    from agent.tables import User

ROLE = click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["reviewer", "operator", "administrator"]),
    help="What they may do; can be given more than once.",
)


@dataclass(frozen=True)
class Row:
    """One of the staff, as listed."""

    name: str
    roles: list[str]
    named_by: str
    can_sign_in: bool
    second_factor: bool
    sessions: int
    email: str


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def users(ctx: click.Context, as_json: bool) -> None:
    """List the staff; invite, appoint and remove."""
    if ctx.invoked_subcommand is not None:
        return
    from agent.staff.people import staff

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = [
            Row(
                name=member.name,
                roles=[role.value for role in member.roles],
                named_by=member.comes_from,
                can_sign_in=member.can_sign_in,
                second_factor=member.second_factor,
                sessions=member.sessions,
                email=member.email,
            )
            for member in staff(db, outlet.settings, outlet.now())
        ]
    show(
        rows,
        json_wanted=as_json,
        columns=("name", "roles", "named_by", "can_sign_in", "second_factor", "sessions"),
        empty="Nobody yet: afterword users add NAME --role administrator",
    )


@users.command()
@click.argument("name")
@ROLE
@click.option("--email", default="", help="Where their notices go, and how a company's directory knows them.")
@click.pass_context
def add(ctx: click.Context, name: str, roles: tuple[str, ...], email: str) -> None:
    """Invite NAME: prints a link that works once, for three days."""
    from agent.staff.links import new_link
    from agent.staff.people import COMMAND_LINE, roles_named
    from agent.staff.people import add as added

    outlet, actor = open_outlet(ctx), COMMAND_LINE
    with outlet.database.write() as db:
        now = outlet.now()
        user = added(db, outlet.settings, name, roles_named(roles), now, actor=actor, email=email)
        token = new_link(db, outlet.settings, user, now, actor=actor)
    _print_link(outlet, name, token)


@users.command()
@click.argument("name")
@click.pass_context
def link(ctx: click.Context, name: str) -> None:
    """Make NAME a new link; the one before ends."""
    from agent.staff.links import new_link
    from agent.staff.people import COMMAND_LINE

    outlet = open_outlet(ctx)
    with outlet.database.write() as db:
        user = _called(outlet, db, name)
        token = new_link(db, outlet.settings, user, outlet.now(), actor=COMMAND_LINE)
    _print_link(outlet, name, token)


@users.command()
@click.argument("name")
@click.pass_context
def password(ctx: click.Context, name: str) -> None:
    """Set NAME's password: asked for, or read from standard input."""
    from agent.staff import set_password

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        _called(outlet, db, name)
    if sys.stdin.isatty():
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\n")
    with outlet.database.write() as db:
        set_password(db, name, given, outlet.now())
    click.echo(f"{name} can sign in at the desk.")


@users.command()
@click.argument("name")
@ROLE
@click.pass_context
def roles(ctx: click.Context, name: str, roles: tuple[str, ...]) -> None:
    """Let NAME hold these roles from now on, and no others."""
    from agent.staff import roles_of
    from agent.staff.people import COMMAND_LINE, appoint, ordered, roles_named

    outlet = open_outlet(ctx)
    with outlet.database.write() as db:
        user = _called(outlet, db, name)
        appoint(db, outlet.settings, user, roles_named(roles), outlet.now(), actor=COMMAND_LINE)
        held = ordered(roles_of(db, outlet.settings, name))
    click.echo(f"{name} is {' and '.join(held)}.")


@users.command()
@click.argument("name")
@click.argument("address", default="")
@click.pass_context
def email(ctx: click.Context, name: str, address: str) -> None:
    """Note down NAME's e-mail address; without one, forget it."""
    from agent.staff.people import COMMAND_LINE, set_email

    outlet = open_outlet(ctx)
    with outlet.database.write() as db:
        set_email(db, _called(outlet, db, name), address, outlet.now(), actor=COMMAND_LINE)
    click.echo(f"{name} is reached at {address}." if address else f"{name} has no address here any more.")


@users.command()
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """NAME is of the staff no more: every session, token and link ends at once."""
    from agent.staff.people import COMMAND_LINE
    from agent.staff.people import remove as removed

    outlet = open_outlet(ctx)
    with outlet.database.write() as db:
        removed(db, outlet.settings, _called(outlet, db, name), outlet.now(), actor=COMMAND_LINE)
    click.echo(f"{name} is of the staff no more. What they did stays on record.")


@dataclass(frozen=True)
class Browser:
    """A session, as listed."""

    browser: str
    address: str
    since: object
    last_seen: object


@users.command()
@click.argument("name")
@click.option("--revoke", is_flag=True, help="End all of them, and every token of a program.")
@as_json
@click.pass_context
def sessions(ctx: click.Context, name: str, revoke: bool, as_json: bool) -> None:
    """List the browsers that NAME is signed in with, or sign them out."""
    from agent.staff import sessions_of
    from agent.staff.people import COMMAND_LINE, sign_out

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        user = _called(outlet, db, name)
        there = sessions_of(db, user.id, outlet.now())
    if revoke:
        with outlet.database.write() as db:
            ended, programs = sign_out(db, user, outlet.now(), actor=COMMAND_LINE)
        click.echo(f"{ended} ended{f', and {programs} token(s) of programs' if programs else ''}.")
        return
    show(
        [Browser(row.browser, row.address, row.began_at, row.seen_at) for row in there],
        json_wanted=as_json,
        columns=("browser", "address", "since", "last_seen"),
        empty=f"{name} is signed in nowhere.",
    )


@users.command("second-factor")
@click.argument("name")
@click.option("--off", is_flag=True, required=True, help="Ask for no code any more.")
@click.pass_context
def second_factor(ctx: click.Context, name: str, off: bool) -> None:
    """Turn NAME's second factor off: for whoever has lost the telephone."""
    from agent.staff.codes import turn_off
    from agent.staff.people import COMMAND_LINE

    outlet = open_outlet(ctx)
    with outlet.database.write() as db:
        turn_off(db, _called(outlet, db, name), outlet.now(), actor=COMMAND_LINE)
    click.echo(f"{name} is asked for no code any more. It is on record.")


def _called(outlet: "Outlet", db: "Session", name: str) -> "User":
    from agent.staff.people import called

    return called(db, outlet.settings, name)


def _print_link(outlet: "Outlet", name: str, token: str) -> None:
    from agent.staff.links import desk_address

    click.echo(f"{desk_address(outlet.settings)}links/{token}")
    click.echo(f"It is {name}'s alone, works once, and for three days: a password is chosen there.", err=True)
