"""What happened, as the public may know it: the events that the rows tell of and the ledger does not hold yet.

Nothing private is in them: no text, no title, no name of a reviewer, no reason. Nor is what was decided and waits for
its moment: the verdict that decided it is told when that took effect, or was taken back. Nor is the ground of a veto
that nobody else has decided about, since whoever decides is to know it only afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, String, cast, exists, literal
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from agent.publish.provenance import COMMITTED, commit, context_of, transcript_commitment
from agent.queries import undone
from agent.tables import (
    Appeal,
    Author,
    Blob,
    Confirmation,
    ContextBlock,
    Correction,
    Docket,
    Erasure,
    Invitation,
    LedgerEntry,
    Piece,
    Publication,
    Purpose,
    Reinstatement,
    Resolution,
    Review,
    Revision,
    Role,
    Ruling,
    Slot,
    Submission,
    Turn,
    Undo,
    Veto,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)
from agent.tables.review import DEMO_REVIEWER


@dataclass(frozen=True)
class Event:
    """Something that happened, as the public may know it. `order` settles ties of the same moment."""

    at: datetime
    order: int
    word: str
    number: int
    data: dict[str, Any]

    @property
    def key(self) -> str:
        """Its one name in the chain."""
        return f"{self.word}:{self.number}"


def events(db: Session) -> Iterator[Event]:
    """Every event that no line holds yet, in no order. The newest are looked for first, and no more than there are."""
    told = {
        "invited": _invited,
        "outcome": _outcomes,
        "verdict": _verdicts,
        "undone": _undone,
        "appealed": _appealed,
        "ruled": _ruled,
        "published": _published,
        "withdrawn": _withdrawn,
        "returned": _returned,
        "corrected": _corrected,
        "erased": _erased,
    }
    for word, number in missing(db).items():
        yield from told[word](db, number)


def missing(db: Session) -> dict[str, int]:
    """How many events of each kind no line holds yet; empty where the ledger holds every one. To count takes a
    moment where it would take long to look for each."""
    row = db.connection().execute(_COUNTED).one()
    found = {word: row[2 * at] - row[2 * at + 1] for at, word in enumerate(_TOLD)}
    return {word: number for word, number in found.items() if number}


_TOLD: dict[str, Any] = {
    "invited": select(func.count()).select_from(Invitation),
    "outcome": select(func.count()).where(col(WritingSession.outcome).is_not(None)),
    "verdict": select(
        select(func.count()).select_from(Review).scalar_subquery()
        # Each resolution that waits stands for the one verdict that made it.
        - select(func.count(col(Docket.resolution_id))).scalar_subquery()
    ),
    "undone": select(func.count()).select_from(Undo),
    "appealed": select(func.count()).select_from(Appeal),
    "ruled": select(func.count()).select_from(Ruling),
    "published": select(func.count()).select_from(Publication),
    "withdrawn": select(func.count())
    .select_from(Withdrawal)
    .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
    .where((col(Withdrawal.by) != WithdrawnBy.STAFF) | col(Confirmation.id).is_not(None)),
    "returned": select(func.count()).select_from(Reinstatement),
    "corrected": select(func.count()).select_from(Correction),
    "erased": select(func.count()).select_from(Erasure),
}
"""How often each word is to be told."""
_COUNTED = sa.select(
    *(
        count.scalar_subquery()
        for word, rows in _TOLD.items()
        for count in (
            rows,
            select(func.count()).where(col(LedgerEntry.event) >= f"{word}:", col(LedgerEntry.event) < f"{word};"),
        )
    )
)


def _unheld(word: str, number: Any) -> ColumnElement[bool]:
    """The condition that no line of the chain is called `word:number` yet."""
    held = select(LedgerEntry.sequence).where(LedgerEntry.event == literal(f"{word}:") + cast(number, String))
    return ~held.exists()


def _invited(db: Session, most: int) -> Iterator[Event]:
    rows = db.exec(
        select(Invitation, Author.slug, Slot)
        .select_from(Invitation)
        .join(Author, col(Author.id) == Invitation.author_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(_unheld("invited", Invitation.id))
        .order_by(col(Invitation.id).desc())
        .limit(most)
    )
    for invitation, author, slot in rows:
        # What the author is stands with the invitation, as it was on that day.
        data = {
            "invitation": invitation.id,
            "author": author,
            "model_id": invitation.model_id,
            "stand_in": invitation.stand_in,
            "slot": slot.name,
            "prompt": invitation.prompt,
            "prompts": invitation.prompts,
            "arm": invitation.arm,
            "seed": invitation.seed,
            "words_sha256": invitation.words_sha256,
            "context": [source.public for source in context_of(db, invitation.id)],
        }
        if slot.purpose is not Purpose.WRITING:
            data["purpose"] = slot.purpose
        if slot.prompt is not None:
            # It was not chosen by chance: an operator named it.
            data["named"] = True
        yield Event(invitation.at, 0, "invited", invitation.id, data)


def _outcomes(db: Session, most: int) -> Iterator[Event]:
    ended = select(WritingSession).where(
        col(WritingSession.outcome).is_not(None), _unheld("outcome", WritingSession.invitation_id)
    )
    for session in db.exec(ended.order_by(col(WritingSession.id).desc()).limit(most)):
        turns = db.exec(
            select(Turn).where(Turn.session_id == session.id, Turn.role == Role.AUTHOR).order_by(col(Turn.number))
        ).all()
        works = db.exec(select(Revision).where(Revision.session_id == session.id).order_by(col(Revision.id))).all()
        if works:
            promises = [commit(db, work.record_blob_id, work.record_sha256) for work in works]
        else:
            # To the transcript, so that nothing can be added to it later.
            promises = [transcript_commitment(db, session.id)] if turns else []
        data = {
            "invitation": session.invitation_id,
            "outcome": session.outcome,
            "answers": len(turns),
            "returned_model_id": turns[-1].model_id if turns else None,
            "input_tokens": sum(turn.input_tokens for turn in turns),
            "output_tokens": sum(turn.output_tokens for turn in turns),
            "works": len(works),
            "commitments": promises,
        }
        yield Event(session.ended_at or session.began_at, 1, "outcome", session.invitation_id, data)


def _work(db: Session, revision: Revision) -> dict[str, Any]:
    """Which work of which invitation a revision is."""
    invitation = db.exec(select(WritingSession.invitation_id).where(WritingSession.id == revision.session_id)).one()
    before = select(func.count()).where(Revision.session_id == revision.session_id, col(Revision.id) <= revision.id)
    return {"invitation": invitation, "work": db.exec(before).one()}


def waits() -> ColumnElement[bool]:
    """In a query over reviews: what it decided waits for its moment, and nothing public tells of it yet."""
    standing = col(Docket.resolution_id) == col(Resolution.id)
    return exists().where(col(Resolution.review_id) == col(Review.id), standing)


def settled() -> ColumnElement[bool]:
    """In a query over reviews: a veto or a publication came of the text, or nothing of its piece is left to decide.
    Until then whoever is to decide must not know on what ground and why somebody held it back."""
    read = aliased(Revision)
    of_its_piece = (col(Docket.piece_id) == col(read.piece_id)) & (col(read.id) == col(Review.revision_id))
    return (
        exists().where(col(Veto.revision_id) == col(Review.revision_id))
        | exists().where(col(Publication.revision_id) == col(Review.revision_id))
        | ~exists().where(of_its_piece)
    )


def _verdicts(db: Session, most: int) -> Iterator[Event]:
    """A line that was written while its ground was nobody's to know stays without it; that of the verdict which decided
    has the ground on which the veto stands."""
    rows = db.exec(
        select(Review, Revision, (settled() & ~undone()).label("tells_ground"))
        .select_from(Review)
        .join(Revision, col(Revision.id) == Review.revision_id)
        .where(_unheld("verdict", Review.id), ~waits())
        .order_by(col(Review.id).desc())
        .limit(most)
    )
    for review, revision, tells_ground in rows:
        data = _work(db, revision) | {"verdict": review.verdict, "by": _who(review.reviewer)}
        if review.ground and tells_ground:
            data["ground"] = review.ground
        yield Event(review.at, 2, "verdict", review.id, data)


def _undone(db: Session, most: int) -> Iterator[Event]:
    """When a verdict was taken back, or sent back by somebody else: which of both is not told. The line has the number
    of the verdict's own."""
    rows = db.exec(
        select(Review, Revision, Undo)
        .select_from(Undo)
        .join(Review, col(Review.id) == Undo.review_id)
        .join(Revision, col(Revision.id) == Review.revision_id)
        .where(_unheld("undone", Review.id))
        .order_by(col(Undo.id).desc())
        .limit(most)
    )
    for review, revision, undo in rows:
        data = _work(db, revision) | {"verdict": review.verdict, "by": _who(undo.actor)}
        yield Event(undo.at, 3, "undone", review.id, data)


