"""The bar, as pure decisions over rows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from agent.tables import Flag, Level, Review, Verdict, Withdrawal, WithdrawnBy

URGENT_GROUNDS = frozenset({"personal-data", "law", "danger"})
URGENT_LASTS = timedelta(hours=72)
VETOES_NEEDED = 2


class Decision(StrEnum):
    """Where a revision stands."""

    WAITING = "waiting"
    SECOND = "waiting for a second publish verdict"
    VETO_WAITS = "one veto, waiting for a second reviewer"
    ESCALATED = "escalated, waiting for another reviewer"
    PUBLISHED = "published"
    VETOED = "vetoed"

    @property
    def is_final(self) -> bool:
        """Whether no further verdict is taken."""
        return self in (Decision.PUBLISHED, Decision.VETOED)


def publishes_needed(flags: Collection[Flag]) -> int:
    """How many reviewers must say publish: two where a `stop` flag stands, otherwise one."""
    return 2 if any(flag.level is Level.STOP for flag in flags) else 1


def decide(reviews: Sequence[Review], flags: Collection[Flag], *, overturned: bool = False) -> Decision:
    """The rule over all reviews of one revision, in the order in which they were given.

    A reviewer's latest verdict holds, and each reviewer counts once. Who escalated has handed it
    on: others decide. What is reached first is final: later verdicts change nothing. Where the veto
    was overturned on appeal, no veto counts, and neither does what its reviewer had said before it.
    """
    holds: dict[str, Verdict] = {}
    for review in reviews:
        if holds.get(review.reviewer) is Verdict.ESCALATE:
            continue
        holds[review.reviewer] = review.verdict
        if overturned and review.verdict is Verdict.VETO:
            del holds[review.reviewer]
        if _count(holds, Verdict.PUBLISH) >= publishes_needed(flags):
            return Decision.PUBLISHED
        if _count(holds, Verdict.VETO) >= VETOES_NEEDED:
            return Decision.VETOED
    if _count(holds, Verdict.ESCALATE):
        return Decision.ESCALATED
    if _count(holds, Verdict.VETO):
        return Decision.VETO_WAITS
    return Decision.SECOND if _count(holds, Verdict.PUBLISH) else Decision.WAITING


def has_lapsed(withdrawal: Withdrawal, *, confirmed: bool, now: datetime) -> bool:
    """Whether an urgent withdrawal has ended at `now`: 72 hours have passed and no second person agreed."""
    return withdrawal.by is WithdrawnBy.URGENT and not confirmed and now >= withdrawal.at + URGENT_LASTS


def _count(holds: dict[str, Verdict], verdict: Verdict) -> int:
    return sum(held is verdict for held in holds.values())
