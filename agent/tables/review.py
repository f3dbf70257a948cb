"""Signed verdicts on one revision hash."""

from datetime import datetime
from enum import StrEnum

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
    at: datetime = moment()


class Veto(SQLModel, table=True):
    """A veto that stands, because two reviewers stand behind it."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", unique=True)
    ground: str
    at: datetime = moment()
