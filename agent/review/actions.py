"""The one door for verdicts, rulings, withdrawals, corrections and erasures. Desk, CLI and tests call it.

None of these takes a text: what an author wrote cannot be changed from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.consent import lack_of
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import is_erased, is_overturned, is_taken_back, reviews_of, stale
from agent.reasons import need_reason, need_storable
from agent.record import text_of
from agent.review.answering import need_answers, need_standing
from agent.review.bar import DECIDES, Decision, decide
from agent.review.corrections import correct, erase_correction
from agent.review.erasure import clear, erase, what_is_left
from agent.review.needs import known, known_in, need_ground
from agent.review.resolutions import carry_out, final_of, need_moment, resolve, send_back, standing, undo
from agent.review.standing import has_asked, heed
from agent.review.withdrawals import confirm, reinstate, withdraw
from agent.tables import (
    Appeal,
    CheckRun,
    Flag,
    Piece,
    Review,
    Revision,
    Ruling,
    Verdict,
)

__all__ = [
    "Said",
    "Span",
    "carry_out",
    "clear",
    "confirm",
    "correct",
    "erase",
    "erase_correction",
    "find_span",
    "known",
    "reinstate",
    "review",
    "reviews_of",
    "rule",
    "send_back",
    "undo",
    "vetoers",
    "what_is_left",
    "withdraw",
]

TAKEN_BACK = "Its author withdrew it. Nothing is left to decide."
SAID_NO = "Its author said no. Nothing is left to decide."
ASKED = (
    "Its author has just asked for something about its own standing, which comes first. Give your verdict again in a "
    "moment; if that does not help, the log says what stands in the way."
)


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` of a text."""

    start: int
    end: int


@dataclass(frozen=True)
class Said:
    """What a reviewer says with a verdict. `answers` are words to `look` flags, by flag id."""

    ground: str = ""
    span: Span | None = None
    reason: str = ""
    answers: Mapping[int, str] = field(default_factory=dict)


def review(
    outlet: Outlet,
    revision_id: int,
    reviewer: str,
    verdict: Verdict,
    *,
    record_sha256: str,
    said: Said | None = None,
    at: datetime | None = None,
) -> Decision:
    """Add one reviewer's verdict on exactly the record that was read. Where it meets the bar, the piece goes out or is
    held back once the time to take the verdict back is over; a piece goes out at `at`, if that is later.

    Returns where the revision now stands. Raises Refused, with the reason, and UnknownUser.
    """
    said = said or Said()
    known(outlet, reviewer)
    need_moment(outlet, at, verdict)
    for words in (said.reason, *said.answers.values()):
        need_storable(words)
    # What the author asked holds before anything is decided.
    heed(outlet)
    with outlet.database.write() as db:
        known_in(db, outlet, reviewer)
        revision = db.get(Revision, revision_id)
        if revision is None:
            raise Refused(reason=f"There is no revision {revision_id}.")
        if revision.record_sha256 != record_sha256:
            raise Refused(reason="This is not the text you read: its hash differs. Open it again and read it anew.")
        newest = db.exec(select(func.max(Revision.number)).where(Revision.piece_id == revision.piece_id)).one()
        if revision.number != newest:
            raise Refused(reason=f"The author has sent revision {newest} since. Open that one.")
        flags = db.exec(select(Flag).where(Flag.revision_id == revision_id, ~stale()).order_by(col(Flag.id))).all()
        reviews = list(reviews_of(db, revision_id))
        if (final := final_of(db, revision_id)) is not None:
            raise Refused(reason=f"{_meanwhile(outlet, db, revision_id, final)} Your verdict was not stored.")
        if has_asked(db, db.get_one(Piece, revision.piece_id).author_id):
            # It came after the requests were applied above, and before the lock.
            raise Refused(reason=ASKED)
        if text_of(db, revision) is None:
            raise Refused(reason="This revision was erased.")
        _need_willing(db, revision)
        overturned = is_overturned(db, revision_id)
        if overturned and verdict is Verdict.VETO:
            raise Refused(reason="A veto of this text was overturned on appeal, so none is taken any more.")
        mine = [r.verdict for r in reviews if r.reviewer == reviewer]
        if Verdict.ESCALATE in mine:
            raise Refused(reason="You asked for another reviewer. Someone else decides now.")
        if mine[-1:] == [verdict]:
            word = "gave a veto" if verdict is Verdict.VETO else "said publish"
            raise Refused(reason=f"You {word} already. Someone else is asked now.")
        need_standing(db, revision_id, flags, said.answers)
        _require(outlet, db, revision, flags, said, verdict)
        given = Review(
            revision_id=revision_id,
            record_sha256=record_sha256,
            reviewer=reviewer,
            verdict=verdict,
            ground=said.ground,
            start=said.span.start if said.span else None,
            end=said.span.end if said.span else None,
            reason=said.reason.strip(),
            answers=[
                {"flag": flag.id, "words": said.answers[flag.id].strip()}
                for flag in flags
                if said.answers.get(flag.id, "").strip()
            ],
            at=outlet.now(),
        )
        db.add(given)
        db.flush()
        stands = decide([*reviews, given], flags, overturned=overturned)
        _need_fit(stands, verdict, at)
        if stands.is_final:
            resolve(outlet, db, revision, given, stands, at=at)
    outlet.log.info("verdict", action="verdict", revision=revision_id, verdict=verdict.value, stands=stands.value)
    return stands


