"""What is told of where the site stands: that it could not be built, or that a target lacks it; and that the judge does
not look. Each begins with no row of its own, and is asked for anew."""

from collections.abc import Iterator

from sqlmodel import Session

from agent.notices.building import PATIENCE, trouble
from agent.notices.judge import judge_matters
from agent.notices.kind import shortened
from agent.notices.matter import KEEPERS, Matter
from agent.outlet import Outlet
from agent.publish.delivery import troubles

TRIES = 2
"""A target that failed once is told to nobody outside the desk: most answer the next time."""


def standing_matters(outlet: Outlet, db: Session) -> Iterator[Matter]:
    """What is to be told of building, delivering and the judge, now."""
    yield from judge_matters(outlet, db)
    if (found := trouble(db)) is not None and found.since <= outlet.now() - PATIENCE:
        words = f"{shortened(found.reason)}\n\nThe edition before stands meanwhile. It is tried again each minute."
        key = f"build:{found.since:%Y-%m-%dT%H:%M:%S}"
        yield Matter(key, "The site could not be built", words, "queue", found.since, KEEPERS)
    for lacking in troubles(outlet, db) if outlet.targets else ():
        if lacking.times >= TRIES:
            words = f"{shortened(lacking.reason)}\n\nThe edition before stands there. It is tried again and again."
            key = f"delivery:{lacking.target}:{lacking.since:%Y-%m-%dT%H:%M:%S}"
            subject = f"Target {lacking.target} lacks the newest edition"
            yield Matter(key, subject, words, "queue", lacking.since, KEEPERS)
