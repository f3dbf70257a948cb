"""Small questions to the rows that more than one verb asks. They read and decide nothing."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from agent.record import canonical, sha256
from agent.tables import (
    Appeal,
    Author,
    Blob,
    Cadence,
    CheckRun,
    Confirmation,
    Consent,
    Flag,
    Pause,
    Publication,
    Reinstatement,
    Request,
    Rest,
    Review,
    Revision,
    Ruling,
    Shadowed,
    Submission,
    Turn,
    Undo,
    Veto,
    Withdrawal,
    WithdrawnBy,
)

WHOM = col(Pause.author_id).is_(None) | (col(Pause.author_id) == bindparam("author"))
LATEST_PAUSES = (
    select(Pause)
    .where(col(Pause.id).in_(select(func.max(Pause.id)).where(WHOM).group_by(col(Pause.author_id))))
    .order_by(col(Pause.id))
)
"""The latest of everyone's and of an author's own. It is asked before every call, so it is put together once."""


def pause_of(db: Session, author_id: int) -> Pause | None:
    """The pause that holds for an author now: everyone's, or its own."""
    return pause_and_change(db, author_id)[0]


def pause_and_change(db: Session, author_id: int) -> tuple[Pause | None, Pause | None]:
    """The pause that holds for an author now, and the latest pause or resumption that concerns it."""
    rows = db.exec(LATEST_PAUSES, params={"author": author_id}).all()
    # Everyone's comes before its own.
    hold = sorted((row for row in rows if row.paused), key=lambda row: row.author_id is not None)
    return (hold[0] if hold else None, rows[-1] if rows else None)


def own_pause_of(db: Session, author_id: int | None) -> Pause | None:
    """The pause that holds of one author itself, or (None) of everyone."""
    whom = col(Pause.author_id).is_(None) if author_id is None else col(Pause.author_id) == author_id
    latest = db.exec(select(Pause).where(whom).order_by(col(Pause.id).desc()).limit(1)).first()
    return latest if latest is not None and latest.paused else None


def own_pauses(db: Session) -> dict[int | None, Pause]:
    """Every pause that holds now by itself: each author's own by author, everyone's under None."""
    latest = select(func.max(Pause.id)).group_by(col(Pause.author_id))
    rows = db.exec(select(Pause).where(col(Pause.id).in_(latest)).order_by(col(Pause.id)))
    return {pause.author_id: pause for pause in rows if pause.paused}


def rest_of(db: Session, author_id: int, today: date) -> Rest | None:
    """The rest that holds for an author on a day of its own zone: its latest, until that day begins."""
    latest = db.exec(select(Rest).where(Rest.author_id == author_id).order_by(col(Rest.id).desc())).first()
    return latest if latest is not None and latest.until > today else None


def today_of(db: Session, author_id: int, now: datetime) -> date:
    """Which day it is for an author: in the zone of its cadence, or in UTC."""
    zone = db.exec(select(Cadence.zone).where(Cadence.author_id == author_id)).first()
    return now.astimezone(ZoneInfo(zone or "UTC")).date()


def consent_of(db: Session, author_id: int) -> Consent | None:
    """The consent that holds: an author's latest."""
    return db.exec(select(Consent).where(Consent.author_id == author_id).order_by(col(Consent.id).desc())).first()


