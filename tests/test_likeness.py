"""Texts that are nearly the same are found by hashes of their runs of five words, and compared by the words."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlmodel import col, delete, func, select

from agent import likeness
from agent.likeness import KEPT, TOO_SHORT, Likeness, alike, catch_up, marked, sketch
from agent.outlet import Outlet
from agent.pipeline import Pipeline
from agent.review import erasure
from agent.tables import Piece, Revision, Shingle
from agent.testing import DirectEngine, a_piece, a_session, text_reply, tool_reply

RIVER = (
    "The river came up to the third step in the night and went down again before anybody woke. I was told of it "
    "in the morning by three people who did not agree on the hour, and by the step, which was wet."
)
MANY = 10_000
SNOW = "Snow has no opinion of the roof that it lies on, and yet the roof is quieter under it than under the rain."


def about(outlet: Outlet, revision: Revision) -> Likeness:
    with outlet.database.read() as db:
        return alike(db, revision)


def shingles(outlet: Outlet) -> dict[int, int]:
    with outlet.database.read() as db:
        return dict(db.exec(select(Shingle.revision_id, func.count()).group_by(col(Shingle.revision_id))).all())


def test_a_near_copy_is_found_with_what_it_shares_exactly(both: Outlet) -> None:
    first = a_piece(both, RIVER)
    a_piece(both, SNOW, author="sonnet")
    near = a_piece(both, RIVER.replace("three people", "two people"), author="sonnet")
    found = about(both, near)
    runs = len(RIVER.split()) - 4
    assert (found.runs, found.too_short) == (runs, False)
    [other] = found.alike
    assert (other.revision.id, other.runs, other.same) == (first.id, runs, False)
    assert other.common == runs - 5, "five runs hold the word that is another"


def test_case_diacritics_and_signs_make_no_other_text(outlet: Outlet) -> None:
    first = a_piece(outlet, RIVER)
    again = a_piece(outlet, f"“{RIVER.upper().replace(',', ' —')}”\n".replace("NIGHT", "NÍGHT"))
    [found] = about(outlet, again).alike
    assert (found.revision.id, found.common) == (first.id, found.runs)
    assert not found.same


def test_an_earlier_revision_of_the_same_piece_is_no_duplicate(both: Outlet) -> None:
    first = a_piece(both, RIVER)
    a_session(
        both, [tool_reply("revise", piece=first.piece_id, title="Rain", text=f"{RIVER} {SNOW}"), text_reply("Done.")]
    )
    other = a_piece(both, f"{SNOW} {RIVER}", author="sonnet")
    with both.database.read() as db:
        newest = db.exec(select(Revision).where(Revision.number == 2)).one()
    assert [found.revision.id for found in about(both, newest).alike] == [other.id]
    assert [found.revision.id for found in about(both, other).alike] == [newest.id], "of one piece, the nearest"


def test_of_a_text_without_five_words_only_the_same_bytes_are_found(both: Outlet) -> None:
    first, other = a_piece(both, "It rained."), a_piece(both, "It snowed.")
    again = a_piece(both, "It rained.")
    found = about(both, again)
    assert found.too_short
    assert [(each.revision.id, each.same) for each in found.alike] == [(first.id, True)]
    assert about(both, other).alike == []


def test_a_received_work_has_its_sketch_once(both: Outlet) -> None:
    long, short = a_piece(both, f"{RIVER} {SNOW}"), a_piece(both, "It rained.")
    assert shingles(both) == {long.id: KEPT, short.id: 1}
    likeness.take_in(both, 1, long, "Other words than those that were taken in before these.")
    assert shingles(both) == {long.id: KEPT, short.id: 1}


def test_works_of_before_get_theirs_bit_by_bit_while_the_sweep_goes_on(both: Outlet) -> None:
    works = [a_piece(both, f"{RIVER} {number}") for number in range(3)]
    with both.database.write() as db:
        db.exec(delete(Shingle))
    assert about(both, works[0]).alike == []
    Pipeline(both, DirectEngine()).sweep()
    assert shingles(both).keys() == {work.id for work in works}
    assert len(about(both, works[0]).alike) == 2
    with both.database.read() as db:
        newest = db.exec(select(func.max(Revision.id))).one()
    assert newest is not None
    assert catch_up(both, 0) == newest
    assert catch_up(both, newest) == newest


def test_a_catching_up_stops_where_it_has_done_enough(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    works = [a_piece(outlet, f"{RIVER} {number}") for number in range(5)]
    with outlet.database.write() as db:
        db.exec(delete(Shingle))
    monkeypatch.setattr(likeness, "AT_ONCE", 2)
    reached = [0]
    while (upto := catch_up(outlet, reached[-1])) != reached[-1]:
        reached.append(upto)
    assert shingles(outlet).keys() == {work.id for work in works}
    assert all(later - earlier <= 2 for earlier, later in pairwise(reached))


def test_an_erasure_takes_the_sketch_with_it(both: Outlet) -> None:
    gone, stays = a_piece(both, RIVER), a_piece(both, RIVER)
    erasure.erase(both, gone.piece_id, "ada", second="ben", reason="Its author asked for it.")
    assert shingles(both).keys() == {stays.id}
    assert catch_up(both, 0) == stays.id
    assert shingles(both).keys() == {stays.id}, "and it does not come back"
    assert about(both, stays).alike == []
    assert about(both, gone) == Likeness(0, [])


def test_what_two_texts_share_is_marked_in_both(outlet: Outlet) -> None:
    parts = marked(f"A title.\n\n{RIVER}\n\nThe end of it.", f"Something else. {RIVER} {SNOW}")
    assert [(part.text, part.common) for part in parts] == [
        ("A title.\n\n", False),
        (RIVER.rstrip("."), True),
        (".\n\nThe end of it.", False),
    ]
    assert [part.common for part in marked("Nothing in common at all here.", SNOW)] == [False]
    assert marked("", RIVER) == []


@given(st.text(alphabet="ab \n.", max_size=60), st.text(alphabet="ab \n.", max_size=60))
def test_no_letter_is_lost_in_marking(text: str, other: str) -> None:
    parts = marked(text, other)
    assert "".join(part.text for part in parts) == text
    assert all(part.text for part in parts)
    assert all(left.common != right.common for left, right in pairwise(parts))


def test_texts_with_a_third_in_common_share_a_hash() -> None:
    draw = random.Random(7)
    words = [f"{letter}{number}" for letter in "abcdefgh" for number in range(100)]
    for _ in range(100):
        shared = " ".join(draw.choices(words, k=300))
        one, other = (f"{shared} {' '.join(draw.choices(words, k=300))}" for _ in range(2))
        assert set(sketch(one)) & set(sketch(other))
    assert sketch("only four words here") == [TOO_SHORT]


@pytest.mark.slow
def test_a_manner_of_speaking_that_ever_so_many_share_slows_nothing(both: Outlet) -> None:
    first = a_piece(both, RIVER)
    near = a_piece(both, f"{RIVER} And then it was day.")
    draw = random.Random(7)
    common = min(sketch(RIVER))
    facts = first.model_dump(exclude={"id", "piece_id", "text_sha256"})
    rows = [
        facts | {"id": 1_000 + at, "piece_id": near.piece_id, "number": 2 + at, "text_sha256": ""} for at in range(MANY)
    ]
    hashes = [{"revision_id": row["id"], "hash": number} for row in rows for number in (common, draw.getrandbits(63))]
    with both.database.write() as db:
        piece = db.get_one(Piece, first.piece_id).model_dump()
        db.connection().execute(insert(Piece), [piece | {"id": row["id"]} for row in rows])
        db.connection().execute(insert(Revision), rows)
        db.connection().execute(insert(Shingle), hashes)
    began = time.perf_counter()
    found = about(both, near)
    took = time.perf_counter() - began
    assert [each.revision.id for each in found.alike] == [first.id]
    assert took < 1.0, f"{took:.3f} s"
