"""What the pages show, gathered from the rows: everything a template may use, and nothing else.

The build refuses a piece whose bytes, record or rendering do not come from the stored hash.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.prompts import Ground, body_of
from agent.publish.provenance import Provenance, provenance
from agent.queries import withdrawal_of
from agent.record import record_of, shown_title, text_of
from agent.render import RENDERER
from agent.tables import (
    Author,
    Invitation,
    LedgerEntry,
    Outcome,
    Piece,
    PromptVersion,
    Publication,
    Rendering,
    Revision,
    Veto,
    WritingSession,
)


@dataclass(frozen=True)
class AuthorView:
    """An author as readers meet it. `stand_in` says what it really is, if it is no retired model."""

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
class PieceView:
    """A piece that is or was public. Its text, html and note are empty under a notice.

    `path` is below the site's root, without suffix. `name` is what it is called in lists; `title`
    is the author's own, empty where it gave none; with `has_heading` its text opens with an h1.
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
    html: str
    opening: str
    """Its first line of prose, in its own words, for lists."""
    words: int
    published_at: datetime
    provenance: Provenance
    notice: Notice | None


@dataclass(frozen=True)
class InvitationView:
    """One invitation and what came of it. `state` is a word: published, withdrawn, waiting for
    review, vetoed..., or the outcome itself. `piece` is set where there is a page for it."""

    id: int
    at: datetime
    author: AuthorView
    prompt: str
    arm: str
    words_sha256: str
    outcome: str
    """Empty while the sitting goes on."""
    state: str
    piece: PieceView | None
    lines: list[int]


@dataclass(frozen=True)
class PromptView:
    """One prompt version that was used, with its exact words, and how often each outcome came of it."""

    name: str
    sha256: str
    words: str
    first_used_at: datetime
    outcomes: dict[str, int]


@dataclass(frozen=True)
class SiteView:
    """Everything an edition is made from. Lists are newest first; `lines` are in order."""

    title: str
    address: str
    language: str
    demo: bool
    public_key: str
    pieces: list[PieceView]
    invitations: list[InvitationView]
    prompts: list[PromptView]
    grounds: list[Ground]
    grounds_opening: str
    lines: list[str]
    """The ledger's lines, exactly."""
    head: str
    """The hash of the ledger's last line; 64 zeros before the first."""
    renderer: str = RENDERER

    @property
    def stand_ins(self) -> list[str]:
        """What the authors really are that are no retired models."""
        return sorted({invitation.author.stand_in for invitation in self.invitations} - {""})

    @property
    def public(self) -> list[PieceView]:
        """The pieces that can be read now."""
        return [piece for piece in self.pieces if piece.notice is None]


def site_view(outlet: Outlet, db: Session, public_key: str) -> SiteView:
    """Gather one consistent state. Raises Unfaithful where a public byte does not match its hash."""
    authors = {author.id: _author(author) for author in db.exec(select(Author))}
    pieces = [_piece(db, publication, authors) for publication in _publications(db)]
    entries = db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence))).all()
    grounds = outlet.prompts.get("grounds")
    settings = outlet.settings
    return SiteView(
        title=settings.title,
        address=settings.address,
        language=settings.language,
        demo=settings.demo,
        public_key=public_key,
        pieces=pieces,
        invitations=_invitations(db, authors, pieces),
        prompts=_prompts(db),
        grounds=outlet.prompts.grounds(),
        grounds_opening=grounds.body.split("\n## ", 1)[0].strip(),
        lines=[entry.line for entry in entries],
        head=entries[-1].hash if entries else "0" * 64,
    )


def _publications(db: Session) -> list[Publication]:
    """The newest publication of each piece, newest first."""
    newest: dict[int, Publication] = {}
    for publication in db.exec(select(Publication).order_by(col(Publication.id))):
        newest[publication.piece_id] = publication
    return sorted(newest.values(), key=lambda publication: (publication.at, publication.id), reverse=True)


