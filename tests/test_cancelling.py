"""A session is stopped between two turns, whatever stands in its way: what was paid for is kept, no more is paid."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from agent import pausing, pipeline, schedule, write
from agent.errors import LlmError, NoSuchLlm, Refused, Throttled
from agent.invite import invite
from agent.outlet import Ask, Outlet, Reply
from agent.pipeline import SITTING, Pipeline
from agent.tables import (
    AuditEvent,
    Basis,
    Call,
    Cancellation,
    Consent,
    Note,
    Outcome,
    Paid,
    Pause,
    Publish,
    Purpose,
    Rest,
    Revision,
    Turn,
    WritingSession,
)
from agent.testing import NOON, DirectEngine, MovableClock, ScriptedLlm, blocks_reply, text_reply, tool_reply, with_llm

pytestmark = pytest.mark.slow

WHY = "It goes round in circles."
NOTED = tool_reply("write_note", text="The stair is blue.")
SUBMITTED = tool_reply("submit", title="Rain", text="It rained.\n")
GONE = NoSuchLlm(endpoint="http://127.0.0.1", model_id="claude-3-opus-20240229")
BUSY = Throttled(endpoint="http://127.0.0.1", status=529, reason="busy", retry_after=7_200.0)


class Stopping(ScriptedLlm):
    """Answers from a script; while it gives its last answer, somebody stops the session."""

    outlet: Outlet

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        if len(self.script) == 1:
            write.cancel(self.outlet, 1, actor="ada", reason=WHY)
        return super().ask(ask, heard=heard)


class World:
    """One session of an author, its pipeline, and the script that answers it."""

    def __init__(
        self,
        outlet: Outlet,
        *script: Reply | LlmError,
        author: str = "opus",
        purpose: Purpose = Purpose.WRITING,
        llm: type[ScriptedLlm] = ScriptedLlm,
    ) -> None:
        self.llm = llm(script)
        self.outlet = with_llm(outlet, self.llm)
        if isinstance(self.llm, Stopping):
            self.llm.outlet = outlet
        self.slot = schedule.ask_now(outlet, author, "plain" if purpose is Purpose.WRITING else None, purpose=purpose)

    def open(self, turns: int = 0) -> int:
        """Open the session, and take so many turns of it."""
        session = write.open_session(self.outlet, invite(self.outlet, self.slot))
        for _ in range(turns):
            pipeline.take_turn(self.outlet, session)
        return session

    def sweep(self) -> list[str]:
        """What the running process does next; the names of the works it began."""
        engine = DirectEngine(self.outlet.now)
        chain = Pipeline(self.outlet, engine)
        chain.sweep()
        asked = [(name, ids) for name, _, ids in engine.enqueued if name == SITTING]
        for name, ids in asked:
            chain.workflows[name](*ids)
        return [name for name, _ in asked]

    @property
    def ended(self) -> tuple[Outcome | None, str]:
        (session,) = self.rows(WritingSession)
        return session.outcome, session.why

    def rows(self, table: type[SQLModel]) -> list[Any]:
        with self.outlet.database.read() as db:
            return list(db.exec(select(table).order_by(col(table.id))))  # type: ignore[attr-defined]


STOPPED = (Outcome.FAILED, f"stopped by the staff: {WHY}")


def paused(world: World) -> None:
    pausing.set_pause(world.outlet, "opus", paused=True, actor="ben", reason="a holiday")


def everyone_is_paused(world: World) -> None:
    pausing.set_pause(world.outlet, None, paused=True, actor="ben", reason="a holiday")


def over_its_cap(world: World) -> None:
    settings = world.outlet.settings.model_copy(update={"max_cost_per_month": 0.0, "max_tokens_per_session": 1})
    world.outlet = replace(world.outlet, settings=settings)


def resting(world: World) -> None:
    with world.outlet.database.write() as db:
        db.add(Rest(author_id=1, until=NOON.date().replace(year=2030), at=NOON))


def gone_from_the_settings(world: World) -> None:
    settings = world.outlet.settings.model_copy(update={"authors": world.outlet.settings.authors[1:]})
    world.outlet = replace(world.outlet, settings=settings)


@pytest.mark.parametrize(
    "hinder", [paused, everyone_is_paused, over_its_cap, resting, gone_from_the_settings], ids=lambda f: f.__name__
)
def test_nothing_that_keeps_a_session_from_going_on_keeps_it_from_ending(
    both: Outlet, hinder: Callable[[World], None]
) -> None:
    world = World(both, NOTED)
    session = world.open(turns=1)
    hinder(world)
    write.cancel(world.outlet, session, actor="ada", reason=WHY)
    assert world.sweep() == [SITTING]
    assert world.ended == STOPPED
    assert len(world.llm.asked) == 1, "no call was made for it"
    assert len(world.rows(Note)) == 1, "and what was said before is kept"


def test_without_a_key_it_ends_all_the_same(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(both)
    session = world.open()
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert world.sweep() == []
    write.cancel(world.outlet, session, actor="ada", reason=WHY)
    assert world.sweep() == [SITTING]
    assert world.ended == STOPPED


@pytest.mark.parametrize("fault", [GONE, BUSY], ids=["gone", "outage"])
def test_an_outage_and_an_author_that_the_outlet_paused_hold_no_end_up(both: Outlet, fault: LlmError) -> None:
    world = World(both, fault)
    session = world.open(turns=1)
    write.cancel(world.outlet, session, actor="ada", reason=WHY)
    assert world.sweep() == [SITTING]
    assert world.ended == STOPPED
    assert [call.paid for call in world.rows(Call)] == [Paid.UNPAID]


def test_a_sitting_that_waits_for_another_try_is_stopped_in_its_nap(both: Outlet) -> None:
    world = World(both, Throttled(endpoint="http://127.0.0.1", status=529, reason="busy", retry_after=200.0))

    class Sleepless(DirectEngine):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 2:
                write.cancel(world.outlet, 1, actor="ada", reason=WHY)

    engine = Sleepless(world.outlet.now)
    Pipeline(world.outlet, engine).sitting(world.slot)
    assert world.ended == STOPPED
    assert engine.slept == [10.0, 10.0], "and not the 200 seconds that the endpoint asked for"
    assert len(world.llm.asked) == 1


def test_an_answer_in_flight_is_stored_and_acted_on_before_the_end(both: Outlet) -> None:
    world = World(both, NOTED, llm=Stopping)
    assert world.sweep() == [SITTING]
    assert world.ended == STOPPED
    assert [turn.number for turn in world.rows(Turn)] == [1, 2, 3], "the answer, and what its tool said"
    assert [call.paid for call in world.rows(Call)] == [Paid.SETTLED]
    assert len(world.rows(Note)) == 1


def test_what_is_submitted_in_the_answer_in_flight_is_submitted(both: Outlet) -> None:
    world = World(both, SUBMITTED, llm=Stopping)
    world.sweep()
    assert world.ended[0] is Outcome.SUBMITTED
    assert len(world.rows(Revision)) == 1


def test_an_interview_ends_and_what_was_answered_holds(both: Outlet) -> None:
    world = World(both, text_reply("Good evening."), text_reply("YES. All of it."), purpose=Purpose.INTERVIEW)
    session = world.open(turns=2)
    write.cancel(world.outlet, session, actor="ada", reason=WHY)
    world.sweep()
    assert world.ended == STOPPED
    with world.outlet.database.read() as db:
        latest = db.exec(select(Consent).order_by(col(Consent.id).desc())).first()
    assert latest is not None
    assert (latest.publish, latest.basis) == (Publish.YES, Basis.ASKED)


def test_a_text_about_which_its_author_is_being_asked_goes_on_without_its_yes(both: Outlet) -> None:
    with both.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, words="Ask me.", at=both.now()))
    world = World(both, SUBMITTED)
    session = world.open(turns=1)
    write.cancel(world.outlet, session, actor="ada", reason=WHY)
    world.sweep()
    outcome, why = world.ended
    assert outcome is Outcome.SUBMITTED, "what it had chosen holds"
    assert why == f"it could not be asked once more whether to publish: stopped by the staff: {WHY}"
    assert len(world.rows(Revision)) == 1
    assert len(world.llm.asked) == 1


def test_a_reply_that_was_cut_off_is_not_continued(both: Outlet) -> None:
    cut = blocks_reply([{"type": "text", "text": "It was a dark and"}], stop_reason="max_tokens")
    world = World(both, cut, author="sonnet")
    session = world.open(turns=1)
    write.cancel(world.outlet, session, actor="ada", reason=WHY)
    world.sweep()
    assert world.ended == STOPPED
    assert len(world.llm.asked) == 1


def test_a_session_is_stopped_once_and_the_second_learns_who_was_first(both: Outlet) -> None:
    world = World(both)
    session = world.open()
    assert write.cancel(world.outlet, session, actor="ada", reason=f" {WHY} ") is None
    before = write.cancel(world.outlet, session, actor="ben", reason="Me, too.")
    assert before is not None
    assert (before.actor, before.reason) == ("ada", WHY)
    assert [row.actor for row in world.rows(Cancellation)] == ["ada"]
    world.sweep()
    assert [event.reason for event in world.rows(AuditEvent) if event.action == "failed"] == [STOPPED[1]]
    with pytest.raises(Refused, match=f"is over: it ended as failed: stopped by the staff: {WHY}"):
        write.cancel(world.outlet, session, actor="ben", reason="Me, too.")


@pytest.mark.parametrize(
    ("session", "reason", "said"),
    [(9, WHY, "There is no session 9"), (1, " \n", "Say why"), (1, "null\x00", "cannot be stored")],
)
def test_what_cannot_be_stopped_is_said_and_nothing_is_stored(
    both: Outlet, session: int, reason: str, said: str
) -> None:
    world = World(both)
    world.open()
    with pytest.raises(Refused, match=said):
        write.cancel(world.outlet, session, actor="ada", reason=reason)
    assert world.rows(Cancellation) == []


def test_another_session_of_the_same_author_goes_on(both: Outlet) -> None:
    first = World(both, BUSY)
    session = first.open(turns=1)
    write.cancel(first.outlet, session, actor="ada", reason=WHY)
    second = World(both, tool_reply("decline"))
    assert isinstance(both.now, MovableClock)
    both.now.forward(hours=3)
    assert second.sweep() == [SITTING, SITTING]
    outcomes = [row.outcome for row in second.rows(WritingSession)]
    assert outcomes == [Outcome.FAILED, Outcome.DECLINED]
    assert second.rows(Pause) == []
