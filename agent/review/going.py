"""What is decided and waits for its moment, and what was decided last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, exists, false
from sqlmodel import Session, col, func, select

from agent.consent import lacks_of
from agent.outlet import Outlet
from agent.queries import own_pauses, withdrawal_of
from agent.record import record_of, shown_title, text_of
from agent.review.belonging import load_words
from agent.review.resolutions import hindrance, is_down_since
from agent.review.second import is_blind
from agent.review.standing import who_asked
from agent.review.waiting import standings
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
    why it does not though its moment may have come; `is_mine` that the verdict which decided it is the viewer's own,
    to be taken back until something comes of it."""

    revision: int
    author: str
    byline: str
    name: str
    verdict: Verdict
    due_at: datetime
    held_up: str
    is_mine: bool


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
    if not rows:
        return []
    revisions = [revision for _, revision, _, _ in rows]
    pieces = db.exec(select(Piece).where(col(Piece.id).in_({revision.piece_id for revision in revisions}))).all()
    names, pauses, asked, lacks = _names(db, revisions), own_pauses(db), who_asked(db), lacks_of(db, revisions)
    stands, touched = standings(db, [revision.id for revision in revisions]), _touched(db, revisions)
    del pieces

    def held_up(resolution: Resolution, revision: Revision, author: Author) -> str:
        return hindrance(
            resolution.verdict,
            stands[revision.id].reached,
            down=revision.piece_id in touched and is_down_since(db, revision, resolution),
            pause=pauses.get(None) or pauses.get(author.id),
            asked=author.id in asked,
            lack=lacks[revision.id],
        )

    return [
        Going(
            revision=revision.id,
            author=author.slug,
            byline=author.byline,
            name=names[revision.id],
            verdict=resolution.verdict,
            due_at=resolution.due_at,
            held_up=held_up(resolution, revision, author),
            # Nobody speaks after the verdict that decided: so that is the latest, and its reviewer's to take back.
            is_mine=by == reviewer,
        )
        for resolution, revision, author, by in rows
    ]


def decided(outlet: Outlet, db: Session, reviewer: str = "", limit: int = SHOWN) -> list[Decided]:
    """The revisions that were decided last, newest first; none that waits for a second look of this reviewer, who is
    not to know how."""
    given = {"most": limit} | ({"reviewer": reviewer} if reviewer else {})
    last = _last(outlet.settings.blind_share if reviewer else None)
    rows = [row for each in last for row in db.exec(each, params=given)]
    rows = sorted(rows, key=lambda row: row[0].at, reverse=True)[:limit]
    revisions = [revision for _, revision, _ in rows]
    names, down = _names(db, revisions), down_of(db, revisions)

    def became(row: Publication | Veto) -> str:
        if names[row.revision_id] == ERASED:
            return "erased"
        if row.revision_id in down:
            return "withdrawn"
        return "published" if isinstance(row, Publication) else "held back"

    return [Decided(row.revision_id, names[row.revision_id], byline, became(row), row.at) for row, _, byline in rows]


@cache
def _last(share: float | None) -> tuple[Any, Any]:
    """What was published and what was held back, the newest first, where such a share is looked at twice. Put together
    once: it is asked for with every page of the queue."""
    unseen = false() if share is None else is_blind(share, bindparam("reviewer"), revision=col(Revision.id))
    published = _whole(select(Publication, Revision, Author.byline), Publication).order_by(col(Publication.id).desc())
    appealed = (col(Appeal.revision_id) == col(Veto.revision_id)) & (col(Ruling.appeal_id) == col(Appeal.id))
    overturned = exists().where(appealed, col(Ruling.overturned))
    held_back = _whole(select(Veto, Revision, Author.byline), Veto).where(~overturned).order_by(col(Veto.id).desc())
    most = bindparam("most", type_=Integer)
    return published.where(~unseen).limit(most), held_back.where(~unseen).limit(most)


def _whole(rows: Any, table: type[Publication | Veto]) -> Any:
    """The same rows, each with its revision and its author's byline."""
    found = rows.select_from(table).join(Revision, col(Revision.id) == table.revision_id)
    return found.join(Piece, col(Piece.id) == Revision.piece_id).join(Author, col(Author.id) == Piece.author_id)


def down_of(db: Session, revisions: Sequence[Revision]) -> set[int]:
    """Which of these revisions a withdrawal keeps down now."""
    touched = _touched(db, revisions)
    few = [revision for revision in revisions if revision.piece_id in touched]
    return {r.id for r in few if withdrawal_of(db, r.piece_id, r.number) is not None}


def _touched(db: Session, revisions: Sequence[Revision]) -> set[int]:
    """Those of their pieces that somebody ever asked to take down."""
    pieces = {revision.piece_id for revision in revisions}
    return set(db.exec(select(Withdrawal.piece_id).where(col(Withdrawal.piece_id).in_(pieces)))) if pieces else set()


def _names(db: Session, revisions: Sequence[Revision]) -> dict[int, str]:
    kept = load_words(db, revisions)
    found = {}
    for revision in revisions:
        text, record = text_of(db, revision), record_of(db, revision)
        found[revision.id] = shown_title(record.title, text) if record and text else ERASED
    del kept
    return found
