"""A reply put together from the events of its stream, and the way back into a later request. Does no I/O."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from agent.outlet import Block, Reply

TAKEN_BACK = {
    "text": {"text", "citations"},
    "thinking": {"thinking", "signature"},
    "redacted_thinking": {"data"},
    "tool_use": {"id", "name", "input", "caller", "toolset_name"},
}
"""What of an author's reply a request can hold: the types of blocks, and their keys."""
NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")
LONGEST_NAME = 64
APART = "its parts do not fit together"


class Unreadable(Exception):
    """A reply does not hold together. The message says how, for people."""


class Message:
    """A reply in the making: `take` its events in order, until it has `ended`."""

    def __init__(self) -> None:
        self.begun = False
        self.ended = False
        self._model_id = ""
        self._stop_reason: str | None = None
        self._usage: dict[str, int] = {}
        self._written: int | None = None
        self._blocks: dict[int, Block] = {}
        self._growing: set[int] = set()
        self._inputs: dict[int, str] = {}

    def take(self, event: Mapping[str, Any]) -> str:
        """Add one event; return the text that came with it. Raises Unreadable."""
        match event:
            case {"type": "message_start", "message": {"model": str(model_id)}} if not self.begun:
                self.begun, self._model_id = True, model_id
                self._usage |= _counts(event["message"])
            case {"type": "content_block_start", "index": int(at), "content_block": {"type": str()}} if self.begun:
                return self._begin(at, dict(event["content_block"]))
            case {"type": "content_block_delta", "index": int(at), "delta": {}} if at in self._growing:
                return self._grow(self._blocks[at], at, event["delta"])
            case {"type": "content_block_stop", "index": int(at)} if at in self._growing:
                self._growing.remove(at)
            case {"type": "message_delta", "delta": {}} if self.begun:
                self._stop(event["delta"].get("stop_reason"))
                self._usage |= (counts := _counts(event))
                # What a stream begins with is a placeholder: how long the reply is, is known at its end alone.
                self._written = counts.get("output_tokens", self._written)
            case {"type": "message_stop"} if self.begun:
                self.ended = True
            case {"type": str(kind)} if kind.startswith(("message_", "content_block_")):
                raise Unreadable(APART)
        return ""  # also for kinds of event that do not exist yet

    def _begin(self, at: int, block: Block) -> str:
        if at in self._blocks or not all(isinstance(block.get(key, ""), str) for key in ("text", "thinking")):
            raise Unreadable(APART)
        self._blocks[at] = block
        self._growing.add(at)
        return str(block.get("text", ""))

    def _stop(self, reason: str | None) -> None:
        if reason and self._stop_reason not in (None, reason):
            raise Unreadable("it gave two stop reasons")
        self._stop_reason = reason or self._stop_reason

    def _grow(self, block: Block, at: int, delta: Block) -> str:
        match delta:
            case {"type": "text_delta", "text": str(text)}:
                block["text"] = block.get("text", "") + text
                return text
            case {"type": "input_json_delta", "partial_json": str(part)}:
                self._inputs[at] = self._inputs.get(at, "") + part
            case {"type": "thinking_delta", "thinking": str(text)}:
                block["thinking"] = block.get("thinking", "") + text
            case {"type": "signature_delta", "signature": str(text)}:
                block["signature"] = text
            case {"type": "citations_delta", "citation": citation}:
                block["citations"] = [*(block.get("citations") or []), citation]
            case _:  # of a kind that does not exist yet: kept, not understood
                block.setdefault("deltas", []).append(delta)
        return ""

    def reply(self, request_id: str | None) -> Reply:
        """Return the finished reply. Raises Unreadable for one that is not finished, or whose calls cannot be answered
        each by its id."""
        if not self.ended:
            raise Unreadable("it ended before its last event")
        if not isinstance(self._stop_reason, str):
            raise Unreadable("it gave no stop reason")
        calls = [(block.get("id"), block.get("name")) for block in self._blocks.values() if block["type"] == "tool_use"]
        if not all(isinstance(part, str) and part for call in calls for part in call):
            raise Unreadable("a tool call in it has no name or no id")
        if len({call_id for call_id, _ in calls}) < len(calls):
            raise Unreadable("two tool calls in it have the same id")
        asked = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        return Reply(
            blocks=[self._finished(at) for at in sorted(self._blocks)],
            stop_reason=self._stop_reason,
            model_id=self._model_id,
            request_id=request_id,
            input_tokens=sum(self._usage.get(key, 0) for key in asked),
            output_tokens=self._written or 0,
            counted="input_tokens" in self._usage and self._written is not None,
        )

    def _finished(self, at: int) -> Block:
        block = self._blocks[at]
        block |= {key: _whole(block[key]) for key in ("text", "thinking") if key in block}
        if raw := _whole(self._inputs.get(at, "")):
            given = _object(raw)
            block |= {"input": given} if given is not None else {"input": None, "input_text": raw}
        return block


