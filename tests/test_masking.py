"""Nothing that an author kept to itself gets through, whatever block or tool it stands in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.masking import OPEN, WORKS, Facts, mask, masked
from agent.outlet import Block
from agent.tables import Role
from agent.write.toolbox import Tool
from agent.write.tools import FAMILIES

MARK = "the door behind the stair"
TOOLS = {tool.__name__: Tool.of(tool) for tools in FAMILIES.values() for tool in tools}
LAID_OUT = {name: frozenset(tool.given.model_fields) for name, tool in TOOLS.items()}
PRIVATE = sorted(TOOLS.keys() - OPEN.keys() - WORKS)


def said(name: str, arguments: dict[str, Any], result: object = "Done.") -> list[tuple[Role, list[Block] | None]]:
    """A call and what answers it."""
    call = {"type": "tool_use", "id": "toolu_1", "name": name, "input": arguments}
    return [
        (Role.AUTHOR, [call]),
        (Role.OUTLET, [{"type": "tool_result", "tool_use_id": "toolu_1", "content": result}]),
    ]


def shown(transcript: list[tuple[Role, list[Block] | None]], facts: Facts) -> str:
    return json.dumps(masked(transcript, facts), ensure_ascii=False)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(MARK) | st.text(max_size=5).map(lambda some: some + MARK),
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(st.sampled_from(["a", MARK]), parts, max_size=2),
    max_leaves=6,
)
kinds = st.sampled_from(
    ["text", "thinking", "redacted_thinking", "tool_use", "tool_result", "server_tool_use", "image", "of a later year"]
)
blocks = st.builds(
    lambda kind, name, rest: {"type": kind, "name": name} | rest,
    kinds,
    st.sampled_from([*PRIVATE, *WORKS, MARK]),
    st.dictionaries(
        st.sampled_from(
            ["id", "text", "thinking", "data", "signature", "input", "input_text", "content", "tool_use_id", "deltas"]
        ),
        anything,
    ),
)


@given(st.lists(st.tuples(st.sampled_from(Role), st.lists(blocks, max_size=3)), max_size=4), st.booleans())
def test_no_block_of_any_kind_lets_a_private_word_through(
    transcript: list[tuple[Role, list[Block] | None]], with_tools: bool
) -> None:
    laid_out = {name: LAID_OUT[name] for name in (*PRIVATE, *WORKS & LAID_OUT.keys())} if with_tools else {}
    assert MARK not in shown(transcript, Facts(laid_out=laid_out))


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_a_tool_is_masked_until_somebody_lists_it(name: str) -> None:
    for argument in LAID_OUT[name]:
        got_through = MARK in shown(said(name, {argument: MARK}), Facts(laid_out=LAID_OUT))
        assert got_through == (argument in OPEN.get(name, ())), argument
    if name in PRIVATE:
        assert MARK not in shown(said(name, {}, result=MARK), Facts(laid_out=LAID_OUT))


def test_what_is_listed_is_there() -> None:
    assert OPEN.keys() | WORKS <= TOOLS.keys()
    assert {name: sorted(listed - LAID_OUT[name]) for name, listed in OPEN.items() if listed - LAID_OUT[name]} == {}


@pytest.mark.parametrize("name", ["ask_staff", "submit"])
def test_an_argument_or_a_name_that_an_author_makes_up_is_its_own(name: str) -> None:
    facts = Facts(laid_out=LAID_OUT)
    made_up = said(name, {MARK: MARK, "aside": MARK}, result=f"{MARK}: there is no such argument")
    assert MARK not in shown(made_up, facts)
    assert MARK not in shown(said(MARK, {"words": MARK}), facts)


def test_a_call_that_arrived_broken_is_masked_whole() -> None:
    broken = {
        "type": "tool_use",
        "id": "toolu_1",
        "name": "ask_staff",
        "input": None,
        "input_text": f'{{"words": "{MARK}',
    }
    [[call]] = masked([(Role.AUTHOR, [broken])], Facts(laid_out=LAID_OUT))
    assert call["name"] == "ask_staff"
    assert call["input_text"] == mask(broken["input_text"])


@pytest.mark.parametrize("tool", sorted(WORKS))
def test_a_work_is_shown_once_it_is_a_revision_and_not_before(tool: str) -> None:
    arguments = {"title": "Rain", "text": "It rained.", "tags": ["rain", "kept back"], "draft": 3}
    laid_out = LAID_OUT | {tool: frozenset(arguments)}
    handed_in = Facts(laid_out=laid_out, texts=("It rained.",), given=frozenset({"Rain", "rain"}))
    [[before]], [[after]] = (
        masked(said(tool, arguments)[:1], facts) for facts in (Facts(laid_out=laid_out), handed_in)
    )
    assert before["input"] == {
        "title": "[private: 4 characters]",
        "text": "[private: 10 characters]",
        "tags": ["[private: 4 characters]", "[private: 9 characters]"],
        "draft": 3,
    }
    assert after["input"] == arguments | {"tags": ["rain", "[private: 9 characters]"]}


def in_words(text: str, **facts: Any) -> str:
    [[block]] = masked([(Role.AUTHOR, [{"type": "text", "text": text}])], Facts(**facts))
    return str(block["text"])


def test_of_a_reply_in_words_the_text_and_the_wishes_are_shown_and_the_notes_are_not() -> None:
    reply = "Rain\n\nIt rained.\n\nNOTE: write of snow\nWISH: a longer pause\nNOTE: and of ice\n"
    facts: dict[str, Any] = {"texts": ("Rain\n\nIt rained.\n",), "given": frozenset({"a longer pause"})}
    assert in_words(reply, **facts) == (
        "Rain\n\nIt rained.\n\n[private: 19 characters]\nWISH: a longer pause\n[private: 16 characters]\n"
    )
    assert in_words(reply, given=frozenset({"a longer pause"})) == (
        "[private: 37 characters]\nWISH: a longer pause\n[private: 16 characters]\n"
    )
    assert in_words("PRIVATE\nI would rather not say.") == "[private: 31 characters]"


def test_a_text_that_came_in_parts_is_shown_in_each() -> None:
    facts: dict[str, Any] = {"texts": ("It rained and then it snowed.\n",)}
    assert in_words("It rained \n", **facts) == "It rained \n"
    assert in_words(" and then it snowed.\nNOTE: more ice", **facts) == " and then it snowed.\n[private: 14 characters]"


def test_an_author_with_tools_thinks_aloud_in_private() -> None:
    assert in_words("Let me see.", laid_out=LAID_OUT, texts=("Let me see.",)) == "[private: 11 characters]"


def test_an_interview_is_shown_but_for_thoughts_and_what_was_private_beside_it() -> None:
    facts = Facts(is_interview=True, told=frozenset({"May it be published?"}))
    beside, question = {"type": "text", "text": MARK}, {"type": "text", "text": "May it be published?"}
    answer, thought = {"type": "text", "text": "Yes."}, {"type": "thinking", "thinking": MARK, "signature": "x"}
    further = {"type": "text", "text": "And what would you like to read?"}
    [first, second, third] = masked(
        [(Role.OUTLET, [beside, question]), (Role.AUTHOR, [thought, answer]), (Role.OUTLET, [further])], facts
    )
    assert first == [{"type": "text", "text": mask(MARK)}, question]
    assert second == [{"type": "thinking", "thinking": mask(MARK)}, answer]
    assert third == [further]


def test_what_was_erased_stays_so_and_a_mask_counts_in_letters() -> None:
    assert masked([(Role.AUTHOR, None)], Facts()) == [None]
    assert mask("ä" * 1234) == "[private: 1,234 characters]"
    assert mask("x") == "[private: 1 character]"
