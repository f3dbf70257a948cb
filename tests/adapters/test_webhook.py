"""Webhooks and Apprise as channels, against real servers on loopback. What was signed is judged by the library of the
specification itself."""

import json
import sys
import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from agent.adapters.apprising import Apprising
from agent.adapters.webhook import Webhook
from agent.channels import AppriseSettings, WebhookSettings
from agent.errors import ChannelError
from agent.outlet import Message
from tests.a_hook import Hook
from tests.a_mail_server import Hanging

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
NOW = datetime.now(UTC)
NEWS = Message("veto:12", "A veto waits – für Ada", "A piece has a veto.", "https://desk.example/revisions/3", at=NOW)
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


def webhook(url: str, *, seconds: float = 5, in_all: float = 5) -> Webhook:
    return Webhook(WebhookSettings(name="ops", url=url, secret_env="HOOK_SECRET"), seconds=seconds, in_all=in_all)


def fault_of(channel: Webhook | Apprising) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.send(NEWS)
    return caught.value


def test_what_arrives_is_signed_as_the_specification_has_it() -> None:
    with Hook() as hook:
        webhook(hook.url).send(NEWS)
    [(headers, body)] = hook.got
    assert Receiver(SECRET).verify(body, headers) == {
        "type": "afterword.veto",
        "timestamp": NOW.isoformat(),
        "data": {"key": NEWS.key, "subject": NEWS.subject, "words": NEWS.words, "link": NEWS.link},
    }
    assert (headers["webhook-id"], headers["content-type"]) == ("veto:12", "application/json")
    with pytest.raises(WebhookVerificationError):
        Receiver(SECRET).verify(body.replace(b"veto", b"vote"), headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(SECRET).verify(body, headers | {"webhook-id": "veto:13"})
    with pytest.raises(WebhookVerificationError):
        Receiver("whsec_" + b64encode(bytes(32)).decode()).verify(body, headers)


@pytest.mark.parametrize(
    ("answer", "said", "permanent", "retry_after"),
    [
        (503, "it does not take messages for now (HTTP 503)", False, None),
        ((429, {"Retry-After": "120"}), "it does not take messages for now (HTTP 429)", False, 120),
        ((503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}), "for now (HTTP 503)", False, 0),
        ((503, {"Retry-After": "soon"}), "for now (HTTP 503)", False, None),
        ((302, {"Location": "http://127.0.0.1:9/"}), "it points elsewhere (HTTP 302)", True, None),
        (401, "it refused the message (HTTP 401)", True, None),
        (410, "it is gone (HTTP 410)", True, None),
    ],
)
def test_what_it_answers_says_whether_to_try_again(
    answer: int | tuple[int, dict[str, str]], said: str, permanent: bool, retry_after: float | None
) -> None:
    with Hook(answer) as hook:
        fault = fault_of(webhook(hook.url))
    assert said in str(fault)
    assert str(fault).startswith("The webhook ops: ")
    assert (fault.permanent, fault.retry_after) == (permanent, retry_after)
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    ("says", "pause", "waits"),
    [(b"", 0.0, {"seconds": 0.3}), (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 99, 0.02, {"in_all": 0.4})],
)
def test_a_server_that_hangs_or_drips_is_left(says: bytes, pause: float, waits: dict[str, float]) -> None:
    with Hanging(says, pause) as server:
        begun = time.monotonic()
        fault = fault_of(webhook(f"http://127.0.0.1:{server.port}/", **waits))
        assert time.monotonic() - begun < 4
    assert not fault.permanent


def test_where_nobody_listens_it_says_so() -> None:
    with Hook() as hook:
        url = hook.url
    fault = fault_of(webhook(url))
    assert "The webhook ops: it cannot be reached" in str(fault)
    assert not fault.permanent


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "whsec_c2hvcnQ="])
def test_without_a_good_secret_nothing_is_sent(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", secret)
    with Hook() as hook:
        fault = fault_of(webhook(hook.url))
        with pytest.raises(ChannelError, match="HOOK_SECRET"):
            webhook(hook.url).look()
    assert "HOOK_SECRET" in str(fault)
    assert (fault.permanent, hook.got) == (True, [])


def test_a_look_says_where_messages_go_and_sends_none() -> None:
    with Hook() as hook:
        assert webhook(hook.url).look() == "messages are signed and go to 127.0.0.1"
    assert hook.got == []


APPRISE = Apprising(AppriseSettings(name="chat", url_env="CHAT_URL"))


def test_apprise_tells_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with Hook(200, 500) as hook:
        monkeypatch.setenv("CHAT_URL", f"json://127.0.0.1:{hook.port}/chat")
        assert APPRISE.look() == "messages go by Apprise to JSON"
        APPRISE.send(NEWS)
        fault = fault_of(APPRISE)
    said = json.loads(hook.got[0][1])
    assert (said["title"], said["message"]) == (NEWS.subject, f"{NEWS.words}\n\n{NEWS.link}")
    assert str(fault) == "The service chat: the service did not take the message."
    assert not fault.permanent


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "the variable CHAT_URL is not set"), ("nonsense://SECRET", "CHAT_URL holds no address that Apprise knows")],
)
def test_apprise_without_an_address_it_knows_says_so(monkeypatch: pytest.MonkeyPatch, url: str, said: str) -> None:
    monkeypatch.setenv("CHAT_URL", url)
    fault = fault_of(APPRISE)
    assert said in str(fault)
    assert "SECRET" not in str(fault)
    assert fault.permanent


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_URL", "json://127.0.0.1:9/")
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert "pip install 'afterword[apprise]'" in str(fault_of(APPRISE))
