"""What several nouns share: how an error looks, how a list is paged, and that what is sent holds nothing unknown."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session, SQLModel

from agent.reasons import is_storable

A_PAGE = 50
NEWEST = 2**31 - 1
Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=200, description="So many of them, at most.")]
After = Annotated[
    int | None, Query(ge=1, le=NEWEST, description="What follows this one: the `next` of the page before.")
]


class Error(BaseModel):
    """Why something was not done."""

    error: str = Field(description="What is wrong, and what to do about it, in words.")
    status: int = Field(description="The same status as that of the answer.")


class Told(BaseModel):
    """What is answered, taken from what the desk's own pages show."""

    model_config = ConfigDict(from_attributes=True)


class Given(BaseModel):
    """What is sent. A field that is not known is refused: it may mean something that would not be done."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        said = [value] if isinstance(value, str) else value.values() if isinstance(value, dict) else ()
        if not all(is_storable(each) for each in said if isinstance(each, str)):
            raise ValueError("it holds a sign that cannot be stored")
        return value


class Reason(Given):
    """A reason in words."""

    reason: str = Field(description="In words, at least ten letters.")


class Page(BaseModel, Generic[Item]):
    """Part of a list."""

    items: list[Item]
    next: int | None = Field(description="Give it as `after` to read on; null at the end.")


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These answers, for the document."""
    return {status: {"model": Error, "description": SAID[status]} for status in statuses}


SAID = {
    401: "No token, or none that holds.",
    403: "The token's holder may not do that.",
    404: "There is nothing of that number.",
    409: "Refused by a rule; the words say which, and nothing was stored.",
    413: "More than 64 KB.",
    422: "What was sent could not be understood.",
    429: "Too many requests; the header Retry-After says when to go on.",
    500: "A fault of the outlet's. Nothing was stored.",
}
ALWAYS = errors(401, 403, 413, 422, 429, 500)
ONE = errors(404)
DONE = errors(404, 409)


def page_of(rows: Iterable[Any], key_of: Callable[[Any], int], after: int | None, limit: int) -> tuple[list[Any], Any]:
    """The next rows of a short list after the one with that key, and the key to read on by. Where that row has left the
    list meanwhile, those with greater keys follow: such lists are in the order of their keys."""
    every = list(rows)
    if after is not None:
        place = next((at + 1 for at, row in enumerate(every) if key_of(row) == after), None)
        every = every[place:] if place is not None else [row for row in every if key_of(row) > after]
    return every[:limit], following(every, limit, key_of)


def following(rows: Sequence[Any], limit: int, key_of: Callable[[Any], int]) -> int | None:
    """The key to read on by, of rows of which there may be more than `limit`."""
    return key_of(rows[limit - 1]) if len(rows) > limit else None


def need(db: Session, table: type[SQLModel], number: int) -> None:
    """Raise 404 where there is no such row."""
    if db.get(table, number) is None:
        raise HTTPException(404)


Moment = datetime
"""A moment, in UTC."""
