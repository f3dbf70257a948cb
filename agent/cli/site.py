"""The public site: build, show, prove."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from agent.cli.common import folder_of, legible, open_outlet
from agent.errors import NotVerified, Refused


@click.command()
@click.pass_context
def build(ctx: click.Context) -> None:
    """Bring the public site to the state of the rows."""
    from agent import pipeline
    from agent.review import actions

    outlet = open_outlet(ctx)
    actions.reinstate(outlet)
    actions.clear(outlet)
    built = pipeline.build(outlet)
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
@click.argument("what", metavar="FOLDER|DOSSIER", type=click.Path(exists=True, path_type=Path))
@click.option("--key", "public_key", help="The public key (hex) that must have signed it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(what: Path, public_key: str | None, as_json: bool) -> None:
    """Check that a published FOLDER proves what it says, or that a DOSSIER (its .json file, with the page beside
    it) is what was signed."""
    if what.is_dir():
        _verify_folder(what, public_key, as_json=as_json)
    else:
        _verify_dossier(what, public_key, as_json=as_json)


def _verify_folder(folder: Path, public_key: str | None, *, as_json: bool) -> None:
    from agent.publish.verify import verify as look

    found = look(folder, public_key=public_key)
    _say(asdict(found), found.problems, folder, as_json=as_json)
    if not as_json:
        if found.not_compared:
            click.echo(found.not_compared)
        click.echo(
            f"{folder} verifies: {found.files} files, {found.lines} ledger lines, "
            f"{found.invitations} invitation{'' if found.invitations == 1 else 's'}, "
            f"{found.pieces} texts byte for byte as received.\n"
            f"Signed by {found.public_key}.\n"
            "This proves that nothing was changed since it was signed, and that each text is the one that was\n"
            "committed to at receipt. It cannot prove what happened before receipt."
        )


def _verify_dossier(file: Path, public_key: str | None, *, as_json: bool) -> None:
    from agent.publish.dossier import examine

    if file.suffix.lower() in {".html", ".htm"}:
        data = file.with_suffix(".json")
        raise Refused(reason=f"{file} is a page, and is checked with the data beside it: afterword verify {data}")
    found = examine(file, public_key=public_key)
    _say(asdict(found), found.problems, file, as_json=as_json)
    if not as_json:
        click.echo(
            f"{file} verifies, with {found.page} beside it: the record of {legible(found.author)}, "
            f"made at {legible(found.made_at)}.\n"
            f"Signed by {found.public_key}.\n"
            "This proves that neither was changed since they were signed. It cannot prove that they are complete."
        )


def _say(found: dict[str, Any], problems: list[str], what: Path, *, as_json: bool) -> None:
    """Print everything that is wrong. Raises NotVerified where anything is."""
    if as_json:
        click.echo(legible(json.dumps(found, indent=1)))
    else:
        for problem in problems:
            click.echo(f"  {legible(problem)}")
    if problems:
        raise NotVerified(count=len(problems), place=what)


@click.command()
def render() -> None:
    """Print exactly the safe HTML that a page would hold for the Markdown on standard input."""
    from agent.render import render as to_html

    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise Refused(reason=f"Standard input is not UTF-8 text: byte {error.start} cannot be read.") from None
    sys.stdout.buffer.write(to_html(text).html.encode())
