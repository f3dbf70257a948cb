"""An author that the outlet paused is asked about each day, and comes back by itself; what a person paused stays so."""

import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import col, select

from agent import app, probing, schedule
from agent.database import Database
from agent.errors import NoCredit, NoSuchLlm, Throttled
from agent.outlet import Outlet
from agent.pipeline import Pipeline
from agent.queries import pause_of
from agent.tables import AuditEvent, Call, Outcome, Pause, Slot, WritingSession
from agent.testing import DirectEngine, MovableClock, an_outlet, with_llm
from tests.a_publication import APublication
from tests.messages_answers import http_error, tool_use
from tests.messages_api import MessagesApi

OPUS = "claude-3-opus-20240229"
GONE = NoSuchLlm(endpoint="http://127.0.0.1", model_id=OPUS)


@dataclass
class Endpoint:
    """What every endpoint answers to a question, and who was asked about."""

    is_sure: bool = True
    fault: Exception | None = None
    words: str = f"{OPUS} answers"

    def __post_init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, slug: str) -> "Endpoint":
        self.asked.append(slug)
        if self.fault is not None:
            raise self.fault
        return self


def forward(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)


def pause(outlet: Outlet, actor: str = "outlet", author: int | None = 1, *, paused: bool = True) -> None:
    with outlet.database.write() as db:
        db.add(Pause(author_id=author, paused=paused, actor=actor, reason=f"{GONE}", at=outlet.now()))


def is_paused(outlet: Outlet, author: int = 1) -> bool:
    with outlet.database.read() as db:
        return pause_of(db, author) is not None


def events(outlet: Outlet) -> list[tuple[str, str, str]]:
    with outlet.database.read() as db:
        rows = db.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
        return [(row.action, row.subject, row.reason) for row in rows]


def test_nobody_is_asked_about_without_a_pause_of_the_outlets_own_that_is_a_day_old(outlet: Outlet) -> None:
    ask = Endpoint()
    assert probing.probe(outlet, ask) == []
    pause(outlet)
    forward(outlet, hours=23, minutes=59)
    assert probing.probe(outlet, ask) == []
    assert ask.asked == []
    forward(outlet, minutes=1)
    assert probing.probe(outlet, ask) == ["opus"]
    assert ask.asked == ["opus"]


def test_an_endpoint_that_answers_again_ends_the_pause_and_says_so(both: Outlet) -> None:
    pause(both)
    forward(both, days=1)
    assert probing.probe(both, Endpoint()) == ["opus"]
    assert not is_paused(both)
    with both.database.read() as db:
        last = db.exec(select(Pause).order_by(col(Pause.id).desc())).first()
    assert last is not None
    assert (last.author_id, last.actor, last.reason) == (1, "outlet", f"{OPUS} answers")
    assert [event[:2] for event in events(both)] == [("probing", "author opus"), ("returned", "author opus")]
    forward(both, days=3)
    ask = Endpoint()
    assert probing.probe(both, ask) == []
    assert ask.asked == [], "and it is asked about no more"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Endpoint(fault=GONE), f"{GONE}"),
        (Endpoint(fault=Throttled(endpoint="here", status=529, reason="busy")), "(HTTP 529): busy"),
        (Endpoint(fault=RuntimeError("sk-ant-SECRET")), "RuntimeError at test_probing.py"),
        (Endpoint(is_sure=False, words="the service lists it"), "perhaps lapsed: the service lists it"),
    ],
    ids=["gone", "busy", "broken", "unsure"],
)
def test_whatever_is_no_sure_answer_leaves_the_pause_and_waits_another_day(
    both: Outlet, answer: Endpoint, words: str
) -> None:
    pause(both)
    forward(both, days=1)
    asked = replace(answer)
    for hours in (0, 1, 22.9):
        forward(both, hours=hours)
        assert probing.probe(replace(both), asked) == [], "another process finds the same rows"
    assert asked.asked == ["opus"]
    [_, (action, subject, reason)] = events(both)
    assert (action, subject) == ("probed", "author opus")
    assert words in reason
    assert "SECRET" not in reason
    forward(both, hours=0.2)
    probing.probe(both, asked)
    assert asked.asked == ["opus", "opus"]
    assert is_paused(both)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_what_a_person_paused_is_never_lifted(both: Outlet, before: bool) -> None:
    for actor in ("ada", "outlet") if before else ("outlet", "ada"):
        pause(both, actor)
    forward(both, days=2)
    ask = Endpoint()
    assert probing.probe(both, ask) == []
    assert (ask.asked, is_paused(both)) == ([], True)


def test_a_persons_pause_that_was_ended_stands_in_no_way(both: Outlet) -> None:
    pause(both, "ada")
    pause(both, "ada", paused=False)
    pause(both)
    forward(both, days=1)
    assert probing.probe(both, Endpoint()) == ["opus"]


def test_while_everyone_is_paused_nothing_is_asked_and_that_pause_stays(both: Outlet) -> None:
    pause(both, "ada", None)
    pause(both)
    forward(both, days=2)
    ask = Endpoint()
    assert probing.probe(both, ask) == []
    assert ask.asked == []
    pause(both, "ada", None, paused=False)
    assert probing.probe(both, ask) == ["opus"]


