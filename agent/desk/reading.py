"""What the pages show, gathered from the rows. It reads and decides nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.consent import Lack, lack_of
from agent.publish.facts import provenance
from agent.publish.provenance import Provenance
from agent.queries import is_overturned, is_taken_back, public_number, reviews_of, vetoed, withdrawal_of
from agent.record import record_of, shown_title, shows_title, text_of
from agent.render import renderer
from agent.review.bar import Decision, decide, publishes_needed
from agent.review.queue import About, about_of, before_of, continued_by
from agent.tables import (
    Appeal,
    Author,
    Blob,
    Flag,
    Piece,
    Publication,
    Rendering,
    Review,
    Revision,
    Ruling,
    Verdict,
    Veto,
    Withdrawal,
)

AROUND = 80
"""Letters of the text shown on either side of a flagged passage."""
LONG_PASSAGE = 400
DECIDED = 10
ERASED = "(erased)"


@dataclass(frozen=True)
class Flagged:
    """A flag, with its passage (a long one without its middle) and the words around it, all empty where
    the text is erased."""

    flag: Flag
    before: str
    quote: str
    after: str


@dataclass(frozen=True)
class Earlier:
    """A verdict as one reviewer may see it: until they have given their own, others' reasons are kept from them."""

    review: Review
    is_told: bool
    passage: str


@dataclass(frozen=True)
class Appealed:
    """What the author said against a veto (None where it was erased), and the ruling on it, if there is one."""

    appeal: int
    words: str | None
    ruling: Ruling | None


@dataclass(frozen=True)
class Sheet:
    """One revision on the desk. `text` is None where it was erased, `html` is empty where there is no
    rendering; `mine` is the latest verdict of who looks."""

    revision: Revision
    author: Author
    kind: str
    name: str
    title: str
    form: str
    tags: list[str]
    note: str
    continues: About | None
    """The piece that it goes on from, as its author says."""
    text: str | None
    html: str
    words: int
    newest: int
    """The id of the piece's newest revision."""
    flags: list[Flagged]
    earlier: list[Earlier]
    stands: Decision
    publishes_needed: int
    publishes: int
    mine: Verdict | None
    lack: Lack | None
    """What is missing of its author's consent before it may be public."""
    taken_back: bool
    """Its author withdrew it."""
    down: Withdrawal | None
    """What keeps it down now, if anything does."""
    public: int
    """The number of the revision that is or was public last; 0 where none was."""
    about: About | None
    before: int | None
    """The revision that its author sent of this piece before it, if any."""
    appeal: Appealed | None
    provenance: Provenance

    @property
    def shows_title(self) -> bool:
        """Whether readers see the title above the text: not where the text opens with the very same."""
        return shows_title(self.title, self.text or "")

    @property
    def is_open(self) -> bool:
        """Whether a verdict can be given."""
        left = self.text is not None and self.newest == self.revision.id and not self.taken_back
        return left and not self.said_no and not self.stands.is_final

    @property
    def said_no(self) -> bool:
        """Whether its author said no to its being published: then nobody is to decide about it."""
        return self.lack is not None and self.lack.is_no

    @property
    def overturned(self) -> bool:
        """Whether a veto of it was overturned on appeal: then none is taken any more."""
        return self.appeal is not None and self.appeal.ruling is not None and self.appeal.ruling.overturned


@dataclass(frozen=True)
class Decided:
    """A revision on which a final verdict was given."""

    revision: int
    name: str
    byline: str
    became: str
    at: datetime