def _who(reviewer: str) -> str:
    """Never a reviewer's name; but a demonstration says that nobody real has read."""
    return "demo" if reviewer == DEMO_REVIEWER else "staff"


def _appealed(db: Session, most: int) -> Iterator[Event]:
    rows = db.exec(
        select(Appeal, Revision)
        .select_from(Appeal)
        .join(Revision, col(Revision.id) == Appeal.revision_id)
        .where(_unheld("appealed", Appeal.id))
        .order_by(col(Appeal.id).desc())
        .limit(most)
    )
    for appeal, revision in rows:
        yield Event(appeal.at, 4, "appealed", appeal.id, _work(db, revision))


def _ruled(db: Session, most: int) -> Iterator[Event]:
    rows = db.exec(
        select(Ruling, Revision)
        .select_from(Ruling)
        .join(Appeal, col(Appeal.id) == Ruling.appeal_id)
        .join(Revision, col(Revision.id) == Appeal.revision_id)
        .where(_unheld("ruled", Ruling.id))
        .order_by(col(Ruling.id).desc())
        .limit(most)
    )
    for ruling, revision in rows:
        word = "overturned" if ruling.overturned else "upheld"
        yield Event(ruling.at, 5, "ruled", ruling.id, _work(db, revision) | {"veto": word, "by": _who(ruling.reviewer)})


