"""Answers to flags: each that asks for a look has one, and none is lost where checks looked again meanwhile."""

import pytest

from agent import check
from agent.check.frame import Finding, Looked
from agent.errors import Refused
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said
from agent.review.bar import Decision
from agent.tables import Level, Review, Revision, Verdict
from agent.testing import a_piece
from tests.check.test_run_checks import Scripted
from tests.review.a_desk_of_two import rows

TEXT = "It rained for a week and the river came up to the door of the mill, and stayed.\n"
IT = Finding(Level.LOOK, "rain", 0, 2, "It.")
WEEK = Finding(Level.LOOK, "time", 14, 20, "A week.")


@pytest.fixture
def revision(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> Revision:
    """A text with nothing flagged."""
    monkeypatch.setattr(check, "CHECKS", ())
    return a_piece(outlet, TEXT)


def looks(outlet: Outlet, *found: Finding, name: str = "scripted") -> None:
    """A check looks, or looks again."""
    with outlet.database.write() as db:
        check.store(outlet, db, Scripted(NAME=name), Looked(found), revision_id=1, text=TEXT)


def answers(outlet: Outlet, revision: Revision, **given: str) -> Decision:
    said = Said(answers={int(number.removeprefix("flag")): words for number, words in given.items()})
    read = {"record_sha256": revision.record_sha256, "said": said}
    return actions.review(outlet, revision.id, "ada", Verdict.PUBLISH, **read)


def test_an_answer_to_a_flag_that_was_replaced_is_refused_and_says_by_which(outlet: Outlet, revision: Revision) -> None:
    looks(outlet, IT, WEEK)
    looks(outlet, Finding(Level.NOTE, "week", 16, 20, "Week."), WEEK, IT)
    with pytest.raises(Refused, match="looked again meanwhile; flag 2 was replaced by 4: read it, then answer"):
        answers(outlet, revision, flag2="It was one.", flag5="It did.")
    assert rows(outlet, Review) == []
    assert answers(outlet, revision, flag4="It was one.", flag5="It did.") is Decision.PUBLISHED
    assert rows(outlet, Review)[0].answers == [{"flag": 4, "words": "It was one."}, {"flag": 5, "words": "It did."}]


def test_an_answer_to_a_flag_that_was_taken_back_or_never_was_is_refused(outlet: Outlet, revision: Revision) -> None:
    looks(outlet, IT)
    looks(outlet, IT, name="other")
    looks(outlet)
    with pytest.raises(Refused, match="flag 1 was taken back"):
        answers(outlet, revision, flag1="It did.", flag2="It did.")
    with pytest.raises(Refused, match="There is no flag 77 on this text"):
        answers(outlet, revision, flag2="It did.", flag77="It did.")
    assert answers(outlet, revision, flag1=" ", flag2="It did.") is Decision.PUBLISHED, "no words are lost"


def test_an_empty_text_has_its_flags_replaced_too(outlet: Outlet, revision: Revision) -> None:
    nothing = Finding(Level.LOOK, "nothing", 0, 0, "Nothing.")
    looks(outlet, nothing)
    looks(outlet, nothing)
    with pytest.raises(Refused, match="flag 1 was replaced by 2"):
        answers(outlet, revision, flag1="It is.")
