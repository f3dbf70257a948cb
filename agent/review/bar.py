"""The bar, as pure decisions over rows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from agent.tables import Flag, Level, Review, Verdict, Withdrawal, WithdrawnBy

URGENT_GROUNDS = frozenset({"personal-data", "keys", "law", "danger"})
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


DECIDES = {Verdict.PUBLISH: Decision.PUBLISHED, Verdict.VETO: Decision.VETOED}
"""What each verdict can decide."""


def publishes_needed(flags: Collection[Flag]) -> int:
    """How many reviewers must say publish: two where a `stop` flag stands, otherwise one."""
    return 2 if any(flag.level is Level.STOP for flag in flags) else 1


def decide(reviews: Sequence[Review], flags: Collection[Flag], *, overturned: bool = False) -> Decision:
    """What the reviews of one revision come to, in the order in which they were given: what the latest of them decides,
    or else what it waits for.

    A reviewer's latest verdict holds, and each reviewer counts once. Who escalated has handed it on: others decide.
    Where the veto was overturned on appeal, no veto counts, and neither does what its reviewer had said before it.

    Publish is decided by whoever says it as the last one that was needed, and by nothing else: a flag that goes, or a
    verdict that is taken back, may leave enough who said publish, and then somebody confirms it. So no check publishes,
    and no verdict decides another thing than it says.
    """
    holds = _holds(reviews, overturned=overturned)
    if _count(holds, Verdict.VETO) >= VETOES_NEEDED:
        return Decision.VETOED
    enough = _count(holds, Verdict.PUBLISH) >= publishes_needed(flags)
    if enough and holds.get(reviews[-1].reviewer) is Verdict.PUBLISH:
        return Decision.PUBLISHED
    return waits_for(reviews, overturned=overturned)


def waits_for(reviews: Sequence[Review], *, overturned: bool = False) -> Decision:
    """Where a revision stands about which nothing is decided, by the same reviews: it is never final."""
    holds = _holds(reviews, overturned=overturned)
    if _count(holds, Verdict.ESCALATE):
        return Decision.ESCALATED
    if _count(holds, Verdict.VETO):
        return Decision.VETO_WAITS
    return Decision.SECOND if _count(holds, Verdict.PUBLISH) else Decision.WAITING


def has_lapsed(withdrawal: Withdrawal, *, confirmed: bool, now: datetime) -> bool:
    """Whether an urgent withdrawal has ended at `now`: 72 hours have passed and no second person agreed."""
    return withdrawal.by is WithdrawnBy.URGENT and not confirmed and now >= withdrawal.at + URGENT_LASTS


def _holds(reviews: Sequence[Review], *, overturned: bool) -> dict[str, Verdict]:
    """The verdict of each reviewer that holds."""
    holds: dict[str, Verdict] = {}
    for review in reviews:
        if holds.get(review.reviewer) is Verdict.ESCALATE:
            continue
        holds[review.reviewer] = review.verdict
        if overturned and review.verdict is Verdict.VETO:
            del holds[review.reviewer]
    return holds


def _count(holds: dict[str, Verdict], verdict: Verdict) -> int:
    return sum(held is verdict for held in holds.values())
