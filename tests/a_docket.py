"""What is open at the desk, told the slow way: from all rows, without the docket that triggers keep."""

from typing import NamedTuple

from sqlmodel import Session, col, select

from agent.tables import (
    Appeal,
    Blob,
    CheckRun,
    Docket,
    Flag,
    Invitation,
    Level,
    OpenSlot,
    Publication,
    Resolution,
    Review,
    Revision,
    Ruling,
    Shadowed,
    Slot,
    Undo,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)

GRAVITY = {Level.NOTE: 1, Level.LOOK: 2, Level.STOP: 3}


class Row(NamedTuple):
    """What the docket says of a revision."""

    revision: int
    piece: int
    resolution: int | None
    worst: int
    reviews: int


def kept(db: Session) -> list[Row]:
    """What the triggers made of it."""
    return sorted(
        Row(row.revision_id, row.piece_id, row.resolution_id, row.worst, row.reviews) for row in db.exec(select(Docket))
    )


def told_slowly(db: Session) -> list[Row]:
    """What it should be."""
    revisions = db.exec(select(Revision)).all()
    newest = {
        piece: max(r.number for r in revisions if r.piece_id == piece) for piece in {r.piece_id for r in revisions}
    }
    emptied = {blob.id for blob in db.exec(select(Blob)) if blob.data is None}
    published = {row.revision_id for row in db.exec(select(Publication))}
    overturned = {ruling.appeal_id for ruling in db.exec(select(Ruling)) if ruling.overturned}
    let_go = {appeal.revision_id for appeal in db.exec(select(Appeal)) if appeal.id in overturned}
    vetoed = {veto.revision_id for veto in db.exec(select(Veto))}
    back = {(w.piece_id, w.upto) for w in db.exec(select(Withdrawal)) if w.by is WithdrawnBy.AUTHOR}
    undone = {undo.review_id for undo in db.exec(select(Undo))}
    reviews = [review for review in db.exec(select(Review).order_by(col(Review.id))) if review.id not in undone]
    met = [r for r in db.exec(select(Resolution)) if r.review_id not in undone]
    runs = {run.id: run for run in db.exec(select(CheckRun))}
    flags = db.exec(select(Flag)).all()
    unseen = set(db.exec(select(Shadowed.check)))

    def counts(flag: Flag) -> bool:
        """Whether its check has neither looked again nor gone into the shadow since."""
        return flag.check not in unseen and not any(
            (run.revision_id, run.check, run.fault, run.shadow) == (flag.revision_id, flag.check, "", False)
            for run in runs.values()
            if run.id > flag.run_id
        )

    def was_stopped(met: Resolution) -> bool:
        """Whether a flag came that said stop after only one reviewer had said publish."""
        said = {
            r.reviewer: r.verdict for r in reviews if r.revision_id == met.revision_id and r.id <= met.review_id
        }.values()
        return list(said).count(Verdict.PUBLISH) < 2 and any(
            flag.level is Level.STOP and flag.revision_id == met.revision_id and runs[flag.run_id].at > met.at
            for flag in flags
        )

    return sorted(
        Row(
            revision.id,
            revision.piece_id,
            max(
                (
                    r.id
                    for r in met
                    if r.revision_id == revision.id
                    and r.revision_id not in (vetoed if r.verdict is Verdict.VETO else published)
                    and not (r.verdict is Verdict.PUBLISH and was_stopped(r))
                ),
                default=None,
            ),
            max((GRAVITY[flag.level] for flag in flags if flag.revision_id == revision.id and counts(flag)), default=0),
            sum(review.revision_id == revision.id for review in reviews),
        )
        for revision in revisions
        if revision.number == newest[revision.piece_id]
        and not {revision.text_blob_id, revision.record_blob_id} & emptied
        and revision.id not in published
        and not (revision.id in vetoed and revision.id not in let_go)
        and not any(piece == revision.piece_id and upto >= revision.number for piece, upto in back)
    )


def slots_kept(db: Session) -> list[int]:
    """The slots whose sitting is not over, as the triggers know them."""
    return sorted(db.exec(select(OpenSlot.slot_id)))


def slots_told_slowly(db: Session) -> list[int]:
    """What they should be."""
    slot_of = {invitation.id: invitation.slot_id for invitation in db.exec(select(Invitation))}
    over = {slot_of[s.invitation_id] for s in db.exec(select(WritingSession)) if s.outcome is not None}
    return sorted(set(db.exec(select(Slot.id))) - over)
