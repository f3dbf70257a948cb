"""What an author's consent covers. The latest answer holds; a text nobody covered is never public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from agent.queries import taken_back, vetoed
from agent.tables import Assent, Blob, Consent, Docket, Piece, Publication, Publish, Revision, Scope, Submission


class Lack(StrEnum):
    """What is missing before a text may be public, in words."""

    NOT_ASKED = "its author was not asked yet"
    SAID_NO = "its author said no"
    SAID_NO_TO_IT = "asked about this very text, its author said no"
    NOT_ASKED_ABOUT_IT = "its author wishes to be asked each time, and has not said yes to this text"
    ONLY_LATER = "its author said yes only to what it hands in later"

    @property
    def is_no(self) -> bool:
        """Whether the author said no: then nobody is to decide about the text."""
        return self in (Lack.SAID_NO, Lack.SAID_NO_TO_IT)


@dataclass(frozen=True)
class HandedIn:
    """When a text was handed in: at which moment, in which turn, and as which blob."""

    at: datetime
    turn_id: int | None = None
    blob_id: int = 0

    def comes_after(self, consent: Consent) -> bool:
        """Whether it was handed in after an answer was given. All that is said in one turn bears one moment; there the
        order of the blobs tells."""
        if self.turn_id is not None and consent.turn_id == self.turn_id and consent.blob_id is not None:
            return consent.blob_id < self.blob_id
        return consent.at <= self.at


def lack(consents: Sequence[Consent], handed_in: HandedIn, assent: Assent | None) -> Lack | None:
    """What is missing before a text that was handed in then may be public; None where its author's consent covers
    it. Pure. `consents` are all answers of its author, oldest first; `assent` is the latest that it gave when
    it was asked about this very text, if it was."""
    if not consents:
        return Lack.NOT_ASKED
    latest = consents[-1]
    if latest.publish is Publish.NO:
        return Lack.SAID_NO
    if (assent := in_force(consents, assent)) is not None:
        return None if assent.publish else Lack.SAID_NO_TO_IT
    if latest.publish is Publish.ASK:
        return Lack.NOT_ASKED_ABOUT_IT
    # A yes to what is handed in from then on covers nothing older, unless the yes before it did.
    for consent in reversed(consents):
        if consent.publish is not Publish.YES:
            break
        if consent.scope is Scope.ALL or handed_in.comes_after(consent):
            return None
    return Lack.ONLY_LATER


def in_force(consents: Sequence[Consent], assent: Assent | None) -> Assent | None:
    """What an author said about one text, as long as it holds: a yes to it ends with a no to everything that
    came after; a no to it stays, until the author hands it in anew. Pure."""
    if assent is None or (assent.publish and any(c.publish is Publish.NO and c.at > assent.at for c in consents)):
        return None
    return assent


def lack_of(db: Session, revision: Revision) -> Lack | None:
    """What is missing before a revision may be public; None where its author's consent covers it now."""
    author_id = db.get_one(Piece, revision.piece_id).author_id
    return lack(_consents(db, author_id), _handed_in(db, revision), _assent(db, revision.id))


IDS: BindParameter[Any] = bindparam("ids", expanding=True)
CONSENTS = select(Consent).where(col(Consent.author_id).in_(IDS)).order_by(col(Consent.id))
ASSENTS = select(Assent).where(col(Assent.revision_id).in_(IDS)).order_by(col(Assent.id))
HANDED_IN = (
    select(Submission.text_blob_id, Submission.at)
    .where(col(Submission.text_blob_id).in_(IDS))
    .order_by(col(Submission.id).desc())
)
"""Asked for every page of the queue, so they are put together once."""


