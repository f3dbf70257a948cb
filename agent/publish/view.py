"""What the pages show, gathered from the rows: everything a template may use, and nothing else.

The build refuses a piece whose text or record does not have the hash that was stored at receipt, or
that was never rendered. That a page holds what the renderer makes of those bytes is what `verify` looks at.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session, col, select

from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.prompts import Ground, body_of
from agent.publish.provenance import LaidOut, Provenance, laid_out, provenance
from agent.queries import withdrawal_of
from agent.record import record_of, shown_title, text_of
from agent.render import renderer
from agent.tables import (
    Author,
    Blob,
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
    """One prompt version that was used, with its exact words, and how often each outcome came of it.
    A version that lays out tools has these besides."""

    name: str
    sha256: str
    words: str
    first_used_at: datetime
    outcomes: dict[str, int]
    tools: list[LaidOut] = field(default_factory=list)


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
    renderer: str = field(default_factory=renderer)

    @property
    def stand_ins(self) -> list[str]:
        """What the authors really are that are no retired models."""
        return sorted({invitation.author.stand_in for invitation in self.invitations} - {""})

    @property
    def public(self) -> list[PieceView]:
        """The pieces that can be read now."""
        return [piece for piece in self.pieces if piece.notice is None]

    @property
    def unread(self) -> list[PieceView]:
        """The pieces that can be read and that nobody real has read: a demonstration's reviewer passed them."""
        return [piece for piece in self.public if piece.provenance.by_demo]


def site_view(outlet: Outlet, db: Session, public_key: str) -> SiteView:
    """Gather one consistent state. Raises Unfaithful where a public byte does not match its hash."""
    slugs = {author.id: author.slug for author in db.exec(select(Author))}
    pieces = [_piece(db, publication, slugs) for publication in _publications(db)]
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
        invitations=_invitations(db, slugs, pieces),
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


def _author(invitation: Invitation, slugs: dict[int, str]) -> AuthorView:
    slug = slugs[invitation.author_id]
    return AuthorView(slug, invitation.byline, invitation.model_id, invitation.retired_on, invitation.stand_in)


def _piece(db: Session, publication: Publication, slugs: dict[int, str]) -> PieceView:
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
    made = provenance(db, revision)
    return PieceView(
        id=piece.id,
        path=publication.path,
        author=_author(db.get_one(Invitation, made.invitation), slugs),
        kind=piece.kind.value,
        name=shown_title(record.title, text) if shown and record and text else "",
        title=record.title.strip() if shown and record else "",
        has_heading=html.lstrip().startswith("<h1"),
        form=record.form.strip() if shown and record else "",
        tags=record.tags if shown and record else [],
        note=record.note if shown and record else "",
        text=text if shown and text else "",
        record=db.get_one(Blob, revision.record_blob_id).data or b"" if shown else b"",
        html=html,
        opening=_opening(text) if shown and text else "",
        words=len(text.split()) if shown and text else 0,
        published_at=publication.at,
        provenance=made,
        notice=notice,
    )


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


def _invitations(db: Session, slugs: dict[int, str], pieces: list[PieceView]) -> list[InvitationView]:
    by_invitation = {piece.provenance.invitation: piece for piece in pieces}
    lines = _lines_of(db)
    vetoed = set(db.exec(select(Revision.session_id).join(Veto, col(Veto.revision_id) == Revision.id)))
    emptied = select(Revision.session_id).join(Blob, col(Blob.id) == Revision.record_blob_id)
    erased = set(db.exec(emptied.where(col(Blob.data).is_(None))))
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
            author=_author(invitation, slugs),
            prompt=invitation.prompt,
            arm=invitation.arm,
            words_sha256=invitation.words_sha256,
            outcome=session.outcome.value if session and session.outcome else "",
            state=_state(session, by_invitation.get(invitation.id), vetoed, erased),
            piece=by_invitation.get(invitation.id),
            lines=lines.get(invitation.id, []),
        )
        for invitation, session in rows
    ]


def _state(session: WritingSession | None, piece: PieceView | None, vetoed: set[int], erased: set[int]) -> str:
    """One word for what came of an invitation. `vetoed` and `erased` hold ids of sessions."""
    if session is None or session.outcome is None:
        return "in progress"
    if session.outcome is not Outcome.SUBMITTED:
        return session.outcome.value.replace("_", " ")
    if session.id in erased:
        return "erased"
    if piece is None:
        return "vetoed" if session.id in vetoed else "waiting for review"
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
    toolboxes = set(db.exec(select(WritingSession.toolbox)))
    rows = db.exec(
        select(Invitation.prompts, WritingSession.toolbox, WritingSession.outcome)
        .select_from(Invitation)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
    )
    for hashes, toolbox, outcome in rows:
        for sha in [*hashes, *([toolbox] if toolbox else [])]:
            counts = outcomes.setdefault(sha, {})
            word = str(outcome or "in progress")
            counts[word] = counts.get(word, 0) + 1
    versions = db.exec(select(PromptVersion).order_by(col(PromptVersion.first_used_at), col(PromptVersion.name)))
    return [
        PromptView(
            name=version.name,
            sha256=version.sha256,
            words=body_of(version.body),
            first_used_at=version.first_used_at,
            outcomes=outcomes.get(version.sha256, {}),
            tools=laid_out(version.body) if version.sha256 in toolboxes else [],
        )
        for version in versions
    ]
