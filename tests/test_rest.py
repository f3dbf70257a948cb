"""An author that rests: slots that wait, and the sitting in which it asked for its rest."""

from sqlmodel import col, select

from agent import schedule, write
from agent.invite import invite
from agent.outlet import Outlet
from agent.pipeline import SITTING, Pipeline, take_turn
from agent.tables import Outcome, WritingSession
from agent.testing import DirectEngine, MovableClock, ScriptedLlm, tool_reply, with_llm

REST = tool_reply("rest_until", date="2026-11-03")
DECLINE = tool_reply("decline")


def outcomes(outlet: Outlet) -> list[Outcome | None]:
    with outlet.database.read() as db:
        return list(db.exec(select(WritingSession.outcome).order_by(col(WritingSession.id))))


def test_a_slot_that_was_there_already_waits_for_the_end_of_the_rest(outlet: Outlet, clock: MovableClock) -> None:
    engine = DirectEngine()
    chain = Pipeline(with_llm(outlet, ScriptedLlm([REST, DECLINE, DECLINE])), engine)
    first, second = schedule.ask_now(outlet, "opus"), schedule.ask_now(outlet, "opus")
    chain.sweep()
    assert [ids for workflow, _, ids in engine.enqueued if workflow == SITTING] == [(first,), (second,)]
    chain.sitting(first)
    chain.sitting(second)  # The engine was told of it before the author went to rest.
    assert outcomes(outlet) == [Outcome.DECLINED]
    engine.enqueued.clear()
    chain.sweep()
    assert chain.held_back == {second: "Claude Opus wished not to be invited before 2026-11-03"}
    clock.forward(hours=36)  # As the day begins, in UTC.
    chain.sweep()
    assert chain.held_back == {}
    chain.sitting(second)
    assert outcomes(outlet) == [Outcome.DECLINED] * 2


def test_the_sitting_in_which_an_author_asks_for_its_rest_goes_on_after_a_crash(outlet: Outlet) -> None:
    engine = DirectEngine()
    outlet = with_llm(outlet, ScriptedLlm([REST, tool_reply("keep_private", text="Good night.")]))
    slot = schedule.ask_now(outlet, "opus")
    session = write.open_session(outlet, invite(outlet, slot))
    take_turn(outlet, session)  # It asks for its rest, and is answered. Then the process is lost.
    chain = Pipeline(outlet, engine)
    chain.sweep()
    assert chain.held_back == {}
    assert (SITTING, (slot,)) in [(workflow, ids) for workflow, _, ids in engine.enqueued]
    chain.sitting(slot)
    assert outcomes(outlet) == [Outcome.KEPT_PRIVATE]
