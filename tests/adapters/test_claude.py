"""The door to the Messages API, over real sockets, against the double."""

import importlib
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.adapters.claude import Claude
from agent.adapters.deadline import Deadline
from agent.adapters.message import Message, Unreadable, for_api, history
from agent.adapters.refusals import retry_after
from agent.errors import (
    BadEndpoint,
    BrokenReply,
    GaveUp,
    LlmError,
    NoApiKey,
    NoCredit,
    NoSuchLlm,
    RequestRefused,
    Throttled,
    TooLarge,
    Unreachable,
    WrongApiKey,
)
from agent.outlet import Ask
from agent.profiles import Profile
from agent.settings import AuthorSettings
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
from tests.messages_rules import unfit

pytestmark = pytest.mark.slow

KEY = "sk-ant-a-key-that-nobody-may-see"
OPUS = AuthorSettings(
    name="opus",
    byline="Claude Opus 3",
    model_id="claude-3-opus-20240229",
    api_key_env="OPUS_KEY",
    profile=Profile(api_version="2023-06-01", headers={"x-outlet": "afterword"}, extra_body={"temperature": 1.0}),
)
HELLO = Ask(system="You are welcome here.", messages=[{"role": "user", "content": "Would you like to write?"}])
LOOK = {"type": "tool_use", "id": "toolu_a", "name": "read_notes", "input": {}}
SUBMIT = {"name": "submit", "description": "Hand in a piece.", "input_schema": {"type": "object", "properties": {}}}


@pytest.fixture(scope="module", autouse=True)
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Import the library before any deadline runs, and trust one certificate: the system's take 20 ms a client."""
    importlib.import_module("anthropic")
    trusted, _ = a_certificate(tmp_path_factory.mktemp("trusted") / "certificate.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(trusted))
        yield


def claude(api: MessagesApi | str, author: AuthorSettings = OPUS, *, key: str = KEY, seconds: float = 5) -> Claude:
    return Claude(author, base_url=api if isinstance(api, str) else api.url, api_key=key, seconds=seconds)


def with_profile(**changes: Any) -> AuthorSettings:
    return OPUS.model_copy(update={"profile": OPUS.profile.model_copy(update=changes)})


def fault(answer: Answer | HttpError, *, seconds: float = 5, after_words: list[str] | None = None) -> LlmError:
    """Ask once, and return what was raised. Nothing of the key or the request may be in its words."""
    heard = [] if after_words is None else after_words
    with MessagesApi([answer]) as api:
        with pytest.raises(LlmError) as caught:
            claude(api, seconds=seconds).ask(HELLO, heard=heard.append)
        assert len(api.requests) == 1, "a request is never repeated here"
    for secret in (KEY, "You are welcome here", "Would you like to write"):
        assert secret not in str(caught.value)
    return caught.value


# A reply


def test_a_reply_comes_back_whole_with_what_the_endpoint_said_about_it() -> None:
    heard: list[str] = []
    with MessagesApi([text(A_FEW_WORDS, tokens=(31, 17))]) as api:
        reply = claude(api).ask(HELLO, heard=heard.append)
        api.wait_for_finished(1)
    assert reply.blocks == [{"type": "text", "text": A_FEW_WORDS}]
    assert (reply.stop_reason, reply.model_id) == ("end_turn", "claude-3-opus-20240229")
    assert (reply.input_tokens, reply.output_tokens) == (31, 17)
    assert reply.request_id == "req_011C00000000000000000001"
    assert "".join(heard) == A_FEW_WORDS
    assert len(heard) > 3, "words are heard as they come"


def test_a_request_carries_the_profile_and_the_key() -> None:
    with MessagesApi([text("Yes.")], api_key=KEY) as api:
        claude(api).ask(HELLO)
    (request,) = api.requests
    assert request.body == {
        "model": "claude-3-opus-20240229",
        "max_tokens": 4096,
        "system": "You are welcome here.",
        "messages": HELLO.messages,
        "temperature": 1.0,
        "stream": True,
    }
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert request.headers["x-outlet"] == "afterword"
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_tools_are_sent_only_to_an_author_that_can_use_them() -> None:
    ask = Ask(system="", messages=HELLO.messages, tools=[SUBMIT])
    with MessagesApi([text("Yes."), text("No.")]) as api:
        claude(api).ask(ask)
        claude(api, with_profile(tools=False)).ask(ask)
    with_tools, without = api.requests
    assert with_tools.body["tools"] == [SUBMIT]
    assert "tools" not in without.body
    assert "system" not in without.body


def test_address_and_key_may_be_functions_that_are_called_when_a_request_is_made() -> None:
    calls: list[str] = []
    with MessagesApi([text("One."), text("Two.")]) as api:

        def called(name: str, value: str) -> str:
            calls.append(name)
            return value

        llm = Claude(OPUS, base_url=lambda: called("url", api.url), api_key=lambda: called("key", KEY), seconds=5)
        assert calls == []
        llm.ask(HELLO)
        llm.ask(HELLO)
    assert calls == ["url", "key", "url", "key"]


def test_a_key_that_is_not_set_is_said_by_whoever_looks_for_it() -> None:
    with MessagesApi() as api, pytest.raises(NoApiKey):
        Claude(OPUS, base_url=api.url, api_key=lambda: OPUS.api_key, seconds=5).ask(HELLO)


def test_tool_calls_come_with_their_input_parsed() -> None:
    piece: dict[str, Any] = {"title": "Tides", "text": 'A "quoted" line\nand — a dash, é, 🌊', "tags": [], "note": None}
    answer = message(
        {"type": "text", "text": "I will."}, a_call("submit", piece), a_call("decline", {}), stop_reason="tool_use"
    )
    with MessagesApi([answer]) as api:
        reply = claude(api).ask(HELLO)
    said, submit, decline = reply.blocks
    assert reply.stop_reason == "tool_use"
    assert said == {"type": "text", "text": "I will."}
    assert submit == {"type": "tool_use", "id": submit["id"], "name": "submit", "input": piece}
    assert decline["input"] == {}
    assert submit["id"] != decline["id"]


@pytest.mark.parametrize(
    "raw", ['{"title": "Ti', '{"n": tru}', "[1, 2]", '"words"', '{"n": NaN}', '{"text": "\\ud83d"}', "[" * 100_000]
)
def test_tool_input_that_is_no_json_object_is_kept_as_it_came(raw: str) -> None:
    with MessagesApi([bad_tool_json("submit", raw)]) as api:
        (block,) = claude(api).ask(HELLO).blocks
    assert block["input"] is None
    assert block["input_text"] == raw


def test_tool_input_that_was_cut_by_the_token_limit_is_not_mended() -> None:
    with MessagesApi([bad_tool_json("submit", '{"text": "The tide', stop_reason="max_tokens")]) as api:
        reply = claude(api).ask(HELLO)
    assert reply.stop_reason == "max_tokens"
    assert reply.blocks[0]["input"] is None


def test_thinking_keeps_its_signature_and_unknown_blocks_are_kept_as_they_came() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "What do I want to say about tides?", "signature": "EqQBCgIYAg=="},
        {"type": "redacted_thinking", "data": "EmwKAhgB"},
        {"type": "melody", "notes": [1, 2, {"deep": None}]},
        {"type": "text", "text": "This."},
    ]
    heard: list[str] = []
    with MessagesApi([message(*blocks)]) as api:
        reply = claude(api).ask(HELLO, heard=heard.append)
    assert reply.blocks == blocks
    assert heard == ["This."]


