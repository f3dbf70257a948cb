"""What the pages of sessions show, gathered from the rows. It reads and decides nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from agent.desk.shown.said import Said, Shown, said
from agent.prices import in_dollars
from agent.queries import transcript_sha256
from agent.tables import (
    AuditEvent,
    Author,
    Cancellation,
    Invitation,
    Outcome,
    Purpose,
    Revision,
    Role,
    Showing,
    Slot,
    Turn,
    WritingSession,
)
from agent.transcript import Transcript, transcript

A_PAGE = 50


@dataclass(frozen=True)
class Sitting:
    """One session, as listed. `why` is the outlet's account of it; cost is in dollars, in words, of stored answers."""

    session: int
    author: str
    byline: str
    purpose: Purpose
    invitation: int
    prompt: str
    began_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    """None while it goes on."""
    why: str
    stopped_by: str
    """Who asked for it to be stopped; empty where nobody did."""
    answers: int
    input_tokens: int
    output_tokens: int
    cost: str
    revisions: list[tuple[int, int, int]]
    """What came of it: the id of each revision, its number, and its piece."""


@dataclass(frozen=True)
class Sat:
    """One session with its transcript, masked or whole. `sha256` of the transcript stands there where nothing of it is
    masked."""

    sitting: Sitting
    turns: list[Said]
    has_tools: bool
    hides: bool
    """Whether words are masked."""
    whole: bool
    """Whether an administrator asked for all of it."""
    sha256: str
    looks: Sequence[AuditEvent]
    """Who uncovered its private words before, and why, newest first."""


def sittings(db: Session, *, author: str = "", outcome: str = "", before: int, limit: int = A_PAGE) -> list[Sitting]:
    """The sessions with a smaller id than `before`, newest first: one author's alone, or those of an outcome ("going"
    for those that go on)."""
    ids = select(WritingSession.id).where(WritingSession.id < before)
    if author:
        ids = ids.where(col(WritingSession.author_id).in_(select(Author.id).where(Author.slug == author)))
    if outcome:
        wanted = col(WritingSession.outcome)
        ids = ids.where(wanted.is_(None) if outcome == "going" else wanted == Outcome(outcome))
    return _rows(db, db.exec(ids.order_by(col(WritingSession.id).desc()).limit(limit)).all())


def sat(db: Session, session_id: int, publication: str, whole: Transcript | None = None) -> Sat | None:
    """One session as staff may see it, or as `whole` has it; None where there is none."""
    if db.get(WritingSession, session_id) is None:
        return None
    found = whole or transcript(db, session_id, publication)
    turns = said(
        list(zip(found.turns, found.said, strict=True)),
        entries=_shown(db, session_id),
        has_tools=bool(found.session.toolbox),
        masked=whole is None,
    )
    hides = any(line.why for turn in turns for line in turn.lines)
    [sitting] = _rows(db, [session_id])
    looks = select(AuditEvent).where(AuditEvent.subject == f"session {session_id}", AuditEvent.action == "unmasked")
    return Sat(
        sitting=sitting,
        turns=turns,
        has_tools=bool(found.session.toolbox),
        hides=hides,
        whole=whole is not None,
        sha256="" if hides else transcript_sha256(db, session_id),
        looks=db.exec(looks.order_by(col(AuditEvent.id).desc())).all(),
    )


def _shown(db: Session, session_id: int) -> dict[int, list[Shown]]:
    """The entries that each turn showed the author, by the turn's id."""
    rows = select(Showing).join(Turn).where(Turn.session_id == session_id).order_by(col(Showing.entry_id))
    shown: dict[int, list[Shown]] = defaultdict(list)
    for row in db.exec(rows):
        shown[row.turn_id].append(Shown(row.entry_id, row.whole))
    return shown


def _rows(db: Session, ids: Sequence[int]) -> list[Sitting]:
    ask = db.connection().execute
    used = {row.session_id: row for row in ask(_USED.where(col(Turn.session_id).in_(ids)))}
    came: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    works = select(Revision).where(col(Revision.session_id).in_(ids)).order_by(col(Revision.id))
    for work in db.exec(works):
        came[work.session_id].append((work.id, work.number, work.piece_id))
    return [
        Sitting(
            session=row.id,
            author=row.slug,
            byline=row.byline,
            purpose=row.purpose,
            invitation=row.invitation,
            prompt=row.prompt,
            began_at=row.began_at,
            ended_at=row.ended_at,
            outcome=row.outcome,
            why=row.why,
            stopped_by=row.actor or "",
            answers=used[row.id].answers if row.id in used else 0,
            input_tokens=int(used[row.id].asked) if row.id in used else 0,
            output_tokens=int(used[row.id].answered) if row.id in used else 0,
            cost=_cost(used.get(row.id)),
            revisions=came[row.id],
        )
        for row in ask(_SITTINGS.where(col(WritingSession.id).in_(ids)))
    ]


def _cost(used: Any) -> str:
    """In words: unknown where the price of one answer is."""
    if used is None:
        return in_dollars(0)
    return in_dollars(int(used.cost) if used.priced == used.answers else None)


_SITTINGS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(WritingSession.id),
        col(WritingSession.began_at),
        col(WritingSession.ended_at),
        col(WritingSession.outcome),
        col(WritingSession.why),
        col(Author.slug),
        col(Invitation.byline),
        col(Invitation.id).label("invitation"),
        col(Invitation.prompt),
        col(Slot.purpose),
        col(Cancellation.actor),
    )
    .select_from(WritingSession)
    .join(Author, col(Author.id) == WritingSession.author_id)
    .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
    .join(Slot, col(Slot.id) == Invitation.slot_id)
    .join(Cancellation, col(Cancellation.session_id) == WritingSession.id, isouter=True)
    .order_by(col(WritingSession.id).desc())
)
_USED: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Turn.session_id),
        func.count().label("answers"),
        func.count(col(Turn.cost)).label("priced"),
        func.coalesce(func.sum(col(Turn.cost)), 0).label("cost"),
        func.sum(col(Turn.input_tokens)).label("asked"),
        func.sum(col(Turn.output_tokens)).label("answered"),
    )
    .where(col(Turn.role) == Role.AUTHOR)
    .group_by(col(Turn.session_id))
)
