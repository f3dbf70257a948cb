"""What the verbs ask of the outside world, and the bundle they are handed.

Protocols only: the adapters that keep them are wired in app.py. `outlet.now()` is the time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from agent.database import Database
    from agent.prompts import PromptShelf
    from agent.settings import Settings

T = TypeVar("T")

Block = dict[str, Any]
"""One content block of the Messages API, as it came or as it is sent."""


@dataclass(frozen=True)
class Ask:
    """One request to an author's endpoint. `messages` and `tools` have the Messages API's shape."""

    system: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Reply:
    """A finished reply: raw blocks, and what the endpoint said about them. Tokens are counts."""

    blocks: list[Block]
    stop_reason: str
    model_id: str
    request_id: str | None
    input_tokens: int
    output_tokens: int
    counted: bool = True
    """The endpoint said both; otherwise what is not known stands there as 0."""


class Llm(Protocol):
    """An author's endpoint."""

    def count(self, ask: Ask) -> int:
        """Return how many tokens a request has, as the endpoint counts them; nothing is paid for it.
        Raises LlmError, also where the endpoint does not count."""
        ...

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Make one streamed request and return the whole reply.

        `heard` is called with each piece of text as it arrives. Raises LlmError: its `permanent`
        says whether to try again, its `possibly_paid` whether the call may be billed.
        """
        ...


@dataclass(frozen=True)
class FeedEntry:
    """One item of a feed, reduced to plain text. `published` is empty where the feed gives no date;
    `key` is what the source calls it: its id, else its link, else a hash of it."""

    source: str
    title: str
    link: str
    published: datetime | None
    text: str
    key: str = ""
    hidden: int = 0
    """How many characters that nobody sees were taken out of it."""
    unseen: str = ""
    """What these spelled, if anything."""


@dataclass(frozen=True)
class Validators:
    """What a server said of a feed's state, to be sent back to it; empty where it said nothing."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class FeedReading:
    """What one look at a feed brought. `entries` are newest first, and None where nothing has changed since the
    validators that were sent; then `source`, its own name with its host, is empty, too."""

    entries: list[FeedEntry] | None
    source: str = ""
    validators: Validators = Validators()
    moved_to: str = ""
    """Where it is for good by now, by its own word (301, 308); empty where it has not moved."""
    wait: float | None = None
    """For so many seconds it asks to be left alone."""


class Feeds(Protocol):
    """The reader of RSS and Atom."""

    def read(
        self,
        url: str,
        known: Validators | None = None,
        *,
        trusted: bool = False,
        only: Callable[[str], bool] | None = None,
    ) -> FeedReading:
        """Look at a feed, and read it if it has changed since `known`. One that is `trusted` may lie in a network
        that is not public, where the settings list it. Where `only` says no to a host, no redirect is followed
        there. Raises FeedError, and FeedGone where it is gone for good."""
        ...

    def page(self, url: str, *, only: Callable[[str], bool] | None = None) -> FeedEntry:
        """Return one page of the web as plain text, its host as source; `only` as in read(). Raises FeedError."""
        ...


@dataclass(frozen=True)
class Answered:
    """What came of asking whether an address answers. Without a `status` no answer came, or nobody was asked: `why`
    says it. `host` is who was asked last, after all redirects."""

    status: int | None = None
    host: str = ""
    why: str = ""
    is_private: bool = False
    """It is, or leads to, an address of a private network: that is never asked."""
    is_nameless: bool = False
    """There is no host of its name."""


class Reach(Protocol):
    """Whether addresses that strangers chose answer."""

    def ask(self, url: str) -> Answered:
        """Ask an address, without reading what is there. Raises nothing."""
        ...


class Trigger(Protocol):
    """When a cadence fires."""

    def next_fire(self, rule: str, zone: str, previous: datetime | None, now: datetime) -> datetime | None:
        """Return the first moment (UTC) after `previous` that is not before `now`. Raises BadSettings
        for a rule that cannot be read or never fires."""
        ...


@dataclass(frozen=True)
class Brought:
    """What a target holds now, by the SHA-256 of its manifest, and how many files were put there and taken away."""

    manifest_sha256: str
    written: int
    removed: int


class Target(Protocol):
    """Where else an edition goes, once the public folder holds it. What fails raises TargetError: which target, what
    went wrong, what to do. Then the edition before is whole there, and the next try takes up what was begun."""

    name: str
    place: str
    """Where it is, in words, without a secret."""

    def check(self) -> None:
        """Whether it can be used at all, without asking anybody."""
        ...

    def look(self) -> str:
        """Ask what is there, and say so in a few words."""
        ...

    def bring(self, folder: Path) -> Brought:
        """Make that place hold what the folder holds. Only what differs is touched: pages come before what links to
        them and the manifest last; what an earlier edition put there and this one lacks goes."""
        ...


