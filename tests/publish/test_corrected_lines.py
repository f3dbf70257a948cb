"""The proof with notes of the staff in it: the ledger tells of each, and a site with them verifies."""

import json
from pathlib import Path

import pytest

from agent import pipeline
from agent.outlet import Outlet
from agent.publish.account import account
from agent.publish.verify import verify
from agent.record import sha256
from agent.review import actions
from agent.tables import Author, WithdrawnBy
from tests.review.a_desk_of_two import WHY, a_public_piece

pytestmark = pytest.mark.slow

NOTE = "The flood was in 1953."


@pytest.fixture
def public(outlet: Outlet) -> Path:
    """The public folder of an outlet with two pieces, one of which has two notes beside it."""
    a_public_piece(outlet, "The flood of 1935.\n", title="The flood")
    a_public_piece(outlet, "It went on raining.\n", title="Rain", continues=1)
    actions.correct(outlet, 1, "ada", NOTE)
    actions.correct(outlet, 1, "ben", "Call Cy at 030 1234567.")
    pipeline.build(outlet)
    return outlet.settings.at(outlet.settings.public)


def told(public: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (public / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_site_with_notes_verifies_and_shows_the_words_that_the_ledger_tells_of(public: Path) -> None:
    assert verify(public).problems == []
    assert (public / "pieces/1.md").read_bytes() == b"The flood of 1935.\n"
    assert NOTE in (public / "pieces/1.html").read_text(encoding="utf-8")
    lines = [line["data"]["words_sha256"] for line in told(public) if line["event"] == "corrected"]  # type: ignore[index]
    assert lines[0] == sha256(NOTE.encode())
    assert json.loads((public / "pieces/2.json").read_bytes())["continues"] == 1


def test_the_words_of_a_note_leave_the_site_and_no_text_is_taken_for_erased(outlet: Outlet, public: Path) -> None:
    before = told(public)
    actions.erase_correction(outlet, 2, "ada", second="ben", reason=WHY)
    pipeline.build(outlet)
    assert verify(public).problems == []
    assert [path for path in public.rglob("*") if path.is_file() and b"1234567" in path.read_bytes()] == []
    after = told(public)
    assert after[: len(before)] == before
    assert [(line["event"], line["data"]) for line in after[len(before) :]] == [
        ("erased", {"invitation": 1, "work": 1, "correction": 2})
    ]
    assert (public / "pieces/1.md").read_bytes() == b"The flood of 1935.\n"


def test_under_a_piece_that_is_taken_down_no_note_is_shown_until_it_returns(outlet: Outlet, public: Path) -> None:
    actions.withdraw(outlet, 1, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    pipeline.build(outlet)
    assert verify(public).problems == []
    assert [path for path in public.rglob("*") if path.is_file() and NOTE.encode() in path.read_bytes()] == []
    outlet.now.forward(hours=73)  # type: ignore[attr-defined]
    actions.reinstate(outlet)
    pipeline.build(outlet)
    assert verify(public).problems == []
    assert NOTE in (public / "pieces/1.html").read_text(encoding="utf-8")


def test_an_authors_record_holds_the_notes_beside_its_pieces_and_which_of_them_go_on(outlet: Outlet) -> None:
    a_public_piece(outlet, "The flood of 1935.\n", title="The flood")
    a_public_piece(outlet, "It went on raining.\n", title="Rain", continues=1)
    for words in (NOTE, "Call Cy at 030 1234567."):
        actions.correct(outlet, 1, "ada", words)
    actions.erase_correction(outlet, 2, "ada", second="ben", reason=WHY)
    with outlet.database.read() as db:
        first, second = account(db, db.get_one(Author, 1), "Afterword")["pieces"]
    assert [(note["revision"], note["words"]) for note in first["corrections"]] == [(1, NOTE), (1, None)]
    assert "ada" not in str(first["corrections"])
    assert second["corrections"] == []
    assert [piece["revisions"][0]["continues"] for piece in (first, second)] == [None, 1]
