"""Prompt versions, the invitations made from them, and what was laid beside each."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, listing, moment


class Arm(StrEnum):
    """What is laid beside an invitation."""

    MINIMAL = "minimal"
    """Nothing."""
    ARCHIVE = "archive"
    """Earlier pieces of the author."""
    NOTEBOOK = "notebook"
    """The author's notes to itself."""
    NEWS = "news"
    """Entries of the feeds it follows."""


class Family(StrEnum):
    """A family of tools."""

    DRAFTING = "drafting"
    NOTEBOOK = "notebook"
    ARCHIVE = "archive"
    READING = "reading"
    WISHES = "wishes"
    STANDING = "standing"


class PromptVersion(SQLModel, table=True):
    """One immutable text from prompts/, known by the SHA-256 of its bytes (hex)."""

    sha256: str = Field(primary_key=True)
    name: str = Field(index=True)
    body: str
    first_used_at: datetime = moment()


class Invitation(SQLModel, table=True):
    """The exact words offered for a slot. It holds words from prompts/ and nothing private.

    Byline, model id and what the author really is are those of that day: a later change in
    afterword.toml does not reach back.
    """

    id: int = key()
    slot_id: int = Field(foreign_key="slot.id", unique=True)
    author_id: int = Field(foreign_key="author.id", index=True)
    byline: str
    model_id: str
    retired_on: date | None = None
    stand_in: str = ""
    prompt: str
    arm: str
    seed: int
    prompts: list[str] = listing()
    """SHA-256 of every prompt version the words came from, welcome first."""
    welcome: str
    words: str
    words_sha256: str
    at: datetime = moment()


class ContextBlock(SQLModel, table=True):
    """What was laid beside an invitation, by source and hash. The bytes are in a Blob.

    `kind` is entry, wished, note, piece or since. Only an entry's title stands here: the others may hold
    words of the author that nobody has reviewed, and their hash is public only with the blob's salt. Of
    what the author wished for, the source is the host alone.
    """

    __table_args__ = (UniqueConstraint("invitation_id", "number"),)

    id: int = key()
    invitation_id: int = Field(foreign_key="invitation.id", index=True)
    number: int
    kind: str
    source: str
    title: str
    sha256: str
    blob_id: int = Field(foreign_key="blob.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    """Which entry it is; empty for the others, and in invitations of before this was kept."""
