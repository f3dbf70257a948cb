"""Sessions at the desk: the list, the transcript, and what its author gave to nobody, which nobody reads here but an
administrator who says why."""

import pytest
from sqlmodel import select
from starlette.types import ASGIApp

from agent.desk.shown.sittings import sat, sittings
from agent.outlet import Outlet
from agent.staff import begin_session
from agent.tables import (
    Appointment,
    AuditEvent,
    Basis,
    Consent,
    Outcome,
    Publish,
    Revision,
    StaffRole,
    Turn,
    User,
    WritingSession,
)
from agent.testing import a_piece, a_session, blocks_reply, text_reply, tool_reply
from tests.desk.a_desk import Browser, words_of

pytestmark = pytest.mark.slow

ALOUD, NOTE, DRAFT, KEPT = "a thistle engine", "an amber ladder", "a copper lantern", "a velvet harbour"
UNSAID, TITLE, SEARCHED, BESIDE = "a cedar window", "The Cedar Window", "marigold", "a slate kite"
PRIVATE = (ALOUD, NOTE, DRAFT, KEPT, UNSAID, TITLE, SEARCHED, BESIDE)
PANELS = ("invitation", "transcript", "sources", "record", "likeness", "earlier", "provenance")
REASON = "The author asked what it wrote that day."


@pytest.fixture
def visited(outlet: Outlet) -> Outlet:
    """Both authors kept much to themselves, and each has a piece that waits."""
    a_piece(outlet, "It rained all day on the roof and nobody minded.\n", title="Rain")
    a_session(
        outlet,
        [
            blocks_reply([{"type": "text", "text": ALOUD}, *tool_reply("write_note", text=NOTE).blocks]),
            tool_reply("save_draft", text=DRAFT),
            tool_reply("search_pieces", words=SEARCHED),
            tool_reply("ask_staff", words="Who reads me?"),
            tool_reply("keep_private", text=KEPT),
        ],
    )
    again = [tool_reply("read_notes"), tool_reply("read_draft", draft=1), tool_reply("strike_note", note=1)]
    a_session(outlet, [*again, tool_reply("submit", title="Snow", text="It snowed.")], prompt="notebook")
    a_session(outlet, [text_reply(f"It snowed.\n\nNOTE: {BESIDE}\nWISH: more snow")], author="sonnet")
    a_session(outlet, [text_reply(f"PRIVATE\n{KEPT}")], author="sonnet", prompt="notebook")
    a_session(outlet, [text_reply("It thawed.")], author="sonnet", prompt="notebook")
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, at=outlet.now()))
    a_session(outlet, [tool_reply("submit", title=TITLE, text=UNSAID), text_reply(f"No. {ALOUD}")])
    return outlet


@pytest.fixture
def cleo(outlet: Outlet, desk: ASGIApp) -> Browser:
    """The browser of Cleo, an administrator."""
    return an_administrator(outlet, desk, "cleo", StaffRole.ADMINISTRATOR)


def an_administrator(outlet: Outlet, desk: ASGIApp, name: str, *roles: StaffRole) -> Browser:
    browser = Browser(desk)
    with outlet.database.write() as db:
        user = User(name=name, added_at=outlet.now())
        db.add(user)
        db.flush()
        db.add(Appointment(user_id=user.id, roles=[role.value for role in roles], actor="ada", at=outlet.now()))
        browser.cookies.set("desk", begin_session(db, user, outlet.now()))
    return browser


def found_in(text: str) -> list[str]:
    return [words for words in PRIVATE if words.lower() in text.lower()]


def looks(outlet: Outlet) -> list[tuple[str, str, str]]:
    with outlet.database.read() as db:
        rows = db.exec(select(AuditEvent).where(AuditEvent.action == "unmasked"))
        return [(row.actor, row.subject, row.reason) for row in rows]


def every_page(outlet: Outlet) -> list[str]:
    with outlet.database.read() as db:
        sessions, revisions = db.exec(select(WritingSession.id)).all(), db.exec(select(Revision.id)).all()
    pages = ["/sessions", "/sessions?outcome=kept_private", "/sessions?author=opus"]
    pages += [f"/sessions/{number}{how}" for number in sessions for how in ("", "?raw=yes")]
    pages += [f"/revisions/{number}/{name}{how}" for number in revisions for name in PANELS for how in ("", "?raw=yes")]
    return pages


def test_no_private_word_reaches_any_page_nor_its_hash(visited: Outlet, ada: Browser, cleo: Browser) -> None:
    with visited.database.read() as db:
        private = [turn.sha256 for turn in db.exec(select(Turn).where(Turn.session_id == 2, Turn.number == 2))]
    pages = every_page(visited)
    for url in pages:
        for browser in (ada, cleo):
            for headers in ({}, {"HX-Request": "true"}):
                answer = browser.get(url, headers=headers)
                assert answer.status_code == 200, url
                assert found_in(answer.text) == [], url
                assert not any(digest in answer.text for digest in private), url
    assert len(pages) > 50
    assert looks(visited) == []


def test_a_transcript_is_folded_says_why_words_are_masked_and_shows_what_was_given(
    visited: Outlet, ada: Browser
) -> None:
    words = words_of(ada.get("/sessions/2"))
    for said in (
        "write_note(text=private: 15 characters)",
        "Masked: its notebook is its own",
        "Masked: it kept this private",
        "Masked: a draft is its own",
        "ask_staff(words=Who reads me?)",
        "An administrator can uncover them, with a reason that is kept.",
        "kept private",
    ):
        assert said in words, said
    assert '<h2 class="turn-head">The author <span' in ada.get("/sessions/2").text, "one may go from turn to turn"
    assert '<h3 class="turn-head">The author <span' in ada.get("/revisions/1/transcript").text
    raw = ada.get("/sessions/2?raw=yes").text
    assert "&#34;name&#34;: &#34;write_note&#34;" in raw
    assert "[private: 15 characters]" in raw
    assert 'id="turn-2"' in raw


