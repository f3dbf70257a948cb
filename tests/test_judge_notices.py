"""Staff are told when the judge does not look: what is wrong, since when, and what to do."""

import pytest

from agent import check
from agent.check.asked import asking
from agent.errors import LlmError, NoApiKey, NoSuchLlm, Unreachable
from agent.notices import notices
from agent.notices.judge import judge_matters
from agent.notices.notice import Notice
from agent.outlet import Outlet
from agent.publish.calendar import shelves
from agent.publish.versions import versions
from agent.testing import NOON, MovableClock, a_piece
from tests.a_judge import MODEL, AJudge, judged_by

TEXT = "It rained for a week, says Dr. Hanna Weil.\n"
END = {"endpoint": "https://judge.example"}
GONE = NoSuchLlm(**END, model_id=MODEL)
AWAY = Unreachable(**END, reason="nothing answers there")
NO_KEY = NoApiKey(author="the judge", variable="JUDGE_KEY")


@pytest.fixture(autouse=True)
def _only_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CHECKS", ())


def look(outlet: Outlet) -> list[Notice]:
    with outlet.database.read() as db:
        return notices(outlet, db)


def keys(outlet: Outlet) -> list[str]:
    """What is told outside the desk."""
    with outlet.database.read() as db:
        return [matter.key for matter in judge_matters(outlet, db)]


def that_fails(outlet: Outlet, error: LlmError) -> Outlet:
    """A judge that failed at a work."""
    judged = judged_by(outlet, AJudge(lambda _: error))
    asking.look(judged, a_piece(outlet, TEXT).id)
    return judged


def test_where_no_judge_is_set_or_it_answers_there_is_nothing_to_say(outlet: Outlet) -> None:
    asking.look(outlet, a_piece(outlet, TEXT).id)
    sound = judged_by(outlet, AJudge())
    asking.look(sound, a_piece(outlet, TEXT).id)
    assert (look(outlet), keys(outlet), look(sound), keys(sound)) == ([], [], [], [])


@pytest.mark.parametrize(
    ("error", "words", "kind"),
    [
        (GONE, f"has lapsed (404): https://judge.example does not know {MODEL}: it is retired", "lapsed"),
        (NO_KEY, "cannot be called: its key is missing: set the variable JUDGE_KEY", "uncallable"),
    ],
)
def test_what_somebody_must_mend_is_told_at_once(outlet: Outlet, error: LlmError, words: str, kind: str) -> None:
    judged = that_fails(outlet, error)
    [notice] = look(judged)
    assert (notice.kind, notice.subject, notice.since, notice.waits) == ("judge", "the judge", NOON, True)
    assert notice.words.startswith(words)
    assert notice.to_do.endswith("Until then hazards are not checked, and every text says so")
    assert keys(judged) == [f"judge:{kind}:2026-11-01T12:00:00"]


def test_a_judge_that_is_away_for_a_moment_is_nobodys_concern(outlet: Outlet, clock: MovableClock) -> None:
    judged = that_fails(outlet, AWAY)
    assert (look(judged), keys(judged)) == ([], [])
    clock.forward(minutes=16)
    [notice] = look(judged)
    assert (notice.words, notice.since, notice.waits) == (
        "does not answer: https://judge.example could not be reached: nothing answers there",
        NOON,
        False,
    )
    assert keys(judged) == ["judge:down:2026-11-01T12:00:00"]


def test_a_budget_that_is_used_up_is_told_once_a_day(outlet: Outlet, clock: MovableClock) -> None:
    poor = judged_by(outlet, AJudge(), max_cost_per_day=0.0)
    [notice] = look(poor)
    assert notice.words == "budget of today is used up ($0.00 of $0.00 in 24 hours, $0.00 of $10.00 in 30 days)"
    assert not notice.waits
    assert keys(poor) == ["judge:over-budget:2026-11-01"]
    clock.forward(days=1)
    assert keys(poor) == ["judge:over-budget:2026-11-02"]


def test_a_judge_whose_price_nobody_knows_waits_for_somebody(outlet: Outlet) -> None:
    [notice] = look(judged_by(outlet, AJudge(), profile={}))
    assert notice.waits
    assert f"say under [[price]] what {MODEL} costs" in notice.words


def test_what_the_judge_is_told_stands_on_a_shelf_of_its_own(outlet: Outlet) -> None:
    asking.look(judged_by(outlet, AJudge()), a_piece(outlet, TEXT).id, only=("hate", "self-harm"))
    with outlet.database.read() as db:
        found = {shelf.name: [name for name, _ in shelf.prompts] for shelf in shelves(versions(db, {}))}
    assert found["The judge"] == ["judge", "policy-hate", "policy-self-harm"]
    assert not [name for name in found["Invitations"] if name.startswith("policy-")]