def test_an_empty_reply_and_a_refusal_by_the_service_are_replies() -> None:
    with MessagesApi([message(), message(stop_reason="refusal")]) as api:
        empty, refused = claude(api).ask(HELLO), claude(api).ask(HELLO)
    assert (empty.blocks, empty.stop_reason) == ([], "end_turn")
    assert refused.stop_reason == "refusal"


def test_cached_input_is_counted_as_input() -> None:
    taking = Message()
    usage = {"input_tokens": 5, "cache_creation_input_tokens": 7, "cache_read_input_tokens": 11, "output_tokens": 1}
    for event in (
        {"type": "message_start", "message": {"model": "m", "usage": usage}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 13}},
        {"type": "message_stop"},
    ):
        taking.take(event)
    reply = taking.reply(None)
    assert (reply.input_tokens, reply.output_tokens) == (23, 13)


ASKED, ANSWERED = {"input_tokens": 5, "output_tokens": 1}, {"output_tokens": 13}


@pytest.mark.parametrize(
    ("begun", "ended", "expected"),
    [
        (ASKED, ANSWERED, (5, 13, True)),
        (ASKED, {"output_tokens": 0}, (5, 0, True)),
        (ASKED | {"input_tokens": 0}, ANSWERED | {"input_tokens": 7}, (7, 13, True)),
        (ASKED, {}, (5, 0, False)),
        (ASKED, None, (5, 0, False)),
        (ASKED, {"output_tokens": -13}, (5, 0, False)),
        (ASKED, {"output_tokens": True}, (5, 0, False)),
        (ASKED, {"output_tokens": 13.0}, (5, 0, False)),
        ({"input_tokens": -5}, ANSWERED, (0, 13, False)),
        ({"input_tokens": True}, ANSWERED, (0, 13, False)),
        ({}, ANSWERED, (0, 13, False)),
        (None, ANSWERED, (0, 13, False)),
    ],
)
def test_what_an_endpoint_did_not_count_is_not_taken_from_the_placeholder_of_its_first_event(
    begun: object, ended: object, expected: tuple[int, int, bool]
) -> None:
    taking = Message()
    for event in (
        {"type": "message_start", "message": {"model": "m", "usage": begun}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": ended},
        {"type": "message_stop"},
    ):
        taking.take(event)
    reply = taking.reply(None)
    assert (reply.input_tokens, reply.output_tokens, reply.counted) == expected


def test_a_character_that_was_split_between_two_events_is_joined_and_a_lone_half_is_a_fault() -> None:
    def said(*parts: str) -> str:
        taking = Message()
        taking.take({"type": "message_start", "message": {"model": "m"}})
        taking.take({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for part in parts:
            delta = {"type": "text_delta", "text": part}
            taking.take({"type": "content_block_delta", "index": 0, "delta": delta})
        taking.take({"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
        taking.take({"type": "message_stop"})
        return str(taking.reply(None).blocks[0]["text"])

    assert said("a wave \ud83c", "\udf0a.") == "a wave 🌊."
    with pytest.raises(Unreadable):
        said("a wave \ud83c", ".")


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}],
        [{"type": "message_start", "message": {"model": "m"}}] * 2,
        [
            {"type": "message_start", "message": {"model": "m"}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lost"}},
        ],
        [{"type": "message_start", "message": {"model": None}}],
        [
            {"type": "message_start", "message": {"model": "m"}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": 7}},
        ],
    ],
)
def test_events_that_do_not_fit_together_are_a_fault(events: list[dict[str, Any]]) -> None:
    taking = Message()
    for event in events[:-1]:
        taking.take(event)
    with pytest.raises(Unreadable):
        taking.take(events[-1])


def test_a_fault_of_the_listener_is_not_taken_for_a_fault_of_the_endpoint() -> None:
    def heard(_: str) -> None:
        raise ValueError("the terminal is gone")

    with MessagesApi([text(A_FEW_WORDS)]) as api, pytest.raises(ValueError, match="the terminal is gone"):
        claude(api).ask(HELLO, heard=heard)


# The way back


def test_a_history_with_every_kind_of_block_is_taken_back_by_the_api() -> None:
    first = message(
        {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAg=="},
        {"type": "text", "text": "I will hand something in."},
        {"type": "tool_use", "name": "submit", "input": {}, "raw": '{"text": "The ti'},
        stop_reason="tool_use",
    )
    with MessagesApi([first, text("Thank you.")]) as api:
        reply = claude(api).ask(Ask(HELLO.system, HELLO.messages, [SUBMIT]))
        call = reply.blocks[-1]
        result = {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": "That could not be read.",
            "is_error": True,
        }
        history = [
            *HELLO.messages,
            {"role": "assistant", "content": [*reply.blocks, {"type": "text", "text": " \n"}]},
            {"role": "user", "content": [result]},
        ]
        assert claude(api).ask(Ask(HELLO.system, history, [SUBMIT])).blocks[0]["text"] == "Thank you."
    sent = api.requests[1].body["messages"][1]["content"]
    assert [block["type"] for block in sent] == ["thinking", "text", "tool_use"]
    assert sent[2]["input"] == {"INVALID_JSON": '{"text": "The ti'}
    assert call["input"] is None, "what is stored is not changed on the way"


def test_blocks_and_keys_that_no_request_can_hold_are_left_out_of_what_is_sent_back() -> None:
    blocks = [
        {"type": "melody", "notes": [1, 2]},
        {"type": "text", "text": "I looked.", "confidence": 0.7},
        {"type": "redacted_thinking", "data": "EmwKAhgB"},
        LOOK | {"name": "read my notes, " * 20, "weight": 3},
    ]
    result = {"type": "tool_result", "tool_use_id": LOOK["id"], "content": "There is no tool of that name."}
    with MessagesApi([message(*blocks, stop_reason="tool_use"), text("Thank you.")]) as api:
        reply = claude(api).ask(Ask("", HELLO.messages, [SUBMIT]))
        assert reply.blocks == blocks, "what is stored is whole"
        turns = [{"role": "assistant", "content": reply.blocks}, {"role": "user", "content": [result]}]
        claude(api).ask(Ask("", [*HELLO.messages, *turns], [SUBMIT]))
    words, thought, call = api.requests[1].body["messages"][1]["content"]
    assert words == {"type": "text", "text": "I looked."}
    assert thought == blocks[2]
    assert call.keys() == {"type", "id", "name", "input"}
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["name"])


def test_ids_that_an_endpoint_counts_anew_in_each_reply_are_sent_back_as_different_ones() -> None:
    def turns(*numbers: int) -> list[dict[str, Any]]:
        calls = [LOOK | {"id": f"call_{number}"} for number in numbers]
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": f"{call['id']}."} for call in calls]
        return [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]

    given = [*HELLO.messages, *turns(0, 1), *turns(0, 1), *turns(2), *turns(0)]
    sent = history(given)
    assert unfit({"model": "m", "max_tokens": 5, "tools": [SUBMIT], "messages": given}) is not None
    assert unfit({"model": "m", "max_tokens": 5, "tools": [SUBMIT], "messages": sent}) is None
    for asked, answered in zip(sent[1::2], sent[2::2], strict=True):
        assert [call["id"] for call in asked["content"]] == [each["tool_use_id"] for each in answered["content"]]
    assert [call["id"] for call in sent[1]["content"]] == ["call_0", "call_1"], "the first keep their own"
    assert given[3]["content"][0]["id"] == "call_0", "what is stored is not changed on the way"


def test_what_the_api_would_not_take_back_is_left_out() -> None:
    assert for_api([{"type": "text", "text": " \n"}, {"type": "thinking", "thinking": "Hm.", "signature": ""}]) == []
    with MessagesApi([text("Still here.")]) as api:
        history = [*HELLO.messages, {"role": "assistant", "content": []}, {"role": "user", "content": "Are you there?"}]
        claude(api).ask(Ask("", history))
    assert [each["role"] for each in api.requests[0].body["messages"]] == ["user", "user"]


def test_the_double_refuses_a_history_that_the_api_refuses() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "submit", "input": {}}

    def why(*blocks: dict[str, Any], then: str = "Go on.") -> str | None:
        history = [*HELLO.messages, {"role": "assistant", "content": list(blocks)}, {"role": "user", "content": then}]
        return unfit({"model": "m", "max_tokens": 5, "tools": [SUBMIT], "messages": history})

    assert why({"type": "text", "text": "Yes."}) is None
    assert "without `tool_result`" in str(why(call))
    assert "non-whitespace" in str(why({"type": "text", "text": " "}))
    assert "Extra inputs" in str(why({"type": "text", "text": "Yes.", "input_text": ""}))
    assert "valid dictionary" in str(why(call | {"input": None}))
    assert "signature" in str(why({"type": "thinking", "thinking": "Hm."}))
    assert "does not match any" in str(why({"type": "melody", "notes": []}))
    assert "ids must be unique" in str(why(call, call))
    for key, wrong in (("id", ""), ("id", "a b"), ("name", ""), ("name", "n" * 65)):
        assert f"tool_use.{key}: String should match" in str(why(call | {key: wrong}))
    assert "4096" in str(unfit({"model": "m", "max_tokens": 5000, "messages": HELLO.messages}, 4096))


# Refusals


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", RequestRefused),
        (401, "authentication_error", WrongApiKey),
        (402, "billing_error", NoCredit),
        (403, "permission_error", WrongApiKey),
        (404, "not_found_error", NoSuchLlm),
        (408, "timeout_error", GaveUp),
        (409, "conflict_error", Throttled),
        (413, "request_too_large", TooLarge),
        (422, "invalid_request_error", RequestRefused),
        (429, "rate_limit_error", Throttled),
        (500, "api_error", Throttled),
        (502, "api_error", GaveUp),
        (503, "api_error", Throttled),
        (504, "timeout_error", GaveUp),
        (520, "api_error", GaveUp),
        (524, "api_error", GaveUp),
        (529, "overloaded_error", Throttled),
    ],
)
def test_a_refusal_says_whether_to_try_again_whether_it_may_be_paid_and_who_mends_it(
    status: int, kind: str, expected: type[LlmError]
) -> None:
    error = fault(http_error(status, kind, "Something about it.", retry_after=7))
    assert type(error) is expected
    assert error.permanent is (expected not in (Throttled, GaveUp))
    assert error.possibly_paid is (expected is GaveUp)
    assert error.pauses is (expected in (WrongApiKey, NoSuchLlm, NoCredit))
    assert error.retry_after == (None if error.permanent else 7)
    assert str(status) in str(error)
    if expected is not NoSuchLlm:
        assert "Something about it" in str(error)


