"""Moments at which an author is to be invited."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment, word


class Purpose(StrEnum):
    """What a slot is for."""

    WRITING = "writing"
    INTERVIEW = "interview"
    """The session in which an author is asked about consent, interests and wishes."""


class Slot(SQLModel, table=True):
    """One such moment. `name` is unique per author, so two clocks that find it make one slot."""

    __table_args__ = (UniqueConstraint("author_id", "name"),)

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    name: str
    purpose: Purpose = word(Purpose, default=Purpose.WRITING)
    due_at: datetime = moment(index=True)
    prompt: str | None = None
    """The invitation an operator asked for by name; otherwise it is chosen by the seed."""
    made_at: datetime = moment()


class OpenSlot(SQLModel, table=True):
    """A slot whose sitting is not over, or has not begun. Triggers of the database keep these rows, so that what waits
    among 100,000 slots is found without looking at all of them."""

    slot_id: int = Field(primary_key=True, foreign_key="slot.id")
