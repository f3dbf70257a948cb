"""What stands beside a text: each panel is a page of its own, and its middle alone where htmx asks."""

import re

import pytest
from fastapi import APIRouter
from sqlmodel import delete, select

from agent.desk import beside
from agent.desk.pages import _environment
from agent.outlet import Outlet
from agent.record import keep
from agent.review import actions, erasure
from agent.tables import Blob, ContextBlock, Entry, Feed, Revision, Shingle, Showing, Turn, Verdict
from agent.testing import a_piece, a_session, text_reply, tool_reply
from tests.desk.a_desk import PLAIN, Browser, words_of

pytestmark = pytest.mark.slow

HTMX = {"HX-Request": "true"}
PANELS = ("invitation", "transcript", "sources", "record", "likeness", "earlier", "provenance")
HOSTILE = '<script>alert("run")</script><b onclick=run()>bold</b> "quoted" & so on'


def panel(browser: Browser, revision: Revision, name: str, **query: int | str) -> str:
    answer = browser.get(f"/revisions/{revision.id}/{name}", params=query)
    assert answer.status_code == 200
    return words_of(answer)


def test_each_panel_is_a_page_and_a_part_of_one(ada: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, PLAIN)
    for name in PANELS:
        whole, part = (ada.get(f"/revisions/{revision.id}/{name}", headers=headers) for headers in ({}, HTMX))
        assert (whole.status_code, part.status_code) == (200, 200), name
        assert "<!doctype html>" in whole.text
        assert "<!doctype html>" not in part.text
        assert "<main" not in part.text
        assert f'href="/revisions/{revision.id}/{name}"' in part.text
    assert ada.get("/revisions/99/sources").status_code == 404
    assert ada.get("/revisions/99/sources", headers=HTMX).status_code == 404


def test_the_list_of_panels_names_every_panel_once_and_needs_a_number_alone() -> None:
    listed = _environment().get_template("beside.html").render(revision=7)
    routes = {route.path for route in beside.router.routes}  # type: ignore[attr-defined]
    assert isinstance(beside.router, APIRouter)
    assert [*dict.fromkeys(re.findall(r'href="/revisions/7/(\w+)"', listed))] == list(PANELS)
    assert routes == {f"/revisions/{{revision_id}}/{name}" for name in PANELS}
    assert listed.count("<details") == len(PANELS)


def test_a_stranger_sees_no_panel(stranger: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, PLAIN)
    for name in PANELS:
        assert stranger.get(f"/revisions/{revision.id}/{name}").status_code == 303


def test_the_invitation_is_shown_as_it_was_sent_and_chosen(ada: Browser, outlet: Outlet) -> None:
    words = panel(ada, a_piece(outlet, PLAIN), "invitation")
    assert "This is an invitation" in words
    assert "An operator named the prompt “plain”." in words
    assert "welcome" in words


def test_what_its_author_says_of_it_stands_there_escaped(ada: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, PLAIN, title=f"T {HOSTILE}", form="letter", tags=["rain"], note_to_readers=HOSTILE)
    for name in PANELS:
        for query in ("", "?raw=yes"):
            page = ada.get(f"/revisions/{revision.id}/{name}{query}").text
            assert "<script>alert" not in page, name
            assert "<b onclick" not in page, name
    words = panel(ada, revision, "record")
    for said in (HOSTILE, "letter", "rain", revision.record_sha256, "essay"):
        assert said in words


