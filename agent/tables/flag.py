"""What the checks said about a revision. Flags never publish and never veto."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment, word


class Level(StrEnum):
    """How much a flag asks of the publisher."""

    NOTE = "note"
    LOOK = "look"
    """The publisher answers it in words."""
    STOP = "stop"
    """Two publish verdicts instead of one."""


class CheckRun(SQLModel, table=True):
    """One check, run on one revision. With a `fault` it did not run: "not checked", never "clear"."""

    __table_args__ = (UniqueConstraint("revision_id", "check", "version"),)

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", index=True)
    check: str
    version: str
    fault: str = ""
    at: datetime = moment()


class Flag(SQLModel, table=True):
    """A concern, with the span it quotes: characters `start` to `end` of the text are `quote`."""

    id: int = key()
    run_id: int = Field(foreign_key="checkrun.id", index=True)
    revision_id: int = Field(foreign_key="revision.id", index=True)
    check: str
    level: Level = word(Level)
    category: str
    start: int
    end: int
    quote: str
    why: str


class Says(StrEnum):
    """What a reviewer says of a flag."""

    REAL = "real problem"
    FALSE = "false alarm"
    WITHIN = "within policy"
    """It is there, and may be there."""


class Feedback(SQLModel, table=True):
    """What a reviewer said of a flag; a reviewer's latest holds."""

    id: int = key()
    flag_id: int = Field(foreign_key="flag.id", index=True)
    reviewer: str
    says: Says = word(Says)
    at: datetime = moment(index=True)
