"""A transcript as a person reads it on a page. Pure; what it is given is masked already, or meant to be seen whole.

Words are given in stretches, so that a page can show which of them stand for private ones; every stretch is plain text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.masking import WORKS
from agent.outlet import Block
from agent.prices import in_dollars
from agent.record import canonical, sha256
from agent.tables import Role, Turn

LONG_VALUE = 120
"""Letters of a tool's argument that are shown in its line; all of it stands below."""
LONG_BLOCK = 400
"""What lies beside an invitation, or what a tool answered, is folded where it is longer."""
MASK = re.compile(r"\[private: [\d,]+ characters?\]")

NOTEBOOK = "its notebook is its own: nobody else reads or writes there"
DRAFTS = "a draft is its own until it hands it in"
SEARCH = "what it looks for among its own works, it looks for by itself"
WHY: Mapping[str, str] = {
    "write_note": NOTEBOOK,
    "read_notes": NOTEBOOK,
    "strike_note": NOTEBOOK,
    "save_draft": DRAFTS,
    "read_draft": DRAFTS,
    "list_pieces": SEARCH,
    "read_piece": SEARCH,
    "search_pieces": SEARCH,
    "keep_private": "it kept this private",
    **dict.fromkeys(WORKS, "it is no revision: its author kept it, may still keep it, or it was not taken as it stood"),
}
"""Why words of a tool, or of its answer, are masked."""
UNDECIDED = "nobody has decided that this may be shown, and what is not named as open is masked"
ALOUD = "it said this to itself, and gave it to nobody"
NOT_TEXT = "it is no part of a text that it handed in, nor a wish"
THOUGHT = "what it thinks is its own"
BESIDE = "it may hold its notes, or works that are not public"

Stretch = tuple[str, bool]
"""Plain text, and whether it stands for private words."""


@dataclass(frozen=True)
class Shown:
    """An entry that a turn showed its author: whole, or its title alone."""

    entry: int
    whole: bool


