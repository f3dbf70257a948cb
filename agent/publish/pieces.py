"""The pieces that are or were public, gathered from the rows, many at once.

The build refuses a piece whose text or record does not have the hash that was stored at receipt, or
that was never rendered. That a page holds what the renderer makes of those bytes is what `verify` looks at.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from agent.errors import Unfaithful
from agent.publish.corrections import CorrectionView, corrections_of
from agent.publish.events import waits
from agent.publish.facts import by_first, provenances
from agent.publish.filters import legible
from agent.publish.leaf import AuthorView, Leaf, slug_of
from agent.publish.opening import line_of, opens_with_name
from agent.publish.provenance import Provenance
from agent.queries import undone, withdrawal_of
from agent.record import Record, canonical, sha256, shown_title, shows_title
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
    Review,
    Revision,
    Ruling,
    Veto,
    Withdrawal,
    WritingSession,
)
from agent.tables.review import DEMO_REVIEWER

LINE_LETTERS = 100
"""How much of a piece's own words stands in a list."""


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
    text: bytes
    record: bytes
    published_at: datetime


@dataclass(frozen=True)
class PieceView:
    """A piece that is or was public. Its text, record, html and note are empty under a notice.

    `text` and `record` are the exact bytes that the ledger's hashes cover. `path` is below the site's root, without
    suffix. `name` is what it is called in lists; `title` is the author's own, empty where it gave none.
    """

    id: int
    path: str
    author: AuthorView
    kind: str
    name: str
    title: str
    shows_title: bool
    """Whether the title is printed above the text: not where the text opens with the very same words."""
    opens_with_name: bool
    """Whether the first block of the text is nothing but the name that the text gives itself."""
    form: str
    tags: list[str]
    note: str
    text: bytes
    record: bytes
    html: str
    line: str
    words: int
    language: str
    direction: str
    published_at: datetime
    """When it first became public."""
    notice: Notice | None
    how: Provenance | None
    """How it was written, where that was asked for."""
    about: int | None = None
    """The piece that an afterword stands under, or that a statement is about."""
    continues: int | None = None
    answers: int | None = None
    """The invitation whose text was vetoed, of a statement to that veto."""
    overturned: bool = False
    """That veto was overturned when the author appealed."""
    revised_at: datetime | None = None
    """When the text that stands here took the place of an earlier one."""
    earlier: list[EarlierText] = field(default_factory=list)
    """The texts before it that can be read, the oldest first."""
    corrections: list[CorrectionView] = field(default_factory=list)
    first: int = 0
    """Its place in the order in which pieces first became public."""

    @property
    def provenance(self) -> Provenance:
        """How it was written."""
        if self.how is None:
            raise LookupError("nobody asked how it was written")
        return self.how

    @property
    def changed_at(self) -> datetime:
        """When what stands here became public."""
        return self.revised_at or self.published_at


_PUBLISHED: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Publication.piece_id),
        col(Publication.id).label("publication"),
        col(Publication.path),
        col(Publication.at),
        col(Revision.id).label("revision"),
        col(Revision.number),
        col(Revision.text_sha256),
        col(Revision.record_sha256),
        col(Revision.text_blob_id),
        col(Revision.record_blob_id),
        col(Piece.kind),
        col(Piece.about_id),
        col(Piece.at).label("made_at"),
        col(Author.slug),
        col(Invitation.id).label("invitation"),
        col(Invitation.byline),
        col(Invitation.model_id),
        col(Invitation.retired_on),
        col(Invitation.stand_in),
    )
    .select_from(Publication)
    .join(Revision, col(Revision.id) == Publication.revision_id)
    .join(Piece, col(Piece.id) == Publication.piece_id)
    .join(Author, col(Author.id) == Piece.author_id)
    .join(WritingSession, col(WritingSession.id) == Revision.session_id)
    .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
    .order_by(col(Publication.piece_id), col(Revision.number))
)
_DRAWN: sa.Select[*tuple[Any, ...]] = sa.select(
    col(Rendering.text_sha256),
    col(Rendering.opening),
    col(Rendering.words),
    col(Rendering.language),
    col(Rendering.direction),
)


