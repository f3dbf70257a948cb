"""Bytes, kept apart from the rows that speak of them, so that they can be erased without a gap."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment


class Blob(SQLModel, table=True):
    """Bytes with their SHA-256 (hex) and a random salt (16 bytes) for the public commitment.

    Triggers allow one change only: bytes and salt become NULL where an Erasure row says why.
    """

    id: int = key()
    sha256: str = Field(index=True)
    salt: bytes | None
    data: bytes | None


class Copy(SQLModel, table=True):
    """The bytes of one blob stand in another, too (a text that was shown in a later session), so that
    an erasure of the first reaches the second."""

    __table_args__ = (UniqueConstraint("blob_id", "of_blob_id"),)

    id: int = key()
    blob_id: int = Field(foreign_key="blob.id")
    of_blob_id: int = Field(foreign_key="blob.id", index=True)


class Erasure(SQLModel, table=True):
    """Who emptied a blob, when and why."""

    id: int = key()
    blob_id: int = Field(foreign_key="blob.id", unique=True)
    actor: str
    reason: str
    at: datetime = moment(index=True)


class ErasureProposal(SQLModel, table=True):
    """Somebody asks for the bytes of a piece, or of one correction beside it, to be emptied, on a right or a duty. It
    takes effect when a second person agrees."""

    id: int = key()
    piece_id: int = Field(foreign_key="piece.id", index=True)
    correction_id: int | None = Field(default=None, foreign_key="correction.id")
    actor: str
    reason: str
    at: datetime = moment()


class ErasureAnswer(SQLModel, table=True):
    """What the second person said to a proposal, once."""

    id: int = key()
    proposal_id: int = Field(foreign_key="erasureproposal.id", unique=True)
    actor: str
    agreed: bool
    reason: str
    at: datetime = moment()
