"""Erasures that one person proposes and a second agrees to or declines: then, and in the same act, the bytes go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import newest_number
from agent.reasons import need_reason
from agent.record import Record, shown_title
from agent.review.corrections import erase_note_in, need_note_erasable
from agent.review.erasure import MAY_AGREE, clear, erase_in, need_erasable, need_first
from agent.review.needs import known_in, need_piece
from agent.tables import Author, Blob, Correction, ErasureAnswer, ErasureProposal, Piece, Revision


@dataclass(frozen=True)
class Proposed:
    """A proposal, and what the second person said to it. `correction` is empty where the whole piece is meant, `name`
    "(erased)" where nothing is left of the piece."""

    proposal: int
    piece: int
    correction: int | None
    name: str
    author: str
    byline: str
    actor: str
    reason: str
    at: datetime
    answer: ErasureAnswer | None


def propose(outlet: Outlet, piece_id: int, actor: str, *, reason: str, correction_id: int | None = None) -> int:
    """Ask for the bytes of a piece, or of one correction beside it, to be emptied, on a right or a duty. Nothing goes
    before a second person agrees. Returns the proposal's number. Raises Refused, UnknownUser."""
    said = need_reason(reason, "erasure")
    with outlet.database.write() as db:
        need_first(outlet, db, actor)
        blob_id = _bytes(db, piece_id, correction_id)
        if db.get_one(Blob, blob_id).data is None:
            raise Refused(reason=f"{_of(piece_id, correction_id)} is erased already.")
        same = _open().where(ErasureProposal.piece_id == piece_id, ErasureProposal.correction_id == correction_id)
        if (there := db.exec(same).first()) is not None:
            raise Refused(
                reason=f"{there.actor} has proposed this already: proposal {there.id} waits for a second person."
            )
        made = ErasureProposal(
            piece_id=piece_id, correction_id=correction_id, actor=actor, reason=said, at=outlet.now()
        )
        db.add(made)
        db.flush()
    outlet.log.info("erasure proposed", action="erasure_proposed", proposal=made.id, piece=piece_id)
    return made.id


def agree(outlet: Outlet, proposal_id: int, actor: str, *, reason: str, number: str) -> int:
    """Agree, as a second person, and erase. `number` is what was typed as the number of the piece, or of the
    correction, that goes: so that nobody erases by a slip of the hand. Returns how many blobs were emptied. Raises
    Refused, and then the proposal stays open, and UnknownUser."""
    said = need_reason(reason, "answer")
    with outlet.database.write() as db:
        proposal = _waiting(outlet, db, proposal_id, actor)
        goes = proposal.correction_id or proposal.piece_id
        if number.strip() != str(goes):
            what = "correction" if proposal.correction_id else "piece"
            raise Refused(reason=f"Type the number of the {what} that goes, {goes}, to say that you mean it.")
        by, why = f"{proposal.actor}, {actor}", proposal.reason
        if proposal.correction_id is not None:
            emptied = erase_note_in(outlet, db, proposal.correction_id, by=by, reason=why)
        else:
            emptied = erase_in(outlet, db, proposal.piece_id, by=by, reason=why)
        db.add(ErasureAnswer(proposal_id=proposal_id, actor=actor, agreed=True, reason=said, at=outlet.now()))
    about = {"correction": goes} if proposal.correction_id is not None else {"piece": goes}
    outlet.log.info("erased", action="erased", proposal=proposal_id, blobs=emptied, **about)
    clear(outlet)
    return emptied


def decline(outlet: Outlet, proposal_id: int, actor: str, *, reason: str) -> None:
    """Say no to an erasure, as a second person: it stays as it is, and may be proposed anew. Raises Refused,
    UnknownUser."""
    said = need_reason(reason, "answer")
    with outlet.database.write() as db:
        _waiting(outlet, db, proposal_id, actor)
        db.add(ErasureAnswer(proposal_id=proposal_id, actor=actor, agreed=False, reason=said, at=outlet.now()))
    outlet.log.info("erasure declined", action="erasure_declined", proposal=proposal_id)


