"""Emptying the bytes of a piece, on a right or a duty."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from agent import archive, fingerprints
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import pause_of, withdrawal_of
from agent.reasons import need_reason
from agent.review.needs import known_in, need_piece
from agent.staff import having
from agent.tables import (
    AuditEvent,
    Author,
    Blob,
    Call,
    Copy,
    Correction,
    Draft,
    Erasure,
    Flag,
    Judgement,
    Kept,
    Paid,
    Piece,
    Publication,
    Rendering,
    Request,
    Revision,
    Role,
    ShadowFlag,
    Shingle,
    StaffRole,
    Submission,
    Turn,
    WritingSession,
)

BYTES_LEFT, BYTES_GONE = "bytes_left", "bytes_gone"
"""Actions of audit events: something was erased, and the files of the database still hold older bytes; none now."""
MAY_AGREE = (StaffRole.ADMINISTRATOR, StaffRole.REVIEWER)
"""Who may be the second person."""
AGAIN = "It is tried again every hour by `afterword up`, and at each `afterword build`."
NOT_TRIED = (
    "It was cut off before the database could let go of the older bytes. Run `afterword build`, or `afterword up`."
)


@dataclass(frozen=True)
class Reach:
    """How far an erasure would reach now: so many texts of revisions, turns of transcripts, states of drafts and notes
    of the staff; `all` counts every blob, copies and records too."""

    texts: int
    turns: int
    drafts: int
    notes: int
    all: int


def erase(outlet: Outlet, piece_id: int, actor: str, *, second: str, reason: str) -> int:
    """Empty every byte of a piece, on a right or a duty, and leave the chain intact.

    It takes two people: otherwise it would be a veto by one. A public piece must be withdrawn first, and its
    author must not be writing: what it is shown and says meanwhile would bring the text back.
    Returns how many blobs were emptied. Raises Refused, UnknownUser.

    What goes:
    - text and record of each of its revisions, and of whatever else its author handed in for it, in the same
      words or from the same draft, that never became a piece;
    - every turn of the sessions in which that was handed in;
    - each draft that it was submitted from or that holds the same words, in all its states, with the turns in
      which they were saved;
    - its author's words about it (appeal, withdrawal), with the turns in which they were said;
    - whatever the rows know as a copy of any of these, and the copies of copies: the turn of a later session in
      which it was read, searched or listed, and what was laid beside an invitation;
    - the words of corrections, which may repeat its own;
    - its words in the archive's index, its renderings, the passages that flags quote, what it is compared by;
    - what the judge answered about it.

    What stays: a postscript, a statement or another piece, which are works of their own and are erased by
    themselves, even where the same draft or sitting brought them; the author's notes; what its author said of it
    in words of its own elsewhere, which no row knows; and whatever else the staff wrote.
    """
    with outlet.database.write() as db:
        by, said = need_two(outlet, db, actor, second, reason)
        emptied = erase_in(outlet, db, piece_id, by=by, reason=said)
    outlet.log.info("erased", action="erased", piece=piece_id, blobs=emptied)
    clear(outlet)
    return emptied


def erase_in(outlet: Outlet, db: Session, piece_id: int, *, by: str, reason: str) -> int:
    """Empty a piece in a transaction of the caller's, for two people and a reason that it has looked at. Returns how
    many blobs were emptied. Raises Refused. Afterwards comes `clear`."""
    piece = need_erasable(outlet, db, piece_id)
    revisions = _revisions(db, piece_id)
    emptied = empty(outlet, db, _reached(db, piece, revisions), by=by, reason=reason)
    if not emptied:
        raise Refused(reason=f"Piece {piece_id} is erased already.")
    _forget(db, revisions)
    return emptied


def need_two(outlet: Outlet, db: Session, actor: str, second: str, reason: str) -> tuple[str, str]:
    """What every erasure takes: two people who may as it happens, and a reason. The first is an administrator, where
    there is one, the second an administrator or a reviewer. Returns their names as one, and the reason. Raises Refused,
    UnknownUser."""
    need_first(outlet, db, actor)
    known_in(db, outlet, second, *MAY_AGREE)
    if actor == second:
        raise Refused(reason="An erasure takes two people; you named one twice.")
    return f"{actor}, {second}", need_reason(reason, "erasure")


def need_first(outlet: Outlet, db: Session, actor: str) -> None:
    """Raise UnknownUser for somebody who may not ask for an erasure. It is for administrators; a publication that has
    none is kept by its reviewers."""
    kept = having(db, outlet.settings, StaffRole.ADMINISTRATOR)
    known_in(db, outlet, actor, StaffRole.ADMINISTRATOR if kept else StaffRole.REVIEWER)


def need_erasable(outlet: Outlet, db: Session, piece_id: int) -> Piece:
    """The piece, where nothing stands against its erasure now. Raises Refused."""
    piece = need_piece(db, piece_id)
    need_quiet(outlet, db, piece.author_id)
    public = db.exec(select(Publication.id).where(Publication.piece_id == piece_id)).first()
    if public is not None and withdrawal_of(db, piece_id) is None:
        raise Refused(reason=f"Piece {piece_id} is public. Withdraw it first.")
    return piece


def reach(db: Session, piece_id: int) -> Reach:
    """What an erasure of a piece would empty now. Raises Refused where there is no such piece."""
    piece = need_piece(db, piece_id)
    blobs = _reached(db, piece, _revisions(db, piece_id))
    left = set(db.exec(select(Blob.id).where(col(Blob.id).in_(blobs), col(Blob.data).is_not(None))))

    def among(column: Any) -> int:
        return len(left & set(db.exec(select(column).where(column.in_(left)))))

    texts, turns, drafts = among(Revision.text_blob_id), among(Turn.blob_id), among(Draft.blob_id)
    return Reach(texts, turns, drafts, among(Correction.blob_id), len(left))


def _revisions(db: Session, piece_id: int) -> Sequence[Revision]:
    return db.exec(select(Revision).where(Revision.piece_id == piece_id)).all()


def empty(outlet: Outlet, db: Session, blobs: Collection[int], *, by: str, reason: str) -> int:
    """Empty those of these blobs that are not empty yet, and return how many that were. `clear` then lets the database
    forget them, after the transaction."""
    gone = set(db.exec(select(Erasure.blob_id)))
    left = sorted({*blobs} - gone)
    if not left:
        return 0
    for blob_id in left:
        db.add(Erasure(blob_id=blob_id, actor=by, reason=reason, at=outlet.now()))
    db.flush()
    db.exec(update(Blob).where(col(Blob.id).in_(left)).values(data=None, salt=None))
    db.add(AuditEvent(actor="outlet", action=BYTES_LEFT, subject="database", reason="", at=outlet.now()))
    return len(left)


def clear(outlet: Outlet) -> None:
    """Let the database forget what was erased, where it has not yet: at once, or when this is called again. What
    stands in the way is kept for `what_is_left`, and logged."""
    with outlet.database.read() as db:
        since = _left_since(db)
    if since is None:
        return
    if left := outlet.database.forget():
        left = f"{left} {AGAIN}"
    with outlet.database.write() as db:
        latest = _left_since(db)
        # Another erasure, or another process that tried, has said more since.
        if latest is not None and latest.id == since.id and (not left or left != since.reason):
            action = BYTES_LEFT if left else BYTES_GONE
            db.add(AuditEvent(actor="outlet", action=action, subject="database", reason=left, at=outlet.now()))
    if left:
        outlet.log.warning("erased bytes are left", action=BYTES_LEFT, reason=left)


def what_is_left(db: Session) -> str | None:
    """Why older bytes of what was erased may still be in the files of the database, and what to do, in words; None
    where they are gone."""
    since = _left_since(db)
    return since.reason or NOT_TRIED if since is not None else None


def _left_since(db: Session) -> AuditEvent | None:
    about = select(AuditEvent).where(col(AuditEvent.action).in_([BYTES_LEFT, BYTES_GONE]))
    latest = db.exec(about.order_by(col(AuditEvent.id).desc())).first()
    return latest if latest is not None and latest.action == BYTES_LEFT else None


def need_quiet(outlet: Outlet, db: Session, author_id: int) -> None:
    """Raise Refused while an author may say or be shown something: in a session that has not ended, unless it is
    paused and nothing of it is under way."""
    author = db.get_one(Author, author_id)
    going = select(WritingSession.id).where(
        WritingSession.author_id == author_id, col(WritingSession.outcome).is_(None)
    )
    for session_id in db.exec(going.order_by(col(WritingSession.id))).all():
        if pause_of(db, author_id) is None:
            raise Refused(
                reason=f"{author.byline} is writing now, in session {session_id}. Pause it with "
                f"`afterword pause {author.slug}`, or wait until the session is over; then erase the piece."
            )
        if _is_under_way(outlet, db, session_id):
            raise Refused(
                reason=f"{author.byline} is paused, but what it says in session {session_id} is still under way. Try "
                f"again in some minutes. If no `afterword up` runs, start it and resume the author for a moment first."
            )


def _is_under_way(outlet: Outlet, db: Session, session_id: int) -> bool:
    """Whether a session waits for a reply, or has one that nothing was done about yet. A call that nobody settled
    long after its time was lost with its process."""
    lost = outlet.now() - 2 * timedelta(seconds=outlet.settings.call_seconds)
    asked = select(Call.id).where(Call.session_id == session_id, col(Call.paid) == Paid.RESERVED, col(Call.at) > lost)
    last = select(Turn.role).where(Turn.session_id == session_id).order_by(col(Turn.number).desc())
    return db.exec(asked).first() is not None or db.exec(last).first() is Role.AUTHOR


def _reached(db: Session, piece: Piece, revisions: Collection[Revision]) -> set[int]:
    """The blobs that an erasure of a piece empties."""
    others = _others(db, piece)
    for_it = select(Submission).where(Submission.piece_id == piece.id)
    sent: list[Revision | Submission] = [*revisions, *db.exec(for_it)]
    drafts = _drafts(db, piece, {work.text_blob_id for work in sent})
    kept = {draft.blob_id for draft in drafts}
    again = [work for work in _sent_again(db, piece, sent, kept) if work.text_blob_id not in others]
    works = [*sent, *again]
    requests = db.exec(select(Request).where(Request.piece_id == piece.id)).all()
    notes = db.exec(select(Correction.blob_id).where(Correction.piece_id == piece.id))
    words = {*notes} | {blob for work in works for blob in (work.text_blob_id, work.record_blob_id)}
    words |= kept | {request.blob_id for request in requests} | _judged(db, revisions)
    said_in = {draft.turn_id for draft in drafts} | {request.turn_id for request in requests}
    sessions = {work.session_id for work in works}
    turns = select(Turn.blob_id).where(col(Turn.session_id).in_(sessions) | col(Turn.id).in_(said_in))
    # A draft may have become another piece, too: that one is no copy, but a work of its own.
    return with_copies(db, words, spared=others) | set(db.exec(turns))


def _judged(db: Session, revisions: Collection[Revision]) -> set[int]:
    """What the judge answered about these revisions: it quotes them."""
    ids = [revision.id for revision in revisions]
    answers = select(Judgement.blob_id).where(col(Judgement.revision_id).in_(ids))
    return {blob for blob in db.exec(answers) if blob is not None}


def _others(db: Session, piece: Piece) -> set[int]:
    """The blobs of its author's other pieces."""
    rows = select(Revision.text_blob_id, Revision.record_blob_id).join(Piece, col(Piece.id) == Revision.piece_id)
    others = rows.where(Piece.author_id == piece.author_id, Piece.id != piece.id)
    return {blob for both in db.exec(others) for blob in both}


