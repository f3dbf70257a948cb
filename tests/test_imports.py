"""The import rule: who may know whom. Read from the source, so that a lazy import counts too."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import agent

PACKAGE = Path(agent.__file__).parent
VERBS = {"schedule", "invite", "write", "check", "review", "publish"}
OUTER = {"adapters", "app", "cli", "desk", "workshop", "pipeline", "notices", "probing", "testing"}
GROUND = {
    "reading",
    "terms",
    "polling",
    "looks",
    "errands",
    "following",
    "standstill",
    "pausing",
    "channels",
    "directory",
    "likeness",
    "sameness",
    "fingerprints",
    "winnowing",
    "checking",
    "noise",
    "shares",
    "telling",
    "addresses",
    "opml",
    "fences",
    "unseen",
    "injected",
    "patterns",
    "unmarked",
    "archive",
    "errors",
    "mishaps",
    "prices",
    "settings",
    "places",
    "profiles",
    "problems",
    "tables",
    "reasons",
    "record",
    "queries",
    "consent",
    "database",
    "outlet",
    "masking",
    "transcript",
    "prompts",
    "render",
    "keys",
    "roster",
    "staff",
}
ONLY_IN = {
    "anthropic": "adapters/claude.py",
    "apprise": "adapters/apprising.py",
    "apscheduler": "adapters/clock.py",
    "authlib": "adapters/oidc.py",
    "dbos": "adapters/durable.py",
    "feedparser": "adapters/parser.py",
    "obstore": "adapters/bucket.py",
    "pagefind": "publish/extras/search.py",
    "prometheus_client": "desk/figures.py",
    "smtplib": "adapters/mail.py",
    "PIL": "publish/extras/cards.py",
    "uvicorn": "adapters/web.py",
    "xllamacpp": "adapters/local.py",
}
MAY_WIRE = {("app.py", "agent.adapters"), ("cli/up.py", "agent.adapters.clock")}
FILES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_bytes()) for path in PACKAGE.rglob("*.py")}


@cache
def imports(file: str) -> set[str]:
    """Every name that a file imports, in full: `from agent import keys` is `agent.keys`."""
    found = set()
    for node in ast.walk(FILES[file]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide who is meant"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part(name: str) -> str:
    """The part of the package that a file or an import belongs to."""
    return name.removeprefix("agent.").removesuffix(".py").replace("/", ".").split(".")[0]


def parts_known(file: str) -> set[str]:
    return {part(name) for name in imports(file) if name.startswith("agent.")}


def files_of(*parts: str) -> list[str]:
    return [file for file in FILES if part(file) in parts]


def offenders(
    files: list[str], *, know: set[str] | None = None, know_only: set[str] | None = None
) -> dict[str, set[str]]:
    """What each of the files knows against a rule."""
    found = {}
    for file in files:
        known = parts_known(file)
        if wrong := known & know if know is not None else known - (know_only or set()):
            found[file] = wrong
    return found


def test_every_file_belongs_to_a_part_that_a_rule_knows() -> None:
    assert {part(file) for file in FILES} - VERBS - OUTER - GROUND - {"__init__", "migrations"} == set()


def test_the_ground_knows_no_verb_and_nothing_above_it() -> None:
    assert offenders(files_of(*GROUND), know=VERBS | OUTER) == {}


def test_errors_settings_and_tables_know_only_each_other() -> None:
    lowest = {"errors", "mishaps", "settings", "places", "channels", "checking", "directory", "profiles"}
    lowest |= {"problems", "tables"}
    assert offenders(files_of(*lowest), know_only=lowest) == {}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_knows_no_other_verb_no_adapter_and_nothing_above_it(verb: str) -> None:
    assert files_of(verb)
    assert offenders(files_of(verb), know=(VERBS | OUTER) - {verb}) == {}


def test_an_adapter_never_sees_the_rows() -> None:
    known = {
        "adapters",
        "outlet",
        "errors",
        "settings",
        "places",
        "channels",
        "directory",
        "profiles",
        "keys",
        "unseen",
    }
    assert offenders(files_of("adapters"), know_only=known) == {}


def test_desk_and_workshop_write_rows_and_leave_the_work_to_the_engine() -> None:
    assert offenders(files_of("desk", "workshop"), know={"adapters", "pipeline", "app", "cli"}) == {}


def test_only_the_composition_root_wires() -> None:
    wired = {
        (file, name)
        for file in set(FILES) - set(files_of("adapters"))
        for name in imports(file)
        if name.startswith("agent.adapters")
        and not any(file == who and name.startswith(what) for who, what in MAY_WIRE)
    }
    assert wired == set()


def test_nothing_that_ships_rests_on_a_double() -> None:
    assert offenders(sorted(set(FILES) - {"testing.py"}), know={"testing"}) == {}


@pytest.mark.parametrize(("library", "home"), ONLY_IN.items())
def test_a_library_of_the_outside_world_has_one_home(library: str, home: str) -> None:
    assert {file for file in FILES if any(name.split(".")[0] == library for name in imports(file))} == {home}


def reads_of_the_time(file: str) -> set[str]:
    names = {"now", "utcnow", "today", "time", "time_ns"}
    if part(file) != "adapters":
        names |= {"monotonic", "perf_counter"}
    read = {
        ast.unparse(node) for node in ast.walk(FILES[file]) if isinstance(node, ast.Attribute) and node.attr in names
    }
    read |= {name for name in imports(file) if name in {f"time.{name}" for name in names}}
    return {name for name in read if name.split(".")[-2] in {"datetime", "date", "time"}}


def test_the_time_is_read_in_the_clock_alone() -> None:
    # Besides, how long a check took is measured, and by no clock that knows a date.
    lasts = {"check/worker.py": {"time.perf_counter"}}
    assert {file: read for file in FILES if (read := reads_of_the_time(file)) != lasts.get(file, set())}.keys() == {
        "adapters/clock.py"
    }


ALONE = """
import importlib, os, pkgutil, sys
import filelock  # this one tries out the temporary folder when it is imported
def watch(event, args):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "sqlite3.connect"}:
        raise SystemExit(f"{event} {args}")
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        raise SystemExit(f"writes {args[0]}")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import agent.cli
heavy = {"anthropic", "dbos", "xllamacpp", "feedparser", "PIL", "pagefind"} & set(sys.modules)
assert not heavy, f"afterword --help pays for {heavy}"
import agent
for module in pkgutil.walk_packages(agent.__path__, "agent."):
    if ".migrations" not in module.name:
        importlib.import_module(module.name)
"""


@pytest.mark.slow
def test_importing_needs_no_key_no_network_and_no_file(tmp_path: Path) -> None:
    alone = subprocess.run(
        [sys.executable, "-c", ALONE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PACKAGE.parent), "HOME": str(tmp_path / "nobody"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (alone.returncode, alone.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
