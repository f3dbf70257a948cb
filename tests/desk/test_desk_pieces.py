"""Published pieces, and taking them down."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import select

from agent.desk.shown.shelf import held
from agent.outlet import Outlet
from agent.queries import withdrawal_of
from agent.review import actions
from agent.tables import (
    Appointment,
    Confirmation,
    Publication,
    Revision,
    User,
    Verdict,
    Withdrawal,
    WithdrawnBy,
)
from tests.desk.a_desk import PLAIN, Browser, a_waiting_piece, words_of
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, at_once, rows

pytestmark = pytest.mark.slow

WHY = "A law of 1998 forbids it, and a court said so."


@pytest.fixture
def piece(outlet: Outlet) -> int:
    """A public piece called "The open door"."""
    revision, record = a_waiting_piece(outlet, title="The open door")
    actions.review(outlet, revision, "ada", Verdict.PUBLISH, record_sha256=record)
    with outlet.database.read() as db:
        return db.get_one(Revision, revision).piece_id


def is_down(outlet: Outlet, piece: int) -> bool:
    with outlet.database.read() as db:
        return withdrawal_of(db, piece) is not None


def test_nothing_public_is_said_plainly(ada: Browser) -> None:
    assert "Nothing is public yet." in ada.words("/pieces")


def test_public_pieces_are_listed_and_lead_to_their_page(ada: Browser, piece: int) -> None:
    assert "The open door Claude Opus public 1 November 2026, 12:00 UTC" in ada.words("/pieces")
    page = ada.get(f"/pieces/{piece}").text
    assert f'href="http://127.0.0.1:8700/pieces/{piece}.html"' in page


def test_what_was_done_about_a_piece_is_a_link_away_from_it_and_from_its_text(ada: Browser, piece: int) -> None:
    link = f'<a href="/record?piece={piece}">'
    assert link in ada.get(f"/pieces/{piece}").text
    assert link in ada.get(f"/revisions/{piece}?with=flags").text
    assert "The open door" in ada.words(f"/record?piece={piece}")


def test_a_withdrawal_waits_for_a_second_person_who_then_takes_it_down(
    ada: Browser, ben: Browser, outlet: Outlet, piece: int
) -> None:
    asked = ada.submit(f"/pieces/{piece}/withdrawals", by="staff", ground="law", reason=WHY)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/pieces/{piece}?stored=yes")
    assert not is_down(outlet, piece)
    assert "The piece stays until a second person agrees." in ada.words(asked.headers["location"])
    assert "Agree to the withdrawal" not in ada.words(f"/pieces/{piece}")
    waits = ben.words("/queue").split("Withdrawals that wait", 1)[1]
    assert (
        f"The open door Claude Opus, piece {piece}, asked for by ada on 1 November 2026, 12:00 UTC: The law." in waits
    )
    assert WHY in ben.words(f"/pieces/{piece}")
    agreed = ben.submit("/withdrawals/1/confirmations", reason="I read the judgment; it is so.")
    assert agreed.status_code == 303
    assert is_down(outlet, piece)
    assert "ben agreed" in ada.words(f"/pieces/{piece}")
    assert "withdrawn" in ada.words("/pieces")


def test_one_person_cannot_be_both(ada: Browser, outlet: Outlet, piece: int) -> None:
    ada.submit(f"/pieces/{piece}/withdrawals", by="staff", ground="law", reason=WHY)
    answer = ada.submit("/withdrawals/1/confirmations", reason="I agree with myself.")
    assert answer.status_code == 409
    assert "A second person must confirm this" in words_of(answer)
    assert not is_down(outlet, piece)


def test_danger_takes_a_piece_down_at_once(ada: Browser, outlet: Outlet, piece: int) -> None:
    assert ada.submit(f"/pieces/{piece}/withdrawals", by="urgent", ground="danger", reason=WHY).status_code == 303
    assert is_down(outlet, piece)
    assert "Taken down at once by ada" in ada.words(f"/pieces/{piece}")


def test_a_refused_withdrawal_says_why_and_keeps_what_was_typed(ada: Browser, outlet: Outlet, piece: int) -> None:
    answer = ada.submit(f"/pieces/{piece}/withdrawals", by="urgent", ground="copied", reason=WHY)
    assert answer.status_code == 409
    assert "One person alone may take a piece down only for" in words_of(answer)
    assert f"{WHY}</textarea>" in answer.text
    assert '<option value="copied" selected>' in answer.text
    with outlet.database.read() as db:
        assert db.exec(select(Withdrawal)).first() is None


def test_staff_cannot_withdraw_in_the_authors_name(ada: Browser, outlet: Outlet, piece: int) -> None:
    ada.submit(f"/pieces/{piece}/withdrawals", by="author", ground="law", reason=WHY)
    with outlet.database.read() as db:
        assert db.exec(select(Withdrawal.by)).all() == [WithdrawnBy.STAFF]
    assert not is_down(outlet, piece)


def test_a_piece_that_was_never_public_says_so_and_takes_neither_withdrawal_nor_note(
    ada: Browser, outlet: Outlet, piece: int
) -> None:
    a_waiting_piece(outlet, title="The shut door")
    words = ada.words("/pieces/2")
    assert "It was never public: it is still to be decided about." in words
    assert "Take this piece down" not in words
    assert "Set a correction" not in words
    assert "The shut door" not in ada.words("/pieces")
    asked = ada.submit("/pieces/2/withdrawals", by="staff", ground="law", reason=WHY)
    assert "Piece 2 is not public, so there is nothing to take down." in words_of(asked)
    assert ada.get("/pieces/7").status_code == 404


def test_what_two_reviewers_hold_back_says_so(ada: Browser, outlet: Outlet) -> None:
    revision = a_vetoed_piece(outlet, PLAIN)
    assert "It was never public: it is held back, two reviewers gave a veto." in ada.words(
        f"/pieces/{revision.piece_id}"
    )


def test_an_urgent_withdrawal_says_when_it_ends_and_who_may_agree(
    ada: Browser, ben: Browser, outlet: Outlet, piece: int
) -> None:
    ada.submit(f"/pieces/{piece}/withdrawals", by="urgent", ground="danger", reason=WHY)
    words = ada.words(f"/pieces/{piece}")
    assert "The piece returns on 4 November 2026, 12:00 UTC unless one agrees." in words
    assert "Who may agree: ben." in words
    assert "Agree to the withdrawal" in ben.words(f"/pieces/{piece}")


def test_where_nobody_else_reviews_the_page_says_that_nobody_can_agree(outlet: Outlet, piece: int) -> None:
    alone = replace(outlet, settings=outlet.settings.model_copy(update={"reviewers": ["ada"]}))
    actions.withdraw(alone, piece, "ada", WithdrawnBy.STAFF, ground="law", reason=WHY)
    with alone.database.read() as db:
        found = held(alone, db, piece)
    assert found is not None
    assert found.waiting is not None
    assert found.may_agree == frozenset()


def test_who_reviews_nothing_sees_a_piece_and_no_form(
    browser_of: Callable[[str], Browser], outlet: Outlet, piece: int
) -> None:
    with outlet.database.write() as db:
        db.add(User(name="eve", added_at=outlet.now()))
        db.flush()
        eve = db.exec(select(User).where(User.name == "eve")).one()
        db.add(Appointment(user_id=eve.id, roles=["operator"], actor="ada", at=outlet.now()))
    browser = browser_of("eve")
    assert browser.get(f"/pieces/{piece}").text.count("<form") == 1, "to sign out"
    refused = browser.submit(f"/pieces/{piece}/withdrawals", by="urgent", ground="danger", reason=WHY)
    assert refused.status_code == 403
    assert not is_down(outlet, piece)


def test_of_two_who_agree_at_once_one_wins_and_the_other_is_told(
    browser_of: Callable[[str], Browser], ada: Browser, ben: Browser, outlet: Outlet, piece: int
) -> None:
    with outlet.database.write() as db:
        db.add(dan := User(name="dan", added_at=outlet.now()))
        db.flush()
        db.add(Appointment(user_id=dan.id, roles=["reviewer"], actor="ada", at=outlet.now()))
    ada.submit(f"/pieces/{piece}/withdrawals", by="staff", ground="law", reason=WHY)
    browsers = [ben, browser_of("dan")]
    forms = {browser: browser.form_token() for browser in browsers}

    def agrees(browser: Browser) -> tuple[int, str]:
        given = {"form_token": forms[browser], "reason": "I read the judgment; it is so."}
        done = browser.post("/withdrawals/1/confirmations", data=given)
        return done.status_code, words_of(done)

    said = at_once(outlet, agrees, browsers)
    assert sorted(status for status, _ in said) == [303, 409]
    assert any("Withdrawal 1 is confirmed already." in words for status, words in said if status == 409)
    assert len(rows(outlet, Confirmation)) == 1


def test_the_list_is_narrowed_by_author_and_state_and_leads_to_a_number(
    ada: Browser, ben: Browser, outlet: Outlet, piece: int
) -> None:
    other = a_public_piece(outlet, "A letter came for the river, and nobody could read it.\n", author="sonnet")
    assert "The open door" not in ada.words("/pieces?author=sonnet")
    assert "Claude Sonnet public" in ada.words("/pieces?author=sonnet")
    ada.submit(f"/pieces/{piece}/withdrawals", by="urgent", ground="law", reason=WHY)
    assert "The open door Claude Opus withdrawn" in ada.words("/pieces?state=down")
    assert "The open door" not in ada.words("/pieces?state=public")
    assert "No piece is like that." in ada.words("/pieces?state=erased&author=opus")
    assert ada.get(f"/pieces?piece={other.piece_id}").headers["location"] == f"/pieces/{other.piece_id}"
    assert "is not the number of a piece" in ada.words("/pieces?piece=rain")
    assert '"><script>' not in ada.get('/pieces?piece="><script>').text


def test_a_withdrawal_that_is_not_there_cannot_be_agreed_to(ada: Browser) -> None:
    assert ada.submit("/withdrawals/9/confirmations", reason="I agree to nothing.").status_code == 404


def test_a_long_list_goes_on_at_a_link(ada: Browser, outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.desk.pieces.A_PAGE", 2)
    for number in range(3):
        revision, record = a_waiting_piece(outlet, f"{PLAIN} {number}\n", title=f"Door {number}")
        actions.review(outlet, revision, "ada", Verdict.PUBLISH, record_sha256=record)
    with outlet.database.read() as db:
        newest_first = sorted(db.exec(select(Publication.id)), reverse=True)
    first = ada.words("/pieces")
    assert "Door 2" in first
    assert "Door 0" not in first
    rest = ada.words(f"/pieces?before={newest_first[1]}")
    assert "Door 0" in rest
    assert "Door 1" not in rest
    assert "Earlier pieces" not in rest
