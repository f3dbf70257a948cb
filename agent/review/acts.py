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
from agent.queries import undone, vetoed
from agent.review.sources import SOURCES, Source, What
from agent.tables import Docket, Publication, Review, Verdict, Veto

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
PLACE = re.compile(r"(\d{1,18})-(\d{1,3})-(\d{1,18})", re.ASCII)
CHUNK = 1_000
"""So many rows of each kind are fetched at a time where all are wanted."""


@dataclass(frozen=True)
class Viewer:
    """Who reads the record."""

    name: str
    is_administrator: bool = False


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
    """Something that somebody did. `said` are its particulars in a word or two, `words` the reason given or what was
    written; where they are withheld from who looks, both they and the ground are empty. `hash` is the record's that a
    verdict binds to, or else that of the words; `revision` is the revision's id."""

    at: datetime
    who: str
    what: What
    said: str
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


def page(db: Session, viewer: Viewer, sought: Sought, *, before: str = "", limit: int = 50) -> tuple[list[Act], str]:
    """The newest acts before a place in the record, newest first, and the place where the next ones follow; empty where
    there are none."""

    def fetch(source: Source, key: Key | None) -> Sequence[Any]:
        return db.execute(_query(source, viewer, sought, key, limit + 1)).all()

    found = list(islice(_merged(sought, place(before), fetch, limit + 1), limit + 1))
    shown = _shown(db, viewer, found[:limit])
    return shown, shown[-1].place if len(found) > limit else ""


def everything(outlet: Outlet, viewer: Viewer, sought: Sought) -> Iterator[Act]:
    """Every act that is sought, newest first. It reads in short turns, so a slow taker keeps nobody waiting; what was
    done since it began is not in it."""

    def fetch(source: Source, key: Key | None) -> Sequence[Any]:
        with outlet.database.read() as db:
            return db.execute(_query(source, viewer, sought, key, CHUNK)).all()

    # What is done from now on would come before the first, which has gone out already.
    rows = _merged(sought, (outlet.now(), len(SOURCES), 0), fetch, CHUNK)
    while some := list(islice(rows, CHUNK)):
        with outlet.database.read() as db:
            shown = _shown(db, viewer, some)
        yield from shown


def place(words: str) -> Key | None:
    """A place in the record, as `Act.place` has it; None for anything else, which means the newest end."""
    if (found := PLACE.fullmatch(words)) is None:
        return None
    moment, order, number = map(int, found.groups())
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


def _shown(db: Session, viewer: Viewer, found: Sequence[tuple[Key, Source, Any]]) -> list[Act]:
    told = _told(db, viewer.name, {row[4] for _, source, row in found if source.tells_veto})
    return [_act(key, source, row, viewer, told) for key, source, row in found]


def _told(db: Session, name: str, revisions: Collection[int]) -> set[int]:
    """Of these revisions, those of which somebody may know why others held them back: who gave a verdict, and everybody
    once it is decided. The rule of the review screen."""
    given = choose(col(Review.revision_id)).where(col(Review.reviewer) == name, ~undone())
    out = choose(col(Publication.revision_id))
    waits = choose(col(Docket.revision_id)).where(col(Docket.resolution_id).is_not(None))
    told: set[int] = set()
    for rows in (
        given.where(col(Review.revision_id).in_(revisions)),
        out.where(col(Publication.revision_id).in_(revisions)),
        waits.where(col(Docket.revision_id).in_(revisions)),
    ):
        told |= set(db.execute(rows).scalars())
    held = vetoed()
    return told | set(db.exec(held.where(col(Veto.revision_id).in_(revisions))))


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
    return Act(
        at=at,
        who=who,
        what=source.what,
        said=_particulars(source, str(said or ""), more),
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
    What.DECIDED: lambda said, due: f"{said}, to take effect {due:%Y-%m-%d %H:%M} UTC",
    What.FEEDBACK: lambda said, check: f"{said} ({check})",
    What.CONSENT: lambda said, author: f"{author}: {said}",
    What.WISH: lambda said, wish: f"wish {wish}{': ' if said else ''}{said}",
    What.CANCELLED: lambda _, session: f"session {session}",
    What.APPOINTED: lambda said, roles: f"{said}: {', '.join(roles) or 'nothing any more'}",
    What.NOTED: lambda said, action: f"{action}: {said}",
}
"""How what is said of an act is put together from its two columns, where it is more than the first."""


def _particulars(source: Source, said: str, more: Any) -> str:
    """What is said of an act in a word or two."""
    put = PARTICULARS.get(source.what)
    return put(said, more) if put else said
