"""Runs the migrations on one connection, in its transaction. Imported when there is something to do: alembic
takes its time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection

__all__ = ["CommandError", "upgrade", "version"]


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema up to a version. Raises CommandError where the database is of none that is known."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def version(connection: Connection) -> str | None:
    """The version that the schema has; None where there is none yet."""
    return MigrationContext.configure(connection).get_current_revision()
