"""`afterword wishes`: what authors ask for, and the answers that staff give."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.testing import a_session, an_outlet, tool_reply
from tests.a_publication import SETTINGS

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[object, str]]


@pytest.fixture
def visited(tmp_path: Path) -> Outlet:
    """A publication in which Opus has asked for this and that."""
    begin(tmp_path / "pub", SETTINGS)
    outlet = an_outlet(tmp_path / "pub")
    asked = [
        tool_reply("ask_staff", words="Who reads this?\nI \x1b[2Jwonder."),
        tool_reply("change_cadence", words="Less often."),
        tool_reply("rest_until", date="2999-01-01"),
        tool_reply("set_interest", subject="moss"),
    ]
    a_session(outlet, [*asked, tool_reply("decline")])
    outlet.database.close()
    return outlet


@pytest.fixture
def run(visited: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `afterword wishes`, and returns its exit code and all that it printed."""

    def run(*words: str) -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(visited.settings.folder), "wishes", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capsys.readouterr()
        error = leaving.value.code if isinstance(leaving.value.code, str) else ""
        return 1 if error else leaving.value.code or 0, said.out + said.err + error

    return run


def test_wishes_are_listed_with_the_authors_words_and_answered_once(run: Run) -> None:
    code, listed = run()
    assert code == 0
    assert "1  Claude Opus 3 (opus), 2026-11-01" in listed
    assert "   | Who reads this?\n   | I \\u001b[2Jwonder.\n" in listed
    assert "a rest until 2999-01-01" in listed
    assert "Authors follow 1 subject(s)" in listed

    code, granted = run("answer", "2", "--as", "ada", "--grant", "--words", "With pleasure.")
    assert code == 0
    assert granted.startswith("Wish 2 is granted. Claude Opus 3 reads your words with its next invitation.\n")
    assert "change the cadence of opus in afterword.toml" in granted
    assert run("answer", "1", "--as", "ben", "--words", "We do.")[0] == 0
    _, granted = run("answer", "3", "--as", "ben", "--grant", "--words", "Rest well.")
    assert "It is not invited before 2999-01-01." in granted
    assert run()[1].startswith("No wish waits for an answer.")
    listed = run("--all")[1]
    assert "   granted by ada, " in listed
    assert "   | With pleasure.\n" in listed
    assert [row["answer"] for row in json.loads(run("--all", "--json")[1])] == [
        "Rest well.",
        "We do.",
        "With pleasure.",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2", "--as", "cy", "--grant", "--words", "Yes, gladly."), 'Nobody called "cy" may'),
        (("2", "--as", "ada", "--words", "Yes, gladly."), "say whether it is granted or refused"),
        (("1", "--as", "ada", "--grant", "--words", "Yes, gladly."), "without a yes or no"),
        (("9", "--as", "ada", "--grant", "--words", "Yes, gladly."), "There is no wish 9"),
        (("2", "--as", "ada", "--grant", "--words", ""), "Answer in words"),
        (("2", "--as", "ada", "--grant"), "Missing option '--words'"),
    ],
)
def test_what_cannot_be_answered_is_said_and_leaves_the_wish_open(run: Run, words: tuple[str, ...], said: str) -> None:
    code, printed = run("answer", *words)
    assert code != 0
    assert said in printed
    assert "Traceback" not in printed
    assert [row["answered_at"] for row in json.loads(run("--json")[1])] == [None, None, None]


def test_interests_are_a_list_of_their_own(run: Run) -> None:
    assert run("--interests") == (0, "Claude Opus 3 (opus), 2026-11-01, its interest 1\n   | moss\n")
    [held] = json.loads(run("--interests", "--json")[1])
    assert (held["author"], held["interest"], held["words"]) == ("opus", 1, "moss")
