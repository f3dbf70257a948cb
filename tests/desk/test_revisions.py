"""The review page, and the verdicts given on it."""

import re

import pytest
from sqlmodel import col, select

from agent.outlet import Outlet
from agent.record import text_of
from agent.review import actions
from agent.tables import (
    Basis,
    Blob,
    CheckRun,
    Consent,
    Flag,
    Level,
    Publication,
    Publish,
    Review,
    Revision,
    Verdict,
    Veto,
)
from tests.desk.a_desk import HOSTILE, PLAIN, Browser, a_waiting_piece, words_of

pytestmark = pytest.mark.slow

REASON = "A private person's number stands here."
PASSAGE = "I take reports seriously"
SPAN = {"start": 0, "end": 8, "quote": "The rain", "why": "It reads like a recipe."}


def reviews(outlet: Outlet) -> list[Review]:
    with outlet.database.read() as db:
        return list(db.exec(select(Review).order_by(col(Review.id))))


def a_veto(record: str, **changes: str) -> dict[str, str]:
    return {
        "verdict": "veto",
        "record_sha256": record,
        "ground": "personal-data",
        "quote": PASSAGE,
        "reason": REASON,
    } | changes


def test_the_text_stands_first_as_readers_will_see_it(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, title="Rain", form="letter", note_to_readers="Read it slowly.")
    page = ada.get(f"/revisions/{revision}").text
    order = ["<h1", "<em>this page</em>", "A note from the author", "What the checks say", "The invitation, as sent"]
    order += ["How it was written", "Your verdict", 'value="publish"', "Said so far", "Hold it back", 'value="veto"']
    assert order == sorted(order, key=page.index)
    words = ada.words(f"/revisions/{revision}")
    assert "Written by Claude Opus, a retired model. Edited by no one." in words
    assert "This is an invitation" in words
    assert "Declared by the operator, not asked." in words
    assert record in words


def test_a_title_that_the_text_opens_with_is_not_shown_twice(ada: Browser, outlet: Outlet) -> None:
    twice, _ = a_waiting_piece(outlet, f"# Small Rivers\n\n{PLAIN}", title="Small rivers")
    once, _ = a_waiting_piece(outlet, f"# Another heading\n\n{PLAIN}", title="Small rivers")
    assert '<h1 id="title" class="hidden"' in ada.get(f"/revisions/{twice}").text
    assert '<h1 id="title" dir="auto">Small rivers' in ada.get(f"/revisions/{once}").text


def test_no_form_control_holds_the_text_or_takes_one(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    page = ada.get(f"/revisions/{revision}").text
    fields = re.findall(r"<(?:input|textarea|select)\b[^>]*\bname=\"([^\"]+)\"", page)
    allowed = {"form_token", "verdict", "record_sha256", "reason", "ground", "quote"}
    assert set(fields) == allowed
    assert re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page) == ["", "", ""]
    assert "contenteditable" not in page


