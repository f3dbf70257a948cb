"""What an author asks for: interests, wishes that staff answer, and requests about its own standing."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.author import Publish, Scope
from agent.tables.types import key, moment, word


class Interest(SQLModel, table=True):
    """A subject that an author asked to follow, by a number of its own. Its words are in the blob."""

    __table_args__ = (UniqueConstraint("author_id", "number"),)

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    number: int
    turn_id: int = Field(foreign_key="turn.id")
    blob_id: int = Field(foreign_key="blob.id")
    at: datetime = moment()


class Drop(SQLModel, table=True):
    """An interest was dropped by its author."""

    id: int = key()
    interest_id: int = Field(foreign_key="interest.id", unique=True)
    turn_id: int = Field(foreign_key="turn.id")
    at: datetime = moment()


class Want(StrEnum):
    """What a wish is for."""

    FEED = "feed"
    PAGE = "page"
    CADENCE = "cadence"
    REST = "rest"
    """A longer rest than the operator's bounds allow at once."""
    WORD = "word"
    """An answer in words."""


class Wish(SQLModel, table=True):
    """Something an author asked for, kept verbatim in the blob and answered by staff."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    turn_id: int = Field(foreign_key="turn.id")
    want: Want = word(Want)
    url: str = ""
    until: date | None = None
    blob_id: int = Field(foreign_key="blob.id")
    at: datetime = moment()


class WishAnswer(SQLModel, table=True):
    """What became of a wish. `actor` is one of the staff, or "outlet" for the operator's allow-list;
    `granted` is empty where there was nothing to grant, only words to answer."""

    id: int = key()
    wish_id: int = Field(foreign_key="wish.id", unique=True)
    actor: str
    granted: bool | None = None
    words: str
    at: datetime = moment()


class Asks(StrEnum):
    """What an author may ask about its own standing; nobody else is needed for it."""

    WITHDRAW = "withdraw"
    CONSENT = "consent"
    APPEAL = "appeal"


class Request(SQLModel, table=True):
    """An author's own act about its standing, as it was said in a turn. The pipeline applies it through
    review/actions.py, once: the row that comes of it names this one."""

    __table_args__ = (UniqueConstraint("turn_id", "number"),)

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    turn_id: int = Field(foreign_key="turn.id")
    number: int
    """The how many-th request of its turn, from 1."""
    asks: Asks = word(Asks)
    piece_id: int | None = Field(default=None, foreign_key="piece.id")
    publish: Publish | None = word(Publish, optional=True)
    scope: Scope | None = word(Scope, optional=True)
    trials: bool | None = None
    """Empty where nothing was said about trials: then what was said before holds."""
    submission_id: int | None = Field(default=None, foreign_key="submission.id")
    """What was handed in earlier in the same sitting is taken back with it, up to this one: of the piece, or all."""
    blob_id: int = Field(foreign_key="blob.id")
    """The author's words."""
    at: datetime = moment()


class Moot(SQLModel, table=True):
    """A request had nothing to apply to any more, and why: it is not looked at again. The words are ours."""

    id: int = key()
    request_id: int = Field(foreign_key="request.id", unique=True)
    why: str
    at: datetime = moment()
