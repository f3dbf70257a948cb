"""One question to the judge about one text: written down before it is asked, settled after.

What it may cost counts from the first moment, and goes on counting where nobody knows whether it was paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from agent.check import ERASED
from agent.check.asked.hindrance import DOWN, LAPSED, SLOW, UNCALLABLE, UNSET, Stop, address_of, in_the_way, latest
from agent.check.asked.verdict import Verdict, read, words_of
from agent.checking import JudgeSettings
from agent.errors import (
    BadEndpoint,
    BrokenReply,
    GaveUp,
    LlmError,
    NoApiKey,
    NoCredit,
    NoSuchLlm,
    RequestRefused,
    TooLarge,
    WrongApiKey,
)
from agent.outlet import Ask, Outlet, Reply
from agent.prices import Price, price_of
from agent.prompts import Prompt, remember
from agent.queries import is_erased
from agent.record import canonical, keep
from agent.tables import Judgement, Piece, Revision

LOST = "the process ended while it was asked: it may have been paid"
UNCOUNTED = "its endpoint did not say how many tokens it used"
TWICE = "it is asked this already"
TOO_OFTEN = "the judge was asked this {times} times in a day and gave no answer"
TOO_LONG = "the text is too long for the judge"
REFUSED = "the judge's endpoint refused the question"

PAID_AT_MOST = 4
"""So often in a day a question may have been paid for without an answer."""
BYTES_A_TOKEN = 2
"""A text with more bytes than this for each token of the judge's context is not even sent."""


@dataclass(frozen=True)
class Question:
    """What is asked, by which policy, about which revision. `versions` are the words of ours in it. What may be quoted
    stands in `quotable`."""

    policy: Prompt
    versions: Mapping[str, Prompt]
    revision_id: int
    ask: Ask
    ticket: str
    quotable: Sequence[str]


class Unanswered(Exception):
    """Why there is no answer that counts, in words that readers may see. In so many `seconds` there may be one; where
    that is empty, another try soon would be in vain."""

    def __init__(self, fault: str, seconds: float | None = None) -> None:
        self.fault = fault
        self.seconds = seconds
        super().__init__(fault)


def put(outlet: Outlet, question: Question, anew: datetime | None = None) -> Verdict:
    """Ask the judge; also where it failed to answer others before the moment `anew`. Raises Unanswered."""
    judge = outlet.settings.judge
    if judge is None or outlet.judge is None:
        raise Unanswered(UNSET)
    room = judge.profile.context_tokens - judge.profile.max_output_tokens
    sent = len(canonical([question.ask.system, question.ask.messages]))
    if sent > room * BYTES_A_TOKEN:
        raise Unanswered(TOO_LONG)
    price = price_of(outlet.settings, judge, outlet.now().date())
    # A token is at least one byte, and no answer is longer than its limit.
    longest = judge.profile.max_output_tokens
    most = price.of(input_tokens=sent, output_tokens=longest) if price is not None else None
    number = _reserve(outlet, judge, question, most, anew)
    try:
        reply = outlet.judge.ask(question.ask)
    except LlmError as error:
        fault, detail, passes = meaning(error)
        _end(outlet, question, number, fault=f"{fault}: {detail}", cost=None if error.possibly_paid else 0)
        raise Unanswered(fault, max(error.retry_after or 0.0, 1.0) if passes else None) from None
    verdict, fault, detail = read(reply, question.ticket, question.quotable)
    _end(outlet, question, number, fault=": ".join(filter(None, (fault, detail))), reply=reply, price=price)
    if verdict is None:
        raise Unanswered(fault)
    return verdict


def _reserve(outlet: Outlet, judge: JudgeSettings, question: Question, most: int | None, anew: datetime | None) -> int:
    """Write a question down, before it is asked; return its number. Raises Unanswered where it may not be asked."""
    now, stop = outlet.now(), None
    with outlet.database.write(_author_of(outlet, question), money=True) as db:
        stop = _asked_before(db, outlet, judge, question)
        if stop is None and is_erased(db, db.get_one(Revision, question.revision_id)):
            stop = Stop(ERASED)
        if stop is None:
            stop = in_the_way(db, outlet, judge, most, anew)
        if stop is None:
            for name, version in question.versions.items():
                remember(db, name, version.source, now)
            row = Judgement(
                revision_id=question.revision_id,
                policy=question.policy.name,
                policy_sha256=question.policy.sha256,
                judge=judge.model_id,
                address=address_of(outlet),
                reserved=most,
                at=now,
            )
            db.add(row)
    if stop is not None:
        raise Unanswered(stop.fault, stop.seconds)
    return row.id


