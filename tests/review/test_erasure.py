"""How far an erasure reaches: to every copy that the rows know of, and not to another work."""

from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlmodel import SQLModel, col, select

from agent.outlet import Outlet
from agent.publish import ledger
from agent.record import record_of, text_of
from agent.review import actions
from agent.tables import Blob, Copy, Draft, Kind, Note, Piece, Revision, Submission, Turn, Verdict, WithdrawnBy
from agent.testing import a_session, text_reply, tool_reply
from tests.review.a_desk_of_two import WHY, a_public_piece, author_says, publishes, rows, says

pytestmark = pytest.mark.slow

MARKER = "Zanzibarian"
DONE = tool_reply("decline")


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything here holds on SQLite and on PostgreSQL."""
    return both


def erase(outlet: Outlet, piece: int) -> int:
    return actions.erase(outlet, piece, "ada", second="ben", reason=WHY)


def tables_with(outlet: Outlet, word: str) -> set[str]:
    """The tables in which a word stands, in whatever letters."""
    found = set()
    with outlet.database.read() as db:
        for name in [*SQLModel.metadata.tables, "archivewords"]:
            for row in db.connection().execute(sql(f'SELECT * FROM "{name}"')):
                if any(word.lower() in str(bytes(v) if isinstance(v, memoryview) else v).lower() for v in row):
                    found.add(name)
    return found


def said(outlet: Outlet, blob_id: int) -> bytes | None:
    with outlet.database.read() as db:
        return db.get_one(Blob, blob_id).data


def texts(outlet: Outlet) -> dict[int, str | None]:
    """The text of each piece's newest revision, None where it was erased."""
    with outlet.database.read() as db:
        return {revision.piece_id: text_of(db, revision) for revision in rows(outlet, Revision)}


def test_no_word_of_an_erased_piece_is_left_wherever_it_was_shown_saved_or_said(outlet: Outlet, tmp_path: Path) -> None:
    a_session(
        outlet,
        [
            tool_reply("save_draft", text=f"{MARKER} rain, "),
            tool_reply("save_draft", text=f"and {MARKER} wind.", draft=1, at_end=True),
            DONE,
        ],
    )
    a_session(
        outlet,
        [
            tool_reply("read_draft", draft=1),
            tool_reply("submit", title=f"{MARKER} weather", draft=1, tags=[MARKER], note_to_readers=MARKER),
        ],
    )
    (revision,) = rows(outlet, Revision)
    for reviewer in ("ada", "ben"):
        says(outlet, revision, reviewer, Verdict.VETO)
    a_session(
        outlet,
        [
            tool_reply("list_pieces"),
            tool_reply("read_piece", piece=1),
            tool_reply("search_pieces", words="rain"),
            tool_reply("appeal", piece=1, words=f"Nobody is {MARKER}."),
            tool_reply("revise", piece=1, text=f"{MARKER} sun."),
            DONE,
        ],
    )
    a_session(outlet, [tool_reply("read_piece", piece=1), tool_reply("withdraw", piece=1, why=f"Too {MARKER}."), DONE])
    a_session(outlet, [DONE])
    assert {"blob", "archivewords", "rendering"} <= tables_with(outlet, MARKER)
    erase(outlet, 1)
    assert tables_with(outlet, MARKER) == set()
    outlet.database.close()
    files = [file for file in tmp_path.glob("afterword.db*") if MARKER.lower().encode() in file.read_bytes().lower()]
    assert files == []
    ledger.append(outlet)
    # Who looks for it again finds nothing, and an author that reads its list is told.
    a_session(outlet, [tool_reply("list_pieces"), tool_reply("search_pieces", words=MARKER), DONE])
    assert "erased" in str(said(outlet, rows(outlet, Turn)[-4].blob_id))


def test_another_work_stays_even_where_the_same_draft_went_into_it_or_it_stands_under_the_erased_one(
    outlet: Outlet,
) -> None:
    a_session(outlet, [tool_reply("save_draft", text="It rained."), tool_reply("submit", title="One", draft=1)])
    grown = tool_reply("save_draft", text=" It stopped.", draft=1, at_end=True)
    a_session(outlet, [grown, tool_reply("submit", title="Two", draft=1)])
    publishes(outlet, rows(outlet, Revision)[0])
    notes = [tool_reply("write_note", text="About One: the draft was better.")]
    a_session(outlet, [*notes, tool_reply("postscript", piece=1, text="It still rains."), DONE])
    actions.withdraw(outlet, 1, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    erase(outlet, 1)
    assert texts(outlet) == {1: None, 2: "It rained. It stopped.", 3: "It still rains."}
    assert [piece.kind for piece in rows(outlet, Piece)] == [Kind.ESSAY, Kind.ESSAY, Kind.POSTSCRIPT]
    with outlet.database.read() as db:
        assert all(record_of(db, revision) is not None for revision in rows(outlet, Revision)[1:])
    assert [said(outlet, draft.blob_id) for draft in rows(outlet, Draft)] == [None, None]
    assert [said(outlet, note.blob_id) for note in rows(outlet, Note)] == [b"About One: the draft was better."]


def test_what_was_handed_in_and_never_went_on_goes_with_the_piece(outlet: Outlet) -> None:
    author_says(outlet, "ask")
    # The same words, saved, refused and later allowed; and a revision that was taken back.
    a_session(outlet, [tool_reply("save_draft", text=f"{MARKER} rain."), DONE])
    words = tool_reply("submit", title="Rain", text=f"{MARKER} rain.")
    a_session(outlet, [words, text_reply("No.")])
    a_session(outlet, [words, text_reply("Yes.")])
    revised = tool_reply("revise", piece=1, text=f"More {MARKER} rain.")
    a_session(outlet, [revised, tool_reply("withdraw", piece=1), DONE])
    assert len(rows(outlet, Submission)) == 3
    assert len(rows(outlet, Revision)) == 1
    erase(outlet, 1)
    assert tables_with(outlet, MARKER) == set()


def test_copies_of_copies_go_and_what_only_stands_beside_them_stays(outlet: Outlet) -> None:
    first, other = a_public_piece(outlet), a_public_piece(outlet, "It shone.\n", title="Sun")
    actions.withdraw(outlet, first.piece_id, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    with outlet.database.write() as db:
        blobs = [Blob(sha256=f"{n}", salt=b"", data=b"It rained.") for n in range(3)]
        db.add_all(blobs)
        db.flush()
        copy, again, beside = (blob.id for blob in blobs)
        db.add(Copy(blob_id=copy, of_blob_id=first.text_blob_id))
        db.add(Copy(blob_id=again, of_blob_id=copy))
        db.add(Copy(blob_id=copy, of_blob_id=beside))
        db.add(Copy(blob_id=again, of_blob_id=other.text_blob_id))
    erase(outlet, first.piece_id)
    assert [said(outlet, blob) for blob in (copy, again, beside)] == [None, None, b"It rained."]
    assert texts(outlet)[other.piece_id] == "It shone.\n"


def test_an_erased_piece_leaves_every_hash_in_its_place(outlet: Outlet) -> None:
    revision = a_public_piece(outlet)
    actions.withdraw(outlet, 1, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    ledger.append(outlet)
    erase(outlet, 1)
    with outlet.database.read() as db:
        kept = db.exec(select(Blob).where(col(Blob.id).in_([revision.text_blob_id, revision.record_blob_id]))).all()
        assert {blob.sha256 for blob in kept} == {revision.text_sha256, revision.record_sha256}
        assert {(blob.salt, blob.data) for blob in kept} == {(None, None)}
    assert ledger.append(outlet) > 0
