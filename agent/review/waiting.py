"""What a list says of a revision that waits, gathered for many at once: a page costs the same among 100,000."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, select

from agent.consent import lacks_of
from agent.queries import seen, stale, undone
from agent.record import Record, record_of, shown_title, text_of
from agent.review.bar import Decision, decide, publishes_needed, waits_for
from agent.review.belonging import About, abouts, befores, continuations, load_words, under
from agent.tables import Appeal, Author, CheckRun, Flag, Level, Piece, Review, Revision, Ruling

GRAVEST = (Level.STOP, Level.LOOK, Level.NOTE)
BATCH = 400
"""So many are gathered at once, at most: PostgreSQL and SQLite take a list of any sensible length, memory does not."""


@dataclass(frozen=True)
class Waiting:
    """A revision that no final verdict has been given on. `worst` is the level of its gravest flag,
    empty where there is none; `not_checked` counts checks that could not run, or have not yet."""

    revision: int
    piece: int
    author: str
    byline: str
    kind: str
    name: str
    form: str
    words: int
    record_sha256: str
    received_at: datetime
    stands: Decision
    publishes_needed: int
    worst: str
    flags: int
    checks: int
    not_checked: int
    consent: str
    """What is missing of its author's consent before it may be public, in words; empty where it is covered."""
    overturned: bool
    """A veto of it was overturned on appeal, and none is taken any more."""
    about: About | None
    before: int | None
    """The revision that its author sent of this piece before it, if any."""
    continues: About | None = None
    """The piece that it goes on from, as its author says, with its newest revision."""
    topics: tuple[str, ...] = ()
    """What its graver flags are about, so that a reviewer can choose what to read; notes alone are no topic."""

    @property
    def belongs_to(self) -> str:
        """What it is about, what it revises and what it goes on from, in words; empty where it stands for itself."""
        about = f"{under(self.kind)} piece {self.about.piece}, {self.about.name}" if self.about else ""
        revises = f"revises piece {self.piece}; the text before it is revision {self.before}" if self.before else ""
        goes_on = f"goes on from piece {self.continues.piece}, {self.continues.name}" if self.continues else ""
        return "; ".join(filter(None, [about, revises, goes_on]))

    @property
    def is_unchecked(self) -> bool:
        """Whether a check could not run, or none has yet: that is never "nothing flagged"."""
        return self.not_checked > 0 or not self.checks


@dataclass(frozen=True)
class Standing:
    """What decides where a revision stands: its flags, the reviews that count, and whether a veto was overturned."""

    flags: Sequence[Flag]
    reviews: Sequence[Review]
    overturned: bool

    @property
    def decision(self) -> Decision:
        """Where it stands as long as nothing is decided about it."""
        return waits_for(self.reviews, overturned=self.overturned)

    @property
    def reached(self) -> Decision:
        """What its latest verdict decides, if anything."""
        return decide(self.reviews, self.flags, overturned=self.overturned)


IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# They are asked for every page of the queue, so they are put together once.
ROWS = (
    select(Revision, Piece, Author)
    .join(Piece, col(Piece.id) == Revision.piece_id)
    .join(Author, col(Author.id) == Piece.author_id)
    .where(col(Revision.id).in_(IDS))
)
FLAGS = select(Flag).where(col(Flag.revision_id).in_(IDS), ~stale()).order_by(col(Flag.id))
REVIEWS = select(Review).where(col(Review.revision_id).in_(IDS), ~undone()).order_by(col(Review.id))
OVERTURNED = (
    select(Appeal.revision_id)
    .join(Ruling, col(Ruling.appeal_id) == Appeal.id)
    .where(col(Appeal.revision_id).in_(IDS), col(Ruling.overturned))
)
RUNS = (
    select(CheckRun.revision_id, CheckRun.check, CheckRun.fault)
    .where(col(CheckRun.revision_id).in_(IDS), seen())
    .order_by(col(CheckRun.id))
)


def standings(db: Session, ids: Sequence[int]) -> dict[int, Standing]:
    """Where each of these revisions stands, by id."""
    given = {"ids": list(ids)}
    flags: dict[int, list[Flag]] = defaultdict(list)
    for flag in db.exec(FLAGS, params=given):
        flags[flag.revision_id].append(flag)
    reviews: dict[int, list[Review]] = defaultdict(list)
    for review in db.exec(REVIEWS, params=given):
        reviews[review.revision_id].append(review)
    # Where nobody said anything, there was no veto.
    overturned = set(db.exec(OVERTURNED, params={"ids": list(reviews)})) if reviews else set()
    return {each: Standing(flags[each], reviews[each], each in overturned) for each in ids}


def gather(db: Session, ids: Sequence[int]) -> list[Waiting]:
    """What a list says of these revisions, in this order. What was erased, or what its author said no to, is left
    out: nobody is to decide about it. Raises Unfaithful."""
    return [row for start in range(0, len(ids), BATCH) for row in _gather(db, ids[start : start + BATCH])]


def _gather(db: Session, ids: Sequence[int]) -> Iterable[Waiting]:
    rows = db.exec(ROWS, params={"ids": list(ids)}).all()
    revisions = [revision for revision, _, _ in rows]
    kept = load_words(db, revisions)
    said = {r.id: (text_of(db, r), record_of(db, r)) for r in revisions}
    records = {revision: record for revision, (_, record) in said.items() if record is not None}
    lacks, stand, checks = lacks_of(db, revisions), standings(db, ids), _checks(db, ids)
    about, before = abouts(db, [piece for _, piece, _ in rows]), befores(db, revisions)
    goes_on = continuations(db, records)
    del kept
    found: dict[int, Waiting] = {}
    for revision, piece, author in rows:
        (text, record), lack = said[revision.id], lacks[revision.id]
        if text is None or record is None or (lack is not None and lack.is_no):
            continue
        its, faults = stand[revision.id], checks[revision.id]
        found[revision.id] = Waiting(
            revision=revision.id,
            piece=piece.id,
            author=author.slug,
            byline=author.byline,
            kind=piece.kind.value,
            name=shown_title(record.title, text),
            form=form_of(record),
            words=len(text.split()),
            record_sha256=revision.record_sha256,
            received_at=revision.at,
            stands=its.decision,
            publishes_needed=publishes_needed(its.flags),
            worst=_worst(its.flags),
            flags=len(its.flags),
            checks=len(faults),
            not_checked=sum(map(bool, faults)),
            consent=lack.value if lack is not None else "",
            overturned=its.overturned,
            about=about.get(piece.id),
            before=before.get(revision.id),
            continues=goes_on.get(revision.id),
            topics=_topics(its.flags),
        )
    return [found[each] for each in ids if each in found]


def form_of(record: Record) -> str:
    """What an author calls the form of a work."""
    return record.form.strip()


def _worst(flags: Sequence[Flag]) -> str:
    levels = {flag.level for flag in flags}
    return next((level.value for level in GRAVEST if level in levels), "")


def _topics(flags: Sequence[Flag]) -> tuple[str, ...]:
    grave = sorted((flag for flag in flags if flag.level is not Level.NOTE), key=lambda flag: flag.level is Level.LOOK)
    return tuple(dict.fromkeys(flag.category.replace("-", " ") for flag in grave))


def _checks(db: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """Of the latest run of each check on these revisions, its fault; empty where it really looked."""
    found: dict[int, list[str]] = {each: [] for each in ids}
    latest = {(revision, check): fault for revision, check, fault in db.exec(RUNS, params={"ids": list(ids)})}
    for (revision, _), fault in latest.items():
        found[revision].append(fault)
    return found
