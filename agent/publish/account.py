"""Everything that the record of one author holds: what it was asked and said, what it wished for, what came of
its works. As plain data, moments aware and in UTC.

Its notes, drafts and kept texts are not read here, nor is any text that is not public; and nobody of the staff is
named.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from agent.outlet import Block
from agent.publish.events import settled, waits
from agent.publish.fates import PUBLISHED, WITHDRAWN, Fate, fates
from agent.publish.provenance import commit, transcript_commitment
from agent.queries import undone
from agent.reading import shown
from agent.record import record_of, shown_title, text_of
from agent.tables import (
    Appeal,
    Assent,
    Author,
    Blob,
    Cadence,
    Call,
    Cancellation,
    Confirmation,
    Consent,
    Correction,
    Drop,
    Feed,
    Following,
    Interest,
    Invitation,
    Moot,
    Outcome,
    Paid,
    Piece,
    PromptVersion,
    Publication,
    Purpose,
    Reinstatement,
    Request,
    Rest,
    Review,
    Revision,
    Role,
    Ruling,
    Slot,
    Turn,
    Unfollowing,
    Verdict,
    Veto,
    Wish,
    WishAnswer,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)
from agent.tables.review import DEMO_REVIEWER
from agent.transcript import transcript

Data = dict[str, Any]
OUTLET = "outlet"
STOPPED = "stopped"
AT_ONCE = 500
"""So many sessions are asked about in one question."""


def account(db: Session, author: Author, publication: str) -> Data:
    """The record of one author. `publication` is the title that the outlet goes by."""
    known = _fates(db, author)
    invitations = list(_invitations(db, author, known))
    pieces = list(_pieces(db, author, known))
    return {
        "author": author.model_dump(include={"slug", "byline", "model_id", "retired_on", "stand_in", "added_at"}),
        "interviews": list(_interviews(db, author, publication)),
        "consents": list(_consents(db, author)),
        "interests": list(_interests(db, author)),
        "wishes": list(_wishes(db, author)),
        "cadence": _cadence(db, author),
        "rests": list(_rests(db, author)),
        "reading": list(_reading(db, author)),
        "invitations": invitations,
        "pieces": pieces,
        "appeals": list(_appeals(db, author)),
        "moot": list(_moot(db, author)),
        "totals": _totals(db, author, invitations, pieces),
    }


def _fates(db: Session, author: Author) -> dict[int, list[Fate]]:
    """What became of each work of an author, by its session."""
    sessions = db.exec(select(WritingSession.id).where(WritingSession.author_id == author.id)).all()
    known: dict[int, list[Fate]] = {}
    for start in range(0, len(sessions), AT_ONCE):
        known |= fates(db, sessions[start : start + AT_ONCE])
    return known


def _interviews(db: Session, author: Author, publication: str) -> Iterator[Data]:
    rows = (
        select(WritingSession.id)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(WritingSession.author_id == author.id, Slot.purpose == Purpose.INTERVIEW)
    )
    for session_id in db.exec(rows.order_by(col(WritingSession.id))).all():
        found = transcript(db, session_id, publication)
        session, invitation = found.session, found.invitation
        exchanges: list[Data] = []
        for turn, blocks in zip(found.turns, found.said, strict=True):
            if turn.role is Role.OUTLET:
                # What lay beside the first question belongs to no interview.
                words = invitation.words if turn.number == 1 else _said(blocks)
                exchanges.append({"asked": words, "asked_at": turn.at, "answer": None})
            elif exchanges:
                exchanges[-1]["answer"] = {
                    "words": _said(blocks),
                    "at": turn.at,
                    "model_id": turn.model_id,
                    "stop_reason": turn.stop_reason,
                }
        yield {
            "session": session.id,
            "invitation": invitation.id,
            "began_at": session.began_at,
            "ended_at": session.ended_at,
            "outcome": _outcome(db, session),
            "why": session.why,
            "prompts": [{"name": db.get_one(PromptVersion, sha).name, "sha256": sha} for sha in invitation.prompts],
            "welcome": invitation.welcome,
            "exchanges": exchanges,
            "transcript_commitment": transcript_commitment(db, session.id),
        }


def _outcome(db: Session, session: WritingSession) -> str | None:
    """What came of a session. One that the staff stopped did not fail by accident; why they did, its account says."""
    stopped = select(Cancellation.id).where(Cancellation.session_id == session.id)
    if session.outcome is Outcome.FAILED and db.exec(stopped).first() is not None:
        return STOPPED
    return session.outcome.value if session.outcome else None


def _said(blocks: list[Block] | None) -> str | None:
    """The words of a turn; None where they were erased."""
    if blocks is None:
        return None
    return "".join(block["text"] for block in blocks if block.get("type") == "text")


def _consents(db: Session, author: Author) -> Iterator[Data]:
    rows = select(Consent).where(Consent.author_id == author.id).order_by(col(Consent.id))
    for consent in db.exec(rows).all():
        yield {
            "at": consent.at,
            "publish": consent.publish,
            "scope": consent.scope,
            "trials": consent.trials,
            "basis": consent.basis,
            "session": _session_of(db, consent.turn_id),
            "words": consent.words if consent.blob_id is None else _words(db, consent.blob_id),
        }


def _interests(db: Session, author: Author) -> Iterator[Data]:
    rows = (
        select(Interest, Drop.at)
        .select_from(Interest)
        .join(Drop, col(Drop.interest_id) == Interest.id, isouter=True)
        .where(Interest.author_id == author.id)
        .order_by(col(Interest.number))
    )
    for interest, dropped_at in db.exec(rows).all():
        words = _words(db, interest.blob_id)
        yield {"number": interest.number, "words": words, "at": interest.at, "dropped_at": dropped_at}


def _wishes(db: Session, author: Author) -> Iterator[Data]:
    rows = (
        select(Wish, WishAnswer)
        .select_from(Wish)
        .join(WishAnswer, col(WishAnswer.wish_id) == Wish.id, isouter=True)
        .where(Wish.author_id == author.id)
        .order_by(col(Wish.id))
    )
    for wish, answer in db.exec(rows).all():
        yield {
            "at": wish.at,
            "want": wish.want,
            "words": _words(db, wish.blob_id),
            "url": wish.url,
            "until": wish.until,
            "session": _session_of(db, wish.turn_id),
            "answer": {
                "by": OUTLET if answer.actor == OUTLET else _who(answer.actor),
                "granted": answer.granted,
                "words": answer.words,
                "at": answer.at,
            }
            if answer is not None
            else None,
        }


def _cadence(db: Session, author: Author) -> Data | None:
    cadence = db.exec(select(Cadence).where(Cadence.author_id == author.id)).first()
    return None if cadence is None else {"rule": cadence.rule, "zone": cadence.zone}


def _rests(db: Session, author: Author) -> Iterator[Data]:
    for rest in db.exec(select(Rest).where(Rest.author_id == author.id).order_by(col(Rest.id))):
        yield {"at": rest.at, "until": rest.until}


def _reading(db: Session, author: Author) -> Iterator[Data]:
    rows = (
        select(Following, Feed.url, Unfollowing)
        .select_from(Following)
        .join(Feed, col(Feed.id) == Following.feed_id)
        .join(Unfollowing, col(Unfollowing.following_id) == Following.id, isouter=True)
        .where(Following.author_id == author.id)
        .order_by(col(Following.id))
    )
    for following, url, left in db.exec(rows):
        yield {
            "url": shown(url),
            "by": "settings" if following.wish_id is None else "wish",
            "since": following.at,
            "left_at": left.at if left else None,
            "left_by": _who_left(left) if left else None,
            "reason": left.reason if left else "",
        }


def _who_left(left: Unfollowing) -> str:
    """Who took a feed from a reading list: its author, the settings, or somebody of the staff."""
    if left.turn_id is not None:
        return "author"
    return "staff" if left.actor else "settings"


def _invitations(db: Session, author: Author, known: dict[int, list[Fate]]) -> Iterator[Data]:
    rows = (
        select(Invitation, Slot.purpose, WritingSession)
        .select_from(Invitation)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
        .where(Invitation.author_id == author.id)
        .order_by(col(Invitation.id))
    )
    for invitation, purpose, session in db.exec(rows).all():
        turns = select(Turn).where(Turn.session_id == (session.id if session else None), Turn.role == Role.AUTHOR)
        answers = db.exec(turns.order_by(col(Turn.number))).all()
        yield {
            "invitation": invitation.id,
            "at": invitation.at,
            "purpose": purpose,
            "prompt": invitation.prompt,
            "arm": invitation.arm,
            "words_sha256": invitation.words_sha256,
            "outcome": _outcome(db, session) if session else None,
            "why": session.why if session else "",
            "works": [
                {"piece": fate.piece, "kind": fate.kind, "revision": fate.number, "state": fate.state}
                for fate in (known.get(session.id, []) if session else [])
            ],
            "answers": len(answers),
            "input_tokens": sum(turn.input_tokens for turn in answers),
            "output_tokens": sum(turn.output_tokens for turn in answers),
            "cost_millionths": _sum([turn.cost for turn in answers]),
        }


def _pieces(db: Session, author: Author, known: dict[int, list[Fate]]) -> Iterator[Data]:
    states = {(fate.piece, fate.number): fate for works in known.values() for fate in works}
    for piece in db.exec(select(Piece).where(Piece.author_id == author.id).order_by(col(Piece.id))).all():
        rows = (
            select(Revision, Publication)
            .select_from(Revision)
            .join(Publication, col(Publication.revision_id) == Revision.id, isouter=True)
            .where(Revision.piece_id == piece.id)
            .order_by(col(Revision.number))
        )
        revisions = [
            _revision(db, revision, published, states[piece.id, revision.number].state)
            for revision, published in db.exec(rows).all()
        ]
        # The one that readers know, or knew, stands for the piece.
        public = [row for row in revisions if row["published_at"] is not None]
        yield {
            "piece": piece.id,
            "kind": piece.kind,
            "about": piece.about_id,
            "at": piece.at,
            "name": next((row["name"] for row in reversed(public) if row["name"]), None),
            "path": next((row["path"] for row in public), None),
            "state": (public or revisions)[-1]["state"] if revisions else None,
            "revisions": revisions,
            "withdrawals": list(_withdrawals(db, piece)),
            "corrections": list(_corrections(db, piece)),
        }


def _revision(db: Session, revision: Revision, published: Publication | None, state: str) -> Data:
    """One revision. What is not public is known by a salted commitment alone, as in the ledger."""
    text, record = text_of(db, revision), record_of(db, revision)
    can_be_read = state == PUBLISHED and text is not None and record is not None
    hashes = {"text_sha256": revision.text_sha256, "record_sha256": revision.record_sha256}
    promise = {"commitment": commit(db, revision.record_blob_id, revision.record_sha256)}
    assents = select(Assent.at, Assent.publish).where(Assent.revision_id == revision.id).order_by(col(Assent.id))
    vetoes = select(Review).where(Review.revision_id == revision.id, Review.verdict == Verdict.VETO)
    vetoes = vetoes.where(~undone(), ~waits(), settled())
    return {
        "number": revision.number,
        "received_at": revision.at,
        "session": revision.session_id,
        "state": state,
        "name": shown_title(record.title, text) if can_be_read and text and record else None,
        "continues": record.continues if can_be_read and record else None,
        "path": published.path if published else None,
        "published_at": published.at if published else None,
        "assents": [{"at": at, "publish": publish} for at, publish in db.exec(assents)],
        "vetoed_at": db.exec(select(Veto.at).where(Veto.revision_id == revision.id)).first(),
        "vetoes": [
            {"at": review.at, "by": _who(review.reviewer), "ground": review.ground, "reason": review.reason}
            for review in db.exec(vetoes.order_by(col(Review.id)))
        ],
        **(hashes if published and state in (PUBLISHED, WITHDRAWN) else promise),
    }


def _withdrawals(db: Session, piece: Piece) -> Iterator[Data]:
    rows = (
        select(Withdrawal, Confirmation.at, Reinstatement.at, Request.blob_id)
        .select_from(Withdrawal)
        .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
        .join(Reinstatement, col(Reinstatement.withdrawal_id) == Withdrawal.id, isouter=True)
        .join(Request, col(Request.id) == Withdrawal.request_id, isouter=True)
        .where(Withdrawal.piece_id == piece.id)
        .order_by(col(Withdrawal.id))
    )
    for withdrawal, confirmed_at, ended_at, blob_id in db.exec(rows).all():
        by_author = withdrawal.by is WithdrawnBy.AUTHOR
        yield {
            "at": withdrawal.at,
            "by": withdrawal.by,
            "upto": withdrawal.upto,
            "ground": withdrawal.ground,
            "words": (_words(db, blob_id) if blob_id is not None else "") if by_author else withdrawal.reason,
            "confirmed_at": confirmed_at,
            "ended_at": ended_at,
        }


def _corrections(db: Session, piece: Piece) -> Iterator[Data]:
    """The notes that the staff set beside it."""
    rows = select(Correction).where(Correction.piece_id == piece.id).order_by(col(Correction.id))
    for note in db.exec(rows).all():
        yield {"at": note.at, "revision": note.revision_number, "words": _words(db, note.blob_id)}


def _appeals(db: Session, author: Author) -> Iterator[Data]:
    rows = (
        select(Appeal, Revision, Ruling)
        .select_from(Appeal)
        .join(Revision, col(Revision.id) == Appeal.revision_id)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .where(Piece.author_id == author.id)
        .order_by(col(Appeal.id))
    )
    for appeal, revision, ruling in db.exec(rows).all():
        yield {
            "at": appeal.at,
            "piece": revision.piece_id,
            "revision": revision.number,
            "words": _words(db, appeal.blob_id),
            "ruling": {"at": ruling.at, "overturned": ruling.overturned, "reason": ruling.reason} if ruling else None,
        }


def _moot(db: Session, author: Author) -> Iterator[Data]:
    """What it asked about its own standing that had nothing to apply to."""
    rows = (
        select(Moot, Request)
        .select_from(Moot)
        .join(Request, col(Request.id) == Moot.request_id)
        .where(Request.author_id == author.id)
        .order_by(col(Moot.id))
    )
    for moot, request in db.exec(rows).all():
        yield {
            "at": request.at,
            "asks": request.asks,
            "piece": request.piece_id,
            "words": _words(db, request.blob_id),
            "why": moot.why,
        }


def _totals(db: Session, author: Author, invitations: Sequence[Data], pieces: Sequence[Data]) -> Data:
    uncertain = (
        select(func.count())
        .select_from(Call)
        .join(WritingSession, col(WritingSession.id) == Call.session_id)
        .where(WritingSession.author_id == author.id, col(Call.paid).in_((Paid.RESERVED, Paid.POSSIBLY)))
    )
    return {
        "invitations": len(invitations),
        "outcomes": dict(sorted(Counter(str(row["outcome"] or "in progress") for row in invitations).items())),
        "pieces": dict(sorted(Counter(str(row["state"]) for row in pieces).items())),
        "answers": sum(row["answers"] for row in invitations),
        "input_tokens": sum(row["input_tokens"] for row in invitations),
        "output_tokens": sum(row["output_tokens"] for row in invitations),
        "cost_millionths": _sum([row["cost_millionths"] for row in invitations]),
        "calls_possibly_paid": db.exec(uncertain).one(),
    }


def _sum(costs: Sequence[int | None]) -> int | None:
    """What several things cost; None where the price of one is unknown."""
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def _who(actor: str) -> str:
    """Never a name; but a demonstration says that nobody real has read."""
    return DEMO_REVIEWER if actor == DEMO_REVIEWER else "staff"


def _words(db: Session, blob_id: int) -> str | None:
    """The words in a blob; None where they were erased."""
    data = db.get_one(Blob, blob_id).data
    return None if data is None else data.decode()


def _session_of(db: Session, turn_id: int | None) -> int | None:
    return None if turn_id is None else db.get_one(Turn, turn_id).session_id
