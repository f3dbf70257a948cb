"""What every act of the staff must come with, and the lock that lets one act on an author's works at a time."""

from sqlmodel import Session, select

from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.record import is_broken
from agent.tables import Author, Piece

REASON_AT_LEAST = 10


def known(outlet: Outlet, name: str) -> None:
    """Raise UnknownUser for a name that afterword.toml does not list."""
    if name not in outlet.settings.reviewers:
        raise UnknownUser(user=name, known=", ".join(outlet.settings.reviewers) or "nobody yet")


def need_reason(reason: str, what: str) -> str:
    """The reason, trimmed. Raises Refused where there is none, or one that cannot be stored."""
    said = reason.strip()
    if len(said) < REASON_AT_LEAST:
        raise Refused(reason=f"Give the reason for this {what} in words, at least {REASON_AT_LEAST} letters long.")
    need_storable(said)
    return said


def need_storable(words: str) -> None:
    """Raise Refused for words that no database takes."""
    if is_broken(words) or "\x00" in words:
        raise Refused(reason="What you wrote holds a sign that cannot be stored. Write it anew.")


def need_ground(outlet: Outlet, ground: str) -> None:
    """Raise Refused for a ground that is not on the public list."""
    names = [g.name for g in outlet.prompts.grounds()]
    if not ground:
        raise Refused(reason=f"Name a ground from the public list: {', '.join(names)}.")
    if ground not in names:
        raise Refused(reason=f'"{ground}" is not on the public list of grounds: {", ".join(names)}.')


def lock_author(db: Session, author_id: int) -> Author:
    """Let nobody else decide on this author's works until the transaction ends.

    On PostgreSQL a verdict, a withdrawal, a ruling and what the author itself asks wait here for each
    other, so that each sees what the one before it did; SQLite has one writer anyway.
    """
    return db.exec(select(Author).where(Author.id == author_id).with_for_update(key_share=True)).one()


def lock_piece(db: Session, piece_id: int) -> Piece:
    """A piece, with its author locked. Raises Refused where there is none."""
    piece = db.get(Piece, piece_id)
    if piece is None:
        raise Refused(reason=f"There is no piece {piece_id}.")
    lock_author(db, piece.author_id)
    return piece
