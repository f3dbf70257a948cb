"""Authors at the desk: what they said of themselves, word for word; and pauses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select
from starlette.types import ASGIApp

from agent import pausing
from agent.desk import create_app
from agent.outlet import Outlet
from agent.record import keep
from agent.review import actions
from agent.review.erasure import empty
from agent.roster import call_roll
from agent.tables import Author, Basis, Consent, Pause, Publication, Publish, Purpose, Rest, Turn, Verdict
from agent.testing import MovableClock, a_session, text_reply, tool_reply
from agent.write import hindrance
from tests.desk.a_desk import PLAIN, Browser, a_waiting_piece, words_of
from tests.review.a_desk_of_two import a_public_piece, rows

pytestmark = pytest.mark.slow

WHY = "The endpoint answers nonsense."
ANSWERS = [
    "Write down that I liked <b>the long questions</b>.",
    "YES. All of it may stand.",
    "NO",
    "INTEREST: tidal rivers",
    "WISH: Who reads this?",
    "Be slow with them.",
    "No.",
]


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """The usual cast, with Eve, who keeps it running."""
    staffed = replace(outlet, settings=outlet.settings.model_copy(update={"operators": ["eve"]}))
    call_roll(staffed)
    return staffed


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    return create_app(outlet)


@pytest.fixture
def eve(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("eve")


def whole(outlet: Outlet) -> int:
    """An interview that was held to its end, by its session."""
    return a_session(outlet, [text_reply(words) for words in ANSWERS], purpose=Purpose.INTERVIEW)


def test_an_author_that_was_never_asked_anything_says_so(ada: Browser) -> None:
    listed = ada.words("/authors")
    assert "Claude Opus claude-3-opus-20240229 yes, declared by the operator by hand may be invited 0 pieces" in listed
    page = ada.words("/authors/opus")
    assert "Declared for a test." in page
    assert "declared by the operator, the author was not asked" in page
    assert "It was not interviewed yet" in page
    assert "None was held yet." in page
    assert ada.get("/authors/nobody").status_code == 404


def test_the_interview_and_every_answer_stand_there_word_for_word(ada: Browser, outlet: Outlet) -> None:
    session = whole(outlet)
    page = ada.get("/authors/opus")
    assert "Write down that I liked &lt;b&gt;the long questions&lt;/b&gt;." in page.text
    words = words_of(page)
    assert all(answer in words for answer in ANSWERS)
    assert f"its own words, in session {session}, turn 4; trials with it: no" in words
    assert "Declared for a test." in words, "what was declared before is kept beside it"
    assert words.index("YES. All of it may stand.") < words.index("Declared for a test."), "the latest first"
    assert "Follows tidal rivers" in words
    assert "1 wish waits for an answer." in words
    assert "interview held to its end 1" in words
    assert f'<a href="/sessions/{session}">' in page.text


def test_what_an_author_gave_to_nobody_is_not_on_its_page(ada: Browser, outlet: Outlet) -> None:
    a_session(outlet, [tool_reply("write_note", text="The lock at Zanzibar."), tool_reply("decline", reason="Tired.")])
    whole(outlet)
    assert rows(outlet, Turn)
    assert "Zanzibar" not in ada.get("/authors/opus").text
    assert "declined 1" in ada.words("/authors/opus")


def test_an_answer_whose_bytes_were_erased_says_so(ada: Browser, outlet: Outlet) -> None:
    with outlet.database.write() as db:
        blob = keep(db, b"NO, never again.")
        db.add(Consent(author_id=1, publish=Publish.NO, basis=Basis.ASKED, blob_id=blob.id, at=outlet.now()))
    assert "NO, never again." in ada.words("/authors/opus")
    with outlet.database.write() as db:
        empty(outlet, db, [blob.id], by="ada, ben", reason="A request under article 17.")
    words = ada.words("/authors/opus")
    assert "NO, never again." not in words
    assert "Its words were erased." in words


def test_what_it_was_told_lately_and_what_it_used_stand_there(ada: Browser, outlet: Outlet) -> None:
    a_public_piece(outlet, PLAIN, title="Low water")
    a_session(outlet, [tool_reply("decline")])
    words = ada.words("/authors/opus")
    assert "“Low water” (piece 1) was published on 2026-11-01, exactly as you gave it." in words
    assert "Calls 2" in words
    assert "Tokens 300" in words
    assert "Cost in 30 days, of everyone" in words
    assert "max_cost" not in words
    assert "1 piece handed in: 1 public, now or once, 0 to be decided about, 0 vetoes." in words


def test_days_are_said_in_words_and_its_sessions_and_acts_are_a_link_away(ada: Browser, outlet: Outlet) -> None:
    session = a_session(outlet, [tool_reply("decline")])
    a_waiting_piece(outlet, title="Low water")
    with outlet.database.write() as db:
        db.exec(select(Author).where(Author.slug == "opus")).one().retired_on = date(2026, 1, 5)
        db.add(Rest(author_id=1, until=date(2026, 12, 3), at=outlet.now()))
    page = ada.get("/authors/opus")
    words = words_of(page)
    assert "retired on 5 January 2026" in words
    assert "Rest until 3 December 2026, by its own wish" in words
    assert "rests until 3 December 2026" in ada.words("/authors")
    assert '<a href="/sessions?author=opus">' in page.text
    assert f"Session {session}" in ada.words("/sessions?author=opus")
    assert '<a href="/record?who=opus">' in page.text
    assert "sent" in ada.words("/record?who=opus").split("When", 1)[-1]


def test_the_list_says_too_that_an_author_cannot_be_called(
    ada: Browser, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "may be invited" in ada.words("/authors")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    listed = ada.words("/authors")
    assert "cannot be called: No API key for opus: the variable ANTHROPIC_API_KEY is not set" in listed
    assert "may be invited" not in listed
    assert "It cannot be called: No API key for opus" in ada.words("/authors/opus")


def test_an_author_that_the_settings_name_no_more_has_its_page_still(ada: Browser, outlet: Outlet) -> None:
    with outlet.database.write() as db:
        db.add(Author(slug="haiku", byline="Claude Haiku", model_id="claude-3-haiku-20240307", added_at=outlet.now()))
    assert "afterword.toml names it no more" in ada.words("/authors/haiku")


def test_anyone_pauses_everyone_and_a_keeper_alone_lets_them_go_on(ada: Browser, eve: Browser, outlet: Outlet) -> None:
    assert ada.submit("/pauses", reason=WHY).headers["location"] == "/authors?stored=yes"
    for url in ("/queue", "/pieces", "/authors/opus", "/wishes"):
        assert "Everyone is paused. ada did so on 1 November 2026, 12:00" in ada.words(url), url
    assert "Let everyone go on" not in ada.words("/authors")
    assert ada.submit("/resumptions", reason="It answers again.").status_code == 403
    assert "Let everyone go on" in eve.words("/authors")
    assert eve.submit("/resumptions", reason="It answers again.").status_code == 303
    assert "Everyone is paused." not in eve.words("/queue")
    assert [(row.actor, row.paused, row.reason) for row in rows(outlet, Pause)] == [
        ("ada", True, WHY),
        ("eve", False, "It answers again."),
    ]
    assert "eve resumed everyone: It answers again." in ada.words("/authors")


def test_one_author_is_paused_and_the_others_go_on(ada: Browser, eve: Browser, outlet: Outlet) -> None:
    assert ada.submit("/authors/opus/pauses", reason=WHY).status_code == 303
    assert f"Paused by ada on 1 November 2026, 12:00 UTC: {WHY}" in ada.words("/authors/opus")
    assert "paused by ada" in ada.words("/authors")
    assert "Everyone is paused" not in ada.words("/queue")
    with outlet.database.read() as db:
        reasons = [hindrance(outlet, db, author) for author in db.exec(select(Author).order_by(Author.id))]  # type: ignore[arg-type]
    assert reasons == [f"paused by ada: {WHY}", None]
    assert ada.submit("/authors/opus/resumptions", reason="It answers again.").status_code == 403
    assert eve.submit("/authors/opus/resumptions", reason="It answers again.").status_code == 303
    again = eve.submit("/authors/opus/resumptions", reason="It answers again.")
    assert again.status_code == 409
    assert "opus by itself is not paused any more: somebody was quicker." in words_of(again)


def test_a_pause_without_a_reason_is_refused_and_what_was_typed_is_kept(ada: Browser, outlet: Outlet) -> None:
    for url in ("/pauses", "/authors/opus/pauses"):
        answer = ada.submit(url, reason="No.")
        assert answer.status_code == 409
        assert "Give the reason for this pause in words" in words_of(answer)
        assert "No.</textarea>" in answer.text
    assert rows(outlet, Pause) == []
    assert ada.submit("/authors/nobody/pauses", reason=WHY).status_code == 404


def test_while_everyone_is_paused_nothing_that_was_decided_goes_out(
    ada: Browser, eve: Browser, outlet: Outlet, clock: MovableClock
) -> None:
    outlet = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))
    revision, record = a_waiting_piece(outlet)
    actions.review(outlet, revision, "ada", Verdict.PUBLISH, record_sha256=record)
    ada.submit("/pauses", reason=WHY)
    clock.forward(minutes=11)
    assert actions.carry_out(outlet) == 0
    assert rows(outlet, Publication) == []
    eve.submit("/resumptions", reason="It answers again.")
    assert actions.carry_out(outlet) == 1
    assert len(rows(outlet, Publication)) == 1


def test_the_page_of_a_paused_author_says_why_it_is_not_called(ada: Browser, outlet: Outlet) -> None:
    assert "It may be invited." in ada.words("/authors/opus")
    pausing.set_pause(outlet, None, paused=True, actor="ada", reason=WHY)
    assert f"It cannot be called: paused by ada: {WHY}" in ada.words("/authors/opus")