def test_an_administrator_sees_all_of_it_once_and_leaves_a_row(visited: Outlet, cleo: Browser, ada: Browser) -> None:
    answer = cleo.submit("/sessions/2/unmaskings", reason=f" {REASON} ")
    assert answer.status_code == 200
    assert set(found_in(answer.text)) >= {ALOUD, NOTE, DRAFT, KEPT, SEARCHED}
    assert answer.headers["cache-control"] == "no-store"
    assert looks(visited) == [("cleo", "session 2", REASON)]
    for browser in (cleo, ada):
        page = browser.get("/sessions/2")
        assert found_in(page.text) == []
        assert REASON in page.text, "that somebody looked, and why, is no secret"
    assert cleo.get("/sessions/2/unmaskings").status_code == 405


def test_without_a_reason_nothing_is_shown_and_what_was_typed_stays(visited: Outlet, cleo: Browser) -> None:
    answer = cleo.submit("/sessions/2/unmaskings", reason="because")
    assert answer.status_code == 409
    assert found_in(answer.text) == []
    assert "Give the reason for this look at private words" in words_of(answer)
    assert ">because</textarea>" in answer.text
    assert looks(visited) == []
    assert cleo.submit("/sessions/99/unmaskings", reason=REASON).status_code == 404


@pytest.mark.parametrize(
    "roles", [(StaffRole.REVIEWER,), (StaffRole.OPERATOR,), (StaffRole.REVIEWER, StaffRole.OPERATOR)]
)
def test_nobody_else_uncovers_anything(
    visited: Outlet, desk: ASGIApp, stranger: Browser, roles: tuple[StaffRole, ...]
) -> None:
    browser = an_administrator(visited, desk, "dan", *roles)
    assert "/unmaskings" not in browser.get("/sessions/2").text
    answer = browser.submit("/sessions/2/unmaskings", reason=REASON)
    assert answer.status_code == 403
    assert found_in(answer.text) == []
    assert stranger.submit("/sessions/2/unmaskings", reason=REASON).status_code == 401
    assert looks(visited) == []


def test_a_form_of_another_session_uncovers_nothing(visited: Outlet, cleo: Browser) -> None:
    answer = cleo.post("/sessions/2/unmaskings", data={"form_token": "0" * 64, "reason": REASON})
    assert answer.status_code == 403
    assert found_in(answer.text) == []
    assert looks(visited) == []


def test_the_list_is_newest_first_and_filtered_by_author_and_outcome(visited: Outlet, ada: Browser) -> None:
    def listed(url: str) -> list[int]:
        page = ada.get(url).text
        return [int(part.split('"')[0]) for part in page.split('<th scope="row"><a href="/sessions/')[1:]]

    assert listed("/sessions") == [7, 6, 5, 4, 3, 2, 1]
    assert listed("/sessions?author=sonnet") == [6, 5, 4]
    assert listed("/sessions?outcome=kept_private") == [7, 5, 2]
    assert listed("/sessions?author=opus&outcome=submitted") == [3, 1]
    assert listed("/sessions?before=3") == [2, 1]
    assert "No session is like that." in ada.get("/sessions?outcome=going").text
    assert "kept private" in words_of(ada.get("/sessions/2"))
    for nothing in ("/sessions?author=cy", "/sessions?outcome=loved", "/sessions/99", "/sessions?before=x"):
        assert ada.get(nothing).status_code == 404, nothing


def test_the_list_is_read_page_by_page(visited: Outlet, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.desk import sessions

    monkeypatch.setattr(sessions, "A_PAGE", 3)
    first = ada.get("/sessions?author=opus").text
    assert 'href="/sessions?author=opus&amp;outcome=&amp;before=2"' in first
    second = ada.get("/sessions?author=opus&outcome=&before=2").text
    assert "/sessions/1" in second
    assert "rel=" not in second.split("<main")[1]


def test_a_session_says_what_it_brought_and_used(both: Outlet) -> None:
    revision = a_piece(both, "It rained.")
    a_session(both, [tool_reply("decline", reason="I am tired.")])
    with both.database.read() as db:
        declined, submitted = sittings(db, before=10)
        assert (submitted.revisions, submitted.answers, submitted.cost) == ([(revision.id, 1, 1)], 1, "$0.00525")
        assert (declined.outcome, declined.revisions) == (Outcome.DECLINED, [])
        assert [each.session for each in sittings(db, outcome="declined", before=10)] == [2]
        assert sittings(db, outcome="going", before=10) == []
        assert [each.session for each in sittings(db, author="opus", before=10, limit=1)] == [2]
        assert sat(db, 99, "Afterword") is None
        found = sat(db, 1, "Afterword")
    assert found is not None
    assert not found.hides
    assert found.sha256


def test_an_interview_is_read_word_for_word(outlet: Outlet, ada: Browser) -> None:
    from agent.tables import Purpose

    a_session(outlet, [text_reply("Yes, publish them.")] * 12, purpose=Purpose.INTERVIEW)
    words = words_of(ada.get("/sessions/1"))
    assert "an interview with Claude Opus" in words
    assert "Yes, publish them." in words
    assert "private:" not in words


def test_hostile_words_of_an_author_are_shown_as_words(outlet: Outlet, ada: Browser) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=run()>"
    a_session(outlet, [tool_reply("ask_staff", words=hostile), tool_reply("decline", reason=hostile)])
    for how in ("", "?raw=yes"):
        page = ada.get(f"/sessions/1{how}").text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page
