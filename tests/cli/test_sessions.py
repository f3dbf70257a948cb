"""`afterword sessions`: who said what, live or later, without what an author kept to itself."""

import json
import os
import signal
from pathlib import Path

import pytest
from sqlmodel import select

from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.record import canonical, sha256
from agent.tables import AuditEvent, Call, Paid
from agent.testing import NOON, a_session, an_outlet, blocks_reply, text_reply, tool_reply
from tests.a_publication import APublication
from tests.cli.a_terminal import TWO, Terminal

DOOR = "the door behind the stair"
BELL = "\x1b]0;a bell\x07\x9b2J"
LONG = "It rained. " * 40


@pytest.fixture
def visited(tmp_path: Path) -> Outlet:
    """A publication in which Opus drafted, asked and submitted, and Sonnet kept something private."""
    begin(tmp_path / "pub", TWO.replace("reviewers", 'administrators = ["ada"]\nreviewers', 1))
    outlet = an_outlet(tmp_path / "pub")
    a_session(
        outlet,
        [
            blocks_reply([{"type": "text", "text": DOOR}, tool_reply("save_draft", text=DOOR).blocks[0]]),
            tool_reply("ask_staff", words=f"Who reads me? {BELL}"),
            tool_reply("submit", title=f"Rain{BELL}", text=LONG),
        ],
    )
    a_session(outlet, [text_reply(f"PRIVATE\n{DOOR}")], author="sonnet")
    outlet.database.close()
    return outlet


