"""The whole of it as an operator runs it: real processes, killed and stopped, against the double."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from agent.database import Database
from agent.publish.verify import verify
from agent.tables import Call
from tests.a_publication import SETTINGS, APublication, wait_for
from tests.messages_api import Answer, MessagesApi, hold, text, tool_use

pytestmark = pytest.mark.slow


@pytest.fixture
def publication(tmp_path: Path, empty_url: str) -> APublication:
    """A publication whose rows are on SQLite, then on PostgreSQL."""
    publication = APublication(tmp_path / "pub")
    publication.environment["AFTERWORD_DATABASE_URL"] = empty_url
    return publication


POEM = "The last lamp\nstays lit  \nfor nobody.\n"


def a_three_turn_sitting(gate: threading.Event) -> Any:
    """First a submission that cannot be done, then words alone, then a real one. The second answer
    is held back until the gate opens."""

    def answer(request: dict[str, Any]) -> Answer:
        turn = (len(request["messages"]) + 1) // 2
        if turn == 1:
            return tool_use("submit", {"title": "The last lamp", "text": "  "})
        if turn == 2:
            return hold(gate, text("Let me think about the second line."), after=3)
        return tool_use("submit", {"title": "The last lamp", "text": POEM, "form": "poem"})

    return answer


def test_a_killed_process_resumes_pays_no_finished_turn_twice_and_publishes(
    publication: APublication, empty_url: str
) -> None:
    gate = threading.Event()
    with MessagesApi(a_three_turn_sitting(gate)) as api:
        publication.environment["AFTERWORD_API_BASE_URL"] = api.url
        with publication.start("invite", "opus") as first:
            wait_for(lambda: len(api.requests) == 2, 30, lambda: first.printed)
            first.kill()
        gate.set()
        with publication.start("up") as second:
            second.until(r"action=submitted .*piece=1 ")
            second.until(r"action=checked")
            [row] = publication.json("queue")
            assert (row["name"], row["form"], row["words"]) == ("The last lamp", "poem", 7)
            assert publication.run("review", "1", "publish", "--as", "ada").returncode == 0, "rows only, beside it"
            text_file = publication.folder / "public" / "pieces" / "1.md"
            wait_for(text_file.exists, 30, lambda: second.printed)
            assert second.ask_to_stop() == 0

        asked = [len(request.body["messages"]) for request in api.requests]
    assert asked == [1, 3, 3, 5], "only the turn in flight is asked again"
    assert text_file.read_text(encoding="utf-8") == POEM
    assert verify(publication.folder / "public").problems == []
    database = Database(empty_url)
    with database.read() as db:
        calls = db.exec(select(Call.turn_number, Call.paid).order_by(col(Call.id))).all()
    assert [(turn, str(paid)) for turn, paid in calls] == [
        (2, "settled"),
        (4, "possibly"),
        (4, "settled"),
        (6, "settled"),
    ]
    database.close()


def test_a_stop_finishes_the_turn_in_flight_and_the_next_start_goes_on(tmp_path: Path) -> None:
    gate = threading.Event()
    with MessagesApi(a_three_turn_sitting(gate)) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        with publication.start("up") as running:
            running.until(r"desk +http")
            assert publication.run("invite", "opus").returncode == 0, "rows only: the running process takes it up"
            wait_for(lambda: len(api.requests) == 2, 30, lambda: running.printed)
            running.process.terminate()
            running.until("the turn in flight is finished first")
            gate.set()
            assert running.process.wait(30) == 0
            assert "turn=4" in running.printed, "the second answer was stored"
            assert len(api.requests) == 2, "and no third was asked for"
        with publication.start("up") as again:
            again.until(r"action=submitted")
            assert again.ask_to_stop() == 0
        assert [len(request.body["messages"]) for request in api.requests] == [1, 3, 5]


def test_a_cadence_fires_and_every_slot_has_an_invitation_and_an_outcome(tmp_path: Path) -> None:
    settings = SETTINGS + 'cadence = { rule = "every 1 minute" }\n'
    with MessagesApi(lambda _: tool_use("decline", {})) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url, settings=settings)
        with publication.start("up") as running:
            running.until(r"action=declined")
            running.until(r"action=edition")
            ledger = publication.folder / "public" / "ledger.jsonl"
            wait_for(
                lambda: ledger.exists() and '"outcome":"declined"' in ledger.read_text(), 20, lambda: running.printed
            )
            assert running.ask_to_stop() == 0
    events = [json.loads(line)["event"] for line in ledger.read_text().splitlines()]
    assert events == ["invited", "outcome"]
    assert publication.run("verify", str(publication.folder / "public")).returncode == 0


def test_the_desk_and_the_site_of_a_running_process_answer_and_a_second_is_refused(publication: APublication) -> None:
    import urllib.request

    with publication.start("up") as running:
        site = running.until(r"site +(http\S+)")[1]
        desk = running.until(r"desk +(http\S+)")[1]
        running.until(r"action=edition")
        with urllib.request.urlopen(site, timeout=5) as answer:
            assert answer.status == 200
            assert b"Afterword" in answer.read()
        with urllib.request.urlopen(desk + "healthz", timeout=5) as answer:
            assert answer.status == 200
        second = publication.run("up")
        assert second.returncode != 0
        assert "Another process is already running" in second.stderr
        assert "Traceback" not in second.stderr
        os.kill(running.process.pid, 0)
        assert running.ask_to_stop() == 0