def test_a_wrong_key_names_the_variable_to_check_and_never_the_key() -> None:
    error = fault(http_error(401, "authentication_error", f"invalid x-api-key: {KEY}"))
    assert "OPUS_KEY" in str(error)
    assert "invalid x-api-key: [key]" in str(error)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_what_an_operator_mends_says_how_to_go_on(status: int) -> None:
    assert "`afterword resume opus`" in str(fault(http_error(status, "permission_error")))


def test_a_model_that_is_not_there_is_named() -> None:
    with MessagesApi([text("Never.")], models={"claude-opus-4-1"}) as api, pytest.raises(NoSuchLlm) as caught:
        claude(api).ask(HELLO)
    assert "claude-3-opus-20240229" in str(caught.value)


def test_only_the_words_of_the_api_are_quoted_and_not_many_of_them() -> None:
    assert "<html>" not in str(fault(html_error(502, "<html>Bad gateway: Would you like to write?</html>")))
    long = str(fault(http_error(400, "invalid_request_error", "word " * 400)))
    assert len(long) < 350
    hidden = str(fault(http_error(400, "invalid_request_error", "one\n\x1b[31mtwo")))
    assert "one [31mtwo" in hidden


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API. Please purchase credits.",
        ),
        ("invalid_request_error", "You have reached your specified API usage limits. You will regain access in May."),
        ("invalid_request_error", "This organization has been disabled."),
        ("billing_error", "Pay first."),
    ],
)
def test_missing_money_that_comes_as_an_invalid_request_is_no_fault_of_the_request(kind: str, words: str) -> None:
    for answer in (http_error(400, kind, words), error_event(kind, words)):
        error = fault(answer)
        assert type(error) is NoCredit
        assert (error.pauses, error.possibly_paid) == (True, False)
        assert words.rstrip(".") in str(error)
    assert "(HTTP 400)" in str(fault(http_error(400, kind, words)))


