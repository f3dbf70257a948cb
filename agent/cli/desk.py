"""The desk alone."""

import click

from agent.cli.common import open_outlet


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of `desk_port`; 0 takes a free one.")
@click.pass_context
def desk(ctx: click.Context, port: int | None) -> None:
    """Run the desk alone, until Ctrl-C: beside an `afterword up` in another process, which does the work that verdicts
    give. Several may run beside each other."""
    from agent import app

    outlet = open_outlet(ctx, log=app.logger())
    server = app.desk_server(outlet, port)
    click.echo(f"The desk is at {server.url} until Ctrl-C. What is decided here is brought out by `afterword up`.")
    server.run()
    outlet.database.close()
