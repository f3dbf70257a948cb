"""What is asked of somebody else about a text: slowly, for money, and in a workflow of its own, so that it holds up
nobody. Until an answer has come, that check says "not checked yet"; where none comes, "not checked", and why."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from agent import check, noise
from agent.check import ERASED, store
from agent.check.asked import hazards, hindrance
from agent.check.asked.hindrance import PASSING, UNSET, State
from agent.check.asked.judging import Unanswered
from agent.check.asked.reach import reaching
from agent.check.frame import Looked, Named, Subject
from agent.check.gathering import subject_of
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.tables import CheckRun, Docket, Piece, Revision

CHANGED = "its stored bytes are not those that were received"
AT_ONCE = 50
"""So many works are handed out at a time."""
MADE_UP_FOR = 200
"""So many works are asked about again in a night."""
OLD_ENOUGH = timedelta(hours=6)
TOO_OLD = timedelta(days=30)


class Asking(Named, Protocol):
    """A check whose answer comes from somebody else."""

    def ask(self, outlet: Outlet, subject: Subject, revision_id: int, anew: datetime | None = None, /) -> Looked:
        """Ask about a revision; what hindered others before the moment `anew` hinders nothing. Raises
        Unanswered where another try in a moment may bring an answer."""
        ...


def asking(outlet: Outlet) -> Sequence[Asking]:
    """Everything that is asked, in the order in which staff read of it."""
    return [*hazards.policies(outlet), *reaching(outlet)]


def state(outlet: Outlet, db: Session) -> State:
    """How it stands with the judge: off, asked, lapsed since, down since, over its budget, or without a price."""
    return hindrance.state(outlet, db)


def look(
    outlet: Outlet,
    revision_id: int,
    *,
    again: bool = False,
    anew: datetime | None = None,
    only: Collection[str] = (),
) -> None:
    """Ask here and now what was not asked yet about a revision in its present version; `again`, also where no answer
    came. Whatever stands in the way is stored as "not checked". Where somebody wants it to be asked `anew` from a
    moment on, no fault from before that stands in the way."""
    since = anew or (outlet.now() if again else None)
    refuse(outlet, revision_id, since, only)
    while ask_next(outlet, revision_id, since, last=True, only=only, anew=anew) is not None:
        pass


def refuse(outlet: Outlet, revision_id: int, since: datetime | None = None, only: Collection[str] = ()) -> bool:
    """Where no judge is set, write that down in one step: every work of such an outlet comes here. Returns whether
    something is left to ask."""
    if outlet.judge is not None:
        return True
    with outlet.database.read() as db:
        author_id = db.get_one(Piece, db.get_one(Revision, revision_id).piece_id).author_id
    with outlet.database.write(author_id) as db:
        due = _due(outlet, db, revision_id, since, only)
        policies = [each for each in due if isinstance(each, hazards.Policy)]
        for each in policies:
            store(outlet, db, each, Looked(fault=UNSET), revision_id=revision_id, text="")
    return len(due) > len(policies)


def ask_next(
    outlet: Outlet,
    revision_id: int,
    since: datetime | None = None,
    last: bool = False,
    only: Collection[str] = (),
    *,
    anew: datetime | None = None,
) -> float | None:
    """Ask the next thing about a revision, and store what came of it. Returns None where nothing is left, 0 where there
    may be more, and otherwise in how many seconds to try again; at the `last` try, a fault is stored instead. What was
    not answered before the moment `since` is asked once more; `anew` is said at Asking.ask."""
    with outlet.database.read() as db:
        revision = db.get_one(Revision, revision_id)
        author_id = db.get_one(Piece, revision.piece_id).author_id
        due = _due(outlet, db, revision_id, since, only)
        if not due:
            return None
        try:
            subject, fault = subject_of(outlet, db, revision), ERASED
        except Unfaithful:
            subject, fault = None, CHANGED
        loud = noise.noisy(db)
    each = due[0]
    try:
        looked = each.ask(outlet, subject, revision_id, anew) if subject is not None else Looked(fault=fault)
    except Unanswered as wait:
        if not last and wait.seconds is not None:
            return max(wait.seconds, 1.0)
        looked = Looked(fault=wait.fault)
    with outlet.database.write(author_id) as db:
        if is_erased(db, db.get_one(Revision, revision_id)):
            looked = Looked(fault=ERASED)
        if any(each.NAME == one.NAME and each.VERSION == one.VERSION for one in _due(outlet, db, revision_id, since)):
            text, is_noisy = subject.text if subject else "", (each.NAME, each.VERSION) in loud
            store(outlet, db, each, looked, revision_id=revision_id, text=text, is_noisy=is_noisy)
    _log(outlet, revision_id, each, looked)
    return 0.0


def waiting(outlet: Outlet, db: Session, above: int = 0) -> list[int]:
    """Works that wait for people and that something is to be asked about: those with a greater id than `above`, the
    oldest first, and not too many at once. The checks that run here come first: until then nobody can decide."""
    shadow, here = outlet.settings.checks.shadow, [each.NAME for each in check.CHECKS]
    looked = select(CheckRun.id).where(CheckRun.revision_id == Docket.revision_id, col(CheckRun.check).in_(here))
    found: set[int] = set()
    for each in asking(outlet):
        asked = select(CheckRun.id).where(
            CheckRun.revision_id == Docket.revision_id, CheckRun.check == each.NAME, CheckRun.version == each.VERSION
        )
        if each.NAME not in shadow:
            asked = asked.where(~col(CheckRun.shadow))
        left = select(Docket.revision_id).where(col(Docket.revision_id) > above, ~asked.exists())
        left = left.where(looked.exists()) if here else left
        found |= set(db.exec(left.order_by(col(Docket.revision_id)).limit(AT_ONCE)))
    return sorted(found)[:AT_ONCE]


def unanswered(outlet: Outlet, db: Session) -> list[int]:
    """Works about which no answer came, for reasons that pass, the newest first. Where the judge is not back, one of
    them: it shows whether it is."""
    how = state(outlet, db)
    if how.kind in ("off", "unpriced", "over budget"):
        return []
    now, later = outlet.now(), aliased(CheckRun)
    newer = select(later.id).where(
        later.revision_id == CheckRun.revision_id, later.check == CheckRun.check, col(later.id) > CheckRun.id
    )
    rows = (
        select(CheckRun.revision_id)
        .where(col(CheckRun.check).in_([each.NAME for each in asking(outlet)]), col(CheckRun.fault).in_(PASSING))
        .where(CheckRun.at < now - OLD_ENOUGH, CheckRun.at > now - TOO_OLD, ~newer.exists())
        .group_by(col(CheckRun.revision_id))
        .order_by(func.max(CheckRun.id).desc())
    )
    return list(db.exec(rows.limit(MADE_UP_FOR if how.kind == "asked" else 1)))


def _due(
    outlet: Outlet, db: Session, revision_id: int, since: datetime | None, only: Collection[str] = ()
) -> list[Asking]:
    """What is left to ask about a revision, as it is asked now."""
    shadow = outlet.settings.checks.shadow
    runs = db.exec(select(CheckRun).where(CheckRun.revision_id == revision_id)).all()
    done = {
        (run.check, run.version)
        for run in runs
        if not (run.fault and run.fault != ERASED and since is not None and run.at < since)
        and (not run.shadow or run.check in shadow)
    }
    named = [each for each in asking(outlet) if not only or each.NAME in only]
    return [each for each in named if (each.NAME, each.VERSION) not in done]


def _log(outlet: Outlet, revision_id: int, each: Asking, looked: Looked) -> None:
    facts = {"revision": revision_id, "check": each.NAME}
    if looked.fault:
        outlet.log.warning("not checked", action="not_checked", reason=looked.fault, **facts)
    else:
        outlet.log.info("checked", action="checked", flags=len(looked.findings), **facts)
