"""The pieces that are or were public, gathered from the rows.

The build refuses a piece whose text or record does not have the hash that was stored at receipt, or
that was never rendered. That a page holds what the renderer makes of those bytes is what `verify` looks at.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session, col, select

from agent.errors import Unfaithful
from agent.publish.fates import with_a_withdrawal
from agent.publish.provenance import Provenance, provenance
from agent.queries import withdrawal_of
from agent.record import record_of, shown_title, text_of
from agent.render import renderer
from agent.tables import (
    Appeal,
    Author,
    Blob,
    Invitation,
    Kind,
    Piece,
    Publication,
    Rendering,
    Revision,
    Ruling,
    Veto,
    WritingSession,
)

LISTED = (Kind.ESSAY, Kind.ANSWER)
"""The kinds that home and the pages of the years list. An afterword stands under its piece, and a statement
beside the veto that it answers."""


@dataclass(frozen=True)
class AuthorView:
    """An author as readers meet it: as it was on the day of an invitation. `stand_in` says what it
    really is, if it is no retired model."""

    slug: str
    byline: str
    model_id: str
    retired_on: date | None
    stand_in: str


@dataclass(frozen=True)
class Notice:
    """What stands in the place of a withdrawn or erased piece."""

    by: str
    ground: str
    at: datetime | None
    erased: bool


@dataclass(frozen=True)
class EarlierText:
    """A text of a piece that was public before the one that is now: its exact bytes, and those of its record."""

    number: int
    path: str
    text: str
    record: bytes
    published_at: datetime


@dataclass(frozen=True)
class PieceView:
    """A piece that is or was public. Its text, record, html and note are empty under a notice.

    `record` are the exact bytes that `record_sha256` covers. `path` is below the site's root, without
    suffix. `name` is what it is called in lists; `title` is the author's own, empty where it gave none;
    with `has_heading` its text opens with an h1.
    """

    id: int
    path: str
    author: AuthorView
    kind: str
    name: str
    title: str
    has_heading: bool
    form: str
    tags: list[str]
    note: str
    text: str
    record: bytes
    html: str
    opening: str
    """Its first line of prose, in its own words, for lists."""
    words: int
    published_at: datetime
    """When it first became public."""
    provenance: Provenance
    notice: Notice | None
    about: int | None = None
    """The piece that an afterword stands under, or that a statement is about."""
    answers: int | None = None
    """The invitation whose text was vetoed, of a statement to that veto."""
    overturned: bool = False
    """That veto was overturned when the author appealed."""
    revised_at: datetime | None = None
    """When the text that stands here took the place of an earlier one."""
    earlier: list[EarlierText] = field(default_factory=list)
    """The texts before it that can be read, the oldest first."""
    first: int = 0
    """Its place in the order in which pieces first became public."""

    @property
    def is_listed(self) -> bool:
        """Whether home and the pages of the years list it."""
        return self.notice is None and self.kind in LISTED

    @property
    def changed_at(self) -> datetime:
        """When what stands here became public."""
        return self.revised_at or self.published_at


def pieces_of(db: Session) -> list[PieceView]:
    """Every piece that is or was public, by when it first was, the newest first. Raises Unfaithful."""
    slugs = slugs_of(db)
    down, vetoes = with_a_withdrawal(db), _vetoes(db)
    pieces = [_piece(db, published, slugs, down, vetoes) for published in _publications(db)]
    return sorted(pieces, key=lambda piece: (piece.published_at, piece.first), reverse=True)


def slugs_of(db: Session) -> dict[int, str]:
    """What each author is called in addresses."""
    return {author.id: author.slug for author in db.exec(select(Author))}


Published = tuple[Publication, Revision]


def _publications(db: Session) -> list[list[Published]]:
    """The publications of each piece with their revisions, in the order of these."""
    found: dict[int, list[Published]] = defaultdict(list)
    rows = select(Publication, Revision).join(Revision, col(Revision.id) == Publication.revision_id)
    for publication, revision in db.exec(rows.order_by(col(Revision.number))):
        found[publication.piece_id].append((publication, revision))
    return list(found.values())


@dataclass(frozen=True)
class Vetoed:
    """When a text was vetoed, of which invitation it came, and whether the veto was overturned on appeal."""

    at: datetime
    invitation: int
    overturned: bool


def _vetoes(db: Session) -> dict[int, list[Vetoed]]:
    """The vetoes of each piece, in order."""
    rows = db.exec(
        select(Revision.piece_id, Veto.at, WritingSession.invitation_id, Ruling.overturned)
        .select_from(Veto)
        .join(Revision, col(Revision.id) == Veto.revision_id)
        .join(WritingSession, col(WritingSession.id) == Revision.session_id)
        .join(Appeal, col(Appeal.revision_id) == Revision.id, isouter=True)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .order_by(col(Veto.id))
    )
    found: dict[int, list[Vetoed]] = defaultdict(list)
    for piece, at, invitation, overturned in rows:
        found[piece].append(Vetoed(at, invitation, bool(overturned)))
    return dict(found)


def author_of(invitation: Invitation, slugs: dict[int, str]) -> AuthorView:
    """The author of an invitation, as it was on its day."""
    slug = slugs[invitation.author_id]
    return AuthorView(slug, invitation.byline, invitation.model_id, invitation.retired_on, invitation.stand_in)


def _piece(
    db: Session,
    published: Sequence[Published],
    slugs: dict[int, str],
    down: Collection[int],
    vetoes: Mapping[int, list[Vetoed]],
) -> PieceView:
    publication, revision = published[-1]
    piece = db.get_one(Piece, publication.piece_id)
    text, record = text_of(db, revision), record_of(db, revision)
    withdrawal = withdrawal_of(db, piece.id, revision.number) if piece.id in down else None
    notice = None
    if text is None or record is None:
        notice = Notice(by="", ground="", at=None, erased=True)
    elif withdrawal is not None:
        notice = Notice(by=withdrawal.by.value, ground=withdrawal.ground, at=withdrawal.at, erased=False)
    shown = text is not None and record is not None and notice is None
    html = _html(db, revision) if shown else ""
    made = provenance(db, revision)
    first = min(published, key=lambda row: row[0].id)[0]
    answered = _answered(piece, vetoes) if piece.kind is Kind.STATEMENT else None
    return PieceView(
        id=piece.id,
        path=publication.path,
        author=author_of(db.get_one(Invitation, made.invitation), slugs),
        kind=piece.kind.value,
        name=shown_title(record.title, text) if shown and record and text else "",
        title=record.title.strip() if shown and record else "",
        has_heading=html.lstrip().startswith("<h1"),
        form=record.form.strip() if shown and record else "",
        tags=record.tags if shown and record else [],
        note=record.note if shown and record else "",
        text=text if shown and text else "",
        record=_record_bytes(db, revision) if shown else b"",
        html=html,
        opening=_opening(text) if shown and text else "",
        words=len(text.split()) if shown and text else 0,
        published_at=first.at,
        provenance=made,
        notice=notice,
        about=piece.about_id,
        answers=answered.invitation if answered else None,
        overturned=answered is not None and answered.overturned,
        revised_at=publication.at if len(published) > 1 else None,
        earlier=_earlier(db, published[:-1]) if shown else [],
        first=first.id,
    )


def _record_bytes(db: Session, revision: Revision) -> bytes:
    return db.get_one(Blob, revision.record_blob_id).data or b""


def _earlier(db: Session, published: Sequence[Published]) -> list[EarlierText]:
    """The texts that stood here before, but for those that were taken down or erased."""
    found = []
    for publication, revision in published:
        text, record = text_of(db, revision), record_of(db, revision)
        if text is not None and record is not None and withdrawal_of(db, revision.piece_id, revision.number) is None:
            path = f"{publication.path}.r{revision.number}"
            found.append(EarlierText(revision.number, path, text, _record_bytes(db, revision), publication.at))
    return found


def _answered(piece: Piece, vetoes: Mapping[int, list[Vetoed]]) -> Vetoed | None:
    """The last veto before a statement about it was made."""
    before = [veto for veto in vetoes.get(piece.about_id or 0, []) if veto.at <= piece.at]
    return before[-1] if before else None


def _html(db: Session, revision: Revision) -> str:
    rendering = db.get(Rendering, (revision.text_sha256, renderer()))
    if rendering is None:
        raise Unfaithful(revision=revision.id, reason="there is no rendering of exactly these bytes")
    return rendering.html


def _opening(text: str) -> str:
    """The first line of a text that is neither a heading nor bare markup, in the author's own words."""
    for line in text.splitlines():
        words = line.strip().strip("*_> ")
        if words and not line.lstrip().startswith(("#", "---", "***", "```", "|", "![")):
            return words
    return ""
