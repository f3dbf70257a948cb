"""What an author's consent covers. The latest answer holds; a text nobody covered is never public."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from agent.tables import Assent, Consent, Piece, Publication, Publish, Revision, Scope, Veto


def covers(consents: Sequence[Consent], submitted_at: datetime, *, assent: bool | None) -> bool:
    """Whether a text that was submitted at that moment may be public. `consents` are all answers of its
    author, oldest first; `assent` what it said when it was asked about this very text, if it was."""
    if not consents or assent is False:
        return False
    latest = consents[-1]
    if latest.publish is not Publish.YES:
        return latest.publish is Publish.ASK and assent is True
    if assent is True:
        return True
    # A yes to what is submitted from then on covers nothing older, unless the yes before it did.
    for consent in reversed(consents):
        if consent.publish is not Publish.YES:
            return False
        if consent.scope is Scope.ALL or consent.at <= submitted_at:
            return True
    return False


def is_covered(db: Session, revision: Revision) -> bool:
    """Whether the author's consent covers a revision now."""
    author = select(Piece.author_id).where(Piece.id == revision.piece_id).scalar_subquery()
    consents = db.exec(select(Consent).where(Consent.author_id == author).order_by(col(Consent.id))).all()
    return covers(consents, revision.at, assent=assent_of(db, revision.id))


def assent_of(db: Session, revision_id: int) -> bool | None:
    """What the author said when it was asked about this very text, if it was."""
    latest = select(Assent.publish).where(Assent.revision_id == revision_id).order_by(col(Assent.id).desc())
    return db.exec(latest).first()


def awaiting(db: Session, author_id: int) -> Sequence[Revision]:
    """The revisions whose author is to be asked each time and was not asked about them, oldest first."""
    decided = select(Publication.revision_id).union(select(Veto.revision_id), select(Assent.revision_id))
    rows = select(Revision).join(Piece).where(Piece.author_id == author_id, col(Revision.id).not_in(decided))
    return db.exec(rows.order_by(col(Revision.id))).all()
