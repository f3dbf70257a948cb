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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.messages_answers import (
    A_FEW_WORDS,
    Answer,
    Block,
    Event,
    HttpError,
    Script,
    a_call,
    after_work,
    bad_tool_json,
    body_of,
    chunk,
    cut_off_after,
    drip,
    error_event,
    events_of,
    hold,
    html_error,
    http_error,
    invalid,
    is_work,
    message,
    no_message_stop,
    reset,
    slow,
    text,
    tokens_of,
    tool_use,
    twice,
)
from tests.messages_rules import unfit

__all__ = [
    "A_FEW_WORDS",
    "Answer",
    "Block",
    "Event",
    "HttpError",
    "MessagesApi",
    "Request",
    "Script",
    "a_call",
    "after_work",
    "bad_tool_json",
    "cut_off_after",
    "drip",
    "error_event",
    "hold",
    "html_error",
    "http_error",
    "message",
    "never_accepted",
    "no_message_stop",
    "reset",
    "slow",
    "text",
    "tool_use",
    "twice",
]

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
        """Those whose message was sent to its last event."""
        self.bill: list[tuple[int, int]] = []
        """(tokens asked, tokens answered) of every message whose work was begun, whatever became of its delivery:
        the most that the service would charge. Told before the first byte of an answer is sent."""
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

    def charged(self, answer: Answer, asked: int) -> None:
        """Put a message on the bill."""
        with self._news:
            self.bill.append(tokens_of(answer, asked))
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


# The server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
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
        model, message_id, asked = body["model"], f"msg_01{number:022d}", len(raw) // 4
        work = answer.work if isinstance(answer, HttpError) else answer
        if work is not None and is_work(work):
            api.charged(work, asked)
        if isinstance(answer, HttpError):
            return self._send_error(answer, number)
        try:
            if body.get("stream"):
                self._send_stream(answer, events_of(answer, model, message_id, asked), number)
            else:
                self._wait(answer.gate)
                self._pause(answer.seconds)
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
        self._pause(answer.seconds)
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
            self._write(chunk(name, data), answer.drip)
        self.wfile.write(b"0\r\n\r\n")

    def _end_early(self, answer: Answer) -> None:
        if answer.ending == "reset":
            self._reset()
        if answer.ending == "error":
            self.wfile.write(chunk("error", {"type": "error", "error": dict(answer.error)}))
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


def _request_id(number: int) -> str:
    return f"req_011C{number:020d}"


# An address where no connection is made


@contextmanager
def never_accepted() -> Iterator[str]:
    """A URL at which every attempt to connect gets no answer: somebody listens there and takes no more callers."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            with suppress(BlockingIOError):
                caller.connect(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
