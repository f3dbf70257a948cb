"""In which other texts a passage of this one stands, word for word: among all that is in the archive, and all that
its author was shown.

Of each text some hashes of its runs of words are kept (winnowing.py), which an index finds among 100,000 texts: two
that share fifteen words in a row share a hash for certain. The hashes only name candidates; which words are the same is
then seen in the texts themselves.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import exists
from sqlalchemy import text as sql
from sqlmodel import Session, col, delete, select

from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.record import text_of
from agent.tables import Entry, Fingerprint, Kept, Revision, Showing, Turn, WritingSession
from agent.winnowing import chosen, folded, runs

COMMON = 60
"""A run that so many texts have is a manner of speaking: it names none of them, and is kept of no further one."""
CANDIDATES = 16
"""The most texts that are named, those that share most."""
LOOKED_AT = 200
"""Of so many it is asked whether they may be named."""
NONE = -1
"""Stands in the place of hashes where a text has none to keep: it was looked at. No hash is negative."""
LONGEST = 400_000
"""Characters of a stranger's text that are looked at; of what is longer the beginning is."""
AT_ONCE = 25
"""So many texts are taken in in one go where many are missing."""
LOOKED_THROUGH = 1_000
Of = tuple[Kept, int]
"""What a hash is of: a revision or an entry, by its id."""
ADD = sql("INSERT INTO fingerprint (hash, kind, of_id) VALUES (:hash, :kind, :of_id) ON CONFLICT DO NOTHING")
OF_SQLITE = sql("SELECT hash, kind, of_id FROM fingerprint WHERE hash IN (SELECT value FROM json_each(:hashes))")
# It keeps no statistics of hashes: in this order and with an end, it asks its index for each of them.
OF_POSTGRESQL = sql(
    f"""SELECT asked.hash, found.kind, found.of_id FROM unnest(CAST(:hashes AS bigint[])) AS asked (hash)
    CROSS JOIN LATERAL (SELECT kind, of_id FROM fingerprint WHERE fingerprint.hash = asked.hash
    ORDER BY kind, of_id LIMIT {COMMON}) AS found"""  # noqa: S608
)


@dataclass(frozen=True)
class Reached:
    """Up to which id nothing is left to catch up with: of works, and of what was shown."""

    works: int = 0
    showings: int = 0


@dataclass(frozen=True)
class Sharing:
    """What shares a run of words with a text: earlier revisions of other pieces, by their numbers, one of each and the
    oldest first; and entries that its author was shown in an earlier session."""

    works: Sequence[int]
    entries: Sequence[Entry]


def take_in(outlet: Outlet, author_id: int, session_id: int, works: Sequence[tuple[Revision, str | None]]) -> None:
    """Keep the fingerprints of what a session submitted, and of the entries that it was shown whole, each once."""
    with outlet.database.read() as db:
        shown = select(Showing.entry_id).join(Turn).where(Turn.session_id == session_id, col(Showing.whole))
        numbers = [*((Kept.REVISION, work.id) for work, _ in works), *((Kept.ENTRY, each) for each in db.exec(shown))]
        known = _known(db, numbers)
        texts = {(Kept.REVISION, work.id): text for work, text in works if text is not None}
        texts |= _of_entries(db, [each for kind, each in numbers if kind is Kept.ENTRY and (kind, each) not in known])
        new = {each: _rare(db, text) for each, text in texts.items() if each not in known}
    if new:
        with outlet.database.write(author_id) as db:
            _keep(db, new)


def catch_up(outlet: Outlet, since: Reached) -> Reached:
    """Take in some works and entries that are missing, as after an upgrade, from those after `since` on. Returns up to
    where there is nothing left to do. It takes a fraction of a second: there may be 100,000 to come."""
    with outlet.database.read() as db:
        works = select(Revision.id).where(col(Revision.id) > since.works).order_by(col(Revision.id))
        shown = select(Showing.id, Showing.entry_id).where(col(Showing.id) > since.showings, col(Showing.whole))
        own = {each: (Kept.REVISION, each) for each in db.exec(works.limit(LOOKED_THROUGH))}
        met = db.exec(shown.order_by(col(Showing.id)).limit(LOOKED_THROUGH))
        of_others = {each: (Kept.ENTRY, entry) for each, entry in met}
        new_works, works_to = _missing(db, own, since.works)
        new_entries, showings_to = _missing(db, of_others, since.showings)
        texts = _of_works(db, new_works) | _of_entries(db, new_entries)
        new = {each: _rare(db, text) for each, text in texts.items()}
    if new:
        with outlet.database.write() as db:
            _keep(db, new)
    return Reached(works_to, showings_to)


def forget(db: Session, kind: Kept, ids: Collection[int]) -> None:
    """Let the fingerprints of texts go with them."""
    db.exec(delete(Fingerprint).where(col(Fingerprint.kind) == kind, col(Fingerprint.of_id).in_(ids)))


