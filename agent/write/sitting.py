"""What the rows say of one session, and the only writers of its turns and its end."""

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from agent.outlet import Block, Outlet, Reply
from agent.queries import handed_in
from agent.record import canonical, keep, put
from agent.settings import AuthorSettings
from agent.tables import (
    Assent,
    AuditEvent,
    Author,
    Blob,
    Cancellation,
    Copy,
    Invitation,
    Outcome,
    Piece,
    Purpose,
    Revision,
    Role,
    Showing,
    Slot,
    Turn,
    WritingSession,
)
from agent.write.ending import CUT, Ending
from agent.write.room import Room

ERASED = "[erased]"


@dataclass(frozen=True)
class Sitting:
    """A session as its rows tell it."""

    session: WritingSession
    author: Author
    invitation: Invitation
    purpose: Purpose
    turns: list[Turn]
    said: list[list[Block]]
    """The blocks of each turn."""
    stopped: Cancellation | None
    """Who asked for it to be stopped, if anybody did."""

    @property
    def parts(self) -> list[int]:
        """Where the author's last answer stands among the turns: in several where it was cut off and
        went on, at once or after a word of ours."""
        found = [len(self.turns) - 1]
        while found[0] > 0:
            at = found[0] - 1 if self.turns[found[0] - 1].role is Role.AUTHOR else found[0] - 2
            if at < 0 or not self.is_cut(at):
                break
            found.insert(0, at)
        return found

    @property
    def answer(self) -> str:
        """The text of the author's last answer, whole. A part that was sent back to be continued is taken as
        it was sent: without the white space at its end, which the endpoint does not accept there."""
        parts = self.parts
        texts = [text_in(self.said[at]) for at in parts]
        sent_back = [following == at + 1 for at, following in pairwise(parts)]
        return "".join(text.rstrip() if back else text for text, back in zip(texts, [*sent_back, False], strict=True))

    def may_go_on(self, outlet: Outlet) -> bool:
        """Whether a reply that was cut off may go on once more."""
        profile = _settings(outlet, self).profile
        return profile.continues and len(self.parts) <= outlet.settings.max_continuations

    def is_cut(self, at: int) -> bool:
        """Whether a turn is text of the author's that reached its longest length."""
        turn = self.turns[at]
        return turn.role is Role.AUTHOR and turn.stop_reason == CUT and not calls(self.said[at])

    @property
    def answer_turns(self) -> list[Turn]:
        """Every turn of the author's."""
        return [turn for turn in self.turns if turn.role is Role.AUTHOR]

    @property
    def answers_in_words(self) -> list[str]:
        """The text of every turn of the author's."""
        return [text_in(said) for turn, said in zip(self.turns, self.said, strict=True) if turn.role is Role.AUTHOR]


ABOUT: Any = (
    sa.select(WritingSession, Author, Invitation, Slot, Cancellation)
    .select_from(WritingSession)
    .join(Author, col(Author.id) == WritingSession.author_id)
    .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
    .join(Slot, col(Slot.id) == Invitation.slot_id)
    .join(Cancellation, col(Cancellation.session_id) == WritingSession.id, isouter=True)
    .where(col(WritingSession.id) == sa.bindparam("session"))
)
STORED = (
    select(Turn, Blob.data)
    .where(Turn.blob_id == Blob.id, col(Turn.session_id) == sa.bindparam("session"))
    .order_by(col(Turn.number))
)
"""Two questions that are asked three times a turn, so they are put together once."""


def load(db: Session, session_id: int) -> Sitting:
    """Read a session with all its turns."""
    session, author, invitation, slot, stopped = db.exec(ABOUT, params={"session": session_id}).one()
    rows = db.exec(STORED, params={"session": session_id}).all()
    return Sitting(
        session=session,
        author=author,
        invitation=invitation,
        purpose=slot.purpose,
        turns=[turn for turn, _ in rows],
        said=_said(invitation, [(turn.role, json.loads(data) if data is not None else None) for turn, data in rows]),
        stopped=stopped,
    )


def _said(invitation: Invitation, stored: list[tuple[Role, list[Block] | None]]) -> list[list[Block]]:
    """The blocks of each turn. Where an erasure emptied one, its calls and their answers stay paired, as the
    endpoint wants them, or go both."""
    said: list[list[Block]] = []
    for number, (role, blocks) in enumerate(stored):
        before = calls(said[-1]) if said else []
        if blocks is None and number == 0:
            said.append([words(invitation.words)])  # What lay beside it is gone; the words are ours.
        elif blocks is None and role is Role.OUTLET and before:
            said.append([{"type": "tool_result", "tool_use_id": call["id"], "content": ERASED} for call in before])
        elif blocks is None or (not before and any(block.get("type") == "tool_result" for block in blocks)):
            said.append([words(ERASED)])
        else:
            said.append(blocks)
    return said


def room(db: Session, outlet: Outlet, sitting: Sitting) -> Room:
    """The author's room, for what it said in its last turn."""
    return Room(db, sitting.author, sitting.session, sitting.turns[-1], _settings(outlet, sitting), outlet.now())