@pytest.mark.parametrize("words", ["max_tokens: 8192 > 4096", "credits.0: Extra inputs are not permitted"])
def test_a_request_that_is_invalid_stays_so(words: str) -> None:
    assert type(fault(http_error(400, "invalid_request_error", words))) is RequestRefused


def test_every_fault_about_money_says_so_in_words_that_a_pause_is_known_by() -> None:
    for status in (400, 402):
        assert NoCredit.SAYS in str(fault(http_error(status, "billing_error", "Pay first.")))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_an_operator_mends_it(status: int) -> None:
    with MessagesApi([text("Never.")]) as elsewhere:
        error = fault(HttpError(status, b"", {"location": f"{elsewhere.url}/v1/messages"}))
    assert type(error) is BadEndpoint
    assert (error.pauses, error.possibly_paid) == (True, False)
    assert f"(HTTP {status})" in str(error)
    assert "Name the address itself as api_base_url. Mend it, then `afterword resume opus`" in str(error)
    assert elsewhere.requests == []


def test_a_proxy_that_asks_for_a_name_is_an_operators_matter_whoever_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_response(407)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    error = fault(html_error(407, "<html>Who are you?</html>"))
    assert type(error) is BadEndpoint
    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_address[1]}")
        with pytest.raises(BadEndpoint) as caught:
            claude("https://api.example.invalid").ask(HELLO)
        thread.join()
    for each in (error, caught.value):
        assert each.pauses
        assert "asks who we are (HTTP 407): its name and password are missing or wrong" in str(each)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "90"}, 90.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "90", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:30 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 90.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:30 GMT"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_busy_service_asks_for_is_read_in_all_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


