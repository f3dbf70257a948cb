"""Functions as tools: what the author reads, and how a bad call is answered in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.outlet import Block
from agent.tables import Outcome
from agent.write import drafting
from agent.write.ending import Ending, Work
from agent.write.toolbox import CannotDo, Toolbox

TOOLBOX = Toolbox(drafting.TOOLS)


def look_up(word: str, times: int = 1) -> str:
    """Look a word up."""
    if word == "nothing":
        raise CannotDo("There is nothing.")
    return f"{word} " * times


WITH_LOOK_UP = Toolbox([look_up, *drafting.TOOLS])


def call(tool: str, given: Any, number: int = 1) -> Block:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": tool, "input": given}


def answer(box: Toolbox, *calls: Block) -> list[str]:
    said = box.run(calls)
    assert isinstance(said, list)
    return [result["content"] for result in said]


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


def test_three_tools_are_laid_out_and_nothing_about_money_or_budgets_is_told() -> None:
    assert [schema["name"] for schema in TOOLBOX.schemas] == ["submit", "keep_private", "decline"]
    told = str(TOOLBOX.schemas).lower()
    assert [word for word in ("budget", "token", "cost", "attempt", "$") if word in told] == []


def test_declining_needs_no_reason() -> None:
    assert TOOLBOX.run([call("decline", {})]) == Ending(Outcome.DECLINED, "the author declined")


def test_what_is_submitted_is_exactly_what_was_given() -> None:
    given = {"title": " Rain ", "text": "  a\r\n", "form": "poem ", "tags": ["x"], "note_to_readers": "\n"}
    ending = TOOLBOX.run([call("submit", given)])
    assert isinstance(ending, Ending)
    assert ending.work == Work(text="  a\r\n", title=" Rain ", form="poem ", tags=["x"], note="\n")


@pytest.mark.parametrize(("tool", "given"), [("decline", {"reason": "tired"}), ("keep_private", {"text": "secret"})])
def test_private_words_leave_no_trace_in_the_ending(tool: str, given: dict[str, str]) -> None:
    ending = TOOLBOX.run([call(tool, given)])
    assert isinstance(ending, Ending)
    assert ending.work is None
    assert next(iter(given.values())) not in ending.why


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("publish", {}, "no tool of that name. There are: submit, keep_private, decline"),
        ("submit", "title: Rain", "arrived broken"),
        ("submit", None, "arrived broken"),
        ("submit", {"title": "Rain"}, "text: Field required"),
        ("submit", {"title": 7, "text": "x"}, "title: Input should be a valid string"),
        ("submit", {"title": "Rain", "text": "x", "tags": "wet"}, "tags"),
        ("submit", {"title": "Rain", "text": "x", "price": 1}, "price: Extra inputs are not permitted"),
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
def test_a_call_that_cannot_be_done_is_answered_in_words(tool: str, given: Any, said: str) -> None:
    (result,) = TOOLBOX.run([call(tool, given)])  # type: ignore[misc]
    assert said in result["content"]
    assert (result["type"], result["tool_use_id"], result["is_error"]) == ("tool_result", "toolu_1", True)


def test_every_call_of_a_turn_is_answered_in_order() -> None:
    calls = [call("look_up", {"word": "rain"}, 1), call("look_up", {"word": "nothing"}, 2), call("read", {}, 3)]
    said = WITH_LOOK_UP.run([{"type": "text", "text": "Let me see."}, *calls])
    assert isinstance(said, list)
    assert [(r["tool_use_id"], r["content"].split()[0], "is_error" in r) for r in said] == [
        ("toolu_1", "rain", False),
        ("toolu_2", "There", True),
        ("toolu_3", "There", True),
    ]


def test_the_first_call_that_ends_the_sitting_is_the_last_that_runs() -> None:
    calls = [call("submit", {"title": "", "text": ""}), call("decline", {}), call("submit", {"title": "", "text": "x"})]
    ending = TOOLBOX.run(calls)
    assert isinstance(ending, Ending)
    assert ending.outcome is Outcome.DECLINED


def test_words_alone_call_nothing() -> None:
    assert TOOLBOX.run([{"type": "text", "text": "submit()"}, {"type": "thinking", "thinking": "decline"}]) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    max_leaves=5,
)
parts = st.sampled_from(["title", "text", "form", "tags", "note_to_readers", "reason", "other"])


@given(tool=st.sampled_from(["submit", "keep_private", "decline"]), given=anything | st.dictionaries(parts, anything))
def test_no_input_breaks_a_tool(tool: str, given: Any) -> None:
    said = TOOLBOX.run([call(tool, given)])
    assert isinstance(said, Ending) or said[0]["is_error"]
