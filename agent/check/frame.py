"""What a check is handed, what it gives back, and what makes a module a check."""

from dataclasses import dataclass
from typing import Protocol

from agent.render import Rendered
from agent.tables import Level


@dataclass(frozen=True)
class Subject:
    """One revision, as checks see it. `stop_reason` is the endpoint's; `with_form` is False where the
    author had no tools and answered in words."""

    text: str
    title: str
    stop_reason: str
    rendered: Rendered
    with_form: bool


@dataclass(frozen=True)
class Finding:
    """A concern about the characters `start` to `end` of the text. `why` is one sentence for the publisher."""

    level: Level
    category: str
    start: int
    end: int
    why: str


class Check(Protocol):
    """A module that looks at a revision, and decides nothing. VERSION changes with what it finds."""

    NAME: str
    VERSION: str

    def check(self, subject: Subject) -> list[Finding]:
        """Return what a careful editor would want to see."""
        ...
