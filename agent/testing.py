"""Doubles of the outside world, and builders, for tests alone. The database stays real."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


@dataclass
class FakeFeeds:
    """Feeds by address; any other cannot be reached."""

    feeds: dict[str, list[FeedEntry]]

    def read(self, url: str, known: Validators | None = None) -> FeedReading:
        """Keep the protocol Feeds."""
        if url not in self.feeds:
            raise FeedError(url=url, reason="nobody answers there")
        found = self.feeds[url]
        return FeedReading(found, found[0].source if found else "")

    def page(self, url: str) -> FeedEntry:
        """Keep the protocol Feeds: a page is a feed's only entry."""
        return self.feeds[url][0]


class DirectEngine:
    """Runs each step at once, in this thread, with no checkpoint, and keeps what was enqueued."""

    def __init__(self) -> None:
        self.enqueued: list[tuple[str, str, tuple[Any, ...]]] = []
        self.slept: list[float] = []

    def step(self, name: str, action: Callable[..., Any], *ids: Any) -> Any:
        """Keep the protocol Engine."""
        return action(*ids)

    def sleep(self, seconds: float) -> None:
        """Keep the protocol Engine."""
        self.slept.append(seconds)

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
    while pipeline.take_turn(outlet, session) not in (write.OVER, write.HELD):
        pass
    pipeline.receive(outlet, session)
    return session


@contextmanager
def a_room(outlet: Outlet, author: str = "opus") -> Iterator[Room]:
    """The room of an author that has just answered, in a transaction that is stored at the end."""
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, author, "plain")))
    with outlet.database.write() as db:
        opened = sitting.load(db, session)
        sitting.store_turn(db, outlet, opened.session, number=2, role=Role.AUTHOR, blocks=[sitting.words("...")])
        yield sitting.room(db, outlet, sitting.load(db, session))


def a_piece(outlet: Outlet, text: str = "It rained.\n", *, author: str = "opus", **given: Any) -> Revision:
    """A piece that was invited, written, rendered and checked, and waits for people. What is given
    goes to the tool `submit`: title, form, tags, note_to_readers."""
    with_tools = outlet.settings.author(author).profile.tools
    reply = tool_reply("submit", **{"title": "Rain", "text": text} | given) if with_tools else text_reply(text)
    session = a_session(outlet, [reply], author=author)
    with outlet.database.read() as db:
        return db.exec(select(Revision).where(Revision.session_id == session).order_by(col(Revision.id))).all()[-1]
