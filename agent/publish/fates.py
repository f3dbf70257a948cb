"""What became of each revision, in one word."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from agent.consent import lack_of
from agent.queries import vetoed, withdrawal_of
from agent.tables import Appeal, Blob, Piece, Publication, Revision, Ruling, Veto, Withdrawal

PUBLISHED, WAITING, VETOED, KEPT_BACK = "published", "waiting for review", "vetoed", "kept back"
TAKEN_BACK, REPLACED, WITHDRAWN, ERASED = "taken back", "replaced", "withdrawn", "erased"
FIRST = (PUBLISHED, WAITING, VETOED, WITHDRAWN, KEPT_BACK, TAKEN_BACK, REPLACED, ERASED)
"""Which word stands for a session that brought several works."""


@dataclass(frozen=True)
class Fate:
    """What became of one revision. `appeal` is empty, or "appealed", "upheld" or "overturned"."""

    piece: int
    kind: str
    number: int
    state: str
    appeal: str = ""


def fates(db: Session, sessions: Collection[int]) -> dict[int, list[Fate]]:
    """The works of these sessions, by session, in their order."""
    rows = db.connection().execute(_WORKS.where(col(Revision.session_id).in_(sessions))).all()
    revisions, pieces = [row.id for row in rows], {row.piece_id for row in rows}
    appeals = _appeals(db, revisions)
    down = set(db.exec(select(Withdrawal.piece_id).where(col(Withdrawal.piece_id).in_(pieces))))
    published = set(db.exec(select(Publication.revision_id).where(col(Publication.revision_id).in_(revisions))))
    held_back = set(db.exec(vetoed().where(col(Veto.revision_id).in_(revisions))))
    numbers = select(Revision.piece_id, func.max(Revision.number)).where(col(Revision.piece_id).in_(pieces))
    newest = dict(db.exec(numbers.group_by(col(Revision.piece_id))).all())
    found: dict[int, list[Fate]] = defaultdict(list)
    for row in rows:
        state = word(
            erased=bool(row.erased),
            published=row.id in published,
            vetoed=row.id in held_back,
            withdrawn=row.piece_id in down and withdrawal_of(db, row.piece_id, row.number) is not None,
            replaced=row.number < newest[row.piece_id],
        )
        if state == WAITING and (lack := lack_of(db, db.get_one(Revision, row.id))) is not None and lack.is_no:
            state = KEPT_BACK
        fate = Fate(row.piece_id, row.kind.value, row.number, state, appeals.get(row.id, ""))
        found[row.session_id].append(fate)
    return dict(found)


_WORKS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Revision.id),
        col(Revision.piece_id),
        col(Revision.number),
        col(Revision.session_id),
        col(Piece.kind),
        col(Blob.data).is_(None).label("erased"),
    )
    .select_from(Revision)
    .join(Piece, col(Piece.id) == Revision.piece_id)
    .join(Blob, col(Blob.id) == Revision.record_blob_id)
    .order_by(col(Revision.id))
)


def word(*, erased: bool, published: bool, vetoed: bool, withdrawn: bool, replaced: bool) -> str:
    """The word for what became of a revision. Pure. A veto is never covered by what came after it."""
    if erased:
        return ERASED
    if published:
        return WITHDRAWN if withdrawn else PUBLISHED
    if vetoed:
        return VETOED
    if withdrawn:
        return TAKEN_BACK
    return REPLACED if replaced else WAITING


def _appeals(db: Session, revisions: Collection[int]) -> dict[int, str]:
    rows = db.exec(
        select(Appeal.revision_id, Ruling.overturned)
        .select_from(Appeal)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .where(col(Appeal.revision_id).in_(revisions))
    )
    words = {None: "appealed", True: "overturned", False: "upheld"}
    return {revision: words[overturned] for revision, overturned in rows}
