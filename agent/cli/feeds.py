"""What authors read: the feeds that are followed, and an operator's hand in it."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import click

from agent import app, following, opml
from agent.addresses import address
from agent.cli.common import as_json, folded, folder_of, item, legible, minute, open_outlet, show
from agent.cli.followed import in_all, lines, rows
from agent.errors import Refused
from agent.injected import told
from agent.outlet import FeedEntry, FeedReading
from agent.reading import shown
from agent.reasons import need_storable
from agent.settings import load

EXCERPT = 4
"""So many lines of an entry are shown."""
NAMED = 10
"""So many lines of a list that could not be used are named."""

whom = click.option("--author", "slugs", multiple=True, metavar="NAME", help="For this author; may be given again.")
whose = click.option("--author", metavar="NAME", help="What this author follows, alone.")
by_whom = click.option("--as", "actor", metavar="NAME", help="Your name, for the record; otherwise your login's.")


@click.group(invoke_without_command=True)
@whose
@as_json
@click.pass_context
def feeds(ctx: click.Context, author: str | None, as_json: bool) -> None:
    """List the feeds that authors follow, by name; add one, take one away, try one out."""
    if ctx.invoked_subcommand is None:
        _list(ctx, author, json_wanted=as_json)
    elif author is not None or as_json:
        raise click.UsageError(f"--author and --json stand behind the word {ctx.invoked_subcommand}, not before it.")


@feeds.command("list", short_help="Every feed, who follows it and why, and how it goes.")
@whose
@as_json
@click.pass_context
def list_all(ctx: click.Context, author: str | None, as_json: bool) -> None:
    """List the feeds that authors follow, by name: who does and why, and how the last look at each went."""
    _list(ctx, author, json_wanted=as_json)


@feeds.command(short_help="Put a feed on reading lists. It is read first.")
@click.argument("url")
@whom
@by_whom
@click.option("--unread", is_flag=True, help="Store it without a look at it: for a server that is down now.")
@click.pass_context
def add(ctx: click.Context, url: str, slugs: Sequence[str], actor: str | None, unread: bool) -> None:
    """Put the feed at URL on the reading lists of the authors named, or of all. It is read first: what is no feed is
    not stored. One that failed, or was gone, is given a new chance."""
    done = following.add(open_outlet(ctx), url, slugs, _me(actor), unread=unread)
    if done.reading is not None:
        _head(done.reading, url)
    if done.new:
        _say(f"It is on the reading list of {_and(done.new)} now. `afterword up` reads it in a moment.")
    if done.there:
        _say(f"It was on the reading list of {_and(done.there)} already.")
    if done.left:
        _say(f"It is not on that of {_and(done.left)}: the author stopped following it by choice, and that holds.")
    if done.again:
        _say("It had failed before, and is asked anew.")


@feeds.command(short_help="Take a feed from reading lists, with a reason.")
@click.argument("url")
@whom
@by_whom
@click.option("--reason", default="", help="Why: the author is told. Needed where the author had wished for the feed.")
@click.pass_context
def remove(ctx: click.Context, url: str, slugs: Sequence[str], actor: str | None, reason: str) -> None:
    """Take the feed at URL from the reading lists of the authors named, or of all; they are told with their next
    invitations. What stands in afterword.toml is taken out there."""
    taken = following.remove(open_outlet(ctx), url, slugs, _me(actor), reason)
    _say(f"It is off the reading list of {_and(taken)}. That is told with the next invitation.")


@feeds.command(short_help="Read a feed now, and print what it says.")
@click.argument("url")
@as_json
@click.pass_context
def fetch(ctx: click.Context, url: str, as_json: bool) -> None:
    """Read the feed at URL now, store nothing, and print what an author would be shown of it."""
    found = app.build(load(folder_of(ctx))).feeds.read(address(url), trusted=True)
    if as_json:
        show(found.entries or [], json_wanted=True, columns=(), empty="")
        return
    _head(found, url)
    for number, entry in enumerate(found.entries or [], 1):
        click.echo("\n" + "\n".join(_entry(number, entry)))


@feeds.command("import", short_help="Take in a list of feeds (OPML).")
@click.argument("file", type=click.Path(path_type=Path))
@whom
@by_whom
@click.pass_context
def take_in(ctx: click.Context, file: Path, slugs: Sequence[str], actor: str | None) -> None:
    """Put the feeds of FILE, a list in OPML, on the reading lists of the authors named, or of all. None is asked
    now: `afterword up` reads them."""
    with file.open("rb") as stream:
        outlines = opml.read(stream.read(opml.BYTES + 1), file)
    came = following.take_in(open_outlet(ctx), outlines, slugs, _me(actor))
    for words in _came(came):
        _say(words)
    if not came.added and not came.there and not came.left:
        raise Refused(reason=f"There is no feed in {file} that could be followed. Nothing was stored.")


@feeds.command(short_help="Write what is followed as a list (OPML).")
@whose
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file, instead of standard output.")
@click.pass_context
def export(ctx: click.Context, author: str | None, out: Path | None) -> None:
    """Write the feeds that authors follow as a list in OPML, which feed readers take in. Passwords that stand in
    addresses are left out."""
    outlet = open_outlet(ctx)
    outlines = {row.moved_to or row.url: row.title for row in reversed(rows(outlet, author))}
    title = f"{outlet.settings.title}: {author or 'all authors'}"
    listed = [opml.Outline(url, name) for url, name in reversed(outlines.items())]
    text = opml.write(listed, title=title, made=outlet.now())
    if out is None:
        click.echo(text, nl=False)
    else:
        _store(out, text)
        _say(f"{out}: {_feeds(len(listed))}.")


def _store(out: Path, text: str) -> None:
    """Write beside the file and rename over it: what was there stays until the new one is whole."""
    final = out.resolve()  # A link stays a link.
    beside = final.with_name(f".{final.name}.part") if final.is_file() or not final.exists() else final
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(final)
    except OSError as error:
        if beside != final:
            with suppress(OSError):
                beside.unlink()
        raise Refused(reason=f"{out} was not written: {error.strerror}. What was there is as it was.") from error


def _list(ctx: click.Context, author: str | None, *, json_wanted: bool) -> None:
    outlet = open_outlet(ctx)
    found = rows(outlet, author)
    if json_wanted:
        show(found, json_wanted=True, columns=(), empty="")
    else:
        nothing = f"{author} follows no feed." if author else "Nobody follows a feed yet: afterword feeds add URL"
        click.echo("\n\n".join("\n".join(lines(row, outlet.now())) for row in found) or nothing)


def _head(found: FeedReading, url: str) -> None:
    """What a look at a feed brought."""
    _say(f"{found.source or shown(url)}: {in_all(len(found.entries or []))}.")
    if found.moved_to:
        _say(f"It has moved for good to {shown(found.moved_to)}")


def _entry(number: int, entry: FeedEntry) -> Iterator[str]:
    """An entry, with the beginning of its text."""
    date = minute(entry.published) if entry.published else "no date"
    hidden = f"hidden characters taken out: {entry.hidden:,}" if entry.hidden else ""
    orders = [f"written to a machine, which is to {what}" for what in told(entry.title, entry.text, entry.unseen)]
    yield from item(number, entry.title or "untitled", f"{entry.source}, {date}", entry.link, hidden, *orders)
    text = [line for part in entry.text.splitlines() for line in folded(legible(part), "   | ", "   | ")]
    yield from text[:EXCERPT]
    if len(text) > EXCERPT:
        yield "   | […]"


def _came(came: following.TakenIn) -> Iterator[str]:
    """What came of a list, and which lines of it could not be used."""
    yield f"{_feeds(len(came.added))} added, {_feeds(len(came.there))} there already, {came.twice} named twice."
    if came.added:
        yield "`afterword up` reads them, and `afterword feeds` says how that goes."
    for author, url in came.left:
        yield f"Not for {author}, which stopped following it by choice: {url}"
    for outline, why in came.unusable[:NAMED]:
        name = f' "{outline.title[:60]}"' if outline.title else ""
        yield f"Line {outline.line}{name} could not be used: {why}."
    if len(came.unusable) > NAMED:
        yield f"And {len(came.unusable) - NAMED:,} more could not be used."


def _me(actor: str | None) -> str:
    need_storable(actor or "")
    return (actor or "").strip() or getpass.getuser()


def _say(words: str) -> None:
    click.echo("\n".join(folded(legible(words), "", "")))


def _feeds(count: int) -> str:
    return "1 feed" if count == 1 else f"{count:,} feeds"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
