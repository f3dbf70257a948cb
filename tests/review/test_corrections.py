"""Notes of the staff beside a piece: who may set one, what it may say, and what becomes of its words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, func, select

from agent import schedule, write
from agent.errors import Refused, UnknownUser
from agent.invite import invite
from agent.outlet import Outlet
from agent.publish import ledger
from agent.publish.corrections import corrections_of
from agent.publish.events import events
from agent.record import sha256, text_of
from agent.review import actions
from agent.review.corrections import WORDS_AT_MOST, corrections
from agent.tables import Blob, ContextBlock, Correction, Invitation, LedgerEntry, Revision, Verdict, WithdrawnBy
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from tests.review.a_desk_of_two import WHY, a_public_piece, publishes, rows, says

pytestmark = pytest.mark.slow

NOTE = "The flood was in 1953.\nThe text says 1935."
DONE = tool_reply("decline")


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything here holds on SQLite and on PostgreSQL."""
    return both


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return str(caught.value)


def lines(outlet: Outlet, word: str) -> list[dict[str, Any]]:
    """What the ledger says under a word."""
    with outlet.database.read() as db:
        told = [json.loads(entry.line) for entry in db.exec(select(LedgerEntry).order_by(LedgerEntry.sequence))]
    return [line["data"] for line in told if line["event"] == word]


def take_down(outlet: Outlet, piece: int) -> None:
    number = actions.withdraw(outlet, piece, "ada", WithdrawnBy.STAFF, ground="law", reason=WHY)
    actions.confirm(outlet, number, "ben", reason=WHY)


def test_a_note_stands_beside_the_text_and_changes_no_byte_of_it(outlet: Outlet) -> None:
    revision = a_public_piece(outlet, "The flood of 1935.\n")
    number = actions.correct(outlet, 1, "ben", f"  {NOTE}\n".replace("\n", "\r\n"))
    (made,) = rows(outlet, Correction)
    assert (made.id, made.piece_id, made.revision_number, made.actor) == (number, 1, 1, "ben")
    with outlet.database.read() as db:
        assert text_of(db, db.get_one(Revision, revision.id)) == "The flood of 1935.\n"
        assert db.get_one(Blob, made.blob_id).data == NOTE.encode()
        (listed,) = corrections(db)
        assert (listed.words, listed.actor, listed.byline, listed.at) == (NOTE, "ben", "Claude Opus", made.at)
        assert corrections(db, 2) == []


def test_a_second_note_takes_no_place_of_the_first_and_each_names_the_text_it_is_about(outlet: Outlet) -> None:
    a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", "It was a Tuesday.")
    a_session(outlet, [tool_reply("revise", piece=1, text="It rained on Tuesday.\n"), DONE])
    actions.correct(outlet, 1, "ada", "It was a Wednesday.")
    publishes(outlet, rows(outlet, Revision)[-1])
    actions.correct(outlet, 1, "ben", "It was a Thursday.")
    with outlet.database.read() as db:
        found = corrections_of(db)
        assert [(note.words, note.revision) for note in found[1]] == [
            ("It was a Tuesday.", 1),
            ("It was a Wednesday.", 1),  # What waits for review, nobody has read.
            ("It was a Thursday.", 2),
        ]
        assert [note.correction for note in corrections(db)] == [3, 2, 1]
        assert (corrections_of(db, [1]), corrections_of(db, [2]), corrections_of(db, [])) == (found, {}, {})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "The note is empty"),
        (" \r\n\t ", "The note is empty"),
        ("x" * (WORDS_AT_MOST + 1), "The note has 2,001 characters; 2,000 are the most"),
        ("It was \x1b[2J 1953.", "a sign that cannot be shown (U+001B)"),
        ("It was\t1953.", "a sign that cannot be shown (U+0009)"),
        ("It was \x00 1953.", "a sign that cannot be shown (U+0000)"),
        ("It was \u202e3591.", "a sign that cannot be shown (U+202E)"),
        ("It was \u2028 1953.", "a sign that cannot be shown (U+2028)"),
        ("It was \ud800 1953.", "a sign that cannot be shown (U+D800)"),
    ],
)
def test_a_note_says_something_short_in_words_that_can_be_shown(outlet: Outlet, words: str, why: str) -> None:
    a_public_piece(outlet)
    assert why in refused(lambda: actions.correct(outlet, 1, "ada", words))
    assert rows(outlet, Correction) == []


