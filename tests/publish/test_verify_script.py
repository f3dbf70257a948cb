"""The script that readers run themselves, as they run it: one file, the standard library, a process of its own."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.app import bundled
from agent.publish.verify import verify
from tests.publish.a_web_host import a_web_host
from tests.publish.composing import INVITATIONS, compose
from tests.publish.forging import first, flip, forge, lines_of, put, relined, replace, swap

pytestmark = pytest.mark.slow

SCRIPT = bundled("site") / "assets" / "verify.py"
RIGHT = "424 lines and 3 pieces are right, 1 taken down. Keep this: "


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose(tmp_path_factory.mktemp("composed"))


@pytest.fixture
def site(composed: Path, tmp_path: Path) -> Path:
    """A copy, to be tampered with."""
    return shutil.copytree(composed, tmp_path / "site")


def run(*words: str) -> tuple[int, str, str]:
    """Its exit code, and what it printed, in an interpreter without any other package."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *words], capture_output=True, text=True, timeout=60, check=False
    )
    return ran.returncode, ran.stdout.strip(), ran.stderr


def test_it_is_short_and_needs_nothing_but_an_old_python() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 60
    tree = ast.parse(text, feature_version=(3, 9))
    imported = {node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_a_good_folder_and_its_address_are_right_and_the_hash_it_prints_is_found_again(composed: Path) -> None:
    head = lines_of(composed)[-1]["hash"]
    assert run(str(composed)) == (0, RIGHT + head, "")
    with a_web_host(composed) as host:
        assert run(host.url, head) == (0, RIGHT + head, "")
    assert run(f"{composed}/", "0" * 64) == (1, f"{'0' * 64}: stands nowhere in this ledger", "")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a raw text": (lambda s: flip(s, "pieces/2.md", 3), "pieces/2: is not what was noted down when it was received"),
    "an earlier text": (lambda s: flip(s, "pieces/1.r1.md"), "pieces/1.r1: is not what was noted down"),
    "a record": (lambda s: flip(s, "pieces/3.json", 40), "pieces/3: is not what was noted down"),
    "no record": (lambda s: (s / "pieces/3.json").unlink(), "pieces/3: is not what was noted down"),
    "two texts": (lambda s: swap(s, "pieces/1.md", "pieces/2.md"), "pieces/1: is not what was noted down"),
    "a line": (lambda s: flip(s, "ledger/00002.jsonl", 90), "line 151 of the ledger: was changed"),
    "a hash": (
        lambda s: replace(s, "ledger.jsonl", lines_of(s)[4]["hash"] + '","key', "0" * 64 + '","key'),
        "line 305 of the ledger: was changed",
    ),
    "a damaged line": (lambda s: flip(s, "ledger.jsonl", 0), "line 301 of the ledger: is damaged or missing"),
    "a line fewer": (
        lambda s: relined(s, "ledger.jsonl", lambda lines: lines[1:]),
        "line 301 of the ledger: a line before it is missing, or was moved or changed",
    ),
    "two lines": (
        lambda s: relined(s, "ledger.jsonl", lambda lines: [lines[1], lines[0], *lines[2:]]),
        "line 301 of the ledger: a line before it is missing, or was moved or changed",
    ),
    "a part fewer": (
        lambda s: (s / "ledger/00001.jsonl").unlink(),
        "line 1 of the ledger: a line before it is missing",
    ),
    "an end of line fewer": (
        lambda s: (s / "ledger.jsonl").write_bytes((s / "ledger.jsonl").read_bytes()[:-1]),
        "ledger.jsonl: the last line is cut off",
    ),
    "half a line": (
        lambda s: (s / "ledger.jsonl").write_bytes((s / "ledger.jsonl").read_bytes()[:-200]),
        "ledger.jsonl: the last line is cut off",
    ),
    "no ledger": (lambda s: [f.unlink() for f in s.rglob("*.jsonl")], "line 1 of the ledger: is damaged or missing"),
    "a line that is not text": (lambda s: put(s, "ledger.jsonl", b"\xff\n"), "line 301 of the ledger: is damaged"),
    "another promise": (
        lambda s: forge(s, lambda e: first(e, "outcome", 3)["data"].update(commitments=["0" * 64])),
        "pieces/2: is not what was noted down",
    ),
    "a promise made later": (
        lambda s: forge(
            s,
            lambda e: (
                e.insert(
                    e.index(first(e, "published", 3)),
                    json.loads(json.dumps(first(e, "outcome", 3) | {"key": "outcome:999"})),
                )
                or first(e, "outcome", 3)["data"].update(commitments=["0" * 64])
            ),
        ),
        "pieces/2: is not what was noted down",
    ),
    "no salt": (
        lambda s: forge(s, lambda e: first(e, "published", 3)["data"].update(salt=None)),
        "pieces/2: is not what was noted down",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_named(site: Path, what: str) -> None:
    change, said = CHANGES[what]
    change(site)
    code, printed, error = run(str(site))
    assert (code, error) == (1, "")
    assert printed.startswith(said)


@pytest.mark.parametrize("what", ["a line", "a hash", "a line fewer", "an end of line fewer", "a part fewer"])
def test_one_break_is_told_at_one_place_and_not_of_every_line_behind_it(site: Path, what: str) -> None:
    CHANGES[what][0](site)
    _, printed, _ = run(str(site))
    assert len([words for words in printed.splitlines() if "ledger" in words]) == (2 if what == "a hash" else 1)


def test_a_moved_line_is_told_where_it_was_where_it_is_and_where_the_ledger_goes_on(site: Path) -> None:
    relined(site, "ledger.jsonl", lambda lines: [*lines[:2], *lines[3:20], lines[2], *lines[20:]])
    broken = "a line before it is missing, or was moved or changed"
    assert run(str(site))[1].splitlines() == [f"line {n} of the ledger: {broken}" for n in (303, 320, 321)]


def test_it_counts_as_the_command_does(composed: Path) -> None:
    found = verify(composed)
    said = f"{found.lines} lines and {found.pieces} pieces are right, {found.taken_down} taken down. "
    assert run(str(composed))[1] == f"{said}Keep this: {found.head}"


@pytest.mark.parametrize("said", ["path", "text_sha256", "record_sha256", "revision", "piece", "invitation", "salt"])
@pytest.mark.parametrize("value", [None, "zz"])
def test_a_line_that_makes_no_sense_is_named_and_no_crash(site: Path, said: str, value: object) -> None:
    forge(site, lambda e: first(e, "published", 3)["data"].update({said: value}))
    code, printed, error = run(str(site))
    assert (code, bool(printed), error) == (1, True, "")


def test_a_change_is_named_over_the_web_too(site: Path) -> None:
    flip(site, "pieces/2.md", 3)
    with a_web_host(site) as host:
        code, printed, _ = run(host.url)
    assert (code, printed) == (1, "pieces/2: is not what was noted down when it was received")


def test_an_older_edition_does_not_hold_what_a_reader_kept(composed: Path, site: Path) -> None:
    forge(site, lambda events: events.pop())
    head = lines_of(composed)[-1]["hash"]
    assert run(str(site))[0] == 0
    assert run(str(site), head)[:2] == (1, f"{head}: stands nowhere in this ledger")


def test_without_an_address_it_says_how_it_is_used() -> None:
    code, printed, error = run()
    assert (code, printed) == (1, "")
    assert "python verify.py https://its.address/" in error


def test_a_place_that_is_not_there_is_no_proof(tmp_path: Path) -> None:
    assert run(str(tmp_path / "nothing"))[:2] == (1, "line 1 of the ledger: is damaged or missing")


@pytest.mark.parametrize("folder", ["format_1", "format_2"])
def test_older_formats_are_right_too(folder: str) -> None:
    code, printed, _ = run(str(Path(__file__).with_name(folder)))
    assert (code, "pieces are right" in printed) == (0, True)


def test_the_composed_edition_is_as_large_as_its_words_say(composed: Path) -> None:
    assert len(list(composed.glob("ledger/*.jsonl"))) == 2
    assert INVITATIONS > 200
