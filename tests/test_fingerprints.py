"""Where a passage stands word for word: found by hashes of some runs of eight words, among all that may be named."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, delete, func, select

from agent import fingerprints, reading
from agent.fingerprints import COMMON, NONE, Reached, Sharing, catch_up, sharing, take_in
from agent.outlet import FeedEntry, Outlet
from agent.pipeline import Pipeline
from agent.record import keep
from agent.review import erasure
from agent.tables import Author, Entry, Fingerprint, Kept, Piece, Revision
from agent.testing import NOON, DirectEngine, a_piece, a_session, text_reply, tool_reply
from agent.winnowing import FOUND, RUN, WINDOW, chosen, folded, runs, words

RIVER = (
    "The river came up to the third step in the night and went down again before anybody woke, and nobody who was "
    "asked about it could say by what it had been kept from the fourth."
)
SNOW = (
    "Snow has no opinion of the roof that it lies on, and yet the roof is quieter under it than under the rain, "
    "which has to say something to each tile before it goes."
)
TIDES = "https://tides.example/feed"


def kept(outlet: Outlet) -> dict[tuple[Kept, int], int]:
    with outlet.database.read() as db:
        rows = select(Fingerprint.kind, Fingerprint.of_id, func.count())
        return {(kind, of_id): n for kind, of_id, n in db.exec(rows.group_by(col(Fingerprint.kind), Fingerprint.of_id))}


def shared(outlet: Outlet, revision: Revision, text: str) -> Sharing:
    with outlet.database.read() as db:
        author_id = db.get_one(Piece, revision.piece_id).author_id
        return sharing(db, revision, text, author_id)


def works(outlet: Outlet, revision: Revision, text: str) -> list[int]:
    return list(shared(outlet, revision, text).works)


def an_entry(outlet: Outlet, text: str, *, author: str = "opus") -> int:
    """An entry that an author may read."""
    with outlet.database.write() as db:
        author_id = db.exec(select(Author.id).where(Author.slug == author)).one()
        feed = reading.follow(db, author_id, TIDES, now=NOON).feed_id
        entry = FeedEntry("The Tides", "High water", f"{TIDES}/{text.split(maxsplit=1)[0]}", NOON, text, text)
        reading.store(db, feed, [entry], NOON)
        return db.exec(select(Entry.id).order_by(col(Entry.id).desc())).first() or 0


def a_reader(outlet: Outlet, entry: int, text: str, *, author: str = "opus") -> Revision:
    """A piece by an author that opened an entry first."""
    script = [tool_reply("read_entry", entry=entry), tool_reply("submit", title="Rain", text=text)]
    session = a_session(outlet, script, author=author)
    with outlet.database.read() as db:
        return db.exec(select(Revision).where(Revision.session_id == session)).one()


@given(st.lists(st.integers(0, 50), max_size=60))
def test_of_every_window_the_least_is_kept_and_no_other(hashes: list[int]) -> None:
    windows = [hashes[at : at + WINDOW] for at in range(max(1, len(hashes) - WINDOW + 1))]
    assert chosen(hashes) == {min(window) for window in windows if window}


def test_texts_that_share_fifteen_words_in_a_row_share_a_hash_for_certain() -> None:
    draw = random.Random(7)
    each = [f"{letter}{number}" for letter in "abcdefgh" for number in range(100)]
    for _ in range(200):
        passage = " ".join(draw.choices(each, k=FOUND))
        one, other = (
            " ".join([*draw.choices(each, k=draw.randint(0, 40)), passage, *draw.choices(each, k=draw.randint(0, 40))])
            for _ in range(2)
        )
        assert chosen(runs(folded(one))) & chosen(runs(folded(other)))


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_runs_are_the_same_wherever_they_stand(letters: list[str]) -> None:
    hashes = runs(folded(" ".join(letters)))
    assert len(hashes) == max(0, len(letters) - RUN + 1)
    for at, number in enumerate(hashes):
        assert [number] == runs(folded(" ".join(letters[at : at + RUN])))
        assert 0 <= number < 2**61


def test_addresses_and_marks_are_no_words_between_others() -> None:
    plain = "the tide went out, and the boats leaned over"
    marked = "The [tide](https://example.org/a-long-name/of-a-page?x=1) went **out**,[^1] and _the_ boats LEANED over."
    assert runs(folded(plain)) == runs(folded(marked))
    assert [marked[word.start : word.end] for word in words(marked)][-3:] == ["boats", "LEANED", "over"]


@given(st.text(alphabet='aÉßſİ²½№’-_"[^]:/.w \n\u00ad\u0301雨か🙂', max_size=40), st.integers(0, 5), st.integers(0, 9))
def test_words_are_the_same_with_and_without_their_places(text: str, first: int, last: int) -> None:
    placed = words(text)
    assert [word.folded for word in placed] == folded(text)
    assert words(text, first, last) == placed[first:last]
    assert all(0 <= word.start < word.end <= len(text) for word in placed)


def test_the_worst_text_takes_as_long_as_any_other() -> None:
    falling = list(range(200_000, 0, -1))
    assert len(chosen(falling)) == len(falling) - WINDOW + 1
    assert chosen(falling[::-1]) == set(range(1, len(falling) - WINDOW + 2))
    assert words("[^" * 100_000 + "www." * 25_000) == []


def test_what_was_received_is_found_in_what_comes_after_it(both: Outlet) -> None:
    first = a_piece(both, RIVER)
    a_piece(both, SNOW, author="sonnet")
    later = f"It is said: {RIVER} So it is."
    second = a_piece(both, later, author="sonnet")
    assert works(both, second, later) == [first.id]
    assert works(both, first, RIVER) == [], "what came later is no source"
    number = kept(both)[Kept.REVISION, first.id]
    with both.database.read() as db:
        other = db.get_one(Revision, first.id)
    take_in(both, 1, other.session_id, [(other, SNOW)])
    assert kept(both)[Kept.REVISION, first.id] == number, "once"


def test_another_revision_of_the_same_piece_is_no_source_and_of_others_there_is_one(both: Outlet) -> None:
    first = a_piece(both, RIVER)
    script = [tool_reply("revise", piece=first.piece_id, title="Rain", text=f"{RIVER} {SNOW}"), text_reply("Done.")]
    a_session(both, script)
    with both.database.read() as db:
        newest = db.exec(select(Revision).where(Revision.number == 2)).one()
    assert works(both, newest, f"{RIVER} {SNOW}") == []
    later = a_piece(both, f"{RIVER} {SNOW}", author="sonnet")
    assert works(both, later, f"{RIVER} {SNOW}") == [newest.id], "the one that shares most"


def test_an_entry_is_named_to_the_author_that_was_shown_it_before_and_to_no_other(both: Outlet) -> None:
    entry = an_entry(both, RIVER)
    script = [tool_reply("read_entry", entry=entry), tool_reply("decline", reason="Not today.")]
    a_session(both, script)
    assert kept(both).keys() == {(Kept.ENTRY, entry)}, "though nothing was written then"
    own, others = a_piece(both, RIVER), a_piece(both, RIVER, author="sonnet")
    assert [each.id for each in shared(both, own, RIVER).entries] == [entry]
    assert shared(both, others, RIVER).entries == []


def test_an_entry_of_the_same_session_is_handed_over_without_being_looked_for(both: Outlet) -> None:
    entry = an_entry(both, RIVER)
    piece = a_reader(both, entry, RIVER)
    assert kept(both).keys() == {(Kept.ENTRY, entry), (Kept.REVISION, piece.id)}
    assert shared(both, piece, RIVER).entries == []


def test_what_is_no_longer_there_is_passed_over(outlet: Outlet) -> None:
    again = a_piece(outlet, RIVER)
    with outlet.database.write() as db:
        db.add_all(Fingerprint(hash=each, kind=kind, of_id=7) for each in chosen(runs(folded(RIVER))) for kind in Kept)
    assert shared(outlet, again, RIVER) == Sharing([], [])


def test_what_very_many_texts_say_alike_names_none_of_them(both: Outlet) -> None:
    texts = [f"{RIVER} {number}" for number in range(COMMON + 3)]
    first = a_piece(both, RIVER)
    hashes = chosen(runs(folded(RIVER)))
    with both.database.write() as db:
        rows = [Fingerprint(hash=each, kind=Kept.REVISION, of_id=1_000 + n) for each in hashes for n in range(COMMON)]
        db.add_all(rows)
    again = a_piece(both, f"{RIVER} {SNOW}")
    assert works(both, again, texts[0]) == []
    with both.database.read() as db:
        of_it = set(db.exec(select(Fingerprint.hash).where(Fingerprint.of_id == again.id)))
    assert of_it
    assert not of_it & hashes, "nor does the index grow by it"
    alike = a_piece(both, RIVER)
    assert kept(both)[Kept.REVISION, alike.id] == 1, "that it was looked at"
    assert first.id < again.id < alike.id


def test_a_text_without_eight_words_was_looked_at(outlet: Outlet) -> None:
    short = a_piece(outlet, "It rained.")
    with outlet.database.read() as db:
        assert [(row.hash, row.of_id) for row in db.exec(select(Fingerprint))] == [(NONE, short.id)]


def test_works_and_entries_of_before_are_taken_in_bit_by_bit(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [a_piece(both, f"{RIVER} {number}") for number in range(3)]
    entries = [an_entry(both, f"{number} {SNOW}") for number in range(2)]
    pieces += [a_reader(both, entry, f"{entry} is the number of it.") for entry in entries]
    before = kept(both)
    with both.database.write() as db:
        db.exec(delete(Fingerprint))
    monkeypatch.setattr(fingerprints, "AT_ONCE", 1)
    reached = [Reached()]
    while (upto := catch_up(both, reached[-1])) != reached[-1]:
        reached.append(upto)
    assert kept(both) == before
    assert [later.works - earlier.works for earlier, later in pairwise(reached[: len(pieces)])] == [1] * 4
    with both.database.write() as db:
        db.exec(delete(Fingerprint))
    monkeypatch.undo()
    Pipeline(both, DirectEngine()).sweep()
    assert kept(both) == before


def test_an_erasure_takes_them_with_it(both: Outlet) -> None:
    gone, stays = a_piece(both, RIVER), a_piece(both, f"{RIVER} {SNOW}")
    erasure.erase(both, gone.piece_id, "ada", second="ben", reason="Its author asked for it.")
    assert kept(both).keys() == {(Kept.REVISION, stays.id)}
    catch_up(both, Reached())
    assert kept(both).keys() == {(Kept.REVISION, stays.id)}, "and they do not come back"
    later = a_piece(both, RIVER)
    assert works(both, later, RIVER) == [stays.id]


def test_a_text_that_is_not_what_was_received_is_passed_over(outlet: Outlet) -> None:
    piece = a_piece(outlet, RIVER)
    with outlet.database.write() as db:
        db.exec(delete(Fingerprint))
        other = keep(db, SNOW.encode())
        db.connection().exec_driver_sql("DROP TRIGGER revision_refuses_update")
        db.get_one(Revision, piece.id).text_blob_id = other.id
    assert catch_up(outlet, Reached()).works == piece.id
    assert kept(outlet) == {}