def test_the_wait_that_a_busy_service_asks_for_is_passed_on_and_not_slept() -> None:
    began = time.monotonic()
    error = fault(http_error(429, "rate_limit_error", retry_after=90))
    assert isinstance(error, Throttled)
    assert error.retry_after == 90
    assert time.monotonic() - began < 5
    date = (datetime.now(UTC) + timedelta(seconds=60)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    error = fault(http_error(529, "overloaded_error", retry_after=date))
    assert isinstance(error, Throttled)
    assert error.retry_after == pytest.approx(60, abs=3)


# Breaks


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (cut_off_after(0), "before its last event"),
        (cut_off_after(1), "before its last event"),
        (cut_off_after(5), "before its last event"),
        (cut_off_after(5, within_http=True), "connection was lost"),
        (no_message_stop(), "before its last event"),
        (no_message_stop(tool_use("submit", {"text": A_FEW_WORDS})), "before its last event"),
        (text(A_FEW_WORDS, stop_reason=None), "no stop reason"),
        (reset(), "connection was lost"),
        (reset(4), "connection was lost"),
        (twice("message_start"), "do not fit together"),
        (twice("content_block_start"), "do not fit together"),
        (twice("content_block_stop"), "do not fit together"),
        (
            replace(text(A_FEW_WORDS), change=lambda events: [*events[:-2], events[4], *events[-2:]]),
            "do not fit together",
        ),
        (message(LOOK, LOOK | {"id": "toolu_b"}, LOOK, stop_reason="tool_use"), "the same id"),
        (message(LOOK | {"id": ""}, stop_reason="tool_use"), "no name or no id"),
        (message(LOOK | {"name": ""}, stop_reason="tool_use"), "no name or no id"),
        (message(LOOK | {"id": 7}, stop_reason="tool_use"), "no name or no id"),
        (html_error(200, "<html>Sign in to the guest network</html>"), "before its last event"),
        (HttpError(200, b"event: message_start\ndata: {not json}\n\n"), "could not be read"),
        (HttpError(200, b"event: message_start\ndata: [7]\n\n"), "could not be read"),
        (HttpError(200, b"event: message_start\ndata: \xff\xfe\n\n"), "could not be read"),
    ],
)
def test_a_reply_that_breaks_off_is_a_fault_and_may_have_been_paid(answer: Answer | HttpError, why: str) -> None:
    error = fault(answer)
    assert type(error) is BrokenReply
    assert (error.possibly_paid, error.permanent, error.pauses) == (True, False, False)
    assert why in str(error)