def stands_against(outlet: Outlet, db: Session, proposed: Proposed) -> str:
    """Why what was proposed cannot be erased now, in words; empty where it can."""
    try:
        if proposed.correction is not None:
            need_note_erasable(outlet, db, proposed.correction)
        else:
            need_erasable(outlet, db, proposed.piece)
    except Refused as no:
        return str(no)
    return ""


def proposals(
    db: Session, *, proposal_id: int | None = None, piece_id: int | None = None, limit: int = 200
) -> Sequence[Proposed]:
    """Every proposal, or one, or those of a piece, the newest first."""
    rows = (
        select(ErasureProposal, Author, ErasureAnswer)
        .select_from(ErasureProposal)
        .join(Piece, col(Piece.id) == ErasureProposal.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .join(ErasureAnswer, col(ErasureAnswer.proposal_id) == ErasureProposal.id, isouter=True)
        .order_by(col(ErasureProposal.id).desc())
    )
    if proposal_id is not None:
        rows = rows.where(ErasureProposal.id == proposal_id)
    if piece_id is not None:
        rows = rows.where(ErasureProposal.piece_id == piece_id)
    return [_proposed(db, *found) for found in db.exec(rows.limit(limit))]


def open_proposals(db: Session) -> int:
    """How many proposals wait for a second person."""
    return len(db.exec(_open()).all())


def _open() -> SelectOfScalar[ErasureProposal]:
    return select(ErasureProposal).where(col(ErasureProposal.id).not_in(select(ErasureAnswer.proposal_id)))


def _waiting(outlet: Outlet, db: Session, proposal_id: int, actor: str) -> ErasureProposal:
    """A proposal that waits for somebody who may answer it, as this person may. Raises Refused, UnknownUser."""
    known_in(db, outlet, actor, *MAY_AGREE)
    proposal = db.get(ErasureProposal, proposal_id)
    if proposal is None:
        raise Refused(reason=f"There is no proposal {proposal_id}.")
    given = db.exec(select(ErasureAnswer).where(ErasureAnswer.proposal_id == proposal_id)).first()
    if given is not None:
        word = "agreed to" if given.agreed else "declined"
        raise Refused(reason=f"{given.actor} has {word} proposal {proposal_id} already. Your answer was not stored.")
    if proposal.actor == actor:
        raise Refused(reason="An erasure takes two people, and you are the first. A second person answers.")
    return proposal


def _bytes(db: Session, piece_id: int, correction_id: int | None) -> int:
    """The blob by which it is seen whether something is erased already."""
    need_piece(db, piece_id)
    if correction_id is not None:
        correction = db.get(Correction, correction_id)
        if correction is None or correction.piece_id != piece_id:
            raise Refused(reason=f"There is no correction {correction_id} beside piece {piece_id}.")
        return correction.blob_id
    newest = select(Revision).where(Revision.piece_id == piece_id, Revision.number == newest_number(db, piece_id))
    if (revision := db.exec(newest).first()) is None:
        raise Refused(reason=f"Piece {piece_id} has no text.")
    return revision.text_blob_id


def _of(piece_id: int, correction_id: int | None) -> str:
    return f"Piece {piece_id}" if correction_id is None else f"Correction {correction_id}"


def _proposed(db: Session, proposal: ErasureProposal, author: Author, answer: ErasureAnswer | None) -> Proposed:
    return Proposed(
        proposal=proposal.id,
        piece=proposal.piece_id,
        correction=proposal.correction_id,
        name=_name(db, proposal.piece_id),
        author=author.slug,
        byline=author.byline,
        actor=proposal.actor,
        reason=proposal.reason,
        at=proposal.at,
        answer=answer,
    )


def _name(db: Session, piece_id: int) -> str:
    newest = select(Revision).where(Revision.piece_id == piece_id).order_by(col(Revision.number).desc()).limit(1)
    revision = db.exec(newest).one()
    text, record = (db.get_one(Blob, blob).data for blob in (revision.text_blob_id, revision.record_blob_id))
    if text is None or record is None:
        return "(erased)"
    return shown_title(Record.model_validate_json(record).title, text.decode())
