"""The figures of the calibration page, as both databases add them up: checked against the same in Python."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, pairwise

import pytest
from sqlmodel import col, select

from agent import check
from agent.check.frame import Finding, Looked
from agent.outlet import Outlet
from agent.review import actions, figures, second
from agent.review.calibration import Why, spread
from agent.review.figures import STEPS, Within
from agent.shares import Share
from agent.tables import Level, Publication, Resolution, Revision, Verdict, Veto
from agent.testing import MovableClock, a_piece
from tests.check.test_run_checks import Scripted
from tests.publish.works import appeal
from tests.review.a_desk_of_two import a_vetoed_piece, author_says, says

PUBLISH, VETO = Verdict.PUBLISH, Verdict.VETO
EVER = Within(MovableClock().at - timedelta(days=400), MovableClock().at + timedelta(days=400))


@pytest.fixture
def desk(both: Outlet) -> Outlet:
    """Ada, Ben and Dot, who have ten minutes to undo; every decided piece is drawn."""
    facts = {"reviewers": ["ada", "ben", "dot"], "blind_share": 1.0, "undo_minutes": 10}
    return replace(both, settings=both.settings.model_copy(update=facts))


def later(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)
    actions.carry_out(outlet)


def decided(outlet: Outlet, verdict: Verdict, hours: float, author: str = "opus") -> Revision:
    """A piece that was decided so many hours after it came."""
    revision = a_piece(outlet, author=author)
    later(outlet, hours=hours)
    for reviewer in ("ada", "ben")[: 1 + (verdict is VETO)]:
        says(outlet, revision, reviewer, verdict)
    later(outlet, minutes=10)
    return revision


def hours() -> Iterator[float]:
    return cycle([0.1, 0.5, 2, 5, 30, 100, 9, 3, 200, 1])


def test_times_are_those_from_arrival_to_the_deciding_verdict(desk: Outlet) -> None:
    took = hours()
    for number in range(14):
        decided(desk, VETO if number % 5 == 4 else PUBLISH, next(took))
        later(desk, days=3)
    with desk.database.read() as db:
        found = figures.times(db, EVER)
        rows = db.exec(select(Revision.at, Resolution.at).join(Resolution, col(Resolution.revision_id) == Revision.id))
        spans = [(end, (end - begin).total_seconds()) for begin, end in rows]
    months = {f"{end:%Y-%m}" for end, _ in spans}
    assert len(spans) == 14
    assert len(months) > 1
    assert found.whole == spread([seconds for _, seconds in spans])
    assert found.months == {
        month: spread([seconds for end, seconds in spans if f"{end:%Y-%m}" == month]) for month in sorted(months)
    }
    ends = [0, *STEPS, float("inf")]
    assert found.sizes == [sum(low <= seconds < high for _, seconds in spans) for low, high in pairwise(ends)]


def test_what_was_decided_anew_after_a_flag_said_stop_was_decided_once(desk: Outlet) -> None:
    revision = a_piece(desk)
    says(desk, revision, "ada", PUBLISH)
    with desk.database.write() as db:
        looked = Looked([Finding(Level.STOP, "rain", 0, 2, "It.")])
        check.store(desk, db, Scripted(), looked, revision_id=revision.id, text="It rained.")
    later(desk, hours=2)
    says(desk, revision, "ben", PUBLISH)
    later(desk, minutes=10)
    with desk.database.read() as db:
        found = figures.times(db, EVER).whole
    assert found is not None
    assert (found.n, found.middle) == (1, 2 * 60 * 60)


def test_a_verdict_that_was_taken_back_did_not_decide(desk: Outlet) -> None:
    revision = a_piece(desk)
    later(desk, hours=1)
    says(desk, revision, "ada", PUBLISH)
    actions.undo(desk, revision.id, "ada")
    later(desk, hours=1)
    says(desk, revision, "ben", PUBLISH)
    later(desk, minutes=10)
    with desk.database.read() as db:
        whole = figures.times(db, EVER).whole
        said = figures.given(db, EVER)
    assert whole is not None
    assert (whole.n, whole.middle) == (1, 2 * 3600)
    assert figures.taken_back(said) == Share(1, 2)
    assert figures.verdicts(said) == {PUBLISH: 1, VETO: 0, Verdict.ESCALATE: 0}


def test_what_was_decided_before_there_were_resolutions_counts_from_its_publication(desk: Outlet) -> None:
    revision = a_piece(desk)
    later(desk, hours=5)
    with desk.database.write() as db:
        db.add(
            Publication(
                piece_id=revision.piece_id, revision_id=revision.id, path="pieces/1", reviewers=1, at=desk.now()
            )
        )
    with desk.database.read() as db:
        whole = figures.times(db, EVER).whole
    assert whole is not None
    assert (whole.n, whole.middle) == (1, 5 * 3600)


def test_agreement_pairs_first_verdicts_with_second_looks(desk: Outlet) -> None:
    for number in range(12):
        verdict = VETO if number % 4 == 0 else PUBLISH
        revision = decided(desk, verdict, 1)
        other = PUBLISH if number == 4 else verdict
        second.look(
            desk,
            revision.id,
            "dot",
            other,
            record_sha256=revision.record_sha256,
            ground="law",
            reason="A court has said so.",
        )
    with desk.database.read() as db:
        found, pairs = figures.agreement(db, EVER)
        people = figures.people(db, EVER, figures.given(db, EVER))
    assert pairs == {("publish", "publish"): 9, ("veto", "veto"): 2, ("veto", "publish"): 1}
    assert found.agreement == Share(11, 12)
    assert found.value == pytest.approx(0.75)
    # The first verdict is Ada's each time; Ben's vetoes were given knowing of hers.
    assert [(person.name, person.agreed) for person in people] == [("ada", Share(11, 12)), ("ben", Share(0, 0))]


def test_only_what_fits_the_period_and_the_author_is_counted(desk: Outlet) -> None:
    decided(desk, PUBLISH, 1)
    decided(desk, VETO, 1, author="sonnet")
    later(desk, days=10)
    middle = desk.now()
    decided(desk, PUBLISH, 1)
    with desk.database.read() as db:
        for within, out, held in (
            (EVER, 2, 1),
            (Within(EVER.since, middle), 1, 1),
            (Within(middle, EVER.until), 1, 0),
            (Within(EVER.since, EVER.until, author=1), 2, 0),
            (Within(EVER.since, EVER.until, author=2), 0, 1),
        ):
            found = figures.verdicts(figures.given(db, within))
            assert (found[PUBLISH], found[VETO]) == (out, 2 * held), within
            assert [row.held for row in figures.grounds(db, within)] == [Share(held, out + held)] * held
            whole = figures.times(db, within).whole
            assert (whole.n if whole else 0) == out + held
        empty = Within(EVER.until, EVER.until + timedelta(days=1))
        assert figures.agreement(db, empty)[0].why is Why.NONE
        assert figures.times(db, empty).whole is None
        assert figures.taken_back(figures.given(db, empty)) == figures.overturned(db, empty) == Share(0, 0)
        assert figures.people(db, empty, []) == []


def test_an_overturned_veto_is_no_longer_held_back(desk: Outlet) -> None:
    revision = a_vetoed_piece(desk)
    later(desk, minutes=10)
    actions.rule(desk, appeal(desk, revision).id, "dot", overturned=True, reason="There is no such person.")
    with desk.database.read() as db:
        [ground] = figures.grounds(db, EVER)
        assert (ground.ground, ground.verdicts, ground.held) == ("personal-data", 2, Share(0, 0))
        assert figures.overturned(db, EVER) == Share(1, 1)
        assert db.exec(select(Veto)).one().revision_id == revision.id


def test_what_waits_is_counted_by_its_age(desk: Outlet) -> None:
    a_piece(desk)
    later(desk, hours=3)
    a_piece(desk, author="sonnet")
    a_piece(desk)
    later(desk, minutes=5)
    with desk.database.read() as db:
        assert figures.ages(db, desk.now()) == [2, 0, 1, 0, 0, 0, 0, 0, 0]
        assert figures.ages(db, desk.now(), author=2) == [1, 0, 0, 0, 0, 0, 0, 0, 0]
        assert figures.ages(db, desk.now() + timedelta(days=300)) == [0] * 8 + [3]
    author_says(desk, "no")
    with desk.database.read() as db:
        assert figures.ages(db, desk.now()) == [1, 0, 0, 0, 0, 0, 0, 0, 0]
