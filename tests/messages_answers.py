"""What the double of the Messages API can be told to answer, and how that looks on the wire. Pure."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Block = dict[str, Any]
Event = tuple[str, dict[str, Any]]


REFUSALS = {
    *("invalid_request_error", "authentication_error", "billing_error", "permission_error"),
    *("not_found_error", "request_too_large", "rate_limit_error", "api_error", "overloaded_error"),
}
"""Errors that the service gives before it does any work."""


@dataclass(frozen=True)
class Answer:
    """A message, and how its sending goes wrong. `after` counts events, message_start being the first;
    None means before any byte of the answer."""

    blocks: tuple[Block, ...] = ()
    stop_reason: str | None = "end_turn"
    tokens: tuple[int, int] | None = None
    """How many were asked and answered; guessed from the number of characters where None."""
    ending: Literal["whole", "silent", "cut", "reset", "error"] = "whole"
    """How it ends: whole; as if it were whole (silent); within the HTTP body; by TCP reset; by an error event."""
    after: int | None = None
    error: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[list[Event]], list[Event]] = list
    """What happens to its events on their way."""
    seconds: float = 0
    """Of work, before any byte."""
    pause: float = 0
    """Seconds before each event."""
    drip: float = 0
    """Seconds between single bytes."""
    gate: threading.Event | None = None
    """Waited for, after `gate_after` events."""
    gate_after: int | None = None


@dataclass(frozen=True)
class HttpError:
    """An answer that is no message. `work` is the message that was made all the same, and that nobody gets."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    work: Answer | None = None


Script = Sequence[Answer | HttpError] | Callable[[dict[str, Any]], Answer | HttpError]


def message(*blocks: Block, stop_reason: str | None = "end_turn", tokens: tuple[int, int] | None = None) -> Answer:
    """A message of these blocks. `tokens` are those asked and those answered."""
    return Answer(blocks=blocks, stop_reason=stop_reason, tokens=tokens)


def text(words: str, *, stop_reason: str | None = "end_turn", tokens: tuple[int, int] | None = None) -> Answer:
    """A message of plain text."""
    return message({"type": "text", "text": words}, stop_reason=stop_reason, tokens=tokens)


def tool_use(name: str, given: dict[str, Any], *, say: str = "", tokens: tuple[int, int] | None = None) -> Answer:
    """A message that calls one tool, after some words."""
    said = [{"type": "text", "text": say}] if say else []
    return message(*said, a_call(name, given), stop_reason="tool_use", tokens=tokens)


def a_call(name: str, given: dict[str, Any]) -> Block:
    """One tool call, for `message(..., stop_reason="tool_use")`. It gets an id when it is sent."""
    return {"type": "tool_use", "name": name, "input": given}


def bad_tool_json(name: str, raw: str, *, stop_reason: str = "tool_use") -> Answer:
    """A message whose tool input is this text, in a stream that is whole."""
    return message({"type": "tool_use", "name": name, "input": {}, "raw": raw}, stop_reason=stop_reason)