class _Shown:
    """What can be read of some pieces, and what stands in the place of the others."""

    def __init__(self, db: Session, pieces: Collection[int], *, with_html: bool) -> None:
        ask = db.connection().execute
        self.db = db
        self.published = by_first(ask(_PUBLISHED.where(col(Publication.piece_id).in_(pieces))))
        newest = [rows[-1] for rows in self.published.values()]
        self.down = set(db.exec(select(Withdrawal.piece_id).where(col(Withdrawal.piece_id).in_(pieces))))
        blobs = {blob for row in newest for blob in (row.text_blob_id, row.record_blob_id)}
        self.bytes: dict[int, bytes | None] = dict(
            db.exec(select(Blob.id, Blob.data).where(col(Blob.id).in_(blobs))).all()
        )
        drawn = _DRAWN.add_columns(col(Rendering.html)) if with_html else _DRAWN
        texts = {row.text_sha256 for row in newest}
        rendered = ask(drawn.where(col(Rendering.text_sha256).in_(texts), col(Rendering.renderer) == renderer()))
        self.drawn = {row.text_sha256: row for row in rendered.all()}
        self.vetoes = _vetoes(db, [row.about_id for row in newest if row.kind is Kind.STATEMENT])

    def notice(self, row: Any) -> Notice | None:
        """Why its newest public text cannot be read, if so."""
        if self.bytes[row.text_blob_id] is None or self.bytes[row.record_blob_id] is None:
            return Notice(by="", ground="", at=None, erased=True)
        if row.piece_id in self.down and (down := withdrawal_of(self.db, row.piece_id, row.number)) is not None:
            return Notice(by=down.by.value, ground=down.ground, at=down.at, erased=False)
        return None

    def record(self, row: Any) -> Record | None:
        """What its author said of it, checked against its hash; None where it was erased. Raises Unfaithful."""
        data = _checked(row.revision, self.bytes[row.record_blob_id], row.record_sha256, "record")
        if data is None:
            return None
        record = Record.model_validate_json(data)
        if record.text_sha256 != row.text_sha256:
            raise Unfaithful(revision=row.revision, reason="its record speaks of another text")
        return record

    def text(self, row: Any) -> bytes:
        """Its exact bytes, checked. Raises Unfaithful."""
        return _checked(row.revision, self.bytes[row.text_blob_id], row.text_sha256, "text") or b""

    def drawing(self, row: Any) -> Any:
        """Its rendering. Raises Unfaithful."""
        if (drawn := self.drawn.get(row.text_sha256)) is None:
            raise Unfaithful(revision=row.revision, reason="there is no rendering of exactly these bytes")
        return drawn

    def answered(self, row: Any) -> "Vetoed | None":
        """The last veto before a statement about it was made."""
        if row.kind is not Kind.STATEMENT:
            return None
        before = [veto for veto in self.vetoes.get(row.about_id or 0, []) if veto.at <= row.made_at]
        return before[-1] if before else None


def leaves_of(db: Session, pieces: Collection[int]) -> list[Leaf]:
    """What lists show of these pieces, as far as they are or were public. Raises Unfaithful."""
    shown = _Shown(db, pieces, with_html=False)
    demo = set(
        db.exec(
            select(Revision.piece_id)
            .join(Review, col(Review.revision_id) == Revision.id)
            .where(col(Revision.piece_id).in_(pieces), Review.reviewer == DEMO_REVIEWER, ~undone(), ~waits())
        )
    )
    noted = corrections_of(db, pieces)
    return [_leaf(shown, rows, noted.get(piece, []), by_demo=piece in demo) for piece, rows in shown.published.items()]


def _leaf(shown: _Shown, rows: Sequence[Any], notes: Sequence[CorrectionView], *, by_demo: bool) -> Leaf:
    row, first = rows[-1], min(rows, key=lambda row: row.publication)
    notice, record, answered = shown.notice(row), shown.record(row), shown.answered(row)
    facts: dict[str, Any] = {
        "piece": row.piece_id,
        "first": first.publication,
        "path": row.path,
        "kind": row.kind.value,
        "author": _author(row),
        "invitation": row.invitation,
        "published_at": first.at,
        "changed_at": row.at,
        "about": row.about_id,
        "tags": _tags(record) if record else [],
        "continues": record.continues if record else None,
        "answers": answered.invitation if answered else None,
        "overturned": answered is not None and answered.overturned,
        "by_demo": by_demo,
        "corrected": bool(notes),
    }
    if notice is not None or record is None:
        gone = notice.by if notice and not notice.erased else "erased"
        return Leaf(**facts, gone=gone, gone_at=notice.at if notice else None)
    drawn = shown.drawing(row)
    text = shown.text(row).decode()
    name = legible(shown_title(record.title, text))
    return Leaf(
        **facts,
        name=name,
        line=_line(record, text, name, drawn.opening),
        form=legible(record.form.strip()),
        language=drawn.language,
        direction=drawn.direction,
        words=drawn.words,
        key=_key(shown, rows, record, notes),
    )


def _key(shown: _Shown, rows: Sequence[Any], record: Record, notes: Sequence[CorrectionView]) -> str:
    """A short hash of what readers see of a piece, whatever it is that they see it in."""
    row = rows[-1]
    earlier = [text.path for text in _earlier(shown.db, rows[:-1], row.path)] if len(rows) > 1 else []
    told = [row.number, row.record_sha256, row.byline, row.stand_in, row.at.isoformat(), earlier, renderer()]
    return sha256(canonical([*told, [[note.sha256, note.words is None] for note in notes]]))[:16]


def _tags(record: Record) -> list[str]:
    """Its tags, but for those without a letter."""
    return [legible(tag) for tag in record.tags if slug_of(tag)]


def _line(record: Record, text: str, name: str, opening: list[dict[str, str]]) -> str:
    """One line in the author's own words. It goes on where the name leaves off, if that is the text's beginning."""
    named = opens_with_name(text, opening)
    after = "" if record.title.strip() or named else name.removesuffix("…")
    return line_of(opening, letters=LINE_LETTERS, skip_first=named, after=after) or _opening(text)


