"""The record of one author, as a signed document."""

from pathlib import Path

import click

from agent.cli.common import open_outlet


@click.command()
@click.argument("author")
@click.option("--out", type=click.Path(path_type=Path), help="Instead of dossiers/ in the publication's folder.")
@click.pass_context
def dossier(ctx: click.Context, author: str, out: Path | None) -> None:
    """Export the record of AUTHOR: interviews, consent, interests, wishes with their answers, and what came of its
    works, as a page and as data, signed. It is not put on the public site."""
    from agent.publish.dossier import export

    outlet = open_outlet(ctx)
    data = export(outlet, author, out or outlet.settings.at(Path("dossiers")))
    click.echo(f"{data.with_suffix('.html')}\n{data}\n")
    click.echo(f"`afterword verify {data}` checks both. Neither is part of the public site.")
