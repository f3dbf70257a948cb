"""Notes of the staff beside pieces: set one, list them."""

import getpass
import sys
from typing import TYPE_CHECKING

import click

from agent.cli.common import ROW, as_json, item, minute, open_outlet, quoted, show
from agent.errors import Refused

if TYPE_CHECKING:
    from agent.review.corrections import Corrected

by_whom = click.option("--as", "actor", help="Your name in afterword.toml; otherwise your login's.")


@click.command()
@click.argument("piece", type=ROW)
@by_whom
@click.option("--words", help="What is wrong and what is right; otherwise read from standard input.")
@click.pass_context
def correct(ctx: click.Context, piece: int, actor: str | None, words: str | None) -> None:
    """Set a dated note of the staff beside PIECE, never inside it. It stands there for good, and the author is told."""
    from agent.review import actions

    said = words if words is not None else _from_standard_input()
    outlet = open_outlet(ctx)
    number = actions.correct(outlet, piece, actor or getpass.getuser(), said)
    click.echo(f"Correction {number} stands beside piece {piece}; the text itself is unchanged.")
    click.echo("`afterword up` brings it out by itself; without it, run `afterword build`.")


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def corrections(ctx: click.Context, as_json: bool) -> None:
    """List the corrections that stand beside pieces, newest first."""
    if ctx.invoked_subcommand is not None:
        return
    from agent.review.corrections import corrections as kept

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        rows = kept(db)
    if as_json:
        show(rows, json_wanted=True, columns=(), empty="")
    else:
        click.echo("\n\n".join(map(_correction, rows)) or "No piece has a correction beside it.")


@corrections.command()
@click.argument("correction", type=ROW)
@by_whom
@click.option("--second", required=True, help="The second person who agrees.")
@click.option("--reason", required=True, help="The right or duty it rests on, in words.")
@click.confirmation_option(prompt="Its words will be gone for good. Go on?")
@click.pass_context
def erase(ctx: click.Context, correction: int, actor: str | None, second: str, reason: str) -> None:
    """Empty the words of CORRECTION, wherever they were shown. That it was there stays on record."""
    from agent.review import actions

    outlet = open_outlet(ctx)
    count = actions.erase_correction(outlet, correction, actor or getpass.getuser(), second=second, reason=reason)
    click.echo(f"Correction {correction} is erased: {count} blob{'' if count == 1 else 's'} emptied.")
    with outlet.database.read() as db:
        left = actions.what_is_left(db)
    if left is not None:
        click.echo(f"But: {left}", err=True)


def _from_standard_input() -> str:
    if sys.stdin.isatty():
        click.echo("Say what is wrong and what is right; end with Ctrl-D on a line of its own.", err=True)
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise Refused(reason=f"Standard input is not UTF-8 text: byte {error.start} cannot be read.") from None


def _correction(row: "Corrected") -> str:
    facts = item(
        row.correction,
        f"piece {row.piece}, revision {row.revision}",
        f"{row.byline} ({row.author}), by {row.actor}, {minute(row.at)}:",
    )
    return "\n".join([*facts, *quoted(row.words)])
