"""The revisions of a piece, and what became of one in another: of its text, its title and its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent.desk.shown.changes import Change, Told, changes, of_record, shortened
from agent.errors import Refused
from agent.record import record_of, text_of
from agent.tables import Revision


@dataclass(frozen=True)
class Version:
    """One revision of a piece, as it is chosen from."""

    revision: int
    number: int
    at: datetime
    session: int
    words: int | None
    """None where it was erased."""


@dataclass(frozen=True)
class Earlier:
    """The revisions of a piece, oldest first, and what became of one in another. `text` is None where one of the two
    was erased, or where there is but one."""

    versions: list[Version]
    number: int
    before: int
    after: int
    text: list[Change | None] | None
    same: bool
    told: list[Told]


def versions(db: Session, revision: Revision, before: int | None, after: int | None) -> Earlier:
    """The revisions of the same piece, and two of them compared, by their numbers: or else this one with the one
    before it. Raises Unfaithful, and Refused for a number that there is not."""
    rows = db.exec(select(Revision).where(Revision.piece_id == revision.piece_id).order_by(col(Revision.number))).all()
    by_number = {row.number: row for row in rows}
    old, new = _two(sorted(by_number), revision.number, before, after)
    for number in (old, new):
        if number not in by_number:
            raise Refused(reason=f"This piece has no revision {number}. Choose among {', '.join(map(str, by_number))}.")
    offered = [_version(db, row) for row in rows]
    compared: list[Change | None] | None = None
    told: list[Told] = []
    same = False
    if old != new:
        texts = [text_of(db, by_number[number]) for number in (old, new)]
        records = [record_of(db, by_number[number]) for number in (old, new)]
        if texts[0] is not None and texts[1] is not None:
            same = texts[0] == texts[1]
            compared = shortened(changes(texts[0], texts[1]))
        if records[0] is not None and records[1] is not None:
            told = of_record(records[0], records[1])
    return Earlier(offered, revision.number, old, new, compared, same, told)


def _version(db: Session, revision: Revision) -> Version:
    text = text_of(db, revision)
    words = None if text is None else len(text.split())
    return Version(revision.id, revision.number, revision.at, revision.session_id, words)


def _two(numbers: Sequence[int], number: int, before: int | None, after: int | None) -> tuple[int, int]:
    """Which two are compared, where not both are chosen: one that is read with the one before it, the first with the
    second."""
    if before is not None:
        return before, after if after is not None else number
    new = after if after is not None else number
    earlier = [each for each in numbers if each < new]
    if earlier or after is not None:
        return max(earlier, default=new), new
    return number, min((each for each in numbers if each > number), default=number)