def pieces_of(db: Session, pieces: Collection[int], *, told: bool = True) -> list[PieceView]:
    """These pieces, as far as they are or were public, with everything that their pages show, or without being `told`
    how they were written. Raises Unfaithful."""
    shown = _Shown(db, pieces, with_html=True)
    known = provenances(db, [rows[-1].revision for rows in shown.published.values()]) if told else {}
    notes = corrections_of(db, pieces)
    return [
        _piece(shown, rows, known.get(rows[-1].revision), notes.get(piece, []))
        for piece, rows in shown.published.items()
    ]


def _piece(shown: _Shown, rows: Sequence[Any], told: Provenance | None, notes: list[CorrectionView]) -> PieceView:
    row, first = rows[-1], min(rows, key=lambda row: row.publication)
    notice, record, answered = shown.notice(row), shown.record(row), shown.answered(row)
    facts: dict[str, Any] = {
        "id": row.piece_id,
        "path": row.path,
        "author": _author(row),
        "kind": row.kind.value,
        "published_at": first.at,
        "how": told,
        "notice": notice,
        "about": row.about_id,
        "answers": answered.invitation if answered else None,
        "overturned": answered is not None and answered.overturned,
        "revised_at": row.at if len(rows) > 1 else None,
        "first": first.publication,
    }
    if notice is not None or record is None:
        return PieceView(**facts, **_NOTHING)
    drawn, data = shown.drawing(row), shown.text(row)
    text = data.decode()
    name = legible(shown_title(record.title, text))
    return PieceView(
        **facts,
        name=name,
        title=legible(record.title.strip()),
        shows_title=shows_title(record.title, text),
        opens_with_name=opens_with_name(text, drawn.opening),
        form=legible(record.form.strip()),
        tags=_tags(record),
        note=legible(record.note),
        text=data,
        record=shown.bytes[row.record_blob_id] or b"",
        html=drawn.html,
        line=_line(record, text, name, drawn.opening),
        words=drawn.words,
        language=drawn.language,
        direction=drawn.direction,
        continues=record.continues,
        earlier=_earlier(shown.db, rows[:-1], row.path) if len(rows) > 1 else [],
        corrections=notes,
    )


_NOTHING: dict[str, Any] = {
    "name": "",
    "title": "",
    "shows_title": False,
    "opens_with_name": False,
    "form": "",
    "tags": [],
    "note": "",
    "text": b"",
    "record": b"",
    "html": "",
    "line": "",
    "words": 0,
    "language": "",
    "direction": "auto",
}


def _author(row: Any) -> AuthorView:
    return AuthorView(row.slug, legible(row.byline), row.model_id, row.retired_on, legible(row.stand_in))


def _earlier(db: Session, rows: Sequence[Any], path: str) -> list[EarlierText]:
    """The texts that stood here before, but for those that were taken down or erased."""
    found = []
    for row in rows:
        text, record = (db.get_one(Blob, blob).data for blob in (row.text_blob_id, row.record_blob_id))
        if text is None or record is None or withdrawal_of(db, row.piece_id, row.number) is not None:
            continue
        text = _checked(row.revision, text, row.text_sha256, "text") or b""
        record = _checked(row.revision, record, row.record_sha256, "record") or b""
        found.append(EarlierText(row.number, f"{path}.r{row.number}", text, record, row.at))
    return found


def _checked(revision: int, data: bytes | None, digest: str, what: str) -> bytes | None:
    if data is not None and sha256(data) != digest:
        raise Unfaithful(revision=revision, reason=f"the bytes of its {what} are not those that were received")
    return data


@dataclass(frozen=True)
class Vetoed:
    """When a text was vetoed, of which invitation it came, and whether the veto was overturned on appeal."""

    at: datetime
    invitation: int
    overturned: bool


def _vetoes(db: Session, pieces: Sequence[int]) -> Mapping[int, list[Vetoed]]:
    """The vetoes of each piece, in order."""
    found: dict[int, list[Vetoed]] = defaultdict(list)
    if not pieces:
        return found
    rows = db.exec(
        select(Revision.piece_id, Veto.at, WritingSession.invitation_id, Ruling.overturned)
        .select_from(Veto)
        .join(Revision, col(Revision.id) == Veto.revision_id)
        .join(WritingSession, col(WritingSession.id) == Revision.session_id)
        .join(Appeal, col(Appeal.revision_id) == Revision.id, isouter=True)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .where(col(Revision.piece_id).in_(pieces))
        .order_by(col(Veto.id))
    )
    for piece, at, invitation, overturned in rows:
        found[piece].append(Vetoed(at, invitation, bool(overturned)))
    return found


def _opening(text: str) -> str:
    """The first line of a text that is neither a heading nor bare markup, in the author's own words."""
    for line in text.splitlines():
        words = line.strip().strip("*_> ")
        if words and not line.lstrip().startswith(("#", "---", "***", "```", "|", "![")):
            return words
    return ""
