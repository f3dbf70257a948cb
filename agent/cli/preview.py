"""The site while somebody works on it."""

import signal
import tempfile
import threading
from pathlib import Path

import click

from agent.cli.common import legible, open_outlet

LOOK_SECONDS = 0.5


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Instead of site_port in afterword.toml; 0 takes a free one."
)
@click.pass_context
def preview(ctx: click.Context, port: int | None) -> None:
    """Show the site as it would be built now, and again whenever a template, an asset, a word or a row changes, until
    Ctrl-C. Each page in a browser is loaded anew by itself. Nothing is published, and the public folder is not touched.
    """
    from agent import app
    from agent.publish.draft import Draft, words_of

    outlet = open_outlet(ctx)
    leave = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave.set())
    with tempfile.TemporaryDirectory(prefix="afterword-preview-") as folder:
        draft = Draft(outlet, Path(folder))
        live, server = app.live_server(outlet.settings, draft.folder, port)
        server.start()
        click.echo(f"A preview is shown at {server.url} until Ctrl-C.")
        said = ""
        while not leave.is_set():
            try:
                is_new = draft.make()
            except Exception as fault:
                words = words_of(fault)
                live.failed(words)
                if words != said:
                    click.echo(legible(f"It cannot be made: {words}"), err=True)
                said = words
            else:
                if is_new:
                    live.is_new()
                    click.echo("Made anew.")
                    said = ""
            leave.wait(LOOK_SECONDS)
        live.end()
        server.stop()
    outlet.database.close()
