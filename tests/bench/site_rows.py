"""The rows that a published essay leaves, after the pattern of one that went the real way."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, func, select

from agent.outlet import Block, Outlet
from agent.publish.provenance import PUBLIC_CONTEXT
from agent.record import Record, canonical, sha256
from agent.render import render_many, renderer
from agent.tables import (
    Author,
    Blob,
    Call,
    CheckRun,
    ContextBlock,
    Invitation,
    Kind,
    Outcome,
    Piece,
    Publication,
    Rendering,
    Review,
    Revision,
    Role,
    Slot,
    Submission,
    Turn,
    WritingSession,
)
from tests.bench.site_corpus import Essay

WRITTEN, ANSWERED, ASKED = timedelta(hours=20), timedelta(hours=20, minutes=2), timedelta(hours=21)
"""So long before it was published an essay was received, answered with, asked for."""
NO = {"reason": "Not today."}

Row = dict[str, Any]


@dataclass(frozen=True)
class Pattern:
    """What an author's first essay left: rows as values by column, and the blocks of its turns."""

    slot: Row
    invitation: Row
    session: Row
    turns: list[Row]
    said: list[bytes]
    calls: list[Row]
    submission: Row
    piece: Row
    revision: Row
    runs: list[Row]
    review: Row
    publication: Row


def pattern_of(outlet: Outlet, slug: str) -> Pattern | None:
    """What an author's first essay left, if there is one."""
    with outlet.database.read() as db:
        revision = db.exec(
            select(Revision)
            .join(Piece, col(Piece.id) == Revision.piece_id)
            .join(Author, col(Author.id) == Piece.author_id)
            .where(Author.slug == slug)
            .order_by(col(Revision.id))
        ).first()
        if revision is None:
            return None
        session = db.get_one(WritingSession, revision.session_id)
        invitation = db.get_one(Invitation, session.invitation_id)
        turns = db.exec(
            select(Turn, Blob.data)
            .where(Blob.id == Turn.blob_id, Turn.session_id == session.id)
            .order_by(col(Turn.number))
        ).all()
        return Pattern(
            slot=_values(db.get_one(Slot, invitation.slot_id)),
            invitation=_values(invitation),
            session=_values(session),
            turns=[_values(turn) for turn, _ in turns],
            said=[data or b"" for _, data in turns],
            calls=[_values(row) for row in db.exec(select(Call).where(Call.session_id == session.id))],
            submission=_values(db.exec(select(Submission).where(Submission.session_id == session.id)).one()),
            piece=_values(db.get_one(Piece, revision.piece_id)),
            revision=_values(revision),
            runs=[_values(row) for row in db.exec(select(CheckRun).where(CheckRun.revision_id == revision.id))],
            review=_values(db.exec(select(Review).where(Review.revision_id == revision.id)).one()),
            publication=_values(db.exec(select(Publication).where(Publication.revision_id == revision.id)).one()),
        )


