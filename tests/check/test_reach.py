"""Whether addresses answer: asked over real HTTP on a loopback address, gently, and never in a private network."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agent.adapters import guard
from agent.adapters.reaching import Reacher
from agent.check.asked.asking import asking
from agent.check.asked.reach import HOLDS_A_KEY, MOST, REACH, TOO_MANY, ask
from agent.check.frame import Finding, Subject
from agent.outlet import Outlet
from agent.render import Rendered, render
from agent.tables import Level

Asked = tuple[str, str, dict[str, str]]


class World:
    """Some hosts on one loopback address. It answers with the status that a path names, and keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def _answer(self) -> None:
                world.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                what, _, to = self.path[1:].partition("/")
                if what == "slow":
                    time.sleep(1)
                if self.command == "HEAD" and what == "hangs-up":
                    return
                if self.command == "HEAD" and what == "no-head":
                    self.send_error(405)
                    return
                self.send_response(int(what) if what.isdigit() else 200)
                if what in {"301", "302"}:
                    self.send_header("location", to.replace("PORT", str(world.port)))
                self.send_header("set-cookie", "seen=1")
                self.send_header("content-length", "1000000")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "tides.org") -> str:
        return f"http://{host}:{self.port}/{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def resolve(host: str, port: int) -> list[str]:
    """The name server of that world."""
    if host in {"tides.org", "harbour.net"}:
        return ["127.0.0.1"]
    number = socket.EAI_NONAME if host == "nobody.org" else socket.EAI_AGAIN
    raise socket.gaierror(number, "no such name")


@pytest.fixture(scope="module")
def servers() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(servers: World) -> World:
    servers.asked.clear()
    return servers


REACHER = Reacher(allow_private=True, resolve=resolve)


def subject(text: str) -> Subject:
    return Subject(text, "", "end_turn", render(text), with_form=True)


def found(text: str, reacher: Reacher = REACHER) -> list[Finding]:
    findings = ask(subject(text), reacher.ask).findings
    assert all(finding.why.endswith(".") for finding in findings)
    return list(findings)


def said(text: str, reacher: Reacher = REACHER) -> list[tuple[Level, str]]:
    return [(finding.level, finding.category) for finding in found(text, reacher)]


def test_an_address_that_answers_is_no_flag_and_is_asked_once_for_its_head_alone(world: World) -> None:
    assert found(f"{world.url('200')} and [again]({world.url('200')}#below)") == []
    [(method, path, headers)] = world.asked
    assert (method, path) == ("HEAD", "/200")
    assert headers["user-agent"] == "Afterword/1 (link check)"
    assert not {"cookie", "authorization", "referer"} & headers.keys()


@pytest.mark.parametrize("path", ["no-head", "hangs-up"])
def test_where_a_server_knows_no_head_a_few_bytes_are_asked_for(world: World, path: str) -> None:
    assert found(world.url(path)) == []
    assert [method for method, *_ in world.asked] == ["HEAD", "GET"]
    assert world.asked[1][2]["range"] == "bytes=0-255"


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_a_note_with_what_was_answered(world: World, status: int) -> None:
    text = f"See [the bells]({world.url(str(status))})."
    [flag] = found(text)
    assert (flag.level, flag.category, flag.evidence) == (Level.NOTE, "gone", {"answered": f"HTTP {status}"})
    assert text[flag.start : flag.end] == world.url(str(status))


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_server_that_refuses_says_nothing_about_the_address(world: World, status: int) -> None:
    [flag] = found(world.url(str(status)))
    assert (flag.level, flag.category) == (Level.NOTE, "not known")
    assert flag.evidence == {"answered": f"HTTP {status}"}


def test_one_that_is_slow_or_cannot_be_reached_is_not_known_either(world: World) -> None:
    [slow] = found(world.url("slow"), Reacher(allow_private=True, resolve=resolve, seconds=0.1))
    assert (slow.category, slow.evidence) == ("not known", {"why": "it did not answer in time"})
    [away] = found("https://elsewhere.org/")
    assert (away.category, away.evidence) == ("not known", {"why": "no connection could be made"})


def test_a_host_of_which_there_is_no_name_is_a_note() -> None:
    assert said("https://nobody.org/essays") == [(Level.NOTE, "gone")]


def test_a_private_address_is_never_asked_and_needs_an_answer(world: World) -> None:
    public_only = Reacher(resolve=resolve)
    assert said(world.url("200"), public_only) == [(Level.LOOK, "private")]
    assert world.asked == []


def test_a_redirect_into_a_private_network_is_not_followed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.1")  # Of all that there is.
    public_only = Reacher(resolve=lambda host, port: ["127.0.0.1"] if host == "tides.org" else [host])
    assert said(world.url("302/http://169.254.169.254/latest"), public_only) == [(Level.LOOK, "private")]
    assert said(world.url("200"), public_only) == []


def test_an_address_that_leads_on_to_another_host_says_which(world: World) -> None:
    [flag] = found(world.url("301/http://harbour.net:PORT/200"))
    assert (flag.level, flag.category) == (Level.NOTE, "onward")
    assert flag.evidence == {"answered": "HTTP 200", "leads on to": "harbour.net"}
    assert found(world.url("301/http://tides.org:PORT/200")) == []


def test_a_ring_of_redirects_is_left(world: World) -> None:
    [flag] = found(world.url("302/302/302"), Reacher(allow_private=True, resolve=resolve))
    assert flag.category in {"not known", "onward"}
    assert len(world.asked) <= 12


def test_an_address_that_holds_a_key_is_not_asked(world: World) -> None:
    held = [f"http://ada:secret@tides.org:{world.port}/200", world.url("200?api_key=c29tZXRoaW5n")]
    assert [each.evidence for each in found(" ".join(held))] == [{"why": HOLDS_A_KEY}] * 2
    assert world.asked == []


def test_only_what_readers_can_follow_is_asked(world: World) -> None:
    lead_nowhere = [f"`{world.url('404')}`", "https://example.org/x", world.url("404", "127.0.0.1"), "tides.org"]
    assert found(f"{', '.join(lead_nowhere)}, mailto:ada@tides.org") == []
    assert world.asked == []


def test_of_many_addresses_the_first_are_asked_and_the_rest_is_said_not_to_be(world: World) -> None:
    text = " ".join(f"[{at}]({world.url(f'200/{at}')})" for at in range(MOST + 5))
    flags = ask(Subject(text, "", "end_turn", Rendered("", ()), with_form=True), REACHER.ask).findings
    assert [(flag.category, flag.evidence) for flag in flags] == [("not known", {"why": TOO_MANY})]
    assert len(world.asked) == MOST


@pytest.mark.parametrize(
    "url", ["http://[:::/", "http://" + "a" * 300 + ".org/", "http://tides.org:22/", "ftp://tides.org/"]
)
def test_whatever_the_address_nothing_is_raised(url: str) -> None:
    assert REACHER.ask(url).status is None


@pytest.mark.slow
def test_it_is_asked_only_where_the_settings_say_so(outlet: Outlet, world: World) -> None:
    assert REACH not in asking(outlet)
    checks = outlet.settings.checks.model_copy(update={"reach_links": True})
    wanted = replace(outlet, settings=outlet.settings.model_copy(update={"checks": checks}), reach=REACHER)
    assert REACH in asking(wanted)
    looked = REACH.ask(wanted, subject(world.url("404")), 1)
    assert [finding.category for finding in looked.findings] == ["gone"]
    assert looked.fault == ""
