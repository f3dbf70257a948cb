"""States of the public site, the heads of the ledger that were signed with them, and where they were brought."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from agent.tables.types import key, moment


class Edition(SQLModel, table=True):
    """One state of the public site: the SHA-256 of its manifest, its size, and what changed.

    `state` names the state of the rows it was made from, so that nobody builds the same one twice.
    """

    id: int = key()
    state: str = Field(index=True)
    manifest_sha256: str = Field(index=True)
    files: int
    written: int
    removed: int
    at: datetime = moment()


class Head(SQLModel, table=True):
    """Our signed word that the ledger had so many lines, and ended in this hash, at this moment. The signature
    (Ed25519, hex) covers the canonical JSON of v, at, lines and head."""

    id: int = key()
    lines: int = Field(unique=True)
    head: str
    public_key: str
    signature: str
    at: datetime = moment()


class Delivery(SQLModel, table=True):
    """A place besides the public folder came to hold an edition, known by its manifest."""

    id: int = key()
    target: str = Field(index=True)
    manifest_sha256: str
    written: int
    removed: int
    at: datetime = moment()
