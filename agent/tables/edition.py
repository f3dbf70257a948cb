"""States of the public site."""

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
