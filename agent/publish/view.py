"""What the pages show besides pieces, gathered from the rows: the site itself, and what came of each invitation."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from agent.outlet import Outlet
from agent.prompts import Ground
from agent.publish.fates import FIRST, Fate, fates
from agent.publish.filters import legible
from agent.publish.leaf import AuthorView, Leaf
from agent.render import renderer
from agent.tables import Author, Invitation, LedgerEntry, Outcome, PromptVersion, Slot, WritingSession


@dataclass(frozen=True)
class SiteView:
    """What every page may show of the site. It changes only where every page has to be made anew."""

    title: str
    address: str
    language: str
    demo: bool
    hub: str
    public_key: str
    stand_ins: list[str]
    """What the authors really are that are no retired models."""
    grounds: list[Ground]
    grounds_opening: str
    renderer: str
    origin: str
    """What ids are made of, as it never changes: the hash of the ledger's first line; before that the address."""


@dataclass(frozen=True)
class Tallies:
    """What a few pages show besides, which are made with every edition: how much there is now."""

    pieces: int
    """That can be read, of whatever kind."""
    unread: int
    """Of these, those that nobody real has read: a demonstration's reviewer passed them."""
    invitations: int
    ledger_lines: int
    head: str
    """The hash of the ledger's last line; 64 zeros before the first."""


@dataclass(frozen=True)
class WorkView:
    """One work that came of an invitation, and what lists show of its piece, where that is or was public."""

    fate: Fate
    piece: Leaf | None = None


@dataclass(frozen=True)
class InvitationView:
    """One invitation and what came of it. `state` is a word: published, withdrawn, waiting for
    review, vetoed..., or the outcome itself. `purpose` is writing or interview."""

    id: int
    at: datetime
    author: AuthorView
    purpose: str
    prompt: str
    prompts: list[str]
    """The hashes of all words that were told, those of the tools among them."""
    named: list[str]
    """Those of them that an operator asked for by name."""
    arm: str
    words_sha256: str
    outcome: str
    """Empty while the sitting goes on."""
    state: str
    works: list[WorkView]
    statements: list[Leaf]
    """What its author had published about a veto of one of these works."""
    lines: list[int]


def site_view(outlet: Outlet, db: Session, public_key: str) -> SiteView:
    """The site as every page may show it."""
    grounds = outlet.prompts.get("grounds")
    settings = outlet.settings
    return SiteView(
        title=settings.title,
        address=settings.address,
        language=settings.language,
        demo=settings.demo,
        hub=settings.hub,
        public_key=public_key,
        stand_ins=stand_ins(db),
        grounds=outlet.prompts.grounds(),
        grounds_opening=grounds.body.split("\n## ", 1)[0].strip(),
        renderer=renderer(),
        origin=db.exec(select(LedgerEntry.hash).where(LedgerEntry.sequence == 1)).first() or settings.address,
    )


def stand_ins(db: Session) -> list[str]:
    """What the authors really are that are no retired models."""
    return sorted({legible(name) for name in db.exec(select(Author.stand_in).distinct())} - {""})


def invitations_of(
    db: Session,
    invitations: Collection[int],
    leaves: Callable[[Collection[int]], Mapping[int, Leaf]],
    statements: Mapping[int, list[Leaf]],
    lines: Mapping[int, list[int]],
) -> list[InvitationView]:
    """What came of these invitations, the newest first. `leaves` gives those of the pieces that came of them, by piece;
    `statements` those about their vetoes and `lines` those of the ledger that name them, by invitation."""
    sessions = dict(
        db.exec(
            select(WritingSession.invitation_id, WritingSession.id).where(
                col(WritingSession.invitation_id).in_(invitations)
            )
        ).all()
    )
    names = dict(db.exec(select(PromptVersion.sha256, PromptVersion.name)).all())
    came = fates(db, list(sessions.values()))
    shown = leaves({work.piece for works in came.values() for work in works})
    rows = db.connection().execute(_INVITED.where(col(Invitation.id).in_(invitations))).all()
    return [
        InvitationView(
            id=row.id,
            at=row.at,
            author=AuthorView(row.slug, legible(row.byline), row.model_id, row.retired_on, legible(row.stand_in)),
            purpose=row.purpose.value,
            prompt=row.prompt,
            prompts=[*row.prompts, *([row.toolbox] if row.toolbox else [])],
            named=[sha for sha in row.prompts if row.named is not None and names.get(sha) == row.named],
            arm=row.arm,
            words_sha256=row.words_sha256,
            outcome=row.outcome.value if row.outcome else "",
            state=_state(row.outcome, works),
            works=[WorkView(work, shown.get(work.piece)) for work in works],
            statements=statements.get(row.id, []),
            lines=lines.get(row.id, []),
        )
        for row in rows
        for works in [came.get(row.session, [])]
    ]


_INVITED: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Invitation.id),
        col(Invitation.at),
        col(Invitation.byline),
        col(Invitation.model_id),
        col(Invitation.retired_on),
        col(Invitation.stand_in),
        col(Invitation.prompt),
        col(Invitation.prompts),
        col(Invitation.arm),
        col(Invitation.words_sha256),
        col(Slot.purpose),
        col(Slot.prompt).label("named"),
        col(Author.slug),
        col(WritingSession.id).label("session"),
        col(WritingSession.toolbox),
        col(WritingSession.outcome),
    )
    .select_from(Invitation)
    .join(Slot, col(Slot.id) == Invitation.slot_id)
    .join(Author, col(Author.id) == Invitation.author_id)
    .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
    .order_by(col(Invitation.id).desc())
)


def _state(outcome: Outcome | None, works: Sequence[Fate]) -> str:
    """One word for what came of an invitation."""
    if outcome is None:
        return "in progress"
    if works:
        return min((work.state for work in works), key=FIRST.index)
    return outcome.value.replace("_", " ")
