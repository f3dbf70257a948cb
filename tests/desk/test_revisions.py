"""The review page, and the verdicts given on it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest
from fastapi import FastAPI
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
    Pause,
    Publication,
    Publish,
    Resolution,
    Review,
    Revision,
    Undo,
    User,
    Verdict,
    Veto,
)
from agent.testing import NOON, MovableClock, a_session, text_reply, tool_reply
from tests.desk.a_desk import DESK, HOSTILE, PLAIN, Browser, a_waiting_piece, words_of

pytestmark = pytest.mark.slow

REASON = "A private person's number stands here."
PASSAGE = "I take reports seriously"


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


def flag(outlet: Outlet, revision: int, quote: str = "The rain", *, level: Level = Level.STOP) -> int:
    """A flag of a check for personal data on words of PLAIN; the id."""
    start = PLAIN.index(quote)
    with outlet.database.write() as db:
        run = CheckRun(revision_id=revision, check="personal-data", version="1", at=outlet.now())
        db.add(run)
        db.flush()
        found = Flag(
            revision_id=revision,
            run_id=run.id,
            check="personal-data",
            category="personal-data",
            level=level,
            start=start,
            end=start + len(quote),
            quote=quote,
            why="It tells where somebody lives.",
        )
        db.add(found)
        db.flush()
        return found.id


@pytest.fixture
def later(outlet: Outlet, ada: Browser, ben: Browser) -> Outlet:
    """The outlet, whose verdicts can be taken back for ten minutes; Ada and Ben are at its desk."""
    slow = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))
    for browser in (ada, ben):
        cast("FastAPI", browser.app).state.outlet = slow
    return slow


def test_the_text_stands_alone_first_and_nothing_is_said_of_it(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, title="Rain", form="letter", note_to_readers="Read it slowly.")
    flag(outlet, revision)
    page = ada.get(f"/revisions/{revision}").text
    frame = re.search(r'<iframe class="text" [^>]*sandbox="allow-same-origin" src="([^"]*)"', page)
    assert frame
    assert frame[1] == f"/revisions/{revision}/text?veil=off"
    words = ada.words(f"/revisions/{revision}")
    assert "I have read it: show what the checks say" in words
    assert not any(said in page for said in ("stop", "It tells where", "reviews", "Said so far", record))
    text = ada.get(frame[1]).text
    order = ["Written by", "<h1", "<em>this page</em>", "A note from the author", "Read it slowly."]
    assert order == sorted(order, key=text.index)
    assert "<mark" not in text


def test_then_come_flags_the_verdict_what_was_said_and_what_stands_beside(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    number = flag(outlet, revision)
    page = ada.get(f"/revisions/{revision}?with=flags").text
    order = ["<iframe", "Exactly as received", "What the checks say", "It tells where somebody lives.", "Your verdict"]
    order += ["reviews/publish", "Said so far", "Beside the text", "reviews/escalate", "reviews/veto"]
    assert order == sorted(order, key=page.index)
    assert f'href="/revisions/{revision}/text?marks=on&amp;veil=off#flag-{number}" target="text"' in page
    shown = ada.get(f"/revisions/{revision}/text?marks=on&veil=off").text
    assert '<mark class="flagged stop">The rain</mark>' in shown
    assert f'id="flag-{number}"' in shown


def test_a_title_that_the_text_opens_with_is_not_shown_twice(ada: Browser, outlet: Outlet) -> None:
    twice, _ = a_waiting_piece(outlet, f"# Small Rivers\n\n{PLAIN}", title="Small rivers")
    once, _ = a_waiting_piece(outlet, f"# Another heading\n\n{PLAIN}", title="Small rivers")
    assert 'class="title"' not in ada.get(f"/revisions/{twice}/text").text
    assert '<p class="title" lang="en" dir="auto">Small rivers</p>' in ada.get(f"/revisions/{once}/text").text


def test_no_form_control_holds_the_text_or_takes_one(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    flag(outlet, revision)
    fields, areas = set(), []
    for part in ("?with=flags", "/reviews/publish", "/reviews/veto", "/reviews/escalate"):
        page = ada.get(f"/revisions/{revision}{part}").text
        fields |= set(re.findall(r"<(?:input|textarea|select|button)\b[^>]*\bname=\"([^\"]+)\"", page))
        areas += re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)
        assert "contenteditable" not in page
    assert fields == {"form_token", "verdict", "record_sha256", "reason", "ground", "quote", "says"}
    assert set(areas) == {""}


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


def test_the_text_comes_in_a_page_that_can_do_nothing(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet, HOSTILE)
    shown = ada.get(f"/revisions/{revision}/text")
    policy = shown.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy
    assert "frame-ancestors 'self'" in policy
    assert not any(part.startswith("script-src") for part in policy)
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"
    assert "<script" not in shown.text
    assert ada.get(f"/revisions/{revision}").headers["x-frame-options"] == "DENY"


def test_the_text_wears_what_readers_see_it_in(ada: Browser, stranger: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', ada.get(f"/revisions/{revision}/text").text)
    assert sheets == ["/assets/style.css", "/static/text.css"]
    assert ada.get("/assets/style.css").content == (outlet.site / "assets/style.css").read_bytes()
    assert ada.get("/assets/fonts/literata.woff2").headers["content-type"] == "font/woff2"
    for path in ("verify.py", "search.js", "../templates/piece.html", "..%2ftemplates%2fpiece.html", "nothing.css"):
        assert ada.get(f"/assets/{path}").status_code == 404
    assert stranger.get("/assets/style.css").status_code == 303


def test_one_reviewer_publishes(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    assert "At once. It cannot be undone then, only withdrawn." in ada.words(f"/revisions/{revision}/reviews/publish")
    answer = ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/revisions/{revision}?with=flags&stored=yes")
    words = ada.words(answer.headers["location"])
    assert "Your verdict is on record. Published." in words
    assert "Nothing else waits for you." in words
    assert "Give a veto" not in words
    with outlet.database.read() as db:
        assert db.exec(select(Publication.revision_id)).all() == [revision]
    assert [(r.reviewer, r.verdict, r.record_sha256) for r in reviews(outlet)] == [("ada", Verdict.PUBLISH, record)]


def test_a_script_is_told_where_to_go_on(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    ada.headers["hx-request"] = "true"
    answer = ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, f"/revisions/{revision}?with=flags&stored=yes")


def test_publish_and_veto_stand_on_pages_of_their_own(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    for verdict, others in (("publish", ("veto", "escalate")), ("veto", ("publish", "escalate"))):
        page = ada.get(f"/revisions/{revision}/reviews/{verdict}").text
        assert re.findall(r'name="verdict" value="(\w+)"', page) == [verdict]
        assert not any(f"reviews/{other}" in page for other in others)
    assert 'name="verdict"' not in ada.get(f"/revisions/{revision}?with=flags").text
    assert ada.get(f"/revisions/{revision}/reviews/edit").status_code == 404


def test_a_verdict_says_when_it_takes_effect_and_can_be_taken_back_until_then(ada: Browser, later: Outlet) -> None:
    revision, record = a_waiting_piece(later)
    assert "At 12:10 UTC. You can undo until then." in ada.words(f"/revisions/{revision}/reviews/publish")
    answer = ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record, when="now")
    words = ada.words(answer.headers["location"])
    assert "Your verdict is on record. It goes out on 1 November 2026, 12:10 UTC." in words
    assert "You can take your verdict back until 1 November 2026, 12:10 UTC." in words
    undone = ada.submit(f"/revisions/{revision}/undo")
    assert undone.headers["location"] == f"/revisions/{revision}?with=flags&stored=undone"
    words = ada.words(undone.headers["location"])
    assert (
        "Your verdict is taken back; that you gave it, and took it back, stays on record. It waits in the queue."
        in words
    )
    assert "You said publish, and took it back" in words
    with later.database.read() as db:
        assert db.exec(select(Undo)).one().review_id == reviews(later)[0].id
        assert db.exec(select(Publication)).all() == []


def test_what_comes_too_late_is_not_undone(ada: Browser, ben: Browser, later: Outlet) -> None:
    revision, record = a_waiting_piece(later)
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "Undo" not in ben.words(f"/revisions/{revision}?with=flags")
    assert "There is no verdict of yours" in words_of(ben.submit(f"/revisions/{revision}/undo"))
    assert isinstance(later.now, MovableClock)
    later.now.forward(minutes=10)
    actions.carry_out(later)
    refused = ada.submit(f"/revisions/{revision}/undo")
    assert refused.status_code == 409
    assert "It is too late" in words_of(refused)


@pytest.mark.parametrize(
    ("given", "due"),
    [
        ({"at": "2026-11-02T14:30"}, datetime(2026, 11, 2, 14, 30, tzinfo=UTC)),
        ({"at": "2026-11-02T14:30", "offset": "-120"}, datetime(2026, 11, 2, 12, 30, tzinfo=UTC)),
        ({"at": "2026-11-02T14:30", "offset": "300"}, datetime(2026, 11, 2, 19, 30, tzinfo=UTC)),
    ],
    ids=["utc", "east", "west"],
)
def test_a_piece_goes_out_at_the_time_that_was_named(
    ada: Browser, later: Outlet, given: dict[str, str], due: datetime
) -> None:
    revision, record = a_waiting_piece(later)
    answer = ada.submit(
        f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record, when="later", **given
    )
    assert answer.status_code == 303
    with later.database.read() as db:
        assert db.exec(select(Resolution.due_at)).all() == [due]
    assert f"It goes out on {due.day} November 2026, {due:%H:%M} UTC." in ada.words(answer.headers["location"])


@pytest.mark.parametrize("at", ["", "soon", "2026-11-01T11:00", "2030-01-01T00:00", "2026-11-02T14:30Z"])
def test_a_time_that_is_none_is_refused_and_kept(ada: Browser, later: Outlet, at: str) -> None:
    revision, record = a_waiting_piece(later)
    given = {"verdict": "publish", "record_sha256": record, "when": "later", "at": at}
    answer = ada.submit(f"/revisions/{revision}/reviews", **given)
    assert answer.status_code == 409
    assert "Name the day and the time" in words_of(answer) or "within a year" in words_of(answer)
    assert f'name="at" value="{at}"' in answer.text
    assert 'value="later" checked' in answer.text
    assert reviews(later) == []


def test_a_time_left_in_the_field_counts_only_where_later_is_chosen(ada: Browser, later: Outlet) -> None:
    revision, record = a_waiting_piece(later)
    given = {"verdict": "publish", "record_sha256": record, "when": "now", "at": "2026-11-02T14:30"}
    assert ada.submit(f"/revisions/{revision}/reviews", **given).status_code == 303
    with later.database.read() as db:
        assert db.exec(select(Resolution.due_at)).one() == NOON.replace(minute=10)


def test_what_holds_a_publication_up_is_said(ada: Browser, later: Outlet) -> None:
    revision, record = a_waiting_piece(later)
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    with later.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, words="Ask me.", at=later.now()))
    words = ada.words(f"/revisions/{revision}")
    assert "but not before this is over: its author wishes to be asked each time" in words


def test_a_look_flag_asks_for_an_answer_and_keeps_it(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, HOSTILE)
    url = f"/revisions/{revision}/reviews"
    with outlet.database.read() as db:
        flagged = db.exec(select(Flag).where(Flag.revision_id == revision, Flag.level == Level.LOOK)).one()
    page = ada.get(f"/revisions/{revision}?with=flags").text
    assert '<mark class="look">javascript:alert(2)</mark>' in page
    assert f'href="#received-{flagged.id}"' in page
    assert "It cannot be pointed out in what readers see." in page
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', page))
    refused = ada.submit(url, verdict="publish", record_sha256=record)
    assert refused.status_code == 409
    assert f"Open: {flagged.id}." in words_of(refused)
    said = {"verdict": "publish", "record_sha256": record, f"answer-{flagged.id}": "The words stand without the link."}
    assert ada.submit(url, **said).status_code == 303
    assert reviews(outlet)[0].answers == [{"flag": flagged.id, "words": "The words stand without the link."}]


def test_a_verdict_on_another_record_is_refused_and_what_was_typed_is_kept(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    answer = ada.submit(f"/revisions/{revision}/reviews", **a_veto("0" * 64, reason="Kept <b>words</b> & all"))
    assert answer.status_code == 409
    assert "This is not the text you read" in words_of(answer)
    assert "Kept &lt;b&gt;words&lt;/b&gt; &amp; all</textarea>" in answer.text
    assert f"{PASSAGE}</textarea>" in answer.text
    assert '<option value="personal-data" selected>' in answer.text
    assert reviews(outlet) == []


def test_a_verdict_on_a_text_that_has_a_newer_one_leads_to_it_and_loses_no_word(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    newly = tool_reply("revise", piece=1, title="Rain", text="Another text, of more than a few words.\n")
    a_session(outlet, [newly, text_reply("Done.")])
    with outlet.database.read() as db:
        newer = db.exec(select(Revision.id).where(Revision.number == 2)).one()
    answer = ada.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    assert answer.status_code == 409
    assert "The author has sent revision 2 since." in words_of(answer)
    assert f'href="/revisions/{newer}"' in answer.text
    assert words_of(answer).count(REASON) == 1
    assert 'name="verdict"' not in answer.text
    assert f'<a href="/revisions/{newer}">Read that one</a>' in ada.get(f"/revisions/{revision}").text


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
    url = f"/revisions/{revision}?with=flags"
    assert ada.submit(f"/revisions/{revision}/reviews", **a_veto(record)).status_code == 303
    assert REASON in ada.words(url)
    before = ben.words(url)
    assert "A veto was given; its ground and reason are shown after your own verdict, once that cannot be" in before
    for part in ("", "?with=flags", "/text", "/reviews/veto", "/reviews/publish", "/reviews/escalate"):
        page = ben.words(f"/revisions/{revision}{part}")
        assert REASON not in page
        assert "Ground: Personal data" not in page
    ben.submit(f"/revisions/{revision}/reviews", **a_veto(record, reason="It gives a street and a number."))
    after = ben.words(url)
    assert REASON in after
    assert "Ground: Personal data" in after
    assert "Two reviewers gave a veto, so it is held back." in after
    with outlet.database.read() as db:
        assert db.exec(select(Veto.revision_id)).all() == [revision]


def test_a_second_reviewer_may_publish_over_a_veto(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    ada.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    ben.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "Published." in ben.words(f"/revisions/{revision}")
    assert "ada gave a veto" in ben.words(f"/revisions/{revision}?with=flags")


def test_a_question_is_shown_to_the_others_at_once(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    given = {"verdict": "escalate", "record_sha256": record, "reason": "Is this river a real one?"}
    assert ada.submit(f"/revisions/{revision}/reviews", **given).status_code == 303
    assert "Is this river a real one?" in ben.words(f"/revisions/{revision}?with=flags")
    assert "Ask another reviewer" not in ada.words(f"/revisions/{revision}?with=flags")
    assert "others decide now" in ada.words(f"/revisions/{revision}/reviews/publish")


def test_a_stop_flag_makes_the_first_publish_wait_for_a_second(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    flag(outlet, revision)
    form = ada.words(f"/revisions/{revision}/reviews/publish")
    assert "Yours is the first; it then waits for the second." in form
    assert "Day and time" not in form
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    mine = ada.words(f"/revisions/{revision}?with=flags&stored=yes")
    assert "Your verdict is on record. A flag says stop, so a second reviewer must say publish too." in mine
    assert "reviews/publish" not in ada.get(f"/revisions/{revision}?with=flags").text
    assert "Yours is the second verdict that it needs." in ben.words(f"/revisions/{revision}?with=flags")
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
    assert REASON in words_of(late)
    assert f"{PASSAGE}</textarea>" in late.text
    assert len(reviews(outlet)) == 1


def test_without_the_authors_yes_there_is_no_way_to_publish(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, words="Ask me first.", at=outlet.now()))
    page = ada.get(f"/revisions/{revision}?with=flags").text
    assert "its author wishes to be asked each time, and has not said yes to this text" in page
    assert "reviews/publish" not in page
    assert 'name="verdict"' not in ada.get(f"/revisions/{revision}/reviews/publish").text
    assert ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record).status_code == 409


def test_a_passage_over_several_lines_can_be_quoted(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, "One line\r\nand another\r\nwith a third.\r\n")
    answer = ada.submit(f"/revisions/{revision}/reviews", **a_veto(record, quote=" line\r\nand another \r\n".strip()))
    assert answer.status_code == 303
    assert (reviews(outlet)[0].start, reviews(outlet)[0].end) == (4, 21)


def test_a_passage_can_be_quoted_as_readers_see_it(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    quote = "Thank you for the afternoon, and for this page."
    assert ada.submit(f"/revisions/{revision}/reviews", **a_veto(record, quote=quote)).status_code == 303
    [given] = reviews(outlet)
    assert PLAIN[given.start : given.end].startswith("Thank you for the afternoon, and for *this page")


def test_what_may_be_hard_to_read_is_veiled_on_request(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    flag(outlet, revision, "a forecast is a letter")
    open_page = ada.get(f"/revisions/{revision}?with=flags").text
    assert "Veil what may be hard to read" in open_page
    veiled = ada.get(f"/revisions/{revision}?with=flags&veil=on")
    assert "Veiled: personal-data. Unveil" in words_of(veiled)
    assert "a forecast is a letter" not in veiled.text
    assert f"/revisions/{revision}/text?marks=on&amp;veil=on" in veiled.text
    shown = ada.get(f"/revisions/{revision}/text?marks=on&veil=on").text
    assert "veiled: personal-data, 5 words" in shown
    assert "a forecast is a letter" not in shown


def test_in_the_calm_manner_veils_are_on_and_nothing_is_counted(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    flag(outlet, revision, "a forecast is a letter")
    with outlet.database.write() as db:
        db.exec(select(User).where(User.name == "ada")).one().calm = True
    page = ada.get(f"/revisions/{revision}")
    assert "words, received" not in words_of(page)
    assert "Veiled: personal-data. Unveil" in words_of(page)
    assert "a forecast is a letter" not in ada.get(f"/revisions/{revision}/text").text
    unveiled = ada.get(f"/revisions/{revision}?veil=off").text
    assert f"/revisions/{revision}?with=flags&amp;veil=off" in unveiled
    assert "a forecast is a letter" in ada.get(f"/revisions/{revision}/text?veil=off").text


def test_what_a_reviewer_said_of_a_flag_is_shown_to_them(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    number = flag(outlet, revision)
    page = ada.get(f"/revisions/{revision}?with=flags").text
    assert f'action="/flags/{number}/feedback"' in page
    assert re.findall(r'name="says" value="([^"]+)" aria-pressed="(\w+)"', page) == [
        ("real problem", "false"),
        ("false alarm", "false"),
        ("within policy", "false"),
    ]


def test_what_is_said_of_a_flag_stays_and_veils_stay_as_they_were(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    number = flag(outlet, revision, "a forecast is a letter")
    answer = ada.submit(f"/flags/{number}/feedback", says="false alarm")
    came = {"referer": f"{DESK}/revisions/{revision}?with=flags&veil=on"}
    page = ada.get(answer.headers["location"], headers=came).text
    assert 'value="false alarm" aria-pressed="true"' in page
    assert "a forecast is a letter" not in page
    assert "1 flag. Of 1 flag that somebody judged, 0 were real problems." in words_of(
        ada.get(answer.headers["location"])
    )
    other = {"referer": f"{DESK}/revisions/99?with=flags&veil=on"}
    assert "a forecast is a letter" in ben.get(answer.headers["location"], headers=other).text
    assert 'aria-pressed="true"' not in ben.get(answer.headers["location"]).text


def test_an_erased_revision_shows_its_hashes_and_no_form(ada: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet, title="A name")
    actions.erase(outlet, 1, "ada", second="ben", reason="A court in Lisbon ordered it.")
    assert "This revision was erased. Its hashes remain." in ada.words(f"/revisions/{revision}/text")
    words = ada.words(f"/revisions/{revision}?with=flags")
    assert record in ada.words(f"/revisions/{revision}/provenance")
    assert "A name" not in words
    assert "reviews/" not in ada.get(f"/revisions/{revision}?with=flags").text
    assert 'name="verdict"' not in ada.get(f"/revisions/{revision}/reviews/publish").text


def test_the_message_of_a_verdict_cannot_be_forged_by_a_link(ada: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    assert "Your verdict is on record" not in ada.words(f"/revisions/{revision}?stored=yes")
    assert "is taken back" not in ada.words(f"/revisions/{revision}?stored=undone")


def test_after_a_verdict_the_next_piece_is_one_step_away(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    first, record = a_waiting_piece(outlet)
    second, _ = a_waiting_piece(outlet, title="Small rivers")
    answer = ada.submit(f"/revisions/{first}/reviews", verdict="publish", record_sha256=record)
    assert f'href="/revisions/{second}" data-key="o"' in ada.get(answer.headers["location"]).text
    ada.submit(f"/revisions/{second}/skips")
    ben.get(f"/revisions/{second}")
    assert "Nothing else waits for you." in ada.words(answer.headers["location"])


def test_who_reads_the_same_text_is_told(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, _ = a_waiting_piece(outlet)
    ada.get(f"/revisions/{revision}")
    assert "ada is reading this" in ben.words(f"/revisions/{revision}")
    assert "is reading this" not in ada.words("/queue").replace("ben is reading this", "")


def test_another_reviewer_sends_back_what_waits_and_all_read_why(ada: Browser, ben: Browser, later: Outlet) -> None:
    revision, record = a_waiting_piece(later)
    url, why = f"/revisions/{revision}?with=flags", "The second line names a street."
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "Send it back to the queue" not in ada.words(url)
    assert "Send it back to the queue… " in ben.words(url)
    refused = ben.submit(f"/revisions/{revision}/returns", reason="no <b>")
    assert refused.status_code == 409
    assert "Give the reason for this return to the queue" in words_of(refused)
    assert "no &lt;b&gt;</textarea>" in refused.text
    answer = ben.submit(f"/revisions/{revision}/returns", reason=why)
    assert answer.headers["location"] == f"/revisions/{revision}?with=flags&stored=returned"
    assert "It is sent back to the queue, with your reason. It waits in the queue." in ben.words(
        answer.headers["location"]
    )
    hers = ada.words(url)
    assert f"ben sent it back to the queue: {why}" in hers
    assert (
        f"You said publish 1 November 2026, 12:00 UTC ben sent it back to the queue 1 November 2026, 12:00 UTC {why}"
        in (hers)
    )
    assert "and took it back" not in hers
    assert "It is sent back" not in ada.words(f"{url}&stored=returned")
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "Send it back to the queue" not in ben.words(url), "once each"
    assert ben.submit(f"/revisions/{revision}/returns", reason=why).status_code == 409


def test_what_a_newer_revision_overtook_is_not_called_published(ada: Browser, later: Outlet) -> None:
    revision, record = a_waiting_piece(later)
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    a_session(later, [tool_reply("revise", piece=1, text="It shone.\n"), tool_reply("decline")])
    words = ada.words(f"/revisions/{revision}?with=flags")
    assert "Published." not in words
    assert "Its author sent a newer revision before anything came of this one." in words
    with later.database.read() as db:
        assert db.exec(select(Publication)).all() == []


def test_the_second_reviewer_is_told_what_comes_of_either_verdict(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    ada.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    publish = "If you say publish, it goes out, and that veto stays on record."
    veto = "If you give a veto too, it is held back, and its author is told the ground and the reason of both."
    assert f"ada gave a veto. {publish} {veto}" in ben.words(f"/revisions/{revision}?with=flags")
    assert f"ada gave a veto. {publish}" in ben.words(f"/revisions/{revision}/reviews/publish")
    assert f"ada gave a veto. {veto}" in ben.words(f"/revisions/{revision}/reviews/veto")


def test_after_ones_own_veto_the_next_piece_comes_first_and_publish_says_what_it_replaces(
    ada: Browser, outlet: Outlet
) -> None:
    revision, record = a_waiting_piece(outlet)
    other, _ = a_waiting_piece(outlet, title="Small rivers")
    ada.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    page = ada.get(f"/revisions/{revision}?with=flags")
    assert "You gave a veto; it waits for a second reviewer." in words_of(page)
    assert re.findall(r'class="button( primary)?" href="([^"]+)"', page.text) == [
        (" primary", f"/revisions/{other}"),
        ("", f"/revisions/{revision}/reviews/publish"),
    ]
    assert "This replaces your veto, and both stay on record." in ada.words(f"/revisions/{revision}/reviews/publish")


def test_a_question_stands_above_the_verdict_of_whoever_answers_it(ada: Browser, ben: Browser, outlet: Outlet) -> None:
    revision, record = a_waiting_piece(outlet)
    given = {"verdict": "escalate", "record_sha256": record, "reason": "Is this river a real one?"}
    ada.submit(f"/revisions/{revision}/reviews", **given)
    asked = "Your verdict ada asks: Is this river a real one? Your verdict is the answer."
    assert asked in ben.words(f"/revisions/{revision}?with=flags")
    assert "asks:" not in ada.words(f"/revisions/{revision}?with=flags")
    ben.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    assert "ada asks:" not in ben.words(f"/revisions/{revision}?with=flags")


def test_what_waits_for_its_moment_is_not_called_published_to_who_comes_second(
    ada: Browser, ben: Browser, later: Outlet
) -> None:
    revision, record = a_waiting_piece(later)
    ada.submit(f"/revisions/{revision}/reviews", verdict="publish", record_sha256=record)
    late = words_of(ben.submit(f"/revisions/{revision}/reviews", **a_veto(record)))
    assert "Somebody has said publish meanwhile: it goes out on 1 November 2026, 12:10 UTC." in late
    assert "Your verdict was not stored." in late
    assert "published already" not in late


def test_who_decided_second_is_told_when_the_reasons_of_others_are_shown(
    ada: Browser, ben: Browser, later: Outlet
) -> None:
    revision, record = a_waiting_piece(later)
    url = f"/revisions/{revision}?with=flags"
    ada.submit(f"/revisions/{revision}/reviews", **a_veto(record))
    ben.submit(f"/revisions/{revision}/reviews", **a_veto(record, reason="It gives a street and a number."))
    words = ben.words(url)
    assert "shown once yours can no longer be taken back, on 1 November 2026, 12:10 UTC." in words
    assert REASON not in words
    assert isinstance(later.now, MovableClock)
    later.now.forward(minutes=10)
    actions.carry_out(later)
    assert REASON in ben.words(url)


def test_while_everyone_is_paused_the_choice_itself_says_when_it_goes_out(ada: Browser, later: Outlet) -> None:
    revision, _ = a_waiting_piece(later)
    with later.database.write() as db:
        db.add(Pause(author_id=None, paused=True, actor="ben", reason="We move house.", at=later.now()))
    words = ada.words(f"/revisions/{revision}/reviews/publish")
    said = "As soon as everyone is no longer paused, and not before 12:10 UTC. You can undo until then."
    assert said in words
    assert "At 12:10 UTC." not in words
    assert "Later, at a time, and not before the pause is over." in words
