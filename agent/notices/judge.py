"""A judge that does not look: it has lapsed, cannot be called, does not answer, or has used up its budget. Hazards are
not checked meanwhile, and somebody must know."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import Session

from agent.check.asked import hindrance
from agent.check.asked.hindrance import PASSING, UNCALLABLE, UNSET, State
from agent.notices.kind import shortened
from agent.notices.matter import KEEPERS, Matter
from agent.notices.notice import Notice
from agent.outlet import Outlet

PATIENCE = timedelta(minutes=15)
"""So long a judge may be away before anybody is told."""
UNCHECKED = "Until then hazards are not checked, and every text says so"
TO_DO = {
    "lapsed": "Ask the service for access, or name another model as model_id in [judge] of afterword.toml. It is asked "
    "once an hour whether it is back",
    "uncallable": "Mend that; what it did not look at is made up for at night",
    "down": "It is asked again with each text, and at night about what was left",
    "over budget": "Raise it in [judge] of afterword.toml, or wait: what was left is made up for at night",
    "unpriced": "Name its price in afterword.toml",
}
SUBJECTS = {
    "lapsed": "The judge has lapsed: hazards are not checked",
    "uncallable": "The judge cannot be called: hazards are not checked",
    "down": "The judge does not answer: hazards are not checked",
    "over budget": "The judge's budget is used up: hazards are not checked",
    "unpriced": "Nobody knows what the judge costs: hazards are not checked",
}


def judge(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """What is wrong with the judge, if anything."""
    if (found := _trouble(outlet, db)) is not None:
        kind, how = found
        words = how.words.removeprefix("the judge's ").removeprefix("the judge ").rstrip(".")
        to_do = f"{TO_DO[kind]}. {UNCHECKED}"
        waits = kind not in ("down", "over budget")
        yield Notice("judge", "the judge", words, how.since or outlet.now(), to_do, waits)


def judge_matters(outlet: Outlet, db: Session) -> Iterator[Matter]:
    """The same, as it is told outside the desk: once each time it happens, and of a budget once a day."""
    if (found := _trouble(outlet, db)) is not None:
        kind, how = found
        at = how.since or outlet.now()
        when = f"{at:%Y-%m-%dT%H:%M:%S}" if how.since else f"{at:%Y-%m-%d}"
        words = f"{shortened(how.words[:1].upper() + how.words[1:])}\n\n{TO_DO[kind]}. {UNCHECKED}."
        yield Matter(f"judge:{kind.replace(' ', '-')}:{when}", SUBJECTS[kind], words, "queue", at, KEEPERS)


def _trouble(outlet: Outlet, db: Session) -> tuple[str, State] | None:
    if outlet.judge is None:
        return None
    how = hindrance.state(outlet, db)
    if how.kind in ("off", "asked"):
        return None
    if how.kind == "down" and how.words.startswith(UNCALLABLE):
        return "uncallable", how
    if how.kind == "down" and how.since is not None and how.since > outlet.now() - PATIENCE:
        return None
    return how.kind, how


def is_of_the_judge(fault: str) -> bool:
    """Whether a run's fault is told here, and needs no telling for each check."""
    return fault in (*PASSING, UNSET)
