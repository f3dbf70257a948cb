"""What is decided and waits for its moment, and what was decided last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from agent.outlet import Outlet
from agent.queries import withdrawal_of
from agent.record import record_of, shown_title, text_of
from agent.review.belonging import load_words
from agent.review.resolutions import held_up, undo_until, undoable
from agent.tables import (
    Appeal,
    Author,
    Docket,
    Piece,
    Publication,
    Resolution,
    Review,
    Revision,
    Ruling,
    Verdict,
    Veto,
    Withdrawal,
)

SHOWN = 8
"""So many are shown of each, at most: a page says how many more there are."""
ERASED = "(erased)"


@dataclass(frozen=True)
class Going:
    """A revision that goes out, or is held back, at `due_at`, unless it is taken back before. `held_up` says in words
    why it does not though its moment may have come; `undo_until` is when the viewer's own verdict stays, if it is
    theirs to take back."""

    revision: int
    author: str
    byline: str
    name: str
    verdict: Verdict
    due_at: datetime
    held_up: str
    undo_until: datetime | None


@dataclass(frozen=True)
class Decided:
    """A revision on which a final verdict was given."""

    revision: int
    name: str
    byline: str
    became: str
    at: datetime


def how_many(db: Session) -> int:
    """How many wait for their moment."""
    return db.exec(select(func.count(col(Docket.resolution_id))).where(col(Docket.resolution_id).is_not(None))).one()


def going(outlet: Outlet, db: Session, reviewer: str = "", limit: int | None = SHOWN) -> list[Going]:
    """What waits for its moment, the next first: when, held up by what, and whether this reviewer may take it back."""
    rows = db.exec(
        select(Resolution, Revision, Author, Review.reviewer)
        .select_from(Docket)
        .join(Resolution, col(Resolution.id) == Docket.resolution_id)
        .join(Revision, col(Revision.id) == Docket.revision_id)
        .join(Author, col(Author.id) == Docket.author_id)
        .join(Review, col(Review.id) == Resolution.review_id)
        .where(col(Docket.resolution_id).is_not(None))
        .order_by(col(Resolution.due_at), col(Resolution.id))
        .limit(limit)
    ).all()
    names = _names(db, [revision for _, revision, _, _ in rows]) if rows else {}
    return [
        Going(
            revision=revision.id,
            author=author.slug,
            byline=author.byline,
            name=names[revision.id],
            verdict=resolution.verdict,
            due_at=resolution.due_at,
            held_up=held_up(outlet, db, resolution),
            undo_until=_undo_until(outlet, db, revision.id, reviewer) if by == reviewer else None,
        )
        for resolution, revision, author, by in rows
    ]


def _undo_until(outlet: Outlet, db: Session, revision_id: int, reviewer: str) -> datetime | None:
    review = undoable(outlet, db, revision_id, reviewer)
    return undo_until(outlet, db, review) if review is not None else None


def decided(db: Session, limit: int = SHOWN) -> list[Decided]:
    """The revisions that were decided last, newest first."""
    published = _whole(select(Publication, Revision, Author.byline), Publication).order_by(col(Publication.id).desc())
    appealed = (col(Appeal.revision_id) == col(Veto.revision_id)) & (col(Ruling.appeal_id) == col(Appeal.id))
    overturned = exists().where(appealed, col(Ruling.overturned))
    held_back = _whole(select(Veto, Revision, Author.byline), Veto).where(~overturned).order_by(col(Veto.id).desc())
    rows = [*db.exec(published.limit(limit)), *db.exec(held_back.limit(limit))]
    rows = sorted(rows, key=lambda row: row[0].at, reverse=True)[:limit]
    revisions = [revision for _, revision, _ in rows]
    names, down = _names(db, revisions), down_of(db, revisions)

    def became(row: Publication | Veto) -> str:
        if names[row.revision_id] == ERASED:
            return "erased"
        if row.revision_id in down:
            return "withdrawn"
        return "published" if isinstance(row, Publication) else "vetoed by two"

    return [Decided(row.revision_id, names[row.revision_id], byline, became(row), row.at) for row, _, byline in rows]


def _whole(rows: Any, table: type[Publication | Veto]) -> Any:
    """The same rows, each with its revision and its author's byline."""
    found = rows.select_from(table).join(Revision, col(Revision.id) == table.revision_id)
    return found.join(Piece, col(Piece.id) == Revision.piece_id).join(Author, col(Author.id) == Piece.author_id)


def down_of(db: Session, revisions: Sequence[Revision]) -> set[int]:
    """Which of these revisions a withdrawal keeps down now."""
    pieces = {revision.piece_id for revision in revisions}
    touched = set(db.exec(select(Withdrawal.piece_id).where(col(Withdrawal.piece_id).in_(pieces)))) if pieces else set()
    few = [revision for revision in revisions if revision.piece_id in touched]
    return {r.id for r in few if withdrawal_of(db, r.piece_id, r.number) is not None}


def _names(db: Session, revisions: Sequence[Revision]) -> dict[int, str]:
    kept = load_words(db, revisions)
    found = {}
    for revision in revisions:
        text, record = text_of(db, revision), record_of(db, revision)
        found[revision.id] = shown_title(record.title, text) if record and text else ERASED
    del kept
    return found
