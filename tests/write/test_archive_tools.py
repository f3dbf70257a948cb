"""The archive: an author finds its own pieces, how each stands, and nothing of another's."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, SQLModel, select

from agent.outlet import Outlet
from agent.record import keep
from agent.tables import (
    Appeal,
    Asks,
    Assent,
    Author,
    Basis,
    Blob,
    Consent,
    Copy,
    Erasure,
    Kind,
    Outcome,
    Piece,
    Publication,
    Publish,
    Request,
    Revision,
    Ruling,
    Turn,
    Veto,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)
from agent.testing import NOON, a_piece, a_room, a_session, text_reply, tool_reply
from agent.write.archive import PIECES_AT_ONCE, list_pieces, read_piece, search_pieces
from agent.write.ending import Work
from agent.write.room import CannotDo, Room
from agent.write.toolbox import Toolbox

pytestmark = pytest.mark.slow


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything here holds on SQLite and on PostgreSQL."""
    return both


def add(outlet: Outlet, *rows: SQLModel) -> None:
    with outlet.database.write() as db:
        for row in rows:
            db.add(row)
            db.flush()


def said(outlet: Outlet, tool: Callable[..., str], *given: object, author: str = "opus") -> str:
    """What an author is answered, a no included, in a sitting in which it has handed nothing in."""
    its = select(Author, WritingSession, Turn).select_from(WritingSession)
    its = its.join(Author, Author.id == WritingSession.author_id).join(Turn, Turn.session_id == WritingSession.id)
    its = its.where(Author.slug == author, WritingSession.outcome == Outcome.DECLINED)
    with outlet.database.read() as db:
        is_known = db.exec(its).first() is not None
    if not is_known:
        a_session(outlet, [tool_reply("decline") if author == "opus" else text_reply("DECLINE")], author=author)
    with outlet.database.write() as db:
        row, session, turn = db.exec(its).all()[-1]
        try:
            return tool(Room(db, row, session, turn, outlet.settings.author(author), outlet.now()), *given)
        except CannotDo as no:
            return f"No: {no}"


def publication(piece: Revision) -> Publication:
    return Publication(piece_id=piece.piece_id, revision_id=piece.id, path="pieces/1", reviewers=1, at=NOON)


def veto(piece: Revision) -> Veto:
    return Veto(revision_id=piece.id, ground="claim", at=NOON)


def withdrawal(piece: Revision, by: WithdrawnBy, **facts: int) -> Withdrawal:
    return Withdrawal(piece_id=piece.piece_id, by=by, actor="ada", ground="law", reason="A law.", at=NOON, **facts)


def consent(publish: Publish) -> Consent:
    return Consent(author_id=1, publish=publish, basis=Basis.DECLARED, words="Said so.", at=NOON)


def yes(piece: Revision) -> Assent:
    return Assent(revision_id=piece.id, turn_id=piece.turn_id, publish=True, at=NOON)


def no(piece: Revision) -> Assent:
    return Assent(revision_id=piece.id, turn_id=piece.turn_id, publish=False, at=NOON)


def appeal(outlet: Outlet, piece: Revision, number: int, *, overturned: bool | None) -> None:
    """An appeal against a veto of a piece, and a ruling on it, if there is one."""
    with outlet.database.write() as db:
        blob = keep(db, b"I did not say that.")
        request = Request(author_id=1, turn_id=piece.turn_id, number=number, asks=Asks.APPEAL, blob_id=blob.id, at=NOON)
        db.add(request)
        db.flush()
        made = Appeal(revision_id=piece.id, request_id=request.id, blob_id=blob.id, at=NOON)
        db.add(made)
        db.flush()
        if overturned is not None:
            db.add(Ruling(appeal_id=made.id, reviewer="ben", overturned=overturned, reason="So.", at=NOON))


def test_a_piece_is_listed_with_what_it_is_and_read_exactly_as_it_was_given(outlet: Outlet) -> None:
    a_piece(outlet, "It rained.\n\n  Twice. ", title="Rain", form="poem", tags=["a", "b"], note_to_readers="Short.")
    assert said(outlet, list_pieces) == 'Piece 1, 2026-11-01: poem, "Rain": waiting for review.'
    assert said(outlet, read_piece, 1) == (
        'Piece 1, revision 1 of 1, 2026-11-01: essay, "Rain"\nForm: poem\nTags: a, b\nNote to readers: Short.\n'
        "How it stands: waiting for review.\nThe text, 21 characters:\n\nIt rained.\n\n  Twice. "
    )