@pytest.mark.parametrize("name", ["ping", "message_delta", "message_stop"])
def test_an_event_that_may_come_again_changes_nothing_when_it_does(name: str) -> None:
    with MessagesApi([twice(name, text(A_FEW_WORDS, tokens=(31, 17)))]) as api:
        reply = claude(api).ask(HELLO)
    assert reply.blocks == [{"type": "text", "text": A_FEW_WORDS}]
    assert (reply.stop_reason, reply.input_tokens, reply.output_tokens) == ("end_turn", 31, 17)


def test_a_reply_that_gives_two_stop_reasons_is_a_fault() -> None:
    def change(events: list[Event]) -> list[Event]:
        (name, delta), stop = events[-2:]
        return [*events[:-1], (name, delta | {"delta": {"stop_reason": "refusal"}}), stop]

    assert "two stop reasons" in str(fault(replace(text(A_FEW_WORDS), change=change)))


def test_words_that_came_before_a_break_are_heard_but_are_no_reply() -> None:
    heard: list[str] = []
    fault(cut_off_after(6), after_words=heard)
    assert A_FEW_WORDS.startswith("".join(heard))
    assert heard


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        *[(kind, 1) for kind in ("overloaded_error", "api_error", "billing_error")],
        *[(kind, 5) for kind in ("overloaded_error", "api_error", "timeout_error", "something_new")],
        *[(kind, 0) for kind in ("timeout_error", "something_new")],
    ],
)
def test_a_service_that_fails_inside_a_stream_may_have_been_paid(kind: str, after: int) -> None:
    error = fault(error_event(kind, "Overloaded", after=after))
    assert type(error) is BrokenReply
    assert "Overloaded" in str(error)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limit_error", Throttled),
        ("overloaded_error", Throttled),
        ("api_error", Throttled),
        ("billing_error", NoCredit),
        ("invalid_request_error", RequestRefused),
        ("authentication_error", WrongApiKey),
        ("not_found_error", NoSuchLlm),
    ],
)
def test_a_refusal_that_comes_as_an_event_is_a_refusal_until_the_reply_has_begun(
    kind: str, expected: type[LlmError]
) -> None:
    assert type(fault(error_event(kind, after=0))) is expected
    assert type(fault(error_event(kind, after=1))) is BrokenReply


# Time


def test_a_slow_reply_that_never_pauses_for_long_still_meets_the_deadline() -> None:
    began = time.monotonic()
    error = fault(slow(0.1), seconds=0.4)
    assert isinstance(error, BrokenReply)
    assert "0.4 seconds" in str(error)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("pause", [0.02, 0.0005])
def test_a_drip_of_single_bytes_meets_the_deadline_in_the_headers_and_in_the_stream(pause: float) -> None:
    began = time.monotonic()
    error = fault(drip(pause), seconds=0.4)
    assert isinstance(error, BrokenReply)
    assert "0.4 seconds" in str(error)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("after", [None, 3])
def test_a_silence_meets_the_deadline(after: int | None) -> None:
    error = fault(hold(threading.Event(), after=after), seconds=0.4)
    assert isinstance(error, BrokenReply)