def sharing(db: Session, revision: Revision, text: str, author_id: int) -> Sharing:
    """What shares runs of words with the text of a revision by that author, and came before it."""
    shared = Counter[Of](of for found in _found(db, text).values() if len(found) < COMMON for of in found)
    near = [of for of, _ in shared.most_common(LOOKED_AT)]
    pieces = _earlier_works(db, revision, [each for kind, each in near if kind is Kept.REVISION])
    entries = _met(db, revision, author_id, [each for kind, each in near if kind is Kept.ENTRY])
    nearest: dict[int, int] = {}
    """Of each piece."""
    for kind, each in near:
        if kind is Kept.REVISION and each in pieces:
            nearest.setdefault(pieces[each], each)
    may_be = {(Kept.REVISION, each) for each in nearest.values()} | {(Kept.ENTRY, each) for each in entries}
    named = sorted([of for of in near if of in may_be][:CANDIDATES])
    return Sharing(
        [each for kind, each in named if kind is Kept.REVISION],
        [entries[each] for kind, each in named if kind is Kept.ENTRY],
    )


def _earlier_works(db: Session, revision: Revision, ids: Collection[int]) -> dict[int, int]:
    """Those of these works that came before, each with its piece: another one, for an author may say its own words
    again in another revision of the same."""
    works = select(Revision.id, Revision.piece_id).where(
        col(Revision.id).in_(ids), Revision.piece_id != revision.piece_id, Revision.id < revision.id
    )
    return {each: piece for each, piece in db.exec(works)} if ids else {}  # noqa: C416  (a row is no pair to a type checker)


def _met(db: Session, revision: Revision, author_id: int, ids: Collection[int]) -> dict[int, Entry]:
    """Those of these entries that the author was shown in an earlier session."""
    met = (
        select(Showing.entry_id)
        .join(Turn, col(Turn.id) == Showing.turn_id)
        .join(WritingSession, col(WritingSession.id) == Turn.session_id)
        .where(
            col(Showing.entry_id).in_(ids),
            col(Showing.whole),
            Turn.id < revision.turn_id,
            WritingSession.id != revision.session_id,
            WritingSession.author_id == author_id,
        )
    )
    return {entry.id: entry for entry in db.exec(select(Entry).where(col(Entry.id).in_(met)))} if ids else {}


def _found(db: Session, text: str) -> Mapping[int, Collection[Of]]:
    """Those of the runs that are kept of a text which are known, and what they are known from."""
    hashes = sorted(chosen(runs(folded(text))))
    if db.get_bind().dialect.name == "sqlite":
        rows = db.connection().execute(OF_SQLITE, {"hashes": json.dumps(hashes)})
    else:
        rows = db.connection().execute(OF_POSTGRESQL, {"hashes": hashes})
    found: dict[int, list[Of]] = {number: [] for number in hashes}
    for number, kind, of_id in rows:
        found[number].append((Kept(kind), of_id))
    return found


def _rare(db: Session, text: str) -> list[int]:
    """The hashes to keep of a text."""
    return [number for number, found in _found(db, text).items() if len(found) < COMMON] or [NONE]


def _keep(db: Session, new: Mapping[Of, Collection[int]]) -> None:
    rows = []
    for (kind, of_id), hashes in sorted(new.items()):
        # It may have been erased since it was read.
        if kind is Kept.ENTRY or not is_erased(db, db.get_one(Revision, of_id)):
            rows += [{"hash": number, "kind": kind.value, "of_id": of_id} for number in hashes]
    if rows:
        db.connection().execute(ADD, rows)


def _known(db: Session, numbers: Iterable[Of]) -> set[Of]:
    """Those of these texts whose fingerprints were taken."""
    known: set[Of] = set()
    for kind, number in ((Kept.REVISION, col(Revision.id)), (Kept.ENTRY, col(Entry.id))):
        taken = exists().where(col(Fingerprint.kind) == kind, col(Fingerprint.of_id) == number)
        ids = [each for of, each in numbers if of is kind]
        known |= {(kind, each) for each in db.exec(select(number).where(number.in_(ids), taken))}
    return known


def _missing(db: Session, numbers: Mapping[int, Of], since: int) -> tuple[list[int], int]:
    """The first of these texts that are not known, and up to which row, of those that name them, nothing is left."""
    known = _known(db, numbers.values())
    missing = list(
        islice(((row, of_id) for row, (kind, of_id) in numbers.items() if (kind, of_id) not in known), AT_ONCE)
    )
    upto = missing[-1][0] if len(missing) == AT_ONCE else max(numbers, default=since)
    return [of_id for _, of_id in missing], upto


def _of_works(db: Session, ids: Collection[int]) -> dict[Of, str]:
    """Texts of works; without those that were erased, or that are not what was received: the build says so."""
    texts: dict[Of, str] = {}
    for work in db.exec(select(Revision).where(col(Revision.id).in_(ids))):
        with suppress(Unfaithful):
            if (text := text_of(db, work)) is not None:
                texts[Kept.REVISION, work.id] = text
    return texts


def _of_entries(db: Session, ids: Collection[int]) -> dict[Of, str]:
    rows = db.exec(select(Entry.id, Entry.text).where(col(Entry.id).in_(ids)))
    return {(Kept.ENTRY, each): text[:LONGEST] for each, text in rows}
