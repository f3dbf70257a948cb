"""Who did what, beside the rows that already say so."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from agent.tables.types import key, moment


class AuditEvent(SQLModel, table=True):
    """An act of a person or of the outlet that leaves no other row. Never holds a secret or a text."""

    id: int = key()
    actor: str = Field(index=True)
    action: str = Field(index=True)
    subject: str = Field(index=True)
    reason: str = ""
    at: datetime = moment(index=True)