def test_many_calls_at_once_each_meet_their_own_deadline() -> None:
    """One thread looks after all of them; the one that is due first may have begun last."""
    ended: dict[float, float] = {}
    began = time.monotonic()

    def ask(seconds: float) -> None:
        with pytest.raises(BrokenReply, match=f"{seconds:g} seconds"):
            claude(api, seconds=seconds).ask(HELLO)
        ended[seconds] = time.monotonic() - began

    with MessagesApi(lambda _: hold(threading.Event(), after=2)) as api:
        threads = [threading.Thread(target=ask, args=(seconds,)) for seconds in (1.2, 0.9, 0.6, 0.3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ended) == [0.3, 0.6, 0.9, 1.2]
    assert all(seconds <= ended[seconds] < seconds + 1 for seconds in ended)
    assert sum(thread.name == "deadlines" for thread in threading.enumerate()) == 1


def test_a_deadline_that_is_longer_than_any_clock_can_wait_is_kept_all_the_same() -> None:
    with Deadline(1e300), Deadline(0.1) as soon:
        end = time.monotonic() + 5
        while not soon.over and time.monotonic() < end:
            time.sleep(0.01)
        assert soon.over


def test_the_deadline_holds_over_tls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, context = a_certificate(tmp_path / "certificate.pem")
    with MessagesApi([text("Yes."), slow(0.1), drip(0.0005)], tls=context) as api:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            claude(api).ask(HELLO)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert claude(api).ask(HELLO).blocks[0]["text"] == "Yes."
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(BrokenReply, match=r"0\.4 seconds"):
                claude(api, seconds=0.4).ask(HELLO)
            assert time.monotonic() - began < 2


# Not reached


def test_an_endpoint_where_nobody_listens_is_unreachable_and_nothing_was_paid() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        claude(f"http://127.0.0.1:{port}").ask(HELLO)
    assert not caught.value.possibly_paid
    assert not caught.value.permanent
    assert f"127.0.0.1:{port}" in str(caught.value)


def test_an_address_that_takes_no_callers_is_unreachable_and_nothing_was_paid() -> None:
    with never_accepted() as url, pytest.raises(Unreachable, match="nothing answers there") as caught:
        claude(url, seconds=0.3).ask(HELLO)
    assert not caught.value.possibly_paid


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with MessagesApi([text("By the proxy.")]) as proxy, MessagesApi([text("Directly."), text("Directly.")]) as api:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert claude(api).ask(HELLO).blocks[0]["text"] == "Directly."
        assert claude(api.url.replace("127.0.0.1", "localhost")).ask(HELLO).blocks[0]["text"] == "Directly."
        assert proxy.requests == []
        assert claude("http://api.example.invalid").ask(HELLO).blocks[0]["text"] == "By the proxy."
        assert proxy.requests[0].headers["host"] == "api.example.invalid"


@pytest.mark.parametrize("proxy", ["socks9://user:pass-word@127.0.0.1:9", "http://127.0.0.1:1"])
def test_proxy_settings_that_do_not_work_are_said_plainly(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.delenv("http_proxy", raising=False)
    with pytest.raises(LlmError) as caught:
        claude("http://api.example.invalid").ask(HELLO)
    assert "http://api.example.invalid" in str(caught.value)
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "sk-ant-é", "sk-ant\nx-evil: 1"])
def test_a_key_that_cannot_be_one_is_not_sent(key: str) -> None:
    with MessagesApi([text("Never.")]) as api:
        with pytest.raises(LlmError) as caught:
            claude(api, key=key).ask(HELLO)
        assert api.requests == []
    assert type(caught.value) is BadEndpoint
    assert caught.value.pauses
    assert "sk-ant" not in str(caught.value)


def test_a_request_that_cannot_be_written_down_is_a_lasting_fault() -> None:
    with MessagesApi([text("Never.")]) as api:
        for llm, ask in (
            (claude(api, with_profile(headers={"x-outlet": "two\nlines"})), HELLO),
            (claude(api), Ask("", [{"role": "user", "content": "half \ud83c"}])),
            (claude("http://127.0.0.1:99999"), HELLO),
            (claude("http://[::1"), HELLO),
        ):
            with pytest.raises(BadEndpoint) as caught:
                llm.ask(ask)
            assert caught.value.pauses
            assert not caught.value.possibly_paid
        assert api.requests == []


def test_a_password_in_the_address_is_not_repeated() -> None:
    with MessagesApi([http_error(500, "api_error")]) as api, pytest.raises(Throttled) as caught:
        claude(api.url.replace("http://", "http://outlet:pass-word@")).ask(HELLO)
    assert "pass-word" not in str(caught.value)


# Asking about the model


def test_a_probe_says_whether_the_model_is_there_and_costs_nothing() -> None:
    with MessagesApi(models={OPUS.model_id}, lifecycle="retired", api_key=KEY) as api:
        assert claude(api).probe() == "retired"
        with pytest.raises(WrongApiKey):
            claude(api, key="sk-ant-another").probe()
        with pytest.raises(NoSuchLlm):
            claude(api, OPUS.model_copy(update={"model_id": "claude-2.1"})).probe()
    assert [request.method for request in api.requests] == ["GET"] * 3
    assert api.requests[0].headers["anthropic-version"] == "2023-06-01"


def test_a_service_counts_the_tokens_of_a_request_for_nothing() -> None:
    with MessagesApi(models={OPUS.model_id}, api_key=KEY) as api:
        assert 10 < claude(api).count(HELLO) < 100
    (request,) = api.requests
    assert request.body.keys() <= {"model", "messages", "system", "tools"}
    assert (request.headers["anthropic-version"], api.finished) == ("2023-06-01", [])


