"""What waits for people: read by the desk and by `afterword queue`."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.record import record_of, shown_title, text_of
from agent.review.actions import reviews_of
from agent.review.bar import Decision, decide, publishes_needed
from agent.tables import (
    Author,
    CheckRun,
    Confirmation,
    Flag,
    Level,
    Piece,
    Publication,
    Reinstatement,
    Revision,
    Veto,
    Withdrawal,
    WithdrawnBy,
)


@dataclass(frozen=True)
class Waiting:
    """A revision that no final verdict has been given on. `worst` is the level of its gravest flag,
    empty where there is none; `not_checked` counts checks that could not run, or have not yet."""

    revision: int
    piece: int
    author: str
    byline: str
    kind: str
    name: str
    form: str
    words: int
    record_sha256: str
    received_at: datetime
    stands: Decision
    publishes_needed: int
    worst: str
    flags: int
    checks: int
    not_checked: int


@dataclass(frozen=True)
class WaitingWithdrawal:
    """A withdrawal that a second person has not confirmed."""

    withdrawal: int
    piece: int
    by: WithdrawnBy
    actor: str
    ground: str
    reason: str
    at: datetime


def queue(db: Session) -> list[Waiting]:
    """Every newest revision without a final verdict, oldest first."""
    newest = select(func.max(Revision.id)).group_by(col(Revision.piece_id))
    decided = select(Publication.revision_id).union(select(Veto.revision_id))
    rows = db.exec(
        select(Revision, Piece, Author)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .where(col(Revision.id).in_(newest), col(Revision.id).not_in(decided))
        .order_by(col(Revision.at), col(Revision.id))
    )
    return [row for revision, piece, author in rows if (row := _waiting(db, revision, piece, author)) is not None]


def withdrawals(db: Session) -> list[WaitingWithdrawal]:
    """Every withdrawal that waits for a second person, oldest first."""
    rows = db.exec(
        select(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .join(Reinstatement, col(Reinstatement.withdrawal_id) == Withdrawal.id, isouter=True)
        .where(col(Withdrawal.by) != WithdrawnBy.AUTHOR)
        .where(col(Confirmation.id).is_(None), col(Reinstatement.id).is_(None))
        .order_by(col(Withdrawal.id))
    )
    return [WaitingWithdrawal(w.id, w.piece_id, w.by, w.actor, w.ground, w.reason, w.at) for w in rows]


def _waiting(db: Session, revision: Revision, piece: Piece, author: Author) -> Waiting | None:
    text, record = text_of(db, revision), record_of(db, revision)
    if text is None or record is None:
        return None
    flags = db.exec(select(Flag).where(Flag.revision_id == revision.id)).all()
    runs = db.exec(select(CheckRun).where(CheckRun.revision_id == revision.id)).all()
    levels = [flag.level for flag in flags]
    return Waiting(
        revision=revision.id,
        piece=piece.id,
        author=author.slug,
        byline=author.byline,
        kind=piece.kind.value,
        name=shown_title(record.title, text),
        form=record.form.strip(),
        words=len(text.split()),
        record_sha256=revision.record_sha256,
        received_at=revision.at,
        stands=decide(reviews_of(db, revision.id), flags),
        publishes_needed=publishes_needed(flags),
        worst=next((level.value for level in (Level.STOP, Level.LOOK, Level.NOTE) if level in levels), ""),
        flags=len(flags),
        checks=len(runs),
        not_checked=sum(bool(run.fault) for run in runs),
    )
