"""Small questions to the rows that more than one verb asks. They read and decide nothing."""

from sqlmodel import Session, col, select

from agent.record import canonical, sha256
from agent.tables import (
    Author,
    Confirmation,
    Consent,
    Pause,
    Reinstatement,
    Turn,
    Withdrawal,
    WithdrawnBy,
)


def pause_of(db: Session, author_id: int) -> Pause | None:
    """The pause that holds for an author now: everyone's, or its own."""
    for whom in (col(Pause.author_id).is_(None), col(Pause.author_id) == author_id):
        latest = db.exec(select(Pause).where(whom).order_by(col(Pause.id).desc())).first()
        if latest is not None and latest.paused:
            return latest
    return None


def last_change_of(db: Session, author_id: int) -> Pause | None:
    """The latest pause or resumption that concerns an author."""
    whom = col(Pause.author_id).is_(None) | (col(Pause.author_id) == author_id)
    return db.exec(select(Pause).where(whom).order_by(col(Pause.id).desc())).first()


def consent_of(db: Session, author_id: int) -> Consent | None:
    """The consent that holds: an author's latest."""
    return db.exec(select(Consent).where(Consent.author_id == author_id).order_by(col(Consent.id).desc())).first()


def withdrawal_of(db: Session, piece_id: int) -> Withdrawal | None:
    """The withdrawal that keeps a piece down now, if any: its author's, one that two people stand
    behind, or an urgent one that has not ended."""
    rows = db.exec(
        select(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .join(Reinstatement, col(Reinstatement.withdrawal_id) == Withdrawal.id, isouter=True)
        .where(Withdrawal.piece_id == piece_id, col(Reinstatement.id).is_(None))
        .where((col(Withdrawal.by) != WithdrawnBy.STAFF) | col(Confirmation.id).is_not(None))
        .order_by(col(Withdrawal.id))
    )
    return rows.first()


def author_called(db: Session, slug: str) -> Author | None:
    """The author of that name."""
    return db.exec(select(Author).where(Author.slug == slug)).first()


def transcript_sha256(db: Session, session_id: int) -> str:
    """SHA-256 (hex) over the canonical JSON list of the hashes of all turns, in order."""
    hashes = db.exec(select(Turn.sha256).where(Turn.session_id == session_id).order_by(col(Turn.number)))
    return sha256(canonical(list(hashes)))
