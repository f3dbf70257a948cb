"""Staff who may sign in at the desk."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from agent.tables.types import key, moment


class User(SQLModel, table=True):
    """A reviewer. Without a password hash (argon2) nobody can sign in under this name."""

    id: int = key()
    name: str = Field(unique=True)
    password_hash: str | None = None
    added_at: datetime = moment()


class DeskSession(SQLModel, table=True):
    """A signed-in browser: the SHA-256 (hex) of its cookie's token, never the token."""

    token_sha256: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    began_at: datetime = moment()
    ends_at: datetime = moment()
