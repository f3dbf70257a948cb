"""Feeds, what came of them, and who follows which."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment


class Feed(SQLModel, table=True):
    """An RSS or Atom source."""

    id: int = key()
    url: str = Field(unique=True)
    title: str = ""
    added_at: datetime = moment()


class Entry(SQLModel, table=True):
    """One item of a feed, or a page that an author asked for, reduced to plain text. Strangers wrote it.

    `key` is what the source calls it: its id, or else its link, or a hash.
    """

    __table_args__ = (UniqueConstraint("feed_id", "key"),)

    id: int = key()
    feed_id: int | None = Field(default=None, foreign_key="feed.id", index=True)
    wish_id: int | None = Field(default=None, foreign_key="wish.id", unique=True)
    """The wish that a page was fetched for, where it comes from no feed."""
    key: str
    source: str
    title: str
    link: str
    text: str
    published: datetime | None = moment(optional=True)
    at: datetime = moment()


class Following(SQLModel, table=True):
    """A feed is on an author's reading list: by afterword.toml, or because a wish was granted."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    feed_id: int = Field(foreign_key="feed.id")
    wish_id: int | None = Field(default=None, foreign_key="wish.id", unique=True)
    at: datetime = moment()


class Unfollowing(SQLModel, table=True):
    """A feed left an author's reading list: by its own wish, in the turn named, or by afterword.toml."""

    id: int = key()
    following_id: int = Field(foreign_key="following.id", unique=True)
    turn_id: int | None = Field(default=None, foreign_key="turn.id")
    at: datetime = moment()
