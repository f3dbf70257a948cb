"""Lists for people: what waits, and who writes, in lines that a narrow terminal shows whole."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent import pausing
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.tables import Rest
from agent.testing import NOON, a_piece, a_session, an_outlet, tool_reply
from tests.cli.a_terminal import TWO, Terminal
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, author_says, publishes

pytestmark = pytest.mark.slow

APPEAL = "There is no such street here. It stands in no book that I know of, and nobody could live there.\n\nThe 12 is."


@pytest.fixture
def outlet(tmp_path: Path) -> Outlet:
    begin(tmp_path / "pub", TWO)
    return an_outlet(tmp_path / "pub")


@pytest.fixture
def terminal(outlet: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal(outlet.settings.folder, monkeypatch, capsys)


def lines_of(terminal: Terminal, *words: str) -> list[str]:
    """The lines of a list; each fits into 80 columns."""
    assert terminal(*words) == 0, terminal.error
    lines = terminal.said.splitlines()
    assert max(map(len, lines)) <= 80
    return lines


def test_the_queue_says_of_each_text_what_it_is_and_what_keeps_it(terminal: Terminal, outlet: Outlet) -> None:
    title = "A long name of a text about the sea, which would never have gone into one column of a table"
    a_public_piece(outlet, title="Low water")
    sent = tool_reply("postscript", piece=1, text="It rains still.\n", title="Later")
    a_session(outlet, [sent, tool_reply("decline")])
    a_piece(outlet, title=title, form="essay")
    author_says(outlet, "ask")
    outlet.database.close()
    lines = lines_of(terminal, "queue")
    assert lines[0] == "2  Later"
    assert lines[1].startswith("   Claude Opus 3 (opus), postscript, 3 words, 2026-11-01 ")
    assert lines[2] == "   an afterword under piece 1, Low water"
    whole = " ".join(" ".join(lines).split())
    assert f"3 {title} Claude Opus 3 (opus), essay, 2 words" in whole
    assert "waiting; gravest flag: note, 1 in all" in whole
    assert "not publishable: its author wishes to be asked each time" in whole
    later, other = terminal.json("queue")
    assert (later["about"]["piece"], later["name"], other["before"]) == (1, "Later", None)


def test_an_appeal_is_listed_with_every_word_of_it(terminal: Terminal, outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet, title="High water")
    a_session(outlet, [tool_reply("appeal", piece=vetoed.piece_id, words=APPEAL), tool_reply("decline")])
    outlet.database.close()
    lines = lines_of(terminal, "appeals")
    assert lines[0] == "1  revision 1, High water"
    assert "held back on personal-data by ada, ben" in lines[2]
    said = [line.removeprefix("   | ") for line in lines if line.startswith("   |")]
    assert " ".join(said).split() == APPEAL.split()


def test_authors_are_listed_with_what_keeps_them_from_being_invited(terminal: Terminal, outlet: Outlet) -> None:
    why = "https://api.example.org/v1/messages does not know claude-3-opus-20240229 (HTTP 404): it is retired there."
    with outlet.database.write() as db:
        db.add(Rest(author_id=1, until=date(2999, 1, 1), at=NOON))
    pausing.set_pause(outlet, "sonnet", paused=True, actor="outlet", reason=why)
    outlet.database.close()
    lines = lines_of(terminal, "authors")
    assert lines[0] == "opus  Claude Opus 3, claude-3-opus-20240229"
    assert "      publish: yes (declared)" in lines
    assert "      rests until 2999-01-01, by its own wish" in lines
    assert f"paused by outlet: {why}" in " ".join(" ".join(lines).split())
    assert [row["rests_until"] for row in terminal.json("authors")] == ["2999-01-01", None]


def test_every_piece_that_came_of_an_invitation_is_named(terminal: Terminal, outlet: Outlet) -> None:
    a_public_piece(outlet)
    sent = [tool_reply("revise", piece=1, text="It shone.\n"), tool_reply("postscript", piece=1, text="Still.\n")]
    a_session(outlet, [*sent, tool_reply("decline")])
    outlet.database.close()
    assert "1, 2" in lines_of(terminal, "invitations")[1]
    newest, first = terminal.json("invitations")
    assert (newest["piece"], newest["pieces"]) == (2, [1, 2])
    assert (first["piece"], first["pieces"]) == (1, [1])


def test_what_is_decided_and_waits_for_its_moment_stands_below_the_queue(terminal: Terminal, outlet: Outlet) -> None:
    patient = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10.0}))
    publishes(patient, a_piece(outlet, title="Low water"))
    assert terminal.json("queue") == []
    [row] = terminal.json("queue", "--going")
    assert (row["name"], row["verdict"], row["due_at"][:16]) == ("Low water", "publish", "2026-11-01T12:10")
    pausing.set_pause(outlet, "opus", paused=True, actor="ada", reason="a holiday")
    outlet.database.close()
    words = " ".join(lines_of(terminal, "queue"))
    assert words.startswith("Nothing waits for a verdict.  Decided, and waiting for its moment:  1  Low water")
    assert "goes out, 2026-11-01 12:10" in words
    assert "held up: its author is paused" in words
    assert "Nothing waits for a verdict." not in " ".join(lines_of(terminal, "queue", "--going"))