def test_sources_are_shown_as_they_were_given_and_private_ones_are_masked(ada: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, PLAIN)
    with outlet.database.write() as db:
        feed = Feed(url="https://example.org/feed", added_at=outlet.now())
        db.add(feed)
        db.flush()
        facts = {"feed_id": feed.id, "source": "A paper", "at": outlet.now()}
        read = Entry(key="1", title=f"News {HOSTILE}", link="javascript:alert(1)", text=f"Told. {HOSTILE}", **facts)
        named = Entry(key="2", title="Another", link="https://example.org/2", text="It was not opened.", **facts)
        db.add_all([read, named])
        db.flush()
        turn = db.exec(select(Turn).where(Turn.session_id == revision.session_id, Turn.number == 2)).one()
        db.add_all([Showing(turn_id=turn.id, entry_id=each.id, whole=each is read) for each in (read, named)])
        invitation = 1
        for number, (kind, words) in enumerate({"entry": f"<entry> {HOSTILE}", "note": "an amber ladder"}.items(), 50):
            blob = keep(db, words.encode())
            block = {"number": number, "kind": kind, "source": kind, "title": "", "sha256": blob.sha256}
            db.add(ContextBlock(invitation_id=invitation, blob_id=blob.id, **block))
        private = blob.sha256
    page = ada.get(f"/revisions/{revision.id}/sources").text
    words = panel(ada, revision, "sources")
    assert "an amber ladder" not in page
    assert private not in page, "a hash would tell what was guessed right"
    assert "private: 15 characters Masked: its notebook is its own." in words
    assert f"<entry> {HOSTILE}" in words
    assert "| Told." in words, "every line of a stranger's is marked, as its author saw it"
    assert "It was not opened." not in words
    assert 'href="javascript' not in page
    assert "<script>alert" not in page


def test_near_duplicates_stand_side_by_side_with_what_they_share(ada: Browser, outlet: Outlet) -> None:
    first, far = a_piece(outlet, PLAIN, title="First"), a_piece(outlet, "Quite other words stand in this one here.")
    near = a_piece(outlet, PLAIN.replace("Thank you for the afternoon", "Thanks for the evening"), author="sonnet")
    page = ada.get(f"/revisions/{near.id}/likeness").text
    assert f"/revisions/{first.id}" in page
    assert f'href="/revisions/{far.id}"' not in page
    assert '<mark class="common">The rain today is reported, not felt.' in page
    assert "Thanks for the evening" in page
    assert "of this text" in panel(ada, near, "likeness")
    assert "No other piece shares enough" in panel(ada, far, "likeness")
    answer = ada.get(f"/revisions/{near.id}/likeness?with={far.id}")
    assert answer.status_code == 404
    assert f"Revision {far.id} is not among the texts" in words_of(answer)
    assert ada.get(f"/revisions/{near.id}/likeness?with={first.id}").status_code == 200


def test_a_text_that_cannot_be_compared_is_never_said_to_be_unlike_all(ada: Browser, outlet: Outlet) -> None:
    short = a_piece(outlet, "It rained.")
    assert "too short to be compared" in panel(ada, short, "likeness")
    a_piece(outlet, "It rained.", author="sonnet")
    assert "The very same text, byte for byte." in panel(ada, short, "likeness")
    new = a_piece(outlet, PLAIN)
    with outlet.database.write() as db:
        db.exec(delete(Shingle))
    assert "not yet among those that are compared" in panel(ada, new, "likeness")


def test_two_revisions_are_compared_word_by_word_with_title_and_record(ada: Browser, outlet: Outlet) -> None:
    first = a_piece(outlet, PLAIN, title="Rain", tags=["weather"])
    assert "This is the one text" in panel(ada, first, "earlier")
    again = {"text": PLAIN.replace("a window", "the window"), "title": "Rain, reported", "note_to_readers": HOSTILE}
    a_session(outlet, [tool_reply("revise", piece=first.piece_id, **again), text_reply("Done.")])
    a_session(outlet, [tool_reply("revise", piece=first.piece_id, text="Short now."), text_reply("Done.")])
    page = ada.get(f"/revisions/{first.id + 1}/earlier").text
    assert "<del>a </del><ins>the </ins>window" in page
    assert "<ins>, reported</ins>" in page or "<del>Rain</del><ins>Rain, reported</ins>" in page
    assert "<script>" not in page.replace("<script src", "")
    assert "What changed from revision 1 to revision 2" in panel(ada, first, "earlier"), "where none came before"
    words = panel(ada, first, "earlier", **{"from": 1, "to": 3})
    assert "What changed from revision 1 to revision 3" in words
    assert "Short now." in words
    assert "Choose two that differ" in panel(ada, first, "earlier", **{"from": 2, "to": 2})
    answer = ada.get(f"/revisions/{first.id}/earlier?from=1&to=9")
    assert answer.status_code == 404
    assert "This piece has no revision 9. Choose among 1, 2, 3." in words_of(answer)
    assert ada.get(f"/revisions/{first.id}/earlier?from=x").status_code == 404


