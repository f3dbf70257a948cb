"""Staff who may sign in at the desk: who they are, what they may do, and what they are signed in with."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, listing, moment, word


class StaffRole(StrEnum):
    """What one of the staff may do. One person may hold several."""

    REVIEWER = "reviewer"
    """Reads what authors sent and gives verdicts; rules on appeals, corrects, answers wishes."""
    OPERATOR = "operator"
    """Keeps the outlet running: pauses and resumes, answers wishes, tunes the prompts."""
    ADMINISTRATOR = "administrator"
    """Says who the staff are; erases, and reads private words, each time with a reason that is kept."""


class Hears(StrEnum):
    """How one of the staff is told by e-mail of what waits."""

    AT_ONCE = "at once"
    """Of each thing as it comes up, and by the daily digest of what still waits."""
    DIGEST = "digest"
    """By the daily digest alone."""
    NOTHING = "nothing"


class User(SQLModel, table=True):
    """One of the staff. Without a password hash (argon2) nobody can sign in under this name with a password."""

    id: int = key()
    name: str = Field(unique=True)
    email: str = ""
    """Where notices go, and how a sign-in by OIDC is known; empty where there is none."""
    password_hash: str | None = None
    totp_secret: str | None = None
    """Base32; with one, a password alone does not sign in."""
    totp_step: int = 0
    """The newest time step whose code was taken: no code is taken twice."""
    calm: bool = False
    """Long days: the desk shows no counts and no ages, and veils what is hard to read."""
    hears: Hears = word(Hears, default=Hears.AT_ONCE)
    added_at: datetime = moment()


class Appointment(SQLModel, table=True):
    """Which roles a user holds from then on; the latest row holds, and none with no roles is of the staff any more.
    What afterword.toml says of a name comes on top of this."""

    id: int = key()
    user_id: int = Field(foreign_key="user.id", index=True)
    roles: list[str] = listing()
    actor: str
    at: datetime = moment()


class OneTimeLink(SQLModel, table=True):
    """A link by which somebody sets a password and comes in, once: the SHA-256 (hex) of its token, never the token.
    Using it, or making another, deletes it."""

    token_sha256: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    actor: str
    at: datetime = moment()
    ends_at: datetime = moment()


class DeskSession(SQLModel, table=True):
    """A signed-in browser: the SHA-256 (hex) of its cookie's token, never the token."""

    token_sha256: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    began_at: datetime = moment()
    ends_at: datetime = moment()
    seen_at: datetime | None = moment(optional=True)
    address: str = ""
    browser: str = ""
    """What it calls itself, shortened."""


class ApiToken(SQLModel, table=True):
    """What a program of somebody's shows instead of a password: the SHA-256 (hex) of it, never the token. Revoking
    deletes it."""

    id: int = key()
    user_id: int = Field(foreign_key="user.id", index=True)
    name: str
    token_sha256: str = Field(unique=True)
    began_at: datetime = moment()
    ends_at: datetime | None = moment(optional=True)
    seen_at: datetime | None = moment(optional=True)


class SavedView(SQLModel, table=True):
    """A queue as somebody likes to see it: the query of its address, by a name of their own."""

    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: int = key()
    user_id: int = Field(foreign_key="user.id", index=True)
    name: str
    query: str
    at: datetime = moment()
