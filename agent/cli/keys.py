"""The key that signs the ledger, each edition, and each dossier."""

from pathlib import Path

import click

from agent.cli.common import folder_of


@click.group()
def keys() -> None:
    """The Ed25519 key that signs: make one, or show its public half."""


@keys.command()
@click.option("--path", type=click.Path(path_type=Path), help="Instead of signing_key in afterword.toml.")
@click.pass_context
def new(ctx: click.Context, path: Path | None) -> None:
    """Make a key, and print its public half. A file that is there already is never replaced."""
    from agent.keys import make, public_hex

    where = path or _where(ctx)
    key = make(where)
    click.echo(f"The key is in {where}: keep it secret, and keep a copy of it. Its public half:", err=True)
    click.echo(public_hex(key))


@keys.command()
@click.pass_context
def show(ctx: click.Context) -> None:
    """Print the public half of the key, in hex: what `afterword verify --key` expects."""
    from agent.keys import load, public_hex

    click.echo(public_hex(load(_where(ctx))))


def _where(ctx: click.Context) -> Path:
    from agent.settings import load

    settings = load(folder_of(ctx))
    return settings.at(settings.signing_key)
