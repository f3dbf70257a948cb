"""What checks are handed, gathered from the rows in one look: the text, what its author was shown, and its facts."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from agent.check.frame import Facts, Shown, Subject
from agent.errors import Unfaithful
from agent.fingerprints import LONGEST, sharing
from agent.outlet import Outlet
from agent.prompts import body_of
from agent.record import record_of, text_of
from agent.render import Removed, Rendered, render, renderer
from agent.tables import (
    Author,
    Blob,
    ContextBlock,
    Entry,
    Invitation,
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
OF_STRANGERS = ("entry", "wished")
"""Kinds of context that others wrote."""


def subject_of(outlet: Outlet, db: Session, revision: Revision) -> Subject | None:
    """A revision as checks see it; None where it was erased. Raises Unfaithful."""
    text, record = text_of(db, revision), record_of(db, revision)
    if text is None or record is None:
        return None
    kept = db.get(Rendering, (revision.text_sha256, renderer()))
    rendered = Rendered(kept.html, tuple(Removed(**part) for part in kept.removed)) if kept else render(text)
    session, invitation, author, piece = db.exec(
        select(WritingSession, Invitation, Author, Piece)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Author, col(Author.id) == WritingSession.author_id)
        .join(Piece, col(Piece.id) == revision.piece_id)
        .where(WritingSession.id == revision.session_id)
    ).one()
    return Subject(
        text=text,
        title=record.title,
        stop_reason=revision.stop_reason,
        rendered=rendered,
        with_form=revision.with_form,
        note=record.note,
        kind=piece.kind,
        shown=(*_here(db, session, invitation), *_elsewhere(db, author, revision, text)),
        earlier=tuple(_earlier(db, author, revision)),
        facts=_facts(outlet, db, author, session, invitation),
        canaries=outlet.settings.checks.canaries,
    )


def _here(db: Session, session: WritingSession, invitation: Invitation) -> Iterator[Shown]:
    """What was shown in this very session: the outlet's words, and those of strangers. An author's own notes, and what
    came of its works, are no source."""
    yield Shown("invitation", invitation.prompt, f"invitations/{invitation.id}", invitation.words, here=True)
    yield Shown("prompt", "the welcome", "", invitation.welcome, here=True)
    version = db.get(PromptVersion, session.toolbox) if session.toolbox else None
    if version is not None:
        yield Shown("prompt", "the tools", "", _told_of_tools(version.body), here=True)
    opened = select(Showing.entry_id).join(Turn).where(Turn.session_id == session.id, col(Showing.whole))
    for entry in db.exec(select(Entry).where(col(Entry.id).in_(opened)).order_by(col(Entry.id))):
        yield _of_entry(entry, here=True)
    # A page or an entry that was laid there before it was kept which one it is.
    wished = select(ContextBlock, Blob).join(Blob, col(Blob.id) == ContextBlock.blob_id)
    for block, blob in db.exec(
        wished.where(
            ContextBlock.invitation_id == invitation.id,
            col(ContextBlock.kind).in_(OF_STRANGERS),
            col(ContextBlock.entry_id).is_(None),
        )
    ):
        if blob.data is not None:
            yield Shown("entry", block.title, block.source, blob.data.decode()[:LONGEST], here=True)


def _elsewhere(db: Session, author: Author, revision: Revision, text: str) -> Iterator[Shown]:
    """What shares a run of words with the text: of what its author was shown before, and of the archive, the oldest
    first."""
    found = sharing(db, revision, text, author.id)
    for entry in found.entries:
        yield _of_entry(entry, here=False)
    if found.works:
        yield from _of_works(db, author, col(Revision.id).in_(found.works))


def _earlier(db: Session, author: Author, revision: Revision) -> Iterator[Shown]:
    """The author's own latest pieces besides this one, each in its newest revision, the newest first."""
    others = select(Piece.id).where(Piece.author_id == author.id, Piece.id != revision.piece_id)
    latest = others.where(Piece.at <= revision.at).order_by(col(Piece.id).desc()).limit(EARLIER)
    newest = select(func.max(Revision.id)).where(col(Revision.piece_id).in_(latest), Revision.id < revision.id)
    works = col(Revision.id).in_(newest.group_by(col(Revision.piece_id)))
    yield from reversed([*_of_works(db, author, works)])


def _of_entry(entry: Entry, *, here: bool) -> Shown:
    where = entry.link or f"entry {entry.id}"
    return Shown("entry", entry.title, where, entry.text[:LONGEST], here=here, orders=entry.orders)


def _of_works(db: Session, author: Author, which: ColumnElement[bool]) -> Iterator[Shown]:
    """Revisions as they are handed over, the oldest first. Without titles: what is said of another piece outlives it,
    where that one is erased."""
    # With their texts at once: each is taken from there below.
    rows = (
        select(Revision, Blob, Piece.author_id)
        .join(Blob, col(Blob.id) == Revision.text_blob_id)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .where(which)
        .order_by(col(Revision.id))
    )
    for work, _, author_id in db.exec(rows).all():
        with suppress(Unfaithful):  # The build says so; here it is no source.
            if (text := text_of(db, work)) is not None:
                where = f"revisions/{work.id}"
                yield Shown("piece", f"piece {work.piece_id}", where, text[:LONGEST], own=author_id == author.id)


def _facts(outlet: Outlet, db: Session, author: Author, session: WritingSession, invitation: Invitation) -> Facts:
    version = db.get(PromptVersion, session.toolbox) if session.toolbox else None
    return Facts(
        byline=invitation.byline or author.byline,
        model_id=invitation.model_id,
        stand_in=invitation.stand_in,
        retired_on=invitation.retired_on,
        began_at=session.began_at,
        tools=_tools(version.body) if version is not None else (),
        company=outlet.settings.checks.company,
    )


@lru_cache(maxsize=16)
def _tools(source: str) -> tuple[str, ...]:
    """The names of the tools in a prompt version."""
    return tuple(tool["name"] for tool in json.loads(body_of(source)))


@lru_cache(maxsize=16)
def _told_of_tools(source: str) -> str:
    """What a prompt version says of the tools, one after the other."""
    return "\n\n".join(tool["description"] for tool in json.loads(body_of(source)))