@pytest.fixture
def terminal(visited: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(visited.settings.folder, monkeypatch, capsys)


pytestmark = pytest.mark.slow


def test_sessions_are_listed_newest_first_with_what_they_cost(terminal: Terminal) -> None:
    second, first = terminal.json("sessions")
    assert (second["author"], second["outcome"], second["answers"]) == ("sonnet", "kept_private", 1)
    assert (first["author"], first["purpose"], first["outcome"], first["answers"]) == (
        "opus",
        "writing",
        "submitted",
        3,
    )
    assert (first["input_tokens"], first["output_tokens"], first["tokens"]) == (300, 150, 450)
    assert (first["cost"], first["cost_millionths"]) == ("$0.01575", 15_750)
    [only] = terminal.json("sessions", "--author", "opus")
    assert only == first
    assert terminal("sessions") == 0
    assert terminal.said == (
        "2    sonnet, writing, invitation 2, began 2026-11-01 12:00Z\n"
        "     kept_private (the author kept it private); 1 answer, 150 tokens, cost $0.00525\n"
        "1    opus, writing, invitation 1, began 2026-11-01 12:00Z\n"
        "     submitted (the author submitted it); 3 answers, 450 tokens, cost $0.01575\n"
    )


def test_what_calls_without_a_reply_may_have_cost_is_said_with_a_session(terminal: Terminal, visited: Outlet) -> None:
    calls = [(1, Paid.POSSIBLY, 5_000_000), (1, Paid.POSSIBLY, 20_000), (1, Paid.UNPAID, 9_000_000)]
    calls += [(2, Paid.POSSIBLY, None), (2, Paid.RESERVED, 1_500_000)]
    with visited.database.write() as db:
        for session, paid, most in calls:
            db.add(Call(session_id=session, turn_number=9, paid=paid, reserved=most, reserved_tokens=9, at=NOON))
    visited.database.close()
    second, first = terminal.json("sessions")
    assert (first["cost"], first["possibly_paid"], first["in_flight"]) == ("$0.01575", "at most $5.02", "")
    assert (first["possibly_paid_calls"], first["possibly_paid_millionths"], first["in_flight_calls"]) == (
        2,
        5_020_000,
        0,
    )
    assert (second["possibly_paid"], second["possibly_paid_millionths"]) == ("1 call of unknown price", None)
    assert (second["in_flight"], second["in_flight_calls"], second["in_flight_millionths"]) == (
        "at most $1.50",
        1,
        1_500_000,
    )
    assert terminal("sessions") == 0
    said = " ".join(terminal.said.split())
    assert "450 tokens, cost $0.01575, at most $5.02 more, possibly paid" in said
    assert "cost $0.00525, 1 call of unknown price more, possibly paid, at most $1.50 more, in flight" in said
    assert max(map(len, terminal.said.splitlines())) <= 100
    assert terminal("sessions", "show", "1") == 0
    assert "cost $0.01575, at most $5.02 more, possibly paid" in " ".join(terminal.said.split())
    assert terminal.json("sessions", "show", "1")["possibly_paid_millionths"] == 5_020_000


def test_a_name_that_nobody_has_does_not_reach_the_terminal_as_orders(terminal: Terminal) -> None:
    for words in (("sessions", "--author", "a\x1b[31m"), ("sessions", "--\x1b[31m"), ("\x1b[31m",)):
        assert terminal(*words) != 0
        assert "\x1b" not in terminal.error
        assert "\\u001b[31m" in terminal.error or "\\x1b[31m" in terminal.error
    assert terminal("sessions", "--author", "cy") == 1
    assert terminal.error == 'afterword: No author is called "cy". Known are: opus, sonnet.'


def test_a_transcript_is_readable_and_masked(terminal: Terminal) -> None:
    assert terminal("sessions", "show", "1") == 0
    for words in (
        "session 1, writing, with Claude Opus (opus)",
        "turn 1, outlet, 2026-11-01 12:00:00Z",
        "  save_draft(text=[private: 25 characters])",
        "  from claude-3-opus-20240229, request req_test, stopped: tool_use",
        "  100 tokens read, 50 written, cost $0.00525",
        'title="Rain',
        f"({len(LONG)} characters)",
    ):
        assert words in terminal.said, words
    assert "\x1b" not in terminal.said
    assert "\x9b" not in terminal.said
    assert DOOR not in terminal.said
    assert LONG not in terminal.said
    assert terminal("sessions", "show", "1", "--full") == 0
    assert LONG.strip() in " ".join(terminal.said.split())


def test_raw_blocks_are_the_stored_json_with_masks_in_it(terminal: Terminal, visited: Outlet) -> None:
    assert terminal("sessions", "show", "1", "--raw") == 0
    first, words, second, call, *_ = terminal.said.splitlines()
    assert second == "# turn 2, author, sha256 of private words", "or a guess could be checked"
    assert first == f"# turn 1, outlet, sha256 {sha256(words.encode())}", "nothing of it is masked"
    [thought, saving] = json.loads(call)
    assert thought == {"text": "[private: 25 characters]", "type": "text"}
    assert saving["input"] == {"text": "[private: 25 characters]"}
    assert canonical([thought, saving]).decode() == call
    shown = terminal.json("sessions", "show", "1")
    assert [turn["blocks"] for turn in shown["turns"]][1] == [thought, saving]
    assert [bool(turn["sha256"]) for turn in shown["turns"]] == [True, False, False, True, True, True]
    assert (shown["masked"], shown["transcript_sha256"]) == (True, "")


def test_private_words_are_for_an_administrator_who_says_why(terminal: Terminal, visited: Outlet) -> None:
    show, looked = ("sessions", "show", "2", "--unmask"), select(AuditEvent).where(AuditEvent.action == "unmasked")
    for refused in ((*show, "--as", "ben", "--reason", "A court asks for it."), (*show, "--as", "ada")):
        assert terminal(*refused) != 0
        assert DOOR not in terminal.said + terminal.error
    assert terminal(*show[:3], "--as", "ada") != 0
    assert "go with --unmask" in terminal.error
    with visited.database.read() as db:
        assert db.exec(looked).all() == []
    assert terminal(*show, "--as", "ada", "--reason", "A court asks for it.") == 0
    assert DOOR in terminal.said
    assert "action=unmasked" in terminal.error
    assert "court" not in terminal.error
    assert DOOR not in terminal.error
    with visited.database.read() as db:
        assert db.exec(looked).one().subject == "session 2"


def test_no_list_at_the_command_line_shows_a_private_word(terminal: Terminal) -> None:
    for command in ("authors", "invitations", "sessions", "queue", "wishes", "withdrawals", "users", "notices"):
        for options in ((), ("--json",)):
            assert terminal(command, *options) == 0, terminal.error
            assert DOOR not in terminal.said + terminal.error, command
            assert "\x1b" not in terminal.said, command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sessions", "show", "9"), "There is no session 9"),
        (("sessions", "--author", "cy"), 'No author is called "cy"'),
    ],
)
def test_what_is_not_there_is_named(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    assert terminal(*words) == 1
    assert said in terminal.error


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_session_is_followed_while_another_process_holds_it(tmp_path: Path, options: tuple[str, ...]) -> None:
    publication = APublication(tmp_path / "pub")
    assert publication.run("authors").returncode == 0
    with publication.start("sessions", "--follow", *options) as running:
        running.until("until Ctrl-C")
        outlet = an_outlet(publication.folder)
        a_session(outlet, [tool_reply("save_draft", text=DOOR), tool_reply("decline", reason="I am tired.")])
        outlet.database.close()
        running.until("I am tired")
        running.until("ended.*declined")
        assert "[private: 25 characters]" in running.printed
        assert DOOR not in running.printed
        os.kill(running.process.pid, signal.SIGINT)
        assert running.process.wait(10) == 0
    assert "Traceback" not in running.printed
    if options:
        lines = [json.loads(line) for line in running.printed.splitlines() if line.startswith("{")]
        assert [line.get("number", "ended") for line in lines] == [1, 2, 3, 4, "ended"]
