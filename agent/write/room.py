"""What the tools of one turn work with: an author's own rows, in one transaction.

All calls of a turn and the turn that answers them are stored together, or not at all: so a crash
neither loses what a tool did nor does it twice. A tool never calls the world outside.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from agent.queries import consent_of, is_erased
from agent.record import keep
from agent.settings import AuthorSettings
from agent.tables import (
    Author,
    Blob,
    Consent,
    Draft,
    Interest,
    Note,
    Piece,
    Publish,
    Request,
    Revision,
    Submission,
    Turn,
    WritingSession,
)
from agent.write.ending import Work

NAMED_AT_MOST = 30
"""So many of its pieces an author is named that asks for one which is not there."""


class CannotDo(Exception):
    """An expected no of a tool, in words for the author."""


@dataclass
class Room:
    """One author's room, for the calls of one turn. `now` is aware and in UTC."""

    db: Session
    author: Author
    session: WritingSession
    turn: Turn
    settings: AuthorSettings
    now: datetime
    shown: set[int] = field(default_factory=set)
    """Blobs whose bytes the answers hold, so that an erasure reaches these, too."""
    entries: dict[int, bool] = field(default_factory=dict)
    """Entries that the answers show, and whether whole."""

    def keep(self, words: str) -> Blob:
        """Store the author's words exactly."""
        return keep(self.db, words.encode())

    def show(self, blob_id: int) -> str | None:
        """A blob's text, noted as shown in this turn; None where it was erased."""
        data = self.db.get_one(Blob, blob_id).data
        if data is None:
            return None
        self.shown.add(blob_id)
        return data.decode()

    def show_entry(self, entry_id: int, *, whole: bool) -> None:
        """Note that an entry is shown in this turn. Shown in two ways, it was shown whole."""
        self.entries[entry_id] = whole or self.entries.get(entry_id, False)

    def submit(self, work: Work) -> Submission:
        """Take a work in. It goes to the reviewers when the sitting ends."""
        text = self.keep(work.text)
        submission = Submission(
            session_id=self.session.id,
            turn_id=self.turn.id,
            kind=work.kind,
            piece_id=work.piece_id,
            about_id=work.about_id,
            text_blob_id=text.id,
            record_blob_id=keep(self.db, work.record(text.sha256).bytes).id,
            with_form=work.with_form,
            at=self.now,
        )
        self.db.add(submission)
        self.db.flush()
        return submission

    def consent(self) -> Publish | None:
        """What the author says about being published, a request of this very turn included."""
        asked = select(Request.publish).where(
            Request.author_id == self.author.id,
            col(Request.publish).is_not(None),
            col(Request.id).not_in(select(Consent.request_id).where(col(Consent.request_id).is_not(None))),
        )
        if (said := self.db.exec(asked.order_by(col(Request.id).desc())).first()) is not None:
            return Publish(said)
        holds = consent_of(self.db, self.author.id)
        return holds.publish if holds else None

    def own(self, piece: int) -> Revision:
        """The newest revision of a piece of this author's that was not erased. Raises CannotDo."""
        mine = select(Revision).join(Piece).where(Piece.author_id == self.author.id)
        newest = self.db.exec(mine.where(Piece.id == piece).order_by(col(Revision.number).desc())).first()
        if newest is None:
            pieces = select(Piece.id).where(Piece.author_id == self.author.id).order_by(col(Piece.id).desc())
            numbers = list(self.db.exec(pieces.limit(NAMED_AT_MOST)))[::-1]
            named = f"Your pieces are: {', '.join(map(str, numbers))}." if numbers else "You have no pieces yet."
            raise CannotDo(f"You have no piece {piece}. {named}")
        if is_erased(self.db, newest):
            raise CannotDo(f"Piece {piece} was erased, so nothing can be done about it any more.")
        return newest

    def next_number(self, table: type[Note] | type[Draft] | type[Interest]) -> int:
        """The next number of this author's own."""
        newest = select(func.max(table.number)).where(table.author_id == self.author.id)
        return (self.db.exec(newest).one() or 0) + 1