def test_how_it_was_made_names_cost_hashes_and_checks_that_did_not_look(
    ada: Browser, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = a_piece(outlet, PLAIN)
    words = panel(ada, revision, "provenance")
    for said in ("100 tokens read, 50 written", "$0.00525", "submit", revision.text_sha256, "markup: nothing flagged"):
        assert said in words
    assert "markup: not checked" not in words

    class Later:
        NAME, VERSION, ABOUT = "later", "1", "It comes later."

    from agent import check

    monkeypatch.setattr(check, "CHECKS", [*check.CHECKS, Later])
    assert "later: not checked. It has not looked at this revision yet." in panel(ada, revision, "provenance")


def test_a_panel_that_fails_says_so_in_its_place_and_quotes_nothing(
    ada: Browser, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = a_piece(outlet, PLAIN)

    def breaks(*_: object) -> None:
        raise ValueError("a velvet harbour")

    monkeypatch.setattr(beside, "sources", breaks)
    told = []
    monkeypatch.setattr(outlet.log, "warning", lambda *said, **facts: told.append(f"{said} {facts}"))
    for headers in ({}, HTMX):
        answer = ada.get(f"/revisions/{revision.id}/sources", headers=headers)
        assert answer.status_code == 500
        assert "This could not be shown: ValueError at test_beside.py" in words_of(answer)
        assert "velvet" not in answer.text
    assert len(told) == 2
    assert "'action': 'desk_fault'" in told[0]
    assert "velvet" not in told[0]
    assert ada.get(f"/revisions/{revision.id}/invitation").status_code == 200


def test_every_panel_of_an_erased_piece_says_what_is_left(ada: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, PLAIN, title="The quince paste", note_to_readers="Read it slowly.")
    a_session(outlet, [tool_reply("revise", piece=revision.piece_id, text=f"{PLAIN}!"), text_reply("Done.")])
    erasure.erase(outlet, revision.piece_id, "ada", second="ben", reason="Its author asked for it.")
    for name in PANELS:
        page = ada.get(f"/revisions/{revision.id}/{name}")
        assert page.status_code == 200, name
        for gone in ("reported, not felt", "quince paste", "Read it slowly."):
            assert gone not in page.text, name
    assert "This turn was erased." in panel(ada, revision, "transcript")
    assert "It was erased. Its hashes remain." in panel(ada, revision, "record")
    assert "One of the two was erased" in panel(ada, revision, "earlier", **{"from": 1, "to": 2})
    assert "Its text was erased" in panel(ada, revision, "likeness")


def test_bytes_that_are_not_those_received_take_down_their_panels_alone(ada: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, PLAIN)
    with outlet.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER blob_refuses_update")
        connection.exec_driver_sql(f"UPDATE blob SET data = x'6f74686572' WHERE id = {revision.text_blob_id}")
    assert ada.get(f"/revisions/{revision.id}/likeness").status_code == 500
    assert "not those that were received" in ada.get(f"/revisions/{revision.id}/record").text
    assert ada.get("/sessions/1").status_code == 200


def test_a_published_piece_beside_an_invitation_may_be_read_and_a_waiting_one_not(ada: Browser, outlet: Outlet) -> None:
    first = a_piece(outlet, PLAIN)
    second = a_piece(outlet, "Other words, which nobody compares with anything.")
    with outlet.database.write() as db:
        blob = keep(db, f"<piece>\n{PLAIN}\n</piece>".encode())
        facts = {
            "number": 50,
            "kind": "piece",
            "source": f"pieces/{first.piece_id}",
            "title": "",
            "sha256": blob.sha256,
        }
        db.add(ContextBlock(invitation_id=2, blob_id=blob.id, **facts))
        assert db.get_one(Blob, blob.id).data
    assert "I take reports seriously" not in panel(ada, second, "sources")
    actions.review(outlet, first.id, "ada", Verdict.PUBLISH, record_sha256=first.record_sha256)
    assert "I take reports seriously" in panel(ada, second, "sources")
