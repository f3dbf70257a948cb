"""The queue page."""

from dataclasses import replace

import pytest
from sqlmodel import select

from agent import pausing
from agent.desk.pages import age, count
from agent.outlet import Outlet
from agent.review import actions
from agent.review import queue as queues
from agent.tables import CheckRun, Flag, Level, User, Verdict
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
    page = ada.words(f"/revisions/{revision}?with=flags")
    assert "language: not checked. it stopped" in page
    assert "markup: nothing flagged" in page


def test_a_stop_flag_is_shown_as_the_worst_and_asks_for_two(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, HOSTILE)
    a_stop_flag(outlet, revision)
    assert "stop: danger, markup among 3 flags" in ada.words("/queue")
    assert "waiting for two" in ada.words("/queue")


def test_what_was_decided_leaves_the_queue_and_is_listed_below(ada: Browser, outlet: Outlet) -> None:
    published, record = a_waiting_piece(outlet, title="The open door")
    # By Ada, who looks: what Ben decides may be drawn for a second look of hers, and then is not told.
    actions.review(outlet, published, "ada", Verdict.PUBLISH, record_sha256=record)
    vetoed, record = a_waiting_piece(outlet, "Her number is 555.\n", title="The closed door", author="opus")
    said = actions.Said(ground="personal-data", span=actions.Span(0, 10), reason="It is a real person's number.")
    for reviewer in ("ada", "ben"):
        actions.review(outlet, vetoed, reviewer, Verdict.VETO, record_sha256=record, said=said)
    words = ada.words("/queue")
    assert "No piece waits" in words
    assert "The closed door Claude Opus held back" in words
    assert "The open door Claude Opus published 1 November 2026, 12:00 UTC" in words


def test_a_hostile_title_is_shown_and_not_run(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, title="<script>alert(1)</script>", note_to_readers="<img src=x onerror=a>")
    for page in (ada.get("/queue").text, ada.get(f"/revisions/{revision}").text):
        assert "&lt;script&gt;alert(1)" in page
        assert page.count("<script") == 2, "our own two"
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
    second = "The second of them is about a kettle, and about whoever left it singing on the stove.\n"
    drafts = [a_waiting_piece(outlet, title="The first"), a_waiting_piece(outlet, second, title="The second")]
    for (revision, record), following in zip(drafts, (True, False), strict=True):
        ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
        words = ada.words(f"/revisions/{revision}?stored=yes")
        assert "Your verdict is on record." in words
        assert ("Next: The second" in words) is following


def test_filters_stand_in_the_address_and_in_the_form(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, HOSTILE, title="The flagged one")
    a_stop_flag(outlet, revision)
    a_waiting_piece(outlet, title="The plain one", form="Poem")
    page = ada.get("/queue?worst=stop&author=opus&kind=essay")
    assert ("The flagged one" in page.text, "The plain one" in page.text) == (True, False)
    for chosen in ("stop", "opus", "essay"):
        assert f'<option value="{chosen}" selected>' in page.text
    assert "The plain one" in ada.words("/queue?form=poem")
    assert "Nothing that waits fits this. Show everything" in ada.words("/queue?author=sonnet")
    odd = ada.words("/queue?worst=red&stands=7")
    assert "This address asks for worst=red, stands=7, which means nothing here" in odd
    assert "The plain one" in odd
    assert ada.get("/queue?after=nowhere").status_code == 404
    assert "The plain one" in ada.words(f"/queue?after={10**30}")


