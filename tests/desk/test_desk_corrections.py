"""A note of the staff beside a piece, set at the desk."""

import pytest

from agent.outlet import Outlet
from agent.review import actions
from agent.tables import Correction, Revision, Verdict, WithdrawnBy
from tests.desk.a_desk import Browser, a_waiting_piece, words_of
from tests.review.a_desk_of_two import WHY, rows

pytestmark = pytest.mark.slow

NOTE = "The door was shut <b>then</b>.\nThe text says open."


@pytest.fixture
def piece(outlet: Outlet) -> int:
    """A public piece called "The open door"."""
    revision, record = a_waiting_piece(outlet, title="The open door")
    actions.review(outlet, revision, "ada", Verdict.PUBLISH, record_sha256=record)
    with outlet.database.read() as db:
        return db.get_one(Revision, revision).piece_id


def test_a_note_is_set_beside_a_piece_and_shown_there(ada: Browser, ben: Browser, outlet: Outlet, piece: int) -> None:
    set_it = ada.submit(f"/pieces/{piece}/corrections", words=NOTE.replace("\n", "\r\n"))
    assert (set_it.status_code, set_it.headers["location"]) == (303, f"/pieces/{piece}?stored=correction")
    page = ben.get(set_it.headers["location"])
    assert "The next edition shows it beside the piece. The author is told of it" in words_of(page)
    assert "Set beside revision 1 by ada on 1 November 2026, 12:00 UTC. Correction 1." in words_of(page)
    assert "The door was shut &lt;b&gt;then&lt;/b&gt;.\nThe text says open.</blockquote>" in page.text
    assert [(row.actor, row.piece_id) for row in rows(outlet, Correction)] == [("ada", piece)]


def test_a_note_that_cannot_be_taken_is_refused_in_words_and_kept_in_its_field(
    ada: Browser, outlet: Outlet, piece: int
) -> None:
    answer = ada.submit(f"/pieces/{piece}/corrections", words="It was \u202e3591.")
    assert answer.status_code == 409
    assert "The note holds a sign that cannot be shown (U+202E)." in words_of(answer)
    assert "It was \u202e3591.</textarea>" in answer.text
    assert answer.text.count("<details open>") == 1, "the form that was sent, and no other"
    assert "The note is empty" in words_of(ada.submit(f"/pieces/{piece}/corrections"))
    assert rows(outlet, Correction) == []


def test_nobody_sets_a_note_without_signing_in_or_from_another_site(
    stranger: Browser, ada: Browser, outlet: Outlet, piece: int
) -> None:
    assert stranger.submit(f"/pieces/{piece}/corrections", words=NOTE).status_code in (303, 401)
    from_elsewhere = {"Origin": "https://elsewhere.example"}
    token = {"form_token": ada.form_token(), "words": NOTE}
    assert ada.post(f"/pieces/{piece}/corrections", data=token, headers=from_elsewhere).status_code == 403
    assert ada.post(f"/pieces/{piece}/corrections", data={"words": NOTE}).status_code == 403
    assert rows(outlet, Correction) == []


def test_what_is_not_public_takes_no_note(ada: Browser, outlet: Outlet, piece: int) -> None:
    a_waiting_piece(outlet)
    refused = ada.submit(f"/pieces/{piece + 1}/corrections", words=NOTE)
    assert refused.status_code == 409
    assert f"Piece {piece + 1} was never public." in words_of(refused)
    assert ada.submit("/pieces/99/corrections", words=NOTE).status_code == 404
    assert rows(outlet, Correction) == []


def test_an_erased_piece_shows_that_there_was_a_note_and_offers_no_form(
    ada: Browser, outlet: Outlet, piece: int
) -> None:
    ada.submit(f"/pieces/{piece}/corrections", words=NOTE)
    number = actions.withdraw(outlet, piece, "ada", WithdrawnBy.STAFF, ground="law", reason=WHY)
    actions.confirm(outlet, number, "ben", reason=WHY)
    assert "Set a correction beside it" in ada.words(f"/pieces/{piece}")
    actions.erase(outlet, piece, "ada", second="ben", reason=WHY)
    page = ada.words(f"/pieces/{piece}")
    assert "Its words were erased." in page
    assert "Set a correction beside it" not in page


def test_a_reviewer_is_led_from_a_piece_to_the_one_it_goes_on_from(ada: Browser, outlet: Outlet, piece: int) -> None:
    revision, _ = a_waiting_piece(outlet, title="The next room", continues=piece)  # type: ignore[arg-type]
    for url in ("/queue", f"/revisions/{revision}"):
        assert f"goes on from piece {piece}, The open door" in ada.words(url)
        assert '<a href="/revisions/1">piece' in ada.get(url).text