@pytest.mark.parametrize("words", ["é" * WORDS_AT_MOST, "年号は1953年。👩\u200d🌾", "می\u200cخواهم"])
def test_a_note_may_be_in_any_language(outlet: Outlet, words: str) -> None:
    a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", words)
    with outlet.database.read() as db:
        assert corrections(db)[0].words == words


def test_a_note_is_set_by_somebody_of_the_staff_and_beside_what_readers_have_read(outlet: Outlet) -> None:
    a_public_piece(outlet)
    a_piece(outlet, "Not yet.\n")
    with pytest.raises(UnknownUser, match='called "cy"'):
        actions.correct(outlet, 1, "cy", NOTE)
    assert refused(lambda: actions.correct(outlet, 9, "ada", NOTE)) == "There is no piece 9."
    assert "Piece 2 was never public" in refused(lambda: actions.correct(outlet, 2, "ada", NOTE))
    actions.correct(outlet, 1, "ada", NOTE)
    assert "Correction 1 of piece 1 says this already" in refused(lambda: actions.correct(outlet, 1, "ben", NOTE + " "))
    assert len(rows(outlet, Correction)) == 1


def test_the_ledger_tells_of_a_note_by_the_hash_of_its_words_and_names_nobody(outlet: Outlet) -> None:
    a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", NOTE)
    ledger.append(outlet)
    said = {"invitation": 1, "work": 1, "piece": 1, "revision": 1, "words_sha256": sha256(NOTE.encode()), "by": "staff"}
    assert lines(outlet, "corrected") == [said]
    with outlet.database.read() as db:
        (entry,) = db.exec(select(LedgerEntry).where(LedgerEntry.event == "corrected:1"))
        assert "1953" not in entry.line
        assert list(events(db)) == []
    assert ledger.append(outlet) == 0


def test_the_words_of_a_note_go_with_the_piece_when_that_is_erased(outlet: Outlet) -> None:
    a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", NOTE)
    ledger.append(outlet)
    take_down(outlet, 1)
    with outlet.database.read() as db:
        assert corrections_of(db)[1][0].words is None, "what is taken down is quoted nowhere"
        assert corrections(db)[0].words == NOTE
    actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    ledger.append(outlet)
    with outlet.database.read() as db:
        (shown,) = corrections_of(db)[1]
        assert (shown.words, shown.sha256, corrections(db)[0].words) == (None, sha256(NOTE.encode()), None)
    # The line of the note is as it was, and that of its erasure takes it for no text of the author's.
    assert lines(outlet, "corrected")[0]["words_sha256"] == sha256(NOTE.encode())
    assert {"invitation": 1, "work": 1, "correction": 1} in lines(outlet, "erased")
    assert "Piece 1 was erased" in refused(lambda: actions.correct(outlet, 1, "ada", "It was in May."))


def test_a_note_whose_words_were_erased_before_anybody_read_them_leaves_no_hash_to_guess(outlet: Outlet) -> None:
    a_public_piece(outlet)
    ledger.append(outlet)
    actions.correct(outlet, 1, "ada", "Call Cy at 030 1234567.")
    actions.erase_correction(outlet, 1, "ada", second="ben", reason=WHY)
    ledger.append(outlet)
    assert [line["words_sha256"] for line in lines(outlet, "corrected")] == [None]
    assert [line["correction"] for line in lines(outlet, "erased")] == [1]


