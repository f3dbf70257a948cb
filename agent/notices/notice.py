"""One thing that staff must know now, and how it is said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.outlet import Outlet
from agent.tables import Author, Call, WritingSession


@dataclass(frozen=True)
class Notice:
    """One thing that staff must know now: what it is about, since when, in words, and what to do. Where it `waits`,
    nothing goes on there before somebody does something. `kind` is a word for scripts."""

    kind: str
    subject: str
    words: str
    since: datetime
    to_do: str
    waits: bool = False


def session_of(session: WritingSession, author: Author) -> str:
    """How a session is named."""
    return f"session {session.id} of {author.slug}"


def count(number: int, noun: str, verb: str = "") -> str:
    """A number with its noun, and a verb in the present: "1 slot waits", "2 slots wait"."""
    words = [f"{number:,}", noun + "s" * (number != 1), verb + "s" * (verb != "" and number == 1)]
    return " ".join(filter(None, words))


def is_lost(outlet: Outlet, call: Call) -> bool:
    """Whether a call that nobody settled was lost with its process: its time is long over."""
    return call.at <= outlet.now() - 2 * timedelta(seconds=outlet.settings.call_seconds)
