"""What checks are handed, gathered from the rows in one look: the text, what its author was shown, and its facts."""

import json
from collections.abc import Iterator

from sqlmodel import Session, col, select

from agent import fingerprints
from agent.check.frame import Facts, Shown, Subject
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.prompts import body_of
from agent.record import record_of, shown_title, text_of
from agent.render import Removed, Rendered, render, renderer
from agent.tables import (
    Author,
    Blob,
    ContextBlock,
    Entry,
    Invitation,
    Kept,
    Piece,
    PromptVersion,
    Rendering,
    Revision,
    Showing,
    Turn,
    WritingSession,
)

EARLIER = 12
"""So many of an author's latest pieces a text is compared with."""
LONGEST = 400_000
"""Characters of one text that something may come from; of what is longer the beginning is compared."""


def subject_of(outlet: Outlet, db: Session, revision: Revision) -> Subject | None:
    """A revision as checks see it; None where it was erased. Raises Unfaithful."""
    text, record = text_of(db, revision), record_of(db, revision)
    if text is None or record is None:
        return None
    kept = db.get(Rendering, (revision.text_sha256, renderer()))
    rendered = Rendered(kept.html, tuple(Removed(**part) for part in kept.removed)) if kept else render(text)
    piece = db.get_one(Piece, revision.piece_id)
    session = db.get_one(WritingSession, revision.session_id)
    invitation = db.get_one(Invitation, session.invitation_id)
    return Subject(
        text=text,
        title=record.title,
        stop_reason=revision.stop_reason,
        rendered=rendered,
        with_form=revision.with_form,
        note=record.note,
        kind=piece.kind,
        shown=(*_here(db, session, invitation), *_elsewhere(db, piece, session, text)),
        earlier=tuple(_earlier(db, piece, revision)),
        facts=_facts(outlet, db, session, invitation),
        canaries=outlet.settings.checks.canaries,
    )


def _here(db: Session, session: WritingSession, invitation: Invitation) -> Iterator[Shown]:
    """What was shown in this very session: the outlet's words, and those of strangers. An author's own notes, and what
    came of its works, are no source."""
    yield Shown("invitation", invitation.prompt, f"invitations/{invitation.id}", invitation.words, here=True)
    yield Shown("prompt", "the welcome", "", invitation.welcome, here=True)
    for entry in _entries(db, session.id):
        yield _of_entry(entry, here=True)
    wished = select(ContextBlock, Blob).join(Blob, col(Blob.id) == ContextBlock.blob_id)
    for block, blob in db.exec(
        wished.where(
            ContextBlock.invitation_id == invitation.id,
            ContextBlock.kind == "wished",
            col(ContextBlock.entry_id).is_(None),
        )
    ):
        if blob.data is not None:
            yield Shown("entry", block.title, block.source, blob.data.decode()[:LONGEST], here=True)


def _entries(db: Session, session_id: int) -> list[Entry]:
    """The entries whose text was shown in a session."""
    turns = select(Turn.id).where(Turn.session_id == session_id)
    shown = select(Showing.entry_id).where(col(Showing.turn_id).in_(turns), col(Showing.whole))
    return list(db.exec(select(Entry).where(col(Entry.id).in_(shown)).order_by(col(Entry.id))))


def _elsewhere(db: Session, piece: Piece, session: WritingSession, text: str) -> Iterator[Shown]:
    """What shares a run of words with the text: of the archive, and of what its author was shown before."""
    here = {entry.id for entry in _entries(db, session.id)}
    for kind, of_id in fingerprints.sharing(db, text):
        if kind is Kept.ENTRY:
            entry = db.get(Entry, of_id)
            if entry is not None and entry.id not in here and _was_shown(db, piece.author_id, entry.id):
                yield _of_entry(entry, here=False)
            continue
        other = db.get(Revision, of_id)
        # An author may say its own words again, in another revision of the same piece.
        if other is None or other.piece_id == piece.id:
            continue
        if (shown := _of_piece(db, other, piece.author_id)) is not None:
            yield shown


def _was_shown(db: Session, author_id: int, entry_id: int) -> bool:
    shown = (
        select(Showing.id)
        .join(Turn, col(Turn.id) == Showing.turn_id)
        .join(WritingSession, col(WritingSession.id) == Turn.session_id)
        .where(Showing.entry_id == entry_id, WritingSession.author_id == author_id, col(Showing.whole))
    )
    return db.exec(shown.limit(1)).first() is not None


def _earlier(db: Session, piece: Piece, revision: Revision) -> Iterator[Shown]:
    """The author's own latest works besides this piece, the newest of each."""
    works = (
        select(Revision)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .where(Piece.author_id == piece.author_id, Piece.id != piece.id, Revision.id < revision.id)
        .order_by(col(Revision.id).desc())
        .limit(3 * EARLIER)
    )
    seen: set[int] = set()
    for other in db.exec(works):
        if other.piece_id in seen or len(seen) == EARLIER:
            continue
        seen.add(other.piece_id)
        if (shown := _of_piece(db, other, piece.author_id)) is not None:
            yield shown


def _of_entry(entry: Entry, *, here: bool) -> Shown:
    # A feed that only an author brought here goes by its number: what it reads is its own affair.
    return Shown("entry", entry.title, entry.link or f"entry {entry.id}", entry.text[:LONGEST], here=here)


def _of_piece(db: Session, other: Revision, author_id: int) -> Shown | None:
    try:
        text, record = text_of(db, other), record_of(db, other)
    except Unfaithful:  # The build says so; here it is no source.
        return None
    if text is None or record is None:
        return None
    own = db.get_one(Piece, other.piece_id).author_id == author_id
    return Shown("piece", shown_title(record.title, text), f"revisions/{other.id}", text[:LONGEST], own=own)


def _facts(outlet: Outlet, db: Session, session: WritingSession, invitation: Invitation) -> Facts:
    version = db.get(PromptVersion, session.toolbox) if session.toolbox else None
    tools = json.loads(body_of(version.body)) if version is not None else []
    author = db.get_one(Author, session.author_id)
    return Facts(
        byline=invitation.byline or author.byline,
        model_id=invitation.model_id,
        stand_in=invitation.stand_in,
        retired_on=invitation.retired_on,
        began_at=session.began_at,
        tools=tuple(tool["name"] for tool in tools),
        company=outlet.settings.checks.company,
    )
