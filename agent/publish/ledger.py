"""The public ledger, and the only appender to it.

`append` derives the events that the rows tell of and the chain does not hold yet, and adds them in
one transaction. Sequence and previous hash are unique, so two appenders cannot fork the chain.

A line is canonical JSON: `v` (format version), `seq` (from 1), `prev` (hash of the line before; 64
zeros at first), `at` (UTC), `event` (the word), `key` (unique), `data`, and `hash`: the SHA-256 of
the line without it. Text that is not public appears only as a salted commitment; when a piece is
published its salt is shown, so that anyone can check what was committed at receipt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from agent.outlet import Outlet
from agent.queries import transcript_sha256
from agent.record import canonical, commitment, sha256
from agent.tables import (
    Author,
    Blob,
    Confirmation,
    ContextBlock,
    Erasure,
    Invitation,
    LedgerEntry,
    Outcome,
    Publication,
    Reinstatement,
    Review,
    Revision,
    Role,
    Slot,
    Turn,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)
from agent.tables.review import DEMO_REVIEWER

FORMAT = 1
GENESIS = "0" * 64
ATTEMPTS = 5


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


def append(outlet: Outlet) -> int:
    """Add what the ledger does not hold yet, and return how many lines that were."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with outlet.database.write() as db:
                added = _append(db, outlet.now())
        except IntegrityError:
            # Another appender was quicker; what it wrote is there now, so look again.
            if attempt == ATTEMPTS:
                raise
        else:
            if added:
                outlet.log.info("ledger grew", action="ledger", lines=added)
            return added
    raise AssertionError("unreachable")


def is_whole(db: Session) -> bool:
    """Whether the chain holds every event that the rows of this transaction tell of."""
    return next(_events(db), None) is None


def line_of(sequence: int, previous: str, event: Event) -> tuple[str, str]:
    """The line of an event as it is published, and its hash (hex)."""
    body = {
        "v": FORMAT,
        "seq": sequence,
        "prev": previous,
        "at": event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "event": event.word,
        "key": event.key,
        "data": event.data,
    }
    digest = sha256(canonical(body))
    return canonical(body | {"hash": digest}).decode(), digest


def _append(db: Session, now: datetime) -> int:
    last = db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence).desc())).first()
    sequence, previous = (last.sequence, last.hash) if last else (0, GENESIS)
    missing = sorted(_events(db), key=lambda event: (event.at, event.order, event.number))
    for event in missing:
        sequence += 1
        line, digest = line_of(sequence, previous, event)
        db.add(LedgerEntry(sequence=sequence, event=event.key, previous=previous, hash=digest, line=line, at=now))
        previous = digest
    db.flush()
    return len(missing)


def _unheld(word: str, number: Any) -> ColumnElement[bool]:
    """The condition that no line of the chain is called `word:number` yet."""
    held = select(LedgerEntry.sequence).where(LedgerEntry.event == literal(f"{word}:") + cast(number, String))
    return ~held.exists()


def _events(db: Session) -> Iterator[Event]:
    yield from _invited(db)
    yield from _outcomes(db)
    yield from _verdicts(db)
    yield from _published(db)
    yield from _withdrawn(db)
    yield from _returned(db)
    yield from _erased(db)


