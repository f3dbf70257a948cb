"""What stands beside a text on the review screen, gathered from the rows: the invitation, what its author says of it,
and how it was made. The other panels have files of their own. It reads and decides nothing."""

from dataclasses import dataclass

from sqlmodel import Session

from agent.check.every import unlooked
from agent.desk.shown.sittings import Sat, sat
from agent.outlet import Outlet
from agent.prices import in_dollars
from agent.publish.facts import provenance
from agent.publish.provenance import Provenance
from agent.record import Record, record_of, shown_title, text_of
from agent.review.belonging import About, about_of, continued_by
from agent.tables import (
    Invitation,
    Kind,
    Piece,
    PromptVersion,
    Revision,
    Slot,
    WritingSession,
)


@dataclass(frozen=True)
class Invited:
    """The invitation as it was sent, and how it was chosen."""

    invitation: Invitation
    named: bool
    """An operator named the prompt; otherwise it was chosen by chance, from the seed."""
    slot: Slot
    prompts: list[tuple[str, str]]
    """Name and SHA-256 (hex) of each prompt version, welcome first, that of the tools last."""
    session: int


@dataclass(frozen=True)
class Said:
    """What an author says of its text. `record` is None where it was erased."""

    revision: Revision
    kind: Kind
    record: Record | None
    about: About | None
    continues: About | None


@dataclass(frozen=True)
class Made:
    """How a revision came to be; `unlooked` are the checks that have not looked at it at all."""

    provenance: Provenance
    cost: str
    """In dollars, in words."""
    session: int
    piece: int
    unlooked: list[str]


def invited(db: Session, revision: Revision) -> Invited:
    """The invitation that a revision answers."""
    session = db.get_one(WritingSession, revision.session_id)
    invitation = db.get_one(Invitation, session.invitation_id)
    slot = db.get_one(Slot, invitation.slot_id)
    hashes = [*invitation.prompts, *([session.toolbox] if session.toolbox else [])]
    prompts = [(db.get_one(PromptVersion, sha256).name, sha256) for sha256 in hashes]
    return Invited(invitation, slot.prompt is not None, slot, prompts, session.id)


def conversation(db: Session, revision: Revision, publication: str) -> Sat | None:
    """The session in which a revision was handed in; what is private is masked."""
    return sat(db, revision.session_id, publication)


def record(db: Session, revision: Revision) -> Said:
    """What its author says of a revision. Raises Unfaithful."""
    piece, found = db.get_one(Piece, revision.piece_id), record_of(db, revision)
    return Said(revision, piece.kind, found, about_of(db, piece), continued_by(db, found))


def made(outlet: Outlet, db: Session, revision: Revision) -> Made:
    """How a revision came to be: what was asked, what came back, what it took, which checks looked."""
    facts = provenance(db, revision)
    return Made(
        provenance=facts,
        cost=in_dollars(facts.cost),
        session=revision.session_id,
        piece=revision.piece_id,
        unlooked=unlooked(outlet, (check.name for check in facts.checks)),
    )


def called(db: Session, revision: Revision) -> str:
    """What its piece is called; nothing where it was erased. Raises Unfaithful."""
    text, about = text_of(db, revision), record_of(db, revision)
    return shown_title(about.title, text) if about is not None and text is not None else ""
