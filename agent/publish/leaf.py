"""What lists show of a piece, and the lists on which it stands. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from agent.record import canonical, sha256
from agent.tables import Kind

LISTED = (Kind.ESSAY, Kind.ANSWER)
"""The kinds that stand in lists of their own. An afterword stands under its piece, and a statement beside the veto that
it answers."""
SLUG_LETTERS = 60

Place = tuple[str, str]
"""A list, by its kind (author, tag, month or series) and its key."""


@dataclass(frozen=True)
class AuthorView:
    """An author as readers meet it: as it was on the day of an invitation. `stand_in` says what it
    really is, if it is no retired model."""

    slug: str
    byline: str
    model_id: str
    retired_on: date | None
    stand_in: str


@dataclass(frozen=True)
class Leaf:
    """What lists show of one piece that is or was public. Under a notice it has no words of its author's but its tags
    and what it continues, which no page shows: they keep its place in lists, so that no other piece moves."""

    piece: int
    first: int
    """Its place in the order in which pieces first became public."""
    path: str
    kind: str
    author: AuthorView
    invitation: int
    published_at: datetime
    changed_at: datetime
    name: str = ""
    line: str = ""
    form: str = ""
    tags: list[str] = field(default_factory=list)
    language: str = ""
    direction: str = "auto"
    words: int = 0
    about: int | None = None
    continues: int | None = None
    answers: int | None = None
    overturned: bool = False
    by_demo: bool = False
    corrected: bool = False
    under: int = 0
    """How many afterwords under it can be read."""
    gone: str = ""
    """Why it cannot be read: author, staff, urgent or erased; empty where it can."""
    gone_at: datetime | None = None
    key: str = ""
    """Another one whenever anything of the piece that readers see is another."""

    @property
    def revised(self) -> bool:
        """Whether what stands there took the place of an earlier text."""
        return self.changed_at != self.published_at

    @property
    def is_listed(self) -> bool:
        """Whether lists show it."""
        return not self.gone and self.kind in LISTED

    def is_read_in(self, place: Place) -> bool:
        """Whether a list in which it has a place shows it. That of its author shows whatever can be read."""
        return not self.gone if place[0] == "author" else self.is_listed

    @property
    def month(self) -> str:
        """When it became public, as the archive counts, in UTC."""
        return f"{self.published_at:%Y-%m}"

    def places(self) -> Iterator[Place]:
        """The lists in which it has a place, whether it can be read or not; but for its series, which other pieces
        settle."""
        yield "author", self.author.slug
        if self.kind in LISTED:
            yield "month", self.month
            for slug in dict.fromkeys(slug_of(tag) for tag in self.tags):
                yield "tag", slug

    @property
    def card(self) -> str:
        """Another one whenever its card shows something else."""
        shown = [self.name, self.author.byline, self.author.stand_in, f"{self.published_at:%Y-%m-%d}"]
        return sha256(canonical([*shown, self.language, self.direction]))[:16]

    def as_data(self) -> dict[str, Any]:
        """The same as JSON has it."""
        author = self.author
        return vars(self) | {
            "published_at": self.published_at.isoformat(),
            "changed_at": self.changed_at.isoformat(),
            "gone_at": self.gone_at and self.gone_at.isoformat(),
            "author": vars(author) | {"retired_on": author.retired_on and author.retired_on.isoformat()},
        }

    @classmethod
    def of_data(cls, data: dict[str, Any]) -> "Leaf":
        """The way back."""
        author = data["author"]
        retired = author["retired_on"]
        return cls(
            **data
            | {
                "author": AuthorView(**author | {"retired_on": date.fromisoformat(retired) if retired else None}),
                "published_at": datetime.fromisoformat(data["published_at"]),
                "changed_at": datetime.fromisoformat(data["changed_at"]),
                "gone_at": datetime.fromisoformat(data["gone_at"]) if data["gone_at"] else None,
            }
        )


@dataclass(frozen=True)
class Tag:
    """A tag that a piece bears, in its author's own words, and the page of all pieces that bear it."""

    name: str
    path: str
    pieces: int = 0


@dataclass(frozen=True)
class Shelf:
    """A list of pieces. `kind` is author, tag, month or series; `pieces` are those that can be read."""

    kind: str
    key: str
    name: str
    path: str
    pieces: int = 0


FOLDERS = {"author": "authors", "tag": "tags", "month": "archive", "series": "series"}


def path_of(place: Place) -> str:
    """Where the newest page of a list lies, without suffix."""
    kind, key = place
    return f"{FOLDERS[kind]}/{key}"


@lru_cache(4096)
def slug_of(tag: str) -> str:
    """What a tag is called in addresses; empty for one of nothing but marks. Tags that differ in more than capitals
    never share one."""
    folded = " ".join(tag.casefold().split())
    slug = re.sub(r"[^\w]+", "-", folded).strip("-_")[:SLUG_LETTERS].rstrip("-_")
    if not slug and not any(sign.isalnum() or not sign.isascii() for sign in folded):
        return ""
    plain = slug.isascii() and slug.replace("-", " ") == folded
    return slug if plain else f"{slug if slug.isascii() else ''}-{sha256(folded.encode())[:8]}".lstrip("-")
