"""The notebook: an author's notes to itself, which nobody else writes, strikes or reads with these tools."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from agent.outlet import Outlet
from agent.tables import Blob, Copy, Erasure, Note, Strike
from agent.testing import NOON, MovableClock, a_room, a_session, tool_reply
from agent.write.notebook import NOTE_AT_MOST, read_notes, strike_note, write_note
from agent.write.room import CannotDo, Room


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything here holds on SQLite and on PostgreSQL."""
    return both


@pytest.fixture
def room(outlet: Outlet) -> Iterator[Room]:
    with a_room(outlet) as room:
        yield room


def test_a_note_is_found_on_another_day_by_its_number_and_date(outlet: Outlet, clock: MovableClock) -> None:
    with a_room(outlet) as room:
        assert read_notes(room) == "There are no notes to show."
        assert write_note(room, "The heron is a clock.\n") == "Written down as note 1."
    clock.forward(days=2)
    with a_room(outlet) as room:
        assert write_note(room, "Herons do not wait.") == "Written down as note 2."
        assert read_notes(room) == (
            "Note 1, 2026-11-01\nThe heron is a clock.\n\n\nNote 2, 2026-11-03\nHerons do not wait."
        )


def test_a_struck_note_is_shown_only_if_it_is_asked_for_and_is_not_erased(room: Room, clock: MovableClock) -> None:
    write_note(room, "Wrong.")
    write_note(room, "Right.")
    clock.forward(days=1)
    room.now = clock()
    assert strike_note(room, 1) == "Note 1 is struck."
    assert read_notes(room) == "Note 2, 2026-11-01\nRight."
    assert read_notes(room, struck=True) == (
        "Note 1, 2026-11-01, struck on 2026-11-02\nWrong.\n\nNote 2, 2026-11-01\nRight."
    )
    with pytest.raises(CannotDo, match="Note 1 is struck already"):
        strike_note(room, 1)


def test_nobody_strikes_or_reads_the_notes_of_another(outlet: Outlet) -> None:
    with a_room(outlet, "sonnet") as room:
        write_note(room, "Mine alone.")
    with a_room(outlet) as room:
        with pytest.raises(CannotDo, match=r"You have no note 1\."):
            strike_note(room, 1)
        assert read_notes(room, struck=True) == "There are no notes to show."
        assert write_note(room, "Mine.") == "Written down as note 1.", "each author counts its own"
        assert room.db.exec(select(Strike)).all() == []


@pytest.mark.parametrize(("text", "why"), [(" \n", "empty"), ("x" * (NOTE_AT_MOST + 1), "at most 20,000")])
def test_what_is_no_note_is_refused_in_words_and_nothing_is_kept(room: Room, text: str, why: str) -> None:
    with pytest.raises(CannotDo, match=why):
        write_note(room, text)
    assert room.db.exec(select(Note)).all() == []


def test_many_notes_are_read_from_the_newest_a_part_at_a_time(room: Room) -> None:
    for number in range(1, 6):
        write_note(room, f"{number}" * 8_000)
    newest, older, oldest = (read_notes(room, before) for before in (None, 4, 2))
    assert newest.startswith("There are older notes. To read them, give 4 as before.\n\nNote 4, 2026-11-01\n444")
    assert newest.endswith("Note 5, 2026-11-01\n" + "5" * 8_000)
    assert [older.count(f"Note {number}, ") for number in range(1, 6)] == [0, 1, 1, 0, 0]
    assert "give 2 as before" in older
    assert oldest == "Note 1, 2026-11-01\n" + "1" * 8_000
    assert read_notes(room, 1) == "There are no notes before note 1."


def test_an_erasure_reaches_what_was_read_and_an_erased_note_says_so(outlet: Outlet) -> None:
    a_session(outlet, [tool_reply("write_note", text="A name."), tool_reply("read_notes"), tool_reply("decline")])
    with outlet.database.write() as db:
        note = db.exec(select(Note)).one()
        assert db.exec(select(Copy.of_blob_id)).all() == [note.blob_id], "what the author was shown names its source"
        db.add(Erasure(blob_id=note.blob_id, actor="ada, ben", reason="A right.", at=NOON))
        db.flush()
        blob = db.get_one(Blob, note.blob_id)
        blob.data = blob.salt = None
        db.add(blob)
    with a_room(outlet) as room:
        assert read_notes(room) == "Note 1, 2026-11-01\n(erased)"
