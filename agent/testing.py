"""Doubles of the outside world, and builders, for tests alone. The database stays real."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event
from sqlmodel import col, select

from agent import app, pipeline, schedule, write
from agent.errors import FeedError, LlmError
from agent.invite import invite
from agent.outlet import Ask, Block, FeedEntry, FeedReading, Llm, Outlet, Reply, Validators
from agent.settings import Settings
from agent.tables import Publish, Purpose, Revision, Role
from agent.write import sitting
from agent.write.room import Room

T = TypeVar("T")

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class MovableClock:
    """A time that stands still until a test moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The time."""
        return self.at

    def forward(self, **much: float) -> None:
        """Move on by `timedelta(**much)`."""
        self.at += timedelta(**much)


def text_reply(text: str, *, stop_reason: str = "end_turn", model_id: str = "claude-3-opus-20240229") -> Reply:
    """A finished reply of one text block."""
    return blocks_reply([{"type": "text", "text": text}], stop_reason=stop_reason, model_id=model_id)


def tool_reply(name: str, **given: Any) -> Reply:
    """A finished reply of one tool call."""
    return blocks_reply(
        [{"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": given}], stop_reason="tool_use"
    )


def blocks_reply(
    blocks: list[Block], *, stop_reason: str = "end_turn", model_id: str = "claude-3-opus-20240229"
) -> Reply:
    """A finished reply of raw blocks."""
    return Reply(blocks, stop_reason, model_id, "req_test", input_tokens=100, output_tokens=50)


class ScriptedLlm:
    """Gives the replies of a script, one a call, and keeps what it was asked. A fault in it is raised."""

    def __init__(self, script: Iterable[Reply | LlmError]) -> None:
        self.script = list(script)
        self.asked: list[Ask] = []

    def count(self, ask: Ask) -> int:
        """Keep the protocol Llm: a token has four characters here."""
        return len(str([ask.system, ask.messages, ask.tools])) // 4

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Keep the protocol Llm."""
        self.asked.append(ask)
        said = self.script.pop(0)
        if isinstance(said, LlmError):
            raise said
        for block in said.blocks:
            heard(block.get("text", ""))
        return said


Found = list[FeedEntry] | FeedReading | Exception
"""What a feed answers: its entries, all that a reader tells of it, or a fault that is raised."""


@dataclass
class FakeFeeds:
    """Feeds by address; any other cannot be reached. A reading that names validators is given to those that do not
    send them. `asked` keeps every question, in order."""

    feeds: Mapping[str, Found]
    asked: list[tuple[str, Validators]] = field(default_factory=list)

    def read(
        self,
        url: str,
        known: Validators | None = None,
        *,
        trusted: bool = False,
        only: Callable[[str], bool] | None = None,
    ) -> FeedReading:
        """Keep the protocol Feeds."""
        self.asked.append((url, known or Validators()))
        found = self.feeds.get(url, FeedError(url=url, reason="nobody answers there"))
        if isinstance(found, Exception):
            raise found
        if isinstance(found, list):
            return FeedReading(found, found[0].source if found else "")
        if known == found.validators != Validators():
            return replace(found, entries=None, source="")
        return found

    def page(self, url: str, *, only: Callable[[str], bool] | None = None) -> FeedEntry:
        """Keep the protocol Feeds: a page is a feed's newest entry."""
        return (self.read(url).entries or [])[0]


