"""A session of six turns in which its author uses most of its room, and what must stand in the rows after it, once."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from agent import app
from agent.check import CHECKS
from agent.prompts import PromptShelf
from agent.tables import (
    Blob,
    Call,
    CheckRun,
    Draft,
    Invitation,
    Note,
    Outcome,
    Paid,
    Piece,
    Rendering,
    Revision,
    Role,
    Slot,
    Submission,
    Turn,
    Wish,
    WritingSession,
)
from tests.messages_api import Answer, Block, MessagesApi, Request, a_call, message

NOTES = ("A lamp that is lit for nobody is still a lamp.", "It wants a second line, and no third.")
WORDS = "Is there anything to read about harbour lights?"
PARTS = ("The last lamp\nstays lit  \n", "for nobody.\n")
TEXT = "".join(PARTS)
TURNS: tuple[tuple[Block, ...], ...] = (
    (a_call("write_note", {"text": NOTES[0]}),),
    (a_call("save_draft", {"text": PARTS[0]}),),
    (a_call("write_note", {"text": NOTES[1]}), a_call("save_draft", {"text": PARTS[1], "draft": 1, "at_end": True})),
    (a_call("list_pieces", {}), a_call("ask_staff", {"words": WORDS})),
    (a_call("read_draft", {"draft": 1}),),
    (a_call("submit", {"title": "The last lamp", "draft": 1, "form": "poem"}),),
)
LOOKS = len(CHECKS) + len(PromptShelf(app.bundled("prompts")).policies())
"""So many checks leave a run: those that look, and of the judge that is not set, each that says so."""
ONCE: dict[type[SQLModel], int] = {
    Slot: 1,
    Invitation: 1,
    WritingSession: 1,
    Note: 2,
    Draft: 2,
    Wish: 1,
    Submission: 1,
    Piece: 1,
    Revision: 1,
    Rendering: 1,
    CheckRun: LOOKS,
}
"""How many rows there are after it, whatever happened meanwhile."""
AT_MOST_SECONDS = 0.03
"""So long the double works on an answer, and as long it sends it: at most, and often less."""


class TheAuthor(MessagesApi):
    """The double of the Messages API, as this author. `saw` is told "asked 1" when its first turn is asked for, and
    "answered 1" when that answer was sent whole. Each answer names the request that it answers."""

    def __init__(self, saw: Callable[[str], None], chance: random.Random) -> None:
        super().__init__(self._next)
        self._saw = saw
        self._chance = chance
        self._numbers = itertools.count(1)
        self.answered: dict[int, int] = {}
        """For which of its turns each answer is."""

    @property
    def asked(self) -> list[Request]:
        """Every request for a message that came whole: a kill may also cut one off in the middle."""
        return [request for request in self.requests if request.path == "/v1/messages" and request.body]

    def came(self, request: Request) -> int:
        """Note a request; return its number."""
        number = super().came(request)
        if request.path == "/v1/messages" and request.body:
            self._saw(f"asked {which_turn(request.body)}")
        return number

    def ended(self, request: Request) -> None:
        """Note a message that was sent whole."""
        super().ended(request)
        self._saw(f"answered {which_turn(request.body)}")

    def _next(self, body: dict[str, Any]) -> Answer:
        turn, number = which_turn(body), next(self._numbers)
        self.answered[number] = turn
        said = {"type": "text", "text": f"This is answer {number}."}
        answer = message(said, *TURNS[turn - 1], stop_reason="tool_use")
        work, pause = (self._chance.uniform(0, AT_MOST_SECONDS) for _ in range(2))
        return Answer(answer.blocks, answer.stop_reason, seconds=work, pause=pause / 16)


def which_turn(body: dict[str, Any]) -> int:
    """Which of the author's turns a request asks for, the first being 1."""
    return 1 + [message["role"] for message in body["messages"]].count("assistant")


@dataclass(frozen=True)
class Found:
    """What the rows say of the session, at one moment."""

    turns: dict[int, tuple[Role, str]]
    """Who spoke, and the SHA-256 of what was said, by the turn's number."""
    calls: list[tuple[int, Paid]]
    """The turn that each call was made for, counted among the author's from 1, and whether it is paid."""
    outcome: Outcome | None
    counts: dict[str, int]
    """How many rows there are of each table in ONCE."""

    @property
    def answers(self) -> int:
        """How many of the author's turns are stored."""
        return sum(role is Role.AUTHOR for role, _ in self.turns.values())

    @property
    def in_flight(self) -> dict[int, int]:
        """The calls that are written down as in flight, by their number, and the turn of each."""
        return {number: turn for number, (turn, paid) in enumerate(self.calls) if paid is Paid.RESERVED}

    @property
    def doubled(self) -> int:
        """How many rows are there that there would not be if everything had happened once."""
        return sum(max(0, self.counts[table.__name__] - count) for table, count in ONCE.items())

    @property
    def is_checked(self) -> bool:
        """Whether the sitting has nothing left to do."""
        return self.counts["Rendering"] > 0 and self.counts["CheckRun"] >= LOOKS


def find(db: Session) -> Found:
    """Read what the rows say of the only session there is, if there is one by now."""
    session = db.exec(select(WritingSession)).first()
    turns = db.exec(select(Turn).order_by(col(Turn.number))).all()
    calls = db.exec(select(Call.turn_number, Call.paid).order_by(col(Call.id))).all()
    counts = {table.__name__: db.exec(select(func.count()).select_from(table)).one() for table in ONCE}
    return Found(
        turns={turn.number: (turn.role, turn.sha256) for turn in turns},
        calls=[(number // 2, Paid(paid)) for number, paid in calls],
        outcome=session.outcome if session else None,
        counts=counts,
    )


def texts_of(db: Session, table: type[Note] | type[Draft] | type[Wish]) -> list[str]:
    """What stands in the rows of a table, in their order."""
    blobs = db.exec(select(Blob.data).join(table, col(table.blob_id) == Blob.id).order_by(col(table.id)))
    return [data.decode() for data in blobs if data is not None]
