"""Everything that staff and outlet did, as far as it stands in rows, in one shape and in the order of time.

It is read from the rows that decide, and stored nowhere else: so it cannot say anything but what holds. Each kind of
row is asked for its newest few before a moment, and these are merged: a page costs the same among 100 works and
100,000.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import or_
from sqlalchemy import select as choose
from sqlmodel import Session, col

from agent.outlet import Outlet
from agent.queries import vetoed
from agent.review import second
from agent.review.resolutions import is_told
from agent.review.sources import NOTED, SESSIONS_ENDED, SOURCES, Source, What
from agent.tables import Publication, Verdict, Veto

NEWEST = 2**31 - 1
"""No row has a greater number."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
PLACE = re.compile(r"(\d{1,18})-(\d{1,3})-(\d{1,18})", re.ASCII)
CHUNK = 1_000
"""So many rows of each kind are fetched at a time where all are wanted."""


@dataclass(frozen=True)
class Viewer:
    """Who reads the record. A reviewer of whom second looks are wanted is not told how those texts were decided."""

    name: str
    is_administrator: bool = False
    is_reviewer: bool = False


@dataclass(frozen=True)
class Sought:
    """Which acts are wanted: all that fit every field. `until` is the first moment that does not."""

    piece: int | None = None
    who: str = ""
    what: What | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Act:
    """Something that somebody did. `said` are its particulars in a word or two, `due` is when what was decided is to
    take effect, `words` the reason given or what was written; where they are withheld from who looks, both they and the
    ground are empty. `hash` is the record's that a verdict binds to, or else that of the words; `revision` is the
    revision's id."""

    at: datetime
    who: str
    what: What
    said: str
    due: datetime | None
    piece: int | None
    revision: int | None
    hash: str
    ground: str
    words: str
    withheld: bool
    row: str
    """The row that says so: "review 12"."""
    place: str
    """Where in the record it stands: what comes before it follows there."""


Key = tuple[datetime, int, int]
"""Moment, source and row: no two acts share one."""


def page(
    outlet: Outlet, db: Session, viewer: Viewer, sought: Sought, *, before: str = "", limit: int = 50
) -> tuple[list[Act], str]:
    """The newest acts before a place in the record, newest first, and the place where the next ones follow; empty where
    there are none. What would tell a reviewer how a text was decided that waits for a second look of theirs is not
    there until it is given."""
    is_blind = viewer.is_reviewer and outlet.settings.blind_share > 0

    def fetch(source: Source, key: Key | None) -> Sequence[Any]:
        rows = _query(source, viewer, sought, key, limit + 1)
        return db.execute(_unseen(outlet, source, rows, viewer) if is_blind else rows).all()

    found = list(islice(_merged(sought, place(before), fetch, limit + 1), limit + 1))
    shown = _shown(outlet, db, viewer, found[:limit])
    return shown, shown[-1].place if len(found) > limit else ""


def everything(outlet: Outlet, viewer: Viewer, sought: Sought) -> Iterator[Act]:
    """Every act that is sought, newest first: all of them, what waits for a second look, too. It reads in short turns,
    so a slow taker keeps nobody waiting; what was done since it began is not in it."""

    def fetch(source: Source, key: Key | None) -> Sequence[Any]:
        with outlet.database.read() as db:
            return db.execute(_query(source, viewer, sought, key, CHUNK)).all()

    # What is done from now on would come before the first, which has gone out already.
    rows = _merged(sought, (outlet.now(), len(SOURCES), 0), fetch, CHUNK)
    while some := list(islice(rows, CHUNK)):
        with outlet.database.read() as db:
            shown = _shown(outlet, db, viewer, some)
        yield from shown


def place(words: str) -> Key | None:
    """A place in the record, as `Act.place` has it; None for anything else, which means the newest end."""
    if (found := PLACE.fullmatch(words)) is None:
        return None
    moment, order, number = map(int, found.groups())
    if number > NEWEST:
        return None
    try:
        return EPOCH + timedelta(microseconds=moment), order, number
    except OverflowError:
        return None


def _place(key: Key) -> str:
    return f"{(key[0] - EPOCH) // timedelta(microseconds=1)}-{key[1]}-{key[2]}"


def _merged(
    sought: Sought, before: Key | None, fetch: Callable[[Source, Key | None], Sequence[Any]], size: int
) -> Iterator[tuple[Key, Source, Any]]:
    """The rows of all sources, newest first. `fetch` brings up to `size` of one that come before a place."""

    def rows_of(order: int, source: Source) -> Iterator[tuple[Key, Source, Any]]:
        after = before
        while True:
            rows = fetch(source, after)
            for row in rows:
                after = (row[0], order, row[1])
                yield after, source, row
            if len(rows) < size:
                return

    wanted = [(at, source) for at, source in enumerate(SOURCES) if _may_hold(source, sought)]
    return merge(*(rows_of(at, source) for at, source in wanted), key=lambda found: found[0], reverse=True)