def a_copy(db: Session, piece: Revision) -> Revision:
    """A further piece, like that one."""
    another = Piece(author_id=1, kind=Kind.ESSAY, at=NOON)
    db.add(another)
    db.flush()
    revision = Revision(**piece.model_dump(exclude={"id"}) | {"piece_id": another.id})
    db.add(revision)
    db.flush()
    return revision


def how_each_stands(outlet: Outlet, *rows: tuple[Callable[[Revision], SQLModel], ...]) -> list[str]:
    """What is said of one piece after another, of which each has rows of its own."""
    first = a_piece(outlet)
    said(outlet, list_pieces)  # Later on it would be asked about these very texts.
    with outlet.database.write() as db:
        pieces = [first, *(a_copy(db, first) for _ in rows[1:])]
    add(outlet, *(row(piece) for piece, of_piece in zip(pieces, rows, strict=True) for row in of_piece))
    return [line.split('"Rain": ')[1] for line in said(outlet, list_pieces).splitlines()]


def test_it_is_told_how_a_piece_stands(outlet: Outlet) -> None:
    assert how_each_stands(
        outlet,
        (),
        (publication,),
        (publication, lambda p: withdrawal(p, WithdrawnBy.AUTHOR)),
        (lambda p: withdrawal(p, WithdrawnBy.AUTHOR),),
        (publication, lambda p: withdrawal(p, WithdrawnBy.URGENT)),
        (publication, lambda p: withdrawal(p, WithdrawnBy.STAFF)),
        (veto,),
        (veto, lambda p: withdrawal(p, WithdrawnBy.AUTHOR)),
    ) == [
        "waiting for review.",
        "published on 2026-11-01.",
        "withdrawn by you on 2026-11-01.",
        "withdrawn by you on 2026-11-01.",
        "taken down by staff on 2026-11-01 (ground: law).",
        "published on 2026-11-01.",  # A second person has not agreed.
        "not published: vetoed on 2026-11-01 (ground: claim).",
        "not published: vetoed on 2026-11-01 (ground: claim).",
    ]


def test_it_is_told_what_waits_for_its_word_and_what_it_did_not_agree_to(outlet: Outlet) -> None:
    assert how_each_stands(outlet, (lambda _: consent(Publish.ASK),), (yes,), (no,), (publication,)) == [
        "waiting for your word on whether it may be published.",
        "waiting for review.",
        "not published: asked about this text, you did not say yes.",
        "published on 2026-11-01.",
    ]
    add(outlet, consent(Publish.NO))
    assert said(outlet, list_pieces).count("not published, as you said.") == 2


def test_it_is_told_what_became_of_an_appeal(outlet: Outlet) -> None:
    first = a_piece(outlet)
    with outlet.database.write() as db:
        pieces = [first, a_copy(db, first), a_copy(db, first)]
    add(outlet, *map(veto, pieces))
    for number, (piece, overturned) in enumerate(zip(pieces, (None, False, True), strict=True), 1):
        appeal(outlet, piece, number, overturned=overturned)
    vetoed = "not published: vetoed on 2026-11-01 (ground: claim)"
    assert [line.split('"Rain": ')[1] for line in said(outlet, list_pieces).splitlines()] == [
        f"{vetoed}; your appeal waits for its answer.",
        f"{vetoed}; you appealed, and the veto was upheld.",
        "waiting for review again, because you appealed and the veto was overturned.",
    ]


def revise(outlet: Outlet, piece: Revision, text: str) -> None:
    """A further revision of a piece, as its author would hand it in."""
    with outlet.database.write() as db:
        blob = keep(db, text.encode())
        facts = piece.model_dump(exclude={"id"}) | {"number": piece.number + 1, "text_blob_id": blob.id}
        db.add(Revision(**facts))


def test_every_revision_can_be_read_and_the_newest_is_what_is_meant(outlet: Outlet) -> None:
    first = a_piece(outlet, "The heron stood.")
    add(outlet, publication(first))
    revise(outlet, first, "The crane stood.")
    assert said(outlet, read_piece, 1).endswith("\n\nThe crane stood.")
    assert said(outlet, read_piece, 1, 1).endswith("\n\nThe heron stood.")
    assert said(outlet, read_piece, 1, 3) == "No: Piece 1 has no revision 3. Its newest is revision 2."
    assert said(outlet, list_pieces) == (
        'Piece 1, revision 2, 2026-11-01: essay, "Rain": waiting for review; revision 1 is published.'
    )
    assert said(outlet, search_pieces, "heron") == 'Piece 1, revision 1 of 2, 2026-11-01: "Rain"\nThe heron stood.'
    add(outlet, withdrawal(first, WithdrawnBy.AUTHOR, upto=1))
    assert said(outlet, list_pieces).endswith('"Rain": waiting for review.')


