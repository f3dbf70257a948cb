"""Column types that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Enum
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def key() -> Any:
    """The row's own number; the database gives it."""
    return Field(default=None, primary_key=True)


def moment(*, optional: bool = False, index: bool = False) -> Any:
    """A moment in UTC."""
    if optional:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(sa_type=UtcDateTime, index=index)


def word(
    words: type[StrEnum], *, optional: bool = False, default: StrEnum | None = None, primary_key: bool = False
) -> Any:
    """One of a closed list of words, stored as the word itself."""
    # An instance, which SQLModel hands to its column as it is.
    kind: Any = Enum(words, values_callable=lambda w: [m.value for m in w], native_enum=False, length=24)
    if optional:
        return Field(default=None, sa_type=kind, nullable=True)
    if default is not None:
        return Field(default=default, sa_type=kind, nullable=False)
    return Field(sa_type=kind, nullable=False, primary_key=primary_key)


def listing() -> Any:
    """A JSON list."""
    return Field(default_factory=list, sa_column=Column(JSON, nullable=False))


def naming() -> Any:
    """A JSON object of plain words under plain names."""
    return Field(default_factory=dict, sa_type=JSON, nullable=False)
