"""Search over everything: whatever became of a piece, and nothing that is none."""

import pytest
from sqlmodel import select

from agent import archive
from agent.outlet import Outlet
from agent.review import actions, finding
from agent.review.finding import State, find
from agent.tables import Blob
from agent.testing import a_piece, a_session, tool_reply
from tests.desk.a_desk import Browser
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, author_says, publishes

pytestmark = pytest.mark.slow


def found(outlet: Outlet, asked: str) -> list[tuple[str, str]]:
    """Name and state of what is found."""
    with outlet.database.read() as db:
        return [(row.name, row.state.value) for row in find(db, asked).rows]


def names(outlet: Outlet, asked: str) -> list[str]:
    return [name for name, _ in found(outlet, asked)]


def test_a_piece_is_found_whatever_became_of_it(both: Outlet) -> None:
    a_public_piece(both, "A heron stood there.\n", title="Public")
    a_vetoed_piece(both, "A heron fell.\n", title="Held")
    down = a_public_piece(both, "A heron flew.\n", title="Down")
    a_session(both, [tool_reply("withdraw", piece=down.piece_id, why="I was wrong."), tool_reply("decline")])
    a_piece(both, "A heron waits.\n", title="Waiting")
    assert found(both, "HERÓN") == [
        ("Waiting", State.WAITING),
        ("Down", State.WITHDRAWN),
        ("Held", State.HELD_BACK),
        ("Public", State.PUBLIC),
    ]
    author_says(both, "no")
    assert found(both, "heron waits") == [("Waiting", State.SAID_NO)]


def test_words_of_title_form_tags_note_and_author_count_and_all_must_stand(both: Outlet) -> None:
    given = {"title": "Low water", "form": "haiku", "tags": ["estuary"], "note_to_readers": "Read it at dusk."}
    a_piece(both, "A boat leaned.\n", **given)
    a_piece(both, "A boat sank.\n", author="sonnet")
    for asked in ("water boat", "haiku", "estuary", "dusk", "opus boat", "Claude opus leaned"):
        assert names(both, asked) == ["Low water"], asked
    assert len(names(both, "boat")) == len(names(both, "claude")) == 2
    assert names(both, "sonnet") == ["A boat sank"]
    assert names(both, "sonnet leaned") == names(both, "boat submarine") == names(both, "…") == []


def test_a_number_names_a_piece_or_a_revision_and_a_hash_its_text(both: Outlet) -> None:
    first = a_piece(both, "One.\n", title="First")
    sent = tool_reply("revise", piece=first.piece_id, title="Second", text="Two.\n")
    a_session(both, [sent, tool_reply("decline")])
    assert found(both, "piece 1") == [("Second", State.WAITING)]
    assert names(both, "1") == ["Second", "First"]
    assert found(both, "revision #1") == [("First", State.EARLIER)]
    assert names(both, first.record_sha256[:8].upper()) == ["First"]
    assert names(both, first.text_sha256) == ["First"]
    assert names(both, "999999999") == names(both, "f" * 64) == []


def test_what_was_erased_and_what_is_private_is_never_found(both: Outlet) -> None:
    piece = a_piece(both, "A heron stood there.\n", title="Rain")
    a_session(both, [tool_reply("keep_private", text="A heron for me.\n"), tool_reply("decline")])
    a_session(both, [tool_reply("save_draft", text="A heron, drafted.\n"), tool_reply("decline")])
    assert names(both, "heron") == ["Rain"]
    actions.erase(both, piece.piece_id, "ada", second="ben", reason="A court order.")
    with both.database.read() as db:
        kept = [row for row in db.exec(select(Blob.data)) if row and b"heron for me" in row]
    assert kept, "it is there, and private"
    for asked in ("heron", str(piece.piece_id), piece.text_sha256, "opus"):
        assert names(both, asked) == [], asked


def test_results_come_in_pages_newest_first(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "A_PAGE", 2)
    for title in "ABCDE":
        a_piece(both, "A heron.\n", title=title)
    pages, before = [], finding.NEWEST
    with both.database.read() as db:
        while True:
            results = find(db, "heron", before=before)
            pages.append([row.name for row in results.rows])
            if results.before is None:
                break
            before = results.before
    assert pages == [["E", "D"], ["C", "B"], ["A"]]


def test_works_of_before_are_taken_in_bit_by_bit(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    for title in "ABC":
        a_piece(both, "A heron.\n", title=title)
    erased = a_piece(both, "A heron.\n", title="D")
    actions.erase(both, erased.piece_id, "ada", second="ben", reason="A court order.")
    with both.database.write() as db:
        archive.forget(db, [1, 2, 3])
    with both.database.read() as db:
        assert archive.unindexed(db) == 3
    monkeypatch.setattr(archive, "AT_ONCE", 2)
    done = archive.catch_up(both, 0)
    assert (done, names(both, "heron")) == (2, ["B", "A"])
    assert archive.catch_up(both, done) == 4
    assert archive.catch_up(both, 4) == 4
    assert names(both, "heron") == ["C", "B", "A"]
    with both.database.read() as db:
        assert archive.unindexed(db) == 0


def test_the_page_says_what_became_of_each_and_where_a_word_stands(ada: Browser, outlet: Outlet) -> None:
    revision = a_piece(outlet, "There was a <b>heron</b> in the mud.\n", title="Low water", form="essay")
    publishes(outlet, revision)
    words = ada.words("/search?q=heron")
    assert "Low water Claude Opus There was a <b>heron</b> in the mud. essay, public; piece 1, revision 1" in words
    assert "Whatever became of it" in ada.words("/search")
    assert "Nothing was found for “submarine”" in ada.words("/search?q=submarine")
    with outlet.database.write() as db:
        archive.forget(db, [revision.id])
    assert "1 text cannot be found by its words yet" in ada.words("/search?q=heron")
    assert ada.get("/search?q=%00").status_code in {200, 400}
    for odd in ("%22%27*:(", "a" * 5_000, "NEAR(a b)", "%F0%9F%99%82"):
        assert ada.get(f"/search?q={odd}").status_code == 200
    assert ada.get("/search?q=a&before=x").status_code == 404


def test_a_stranger_finds_nothing(stranger: Browser, outlet: Outlet) -> None:
    a_piece(outlet, "A heron.\n")
    answer = stranger.get("/search?q=heron")
    assert (answer.status_code, "heron" in answer.text.lower()) == (303, False)
