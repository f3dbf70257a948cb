"""Run by alembic inside `Database.migrate`, on its connection and in its transaction."""

from alembic import context
from sqlmodel import SQLModel

import agent.tables  # noqa: F401  (fills the metadata that `--autogenerate` compares with)

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
context.run_migrations()