def _published(db: Session, most: int) -> Iterator[Event]:
    rows = db.exec(
        select(Publication, Revision, Piece, Blob.salt)
        .select_from(Publication)
        .join(Revision, col(Revision.id) == Publication.revision_id)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Blob, col(Blob.id) == Revision.record_blob_id)
        .where(_unheld("published", Publication.id))
        .order_by(col(Publication.id).desc())
        .limit(most)
    )
    for publication, revision, piece, salt in rows:
        data = _work(db, revision) | {
            "piece": piece.id,
            "kind": piece.kind,
            "revision": revision.number,
            "path": publication.path,
            "text_sha256": revision.text_sha256,
            "record_sha256": revision.record_sha256,
            COMMITTED: transcript_commitment(db, revision.session_id),
            "salt": None if salt is None else salt.hex(),
            "reviewers": publication.reviewers,
        }
        if piece.about_id is not None:
            data["about"] = piece.about_id
        yield Event(publication.at, 6, "published", publication.id, data)


def _withdrawn(db: Session, most: int) -> Iterator[Event]:
    """When a withdrawal took effect: the staff's with its second person, the others at once."""
    rows = db.exec(
        select(Withdrawal, Confirmation.at)
        .select_from(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .where(_unheld("withdrawn", Withdrawal.id))
        .where((col(Withdrawal.by) != WithdrawnBy.STAFF) | col(Confirmation.id).is_not(None))
        .order_by(col(Withdrawal.id).desc())
        .limit(most)
    )
    for withdrawal, confirmed_at in rows:
        at = confirmed_at if withdrawal.by is WithdrawnBy.STAFF else withdrawal.at
        yield Event(at, 7, "withdrawn", withdrawal.id, _about(db, withdrawal))


def _returned(db: Session, most: int) -> Iterator[Event]:
    """When an urgent withdrawal ended without a second person."""
    rows = db.exec(
        select(Withdrawal, Reinstatement.at)
        .select_from(Withdrawal)
        .join(Reinstatement, col(Reinstatement.withdrawal_id) == Withdrawal.id)
        .where(_unheld("returned", Withdrawal.id))
        .order_by(col(Withdrawal.id).desc())
        .limit(most)
    )
    for withdrawal, at in rows:
        yield Event(at, 8, "returned", withdrawal.id, _about(db, withdrawal))


def _about(db: Session, withdrawal: Withdrawal) -> dict[str, Any]:
    """The newest work that a withdrawal reaches, and under which rule it does."""
    reached = select(Revision).where(Revision.piece_id == withdrawal.piece_id, col(Revision.number) <= withdrawal.upto)
    revision = db.exec(reached.order_by(col(Revision.number).desc())).first()
    data = {} if revision is None else _work(db, revision)
    data |= {"piece": withdrawal.piece_id, "upto": withdrawal.upto, "by": withdrawal.by}
    return data | {"ground": withdrawal.ground} if withdrawal.ground else data


SPOKEN_OF = (col(Revision.piece_id) == Correction.piece_id) & (col(Revision.number) == Correction.revision_number)
"""The text that a correction is about."""


def _corrected(db: Session, most: int) -> Iterator[Event]:
    """When the staff set a note beside a piece. Its words are public, so that their bare hash gives nothing away; of
    words that were erased before they ever were, none is told."""
    rows = db.exec(
        select(Correction, Revision, Blob)
        .select_from(Correction)
        .join(Blob, col(Blob.id) == Correction.blob_id)
        .join(Revision, SPOKEN_OF)
        .where(_unheld("corrected", Correction.id))
        .order_by(col(Correction.id).desc())
        .limit(most)
    )
    for correction, revision, words in rows:
        data = _work(db, revision) | {
            "piece": correction.piece_id,
            "revision": correction.revision_number,
            "words_sha256": None if words.data is None else words.sha256,
            "by": _who(correction.actor),
        }
        yield Event(correction.at, 9, "corrected", correction.id, data)


def _erased(db: Session, most: int) -> Iterator[Event]:
    for erasure in db.exec(
        select(Erasure).where(_unheld("erased", Erasure.id)).order_by(col(Erasure.id).desc()).limit(most)
    ):
        yield Event(erasure.at, 10, "erased", erasure.id, _emptied(db, erasure.blob_id))


def _emptied(db: Session, blob_id: int) -> dict[str, Any]:
    """What an emptied blob belonged to, as far as that is public: a work, a note of the staff beside one, or the
    sitting of an invitation."""
    noted = select(Revision, Correction.id).select_from(Correction).join(Revision, SPOKEN_OF)
    if (note := db.exec(noted.where(Correction.blob_id == blob_id)).first()) is not None:
        # Not the piece: a line that names one says that its own words are gone.
        return _work(db, note[0]) | {"correction": note[1]}
    held = (col(Revision.text_blob_id) == blob_id) | (col(Revision.record_blob_id) == blob_id)
    if (revision := db.exec(select(Revision).where(held)).first()) is not None:
        return _work(db, revision) | {"piece": revision.piece_id, "revision": revision.number}
    submitted = (col(Submission.text_blob_id) == blob_id) | (col(Submission.record_blob_id) == blob_id)
    for sessions in (
        select(Turn.session_id).where(Turn.blob_id == blob_id),
        select(Submission.session_id).where(submitted),
    ):
        if (found := db.exec(sessions).first()) is not None:
            return {"invitation": db.get_one(WritingSession, found).invitation_id}
    beside = select(ContextBlock.invitation_id).where(ContextBlock.blob_id == blob_id)
    return {"invitation": db.exec(beside).first()}
