"""The words of an author's pieces, found again: the same answers on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select, update

from agent.archive import BESIDE, WORD, WORDS, forget, passage, search, words_of
from agent.outlet import Outlet
from agent.record import Record, keep, sha256
from agent.tables import Blob, Erasure, Kind, Piece, Revision, Turn
from agent.testing import NOON, a_session, tool_reply

OPUS, SONNET = 1, 2
ODD = "aAzZéÉßſİıΣς1²½Ⅳ№ﬁ'’-_\"*|&!:() \n\u00ad\u0301\u200d雨春がかカﾊﾟｶ한ัिकกَةЙй𠮷🙂"
TEXTS = st.one_of(
    st.text(alphabet=ODD, max_size=12),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.lists(st.sampled_from(["rain", "Rain,", "snow", "AND", "NEAR(", "rain*", "'snow'", "naïve", "雨雪"])).map(
        " ".join
    ),
)
REVISION = st.tuples(st.sampled_from([OPUS, SONNET]), st.booleans(), TEXTS)
"""Whose it is, whether it revises the newest piece of that author, and its text."""


class Shelf:
    """Pieces that are put there without a sitting, for an author to search."""

    def __init__(self, db: Session) -> None:
        self.db = db
        self.turn = db.exec(select(Turn).order_by(col(Turn.id))).all()[0]

    def add(self, author: int, text: str, *, revises: bool = False, title: str = "") -> Revision:
        """Add a piece of an author, or revise its newest."""
        newest = select(Piece).where(Piece.author_id == author).order_by(col(Piece.id).desc())
        piece = self.db.exec(newest).first() if revises else None
        if piece is None:
            piece = Piece(author_id=author, kind=Kind.ESSAY, at=NOON)
            self.db.add(piece)
            self.db.flush()
        number = len(self.db.exec(select(Revision.id).where(Revision.piece_id == piece.id)).all()) + 1
        blob = keep(self.db, text.encode())
        record = keep(self.db, Record(text_sha256=blob.sha256, kind=Kind.ESSAY, title=title).bytes)
        revision = Revision(
            piece_id=piece.id,
            number=number,
            session_id=self.turn.session_id,
            turn_id=self.turn.id,
            text_blob_id=blob.id,
            record_blob_id=record.id,
            text_sha256=blob.sha256,
            record_sha256=record.sha256,
            with_form=True,
            stop_reason="",
            at=NOON,
        )
        self.db.add(revision)
        self.db.flush()
        return revision

    def found(self, author: int, query: str, limit: int = 50) -> list[int]:
        return [revision.id for revision in search(self.db, author, query, limit)]


@contextmanager
def a_shelf(outlet: Outlet) -> Iterator[Shelf]:
    """An empty one, in a transaction that is undone."""
    with outlet.database.read() as db:
        begun = db.exec(select(Turn.id)).first() is not None
    if not begun:
        a_session(outlet, [tool_reply("decline")])
    with outlet.database.write() as db:
        yield Shelf(db)
        db.rollback()


def test_words_are_compared_without_case_and_diacritics() -> None:
    assert words_of("Don’t STOP: naïve Straße e\u0301te\u0301, co\u00adop m² ½") == [
        *("don", "t", "stop", "naive", "strasse", "ete", "coop", "m2", "1", "2")
    ]
    assert words_of("ΣΊΣΥΦΟΣ Σίσυφος") == ["σισυφοσ"] * 2
    assert words_of("雨がABC 春、한국어 हिन्दी") == ["雨", "か", "abc", "春", *words_of("한국어"), *words_of("हिन्दी")]
    assert len(words_of("한국어 हिन्दी")) == 2


@given(TEXTS, TEXTS)
def test_folding_does_not_depend_on_what_stands_beside(one: str, other: str) -> None:
    assert words_of(f"{one} {other}") == words_of(one) + words_of(other)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(revisions=st.lists(REVISION, max_size=6), query=TEXTS, limit=st.integers(1, 4))
def test_a_search_finds_what_a_plain_look_at_every_word_finds(
    both: Outlet, revisions: list[tuple[int, bool, str]], query: str, limit: int
) -> None:
    with a_shelf(both) as shelf:
        added = [(author, shelf.add(author, text, revises=revises), text) for author, revises, text in revisions]
        for searcher in (OPUS, SONNET):
            plainly: dict[int, int] = {}
            for author, revision, text in added:
                if author == searcher and words_of(query) and set(words_of(query)) <= set(words_of(text)):
                    plainly[revision.piece_id] = max(revision.id, plainly.get(revision.piece_id, 0))
            assert shelf.found(searcher, query, limit) == sorted(plainly.values(), reverse=True)[:limit]


def test_the_newest_revision_with_all_the_words_is_found_of_each_piece(both: Outlet) -> None:
    with a_shelf(both) as shelf:
        first = shelf.add(OPUS, "The heron stood still.")
        assert shelf.found(OPUS, "heron") == [first.id]
        second = shelf.add(OPUS, "The heron flew.", revises=True)
        other = shelf.add(OPUS, "No bird.", title="A Heron")
        assert shelf.found(OPUS, "HÉRON") == [other.id, second.id], "the index takes in what came since"
        assert shelf.found(OPUS, "still heron") == [first.id]
        assert shelf.found(OPUS, "heron crane") == shelf.found(OPUS, " … ") == shelf.found(SONNET, "heron") == []


@pytest.mark.slow
def test_long_words_long_queries_and_long_texts_are_no_fault(both: Outlet) -> None:
    with a_shelf(both) as shelf:
        long = shelf.add(OPUS, "x" * 70_000 + " " + " ".join(f"word{n}" for n in range(120_000)))
        ideographs = "".join(chr(0x4E00 + n) for n in range(300))
        chinese = shelf.add(OPUS, ideographs)
        assert shelf.found(OPUS, "x" * 80_000) == [long.id], f"of a word {WORD} letters count"
        assert shelf.found(OPUS, "word7 word700") == [long.id]
        assert shelf.found(OPUS, ideographs[::-1]) == [chinese.id]
        assert shelf.found(OPUS, "word119999") == [], f"of one piece {WORDS:,} bytes of words count"


def test_what_was_erased_is_not_found_and_not_taken_in_again(both: Outlet) -> None:
    with a_shelf(both) as shelf:
        gone, stays = shelf.add(OPUS, "A heron."), shelf.add(OPUS, "Another heron.")
        assert shelf.found(OPUS, "heron") == [stays.id, gone.id]
        for blob in (gone.text_blob_id, gone.record_blob_id):
            shelf.db.add(Erasure(blob_id=blob, actor="ada, ben", reason="A right.", at=NOON))
        shelf.db.flush()
        emptied = col(Blob.id).in_([gone.text_blob_id, gone.record_blob_id])
        shelf.db.exec(update(Blob).where(emptied).values(data=None, salt=None))
        assert shelf.found(OPUS, "heron") == [stays.id]
        forget(shelf.db, [gone.id])
        assert shelf.found(OPUS, "heron") == [stays.id]


def test_a_forgotten_word_stands_in_no_byte_of_the_database_file(outlet: Outlet) -> None:
    a_session(outlet, [tool_reply("decline")])
    made: list[Revision] = []
    # The text holds capitals and the index small letters. What two words begin with stands there once.
    words = [sha256(bytes([number])) for number in range(60)]
    ends = [word[8:].encode() for word in words]
    for day in range(12):  # The words of each day make a part of the index, or are merged into an older one.
        with outlet.database.write() as db:
            shelf = Shelf(db)
            made += [shelf.add(OPUS, f"{words[n].upper()} and {n} more") for n in range(5 * day, 5 * day + 5)]
            assert shelf.found(OPUS, words[5 * day]) == [made[5 * day].id]
    assert all(end in bytes_of(outlet) for end in ends)
    forgotten = {0, 29, 31, 59}
    with outlet.database.write() as db:
        forget(db, [made[number].id for number in forgotten])
    assert {number for number, end in enumerate(ends) if end not in bytes_of(outlet)} == forgotten


def bytes_of(outlet: Outlet) -> bytes:
    """Everything in the database's files, once the log is written back as after an erasure."""
    outlet.database.forget()
    file = Path(outlet.database.url.removeprefix("sqlite:///"))
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("The heron came.", "HERON", "The heron came."),
        ("Nothing of it.", "heron", "Nothing of it."),
        ("", "heron", ""),
        ("One.\n\nTwo   herons.", "herons", "One. Two herons."),
        ("far " * 50 + "the heron" + " away" * 50, "heron", f"… {'far ' * 21}the heron{' away' * 17} …"),
        ("雨" * 200 + "春" + "雪" * 200, "春", f"… {'雨' * BESIDE}春{'雪' * BESIDE} …"),
    ],
)
def test_a_passage_shows_the_first_word_that_was_found_between_its_neighbours(
    text: str, query: str, shown: str
) -> None:
    assert passage(text, query) == shown