def rule(outlet: Outlet, appeal_id: int, reviewer: str, *, overturned: bool, reason: str) -> None:
    """Uphold a veto on its author's appeal, or overturn it, as someone who did not veto.

    An overturned veto counts no more, and none is taken on that revision again: it is back in the queue, and
    the ordinary bar decides. Raises Refused, with the reason, and UnknownUser.
    """
    known(outlet, reviewer)
    said = need_reason(reason, "ruling")
    with outlet.database.write() as db:
        known_in(db, outlet, reviewer)
        appeal = db.get(Appeal, appeal_id)
        if appeal is None:
            raise Refused(reason=f"There is no appeal {appeal_id}. `afterword appeals` lists what waits.")
        revision = db.get_one(Revision, appeal.revision_id)
        given = db.exec(select(Ruling).where(Ruling.appeal_id == appeal_id)).first()
        if given is not None:
            word = "overturned" if given.overturned else "upheld"
            raise Refused(reason=f"{given.reviewer} has ruled on appeal {appeal_id} already: the veto was {word}.")
        if is_erased(db, revision):
            raise Refused(reason="This revision was erased.")
        _need_willing(db, revision)
        if reviewer in vetoers(db, revision.id):
            raise Refused(reason="You gave a veto to this text. Someone who did not decides about the appeal.")
        db.add(Ruling(appeal_id=appeal_id, reviewer=reviewer, overturned=overturned, reason=said, at=outlet.now()))
    outlet.log.info("ruling", action="ruling", appeal=appeal_id, revision=revision.id, overturned=overturned)


def vetoers(db: Session, revision_id: int) -> set[str]:
    """Who gave a veto to a revision, those who took it back included: none of them rules on an appeal."""
    given = select(Review.reviewer).where(Review.revision_id == revision_id, Review.verdict == Verdict.VETO)
    return set(db.exec(given))


def _meanwhile(outlet: Outlet, db: Session, revision_id: int, final: Decision) -> str:
    """How a revision was decided before somebody's verdict came: what waits for its moment is not public yet."""
    waits = standing(db, revision_id)
    if waits is None:
        return f"This revision is {'published' if final is Decision.PUBLISHED else 'held back'} already."
    is_later = waits.due_at > outlet.now()
    moment = f"{waits.due_at.day} {waits.due_at:%B %Y, %H:%M} UTC"
    if final is Decision.PUBLISHED:
        when = f"on {moment}" if is_later else "as soon as nothing holds it up"
        said = f"Somebody has said publish meanwhile: it goes out {when}."
    else:
        when = f"from {moment} on" if is_later else "as soon as nothing stands in the way"
        said = f"Somebody has given a second veto meanwhile: it is held back {when}."
    return f"{said} Until then it can be sent back to the queue, for a reason."


def _need_willing(db: Session, revision: Revision) -> None:
    """Raise Refused where the author wants nothing decided about a revision."""
    if is_taken_back(db, revision):
        raise Refused(reason=TAKEN_BACK)
    if (lack := lack_of(db, revision)) is not None and lack.is_no:
        raise Refused(reason=SAID_NO)


def _need_fit(stands: Decision, verdict: Verdict, at: datetime | None) -> None:
    """Raise Refused where a verdict would decide another thing than it says, or names a moment and decides nothing."""
    if stands.is_final and DECIDES.get(verdict) is not stands:
        raise Refused(reason=f"By the verdicts on record this is {stands.value}, and yours says another thing.")
    if at is not None and not stands.is_final:
        raise Refused(reason="Yours is the first of two verdicts that it needs: who gives the second says when.")


def _require(  # noqa: PLR0917
    outlet: Outlet, db: Session, revision: Revision, flags: Sequence[Flag], said: Said, verdict: Verdict
) -> None:
    """What each verdict must come with."""
    if verdict is Verdict.ESCALATE:
        need_reason(said.reason, "escalation")
        return
    if verdict is Verdict.VETO:
        need_ground(outlet, said.ground)
        need_reason(said.reason, "veto")
        text = text_of(db, revision)
        if said.span is None or text is None or not 0 <= said.span.start < said.span.end <= len(text):
            raise Refused(reason="A veto names the passage it is about. Quote it exactly as it stands in the text.")
        return
    need_answers(flags, said.answers)
    if db.exec(select(CheckRun.id).where(CheckRun.revision_id == revision.id)).first() is None:
        raise Refused(reason="The checks have not looked at this text yet. Wait a moment, and read what they say.")
    if (lack := lack_of(db, revision)) is not None:
        raise Refused(reason=f"Without its author's yes nothing can be public: {lack.value}.")


def find_span(text: str, quote: str) -> Span:
    """Where a quoted passage stands in a text. Raises Refused where it does not, or stands empty."""
    start = text.find(quote) if quote.strip() else -1
    if start < 0:
        raise Refused(reason="The quoted passage does not stand in the text. Copy it exactly.")
    return Span(start, start + len(quote))
