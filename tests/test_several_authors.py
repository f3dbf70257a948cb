"""Several authors beside each other: what stands in the way of one holds back no other."""

from dataclasses import replace

import pytest
from sqlmodel import select

from agent import schedule
from agent.errors import NoSuchLlm
from agent.outlet import Outlet
from agent.pipeline import SITTING, Pipeline
from agent.queries import pause_of
from agent.tables import Author, Outcome, WritingSession
from agent.testing import DirectEngine, ScriptedLlm, text_reply, with_llm

pytestmark = pytest.mark.slow


def outcomes(outlet: Outlet) -> dict[str, Outcome | None]:
    with outlet.database.read() as db:
        rows = select(Author.slug, WritingSession.outcome).join(WritingSession)
        return dict(db.exec(rows).all())


def test_one_authors_spent_cap_does_not_hold_back_another(both: Outlet) -> None:
    opus, sonnet = both.settings.authors
    authors = [opus.model_copy(update={"max_cost_per_month": 0.0}), sonnet]
    outlet = replace(both, settings=both.settings.model_copy(update={"authors": authors}))
    engine = DirectEngine()
    chain = Pipeline(with_llm(outlet, ScriptedLlm([text_reply("DECLINE")])), engine)
    waits, goes_on = schedule.ask_now(outlet, "opus"), schedule.ask_now(outlet, "sonnet")
    chain.sweep()
    assert [ids for workflow, _, ids in engine.enqueued if workflow == SITTING] == [(goes_on,)]
    assert chain.held_back[waits].startswith("max_cost_per_month of opus is $0.00")
    chain.sitting(goes_on)
    assert outcomes(outlet) == {"sonnet": Outcome.DECLINED}


def test_a_model_that_is_gone_pauses_its_author_alone(both: Outlet) -> None:
    gone = NoSuchLlm(endpoint="http://127.0.0.1", model_id="claude-3-opus-20240229")
    llms = {"opus": ScriptedLlm([gone]), "sonnet": ScriptedLlm([text_reply("DECLINE")])}
    outlet = replace(both, llm=llms.__getitem__)
    chain = Pipeline(outlet, DirectEngine())
    slots = [schedule.ask_now(outlet, "opus"), schedule.ask_now(outlet, "sonnet")]
    for slot in slots:
        chain.sitting(slot)
    assert outcomes(outlet) == {"opus": None, "sonnet": Outcome.DECLINED}
    with outlet.database.read() as db:
        assert [pause_of(db, number) is not None for number in (1, 2)] == [True, False]
    chain.sweep()
    assert list(chain.held_back) == slots[:1]
