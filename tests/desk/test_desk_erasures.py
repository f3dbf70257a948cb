"""Erasures at the desk: one proposes, a second types the number and agrees, and it is gone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.outlet import Outlet
from agent.record import text_of
from agent.review import actions
from agent.roster import call_roll
from agent.tables import ErasureAnswer, ErasureProposal, Revision, WithdrawnBy
from agent.testing import a_piece
from tests.desk.a_desk import PLAIN, Browser, words_of
from tests.review.a_desk_of_two import WHY, a_public_piece, rows

pytestmark = pytest.mark.slow

RIGHT = "A request under article 17."
SEEN = "I read the request; it is so."


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """The usual cast; Cleo administers, and Eve keeps it running."""
    update = {"administrators": ["cleo"], "operators": ["eve"]}
    staffed = replace(outlet, settings=outlet.settings.model_copy(update=update))
    call_roll(staffed)
    return staffed


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    return create_app(outlet)


@pytest.fixture
def cleo(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("cleo")


@pytest.fixture
def waiting(outlet: Outlet) -> Revision:
    """A piece that nobody decided about."""
    return a_piece(outlet, PLAIN, title="The open door")


def is_erased(outlet: Outlet, revision: Revision) -> bool:
    with outlet.database.read() as db:
        return text_of(db, revision) is None


def test_an_administrator_proposes_and_a_reviewer_agrees(
    cleo: Browser, ada: Browser, outlet: Outlet, waiting: Revision
) -> None:
    assert "Nothing was proposed to be erased." in ada.words("/erasures")
    assert "/pieces/1/erasures" in cleo.get("/pieces/1").text
    before = cleo.words("/pieces/1/erasures")
    assert (
        "What would go now, in 4 places: the text and record of each of its revisions (1 text still there); 2 turns"
        in before
    )
    assert "What would stay: other pieces" in before
    asked = cleo.submit("/pieces/1/erasures", reason=RIGHT)
    assert asked.headers["location"] == "/erasures/1?stored=proposed"
    assert "It waits for a second person: an administrator or a reviewer who is not you." in cleo.words("/erasures/1")
    assert "Erasures: 1 waits for a second person" in ada.words("/pieces")
    assert "Proposed by cleo" in ada.words("/erasures")
    page = ada.words("/erasures/1")
    assert RIGHT in page
    assert "What would go now" in page
    slip = ada.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="11")
    assert slip.status_code == 409
    assert "Type the number of the piece that goes, 1," in words_of(slip)
    assert f"{SEEN}</textarea>" in slip.text
    assert not is_erased(outlet, waiting)
    done = ada.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1")
    assert done.headers["location"] == "/erasures/1?stored=agree"
    assert is_erased(outlet, waiting)
    words = ada.words("/erasures/1?stored=agree")
    assert "It is erased." in words
    assert f"ada agreed on 1 November 2026, 12:00 UTC, and it was erased: {SEEN}" in words
    assert "The open door" not in words
    assert "It is erased already." in cleo.words("/pieces/1/erasures")


def test_a_declined_one_says_so(cleo: Browser, ada: Browser, outlet: Outlet, waiting: Revision) -> None:
    cleo.submit("/pieces/1/erasures", reason=RIGHT)
    done = ada.submit("/erasures/1/answers", answer="decline", reason="It is about another piece.")
    assert done.headers["location"] == "/erasures/1?stored=decline"
    assert "Nothing was erased." in ada.words("/erasures/1?stored=decline")
    late = cleo.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1")
    assert "ada has declined proposal 1 already. Your answer was not stored." in words_of(late)
    assert not is_erased(outlet, waiting)


def test_a_correction_goes_and_the_piece_stays(cleo: Browser, ada: Browser, outlet: Outlet) -> None:
    revision = a_public_piece(outlet, PLAIN)
    actions.correct(outlet, revision.piece_id, "ada", "Mr Miller lives elsewhere.")
    assert "/corrections/1/erasures" in cleo.get("/pieces/1").text
    assert "/corrections/1/erasures" not in ada.get("/pieces/1").text
    assert "the words of correction 1, wherever they were shown" in cleo.words("/corrections/1/erasures")
    cleo.submit("/corrections/1/erasures", reason=RIGHT)
    assert "If you agree: the number of the correction that goes" in ada.words("/erasures/1")
    ada.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1")
    words = ada.words("/pieces/1")
    assert "Mr Miller" not in words
    assert "Its words were erased." in words
    assert not is_erased(outlet, revision)
    assert cleo.get("/corrections/9/erasures").status_code == 404


def test_what_cannot_be_erased_now_says_why_and_stays_open(cleo: Browser, ada: Browser, outlet: Outlet) -> None:
    revision = a_public_piece(outlet, PLAIN)
    cleo.submit("/pieces/1/erasures", reason=RIGHT)
    assert "It cannot be done now. Piece 1 is public. Withdraw it first. The proposal stays open." in ada.words(
        "/erasures/1"
    )
    assert 'value="agree"' not in ada.get("/erasures/1").text, "what cannot be done is not offered"
    assert 'value="decline"' in ada.get("/erasures/1").text
    refused = ada.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1")
    assert refused.status_code == 409
    assert f"{SEEN}</textarea>" in refused.text
    assert rows(outlet, ErasureAnswer) == []
    down = actions.withdraw(outlet, 1, "ada", WithdrawnBy.STAFF, ground="law", reason=WHY)
    actions.confirm(outlet, down, "ben", reason=WHY)
    assert "It cannot be done now" not in ada.words("/erasures/1")
    assert 'value="agree"' in ada.get("/erasures/1").text
    ada.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1")
    assert is_erased(outlet, revision)


def test_who_may_not_is_refused(
    cleo: Browser, ada: Browser, browser_of: Callable[[str], Browser], outlet: Outlet, waiting: Revision
) -> None:
    assert ada.get("/pieces/1/erasures").status_code == 403
    assert ada.submit("/pieces/1/erasures", reason=RIGHT).status_code == 403
    assert rows(outlet, ErasureProposal) == []
    cleo.submit("/pieces/1/erasures", reason=RIGHT)
    eve = browser_of("eve")
    assert "It waits for a second person: an administrator or a reviewer." in eve.words("/erasures/1")
    assert eve.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1").status_code == 403
    own = cleo.submit("/erasures/1/answers", answer="agree", reason=SEEN, number="1")
    assert "An erasure takes two people, and you are the first." in words_of(own)
    assert rows(outlet, ErasureAnswer) == []
    assert ada.get("/erasures/9").status_code == 404
    assert not is_erased(outlet, waiting)


def test_a_proposal_that_lacks_a_reason_is_refused_and_kept(cleo: Browser, outlet: Outlet, waiting: Revision) -> None:
    refused = cleo.submit("/pieces/1/erasures", reason="law")
    assert refused.status_code == 409
    assert "law</textarea>" in refused.text
    assert rows(outlet, ErasureProposal) == []
