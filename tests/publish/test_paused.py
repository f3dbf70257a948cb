"""While an author is paused nothing of it goes out: no call, no publication. What is taken down comes down."""

from dataclasses import replace

import pytest

from agent import pipeline
from agent.outlet import Outlet
from agent.pausing import resume, stop
from agent.publish.verify import verify
from agent.review import actions
from agent.tables import WithdrawnBy
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from tests.publish.works import WHY, a_revised, publish

pytestmark = pytest.mark.slow


@pytest.fixture
def outlet_of_ada(both: Outlet) -> Outlet:
    """Ada may resume, too."""
    return replace(both, settings=both.settings.model_copy(update={"administrators": ["ada"]}))


def pages(outlet: Outlet) -> set[str]:
    """The pieces that can be read once an edition was built, by the numbers of their pages."""
    pipeline.build(outlet, extras=False)
    public = outlet.settings.folder / "public"
    assert verify(public).problems == []
    return {path.stem for path in public.glob("pieces/*.md")}


def a_day_goes_by(outlet: Outlet) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(days=1)


@pytest.mark.parametrize("whom", ["opus", None])
def test_a_pause_holds_back_what_was_decided_until_it_ends(outlet_of_ada: Outlet, whom: str | None) -> None:
    outlet = outlet_of_ada
    opus, sonnet = a_piece(outlet), a_piece(outlet, "It shone.\n", author="sonnet")
    stop(outlet, whom, "ada", reason="We look into something.")
    for revision in (opus, sonnet):
        publish(outlet, revision)
    assert pages(outlet) == ({"2"} if whom else set())
    a_day_goes_by(outlet)
    assert pages(outlet) == ({"2"} if whom else set())
    resume(outlet, whom, "ada", reason="It was nothing.")
    assert pages(outlet) == {"1", "2"}


@pytest.mark.parametrize("whom", ["opus", None])
def test_what_was_out_by_the_rows_before_a_pause_comes_with_the_next_edition(
    outlet_of_ada: Outlet, whom: str | None
) -> None:
    outlet = outlet_of_ada
    publish(outlet, a_piece(outlet))
    stop(outlet, whom, "ada", reason="We look into something.")
    assert pages(outlet) == {"1"}
    actions.withdraw(outlet, 1, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    assert pages(outlet) == set(), "that is how to take it down, under a pause, too"


def test_an_authors_own_pause_and_everyones_both_have_to_end(outlet_of_ada: Outlet) -> None:
    outlet = outlet_of_ada
    revision = a_piece(outlet)
    stop(outlet, "opus", "ada", reason="We look into something.")
    stop(outlet, None, "ada", reason="And into everything.")
    publish(outlet, revision)
    resume(outlet, None, "ada", reason="It was nothing.")
    assert pages(outlet) == set()
    resume(outlet, "opus", "ada", reason="Nor was that anything.")
    assert pages(outlet) == {"1"}


@pytest.mark.parametrize("whom", ["opus", None])
@pytest.mark.parametrize("by", list(WithdrawnBy))
def test_a_withdrawal_goes_out_all_the_same(outlet_of_ada: Outlet, whom: str | None, by: WithdrawnBy) -> None:
    outlet = outlet_of_ada
    publish(outlet, a_piece(outlet))
    publish(outlet, a_piece(outlet, "It shone.\n"))
    assert pages(outlet) == {"1", "2"}
    if by is WithdrawnBy.AUTHOR:
        a_session(outlet, [tool_reply("withdraw", piece=1), tool_reply("decline")])
    stop(outlet, whom, "ada", reason="We look into something.")
    if by is not WithdrawnBy.AUTHOR:
        made = actions.withdraw(outlet, 1, "ada", by, ground="personal-data", reason=WHY)
        if by is WithdrawnBy.STAFF:
            actions.confirm(outlet, made, "ben", reason=WHY)
    assert pages(outlet) == {"2"}


def test_a_revised_text_waits_and_the_one_before_it_stays_meanwhile(outlet_of_ada: Outlet) -> None:
    outlet = outlet_of_ada
    publish(outlet, a_piece(outlet))
    second = a_revised(outlet, 1, "It rained less.\n")
    stop(outlet, "opus", "ada", reason="We look into something.")
    publish(outlet, second)
    pages(outlet)
    text = outlet.settings.folder / "public" / "pieces" / "1.md"
    assert text.read_text() == "It rained.\n"
    resume(outlet, "opus", "ada", reason="It was nothing.")
    pages(outlet)
    assert text.read_text() == "It rained less.\n"