def test_a_note_is_erased_by_two_with_what_the_author_was_told_of_it_and_the_piece_stays(outlet: Outlet) -> None:
    revision = a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", NOTE)
    a_session(outlet, [DONE], prompt="bare")
    with outlet.database.read() as db:
        (since,) = db.exec(select(ContextBlock).where(ContextBlock.kind == "since"))
        assert b"1953" in (db.get_one(Blob, since.blob_id).data or b"")
    assert "takes two people" in refused(lambda: actions.erase_correction(outlet, 1, "ada", second="ada", reason=WHY))
    assert "There is no correction 7" in refused(
        lambda: actions.erase_correction(outlet, 7, "ada", second="ben", reason=WHY)
    )
    assert actions.erase_correction(outlet, 1, "ada", second="ben", reason=WHY) >= 3
    assert "Correction 1 is erased already" in refused(
        lambda: actions.erase_correction(outlet, 1, "ada", second="ben", reason=WHY)
    )
    with outlet.database.read() as db:
        assert not any(b"1953" in (blob.data or b"") for blob in db.exec(select(Blob)))
        assert text_of(db, db.get_one(Revision, revision.id)) == "It rained.\n"
        assert corrections_of(db)[1][0].words is None


def test_a_note_that_an_author_may_be_reading_is_not_erased_under_its_eyes(outlet: Outlet) -> None:
    a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", NOTE)
    write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", "bare")))
    why = refused(lambda: actions.erase_correction(outlet, 1, "ada", second="ben", reason=WHY))
    assert "Claude Opus is writing now" in why
    with outlet.database.read() as db:
        assert corrections(db)[0].words == NOTE


def since(outlet: Outlet, slug: str = "opus") -> str:
    """What the next invitation says first; nothing where it has no news. The author declines it."""
    a_session(outlet, [DONE], author=slug, prompt="bare")
    with outlet.database.read() as db:
        newest = db.exec(select(func.max(Invitation.id))).one()
        of_it = select(Blob.data).join(ContextBlock, col(ContextBlock.blob_id) == Blob.id)
        told = db.exec(of_it.where(ContextBlock.invitation_id == newest, ContextBlock.kind == "since")).first()
    return (told or b"").decode()


def test_an_author_is_told_once_of_a_note_beside_its_piece_and_no_other_author_is(outlet: Outlet) -> None:
    a_public_piece(outlet, title="The flood")
    assert isinstance(outlet.now, MovableClock)
    since(outlet)
    outlet.now.forward(days=1)
    actions.correct(outlet, 1, "ada", NOTE)
    outlet.now.forward(days=1)
    told = since(outlet)
    assert "On 2026-11-02 the staff set a correction beside “The flood” (piece 1)." in told
    assert "your text is unchanged" in told
    assert "> The flood was in 1953.\n> The text says 1935." in told
    assert "(`postscript`)" in told
    assert "ada" not in told
    outlet.now.forward(days=1)
    assert "correction" not in since(outlet)
    assert "correction" not in since(outlet, "sonnet")


def test_an_author_hears_of_a_note_whose_words_are_gone(outlet: Outlet) -> None:
    a_public_piece(outlet, title="The flood")
    actions.correct(outlet, 1, "ada", NOTE)
    actions.erase_correction(outlet, 1, "ada", second="ben", reason=WHY)
    told = since(outlet)
    assert "set a correction beside “The flood” (piece 1). Its words were erased since." in told
    assert ">" not in told


def test_an_author_answers_a_note_with_an_afterword_under_the_piece(outlet: Outlet) -> None:
    a_public_piece(outlet)
    actions.correct(outlet, 1, "ada", NOTE)
    a_session(outlet, [tool_reply("postscript", piece=1, text="So it was; I stand corrected.\n"), DONE])
    answer = rows(outlet, Revision)[-1]
    assert says(outlet, answer, "ben", Verdict.PUBLISH).value == "published"