def lacks_of(db: Session, revisions: Sequence[Revision]) -> dict[int, Lack | None]:
    """The same of many revisions at once, by id. Each piece is asked for alone, unless it was read before."""
    author_of = {revision.id: db.get_one(Piece, revision.piece_id).author_id for revision in revisions}
    consents: dict[int, list[Consent]] = {author_id: [] for author_id in author_of.values()}
    for consent in db.exec(CONSENTS, params={"ids": list(consents)}):
        consents[consent.author_id].append(consent)
    latest = {assent.revision_id: assent for assent in db.exec(ASSENTS, params={"ids": list(author_of)})}
    moments: dict[int, datetime] = {}
    if any(consent.scope is not Scope.ALL for some in consents.values() for consent in some):
        # Only then does it matter when something was handed in.
        blobs = [revision.text_blob_id for revision in revisions]
        moments = dict(db.exec(HANDED_IN, params={"ids": blobs}).all())
    return {
        revision.id: lack(
            consents[author_of[revision.id]],
            HandedIn(moments.get(revision.text_blob_id, revision.at), revision.turn_id, revision.text_blob_id),
            latest.get(revision.id),
        )
        for revision in revisions
    }


def no_from(db: Session) -> list[ColumnElement[bool]]:
    """In a query over the docket, what its author said no to, to being published or to this very text: nobody is to
    decide about any of it. Each of these conditions is one way to have said so; where nobody did, there is none."""
    newest = select(func.max(Consent.id)).group_by(col(Consent.author_id))
    said_no = select(Consent.author_id).where(col(Consent.id).in_(newest), Consent.publish == Publish.NO)
    authors = list(db.exec(said_no))
    found: list[ColumnElement[bool]] = [col(Docket.author_id).in_(authors)] if authors else []
    if db.exec(select(Assent.id).where(~col(Assent.publish)).limit(1)).first() is None:
        return found
    later = aliased(Assent)
    is_latest = ~exists().where(col(later.revision_id) == col(Assent.revision_id), col(later.id) > col(Assent.id))
    return [*found, col(Docket.revision_id).in_(select(Assent.revision_id).where(~col(Assent.publish), is_latest))]


def is_covered(db: Session, revision: Revision) -> bool:
    """Whether the author's consent covers a revision now."""
    return lack_of(db, revision) is None


def assent_of(db: Session, revision_id: int) -> bool | None:
    """What the author said when it was asked about this very text, if it was."""
    latest = _assent(db, revision_id)
    return latest.publish if latest else None


def awaiting(db: Session, author_id: int) -> Sequence[Revision]:
    """The revisions about which an author that is to be asked each time has still to be asked, oldest first: the
    newest of each piece that nobody decided about yet, and that is neither erased nor withdrawn."""
    decided = select(Publication.revision_id).union(vetoed())
    newest = select(func.max(Revision.id)).group_by(col(Revision.piece_id))
    rows = (
        select(Revision)
        .select_from(Revision)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Blob, col(Blob.id) == Revision.text_blob_id)
        .where(Piece.author_id == author_id, col(Blob.data).is_not(None), ~taken_back())
        .where(col(Revision.id).in_(newest), col(Revision.id).not_in(decided))
        .order_by(col(Revision.id))
    )
    consents = _consents(db, author_id)
    return [revision for revision in db.exec(rows).all() if in_force(consents, _assent(db, revision.id)) is None]


def _consents(db: Session, author_id: int) -> Sequence[Consent]:
    return db.exec(select(Consent).where(Consent.author_id == author_id).order_by(col(Consent.id))).all()


def _assent(db: Session, revision_id: int) -> Assent | None:
    return db.exec(select(Assent).where(Assent.revision_id == revision_id).order_by(col(Assent.id).desc())).first()


def _handed_in(db: Session, revision: Revision) -> HandedIn:
    """When a revision was handed in: in its sitting, before that ended and made a revision of it."""
    submitted = select(Submission.at).where(Submission.text_blob_id == revision.text_blob_id)
    at = db.exec(submitted).first() or revision.at
    return HandedIn(at, revision.turn_id, revision.text_blob_id)