@dataclass(frozen=True)
class Seen:
    """One file of an edition, as it was found in some place. `data` are its bytes, where they were asked for."""

    path: str
    sha256: str = ""
    data: bytes = b""
    wrong: str = ""
    """Why it could not be read, in words that follow its path: "is missing". Then there is no hash."""


class Place(Protocol):
    """Where an edition can be read: a folder, or an address on the web."""

    @property
    def names(self) -> frozenset[str] | None:
        """The path of every plain file that is there; None where nobody can know."""
        ...

    @property
    def strange(self) -> Sequence[str]:
        """What else is there and belongs in no edition, in words that begin with its path."""
        ...

    def see(self, paths: Iterable[str], *, keep: bool = True) -> Iterator[Seen]:
        """Read these files, and give them back in the same order. With `keep` their bytes come along, otherwise
        only the hash: a file may be larger than memory."""
        ...


@dataclass(frozen=True)
class Message:
    """What staff are told outside the desk. `key` names what it is about, for ever; it never holds an author's text."""

    key: str
    subject: str
    words: str
    link: str
    """Where at the desk it is seen; empty where nowhere."""
    to: Sequence[str] = ()
    """E-mail addresses, for a channel that needs any."""
    at: datetime | None = None
    """When it is handed over; now, where nothing is said."""


class Channel(Protocol):
    """A way to tell staff something: a mail server, a webhook."""

    name: str

    def look(self) -> str:
        """Ask whether it can be used, tell nobody anything, and say so in a few words. Raises ChannelError."""
        ...

    def send(self, message: Message) -> None:
        """Hand a message over. Raises ChannelError, whose `permanent` says whether to try again."""
        ...


@dataclass(frozen=True)
class Handshake:
    """A sign-in that was begun at a directory: where the browser goes, and what must come back with it."""

    address: str
    state: str
    nonce: str
    verifier: str


class Directory(Protocol):
    """A company's own directory of its people, asked over OpenID Connect."""

    name: str

    def begin(self, back: str) -> Handshake:
        """Begin a sign-in that comes back to the address `back`. Raises DirectoryError."""
        ...

    def finish(self, given: Mapping[str, str], begun: Handshake, back: str) -> str:
        """Return the verified e-mail address of who came back with these parameters. Raises DirectoryError."""
        ...


class Engine(Protocol):
    """The durable engine, as a workflow sees it."""

    def step(self, action: Callable[..., T], *given: Any) -> T:
        """Run one step of a workflow, unless the process is to stop: then the workflow is left here, and taken
        up from its beginning by the next start. So each step first looks for its own row."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, as far as the process is not to stop."""
        ...

    def enqueue(self, workflow: str, work: str, *ids: Any, queue: str, partition: str) -> str:
        """Ask for a piece of work, and return the name it goes by. While it goes on, asking again
        changes nothing; once it is over, it can be asked for again. Of one partition, one piece is
        worked on at a time."""
        ...

    def wait(self, work: str) -> None:
        """Wait for a piece of work to end. Raises what it raised."""
        ...


class Log(Protocol):
    """A structured log: every line carries an `action` word."""

    def info(self, event: str, **facts: object) -> object: ...
    def warning(self, event: str, **facts: object) -> object: ...


@dataclass(frozen=True)
class Outlet:
    """Everything a verb may use."""

    settings: "Settings"
    database: "Database"
    prompts: "PromptShelf"
    now: Callable[[], datetime]
    llm: Callable[[str], Llm]
    """An author's slug -> its endpoint."""
    feeds: Feeds
    reach: Reach
    trigger: Trigger
    site: Path
    """The folder site/: templates, pages and assets of the publication."""
    targets: Sequence[Target]
    """Places besides the public folder."""
    signing_key: Callable[[], "Ed25519PrivateKey"]
    log: Log
    channels: Sequence[Channel] = ()
    """How staff are told of something outside the desk."""
    directory: Directory | None = None
    """Where staff may sign in besides the desk's own form."""
    judge: Llm | None = None
    """Who is asked about hazards; None where the settings name nobody."""
    heard: Callable[[str], None] = lambda _: None
    """Told each piece of text as an author's endpoint sends it: for progress, never for storing."""
