"""What the rows say of a busy minute: whether each verdict that was taken is there, once, and nothing else is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.review.bar import Decision
from agent.review.waiting import Standing, standings
from agent.tables import Docket, Publication, Resolution, Review, Revision, Undo, Verdict, Veto
from tests.bench.desk_people import Diary

AT_ONCE = 200


@dataclass(frozen=True)
class Proof:
    """How many verdicts were taken and are not there; are there more than once, or though they were refused; how many
    revisions are decided twice, or otherwise than their reviews say; and how many verdicts there are in all."""

    lost: int
    double: int
    untrue: int
    verdicts: int
    refused: int


def prove(outlet: Outlet, diaries: Sequence[Diary], *, since: int) -> Proof:
    """Compare what reviewers were answered with the reviews of a greater id than `since`. One whose answer never came
    may be there or not, once."""
    said = [verdict for diary in diaries for verdict in diary.verdicts]
    taken = Counter((v.reviewer, v.revision, v.record_sha256, v.verdict) for v in said if v.status == 303)
    unknown = Counter((v.reviewer, v.revision, v.record_sha256, v.verdict) for v in said if v.status == 0)
    undone = Counter((revision, diary.name) for diary in diaries for revision in diary.undone)
    with outlet.database.read() as db:
        reviews = db.exec(select(Review).where(col(Review.id) > since)).all()
        there = Counter((r.reviewer, r.revision_id, r.record_sha256, r.verdict.value) for r in reviews)
        back = select(Review.revision_id, Review.reviewer).join(Undo, col(Undo.review_id) == Review.id)
        undos = Counter(db.exec(back.where(col(Review.id) > since)).all())
        touched = sorted({review.revision_id for review in reviews})
        untrue = sum(_untrue(db, touched[at : at + AT_ONCE]) for at in range(0, len(touched), AT_ONCE))
    return Proof(
        lost=(taken - there).total() + (undone - undos).total(),
        double=(there - taken - unknown).total() + (undos - undone).total(),
        untrue=untrue,
        verdicts=taken.total(),
        refused=sum(verdict.status == 409 for verdict in said),
    )


def _untrue(db: Session, revisions: Sequence[int]) -> int:
    """How many of these are decided twice, or are not where their reviews put them."""
    public = set(db.exec(select(Publication.revision_id).where(col(Publication.revision_id).in_(revisions))))
    held_back = set(db.exec(select(Veto.revision_id).where(col(Veto.revision_id).in_(revisions))))
    rows = db.exec(select(Resolution).where(col(Resolution.revision_id).in_(revisions))).all()
    gone = set(db.exec(select(Undo.review_id)))
    met = Counter(row.revision_id for row in rows if row.review_id not in gone)
    docket = db.exec(select(Docket).where(col(Docket.revision_id).in_(revisions))).all()
    waits = {row.revision_id: row for row in docket}
    hashes = dict(db.exec(select(Revision.id, Revision.record_sha256).where(col(Revision.id).in_(revisions))).all())
    wrong = 0
    for revision, stands in standings(db, revisions).items():
        decision, row = _agreed(stands, hashes[revision]), waits.get(revision)
        is_pending = row is not None and row.resolution_id is not None
        finals = (revision in public) + (revision in held_back) + is_pending
        right = {
            Decision.PUBLISHED: revision in public or is_pending,
            Decision.VETOED: revision in held_back or is_pending,
        }.get(decision, finals == 0 and row is not None)
        counted = row is None or row.reviews == len(stands.reviews)
        wrong += not (right and finals <= 1 and met[revision] == finals and counted)
    return wrong


def _agreed(stands: Standing, record_sha256: str) -> Decision | None:
    """Where a revision stands; None where a verdict was given on other bytes."""
    same = all(review.record_sha256 == record_sha256 for review in stands.reviews)
    kinds = {review.verdict for review in stands.reviews} <= set(Verdict)
    return stands.reached if same and kinds else None