def withdrawal_of(db: Session, piece_id: int, number: int | None = None) -> Withdrawal | None:
    """The withdrawal that keeps a piece down now, if any: its author's, one that two people stand
    behind, or an urgent one that has not ended.

    One that was made before a later revision does not reach that. `number` is the revision that is meant:
    otherwise the newest that is or was public, or else the newest.
    """
    if number is None:
        number = public_number(db, piece_id) or newest_number(db, piece_id)
    rows = db.exec(
        select(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .join(Reinstatement, col(Reinstatement.withdrawal_id) == Withdrawal.id, isouter=True)
        .where(Withdrawal.piece_id == piece_id, col(Withdrawal.upto) >= number, col(Reinstatement.id).is_(None))
        .where((col(Withdrawal.by) != WithdrawnBy.STAFF) | col(Confirmation.id).is_not(None))
        .order_by(col(Withdrawal.id))
    )
    return rows.first()


def taken_back() -> ColumnElement[bool]:
    """In a query over revisions: its author has withdrawn it, so that it cannot be public."""
    reach = (col(Withdrawal.piece_id) == col(Revision.piece_id)) & (col(Withdrawal.upto) >= col(Revision.number))
    return exists().where(reach, col(Withdrawal.by) == WithdrawnBy.AUTHOR)


def is_taken_back(db: Session, revision: Revision) -> bool:
    """Whether its author has withdrawn a revision."""
    return db.exec(select(Revision.id).where(Revision.id == revision.id, taken_back())).first() is not None


def is_erased(db: Session, revision: Revision) -> bool:
    """Whether the bytes of a revision were emptied."""
    return db.get_one(Blob, revision.text_blob_id).data is None


def newest_number(db: Session, piece_id: int) -> int:
    """The number of a piece's newest revision; 0 where there is none."""
    return db.exec(select(func.max(Revision.number)).where(Revision.piece_id == piece_id)).one() or 0


def public_number(db: Session, piece_id: int) -> int:
    """The number of a piece's newest revision that is or was public; 0 where there is none."""
    numbers = select(func.max(Revision.number)).join(Publication, col(Publication.revision_id) == Revision.id)
    return db.exec(numbers.where(Revision.piece_id == piece_id)).one() or 0


def vetoed() -> SelectOfScalar[int]:
    """The revisions under a veto that stands: one that was overturned on appeal does not."""
    overturned = select(Appeal.revision_id).join(Ruling).where(col(Ruling.overturned))
    return select(Veto.revision_id).where(col(Veto.revision_id).not_in(overturned))


def veto_of(db: Session, revision_id: int) -> Veto | None:
    """The veto that stands on a revision, if any."""
    return db.exec(select(Veto).where(Veto.revision_id == revision_id, col(Veto.revision_id).in_(vetoed()))).first()


def is_overturned(db: Session, revision_id: int) -> bool:
    """Whether the veto of a revision was overturned on appeal: it counts no more, and none is taken again."""
    rulings = select(Ruling.id).join(Appeal).where(Appeal.revision_id == revision_id, col(Ruling.overturned))
    return db.exec(rulings).first() is not None


def reviews_of(db: Session, revision_id: int) -> Sequence[Review]:
    """The reviews of a revision that count, in the order in which they were given: all but those taken or sent back."""
    counts = select(Review).where(Review.revision_id == revision_id, ~undone())
    return db.exec(counts.order_by(col(Review.id))).all()


def undone() -> ColumnElement[bool]:
    """In a query over reviews: its reviewer took it back, or another one sent it back."""
    return exists().where(col(Undo.review_id) == col(Review.id))


def stale() -> ColumnElement[bool]:
    """In a query over flags: what a check found binds nobody any more, because it has looked at that revision again
    since, or runs in shadow now. A look that failed, or ran in shadow, takes nothing back."""
    later = aliased(CheckRun)
    again = exists().where(
        col(later.revision_id) == col(Flag.revision_id),
        col(later.check) == col(Flag.check),
        col(later.id) > col(Flag.run_id),
        col(later.fault) == "",
        ~col(later.shadow),
    )
    return again | col(Flag.check).in_(select(Shadowed.check))


def seen() -> ColumnElement[bool]:
    """In a query over runs: of a check that staff are shown, and not run in shadow. What rests is as if unseen."""
    return ~col(CheckRun.shadow) & col(CheckRun.check).not_in(select(Shadowed.check))


def runs_of(db: Session, ids: Collection[int]) -> dict[int, list[CheckRun]]:
    """Of each of these revisions, the latest run of each check by name, but for those in shadow."""
    rows = select(CheckRun).where(col(CheckRun.revision_id).in_(ids), seen())
    latest: dict[int, dict[str, CheckRun]] = {each: {} for each in ids}
    for run in db.exec(rows.order_by(col(CheckRun.id))):
        latest[run.revision_id][run.check] = run
    return {each: sorted(runs.values(), key=lambda run: run.check) for each, runs in latest.items()}


def handed_in(db: Session, session_id: int) -> list[Submission]:
    """What was handed in in a session and not taken back in it, in order."""
    said = select(Request).where(col(Request.turn_id).in_(select(Turn.id).where(Turn.session_id == session_id)))
    back = [(r.submission_id, r.piece_id) for r in db.exec(said) if r.submission_id is not None]
    works = db.exec(select(Submission).where(Submission.session_id == session_id).order_by(col(Submission.id)))
    return [w for w in works if not any(w.id <= upto and piece in (None, w.piece_id) for upto, piece in back)]


def author_called(db: Session, slug: str) -> Author | None:
    """The author of that name."""
    return db.exec(select(Author).where(Author.slug == slug)).first()


def transcript_sha256(db: Session, session_id: int) -> str:
    """SHA-256 (hex) over the canonical JSON list of the hashes of all turns, in order."""
    hashes = db.exec(select(Turn.sha256).where(Turn.session_id == session_id).order_by(col(Turn.number)))
    return sha256(canonical(list(hashes)))