def store_turn(
    db: Session,
    outlet: Outlet,
    session: WritingSession,
    *,
    number: int,
    role: Role,
    blocks: list[Block],
    reply: Reply | None = None,
    **facts: Any,
) -> Turn:
    """Keep one message exactly as it came or was sent. `facts` are further columns of the turn."""
    blob = keep(db, canonical(blocks))
    turn = Turn(
        session_id=session.id, number=number, role=role, blob_id=blob.id, sha256=blob.sha256, at=outlet.now(), **facts
    )
    if reply is not None:
        turn.stop_reason, turn.model_id, turn.request_id = reply.stop_reason, reply.model_id, reply.request_id
        turn.input_tokens, turn.output_tokens = reply.input_tokens, reply.output_tokens
    return put(db, turn)


def answer_with(db: Session, outlet: Outlet, sitting: Sitting, blocks: list[Block], room: Room | None = None) -> None:
    """Keep what is said to the author next. What it was shown from its room is noted: words as a copy, entries as
    shown."""
    turn = store_turn(db, outlet, sitting.session, number=sitting.turns[-1].number + 1, role=Role.OUTLET, blocks=blocks)
    shown = sorted(room.shown) if room is not None else []
    db.add_all(Copy(blob_id=turn.blob_id, of_blob_id=blob) for blob in shown)
    entries = sorted(room.entries.items()) if room is not None else []
    db.add_all(Showing(turn_id=turn.id, entry_id=entry, whole=whole) for entry, whole in entries)


@dataclass(frozen=True)
class Ended:
    """How a session ended, and what it brought."""

    outcome: Outcome
    revisions: list[Revision]


def end(db: Session, outlet: Outlet, sitting: Sitting, ending: Ending, *, assent: bool | None = None) -> Ended | None:
    """Set the outcome, once, together with the revisions of what was submitted; None where it is set.

    `assent` is the author's answer where it was asked about these very texts: with a no, none of them
    goes to the reviewers.
    """
    session = db.get_one(WritingSession, sitting.session.id)
    if session.outcome is not None:
        return None
    revisions = [] if assent is False else _receive(db, outlet, sitting)
    if revisions and ending.outcome is Outcome.DECLINED:
        ending = Ending(Outcome.SUBMITTED, "the author submitted something of its own accord")
    session.outcome, session.why, session.ended_at = ending.outcome, ending.why, outlet.now()
    db.add(session)
    if assent is not None:
        db.add_all(
            Assent(revision_id=revision.id, turn_id=sitting.turns[-1].id, publish=assent, at=outlet.now())
            for revision in revisions
        )
    if ending.outcome is Outcome.FAILED:
        subject = f"session {session.id} of {sitting.author.slug}"
        db.add(AuditEvent(actor="outlet", action="failed", subject=subject, reason=ending.why, at=outlet.now()))
    return Ended(ending.outcome, revisions)


def log_end(outlet: Outlet, sitting: Sitting, ended: Ended | None) -> None:
    """Say in the log how a session ended: after the transaction, never before."""
    if ended is None:
        return
    facts: dict[str, Any] = {"author": sitting.author.slug, "session": sitting.session.id}
    for revision in ended.revisions:
        about = {"piece": revision.piece_id, "revision": revision.id, "sha256": revision.text_sha256}
        outlet.log.info("received", action="submitted", **facts, **about)
    if ended.outcome is not Outcome.SUBMITTED:
        outlet.log.info("session ended", action=ended.outcome.value, **facts)


def _receive(db: Session, outlet: Outlet, sitting: Sitting) -> list[Revision]:
    """Make revisions of what was submitted in this session, in its order."""
    made = []
    for submission in handed_in(db, sitting.session.id):
        stop_reason = db.get_one(Turn, submission.turn_id).stop_reason
        piece_id, number = submission.piece_id, 1
        if piece_id is None:
            piece = Piece(
                author_id=sitting.author.id, kind=submission.kind, about_id=submission.about_id, at=outlet.now()
            )
            db.add(piece)
            db.flush()
            piece_id = piece.id
        else:
            number += db.exec(select(func.max(Revision.number)).where(Revision.piece_id == piece_id)).one()
        revision = Revision(
            piece_id=piece_id,
            number=number,
            session_id=sitting.session.id,
            turn_id=submission.turn_id,
            text_blob_id=submission.text_blob_id,
            record_blob_id=submission.record_blob_id,
            text_sha256=db.get_one(Blob, submission.text_blob_id).sha256,
            record_sha256=db.get_one(Blob, submission.record_blob_id).sha256,
            with_form=submission.with_form,
            stop_reason=stop_reason or "",
            at=outlet.now(),
        )
        db.add(revision)
        db.flush()
        made.append(revision)
    return made


def calls(blocks: list[Block]) -> list[Block]:
    """The tool calls of a turn."""
    return [block for block in blocks if block.get("type") == "tool_use"]


def words(text: str) -> Block:
    """A text block of the Messages API."""
    return {"type": "text", "text": text}


def text_in(blocks: list[Block]) -> str:
    """The text of a turn."""
    return "".join(block.get("text", "") for block in blocks if block.get("type") == "text")


def _settings(outlet: Outlet, sitting: Sitting) -> AuthorSettings:
    return outlet.settings.author(sitting.author.slug)
