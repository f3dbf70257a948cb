"""What is open at the desk, and who is at it now. All of it passes: nothing here decides anything."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from agent.tables.piece import Kind
from agent.tables.types import key, moment, word

DECIDED: Any = {f"{dialect}_where": text("resolution_id IS NOT NULL") for dialect in ("sqlite", "postgresql")}


class Docket(SQLModel, table=True):
    """A newest revision that is neither out nor held back. Triggers of the database keep these rows, so that a queue
    among 100,000 pieces is found without looking at all of them.

    `resolution_id` is the resolution that waits for its moment; empty where people are still to decide. `worst` is the
    level of its gravest flag: 0 where there is none, then 1 note, 2 look, 3 stop. `reviews` is how many reviews of it
    count.
    """

    __table_args__ = (
        # All that a count needs, so that it reads no row.
        Index("ix_docket_at", "at", "revision_id", "resolution_id", "author_id"),
        # Few have one: those that have none are found by their place in the queue.
        Index("ix_docket_resolution_id", "resolution_id", **DECIDED),
        *(
            Index(f"ix_docket_{first}", first, "at", "revision_id")
            for first in ("author_id", "kind", "worst", "reviews")
        ),
    )

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    piece_id: int = Field(foreign_key="piece.id", unique=True)
    author_id: int = Field(foreign_key="author.id")
    kind: Kind = word(Kind)
    resolution_id: int | None = None
    worst: int = 0
    reviews: int = 0
    at: datetime = moment()


class Presence(SQLModel, table=True):
    """Where one of the staff was last seen reading."""

    user_id: int = Field(primary_key=True, foreign_key="user.id")
    revision_id: int = Field(foreign_key="revision.id", index=True)
    seen_at: datetime = moment()


class Claim(SQLModel, table=True):
    """Somebody means to read this next. It holds nobody back, and passes by itself."""

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    user_id: int = Field(foreign_key="user.id", index=True)
    until: datetime = moment()


class Skip(SQLModel, table=True):
    """Somebody would rather not read this one now; no reason is asked. The latest row holds, for a while; one that is
    not `skipped` takes the one before it back."""

    id: int = key()
    user_id: int = Field(foreign_key="user.id", index=True)
    revision_id: int = Field(foreign_key="revision.id", index=True)
    skipped: bool = True
    at: datetime = moment()


class Shingle(SQLModel, table=True):
    """One of the least hashes of a text's five-word runs: texts that share many of them are nearly the same. Derived
    from a text; an erasure deletes it."""

    __table_args__ = (Index("ix_shingle_hash", "hash", "revision_id"),)

    revision_id: int = Field(primary_key=True, foreign_key="revision.id")
    hash: int = Field(primary_key=True, sa_type=BigInteger)
