"""The sources that an author was shown: what was laid beside its invitation, and the entries it met in turns. Strangers
wrote most of it, and some is private: what may not be shown is masked."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from agent.desk.shown.said import Stretch, stretches
from agent.publish.provenance import PUBLIC_CONTEXT, context_of
from agent.reading import fence
from agent.tables import ContextBlock, Entry, Revision, Showing, Turn, WritingSession
from agent.transcript import beside


@dataclass(frozen=True)
class Laid:
    """Something laid beside the invitation. Its hash stands there where nothing in it is the author's, a salted
    commitment otherwise; `words` are a mask where it is not to be shown, and None where they were erased."""

    kind: str
    source: str
    title: str
    sha256: str
    commitment: str | None
    words: list[Stretch] | None
    length: int
    is_shown: bool
    orders: dict[str, str]
    """What in an entry gives orders to a machine; empty where the entry is not to be shown."""


@dataclass(frozen=True)
class Opened:
    """An entry that was shown in a turn, whole or by its title alone. `words` are what its author was given."""

    turn: int
    whole: bool
    entry: Entry
    words: list[Stretch]
    length: int


@dataclass(frozen=True)
class Sources:
    """What was shown to an author before and while it wrote."""

    laid: list[Laid]
    opened: list[Opened]
    session: int


def sources(db: Session, revision: Revision) -> Sources:
    """What was laid beside the invitation, and the entries that were shown in turns."""
    session = db.get_one(WritingSession, revision.session_id)
    laid = [
        Laid(
            kind=each.block.kind,
            source=each.block.source if each.is_shown else source.source,
            title=each.block.title if each.is_shown else "",
            sha256=source.sha256 if each.block.kind == PUBLIC_CONTEXT else "",
            commitment=source.commitment,
            words=None if each.words is None else stretches(each.words, masked=not each.is_shown),
            length=len(each.words or ""),
            is_shown=each.is_shown,
            orders=_orders(db, each.block) if each.is_shown and each.words is not None else {},
        )
        for each, source in zip(beside(db, session.invitation_id), context_of(db, session.invitation_id), strict=True)
    ]
    rows = (
        select(Showing, Turn.number, Entry)
        .select_from(Showing)
        .join(Turn, col(Turn.id) == Showing.turn_id)
        .join(Entry, col(Entry.id) == Showing.entry_id)
        .where(Turn.session_id == session.id)
        .order_by(col(Turn.number), col(Entry.id))
    )
    opened = [_opened(number, showing.whole, entry) for showing, number, entry in db.exec(rows)]
    return Sources(laid, opened, session.id)


def _orders(db: Session, block: ContextBlock) -> dict[str, str]:
    entry = db.get(Entry, block.entry_id) if block.entry_id is not None else None
    return entry.orders if entry is not None else {}


def _opened(number: int, whole: bool, entry: Entry) -> Opened:
    words = fence(entry) if whole else ""
    return Opened(number, whole, entry, stretches(words, masked=False), len(words))
