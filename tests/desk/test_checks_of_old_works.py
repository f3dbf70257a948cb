"""What was decided before a check existed is said to be not checked by it, and never clear."""

import pytest

from agent import check
from agent.check.frame import Finding, Subject
from agent.outlet import Outlet
from tests.desk.a_desk import Browser
from tests.review.a_desk_of_two import a_public_piece


class Later:
    NAME, VERSION, ABOUT = "later", "1", "It comes later."

    def check(self, _: Subject) -> list[Finding]:
        return []


def test_a_public_text_says_of_a_newer_check_that_it_has_not_looked(
    outlet: Outlet, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = a_public_piece(outlet)
    monkeypatch.setattr(check, "CHECKS", [*check.CHECKS, Later()])
    flags = ada.words(f"/revisions/{revision.id}?with=flags")
    assert "later, advice, claims" in flags, "the policies of the judge, too"
    assert "not checked. When it was decided, these had not looked, or did not exist." in flags
    assert "not checked yet" not in flags
    assert "later: nothing flagged" not in flags
    made = ada.words(f"/revisions/{revision.id}/provenance")
    assert "later: not checked. When it was published, this had not looked, or did not exist." in made