def test_no_post_of_a_text_changes_what_an_author_wrote(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    with outlet.database.read() as db:
        before = [(blob.sha256, blob.data) for blob in db.exec(select(Blob))]
    given = {"text": "Mine now.", "title": "Mine", "quote": "Mine now.", "record_sha256": record, "verdict": "publish"}
    for url in (f"/revisions/{revision}", f"/revisions/{revision}/text", f"/revisions/{revision}/reviews", "/pieces/1"):
        ada.submit(url, **given)
        ada.put(url, data=given)
        ada.patch(url, data=given)
    with outlet.database.read() as db:
        assert [(blob.sha256, blob.data) for blob in db.exec(select(Blob))] == before
        assert text_of(db, db.get_one(Revision, revision)) == PLAIN


def test_one_reviewer_publishes(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    answer = ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/revisions/{revision}?stored=yes")
    words = ada.words(answer.headers["location"])
    assert "Your verdict is on record. Published." in words
    assert "Hold it back" not in words
    with outlet.database.read() as db:
        assert db.exec(select(Publication.revision_id)).all() == [revision]
    assert [(r.reviewer, r.verdict, r.record_sha256) for r in reviews(outlet)] == [("ada", Verdict.PUBLISH, record)]


def test_a_look_flag_asks_for_an_answer_and_keeps_it(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, HOSTILE)
    url = f"/revisions/{revision}/reviews"
    with outlet.database.read() as db:
        flag = db.exec(select(Flag).where(Flag.revision_id == revision, Flag.level == Level.LOOK)).one()
    page = ada.get(f"/revisions/{revision}").text
    assert '<mark class="look">javascript:alert(2)</mark>' in page
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', page))
    refused = ada.submit(url, verdict="publish", record_sha256=record)
    assert refused.status_code == 409
    assert f"Open: {flag.id}." in words_of(refused)
    said = {"verdict": "publish", "record_sha256": record, f"answer-{flag.id}": "The words stand without the link."}
    assert ada.submit(url, **said).status_code == 303
    assert reviews(outlet)[0].answers == [{"flag": flag.id, "words": "The words stand without the link."}]


def test_a_verdict_on_another_record_is_refused_and_what_was_typed_is_kept(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    answer = ada.submit(f"/revisions/{revision}/reviews", **a_veto("0" * 64, reason="Kept <b>words</b> & all"))
    assert answer.status_code == 409
    assert "This is not the text you read" in words_of(answer)
    assert "Kept &lt;b&gt;words&lt;/b&gt; &amp; all</textarea>" in answer.text
    assert f"{PASSAGE}</textarea>" in answer.text
    assert '<option value="personal-data" selected>' in answer.text
    assert '<details class="other veto" open>' in answer.text
    assert reviews(outlet) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quote": "words that are not there"}, "does not stand in the text"),
        ({"quote": ""}, "does not stand in the text"),
        ({"ground": "dull"}, "is not on the public list"),
        ({"reason": "no"}, "reason for this veto in words"),
        ({"verdict": "edit"}, "Choose a verdict"),
    ],
)
def test_a_veto_without_all_it_needs_is_refused(
    ada: Browser, outlet: Outlet, changes: dict[str, str], reason: str
) -> None:
    revision, record = a_waiting_piece(outlet)
    answer = ada.submit(f"/revisions/{revision}/reviews", **a_veto(record, **changes))
    assert answer.status_code == 409
    assert reason in words_of(answer)
    assert reviews(outlet) == []


def test_a_second_reviewer_learns_the_reason_of_a_veto_only_after_their_own_verdict(
    ada: Browser, ben: Browser, outlet: Outlet
) -> None:
    revision, record = a_waiting_piece(outlet)
    assert ada.submit(f"/revisions/{revision}/reviews", **a_veto(record)).status_code == 303
    assert REASON in ada.words(f"/revisions/{revision}")
    before = ben.words(f"/revisions/{revision}")
    assert "A veto was given; its ground and reason are shown after your own verdict." in before
    assert REASON not in before
    assert "Ground: Personal data" not in before
    ben.submit(f"/revisions/{revision}/reviews", **a_veto(record, reason="It gives a street and a number."))
    after = ben.words(f"/revisions/{revision}")
    assert REASON in after
    assert "Ground: Personal data" in after
    assert "Two reviewers gave a veto, so it is held back." in after
    with outlet.database.read() as db:
        assert db.exec(select(Veto.revision_id)).all() == [revision]


def test_a_second_reviewer_may_publish_over_a_veto(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    ada.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    assert "one veto, waiting for a second reviewer" in ben.words("/queue")
    ben.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "Published." in ben.words(f"/revisions/{revision}")
    assert "ada said veto" in ben.words(f"/revisions/{revision}")


def test_a_question_is_shown_to_the_others_at_once(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    given = {"verdict": "escalate", "record_sha256": record, "reason": "Is this river a real one?"}
    assert ada.submit(f"/revisions/{revision}/reviews", **given).status_code == 303
    assert "Is this river a real one?" in ben.words(f"/revisions/{revision}")
    assert "Ask another reviewer" not in ada.words(f"/revisions/{revision}")


def test_a_stop_flag_makes_the_first_publish_wait_for_a_second(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    with outlet.database.write() as db:
        run = CheckRun(revision_id=revision, check="danger", version="1", at=outlet.now())
        db.add(run)
        db.flush()
        flag = Flag(revision_id=revision, run_id=run.id, check="danger", level=Level.STOP, category="danger", **SPAN)
        db.add(flag)
    assert "Yours is the first; it then waits for the second." in ada.words(f"/revisions/{revision}")
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    mine = ada.words(f"/revisions/{revision}?stored=yes")
    assert "Your verdict is on record. A flag says stop, so a second reviewer must say publish too." in mine
    assert 'value="publish"' not in ada.get(f"/revisions/{revision}").text
    assert "Yours is the second verdict that it needs." in ben.words(f"/revisions/{revision}")
    ben.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "Published." in ben.words(f"/revisions/{revision}")


def test_two_verdicts_at_once_leave_the_second_told_and_nothing_lost(
    ada: Browser, ben: Browser, outlet: Outlet
) -> None:
    revision, record = a_waiting_piece(outlet)
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    late = ben.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    assert late.status_code == 409
    assert "This revision is published already. Your verdict was not stored." in words_of(late)
    assert len(reviews(outlet)) == 1


def test_without_the_authors_yes_there_is_no_publish_button(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, words="Ask me first.", at=outlet.now()))
    page = ada.get(f"/revisions/{revision}").text
    assert "its author wishes to be asked each time, and has not said yes to this text" in page
    assert 'value="publish"' not in page
    assert ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record).status_code == 409


def test_a_passage_over_several_lines_can_be_quoted(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, "One line\r\nand another\r\nwith a third.\r\n")
    answer = ada.submit(f"/revisions/{revision}/reviews", **a_veto(record, quote=" line\r\nand another \r\n".strip()))
    assert answer.status_code == 303
    assert (reviews(outlet)[0].start, reviews(outlet)[0].end) == (4, 21)


def test_an_erased_revision_shows_its_hashes_and_no_form(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, title="A name")
    actions.erase(outlet, 1, "ada", second="ben", reason="A court in Lisbon ordered it.")
    words = ada.words(f"/revisions/{revision}")
    assert "This revision was erased. Its hashes remain." in words
    assert record in words
    assert "A name" not in words
    assert 'name="verdict"' not in ada.get(f"/revisions/{revision}").text


def test_the_message_of_a_verdict_cannot_be_forged_by_a_link(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    assert "Your verdict is on record" not in ada.words(f"/revisions/{revision}?stored=yes")
