"""The public site: build, show, prove."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from agent.cli.common import folder_of, open_outlet
from agent.errors import NotVerified, Refused


@click.command()
@click.pass_context
def build(ctx: click.Context) -> None:
    """Bring the public site to the state of the rows."""
    from agent.publish import edition
    from agent.review import actions

    outlet = open_outlet(ctx)
    actions.reinstate(outlet)
    built = edition.build(outlet)
    folder = outlet.settings.at(outlet.settings.public)
    click.echo(f"{folder}: {built.files} files, {built.written} written, {built.removed} removed.")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of site_port in afterword.toml.")
@click.pass_context
def serve(ctx: click.Context, port: int | None) -> None:
    """Show the public site on this machine until Ctrl-C."""
    from agent import app
    from agent.settings import load

    settings = load(folder_of(ctx))
    server = app.site_server(settings, port)
    click.echo(f"{settings.at(settings.public)} is shown at {server.url} until Ctrl-C.")
    server.run()


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", "public_key", help="The public key (hex) that must have signed it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(folder: Path, public_key: str | None, as_json: bool) -> None:
    """Check that a published FOLDER proves what it says."""
    from agent.publish.verify import verify as look

    found = look(folder, public_key=public_key)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1))
    else:
        for problem in found.problems:
            click.echo(f"  {problem}")
    if found.problems:
        raise NotVerified(count=len(found.problems), place=folder)
    if not as_json:
        if found.not_compared:
            click.echo(found.not_compared)
        click.echo(
            f"{folder} verifies: {found.files} files, {found.lines} ledger lines, {found.invitations} invitations, "
            f"{found.pieces} texts byte for byte as received.\n"
            f"Signed by {found.public_key}.\n"
            "This proves that nothing was changed since it was signed, and that each text is the one that was\n"
            "committed to at receipt. It cannot prove what happened before receipt."
        )


@click.command()
def render() -> None:
    """Print exactly the safe HTML that a page would hold for the Markdown on standard input."""
    from agent.render import render as to_html

    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise Refused(reason=f"Standard input is not UTF-8 text: byte {error.start} cannot be read.") from None
    sys.stdout.buffer.write(to_html(text).html.encode())
