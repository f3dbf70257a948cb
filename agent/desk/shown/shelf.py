"""What the pages of pieces show, gathered from the rows: a list in one question, however many there are, and one piece
with all that was done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy import select as row
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, select

from agent.outlet import Outlet
from agent.queries import newest_number, public_number, withdrawal_of
from agent.record import Record, record_of, shown_title, text_of
from agent.review.bar import URGENT_LASTS
from agent.review.corrections import Corrected, corrections
from agent.review.proposals import Proposed, proposals
from agent.review.withdrawals import is_down, waits
from agent.staff import having
from agent.tables import (
    Author,
    Blob,
    Confirmation,
    Correction,
    Docket,
    Erasure,
    Piece,
    Publication,
    Reinstatement,
    Revision,
    StaffRole,
    Veto,
    Withdrawal,
    WithdrawnBy,
)

ERASED = "(erased)"
OPENING = 2_000
"""So many bytes of a text are enough to name it by its first words."""


class State(StrEnum):
    """How a piece that is or was public stands, as the list of pieces can be narrowed."""

    PUBLIC = "public"
    WAITS = "a withdrawal waits"
    DOWN = "withdrawn"
    ERASED = "erased"


@dataclass(frozen=True)
class Shelved:
    """A piece that is or was public, as listed. `publication` is where a next page begins."""

    publication: int
    piece: int
    name: str
    author: str
    byline: str
    kind: str
    state: State
    notes: int
    """Corrections beside it."""
    published_at: datetime


@dataclass(frozen=True)
class Asked:
    """A withdrawal, and what came of it."""

    withdrawal: Withdrawal
    confirmed: Confirmation | None
    ended: Reinstatement | None
    reaches: bool
    """Whether it is about the text that is or was public last."""

    @property
    def waits(self) -> bool:
        """Whether a second person has still to agree."""
        by_author = self.withdrawal.by is WithdrawnBy.AUTHOR
        return self.reaches and not by_author and self.confirmed is None and self.ended is None

    @property
    def returns_at(self) -> datetime:
        """When a piece that one person took down returns, if nobody agrees."""
        return self.withdrawal.at + URGENT_LASTS


@dataclass(frozen=True)
class Held:
    """One piece. `number` is that of the revision that is or was public last, 0 where none was; `revision` its row, or
    else the newest; `path` its place on the public site."""

    piece: int
    kind: str
    name: str
    author: str
    byline: str
    revision: int
    number: int
    path: str
    published_at: datetime | None
    stands: str
    """What is to be said of one that was never public."""
    down: Withdrawal | None
    """What keeps it down now."""
    withdrawals: Sequence[Asked]
    corrections: Sequence[Corrected]
    """The notes of the staff beside it, newest first."""
    proposed: Sequence[Proposed]
    """What was proposed to be erased of it, newest first."""
    reviewers: frozenset[str]

    @property
    def is_erased(self) -> bool:
        """Whether nothing of it is left that a note could stand beside."""
        return self.name == ERASED

    @property
    def waiting(self) -> Asked | None:
        """The withdrawal that a second person has still to confirm."""
        return next((asked for asked in self.withdrawals if asked.waits), None)

    @property
    def may_agree(self) -> frozenset[str]:
        """Who could be the second person of the withdrawal that waits."""
        return self.reviewers - {self.waiting.withdrawal.actor} if self.waiting else frozenset()


def shelved(db: Session, *, author: str, state: State | None, before: int, limit: int) -> list[Shelved]:
    """The pieces that are or were public, by their newest publication, newest first, from the one before that id: of
    one author (its slug) or, where that is empty, of all; in one state or in any."""
    words, record, later = aliased(Blob), aliased(Blob), aliased(Publication)
    notes = select(func.count(col(Correction.id))).where(Correction.piece_id == Publication.piece_id)
    down, waiting = is_down(), waits()
    facts: list[Any] = [Publication.id, Publication.piece_id, Publication.at, Piece.kind, Author.slug, Author.byline]
    facts += [func.substr(words.data, 1, OPENING), record.data, down, waiting, notes.scalar_subquery()]
    rows = (
        row(*facts)
        .select_from(Publication)
        .join(Revision, col(Revision.id) == Publication.revision_id)
        .join(Piece, col(Piece.id) == Publication.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .join(words, col(words.id) == Revision.text_blob_id)
        .join(record, col(record.id) == Revision.record_blob_id)
        .where(col(Publication.id) < before)
        .where(~exists().where(col(later.piece_id) == col(Publication.piece_id), col(later.id) > col(Publication.id)))
        .where(_in(state, down, waiting))
    )
    if author:
        its = select(Author.id).where(Author.slug == author).scalar_subquery()
        # SQLite would begin with all of the author's pieces: from the newest on, fifty are found sooner.
        whose = col(Piece.author_id) + 0 if db.get_bind().dialect.name == "sqlite" else col(Piece.author_id)
        rows = rows.where(whose == its)
    found = db.exec(rows.order_by(col(Publication.id).desc()).limit(limit))  # type: ignore[call-overload]
    return [_shelved(*each) for each in found]


def _in(state: State | None, down: ColumnElement[bool], waiting: ColumnElement[bool]) -> ColumnElement[bool]:
    """What is true of the pieces in a state. What is rare is looked for where it is written down."""
    erased = col(Revision.text_blob_id).in_(select(Erasure.blob_id))
    withdrawn = col(Publication.piece_id).in_(select(Withdrawal.piece_id))
    match state:
        case State.PUBLIC:
            return ~down & ~erased
        case State.WAITS:
            return withdrawn & waiting & ~erased
        case State.DOWN:
            return withdrawn & down & ~erased
        case State.ERASED:
            return erased
    return true()


def _shelved(  # noqa: PLR0917
    publication: int,
    piece: int,
    at: datetime,
    kind: str,
    slug: str,
    byline: str,
    opening: bytes | None,
    record: bytes | None,
    down: bool,
    waiting: bool,
    notes: int,
) -> Shelved:
    state = State.DOWN if down else State.WAITS if waiting else State.PUBLIC
    name = ERASED
    if opening is not None and record is not None:
        name = shown_title(Record.model_validate_json(record).title, bytes(opening).decode(errors="ignore"))
    else:
        state = State.ERASED
    return Shelved(publication, piece, name, slug, byline, str(kind), state, notes, at)


def held(outlet: Outlet, db: Session, piece_id: int) -> Held | None:
    """One piece; None where there is none. Raises Unfaithful."""
    piece = db.get(Piece, piece_id)
    if piece is None:
        return None
    public = public_number(db, piece_id)
    number = public or newest_number(db, piece_id)
    found = db.exec(select(Revision).where(Revision.piece_id == piece_id, Revision.number == number)).first()
    if found is None:
        return None
    author = db.get_one(Author, piece.author_id)
    publication = db.exec(select(Publication).where(Publication.revision_id == found.id)).first()
    text, record = text_of(db, found), record_of(db, found)
    return Held(
        piece=piece_id,
        kind=piece.kind.value,
        name=shown_title(record.title, text) if record is not None and text is not None else ERASED,
        author=author.slug,
        byline=author.byline,
        revision=found.id,
        number=public,
        path=publication.path if publication else "",
        published_at=publication.at if publication else None,
        stands="" if publication else _stands(db, found),
        down=withdrawal_of(db, piece_id),
        withdrawals=_withdrawals(db, piece_id, public),
        corrections=corrections(db, piece_id),
        proposed=proposals(db, piece_id=piece_id),
        reviewers=frozenset(having(db, outlet.settings, StaffRole.REVIEWER)),
    )


def _stands(db: Session, revision: Revision) -> str:
    if db.get(Docket, revision.id) is not None:
        return "it is still to be decided about"
    if db.exec(select(Veto.id).where(Veto.revision_id == revision.id)).first() is not None:
        return "it is held back, two reviewers gave a veto"
    return "nothing is left to decide about it"


def _withdrawals(db: Session, piece_id: int, public: int) -> list[Asked]:
    rows = db.exec(
        select(Withdrawal, Confirmation, Reinstatement)
        .join(Confirmation, isouter=True)
        .join(Reinstatement, isouter=True)
        .where(Withdrawal.piece_id == piece_id)
        .order_by(col(Withdrawal.id))
    )
    return [Asked(w, confirmed, ended, w.upto >= public) for w, confirmed, ended in rows]
