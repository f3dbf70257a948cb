"""What authors wish for, and the answers that staff give."""

import getpass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from agent.cli.common import ROW, as_json, legible, open_outlet, quoted, show

if TYPE_CHECKING:
    from agent.review.wishes import Held, Wished


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Those that were answered, too.")
@click.option("--interests", is_flag=True, help="Instead, the subjects that authors follow: nothing to answer there.")
@as_json
@click.pass_context
def wishes(ctx: click.Context, everything: bool, interests: bool, as_json: bool) -> None:
    """List what authors wish for: what waits for an answer, oldest first."""
    if ctx.invoked_subcommand is not None:
        return
    from agent.review import wishes as kept

    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        held = kept.interests(db)
        wished = kept.all_wishes(db) if everything else kept.open_wishes(db)
    if as_json:
        show(held if interests else wished, json_wanted=True, columns=(), empty="")
    elif interests:
        click.echo("\n\n".join(map(_interest, held)) or "No author has named an interest.")
    else:
        none = "No author has wished for anything yet." if everything else "No wish waits for an answer."
        click.echo("\n\n".join(_wish(one, outlet.now()) for one in wished) or none)
        if held:
            click.echo(f"\nAuthors follow {len(held)} subject(s): afterword wishes --interests")


@wishes.command()
@click.argument("wish", type=ROW)
@click.option("--as", "actor", help="Your name in afterword.toml; otherwise your login's.")
@click.option("--grant/--refuse", "granted", default=None, help="A wish that asks for a word needs neither.")
@click.option("--words", required=True, help="What its author is told, with its next invitation.")
@click.option("--takes-down", type=ROW, help="The piece that its author, having no tools, wishes to take down.")
@click.pass_context
def answer(  # noqa: PLR0917
    ctx: click.Context, wish: int, actor: str | None, granted: bool | None, words: str, takes_down: int | None
) -> None:
    """Answer WISH, once, in words that its author reads."""
    from agent.review import wishes as kept

    outlet = open_outlet(ctx)
    done = kept.answer(outlet, wish, actor or getpass.getuser(), granted=granted, words=words, takes_down=takes_down)
    result = {True: "granted", False: "refused", None: "answered"}[done.granted]
    click.echo(f"Wish {wish} is {result}. {done.byline} reads your words with its next invitation.")
    if takes_down is not None:
        click.echo(f"Piece {takes_down} is withdrawn by its author. `afterword up` brings it out by itself; or build.")
    if done.granted and (follows := _follows(done)):
        click.echo(follows)


def _follows(wish: "Wished") -> str:
    """What a yes brings about, and what it leaves to do."""
    match wish.want:
        case "feed":
            return "The feed is on its reading list now."
        case "page":
            return "The page is fetched before that invitation."
        case "rest":
            return f"It is not invited before {wish.until}."
        case "cadence":
            return (
                f"One thing is left for you: change the cadence of {wish.author} in afterword.toml. Until then it is "
                "invited as before; the next command that you run takes the change up."
            )
    return ""


def _wish(wish: "Wished", now: datetime) -> str:
    days = (now - wish.at).days
    age = "today" if days < 1 else f"{days} day{'s' if days > 1 else ''} ago"
    what = {"word": "a word", "cadence": "another cadence", "rest": f"a rest until {wish.until}"}.get(
        wish.want, f"a {wish.want.value}: {legible(wish.url)}"
    )
    lines = [f"{wish.wish}  {wish.byline} ({wish.author}), {wish.at:%Y-%m-%d}, {age}: {what}", *quoted(wish.words)]
    if wish.answered_at is not None:
        result = {True: "granted", False: "refused", None: "answered"}[wish.granted]
        lines.append(f"   {result} by {wish.answered_by}, {wish.answered_at:%Y-%m-%d}:")
        lines += quoted(wish.answer)
    return "\n".join(lines)


def _interest(held: "Held") -> str:
    return "\n".join(
        [f"{held.byline} ({held.author}), {held.at:%Y-%m-%d}, its interest {held.interest}", *quoted(held.words)]
    )
