"""The notes of the staff that stand beside pieces, as readers may see them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent.queries import withdrawal_of
from agent.tables import Blob, Correction


@dataclass(frozen=True)
class CorrectionView:
    """One note beside a piece. Its words are plain text of one or more lines, and None where they were erased or
    where the piece is taken down: they may repeat what it said. `revision` is the number of the text that they are
    about, which its author may have revised since; `sha256` (hex) is what the ledger says of them."""

    id: int
    piece: int
    revision: int
    words: str | None
    sha256: str
    at: datetime


def corrections_of(db: Session, piece_ids: Collection[int] | None = None) -> dict[int, list[CorrectionView]]:
    """The corrections of these pieces, or (None) of all, by piece, in the order in which they were made. A piece
    without any is not there."""
    rows = select(Correction, Blob).join(Blob, col(Blob.id) == Correction.blob_id).order_by(col(Correction.id))
    if piece_ids is not None:
        rows = rows.where(col(Correction.piece_id).in_(piece_ids))
    found: dict[int, list[CorrectionView]] = defaultdict(list)
    notes = db.exec(rows).all()
    down = {piece for piece in {note.piece_id for note, _ in notes} if withdrawal_of(db, piece) is not None}
    for note, blob in notes:
        is_shown = blob.data is not None and note.piece_id not in down
        found[note.piece_id].append(
            CorrectionView(
                id=note.id,
                piece=note.piece_id,
                revision=note.revision_number,
                words=blob.data.decode() if blob.data is not None and is_shown else None,
                sha256=blob.sha256,
                at=note.at,
            )
        )
    return dict(found)
