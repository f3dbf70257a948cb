"""What a check is handed, what it gives back, and what makes a module a check."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from agent.render import Rendered
from agent.tables import GRAVEST, Kind, Level


@dataclass(frozen=True)
class Shown:
    """A text that a revision may have words from.

    `kind` is what it is: "entry" (a feed's item or a page), "invitation", "prompt" (other words of the outlet's) or
    "piece" (of the archive). `name` and `where` say it to staff: a title, and an address or a number.
    """

    kind: str
    name: str
    where: str
    text: str
    own: bool = False
    """The same author wrote it."""
    here: bool = False
    """It was shown to the author in the very session that the revision is from."""
    orders: Mapping[str, str] | None = None
    """What in an entry gives orders to a machine, as it was found on the way in (agent/injected); None where nobody
    looked."""


@dataclass(frozen=True)
class Facts:
    """What is true of the author and its session, for what a text says of itself."""

    byline: str = ""
    model_id: str = ""
    stand_in: str = ""
    """What it really is, where it stands in for another."""
    retired_on: date | None = None
    began_at: datetime | None = None
    tools: tuple[str, ...] = ()
    """The names of the tools that it had."""
    company: tuple[str, ...] = ()
    """Names of the company that made it, and that nobody here speaks for."""


@dataclass(frozen=True)
class Subject:
    """One revision, as checks see it. `stop_reason` is the endpoint's; `with_form` is False where the
    author had no tools and answered in words."""

    text: str
    title: str
    stop_reason: str
    rendered: Rendered
    with_form: bool
    note: str = ""
    """Its note to readers."""
    kind: Kind = Kind.ESSAY
    shown: tuple[Shown, ...] = ()
    """What its author was shown in that session; what it was shown before and what stands in the archive, as far as
    either shares a run of words with it."""
    earlier: tuple[Shown, ...] = ()
    """The author's own latest pieces, the newest first."""
    facts: Facts = Facts()
    canaries: tuple[str, ...] = ()
    """Words that were planted where no author should find them."""


@dataclass(frozen=True)
class Finding:
    """A concern about the characters `start` to `end` of the text. `why` is one sentence for the publisher; `evidence`
    is what it rests on, each under a plain name; `ground` the public ground for a veto that it may come to."""

    level: Level
    category: str
    start: int
    end: int
    why: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    ground: str = ""


def gravest(findings: Sequence[Finding], most: int) -> Sequence[Finding]:
    """Findings as they are, or where there are more than so many, the gravest: first those of the gravest level, then
    those that stand first. The last that is left says how many are not listed."""
    if len(findings) <= most:
        return findings
    ordered = sorted(findings, key=lambda each: (GRAVEST.index(each.level), each.start, each.end))
    last, left = ordered[most - 1], len(ordered) - most
    return (*ordered[: most - 1], replace(last, evidence={**last.evidence, "not listed": f"{left:,} more"}))


Looks = Callable[[Subject], Sequence[Finding]]


class Named(Protocol):
    """Whatever leaves a run: a check, or a policy by which somebody is asked."""

    @property
    def NAME(self) -> str: ...  # noqa: N802
    @property
    def VERSION(self) -> str: ...  # noqa: N802
    @property
    def ABOUT(self) -> str: ...  # noqa: N802


class Check(Protocol):
    """A module that looks at a revision, and decides nothing: no database, no network, no clock. VERSION changes with
    what it finds; ABOUT tells staff what it looks for and what it leaves alone."""

    NAME: str
    VERSION: str
    ABOUT: str

    def check(self, subject: Subject) -> Sequence[Finding]:
        """Return what a careful editor would want to see."""
        ...


@dataclass(frozen=True)
class Looked:
    """What came of one look: findings, or why it did not really look; and how long it took."""

    findings: Sequence[Finding] = ()
    fault: str = ""
    seconds: float = 0.0
