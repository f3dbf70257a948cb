"""The public chain: a line for every event of every invitation."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from agent.tables.types import moment


class LedgerEntry(SQLModel, table=True):
    """One line, exactly as published. `event` names the row it speaks of and is unique, and so are
    sequence and previous hash: two appenders cannot both win."""

    sequence: int = Field(primary_key=True)
    event: str = Field(unique=True)
    previous: str = Field(unique=True)
    hash: str = Field(unique=True)
    line: str
    at: datetime = moment()
