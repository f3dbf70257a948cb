"""The public site: build, show, prove."""

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from agent.cli.common import folder_of, legible, open_outlet
from agent.errors import NotDelivered, NotVerified, Refused

WEB = ("https://", "http://")


@click.command()
@click.option("--full", is_flag=True, help="Make everything anew, hold it against what is there, and put it right.")
@click.pass_context
def build(ctx: click.Context, *, full: bool) -> None:
    """Bring the public site to the state of the rows, and then each target."""
    from agent import pipeline
    from agent.publish import delivery, edition
    from agent.review import actions

    outlet = open_outlet(ctx)
    for path, what in edition.amiss(outlet).items() if full else ():
        click.echo(legible(f"{path} {what}."))
    with outlet.database.read() as db:
        before = edition.newest(db)
    actions.reinstate(outlet)
    actions.clear(outlet)
    built = pipeline.build(outlet, full=full)
    folder = outlet.settings.at(outlet.settings.public)
    if before is not None and before.id == built.id:
        click.echo(f"{folder}: {built.files} files; nothing has changed.")
    else:
        click.echo(f"{folder}: {built.files} files, {built.written} written, {built.removed} removed.")
    failed = delivery.deliver(outlet, built.manifest_sha256)
    with outlet.database.read() as db:
        lacking = delivery.undelivered(outlet, db)
    for target in outlet.targets:
        if target.name not in failed:
            state = "is being brought it by another process" if target.name in lacking else "holds it, too"
            click.echo(legible(f"{target.name}: {target.place} {state}."))
    if failed:
        raise NotDelivered(reasons=" ".join(failed.values()))


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
@click.argument("what", metavar="FOLDER|URL|DOSSIER")
@click.option("--key", "public_key", help="The public key (hex) that must have signed it.")
@click.option(
    "--head",
    "kept",
    metavar="HASH|FILE",
    help="A head of the ledger that you kept, or a copy of heads/YYYY.jsonl, ledger.jsonl or manifest.json: "
    "the ledger must go on from it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(what: str, public_key: str | None, kept: str | None, as_json: bool) -> None:
    """Check that a published site proves what it says: a FOLDER, or the address (URL) where readers find it. Or that a
    DOSSIER (its .json file, with the page beside it) is what was signed."""
    if what.startswith(WEB) or Path(what).is_dir():
        _verify_site(what, public_key, kept, as_json=as_json)
    elif not Path(what).exists():
        raise click.BadParameter(f"Path {what!r} does not exist.", param_hint="'FOLDER|URL|DOSSIER'")
    elif kept is not None:
        raise Refused(reason="A dossier has no ledger: --head is for a site.")
    else:
        _verify_dossier(Path(what), public_key, as_json=as_json)


def _verify_site(where: str, public_key: str | None, kept: str | None, *, as_json: bool) -> None:
    from agent import app
    from agent.cli.proof import conclusion, counted, watched
    from agent.publish.proof.heads import kept_heads
    from agent.publish.verify import verify as look

    heads = [] if kept is None else kept_heads(Path(kept).read_text(errors="replace") if Path(kept).exists() else kept)
    is_far = where.startswith(WEB)
    with ExitStack() as stack:
        place = stack.enter_context(app.site_at(where)) if is_far else Path(where)
        heard = stack.enter_context(watched(f"Reading {legible(where)}"))
        found = look(place, public_key=public_key, kept=heads, heard=heard)
    # Of a folder this is said only where its ledger is ahead: everywhere else it would excuse a changed file.
    if not as_json and any("one byte differs" in wrong for wrong in found.problems) and (is_far or found.goes_on):
        click.echo("Where an edition comes out at this moment, files are newer than its manifest: verify again then.")
    _say(asdict(found), found.problems, where, as_json=as_json)
    if not as_json:
        click.echo(legible(f"{where} verifies."))
        for line in (*counted(found), *conclusion(found)):
            click.echo(line)


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


def _say(found: dict[str, Any], problems: list[str], what: Path | str, *, as_json: bool) -> None:
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