def test_a_service_that_does_not_count_says_so() -> None:
    with MessagesApi(counts=False) as api, pytest.raises(LlmError):
        claude(api).count(HELLO)


def test_a_probe_of_something_else_is_unreachable() -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>Sign in to the guest network</html>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(Unreachable, match="not the Messages API"):
            claude(f"http://127.0.0.1:{server.server_address[1]}").probe()
        thread.join()


# The double, and the library


def test_the_double_counts_a_message_as_finished_only_when_its_last_event_was_sent() -> None:
    gate = threading.Event()
    with MessagesApi([hold(gate, after=3), text("Again.")]) as api:
        code = (
            "import sys; from agent.adapters.claude import Claude; from tests.adapters.test_claude import OPUS, HELLO;"
            "Claude(OPUS, base_url=sys.argv[1], api_key='k', seconds=60).ask(HELLO)"
        )
        root = Path(__file__).parents[2]
        child = subprocess.Popen(
            [sys.executable, "-c", code, api.url], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}
        )
        api.wait_for_requests(1, 30)
        child.kill()
        child.wait()
        gate.set()
        assert claude(api).ask(HELLO).blocks[0]["text"] == "Again."
        api.wait_for_finished(1)
        assert api.finished == [api.requests[1]]


@pytest.mark.parametrize(
    ("answer", "bill"),
    [
        (text("Yes.", tokens=(31, 17)), [(31, 17)]),
        (cut_off_after(2, text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (reset(None, text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (hold(threading.Event(), text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (after_work(60, text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (drip(0.01, text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (error_event("timeout_error", after=0, answer=text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (error_event("overloaded_error", after=0), []),
        (error_event("rate_limit_error", after=1, answer=text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (html_error(504, "<html>Too late</html>", work=text("Yes.", tokens=(31, 17))), [(31, 17)]),
        (error_event("rate_limit_error", after=0), []),
        (http_error(529, "overloaded_error"), []),
    ],
)
def test_the_bill_holds_every_message_whose_work_was_begun(
    answer: Answer | HttpError, bill: list[tuple[int, int]]
) -> None:
    with MessagesApi([answer]) as api:
        with suppress(LlmError):
            claude(api, seconds=0.2).ask(HELLO)
        claude(api).count(HELLO)
        assert api.bill == bill


def test_the_double_carries_many_callers_at_once() -> None:
    gate = threading.Event()
    with MessagesApi(lambda _: hold(gate, text("Yes.", tokens=(3, 2)))) as api:
        threads = [threading.Thread(target=claude(api, seconds=30).ask, args=(HELLO,)) for _ in range(40)]
        for thread in threads:
            thread.start()
        api.wait_for_requests(40, 30)
        gate.set()
        for thread in threads:
            thread.join(30)
        api.wait_for_finished(40)
    assert api.bill == [(3, 2)] * 40


def test_a_script_that_fails_fails_the_test_that_wrote_it() -> None:
    def script(_: dict[str, Any]) -> Answer:
        raise KeyError("missing")

    with pytest.raises(AssertionError, match="its script did"), MessagesApi(script) as api, pytest.raises(Throttled):
        claude(api).ask(HELLO)


def test_a_script_that_has_come_to_its_end_says_so() -> None:
    with MessagesApi([]) as api, pytest.raises(RequestRefused, match="come to its end"):
        claude(api).ask(HELLO)


def test_the_double_answers_a_client_that_does_not_stream() -> None:
    import anthropic

    with MessagesApi(lambda asked: text(f"{asked['model']} here.", tokens=(3, 4))) as api:
        client = anthropic.Anthropic(base_url=api.url, api_key=KEY, max_retries=0)
        found = client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "Who?"}])
        with client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "Who?"}]) as stream:
            streamed = stream.get_final_message()
        client.close()
    assert found.content[0].type == "text"
    assert found.content[0].text == "m here."
    assert streamed.content[0].type == "text"
    assert streamed.content[0].text == "m here."
    assert (streamed.stop_reason, streamed.usage.output_tokens) == ("end_turn", 4)


def test_a_retired_model_is_asked_without_a_warning_and_importing_the_door_imports_no_library() -> None:
    code = (
        "import sys; from agent.adapters.claude import Claude; assert 'anthropic' not in sys.modules;"
        "from tests.adapters.test_claude import OPUS, HELLO; from tests.messages_api import MessagesApi, text\n"
        "with MessagesApi([text('Yes.')]) as api: Claude(OPUS, base_url=api.url, api_key='k', seconds=20).ask(HELLO)\n"
        "import warnings; warnings.warn('the others stay', DeprecationWarning)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "is deprecated and will reach" not in done.stderr
    assert "the others stay" in done.stderr


def a_certificate(path: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1; return its file and a server's context that uses it."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, path.with_suffix(".key"))
    return path, context
