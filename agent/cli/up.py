"""Clock, engine, desk and preview in one process."""

import signal
import threading
from functools import partial
from types import FrameType

import click

from agent import app, polling, probing, schedule
from agent.adapters.clock import Clock
from agent.check import worker
from agent.check.every import need_named
from agent.cli.common import open_outlet
from agent.cli.usage import caps_in_words
from agent.errors import EngineLost
from agent.publish import edition
from agent.staff import having
from agent.tables import StaffRole

FEEDS_SECONDS = 60.0
"""How often it is looked for feeds that are due; how often each is, is a matter of `feed_minutes`."""
BELOW = "\n" + " " * 12


@click.command()
@click.pass_context
def up(ctx: click.Context) -> None:
    """Run clock, engine, desk and preview in one process, until Ctrl-C or SIGTERM.

    A turn in flight is finished and stored first; what is left is taken up at the next start.
    """
    log = app.logger()
    outlet = open_outlet(ctx, log=log, say=lambda words: log.info(words, action="local_model"))
    settings = outlet.settings
    need_named(outlet)
    _ = list(outlet.prompts.all())
    edition.public_folder(outlet)
    for target in outlet.targets:
        target.check()
    chain, engine = app.pipeline(outlet)
    engine.hold()
    site, desk = app.site_server(settings), app.desk_server(outlet)
    leave = threading.Event()

    def stop(number: int, _: FrameType | None) -> None:
        if leave.is_set():
            raise KeyboardInterrupt
        leave.set()
        click.echo("Stopping: the turn in flight is finished first (again to leave at once).", err=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    engine.start()
    site.start()
    desk.start()
    clock = Clock(log)

    def tick() -> None:
        schedule.tick(outlet)
        chain.sweep()

    def feeds() -> None:
        polling.poll(outlet, stopped=leave.is_set)

    def probe() -> None:
        probing.probe(outlet, partial(app.probe, outlet), stopped=leave.is_set)

    clock.every(settings.tick_seconds, tick, "tick")
    clock.every(FEEDS_SECONDS, feeds, "feeds")
    clock.every(probing.LOOK_SECONDS, probe, "probe")
    clock.start()
    with outlet.database.read() as db:
        staff = sorted({name for role in StaffRole for name in having(db, settings, role)})
    click.echo(
        f"""{settings.title}

  site      {site.url}  (from {settings.at(settings.public)})
  desk      {desk.url}  (sign in as {_names(staff)}; to invite somebody: `afterword users add NAME`)
  rows      {outlet.database.shown_url}
  clock     every {settings.tick_seconds:g} s, for {_names([a.name for a in settings.authors if a.cadence])}
  caps      {BELOW.join(caps_in_words(settings))}

Ctrl-C stops it. What happens is logged below."""
    )
    while not leave.wait(1):
        if engine.lost:
            leave.set()
    engine.wind_up()
    clock.stop()
    engine.stop(settings.call_seconds)
    desk.stop()
    site.stop()
    worker.stop()
    outlet.database.close()
    log.info("stopped", action="stopped")
    if engine.lost:
        raise EngineLost


def _names(names: list[str]) -> str:
    return ", ".join(names) or "nobody yet"
