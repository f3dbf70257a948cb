"""The double of the Messages API in a process of its own, for measurements: one event loop, no threads, and no
state, since a request's own history says which of the author's turns it asks for.

    .venv/bin/python -m tests.messages_api_server --seconds 1 [--spread] [--turns 4] [--characters 2000] [--port 0]

Prints its address as its first line. SIGTERM or SIGINT ends it; then it prints one line of JSON: how many messages were
asked for (`requests`) and sent whole (`finished`), how many connections there were at once (`at_once`), how many
requests it refused (`refused`: what the API would call invalid), and its own CPU in seconds.

An author with tools saves a draft in every turn but the last, and submits in that one. One without answers in words.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from tests.messages_answers import Answer, a_call, chunk, events_of, message, text
from tests.messages_rules import unfit

SENTENCE = "The tide table for a harbour that was filled in; I keep reading it anyway. "
STANDS_FOR_ID = "msg_00000000000000000000000"
HEAD = (
    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nrequest-id: req_011C{number:020d}\r\n"
    "cache-control: no-cache\r\n{size}\r\n\r\n"
)


@dataclass
class Counts:
    """What came, and what became of it."""

    requests: int = 0
    finished: int = 0
    refused: int = 0
    here: int = 0
    """Connections that are open now."""
    at_once: int = 0


class MessagesServer:
    """One answer a turn: after `seconds`, whole, or with the seconds spread over its events."""

    def __init__(self, *, seconds: float, spread: bool = False, turns: int = 4, characters: int = 2_000) -> None:
        self.counts = Counts()
        self._seconds = seconds
        self._spread = spread
        self._turns = turns
        self._words = (SENTENCE * (characters // len(SENTENCE) + 1))[:characters]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.counts.here += 1
        self.counts.at_once = max(self.counts.at_once, self.counts.here)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
                }
                raw = await reader.readexactly(int(headers.get("content-length", "0")))
                await self._answer(lines[0].split(" ")[1].split("?")[0], raw, writer)
                if headers.get("connection", "").lower() == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The client has gone.
        finally:
            self.counts.here -= 1
            writer.close()

    async def _answer(self, path: str, raw: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            body = dict(json.loads(raw))
        except (ValueError, TypeError):
            body = {}
        if path == "/v1/messages/count_tokens":
            return await self._whole(writer, "200 OK", {"input_tokens": len(raw) // 4})
        self.counts.requests += 1
        number = self.counts.requests
        if why := unfit(body) if path == "/v1/messages" and body else "Not found":
            self.counts.refused += 1
            return await self._whole(writer, "400 Bad Request", _invalid(why))
        if not body.get("stream"):
            self.counts.refused += 1
            return await self._whole(writer, "400 Bad Request", _invalid("This double only streams."))
        events = self._events(body, len(raw) // 4, f"msg_{number:023d}")
        head = HEAD.format(status="200 OK", kind="text/event-stream", number=number, size="transfer-encoding: chunked")
        pause = self._seconds / len(events) if self._spread else 0
        if not self._spread:
            await asyncio.sleep(self._seconds)
        begun = time.monotonic()
        writer.write(head.encode())
        for at, event in enumerate(events):
            writer.write(event)
            if pause:
                await writer.drain()
                # By the clock, so that what the sleeps overrun does not add up.
                await asyncio.sleep(max(0.0, begun + pause * (at + 1) - time.monotonic()))
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        self.counts.finished += 1
        return None

    def _events(self, body: dict[str, Any], asked: int, message_id: str) -> list[bytes]:
        turn = 1 + sum(each["role"] == "assistant" for each in body["messages"])
        first, *rest = self._written(turn, with_tools=bool(body.get("tools")))
        begun = json.loads(first)
        begun["message"] |= {"id": message_id, "model": body["model"]}
        begun["message"]["usage"]["input_tokens"] = asked
        stands_for, own = STANDS_FOR_ID.removeprefix("msg_").encode(), message_id.removeprefix("msg_").encode()
        return [chunk("message_start", begun), *(event.replace(stands_for, own) for event in rest)]

    @cache  # noqa: B019  (there is one server a process)
    def _written(self, turn: int, *, with_tools: bool) -> list[bytes]:
        """The events of a turn's answer: the first as JSON, the others as they are sent."""
        answer = self._answer_of(turn) if with_tools else text(self._words)
        (_, begun), *rest = events_of(answer, "", STANDS_FOR_ID, 0)
        return [json.dumps(begun).encode(), *(chunk(name, event) for name, event in rest)]

    def _answer_of(self, turn: int) -> Answer:
        said = {"type": "text", "text": "Let me go on."}
        given = {"text": self._words}
        call = a_call("save_draft", given) if turn < self._turns else a_call("submit", given | {"title": "Tides"})
        return message(said, call, stop_reason="tool_use")

    async def _whole(self, writer: asyncio.StreamWriter, status: str, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        head = HEAD.format(status=status, kind="application/json", number=0, size=f"content-length: {len(raw)}")
        writer.write(head.encode() + raw)
        await writer.drain()


def _invalid(why: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": why}}


async def run(server: MessagesServer, port: int) -> None:
    """Serve on this machine until somebody asks to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", port, backlog=1_024)
    sys.stdout.write(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    listening.close()
    told = asdict(server.counts) | {"cpu_seconds": round(time.process_time(), 3)}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Parse, serve."""
    parser = argparse.ArgumentParser(prog="tests.messages_api_server", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each answer takes")
    parser.add_argument("--spread", action="store_true", help="over its events, instead of before the first")
    parser.add_argument("--turns", type=int, default=4, help="the last of which submits")
    parser.add_argument("--characters", type=int, default=2_000, help="of text in each answer")
    parser.add_argument("--port", type=int, default=0)
    given = vars(parser.parse_args())
    port = given.pop("port")
    asyncio.run(run(MessagesServer(**given), port))


if __name__ == "__main__":
    main()
