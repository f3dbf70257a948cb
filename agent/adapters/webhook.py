"""A webhook: what staff are told, as JSON at an address of the operator's, signed as Standard Webhooks has it
(https://www.standardwebhooks.com).

Any address may be named, this machine's and its network's, too: it stands in the operator's own file, as a target does,
nobody else chooses it, and no redirect is followed, so nobody else can bend it. A feed is another matter: its address
may come from an author.
"""

import base64
import binascii
import hashlib
import hmac
import json
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from agent.adapters.deadline import Deadline
from agent.channels import WebhookSettings
from agent.errors import ChannelError
from agent.outlet import Message

SECONDS = 10.0
"""So long the server may take for one step."""
IN_ALL = 30.0
PREFIX = "whsec_"
SECRET_AT_LEAST = 24
"""Bytes, as the specification has it."""
LATER = {408, 425, 429}


class Webhook:
    """Keeps the Channel protocol. The message's key is the `webhook-id`, so a receiver can tell what it has already."""

    def __init__(self, settings: WebhookSettings, *, seconds: float = SECONDS, in_all: float = IN_ALL) -> None:
        self.name = settings.name
        self._settings = settings
        self._seconds = seconds
        self._in_all = in_all

    def look(self) -> str:
        """Whether there is a secret to sign with. Nothing is asked of the address: whatever it gets is a message."""
        self._secret()
        return f"messages are signed and go to {httpx2.URL(self._settings.url).host}"

    def send(self, message: Message) -> None:
        """POST a message. Raises ChannelError."""
        body = json.dumps(
            {
                "type": f"afterword.{message.key.partition(':')[0]}",
                "timestamp": _moment(message).isoformat(),
                "data": {"key": message.key, "subject": message.subject, "words": message.words, "link": message.link},
            },
            ensure_ascii=False,
        ).encode()
        headers = signed(self._secret(), message.key, _moment(message), body)
        try:
            answer = self._post(body, headers)
        except httpx2.TimeoutException:
            raise self._fault("it did not answer in time") from None
        except httpx2.HTTPError as no:
            raise self._fault(_plainly(no)) from None
        self._judge(answer)

    def _post(self, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        """Only the head of the answer is read: what else it says is nothing to us."""
        client = httpx2.Client(
            trust_env=False, follow_redirects=False, timeout=self._seconds, verify=ssl.create_default_context()
        )
        with client, Deadline(self._in_all) as deadline:
            request = client.build_request("POST", self._settings.url, content=body, headers=headers)
            deadline.watch(request)
            answer = client.send(request, stream=True)
            answer.close()
            return answer

    def _judge(self, answer: httpx2.Response) -> None:
        code = answer.status_code
        if 200 <= code < 300:
            return
        if 300 <= code < 400:
            raise self._fault(f"it points elsewhere (HTTP {code}); name the address where it is now", permanent=True)
        if code == 410:
            raise self._fault("it is gone (HTTP 410); take it out of afterword.toml", permanent=True)
        if code in LATER or code >= 500:
            raise self._fault(
                f"it does not take messages for now (HTTP {code})", retry_after=_wait(answer, _now(answer))
            )
        raise self._fault(f"it refused the message (HTTP {code})", permanent=True)

    def _secret(self) -> bytes:
        given = self._settings.secret
        if not given:
            raise self._fault(f"the variable {self._settings.secret_env} is not set", permanent=True)
        try:
            secret = base64.b64decode(given.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) < SECRET_AT_LEAST:
            raise self._fault(
                f'{self._settings.secret_env} holds no secret for webhooks: "{PREFIX}" and then, in base64, at least '
                f"{SECRET_AT_LEAST} random bytes",
                permanent=True,
            )
        return secret

    def _fault(self, reason: str, *, permanent: bool = False, retry_after: float | None = None) -> ChannelError:
        return ChannelError(
            channel=f"The webhook {self.name}", reason=reason, permanent=permanent, retry_after=retry_after
        )


def signed(secret: bytes, key: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message: who made it, when, and that nobody changed it since."""
    seconds = str(int(at.timestamp()))
    signature = hmac.new(secret, b".".join([key.encode(), seconds.encode(), body]), hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "afterword",
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def _moment(message: Message) -> datetime:
    if message.at is None:
        raise ValueError("a webhook says when it was sent")
    return message.at


def _wait(answer: httpx2.Response, now: datetime | None) -> float | None:
    """For how many seconds it asks to be left alone: as a number, or as a date beside its own."""
    asked = answer.headers.get("retry-after", "")
    if asked.isdecimal():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - now).total_seconds()) if now and asked else None
    except (TypeError, ValueError):
        return None


def _now(answer: httpx2.Response) -> datetime | None:
    """What time it is there."""
    try:
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None


def _plainly(fault: httpx2.HTTPError) -> str:
    if isinstance(fault, httpx2.ConnectError):
        return f"it cannot be reached ({' '.join(str(fault).split())[:120] or 'no connection'})"
    return f"the connection broke off ({type(fault).__name__})"
