"""Published pieces, and taking them down."""

import pytest
from sqlmodel import select

from agent.outlet import Outlet
from agent.queries import withdrawal_of
from agent.review import actions
from agent.tables import Publication, Revision, Verdict, Withdrawal, WithdrawnBy
from tests.desk.a_desk import PLAIN, Browser, a_waiting_piece, words_of

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


def test_a_withdrawal_waits_for_a_second_person_who_then_takes_it_down(
    ada: Browser, ben: Browser, outlet: Outlet, piece: int
) -> None:
    asked = ada.submit(f"/pieces/{piece}/withdrawals", by="staff", ground="law", reason=WHY)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/pieces/{piece}?stored=yes")
    assert not is_down(outlet, piece)
    assert "The piece stays until a second person agrees." in ada.words(asked.headers["location"])
    assert "Agree to the withdrawal" not in ada.words(f"/pieces/{piece}")
    assert f"Piece {piece}, asked for by ada" in ben.words("/queue")
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


@pytest.mark.parametrize("url", ["/pieces/7", "/pieces/2"])
def test_a_piece_that_is_not_public_has_no_page(ada: Browser, outlet: Outlet, piece: int, url: str) -> None:
    a_waiting_piece(outlet)
    assert ada.get(url).status_code == 404


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