def _may_hold(source: Source, sought: Sought) -> bool:
    of_a_piece = sought.piece is None or source.piece is not None
    return of_a_piece and sought.what in (None, source.what)


def _query(source: Source, viewer: Viewer, sought: Sought, before: Key | None, limit: int) -> Any:
    rows, at = source.rows, source.at
    if sought.piece is not None:
        rows = rows.where(source.piece == sought.piece)
    if sought.who:
        rows = rows.where(source.of(sought.who))
    if sought.since is not None:
        rows = rows.where(at >= sought.since)
    if sought.until is not None:
        rows = rows.where(at < sought.until)
    if source.tells_place and not viewer.is_administrator:
        rows = rows.where(source.who == viewer.name)
    if before is not None:
        moment, order, number = before
        own = SOURCES.index(source)
        if own < order:
            rows = rows.where(at <= moment)
        elif own > order:
            rows = rows.where(at < moment)
        else:
            rows = rows.where(at <= moment, or_(at < moment, source.id < number))
    return rows.order_by(at.desc(), source.id.desc()).limit(limit)


def _unseen(outlet: Outlet, source: Source, rows: Any, viewer: Viewer) -> Any:
    """The same rows without those that tell how a text was decided which its reader is to look at blind."""
    if source.piece is None or source.what is What.SENT:
        return rows
    if source.is_of_a_revision:
        return rows.where(~second.is_blind(outlet.settings.blind_share, viewer.name, revision=source.revision))
    return rows.where(~second.is_blind(outlet.settings.blind_share, viewer.name, piece=source.piece))


def _shown(outlet: Outlet, db: Session, viewer: Viewer, found: Sequence[tuple[Key, Source, Any]]) -> list[Act]:
    told = _told(outlet, db, viewer.name, {row[4] for _, source, row in found if source.tells_veto})
    return [_act(key, source, row, viewer, told) for key, source, row in found]


def _told(outlet: Outlet, db: Session, name: str, revisions: Collection[int]) -> set[int]:
    """Of these revisions, those of which somebody may read others' reasons: resolutions.is_told says of which."""
    # Most took effect long ago: these are found in one go, and only the few others are asked about one by one.
    out = choose(col(Publication.revision_id)).where(col(Publication.revision_id).in_(revisions))
    held = vetoed().where(col(Veto.revision_id).in_(revisions))
    done = {*db.execute(out).scalars(), *db.exec(held)}
    return done | {revision for revision in set(revisions) - done if is_told(outlet, db, revision, name)}


def _act(key: Key, source: Source, row: Any, viewer: Viewer, told: Collection[int]) -> Act:
    at, number, who, piece, revision, digest, said, ground, words, more = row
    own = viewer.name == who
    # A question is meant for the others; every other reason waits for one's own verdict.
    withheld = source.tells_veto and not own and revision not in told and said != Verdict.ESCALATE
    withheld = withheld and bool(ground or words or (more and source.what is What.VERDICT))
    if isinstance(words, bytes):
        words = words.decode()
    if source.what is What.VERDICT and more:
        words = "\n".join(filter(None, [words, *(f"To flag {each['flag']}: {each['words']}" for each in more)]))
    if source.what is What.NOTED and more == SESSIONS_ENDED and words.isdecimal():
        words = f"In {words} browser{'' if words == '1' else 's'}."
    return Act(
        at=at,
        who=who,
        what=source.what,
        said=_particulars(source, str(said or ""), more),
        due=more if source.what is What.DECIDED else None,
        piece=piece,
        revision=revision,
        hash=digest or "",
        ground="" if withheld else ground or "",
        words="" if withheld else words or "",
        withheld=withheld,
        row=f"{CAPITAL.sub(' ', source.table.__name__).lower()} {number}",
        place=_place(key),
    )


PARTICULARS: dict[What, Callable[[str, Any], str]] = {
    What.UNDONE: lambda said, whose: f"{said} of {whose}, sent back" if whose else f"{said}, taken back",
    What.FEEDBACK: lambda said, check: f"{said} ({check})",
    What.CONSENT: lambda said, author: f"{author}: {said}",
    What.WISH: lambda said, wish: f"wish {wish}{': ' if said else ''}{said}",
    What.CANCELLED: lambda _, session: f"session {session}",
    What.APPOINTED: lambda said, roles: f"{said}: {', '.join(roles) or 'nothing any more'}",
    What.NOTED: lambda said, action: f"{NOTED.get(action, action.replace('_', ' '))}: {said}",
}
"""How what is said of an act is put together from its two columns, where it is more than the first."""


def _particulars(source: Source, said: str, more: Any) -> str:
    """What is said of an act in a word or two."""
    put = PARTICULARS.get(source.what)
    return put(said, more) if put else said