def sheet(db: Session, revision_id: int, reviewer: str) -> Sheet | None:
    """Everything about one revision, as this reviewer may see it; None where there is none. Raises Unfaithful."""
    revision = db.get(Revision, revision_id)
    if revision is None:
        return None
    piece = db.get_one(Piece, revision.piece_id)
    text, record = text_of(db, revision), record_of(db, revision)
    rendering = db.get(Rendering, (revision.text_sha256, renderer())) if text is not None else None
    flags = db.exec(select(Flag).where(Flag.revision_id == revision_id).order_by(col(Flag.start), col(Flag.id))).all()
    reviews = reviews_of(db, revision_id)
    holds = {review.reviewer: review.verdict for review in reviews}
    stands = decide(reviews, flags, overturned=is_overturned(db, revision_id))
    return Sheet(
        revision=revision,
        author=db.get_one(Author, piece.author_id),
        kind=piece.kind.value,
        name=shown_title(record.title, text) if record and text else ERASED,
        title=record.title if record else "",
        form=record.form if record else "",
        tags=record.tags if record else [],
        note=record.note if record else "",
        continues=continued_by(db, record),
        text=text,
        html=rendering.html if rendering else "",
        words=len(text.split()) if text else 0,
        newest=db.exec(select(func.max(Revision.id)).where(Revision.piece_id == piece.id)).one() or revision.id,
        flags=[_flagged(flag, text or "") for flag in flags],
        earlier=[
            _earlier(review, text or "", reviewer, is_told=reviewer in holds or stands.is_final) for review in reviews
        ],
        stands=stands,
        publishes_needed=publishes_needed(flags),
        publishes=sum(verdict is Verdict.PUBLISH for verdict in holds.values()),
        mine=holds.get(reviewer),
        lack=lack_of(db, revision),
        taken_back=is_taken_back(db, revision),
        down=withdrawal_of(db, piece.id, revision.number),
        public=public_number(db, piece.id),
        about=about_of(db, piece),
        before=before_of(db, revision),
        appeal=_appeal(db, revision_id),
        provenance=provenance(db, revision),
    )


def _appeal(db: Session, revision_id: int) -> Appealed | None:
    rows = (
        select(Appeal, Blob.data, Ruling)
        .select_from(Appeal)
        .join(Blob, col(Blob.id) == Appeal.blob_id)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .where(Appeal.revision_id == revision_id)
    )
    found = db.exec(rows).first()
    if found is None:
        return None
    appeal, words, ruling = found
    return Appealed(appeal.id, words.decode() if words is not None else None, ruling)


def _flagged(flag: Flag, text: str) -> Flagged:
    begin, end = max(0, flag.start - AROUND), flag.end + AROUND
    quote = flag.quote
    if len(quote) > LONG_PASSAGE:
        quote = f"{quote[: LONG_PASSAGE // 2]} […] {quote[-LONG_PASSAGE // 4 :]}"
    before = ("…" if begin else "") + text[begin : flag.start]
    return Flagged(flag, before, quote, text[flag.end : end] + ("…" if end < len(text) else ""))


def _earlier(review: Review, text: str, reviewer: str, *, is_told: bool) -> Earlier:
    # A question is meant for the others; every other reason waits for one's own verdict.
    told = is_told or review.verdict is Verdict.ESCALATE or review.reviewer == reviewer
    return Earlier(review, told, text[review.start : review.end] if told and review.start is not None else "")


def decided(db: Session, limit: int = DECIDED) -> list[Decided]:
    """The revisions that were decided last, newest first."""
    published = db.exec(select(Publication).order_by(col(Publication.id).desc()).limit(limit)).all()
    stand = select(Veto).where(col(Veto.revision_id).in_(vetoed()))
    held_back = db.exec(stand.order_by(col(Veto.id).desc()).limit(limit)).all()
    rows: list[Publication | Veto] = [*published, *held_back]
    return [_decided(db, row) for row in sorted(rows, key=lambda row: row.at, reverse=True)[:limit]]


def _decided(db: Session, row: Publication | Veto) -> Decided:
    revision = db.get_one(Revision, row.revision_id)
    name, byline = _called(db, revision)
    became = "published" if isinstance(row, Publication) else "vetoed by two"
    if name == ERASED:
        became = "erased"
    elif withdrawal_of(db, revision.piece_id, revision.number) is not None:
        became = "withdrawn"
    return Decided(revision.id, name, byline, became, at=row.at)


def _called(db: Session, revision: Revision) -> tuple[str, str]:
    """A revision's shown title and its author's byline."""
    author = db.get_one(Author, db.get_one(Piece, revision.piece_id).author_id)
    text, record = text_of(db, revision), record_of(db, revision)
    return shown_title(record.title, text) if record and text else ERASED, author.byline
