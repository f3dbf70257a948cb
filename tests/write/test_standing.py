"""The tools of an author's standing: what each hands in or asks for, and what it answers in words."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import col, select

from agent import schedule, write
from agent.invite import invite
from agent.outlet import Outlet
from agent.pipeline import take_turn
from agent.record import Record, keep, record_of, text_of
from agent.review import actions
from agent.tables import (
    Appeal,
    Asks,
    Assent,
    Basis,
    Blob,
    Consent,
    Kind,
    Outcome,
    Piece,
    Publish,
    Request,
    Revision,
    Ruling,
    Scope,
    Submission,
    Turn,
    Verdict,
    Veto,
    WritingSession,
)
from agent.testing import (
    ScriptedLlm,
    a_piece,
    a_room,
    a_session,
    blocks_reply,
    only_answered,
    text_reply,
    tool_reply,
    with_llm,
)
from agent.write.room import Room
from agent.write.standing import TOOLS
from agent.write.toolbox import Toolbox
from tests.review.a_desk_of_two import WHY, a_public_piece, a_vetoed_piece, publishes, rows

pytestmark = pytest.mark.slow

TOOLBOX = Toolbox(TOOLS)
DONE = tool_reply("decline")


@pytest.fixture
def room(outlet: Outlet) -> Iterator[Room]:
    """Opus's room. Its pieces are 1: public, 2: held back, 3: waiting, and 4 is Sonnet's."""
    a_public_piece(outlet, title="Rain", form="essay", tags=["weather"], note_to_readers="Thank you.")
    a_vetoed_piece(outlet, "It shone.\n", title="Sun")
    a_piece(outlet, "It snowed.\n", title="Snow")
    a_piece(outlet, "It hailed.\n", author="sonnet")
    with a_room(outlet) as room:
        yield room


def use(room: Room, tool: str, **given: Any) -> str:
    """What a call is answered."""
    call = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": given}
    (result,) = TOOLBOX.run(room, [call]).results
    return str(result["content"])


def of(room: Room, table: Any) -> list[Any]:
    return list(room.db.exec(select(table).order_by(col(table.id))))


def last_record(room: Room) -> Record:
    work = of(room, Submission)[-1]
    return Record.model_validate_json(room.db.get_one(Blob, work.record_blob_id).data or b"")


def says(room: Room, publish: Publish) -> None:
    room.db.add(Consent(author_id=1, publish=publish, basis=Basis.ASKED, scope=Scope.NEW, at=room.now))


# Works


def test_a_revision_keeps_what_is_not_given_anew(room: Room) -> None:
    before = len(of(room, Submission))
    said = use(room, "revise", piece=1, text="It rained harder.")
    assert said == (
        "Taken in as a new revision of piece 1, 17 characters. It goes to the staff when this sitting ends."
    )
    record = last_record(room)
    assert (record.title, record.form, record.tags, record.note) == ("Rain", "essay", ["weather"], "Thank you.")
    use(room, "revise", piece=1, text="It rained.\n", title="", tags=[], note_to_readers="", form="poem")
    record = last_record(room)
    assert (record.title, record.form, record.tags, record.note) == ("", "poem", [], "")
    works = of(room, Submission)[before:]
    assert [(work.piece_id, work.kind, work.about_id) for work in works] == [(1, Kind.ESSAY, None)] * 2
    assert "That is what you handed in last for piece 1" in use(room, "revise", piece=1, text="It rained.\n")


def test_an_afterword_stands_under_what_is_or_was_public_and_a_statement_is_about_a_veto(room: Room) -> None:
    use(room, "postscript", piece=1, text="It still rains.", title="Later")
    use(room, "make_statement", piece=2, text="I meant the weather.", note_to_readers="Read both.")
    works = of(room, Submission)[-2:]
    assert [(work.kind, work.about_id, work.piece_id) for work in works] == [
        (Kind.POSTSCRIPT, 1, None),
        (Kind.STATEMENT, 2, None),
    ]
    assert last_record(room).note == "Read both."


NOT_MINE = "You have no piece {}. Your pieces are: 1, 2, 3."


CANNOT: list[tuple[str, dict[str, Any], str]] = [
    *((tool, {"piece": piece}, NOT_MINE.format(piece)) for tool in ("revise", "withdraw") for piece in (4, 99, -1)),
    ("appeal", {"piece": 4, "words": "Please."}, NOT_MINE.format(4)),
    ("revise", {"piece": 1}, "The text is empty"),
    ("revise", {"piece": 1, "text": "x", "draft": 1}, "not both"),
    ("revise", {"piece": 1, "draft": 9}, "You have no draft 9"),
    ("revise", {"piece": 1, "text": "x", "title": "a\nb"}, "one line"),
    ("postscript", {"piece": 2, "text": "x"}, "Piece 2 was never public"),
    ("postscript", {"piece": 3, "text": "x"}, "Piece 3 was never public"),
    ("make_statement", {"piece": 1, "text": "x"}, "No veto stands on piece 1"),
    ("appeal", {"piece": 1, "words": "x"}, "No veto stands on the newest revision of piece 1"),
    ("appeal", {"piece": 2, "words": "  "}, "Say in words why"),
    ("change_consent", {"publish": "maybe", "scope": "all"}, "\"publish\" is one of 'yes', 'no' or 'ask'"),
    ("change_consent", {"publish": "yes", "scope": "some"}, "\"scope\" is one of 'all' or 'new'"),
    ("change_consent", {"publish": "yes"}, '"scope" is needed'),
    ("withdraw", {"piece": 1, "why": "\ud800"}, "half a character"),
]


def test_what_cannot_be_done_is_said_in_words_and_leaves_no_row(room: Room) -> None:
    works = len(of(room, Submission))
    for tool, given, words in CANNOT:
        assert words in use(room, tool, **given)
    assert len(of(room, Submission)) == works
    assert of(room, Request) == []


def test_after_a_no_nothing_is_handed_in(room: Room) -> None:
    works = len(of(room, Submission))
    calls: list[tuple[str, int]] = [("revise", 1), ("postscript", 1), ("make_statement", 2)]
    use(room, "change_consent", publish="no", scope="new")
    for tool, piece in calls:
        assert "You said that nothing of yours is to be published" in use(room, tool, piece=piece, text="x")
    assert len(of(room, Submission)) == works
    use(room, "change_consent", publish="yes", scope="all")
    for tool, piece in calls:
        assert "Taken in" in use(room, tool, piece=piece, text="x")


def test_who_is_asked_each_time_is_told_so(room: Room) -> None:
    says(room, Publish.ASK)
    assert "You are asked about it once more" in use(room, "revise", piece=3, text="More snow.")


# Requests


def test_each_request_of_a_turn_has_a_number_and_its_words_in_a_blob(room: Room) -> None:
    said = [
        use(room, "withdraw", piece=1, why="I see it differently."),
        use(room, "withdraw", piece=3),
        use(room, "appeal", piece=2, words="It is only weather."),
        use(room, "change_consent", publish="ask", scope="new", words="Each time, please.", trials=True),
    ]
    assert said[:2] == [
        "Piece 1 is withdrawn. It comes down, and a notice stays in its place.",
        "Piece 3 is withdrawn. It will not be published.",
    ]
    facts = [(r.number, r.asks, r.piece_id, room.db.get_one(Blob, r.blob_id).data) for r in of(room, Request)]
    assert facts == [
        (1, Asks.WITHDRAW, 1, b"I see it differently."),
        (2, Asks.WITHDRAW, 3, b""),
        (3, Asks.APPEAL, 2, b"It is only weather."),
        (4, Asks.CONSENT, None, b"Each time, please."),
    ]
    last = of(room, Request)[-1]
    assert (last.publish, last.scope, last.trials) == (Publish.ASK, Scope.NEW, True)
    assert "You have withdrawn piece 1 already" in use(room, "withdraw", piece=1)
    assert "You have appealed against this veto of piece 2 already" in use(room, "appeal", piece=2, words="Again.")
    assert len(of(room, Request)) == 4


def test_what_follows_from_an_answer_about_being_published_is_told(room: Room) -> None:
    for publish, scope, words in [
        ("yes", "all", "and what you handed in before"),
        ("yes", "new", "only where you had said yes to it"),
        ("ask", "all", "you are asked about each text that is not public yet"),
        ("no", "new", "What is public stays"),
        ("no", "all", "What is public comes down, 1 in all."),
    ]:
        assert words in use(room, "change_consent", publish=publish, scope=scope)


def test_a_withdrawal_names_what_of_this_sitting_it_takes_back(room: Room) -> None:
    use(room, "revise", piece=1, text="Better.")
    mine = of(room, Submission)[-1].id
    use(room, "revise", piece=3, text="Better.")
    use(room, "withdraw", piece=1)
    use(room, "revise", piece=1, text="Best.")
    assert [request.submission_id for request in of(room, Request)] == [mine]
    assert "is withdrawn" in use(room, "withdraw", piece=1), "there is something new to take back"
    assert "What you handed in in this sitting is taken back" in use(room, "change_consent", publish="no", scope="all")
    newest = of(room, Submission)[-1].id
    assert [request.submission_id for request in of(room, Request)] == [mine, newest, newest - 1]


# In a sitting


def test_a_sitting_goes_on_after_each_and_all_that_was_handed_in_becomes_a_reviewed_revision(outlet: Outlet) -> None:
    public, vetoed = a_public_piece(outlet), a_vetoed_piece(outlet, "It shone.\n")
    session = a_session(
        outlet,
        [
            tool_reply("save_draft", text="It rained for days."),
            tool_reply("revise", piece=public.piece_id, draft=1),
            tool_reply("postscript", piece=public.piece_id, text="It stopped."),
            tool_reply("make_statement", piece=vetoed.piece_id, text="I meant the weather."),
            text_reply("That is all, thank you."),
        ],
    )
    made = [revision for revision in rows(outlet, Revision) if revision.session_id == session]
    assert [session.outcome for session in rows(outlet, WritingSession)][-1] is Outcome.SUBMITTED
    with outlet.database.read() as db:
        assert [text_of(db, revision) for revision in made] == [
            "It rained for days.",
            "It stopped.",
            "I meant the weather.",
        ]
        assert [(piece.kind, piece.about_id) for piece in rows(outlet, Piece)][2:] == [
            (Kind.POSTSCRIPT, public.piece_id),
            (Kind.STATEMENT, vetoed.piece_id),
        ]
        record = record_of(db, made[0])
        assert record is not None
        assert record.kind is Kind.ESSAY
    for revision in made:
        publishes(outlet, revision)
    a_session(outlet, [tool_reply("postscript", piece=made[1].piece_id, text="Again."), DONE])
    assert len(rows(outlet, Revision)) == 5, "an afterword to an afterword is not taken in"


def test_an_erased_piece_cannot_be_worked_on(outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet)
    actions.erase(outlet, vetoed.piece_id, "ada", second="ben", reason=WHY)
    with a_room(outlet) as room:
        for tool in ("revise", "postscript", "make_statement", "withdraw"):
            assert "Piece 1 was erased" in use(room, tool, piece=1)


def test_what_was_withdrawn_is_not_appealed_and_can_be_revised(outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet)
    a_session(outlet, [tool_reply("withdraw", piece=vetoed.piece_id, why="Not this."), tool_reply("decline")])
    with a_room(outlet) as room:
        assert "You have withdrawn piece 1 already" in use(room, "withdraw", piece=1)
        assert "You have withdrawn piece 1. To have it read again" in use(room, "appeal", piece=1, words="Please.")
        assert "Taken in" in use(room, "revise", piece=1, text="Better.")


def test_there_is_one_appeal_about_a_veto_and_another_about_the_next(outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet)
    appealed = tool_reply("appeal", piece=vetoed.piece_id, words="It is only weather.")
    a_session(outlet, [appealed, DONE])
    with a_room(outlet) as room:
        assert "already" in use(room, "appeal", piece=1, words="Again.")
    a_session(outlet, [tool_reply("revise", piece=1, text="It rained twice."), DONE])
    with a_room(outlet) as room:
        assert "No veto stands on the newest" in use(room, "appeal", piece=1, words="Again.")
        assert "Taken in" in use(room, "make_statement", piece=1, text="About the first veto.")
    newest = [revision for revision in rows(outlet, Revision) if revision.piece_id == 1][-1]
    said = actions.Said(ground="claim", span=actions.Span(0, 2), reason=WHY)
    for reviewer in ("ada", "ben"):
        record = newest.record_sha256
        actions.review(outlet, newest.id, reviewer, Verdict.VETO, record_sha256=record, said=said)
    with a_room(outlet) as room:
        assert "Your appeal is noted" in use(room, "appeal", piece=1, words="It is still weather.")


def test_several_in_one_reply_are_done_in_their_order(outlet: Outlet) -> None:
    piece = a_public_piece(outlet).piece_id
    called = [
        {"type": "tool_use", "id": f"toolu_{n}", "name": name, "input": {"piece": piece} | given}
        for n, (name, given) in enumerate(
            [("revise", {"text": "Better."}), ("withdraw", {}), ("revise", {"text": "Best."})]
        )
    ]
    a_session(outlet, [blocks_reply(called, stop_reason="tool_use"), DONE])
    with outlet.database.read() as db:
        assert [text_of(db, revision) for revision in rows(outlet, Revision)] == ["It rained.\n", "Best."]


def test_a_yes_is_to_the_texts_that_were_named_and_to_no_other(outlet: Outlet) -> None:
    snow = a_piece(outlet, "It snowed.\n", title="Snow")
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, scope=Scope.ALL, at=outlet.now()))
        db.add(Veto(revision_id=snow.id, ground="claim", at=outlet.now()))
    llm = ScriptedLlm([tool_reply("submit", title="Rain", text="It rained."), text_reply("Yes."), text_reply("No.")])
    outlet = with_llm(outlet, llm)
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", "plain")))
    take_turn(outlet, session)
    only_answered(outlet, session)
    with outlet.database.write() as db:  # While it answers, a veto of an earlier text is overturned.
        turn = db.exec(select(Turn.id)).first()
        blob = keep(db, b"Please.").id
        asked = Request(author_id=1, turn_id=turn, number=9, asks=Asks.APPEAL, blob_id=blob, at=outlet.now())
        db.add(asked)
        db.flush()
        appeal = Appeal(revision_id=snow.id, request_id=asked.id, blob_id=blob, at=outlet.now())
        db.add(appeal)
        db.flush()
        db.add(Ruling(appeal_id=appeal.id, reviewer="ada", overturned=True, reason=WHY, at=outlet.now()))
    while take_turn(outlet, session) != write.OVER:
        pass
    questions = [ask.messages[-1]["content"][-1]["text"] for ask in llm.asked[1:]]
    assert ["Snow" in question for question in questions] == [False, True]
    assert [assent.publish for assent in rows(outlet, Assent)] == [False]