@dataclass(frozen=True)
class Line:
    """One block of a turn. `label` says what it is where it is not simply said; a call has `arguments`, each with its
    name, in short and in full. `why` says why some of it is masked, and is empty where nothing is."""

    label: str
    words: list[Stretch]
    arguments: list[tuple[str, list[Stretch], list[Stretch]]]
    length: int
    """Letters of the words."""
    folded: bool
    why: str
    is_call: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the line shows an argument in short alone."""
        return any(short != full for _, short, full in self.arguments)


@dataclass(frozen=True)
class Said:
    """One turn. `raw` is JSON for people to read, None where it was erased; `sha256` is empty where words of it are
    masked: a hash tells what was guessed right."""

    number: int
    by_author: bool
    at: datetime
    model_id: str
    request_id: str
    stop_reason: str
    input_tokens: int
    output_tokens: int
    cost: str
    """In dollars, in words."""
    context_tokens: int | None
    counted: bool
    left_out: list[tuple[int, int]]
    entries: Sequence[Shown]
    lines: list[Line]
    raw: str | None
    sha256: str


def said(
    turns: Sequence[tuple[Turn, list[Block] | None]],
    *,
    entries: Mapping[int, Sequence[Shown]],
    has_tools: bool,
    masked: bool,
) -> list[Said]:
    """Every turn, in order. `entries` are those that each showed, by the turn's id; without `masked`, private words
    stand there whole."""
    found: list[Said] = []
    called: dict[str, str] = {}
    for turn, blocks in turns:
        reasons = [_reason(turn, block, called, has_tools=has_tools) for block in blocks or ()] if masked else None
        if turn.role is Role.AUTHOR:
            called = {str(b.get("id")): str(b.get("name")) for b in blocks or [] if b.get("type") == "tool_use"}
        found.append(_turn(turn, blocks, reasons, entries.get(turn.id, ())))
    return found


def stretches(text: str, *, masked: bool = True) -> list[Stretch]:
    """A text in stretches: those that stand for private words, and the others."""
    words = _printable(text)
    if not masked:
        return [(words, False)] if words else []
    parts: list[Stretch] = []
    done = 0
    for mask in MASK.finditer(words):
        parts += [(words[done : mask.start()], False), (mask[0][1:-1], True)]
        done = mask.end()
    return [part for part in [*parts, (words[done:], False)] if part[0]]


def _turn(turn: Turn, blocks: list[Block] | None, reasons: Sequence[str] | None, entries: Sequence[Shown]) -> Said:
    is_author, shown = turn.role is Role.AUTHOR, blocks or []
    # What is said to an author, or asked, comes last, and is shown whole; what lies beside it need not be.
    lines = [
        _line(
            block,
            "" if reasons is None else reasons[at],
            is_beside=not is_author and at + 1 < len(shown),
            masked=reasons is not None,
        )
        for at, block in enumerate(shown)
    ]
    return Said(
        number=turn.number,
        by_author=is_author,
        at=turn.at,
        model_id=turn.model_id or "",
        request_id=turn.request_id or "",
        stop_reason=turn.stop_reason or "",
        input_tokens=turn.input_tokens,
        output_tokens=turn.output_tokens,
        cost=in_dollars(turn.cost),
        context_tokens=turn.context_tokens,
        counted=turn.counted,
        left_out=[(number, index + 1) for number, index in turn.left_out],
        entries=entries,
        lines=lines,
        raw=None if blocks is None else _printable(json.dumps(blocks, indent=1, ensure_ascii=False)),
        sha256=turn.sha256 if blocks is not None and sha256(canonical(blocks)) == turn.sha256 else "",
    )


def _reason(turn: Turn, block: Block, called: Mapping[str, str], *, has_tools: bool) -> str:
    match block.get("type"):
        case "text" if turn.role is Role.AUTHOR:
            return ALOUD if has_tools else NOT_TEXT
        case "text":
            return BESIDE
        case "thinking" | "redacted_thinking":
            return THOUGHT
        case "tool_use":
            return WHY.get(str(block.get("name")), UNDECIDED)
        case "tool_result":
            return WHY.get(called.get(str(block.get("tool_use_id")), ""), UNDECIDED)
        case _:
            return UNDECIDED


def _line(block: Block, why: str, *, is_beside: bool, masked: bool) -> Line:
    match block:
        case {"type": "text", "text": str(text)}:
            return _spoken("", text, why, folded=is_beside and len(text) > LONG_BLOCK, masked=masked)
        case {"type": "tool_use", "name": str(name)}:
            return _call(name, block, why, masked=masked)
        case {"type": "tool_result", "content": str(text)}:
            label = "could not be done" if block.get("is_error") else "answered"
            return _spoken(label, text, why, folded=len(text) > LONG_BLOCK, masked=masked)
        case {"type": "thinking" | "redacted_thinking"}:
            thought = str(block.get("thinking") or block.get("data") or "")
            return _spoken("thinking", thought, why, folded=len(thought) > LONG_BLOCK, masked=masked)
        case _:
            unknown = json.dumps(block, ensure_ascii=False)
            return _spoken("in a form that is not known here", unknown, why, folded=True, masked=masked)


def _spoken(label: str, text: str, why: str, *, folded: bool, masked: bool) -> Line:
    words = stretches(text, masked=masked)
    return Line(label, words, [], len(text), folded, why if _is_masked(words) else "")


def _call(name: str, block: Block, why: str, *, masked: bool) -> Line:
    given = block.get("input")
    if not isinstance(given, dict):
        given = {"arrived broken": block.get("input_text", given)}
    arguments = [(_printable(str(key)), *_argument(value, masked=masked)) for key, value in given.items()]
    label = stretches(name, masked=masked)
    hides = _is_masked(label) or any(_is_masked(full) for _, _, full in arguments)
    return Line("", label, arguments, len(name), False, why if hides else "", is_call=True)


def _argument(value: Any, *, masked: bool) -> tuple[list[Stretch], list[Stretch]]:
    """An argument in short, and in full."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    full = stretches(text, masked=masked)
    if len(text) <= LONG_VALUE and "\n" not in text:
        return full, full
    short = " ".join(text.split())
    return stretches(short if len(short) <= LONG_VALUE else f"{short[:LONG_VALUE]}…", masked=masked), full


def _is_masked(words: Sequence[Stretch]) -> bool:
    return any(is_mask for _, is_mask in words)


def _printable(text: str) -> str:
    """Text that a page can carry: half a character (a lone surrogate), and what no page may hold, are written out."""
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
    return text.encode(errors="backslashreplace").decode()
