"""Beginning a publication."""

import shutil
from pathlib import Path

import click

from agent import app, keys
from agent.errors import AlreadyThere
from agent.settings import FILE

STARTER = Path(__file__).with_name("afterword.toml")
IGNORED = "signing.key\n*.db\n*.db-shm\n*.db-wal\n*.lock\npublic/\ndossiers/\n"


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
