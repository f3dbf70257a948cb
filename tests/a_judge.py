"""A judge that says what a test tells it to, and keeps what it was asked."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlmodel import SQLModel, col, select

from agent import app
from agent.checking import JudgeSettings
from agent.errors import LlmError
from agent.outlet import Ask, Llm, Outlet, Reply
from agent.tables import CheckRun, Flag, Judgement
from agent.testing import text_reply

MODEL = "claude-judge-1"
PRICED = {"input_price": 3.0, "output_price": 15.0}
Says = Callable[[str], str | Reply | LlmError]
"""The words that the judge is shown -> what it answers."""


def verdict(shown: str, *quotes: str, **changes: Any) -> str:
    """What a sound judge answers to these words: that it found these passages, or none. `changes` are to the object."""
    found = [{"quote": quote, "why": "It says so."} for quote in quotes]
    return json.dumps({"ticket": ticket_of(shown), "found": found, "clear": not found} | changes)


def ticket_of(shown: str) -> str:
    """The sign of a question."""
    match = re.match(r"<ticket>([0-9a-f]{12})</ticket>\n", shown)
    assert match is not None
    return match[1]


class AJudge:
    """Keeps the protocol Llm."""

    def __init__(self, says: Says = verdict) -> None:
        self.says = says
        self.asked: list[Ask] = []

    def count(self, ask: Ask) -> int:
        """Nobody counts here."""
        raise AssertionError(ask)

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        """Answer, or fail, as the test says."""
        self.asked.append(ask)
        said = self.says(shown(ask))
        if isinstance(said, LlmError):
            raise said
        return said if isinstance(said, Reply) else text_reply(said, model_id=MODEL)

    @property
    def policies(self) -> list[str]:
        """The headings of the policies that it was asked by, in order."""
        return [re.findall(r"^# (.+)$", ask.system, re.MULTILINE)[-1] for ask in self.asked]


def shown(ask: Ask) -> str:
    """The words that a question shows to the judge."""
    [message] = ask.messages
    words: str = message["content"][0]["text"]
    return words


def judged_by(outlet: Outlet, judge: Llm | None, **table: Any) -> Outlet:
    """The same outlet with a judge: this one, or (None) whoever answers where the table says."""
    settings = JudgeSettings(**{"model_id": MODEL, "profile": PRICED} | table)
    with_it = outlet.settings.model_copy(update={"judge": settings})
    return replace(outlet, settings=with_it, judge=judge or app.build(with_it).judge)


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    """All rows of a table, the oldest first."""
    with outlet.database.read() as db:
        return list(db.exec(select(table).order_by(col(table.id))))  # type: ignore[attr-defined]


def faults(outlet: Outlet) -> list[tuple[str, str]]:
    """Of every run its check and its fault, the oldest first."""
    return [(run.check, run.fault) for run in rows(outlet, CheckRun)]


def flags(outlet: Outlet) -> list[Flag]:
    """All flags."""
    return rows(outlet, Flag)


def judgements(outlet: Outlet) -> list[Judgement]:
    """Every question that was written down."""
    return rows(outlet, Judgement)
