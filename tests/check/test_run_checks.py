"""Checks run once on each revision, what they say is verified, and one that breaks does not hide."""

import json
import os
import pickle
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from agent import check
from agent.check import CHECKS, run_checks
from agent.check.frame import Check, Finding, Subject
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.queries import stale
from agent.render import renderer
from agent.tables import Blob, CheckRun, Docket, Erasure, Flag, Level, Rendering, ShadowFlag
from agent.testing import a_piece

pytestmark = pytest.mark.slow

TEXT = "It rained for a <b>week</b> and the [river](javascript:alert(1)) came up to the door of the mill, and stayed.\n"


@dataclass
class Scripted:
    """A check that finds what a test tells it to, and keeps what it was handed in a file: it runs in a process of its
    own. What it `does` besides is done there, too."""

    findings: list[Finding] = field(default_factory=list)
    fault: Exception | None = None
    NAME: str = "scripted"
    VERSION: str = "1"
    ABOUT: str = "What a test tells it to."
    kept: Path | None = None
    does: Callable[[], object] = int

    def check(self, subject: Subject) -> list[Finding]:
        if self.kept is not None:
            with self.kept.open("ab") as file:
                pickle.dump(subject, file)
        self.does()
        if self.fault:
            raise self.fault
        return self.findings

    @property
    def seen(self) -> list[Subject]:
        """What it was handed, in order."""
        found = []
        if self.kept is not None and self.kept.exists():
            with self.kept.open("rb") as file, suppress(EOFError):
                while True:
                    found.append(pickle.load(file))  # noqa: S301  (we wrote it)
        return found


def hang() -> None:
    time.sleep(60)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def eat() -> None:
    bytearray(2**40)