def history(messages: list[dict[str, Any]]) -> Any:
    """Return a conversation as the API takes it: stored replies in it pass through `for_api`, and every call has an
    id of its own, also at an endpoint that counts them anew in each reply. Pure."""
    sent: list[dict[str, Any]] = []
    used: set[str] = set()
    ids: dict[str, str] = {}
    for message in messages:
        said = message["content"]
        if isinstance(said, list):
            if message["role"] == "assistant":
                said = for_api(said)
                ids = _own_ids(said, used)
            said = [_with_own_id(block, ids) for block in said]
        if said:
            sent.append(message | {"content": said})
    return sent


def _own_ids(blocks: list[Block], used: set[str]) -> dict[str, str]:
    """Give each call of a reply an id that is not `used`, and add it there: id as it came -> as it is sent."""
    ids = {}
    for block in blocks:
        if block["type"] == "tool_use":
            own = block["id"] if block["id"] not in used else f"{block['id']}_{len(used)}"
            used.add(own)
            ids[block["id"]] = own
    return ids


def _with_own_id(block: Block, ids: dict[str, str]) -> Block:
    key = {"tool_use": "id", "tool_result": "tool_use_id"}.get(block["type"])
    return block | {key: ids[block[key]]} if key is not None and block[key] in ids else block


def for_api(blocks: list[Block]) -> list[Block]:
    """Return the blocks of a reply as the API takes them back. Pure.

    What it refuses is left out: types and keys that no request can hold, blank text, and thinking without a signature.
    Tool input that could not be read goes back wrapped, as the API's documentation advises, so the author
    sees what it wrote. The list may be empty: such a message must not be sent.
    """
    return [_returned(block) for block in blocks if _is_taken(block)]


def _is_taken(block: Block) -> bool:
    if block["type"] == "text":
        return bool(block.get("text", "").strip())
    return block["type"] in TAKEN_BACK and (block["type"] != "thinking" or bool(block.get("signature")))


def _returned(block: Block) -> Block:
    known = {"type", *TAKEN_BACK[block["type"]]}
    kept = {key: value for key, value in block.items() if key in known and value is not None}
    if block["type"] == "tool_use":
        # An author may call a tool by a name that no tool could have.
        kept["name"] = NOT_IN_A_NAME.sub("_", block["name"])[:LONGEST_NAME]
    if "input_text" in block:
        kept["input"] = {"INVALID_JSON": block["input_text"]}
    return kept


def _counts(given: Mapping[str, Any]) -> dict[str, int]:
    """What an event says of tokens; what is no number of them is left out."""
    usage = given.get("usage")
    if not isinstance(usage, dict):
        return {}
    return {key: count for key, count in usage.items() if type(count) is int and count >= 0}


def _whole(text: str) -> str:
    """Join the halves of a character that came in two events. Raises Unreadable for a lone half."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise Unreadable("it holds half a character") from None


def _object(raw: str) -> dict[str, Any] | None:
    """Return the JSON object in `raw`, or None where there is none that can be stored as JSON in UTF-8."""

    def refuse(number: str) -> NoReturn:
        raise ValueError(number)

    try:
        given = json.loads(raw, parse_constant=refuse)
        json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None
