"""Signed verdicts on one revision hash."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from agent.tables.types import key, listing, moment, word

DEMO_REVIEWER = "demo"
"""The name that stands for nobody: in a demonstration, and never elsewhere."""


class Verdict(StrEnum):
    """What one reviewer says."""

    PUBLISH = "publish"
    VETO = "veto"
    ESCALATE = "escalate"


class Review(SQLModel, table=True):
    """One reviewer's verdict, bound to `record_sha256`. Rows are added; a reviewer's latest holds.

    A veto carries a ground from the public list, the span it is about (characters `start` to
    `end` of the text) and a written reason.
    `answers` are the publisher's words to `look` flags: {"flag": id, "words": text}.
    """

    # Whether somebody gave a verdict on a text is asked of many texts at once.
    __table_args__ = (Index("ix_review_reviewer", "reviewer", "revision_id"),)

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", index=True)
    record_sha256: str
    reviewer: str
    verdict: Verdict = word(Verdict)
    ground: str = ""
    start: int | None = None
    end: int | None = None
    reason: str = ""
    answers: list[dict[str, int | str]] = listing()
    at: datetime = moment(index=True)


class Resolution(SQLModel, table=True):
    """The bar is met: by `review_id`, the verdict that met it, a revision goes out or is held back at `due_at`. Until
    then its reviewer may take that verdict back; then there is an Undo of it, and people decide anew. What came of it
    is a Publication or a Veto."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", index=True)
    review_id: int = Field(foreign_key="review.id", unique=True)
    verdict: Verdict = word(Verdict)
    """publish or veto."""
    ground: str = ""
    due_at: datetime = moment()
    at: datetime = moment(index=True)


class Undo(SQLModel, table=True):
    """A verdict counts no more: its reviewer took it back, or another one sent back to the queue, for a reason, what it
    had decided and what was not out yet. Verdict and undo both stay on record."""

    id: int = key()
    review_id: int = Field(foreign_key="review.id", unique=True)
    actor: str
    reason: str = ""
    at: datetime = moment(index=True)


class SecondLook(SQLModel, table=True):
    """What a second reviewer would have said, without seeing what the first one did. It decides nothing: it tells how
    far reviewers agree. `record_sha256` is what was read; a ground comes with a veto."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", unique=True)
    record_sha256: str
    reviewer: str
    verdict: Verdict = word(Verdict)
    """publish or veto."""
    ground: str = ""
    reason: str = ""
    at: datetime = moment(index=True)


class Appeal(SQLModel, table=True):
    """An author's answer to a veto of one revision; its words are in the blob."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", unique=True)
    request_id: int = Field(foreign_key="request.id", unique=True)
    blob_id: int = Field(foreign_key="blob.id")
    at: datetime = moment()


class Ruling(SQLModel, table=True):
    """Someone who did not veto upheld a veto on appeal, or overturned it."""

    id: int = key()
    appeal_id: int = Field(foreign_key="appeal.id", unique=True)
    reviewer: str
    overturned: bool
    reason: str
    at: datetime = moment()


class Veto(SQLModel, table=True):
    """A veto that stands, because two reviewers stand behind it."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", unique=True)
    ground: str
    at: datetime = moment(index=True)
