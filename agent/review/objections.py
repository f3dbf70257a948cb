"""What waits besides drafts: appeals that nobody ruled on, withdrawals that a second person has not confirmed."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent.consent import lacks_of
from agent.queries import newest_number, public_number, taken_back, vetoed
from agent.record import record_of, shown_title, text_of
from agent.review.belonging import load_words
from agent.review.waiting import standings
from agent.tables import (
    Appeal,
    Author,
    Blob,
    Confirmation,
    Piece,
    Reinstatement,
    Revision,
    Ruling,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)


@dataclass(frozen=True)
class WaitingWithdrawal:
    """A withdrawal that a second person has not confirmed. `name` is what the piece goes by."""

    withdrawal: int
    piece: int
    name: str
    byline: str
    by: WithdrawnBy
    actor: str
    ground: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class WaitingAppeal:
    """An appeal that nobody has ruled on: `ground` is the veto's, `why` the author's words."""

    appeal: int
    revision: int
    piece: int
    author: str
    byline: str
    name: str
    ground: str
    vetoed_by: str
    """The names of those who gave a veto, and so cannot rule."""
    why: str
    at: datetime


def appeals(db: Session, limit: int | None = None) -> list[WaitingAppeal]:
    """Every appeal that waits for someone who did not veto, oldest first; not about what its author withdrew, or
    said no to, since."""
    rows = db.exec(
        select(Appeal, Revision, Author, Blob.data)
        .select_from(Appeal)
        .join(Blob, col(Blob.id) == Appeal.blob_id)
        .join(Revision, col(Revision.id) == Appeal.revision_id)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .where(col(Appeal.id).not_in(select(Ruling.appeal_id)), ~taken_back())
        .order_by(col(Appeal.id))
        .limit(limit)
    ).all()
    if not rows:
        return []
    revisions = [revision for _, revision, _, _ in rows]
    ids = [revision.id for revision in revisions]
    standing = select(Veto.revision_id, Veto.ground).where(
        col(Veto.revision_id).in_(ids), col(Veto.revision_id).in_(vetoed())
    )
    pieces = db.exec(select(Piece).where(col(Piece.id).in_({r.piece_id for r in revisions}))).all()
    kept, grounds, said = load_words(db, revisions), dict(db.exec(standing).all()), standings(db, ids)
    lacks = lacks_of(db, revisions)
    found = []
    for appeal, revision, author, words in rows:
        text, record, lack = text_of(db, revision), record_of(db, revision), lacks[revision.id]
        if text is None or record is None or words is None or revision.id not in grounds:
            continue  # It was erased.
        if lack is not None and lack.is_no:
            continue
        by = [review.reviewer for review in said[revision.id].reviews if review.verdict is Verdict.VETO]
        found.append(
            WaitingAppeal(
                appeal=appeal.id,
                revision=revision.id,
                piece=revision.piece_id,
                author=author.slug,
                byline=author.byline,
                name=shown_title(record.title, text),
                ground=grounds[revision.id],
                vetoed_by=", ".join(dict.fromkeys(by)),
                why=words.decode(),
                at=appeal.at,
            )
        )
    del kept, pieces
    return found


def withdrawals(db: Session) -> list[WaitingWithdrawal]:
    """Every withdrawal that waits for a second person and reaches what is public, oldest first."""
    rows = db.exec(
        select(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .join(Reinstatement, col(Reinstatement.withdrawal_id) == Withdrawal.id, isouter=True)
        .where(col(Withdrawal.by) != WithdrawnBy.AUTHOR)
        .where(col(Confirmation.id).is_(None), col(Reinstatement.id).is_(None))
        .order_by(col(Withdrawal.id))
    )
    reach = [w for w in rows.all() if w.upto >= public_number(db, w.piece_id)]
    return [
        WaitingWithdrawal(w.id, w.piece_id, *_named(db, w.piece_id), w.by, w.actor, w.ground, w.reason, w.at)
        for w in reach
    ]


def _named(db: Session, piece_id: int) -> tuple[str, str]:
    """What the text of a piece goes by that is or was public last, and its author."""
    number = public_number(db, piece_id) or newest_number(db, piece_id)
    rows = select(Revision, Author.byline).join(Piece, col(Piece.id) == Revision.piece_id)
    rows = rows.join(Author, col(Author.id) == Piece.author_id)
    revision, byline = db.exec(rows.where(Revision.piece_id == piece_id, Revision.number == number)).one()
    text, record = text_of(db, revision), record_of(db, revision)
    return (shown_title(record.title, text) if record is not None and text is not None else "(erased)"), byline
