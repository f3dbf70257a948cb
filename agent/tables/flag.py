"""What the checks said about a revision. Flags never publish and never veto."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from agent.tables.types import key, moment, naming, word


class Level(StrEnum):
    """How much a flag asks of the publisher."""

    NOTE = "note"
    LOOK = "look"
    """The publisher answers it in words."""
    STOP = "stop"
    """Two publish verdicts instead of one."""


GRAVEST = (Level.STOP, Level.LOOK, Level.NOTE)
"""The levels in the order in which a reader's time goes to them."""


class CheckRun(SQLModel, table=True):
    """One check, run on one revision. With a `fault` it did not run: "not checked", never "clear". It may run again:
    in a newer version, and after a fault. Its latest run that has none counts."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", index=True)
    check: str
    version: str
    fault: str = ""
    seconds: float = 0.0
    """How long it took."""
    shadow: bool = False
    """It ran unseen: what it found stands in ShadowFlag, and asks nothing of anybody."""
    at: datetime = moment(index=True)


class Concern(SQLModel):
    """Something that a check found, with the span it quotes: characters `start` to `end` of the text are `quote`."""

    revision_id: int = Field(foreign_key="revision.id", index=True)
    check: str = Field(index=True)
    level: Level = word(Level)
    category: str
    start: int
    end: int
    quote: str
    why: str
    ground: str = ""
    """The ground for a veto that it may come to, by its name on the public list; empty where it comes to none."""
    evidence: dict[str, str] = naming()
    """What it rests on, each under a plain name: a source, an address, what was expected. An erasure empties it."""


class Flag(Concern, table=True):
    """A concern that staff are shown. `said` is the level that the check gave it, where that was lowered because most
    of its flags turned out to be nothing."""

    id: int = key()
    run_id: int = Field(foreign_key="checkrun.id", index=True)
    said: Level | None = word(Level, optional=True)


class ShadowFlag(Concern, table=True):
    """The same of a check that runs in shadow: it is kept to be counted, and shown on the check's own page alone."""

    id: int = key()
    run_id: int = Field(foreign_key="checkrun.id", index=True)


class Shadowed(SQLModel, table=True):
    """A check that runs in shadow now, as the settings say. What it had flagged for all to see rests until it leaves
    the shadow: it binds nobody, and is shown to nobody."""

    check: str = Field(primary_key=True)


class Kept(StrEnum):
    """What a fingerprint is of."""

    REVISION = "revision"
    ENTRY = "entry"


class Fingerprint(SQLModel, table=True):
    """One of the chosen runs of eight words of a text, hashed: a passage of fifteen words that stands in two texts
    shares at least one. Derived from a text; an erasure deletes it."""

    __table_args__ = (Index("ix_fingerprint_of", "kind", "of_id"), {"sqlite_with_rowid": False})

    hash: int = Field(primary_key=True, sa_type=BigInteger)
    kind: Kept = word(Kept, primary_key=True)
    of_id: int = Field(primary_key=True)


class Judgement(SQLModel, table=True):
    """One question to the judge about one revision: asked by which policy and of whom, what it answered, what it cost.
    Written before it is asked, and settled after: what stands here without an end may have been paid for."""

    id: int = key()
    revision_id: int = Field(foreign_key="revision.id", index=True)
    policy: str
    policy_sha256: str
    judge: str
    """The judge's id, as the settings name it."""
    address: str = ""
    """Twelve hex digits of the SHA-256 of where it is asked: the address itself may hold a password."""
    answered_by: str = ""
    """The same, as the endpoint gave it."""
    blob_id: int | None = Field(default=None, foreign_key="blob.id")
    """The answer, letter for letter; an erasure empties it."""
    fault: str = ""
    """Why there is no answer that counts; empty where there is one, or none yet."""
    reserved: int | None = None
    """The worst case in millionths of a dollar; empty where the price is unknown."""
    cost: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    ended_at: datetime | None = moment(optional=True)
    at: datetime = moment(index=True)


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
