"""`afterword sessions cancel`: here, or by the process that runs this publication; no call is made for it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from agent import app, pipeline, schedule, write
from agent.cli import cancelling
from agent.cli.publication import begin
from agent.invite import invite
from agent.outlet import Outlet, Reply
from agent.tables import Call, Cancellation, Outcome, Paid, WritingSession
from agent.testing import ScriptedLlm, an_outlet, tool_reply, with_llm
from agent.write import session as write_session
from tests.a_publication import APublication, wait_for
from tests.cli.a_terminal import TWO, Terminal
from tests.messages_answers import hold, tool_use
from tests.messages_api import MessagesApi

pytestmark = pytest.mark.slow

WHY = "It goes round in circles."
STOPPED = f"Session 1 ended: failed (stopped by the staff: {WHY})."


@pytest.fixture
def outlet(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outlet]:
    """A publication on SQLite, then on PostgreSQL, with a session of Opus that has just begun."""
    monkeypatch.setenv("AFTERWORD_DATABASE_URL", database_url)
    begin(tmp_path / "pub", TWO)
    outlet = an_outlet(tmp_path / "pub", database_url=database_url)
    write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", "plain")))
    yield outlet
    outlet.database.close()


@pytest.fixture
def terminal(outlet: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(outlet.settings.folder, monkeypatch, capsys)


def answered(outlet: Outlet, reply: Reply) -> None:
    """The author answers once, and the process ends before it acts on that."""
    told = with_llm(outlet, ScriptedLlm([reply]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write_session, "_act", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            write.take_turn(told, 1)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def one_line(words: str) -> str:
    return " ".join(words.split())


def session(outlet: Outlet) -> WritingSession:
    with outlet.database.read() as db:
        return db.exec(select(WritingSession)).one()


def cancel(terminal: Terminal, number: int = 1, name: str = "ada", why: str = WHY) -> int:
    return terminal("sessions", "cancel", str(number), "--reason", why, "--as", name)


def test_where_nothing_runs_it_ends_at_once_and_nothing_else_is_begun(terminal: Terminal, outlet: Outlet) -> None:
    schedule.ask_now(outlet, "sonnet")
    assert cancel(terminal) == 0
    assert terminal.said.strip() == STOPPED
    assert "the author is told the reason in these words, and not your name" in terminal.error
    assert terminal("sessions") == 0
    assert f"failed after ada asked for its end (stopped by the staff: {WHY}); 0 answers" in one_line(terminal.said)
    with outlet.database.read() as db:
        assert db.exec(select(WritingSession.author_id)).all() == [1], "nobody else was invited for it"
        assert db.exec(select(Call)).all() == []
    _, engine = app.pipeline(outlet)
    engine.hold()
    engine.let_go()


def test_an_answer_that_is_stored_is_acted_on_first(terminal: Terminal, outlet: Outlet) -> None:
    answered(outlet, tool_reply("submit", title="Rain", text="It rained.\n"))
    assert cancel(terminal) == 0
    assert terminal.said.strip() == "Session 1 ended: submitted (the author submitted it)."
    assert terminal.json("queue")[0]["checks"] > 0, "and the checks have looked at it"


def test_while_another_process_has_it_the_command_waits_and_then_says_what_holds_it_up(
    terminal: Terminal, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancelling, "PATIENCE", timedelta(seconds=0.2))
    _, engine = app.pipeline(outlet)
    engine.hold()
    try:
        assert cancel(terminal) == 0
        assert "Another process runs this publication" in terminal.error
        assert "comes to it" in terminal.said
        assert terminal("sessions") == 0
        assert " in progress, to be stopped, as ada asked; 0 answers" in one_line(terminal.said)
        [row] = terminal.json("sessions")
        assert (row["outcome"], row["stopped_by"]) == ("in progress", "ada")
        with outlet.database.write() as db:
            db.add(Call(session_id=1, turn_number=2, paid=Paid.RESERVED, at=outlet.now()))
        assert cancel(terminal, name="ben", why="Me, too.") == 0
        first, second = terminal.said.splitlines()
        assert first.startswith("ada asked for this at ")
        assert first.endswith(f": {WHY}")
        assert second.startswith("Session 1 goes on for now. A call of it is in flight")
    finally:
        engine.let_go()
    assert session(outlet).outcome is None
    with outlet.database.read() as db:
        assert [row.actor for row in db.exec(select(Cancellation))] == ["ada"]


def test_a_process_that_ends_meanwhile_leaves_the_rest_to_the_command(
    terminal: Terminal, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancelling, "LOOK_SECONDS", 0.02)
    holds = threading.Event()

    def a_process() -> None:
        _, engine = app.pipeline(outlet)
        engine.hold()
        holds.set()
        time.sleep(0.3)
        engine.let_go()

    other = threading.Thread(target=a_process)
    other.start()
    assert holds.wait(10)
    assert cancel(terminal) == 0
    other.join()
    assert "Another process" in terminal.error
    assert terminal.said.strip() == STOPPED


def test_the_command_says_that_the_author_is_told_why(terminal: Terminal) -> None:
    assert terminal("sessions", "cancel", "--help") == 0
    assert "The author is told the reason" in one_line(terminal.said)


def unheard_of(terminal: Terminal, _: Outlet) -> int:
    return cancel(terminal, 9)


def never_opened(terminal: Terminal, outlet: Outlet) -> int:
    schedule.ask_now(outlet, "sonnet")
    return cancel(terminal, 2)


def over(terminal: Terminal, outlet: Outlet) -> int:
    answered(outlet, tool_reply("decline"))
    pipeline.take_turn(outlet, 1)
    return cancel(terminal)


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (unheard_of, "There is no session 9."),
        (never_opened, "Slot 2 of sonnet has none yet: there is nothing to stop. `afterword pause sonnet`"),
        (over, "Session 1 is over: it ended as declined"),
        (lambda terminal, _: cancel(terminal, name="cy"), 'Nobody called "cy" may'),
        (lambda terminal, _: cancel(terminal, why="  "), "Say why"),
        (lambda terminal, _: terminal("sessions", "cancel", "1"), "--reason"),
        (lambda terminal, _: terminal("sessions", "cancel", "none", "--reason", WHY), "not a valid integer"),
        (lambda terminal, _: cancel(terminal, 2**40), "is not in the range"),
    ],
)
def test_what_cannot_be_stopped_is_said_in_a_sentence(
    terminal: Terminal, outlet: Outlet, attempt: Callable[[Terminal, Outlet], int], said: str
) -> None:
    assert attempt(terminal, outlet) != 0
    assert said in terminal.error
    assert "Traceback" not in terminal.error
    with outlet.database.read() as db:
        assert db.exec(select(Cancellation)).all() == []


def test_a_running_process_finishes_the_call_in_flight_and_makes_no_further_one(tmp_path: Path) -> None:
    gate = threading.Event()
    with MessagesApi(lambda _: hold(gate, tool_use("save_draft", {"text": "A stair."}), after=3)) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        with publication.start("up") as running:
            running.until("Ctrl-C stops it")
            assert publication.run("invite", "opus").returncode == 0
            wait_for(lambda: api.requests, 20, lambda: running.printed)
            with publication.start("sessions", "cancel", "1", "--reason", WHY, "--as", "ada") as cancelling:
                cancelling.until("Waiting")
                time.sleep(0.2)
                assert cancelling.process.poll() is None
                gate.set()
                cancelling.until(r"Session 1 ended: failed \(stopped by the staff: It goes round in circles\.\)\.")
                assert cancelling.process.wait(10) == 0
            running.until("action=failed")
            assert running.ask_to_stop() == 0
        outlet = an_outlet(publication.folder)
        with outlet.database.read() as db:
            assert [(call.paid, call.fault) for call in db.exec(select(Call))] == [(Paid.SETTLED, "")]
        assert session(outlet).outcome is Outcome.FAILED
        outlet.database.close()
        assert len([request for request in api.requests if request.path == "/v1/messages"]) == 1
