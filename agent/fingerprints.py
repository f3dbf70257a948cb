"""In which other texts a passage of this one stands, word for word: among all that is in the archive, and all that
authors were shown.

Of each text some runs of eight words are kept as hashes, chosen by winnowing (Schleimer, Wilkerson and Aiken 2003): of
every eight runs in a row the one with the least hash. Two texts that share fifteen words in a row then share a hash for
certain. The hashes only name candidates; which words are the same is then seen in the texts themselves.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import blake2b

from sqlalchemy import BindParameter, bindparam, func
from sqlmodel import Session, col, delete, select

from agent.archive import Word, placed
from agent.tables import Fingerprint, Kept

RUN = 8
"""Words of one run."""
WINDOW = 8
"""Of so many runs in a row at least one is kept."""
COMMON = 60
"""A run that so many texts have is a manner of speaking, and names none of them."""
CANDIDATES = 24
AT_ONCE = 400
"""So many hashes are asked for in one question."""

HASHES: BindParameter[list[int]] = bindparam("hashes", expanding=True)


def runs(words: Sequence[Word]) -> list[int]:
    """The hash of each run of eight words, in order: 63 bits, so that every database takes it."""
    folded = [word.folded for word in words]
    return [_hash(" ".join(folded[at : at + RUN])) for at in range(len(folded) - RUN + 1)]


def chosen(hashes: Sequence[int]) -> set[int]:
    """Those of a text's runs that are kept: of each window the least."""
    return {min(hashes[at : at + WINDOW]) for at in range(max(1, len(hashes) - WINDOW + 1))} if hashes else set()


def take_in(db: Session, kind: Kept, of_id: int, text: str) -> None:
    """Keep the fingerprints of a text, once."""
    known = select(Fingerprint.hash).where(Fingerprint.kind == kind, Fingerprint.of_id == of_id)
    if db.exec(known.limit(1)).first() is None:
        db.add_all(Fingerprint(hash=each, kind=kind, of_id=of_id) for each in sorted(chosen(runs(placed(text)))))


def forget(db: Session, kind: Kept, ids: Collection[int]) -> None:
    """Let the fingerprints of texts go with them."""
    db.exec(delete(Fingerprint).where(col(Fingerprint.kind) == kind, col(Fingerprint.of_id).in_(ids)))


def sharing(db: Session, text: str, *, besides: Collection[tuple[Kept, int]] = ()) -> list[tuple[Kept, int]]:
    """The texts that share most runs with this one, the nearest first, and how each is known."""
    own = sorted(chosen(runs(placed(text))))
    shared: Counter[tuple[Kept, int]] = Counter()
    for start in range(0, len(own), AT_ONCE):
        some = own[start : start + AT_ONCE]
        rows = select(Fingerprint.hash, Fingerprint.kind, Fingerprint.of_id).where(col(Fingerprint.hash).in_(HASHES))
        usual = select(Fingerprint.hash).where(col(Fingerprint.hash).in_(HASHES)).group_by(col(Fingerprint.hash))
        often = set(db.exec(usual.having(func.count() > COMMON), params={"hashes": some}))
        few = [each for each in some if each not in often]
        shared.update((Kept(kind), of_id) for _, kind, of_id in db.exec(rows, params={"hashes": few}))
    return [each for each, _ in shared.most_common() if each not in besides][:CANDIDATES]


def _hash(run: str) -> int:
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest()) >> 1
