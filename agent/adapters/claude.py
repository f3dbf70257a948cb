"""The one door to the Messages API: a retired model's endpoint, or the local server that speaks the same.

The stream is read event by event as it came over the wire. The library's own assembling is not used:
it takes a stream that breaks off for a finished message, and mends broken tool input in silence.
"""

import ipaddress
import json
import os
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import SplitResult, urlsplit

from agent.adapters.deadline import Deadline
from agent.adapters.message import Message, Unreadable, history
from agent.adapters.refusals import ERROR_EVENTS, PROXY_ASKS, elsewhere, in_one_line, refusal, said
from agent.errors import BadEndpoint, BrokenReply, GaveUp, Unreachable
from agent.outlet import Ask, Reply
from agent.profiles import Endpoint

if TYPE_CHECKING:
    import anthropic
    import httpx2

CONNECT_SECONDS = 10.0


class Claude:
    """An author's endpoint, or the judge's: keeps the protocol `Llm`.

    `base_url` and `api_key` may be functions. They are called at each request, so a local server
    starts, and a key is read, only when one is made. `seconds` bounds a request from its first byte
    to the last of its reply.
    """

    def __init__(
        self,
        author: Endpoint,
        *,
        base_url: str | Callable[[], str],
        api_key: str | Callable[[], str],
        seconds: float,
    ) -> None:
        self._author = author
        self._base_url = base_url
        self._api_key = api_key
        self._seconds = seconds

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Make one streamed request and return the whole reply; it is never repeated here.

        Blocks are what the endpoint sent. Tool input that is no JSON object comes as `"input": None`
        with what came instead as `"input_text"`. Raises LlmError.
        """
        profile = self._author.profile
        given: dict[str, Any] = {"system": ask.system} if ask.system else {}
        if profile.tools and ask.tools:
            given["tools"] = ask.tools
        message = Message()
        with self._call() as call:
            with call.faults():
                stream = call.client.messages.create(
                    model=self._author.model_id,
                    max_tokens=profile.max_output_tokens,
                    messages=history(ask.messages),
                    stream=True,
                    extra_headers={"anthropic-version": profile.api_version} | profile.headers,
                    extra_body=profile.extra_body,
                    **given,
                )
            with stream:
                for words in call.words(stream.response, message):
                    heard(words.encode(errors="replace").decode())  # half a character may come alone
            with call.faults():
                return message.reply(stream.response.headers.get("request-id"))

    def count(self, ask: Ask) -> int:
        """Ask the service how many tokens a request has. Costs nothing. Raises LlmError."""
        profile = self._author.profile
        given: dict[str, Any] = {"system": ask.system} if ask.system else {}
        if profile.tools and ask.tools:
            given["tools"] = ask.tools
        with self._call() as call:
            with call.faults_for_nothing():
                found = call.client.messages.count_tokens(
                    model=self._author.model_id,
                    messages=history(ask.messages),
                    extra_headers={"anthropic-version": profile.api_version} | profile.headers,
                    **given,
                )
            tokens = getattr(found, "input_tokens", None)
            if not isinstance(tokens, int):
                raise Unreachable(endpoint=call.endpoint, reason="what answers there does not count tokens")
            return tokens

    def probe(self) -> str:
        """Ask the service about the author's model: whether it answers, the key holds and the model is
        known there. Costs nothing. Returns "active", "deprecated" or "retired", or "" where the
        service does not say. Raises LlmError. The local server cannot be asked.
        """
        headers = {"anthropic-version": self._author.profile.api_version} | self._author.profile.headers
        with self._call() as call:
            with call.faults_for_nothing():
                found = call.client.models.retrieve(self._author.model_id, extra_headers=headers)
            if not isinstance(found, call.sdk.types.ModelInfo):
                raise Unreachable(endpoint=call.endpoint, reason="what answers there is not the Messages API")
            return getattr(found, "lifecycle", None) or ""

    @contextmanager
    def _call(self) -> Iterator["_Call"]:
        url = self._base_url if isinstance(self._base_url, str) else self._base_url()
        key = (self._api_key if isinstance(self._api_key, str) else self._api_key()).strip()
        sdk = _sdk()
        with Deadline(self._seconds) as deadline, _Call(sdk, self._author, url, key, deadline) as call:
            yield call


class _Call:
    """One request on a connection of its own, and what can go wrong with it in the words of our errors.

    A connection is never used again. The local server sometimes drops one after a stream, and at a distant service
    one that was closed meanwhile would look like a reply that was lost, and so like money.
    """

    def __init__(self, sdk: Any, author: Endpoint, url: str, key: str, deadline: Deadline) -> None:
        self.sdk = sdk
        self._author = author
        self._key = key
        self._deadline = deadline
        if not (key.isascii() and key.isprintable() and key):
            self._unusable(f"The API key of {author.name} is empty or holds characters that no key has.")
        try:
            parts = urlsplit(url)
            self.endpoint = _shown(parts)
        except ValueError:
            self._unusable(f"The address of the endpoint of {author.name} cannot be used.")
        self.client = self._open(url, is_local=_is_loopback(parts.hostname or ""))

    def _open(self, url: str, *, is_local: bool) -> "anthropic.Anthropic":
        import httpx2

        seconds = self._deadline.seconds
        trusted = _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        try:
            http = httpx2.Client(
                # A transport of our own knows no proxies: those in the environment are for the world outside.
                transport=httpx2.HTTPTransport(verify=trusted) if is_local else None,
                verify=trusted,
                timeout=httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
                event_hooks={"request": [self._deadline.watch]},
            )
            client: anthropic.Anthropic = self.sdk.Anthropic(
                api_key=self._key,
                base_url=url,
                max_retries=0,  # the engine retries, durably; here a `retry-after: 90` would sleep
                http_client=http,
                open_telemetry=False,  # an author's words are private
            )
            return client
        except httpx2.InvalidURL:
            self._unusable(f"The address of the endpoint of {self._author.name} cannot be used.")
        except (ImportError, ValueError):
            self._unusable(f"The proxy settings in the environment cannot be used to reach {self.endpoint}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn what the library raises into our own errors. None of them quotes key or request."""
        import httpx2

        try:
            yield
        except self.sdk.APIStatusError as error:
            self._refused(error.status_code, error.body, error.response.headers)
        except self.sdk.APIConnectionError as error:
            self._lost(error.__cause__)
        except UnicodeError:
            self._unsendable()
        except Unreadable as error:
            self._broke(str(error))
        except json.JSONDecodeError:
            self._broke("a part of it could not be read")
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            self._lost(error)

    @contextmanager
    def faults_for_nothing(self) -> Iterator[None]:
        """The same for a request that is free: none of them may have been paid."""
        try:
            with self.faults():
                yield
        except (BrokenReply, GaveUp) as fault:
            raise Unreachable(endpoint=self.endpoint, reason=fault.facts["reason"]) from None

    def words(self, response: "httpx2.Response", message: Message) -> Iterator[str]:
        """Put a stream together in `message`, to its last event; yield each piece of text in it. Raises LlmError."""
        import httpx2

        try:
            for sent in self.sdk.Stream.raw_events(response):
                if not sent.data:
                    continue
                event = json.loads(sent.data)
                if not isinstance(event, dict):
                    self._broke("a part of it could not be read")
                event = {"type": sent.event} | event
                if event["type"] == "error":
                    self._error_event(event, begun=message.begun)
                if words := message.take(event):
                    yield words
                if message.ended:
                    break
        except Unreadable as error:
            self._broke(str(error))
        except (ValueError, RecursionError):
            self._broke("a part of it could not be read")
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            self._lost(error)

    def _error_event(self, event: dict[str, Any], *, begun: bool) -> NoReturn:
        """Raise what an error event inside a stream (status 200) means.

        Once the reply has begun, or where nobody knows what the event says, it may have been paid.
        """
        error = event.get("error")
        kind = error.get("type") if isinstance(error, dict) else None
        if not begun and kind in ERROR_EVENTS:
            self._refused(ERROR_EVENTS[kind], event, {})
        self._broke(said(event, "the service reported an error", key=self._key))

    def _refused(self, status: int, body: object, headers: Mapping[str, str]) -> NoReturn:
        raise refusal(self._author, self.endpoint, status, body, headers, key=self._key) from None

    def _lost(self, cause: BaseException | None) -> NoReturn:
        import httpx2

        if isinstance(cause, httpx2.ConnectTimeout):
            raise Unreachable(endpoint=self.endpoint, reason="nothing answers there") from None
        if isinstance(cause, httpx2.ProxyError) and str(cause).startswith(str(PROXY_ASKS)):
            raise elsewhere(self._author, self.endpoint, PROXY_ASKS) from None
        if isinstance(cause, httpx2.ConnectError | httpx2.ProxyError):
            raise Unreachable(endpoint=self.endpoint, reason=in_one_line(str(cause), key=self._key)) from None
        if isinstance(cause, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
            self._unsendable()
        if isinstance(cause, httpx2.TimeoutException):
            self._broke(f"nothing came for {self._deadline.seconds:g} seconds")
        self._broke("the connection was lost")

    def _broke(self, reason: str) -> NoReturn:
        if self._deadline.over:
            reason = f"it was not finished after {self._deadline.seconds:g} seconds"
        raise BrokenReply(endpoint=self.endpoint, reason=reason) from None

    def _unsendable(self) -> NoReturn:
        self._unusable(
            f"The request to {self.endpoint} could not be sent: the address, a header in the profile "
            f"of {self._author.name} or a character of the text is not allowed there."
        )

    def _unusable(self, reason: str) -> NoReturn:
        raise BadEndpoint(reason=reason, author=self._author.name) from None


def _sdk() -> Any:
    """The library: about two seconds to import, so not before a request is made."""
    import anthropic

    # The models that write here are retired, and known to be.
    warnings.filterwarnings("ignore", r"The model '.*' is deprecated", DeprecationWarning)
    return anthropic


@cache
def _trusted(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Whose certificates are trusted: made once, since reading them takes longer than a whole request."""
    del file, folder  # Read by the library itself; another of them needs another context.
    import httpx2

    return httpx2.create_ssl_context()


def _shown(parts: SplitResult) -> str:
    """An address for people: without name, password and path. Raises ValueError for one that is none."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