def _asked_before(db: Session, outlet: Outlet, judge: JudgeSettings, question: Question) -> Stop | None:
    """Whether the same was asked before and has no end yet, or was asked so often that it is enough. What was lost with
    its process is marked as such: it may have been paid."""
    now, address = outlet.now(), address_of(outlet)
    same = select(Judgement).where(
        Judgement.revision_id == question.revision_id,
        Judgement.policy_sha256 == question.policy.sha256,
        Judgement.judge == judge.model_id,
        Judgement.at > now - timedelta(days=1),
    )
    in_vain = 0
    for row in db.exec(same.order_by(col(Judgement.id))):
        if row.ended_at is None and row.at > latest(judge, now):
            return Stop(TWICE, (row.at - latest(judge, now)).total_seconds() + 1)
        if row.ended_at is None:
            row.ended_at, row.fault = now, LOST
            db.add(row)
        in_vain += row.cost is None and not row.answered_by and row.address == address
    return Stop(TOO_OFTEN.format(times=in_vain)) if in_vain >= PAID_AT_MOST else None


def _end(
    outlet: Outlet,
    question: Question,
    number: int,
    *,
    fault: str,
    cost: int | None = None,
    reply: Reply | None = None,
    price: Price | None = None,
) -> None:
    """Settle a question. Its answer is kept letter for letter, unless its text was erased meanwhile."""
    facts: dict[str, Any] = {"ended_at": outlet.now(), "fault": fault, "cost": cost}
    if reply is not None:
        used = {"input_tokens": max(reply.input_tokens, 0), "output_tokens": max(reply.output_tokens, 0)}
        facts |= used | {"answered_by": reply.model_id or "nobody said"}
        if reply.counted and reply.input_tokens and price is not None:
            facts["cost"] = price.of(**used)
        else:
            facts["fault"] = ". ".join(filter(None, (fault, UNCOUNTED)))
    with outlet.database.write(_author_of(outlet, question)) as db:
        if reply is not None and not is_erased(db, db.get_one(Revision, question.revision_id)):
            facts["blob_id"] = keep(db, words_of(reply).encode()).id
        # In one statement: it ends once. What took so long that it counts as lost has ended already.
        mine = update(Judgement).where(col(Judgement.id) == number, col(Judgement.ended_at).is_(None))
        db.exec(mine.values(**facts))


def _author_of(outlet: Outlet, question: Question) -> int:
    with outlet.database.read() as db:
        return db.get_one(Piece, db.get_one(Revision, question.revision_id).piece_id).author_id


def meaning(error: LlmError) -> tuple[str, str, bool]:
    """What a fault means: for readers, in detail for staff, and whether it passes by itself in a moment."""
    facts = error.facts
    where = facts.get("endpoint")
    found = DOWN, str(error), not error.permanent
    match error:
        case NoSuchLlm():
            why = "it is retired there, or this key has no access to it"
            found = LAPSED, f"{where} does not know {facts['model_id']}: {why}", False
        case NoApiKey():
            found = UNCALLABLE, f"its key is missing: set the variable {facts['variable']}", False
        case WrongApiKey():
            refused = f"{where} refused its key (HTTP {facts['status']}): {facts['reason']}"
            found = UNCALLABLE, f"{refused}. Check the variable {facts['variable']}", False
        case NoCredit():
            found = UNCALLABLE, f"{where} asks for money (HTTP {facts['status']}): {facts['reason']}", False
        case BadEndpoint():
            found = UNCALLABLE, str(facts["reason"]), False
        case TooLarge():
            found = TOO_LONG, str(facts["reason"]), False
        case RequestRefused():
            found = REFUSED, f"{where} says (HTTP {facts['status']}): {facts['reason']}", False
        case BrokenReply() | GaveUp():
            found = SLOW, str(error), True
    return found
