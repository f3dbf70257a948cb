"""What the page of an author shows, gathered from the rows: what it agreed to and said of itself, in its own words;
what came of its invitations; what was used. What it gave to nobody stays masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.errors import UnknownAuthor
from agent.outlet import Block, Outlet
from agent.pausing import lately
from agent.queries import author_called, own_pause_of, rest_of, today_of
from agent.review.wishes import Held, Wished, interests, wishes
from agent.settings import AuthorSettings
from agent.tables import (
    Author,
    Basis,
    Blob,
    Cadence,
    Consent,
    ContextBlock,
    Docket,
    Invitation,
    Outcome,
    Pause,
    Piece,
    Publication,
    Publish,
    Purpose,
    Rest,
    Revision,
    Role,
    Slot,
    Turn,
    Veto,
    WritingSession,
)
from agent.transcript import transcript
from agent.write import hindrance
from agent.write.accounts import Accounts, accounts

PAUSES = 10
SESSIONS = 8
TOLD = 3


@dataclass(frozen=True)
class Answer:
    """What an author said about being published, or what was declared for it. `words` are None where they were
    erased; `session` and `turn` say where it was said."""

    publish: Publish
    declared: bool
    scope: str
    trials: bool
    words: str | None
    at: datetime
    session: int | None
    turn: int | None


@dataclass(frozen=True)
class Line:
    """What was said in one turn of an interview: None where it was erased."""

    by_author: bool
    number: int
    words: Sequence[str] | None


@dataclass(frozen=True)
class Interview:
    """An interview, word for word."""

    session: int
    began_at: datetime
    outcome: Outcome | None
    lines: Sequence[Line]


@dataclass(frozen=True)
class Told:
    """What was laid beside an invitation of what had happened since the one before; None where it was erased."""

    invitation: int
    session: int | None
    words: str | None
    at: datetime


@dataclass(frozen=True)
class Sat:
    """A session, as listed. `outcome` is empty while it goes on."""

    session: int
    purpose: Purpose
    outcome: Outcome | None
    began_at: datetime


@dataclass(frozen=True)
class Works:
    """How many pieces an author has, how many of them are or were public, wait to be decided about, were vetoed."""

    pieces: int
    public: int
    open: int
    vetoed: int


@dataclass(frozen=True)
class Portrait:
    """One author. `settings` are None where afterword.toml names it no more."""

    author: Author
    settings: AuthorSettings | None
    answers: Sequence[Answer]
    """Newest first: the first one holds."""
    interview: Interview | None
    """The latest one."""
    interviews: Sequence[int]
    """The sessions of those before it, newest first."""
    interests: Sequence[Held]
    cadence: Cadence | None
    rest: Rest | None
    pause: Pause | None
    """Its own."""
    pauses: Sequence[Pause]
    """The latest of its own and of everyone's, newest first."""
    hindrance: str | None
    """Why it may not be called now."""
    outcomes: Sequence[tuple[Purpose, Outcome | None, int]]
    sessions: Sequence[Sat]
    works: Works
    wishes: Sequence[Wished]
    told: Sequence[Told]
    accounts: Accounts

    @property
    def holds(self) -> Answer | None:
        """What it says about being published now."""
        return self.answers[0] if self.answers else None


@dataclass(frozen=True)
class Glimpse:
    """An author, as listed."""

    author: Author
    consent: Consent | None
    cadence: Cadence | None
    rest: Rest | None
    pause: Pause | None
    hindrance: str | None
    """Why it may not be called now."""
    works: Works


def glimpses(outlet: Outlet, db: Session) -> list[Glimpse]:
    """Every author there is, by name."""
    return [
        Glimpse(
            author=author,
            consent=next(iter(_consents(db, author.id)), None),
            cadence=_cadence(db, author.id),
            rest=rest_of(db, author.id, today_of(db, author.id, outlet.now())),
            pause=own_pause_of(db, author.id),
            hindrance=hindrance(outlet, db, author),
            works=_works(db, author.id),
        )
        for author in db.exec(select(Author).order_by(col(Author.byline), col(Author.slug))).all()
    ]


def portrait(outlet: Outlet, db: Session, slug: str) -> Portrait | None:
    """One author; None where there is none of that name."""
    author = author_called(db, slug)
    if author is None:
        return None
    try:
        settings = outlet.settings.author(slug)
    except UnknownAuthor:
        settings = None
    held = _interviews(db, author.id)
    return Portrait(
        author=author,
        settings=settings,
        answers=[_answer(db, consent) for consent in _consents(db, author.id)],
        interview=_interview(outlet, db, held[0]) if held else None,
        interviews=held[1:],
        interests=interests(db, author.id),
        cadence=_cadence(db, author.id),
        rest=rest_of(db, author.id, today_of(db, author.id, outlet.now())),
        pause=own_pause_of(db, author.id),
        pauses=lately(db, author.id, PAUSES),
        hindrance=hindrance(outlet, db, author),
        outcomes=_outcomes(db, author.id),
        sessions=_sessions(db, author.id),
        works=_works(db, author.id),
        wishes=wishes(db, author_id=author.id),
        told=_told(db, author.id),
        accounts=accounts(outlet, db, slug, 0),
    )