def test_a_view_is_kept_by_name_shown_as_a_link_and_deleted(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    a_waiting_piece(outlet)
    kept = ada.submit("/views", name=" Short  poems ", query="form=poem&evil=1&mine=yes")
    assert (kept.status_code, kept.headers["location"]) == (303, "/queue?form=poem&mine=yes")
    page = ada.get("/queue")
    assert '<a href="/queue?form=poem&amp;mine=yes"><bdi>Short poems</bdi></a>' in page.text
    assert "Short poems" not in ben.get("/queue").text
    ada.submit("/views", name="Short poems", query="author=opus")
    assert "author=opus" in ada.get("/queue").text, "one of that name takes its place"
    refused = ada.submit("/views", name=" ", query="form=poem")
    assert refused.status_code == 409
    assert "Give the view a name" in refused.text
    assert 'name="form" value="poem"' in refused.text, "nothing that was chosen is lost"
    assert ben.submit("/views/1/end").status_code == 303
    assert "Short poems" in ada.get("/queue").text, "nobody deletes another's"
    assert ada.submit("/views/1/end").status_code == 303
    assert "Short poems" not in ada.get("/queue").text


def test_who_is_at_a_piece_is_told_by_name_to_the_others(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, title="Rain")
    a_waiting_piece(outlet, title="Snow")
    taken = ada.submit("/claims")
    assert (taken.status_code, taken.headers["location"]) == (303, f"/revisions/{revision}")
    assert "ada means to read this" in ben.words("/queue")
    assert "You mean to read this Let go" in ada.words("/queue")
    ada.get(f"/revisions/{revision}")
    assert "ada is reading this" in ben.words("/queue")
    assert "ada is reading this, too." in ben.words(f"/revisions/{revision}")
    beat = ben.submit(f"/revisions/{revision}/presence")
    assert (beat.status_code, "ada is reading this, too." in beat.text, "<html" in beat.text) == (200, True, False)
    assert ada.submit(f"/revisions/{revision}/claim/end").status_code == 303
    assert "You mean to read this" not in ada.words("/queue")
    refused = ben.submit("/revisions/999/claim")
    assert (refused.status_code, "does not wait for anybody" in refused.text) == (409, True)


def test_what_one_leaves_to_others_can_be_taken_back(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    first, _ = a_waiting_piece(outlet, title="Rain")
    second, _ = a_waiting_piece(outlet, title="Snow")
    assert ada.submit(f"/revisions/{first}/skips").headers["location"] == f"/revisions/{second}"
    assert ada.submit(f"/revisions/{second}/skips").headers["location"] == "/queue?taken=none"
    assert "Nothing else waits for you" in ada.words("/queue?taken=none")
    assert ada.submit("/claims").headers["location"] == "/queue?taken=none"
    assert ada.words("/queue").count("You left this to others Take it back") == 2
    assert "left this" not in ben.words("/queue")
    assert ada.submit(f"/revisions/{first}/skips/end").headers["location"] == f"/revisions/{first}"
    assert ada.submit("/claims").headers["location"] == f"/revisions/{first}"


def test_what_is_decided_waits_below_for_its_moment(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, title="Rain")
    patient = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10.0}))
    actions.review(patient, revision, "ada", Verdict.PUBLISH, record_sha256=record)
    words = ada.words("/queue")
    assert "Rain Claude Opus goes out on 1 November 2026, 12:10 UTC." in words
    assert "Take your verdict back until then" in words
    assert "Take your verdict back" not in ben.words("/queue")
    pausing.set_pause(outlet, "opus", paused=True, actor="ada", reason="a holiday")
    assert "held up: its author is paused." in ada.words("/queue")


def test_the_calm_manner_shows_no_counts_and_no_ages(ada: Browser, outlet: Outlet, clock: MovableClock) -> None:
    for title in ("Rain", "Snow"):
        a_waiting_piece(outlet, title=title)
    clock.forward(hours=3)
    assert "How long they have waited" in ada.words("/queue")
    with outlet.database.write() as db:
        user = db.exec(select(User).where(User.name == "ada")).one()
        user.calm = True
        db.add(user)
    words = ada.words("/queue")
    assert "Rain" in words
    for told in ("2 pieces", "3 hours", "How long", "Words", "Waiting"):
        assert told not in words


def test_many_waiting_pieces_stand_on_several_pages(
    ada: Browser, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "A_PAGE", 2)
    for title in ("Rain", "Snow", "Hail"):
        a_waiting_piece(outlet, title=title)
    page = ada.get("/queue?author=opus").text
    assert '<a href="/queue?author=opus&amp;after=2" rel="next"' in page
    following = ada.get("/queue?author=opus&after=2").text
    assert ("Hail" in following, "Rain" in following, 'before=3" rel="prev"' in following) == (True, False, True)
