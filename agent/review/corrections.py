"""Notes of the staff beside a piece, never inside it: what is known to be wrong there."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import is_erased, public_number
from agent.record import keep, sha256
from agent.review.erasure import clear, empty, need_quiet, need_two, with_copies
from agent.review.needs import known, known_in, need_piece
from agent.tables import Author, Blob, Correction, Piece, Revision

WORDS_AT_MOST = 2_000
"""Characters of one note: it says what is wrong, and is no piece beside the piece."""
OBEYED = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Signs that turn the order of what stands around them: on a page, words of an author's."""


@dataclass(frozen=True)
class Corrected:
    """A correction as staff see it; `words` are None where they were erased."""

    correction: int
    piece: int
    revision: int
    author: str
    byline: str
    actor: str
    words: str | None
    at: datetime


def correct(outlet: Outlet, piece_id: int, actor: str, words: str) -> int:
    """Set a note beside a piece that is or was public, and return its number. One of the staff is enough: not a letter
    of the text changes, and its author is told. Raises Refused, UnknownUser.

    It is about the text that readers know now, and stays where it is if the author revises that. Nobody changes it
    afterwards: what is wrong in a note is said in another one.
    """
    known(outlet, actor)
    data = _needed(words).encode()
    with outlet.database.write() as db:
        known_in(db, outlet, actor)
        need_piece(db, piece_id)
        number = public_number(db, piece_id)
        if not number:
            raise Refused(
                reason=f"Piece {piece_id} was never public. A correction stands beside what readers have read; to say "
                f"something about a text that waits for review, give a verdict."
            )
        reads = select(Revision).where(Revision.piece_id == piece_id, Revision.number == number)
        if is_erased(db, db.exec(reads).one()):
            raise Refused(reason=f"Piece {piece_id} was erased: there is no text left that could be corrected.")
        same = select(Correction.id).join(Blob).where(Correction.piece_id == piece_id, Blob.sha256 == sha256(data))
        if (there := db.exec(same).first()) is not None:
            raise Refused(reason=f"Correction {there} of piece {piece_id} says this already, in the same words.")
        made = Correction(
            piece_id=piece_id, revision_number=number, actor=actor, blob_id=keep(db, data).id, at=outlet.now()
        )
        db.add(made)
        db.flush()
    outlet.log.info("corrected", action="corrected", piece=piece_id, revision=number, correction=made.id)
    return made.id


def erase_correction(outlet: Outlet, correction_id: int, actor: str, *, second: str, reason: str) -> int:
    """Empty the words of a note that should never have been written, on a right or a duty: it takes two people, as
    the erasure of a piece does. Whatever quotes the note goes with it: what its author was told of it. That there was
    a note, and when, remains. Returns how many blobs were emptied. Raises Refused, UnknownUser."""
    with outlet.database.write() as db:
        by, said = need_two(outlet, db, actor, second, reason)
        emptied = erase_note_in(outlet, db, correction_id, by=by, reason=said)
    outlet.log.info("erased", action="erased", correction=correction_id, blobs=emptied)
    clear(outlet)
    return emptied


def erase_note_in(outlet: Outlet, db: Session, correction_id: int, *, by: str, reason: str) -> int:
    """Empty the words of a note in a transaction of the caller's, for two people and a reason that it has looked at.
    Returns how many blobs were emptied. Raises Refused. Afterwards comes `clear`."""
    correction = need_note_erasable(outlet, db, correction_id)
    emptied = empty(outlet, db, with_copies(db, {correction.blob_id}), by=by, reason=reason)
    if not emptied:
        raise Refused(reason=f"Correction {correction_id} is erased already.")
    return emptied


def need_note_erasable(outlet: Outlet, db: Session, correction_id: int) -> Correction:
    """The correction, where nothing stands against its erasure now. Raises Refused."""
    correction = db.get(Correction, correction_id)
    if correction is None:
        raise Refused(reason=f"There is no correction {correction_id}. `afterword corrections` lists them.")
    need_quiet(outlet, db, need_piece(db, correction.piece_id).author_id)
    return correction


def corrections(db: Session, piece_id: int | None = None) -> Sequence[Corrected]:
    """Every correction, or those of one piece, the newest first."""
    rows = (
        select(Correction, Author, Blob.data)
        .select_from(Correction)
        .join(Blob, col(Blob.id) == Correction.blob_id)
        .join(Piece, col(Piece.id) == Correction.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .order_by(col(Correction.id).desc())
    )
    if piece_id is not None:
        rows = rows.where(Correction.piece_id == piece_id)
    return [
        Corrected(
            correction=made.id,
            piece=made.piece_id,
            revision=made.revision_number,
            author=author.slug,
            byline=author.byline,
            actor=made.actor,
            words=None if data is None else data.decode(),
            at=made.at,
        )
        for made, author, data in db.exec(rows)
    ]


def _needed(words: str) -> str:
    """The words as they are kept: trimmed, each line ended by \\n alone, as forms and terminals end theirs in different
    ways. Raises Refused where they say nothing, or hold what a page or a terminal would obey instead of showing it."""
    said = words.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not said:
        raise Refused(reason="The note is empty. Say in words what is wrong in the piece, and what is right.")
    if len(said) > WORDS_AT_MOST:
        raise Refused(
            reason=f"The note has {len(said):,} characters; {WORDS_AT_MOST:,} are the most. Say what is wrong and what "
            f"is right, and no more."
        )
    for sign in said:
        if sign in OBEYED or (sign != "\n" and unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}):
            raise Refused(
                reason=f"The note holds a sign that cannot be shown (U+{ord(sign):04X}). Take it out: letters, signs, "
                "spaces and ends of lines are enough."
            )
    return said
