"""What somebody sees who rules on an appeal: the author's words, the veto's ground, and what each who vetoed said of
which passage. Once the veto is overturned the text is decided anew, and reasons are told as they are beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false
from sqlmodel import Session, col, select

from agent.consent import lack_of
from agent.outlet import Outlet
from agent.queries import is_taken_back, reviews_of
from agent.record import record_of, shown_title, text_of
from agent.review.actions import vetoers
from agent.review.resolutions import is_told, undo_until, undoable
from agent.review.second import is_blind
from agent.staff import having
from agent.tables import Appeal, Author, Blob, Piece, Review, Revision, Ruling, StaffRole, Verdict, Veto

AROUND = 160
"""Letters of the text on either side of a passage."""
LATELY = 50


@dataclass(frozen=True)
class Objection:
    """A veto of one reviewer, and the passage that it is about with the words around it; empty where it is erased, and
    where who looks may not read why it was given."""

    review: Review
    is_told: bool
    before: str
    passage: str
    after: str


@dataclass(frozen=True)
class Hearing:
    """One appeal. `words` are None where they were erased; `closed` says why nobody can rule any more, though nobody
    has."""

    appeal: int
    revision: int
    piece: int
    name: str
    author: str
    byline: str
    words: str | None
    has_text: bool
    at: datetime
    ground: str
    vetoed_at: datetime | None
    objections: Sequence[Objection]
    ruling: Ruling | None
    closed: str
    may_rule: frozenset[str]
    """The reviewers who gave no veto to this text."""
    vetoed_by: frozenset[str]
    """Those who cannot rule, though they took their veto back."""
    told_at: datetime | None
    """When who looks may read what is kept from them, because their own verdict then stays; None before they gave one.
    """

    @property
    def waits(self) -> bool:
        """Whether somebody has still to rule."""
        return self.ruling is None and not self.closed


@dataclass(frozen=True)
class Ruled:
    """An appeal that was decided, as listed."""

    appeal: int
    name: str
    byline: str
    ruling: Ruling


def hearing(outlet: Outlet, db: Session, appeal_id: int, reader: str) -> Hearing | None:
    """One appeal, as one of the staff may see it; None where there is none. Raises Unfaithful."""
    appeal = db.get(Appeal, appeal_id)
    if appeal is None:
        return None
    revision = db.get_one(Revision, appeal.revision_id)
    author = db.get_one(Author, db.get_one(Piece, revision.piece_id).author_id)
    text = text_of(db, revision)
    said = db.get_one(Blob, appeal.blob_id).data
    veto = db.exec(select(Veto).where(Veto.revision_id == revision.id)).first()
    vetoes = [review for review in reviews_of(db, revision.id) if review.verdict is Verdict.VETO]
    reviewers, spoke = frozenset(having(db, outlet.settings, StaffRole.REVIEWER)), vetoers(db, revision.id)
    # As long as the veto stands everybody is told: whoever rules must know. Overturned, it is decided anew.
    told, mine = is_told(outlet, db, revision.id, reader), undoable(outlet, db, revision.id, reader)
    return Hearing(
        appeal=appeal.id,
        revision=revision.id,
        piece=revision.piece_id,
        name=_name(db, revision),
        author=author.slug,
        byline=author.byline,
        words=said.decode() if said is not None else None,
        has_text=text is not None,
        at=appeal.at,
        ground=veto.ground if veto else "",
        vetoed_at=veto.at if veto else None,
        objections=[_objection(review, text or "", is_told=told or review.reviewer == reader) for review in vetoes],
        ruling=db.exec(select(Ruling).where(Ruling.appeal_id == appeal.id)).first(),
        closed=_closed(db, revision, text),
        may_rule=reviewers - spoke,
        vetoed_by=frozenset(spoke),
        told_at=undo_until(outlet, db, mine) if mine else None,
    )


def ruled(outlet: Outlet, db: Session, reviewer: str = "") -> list[Ruled]:
    """The appeals that were decided last, newest first; none about a text that waits for a second look of this
    reviewer."""
    unseen = is_blind(outlet.settings.blind_share, reviewer, revision=col(Revision.id)) if reviewer else false()
    rows = (
        select(Ruling, Revision, Author)
        .select_from(Ruling)
        .join(Appeal, col(Appeal.id) == Ruling.appeal_id)
        .join(Revision, col(Revision.id) == Appeal.revision_id)
        .join(Piece, col(Piece.id) == Revision.piece_id)
        .join(Author, col(Author.id) == Piece.author_id)
        .where(~unseen)
        .order_by(col(Ruling.id).desc())
        .limit(LATELY)
    )
    return [
        Ruled(ruling.appeal_id, _name(db, revision), author.byline, ruling)
        for ruling, revision, author in db.exec(rows)
    ]


def _name(db: Session, revision: Revision) -> str:
    text, record = text_of(db, revision), record_of(db, revision)
    return shown_title(record.title, text) if record is not None and text is not None else "(erased)"


def _objection(review: Review, text: str, *, is_told: bool) -> Objection:
    if not is_told:
        return Objection(review, is_told, "", "", "")
    start, end = review.start or 0, review.end or 0
    begin, stop = max(0, start - AROUND), end + AROUND
    before = ("…" if begin else "") + text[begin:start]
    return Objection(review, is_told, before, text[start:end], text[end:stop] + ("…" if stop < len(text) else ""))


def _closed(db: Session, revision: Revision, text: str | None) -> str:
    if text is None:
        return "The text was erased."
    if is_taken_back(db, revision):
        return "Its author withdrew it since."
    if (lack := lack_of(db, revision)) is not None and lack.is_no:
        return "Its author said no to its being published since."
    return ""
