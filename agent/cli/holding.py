"""Holding one sitting from the command line: in this process, or by the one that runs this publication."""

from collections.abc import Callable

import click

from agent import app
from agent.cli.common import folded, legible, open_outlet
from agent.errors import EngineHeld, Waits
from agent.outlet import Outlet
from agent.queries import author_called
from agent.write import hindrance


def ready(ctx: click.Context, author: str, heard: Callable[[str], None] = lambda _: None) -> Outlet:
    """Open the publication, and say what is missing for `author` before anything is written. `heard` is told
    each piece of text as it arrives."""
    outlet = open_outlet(ctx, log=app.logger(), say=lambda words: click.echo(words, err=True), heard=heard)
    settings = outlet.settings.author(author)
    if not settings.profile.local:
        _ = settings.api_key
    _ = list(outlet.prompts.all())
    return outlet


def hold(outlet: Outlet, author: str, make_slot: Callable[[], int]) -> int | None:
    """Make a slot of the author and hold its sitting to the end; return the slot. None where another process runs this
    publication and takes the slot up. Raises Waits where it may not be held now."""
    chain, engine = app.pipeline(outlet)
    try:
        engine.start()
    except EngineHeld:
        reason = _hindrance(outlet, author)
        slot = make_slot()
        words = f"Slot {slot} is made. The process that runs this publication takes it up in a moment."
        if reason is not None:
            words = f"Slot {slot} is made; it waits: {reason.rstrip('.')}. It is taken up when it may be."
        click.echo("\n".join(folded(legible(words), "", "")))
        return None
    try:
        slot = make_slot()
        reason = chain.sit(slot)
        chain.bring_out()
    finally:
        engine.stop(outlet.settings.call_seconds)
    if reason is not None:
        raise Waits(slot=slot, reason=reason.rstrip("."))
    return slot


def _hindrance(outlet: Outlet, slug: str) -> str | None:
    """Why an author may not be called now; None where it may, or where it is to be seen."""
    with outlet.database.read() as db:
        author = author_called(db, slug)
        return hindrance(outlet, db, author) if author is not None else None
