"""A check that is put in shadow: what it had flagged rests until it leaves it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import select

from agent import check
from agent.check.again import again
from agent.check.frame import Finding
from agent.desk.shown.case import case
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import stale
from agent.review import actions
from agent.review.actions import Said
from agent.review.bar import Decision
from agent.review.queue import Viewer, Wanted, Worst, page, queue
from agent.roster import call_roll
from agent.tables import CheckRun, Docket, Flag, Level, Publication, Revision, Shadowed, Verdict
from agent.testing import MovableClock, a_piece
from tests.check.test_run_checks import Scripted
from tests.review.a_desk_of_two import publishes, rows

pytestmark = pytest.mark.slow

TEXT = "It rained for a week and the river came up to the door of the mill, and stayed.\n"
FOUND = [Finding(Level.LOOK, "rain", 0, 2, "It."), Finding(Level.STOP, "time", 16, 20, "A week.")]
OTHER = Finding(Level.NOTE, "river", 29, 34, "A river.")


def begun(outlet: Outlet, *shadow: str) -> Outlet:
    """The outlet as it begins with these checks in shadow."""
    checks = outlet.settings.checks.model_copy(update={"shadow": shadow})
    found = replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks, "undo_minutes": 10.0}))
    call_roll(found)
    return found


@pytest.fixture
def revision(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> Revision:
    """A text of which one check says look and stop, and another one something by the way."""
    monkeypatch.setattr(check, "CHECKS", (Scripted(FOUND), Scripted([OTHER], NAME="other")))
    return a_piece(both, TEXT)


def worst(outlet: Outlet) -> list[int]:
    with outlet.database.read() as db:
        return [docket.worst for docket in db.exec(select(Docket))]


def holding(outlet: Outlet) -> set[str]:
    with outlet.database.read() as db:
        return {flag.why for flag in db.exec(select(Flag).where(~stale()))}


def chosen(outlet: Outlet, by: Worst) -> Sequence[int]:
    with outlet.database.read() as db:
        return [row.revision for row in page(db, Wanted(worst=by), Viewer(1, "ada", outlet.now())).rows]


def test_what_a_check_flagged_before_it_was_put_in_shadow_binds_nobody(both: Outlet, revision: Revision) -> None:
    with pytest.raises(Refused, match="Open: 1"):
        publishes(begun(both), revision)
    assert (worst(both), chosen(both, Worst.STOP)) == ([3], [1])
    shaded = begun(both, "scripted")
    assert (worst(both), holding(both)) == ([1], {"A river."})
    assert (chosen(both, Worst.STOP), chosen(both, Worst.NOTE)) == ([], [1])
    with both.database.read() as db:
        [row] = queue(db)
        found = case(shaded, db, revision.id, "ada")
        assert found is not None
        assert (row.worst, row.flags, row.checks, row.publishes_needed) == ("note", 1, 1, 1)
        assert [ran.check for ran in found.checks] == ["other"], "it is not shown as clear"
        assert found.unlooked
        assert "scripted" not in found.unlooked
        assert [item.flag.why for item in found.flags] == ["A river."]
    assert publishes(shaded, revision) is Decision.PUBLISHED


def test_what_rests_holds_again_once_its_check_leaves_the_shadow(both: Outlet, revision: Revision) -> None:
    begun(both, "scripted", "gone")
    assert {row.check for row in _shadowed(both)} == {"gone", "scripted"}
    begun(both)
    assert _shadowed(both) == []
    assert (worst(both), holding(both)) == ([3], {"It.", "A week.", "A river."})


def test_what_one_reviewer_decided_while_it_rested_takes_two_once_it_holds_again(
    both: Outlet, revision: Revision
) -> None:
    shaded = begun(both, "scripted")
    publishes(shaded, revision)
    lit = begun(both)
    assert isinstance(both.now, MovableClock)
    both.now.forward(days=1)
    assert actions.carry_out(lit) == 0
    with both.database.read() as db:
        [row] = queue(db)
        assert (row.stands, row.publishes_needed) == (Decision.SECOND, 2)
    said = Said(answers={1: "It did rain."})
    read = {"record_sha256": revision.record_sha256, "said": said}
    assert actions.review(lit, revision.id, "ben", Verdict.PUBLISH, **read) is Decision.PUBLISHED
    both.now.forward(minutes=10)
    assert actions.carry_out(lit) == 1
    assert [row.reviewers for row in rows(both, Publication)] == [2]


def test_an_answer_to_a_flag_that_rests_is_not_lost_without_a_word(both: Outlet, revision: Revision) -> None:
    shaded = begun(both, "scripted")
    read = {"record_sha256": revision.record_sha256, "said": Said(answers={1: "It did rain."})}
    with pytest.raises(Refused, match='The check "scripted" runs unseen meanwhile, and flag 1 holds no more'):
        actions.review(shaded, revision.id, "ada", Verdict.PUBLISH, **read)


def test_a_look_in_shadow_changes_nothing_of_what_rests(
    both: Outlet, revision: Revision, monkeypatch: pytest.MonkeyPatch
) -> None:
    shaded = begun(both, "scripted")
    monkeypatch.setattr(check, "CHECKS", (Scripted([OTHER], VERSION="2"),))
    again(shaded, [revision.id])
    assert (worst(both), holding(both)) == ([1], {"A river."})
    lit = begun(both)
    assert worst(both) == [3], "until it has looked for all to see"
    check.run_checks(lit, revision.id)
    assert (worst(both), len(rows(both, CheckRun))) == ([1], 4)


def _shadowed(outlet: Outlet) -> list[Shadowed]:
    with outlet.database.read() as db:
        return list(db.exec(select(Shadowed)))
