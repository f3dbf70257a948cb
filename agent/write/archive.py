"""Tools of the archive family. Each docstring is what the author reads.

They show an author its own pieces alone: of another's, and of one that does not exist, they say the same.
"""

from dataclasses import dataclass

from sqlmodel import col, select

from agent.archive import passage, search, words_of
from agent.fences import one_line
from agent.queries import handed_in, newest_number, public_number, withdrawal_of
from agent.record import Record, shown_title
from agent.tables import Kind, Piece, Revision
from agent.write.room import CannotDo, Room
from agent.write.stands import stands

PIECES_AT_ONCE = 40
FOUND_AT_MOST = 20
WORDS_AT_MOST = 300
"""Characters of what is searched for."""


def list_pieces(room: Room, before: int | None = None) -> str:
    """List your pieces, the newest last: number, date, kind, title and form, and how each stands, such as
    published, waiting for review, or withdrawn. Where there are many you see the newest of them; to
    see older ones, give a number as `before`.
    """
    mine = select(Piece).where(Piece.author_id == room.author.id).order_by(col(Piece.id).desc())
    if before is not None:
        mine = mine.where(Piece.id < before)
    pieces = room.db.exec(mine.limit(PIECES_AT_ONCE + 1)).all()
    lines = [_line(room, piece) for piece in reversed(pieces[:PIECES_AT_ONCE])]
    if len(pieces) > PIECES_AT_ONCE:
        lines.insert(0, f"There are older ones. To see them, give {pieces[PIECES_AT_ONCE - 1].id} as before.")
    if before is None and (count := len(handed_in(room.db, room.session.id))):
        lines.append(f"Handed in in this sitting, and not yet in the list: {count}.")
    return "\n".join(lines) or ("You have no pieces." if before is None else f"You have no pieces before {before}.")


def read_piece(room: Room, piece: int, revision: int | None = None) -> str:
    """Read one of your pieces, by its number: its newest text, exactly as you gave it, or an earlier one
    if you name its revision."""
    found = _own(room, piece)
    newest = newest_number(room.db, found.id)
    number = newest if revision is None else revision
    read = _revision(room, found.id, number)
    if read is None:
        raise CannotDo(f"Piece {piece} has no revision {number}. Its newest is revision {newest}.")
    shown, text = _shown(room, read), room.show(read.text_blob_id)
    if shown is None or text is None:
        raise CannotDo(f"Piece {piece}, revision {number}, was erased.")
    facts = [
        f'Piece {piece}, revision {number} of {newest}, {read.at:%Y-%m-%d}: {_kind(found)}, "{shown.title}"',
        f"Form: {shown.form}" if shown.form else "",
        f"Tags: {shown.tags}" if shown.tags else "",
        f"Note to readers: {shown.note}" if shown.note else "",
        f"Goes on from: piece {shown.continues}" if shown.continues is not None else "",
        f"How it stands: {stands(room.db, room.author.id, read)}.",
        f"The text, {len(text):,} characters:",
    ]
    return "\n".join(filter(None, facts)) + f"\n\n{text}"


def search_pieces(room: Room, words: str) -> str:
    """Find your pieces in which all of these words stand, the newest first, with a passage of each. Small
    and capital letters, and accents, make no difference; only whole words are found.
    """
    if len(words) > WORDS_AT_MOST:
        raise CannotDo(f"That is too long to search for. Give a few words, at most {WORDS_AT_MOST} characters.")
    if not words_of(words):
        raise CannotDo("There is no word in that. Give one or more words that stand in the pieces you look for.")
    found = search(room.db, room.author.id, words, FOUND_AT_MOST + 1)
    lines = [_found(room, revision, words) for revision in found[:FOUND_AT_MOST]]
    if len(found) > FOUND_AT_MOST:
        lines.append("There are more. To find fewer, give more words.")
    return "\n\n".join(lines) or "None of your pieces holds all of these words."


@dataclass(frozen=True)
class _Shown:
    """What a revision says of itself, each in one line but for the note."""

    title: str
    form: str
    tags: str
    note: str
    continues: int | None


def _own(room: Room, number: int) -> Piece:
    found = room.db.exec(select(Piece).where(Piece.id == number, Piece.author_id == room.author.id)).first()
    if found is None:
        raise CannotDo(f"You have no piece {number}. Use list_pieces to see which you have.")
    return found


def _revision(room: Room, piece_id: int, number: int) -> Revision | None:
    return room.db.exec(select(Revision).where(Revision.piece_id == piece_id, Revision.number == number)).first()


def _shown(room: Room, revision: Revision) -> _Shown | None:
    """None where it was erased."""
    data = room.show(revision.record_blob_id)
    record = Record.model_validate_json(data) if data is not None else None
    if record is None:
        return None
    text = "" if record.title.strip() else room.show(revision.text_blob_id)
    if text is None:
        return None
    title = one_line(shown_title(record.title, text))
    tags = one_line(", ".join(record.tags))
    return _Shown(title, one_line(record.form), tags, record.note.strip(), record.continues)


def _line(room: Room, piece: Piece) -> str:
    newest = newest_number(room.db, piece.id)
    revision = _revision(room, piece.id, newest)
    shown = _shown(room, revision) if revision is not None else None
    if revision is None or shown is None:
        return f"Piece {piece.id}, {piece.at:%Y-%m-%d}: erased."
    which = f", revision {newest}" if newest > 1 else ""
    what = shown.form if shown.form and piece.kind is Kind.ESSAY else _kind(piece)
    how = stands(room.db, room.author.id, revision)
    public = public_number(room.db, piece.id)
    if 0 < public < newest and withdrawal_of(room.db, piece.id, public) is None:
        how += f"; revision {public} is published"
    return f'Piece {piece.id}{which}, {revision.at:%Y-%m-%d}: {what}, "{shown.title}": {how}.'


def _found(room: Room, revision: Revision, words: str) -> str:
    shown, text = _shown(room, revision), room.show(revision.text_blob_id)
    newest = newest_number(room.db, revision.piece_id)
    which = f", revision {revision.number} of {newest}" if revision.number < newest else ""
    title = shown.title if shown is not None else ""
    return f'Piece {revision.piece_id}{which}, {revision.at:%Y-%m-%d}: "{title}"\n{passage(text or "", words)}'


def _kind(piece: Piece) -> str:
    return piece.kind.value + (f" about piece {piece.about_id}" if piece.about_id is not None else "")


TOOLS = (list_pieces, read_piece, search_pieces)