def _invited(db: Session) -> Iterator[Event]:
    rows = db.exec(
        select(Invitation, Author.slug, Slot.name)
        .select_from(Invitation)
        .join(Author, col(Author.id) == Invitation.author_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(_unheld("invited", Invitation.id))
    )
    for invitation, author, slot in rows:
        # What the author is stands with the invitation, as it was on that day.
        beside = select(ContextBlock).where(ContextBlock.invitation_id == invitation.id)
        data = {
            "invitation": invitation.id,
            "author": author,
            "model_id": invitation.model_id,
            "stand_in": invitation.stand_in,
            "slot": slot,
            "prompt": invitation.prompt,
            "prompts": invitation.prompts,
            "arm": invitation.arm,
            "seed": invitation.seed,
            "words_sha256": invitation.words_sha256,
            "context": [
                {"kind": block.kind, "source": block.source, "sha256": block.sha256}
                for block in db.exec(beside.order_by(col(ContextBlock.number)))
            ],
        }
        yield Event(invitation.at, 0, "invited", invitation.id, data)


def _outcomes(db: Session) -> Iterator[Event]:
    ended = select(WritingSession).where(
        col(WritingSession.outcome).is_not(None), _unheld("outcome", WritingSession.invitation_id)
    )
    for session in db.exec(ended):
        turns = db.exec(
            select(Turn).where(Turn.session_id == session.id, Turn.role == Role.AUTHOR).order_by(col(Turn.number))
        ).all()
        data = {
            "invitation": session.invitation_id,
            "outcome": session.outcome,
            "answers": len(turns),
            "returned_model_id": turns[-1].model_id if turns else None,
            "input_tokens": sum(turn.input_tokens for turn in turns),
            "output_tokens": sum(turn.output_tokens for turn in turns),
            "commitment": _commitment(db, session, turns[-1] if turns else None),
        }
        yield Event(session.ended_at or session.began_at, 1, "outcome", session.invitation_id, data)


def _commitment(db: Session, session: WritingSession, last: Turn | None) -> str | None:
    """To the record of a submitted work, or else to the transcript: so nothing can be added later."""
    if session.outcome is Outcome.SUBMITTED:
        revision = db.exec(select(Revision).where(Revision.session_id == session.id)).one()
        blob, digest = db.get_one(Blob, revision.record_blob_id), revision.record_sha256
    elif last is not None:
        blob, digest = db.get_one(Blob, last.blob_id), transcript_sha256(db, session.id)
    else:
        return None
    return None if blob.salt is None else commitment(blob.salt, digest)


def _verdicts(db: Session) -> Iterator[Event]:
    rows = db.exec(
        select(Review, WritingSession.invitation_id)
        .select_from(Review)
        .join(Revision, col(Revision.id) == Review.revision_id)
        .join(WritingSession, col(WritingSession.id) == Revision.session_id)
        .where(_unheld("verdict", Review.id))
    )
    for review, invitation in rows:
        # Never a reviewer's name; but a demonstration says that nobody real has read.
        by = "demo" if review.reviewer == DEMO_REVIEWER else "staff"
        data = {"invitation": invitation, "verdict": review.verdict, "by": by}
        if review.ground:
            data["ground"] = review.ground
        yield Event(review.at, 2, "verdict", review.id, data)


def _published(db: Session) -> Iterator[Event]:
    rows = db.exec(
        select(Publication, Revision, WritingSession.invitation_id, Blob.salt)
        .select_from(Publication)
        .join(Revision, col(Revision.id) == Publication.revision_id)
        .join(WritingSession, col(WritingSession.id) == Revision.session_id)
        .join(Blob, col(Blob.id) == Revision.record_blob_id)
        .where(_unheld("published", Publication.id))
    )
    for publication, revision, invitation, salt in rows:
        data = {
            "invitation": invitation,
            "piece": publication.piece_id,
            "revision": revision.number,
            "path": publication.path,
            "text_sha256": revision.text_sha256,
            "record_sha256": revision.record_sha256,
            "transcript_sha256": transcript_sha256(db, revision.session_id),
            "salt": None if salt is None else salt.hex(),
            "reviewers": publication.reviewers,
        }
        yield Event(publication.at, 3, "published", publication.id, data)


def _withdrawn(db: Session) -> Iterator[Event]:
    """When a withdrawal took effect: the staff's with its second person, the others at once."""
    rows = db.exec(
        select(Withdrawal, Confirmation.at)
        .select_from(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .where(_unheld("withdrawn", Withdrawal.id))
        .where((col(Withdrawal.by) != WithdrawnBy.STAFF) | col(Confirmation.id).is_not(None))
    )
    for withdrawal, confirmed_at in rows:
        at = confirmed_at if withdrawal.by is WithdrawnBy.STAFF else withdrawal.at
        yield Event(at, 4, "withdrawn", withdrawal.id, _about(db, withdrawal))


def _returned(db: Session) -> Iterator[Event]:
    """When an urgent withdrawal ended without a second person."""
    rows = db.exec(
        select(Withdrawal, Reinstatement.at)
        .where(Reinstatement.withdrawal_id == Withdrawal.id)
        .where(_unheld("returned", Withdrawal.id))
    )
    for withdrawal, at in rows:
        yield Event(at, 5, "returned", withdrawal.id, _about(db, withdrawal))


def _about(db: Session, withdrawal: Withdrawal) -> dict[str, Any]:
    invitation = db.exec(
        select(WritingSession.invitation_id)
        .join(Revision, col(Revision.session_id) == WritingSession.id)
        .where(Revision.piece_id == withdrawal.piece_id)
    ).first()
    data = {"invitation": invitation, "piece": withdrawal.piece_id, "by": withdrawal.by}
    return data | {"ground": withdrawal.ground} if withdrawal.ground else data


def _erased(db: Session) -> Iterator[Event]:
    for erasure in db.exec(select(Erasure).where(_unheld("erased", Erasure.id))):
        found = db.exec(
            select(WritingSession.invitation_id, func.count())
            .select_from(WritingSession)
            .join(Turn, col(Turn.session_id) == WritingSession.id)
            .join(Revision, col(Revision.session_id) == WritingSession.id, isouter=True)
            .where(
                (col(Turn.blob_id) == erasure.blob_id)
                | (col(Revision.text_blob_id) == erasure.blob_id)
                | (col(Revision.record_blob_id) == erasure.blob_id)
            )
            .group_by(col(WritingSession.invitation_id))
        ).first()
        yield Event(erasure.at, 6, "erased", erasure.id, {"invitation": found[0] if found else None})
