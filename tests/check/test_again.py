"""Checks look again at old works: what came, what went, what stayed, and what could not be looked at."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from agent import check, pipeline
from agent.check.again import again
from agent.check.changes import Changed
from agent.check.frame import Check, Finding
from agent.outlet import Outlet
from agent.queries import runs_of, stale
from agent.review import actions
from agent.review.feedback import judge
from agent.tables import Blob, CheckRun, Docket, Flag, Level, Says, ShadowFlag
from agent.testing import a_piece
from tests.check.test_run_checks import Scripted
from tests.review.a_desk_of_two import a_public_piece

pytestmark = pytest.mark.slow

TEXT = "It rained for a week and the river came up to the door of the mill, and stayed.\n"
IT = Finding(Level.LOOK, "rain", 0, 2, "It.")
RAINED = Finding(Level.NOTE, "rain", 3, 9, "Rained.")
WEEK = Finding(Level.STOP, "time", 16, 20, "A week.")


def only(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(check, "CHECKS", checks)


def in_short(found: list[Changed]) -> list[tuple[str, str, str, int, int, int, int]]:
    return [(each.check, each.before, each.version, each.works, each.new, each.gone, each.same) for each in found]


def runs(outlet: Outlet, revision: int = 1) -> list[tuple[str, str]]:
    with outlet.database.read() as db:
        rows = select(CheckRun).where(CheckRun.revision_id == revision).order_by(col(CheckRun.id))
        return [(run.version, run.fault) for run in db.exec(rows)]


def standing(outlet: Outlet, revision: int = 1) -> list[str]:
    """What holds of a work's flags."""
    with outlet.database.read() as db:
        rows = select(Flag).where(Flag.revision_id == revision, ~stale()).order_by(col(Flag.start))
        return [flag.why for flag in db.exec(rows)]


def test_a_newer_version_looks_at_an_old_work_and_it_is_said_what_changed(
    both: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted([IT, RAINED]))
    a_piece(both, TEXT)
    only(monkeypatch, Scripted([RAINED, WEEK], VERSION="2"))
    heard: list[int] = []
    [changed] = again(both, [1], anew=False, heard=heard.append)
    assert in_short([changed]) == [("scripted", "1", "2", 1, 1, 1, 1)]
    assert [(each.new, each.level, each.category, each.why) for each in changed.changes] == [
        (False, Level.LOOK, "rain", "It."),
        (True, Level.STOP, "time", "A week."),
    ]
    assert heard == [1]
    assert standing(both) == ["Rained.", "A week."]
    assert again(both, [1], anew=False) == [], "it has looked"


def test_where_nothing_differs_nothing_is_stored_and_what_was_said_of_a_flag_goes_on_counting(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted([replace(IT, evidence={"kind": "rain", "nothing": ""}, ground="law")]))
    a_piece(outlet, TEXT)
    judge(outlet, 1, "ada", Says.FALSE)
    assert in_short(again(outlet, [1])) == [("scripted", "1", "1", 1, 0, 0, 1)]
    assert runs(outlet) == [("1", "")]
    only(monkeypatch, Scripted([replace(IT, evidence={"kind": "drizzle"}, ground="law")]))
    assert in_short(again(outlet, [1])) == [("scripted", "1", "1", 1, 0, 0, 1)]
    assert runs(outlet) == [("1", ""), ("1", "")], "what it rests on is another thing now"


def test_a_look_that_fails_takes_nothing_back_and_is_said(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Scripted([IT]))
    a_piece(outlet, TEXT)
    only(monkeypatch, Scripted(fault=ValueError("it rains")))
    [changed] = again(outlet, [1])
    [(reason, works)] = changed.unchecked.items()
    assert (reason.split(" at ")[0], works, changed.works) == ("it broke (ValueError", [1], 0)
    assert runs(outlet) == [("1", "")], "in this version it has looked"
    only(monkeypatch, Scripted(fault=ValueError("it rains"), VERSION="2"))
    again(outlet, [1])
    again(outlet, [1])
    assert [version for version, _ in runs(outlet)] == ["1", "2"], "the same fault is stored once"
    assert standing(outlet) == ["It."]
    with outlet.database.read() as db:
        assert runs_of(db, [1])[1][0].fault, "and it says that the newer one did not look"
    only(monkeypatch, Scripted([IT], VERSION="2"))
    assert in_short(again(outlet, [1], anew=False)) == [("scripted", "1", "2", 1, 0, 0, 1)]