def _drafts(db: Session, piece: Piece, texts: Collection[int]) -> Sequence[Draft]:
    """Every state of the drafts that hold one of these texts, or that one was made from."""
    own = select(Draft.number).where(Draft.author_id == piece.author_id)
    source = col(Draft.blob_id).in_(select(Copy.of_blob_id).where(col(Copy.blob_id).in_(texts)))
    numbers = own.where(source | col(Draft.blob_id).in_(_same(texts)))
    return db.exec(select(Draft).where(Draft.author_id == piece.author_id, col(Draft.number).in_(numbers))).all()


def _sent_again(
    db: Session, piece: Piece, sent: Sequence[Revision | Submission], drafts: Collection[int]
) -> Sequence[Submission]:
    """What the author handed in besides in the same words, or from the same drafts."""
    own = select(Submission).join(WritingSession).where(WritingSession.author_id == piece.author_id)
    same = col(Submission.text_blob_id).in_(_same({work.text_blob_id for work in sent}))
    made = col(Submission.text_blob_id).in_(select(Copy.blob_id).where(col(Copy.of_blob_id).in_(drafts)))
    return db.exec(own.where(same | made)).all()


def _same(blobs: Collection[int]) -> SelectOfScalar[int]:
    """The blobs that hold the same bytes as one of these."""
    return select(Blob.id).where(col(Blob.sha256).in_(select(Blob.sha256).where(col(Blob.id).in_(blobs))))


