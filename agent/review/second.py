"""Second looks: some of what was decided is read again, blind, by somebody who gave no verdict on it. The only writer
of them. They decide nothing; they tell how far reviewers agree.

What is read again is drawn by the hash of the record, so nobody can choose it and everybody can check it. Only what was
decided since there are second looks is drawn from: of older works nobody was told that they might be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from agent.consent import lack_of
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import is_erased, reviews_of, withdrawal_of
from agent.reasons import need_reason, need_storable
from agent.record import record_of, shown_title, text_of
from agent.review.needs import known, known_in, need_ground
from agent.tables import (
    Appeal,
    Assent,
    Author,
    Blob,
    Confirmation,
    Consent,
    Piece,
    Publication,
    Publish,
    Reinstatement,
    Resolution,
    Review,
    Revision,
    Ruling,
    SecondLook,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)

DIGITS = 13
"""So many hex digits of a hash are compared: all that a float can tell apart."""
GIVEN = "Somebody has given the second look at this text already. Yours was not stored; nobody gives a third."
UNDRAWN = "This text is not among those that are read again."
GONE = "This text was erased or withdrawn, so nobody is to read it again."


@dataclass(frozen=True)
class Wanted:
    """A revision that waits for a second look: nothing here tells how it was decided, nor when. `at` is when its author
    sent it."""

    revision: int
    byline: str
    name: str
    form: str
    words: int
    at: datetime


def is_drawn(record_sha256: str, share: float) -> bool:
    """Whether a record is among those that are read again. Pure: the hash is spread evenly, so about `share` are."""
    return share >= 1 or record_sha256[:DIGITS] < _end(share)


def wanted(db: Session, outlet: Outlet, reviewer: str, limit: int = 50) -> list[Wanted]:
    """What waits for a second look of this reviewer, in the order of the draw: which way it was decided, and when, has
    no part in that."""
    words, facts = aliased(Blob), aliased(Blob)
    rows = (
        # With their blobs, so that each need not be asked for by itself.
        select(Revision, Author, words, facts)
        .select_from(Revision)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .join(words, col(words.id) == Revision.text_blob_id)
        .join(facts, col(facts.id) == Revision.record_blob_id)
        .where(
            *_waits_for(outlet.settings.blind_share, reviewer),
            col(words.data).is_not(None),
            col(Piece.author_id).not_in(unwilling()),
        )
        .order_by(col(Revision.record_sha256), col(Revision.id))
        .limit(limit)
    )
    found = db.exec(rows).all()
    waiting = [_wanted(db, revision, author) for revision, author, *_ in found]
    return [row for row in waiting if row is not None]


def look(
    outlet: Outlet,
    revision_id: int,
    reviewer: str,
    verdict: Verdict,
    *,
    record_sha256: str,
    ground: str = "",
    reason: str = "",
) -> None:
    """Keep what a second reviewer would have said of exactly the record that was read. Raises Refused, UnknownUser."""
    known(outlet, reviewer)
    need_storable(reason)
    with outlet.database.write() as db:
        known_in(db, outlet, reviewer)
        revision = need_wanted(db, outlet, revision_id, reviewer)
        if revision.record_sha256 != record_sha256:
            raise Refused(reason="This is not the text you read: its hash differs. Open it again and read it anew.")
        if verdict is Verdict.ESCALATE:
            raise Refused(reason="A second look says publish or veto. There is nobody to hand it on to.")
        if verdict is Verdict.VETO:
            need_ground(outlet, ground)
            need_reason(reason, "veto")
        db.add(
            SecondLook(
                revision_id=revision_id,
                record_sha256=record_sha256,
                reviewer=reviewer,
                verdict=verdict,
                ground=ground if verdict is Verdict.VETO else "",
                reason=reason.strip(),
                at=outlet.now(),
            )
        )
    outlet.log.info("second look", action="second_look", revision=revision_id, verdict=verdict.value)


def need_wanted(db: Session, outlet: Outlet, revision_id: int, reviewer: str) -> Revision:
    """The revision, if it waits for a second look of this reviewer. Raises Refused, which says why not."""
    revision = db.get(Revision, revision_id)
    if revision is None:
        raise Refused(reason=f"There is no revision {revision_id}.")
    for condition, why in (
        (_spoke(reviewer), "You have spoken about this text already, so yours would be no second look."),
        (_looked_at(), GIVEN),
        # Nothing more is said of why: it would tell how it was decided.
        (_is_appealed(), UNDRAWN),
    ):
        if _holds(db, revision_id, condition):
            raise Refused(reason=why)
    if not is_drawn(revision.record_sha256, outlet.settings.blind_share) or not _holds(db, revision_id, _is_decided()):
        raise Refused(reason=UNDRAWN)
    if is_erased(db, revision) or withdrawal_of(db, revision.piece_id, revision.number) is not None:
        raise Refused(reason=GONE)
    if (lack := lack_of(db, revision)) is not None and lack.is_no:
        raise Refused(reason=GONE)
    return revision


def is_wanted(db: Session, outlet: Outlet, revision_id: int, reviewer: str) -> bool:
    """Whether a revision waits for a second look of this reviewer: so long nobody tells them how it was decided."""
    revision = db.get(Revision, revision_id)
    if revision is None or not is_drawn(revision.record_sha256, outlet.settings.blind_share):
        return False  # Most are not, and nothing more is asked about them.
    try:
        need_wanted(db, outlet, revision_id, reviewer)
    except Refused:
        return False
    return True


def is_blind(share: float, reviewer: Any, *, revision: Any = None, piece: Any = None) -> ColumnElement[bool]:
    """In any query: whether this revision, or any of this piece, waits for a second look of a reviewer (a name, or a
    parameter that is given one), where such a `share` is looked at twice. What tells how it was decided is left out of
    what they are shown."""
    # A table under another name, so that it stands in no other's way.
    of, work, words = aliased(Revision), aliased(Piece), aliased(Blob)
    same = col(of.id) == revision if revision is not None else col(of.piece_id) == piece
    willing = exists().where(col(work.id) == col(of.piece_id), col(work.author_id).not_in(unwilling()))
    there = exists().where(col(words.id) == col(of.text_blob_id), col(words.data).is_not(None))
    return select(of.id).where(same, *_waits_for(share, reviewer, of), willing, there).exists()


def look_of(db: Session, revision_id: int) -> SecondLook | None:
    """The second look that a revision was given, if it was."""
    return db.exec(select(SecondLook).where(SecondLook.revision_id == revision_id)).first()


def looks_of(db: Session, reviewer: str, limit: int = 20) -> Sequence[SecondLook]:
    """The second looks of one reviewer, the newest first."""
    own = select(SecondLook).where(SecondLook.reviewer == reviewer)
    return db.exec(own.order_by(col(SecondLook.id).desc()).limit(limit)).all()


def first_of(db: Session, revision_id: int) -> Review | None:
    """The verdict that a second look is compared with: the first of those that count and say publish or veto. Who gave
    it had seen no other, as little as the second reader has; what others said later, they said knowing of it."""
    said = (review for review in reviews_of(db, revision_id) if review.verdict is not Verdict.ESCALATE)
    return next(said, None)


def _wanted(db: Session, revision: Revision, author: Author) -> Wanted | None:
    text, record = text_of(db, revision), record_of(db, revision)
    if text is None or record is None:
        return None
    name = shown_title(record.title, text)
    return Wanted(revision.id, author.byline, name, record.form.strip(), len(text.split()), revision.at)


def _holds(db: Session, revision_id: int, condition: ColumnElement[bool]) -> bool:
    return db.exec(select(Revision.id).where(Revision.id == revision_id, condition)).first() is not None


def _end(share: float) -> str:
    return f"{int(share * 16**DIGITS):0{DIGITS}x}"


def _waits_for(share: float, reviewer: Any, of: type[Revision] = Revision) -> list[ColumnElement[bool]]:
    """In a query over revisions: what must hold of one that waits for a second look of this reviewer, besides what
    stands with its text and its author."""
    return [
        _drawn(share, of),
        _is_decided(of),
        ~_looked_at(of),
        ~_spoke(reviewer, of),
        ~_is_down(of),
        ~_said_no(of),
        ~_is_appealed(of),
    ]


def _drawn(share: float, of: type[Revision]) -> ColumnElement[bool]:
    # The hashes stand in an index, in this very order.
    return true() if share >= 1 else col(of.record_sha256) < _end(share)


def _is_decided(of: type[Revision] = Revision) -> ColumnElement[bool]:
    """In a query over revisions: it went out or was held back, and by a resolution: there were none before."""
    out = exists().where(col(Publication.revision_id) == col(of.id))
    held = exists().where(col(Veto.revision_id) == col(of.id))
    return and_(or_(out, held), exists().where(col(Resolution.revision_id) == col(of.id)))


def _looked_at(of: type[Revision] = Revision) -> ColumnElement[bool]:
    return exists().where(col(SecondLook.revision_id) == col(of.id))


def _spoke(reviewer: str, of: type[Revision] = Revision) -> ColumnElement[bool]:
    """Whether a reviewer gave a verdict on a revision, one that was taken back, too, or ruled on its appeal."""
    said = exists().where(col(Review.revision_id) == col(of.id), col(Review.reviewer) == reviewer)
    ruled = exists().where(
        col(Appeal.revision_id) == col(of.id),
        col(Ruling.appeal_id) == col(Appeal.id),
        col(Ruling.reviewer) == reviewer,
    )
    return or_(said, ruled)


def unwilling() -> SelectOfScalar[int]:
    """The authors that said no to their works' being published: nobody is to read any for the desk."""
    newest = select(func.max(Consent.id)).group_by(col(Consent.author_id))
    return select(Consent.author_id).where(col(Consent.id).in_(newest), Consent.publish == Publish.NO)


def _said_no(of: type[Revision] = Revision) -> ColumnElement[bool]:
    """Whether an author, asked about a very text, said no."""
    return exists().where(col(Assent.revision_id) == col(of.id), col(Assent.publish).is_(False))


def _is_appealed(of: type[Revision] = Revision) -> ColumnElement[bool]:
    """Whether an appeal waits: whoever has not spoken about a text may have to rule on it, knowing what was said."""
    ruled = exists().where(col(Ruling.appeal_id) == col(Appeal.id))
    return exists().where(col(Appeal.revision_id) == col(of.id), ~ruled)


def _is_down(of: type[Revision] = Revision) -> ColumnElement[bool]:
    """What agent.queries.withdrawal_of says, in a query over revisions."""
    confirmed = exists().where(col(Confirmation.withdrawal_id) == col(Withdrawal.id))
    ended = exists().where(col(Reinstatement.withdrawal_id) == col(Withdrawal.id))
    return exists().where(
        col(Withdrawal.piece_id) == col(of.piece_id),
        col(Withdrawal.upto) >= col(of.number),
        or_(col(Withdrawal.by) != WithdrawnBy.STAFF, confirmed),
        ~ended,
    )
