"""A transcript as a person reads it in a terminal. Pure; what it is given is masked already, or meant to be seen."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.cli.common import legible
from agent.outlet import Block
from agent.prices import in_dollars
from agent.tables import Role, Turn

LONG_VALUE = 120
"""Letters of a tool's argument that are shown in its line."""
LONG_BLOCK = 600
"""Letters that are shown of what was laid beside an invitation, or of what a tool answered."""
INDENT = "  "


@dataclass(frozen=True)
class Fold:
    """How wide the terminal is, and whether nothing is to be shortened."""

    width: int
    full: bool = False


@dataclass(frozen=True)
class Shown:
    """An entry that a turn showed its author, by its number: whole, or its title alone."""

    entry: int
    whole: bool


def folded(turn: Turn, blocks: list[Block] | None, fold: Fold, entries: Sequence[Shown] = ()) -> str:
    """One turn: who speaks, when, what the endpoint said of it, the entries that it showed, and its words."""
    lines = [f"turn {turn.number}, {turn.role.value}, {turn.at:%Y-%m-%d %H:%M:%S}Z", *_facts(turn), ""]
    if entries:
        numbers = ", ".join(f"{shown.entry} (whole)" if shown.whole else f"{shown.entry}" for shown in entries)
        lines[-1:] = [*_wrapped(f"shown: {'entries' if len(entries) > 1 else 'entry'} {numbers}", fold), ""]
    shown = blocks if blocks is not None else [{"type": "text", "text": "[erased]"}]
    for at, block in enumerate(shown, 1):
        # What is said to an author, or asked, comes last, and is shown whole; what lies beside it need not be.
        is_beside = turn.role is Role.OUTLET and at < len(shown)
        lines += [*_block(block, fold, is_beside=is_beside), ""]
    return legible("\n".join(lines))


def _facts(turn: Turn) -> Iterator[str]:
    if turn.role is Role.AUTHOR:
        yield (
            f"{INDENT}from {turn.model_id or 'unknown'}, request {turn.request_id or 'unknown'}, "
            f"stopped: {turn.stop_reason or 'unknown'}"
        )
        yield (
            f"{INDENT}{turn.input_tokens:,} tokens read, {turn.output_tokens:,} written, cost {in_dollars(turn.cost)}"
        )
    if turn.context_tokens is not None:
        how = "counted by the endpoint" if turn.counted else "our estimate"
        yield f"{INDENT}the request had {turn.context_tokens:,} tokens, {how}"
    if turn.left_out:
        places = ", ".join(f"turn {number} part {index + 1}" for number, index in turn.left_out)
        yield f"{INDENT}left out of it, because it would not have fitted: {places}"


def _block(block: Block, fold: Fold, *, is_beside: bool) -> Iterator[str]:
    match block:
        case {"type": "text", "text": str(text)}:
            yield from _wrapped(_shortened(text, LONG_BLOCK, fold) if is_beside else text, fold)
        case {"type": "tool_use", "name": str(name)}:
            yield from _call(name, block, fold)
        case {"type": "tool_result", "content": str(said)}:
            sign = "could not be done" if block.get("is_error") else "answered"
            yield from _wrapped(f"({sign}) {_shortened(said, LONG_BLOCK, fold)}", fold)
        case {"type": "thinking" | "redacted_thinking"}:
            yield from _wrapped(f"(thinking) {block.get('thinking') or block.get('data') or ''}", fold)
        case _:
            yield from _wrapped(_shortened(json.dumps(block, ensure_ascii=False), LONG_BLOCK, fold), fold)


def _call(name: str, block: Block, fold: Fold) -> Iterator[str]:
    given = block.get("input")
    if not isinstance(given, dict):
        yield from _wrapped(f"{name}(arrived broken: {_value(block.get('input_text', given), fold)})", fold)
        return
    below = {key: value for key, value in given.items() if fold.full and isinstance(value, str) and "\n" in value}
    parts = [f"{key}={'(below)' if key in below else _value(value, fold)}" for key, value in given.items()]
    yield from _wrapped(f"{name}({', '.join(parts)})", fold)
    for key, value in below.items():
        yield f"{INDENT}{key}:"
        yield from (f"{INDENT}| {line}" for line in value.split("\n"))


def _value(value: Any, fold: Fold) -> str:
    if isinstance(value, str) and value.startswith("[private: "):
        return value
    if not isinstance(value, str) or fold.full or len(value) <= LONG_VALUE:
        return json.dumps(value, ensure_ascii=False)
    return f"{json.dumps(value[:LONG_VALUE] + '…', ensure_ascii=False)} ({len(value):,} characters)"


def _shortened(text: str, at_most: int, fold: Fold) -> str:
    if fold.full or len(text) <= at_most:
        return text
    return f"{text[:at_most]}… ({len(text):,} characters; --full shows all)"


def _wrapped(text: str, fold: Fold) -> Iterator[str]:
    """Lines that fit; its own line breaks stay."""
    for line in text.strip("\n").split("\n"):
        whole = textwrap.wrap(line, fold.width, initial_indent=INDENT, subsequent_indent=INDENT, tabsize=4)
        yield from whole or [""]