class DirectEngine:
    """Runs each step at once, in this thread, and keeps what was enqueued. A clock is moved on where it would
    sleep."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.clock = clock
        self.enqueued: list[tuple[str, str, tuple[Any, ...]]] = []
        self.slept: list[float] = []

    def step(self, action: Callable[..., T], *given: Any) -> T:
        """Keep the protocol Engine."""
        return action(*given)

    def sleep(self, seconds: float) -> None:
        """Keep the protocol Engine."""
        self.slept.append(seconds)
        if isinstance(self.clock, MovableClock):
            self.clock.forward(seconds=seconds)

    def enqueue(self, workflow: str, work: str, *ids: Any, queue: str, partition: str) -> str:
        """Keep the protocol Engine."""
        if work not in [known for _, known, _ in self.enqueued]:
            self.enqueued.append((workflow, work, ids))
        return work

    def wait(self, work: str) -> None:
        """Keep the protocol Engine."""


def an_author(name: str, **facts: Any) -> dict[str, Any]:
    """One [[author]] table: a retired Claude with tools, whose operator declared its consent."""
    return {
        "name": name,
        "byline": f"Claude {name.title()}",
        "model_id": "claude-3-opus-20240229",
        "profile": "claude-3-opus",
        "consent": {"publish": Publish.YES, "words": "Declared for a test."},
    } | facts


def an_outlet(folder: Path, **changes: Any) -> Outlet:
    """An outlet on a real, migrated SQLite in `folder`, with the fixed cast: authors Opus (tools) and
    Sonnet (words alone), reviewers Ada and Ben. Its clock is a MovableClock; nobody answers yet."""
    facts: dict[str, Any] = {
        "folder": folder,
        "title": "Afterword",
        "authors": [
            an_author("opus"),
            an_author("sonnet", profile={"base": "claude-3-opus", "tools": False}),
        ],
        "reviewers": ["ada", "ben"],
        # What a verdict decides holds at once; a test of the time to take it back names one.
        "undo_minutes": 0,
        "prompts": app.bundled("prompts"),
        "max_sessions_per_day": 1_000,
        "max_cost_per_month": 1_000.0,
    }
    settings = Settings(**facts | changes)
    key = Ed25519PrivateKey.generate()
    outlet = replace(
        app.build(settings, log=app.logger()),
        now=MovableClock(),
        llm=lambda _: ScriptedLlm([]),
        feeds=FakeFeeds({}),
        signing_key=lambda: key,
    )
    if outlet.database.is_sqlite:
        # A test that is cut off by a power failure is run again.
        event.listen(outlet.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    app.open_up(outlet)
    return outlet


def with_llm(outlet: Outlet, llm: Llm) -> Outlet:
    """The same outlet, whose every author is answered by `llm`."""
    return replace(outlet, llm=lambda _: llm)


def a_session(
    outlet: Outlet,
    replies: Iterable[Reply | LlmError],
    *,
    author: str = "opus",
    prompt: str = "plain",
    purpose: Purpose = Purpose.WRITING,
) -> int:
    """Hold one whole sitting with scripted replies, through the real verbs; return the session's id."""
    outlet = with_llm(outlet, ScriptedLlm(replies))
    slot = schedule.ask_now(outlet, author, prompt if purpose is Purpose.WRITING else None, purpose=purpose)
    session = write.open_session(outlet, invite(outlet, slot))
    while (then := pipeline.take_turn(outlet, session)) != write.OVER and not isinstance(then, write.Held):
        if isinstance(then, float) and isinstance(outlet.now, MovableClock):
            outlet.now.forward(seconds=then)
    pipeline.receive(outlet, session)
    return session


class _Ended(BaseException):
    """A process ends here."""


def only_answered(outlet: Outlet, session_id: int) -> None:
    """Take a turn in a process that ends before it acts on the answer that it stored."""
    with patch.object(write.session, "_act", side_effect=_Ended), suppress(_Ended):
        write.take_turn(outlet, session_id)


@contextmanager
def a_room(outlet: Outlet, author: str = "opus") -> Iterator[Room]:
    """The room of an author that has just answered, in a transaction that is stored at the end."""
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, author, "plain")))
    with outlet.database.write() as db:
        opened = sitting.load(db, session)
        sitting.store_turn(db, outlet, opened.session, number=2, role=Role.AUTHOR, blocks=[sitting.words("...")])
        yield sitting.room(db, outlet, sitting.load(db, session))


def a_piece(
    outlet: Outlet, text: str = "It rained.\n", *, author: str = "opus", prompt: str = "plain", **given: Any
) -> Revision:
    """A piece that was invited, written, rendered and checked, and waits for people. What is given
    goes to the tool `submit`: title, form, tags, note_to_readers."""
    with_tools = outlet.settings.author(author).profile.tools
    reply = tool_reply("submit", **{"title": "Rain", "text": text} | given) if with_tools else text_reply(text)
    session = a_session(outlet, [reply], author=author, prompt=prompt)
    with outlet.database.read() as db:
        return db.exec(select(Revision).where(Revision.session_id == session).order_by(col(Revision.id))).all()[-1]
