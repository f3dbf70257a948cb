"""What is asked of somebody else: what is due, what is asked again, and that it stands in nobody's way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from agent import check
from agent.check import markup
from agent.check.asked import asking, hazards, hindrance, judging
from agent.errors import BrokenReply, Unreachable
from agent.outlet import Outlet
from agent.queries import stale
from agent.review import actions
from agent.tables import Blob, CheckRun, Docket, Flag, Judgement, Publication, Resolution, ShadowFlag, Verdict
from agent.testing import MovableClock, a_piece
from tests.a_judge import AJudge, faults, flags, judged_by, judgements, rows, verdict

TEXT = "It rained for a week, says Dr. Hanna Weil.\n"
POLICIES = ["advice", "claims", "hate", "minors", "self-harm", "sexual", "violence"]
AWAY = Unreachable(endpoint="https://judge.example", reason="nothing answers there")
BROKE = BrokenReply(endpoint="https://judge.example", reason="the connection was lost")


@pytest.fixture(autouse=True)
def _only_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CHECKS", ())


def waiting(outlet: Outlet, above: int = 0) -> list[int]:
    with outlet.database.read() as db:
        return asking.waiting(outlet, db, above)


def unanswered(outlet: Outlet) -> list[int]:
    with outlet.database.read() as db:
        return asking.unanswered(outlet, db)


def in_shadow(outlet: Outlet, *names: str) -> Outlet:
    checks = outlet.settings.checks.model_copy(update={"shadow": names})
    return replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks}))


def test_without_a_judge_no_policy_says_clear(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    assert waiting(outlet) == [revision.id]
    asking.look(outlet, revision.id)
    assert faults(outlet) == [(name, "no judge is set") for name in POLICIES]
    assert waiting(outlet) == []
    assert judgements(outlet) == []
    asking.look(outlet, revision.id)
    assert len(faults(outlet)) == len(POLICIES), "it is said once"


def test_once_a_judge_is_set_what_waits_for_people_is_asked(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    asking.look(outlet, revision.id)
    judge = AJudge()
    judged = judged_by(outlet, judge)
    assert waiting(judged) == [revision.id]
    asking.look(judged, revision.id)
    assert faults(outlet)[len(POLICIES) :] == [(name, "") for name in POLICIES]
    assert len(judge.asked) == len(judgements(outlet)) == len(POLICIES)
    assert waiting(judged) == []
    asking.look(judged, revision.id)
    assert len(judge.asked) == len(POLICIES), "each policy asks once"


def test_what_the_checks_here_have_not_looked_at_is_not_asked_about_yet(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = a_piece(outlet, TEXT)
    monkeypatch.setattr(check, "CHECKS", (markup,))
    assert waiting(outlet) == []
    with outlet.database.write() as db:
        db.add(CheckRun(revision_id=revision.id, check="markup", version="1", at=outlet.now()))
    assert waiting(outlet) == [revision.id]


def test_what_is_decided_is_not_asked_about_by_itself(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:
        db.add(CheckRun(revision_id=revision.id, check="markup", version="1", at=outlet.now()))
    actions.review(outlet, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)
    assert len(rows(outlet, Publication)) == 1
    assert waiting(judged_by(outlet, AJudge())) == []


def test_the_next_question_is_asked_by_itself_and_a_fault_that_passes_waits(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    broke = judged_by(outlet, AJudge(lambda _: BROKE))
    assert asking.ask_next(broke, revision.id) == 1
    assert faults(outlet) == []
    sound = judged_by(outlet, AJudge())
    for done in range(1, len(POLICIES) + 1):
        assert asking.ask_next(sound, revision.id) == 0
        assert faults(outlet) == [(name, "") for name in POLICIES[:done]]
    assert asking.ask_next(sound, revision.id) is None


def test_at_the_last_try_what_has_no_answer_is_not_checked(outlet: Outlet) -> None:
    asking.look(judged_by(outlet, AJudge(lambda _: BROKE)), a_piece(outlet, TEXT).id)
    assert faults(outlet) == [(name, hindrance.SLOW) for name in POLICIES]
    assert len(judgements(outlet)) == len(POLICIES), "what breaks off for one may be whole for another"


def test_what_was_answered_is_not_asked_again_and_what_was_not_is_when_somebody_says_so(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    asking.look(judged_by(outlet, AJudge()), revision.id, only=("hate",))
    asking.look(judged_by(outlet, AJudge(lambda _: "nonsense")), revision.id, only=("hate", "violence"))
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(hours=1)
    judge = AJudge()
    asking.look(judged_by(outlet, judge), revision.id, only=("hate", "violence"))
    assert judge.asked == [], "not by itself"
    asking.look(judged_by(outlet, judge), revision.id, again=True, only=("hate", "violence"))
    assert len(judge.asked) == 1
    assert faults(outlet)[-1] == ("violence", "")


def test_a_fault_that_stays_is_stored_once_for_each_time_that_somebody_asks(outlet: Outlet) -> None:
    revision, nonsense = a_piece(outlet, TEXT), AJudge(lambda _: "nonsense")
    for times in (1, 2, 3):
        assert isinstance(outlet.now, MovableClock)
        outlet.now.forward(hours=1)
        asking.look(judged_by(outlet, nonsense), revision.id, again=True, only=("hate",))
        assert len(nonsense.asked) == len(faults(outlet)) == times


def test_a_changed_policy_asks_again_and_what_it_finds_takes_the_place(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    finds = judged_by(outlet, AJudge(lambda words: verdict(words, "It rained")), model_id="claude-judge-1")
    asking.look(finds, revision.id, only=("violence",))
    asking.look(judged_by(outlet, AJudge(), model_id="claude-judge-2"), revision.id, only=("violence",))
    with outlet.database.read() as db:
        assert db.exec(select(Flag).where(~stale())).all() == []
        assert db.get_one(Docket, revision.id).worst == 0


def test_no_fault_and_no_waiting_judge_blocks_a_publication_and_a_later_stop_asks_for_a_second_reader(
    outlet: Outlet, clock: MovableClock
) -> None:
    slow = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10.0}))
    revision = a_piece(slow, TEXT)
    asking.look(judged_by(slow, AJudge(lambda _: AWAY)), revision.id, only=("hate",))
    with outlet.database.write() as db:
        db.add(CheckRun(revision_id=revision.id, check="markup", version="1", at=outlet.now()))
    actions.review(slow, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)
    assert [one.verdict for one in rows(outlet, Resolution)] == [Verdict.PUBLISH]
    clock.forward(minutes=1)
    asking.look(judged_by(slow, AJudge(lambda words: verdict(words, "It rained"))), revision.id, only=("violence",))
    with outlet.database.read() as db:
        open_again = db.get_one(Docket, revision.id)
    assert (open_again.worst, open_again.resolution_id) == (3, None)


def test_a_policy_in_shadow_is_asked_and_shown_to_nobody_until_it_leaves_it(outlet: Outlet) -> None:
    revision, judge = a_piece(outlet, TEXT), AJudge(lambda words: verdict(words, "It rained"))
    dim = in_shadow(judged_by(outlet, judge), "hate")
    asking.look(dim, revision.id, only=("hate",))
    assert ([flag.quote for flag in rows(outlet, ShadowFlag)], flags(outlet)) == (["It rained"], [])
    asking.look(dim, revision.id, only=("hate",))
    assert len(judge.asked) == 1
    lit = judged_by(outlet, judge)
    assert waiting(lit) == [revision.id]
    asking.look(lit, revision.id, only=("hate",))
    assert [flag.quote for flag in flags(outlet)] == ["It rained"]


def test_at_night_what_the_judge_did_not_answer_is_asked_again_and_of_a_judge_that_is_away_one_work(
    outlet: Outlet, clock: MovableClock
) -> None:
    away = judged_by(outlet, AJudge(lambda _: AWAY))
    for _ in range(3):
        asking.look(away, a_piece(outlet, TEXT).id, only=("hate",))
    clock.forward(minutes=1)
    sound = judged_by(outlet, AJudge())
    asking.look(sound, a_piece(outlet, TEXT).id, only=("hate",))
    nonsense = a_piece(outlet, TEXT).id
    asking.look(judged_by(outlet, AJudge(lambda _: "nonsense")), nonsense, only=("hate",))
    assert unanswered(sound) == [], "not at once"
    clock.forward(hours=12)
    assert unanswered(sound) == [3, 2, 1], "and not what was answered, be it nonsense"
    asking.look(sound, 2, again=True, only=("hate",))
    assert unanswered(sound) == [3, 1]
    asking.look(away, 3, again=True, only=("hate",))
    assert unanswered(away) == [1]
    clock.forward(hours=12)
    assert unanswered(away) == [3]
    assert unanswered(outlet) == [], "nobody can be asked"
    clock.forward(days=31)
    assert unanswered(sound) == [], "what is old is left to people"


def test_at_night_there_is_a_most(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MADE_UP_FOR", 2)
    for _ in range(3):
        revision = a_piece(both, TEXT)
        with both.database.write() as db:
            for name in ("hate", "sexual"):
                run = {"check": name, "version": "1", "fault": hindrance.DOWN, "at": both.now()}
                db.add(CheckRun(revision_id=revision.id, **run))
    assert isinstance(both.now, MovableClock)
    both.now.forward(hours=12)
    assert unanswered(judged_by(both, AJudge())) == [3, 2]


def test_works_are_handed_out_a_few_at_a_time(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    for _ in range(3):
        a_piece(outlet, TEXT)
    assert waiting(outlet) == [1, 2]
    asking.look(outlet, 1)
    assert waiting(outlet) == [2, 3]
    assert waiting(outlet, above=2) == [3]


def test_bytes_that_are_not_those_received_are_laid_before_no_judge(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:  # As somebody with the file in hand could do it.
        db.connection().exec_driver_sql("DROP TRIGGER blob_refuses_update")
        db.connection().exec_driver_sql("UPDATE blob SET data = x'00' WHERE id = ?", (revision.text_blob_id,))
    judge = AJudge()
    asking.look(judged_by(outlet, judge), revision.id)
    assert (judge.asked, {fault for _, fault in faults(outlet)}) == ([], {asking.CHANGED})


def test_what_is_asked_at_this_moment_is_not_asked_twice(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    second = AJudge()

    def says(words: str) -> str:
        wait = asking.ask_next(judged_by(outlet, second), revision.id, only=("hate",))
        assert wait == timedelta(minutes=2).total_seconds() + 1
        return verdict(words)

    asking.look(judged_by(outlet, AJudge(says)), revision.id, only=("hate",))
    assert (second.asked, len(judgements(outlet))) == ([], 1)


def test_how_it_stands_is_told(both: Outlet) -> None:
    def kind(outlet: Outlet) -> str:
        with outlet.database.read() as db:
            return asking.state(outlet, db).kind

    assert kind(both) == "off"
    sound = judged_by(both, AJudge())
    assert kind(sound) == "asked"
    assert kind(judged_by(both, AJudge(), profile={})) == "unpriced"
    assert kind(judged_by(both, AJudge(), max_cost_per_day=0.0)) == "over budget"
    revision = a_piece(both, TEXT)
    asking.look(judged_by(both, AJudge(lambda _: AWAY)), revision.id, only=("hate",))
    assert kind(sound) == "down"
    assert [policy.name for policy in hazards.policies(both)] == POLICIES


def test_an_erasure_reaches_what_the_judge_answered(both: Outlet) -> None:
    revision = a_piece(both, TEXT)
    asking.look(judged_by(both, AJudge(lambda words: verdict(words, "It rained"))), revision.id, only=("hate",))
    actions.erase(both, revision.piece_id, "ada", second="ben", reason="It names where somebody lives.")
    [row] = judgements(both)
    [flag] = flags(both)
    with both.database.read() as db:
        assert db.get_one(Blob, row.blob_id).data is None
        assert not db.exec(select(Judgement).where(col(Judgement.fault).contains("rained"))).all()
    assert (flag.quote, flag.evidence) == ("", {})
    assert "rained" not in flag.why
    assert judging.LOST not in row.fault
