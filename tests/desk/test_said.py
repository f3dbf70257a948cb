"""A transcript as a page folds it: what is masked says why, and what a page cannot hold is written out."""

from typing import Any

import pytest

from agent.desk.shown.said import ALOUD, BESIDE, NOT_TEXT, THOUGHT, UNDECIDED, WHY, Line, Said, Shown, said, stretches
from agent.masking import OPEN
from agent.outlet import Block
from agent.record import canonical, sha256
from agent.tables import Role, Turn
from agent.testing import NOON
from agent.write import archive, drafting, notebook, reading, standing, wishes

MASK = "[private: 12 characters]"


def a_turn(number: int, role: Role, blocks: list[Block], **facts: Any) -> tuple[Turn, list[Block]]:
    digest = sha256(canonical(blocks))
    return Turn(id=number, session_id=1, number=number, role=role, blob_id=1, sha256=digest, at=NOON, **facts), blocks


def read(*blocks: Block, role: Role = Role.AUTHOR, has_tools: bool = True, masked: bool = True) -> Said:
    return said([a_turn(2, role, list(blocks))], entries={}, has_tools=has_tools, masked=masked)[0]


def only(line: Said) -> Line:
    [found] = line.lines
    return found


def text(words: str) -> Block:
    return {"type": "text", "text": words}


def call(name: str, **given: Any) -> Block:
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": given}


@pytest.mark.parametrize(
    ("block", "role", "has_tools", "why"),
    [
        (text(MASK), Role.AUTHOR, True, ALOUD),
        (text(f"It rained.\n{MASK}"), Role.AUTHOR, False, NOT_TEXT),
        (text(MASK), Role.OUTLET, True, BESIDE),
        ({"type": "thinking", "thinking": MASK}, Role.AUTHOR, True, THOUGHT),
        (call("write_note", text=MASK), Role.AUTHOR, True, WHY["write_note"]),
        (call("keep_private", text=MASK), Role.AUTHOR, True, WHY["keep_private"]),
        (call("submit", text=MASK), Role.AUTHOR, True, WHY["submit"]),
        (call(MASK), Role.AUTHOR, True, UNDECIDED),
        ({"type": "unknown", "block": MASK}, Role.AUTHOR, True, UNDECIDED),
        (text("It rained."), Role.AUTHOR, True, ""),
    ],
)
def test_whatever_is_masked_says_why(block: Block, role: Role, has_tools: bool, why: str) -> None:
    line = only(read(block, role=role, has_tools=has_tools))
    assert line.why == why
    is_masked = [is_mask for _, is_mask in line.words] + [m for *_, full in line.arguments for _, m in full]
    assert any(is_masked) == bool(why)


def test_every_tool_that_is_masked_has_a_reason_of_its_own() -> None:
    families = (archive, drafting, notebook, reading, standing, wishes)
    names = {tool.__name__ for family in families for tool in family.TOOLS}
    assert names == {*OPEN, *WHY}


def test_an_answer_of_a_private_tool_says_why_of_that_tool() -> None:
    turns = [
        a_turn(2, Role.AUTHOR, [call("read_notes")]),
        a_turn(3, Role.OUTLET, [{"type": "tool_result", "tool_use_id": "toolu_1", "content": MASK}]),
    ]
    answer = only(said(turns, entries={}, has_tools=True, masked=True)[1])
    assert (answer.label, answer.why) == ("answered", WHY["read_notes"])


def test_a_call_is_one_line_and_what_is_long_stands_whole_below_it() -> None:
    brief = only(read(call("submit", title="Rain", draft=3)))
    assert [(name, full) for name, _, full in brief.arguments] == [
        ("title", [("Rain", False)]),
        ("draft", [("3", False)]),
    ]
    assert not brief.is_cut
    long = only(read(call("submit", text="word " * 50 + "\nend")))
    assert long.is_cut
    [(_, short, full)] = long.arguments
    assert short[0][0].endswith("…")
    assert full == [("word " * 50 + "\nend", False)]
    broken = only(read({"type": "tool_use", "name": "submit", "input": None, "input_text": '{"title": '}))
    assert broken.arguments[0][0] == "arrived broken"


def test_a_hash_stands_only_where_no_word_is_masked() -> None:
    turn, _ = a_turn(2, Role.AUTHOR, [text("an amber ladder")])
    shown = said([(turn, [text("[private: 15 characters]")])], entries={}, has_tools=True, masked=True)[0]
    assert shown.sha256 == ""
    whole = said([(turn, [text("an amber ladder")])], entries={}, has_tools=True, masked=False)[0]
    assert whole.sha256 == turn.sha256


def test_an_erased_turn_and_the_entries_that_a_turn_showed() -> None:
    turn, _ = a_turn(3, Role.OUTLET, [])
    shown = said([(turn, None)], entries={3: [Shown(7, whole=True)]}, has_tools=True, masked=True)[0]
    assert (shown.raw, shown.sha256, shown.lines, shown.entries) == (None, "", [], [Shown(7, whole=True)])


def test_what_lies_beside_an_invitation_is_folded_and_what_is_asked_is_not() -> None:
    shown = read(text("news " * 100), text("Write? " * 100), role=Role.OUTLET)
    assert [line.folded for line in shown.lines] == [True, False]


def test_signs_that_no_page_can_hold_are_written_out() -> None:
    shown = read(text("a\x00b\x1b[31m \ud800 c"))
    words = "".join(part for part, _ in only(shown).words)
    assert words == "a\\u0000b\\u001b[31m \\ud800 c"
    assert (shown.raw or "").encode()


def test_an_unmasked_transcript_takes_nothing_for_a_mask() -> None:
    assert stretches(f"so {MASK} there") == [("so ", False), (MASK[1:-1], True), (" there", False)]
    assert stretches(f"so {MASK}", masked=False) == [(f"so {MASK}", False)]
    assert only(read(text(MASK), masked=False)).why == ""
