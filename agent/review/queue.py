"""What waits for people: read by the desk and by `afterword queue`."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent.consent import lack_of
from agent.queries import is_overturned, public_number, reviews_of, taken_back, veto_of
from agent.record import Record, record_of, shown_title, text_of
from agent.review.bar import Decision, decide, publishes_needed
from agent.tables import (
    Appeal,
    Author,
    Blob,
    CheckRun,
    Confirmation,
    Docket,
    Flag,
    Kind,
    Level,
    Piece,
    Publication,
    Reinstatement,
    Revision,
    Ruling,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)


@dataclass(frozen=True)
class About:
    """A piece that another one speaks of, and which revision of it is meant."""

    piece: int
    revision: int
    name: str


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
    consent: str
    """What is missing of its author's consent before it may be public, in words; empty where it is covered."""
    overturned: bool
    """A veto of it was overturned on appeal, and none is taken any more."""
    about: About | None
    before: int | None
    """The revision that its author sent of this piece before it, if any."""
    continues: About | None = None
    """The piece that it goes on from, as its author says, with its newest revision."""

    @property
    def belongs_to(self) -> str:
        """What it is about, what it revises and what it goes on from, in words; empty where it stands for itself."""
        about = f"{under(self.kind)} piece {self.about.piece}, {self.about.name}" if self.about else ""
        revises = f"revises piece {self.piece}; the text before it is revision {self.before}" if self.before else ""
        goes_on = f"goes on from piece {self.continues.piece}, {self.continues.name}" if self.continues else ""
        return "; ".join(filter(None, [about, revises, goes_on]))


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


def queue(db: Session) -> list[Waiting]:
    """Every newest revision without a final verdict, oldest first. What its author withdrew, or said no to,
    is not there: nobody is to decide about it."""
    rows = db.exec(
        select(Revision, Piece, Author)
        .select_from(Docket)
        .join(Revision, col(Revision.id) == Docket.revision_id)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .where(col(Docket.resolution_id).is_(None))
        .order_by(col(Revision.at), col(Revision.id))
    )
    return [row for revision, piece, author in rows if (row := _waiting(db, revision, piece, author)) is not None]


def appeals(db: Session) -> list[WaitingAppeal]:
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
    )
    found = [_appeal(db, appeal, revision, author, data) for appeal, revision, author, data in rows]
    return [row for row in found if row is not None]


def _appeal(
    db: Session, appeal: Appeal, revision: Revision, author: Author, words: bytes | None
) -> WaitingAppeal | None:
    text, record, veto = text_of(db, revision), record_of(db, revision), veto_of(db, revision.id)
    if text is None or record is None or words is None or veto is None:
        return None  # It was erased.
    if (lack := lack_of(db, revision)) is not None and lack.is_no:
        return None
    reviews = reviews_of(db, revision.id)
    return WaitingAppeal(
        appeal=appeal.id,
        revision=revision.id,
        piece=revision.piece_id,
        author=author.slug,
        byline=author.byline,
        name=shown_title(record.title, text),
        ground=veto.ground,
        vetoed_by=", ".join(dict.fromkeys(r.reviewer for r in reviews if r.verdict is Verdict.VETO)),
        why=words.decode(),
        at=appeal.at,
    )


def under(kind: str) -> str:
    """How a work of a kind belongs to the piece it is about."""
    return "an afterword under" if kind == Kind.POSTSCRIPT else "a statement about the veto of"


def about_of(db: Session, piece: Piece) -> About | None:
    """What an afterword or a statement is about: an afterword stands under what is public, a statement answers a
    veto. None for any other piece."""
    if piece.about_id is None:
        return None
    revisions = select(Revision).where(Revision.piece_id == piece.about_id).order_by(col(Revision.number).desc())
    decided = select(Publication.revision_id) if piece.kind is Kind.POSTSCRIPT else select(Veto.revision_id)
    meant = db.exec(revisions.where(col(Revision.id).in_(decided))).first() or db.exec(revisions).first()
    if meant is None:
        return None
    return _about(db, meant)


def continued_by(db: Session, record: Record | None) -> About | None:
    """The piece that another goes on from, as its record says."""
    if record is None or record.continues is None:
        return None
    revisions = select(Revision).where(Revision.piece_id == record.continues).order_by(col(Revision.number).desc())
    newest = db.exec(revisions).first()
    return None if newest is None else _about(db, newest)


def _about(db: Session, meant: Revision) -> About:
    text, record = text_of(db, meant), record_of(db, meant)
    return About(meant.piece_id, meant.id, shown_title(record.title, text) if record and text else "(erased)")


def before_of(db: Session, revision: Revision) -> int | None:
    """The revision that its author sent of the same piece before this one."""
    earlier = select(Revision.id).where(Revision.piece_id == revision.piece_id, Revision.number < revision.number)
    return db.exec(earlier.order_by(col(Revision.number).desc())).first()


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
    return [WaitingWithdrawal(w.id, w.piece_id, w.by, w.actor, w.ground, w.reason, w.at) for w in reach]


def _waiting(db: Session, revision: Revision, piece: Piece, author: Author) -> Waiting | None:
    text, record, lack = text_of(db, revision), record_of(db, revision), lack_of(db, revision)
    if text is None or record is None or (lack is not None and lack.is_no):
        return None
    overturned = is_overturned(db, revision.id)
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
        stands=decide(reviews_of(db, revision.id), flags, overturned=overturned),
        publishes_needed=publishes_needed(flags),
        worst=next((level.value for level in (Level.STOP, Level.LOOK, Level.NOTE) if level in levels), ""),
        flags=len(flags),
        checks=len(runs),
        not_checked=sum(bool(run.fault) for run in runs),
        consent=lack.value if lack is not None else "",
        overturned=overturned,
        about=about_of(db, piece),
        before=before_of(db, revision),
        continues=continued_by(db, record),
    )
