"""Tools of the notebook family. Each docstring is what the author reads."""

from sqlmodel import col, func, select

from agent.tables import Blob, Note, Strike
from agent.write.room import CannotDo, Room

NOTE_AT_MOST = 20_000
"""Characters of one note."""
READ_AT_ONCE = 20_000
"""Bytes of notes in one answer; one note is always shown whole."""


def write_note(room: Room, text: str) -> str:
    """Write a note to yourself. It goes into your notebook, where you find it on another day. Your notes
    are not published and not reviewed, and nobody but you writes there.
    """
    if not text.strip():
        raise CannotDo("The note is empty, so nothing was written down. Give its text.")
    if len(text) > NOTE_AT_MOST:
        raise CannotDo(
            f"A note holds at most {NOTE_AT_MOST:,} characters, and this one has {len(text):,}. Nothing was written "
            "down. Write it in several notes, or save it as a draft."
        )
    number = room.next_number(Note)
    blob = room.keep(text)
    room.db.add(Note(author_id=room.author.id, number=number, turn_id=room.turn.id, blob_id=blob.id, at=room.now))
    room.db.flush()
    return f"Written down as note {number}."


def read_notes(room: Room, before: int | None = None, struck: bool = False) -> str:
    """Read your notes to yourself, the newest last. Where there are many you see the newest of them; to
    read older ones, give a number as `before`. Notes that you struck are shown only if `struck` is true.
    """
    rows = (
        select(Note, Strike.at, func.length(Blob.data))
        .select_from(Note)
        .join(Blob, col(Blob.id) == Note.blob_id)
        .join(Strike, col(Strike.note_id) == Note.id, isouter=True)
        .where(Note.author_id == room.author.id)
        .order_by(col(Note.number).desc())
    )
    if before is not None:
        rows = rows.where(Note.number < before)
    if not struck:
        rows = rows.where(col(Strike.id).is_(None))
    left, shown = READ_AT_ONCE, list[str]()
    for note, struck_at, size in room.db.exec(rows):
        left -= size or 0
        if shown and left < 0:
            shown.append(f"There are older notes. To read them, give {note.number + 1} as before.")
            break
        when = f"{note.at:%Y-%m-%d}" + (f", struck on {struck_at:%Y-%m-%d}" if struck_at else "")
        shown.append(f"Note {note.number}, {when}\n{_text(room, note)}")
    return "\n\n".join(reversed(shown)) or _nothing(before)


def strike_note(room: Room, note: int) -> str:
    """Strike one of your notes, by its number. It is no longer shown among those that hold. It is not
    erased: you can still read it, if you ask for struck notes.
    """
    found = room.db.exec(select(Note).where(Note.author_id == room.author.id, Note.number == note)).first()
    if found is None:
        raise CannotDo(f"You have no note {note}. Use read_notes to see which there are.")
    if room.db.exec(select(Strike.id).where(Strike.note_id == found.id)).first() is not None:
        raise CannotDo(f"Note {note} is struck already.")
    room.db.add(Strike(note_id=found.id, turn_id=room.turn.id, at=room.now))
    room.db.flush()
    return f"Note {note} is struck."


def _text(room: Room, note: Note) -> str:
    text = room.show(note.blob_id)
    return "(erased)" if text is None else text


def _nothing(before: int | None) -> str:
    return "There are no notes to show." if before is None else f"There are no notes before note {before}."


TOOLS = (write_note, read_notes, strike_note)
