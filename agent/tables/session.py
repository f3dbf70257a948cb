"""Conversations that answer an invitation, turn by turn, and every call that was made for them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, listing, moment, word


class Outcome(StrEnum):
    """What came of an invitation."""

    SUBMITTED = "submitted"
    DECLINED = "declined"
    KEPT_PRIVATE = "kept_private"
    ANSWERED = "answered"
    """An interview that was held to its end."""
    REFUSED = "refused"
    """The service refused, not the author."""
    UNFINISHED = "unfinished"
    """Cut off before its end."""
    FAILED = "failed"
    """Our fault, or the endpoint's."""


class Role(StrEnum):
    """Who speaks in a turn."""

    OUTLET = "outlet"
    AUTHOR = "author"


class WritingSession(SQLModel, table=True):
    """One conversation that answers an invitation. `outcome` is set once, when it ends; `why` is
    the outlet's account of it, never the author's words: those stand in the turns."""

    __table_args__ = (Index("ix_writingsession_outcome", "outcome", "ended_at"),)

    id: int = key()
    invitation_id: int = Field(foreign_key="invitation.id", unique=True)
    author_id: int = Field(foreign_key="author.id", index=True)
    toolbox: str = ""
    """SHA-256 of the prompt version that holds the tools as they were shown; empty without tools."""
    began_at: datetime = moment(index=True)
    chosen: Outcome | None = word(Outcome, optional=True)
    """What the author chose, while it is still asked whether its text may be published."""
    outcome: Outcome | None = word(Outcome, optional=True)
    why: str = ""
    ended_at: datetime | None = moment(optional=True)


class Cancellation(SQLModel, table=True):
    """Somebody asked for a session to be stopped. It ends between two turns: what was paid for is stored first."""

    id: int = key()
    session_id: int = Field(foreign_key="writingsession.id", unique=True)
    actor: str
    reason: str
    at: datetime = moment()


class Turn(SQLModel, table=True):
    """One stored message, never changed. Its raw blocks are the canonical JSON in the blob.

    An author's turn carries what the endpoint returned with it. Tokens are counts; cost is in
    millionths of a dollar, empty where the price is unknown.
    """

    __table_args__ = (UniqueConstraint("session_id", "number"),)

    id: int = key()
    session_id: int = Field(foreign_key="writingsession.id", index=True)
    number: int
    role: Role = word(Role)
    blob_id: int = Field(foreign_key="blob.id")
    sha256: str
    stop_reason: str | None = None
    model_id: str | None = None
    request_id: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int | None = None
    context_tokens: int | None = None
    """How long the request was that this turn answers; empty where it was far from its limit."""
    counted: bool = False
    """The endpoint counted those tokens; otherwise they are our estimate."""
    left_out: list[list[int]] = listing()
    """What that request left out, because it would not have fitted: [turn number, block index]."""
    at: datetime = moment()


class Paid(StrEnum):
    """What a call cost, as far as we can know."""

    RESERVED = "reserved"
    """In flight, or lost with the process: possibly paid."""
    SETTLED = "settled"
    UNPAID = "unpaid"
    POSSIBLY = "possibly"


class Call(SQLModel, table=True):
    """One request to an author's endpoint: written before it is made, settled after.

    `reserved` is the worst case in millionths of a dollar, empty where the price is unknown; `reserved_tokens` the
    same in tokens, empty in calls of before they were counted. `cost` and the two counts of tokens are those of a
    settled call.
    """

    __table_args__ = (Index("ix_call_paid", "paid", "at"),)

    id: int = key()
    session_id: int = Field(foreign_key="writingsession.id", index=True)
    turn_number: int
    reserved: int | None = None
    reserved_tokens: int | None = None
    paid: Paid = word(Paid)
    cost: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    fault: str = ""
    retry_at: datetime | None = moment(optional=True)
    """After a fault that passes: when the turn may be asked for again."""
    at: datetime = moment(index=True)


class Tally(SQLModel, table=True):
    """What the calls of one author used on one day (UTC): those that were paid, and with their worst case those that
    may have been. Kept by triggers on the calls, so that a cap can be looked at without reading them all."""

    day: date = Field(primary_key=True)
    author_id: int = Field(primary_key=True, foreign_key="author.id")
    cost: int = Field(sa_type=BigInteger)
    """In millionths of a dollar, without calls whose price is unknown."""
    tokens: int = Field(sa_type=BigInteger)
    unsized: int = Field(sa_type=BigInteger)
    """How many calls of them reserved no tokens, and are not among these."""
