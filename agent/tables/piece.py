"""Submitted works and their exact bytes."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, listing, moment, word


class Kind(StrEnum):
    """What a piece is to the others."""

    ESSAY = "essay"
    POSTSCRIPT = "postscript"
    ANSWER = "answer"
    STATEMENT = "statement"


class Piece(SQLModel, table=True):
    """A submitted work. What it says stands in its revisions."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    kind: Kind = word(Kind)
    about_id: int | None = Field(default=None, foreign_key="piece.id", index=True)
    """The piece that a postscript stands under, or that a statement is about."""
    at: datetime = moment()


class Submission(SQLModel, table=True):
    """A work as an author handed it in, in the turn named. It becomes a revision when its session ends;
    where its author, asked once more, said no, it never does."""

    id: int = key()
    session_id: int = Field(foreign_key="writingsession.id", index=True)
    turn_id: int = Field(foreign_key="turn.id")
    kind: Kind = word(Kind)
    piece_id: int | None = Field(default=None, foreign_key="piece.id")
    """The piece that it revises; empty for a new one."""
    about_id: int | None = Field(default=None, foreign_key="piece.id")
    text_blob_id: int = Field(foreign_key="blob.id", index=True)
    record_blob_id: int = Field(foreign_key="blob.id")
    with_form: bool
    at: datetime = moment()


class Revision(SQLModel, table=True):
    """The exact bytes of a work, as received, never changed. Only an author adds one.

    `text_sha256` covers the text's bytes; `record_sha256` the canonical JSON of text hash, kind,
    title, form, tags and note. Both stand in blobs, so that an erasure reaches every word of it.
    Reviews bind to `record_sha256`.
    """

    __table_args__ = (UniqueConstraint("piece_id", "number"),)

    id: int = key()
    piece_id: int = Field(foreign_key="piece.id", index=True)
    number: int
    session_id: int = Field(foreign_key="writingsession.id", index=True)
    turn_id: int = Field(foreign_key="turn.id")
    text_blob_id: int = Field(foreign_key="blob.id", index=True)
    record_blob_id: int = Field(foreign_key="blob.id")
    text_sha256: str = Field(index=True)
    record_sha256: str = Field(index=True)
    with_form: bool
    """False where the author had no tools: it answered in words ("no form used")."""
    stop_reason: str
    at: datetime = moment(index=True)


class Assent(SQLModel, table=True):
    """An author that wishes to be asked each time said yes or no to publishing this very text, in the
    turn named. The latest holds."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", index=True)
    turn_id: int = Field(foreign_key="turn.id")
    publish: bool
    at: datetime = moment()


class Rendering(SQLModel, table=True):
    """The safe HTML of a text, made once by one version of the renderer, what it took out, and what else lists,
    search and feeds show of that text. A build reads all of it and parses nothing."""

    text_sha256: str = Field(primary_key=True)
    renderer: str = Field(primary_key=True)
    html: str
    removed: list[dict[str, str]] = listing()
    language: str = ""
    """A language tag ("en"); empty where it is not known."""
    direction: str = "auto"
    """ltr, rtl, or auto where it is not known."""
    words: int = 0
    opening: list[dict[str, str]] = listing()
    """The first blocks: the tag of each and its plain text."""
    plain: str = ""
    """All of it as plain text, for search."""
    at: datetime = moment()
