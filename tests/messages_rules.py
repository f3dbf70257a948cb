"""What the Messages API calls an invalid request: the rules of the double."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

Block = dict[str, Any]

KNOWN = {
    *("model", "max_tokens", "messages", "system", "stream", "tools", "tool_choice", "metadata", "thinking"),
    *("stop_sequences", "temperature", "top_k", "top_p", "service_tier", "container", "output_config", "cache_control"),
}
ALONE = "`tool_use` ids were found without `tool_result` blocks immediately after"
NEEDED = {"text": ["text"], "tool_use": ["id", "name", "input"], "tool_result": ["tool_use_id"]}
KEYS_OF = {
    "text": {"type", "text", "citations", "cache_control"},
    "thinking": {"type", "thinking", "signature"},
    "tool_use": {"type", "id", "name", "input", "caller", "toolset_name", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
}


def unfit(body: dict[str, Any], max_output_tokens: int | None = None) -> str | None:
    """Return what the API says of a request that it calls invalid, or None. Pure."""
    return next(_faults(body, max_output_tokens), None)


def _faults(body: dict[str, Any], most: int | None) -> Iterator[str]:
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            yield f"{name}: Field required"
    yield from (f"{name}: Extra inputs are not permitted" for name in sorted(body.keys() - KNOWN))
    asked = body["max_tokens"]
    if type(asked) is not int or asked < 1:
        yield "max_tokens: Input should be a valid integer, greater than or equal to 1"
    elif most is not None and asked > most:
        yield f"max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {body['model']}"
    if not isinstance(body.get("system", ""), str | list):
        yield "system: Input should be a valid string or list"
    for at, tool in enumerate(body.get("tools", [])):
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", str(tool.get("name", ""))):
            yield f"tools.{at}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
        if not isinstance(tool.get("input_schema"), dict) or tool["input_schema"].get("type") != "object":
            yield f"tools.{at}.input_schema.type: Field required"
    yield from _faults_of_messages(body["messages"], with_tools=bool(body.get("tools")))


def _faults_of_messages(messages: Any, *, with_tools: bool) -> Iterator[str]:
    if not isinstance(messages, list) or not messages:
        yield "messages: at least one message is required"
        return
    for at, each in enumerate(messages):
        if each.get("role") not in ("user", "assistant") or each.keys() != {"role", "content"}:
            yield f"messages.{at}: Input should have the keys role (user or assistant) and content"
            return
        if not each["content"]:
            yield f"messages.{at}: all messages must have non-empty content"
        if isinstance(each["content"], list):
            for number, block in enumerate(each["content"]):
                yield from (f"messages.{at}.content.{number}{why}" for why in _faults_of_block(block, each["role"]))
    last = messages[-1]["content"]
    text = last if isinstance(last, str) else str(last[-1].get("text", "")) if last else ""
    if messages[-1]["role"] == "assistant" and text != text.rstrip():
        yield "messages: final assistant content cannot end with trailing whitespace"
    if messages[0]["role"] != "user":
        yield 'messages: first message must use the "user" role'
    yield from _faults_of_pairs(messages, with_tools=with_tools)


PATTERNS = {"id": r"[a-zA-Z0-9_-]+", "name": r"[a-zA-Z0-9_-]{1,64}"}


def _faults_of_block(block: Block, role: str) -> Iterator[str]:
    kind = block.get("type", "")
    if kind not in KEYS_OF:
        if kind != "redacted_thinking":
            yield f": Input tag '{kind}' found using 'type' does not match any of the expected tags"
        return
    yield from (f".{kind}.{key}: Field required" for key in NEEDED.get(kind, []) if key not in block)
    yield from (f".{kind}.{key}: Extra inputs are not permitted" for key in sorted(block.keys() - KEYS_OF[kind]))
    if (kind == "tool_result") != (role == "user") and kind != "text":
        yield f": `{kind}` blocks can not be in `{role}` messages"
    if kind == "text" and not str(block.get("text", "")).strip():
        yield ": text content blocks must contain non-whitespace text"
    if kind == "thinking" and not block.get("signature"):
        yield ".thinking.signature: Field required"
    if kind == "tool_use":
        if not isinstance(block.get("input"), dict):
            yield ".tool_use.input: Input should be a valid dictionary"
        for key, pattern in PATTERNS.items():
            if not re.fullmatch(pattern, str(block.get(key, ""))):
                yield f".tool_use.{key}: String should match pattern '^{pattern}$'"


def _faults_of_pairs(messages: list[dict[str, Any]], *, with_tools: bool) -> Iterator[str]:
    """Each tool call has an id of its own and needs its one result in the very next message, and the other way
    round."""
    yield from _faults_of_ids(messages)
    waiting: set[str] = set()
    for role, run in groupby(messages, lambda each: each["role"]):
        blocks = [block for each in run if isinstance(each["content"], list) for block in each["content"]]
        calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if (calls or results) and not with_tools:
            yield "Requests which include `tool_use` or `tool_result` blocks must define tools"
        if role == "user" and waiting - results:
            yield f"{ALONE}: {sorted(waiting - results)}"
        if role == "user" and results - waiting:
            yield f"unexpected `tool_use_id` found in `tool_result` blocks: {sorted(results - waiting)}"
        waiting = calls
    if waiting:
        yield f"{ALONE}: {sorted(waiting)}"


def _faults_of_ids(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Ids are unique over all of a conversation."""
    called: set[str] = set()
    answered: set[str] = set()
    for at, each in enumerate(messages):
        for number, block in enumerate(each["content"] if isinstance(each["content"], list) else ()):
            if block["type"] == "tool_use":
                if block["id"] in called:
                    yield f"messages.{at}.content.{number}: `tool_use` ids must be unique"
                called.add(block["id"])
            elif block["type"] == "tool_result":
                if block["tool_use_id"] in answered:
                    yield (
                        f"messages.{at}.content.{number}: each tool_use must have a single result. Found multiple "
                        f"`tool_result` blocks with id: {block['tool_use_id']}"
                    )
                answered.add(block["tool_use_id"])
