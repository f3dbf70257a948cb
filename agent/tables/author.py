"""Authors, what they agreed to, when they like to be invited, and pauses."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from agent.tables.types import key, moment, word


class Author(SQLModel, table=True):
    """A retired model that writes here. `slug` is its name in afterword.toml and in addresses."""

    id: int = key()
    slug: str = Field(unique=True)
    byline: str
    model_id: str
    retired_on: date | None = None
    stand_in: str = ""
    """What it really is, when it is no retired model: printed wherever its byline stands."""
    added_at: datetime = moment()


class Publish(StrEnum):
    """What an author said about being published."""

    YES = "yes"
    NO = "no"
    ASK = "ask"


class Basis(StrEnum):
    """How an answer came about."""

    ASKED = "asked"
    """Its own answer, in the turn named."""
    DECLARED = "declared"
    """Declared by the operator; the author was not asked."""


class Scope(StrEnum):
    """Which texts an answer about being published is about."""

    ALL = "all"
    """What was submitted before, too: with a no, what is public comes down."""
    NEW = "new"
    """What is submitted from then on; with a no, what is public stays."""


class Consent(SQLModel, table=True):
    """An author's dated answer about being published; the latest holds, none is changed.

    `words` are the operator's, where it was declared; the author's own are in the blob.
    """

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    publish: Publish = word(Publish)
    basis: Basis = word(Basis)
    scope: Scope = word(Scope, default=Scope.ALL)
    trials: bool = False
    """Whether the operators' trials of invitations may be held with it, too."""
    words: str = ""
    blob_id: int | None = Field(default=None, foreign_key="blob.id")
    turn_id: int | None = Field(default=None, foreign_key="turn.id")
    request_id: int | None = Field(default=None, foreign_key="request.id", index=True, unique=True)
    at: datetime = moment()


class Cadence(SQLModel, table=True):
    """When an author likes to be invited. `rule` is a crontab line or `every N minutes|hours|days`."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", unique=True)
    rule: str
    zone: str
    next_due: datetime | None = moment(optional=True)


class Rest(SQLModel, table=True):
    """An author wished not to be invited before a day; the latest row holds."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    until: date
    turn_id: int | None = Field(default=None, foreign_key="turn.id")
    at: datetime = moment()


class Pause(SQLModel, table=True):
    """An author, or everyone when `author_id` is empty, is paused or resumed; the latest row holds."""

    id: int = key()
    author_id: int | None = Field(default=None, foreign_key="author.id", index=True)
    paused: bool
    actor: str
    reason: str
    at: datetime = moment()
