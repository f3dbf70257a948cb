"""A double of the Messages API: real HTTP and server-sent events on a loopback port, with scripted answers.

    with MessagesApi([text("Good morning."), http_error(429, "rate_limit_error", retry_after=2)]) as api:
        ...  # point a client at api.url; then look at api.requests and api.finished

The script is a list, one answer a request, or a function from the request's JSON to an answer. The
double refuses what the real API refuses (a history that does not fit together, a key that is
missing, a model it does not have), so a test also shows that what we send is valid. A refusal of
that kind uses up no scripted answer.
"""

import json
import os
import re
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from tests.messages_rules import unfit

Block = dict[str, Any]
Event = tuple[str, dict[str, Any]]


# What the double can be told to answer


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
    pause: float = 0
    """Seconds before each event."""
    drip: float = 0
    """Seconds between single bytes."""
    gate: threading.Event | None = None
    """Waited for, after `gate_after` events."""
    gate_after: int | None = None


@dataclass(frozen=True)
class HttpError:
    """An answer that is no message."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


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


def html_error(status: int, page: str) -> HttpError:
    """An error by something that is not the API, such as a proxy."""
    return HttpError(status, page.encode(), {"content-type": "text/html"})


def cut_off_after(events: int, answer: Answer | None = None, *, within_http: bool = False) -> Answer:
    """The stream ends early. As a rule HTTP takes it for whole, and only the missing events tell."""
    return replace(answer or text(A_FEW_WORDS), ending="cut" if within_http else "silent", after=events)


def reset(after: int | None = None, answer: Answer | None = None) -> Answer:
    """The connection is reset, before any byte or after some events."""
    return replace(answer or text(A_FEW_WORDS), ending="reset", after=after)


def error_event(kind: str, message: str = "Overloaded", *, after: int = 0, answer: Answer | None = None) -> Answer:
    """An error event inside a stream of status 200, which ends there."""
    return replace(answer or text(A_FEW_WORDS), ending="error", after=after, error={"type": kind, "message": message})


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


# What it remembers


@dataclass(frozen=True)
class Request:
    """One request as it came. Header names are in small letters; `body` is empty for a GET."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class MessagesApi:
    """The double, listening while the `with` block lasts. Every script answer is sent once.

    `api_key` is the one key it takes (any, if None); `models` the ones it has (any, if None);
    `max_output_tokens` the most that may be asked for. With `counts` it also counts
    tokens: a quarter of the bytes. `tls` makes it speak HTTPS.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        api_key: str | None = None,
        models: set[str] | None = None,
        max_output_tokens: int | None = None,
        lifecycle: str = "active",
        counts: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[Request] = []
        """All that came, in order, refused ones too."""
        self.finished: list[Request] = []
        """Those whose message was sent to its last event: the ones that would be on the bill."""
        self.api_key = api_key
        self.models = models
        self.max_output_tokens = max_output_tokens
        self.lifecycle = lifecycle
        self.counts = counts
        self.closing = threading.Event()
        self._script = script
        self._answered = 0
        self._faults: list[BaseException] = []
        self._news = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.002,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if kind is None and self._faults:
            raise AssertionError("the double itself failed, or its script did") from self._faults[0]

    def wait_for_requests(self, count: int, seconds: float = 5) -> None:
        """Return when so many requests have come. Raises AssertionError if they do not."""
        self._wait(lambda: len(self.requests) >= count, f"{count} requests did not come", seconds)

    def wait_for_finished(self, count: int, seconds: float = 5) -> None:
        """Return when so many messages were sent whole. Raises AssertionError if they are not."""
        self._wait(lambda: len(self.finished) >= count, f"{count} messages were not finished", seconds)

    def _wait(self, reached: Callable[[], bool], otherwise: str, seconds: float) -> None:
        with self._news:
            assert self._news.wait_for(reached, seconds), f"{otherwise} in {seconds} s"

    def came(self, request: Request) -> int:
        """Note a request; return its number."""
        with self._news:
            self.requests.append(request)
            self._news.notify_all()
            return len(self.requests)

    def ended(self, request: Request) -> None:
        """Note a message that was sent whole."""
        with self._news:
            self.finished.append(request)
            self._news.notify_all()

    def failed(self, fault: BaseException) -> None:
        """Note a fault of the double or its script; leaving the `with` block raises it."""
        self._faults.append(fault)

    def answer(self, request: Request) -> Answer | HttpError:
        """Return what a request for a message is answered: the API's refusal, or the script's next."""
        refusal = self.refusal(request)
        if refusal:
            return refusal
        why = unfit(request.body, self.max_output_tokens)
        if why:
            return invalid(why)
        if callable(self._script):
            return self._script(request.body)
        with self._news:
            at, self._answered = self._answered, self._answered + 1
        if at < len(self._script):
            return self._script[at]
        return http_error(400, "invalid_request_error", "The script of the double has come to its end.")

    def refusal(self, request: Request, model: str | None = None) -> HttpError | None:
        """What the API refuses before it looks at a message: keys, versions, models it does not have."""
        key = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key")
        if not key or (self.api_key and key != self.api_key):
            return http_error(401, "authentication_error", "invalid x-api-key")
        if not request.headers.get("anthropic-version"):
            return invalid("anthropic-version: header is required")
        model = model or request.body.get("model")
        if self.models is not None and model not in self.models:
            return http_error(404, "not_found_error", f"model: {model}")
        return None


# What a message looks like


def body_of(answer: Answer, model: str, message_id: str, asked: int) -> dict[str, Any]:
    """Return an answer as one JSON object, for a client that does not stream."""
    blocks = [_ready(block, message_id, at) for at, block in enumerate(answer.blocks)]
    tokens = answer.tokens or (asked, sum(len(json.dumps(block)) for block in blocks) // 4 + 1)
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
    """Yield an answer as the events of a stream."""
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


# The server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: MessagesApi

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what some tests are about; other faults are noted by the handler."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10  # seconds, for a client that keeps its connection open and says nothing
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        api, request = self.server.api, self._request({})
        number = api.came(request)
        found = re.fullmatch(r"/v1/models/([^/]+)", request.path)
        if not found:
            return self._send_error(http_error(404, "not_found_error", "Not found"), number)
        refusal = api.refusal(request, found[1])
        if refusal:
            return self._send_error(refusal, number)
        about = {
            "type": "model",
            "id": found[1],
            "display_name": found[1],
            "created_at": "2024-02-29T00:00:00Z",
            "lifecycle": api.lifecycle,
        }
        return self._send_whole(200, json.dumps(about).encode(), {"content-type": "application/json"}, number)

    def do_POST(self) -> None:
        api = self.server.api
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            body = dict(json.loads(raw))
        except (ValueError, TypeError):
            return self._send_error(invalid("The request body is not valid JSON"), api.came(self._request({})))
        request = self._request(body)
        number = api.came(request)
        if request.path == "/v1/messages/count_tokens":
            return self._count(request, len(raw) // 4, number)
        if request.path != "/v1/messages":
            return self._send_error(http_error(404, "not_found_error", "Not found"), number)
        try:
            answer = api.answer(request)
        except BaseException as fault:
            api.failed(fault)
            return self._send_error(http_error(500, "api_error", "The double's script failed."), number)
        if isinstance(answer, HttpError):
            return self._send_error(answer, number)
        model, message_id, asked = body["model"], f"msg_01{number:022d}", len(raw) // 4
        try:
            if body.get("stream"):
                self._send_stream(answer, events_of(answer, model, message_id, asked), number)
            else:
                self._wait(answer.gate)
                whole = json.dumps(body_of(answer, model, message_id, asked)).encode()
                self._send_whole(200, whole, {"content-type": "application/json"}, number)
            api.ended(request)
        except (_Gone, OSError):
            self.close_connection = True
        return None

    def _count(self, request: Request, tokens: int, number: int) -> None:
        """Answer how long a request is. Like the real service, it takes no `max_tokens`."""
        api = self.server.api
        if not api.counts:
            return self._send_error(http_error(404, "not_found_error", "Not found"), number)
        why = unfit(request.body | {"max_tokens": 1})
        if refusal := api.refusal(request) or (invalid(why) if why else None):
            return self._send_error(refusal, number)
        counted = json.dumps({"input_tokens": tokens}).encode()
        return self._send_whole(200, counted, {"content-type": "application/json"}, number)

    def _request(self, body: dict[str, Any]) -> Request:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, urlsplit(self.path).path, headers, body)

    def _send_error(self, answer: HttpError, number: int) -> None:
        self._send_whole(answer.status, answer.body, dict(answer.headers), number)

    def _send_whole(self, status: int, body: bytes, headers: dict[str, str], number: int) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body)), "request-id": _request_id(number)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _send_stream(self, answer: Answer, events: Iterator[Event], number: int) -> None:
        """Send the events. Returns only if the last one was sent; otherwise raises _Gone or OSError."""
        if answer.gate_after is None:
            self._wait(answer.gate)
        if answer.after is None and answer.ending == "reset":
            self._reset()
        self.send_response(200)
        headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
        for name, value in {**headers, "request-id": _request_id(number), "transfer-encoding": "chunked"}.items():
            self.send_header(name, value)
        self._drip_headers(answer.drip)
        for sent, (name, data) in enumerate(events):
            if sent == answer.gate_after:
                self._wait(answer.gate)
            if answer.ending != "whole" and sent == answer.after:
                self._end_early(answer)
            self._pause(answer.pause)
            self._write(_chunk(name, data), answer.drip)
        self.wfile.write(b"0\r\n\r\n")

    def _end_early(self, answer: Answer) -> None:
        if answer.ending == "reset":
            self._reset()
        if answer.ending == "error":
            self.wfile.write(_chunk("error", {"type": "error", "error": dict(answer.error)}))
        if answer.ending != "cut":
            self.wfile.write(b"0\r\n\r\n")
        raise _Gone

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        raise _Gone

    def _drip_headers(self, drip: float) -> None:
        buffered: list[bytes] = getattr(self, "_headers_buffer", [])
        head = b"".join(buffered) + b"\r\n"
        buffered.clear()
        self._write(head, drip)

    def _write(self, data: bytes, drip: float) -> None:
        for part in [data[at : at + 1] for at in range(len(data))] if drip else [data]:
            self._pause(drip)
            self._still_there()
            self.wfile.write(part)

    def _pause(self, seconds: float) -> None:
        if seconds and self.server.api.closing.wait(seconds):
            raise _Gone

    def _wait(self, gate: threading.Event | None) -> None:
        while gate and not gate.wait(0.02):
            if self.server.api.closing.is_set():
                raise _Gone

    def _still_there(self) -> None:
        """A killed client's kernel takes bytes for a moment longer; its end of the connection does not lie."""
        if isinstance(self.connection, ssl.SSLSocket) or not select.select([self.connection], [], [], 0)[0]:
            return
        if not self.connection.recv(1, socket.MSG_PEEK):
            raise _Gone


class _Gone(Exception):
    """The answer ends here: the client went away, the script says so, or the test is over."""


def _chunk(name: str, data: dict[str, Any]) -> bytes:
    event = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


def _request_id(number: int) -> str:
    return f"req_011C{number:020d}"
