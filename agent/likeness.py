"""Which other texts are nearly the same as this one: counted in runs of five words.

Of each text the least hashes of its runs stand in rows (a bottom-k sketch), which an index finds among 100,000 texts.
They only name candidates; what is said of two texts is then counted exactly, from their words. Texts that have a third
of all their runs in common share a hash all but always; those with a tenth, nine times in ten; a short text that stands
whole in one of twenty times its length, two times in three.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest

from sqlalchemy import union_all
from sqlmodel import Session, col, select

from agent.archive import Word, placed
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.queries import is_erased
from agent.record import text_of
from agent.tables import Blob, Revision, Shingle

RUN = 5
"""Words of one run."""
KEPT = 24
"""So many hashes are kept of each text: all of them, where it has no more."""
TOO_SHORT = -1
"""Stands in the place of hashes where a text has no five words: it was looked at. No hash is negative."""
OF_ONE_HASH = 500
"""So many texts, the newest, are looked up under one hash: words that more of them share are a manner of speaking."""
CANDIDATES = 40
NAMED = 12
"""The most texts that are said to be alike, the nearest first."""
LEAST = 0.05
"""What two texts share is not worth saying below this part of the shorter one."""
AT_ONCE = 25
"""So many sketches are made in one go where many are missing."""
LOOKED_THROUGH = 1_000


@dataclass(frozen=True)
class Alike:
    """Another text, by its revision. `common` of its `runs` stand in the text that was asked about, too, and `either`
    stand in one or the other; a text in exactly the same bytes is `same`."""

    revision: Revision
    common: int
    runs: int
    either: int
    same: bool = False


@dataclass(frozen=True)
class Likeness:
    """What is like one text, the nearest first. `runs` counts its own, each once: with none it is too short to be
    compared, and only the very same bytes are found."""

    runs: int
    alike: Sequence[Alike]

    @property
    def too_short(self) -> bool:
        """Whether it has no five words."""
        return not self.runs


@dataclass(frozen=True)
class Part:
    """A stretch of a text that stands in the other one, too, or does not."""

    text: str
    common: bool


def sketch(text: str) -> list[int]:
    """The least hashes of a text's runs, smallest first; TOO_SHORT alone where it has none."""
    return nsmallest(KEPT, _hashes(placed(text))) or [TOO_SHORT]


def take_in(outlet: Outlet, author_id: int, revision: Revision, text: str) -> None:
    """Keep the sketch of a revision that was just received, once."""
    with outlet.database.read() as db:
        if is_known(db, revision.id):
            return
    hashes = sketch(text)
    with outlet.database.write(author_id) as db:
        _keep(db, revision, hashes)


def catch_up(outlet: Outlet, since: int) -> int:
    """Make the sketches of some works that have none yet, as after an upgrade, from the id after `since` on. Returns
    the id up to which there is nothing left to do. It takes a fraction of a second: there may be 100,000 to come."""
    with outlet.database.read() as db:
        ids = db.exec(select(Revision.id).where(col(Revision.id) > since).order_by(col(Revision.id)))
        looked_at = list(ids.fetchmany(LOOKED_THROUGH))
        if not looked_at:
            return since
        known = set(db.exec(select(Shingle.revision_id).where(col(Shingle.revision_id).in_(looked_at)).distinct()))
        is_there = col(Blob.data).is_not(None) & col(Revision.id).in_(set(looked_at) - known)
        missing = select(Revision).join(Blob, col(Blob.id) == Revision.text_blob_id).where(is_there)
        works = db.exec(missing.order_by(col(Revision.id)).limit(AT_ONCE)).all()
        drawn = [(work, sketch(text)) for work in works if (text := _received(db, work)) is not None]
    if not drawn:
        return looked_at[-1]
    with outlet.database.write() as db:
        for work, hashes in drawn:
            _keep(db, work, hashes)
    return looked_at[-1] if len(works) < AT_ONCE else works[-1].id


