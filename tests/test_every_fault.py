"""Every fault of the Messages API has a decided path: what is called, what is counted, what comes of the sitting, and
what the operator is told.

Each row of the table is played over a real socket against the double, through the real workflow on a real SQLite;
waits move the clock. `pytest -s tests/test_every_fault.py` prints the table as it was observed.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pytest
from rich import box
from rich.console import Console
from rich.table import Table
from sqlmodel import col, select

from agent import pausing, schedule, write
from agent.adapters.claude import Claude
from agent.outlet import Llm, Outlet
from agent.pipeline import SITTING, Pipeline
from agent.tables import Call, Paid, Pause, Revision, WritingSession
from agent.testing import DirectEngine, MovableClock
from agent.write.calling import LOST, TWICE, UNCOUNTED
from tests.messages_answers import events_of
from tests.messages_api import (
    A_FEW_WORDS,
    Answer,
    Event,
    HttpError,
    MessagesApi,
    a_call,
    after_work,
    bad_tool_json,
    cut_off_after,
    drip,
    error_event,
    hold,
    html_error,
    http_error,
    message,
    never_accepted,
    no_message_stop,
    reset,
    slow,
    text,
    tool_use,
    twice,
)

pytestmark = pytest.mark.slow

SHORT, LONG = 0.25, 20.0
"""Seconds that a call may take: where it is to take too long, and otherwise."""
TOKENS = (100, 50)
INPUT_PRICE, OUTPUT_PRICE = 15, 75
SETTLED = 100 * INPUT_PRICE + 50 * OUTPUT_PRICE
"""What such a reply costs, in millionths of a dollar."""
SUBMIT = tool_use("submit", {"title": "Tides", "text": A_FEW_WORDS})
LOOK = a_call("read_draft", {})
LOOKS = message(LOOK, stop_reason="tool_use")
GATEWAY = "<html><h1>Bad gateway</h1></html>"
NEVER = threading.Event()
ORDINARY = "nothing: it is an ordinary reply"
SWEEPS = 40
"""Five minutes apart; by then a sitting has to have come to its end."""

Fault = Answer | HttpError


@dataclass(frozen=True)
class Row:
    """One fault: what the double answers, and what is expected of us. Calls are counted by what they cost."""

    fault: str
    script: list[Fault]
    outcome: str
    told: str = ""
    settled: int = 1
    possibly: int = 0
    nothing: int = 0
    waits: float | None = None
    """Seconds until the end, where that is the point."""
    author: str = "opus"
    seconds: float = LONG
    """That the first call may take."""
    first: Callable[[], AbstractContextManager[str | None]] = nullcontext
    """Another address, for the first call alone."""


@dataclass
class Seen:
    """What was observed of a row."""

    settled: list[int]
    possibly: list[int]
    nothing: int
    outcome: str
    told: str
    waited: float
    """Seconds, where it was no operator who was waited for."""
    bill: list[tuple[int, int]]

    @property
    def calls(self) -> int:
        """All that were made."""
        return len(self.settled) + len(self.possibly) + self.nothing

    @property
    def money(self) -> str:
        """The calls by what they cost, in dollars."""
        counted = [f"{len(self.settled)} settled, ${sum(self.settled) / 1e6:.4f}"] if self.settled else []
        if self.possibly:
            counted.append(f"{len(self.possibly)} possibly paid, at most ${sum(self.possibly) / 1e6:.2f}")
        if self.nothing:
            counted.append(f"{self.nothing} not paid")
        return "\n".join(counted) or "nothing"


def refused(status: int, kind: str, words: str, **more: Any) -> HttpError:
    return http_error(status, kind, words, **more)


def paused(name: str, answer: Fault, told: str) -> Row:
    """A fault that an operator mends: the author is paused, and after that the same invitation is answered."""
    return Row(name, [answer, SUBMIT], "author paused; after resume: submitted", told, nothing=1)


def waited(name: str, answer: Fault, told: str, *, outcome: str = "submitted", **more: Any) -> Row:
    """A fault that passes and that nobody pays."""
    return Row(name, [answer, SUBMIT], outcome, told, nothing=1, **more)


def lost(name: str, answer: Fault, told: str, **more: Any) -> Row:
    """A fault after which nobody can tell whether the call is on the bill."""
    return Row(name, [answer, SUBMIT], "submitted", told, possibly=1, **more)


def reply(name: str, *script: Fault, outcome: str = "submitted", told: str = "", **more: Any) -> Row:
    """No fault of the service's: a reply, and what follows from it."""
    return Row(name, list(script), outcome, told, settled=len(script), **more)


