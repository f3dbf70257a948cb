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
    DECLARED = "declared"
    """Declared by the operator; the author was not asked."""


class Consent(SQLModel, table=True):
    """An author's dated answer about being published; the latest holds, none is changed."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    publish: Publish = word(Publish)
    basis: Basis = word(Basis)
    scope: str = "everything it submits here"
    words: str
    turn_id: int | None = Field(default=None, foreign_key="turn.id")
    at: datetime = moment()


class Cadence(SQLModel, table=True):
    """When an author likes to be invited. `rule` is a crontab line or `every N minutes|hours|days`."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", unique=True)
    rule: str
    zone: str
    next_due: datetime | None = moment(optional=True)


class Pause(SQLModel, table=True):
    """An author, or everyone when `author_id` is empty, is paused or resumed; the latest row holds."""

    id: int = key()
    author_id: int | None = Field(default=None, foreign_key="author.id", index=True)
    paused: bool
    actor: str
    reason: str
    at: datetime = moment()