def http_error(
    status: int,
    kind: str,
    message: str = "Something is not right.",
    *,
    retry_after: float | str | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpError:
    """An error in the API's own form. `retry_after` is in seconds, or a date."""
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_double"}
    wait = {} if retry_after is None else {"retry-after": str(retry_after)}
    return HttpError(status, json.dumps(body).encode(), {"content-type": "application/json", **wait, **(headers or {})})


def invalid(why: str) -> HttpError:
    """The API's 400."""
    return http_error(400, "invalid_request_error", why)


def html_error(status: int, page: str, *, work: Answer | None = None) -> HttpError:
    """An error by something that is not the API, such as a proxy; `work` is what was made behind it."""
    return HttpError(status, page.encode(), {"content-type": "text/html"}, work)


def cut_off_after(events: int, answer: Answer | None = None, *, within_http: bool = False) -> Answer:
    """The stream ends early. As a rule HTTP takes it for whole, and only the missing events tell."""
    return replace(answer or text(A_FEW_WORDS), ending="cut" if within_http else "silent", after=events)


def reset(after: int | None = None, answer: Answer | None = None) -> Answer:
    """The connection is reset, before any byte or after some events."""
    return replace(answer or text(A_FEW_WORDS), ending="reset", after=after)


def error_event(kind: str, message: str = "Overloaded", *, after: int = 0, answer: Answer | None = None) -> Answer:
    """An error event inside a stream of status 200, which ends there."""
    return replace(answer or text(A_FEW_WORDS), ending="error", after=after, error={"type": kind, "message": message})


def twice(name: str, answer: Answer | None = None, *, at: int = 0) -> Answer:
    """One event comes twice: the first of that name, or the one that `at` counts."""

    def change(events: list[Event]) -> list[Event]:
        found = [index for index, (kind, _) in enumerate(events) if kind == name][at]
        return [*events[: found + 1], *events[found:]]

    return replace(answer or text(A_FEW_WORDS), change=change)


def after_work(seconds: float, answer: Answer | None = None) -> Answer:
    """So many seconds pass before the first byte, and then it comes at once."""
    return replace(answer or text(A_FEW_WORDS), seconds=seconds)


def slow(seconds: float, answer: Answer | None = None) -> Answer:
    """So many seconds pass before each event."""
    return replace(answer or text(A_FEW_WORDS), pause=seconds)


def drip(seconds: float, answer: Answer | None = None) -> Answer:
    """So many seconds pass before each byte, headers included."""
    return replace(answer or text(A_FEW_WORDS), drip=seconds)


def hold(gate: threading.Event, answer: Answer | None = None, *, after: int | None = None) -> Answer:
    """The answer stops, before any byte or after some events, until the gate is set."""
    return replace(answer or text(A_FEW_WORDS), gate=gate, gate_after=after)


def no_message_stop(answer: Answer | None = None) -> Answer:
    """Everything comes but the last event."""
    answer = answer or text(A_FEW_WORDS)
    return cut_off_after(len(list(events_of(answer, "m", "msg", 1))) - 1, answer)


A_FEW_WORDS = "The tide table for a harbour that was filled in. I keep reading it anyway."


# What a message looks like


def is_work(answer: Answer) -> bool:
    """Whether the service begins to work on it, so that it may be on the bill. It is not where the stream's first
    event is a refusal."""
    return not (answer.ending == "error" and not answer.after and answer.error["type"] in REFUSALS)


def tokens_of(answer: Answer, asked: int) -> tuple[int, int]:
    """The most that it is charged with: tokens asked, and those of the whole answer."""
    return answer.tokens or (asked, sum(len(json.dumps(block)) for block in answer.blocks) // 4 + 1)


def body_of(answer: Answer, model: str, message_id: str, asked: int) -> dict[str, Any]:
    """Return an answer as one JSON object, for a client that does not stream."""
    blocks = [_ready(block, message_id, at) for at, block in enumerate(answer.blocks)]
    tokens = tokens_of(answer, asked)
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{key: value for key, value in block.items() if key != "raw"} for block in blocks],
        "stop_reason": answer.stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": tokens[0],
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": tokens[1],
            "service_tier": "standard",
        },
    }


def events_of(answer: Answer, model: str, message_id: str, asked: int) -> Iterator[Event]:
    """Yield an answer as the events of a stream, with what happens to them on their way."""
    yield from answer.change(list(_whole(answer, model, message_id, asked)))


def _whole(answer: Answer, model: str, message_id: str, asked: int) -> Iterator[Event]:
    body = body_of(answer, model, message_id, asked)
    begun = body | {"content": [], "stop_reason": None, "usage": body["usage"] | {"output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": begun}
    for at, block in enumerate(answer.blocks):
        empty, deltas = _parts(_ready(block, message_id, at))
        yield "content_block_start", {"type": "content_block_start", "index": at, "content_block": empty}
        if at == 0:
            yield "ping", {"type": "ping"}
        for delta in deltas:
            yield "content_block_delta", {"type": "content_block_delta", "index": at, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": at}
    ending = {"stop_reason": answer.stop_reason, "stop_sequence": None}
    usage = {"output_tokens": body["usage"]["output_tokens"]}
    yield "message_delta", {"type": "message_delta", "delta": ending, "usage": usage}
    yield "message_stop", {"type": "message_stop"}


def _ready(block: Block, message_id: str, at: int) -> Block:
    if block["type"] == "tool_use":
        return {"type": "tool_use", "id": f"toolu_{message_id.removeprefix('msg_')}{at}"} | block
    return block


def _parts(block: Block) -> tuple[Block, list[Block]]:
    """Return a block as it begins in a stream, and the deltas that fill it."""
    match block:
        case {"type": "text", "text": words}:
            return block | {"text": ""}, [{"type": "text_delta", "text": part} for part in _pieces(words, 12)]
        case {"type": "tool_use"}:
            raw = block.get("raw", json.dumps(block["input"]) if block["input"] else "")
            empty = {key: value for key, value in block.items() if key != "raw"} | {"input": {}}
            return empty, [{"type": "input_json_delta", "partial_json": part} for part in ["", *_pieces(raw, 17)]]
        case {"type": "thinking", "thinking": words, "signature": signature}:
            deltas = [{"type": "thinking_delta", "thinking": part} for part in _pieces(words, 12)]
            return (
                block | {"thinking": "", "signature": ""},
                [*deltas, {"type": "signature_delta", "signature": signature}],
            )
        case _:
            return block, []


def _pieces(words: str, size: int) -> list[str]:
    return [words[at : at + size] for at in range(0, len(words), size)]


def chunk(name: str, data: dict[str, Any]) -> bytes:
    """An event as it is sent, within a chunk of HTTP."""
    event = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"
