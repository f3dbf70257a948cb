"""What an author writes to itself: notes and drafts. Nobody else writes here, and both are private."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment


class Note(SQLModel, table=True):
    """A note of an author to itself, by a number of its own. Its bytes are in the blob."""

    __table_args__ = (UniqueConstraint("author_id", "number"),)

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    number: int
    turn_id: int = Field(foreign_key="turn.id")
    blob_id: int = Field(foreign_key="blob.id")
    at: datetime = moment()


class Strike(SQLModel, table=True):
    """A note was struck: it is not shown as one that holds any more, and not erased."""

    id: int = key()
    note_id: int = Field(foreign_key="note.id", unique=True)
    turn_id: int = Field(foreign_key="turn.id")
    at: datetime = moment()


class Draft(SQLModel, table=True):
    """One state of a draft: text saved and not submitted. The latest state of a number holds."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    number: int
    turn_id: int = Field(foreign_key="turn.id")
    blob_id: int = Field(foreign_key="blob.id")
    at: datetime = moment()
