"""Sittings that bring works of every kind, and what people then say of them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from agent import pipeline, schedule, write
from agent.invite import invite
from agent.outlet import Outlet
from agent.publish import edition, ledger
from agent.record import keep
from agent.review import actions
from agent.review.actions import Said, Span
from agent.tables import (
    Appeal,
    Asks,
    Kind,
    Outcome,
    Purpose,
    Request,
    Revision,
    Ruling,
    Turn,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)
from agent.testing import ScriptedLlm, a_room, text_reply, with_llm
from agent.write import sitting
from agent.write.ending import Ending, Work

WHY = "It names a private person."


def a_sitting(outlet: Outlet, *works: Work, author: str = "opus", outcome: Outcome = Outcome.SUBMITTED) -> int:
    """Hold one sitting that hands these works in, and return its id."""
    with a_room(outlet, author) as room:
        for work in works:
            room.submit(work)
        sitting.end(room.db, outlet, sitting.load(room.db, room.session.id), Ending(outcome, "for a test"))
        session = room.session.id
    pipeline.receive(outlet, session)
    return session


def revisions_of(outlet: Outlet, session: int) -> list[Revision]:
    with outlet.database.read() as db:
        return list(db.exec(select(Revision).where(Revision.session_id == session).order_by(col(Revision.id))))


def an_interview(outlet: Outlet, answer: str = "YES", author: str = "opus") -> int:
    """Hold an interview in which every question gets the same answer, and return its session's id."""
    slot = schedule.ask_now(outlet, author, purpose=Purpose.INTERVIEW)
    outlet = with_llm(outlet, ScriptedLlm([text_reply(answer)] * 20))
    session = write.open_session(outlet, invite(outlet, slot))
    while pipeline.take_turn(outlet, session) != write.OVER:
        pass
    return session


def a_work(outlet: Outlet, text: str, *, title: str = "Rain", **facts: Any) -> Revision:
    """One work, in a sitting of its own: a new piece, or what `facts` make of it."""
    [revision] = revisions_of(outlet, a_sitting(outlet, Work(text, title=title, **facts)))
    return revision


def a_revised(outlet: Outlet, piece: int, text: str, title: str = "Rain") -> Revision:
    return a_work(outlet, text, title=title, piece_id=piece)


def an_afterword(outlet: Outlet, piece: int, text: str = "It rains still.\n", title: str = "") -> Revision:
    return a_work(outlet, text, title=title, kind=Kind.POSTSCRIPT, about_id=piece)


def a_statement(outlet: Outlet, piece: int, text: str = "It named nobody.\n", title: str = "A word") -> Revision:
    return a_work(outlet, text, title=title, kind=Kind.STATEMENT, about_id=piece)


def publish(outlet: Outlet, revision: Revision, reviewer: str = "ada", *, at: datetime | None = None) -> None:
    actions.review(outlet, revision.id, reviewer, Verdict.PUBLISH, record_sha256=revision.record_sha256, at=at)


def veto(outlet: Outlet, revision: Revision, *reviewers: str, reason: str = WHY) -> None:
    said = Said(ground="personal-data", span=Span(0, 2), reason=reason)
    for reviewer in reviewers or ("ada", "ben"):
        actions.review(outlet, revision.id, reviewer, Verdict.VETO, record_sha256=revision.record_sha256, said=said)


def take_back(outlet: Outlet, piece: int, upto: int = 1) -> None:
    """Its author takes a piece down, as far as that revision."""
    with outlet.database.write() as db:
        db.add(
            Withdrawal(
                piece_id=piece, by=WithdrawnBy.AUTHOR, actor="opus", ground="", reason="", upto=upto, at=outlet.now()
            )
        )


def appeal(outlet: Outlet, revision: Revision, words: str = "It named nobody.") -> Appeal:
    """The author of a vetoed text appeals."""
    with outlet.database.write() as db:
        assert db.exec(select(Veto).where(Veto.revision_id == revision.id)).one()
        blob = keep(db, words.encode())
        turn = db.exec(select(Turn).where(Turn.session_id == revision.session_id)).first()
        assert turn is not None
        number = len(db.exec(select(Request)).all()) + 1
        request = Request(
            author_id=1, turn_id=turn.id, number=number, asks=Asks.APPEAL, blob_id=blob.id, at=outlet.now()
        )
        db.add(request)
        db.flush()
        made = Appeal(revision_id=revision.id, request_id=request.id, blob_id=blob.id, at=outlet.now())
        db.add(made)
        db.flush()
    return made


def rule(outlet: Outlet, made: Appeal, *, overturned: bool, reviewer: str = "cleo") -> None:
    """Somebody else decides an appeal."""
    with outlet.database.write() as db:
        db.add(
            Ruling(appeal_id=made.id, reviewer=reviewer, overturned=overturned, reason="So I find.", at=outlet.now())
        )


def bring_out(outlet: Outlet) -> Path:
    actions.reinstate(outlet)
    ledger.append(outlet)
    edition.build(outlet)
    return outlet.settings.folder / "public"
