"""Feeds, what came of them, and who follows which."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from agent.tables.types import key, moment, naming


class Feed(SQLModel, table=True):
    """An RSS or Atom source, and how the last look at it went.

    `url` is what it was named by, and stays. `failures` are those since it was last read, `fault` says the last of
    them in words.
    """

    id: int = key()
    url: str = Field(unique=True)
    moved_to: str = ""
    """Where it is for good by now, by its own word (301, 308); empty where it has not moved."""
    title: str = ""
    added_at: datetime = moment()
    etag: str = ""
    last_modified: str = ""
    read_at: datetime | None = moment(optional=True)
    next_at: datetime | None = moment(optional=True, index=True)
    """Not asked again before; empty where it was never asked."""
    failures: int = 0
    fault: str = ""
    gone_at: datetime | None = moment(optional=True)
    """It said that it is gone for good (410), and is not asked any more."""


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
    hidden: int = 0
    """How many characters that nobody sees were taken out of it."""
    orders: dict[str, str] = naming()
    """What in it gives orders to a machine: what each asks for, and its words."""
    published: datetime | None = moment(optional=True)
    at: datetime = moment()


class Showing(SQLModel, table=True):
    """An entry was shown to an author in a turn: laid beside its invitation, opened by it, or named in a list."""

    __table_args__ = (UniqueConstraint("turn_id", "entry_id"),)

    id: int = key()
    turn_id: int = Field(foreign_key="turn.id")
    entry_id: int = Field(foreign_key="entry.id", index=True)
    whole: bool
    """Its text was shown; otherwise its title, source and date alone."""


class Following(SQLModel, table=True):
    """A feed is on an author's reading list: by afterword.toml, by an operator's command, or because a wish was
    granted."""

    id: int = key()
    author_id: int = Field(foreign_key="author.id", index=True)
    feed_id: int = Field(foreign_key="feed.id")
    wish_id: int | None = Field(default=None, foreign_key="wish.id", unique=True)
    actor: str = ""
    """Who put it there at the command line; empty otherwise."""
    at: datetime = moment()


class Unfollowing(SQLModel, table=True):
    """A feed left an author's reading list: by its own wish, in the turn named, by an operator's command, or by
    afterword.toml."""

    id: int = key()
    following_id: int = Field(foreign_key="following.id", unique=True)
    turn_id: int | None = Field(default=None, foreign_key="turn.id")
    actor: str = ""
    """Who took it away at the command line, and `reason` why; both are empty otherwise."""
    reason: str = ""
    at: datetime = moment()
