"""The queue page."""

import pytest

from agent.desk.pages import age, count
from agent.outlet import Outlet
from agent.review import actions
from agent.tables import CheckRun, Flag, Level, Verdict
from agent.testing import MovableClock
from tests.desk.a_desk import HOSTILE, Browser, a_waiting_piece

pytestmark = pytest.mark.slow


def test_the_desk_opens_at_the_queue(ada: Browser) -> None:
    answer = ada.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")


def test_an_empty_queue_says_so(ada: Browser) -> None:
    assert "No piece waits to be read." in ada.words("/queue")


def test_what_waits_stands_oldest_first_with_what_a_reviewer_needs(
    ada: Browser, outlet: Outlet, clock: MovableClock
) -> None:
    a_waiting_piece(outlet, title="The older one", form="poem")
    clock.forward(hours=3)
    a_waiting_piece(outlet, HOSTILE, title="The newer one", author="opus")
    words = ada.words("/queue")
    older, newer = words.split("The older one")[1].split("The newer one")
    assert "2 pieces to read, oldest first." in words
    assert "Claude Opus poem 37 nothing flagged waiting 3 hours" in older
    assert "Claude Opus essay" in newer
    assert "look" in newer
    assert "under a minute" in newer


def test_a_check_that_did_not_run_is_shown_as_not_checked(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    with outlet.database.write() as db:
        run = CheckRun(revision_id=revision, check="language", version="1", fault="it stopped", at=outlet.now())
        db.add(run)
    words = ada.words("/queue")
    assert "1 not checked" in words
    assert "nothing flagged" not in words
    page = ada.words(f"/revisions/{revision}")
    assert "language: not checked. it stopped" in page
    assert "markup: nothing flagged" in page


def test_a_stop_flag_is_shown_as_the_worst_and_asks_for_two(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, HOSTILE)
    a_stop_flag(outlet, revision)
    assert "stop among" in ada.words("/queue")
    assert "waiting for two" in ada.words("/queue")


def test_what_was_decided_leaves_the_queue_and_is_listed_below(ada: Browser, outlet: Outlet) -> None:
    published, record = a_waiting_piece(outlet, title="The open door")
    actions.review(outlet, published, "ben", Verdict.PUBLISH, record_sha256=record)
    vetoed, record = a_waiting_piece(outlet, "Her number is 555.\n", title="The closed door", author="opus")
    said = actions.Said(ground="personal-data", span=actions.Span(0, 10), reason="It is a real person's number.")
    for reviewer in ("ada", "ben"):
        actions.review(outlet, vetoed, reviewer, Verdict.VETO, record_sha256=record, said=said)
    words = ada.words("/queue")
    assert "No piece waits" in words
    assert "The closed door Claude Opus vetoed by two" in words
    assert "The open door Claude Opus published 1 November 2026, 12:00 UTC" in words


def test_a_hostile_title_is_shown_and_not_run(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, title="<script>alert(1)</script>", note_to_readers="<img src=x onerror=a>")
    for page in (ada.get("/queue").text, ada.get(f"/revisions/{revision}").text):
        assert "&lt;script&gt;alert(1)" in page
        assert "<script" not in page
        assert "<img" not in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a minute"),
        (59, "under a minute"),
        (60, "1 minute"),
        (7_199, "1 hour"),
        (86_400 * 3, "3 days"),
        (-5, "under a minute"),
    ],
)
def test_an_age_is_said_in_its_largest_whole_unit(seconds: float, words: str) -> None:
    assert age(seconds) == words


def test_a_count_carries_its_noun() -> None:
    assert [count(1, "piece"), count(2_140, "word"), count(0, "flag")] == ["1 piece", "2,140 words", "0 flags"]


def a_stop_flag(outlet: Outlet, revision: int) -> None:
    """A check that says stop, as one of a later version would."""
    with outlet.database.write() as db:
        run = CheckRun(revision_id=revision, check="danger", version="1", at=outlet.now())
        db.add(run)
        db.flush()
        db.add(
            Flag(
                run_id=run.id,
                revision_id=revision,
                check="danger",
                level=Level.STOP,
                category="danger",
                start=0,
                end=6,
                quote="A line",
                why="It reads like a recipe.",
            )
        )


def test_after_a_verdict_the_next_draft_is_one_step_away(ada: Browser, outlet: Outlet) -> None:
    drafts = [a_waiting_piece(outlet, title=title) for title in ("The first", "The second")]
    for (revision, record), following in zip(drafts, (True, False), strict=True):
        ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
        words = ada.words(f"/revisions/{revision}?stored=yes")
        assert "Your verdict is on record." in words
        assert ("Next in the queue: The second" in words) is following
