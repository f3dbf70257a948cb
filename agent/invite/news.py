"""What there is to tell an author, as plain data. Whatever others wrote, and the author's own words, stand in it
as quotations or on one line, so that a template may set them as they are."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from agent.tables import Asks, Kind, Publish, Want


@dataclass(frozen=True)
class Named:
    """A piece by its name; `title` is None where it was erased."""

    piece: int
    revision: int
    kind: Kind
    title: str | None


@dataclass(frozen=True)
class Dated:
    """Something happened to a piece on a day."""

    what: Named
    on: date


@dataclass(frozen=True)
class Objection:
    """What one reviewer wrote with a veto; `passage` is empty where the text was erased."""

    reason: str
    passage: str


@dataclass(frozen=True)
class Vetoed:
    """A veto stands. `ground` is its name on the public list; `is_open` says whether the author may answer it,
    `appealed` that it has."""

    what: Named
    on: date
    ground: str
    objections: tuple[Objection, ...]
    is_open: bool = True
    appealed: bool = False


@dataclass(frozen=True)
class Ruled:
    """What came of an appeal."""

    what: Named
    overturned: bool
    reason: str


@dataclass(frozen=True)
class TakenDown:
    """Staff took a piece down; `by_two` is False where one person did, and no second has agreed yet."""

    what: Named
    on: date
    ground: str
    reason: str
    by_two: bool


@dataclass(frozen=True)
class Noted:
    """The staff set a correction beside a piece; `words` are theirs, empty where they were erased."""

    what: Named
    on: date
    words: str


@dataclass(frozen=True)
class Fruitless:
    """Something the author asked about its own standing had nothing to apply to any more; `why` in our words."""

    asked: Asks
    on: date
    why: str


@dataclass(frozen=True)
class Answered:
    """What became of a wish; `asked` are the author's words, empty where they were erased."""

    want: Want
    url: str
    until: date | None
    asked: str
    granted: bool | None
    answer: str


@dataclass(frozen=True)
class Arrived:
    """A page that the author asked for; `title` is None where it could not be read."""

    url: str
    title: str | None


@dataclass(frozen=True)
class Lost:
    """A feed that brings nothing any more, and not by the author's own choice: it said that it is gone for good, or
    else the staff took it from the reading list. `title` is empty where it was never read, `reason` where none was
    given."""

    title: str
    url: str
    on: date
    gone: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Stopped:
    """The staff stopped a session with the author before it had come to its end; `reason` in their words."""

    on: date
    reason: str


@dataclass(frozen=True)
class Held:
    """What the author says about being published, where that is no plain yes: no, ask, or None where it was
    never asked."""

    publish: Publish | None
    on: date | None = None
    declared: bool = False
    """By the operator, in the author's name."""
    public_stays: bool = False


@dataclass(frozen=True)
class News:
    """What there is to tell, oldest first in each kind.

    `since` is the day of the invitation to write that the author last answered, None where it has answered
    none; `quotes` are the blobs whose words stand in it.
    """

    since: date | None = None
    published: tuple[Dated, ...] = ()
    vetoed: tuple[Vetoed, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    taken_down: tuple[TakenDown, ...] = ()
    returned: tuple[Dated, ...] = ()
    noted: tuple[Noted, ...] = ()
    erased: tuple[tuple[int, date], ...] = ()
    fruitless: tuple[Fruitless, ...] = ()
    answered: tuple[Answered, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    lost: tuple[Lost, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    failed: tuple[date, ...] = ()
    rested_until: date | None = None
    consent: Held | None = None
    waiting: tuple[Named, ...] = ()
    """Texts about which the author is still to be asked."""
    left_out: int = 0
    quotes: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.happened or self.consent is not None

    @property
    def happened(self) -> bool:
        """Whether there is anything besides what holds anyway."""
        return self.rested_until is not None or any(told for name, told in self._lists.items() if name != "waiting")

    def newest(self, most: int) -> "News":
        """The same, with at most so many of each kind."""
        kept: dict[str, Any] = {name: told[-most:] for name, told in self._lists.items()}
        left_out = sum(len(told) - len(kept[name]) for name, told in self._lists.items())
        return replace(self, **kept, left_out=left_out)

    @property
    def _lists(self) -> dict[str, tuple[Any, ...]]:
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, tuple)}
