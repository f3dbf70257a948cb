"""What staff must know now, at the command line; the desk shows the same."""

from collections.abc import Iterator

import click

from agent.cli.common import as_json, item, minute, open_outlet, show
from agent.notices import Notice
from agent.notices import notices as look


@click.command()
@as_json
@click.pass_context
def notices(ctx: click.Context, as_json: bool) -> None:
    """List what stands still and what went wrong lately, and what to do about it: first what waits for somebody."""
    outlet = open_outlet(ctx)
    with outlet.database.read() as db:
        found = look(outlet, db)
    if as_json:
        show(found, json_wanted=True, columns=(), empty="")
    else:
        click.echo("\n\n".join("\n".join(_lines(notice)) for notice in found) or "Nothing stands still.")


def _lines(notice: Notice) -> Iterator[str]:
    """A notice: a mark where it waits for somebody, what it is about, since when, and what to do."""
    since = f"{notice.subject}, since {minute(notice.since)}"
    yield from item("!" if notice.waits else "-", since + (": it waits for somebody" if notice.waits else ""))
    yield from item("", f"{notice.words}.", f"{notice.to_do}." if notice.to_do else "")
