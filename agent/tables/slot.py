"""Moments at which an author is to be invited."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment


class Slot(SQLModel, table=True):
    """One such moment. `name` is unique per author, so two clocks that find it make one slot."""

    __table_args__ = (UniqueConstraint("author_id", "name"),)

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    name: str
    due_at: datetime = moment(index=True)
    prompt: str | None = None
    """The invitation an operator asked for by name; otherwise it is chosen by the seed."""
    made_at: datetime = moment()
