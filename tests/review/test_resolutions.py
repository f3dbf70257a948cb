"""From the verdict that meets the bar to what comes of it: a while to take it back, a moment that was wished for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.desk.shown.case import case
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said
from agent.review.bar import Decision
from agent.review.going import going
from agent.review.queue import queue
from agent.review.resolutions import held_up, is_told, pending, undo_until, undoable
from agent.tables import (
    CheckRun,
    Flag,
    Level,
    Pause,
    Publication,
    Resolution,
    Review,
    Revision,
    Undo,
    Verdict,
    Veto,
    WithdrawnBy,
)
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from tests.review.a_desk_of_two import at_once, author_says, publishes, rows, says


@pytest.fixture
def patient(both: Outlet) -> Outlet:
    """An outlet where a verdict can be taken back for ten minutes."""
    facts = {"undo_minutes": 10.0, "reviewers": ["ada", "ben", "cleo"]}
    return replace(both, settings=both.settings.model_copy(update=facts))


@pytest.fixture
def revision(patient: Outlet) -> Revision:
    return a_piece(patient)


def later(outlet: Outlet, **span: float) -> int:
    """Let time pass, and what is due take effect."""
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**span)
    return actions.carry_out(outlet)


def vetoes(outlet: Outlet, revision: Revision, *reviewers: str) -> list[Decision]:
    return [says(outlet, revision, reviewer, Verdict.VETO) for reviewer in reviewers]


def paused(outlet: Outlet, author_id: int | None, *, hold: bool = True) -> None:
    with outlet.database.write() as db:
        db.add(Pause(author_id=author_id, paused=hold, actor="ada", reason="A test.", at=outlet.now()))


def is_waiting(outlet: Outlet, revision: Revision) -> bool:
    with outlet.database.read() as db:
        return revision.id in [row.revision for row in queue(db)]


def test_what_was_decided_goes_out_when_the_time_to_take_it_back_is_over(patient: Outlet, revision: Revision) -> None:
    assert publishes(patient, revision) is Decision.PUBLISHED
    assert not is_waiting(patient, revision)
    assert later(patient, minutes=9) == 0
    assert rows(patient, Publication) == []
    assert later(patient, minutes=1) == 1
    assert [row.revision_id for row in rows(patient, Publication)] == [revision.id]
    assert later(patient, minutes=1) == 0, "once"


def test_a_veto_by_two_holds_when_the_time_to_take_it_back_is_over(patient: Outlet, revision: Revision) -> None:
    assert vetoes(patient, revision, "ada", "ben") == [Decision.VETO_WAITS, Decision.VETOED]
    assert rows(patient, Veto) == []
    later(patient, minutes=10)
    assert [row.ground for row in rows(patient, Veto)] == ["personal-data"]


def test_a_reviewer_takes_a_verdict_back_and_it_counts_no_more(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    undone = actions.undo(patient, revision.id, "ada")
    assert undone.verdict is Verdict.PUBLISH
    assert is_waiting(patient, revision)
    assert later(patient, days=1) == 0
    assert rows(patient, Publication) == []
    assert [len(rows(patient, table)) for table in (Review, Undo, Resolution)] == [1, 1, 1], "all of it is on record"


def test_after_an_undo_the_same_reviewer_decides_anew(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    actions.undo(patient, revision.id, "ada")
    assert vetoes(patient, revision, "ada") == [Decision.VETO_WAITS]
    assert publishes(patient, revision, "ben") is Decision.PUBLISHED
    later(patient, minutes=10)
    assert [row.reviewers for row in rows(patient, Publication)] == [1]


def test_the_second_veto_taken_back_leaves_the_first(patient: Outlet, revision: Revision) -> None:
    vetoes(patient, revision, "ada", "ben")
    actions.undo(patient, revision.id, "ben")
    with patient.database.read() as db:
        [row] = queue(db)
    assert row.stands is Decision.VETO_WAITS
    assert later(patient, minutes=10) == 0


REFUSALS: dict[str, Callable[[Outlet, Revision], Any]] = {
    "no verdict of yours": lambda outlet, revision: actions.undo(outlet, revision.id, "ben"),
    "It is too late: what was decided has taken effect": lambda outlet, revision: (
        later(outlet, minutes=10),
        actions.undo(outlet, revision.id, "ada"),
    ),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_what_cannot_be_taken_back_is_said(patient: Outlet, revision: Revision, words: str) -> None:
    publishes(patient, revision)
    with pytest.raises(Refused, match=words):
        REFUSALS[words](patient, revision)
    assert rows(patient, Undo) == []


def test_a_verdict_that_another_followed_stays(patient: Outlet, revision: Revision) -> None:
    vetoes(patient, revision, "ada", "ben")
    with pytest.raises(Refused, match="ben has given a verdict since"):
        actions.undo(patient, revision.id, "ada")


def test_a_first_veto_can_be_taken_back_for_a_while_and_then_no_more(patient: Outlet, revision: Revision) -> None:
    vetoes(patient, revision, "ada")
    later(patient, minutes=10)
    with pytest.raises(Refused, match="for 10 minutes"):
        actions.undo(patient, revision.id, "ada")


def test_a_piece_goes_out_at_the_moment_that_was_wished_for(patient: Outlet, revision: Revision) -> None:
    at = patient.now() + timedelta(days=3)
    read = {"record_sha256": revision.record_sha256, "said": Said()}
    actions.review(patient, revision.id, "ada", Verdict.PUBLISH, at=at, **read)
    assert later(patient, days=2, hours=23) == 0
    with patient.database.read() as db:
        review = undoable(patient, db, revision.id, "ada")
        assert review is not None
        assert undo_until(patient, db, review) == at, "and until then it can be taken back"
        assert [row.due_at for row in pending(db)] == [at]
    later(patient, hours=1)
    [publication] = rows(patient, Publication)
    assert publication.at == patient.now()


@pytest.mark.parametrize(
    ("verdict", "wait", "words"),
    [
        (Verdict.PUBLISH, timedelta(minutes=-1), "a moment to come"),
        (Verdict.PUBLISH, timedelta(days=400), "within a year"),
        (Verdict.VETO, timedelta(days=1), "Only a publication"),
    ],
)
def test_no_other_moment_is_taken(
    patient: Outlet, revision: Revision, verdict: Verdict, wait: timedelta, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        actions.review(
            patient, revision.id, "ada", verdict, record_sha256=revision.record_sha256, at=patient.now() + wait
        )
    assert rows(patient, Review) == []


@pytest.mark.parametrize("whom", [1, None], ids=["its author", "everyone"])
def test_while_an_author_is_paused_nothing_of_it_goes_out(
    patient: Outlet, revision: Revision, whom: int | None
) -> None:
    publishes(patient, revision)
    paused(patient, whom)
    assert later(patient, days=1) == 0
    with patient.database.read() as db:
        [waits] = pending(db)
        assert "paused" in held_up(patient, db, waits)
        assert undoable(patient, db, revision.id, "ada") is not None, "it is not out"
    paused(patient, whom, hold=False)
    assert later(patient, minutes=1) == 1


def test_without_a_time_to_take_it_back_a_pause_holds_all_the_same(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    paused(outlet, None)
    publishes(outlet, revision)
    assert rows(outlet, Publication) == []
    paused(outlet, None, hold=False)
    assert later(outlet, seconds=1) == 1


def test_an_author_that_said_no_meanwhile_is_not_published(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    author_says(patient, "no", "new")
    assert later(patient, days=1) == 0
    with patient.database.read() as db:
        [waits] = pending(db)
        assert held_up(patient, db, waits) == "its author said no"


def test_a_newer_revision_takes_the_place_of_what_was_decided_and_is_not_out(
    patient: Outlet, revision: Revision
) -> None:
    publishes(patient, revision)
    newer = a_piece(patient, "It rained again.\n")
    with patient.database.write() as db:
        facts = newer.model_dump(exclude={"id"}) | {"piece_id": revision.piece_id, "number": 2}
        db.add(Revision(**facts))
    assert later(patient, days=1) == 0, "what its author has replaced does not go out"
    assert rows(patient, Publication) == []


def test_two_that_carry_out_at_once_publish_once(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    assert isinstance(patient.now, MovableClock)
    patient.now.forward(minutes=10)
    assert sum(at_once(patient, lambda _: actions.carry_out(patient), [1, 2, 3])) == 1
    assert len(rows(patient, Publication)) == 1


def test_undo_and_carrying_out_at_once_leave_one_of_the_two(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    assert isinstance(patient.now, MovableClock)
    patient.now.forward(minutes=10)

    def either(who: str) -> None:
        with suppress(Refused):
            actions.carry_out(patient) if who == "clock" else actions.undo(patient, revision.id, who)

    at_once(patient, either, ["clock", "ada"])
    assert len(rows(patient, Publication)) + len(rows(patient, Undo)) == 1


def test_another_reviewer_sends_what_waits_back_once_for_a_reason(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    with pytest.raises(Refused, match="at least 10 letters"):
        actions.send_back(patient, revision.id, "ben", reason="no")
    with pytest.raises(Refused, match="your own"):
        actions.send_back(patient, revision.id, "ada", reason="I have read it again.")
    actions.send_back(patient, revision.id, "ben", reason="The third line names a street.")
    assert is_waiting(patient, revision)
    assert later(patient, days=1) == 0
    assert publishes(patient, revision) is Decision.PUBLISHED, "it was no veto"
    with pytest.raises(Refused, match="once"):
        actions.send_back(patient, revision.id, "ben", reason="The third line names a street.")
    assert later(patient, minutes=10) == 1
    with pytest.raises(Refused, match="Nothing that was decided"):
        actions.send_back(patient, revision.id, "ben", reason="The third line names a street.")
    [undone] = rows(patient, Undo)
    assert (undone.actor, undone.reason) == ("ben", "The third line names a street.")


def a_stop_flag(outlet: Outlet, revision: Revision, version: str = "1") -> None:
    """A check that came later says stop."""
    with outlet.database.write() as db:
        run = CheckRun(revision_id=revision.id, check="names", version=version, at=outlet.now())
        db.add(run)
        db.flush()
        facts = {"category": "names", "start": 0, "end": 2, "quote": "It", "why": "A name."}
        db.add(Flag(run_id=run.id, revision_id=revision.id, check="names", level=Level.STOP, **facts))


def no_stop_flag(outlet: Outlet, revision: Revision) -> None:
    """The check looks again, and takes back what it said."""
    with outlet.database.write() as db:
        db.add(CheckRun(revision_id=revision.id, check="names", version="2", at=outlet.now()))


def stands(outlet: Outlet, revision: Revision) -> tuple[Decision, Decision]:
    """Where it stands by the queue and by its own page."""
    with outlet.database.read() as db:
        [row] = queue(db)
        found = case(outlet, db, revision.id, "ada")
        assert found is not None
        return row.stands, found.stands


def stopped_after_it_was_decided(outlet: Outlet, revision: Revision) -> None:
    publishes(outlet, revision)
    a_stop_flag(outlet, revision)


def stopped_before_one_said_publish(outlet: Outlet, revision: Revision) -> None:
    a_stop_flag(outlet, revision)
    publishes(outlet, revision)


STOPPED = pytest.mark.parametrize("stopped", [stopped_after_it_was_decided, stopped_before_one_said_publish])


@STOPPED
@pytest.mark.parametrize(
    ("verdict", "becomes"),
    [(Verdict.VETO, Decision.VETO_WAITS), (Verdict.ESCALATE, Decision.ESCALATED)],
)
def test_after_a_stop_flag_is_taken_back_one_veto_holds_nothing_back_and_a_question_publishes_nothing(
    patient: Outlet,
    revision: Revision,
    stopped: Callable[[Outlet, Revision], None],
    verdict: Verdict,
    becomes: Decision,
) -> None:
    stopped(patient, revision)
    no_stop_flag(patient, revision)
    assert stands(patient, revision) == (Decision.SECOND, Decision.SECOND)
    assert says(patient, revision, "ben", verdict) is becomes
    assert stands(patient, revision) == (becomes, becomes)
    assert later(patient, days=1) == 0
    assert rows(patient, Veto) == rows(patient, Publication) == []
    assert says(patient, revision, "cleo", Verdict.PUBLISH) is Decision.PUBLISHED
    assert later(patient, minutes=10) == 1


@STOPPED
def test_a_check_that_takes_a_stop_flag_back_publishes_nothing_until_somebody_confirms_it(
    patient: Outlet, revision: Revision, stopped: Callable[[Outlet, Revision], None]
) -> None:
    stopped(patient, revision)
    no_stop_flag(patient, revision)
    assert later(patient, days=1) == 0
    with pytest.raises(Refused, match="Someone else is asked now"):
        publishes(patient, revision)
    at = patient.now() + timedelta(days=1)
    said = {"record_sha256": revision.record_sha256, "at": at}
    assert actions.review(patient, revision.id, "ben", Verdict.PUBLISH, **said) is Decision.PUBLISHED
    assert later(patient, days=1) == 1
    [publication] = rows(patient, Publication)
    assert (publication.reviewers, publication.at) == (2, at)


def test_a_verdict_that_would_decide_another_thing_than_it_says_is_refused(patient: Outlet, revision: Revision) -> None:
    said = {"revision_id": revision.id, "record_sha256": revision.record_sha256, "at": patient.now()}
    with patient.database.write() as db:  # As no verb leaves it.
        db.add_all(Review(reviewer=name, verdict=Verdict.VETO, ground="law", **said) for name in ("ada", "ben"))
    with pytest.raises(Refused, match="By the verdicts on record this is vetoed"):
        publishes(patient, revision, "cleo")
    assert len(rows(patient, Review)) == 2


@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_resolution_takes_effect_that_the_verdicts_do_not_bear(
    patient: Outlet, revision: Revision, verdict: Verdict
) -> None:
    says(patient, revision, "ada", Verdict.VETO)
    with patient.database.write() as db:  # As no verb leaves it.
        db.add(
            Resolution(revision_id=revision.id, review_id=1, verdict=verdict, due_at=patient.now(), at=patient.now())
        )
    assert later(patient, days=1) == 0
    assert rows(patient, Veto) == rows(patient, Publication) == []
    with patient.database.read() as db:
        [waits] = going(patient, db)
        assert "reviewer" in waits.held_up


def test_one_who_changed_their_mind_is_not_one_of_two_who_say_publish(patient: Outlet, revision: Revision) -> None:
    a_stop_flag(patient, revision)
    publishes(patient, revision, "ben")
    vetoes(patient, revision, "ben")
    no_stop_flag(patient, revision)
    assert publishes(patient, revision) is Decision.PUBLISHED
    a_stop_flag(patient, revision, "3")
    assert is_waiting(patient, revision), "people are asked again"
    assert stands(patient, revision) == (Decision.VETO_WAITS, Decision.VETO_WAITS)


def test_a_stop_flag_that_comes_while_it_waits_asks_for_a_second_reviewer(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    a_stop_flag(patient, revision)
    assert later(patient, days=1) == 0
    with patient.database.read() as db:
        [row] = queue(db)
    assert row.stands is Decision.SECOND
    assert publishes(patient, revision, "ben") is Decision.PUBLISHED
    assert later(patient, minutes=10) == 1
    assert [row.reviewers for row in rows(patient, Publication)] == [2]


def test_a_stop_flag_changes_nothing_where_two_had_said_publish(patient: Outlet, revision: Revision) -> None:
    a_stop_flag(patient, revision)
    for reviewer in ("ada", "ben"):
        publishes(patient, revision, reviewer)
    a_stop_flag(patient, revision, "2")
    assert later(patient, minutes=10) == 1


def test_a_revision_that_waits_does_not_undo_a_withdrawal_by_two(patient: Outlet, revision: Revision) -> None:
    publishes(patient, revision)
    later(patient, minutes=10)
    a_session(patient, [tool_reply("revise", piece=1, text="It snowed.\n"), tool_reply("decline")])
    second = rows(patient, Revision)[-1]
    read = {"record_sha256": second.record_sha256, "at": patient.now() + timedelta(days=7)}
    actions.review(patient, second.id, "ada", Verdict.PUBLISH, **read)
    assert isinstance(patient.now, MovableClock)
    patient.now.forward(minutes=1)
    facts = {"ground": "personal-data", "reason": "It names a private person."}
    made = actions.withdraw(patient, 1, "ada", WithdrawnBy.STAFF, **facts)
    actions.confirm(patient, made, "ben", reason="It does: the third line.")
    assert later(patient, days=8) == 0
    with patient.database.read() as db:
        [waits] = pending(db)
        assert "taken down since" in held_up(patient, db, waits)
    actions.send_back(patient, second.id, "ben", reason="It names the same person.")
    assert is_waiting(patient, second)


def test_who_gives_the_first_of_two_verdicts_sets_no_moment(patient: Outlet, revision: Revision) -> None:
    a_stop_flag(patient, revision)
    read = {"record_sha256": revision.record_sha256, "at": patient.now() + timedelta(days=7)}
    with pytest.raises(Refused, match="who gives the second says when"):
        actions.review(patient, revision.id, "ada", Verdict.PUBLISH, **read)
    assert rows(patient, Review) == []


def told(outlet: Outlet, revision: Revision) -> dict[str, bool]:
    with outlet.database.read() as db:
        return {name: is_told(outlet, db, revision.id, name) for name in ("ada", "ben", "cleo")}


def test_reasons_are_told_when_ones_own_verdict_cannot_be_taken_back_any_more(
    patient: Outlet, revision: Revision
) -> None:
    vetoes(patient, revision, "ada")
    assert told(patient, revision) == {"ada": False, "ben": False, "cleo": False}
    vetoes(patient, revision, "ben")
    assert told(patient, revision) == {"ada": True, "ben": False, "cleo": False}, "ben could still take his back"
    later(patient, minutes=10)
    assert told(patient, revision) == {"ada": True, "ben": True, "cleo": True}, "it is decided"


def test_who_took_a_veto_back_does_not_rule_on_the_appeal(patient: Outlet, revision: Revision) -> None:
    vetoes(patient, revision, "ben")
    actions.undo(patient, revision.id, "ben")
    vetoes(patient, revision, "ada")
    with patient.database.read() as db:
        assert actions.vetoers(db, revision.id) == {"ada", "ben"}


def test_who_loses_the_role_between_reading_and_the_lock_gives_no_verdict(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = a_piece(outlet)
    monkeypatch.setattr(actions, "known", lambda *_: None)
    with pytest.raises(UnknownUser, match='"cy"'):
        publishes(outlet, revision, "cy")
    assert rows(outlet, Review) == []
