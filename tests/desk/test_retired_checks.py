"""Flags of a check that is no longer part of the outlet: they stand, are shown and are answered."""

import pytest

from agent import check
from agent.check.again import again
from agent.errors import Refused
from agent.outlet import Outlet
from agent.review.bar import Decision
from agent.testing import a_piece
from tests.check.test_run_checks import Scripted
from tests.desk.a_desk import Browser
from tests.review.test_answering import IT, TEXT, WEEK, answers, looks

pytestmark = pytest.mark.slow


def test_flags_of_a_check_that_is_no_more_stand_and_are_answered(
    outlet: Outlet, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CHECKS", ())
    revision = a_piece(outlet, TEXT)
    looks(outlet, IT, name="poetry")
    monkeypatch.setattr(check, "CHECKS", (Scripted([WEEK]),))
    [changed] = again(outlet, [revision.id])
    assert changed.check == "scripted"
    assert again(outlet, [revision.id], only=["poetry"]) == []
    for page in ("/queue", "/revisions/1?with=flags", "/checks", "/checks/poetry", "/calibration", "/record"):
        assert ada.get(page).status_code == 200, page
    assert "A week." in (shown := ada.words("/revisions/1?with=flags"))
    assert "poetry" in shown
    with pytest.raises(Refused, match="Open: 1"):
        answers(outlet, revision, flag2="It was one.")
    assert answers(outlet, revision, flag1="It did.", flag2="It was one.") is Decision.PUBLISHED
