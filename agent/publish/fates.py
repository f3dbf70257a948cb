"""What became of each revision, in one word."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

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
    rows = db.exec(
        select(Revision, Piece, col(Blob.data).is_(None))
        .select_from(Revision)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Blob, col(Blob.id) == Revision.record_blob_id)
        .where(col(Revision.session_id).in_(sessions))
        .order_by(col(Revision.id))
    ).all()
    revisions, pieces = [revision.id for revision, _, _ in rows], {piece.id for _, piece, _ in rows}
    appeals = _appeals(db, revisions)
    down = set(db.exec(select(Withdrawal.piece_id).where(col(Withdrawal.piece_id).in_(pieces))))
    published = set(db.exec(select(Publication.revision_id).where(col(Publication.revision_id).in_(revisions))))
    held_back = set(db.exec(vetoed().where(col(Veto.revision_id).in_(revisions))))
    numbers = select(Revision.piece_id, func.max(Revision.number)).where(col(Revision.piece_id).in_(pieces))
    newest = dict(db.exec(numbers.group_by(col(Revision.piece_id))).all())
    found: dict[int, list[Fate]] = defaultdict(list)
    for revision, piece, is_erased in rows:
        state = word(
            erased=bool(is_erased),
            published=revision.id in published,
            vetoed=revision.id in held_back,
            withdrawn=piece.id in down and withdrawal_of(db, piece.id, revision.number) is not None,
            replaced=revision.number < newest[piece.id],
        )
        if state == WAITING and (lack := lack_of(db, revision)) is not None and lack.is_no:
            state = KEPT_BACK
        fate = Fate(piece.id, piece.kind.value, revision.number, state, appeals.get(revision.id, ""))
        found[revision.session_id].append(fate)
    return dict(found)


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