def uncounted(name: str, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Row:
    """A reply without a count that can be used: it is kept, and taken for the most it can have cost. `change` is given
    the events that count: the first, and the last but one."""

    def changing(events: list[Event]) -> list[Event]:
        change(events[0][1], events[-2][1])
        return events

    return Row(name, [replace(SUBMIT, change=changing)], "submitted", f"call: {UNCOUNTED}", settled=0, possibly=1)


def changed(change: Callable[[list[Event]], list[Event]]) -> Answer:
    return replace(text(A_FEW_WORDS), change=change)


ROWS = [
    # What the service says by an HTTP status
    Row(
        "400 invalid request",
        [refused(400, "invalid_request_error", "max_tokens: 8192 > 4096")],
        "failed",
        "max_tokens: 8192 > 4096. Compare the author's profile in afterword.toml",
        settled=0,
        nothing=1,
    ),
    *[
        paused(
            f"400 no credit: {words}", refused(400, "invalid_request_error", words), f"(HTTP 400): {words}. Add credit"
        )
        for words in (
            "Your credit balance is too low to access the Anthropic API",
            "You have reached your specified API usage limits. You will regain access on 2026-12-01",
            "This organization has been disabled",
        )
    ],
    paused("400 no credit by its type", refused(400, "billing_error", "Pay first"), "asks for money before it answers"),
    paused("401 wrong key", refused(401, "authentication_error", "invalid x-api-key"), "Check the variable"),
    paused("402 no credit", refused(402, "billing_error", "Your credit balance is too low"), "Add credit there"),
    paused("403 no permission", refused(403, "permission_error", "Your key may not use it"), "Check the variable"),
    paused("404 model not there", refused(404, "not_found_error", "model: claude-3-opus"), "Ask for access"),
    Row(
        "413 request too large",
        [refused(413, "request_too_large", "Request exceeds the maximum size")],
        "failed",
        "Lower context_tokens",
        settled=0,
        nothing=1,
    ),
    lost("408 request timeout", refused(408, "timeout_error", "Too slow"), "It may have been paid"),
    waited("429 with retry-after 7", refused(429, "rate_limit_error", "Slow down", retry_after=7), "429", waits=7),
    waited(
        "429 with retry-after 3600",
        refused(429, "rate_limit_error", "Slow down", retry_after=3_600),
        "is asked again at",
        outcome="held; submitted",
        waits=3_600,
    ),
    waited("429 without retry-after", refused(429, "rate_limit_error", "Slow down"), "HTTP 429", waits=1),
    waited("500 error of the service", refused(500, "api_error", "Internal server error"), "HTTP 500", waits=1),
    waited("503 not available", html_error(503, GATEWAY), "HTTP 503", waits=1),
    waited("529 overloaded", refused(529, "overloaded_error", "Overloaded"), "HTTP 529", waits=1),
    Row(
        "529 time and again: an outage",
        [*[refused(529, "overloaded_error", "Overloaded")] * 6, SUBMIT],
        "held; submitted",
        "is asked again at",
        nothing=6,
    ),
    lost("502 of a proxy", html_error(502, GATEWAY, work=SUBMIT), "HTTP 502"),
    lost("504 of a proxy, the work done behind it", html_error(504, GATEWAY, work=SUBMIT), "HTTP 504"),
    lost("524 of a proxy, the work done behind it", html_error(524, GATEWAY, work=SUBMIT), "HTTP 524"),
    paused(
        "307 redirected elsewhere",
        HttpError(307, b"", {"location": "http://127.0.0.1:1/v1/messages"}),
        "sends the request elsewhere (HTTP 307)",
    ),
    paused("308 redirected for good", HttpError(308, b"", {"location": "/v2/messages"}), "elsewhere (HTTP 308)"),
    paused("407 of a proxy", html_error(407, GATEWAY), "asks who we are (HTTP 407)"),
    # What the connection does
    Row(
        "connect timeout",
        [SUBMIT],
        "submitted",
        "nothing answers there",
        nothing=1,
        first=never_accepted,
        seconds=SHORT,
    ),
    Row(
        "connection refused",
        [SUBMIT],
        "submitted",
        "could not be reached",
        nothing=1,
        first=lambda: nullcontext("http://127.0.0.1:9"),
    ),
    Row(
        "an address that cannot be used",
        [SUBMIT],
        "author paused; after resume: submitted",
        "Mend it, then `afterword resume opus`",
        nothing=1,
        first=lambda: nullcontext("http://[::1"),
    ),
    lost("read timeout: silence in mid-stream", hold(NEVER, after=3), "not finished after", seconds=SHORT),
    lost("a timeout after the work was done", after_work(30), "not finished after", seconds=SHORT),
    lost("slow drip past our own total deadline", drip(0.005), "not finished after", seconds=SHORT),
    lost("slow events past our own total deadline", slow(0.05), "not finished after", seconds=SHORT),
    lost("reset before any byte", reset(), "the connection was lost"),
    lost("reset in mid-stream", reset(4), "the connection was lost"),
    lost("a stream that ends early and cleanly", cut_off_after(5), "before its last event"),
    lost("a stream that ends early within HTTP", cut_off_after(5, within_http=True), "the connection was lost"),
    lost("no message_stop", no_message_stop(SUBMIT), "before its last event"),
    lost("no stop reason", text(A_FEW_WORDS, stop_reason=None), "no stop reason"),
    lost("another page at status 200", html_error(200, "<html>Sign in</html>"), "before its last event"),
    lost("an event that is no JSON", HttpError(200, b"data: {no\n\n", work=SUBMIT), "could not be read"),
    Row(
        "replies that break off time and again",
        [reset(4)] * 5,
        "held; failed",
        "5 calls brought no reply; the last: ",
        settled=0,
        possibly=5,
    ),
    # What an error event inside a stream says
    lost("error event in mid-stream", error_event("overloaded_error", after=4), "Overloaded"),
    waited("error event before the reply: 529", error_event("overloaded_error"), "HTTP 529", waits=1),
    waited("error event before the reply: 500", error_event("api_error", "Internal error"), "HTTP 500", waits=1),
    lost("error event before the reply: another", error_event("timeout_error", "Timed out"), "Timed out"),
    waited("error event before the reply: 429", error_event("rate_limit_error", "Slow down"), "HTTP 429"),
    paused("error event before the reply: 402", error_event("billing_error", "No credit"), "Add credit there"),
    paused("error event before the reply: 404", error_event("not_found_error", "model: x"), "Ask for access"),
    # Replies
    reply("max_tokens: the text goes on", text("It was", stop_reason="max_tokens"), SUBMIT),
    reply(
        "max_tokens time and again",
        *[text(f"Part {part},", stop_reason="max_tokens") for part in range(4)],
        outcome="unfinished",
        told="the longest length its endpoint allows",
    ),
    reply(
        "max_tokens of an author without tools", text("It was", stop_reason="max_tokens"), text(" so."), author="sonnet"
    ),
    reply("refusal", message(stop_reason="refusal"), outcome="refused", told="the service refused to answer"),
    reply(
        "refusal in the middle of a call",
        message(*SUBMIT.blocks, stop_reason="refusal"),
        outcome="refused",
        told="the service refused to answer",
    ),
    reply(
        "model_context_window_exceeded",
        text("It was", stop_reason="model_context_window_exceeded"),
        outcome="unfinished",
        told="grew longer than the endpoint can read",
    ),
    reply("pause_turn", text("It", stop_reason="pause_turn"), outcome="unfinished", told="the endpoint paused"),
    reply("an unknown stop reason", text("Hm.", stop_reason="something_new"), SUBMIT),
    reply("empty content", message(), outcome="declined", told="the author answered nothing"),
    reply("malformed tool input", bad_tool_json("submit", '{"text": tru}'), SUBMIT),
    reply("cut tool input", bad_tool_json("submit", '{"text": "The ti', stop_reason="max_tokens"), SUBMIT),
    reply("tool input that is no object", bad_tool_json("submit", "[1, 2]"), SUBMIT),
    reply(
        "an unknown block type and a call",
        message({"type": "melody", "notes": [1]}, LOOK, stop_reason="tool_use"),
        SUBMIT,
    ),
    reply(
        "an unknown block type alone",
        message({"type": "melody", "notes": [1]}),
        outcome="unfinished",
        told="in a form that is not known here",
    ),
    reply("an unknown tool", tool_use("compose_melody", {"notes": "c d e"}), SUBMIT),
    reply("an unknown tool with an impossible name", tool_use("please submit: " * 20, {}), SUBMIT),
    reply(
        "parallel tool calls",
        message(LOOK, a_call("write_note", {"text": "Ice."}), LOOK, stop_reason="tool_use"),
        SUBMIT,
    ),
    reply("parallel tool calls, the second of which ends", message(LOOK, *SUBMIT.blocks, LOOK, stop_reason="tool_use")),
    reply(
        "thinking without a signature",
        replace(LOOKS, blocks=({"type": "thinking", "thinking": "Hm.", "signature": ""}, LOOK)),
        SUBMIT,
    ),
    reply("ids that begin anew in each reply", *[replace(LOOKS, blocks=(LOOK | {"id": "call_0"},))] * 3, SUBMIT),
    lost("two tool calls with one id", replace(LOOKS, blocks=(LOOK | {"id": "a"}, LOOK | {"id": "a"})), "the same id"),
    lost("a tool call without a name", replace(LOOKS, blocks=(LOOK | {"name": ""},)), "has no name or no id"),
    # Tokens that nobody counted
    uncounted("no count of the tokens asked", lambda start, _: start["message"]["usage"].pop("input_tokens")),
    uncounted("no count of the tokens answered", lambda _, delta: delta.pop("usage")),
    uncounted("a count below nothing", lambda _, delta: delta["usage"].update(output_tokens=-1)),
    uncounted("a count that is no number", lambda _, delta: delta["usage"].update(output_tokens=True)),
    # Duplicate delivery, within a stream
    lost("message_start delivered twice", twice("message_start"), "do not fit together"),
    lost("content_block_start delivered twice", twice("content_block_start"), "do not fit together"),
    lost("content_block_stop delivered twice", twice("content_block_stop"), "do not fit together"),
    lost(
        "a delta delivered again after its block",
        changed(lambda events: [*events[:-2], events[3], *events[-2:]]),
        "do not fit together",
    ),
    reply("message_delta delivered twice", twice("message_delta", SUBMIT)),
    reply("message_stop delivered twice", twice("message_stop", SUBMIT)),
]


WIDTHS = {"fault": 40, "calls": 5, "money counted": 32, "outcome": 27, "what the operator is told": 66}
SEEN: dict[str, Seen] = {}
"""What was observed, by the name of the fault."""


@pytest.fixture(scope="module", autouse=True)
def _printed() -> Iterator[None]:
    yield
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for name, width in WIDTHS.items():
        table.add_column(name, width=width, justify="right" if name == "calls" else "left")
    for fault, seen in SEEN.items():
        table.add_row(fault, str(seen.calls), seen.money, seen.outcome + _later(seen.waited), seen.told)
    Console(width=182, highlight=False).print(table)


def _later(seconds: float) -> str:
    if not seconds:
        return ""
    return f", after {seconds:g} s" if seconds < 600 else f", after {seconds / 60:.0f} min"


class Log:
    """A log that keeps its warnings: action and reason."""

    def __init__(self) -> None:
        self.warnings: list[tuple[str, str]] = []

    def info(self, event: str, **facts: object) -> None:
        """Keep the protocol Log."""

    def warning(self, event: str, **facts: object) -> None:
        """Keep the protocol Log."""
        self.warnings.append((str(facts["action"]), str(facts.get("reason", event))))


class Play:
    """One invitation to an author whose endpoint has a fault, swept as the clock would sweep it."""

    def __init__(self, outlet: Outlet, api: MessagesApi, *, author: str = "opus", llms: Sequence[Llm] = ()) -> None:
        assert isinstance(outlet.now, MovableClock)
        self.api = api
        self.clock = outlet.now
        self.author = author
        self.log = Log()
        first = iter(llms)
        self.outlet = replace(outlet, log=self.log, llm=lambda _: next(first, None) or asked(outlet, author, api.url))
        self.engine = DirectEngine(self.clock)
        self.chain = Pipeline(self.outlet, self.engine)
        self.began = self.clock()
        self.slot = schedule.ask_now(self.outlet, author, "plain")

    def to_the_end(self) -> Seen:
        """Sweep until the sitting is over, as an operator where one is needed. Returns what was observed."""
        stages: list[str] = []
        for _ in range(SWEEPS):
            self.engine.enqueued.clear()
            self.chain.sweep()
            if any(workflow == SITTING for workflow, *_ in self.engine.enqueued):
                self.chain.sitting(self.slot)
                if self.session.outcome is not None:
                    return self._seen([*stages, self.session.outcome.value])
                continue
            self.clock.forward(minutes=5)
            if "paused" in self.chain.held_back[self.slot]:
                pausing.set_pause(self.outlet, self.author, paused=False, actor="ada", reason="It is mended.")
                stages.append("author paused; after resume:")
            elif not stages:
                stages.append("held;")
        pytest.fail(f"it did not end: {self.log.warnings}")

    @property
    def session(self) -> WritingSession:
        with self.outlet.database.read() as db:
            return db.exec(select(WritingSession)).one()

    def _seen(self, stages: list[str]) -> Seen:
        with self.outlet.database.read() as db:
            calls = db.exec(select(Call).order_by(col(Call.id))).all()
            pauses = db.exec(select(Pause.reason).where(Pause.actor == "outlet")).all()
        held = [f"log held_back: {reason}" for action, reason in self.log.warnings if action == "held_back"]
        warned = [f"log {action}: {reason}" for action, reason in self.log.warnings]
        ended = [] if stages[-1] == "submitted" else [f"session: {self.session.why}"]
        kept = [f"call: {call.fault}" for call in calls if call.fault]
        words = [*ended, *(f"pause: {reason}" for reason in pauses), *held[-1:], *warned[-1:], *kept[-1:], ORDINARY]
        return Seen(
            settled=[call.cost or 0 for call in calls if call.paid is Paid.SETTLED],
            possibly=[call.reserved or 0 for call in calls if call.paid in (Paid.POSSIBLY, Paid.RESERVED)],
            nothing=sum(call.paid is Paid.UNPAID for call in calls),
            outcome=" ".join(stages),
            told=re.sub(r"http://127\.0\.0\.1:\d+", "ENDPOINT", words[0]),
            waited=(self.clock() - self.began).total_seconds() if not pauses else 0,
            bill=self.api.bill,
        )


def asked(outlet: Outlet, author: str, url: str, seconds: float = LONG) -> Claude:
    """The author's endpoint, as `agent.app` wires it."""
    settings = outlet.settings.author(author)
    return Claude(settings, base_url=url, api_key=lambda: settings.api_key, seconds=seconds)


def priced(answer: Fault) -> Fault:
    """The same answer with known tokens, and a price."""
    if isinstance(answer, HttpError):
        return replace(answer, work=answer.work and replace(answer.work, tokens=TOKENS))
    return replace(answer, tokens=TOKENS)


def check(fault: str, seen: Seen) -> None:
    """Keep what was observed for the table. What is counted is never less than the bill of the service."""
    SEEN[fault] = seen
    billed = sum(asked * INPUT_PRICE + answered * OUTPUT_PRICE for asked, answered in seen.bill)
    assert sum(seen.settled) + sum(seen.possibly) >= billed
    assert len(seen.settled) + len(seen.possibly) >= len(seen.bill)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_the_fault_has_its_path(outlet: Outlet, row: Row) -> None:
    with MessagesApi([priced(answer) for answer in row.script]) as api, row.first() as url:
        first = asked(outlet, row.author, url or api.url, row.seconds)
        seen = Play(outlet, api, author=row.author, llms=[first]).to_the_end()
    check(row.fault, seen)
    assert (seen.settled, len(seen.possibly), seen.nothing) == ([SETTLED] * row.settled, row.possibly, row.nothing)
    assert len(api.requests) == len(row.script), "all that was scripted was asked for, and nothing else"
    assert seen.outcome == row.outcome
    assert row.told in seen.told
    assert (seen.told == ORDINARY) is not bool(row.told)
    assert row.waits in (None, seen.waited)


def test_one_step_that_is_run_twice_by_two_processes_keeps_one_reply_and_counts_both(outlet: Outlet) -> None:
    def answer(_: dict[str, Any]) -> Fault:
        if len(api.requests) == 1:
            # While this call is in flight, another process takes the same step, to the end.
            write.take_turn(play.outlet, play.session.id)
        return priced(SUBMIT)

    with MessagesApi(answer) as api:
        play = Play(outlet, api)
        seen = play.to_the_end()
    check("the same step delivered twice by the engine", seen)
    assert (seen.settled, seen.possibly, seen.outcome) == ([SETTLED] * 2, [], "submitted")
    assert "came_twice" in seen.told
    with outlet.database.read() as db:
        assert len(db.exec(select(Revision)).all()) == 1
        assert TWICE in db.exec(select(Call.fault)).all()


def test_a_process_that_ends_while_a_call_is_in_flight_asks_again_and_counts_both(outlet: Outlet) -> None:
    class Killed(BaseException):
        """No fault of the workflow's own."""

    def killed(_: str) -> None:
        raise Killed

    with MessagesApi([priced(text(A_FEW_WORDS)), priced(SUBMIT)]) as api:
        play = Play(outlet, api)
        play.chain.outlet = replace(play.outlet, heard=killed)
        with pytest.raises(Killed):
            play.to_the_end()
        play.chain.outlet = play.outlet
        seen = play.to_the_end()
    check("the process ends in mid-stream", seen)
    assert (seen.settled, len(seen.possibly), seen.outcome) == ([SETTLED], 1, "submitted")
    assert LOST in seen.told


def test_without_a_key_no_call_is_made_and_the_slot_waits_until_there_is_one(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with MessagesApi([priced(SUBMIT)]) as api:
        play = Play(outlet, api)
        play.chain.sweep()
        assert SITTING not in [workflow for workflow, *_ in play.engine.enqueued]
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
        seen = play.to_the_end()
    check("no API key", seen)
    assert (seen.settled, seen.possibly, seen.nothing, seen.outcome) == ([SETTLED], [], 0, "submitted")
    assert "the variable ANTHROPIC_API_KEY is not set" in seen.told


def sends(**facts: object) -> Callable[[Row], bool]:
    """Whether the first answer of a row is that very thing."""
    return lambda row: all(getattr(row.script[0], name, None) == fact for name, fact in facts.items())


def calls(row: Row) -> list[dict[str, Any]]:
    """The tool calls in the first answer of a row."""
    return [block for block in getattr(row.script[0], "blocks", ()) if block["type"] == "tool_use"]


def raw(row: Row) -> str:
    """The tool input in it, as it is sent."""
    return "".join(call.get("raw", "") for call in calls(row))


def names(row: Row) -> list[str]:
    """The events that it sends."""
    answer = row.script[0]
    return [name for name, _ in events_of(answer, "m", "msg_1", 1)] if isinstance(answer, Answer) else []


def waits_for(row: Row) -> str | None:
    answer = row.script[0]
    return answer.headers.get("retry-after") if isinstance(answer, HttpError) else None


LISTED: dict[str, Callable[[Row], bool]] = {
    **{str(status): sends(status=status) for status in (400, 401, 402, 403, 404, 413, 500, 529)},
    "429 with": lambda row: sends(status=429)(row) and waits_for(row) is not None,
    "429 without": lambda row: sends(status=429)(row) and waits_for(row) is None,
    "connect timeout": lambda row: row.first is never_accepted,
    "read timeout": sends(gate=NEVER, gate_after=3),
    "a timeout after the work was done": lambda row: getattr(row.script[0], "seconds", 0) > row.seconds,
    "reset in mid-stream": sends(ending="reset", after=4),
    "a stream that ends early and cleanly": sends(ending="silent", after=5),
    "no message_stop": lambda row: sends(ending="silent", after=len(names(row)) - 1)(row),
    "error event in mid-stream": sends(ending="error", after=4),
    "slow drip past our own total deadline": lambda row: getattr(row.script[0], "drip", 0) * 500 > row.seconds,
    "max_tokens": sends(stop_reason="max_tokens"),
    "refusal": sends(stop_reason="refusal"),
    "model_context_window_exceeded": sends(stop_reason="model_context_window_exceeded"),
    "empty content": sends(blocks=(), stop_reason="end_turn"),
    "malformed tool input": lambda row: sends(stop_reason="tool_use")(row) and "tru}" in raw(row),
    "cut tool input": lambda row: sends(stop_reason="max_tokens")(row) and raw(row).count('"') % 2 == 1,
    "an unknown block type": lambda row: "melody" in [block["type"] for block in getattr(row.script[0], "blocks", ())],
    "an unknown tool": lambda row: "compose_melody" in [call["name"] for call in calls(row)],
    "parallel tool calls": lambda row: len(calls(row)) > 1,
    "message_start delivered twice": lambda row: names(row).count("message_start") == 2,
}
"""What was asked for, and whether a row sends it."""


@pytest.mark.parametrize("fault", LISTED)
def test_every_fault_that_was_asked_for_is_in_the_table_and_is_what_is_sent(fault: str) -> None:
    rows = [row for row in ROWS if row.fault.startswith(fault)]
    assert any(LISTED[fault](row) for row in rows)
    others = [row for row in ROWS if row not in rows]
    assert not all(LISTED[fault](row) for row in others), "the question can be answered with no"


@pytest.mark.parametrize("row", [row for row in ROWS if row.fault[:3].isdigit()], ids=lambda row: row.fault)
def test_a_row_that_is_called_by_a_status_is_one_of_that_status(row: Row) -> None:
    assert sends(status=int(row.fault[:3]))(row)