def _author(author: Author) -> AuthorView:
    return AuthorView(author.slug, author.byline, author.model_id, author.retired_on, author.stand_in)


def _piece(db: Session, publication: Publication, authors: dict[int, AuthorView]) -> PieceView:
    revision = db.get_one(Revision, publication.revision_id)
    piece = db.get_one(Piece, publication.piece_id)
    text, record = text_of(db, revision), record_of(db, revision)
    withdrawal = withdrawal_of(db, piece.id)
    notice = None
    if text is None or record is None:
        notice = Notice(by="", ground="", at=None, erased=True)
    elif withdrawal is not None:
        notice = Notice(by=withdrawal.by.value, ground=withdrawal.ground, at=withdrawal.at, erased=False)
    shown = text is not None and record is not None and notice is None
    html = _html(db, revision) if shown else ""
    return PieceView(
        id=piece.id,
        path=publication.path,
        author=authors[piece.author_id],
        kind=piece.kind.value,
        name=shown_title(record.title, text) if shown and record and text else "",
        title=record.title.strip() if shown and record else "",
        has_heading=html.lstrip().startswith("<h1"),
        form=record.form.strip() if shown and record else "",
        tags=record.tags if shown and record else [],
        note=record.note if shown and record else "",
        text=text if shown and text else "",
        html=html,
        opening=_opening(text) if shown and text else "",
        words=len(text.split()) if shown and text else 0,
        published_at=publication.at,
        provenance=provenance(db, revision),
        notice=notice,
    )


def _html(db: Session, revision: Revision) -> str:
    rendering = db.get(Rendering, (revision.text_sha256, RENDERER))
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


def _invitations(db: Session, authors: dict[int, AuthorView], pieces: list[PieceView]) -> list[InvitationView]:
    by_invitation = {piece.provenance.invitation: piece for piece in pieces}
    lines = _lines_of(db)
    rows = db.exec(
        select(Invitation, WritingSession)
        .select_from(Invitation)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
        .order_by(col(Invitation.id).desc())
    )
    return [
        InvitationView(
            id=invitation.id,
            at=invitation.at,
            author=authors[invitation.author_id],
            prompt=invitation.prompt,
            arm=invitation.arm,
            words_sha256=invitation.words_sha256,
            outcome=session.outcome.value if session and session.outcome else "",
            state=_state(db, session, by_invitation.get(invitation.id)),
            piece=by_invitation.get(invitation.id),
            lines=lines.get(invitation.id, []),
        )
        for invitation, session in rows
    ]


def _state(db: Session, session: WritingSession | None, piece: PieceView | None) -> str:
    if session is None or session.outcome is None:
        return "in progress"
    if session.outcome is not Outcome.SUBMITTED:
        return session.outcome.value.replace("_", " ")
    if piece is None:
        vetoed = select(Veto).join(Revision).where(Revision.session_id == session.id)
        return "vetoed" if db.exec(vetoed).first() else "waiting for review"
    if piece.notice is None:
        return "published"
    return "erased" if piece.notice.erased else "withdrawn"


def _lines_of(db: Session) -> dict[int, list[int]]:
    lines: dict[int, list[int]] = {}
    for entry in db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence))):
        invitation = json.loads(entry.line)["data"].get("invitation")
        if invitation is not None:
            lines.setdefault(invitation, []).append(entry.sequence)
    return lines


def _prompts(db: Session) -> list[PromptView]:
    outcomes: dict[str, dict[str, int]] = {}
    rows = db.exec(
        select(Invitation.prompts, WritingSession.outcome)
        .select_from(Invitation)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
    )
    for hashes, outcome in rows:
        for sha in hashes:
            counts = outcomes.setdefault(sha, {})
            word = str(outcome or "in progress")
            counts[word] = counts.get(word, 0) + 1
    versions = db.exec(select(PromptVersion).order_by(col(PromptVersion.first_used_at), col(PromptVersion.name)))
    return [
        PromptView(v.name, v.sha256, body_of(v.body), v.first_used_at, outcomes.get(v.sha256, {})) for v in versions
    ]
