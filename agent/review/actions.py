"""The only writer of reviews, vetoes, publications, withdrawals and erasures. Desk, CLI and tests call it.

None of these takes a text: what an author wrote cannot be changed from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.queries import consent_of, withdrawal_of
from agent.record import text_of
from agent.review.bar import URGENT_GROUNDS, Decision, decide, has_lapsed
from agent.tables import (
    Blob,
    CheckRun,
    Confirmation,
    Erasure,
    Flag,
    Level,
    Piece,
    Publication,
    Publish,
    Reinstatement,
    Rendering,
    Review,
    Revision,
    Turn,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)

REASON_AT_LEAST = 10


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
    outlet: Outlet, revision_id: int, reviewer: str, verdict: Verdict, *, record_sha256: str, said: Said | None = None
) -> Decision:
    """Add one reviewer's verdict on exactly the record that was read, and publish where the bar is met.

    Returns where the revision now stands. Raises Refused, with the reason, and UnknownUser.
    """
    said = said or Said()
    known(outlet, reviewer)
    with outlet.database.write() as db:
        revision = _locked(db, revision_id)
        if revision.record_sha256 != record_sha256:
            raise Refused(reason="This is not the text you read: its hash differs. Open it again and read it anew.")
        newest = db.exec(select(func.max(Revision.number)).where(Revision.piece_id == revision.piece_id)).one()
        if revision.number != newest:
            raise Refused(reason=f"The author has sent revision {newest} since. Open that one.")
        flags = db.exec(select(Flag).where(Flag.revision_id == revision_id)).all()
        reviews = list(reviews_of(db, revision_id))
        # The rows say what is final: a flag that a later check adds does not open it again.
        if (final := _final(db, revision_id)) is not None:
            raise Refused(reason=f"This revision is {final.value} already. Your verdict was not stored.")
        if text_of(db, revision) is None:
            raise Refused(reason="This revision was erased.")
        mine = [r.verdict for r in reviews if r.reviewer == reviewer]
        if Verdict.ESCALATE in mine:
            raise Refused(reason="You asked for another reviewer. Someone else decides now.")
        if mine[-1:] == [verdict]:
            raise Refused(reason=f'You said "{verdict.value}" already. Someone else is asked now.')
        _require(outlet, db, revision, said, verdict)
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
        stands = decide([*reviews, given], flags)
        if stands is Decision.PUBLISHED:
            _publish(outlet, db, revision, [*reviews, given])
        elif stands is Decision.VETOED:
            db.add(Veto(revision_id=revision_id, ground=said.ground, at=outlet.now()))
    outlet.log.info("verdict", action="verdict", revision=revision_id, verdict=verdict.value, stands=stands.value)
    return stands


def withdraw(outlet: Outlet, piece_id: int, actor: str, by: WithdrawnBy, *, ground: str, reason: str) -> int:
    """Ask for a public piece to come down, under the rule that `by` names. Returns the withdrawal's id.

    An author's own wish is recorded by the pipeline with the author as actor. Raises Refused.
    """
    if by is not WithdrawnBy.AUTHOR:
        known(outlet, actor)
        _ground(outlet, ground)
        _reason(reason, "withdrawal")
    if by is WithdrawnBy.URGENT and ground not in URGENT_GROUNDS:
        urgent = ", ".join(sorted(URGENT_GROUNDS))
        raise Refused(reason=f"One person alone may take a piece down only for: {urgent}. Otherwise two are needed.")
    with outlet.database.write() as db:
        if db.exec(select(Publication).where(Publication.piece_id == piece_id)).first() is None:
            raise Refused(reason=f"Piece {piece_id} is not public, so there is nothing to take down.")
        alone = select(Withdrawal.id).where(Withdrawal.piece_id == piece_id, Withdrawal.actor == actor)
        if by is WithdrawnBy.URGENT and db.exec(alone.where(col(Withdrawal.by) == by)).first() is not None:
            # Otherwise one person could keep a piece down for ever, 72 hours at a time.
            raise Refused(reason="You took this piece down alone once. A second person has to agree this time.")
        withdrawal = Withdrawal(
            piece_id=piece_id, by=by, actor=actor, ground=ground, reason=reason.strip(), at=outlet.now()
        )
        db.add(withdrawal)
        db.flush()
    outlet.log.info("withdrawal", action="withdrawal", piece=piece_id, by=by.value, withdrawal=withdrawal.id)
    return withdrawal.id


def confirm(outlet: Outlet, withdrawal_id: int, actor: str, *, reason: str) -> None:
    """Agree, as a second person, to a withdrawal. Raises Refused."""
    known(outlet, actor)
    _reason(reason, "confirmation")
    with outlet.database.write() as db:
        withdrawal = db.get(Withdrawal, withdrawal_id)
        if withdrawal is None:
            raise Refused(reason=f"There is no withdrawal {withdrawal_id}.")
        if withdrawal.actor == actor:
            raise Refused(reason="A second person must confirm this; you are the first.")
        if db.exec(select(Confirmation).where(Confirmation.withdrawal_id == withdrawal_id)).first() is not None:
            raise Refused(reason=f"Withdrawal {withdrawal_id} is confirmed already.")
        if has_lapsed(withdrawal, confirmed=False, now=outlet.now()):
            raise Refused(
                reason=f"Withdrawal {withdrawal_id} has ended: 72 hours have passed. Withdraw the piece anew."
            )
        db.add(Confirmation(withdrawal_id=withdrawal_id, actor=actor, reason=reason.strip(), at=outlet.now()))
    outlet.log.info("confirmed", action="confirmed", withdrawal=withdrawal_id)


def reinstate(outlet: Outlet) -> int:
    """End the urgent withdrawals that nobody confirmed in time, and return how many those were."""
    with outlet.database.read() as db:
        # Asked every few seconds: the lock is taken only where there is something to end.
        if not _lapsed(db, outlet.now()):
            return 0
    with outlet.database.write() as db:
        lapsed = _lapsed(db, outlet.now())
        db.add_all(Reinstatement(withdrawal_id=withdrawal.id, at=outlet.now()) for withdrawal in lapsed)
    for withdrawal in lapsed:
        outlet.log.info("reinstated", action="reinstated", piece=withdrawal.piece_id, withdrawal=withdrawal.id)
    return len(lapsed)


def _lapsed(db: Session, now: datetime) -> list[Withdrawal]:
    ended = select(Reinstatement.withdrawal_id)
    urgent = select(Withdrawal).where(col(Withdrawal.by) == WithdrawnBy.URGENT, col(Withdrawal.id).not_in(ended))
    confirmed = set(db.exec(select(Confirmation.withdrawal_id)))
    return [w for w in db.exec(urgent) if has_lapsed(w, confirmed=w.id in confirmed, now=now)]


def erase(outlet: Outlet, piece_id: int, actor: str, *, second: str, reason: str) -> int:
    """Empty every byte of a piece, on a right or a duty, and leave the chain intact.

    It takes two people: otherwise it would be a veto by one. Texts, records and the turns of its
    sessions are emptied, and what was derived from them goes too. A public piece must be withdrawn
    first. Returns how many blobs were emptied. Raises Refused, UnknownUser.
    """
    known(outlet, actor)
    known(outlet, second)
    if actor == second:
        raise Refused(reason="An erasure takes two people; you named one twice.")
    _reason(reason, "erasure")
    with outlet.database.write() as db:
        public = db.exec(select(Publication.id).where(Publication.piece_id == piece_id)).first()
        if public is not None and withdrawal_of(db, piece_id) is None:
            raise Refused(reason=f"Piece {piece_id} is public. Withdraw it first.")
        revisions = db.exec(select(Revision).where(Revision.piece_id == piece_id)).all()
        if not revisions:
            raise Refused(reason=f"There is no piece {piece_id}.")
        sessions = [revision.session_id for revision in revisions]
        turns = db.exec(select(Turn.blob_id).where(col(Turn.session_id).in_(sessions))).all()
        blobs = {*turns, *(r.text_blob_id for r in revisions), *(r.record_blob_id for r in revisions)}
        blobs -= {erasure.blob_id for erasure in db.exec(select(Erasure).where(col(Erasure.blob_id).in_(blobs)))}
        if not blobs:
            raise Refused(reason=f"Piece {piece_id} is erased already.")
        for blob_id in sorted(blobs):
            db.add(Erasure(blob_id=blob_id, actor=f"{actor}, {second}", reason=reason.strip(), at=outlet.now()))
        db.flush()
        db.exec(update(Blob).where(col(Blob.id).in_(blobs)).values(data=None, salt=None))
        db.exec(update(Flag).where(col(Flag.revision_id).in_([r.id for r in revisions])).values(quote=""))
        # Another piece may hold the same bytes: its rendering stays.
        kept = select(Blob.sha256).where(col(Blob.data).is_not(None))
        texts = [revision.text_sha256 for revision in revisions]
        db.exec(delete(Rendering).where(col(Rendering.text_sha256).in_(texts), col(Rendering.text_sha256).not_in(kept)))
    outlet.database.forget()
    outlet.log.info("erased", action="erased", piece=piece_id, blobs=len(blobs))
    return len(blobs)


def reviews_of(db: Session, revision_id: int) -> Sequence[Review]:
    """All reviews of a revision, in the order in which they were given."""
    return db.exec(select(Review).where(Review.revision_id == revision_id).order_by(col(Review.id))).all()


def known(outlet: Outlet, name: str) -> None:
    """Raise UnknownUser for a name that afterword.toml does not list."""
    if name not in outlet.settings.reviewers:
        raise UnknownUser(user=name, known=", ".join(outlet.settings.reviewers) or "nobody yet")


def _locked(db: Session, revision_id: int) -> Revision:
    revision = db.get(Revision, revision_id)
    if revision is None:
        raise Refused(reason=f"There is no revision {revision_id}.")
    # On PostgreSQL two verdicts at once wait here for each other; SQLite has one writer anyway.
    db.exec(select(Piece).where(Piece.id == revision.piece_id).with_for_update())
    return revision


def _final(db: Session, revision_id: int) -> Decision | None:
    """The final verdict that the rows hold, if any."""
    if db.exec(select(Publication.id).where(Publication.revision_id == revision_id)).first() is not None:
        return Decision.PUBLISHED
    if db.exec(select(Veto.id).where(Veto.revision_id == revision_id)).first() is not None:
        return Decision.VETOED
    return None


def _require(outlet: Outlet, db: Session, revision: Revision, said: Said, verdict: Verdict) -> None:
    """What each verdict must come with."""
    if verdict is Verdict.ESCALATE:
        _reason(said.reason, "escalation")
        return
    if verdict is Verdict.VETO:
        _ground(outlet, said.ground)
        _reason(said.reason, "veto")
        text = text_of(db, revision)
        if said.span is None or text is None or not 0 <= said.span.start < said.span.end <= len(text):
            raise Refused(reason="A veto names the passage it is about. Quote it exactly as it stands in the text.")
        return
    asking = select(Flag.id).where(Flag.revision_id == revision.id, col(Flag.level) == Level.LOOK)
    unanswered = [flag for flag in db.exec(asking) if not said.answers.get(flag, "").strip()]
    if unanswered:
        listed = ", ".join(map(str, unanswered))
        raise Refused(reason=f"To publish, answer each flag that asks for a look in a few words. Open: {listed}.")
    if db.exec(select(CheckRun.id).where(CheckRun.revision_id == revision.id)).first() is None:
        raise Refused(reason="The checks have not looked at this text yet. Wait a moment, and read what they say.")
    piece = db.get_one(Piece, revision.piece_id)
    consent = consent_of(db, piece.author_id)
    if consent is None or consent.publish is not Publish.YES:
        said_so = "has not said" if consent is None else f'said "{consent.publish.value}" to'
        raise Refused(reason=f"The author {said_so} being published. Nothing of it can be public without a yes.")


def _publish(outlet: Outlet, db: Session, revision: Revision, reviews: Sequence[Review]) -> None:
    verdicts = {r.reviewer: r.verdict for r in reviews}
    db.add(
        Publication(
            piece_id=revision.piece_id,
            revision_id=revision.id,
            # No word of the author stands in an address: what is erased must not live on in a ledger line.
            path=f"pieces/{revision.piece_id}",
            reviewers=sum(verdict is Verdict.PUBLISH for verdict in verdicts.values()),
            at=outlet.now(),
        )
    )


def find_span(text: str, quote: str) -> Span:
    """Where a quoted passage stands in a text. Raises Refused where it does not, or stands empty."""
    start = text.find(quote) if quote.strip() else -1
    if start < 0:
        raise Refused(reason="The quoted passage does not stand in the text. Copy it exactly.")
    return Span(start, start + len(quote))


def _ground(outlet: Outlet, ground: str) -> None:
    names = [g.name for g in outlet.prompts.grounds()]
    if not ground:
        raise Refused(reason=f"Name a ground from the public list: {', '.join(names)}.")
    if ground not in names:
        raise Refused(reason=f'"{ground}" is not on the public list of grounds: {", ".join(names)}.')


def _reason(reason: str, what: str) -> None:
    if len(reason.strip()) < REASON_AT_LEAST:
        raise Refused(reason=f"Give the reason for this {what} in words, at least {REASON_AT_LEAST} letters long.")
