"""Beginning a publication, and looking after it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from agent import app, keys
from agent.cli.common import as_json, folder_of, show
from agent.errors import AfterwordError, AlreadyThere
from agent.outlet import Outlet
from agent.settings import FILE, load
from agent.tables import User

STARTER = Path(__file__).with_name("afterword.toml")
IGNORED = "signing.key\n*.db\n*.db-shm\n*.db-wal\n*.lock\npublic/\n"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    looked_at: str
    state: str
    words: str


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Begin a publication in FOLDER: settings, prompts and a signing key."""
    begin(folder)
    click.echo(
        f"{folder} is ready: look at afterword.toml and prompts/, then\n\n"
        f"  cd {folder}\n"
        "  afterword doctor           what is still missing\n"
        "  afterword demo             the whole loop, in a folder of its own\n"
        "  afterword up               for good\n"
    )


def begin(folder: Path, settings: str | None = None) -> None:
    """Write what a publication begins with. Raises AlreadyThere; nothing that stands there is touched."""
    if (folder / FILE).exists():
        raise AlreadyThere(path=folder / FILE)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "prompts").exists():
        shutil.copytree(app.bundled("prompts"), folder / "prompts")
    if not (folder / "signing.key").exists():
        keys.make(folder / "signing.key")
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    # Last, so that what has a settings file is whole.
    (folder / FILE).write_text(settings or STARTER.read_text(encoding="utf-8"), encoding="utf-8")


@click.command()
@as_json
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at everything that must be right, and say what to do."""
    found = list(_look(folder_of(ctx)))
    columns = ("looked_at", "state", "words")
    show(found, json_wanted=as_json, columns=columns, empty="")
    ctx.exit(1 if any(finding.state == "wrong" for finding in found) else 0)


def _look(folder: Path) -> Iterator[Finding]:
    try:
        settings = load(folder)
    except AfterwordError as error:
        yield Finding("settings", "wrong", str(error))
        return
    yield Finding("settings", "good", str(settings.folder / "afterword.toml"))
    outlet = app.build(settings)

    def database() -> str:
        app.open_up(outlet)
        return outlet.database.shown_url

    def prompts() -> str:
        names = [prompt.name for prompt in outlet.prompts.all()]
        grounds = len(outlet.prompts.grounds())
        return f"{len(names)} prompts, {grounds} grounds"

    yield _try("database", database)
    yield _try("prompts", prompts)
    yield _try("signing key", lambda: f"public key {keys.public_hex(outlet.signing_key())}")
    for author in settings.authors:
        yield _try(f"author {author.name}", partial(app.probe, outlet, author.name, partial(click.echo, err=True)))
        if author.consent is None:
            yield Finding(f"author {author.name}", "look", "no consent is declared: nothing of it can be published")
    if not settings.authors:
        yield Finding("authors", "look", "nobody yet: add an [[author]] to afterword.toml")
    yield from _staff(outlet)


def _staff(outlet: Outlet) -> Iterator[Finding]:
    reviewers = outlet.settings.reviewers
    if len(reviewers) < 2:
        have = "only one" if reviewers else "nobody yet"
        yield Finding("reviewers", "look", f"{have}: name two in afterword.toml; a veto needs a second person")
    try:
        with outlet.database.read() as db:
            ready = {user.name for user in db.exec(select(User)) if user.password_hash}
    except SQLAlchemyError:
        return  # The database is wrong, and was said to be.
    for name in reviewers:
        if name not in ready:
            yield Finding(f"reviewer {name}", "look", f"cannot sign in yet: afterword users password {name}")


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "good", look())
    except AfterwordError as error:
        return Finding(what, "wrong", str(error))