@dataclass
class Lines:
    """A log that keeps its lines."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def info(self, event: str, **facts: object) -> None:
        self.lines.append(facts)

    def warning(self, event: str, **facts: object) -> None:
        self.lines.append(facts)


def only(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(check, "CHECKS", checks)


def runs(outlet: Outlet) -> list[tuple[str, str, str]]:
    with outlet.database.read() as db:
        return [(run.check, run.version, run.fault) for run in db.exec(select(CheckRun).order_by(col(CheckRun.id)))]


def flags(outlet: Outlet) -> list[Flag]:
    with outlet.database.read() as db:
        return list(db.exec(select(Flag).order_by(col(Flag.id))))


def test_every_check_looks_at_a_new_revision_and_its_flags_quote_the_text(outlet: Outlet) -> None:
    a_piece(outlet, TEXT)
    assert runs(outlet) == [(check.NAME, check.VERSION, "") for check in CHECKS]
    assert [(flag.level, flag.quote) for flag in flags(outlet) if flag.check == "markup"] == [
        (Level.NOTE, "<b>"),
        (Level.LOOK, "javascript:alert(1)"),
    ]
    assert all(TEXT[flag.start : flag.end] == flag.quote for flag in flags(outlet))


def test_a_check_looks_once_and_again_when_its_version_changes(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = Scripted([Finding(Level.NOTE, "rain", 0, 2, "It.")], kept=tmp_path / "first")
    only(monkeypatch, first)
    revision = a_piece(outlet, TEXT)
    run_checks(outlet, revision.id)
    assert len(first.seen) == len(flags(outlet)) == 1
    second = replace(first, VERSION="2", kept=tmp_path / "second")
    only(monkeypatch, first, second)
    run_checks(outlet, revision.id)
    assert (len(first.seen), len(second.seen)) == (1, 1)
    assert runs(outlet) == [("scripted", "1", ""), ("scripted", "2", "")]


def test_a_check_sees_the_text_its_title_how_it_came_and_what_readers_get(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checks = Scripted(kept=tmp_path / "seen")
    only(monkeypatch, checks)
    a_piece(outlet, TEXT, title="Rain")
    a_piece(outlet, TEXT, author="sonnet")
    [opus, sonnet] = checks.seen
    assert (opus.text, opus.title, opus.stop_reason, opus.with_form) == (TEXT, "Rain", "tool_use", True)
    assert (sonnet.text, sonnet.stop_reason, sonnet.with_form) == (TEXT, "end_turn", False)
    assert opus.rendered.html.startswith("<p>It rained for a &lt;b&gt;week")
    assert [removed.quote for removed in opus.rendered.removed] == ["<b>", "javascript:alert(1)"]


def test_a_check_that_breaks_is_not_checked_and_stops_no_other(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Scripted([Finding(Level.NOTE, "rain", 0, 2, "It.")], NAME="sound")
    only(monkeypatch, Scripted(fault=ValueError("a secret of the text")), sound)
    log = Lines()
    a_piece(replace(outlet, log=log), TEXT)
    [(name, _, fault), (other, _, no_fault)] = runs(outlet)
    assert (name, other, no_fault) == ("scripted", "sound", "")
    assert fault.startswith("it broke (ValueError at test_run_checks.py:")
    assert "secret" not in json.dumps(log.lines, default=str) + fault
    assert [flag.check for flag in flags(outlet)] == ["sound"]
    assert [line["action"] for line in log.lines if "check" in line] == ["not_checked", "checked"]


@pytest.mark.parametrize(
    ("does", "fault"),
    [
        (hang, "it took longer than 1 seconds"),
        (crash, "its process ended (-11)"),
        (eat, "it broke (MemoryError at test_run_checks.py:"),
    ],
)
def test_a_check_that_hangs_crashes_or_eats_all_memory_hurts_no_other(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, does: Callable[[], object], fault: str
) -> None:
    sound = Scripted([Finding(Level.NOTE, "rain", 0, 2, "It.")], NAME="sound")
    only(monkeypatch, Scripted(does=does), sound)
    checks = outlet.settings.checks.model_copy(update={"seconds": 1.0})
    a_piece(replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks})), TEXT)
    [(_, _, broke), (_, _, stood)] = runs(outlet)
    assert (broke.startswith(fault), stood) == (True, ""), broke
    assert [flag.check for flag in flags(outlet)] == ["sound"]


def test_a_check_that_did_not_really_look_tries_again_when_it_is_asked_to(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted(fault=ValueError("it rains")))
    revision = a_piece(outlet, TEXT)
    only(monkeypatch, Scripted([Finding(Level.NOTE, "rain", 0, 2, "It.")]))
    run_checks(outlet, revision.id)
    assert len(runs(outlet)) == 1, "not by itself"
    run_checks(outlet, revision.id, again=True)
    run_checks(outlet, revision.id, again=True)
    assert [fault == "" for _, _, fault in runs(outlet)] == [False, True]


def test_what_a_newer_version_finds_takes_the_place_of_what_the_one_before_found(
    both: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(
        monkeypatch, Scripted([Finding(Level.STOP, "rain", 0, 2, "It."), Finding(Level.LOOK, "rain", 3, 9, "Rained.")])
    )
    revision = a_piece(both, TEXT)

    def stands() -> tuple[list[Level], int]:
        with both.database.read() as db:
            found = db.exec(select(Flag).where(Flag.revision_id == revision.id, ~stale())).all()
            return [flag.level for flag in found], db.get_one(Docket, revision.id).worst

    assert stands() == ([Level.STOP, Level.LOOK], 3)
    only(monkeypatch, Scripted(fault=ValueError("it rains"), VERSION="2"))
    run_checks(both, revision.id)
    assert stands() == ([Level.STOP, Level.LOOK], 3), "a look that failed takes nothing back"
    only(monkeypatch, Scripted([Finding(Level.LOOK, "rain", 0, 2, "It.")], VERSION="3"))
    run_checks(both, revision.id)
    assert stands() == ([Level.LOOK], 2)


def test_a_check_in_shadow_is_kept_and_asks_nothing_of_anybody(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Scripted([Finding(Level.STOP, "rain", 0, 2, "It.")]))
    checks = outlet.settings.checks.model_copy(update={"shadow": ("scripted",)})
    shaded = replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks}))
    revision = a_piece(shaded, TEXT)
    with outlet.database.read() as db:
        assert [flag.quote for flag in db.exec(select(ShadowFlag))] == ["It"]
        assert db.get_one(Docket, revision.id).worst == 0
    assert flags(outlet) == []
    run_checks(shaded, revision.id)
    assert len(runs(outlet)) == 1
    run_checks(outlet, revision.id)
    assert [flag.quote for flag in flags(outlet)] == ["It"], "once it leaves the shadow it looks for all to see"


@pytest.mark.parametrize(("start", "end"), [(0, len(TEXT) + 1), (-3, 2), (5, 5), (7, 3)])
def test_a_finding_that_points_beside_the_text_is_not_checked(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, start: int, end: int
) -> None:
    sound = Finding(Level.NOTE, "rain", 0, 2, "It.")
    only(monkeypatch, Scripted([sound, Finding(Level.STOP, "rain", start, end, "Where?")]))
    a_piece(outlet, TEXT)
    assert runs(outlet) == [
        ("scripted", "1", f"it pointed at characters {start} to {end} of a text that has {len(TEXT)}")
    ]
    assert flags(outlet) == []


def test_a_rendering_that_was_kept_is_what_checks_see(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:
        db.connection().exec_driver_sql("DROP TRIGGER rendering_refuses_update")
        kept = db.get_one(Rendering, (revision.text_sha256, renderer()))
        kept.removed = [{"what": "a kept thing", "quote": "week"}]
        db.add(kept)
    checks = Scripted(kept=tmp_path / "seen")
    only(monkeypatch, checks)
    run_checks(outlet, revision.id)
    assert [removed.quote for removed in checks.seen[0].rendered.removed] == ["week"]


def test_a_sign_that_databases_refuse_is_shown_by_another_in_the_quote(outlet: Outlet) -> None:
    a_piece(
        outlet, "It rained\0 for a whole week, and the river came up to the door of the mill, where it stayed for long."
    )
    [flag] = flags(outlet)
    assert (flag.start, flag.end, flag.quote) == (9, 10, "\ufffd")


def test_bytes_that_are_not_those_received_stop_the_checks(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:  # As somebody with the file in hand could do it.
        db.connection().exec_driver_sql("DROP TRIGGER blob_refuses_update")
        db.connection().exec_driver_sql("UPDATE blob SET data = x'00' WHERE id = ?", (revision.text_blob_id,))
    checks = Scripted(kept=tmp_path / "seen")
    only(monkeypatch, checks)
    with pytest.raises(Unfaithful):
        run_checks(outlet, revision.id)
    assert checks.seen == []


def test_a_text_that_was_erased_before_a_check_saw_it_is_not_checked(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch)
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:
        blob = db.get_one(Blob, revision.text_blob_id)
        db.add(Erasure(blob_id=blob.id, actor="ada", reason="A reader's address.", at=outlet.now()))
        db.flush()
        blob.data = blob.salt = None
    only(monkeypatch, Scripted())
    run_checks(outlet, revision.id)
    assert runs(outlet) == [("scripted", "1", "its text was erased")]
