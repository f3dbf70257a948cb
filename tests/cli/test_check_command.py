"""`afterword check`: at what waits, again at old works, and what it says where it could not look."""

from pathlib import Path

import pytest
from sqlmodel import select

from agent import check
from agent.check.frame import Check, Finding
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.review import actions
from agent.tables import CheckRun, Level, Verdict
from agent.testing import a_piece, an_outlet
from tests.a_publication import SETTINGS
from tests.check.test_run_checks import Scripted
from tests.cli.a_terminal import Terminal

pytestmark = pytest.mark.slow

IT = Finding(Level.LOOK, "rain", 0, 2, "It rains here.")
ALL = Finding(Level.STOP, "rain", 0, 8, "It rains everywhere.")


def only(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(check, "CHECKS", checks)


@pytest.fixture
def outlet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outlet:
    """A publication of two pieces that version 1 of a check has looked at: the first is public, the second waits."""
    only(monkeypatch, Scripted([IT]))
    begin(tmp_path / "pub", SETTINGS)
    outlet = an_outlet(tmp_path / "pub")
    first = a_piece(outlet, "It rained.\n")
    said = actions.Said(answers={1: "It did rain."})
    actions.review(outlet, first.id, "ada", Verdict.PUBLISH, record_sha256=first.record_sha256, said=said)
    a_piece(outlet, "It rained again.\n")
    return outlet


@pytest.fixture
def terminal(outlet: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    outlet.database.close()
    return Terminal(outlet.settings.folder, monkeypatch, capsys)


def versions(outlet: Outlet) -> set[tuple[int, str]]:
    with outlet.database.read() as db:
        return {(run.revision_id, run.version) for run in db.exec(select(CheckRun))}


def test_what_waits_is_looked_at_by_whatever_has_not_yet(
    terminal: Terminal, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert terminal("check") == 0, terminal.error
    assert terminal.said == "Every check has looked at 1 work.\n"
    only(monkeypatch, Scripted([ALL], VERSION="2"))
    assert terminal("check") == 0, terminal.error
    assert terminal.said == (
        "scripted (version 1, now 2): looked at 1 work; flags: 1 new, 1 gone, 0 the same\n"
        "\n"
        "What changed:\n"
        "revision 2\n"
        "    gone: look, scripted, rain. It rains here.\n"
        "    new: stop, scripted, rain. It rains everywhere.\n"
    )
    assert versions(outlet) == {(1, "1"), (2, "1"), (2, "2")}


def test_again_looks_at_every_work_there_is(
    terminal: Terminal, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted([IT], VERSION="2"), Scripted([], NAME="other"))
    assert terminal("check", "--again") == 0, terminal.error
    assert terminal.said == (
        "scripted (version 1, now 2): looked at 2 works; flags: 0 new, 0 gone, 2 the same\n"
        "other (version 1, for the first time): looked at 2 works; flags: 0 new, 0 gone, 0 the same\n"
    )
    assert {(1, "2"), (2, "2")} <= versions(outlet)
    assert terminal("check", "--again") == 0
    assert "scripted (version 2): looked at 2 works; flags: 0 new, 0 gone, 2 the same" in terminal.said


def test_what_could_not_be_looked_at_is_said_with_its_reason_and_fails_the_command(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted(fault=ValueError("a secret of the text"), VERSION="2"))
    assert terminal("check", "1", "2") == 1
    assert "scripted (version 1, now 2): looked at 0 works" in terminal.said
    assert "not checked, it broke (ValueError at test_run_checks.py:" in terminal.said
    assert ": revisions 1, 2" in " ".join(terminal.said.split())
    assert "secret" not in terminal.said
    assert terminal("check", "--all", "--json") == 1
    assert '"revisions": [\n     1,\n     2\n    ]' in terminal.said


def test_as_json_all_of_it_stands_in_one_list(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Scripted([ALL], VERSION="2"))
    [told] = terminal.json("check", "--since", "2026-11-01", "--check", "scripted")
    assert {name: told[name] for name in ("check", "before", "version", "works", "new", "gone", "same")} == {
        "check": "scripted",
        "before": "1",
        "version": "2",
        "works": 2,
        "new": 2,
        "gone": 2,
        "same": 0,
    }
    assert told["changes"][1] == {
        "revision": 1,
        "new": True,
        "level": "stop",
        "category": "rain",
        "why": "It rains everywhere.",
    }
    assert terminal.json("check", "--since", "2999-01-01") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9"], "There is no revision 9."),
        (["1", "--all"], "one of them"),
        (["--all", "--since", "2026-11-01"], "one of them"),
        (["--check", "nonsense"], 'there is no check "nonsense". There are: scripted, advice, claims, hate'),
        (["--since", "yesterday"], "does not match the format"),
        (["--score", "/nowhere"], "does not exist"),
        (["--score", ".", "--again"], "leave the rest out"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(terminal: Terminal, words: list[str], said: str) -> None:
    assert terminal("check", *words) != 0
    assert said in " ".join(terminal.error.split())


def test_an_erased_text_is_said_to_be_so(terminal: Terminal, outlet: Outlet) -> None:
    actions.erase(outlet, 2, "ada", second="ben", reason="A reader's right to it.")
    outlet.database.close()
    assert terminal("check", "2") == 1
    assert "The text of revision 2 was erased" in terminal.error
    assert terminal("check") == 0
    assert terminal.said == "There is nothing to look at.\n"
