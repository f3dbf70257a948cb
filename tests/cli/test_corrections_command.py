"""`afterword correct` and `afterword corrections`."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli import main
from agent.cli.publication import begin
from agent.review import actions
from agent.tables import Verdict
from agent.testing import a_piece, an_outlet
from tests.a_publication import SETTINGS

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[object, str]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a publication with one public piece and one that waits."""
    folder = tmp_path_factory.mktemp("corrected") / "pub"
    begin(folder, SETTINGS)
    outlet = an_outlet(folder)
    piece = a_piece(outlet, title="The flood")
    actions.review(outlet, piece.id, "ada", Verdict.PUBLISH, record_sha256=piece.record_sha256)
    a_piece(outlet, "It goes on.\n", title="After it", continues=1)
    outlet.database.close()
    return folder


@pytest.fixture
def run(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `afterword` in a copy of it, with these bytes on its standard input, and returns its exit code and all that
    it printed."""
    folder = shutil.copytree(published, tmp_path / "pub")

    def run(*words: str, given: bytes = b"") -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["afterword", "--dir", str(folder), *words])
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capsys.readouterr()
        error = leaving.value.code if isinstance(leaving.value.code, str) else ""
        return 1 if error else leaving.value.code or 0, said.out + said.err + error

    return run


def test_a_note_is_set_and_listed(run: Run) -> None:
    assert run("corrections") == (0, "No piece has a correction beside it.\n")
    code, said = run("correct", "1", "--as", "ada", "--words", "It was in 1953.")
    assert code == 0
    assert "Correction 1 stands beside piece 1; the text itself is unchanged." in said
    code, said = run("correct", "1", "--as", "ben", given="Und im Mai.\nNicht im März.\n".encode())
    assert code == 0
    _, listed = run("corrections")
    assert listed.startswith("2  piece 1, revision 1\n   Claude Opus 3 (opus), by ben, 2026-")
    assert "   | Und im Mai.\n   | Nicht im März.\n\n1  piece 1" in listed
    _, as_json = run("corrections", "--json")
    assert [row["words"] for row in json.loads(as_json)] == ["Und im Mai.\nNicht im März.", "It was in 1953."]


@pytest.mark.parametrize(
    ("words", "given", "why"),
    [
        (("1",), b"\xff\xfe", "Standard input is not UTF-8 text: byte 0 cannot be read."),
        (("1",), b" \n", "The note is empty."),
        (("1", "--words", ""), b"not read", "The note is empty."),
        (("1",), b"x" * 2_001, "The note has 2,001 characters; 2,000 are the most."),
        (("1",), b"\x1b[2J", "(U+001B)"),
        (("2", "--words", "It was in 1953."), b"", "Piece 2 was never public."),
        (("9", "--words", "It was in 1953."), b"", "There is no piece 9."),
        (("one", "--words", "It was in 1953."), b"", "'one' is not a valid integer"),
        (("99999999999999999999", "--words", "It was in 1953."), b"", "is not in the range"),
        (("1", "--as", "cy", "--words", "It was in 1953."), b"", 'Nobody called "cy" may'),
    ],
)
def test_whatever_is_wrong_is_said_in_a_sentence_and_nothing_is_stored(
    run: Run, words: tuple[str, ...], given: bytes, why: str
) -> None:
    who = () if "--as" in words else ("--as", "ada")
    code, said = run("correct", *words, *who, given=given)
    assert code != 0
    assert why in said
    assert "Traceback" not in said
    assert run("corrections", "--json")[1].strip() == "[]"


def test_the_words_of_a_note_are_erased_by_two(run: Run) -> None:
    run("correct", "1", "--as", "ada", "--words", "Call Cy at 030 1234567.")
    why = ("--reason", "A private number.", "--yes")
    code, said = run("corrections", "erase", "1", "--as", "ada", "--second", "ada", *why)
    assert (code, "takes two people" in said) == (1, True)
    code, said = run("corrections", "erase", "1", "--as", "ada", "--second", "ben", *why)
    assert code == 0
    assert "Correction 1 is erased: 1 blob emptied." in said
    _, listed = run("corrections")
    assert "   (erased)" in listed
    assert "1234567" not in listed


def test_the_queue_says_from_which_piece_a_text_goes_on(run: Run) -> None:
    _, listed = run("queue")
    assert "goes on from piece 1, The flood" in listed
    _, as_json = run("queue", "--json")
    assert json.loads(as_json)[0]["continues"] == {"piece": 1, "revision": 1, "name": "The flood"}
