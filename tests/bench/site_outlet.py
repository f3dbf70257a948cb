"""An outlet of as many published essays as one likes, with every row that a real one would have left.

The first essay of each author goes the real way: invited, written with tools, rendered, checked, reviewed, published.
The others are put in at once, after that pattern, with words, hashes, salts and moments of their own. Beside a third
of the invitations lie entries of a feed, beside another third earlier pieces; and for every ten essays one is declined.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, func, select

from agent import app
from agent.cli.publication import begin
from agent.outlet import Block, Outlet
from agent.publish import ledger
from agent.publish.provenance import PUBLIC_CONTEXT
from agent.record import Record, canonical, sha256
from agent.render import render_many, renderer
from agent.review import actions
from agent.settings import load
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
    Verdict,
    WritingSession,
)
from agent.testing import MovableClock, a_piece
from tests.bench.site_corpus import AUTHORS, LAST, SPAN, Essay, essays

SETTINGS = """
title = "Afterword"
address = "https://afterword.example.org"
reviewers = ["ada", "ben"]
max_sessions_per_day = 1000
max_cost_per_month = 1000.0
site_port = 0
desk_port = 0
""" + "".join(
    f"""
[[author]]
name = "{name}"
byline = "Claude {name.removeprefix("claude-").title()}"
model_id = "{name}"
profile = "claude-3-opus"
consent = {{ publish = "yes", words = "Declared for a bench." }}
"""
    for name in AUTHORS
)
AT_ONCE = 2_000
"""So many essays are put in, and told to the ledger, at a time."""
WRITTEN, ANSWERED, ASKED = timedelta(hours=20), timedelta(hours=20, minutes=2), timedelta(hours=21)
"""So long before it was published an essay was received, answered with, asked for."""
NO = {"reason": "Not today."}

Row = dict[str, Any]


def an_outlet_of(folder: Path, count: int = 40, seed: int = 1) -> Outlet:
    """A new outlet in a folder, with so many public essays, all of them in its ledger, and no edition yet. Its clock
    stands at the last of them."""
    outlet = begun(folder)
    grow(outlet, 1, count, of=count, seed=seed)
    return outlet


def begun(folder: Path) -> Outlet:
    """A new outlet in a folder, with nothing in it but its authors."""
    begin(folder, SETTINGS)
    # Everybody agreed before the first essay.
    outlet = replace(app.build(load(folder)), now=MovableClock(LAST - SPAN - timedelta(days=30)))
    app.open_up(outlet)
    return outlet


def opened(folder: Path) -> Outlet:
    """The outlet that is in a folder; its clock stands at the newest publication."""
    outlet = app.build(load(folder))
    with outlet.database.read() as db:
        newest = db.exec(select(func.max(Publication.at))).one()
    return replace(outlet, now=MovableClock(max(newest or LAST, LAST)))


def grow(outlet: Outlet, first: int, last: int, *, of: int, seed: int = 1, told: bool = True) -> None:
    """Publish the essays from number `first` to `last` of a corpus, and tell the ledger."""
    corpus = essays(first, last, of=of, seed=seed)
    patterns: dict[str, Pattern | None] = {}
    while some := list(islice(corpus, AT_ONCE)):
        rest = []
        for essay in some:
            if patterns.get(essay.author) is None:
                patterns[essay.author] = _pattern_of(outlet, essay.author)
            if patterns[essay.author] is None:
                _publish(outlet, essay)
            else:
                rest.append(essay)
        _put_in(outlet, [(essay, pattern) for essay in rest if (pattern := patterns[essay.author])])
        _clock(outlet).at = max(LAST, some[-1].at)
        if told:
            ledger.append(outlet)


def tell(outlet: Outlet) -> None:
    """Tell the ledger everything."""
    ledger.append(outlet)


def forget_renderings(outlet: Outlet) -> None:
    """Empty the render store, as a new version of the renderer finds it."""
    with outlet.database.write() as db:
        db.connection().execute(sa.delete(_table(Rendering)))


def _clock(outlet: Outlet) -> MovableClock:
    assert isinstance(outlet.now, MovableClock)
    return outlet.now


def _publish(outlet: Outlet, essay: Essay) -> None:
    """One essay through the real verbs."""
    _clock(outlet).at = essay.at - WRITTEN
    revision = a_piece(outlet, essay.text, author=essay.author, title=essay.title, tags=essay.tags)
    _clock(outlet).at = essay.at
    actions.review(outlet, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)


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


def _pattern_of(outlet: Outlet, slug: str) -> Pattern | None:
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


def _put_in(outlet: Outlet, wanted: Sequence[tuple[Essay, Pattern]]) -> None:
    """Add the rows of these essays, in one transaction."""
    drawn = list(_renderings([essay.text for essay, _ in wanted]))
    with outlet.database.write() as db:
        rows = _Rows(db)
        for (essay, pattern), rendering in zip(wanted, drawn, strict=True):
            rows.essay(essay, pattern)
            rows.add(Rendering, rendering, at=essay.at - WRITTEN)
            if essay.number % 10 == 0:
                rows.declined(essay, pattern)
        rows.store()


class _Rows:
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
        with_a_key = [kind for kind in self.ORDER if "id" in _table(kind).columns]
        return {kind: 1 + (self._db.exec(select(func.max(_table(kind).c.id))).one() or 0) for kind in with_a_key}

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
                self._db.connection().execute(sa.insert(_table(kind)), rows)

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


def _renderings(texts: Sequence[str]) -> Iterable[Row]:
    """The rows of the render store for these texts, in their order, without their moment."""
    for text, rendered in zip(texts, render_many(texts), strict=True):
        known = {name: value for name, value in asdict(rendered).items() if name in _table(Rendering).columns}
        yield known | {"text_sha256": sha256(text.encode()), "renderer": renderer()}


def _values(row: SQLModel) -> Row:
    return {name: getattr(row, name) for name in _table(type(row)).columns.keys()}  # noqa: SIM118


def _table(kind: type[SQLModel]) -> sa.Table:
    table: sa.Table = kind.__table__  # type: ignore[attr-defined]
    return table
