"""Functions as tools: what the author reads, and how a bad call is answered in words."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from agent.outlet import Block, Outlet
from agent.record import record_of, text_of
from agent.tables import Blob, Draft, Family, Outcome, Revision, Submission
from agent.testing import a_room, a_session, tool_reply
from agent.write import drafting
from agent.write.ending import Ending, Work
from agent.write.room import CannotDo, Room
from agent.write.toolbox import Done, Toolbox
from agent.write.tools import laid_out

TOOLBOX = Toolbox(drafting.TOOLS)


def look_up(room: Room, word: str, times: int = 1) -> str:
    """Look a word up."""
    if word == "half":
        room.submit(Work("half done"))
    if word in {"nothing", "half"}:
        raise CannotDo("There is nothing.")
    return f"{word} " * times


@pytest.fixture
def room(outlet: Outlet) -> Iterator[Room]:
    with a_room(outlet) as room:
        yield room


WITH_LOOK_UP = Toolbox([look_up, *drafting.TOOLS])


def call(tool: str, given: Any, number: int = 1) -> Block:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": tool, "input": given}


def test_a_tool_is_described_by_its_signature_and_docstring() -> None:
    assert Toolbox([look_up]).schemas == [
        {
            "name": "look_up",
            "description": "Look a word up.",
            "input_schema": {
                "type": "object",
                "properties": {
                    "word": {"title": "Word", "type": "string"},
                    "times": {"title": "Times", "type": "integer", "default": 1},
                },
                "required": ["word"],
                "additionalProperties": False,
            },
        }
    ]


def test_every_tool_speaks_to_the_author_and_nothing_about_money_or_budgets_is_told() -> None:
    tools = laid_out(Family).schemas
    assert [tool["name"] for tool in tools if len(tool["description"]) < 40] == []
    told = str(tools).lower()
    assert [word for word in ("budget", "token", "cost", "attempt", "$") if word in told] == []


def test_whoever_is_invited_can_submit_ask_and_answer() -> None:
    least = {tool["name"] for tool in laid_out(()).schemas}
    assert {"submit", "keep_private", "decline", "ask_staff", "rest_until", "withdraw", "appeal"} <= least
    assert not {"read_notes", "search_pieces", "read_entry"} & least


def test_declining_needs_no_reason(room: Room) -> None:
    assert TOOLBOX.run(room, [call("decline", {})]) == Done([], Ending(Outcome.DECLINED, "the author declined"))


def test_what_is_submitted_is_exactly_what_was_given(outlet: Outlet) -> None:
    given = {"title": " Rain ", "text": "  a\r\n", "form": "poem ", "tags": ["x"], "note_to_readers": "\n"}
    a_session(outlet, [tool_reply("submit", **given)])
    with outlet.database.read() as db:
        revision = db.exec(select(Revision)).one()
        record = record_of(db, revision)
        assert text_of(db, revision) == "  a\r\n"
    assert record is not None
    assert (record.title, record.form, record.tags, record.note) == (" Rain ", "poem ", ["x"], "\n")


@pytest.mark.parametrize(("tool", "given"), [("decline", {"reason": "tired"}), ("keep_private", {"text": "secret"})])
def test_private_words_leave_no_trace_in_the_ending(room: Room, tool: str, given: dict[str, str]) -> None:
    ending = TOOLBOX.run(room, [call(tool, given)]).ending
    assert ending is not None
    assert next(iter(given.values())) not in ending.why


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("publish", {}, "no tool of that name. There are: save_draft, read_draft, submit"),
        ("submit", "title: Rain", "arrived broken"),
        ("submit", None, "arrived broken"),
        ("submit", {"title": "Rain"}, "The text is empty"),
        ("submit", {"title": "Rain", "text": "x", "draft": 1}, "either the text or the number of a draft"),
        ("submit", {"title": "Rain", "draft": 7}, "You have no draft 7"),
        ("submit", {"title": 7, "text": "x"}, '"title" is a text'),
        ("save_draft", {"text": " "}, "nothing was saved"),
        ("decline", {"why": "x"}, "The arguments of decline are: reason"),
        ("submit", {"title": "Rain", "text": "x", "tags": "wet"}, "tags"),
        ("submit", {"title": "Rain", "text": "x", "price": 1}, '"price" is no argument of this tool'),
        ("submit", {"title": "Rain", "text": " \n"}, "The text is empty"),
        ("submit", {"title": "a\nb", "text": "x"}, "one line"),
        ("submit", {"title": "x" * 301, "text": "x"}, "at most 300"),
        ("submit", {"title": "\ud800", "text": "x"}, "title holds half a character"),
        ("submit", {"title": "Rain", "text": "x\udfff"}, "text holds half a character"),
        ("submit", {"title": "Rain", "text": "x", "tags": ["ok", "\ud800"]}, "tags holds half a character"),
        (
            "submit",
            {"title": "Rain", "text": "x", "note_to_readers": "\ud800"},
            "note_to_readers holds half a character",
        ),
    ],
)
def test_a_call_that_cannot_be_done_is_answered_in_words(room: Room, tool: str, given: Any, said: str) -> None:
    (result,) = TOOLBOX.run(room, [call(tool, given)]).results
    assert said in result["content"]
    assert (result["type"], result["tool_use_id"], result["is_error"]) == ("tool_result", "toolu_1", True)


def test_every_call_of_a_turn_is_answered_in_order(room: Room) -> None:
    calls = [call("look_up", {"word": "rain"}, 1), call("look_up", {"word": "nothing"}, 2), call("read", {}, 3)]
    said = WITH_LOOK_UP.run(room, [{"type": "text", "text": "Let me see."}, *calls])
    assert said.ending is None
    assert [(r["tool_use_id"], r["content"].split()[0], "is_error" in r) for r in said.results] == [
        ("toolu_1", "rain", False),
        ("toolu_2", "There", True),
        ("toolu_3", "There", True),
    ]


def test_a_call_that_fails_half_way_leaves_no_row_and_the_others_theirs(room: Room) -> None:
    WITH_LOOK_UP.run(room, [call("save_draft", {"text": "a"}), call("look_up", {"word": "half"})])
    assert room.db.exec(select(Submission)).all() == []
    assert len(room.db.exec(select(Draft)).all()) == 1


def test_the_first_call_that_ends_the_sitting_is_the_last_that_runs(room: Room) -> None:
    calls = [
        call("submit", {"title": "", "text": ""}, 1),
        call("decline", {}, 2),
        call("submit", {"title": "", "text": "x"}, 3),
    ]
    done = TOOLBOX.run(room, calls)
    assert done.ending is not None
    assert done.ending.outcome is Outcome.DECLINED
    assert [result["tool_use_id"] for result in done.results] == ["toolu_1"]
    assert room.db.exec(select(Submission)).all() == []


def test_words_alone_call_nothing(room: Room) -> None:
    said = [{"type": "text", "text": "submit()"}, {"type": "thinking", "thinking": "decline"}]
    assert TOOLBOX.run(room, said) == Done([])


def test_a_draft_grows_is_read_again_and_is_submitted_as_it_stands(room: Room) -> None:
    def said(tool: str, **given: Any) -> str:
        return str(TOOLBOX.run(room, [call(tool, given)]).results[0]["content"])

    assert said("save_draft", text="It rai") == "Saved as draft 1, 6 characters."
    assert said("save_draft", text="ned.", draft=1, at_end=True) == "Saved as draft 1, 10 characters."
    assert said("save_draft", text="Another.") == "Saved as draft 2, 8 characters."
    assert said("read_draft", draft=1) == "It rained."
    assert "Draft 1" in said("read_draft")
    done = TOOLBOX.run(room, [call("submit", {"title": "Rain", "draft": 1})])
    assert done.ending is not None
    submission = room.db.exec(select(Submission)).one()
    assert room.db.get_one(Blob, submission.text_blob_id).data == b"It rained."


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    max_leaves=5,
)
parts = st.sampled_from(
    ["title", "text", "form", "tags", "note_to_readers", "reason", "draft", "piece", "words", "other"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tool=st.sampled_from(sorted(laid_out(Family).tools)), given=anything | st.dictionaries(parts, anything, max_size=4)
)
def test_no_input_breaks_a_tool(room: Room, tool: str, given: Any) -> None:
    done = laid_out(Family).run(room, [call(tool, given)])
    assert done.ending is not None or done.results[0]["content"]
