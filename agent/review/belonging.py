"""How pieces belong together: what one is about, what it revises, what it goes on from."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from agent.record import Record, record_of, shown_title, text_of
from agent.tables import Blob, Kind, Piece, Publication, Revision, Veto

WORDS = select(Blob).where(col(Blob.id).in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True)
class About:
    """A piece that another one speaks of, and which revision of it is meant."""

    piece: int
    revision: int
    name: str


def under(kind: str) -> str:
    """How a work of a kind belongs to the piece it is about."""
    return "an afterword under" if kind == Kind.POSTSCRIPT else "a statement about the veto of"


def about_of(db: Session, piece: Piece) -> About | None:
    """What an afterword or a statement is about: an afterword stands under what is public, a statement answers a
    veto. None for any other piece."""
    return abouts(db, [piece]).get(piece.id)


def abouts(db: Session, pieces: Iterable[Piece]) -> dict[int, About]:
    """What each of these pieces is about, by piece; those that are about none are left out."""
    under_one = {piece.id: (piece.about_id, piece.kind) for piece in pieces if piece.about_id is not None}
    revisions = _revisions(db, {about for about, _ in under_one.values()})
    ids = [revision.id for some in revisions.values() for revision in some]
    public = (
        set(db.exec(select(Publication.revision_id).where(col(Publication.revision_id).in_(ids)))) if ids else set()
    )
    held_back = set(db.exec(select(Veto.revision_id).where(col(Veto.revision_id).in_(ids)))) if ids else set()
    meant: dict[int, Revision] = {}
    for piece_id, (about, kind) in under_one.items():
        decided = public if kind is Kind.POSTSCRIPT else held_back
        some = revisions.get(about, [])
        if some:
            meant[piece_id] = next((revision for revision in some if revision.id in decided), some[0])
    return _named(db, meant)


def continued_by(db: Session, record: Record | None) -> About | None:
    """The piece that another goes on from, as its record says."""
    return None if record is None else continuations(db, {0: record}).get(0)


def continuations(db: Session, records: dict[int, Record]) -> dict[int, About]:
    """What each goes on from, by whatever number its record is given under; those that go on from none are left out."""
    wanted = {key: record.continues for key, record in records.items() if record.continues is not None}
    revisions = _revisions(db, set(wanted.values()))
    return _named(db, {key: revisions[piece][0] for key, piece in wanted.items() if revisions.get(piece)})


def before_of(db: Session, revision: Revision) -> int | None:
    """The revision that its author sent of the same piece before this one."""
    return befores(db, [revision]).get(revision.id)


def befores(db: Session, revisions: Iterable[Revision]) -> dict[int, int]:
    """The same of many, by revision."""
    later = [revision for revision in revisions if revision.number > 1]
    sent = _revisions(db, {revision.piece_id for revision in later})
    earlier = {r.id: [other.id for other in sent[r.piece_id] if other.number < r.number] for r in later}
    return {revision: ids[0] for revision, ids in earlier.items() if ids}


def load_words(db: Session, revisions: Collection[Revision]) -> Sequence[Blob]:
    """Read the words of many revisions at once: as long as what this returns is kept, `text_of` and `record_of` ask
    the database no more."""
    wanted = {blob for revision in revisions for blob in (revision.text_blob_id, revision.record_blob_id)}
    return db.exec(WORDS, params={"ids": list(wanted)}).all() if wanted else []


def _revisions(db: Session, pieces: Collection[int]) -> dict[int, list[Revision]]:
    """The revisions of these pieces, by piece, the newest first."""
    found: dict[int, list[Revision]] = {}
    if not pieces:
        return found
    rows = select(Revision).where(col(Revision.piece_id).in_(pieces)).order_by(col(Revision.number).desc())
    for revision in db.exec(rows):
        found.setdefault(revision.piece_id, []).append(revision)
    return found


def _named(db: Session, meant: dict[int, Revision]) -> dict[int, About]:
    kept = load_words(db, meant.values())
    found = {key: About(revision.piece_id, revision.id, _name(db, revision)) for key, revision in meant.items()}
    del kept
    return found


def _name(db: Session, revision: Revision) -> str:
    text, record = text_of(db, revision), record_of(db, revision)
    return shown_title(record.title, text) if record and text else "(erased)"
