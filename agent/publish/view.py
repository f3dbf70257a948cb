"""What the pages show, gathered from the rows: everything a template may use, and nothing else."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.prompts import Ground
from agent.publish.fates import FIRST, Fate, fates
from agent.publish.pieces import AuthorView, PieceView, author_of, pieces_of, slugs_of
from agent.publish.versions import PromptView, versions
from agent.render import renderer
from agent.tables import Invitation, LedgerEntry, Slot, WritingSession


@dataclass(frozen=True)
class WorkView:
    """One work that came of an invitation, and the page of its piece, where there is one."""

    fate: Fate
    piece: PieceView | None = None


@dataclass(frozen=True)
class InvitationView:
    """One invitation and what came of it. `state` is a word: published, withdrawn, waiting for
    review, vetoed..., or the outcome itself. `purpose` is writing or interview."""

    id: int
    at: datetime
    author: AuthorView
    purpose: str
    prompt: str
    arm: str
    words_sha256: str
    outcome: str
    """Empty while the sitting goes on."""
    state: str
    works: list[WorkView]
    statements: list[PieceView]
    """What its author had published about a veto of one of these works."""
    lines: list[int]


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
        """The pieces that can be read now, of whatever kind."""
        return [piece for piece in self.pieces if piece.notice is None]

    @property
    def listed(self) -> list[PieceView]:
        """Those of them that stand for themselves."""
        return [piece for piece in self.pieces if piece.is_listed]

    @property
    def unread(self) -> list[PieceView]:
        """The pieces that can be read and that nobody real has read: a demonstration's reviewer passed them."""
        return [piece for piece in self.public if piece.provenance.by_demo]


def site_view(outlet: Outlet, db: Session, public_key: str) -> SiteView:
    """Gather one consistent state. Raises Unfaithful where a public byte does not match its hash."""
    pieces = pieces_of(db)
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
        invitations=_invitations(db, pieces),
        prompts=versions(db),
        grounds=outlet.prompts.grounds(),
        grounds_opening=grounds.body.split("\n## ", 1)[0].strip(),
        lines=[entry.line for entry in entries],
        head=entries[-1].hash if entries else "0" * 64,
    )


def _invitations(db: Session, pieces: list[PieceView]) -> list[InvitationView]:
    by_id = {piece.id: piece for piece in pieces}
    statements: dict[int, list[PieceView]] = defaultdict(list)
    for piece in reversed(pieces):
        if piece.answers is not None:
            statements[piece.answers].append(piece)
    slugs, lines, came = slugs_of(db), _lines_of(db), fates(db)
    rows = db.exec(
        select(Invitation, Slot.purpose, WritingSession)
        .select_from(Invitation)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
        .order_by(col(Invitation.id).desc())
    )
    return [
        InvitationView(
            id=invitation.id,
            at=invitation.at,
            author=author_of(invitation, slugs),
            purpose=str(purpose),
            prompt=invitation.prompt,
            arm=invitation.arm,
            words_sha256=invitation.words_sha256,
            outcome=session.outcome.value if session and session.outcome else "",
            state=_state(session, works),
            works=[WorkView(work, by_id.get(work.piece)) for work in works],
            statements=statements.get(invitation.id, []),
            lines=lines.get(invitation.id, []),
        )
        for invitation, purpose, session in rows
        for works in [came.get(session.id, []) if session else []]
    ]


def _state(session: WritingSession | None, works: Sequence[Fate]) -> str:
    """One word for what came of an invitation."""
    if session is None or session.outcome is None:
        return "in progress"
    if works:
        return min((work.state for work in works), key=FIRST.index)
    return session.outcome.value.replace("_", " ")


def _lines_of(db: Session) -> dict[int, list[int]]:
    lines: dict[int, list[int]] = {}
    for entry in db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence))):
        invitation = json.loads(entry.line)["data"].get("invitation")
        if invitation is not None:
            lines.setdefault(invitation, []).append(entry.sequence)
    return lines