def test_nothing_of_another_author_can_be_reached(outlet: Outlet) -> None:
    theirs = a_piece(outlet, "A secret heron.", author="sonnet")
    add(outlet, publication(theirs))
    own = a_piece(outlet, "Mine.", title="Title")
    assert own.piece_id == 2
    for number in (theirs.piece_id, 999, -1):
        assert said(outlet, read_piece, number) == (
            f"No: You have no piece {number}. Use list_pieces to see which you have."
        )
    assert said(outlet, list_pieces) == 'Piece 2, 2026-11-01: essay, "Title": waiting for review.'
    assert "secret" in said(outlet, search_pieces, "heron", author="sonnet"), "it is in the index"
    assert said(outlet, search_pieces, "heron") == "None of your pieces holds all of these words."
    assert "secret" not in said(outlet, search_pieces, "title")


def test_a_search_shows_a_passage_of_each_piece_the_newest_first(outlet: Outlet) -> None:
    a_piece(outlet, "far " * 40 + "a Héron came" + " away" * 40, title="Birds")
    a_piece(outlet, "# Of herons\n\nNo heron here.", title="")
    assert said(outlet, search_pieces, "HERON") == (
        'Piece 2, 2026-11-01: "Of herons"\n# Of herons No heron here.\n\n'
        f'Piece 1, 2026-11-01: "Birds"\n… {"far " * 21}a Héron came{" away" * 16} …'
    )
    assert said(outlet, search_pieces, "heron crane") == "None of your pieces holds all of these words."
    assert said(outlet, search_pieces, " … ").startswith("No: There is no word in that.")
    assert said(outlet, search_pieces, "x" * 400).startswith("No: That is too long to search for.")


def test_many_pieces_are_listed_from_the_newest_a_part_at_a_time(outlet: Outlet) -> None:
    piece = a_piece(outlet)
    with outlet.database.write() as db:
        for _ in range(PIECES_AT_ONCE):
            a_copy(db, piece)
    newest = said(outlet, list_pieces).splitlines()
    assert newest[0] == "There are older ones. To see them, give 2 as before."
    assert [line.split(",")[0] for line in newest[1:]] == [f"Piece {n}" for n in range(2, PIECES_AT_ONCE + 2)]
    assert said(outlet, list_pieces, 2) == 'Piece 1, 2026-11-01: essay, "Rain": waiting for review.'
    assert said(outlet, list_pieces, 1) == "You have no pieces before 1."


def test_what_is_read_is_noted_as_a_copy_and_what_was_erased_says_so(outlet: Outlet) -> None:
    piece = a_piece(outlet, "A heron.")
    calls = [tool_reply("list_pieces"), tool_reply("search_pieces", words="heron"), tool_reply("read_piece", piece=1)]
    a_session(outlet, [*calls, tool_reply("decline")])
    with outlet.database.write() as db:
        copied = [set(db.exec(select(Copy.of_blob_id).where(Copy.blob_id == blob))) for blob in quoting(db)]
        assert copied[-3:] == [{piece.record_blob_id}, *[{piece.record_blob_id, piece.text_blob_id}] * 2]
        for number in (piece.text_blob_id, piece.record_blob_id):
            db.add(Erasure(blob_id=number, actor="ada, ben", reason="A right.", at=NOON))
            db.flush()
            blob = db.get_one(Blob, number)
            blob.data = blob.salt = None
            db.add(blob)
            db.flush()
    assert said(outlet, list_pieces) == "Piece 1, 2026-11-01: erased."
    assert said(outlet, read_piece, 1) == "No: Piece 1, revision 1, was erased."
    assert said(outlet, search_pieces, "heron") == "None of your pieces holds all of these words."


def quoting(db: Session) -> list[int]:
    """The blobs of the turns that quote others, in order."""
    return sorted(set(db.exec(select(Copy.blob_id))))


def test_what_was_handed_in_in_this_sitting_is_said_to_be_on_its_way(outlet: Outlet) -> None:
    with a_room(outlet) as room:
        assert list_pieces(room) == "You have no pieces."
        room.submit(Work("More.", kind=Kind.POSTSCRIPT))
        assert list_pieces(room) == "Handed in in this sitting, and not yet in the list: 1."


@pytest.mark.parametrize("number", [2**31, -(2**63), 10**30])
def test_a_number_that_no_column_holds_is_answered_in_words(outlet: Outlet, number: int) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "read_piece", "input": {"piece": number}}
    with a_room(outlet) as room:
        (answer,) = Toolbox([read_piece]).run(room, [call]).results
    assert answer["content"] == "The number you gave as piece is too large to stand for anything. Please look again."