def test_only_the_checks_that_are_named_look(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    a_piece(outlet, TEXT)
    only(monkeypatch, Scripted([IT]), Scripted([WEEK], NAME="other"))
    assert in_short(again(outlet, [1], only=["other"])) == [("other", "", "1", 1, 1, 0, 0)]
    assert in_short(again(outlet, [1])) == [("scripted", "", "1", 1, 1, 0, 0), ("other", "1", "1", 1, 0, 0, 1)]


def test_what_a_check_flags_in_shadow_is_counted_and_not_told(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Scripted([IT]))
    checks = outlet.settings.checks.model_copy(update={"shadow": ("scripted",)})
    shaded = replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks}))
    a_piece(shaded, TEXT)
    only(monkeypatch, Scripted([IT, WEEK], VERSION="2"))
    [changed] = again(shaded, [1])
    assert in_short([changed]) == [("scripted", "1", "2", 1, 1, 0, 1)]
    assert (changed.shadow, changed.changes) == (True, [])
    assert standing(outlet) == []
    with outlet.database.read() as db:
        assert len(db.exec(select(ShadowFlag)).all()) == 3


def test_what_was_lowered_to_a_note_is_the_same_flag(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Scripted([IT]))
    a_piece(outlet, TEXT)
    monkeypatch.setattr("agent.noise.noisy", lambda db: {("scripted", "1")})
    assert in_short(again(outlet, [1])) == [("scripted", "1", "1", 1, 0, 0, 1)]
    with outlet.database.read() as db:
        [flag] = db.exec(select(Flag).where(~stale())).all()
        assert (flag.level, flag.said) == (Level.NOTE, Level.LOOK)
    again(outlet, [1])
    assert len(runs(outlet)) == 2


def test_a_stop_never_falls_lower_than_a_look_however_noisy_its_check(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted([WEEK, IT, RAINED]))
    a_piece(outlet, TEXT)
    monkeypatch.setattr("agent.noise.noisy", lambda db: {("scripted", "1")})
    assert in_short(again(outlet, [1])) == [("scripted", "1", "1", 1, 0, 0, 3)]
    with outlet.database.read() as db:
        found = db.exec(select(Flag).where(~stale()).order_by(col(Flag.start))).all()
        assert [(flag.level, flag.said) for flag in found] == [
            (Level.NOTE, Level.LOOK),
            (Level.NOTE, None),
            (Level.LOOK, Level.STOP),
        ]
        assert db.get_one(Docket, 1).worst == 2
    again(outlet, [1])
    assert len(runs(outlet)) == 2, "nothing differs"


def test_the_judge_is_asked_only_by_a_policy_that_is_named_and_where_none_is_set_that_is_said(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch)
    a_piece(outlet, TEXT)
    assert again(outlet, [1]) == []
    [changed] = again(outlet, [1], only=["hate"])
    assert (changed.check, changed.unchecked) == ("hate", {"no judge is set": [1]})
    assert runs(outlet) == []


def test_what_was_erased_or_changed_behind_our_back_is_not_looked_at(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch)
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:  # As somebody with the file in hand could do it.
        db.connection().exec_driver_sql("DROP TRIGGER blob_refuses_update")
        db.connection().exec_driver_sql("UPDATE blob SET data = x'00' WHERE id = ?", (revision.text_blob_id,))
    only(monkeypatch, Scripted([IT]))
    [changed] = again(outlet, [1])
    assert changed.unchecked == {"its stored bytes are not those that were received": [1]}
    with outlet.database.write() as db:
        db.get_one(Blob, revision.text_blob_id).data = None
        db.get_one(Blob, revision.record_blob_id).data = None
    assert again(outlet, [1]) == []
    assert runs(outlet) == []


def test_after_an_upgrade_only_what_waits_is_looked_at_by_itself(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted([RAINED]))
    out, waits = a_public_piece(outlet, TEXT), a_piece(outlet, "It snowed for a week.\n")
    actions.carry_out(outlet)
    only(monkeypatch, Scripted([RAINED], VERSION="2"))
    pipeline.build(outlet, extras=False)
    pipeline.receive(outlet, out.session_id)
    assert (runs(outlet, out.id), runs(outlet, waits.id)) == ([("1", "")], [("1", ""), ("2", "")])
    assert in_short(again(outlet, [out.id, waits.id], anew=False)) == [("scripted", "1", "2", 1, 0, 0, 1)]


def test_a_check_that_leaves_the_shadow_looks_at_what_waits_by_itself(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, Scripted([IT]))
    checks = outlet.settings.checks.model_copy(update={"shadow": ("scripted",)})
    a_piece(replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks})), TEXT)
    assert standing(outlet) == []
    pipeline.build(outlet, extras=False)
    assert standing(outlet) == ["It."]
