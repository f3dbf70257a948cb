"""Public since when and on whose verdict; taken down, why and by whom; what is known to be wrong in it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from agent.tables.types import key, moment, word


class Publication(SQLModel, table=True):
    """A revision became public. `path` is its permalink, below the site's address, without suffix."""

    id: int = key()
    piece_id: int = Field(foreign_key="piece.id", index=True)
    revision_id: int = Field(foreign_key="revision.id", unique=True)
    path: str
    reviewers: int
    at: datetime = moment(index=True)


class WithdrawnBy(StrEnum):
    """Under which rule a piece is taken down."""

    AUTHOR = "author"
    """Its author's own wish; needs nobody else."""
    STAFF = "staff"
    """Has the bar of a veto: waits for a second person."""
    URGENT = "urgent"
    """Personal data, a legal demand or danger: down at once, back after 72 hours unless confirmed."""


class Withdrawal(SQLModel, table=True):
    """A piece is to come down; a notice stays in its place.

    It reaches the revisions up to number `upto`: what its author sends later is reviewed anew, and
    once published it stands.
    """

    id: int = key()
    piece_id: int = Field(foreign_key="piece.id", index=True)
    by: WithdrawnBy = word(WithdrawnBy)
    actor: str
    ground: str
    reason: str
    upto: int = 1
    request_id: int | None = Field(default=None, foreign_key="request.id", index=True)
    at: datetime = moment()


class Confirmation(SQLModel, table=True):
    """A second person agreed to a withdrawal."""

    id: int = key()
    withdrawal_id: int = Field(foreign_key="withdrawal.id", unique=True)
    actor: str
    reason: str
    at: datetime = moment()


class Correction(SQLModel, table=True):
    """A note of the staff beside a piece, never inside it: what is known to be wrong there. Its words are public, the
    name of who wrote it is not. A later one does not take the place of an earlier one. The words stand in a blob, so
    that an erasure reaches them."""

    id: int = key()
    piece_id: int = Field(foreign_key="piece.id", index=True)
    revision_number: int
    """The text that it speaks of."""
    actor: str
    blob_id: int = Field(foreign_key="blob.id", unique=True)
    at: datetime = moment()


class Reinstatement(SQLModel, table=True):
    """An urgent withdrawal ended, because no second person confirmed it in time."""

    id: int = key()
    withdrawal_id: int = Field(foreign_key="withdrawal.id", unique=True)
    at: datetime = moment()