def _consents(db: Session, author_id: int) -> Sequence[Consent]:
    return db.exec(select(Consent).where(Consent.author_id == author_id).order_by(col(Consent.id).desc())).all()


def _answer(db: Session, consent: Consent) -> Answer:
    said = db.get(Turn, consent.turn_id) if consent.turn_id is not None else None
    words: str | None = consent.words
    if consent.blob_id is not None:
        data = db.get_one(Blob, consent.blob_id).data
        words = data.decode() if data is not None else None
    return Answer(
        publish=consent.publish,
        declared=consent.basis is Basis.DECLARED,
        scope=consent.scope.value,
        trials=consent.trials,
        words=words,
        at=consent.at,
        session=said.session_id if said else None,
        turn=said.number if said else None,
    )


def _interviews(db: Session, author_id: int) -> Sequence[int]:
    rows = (
        select(WritingSession.id)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(WritingSession.author_id == author_id, col(Slot.purpose) == Purpose.INTERVIEW)
    )
    return db.exec(rows.order_by(col(WritingSession.id).desc())).all()


def _interview(outlet: Outlet, db: Session, session_id: int) -> Interview:
    found = transcript(db, session_id, outlet.settings.title)
    lines = [
        Line(turn.role is Role.AUTHOR, turn.number, _words(blocks) if blocks is not None else None)
        for turn, blocks in zip(found.turns, found.said, strict=True)
    ]
    return Interview(session_id, found.session.began_at, found.session.outcome, lines)


def _words(blocks: Sequence[Block]) -> list[str]:
    """What stands in a turn, as masking shows it. Of what is no text, its mask."""
    return [str(block.get("text") or block.get("thinking") or block.get("block") or "") for block in blocks]


def _cadence(db: Session, author_id: int) -> Cadence | None:
    return db.exec(select(Cadence).where(Cadence.author_id == author_id)).first()


def _outcomes(db: Session, author_id: int) -> list[tuple[Purpose, Outcome | None, int]]:
    rows = (
        select(Slot.purpose, WritingSession.outcome, func.count())
        .select_from(WritingSession)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(WritingSession.author_id == author_id)
        .group_by(col(Slot.purpose), col(WritingSession.outcome))
    )
    found = [(Purpose(purpose), Outcome(outcome) if outcome else None, n) for purpose, outcome, n in db.exec(rows)]
    order = [*Outcome, None]
    return sorted(found, key=lambda each: (each[0] is not Purpose.WRITING, order.index(each[1])))


def _sessions(db: Session, author_id: int) -> list[Sat]:
    rows = (
        select(WritingSession, Slot.purpose)
        .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .where(WritingSession.author_id == author_id)
        .order_by(col(WritingSession.id).desc())
        .limit(SESSIONS)
    )
    return [Sat(sat.id, Purpose(purpose), sat.outcome, sat.began_at) for sat, purpose in db.exec(rows)]


def _works(db: Session, author_id: int) -> Works:
    its = select(Piece.id).where(Piece.author_id == author_id)
    pieces = db.exec(select(func.count()).select_from(Piece).where(Piece.author_id == author_id)).one()
    public = select(func.count(func.distinct(Publication.piece_id))).where(col(Publication.piece_id).in_(its))
    waiting = select(func.count()).select_from(Docket).where(Docket.author_id == author_id)
    vetoed = select(func.count()).select_from(Veto).join(Revision, col(Revision.id) == Veto.revision_id)
    return Works(
        pieces,
        db.exec(public).one(),
        db.exec(waiting).one(),
        db.exec(vetoed.where(col(Revision.piece_id).in_(its))).one(),
    )


def _told(db: Session, author_id: int) -> list[Told]:
    rows = (
        select(ContextBlock, Invitation.at, WritingSession.id, Blob.data)
        .select_from(ContextBlock)
        .join(Blob, col(Blob.id) == ContextBlock.blob_id)
        .join(Invitation, col(Invitation.id) == ContextBlock.invitation_id)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id, isouter=True)
        .where(Invitation.author_id == author_id, ContextBlock.kind == "since")
        .order_by(col(Invitation.id).desc())
        .limit(TOLD)
    )
    return [
        Told(block.invitation_id, session, data.decode() if data is not None else None, at)
        for block, at, session, data in db.exec(rows)
    ]