def with_copies(db: Session, blobs: Collection[int], *, spared: Collection[int] = ()) -> set[int]:
    """These blobs, their copies, and the copies of those."""
    found, new = set(blobs), set(blobs)
    while new:
        new = set(db.exec(select(Copy.blob_id).where(col(Copy.of_blob_id).in_(new)))) - found - set(spared)
        found |= new
    return found


def _forget(db: Session, revisions: Collection[Revision]) -> None:
    """Let what was derived from a piece go with it."""
    ids, texts = [revision.id for revision in revisions], [revision.text_sha256 for revision in revisions]
    archive.forget(db, ids)
    db.exec(delete(Shingle).where(col(Shingle.revision_id).in_(ids)))
    for flag in (Flag, ShadowFlag):
        db.exec(update(flag).where(col(flag.revision_id).in_(ids)).values(quote="", evidence={}))
    fingerprints.forget(db, Kept.REVISION, ids)
    # Another piece may hold the same bytes: its rendering stays.
    kept = select(Revision.text_sha256).join(Blob, col(Blob.id) == Revision.text_blob_id)
    kept = kept.where(col(Blob.data).is_not(None))
    db.exec(delete(Rendering).where(col(Rendering.text_sha256).in_(texts), col(Rendering.text_sha256).not_in(kept)))