def alike(db: Session, revision: Revision) -> Likeness:
    """The texts of other pieces that are nearly the same, of each piece its nearest. Raises Unfaithful.

    An earlier revision of the same piece is none of them. Where the text was erased there is nothing to compare.
    """
    text = text_of(db, revision)
    if text is None:
        return Likeness(0, [])
    own = _hashes(placed(text))
    found = {other.id: other for other in _same(db, revision)} | {other.id: other for other in _near(db, revision, own)}
    nearest: dict[int, Alike] = {}
    for other in found.values():
        compared = _compared(db, revision, own, other)
        if compared is None:
            continue
        known = nearest.get(other.piece_id)
        if known is None or _rank(known) < _rank(compared):
            nearest[other.piece_id] = compared
    return Likeness(len(own), sorted(nearest.values(), key=_rank, reverse=True)[:NAMED])


def marked(text: str, other: str) -> list[Part]:
    """A text in stretches: those whose runs of five words stand in the other text, too, and those between."""
    words, theirs = placed(text), _hashes(placed(other))
    is_common = [False] * len(words)
    for at, run in enumerate(_runs(words)):
        if run in theirs:
            is_common[at : at + RUN] = [True] * RUN
    parts: list[Part] = []
    done = 0
    for at, word in enumerate(words):
        if not is_common[at]:
            continue
        begins, ends = at == 0 or not is_common[at - 1], at + 1 == len(words) or not is_common[at + 1]
        if begins:
            parts, done = _with(parts, text[done : word.start], False), word.start
        if ends:
            parts, done = _with(parts, text[done : word.end], True), word.end
    return _with(parts, text[done:], False)


def _keep(db: Session, revision: Revision, hashes: Collection[int]) -> None:
    # It may have been taken in, or erased, since it was read.
    if not is_known(db, revision.id) and not is_erased(db, revision):
        db.add_all(Shingle(revision_id=revision.id, hash=number) for number in hashes)


def is_known(db: Session, revision_id: int) -> bool:
    """Whether the sketch of a revision was made: otherwise it is not found when others are asked about."""
    return db.exec(select(Shingle.hash).where(Shingle.revision_id == revision_id).limit(1)).first() is not None


def _received(db: Session, revision: Revision) -> str | None:
    """A text, or None where its bytes are not those that were received: the build says so, and here it is let be."""
    try:
        return text_of(db, revision)
    except Unfaithful:
        return None


def _with(parts: list[Part], text: str, common: bool) -> list[Part]:
    return [*parts, Part(text, common)] if text else parts


def _rank(found: Alike) -> tuple[bool, float, int]:
    return found.same, found.common / max(found.either, 1), found.revision.id


def _compared(db: Session, revision: Revision, own: set[int], other: Revision) -> Alike | None:
    same = other.text_sha256 == revision.text_sha256
    text = text_of(db, other)
    if text is None:
        return None
    theirs = _hashes(placed(text))
    common, either = len(theirs & own), len(theirs | own)
    is_alike = common and common >= LEAST * min(len(own), len(theirs))
    return Alike(other, common, len(theirs), either, same) if same or is_alike else None


def _near(db: Session, revision: Revision, own: Collection[int]) -> Sequence[Revision]:
    """Other pieces' revisions that share a hash, those that share most first."""
    least = nsmallest(KEPT, own)
    if not least:
        return []
    newest = [
        select(Shingle.revision_id)
        .where(Shingle.hash == number)
        .order_by(col(Shingle.revision_id).desc())
        .limit(OF_ONE_HASH)
        .subquery()
        for number in least
    ]
    shared: Counter[int] = Counter(db.execute(union_all(*(select(rows.c.revision_id) for rows in newest))).scalars())
    mine = set(db.exec(select(Revision.id).where(Revision.piece_id == revision.piece_id)))
    best = [number for number, _ in shared.most_common() if number not in mine][:CANDIDATES]
    return db.exec(select(Revision).where(col(Revision.id).in_(best))).all()


def _same(db: Session, revision: Revision) -> Sequence[Revision]:
    """Other pieces' revisions of the same bytes, the newest."""
    same = select(Revision).where(Revision.text_sha256 == revision.text_sha256, Revision.piece_id != revision.piece_id)
    return db.exec(same.order_by(col(Revision.id).desc()).limit(NAMED)).all()


def _hashes(words: Sequence[Word]) -> set[int]:
    return set(_runs(words))


def _runs(words: Sequence[Word]) -> list[int]:
    """The hash of each run, in order: 63 bits, so that every database takes it."""
    folded = [word.folded for word in words]
    return [_hash(" ".join(folded[at : at + RUN])) for at in range(len(folded) - RUN + 1)]


def _hash(run: str) -> int:
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest()) >> 1
