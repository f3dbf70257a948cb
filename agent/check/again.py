"""Checks look again at works that they have looked at before, and it is said what changed.

What is found anew takes the place of what was found before. Where nothing differs and the check has looked in this
version, nothing is stored: what reviewers said of its flags goes on counting.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from agent import check, noise
from agent.check import worker
from agent.check.asked import asking
from agent.check.asked.hazards import Policy
from agent.check.changes import Before, Changed
from agent.check.every import every
from agent.check.frame import Looked, Named
from agent.check.gathering import subject_of
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.tables import CheckRun, Flag, Piece, Revision, ShadowFlag


@dataclass
class _Found:
    """What is said in the end, by check, the version in which it had looked, and the present one."""

    outlet: Outlet
    all: dict[tuple[str, str, str], Changed] = field(default_factory=dict)

    def of(self, each: Named, before: Before) -> Changed:
        """Where to count one look."""
        told = Changed(each.NAME, before.version, each.VERSION, each.NAME in self.outlet.settings.checks.shadow)
        return self.all.setdefault((told.check, told.before, told.version), told)


def again(
    outlet: Outlet,
    revisions: Iterable[int],
    *,
    only: Collection[str] = (),
    anew: bool = True,
    heard: Callable[[int], None] = lambda _: None,
) -> list[Changed]:
    """Let the checks look at these revisions, all of them or those that are named, and return what changed. Those that
    have really looked in their present version look once more if it is to be done `anew`. Nobody else, the judge or a
    server, is asked but by what is named, and never twice the same. What was erased is left out. `heard` is told how
    many are done."""
    found, began = _Found(outlet), outlet.now()
    for done, revision_id in enumerate(revisions, 1):
        _look(outlet, revision_id, only, found, anew=anew)
        for each in asking.asking(outlet):
            if each.NAME in only:
                _ask(outlet, revision_id, each, found, began)
        heard(done)
    order = [each.name for each in every(outlet)]
    return sorted(found.all.values(), key=lambda each: (order.index(each.check), each.before))


def _look(
    outlet: Outlet,
    revision_id: int,
    only: Collection[str],
    found: _Found,
    *,
    anew: bool,
) -> None:
    """What runs here, at one revision."""
    fault, subject = "", None
    with outlet.database.read() as db:
        revision = db.get_one(Revision, revision_id)
        author_id = db.get_one(Piece, revision.piece_id).author_id
        named = [each for each in check.CHECKS if not only or each.NAME in only]
        due = [each for each in named if anew or not _before(outlet, db, revision_id, each).stands(each.VERSION)]
        if is_erased(db, revision) or not due:
            return
        try:
            subject = subject_of(outlet, db, revision)
        except Unfaithful:
            fault = asking.CHANGED
        loud = noise.noisy(db)
    if subject is None:
        looked: Sequence[Looked] = [Looked(fault=fault or check.ERASED) for _ in due]
    else:
        looked = worker.look([each.check for each in due], subject, seconds=outlet.settings.checks.seconds)
    with outlet.database.write(author_id) as db:
        if is_erased(db, db.get_one(Revision, revision_id)):
            return  # Meanwhile.
        for each, look in zip(due, looked, strict=True):
            before, is_noisy = _before(outlet, db, revision_id, each), (each.NAME, each.VERSION) in loud
            lowered = is_noisy and each.NAME not in outlet.settings.checks.shadow
            found.of(each, before).add(revision_id, before.flags, look.findings, fault=look.fault)
            if not fault and before.is_news(each.VERSION, look, lowered=lowered):
                text = subject.text if subject else ""
                check.store(outlet, db, each, look, revision_id=revision_id, text=text, is_noisy=is_noisy)


def _ask(outlet: Outlet, revision_id: int, each: Named, found: _Found, began: datetime) -> None:
    """Ask somebody else what was not answered about one revision, whatever hindered that before all this began."""
    with outlet.database.read() as db:
        before, how = _before(outlet, db, revision_id, each), asking.state(outlet, db)
        if is_erased(db, db.get_one(Revision, revision_id)):
            return
    told = found.of(each, before)
    if isinstance(each, Policy) and how.kind not in ("asked", "down", "lapsed"):
        # Nothing is stored: a work that was judged before is not to lose that by it.
        told.add(revision_id, before.flags, (), fault=how.words or how.kind)
        return
    asking.look(outlet, revision_id, anew=began, only=[each.NAME])
    with outlet.database.read() as db:
        after = _before(outlet, db, revision_id, each)
    told.add(revision_id, before.flags, after.flags, fault=after.last.fault if after.last else "")


def _before(outlet: Outlet, db: Session, revision_id: int, each: Named) -> Before:
    """What a check had said of a work, seen or in shadow, as it runs now."""
    shadow = each.NAME in outlet.settings.checks.shadow
    rows = select(CheckRun).where(
        CheckRun.revision_id == revision_id, CheckRun.check == each.NAME, col(CheckRun.shadow).is_(shadow)
    )
    runs = db.exec(rows.order_by(col(CheckRun.id))).all()
    good = next((run for run in reversed(runs) if not run.fault), None)
    table: Any = ShadowFlag if shadow else Flag
    flags = db.exec(select(table).where(table.run_id == good.id)).all() if good else []
    return Before(runs[-1] if runs else None, good, flags)
