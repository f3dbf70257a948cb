"""What the rows say of one session, and the only writers of its turns and its end."""

import json
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from agent.outlet import Block, Outlet, Reply
from agent.record import Record, canonical, keep
from agent.tables import (
    AuditEvent,
    Author,
    Blob,
    Invitation,
    Kind,
    Outcome,
    Piece,
    Revision,
    Role,
    Turn,
    WritingSession,
)
from agent.write.ending import Ending, Work


@dataclass(frozen=True)
class Sitting:
    """A session as its rows tell it."""

    session: WritingSession
    author: Author
    invitation: Invitation
    turns: list[Turn]
    said: list[list[Block]]
    """The blocks of each turn."""

    @property
    def answers(self) -> int:
        """How often the author has answered."""
        return sum(turn.role is Role.AUTHOR for turn in self.turns)


def load(db: Session, session_id: int) -> Sitting:
    """Read a session with all its turns."""
    session = db.get_one(WritingSession, session_id)
    author = db.get_one(Author, session.author_id)
    stored = (
        select(Turn, Blob.data).where(Turn.blob_id == Blob.id, Turn.session_id == session_id).order_by(col(Turn.number))
    )
    rows = db.exec(stored).all()
    return Sitting(
        session=session,
        author=author,
        invitation=db.get_one(Invitation, session.invitation_id),
        turns=[turn for turn, _ in rows],
        said=[json.loads(data) if data is not None else [words("[erased]")] for _, data in rows],
    )


def store_turn(
    db: Session,
    outlet: Outlet,
    session: WritingSession,
    *,
    number: int,
    role: Role,
    blocks: list[Block],
    reply: Reply | None = None,
    cost: int | None = None,
) -> Turn:
    """Keep one message exactly as it came or was sent."""
    blob = keep(db, canonical(blocks))
    turn = Turn(
        session_id=session.id, number=number, role=role, blob_id=blob.id, sha256=blob.sha256, cost=cost, at=outlet.now()
    )
    if reply is not None:
        turn.stop_reason, turn.model_id, turn.request_id = reply.stop_reason, reply.model_id, reply.request_id
        turn.input_tokens, turn.output_tokens = reply.input_tokens, reply.output_tokens
    db.add(turn)
    db.flush()
    return turn


def end(outlet: Outlet, sitting: Sitting, ending: Ending) -> None:
    """Set the outcome, once, together with the revision where a work was submitted."""
    revision: Revision | None = None
    with outlet.database.write() as db:
        session = db.get_one(WritingSession, sitting.session.id)
        if session.outcome is not None:
            return
        session.outcome, session.why, session.ended_at = ending.outcome, ending.why, outlet.now()
        db.add(session)
        if ending.work is not None:
            revision = _receive(db, outlet, sitting, ending.work)
        elif ending.outcome is Outcome.FAILED:
            subject = f"session {session.id} of {sitting.author.slug}"
            db.add(AuditEvent(actor="outlet", action="failed", subject=subject, reason=ending.why, at=outlet.now()))
    facts: dict[str, Any] = {"author": sitting.author.slug, "session": sitting.session.id}
    if revision is not None:
        facts |= {"piece": revision.piece_id, "revision": revision.id, "sha256": revision.text_sha256}
    outlet.log.info("session ended", action=ending.outcome.value, **facts)


def _receive(db: Session, outlet: Outlet, sitting: Sitting, work: Work) -> Revision:
    """Keep a submitted work: its exact bytes, and what the author says of it."""
    text = keep(db, work.text.encode())
    record = Record(
        text_sha256=text.sha256, kind=Kind.ESSAY, title=work.title, form=work.form, tags=work.tags, note=work.note
    )
    about = keep(db, record.bytes)
    piece = Piece(author_id=sitting.author.id, kind=Kind.ESSAY, at=outlet.now())
    db.add(piece)
    db.flush()
    turn = sitting.turns[-1]
    revision = Revision(
        piece_id=piece.id,
        number=1,
        session_id=sitting.session.id,
        turn_id=turn.id,
        text_blob_id=text.id,
        record_blob_id=about.id,
        text_sha256=text.sha256,
        record_sha256=about.sha256,
        with_form=work.with_form,
        stop_reason=turn.stop_reason or "",
        at=outlet.now(),
    )
    db.add(revision)
    db.flush()
    return revision


def words(text: str) -> Block:
    """A text block of the Messages API."""
    return {"type": "text", "text": text}
