"""What staff were told by e-mail and webhook, once each."""

from datetime import datetime

from sqlmodel import SQLModel, UniqueConstraint

from agent.tables.types import key, moment


class Notification(SQLModel, table=True):
    """Something that staff are told through one channel, once. It is sent again until it went out; `fault` says why it
    did not. Never holds a text."""

    __table_args__ = (UniqueConstraint("channel", "key"),)

    id: int = key()
    channel: str
    """The name of a webhook, as the settings have it, or "mail:" and the name of one of the staff."""
    key: str
    """What it is about: "veto:12". The same is never told twice."""
    subject: str
    words: str
    link: str = ""
    at: datetime = moment(index=True)
    sent_at: datetime | None = moment(optional=True, index=True)
    tries: int = 0
    retry_at: datetime | None = moment(optional=True)
    fault: str = ""