class Rows:
    """Rows that wait to be stored together, with the keys that they will have."""

    ORDER = (
        *(Slot, Blob, Invitation, ContextBlock, WritingSession, Turn, Call, Piece, Submission, Revision),
        *(Rendering, CheckRun, Review, Publication),
    )
    """Each after those that it points to."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self._rows: dict[type[SQLModel], list[Row]] = defaultdict(list)

    @cached_property
    def _next(self) -> dict[type[SQLModel], int]:
        with_a_key = [kind for kind in self.ORDER if "id" in table_of(kind).columns]
        return {kind: 1 + (self._db.exec(select(func.max(table_of(kind).c.id))).one() or 0) for kind in with_a_key}

    def add(self, kind: type[SQLModel], like: Row, **changed: Any) -> int:
        """Add a row like another one, and return its key, where it has one."""
        key = self._next.get(kind, 0)
        self._rows[kind].append(like | changed | ({"id": key} if key else {}))
        if key:
            self._next[kind] += 1
        return key

    def blob(self, data: bytes) -> tuple[int, str]:
        """Add bytes with a salt of their own; return their key and hash."""
        digest = sha256(data)
        return self.add(Blob, {}, sha256=digest, salt=os.urandom(16), data=data), digest

    def store(self) -> None:
        """Insert them all."""
        for kind in self.ORDER:
            if rows := self._rows[kind]:
                self._db.connection().execute(sa.insert(table_of(kind)), rows)

    def essay(self, essay: Essay, like: Pattern) -> None:
        """Add what a published essay leaves."""
        said: Row = {"title": essay.title, "text": essay.text, "tags": essay.tags}
        session, turn = self._sitting(essay, like, "submit", said, Outcome.SUBMITTED)
        text, text_sha256 = self.blob(essay.text.encode())
        about = Record(text_sha256=text_sha256, kind=Kind.ESSAY, title=essay.title, tags=essay.tags)
        record, record_sha256 = self.blob(about.bytes)
        received = essay.at - WRITTEN
        piece = self.add(Piece, like.piece, at=received)
        blobs = {"session_id": session, "turn_id": turn, "text_blob_id": text, "record_blob_id": record, "at": received}
        self.add(Submission, like.submission, **blobs)
        hashes = {"text_sha256": text_sha256, "record_sha256": record_sha256}
        revision = self.add(Revision, like.revision, piece_id=piece, **hashes, **blobs)
        for run in like.runs:
            self.add(CheckRun, run, revision_id=revision, at=received)
        self.add(Review, like.review, revision_id=revision, record_sha256=record_sha256, at=essay.at)
        path = like.publication["path"].replace(str(like.piece["id"]), str(piece))
        self.add(Publication, like.publication, piece_id=piece, revision_id=revision, path=path, at=essay.at)

    def declined(self, essay: Essay, like: Pattern) -> None:
        """Add what an invitation leaves that the same author declines a little later."""
        later = replace(essay, number=-essay.number, at=essay.at + timedelta(minutes=7))
        self._sitting(later, like, "decline", NO, Outcome.DECLINED)

    def _sitting(self, essay: Essay, like: Pattern, tool: str, said: Row, outcome: Outcome) -> tuple[int, int]:
        """Add slot, invitation and session, with its turns and calls; return the keys of the session and of the turn
        that calls the tool."""
        asked, answered = essay.at - ASKED, essay.at - ANSWERED
        name = f"on {essay.at:%Y-%m-%d} {essay.number}"
        slot = self.add(Slot, like.slot, name=name, due_at=asked, made_at=asked)
        arm, beside = _beside(essay)
        invitation = self.add(Invitation, like.invitation, slot_id=slot, arm=arm, seed=abs(essay.number), at=asked)
        for number, (kind, words) in enumerate(beside, 1):
            blob, digest = self.blob(words.encode())
            is_open = kind == PUBLIC_CONTEXT
            source, title = ("feed.example.org", words[:40]) if is_open else ("your archive", "")
            facts = {"number": number, "kind": kind, "source": source, "title": title, "entry_id": None}
            self.add(ContextBlock, facts, invitation_id=invitation, sha256=digest, blob_id=blob)
        begun = {"invitation_id": invitation, "began_at": asked, "ended_at": essay.at - WRITTEN, "outcome": outcome}
        session = self.add(WritingSession, like.session, **begun)
        calling = 0
        for row, data in zip(like.turns, like.said, strict=True):
            by_author = row["role"] == Role.AUTHOR
            blob, digest = self.blob(canonical([_call(tool, said)]) if by_author else data)
            at = answered if by_author else asked
            turn = self.add(Turn, row, session_id=session, blob_id=blob, sha256=digest, at=at)
            calling = turn if by_author else calling
        for row in like.calls:
            self.add(Call, row, session_id=session, at=asked)
        return session, calling


def _beside(essay: Essay) -> tuple[str, list[tuple[str, str]]]:
    """The arm of an invitation, and what lay beside it: kind and words."""
    words = essay.text[:600]
    by_number = {
        1: ("news", [(PUBLIC_CONTEXT, words), (PUBLIC_CONTEXT, words[::-1])]),
        2: ("archive", [("piece", words)]),
    }
    return by_number.get(essay.number % 3, ("minimal", []))


def _call(tool: str, given: Row) -> Block:
    return {"type": "tool_use", "id": f"toolu_{tool}", "name": tool, "input": given}


def renderings(texts: Sequence[str]) -> Iterator[Row]:
    """The rows of the render store for these texts, in their order, without their moment."""
    for text, rendered in zip(texts, render_many(texts), strict=True):
        known = {name: value for name, value in asdict(rendered).items() if name in table_of(Rendering).columns}
        yield known | {"text_sha256": sha256(text.encode()), "renderer": renderer()}


def _values(row: SQLModel) -> Row:
    return {name: getattr(row, name) for name in table_of(type(row)).columns.keys()}  # noqa: SIM118


def table_of(kind: type[SQLModel]) -> sa.Table:
    table: sa.Table = kind.__table__  # type: ignore[attr-defined]
    return table
