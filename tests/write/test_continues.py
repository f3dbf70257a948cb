"""A piece that goes on from an earlier one of the same author, as it says when it submits it."""

import json
from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from agent.outlet import Outlet
from agent.record import Record, record_of, sha256
from agent.review import actions
from agent.review.queue import queue
from agent.tables import Blob, Piece, Revision, Turn, WithdrawnBy
from agent.testing import a_piece, a_room, a_session, tool_reply
from agent.write.drafting import TOOLS
from agent.write.room import Room
from agent.write.toolbox import Toolbox
from tests.review.a_desk_of_two import WHY, a_public_piece, a_vetoed_piece, rows

pytestmark = pytest.mark.slow

DONE = tool_reply("decline")


def record(outlet: Outlet, revision: Revision) -> Record:
    """What a revision says of itself."""
    with outlet.database.read() as db:
        found = record_of(db, revision)
    assert found is not None
    return found


def test_a_piece_says_from_which_it_goes_on_and_its_record_holds_that(both: Outlet) -> None:
    a_public_piece(both, "It rained.\n", title="Rain")
    second = a_piece(both, "It went on.\n", title="Rain, again", continues=1)
    said = record(both, second)
    assert (said.continues, json.loads(said.bytes)["continues"]) == (1, 1)
    assert second.record_sha256 == sha256(said.bytes)
    with both.database.read() as db:
        (waits,) = queue(db)
    assert waits.belongs_to == "goes on from piece 1, Rain"


def test_what_goes_on_from_nothing_has_the_record_that_it_always_had(outlet: Outlet) -> None:
    revision = a_piece(outlet, "It rained.\n", title="Rain", continues=None)
    said = {
        "form": "",
        "kind": "essay",
        "note": "",
        "tags": [],
        "text_sha256": sha256(b"It rained.\n"),
        "title": "Rain",
    }
    assert revision.record_sha256 == sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


@pytest.fixture
def room(outlet: Outlet) -> Iterator[Room]:
    """Opus's room. Its pieces are 1: public, 2: vetoed, 3: an afterword, 4: withdrawn, 5: erased; 6 is Sonnet's."""
    a_public_piece(outlet, "One.\n")
    a_vetoed_piece(outlet, "Two.\n")
    a_session(outlet, [tool_reply("postscript", piece=1, text="Three.\n"), DONE])
    for text in ("Four.\n", "Five.\n"):
        a_public_piece(outlet, text)
        piece = rows(outlet, Piece)[-1].id
        number = actions.withdraw(outlet, piece, "ada", WithdrawnBy.STAFF, ground="law", reason=WHY)
        actions.confirm(outlet, number, "ben", reason=WHY)
    actions.erase(outlet, 5, "ada", second="ben", reason=WHY)
    a_piece(outlet, "Six.\n", author="sonnet")
    with a_room(outlet) as its_room:
        yield its_room


def test_only_a_piece_of_its_own_that_stands_for_itself_is_gone_on_from(room: Room) -> None:
    toolbox = Toolbox(TOOLS)

    def said(number: int) -> str:
        call = {"type": "tool_use", "id": "c", "name": "submit", "input": {"text": "On.\n", "continues": number}}
        done = toolbox.run(room, [call])
        return str(done.results[0]["content"]) if done.results else "taken in"

    # A withdrawn one keeps its place, and nobody but its author says what a vetoed one led to.
    assert {number: said(number) for number in (1, 2, 4)} == dict.fromkeys((1, 2, 4), "taken in")
    assert said(3) == "Piece 3 is an afterword, which belongs to another piece. Name that one, or leave continues out."
    assert said(5).startswith("Piece 5 was erased")
    for number in (0, 6, 7):
        assert said(number) == f"You have no piece {number}. Your pieces are: 1, 2, 3, 4, 5."


def test_a_new_revision_goes_on_from_the_same_piece_without_being_told(outlet: Outlet) -> None:
    a_public_piece(outlet, "It rained.\n")
    a_public_piece(outlet, "It went on.\n", continues=1)
    a_session(outlet, [tool_reply("revise", piece=2, text="It went on raining.\n"), DONE])
    newest = rows(outlet, Revision)[-1]
    said = record(outlet, newest)
    assert (newest.number, said.continues, said.text_sha256) == (2, 1, sha256(b"It went on raining.\n"))


def test_an_author_reads_again_from_which_piece_another_goes_on(outlet: Outlet) -> None:
    a_public_piece(outlet, "It rained.\n")
    a_public_piece(outlet, "It went on.\n", continues=1)
    a_session(outlet, [tool_reply("read_piece", piece=2), tool_reply("read_piece", piece=1), DONE])
    with outlet.database.read() as db:
        told = db.exec(select(Blob.data).join(Turn, col(Turn.blob_id) == Blob.id).where(Turn.session_id == 3)).all()
    assert b"".join(data or b"" for data in told).count(b"Goes on from: piece 1") == 1