def test_a_person_who_pauses_while_the_endpoint_is_asked_wins(both: Outlet) -> None:
    pause(both)
    forward(both, days=1)

    def ask(slug: str) -> Endpoint:
        pause(both, "ada")
        return Endpoint()

    assert probing.probe(both, ask) == []
    assert is_paused(both)
    assert [event[0] for event in events(both)] == ["probing", "probed"]


@pytest.mark.parametrize("status", [400, 402])
def test_a_fault_about_money_is_tried_again_in_words_that_promise_nothing(outlet: Outlet, status: int) -> None:
    with outlet.database.write() as db:
        reason = str(NoCredit(endpoint="http://127.0.0.1", author="opus", status=status, reason="no credit"))
        db.add(Pause(author_id=1, paused=True, actor="outlet", reason=reason, at=outlet.now()))
    forward(outlet, days=1)
    probing.probe(outlet, Endpoint())
    with outlet.database.read() as db:
        last = db.exec(select(Pause).order_by(col(Pause.id).desc())).first()
    assert last is not None
    assert last.reason == f"{OPUS} answers; whether there is credit again, its next call shows"


def test_once_the_process_is_to_stop_nobody_further_is_asked(outlet: Outlet) -> None:
    pause(outlet)
    pause(outlet, author=2)
    forward(outlet, days=1)
    ask = Endpoint()
    assert probing.probe(outlet, ask, stopped=lambda: len(ask.asked) == 1) == ["opus"]
    assert is_paused(outlet, 2)


@pytest.mark.slow
def test_of_two_processes_that_look_at_once_one_asks(both: Outlet) -> None:
    pause(both)
    forward(both, days=1)
    ask, gate = Endpoint(fault=GONE), threading.Barrier(4)

    def process() -> None:
        own = Database(both.database.url)
        gate.wait(10)
        probing.probe(replace(both, database=own), ask)
        own.close()

    several = [threading.Thread(target=process) for _ in range(4)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join(30)
    assert ask.asked == ["opus"]
    assert [event[0] for event in events(both)] == ["probing", "probed"]


@pytest.mark.slow
@pytest.mark.parametrize("refusal", ["404", "402"])
def test_a_slot_outlives_the_absence_of_its_author_and_is_taken_up_when_it_returns(both: Outlet, refusal: str) -> None:
    submitted = tool_use("submit", {"title": "Rain", "text": "It rained.\n"})
    is_gone = refusal == "404"
    script = [submitted] if is_gone else [http_error(402, "billing_error", "no credit"), submitted]
    with MessagesApi(script, models=set() if is_gone else {OPUS}) as api:
        settings = both.settings.model_copy(update={"api_base_url": api.url})
        outlet = with_llm(replace(both, settings=settings), app.build(settings).llm("opus"))
        slot = schedule.ask_now(outlet, "opus", "plain")
        ask = partial(app.probe, outlet)

        def sweep() -> int:
            engine = DirectEngine(outlet.now)
            chain = Pipeline(outlet, engine)
            chain.sweep()
            works = [ids for name, _, ids in engine.enqueued if name == "sitting.v1"]
            for ids in works:
                chain.sitting(*ids)
            return len(works)

        assert sweep() == 1
        assert is_paused(outlet), "the first call was refused"
        assert sweep() == 0
        forward(outlet, days=1)
        if is_gone:
            assert probing.probe(outlet, ask) == [], "it is still gone"
            assert sweep() == 0
            api.models = {OPUS}
            forward(outlet, hours=23)
            assert probing.probe(outlet, ask) == [], "and is asked once a day"
            forward(outlet, hours=1)
        assert probing.probe(outlet, ask) == ["opus"]
        assert sweep() == 1
    with outlet.database.read() as db:
        assert db.exec(select(Slot.id)).all() == [slot], "the same slot"
        assert db.exec(select(WritingSession.outcome)).all() == [Outcome.SUBMITTED]
        assert len(db.exec(select(Call)).all()) == 2
    assert len(api.finished) == 1


@pytest.mark.slow
def test_the_running_process_asks_by_itself(tmp_path: Path) -> None:
    with MessagesApi(models={OPUS}) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        outlet = an_outlet(publication.folder)
        pause(outlet)  # The clock of a test stands in the past.
        outlet.database.close()
        with publication.start("up") as running:
            running.until("action=returned author=opus")
            assert running.ask_to_stop() == 0
    assert not is_paused(outlet)
    outlet.database.close()


@pytest.mark.slow
def test_a_service_that_lists_a_model_and_calls_it_retired_is_not_believed_before_it_counts(both: Outlet) -> None:
    pause(both)
    forward(both, days=1)
    with MessagesApi(models={OPUS}, lifecycle="retired", counts=False) as api:
        settings = both.settings.model_copy(update={"api_base_url": api.url})
        outlet = with_llm(replace(both, settings=settings), app.build(settings).llm("opus"))
        assert probing.probe(outlet, partial(app.probe, outlet)) == []
        assert is_paused(outlet)
        api.counts = True
        forward(outlet, days=1)
        assert probing.probe(outlet, partial(app.probe, outlet)) == ["opus"]
    assert api.finished == [], "nothing was paid"
