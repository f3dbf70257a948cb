"""The outlet in figures, read from rows, for whoever watches it. No word of an author's and no reviewer's name is here:
what tells them apart are words of ours, names of settings and the names that afterword.toml gives authors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from agent.notices import notices
from agent.notices.sending import GIVEN_UP, way_of
from agent.notices.waiting import Pile, waiting
from agent.outlet import Outlet
from agent.queries import undone, vetoed
from agent.review.queue import waits_for_people
from agent.tables import (
    Author,
    Confirmation,
    Docket,
    Edition,
    Notification,
    Publication,
    Reinstatement,
    Review,
    Revision,
    Tally,
    Verdict,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)


@dataclass(frozen=True)
class Spent:
    """What the calls of one author may have cost and used since they are counted: millionths of a dollar, tokens."""

    author: str
    cost: int
    tokens: int


@dataclass(frozen=True)
class Figures:
    """How much there is of everything, at one moment."""

    queue: int
    oldest: datetime | None
    piles: list[Pile]
    pieces: dict[str, int]
    verdicts: dict[str, int]
    taken_back: int
    sittings: dict[str, int]
    spent: list[Spent]
    notices: dict[bool, int]
    """By whether they wait for somebody."""
    unsent: dict[str, int]
    """Messages to staff that did not go out yet, by the way they go."""
    edition_at: datetime | None


def figures(outlet: Outlet, db: Session) -> Figures:
    """Count."""
    waits = select(func.count(), func.min(Docket.at)).where(*waits_for_people(db))
    queue, oldest = db.exec(waits).one()
    told = notices(outlet, db)
    edition = db.exec(select(func.max(Edition.id))).one()
    return Figures(
        queue=queue,
        oldest=oldest,
        piles=waiting(outlet, db).piles(),
        pieces=_pieces(db, queue),
        verdicts=_by(db, col(Review.verdict), {verdict.value: 0 for verdict in Verdict}),
        taken_back=db.exec(select(func.count()).select_from(Review).where(undone())).one(),
        sittings=_by(db, col(WritingSession.outcome), {}),
        spent=_spent(db),
        notices={waits: sum(notice.waits is waits for notice in told) for waits in (True, False)},
        unsent=_unsent(outlet, db),
        edition_at=db.get_one(Edition, edition).at if edition else None,
    )


def _pieces(db: Session, queue: int) -> dict[str, int]:
    """How many pieces stand where. One with an earlier text in public and a newer one in the queue counts twice."""
    decided = db.exec(select(func.count(col(Docket.resolution_id)))).one()
    public = db.exec(select(func.count(func.distinct(Publication.piece_id)))).one()
    down = db.exec(select(func.count(func.distinct(Withdrawal.piece_id))).where(*_is_down())).one()
    newer = _newer()
    held = select(func.count()).select_from(Revision).where(col(Revision.id).in_(vetoed()), ~newer)
    return {
        "waiting": queue,
        "decided": decided,
        "public": public - down,
        "withdrawn": down,
        "vetoed": db.exec(held).one(),
    }


def _newer() -> ColumnElement[bool]:
    """In a query over revisions: there is a newer one."""
    other = aliased(Revision)
    return exists().where(col(other.piece_id) == Revision.piece_id, col(other.number) > Revision.number)


def _is_down() -> list[Any]:
    """In a query over withdrawals: it keeps a public piece down. See queries.withdrawal_of."""
    confirmed = exists().where(col(Confirmation.withdrawal_id) == Withdrawal.id)
    ended = exists().where(col(Reinstatement.withdrawal_id) == Withdrawal.id)
    newest = (
        select(func.max(Revision.number))
        .join(Publication, col(Publication.revision_id) == Revision.id)
        .where(Revision.piece_id == Withdrawal.piece_id)
        .correlate(Withdrawal)
        .scalar_subquery()
    )
    return [~ended, or_(col(Withdrawal.by) != WithdrawnBy.STAFF, confirmed), col(Withdrawal.upto) >= newest]


def _by(db: Session, word: Any, found: dict[str, int]) -> dict[str, int]:
    """How many rows have which word; "open" where they have none."""
    rows = db.exec(select(word, func.count()).group_by(word))
    return found | {str(said.value) if said is not None else "open": count for said, count in rows}


def _spent(db: Session) -> list[Spent]:
    sums = select(Author.slug, func.sum(Tally.cost), func.sum(Tally.tokens)).join(
        Tally, col(Tally.author_id) == Author.id
    )
    return [Spent(slug, int(cost), int(tokens)) for slug, cost, tokens in db.exec(sums.group_by(Author.slug))]


def _unsent(outlet: Outlet, db: Session) -> dict[str, int]:
    found = {channel.name: 0 for channel in outlet.channels}
    rows = select(Notification.channel, func.count()).where(
        col(Notification.sent_at).is_(None), col(Notification.at) > outlet.now() - GIVEN_UP
    )
    for channel, count in db.exec(rows.group_by(Notification.channel)):
        found[way_of(channel)] = found.get(way_of(channel), 0) + count
    return found
