"""A kind of matter that begins with a row, and how pieces and reasons are said where anybody may read along."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from agent.notices.matter import Matter
from agent.outlet import Outlet
from agent.tables import Author, Piece, StaffRole

Ids = SelectOfScalar[int]
AT_MOST = 400


@dataclass(frozen=True)
class Kind:
    """A kind of matter that begins with a row. `rows` finds the ids of what may be told, by `id`, the number that
    grows, and `at`, when it came up; `read` says of one what is told now, or nothing where it is settled."""

    name: str
    roles: frozenset[StaffRole]
    id: Any
    at: Any
    rows: Callable[[], Ids]
    read: Callable[[Outlet, Session, int], Matter | None]

    def new(self, db: Session, above: int, since: datetime | None = None) -> Sequence[int]:
        """The ids above one, of what came up after a moment."""
        rows = self.rows().where(col(self.id) > above).order_by(col(self.id))
        return db.exec(rows if since is None else rows.where(col(self.at) > since)).all()


def named(db: Session, piece_id: int) -> str:
    """How a piece is called where its title may not stand."""
    piece = db.get_one(Piece, piece_id)
    return f"piece {piece_id} by {db.get_one(Author, piece.author_id).byline}"


def has(db: Session, rows: Ids) -> bool:
    return db.exec(rows.limit(1)).first() is not None


def shortened(reason: str) -> str:
    """A reason of the outlet's own, which may repeat what a service answered, on one line."""
    line = " ".join(reason.split())
    return (line if len(line) <= AT_MOST else line[: AT_MOST - 1].rstrip() + "…").rstrip(".") + "."
