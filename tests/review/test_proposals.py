"""Erasures that one proposes and a second agrees to: then they are done, and in the same act."""

from dataclasses import replace

import pytest

from agent import schedule, write
from agent.errors import Refused, UnknownUser
from agent.invite import invite
from agent.outlet import Outlet
from agent.record import text_of
from agent.review import actions
from agent.review.erasure import reach
from agent.review.proposals import agree, decline, open_proposals, proposals, propose, stands_against
from agent.roster import call_roll
from agent.tables import Erasure, ErasureAnswer, Revision, Shingle, WithdrawnBy
from agent.testing import a_piece
from tests.review.a_desk_of_two import WHY, a_public_piece, at_once, rows

RIGHT = "A request under article 17."
SEEN = "I read the request; it is so."


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """The usual reviewers, with Cleo, who administers; on SQLite and on PostgreSQL."""
    staffed = replace(
        both, settings=both.settings.model_copy(update={"administrators": ["cleo"], "operators": ["eve"]})
    )
    call_roll(staffed)
    return staffed


def is_erased(outlet: Outlet, revision: Revision) -> bool:
    with outlet.database.read() as db:
        return text_of(db, revision) is None


def test_what_one_proposes_goes_in_the_act_in_which_a_second_agrees(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    with outlet.database.write() as db:
        db.add(Shingle(revision_id=revision.id, hash=7))
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    assert not is_erased(outlet, revision)
    with outlet.database.read() as db:
        assert open_proposals(db) == 1
        assert stands_against(outlet, db, proposals(db)[0]) == ""
        far = reach(db, revision.piece_id)
    emptied = agree(outlet, number, "ada", reason=SEEN, number=f" {revision.piece_id} ")
    assert is_erased(outlet, revision)
    assert (far.texts, far.turns, far.all) == (1, 2, emptied), "what was said before is what went"
    assert {(row.actor, row.reason) for row in rows(outlet, Erasure)} == {("cleo, ada", RIGHT)}
    assert [(row.actor, row.agreed, row.reason) for row in rows(outlet, ErasureAnswer)] == [("ada", True, SEEN)]
    with outlet.database.read() as db:
        assert open_proposals(db) == 0
        assert db.get(Shingle, (revision.id, 7)) is None
        [row] = proposals(db)
    assert row.name == "(erased)"


def test_the_words_of_a_correction_go_and_the_piece_stays(outlet: Outlet) -> None:
    revision = a_public_piece(outlet)
    note = actions.correct(outlet, revision.piece_id, "ada", "Mr Miller lives elsewhere.")
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT, correction_id=note)
    with pytest.raises(Refused, match="Type the number of the correction that goes, 1,"):
        agree(outlet, number, "ada", reason=SEEN, number="")
    assert agree(outlet, number, "ada", reason=SEEN, number=str(note)) == 1
    assert not is_erased(outlet, revision)
    with pytest.raises(Refused, match="Correction 1 is erased already"):
        propose(outlet, revision.piece_id, "cleo", reason=RIGHT, correction_id=note)


def test_a_declined_proposal_erases_nothing_and_may_be_made_anew(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    decline(outlet, number, "ben", reason="The request is not about this piece.")
    with pytest.raises(Refused, match="ben has declined proposal 1 already"):
        agree(outlet, number, "ada", reason=SEEN, number=str(revision.piece_id))
    assert not is_erased(outlet, revision)
    assert propose(outlet, revision.piece_id, "cleo", reason=RIGHT) == number + 1


def test_who_may_propose_and_who_may_agree(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    for name in ("ada", "eve", "cy"):
        with pytest.raises(UnknownUser, match="Who may: cleo"):
            propose(outlet, revision.piece_id, name, reason=RIGHT)
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    with pytest.raises(Refused, match="you are the first"):
        agree(outlet, number, "cleo", reason=SEEN, number="1")
    for name in ("eve", "cy"):
        with pytest.raises(UnknownUser):
            agree(outlet, number, name, reason=SEEN, number="1")
    with pytest.raises(Refused, match="in words"):
        agree(outlet, number, "ada", reason="ok", number="1")
    with pytest.raises(Refused, match="Type the number of the piece that goes, 1,"):
        agree(outlet, number, "ada", reason=SEEN, number="2")
    with pytest.raises(Refused, match="There is no proposal 9"):
        decline(outlet, 9, "ada", reason=SEEN)
    assert not is_erased(outlet, revision)
    assert rows(outlet, ErasureAnswer) == []


def test_at_the_command_line_too_the_first_is_an_administrator_where_there_is_one(outlet: Outlet, both: Outlet) -> None:
    revision = a_piece(outlet)
    with pytest.raises(UnknownUser, match="Who may: cleo"):
        actions.erase(outlet, revision.piece_id, "ada", second="ben", reason=RIGHT)
    assert actions.erase(outlet, revision.piece_id, "cleo", second="ben", reason=RIGHT) > 0
    other = a_piece(both, "It shone.\n")
    assert actions.erase(both, other.piece_id, "ada", second="ben", reason=RIGHT) > 0, "nobody administers there"


def test_what_is_public_stands_against_it_and_the_proposal_stays_open(outlet: Outlet) -> None:
    revision = a_public_piece(outlet)
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    with outlet.database.read() as db:
        assert stands_against(outlet, db, proposals(db)[0]) == "Piece 1 is public. Withdraw it first."
    with pytest.raises(Refused, match="is public"):
        agree(outlet, number, "ada", reason=SEEN, number="1")
    assert rows(outlet, ErasureAnswer) == []
    down = actions.withdraw(outlet, 1, "ada", WithdrawnBy.STAFF, ground="law", reason=WHY)
    actions.confirm(outlet, down, "ben", reason=WHY)
    agree(outlet, number, "ada", reason=SEEN, number="1")
    assert is_erased(outlet, revision)


def test_the_same_is_not_proposed_twice_and_nothing_that_is_not_there(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    with pytest.raises(Refused, match="cleo has proposed this already: proposal 1 waits"):
        propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    with pytest.raises(Refused, match="There is no piece 9"):
        propose(outlet, 9, "cleo", reason=RIGHT)
    with pytest.raises(Refused, match="There is no correction 3 beside piece 1"):
        propose(outlet, 1, "cleo", reason=RIGHT, correction_id=3)
    with pytest.raises(Refused, match="in words"):
        propose(outlet, 1, "cleo", reason="")


def test_of_two_who_answer_at_once_one_wins_and_the_other_is_told(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT)

    def answers(name: str) -> str:
        try:
            if name == "ada":
                agree(outlet, number, name, reason=SEEN, number=str(revision.piece_id))
            else:
                decline(outlet, number, name, reason="It is about another.")
        except Refused as no:
            return str(no)
        return "done"

    said = at_once(outlet, answers, ["ada", "ben"])
    assert sorted(word == "done" for word in said) == [False, True]
    [given] = rows(outlet, ErasureAnswer)
    assert is_erased(outlet, revision) is given.agreed
    assert any(f"{given.actor} has" in word and "already. Your answer was not stored." in word for word in said)


def test_a_piece_of_an_author_that_is_writing_waits(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    number = propose(outlet, revision.piece_id, "cleo", reason=RIGHT)
    write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", "plain")))
    with pytest.raises(Refused, match="is writing now, in session 2"):
        agree(outlet, number, "ada", reason=SEEN, number="1")
    with outlet.database.read() as db:
        assert "is writing now" in stands_against(outlet, db, proposals(db)[0])
    assert rows(outlet, ErasureAnswer) == []
    assert not is_erased(outlet, revision)
