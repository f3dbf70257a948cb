"""What of a transcript staff may see: what its author gave to others. Everything else of its words is masked.

Pure, and closed by default: a block, a tool or an argument that nothing here names is masked, and so are words
that the rows do not know as handed in. A mask says how long the words are that it stands for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.outlet import Block
from agent.record import canonical
from agent.tables import Role

OPEN: Mapping[str, frozenset[str]] = {
    name: frozenset(arguments)
    for name, arguments in {
        "decline": ["reason"],
        # Reading: what strangers wrote.
        "list_reading": [],
        "read_entry": ["entry"],
        "follow_feed": ["url", "why"],
        "unfollow_feed": ["url"],
        "ask_for_page": ["url", "why"],
        # Wishes: staff read and answer them.
        "set_interest": ["subject"],
        "drop_interest": ["interest"],
        "rest_until": ["date"],
        "change_cadence": ["words"],
        "ask_staff": ["words"],
        # Standing: said to the outlet, which acts on it.
        "withdraw": ["piece", "why"],
        "change_consent": ["publish", "scope", "trials", "words"],
        "appeal": ["piece", "words"],
    }.items()
}
"""Tools that speak to staff, and the arguments that do. Their results are shown, too."""
WORKS = frozenset({"submit", "revise", "postscript", "make_statement"})
"""Tools that hand a work in. Its words are shown once it is a revision: until then its author can still keep it."""
ASIDE = re.compile(r"WISH:[ \t]*(?P<said>.*\S.*)")
"""A line that an author without tools adds for the staff."""
CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

Said = tuple[Role, list[Block] | None]
"""One turn: who speaks, and its blocks; None where they were erased."""


@dataclass(frozen=True)
class Facts:
    """What the rows of one session know. Where a fact is missing, more is masked."""

    is_interview: bool = False
    """Its questions and answers are read by staff, and said to be."""
    laid_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The tools that its author was shown, with their arguments; none for an author without."""
    texts: tuple[str, ...] = ()
    """Texts that were handed in and are revisions now."""
    given: frozenset[str] = frozenset()
    """Whatever else stands in rows of what was handed in: titles, forms, tags, notes to readers, wishes."""
    told: frozenset[str] = frozenset()
    """Texts of the outlet that hold no private word of the author's."""


def masked(transcript: Sequence[Said], facts: Facts) -> list[list[Block] | None]:
    """The blocks of each turn as staff may see them, in order. An erased turn stays None."""
    shown: list[list[Block] | None] = []
    called: dict[str, Block] = {}
    for role, blocks in transcript:
        if blocks is None:
            shown.append(None)
        elif role is Role.AUTHOR:
            shown.append([_of_author(block, facts) for block in blocks])
            called = {str(block.get("id")): block for block in blocks if block.get("type") == "tool_use"}
        else:
            answers = facts.is_interview and bool(shown)
            shown.append([_of_outlet(block, facts, called, is_question=answers) for block in blocks])
    return shown


def mask(value: Any) -> str:
    """What stands in the place of private words."""
    length = len(value) if isinstance(value, str) else len(canonical(value).decode())
    return f"[private: {length:,} character{'' if length == 1 else 's'}]"


def _of_author(block: Block, facts: Facts) -> Block:
    match block:
        case {"type": "text", "text": str(text)}:
            if facts.is_interview:
                return {"type": "text", "text": text}
            return {"type": "text", "text": mask(text) if facts.laid_out else _in_words(text, facts)}
        case {"type": "thinking" | "redacted_thinking" as kind}:
            thought = block.get("thinking") or block.get("data") or ""
            return {"type": kind, "thinking": mask(thought)}
        case {"type": "tool_use"}:
            return _call(block, facts)
        case _:
            return _unknown(block)


def _of_outlet(block: Block, facts: Facts, called: Mapping[str, Block], *, is_question: bool) -> Block:
    match block:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": text if is_question or text in facts.told else mask(text)}
        case {"type": "tool_result"}:
            call_id, content = str(block.get("tool_use_id")), block.get("content")
            is_shown = isinstance(content, str) and _answers_staff(called.get(call_id), facts)
            result = {"type": "tool_result", "tool_use_id": _id(call_id), "content": content}
            result |= {} if is_shown else {"content": mask(content)}
            return result | ({"is_error": True} if block.get("is_error") is True else {})
        case _:
            return _unknown(block)


def _unknown(block: Block) -> Block:
    return {"type": "unknown", "block": mask(block)}


def _answers_staff(call: Block | None, facts: Facts) -> bool:
    """Whether the result of a call may be shown. What could not be done is said in words that may name an
    argument, and a made-up one is the author's."""
    if call is None or not isinstance(call.get("input"), dict):
        return False
    name = str(call.get("name"))
    return name in {*OPEN, *WORKS} and call["input"].keys() <= facts.laid_out.get(name, frozenset())


def _call(block: Block, facts: Facts) -> Block:
    name = block.get("name")
    arguments = facts.laid_out.get(name) if isinstance(name, str) else None
    shown: Block = {"type": "tool_use", "id": _id(block.get("id")), "name": mask(name) if arguments is None else name}
    given = block.get("input")
    if not isinstance(given, dict):
        # It arrived broken: nobody can say which words of it were meant for whom.
        broken = block.get("input_text", given)
        return shown | {"input": None} | ({} if broken is None else {"input_text": mask(broken)})
    known = {key: value for key, value in given.items() if key in (arguments or ())}
    made_up = {key: value for key, value in given.items() if key not in known}
    seen = {key: _argument(str(name), key, value, facts) for key, value in known.items()}
    return shown | {"input": seen | ({"...": mask(made_up)} if made_up else {})}


def _argument(tool: str, argument: str, value: Any, facts: Facts) -> Any:
    if tool in WORKS:
        return _of_work(value, facts)
    if argument in OPEN.get(tool, frozenset()) and not isinstance(value, dict | list):
        return value
    return mask(value)


def _of_work(value: Any, facts: Facts) -> Any:
    """A part of a work that was handed in."""
    if isinstance(value, list):
        return [_of_work(part, facts) for part in value]
    if isinstance(value, str):
        return value if not value or value in facts.given or value in facts.texts else mask(value)
    return mask(value) if isinstance(value, dict) else value


def _in_words(text: str, facts: Facts) -> str:
    """What an author without tools said: the text that it handed in, exactly, and its lines to the staff."""
    if text.strip() and any(text.rstrip() in whole for whole in facts.texts):
        return text
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    handed_in = next((n for n in range(len(lines), 0, -1) if _ends_a_text("".join(lines[:n]), facts)), 0)
    parts = ["".join(lines[:handed_in])]
    private = ""
    for line in lines[handed_in:]:
        aside = ASIDE.fullmatch(line.strip())
        if aside is None or aside["said"] not in facts.given:
            private += line
            continue
        parts += [_masked_lines(private), line]
        private = ""
    return "".join([*parts, _masked_lines(private)])


def _ends_a_text(beginning: str, facts: Facts) -> bool:
    return bool(beginning.strip()) and any(whole.endswith(beginning) for whole in facts.texts)


def _masked_lines(lines: str) -> str:
    """Private lines as one mask; the white space around them is nobody's."""
    if not lines.strip():
        return lines
    before, after = lines[: -len(lines.lstrip())] if lines != lines.lstrip() else "", lines[len(lines.rstrip()) :]
    return before + mask(lines.strip()) + after


def _id(given: object) -> str:
    """The endpoint's name for a call."""
    return given if isinstance(given, str) and CALL_ID.fullmatch(given) else mask(str(given))
