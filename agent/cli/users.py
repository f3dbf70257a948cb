"""The staff, and their passwords."""

import sys
from dataclasses import dataclass

import click

from agent.cli.common import as_json, open_outlet, show
from agent.errors import UnknownUser


@dataclass(frozen=True)
class Row:
    """A member of the staff, as listed."""

    name: str
    can_sign_in: bool


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def users(ctx: click.Context, as_json: bool) -> None:
    """List the staff."""
    if ctx.invoked_subcommand is not None:
        return
    from sqlmodel import col, select

    from agent.tables import User

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = [
            Row(user.name, user.password_hash is not None) for user in db.exec(select(User).order_by(col(User.name)))
        ]
    show(
        rows,
        json_wanted=as_json,
        columns=("name", "can_sign_in"),
        empty="Nobody yet: name reviewers in afterword.toml.",
    )


@users.command()
@click.argument("name")
@click.pass_context
def password(ctx: click.Context, name: str) -> None:
    """Set NAME's password: asked for, or read from standard input."""

    from agent.staff import set_password

    outlet = open_outlet(ctx)
    if name not in outlet.settings.reviewers:
        raise UnknownUser(user=name, known=", ".join(outlet.settings.reviewers) or "nobody yet")
    if sys.stdin.isatty():
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\n")
    with outlet.database.write() as db:
        set_password(db, name, given, outlet.now())
    click.echo(f"{name} can sign in at the desk.")
