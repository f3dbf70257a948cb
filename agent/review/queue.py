"""What waits for people, oldest first: read by the desk and by `afterword queue`. Who waits stands in the docket."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, literal, or_, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from agent import archive
from agent.consent import no_from
from agent.queries import seen, undone
from agent.record import record_of
from agent.review.bar import Decision
from agent.review.belonging import About, about_of, before_of, continued_by, load_words, under
from agent.review.objections import WaitingAppeal, WaitingWithdrawal, appeals, withdrawals
from agent.review.waiting import Waiting, form_of, gather, standings
from agent.tables import Appeal, Author, CheckRun, Docket, Kind, Review, Revision, Skip, Verdict
from agent.tables.types import UtcDateTime

__all__ = [
    "About",
    "Page",
    "Stands",
    "Viewer",
    "Waiting",
    "WaitingAppeal",
    "WaitingWithdrawal",
    "Wanted",
    "Worst",
    "about_of",
    "appeals",
    "before_of",
    "continued_by",
    "following",
    "open_to",
    "page",
    "queue",
    "skipped_by",
    "under",
    "withdrawals",
]

A_PAGE = 25
SKIPPED_FOR = timedelta(hours=24)
LOOKED_AT = 1_000
"""So many are looked at for one page, at most, where only their words or reviews tell whether they are wanted."""


class Worst(StrEnum):
    """What the gravest flag is, as one chooses it."""

    STOP = "stop"
    LOOK = "look"
    NOTE = "note"
    NONE = "none"
    UNCHECKED = "unchecked"
    """A check could not run, or none has yet."""


class Stands(StrEnum):
    """Where it stands, as one chooses it."""

    UNTOUCHED = "untouched"
    VETO = "veto"
    ESCALATED = "escalated"
    SECOND = "second"


DECISIONS = {
    Stands.UNTOUCHED: Decision.WAITING,
    Stands.VETO: Decision.VETO_WAITS,
    Stands.ESCALATED: Decision.ESCALATED,
    Stands.SECOND: Decision.SECOND,
}
SAID = {Stands.VETO: Verdict.VETO, Stands.ESCALATED: Verdict.ESCALATE, Stands.SECOND: Verdict.PUBLISH}
"""What somebody must have said where it stands so."""
GRAVITY = {Worst.STOP: 3, Worst.LOOK: 2, Worst.NOTE: 1, Worst.NONE: 0}


@dataclass(frozen=True)
class Viewer:
    """Who looks at the queue, by id and name, and when."""

    id: int
    name: str
    now: datetime


@dataclass(frozen=True)
class Wanted:
    """What is to be shown; what is empty takes everything. `form` is an author's own word for it, in any case; with
    `mine` alone what the viewer may act on, and did not skip."""

    author: str = ""
    kind: Kind | None = None
    form: str = ""
    worst: Worst | None = None
    stands: Stands | None = None
    mine: bool = False


@dataclass(frozen=True)
class Page:
    """A page of the queue, oldest first. `older` and `newer` are the revisions before and after which others stand, if
    any do; `partly` says that not all were looked at, so that more may follow although few are here."""

    rows: Sequence[Waiting]
    older: int | None
    newer: int | None
    partly: bool = False


def queue(db: Session) -> list[Waiting]:
    """Every newest revision without a final verdict, oldest first. What its author withdrew, or said no to,
    is not there: nobody is to decide about it."""
    waits = select(Docket.revision_id).where(*_waits(db)).order_by(col(Docket.at), col(Docket.revision_id))
    return gather(db, db.exec(waits).all())


def page(db: Session, wanted: Wanted, viewer: Viewer, *, after: int | None = None, before: int | None = None) -> Page:
    """The oldest of what is wanted; or what comes next after one revision, or what stands right before one. The place
    of a revision stays what it is, so no page loses or repeats one because others came and went. Raises Unfaithful."""
    backwards = before is not None
    where = [*_waits(db), *_wanted(db, wanted, viewer)]
    ids, looked = _fitting(db, wanted, where, start=before if backwards else after, backwards=backwards)
    partly, more = looked is not None, len(ids) > A_PAGE
    shown, beyond = ids[:A_PAGE], ids[A_PAGE - 1] if more else looked
    start = before if backwards else after
    if backwards:
        shown = shown[::-1]
        older, newer = beyond, shown[-1] if shown else start
    else:
        older, newer = (shown[0] if shown else start) if start is not None else None, beyond
    return Page(gather(db, shown), older, newer, partly)


def following(db: Session, viewer: Viewer, besides: int) -> Waiting | None:
    """The oldest that this reviewer may act on, did not skip and is not reading now; None where nothing is left."""
    waits = select(Docket.revision_id).where(*_waits(db), *open_to(db, viewer), col(Docket.revision_id) != besides)
    found = db.exec(waits.order_by(col(Docket.at), col(Docket.revision_id)).limit(1)).all()
    return next(iter(gather(db, found)), None)


def open_to(db: Session, viewer: Viewer) -> list[ColumnElement[bool]]:
    """In a query over the docket: what a reviewer may act on. Who has given a verdict that counts has done their part,
    unless they take it back; what they would rather not read is left out for a day."""
    # What is open in spite of an appeal is so because its veto was overturned: no veto counts there any more.
    counts = (col(Review.verdict) != Verdict.VETO) | ~exists().where(col(Appeal.revision_id) == col(Review.revision_id))
    said = exists().where(
        col(Review.revision_id) == col(Docket.revision_id), col(Review.reviewer) == viewer.name, ~undone(), counts
    )
    return [or_(col(Docket.reviews) == 0, ~said), col(Docket.revision_id).not_in(skipped_by(db, viewer))]


def skipped_by(db: Session, viewer: Viewer) -> list[int]:
    """What a reviewer would rather not read, for a day from when they said so."""
    recent = select(Skip).where(Skip.user_id == viewer.id, col(Skip.at) > viewer.now - SKIPPED_FOR)
    latest = {skip.revision_id: skip.skipped for skip in db.exec(recent.order_by(col(Skip.id)))}
    return [revision for revision, skipped in latest.items() if skipped]


def waits_for_people(db: Session) -> list[ColumnElement[bool]]:
    """In a query over the docket: nobody has decided about it, and its author did not say no."""
    return [col(Docket.resolution_id).is_(None), *(~said_no for said_no in no_from(db))]


_waits = waits_for_people


def _wanted(db: Session, wanted: Wanted, viewer: Viewer) -> Iterator[ColumnElement[bool]]:
    """What the rows can tell; the rest is looked at one by one, among few."""
    if wanted.author:
        yield col(Docket.author_id).in_(list(db.exec(select(Author.id).where(Author.slug == wanted.author))))
    if wanted.kind is not None:
        yield col(Docket.kind) == wanted.kind
    if wanted.worst is Worst.UNCHECKED:
        looked = exists().where(col(CheckRun.revision_id) == col(Docket.revision_id), seen())
        again = aliased(CheckRun)
        later = exists().where(
            col(again.revision_id) == col(CheckRun.revision_id),
            col(again.check) == col(CheckRun.check),
            col(again.id) > col(CheckRun.id),
            ~col(again.shadow),
        )
        yield or_(~looked, looked.where(col(CheckRun.fault) != "", ~later))
    elif wanted.worst is not None:
        yield col(Docket.worst) == GRAVITY[wanted.worst]
    if wanted.stands is Stands.UNTOUCHED:
        yield or_(col(Docket.reviews) == 0, exists().where(col(Appeal.revision_id) == col(Docket.revision_id)))
    elif wanted.stands is not None:
        said = exists().where(
            col(Review.revision_id) == col(Docket.revision_id), col(Review.verdict) == SAID[wanted.stands]
        )
        yield col(Docket.reviews) > 0
        yield said
    if wanted.mine:
        yield from open_to(db, viewer)
    words = archive.words_of(wanted.form)
    if words and not archive.unindexed(db):
        yield col(Docket.revision_id).in_(archive.with_words(db, words))


def _fitting(
    db: Session, wanted: Wanted, where: Sequence[ColumnElement[bool]], *, start: int | None, backwards: bool
) -> tuple[list[int], int | None]:
    """The next revisions that fit, one more than a page holds if there is one, from the one at `start` on; and the last
    that was looked at, where the search was given up before it had enough."""
    fits = _judge(wanted)
    chunk, found = A_PAGE + 1 if fits is None else min(A_PAGE + 1, LOOKED_AT), list[int]()
    looked, last = 0, start
    while True:
        ids = db.exec(_next(db, where, last, backwards=backwards).limit(chunk)).all()
        found += ids if fits is None else fits(db, ids)
        looked, last = looked + len(ids), ids[-1] if ids else last
        if len(found) > A_PAGE or len(ids) < chunk:
            return found[: A_PAGE + 1], None
        if looked >= LOOKED_AT:
            return found, last
        # Where few fit, more are looked at.
        chunk = min(2 * chunk, LOOKED_AT - looked)


def _judge(wanted: Wanted) -> Callable[[Session, Sequence[int]], list[int]] | None:
    """What tells whether revisions fit that the database cannot choose by itself; None where it can."""
    if wanted.stands is None and not wanted.form.strip():
        return None
    decision = DECISIONS[wanted.stands] if wanted.stands is not None else None
    form = wanted.form.strip().casefold()

    def fits(db: Session, ids: Sequence[int]) -> list[int]:
        if decision is not None:
            stand = standings(db, ids)
            ids = [each for each in ids if stand[each].decision is decision]
        if form:
            revisions = db.exec(select(Revision).where(col(Revision.id).in_(ids))).all()
            kept = load_words(db, revisions)
            forms = {r.id: form_of(record).casefold() for r in revisions if (record := record_of(db, r)) is not None}
            del kept
            ids = [each for each in ids if forms.get(each) == form]
        return list(ids)

    return fits


def _next(
    db: Session, where: Sequence[ColumnElement[bool]], start: int | None, *, backwards: bool
) -> SelectOfScalar[int]:
    """Revisions in the order of the queue, from the place of one on: it need not wait any more itself."""
    place = col(Docket.at), col(Docket.revision_id)
    rows = select(Docket.revision_id).where(*where)
    rows = rows.order_by(*(part.desc() for part in place)) if backwards else rows.order_by(*place)
    at = None if start is None else db.exec(select(Revision.at).where(Revision.id == start)).first()
    if at is None:
        return rows
    here = tuple_(literal(at, UtcDateTime), literal(start))
    return rows.where(tuple_(*place) < here if backwards else tuple_(*place) > here)
