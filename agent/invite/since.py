"""What has happened to an author since it last answered, read from the rows: its own alone."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import false, true
from sqlmodel import Session, col, func, select

from agent import reading
from agent.consent import awaiting
from agent.fences import one_line, quoted
from agent.invite.news import (
    Answered,
    Arrived,
    Dated,
    Fruitless,
    Held,
    Lost,
    Named,
    News,
    Noted,
    Objection,
    Ruled,
    Stopped,
    TakenDown,
    Vetoed,
)
from agent.queries import consent_of, is_erased, is_taken_back, newest_number, reviews_of, today_of
from agent.record import Record, shown_title
from agent.tables import (
    Appeal,
    Assent,
    AuditEvent,
    Author,
    Basis,
    Blob,
    Cancellation,
    Confirmation,
    Correction,
    Entry,
    Erasure,
    Feed,
    Following,
    Invitation,
    Moot,
    Outcome,
    Piece,
    Publication,
    Publish,
    Purpose,
    Reinstatement,
    Request,
    Rest,
    Revision,
    Role,
    Ruling,
    Scope,
    Slot,
    Turn,
    Unfollowing,
    Verdict,
    Veto,
    Want,
    Wish,
    WishAnswer,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)

EXCERPT = 600
"""So many characters of a passage, or of the author's own words, are told again."""


def last_answered(db: Session, author_id: int) -> datetime | None:
    """When the invitation was made that the author last answered. What had happened by then, it was told."""
    answers = (
        select(Invitation.at)
        .select_from(Invitation)
        .join(Slot, col(Slot.id) == Invitation.slot_id)
        .join(WritingSession, col(WritingSession.invitation_id) == Invitation.id)
        .join(Turn, col(Turn.session_id) == WritingSession.id)
        # An interview tells no news.
        .where(Invitation.author_id == author_id, col(Slot.purpose) == Purpose.WRITING)
        # Where the service refused, nobody knows whether the author read a word.
        .where(col(Turn.role) == Role.AUTHOR, col(Turn.stop_reason).is_distinct_from("refusal"))
    )
    return db.exec(answers.order_by(col(Invitation.id).desc())).first()


def news(db: Session, author: Author, since: datetime | None, now: datetime) -> News:
    """What has happened to an author since that moment, or ever, and what holds now."""
    told = _Told(db, author.id, since)
    consent = told.consent()
    return News(
        since=since.date() if since else None,
        published=told.published(),
        vetoed=told.vetoed(),
        ruled=told.ruled(),
        taken_down=told.taken_down(),
        returned=told.returned(),
        noted=told.noted(),
        erased=told.erased(),
        fruitless=told.fruitless(),
        answered=told.answered(),
        arrived=told.arrived(),
        lost=told.lost(),
        stopped=told.stopped(),
        failed=told.failed(),
        rested_until=told.rested_until(now),
        consent=consent,
        waiting=told.waiting() if consent and consent.publish is Publish.ASK else (),
        quotes=frozenset(told.quotes),
    )


@dataclass
class _Told:
    """Reads the rows of one author, and remembers whose bytes were quoted."""

    db: Session
    author_id: int
    since: datetime | None
    quotes: set[int] = field(default_factory=set)

    def published(self) -> tuple[Dated, ...]:
        rows = (
            select(Publication, Revision)
            .select_from(Publication)
            .join(Revision, col(Revision.id) == Publication.revision_id)
            .where(self._of_mine(), self._after(Publication.at))
        )
        found = self.db.exec(rows.order_by(col(Publication.id)))
        return tuple(Dated(self._named(revision), publication.at.date()) for publication, revision in found)

    def vetoed(self) -> tuple[Vetoed, ...]:
        """Vetoes that stand: one that was overturned is told with its ruling."""
        rows = (
            select(Veto, Revision, Appeal.id, Ruling.overturned)
            .select_from(Veto)
            .join(Revision, col(Revision.id) == Veto.revision_id)
            .join(Appeal, col(Appeal.revision_id) == Revision.id, isouter=True)
            .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
            .where(self._of_mine(), self._after(Veto.at))
        )
        return tuple(
            Vetoed(
                what=self._named(revision),
                on=veto.at.date(),
                ground=veto.ground,
                objections=self._objections(revision),
                is_open=appeal is None and self._is_open(revision),
                appealed=appeal is not None,
            )
            for veto, revision, appeal, overturned in self.db.exec(rows.order_by(col(Veto.id)))
            if not overturned
        )

    def _is_open(self, revision: Revision) -> bool:
        """Whether it is what the author last said, and still there."""
        newest = newest_number(self.db, revision.piece_id) == revision.number
        return newest and not is_taken_back(self.db, revision) and not is_erased(self.db, revision)

    def _objections(self, revision: Revision) -> tuple[Objection, ...]:
        """What those wrote whose latest verdict is a veto. Their names are not told."""
        latest = {review.reviewer: review for review in reviews_of(self.db, revision.id)}
        text = self._words(revision.text_blob_id) or ""
        return tuple(
            Objection(quoted(review.reason), quoted(text[review.start : review.end], EXCERPT))
            for review in latest.values()
            if review.verdict is Verdict.VETO
        )

    def ruled(self) -> tuple[Ruled, ...]:
        rows = (
            select(Ruling, Revision)
            .select_from(Ruling)
            .join(Appeal, col(Appeal.id) == Ruling.appeal_id)
            .join(Revision, col(Revision.id) == Appeal.revision_id)
            .where(self._of_mine(), self._after(Ruling.at))
        )
        return tuple(
            Ruled(self._named(revision), ruling.overturned, quoted(ruling.reason))
            for ruling, revision in self.db.exec(rows.order_by(col(Ruling.id)))
        )

    def taken_down(self) -> tuple[TakenDown, ...]:
        """By staff, from when it took effect; an urgent one once more when a second person agreed."""
        rows = (
            select(Withdrawal, Confirmation.at)
            .select_from(Withdrawal)
            .join(Piece, col(Piece.id) == Withdrawal.piece_id)
            .join(Confirmation, col(Confirmation.withdrawal_id) == Withdrawal.id, isouter=True)
            .where(Piece.author_id == self.author_id, col(Withdrawal.by) != WithdrawnBy.AUTHOR)
            .where((col(Withdrawal.by) == WithdrawnBy.URGENT) | col(Confirmation.id).is_not(None))
            .where(self._after(func.coalesce(Confirmation.at, Withdrawal.at)))
        )
        return tuple(
            TakenDown(
                what=self._reached(withdrawal),
                on=(withdrawal.at if withdrawal.by is WithdrawnBy.URGENT else agreed or withdrawal.at).date(),
                ground=withdrawal.ground,
                reason=quoted(withdrawal.reason),
                by_two=agreed is not None,
            )
            for withdrawal, agreed in self.db.exec(rows.order_by(col(Withdrawal.id)))
        )

    def returned(self) -> tuple[Dated, ...]:
        """What one person had taken down, and no second agreed in time."""
        rows = (
            select(Withdrawal, Reinstatement.at)
            .select_from(Reinstatement)
            .join(Withdrawal, col(Withdrawal.id) == Reinstatement.withdrawal_id)
            .join(Piece, col(Piece.id) == Withdrawal.piece_id)
            .where(Piece.author_id == self.author_id, self._after(Reinstatement.at))
        )
        found = self.db.exec(rows.order_by(col(Reinstatement.id)))
        return tuple(Dated(self._reached(withdrawal), at.date()) for withdrawal, at in found)

    def noted(self) -> tuple[Noted, ...]:
        """Corrections that the staff set beside a piece, each with the text that it is about."""
        rows = (
            select(Correction, Revision)
            .select_from(Correction)
            .join(Revision, col(Revision.piece_id) == Correction.piece_id)
            .where(col(Revision.number) == Correction.revision_number)
            .where(self._of_mine(), self._after(Correction.at))
        )
        return tuple(
            Noted(self._named(revision), note.at.date(), quoted(self._words(note.blob_id) or ""))
            for note, revision in self.db.exec(rows.order_by(col(Correction.id)))
        )

    def erased(self) -> tuple[tuple[int, date], ...]:
        """By the piece's number: nothing else is left of it."""
        rows = (
            select(Revision.piece_id, func.max(Erasure.at))
            .select_from(Erasure)
            .join(Revision, col(Revision.text_blob_id) == Erasure.blob_id)
            .where(self._of_mine(), self._after(Erasure.at))
            .group_by(col(Revision.piece_id))
        )
        return tuple((piece, at.date()) for piece, at in self.db.exec(rows.order_by(col(Revision.piece_id))))

    def fruitless(self) -> tuple[Fruitless, ...]:
        rows = (
            select(Moot, Request)
            .select_from(Moot)
            .join(Request, col(Request.id) == Moot.request_id)
            .where(Request.author_id == self.author_id, self._after(Moot.at))
        )
        return tuple(
            Fruitless(request.asks, request.at.date(), one_line(moot.why))
            for moot, request in self.db.exec(rows.order_by(col(Moot.id)))
        )

    def answered(self) -> tuple[Answered, ...]:
        rows = (
            select(WishAnswer, Wish)
            .select_from(WishAnswer)
            .join(Wish, col(Wish.id) == WishAnswer.wish_id)
            .where(Wish.author_id == self.author_id, self._after(WishAnswer.at))
        )
        return tuple(
            Answered(
                want=wish.want,
                url=_address(wish),
                until=wish.until,
                asked=quoted(self._words(wish.blob_id) or "", EXCERPT),
                granted=answer.granted,
                answer=quoted(answer.words),
            )
            for answer, wish in self.db.exec(rows.order_by(col(WishAnswer.id)))
        )

    def arrived(self) -> tuple[Arrived, ...]:
        """Pages that were granted and came, or were given up."""
        rows = (
            select(Wish, Entry)
            .select_from(Wish)
            .join(WishAnswer, col(WishAnswer.wish_id) == Wish.id)
            .join(Entry, col(Entry.wish_id) == Wish.id, isouter=True)
            .where(Wish.author_id == self.author_id, col(Wish.want) == Want.PAGE, col(WishAnswer.granted).is_(True))
            .where(col(Entry.id).is_(None) | self._after(Entry.at))
        )
        return tuple(
            Arrived(_address(wish), one_line(page.title or page.link, 120) if page is not None else None)
            for wish, page in self.db.exec(rows.order_by(col(Wish.id)))
            if page is not None or self._was_given_up(wish)
        )

    def _was_given_up(self, wish: Wish) -> bool:
        if not reading.is_given_up(self.db, wish.id):
            return False
        tried = select(AuditEvent.id).where(AuditEvent.action == "page_failed", AuditEvent.subject == f"wish {wish.id}")
        return self.db.exec(tried.where(self._after(AuditEvent.at))).first() is not None

    def lost(self) -> tuple[Lost, ...]:
        """Feeds that the staff took from the reading list, and feeds on it that are gone for good. Of one that was
        put there and taken away again before the author could see it there is nothing to tell."""
        follows = {feed.id: feed for feed in reading.reading_list(self.db, self.author_id)}
        ended = (
            select(Unfollowing, Feed)
            .select_from(Unfollowing)
            .join(Following, col(Following.id) == Unfollowing.following_id)
            .join(Feed, col(Feed.id) == Following.feed_id)
            .where(Following.author_id == self.author_id, col(Unfollowing.actor) != "")
            .where(self._after(Unfollowing.at), col(Following.wish_id).is_not(None) | self._before(Following.at))
            .order_by(col(Unfollowing.id))
        )
        taken = {feed.id: (feed, act) for act, feed in self.db.exec(ended) if feed.id not in follows}
        gone = [
            Lost(*_feed(feed), feed.gone_at.date(), gone=True)
            for feed in follows.values()
            if feed.gone_at is not None and (self.since is None or feed.gone_at >= self.since)
        ]
        return (*(Lost(*_feed(feed), act.at.date(), reason=quoted(act.reason)) for feed, act in taken.values()), *gone)

    def stopped(self) -> tuple[Stopped, ...]:
        """Sessions that the staff broke off, and why. Who it was is not told. Where the author had come to its own
        end by then, nothing was broken off."""
        asked = select(Assent.id).join(Turn).where(col(Turn.session_id) == col(WritingSession.id))
        in_between = (col(WritingSession.outcome) == Outcome.FAILED) | (
            col(WritingSession.chosen).is_not(None) & ~asked.exists()
        )
        rows = (
            select(Cancellation.reason, WritingSession.ended_at)
            .select_from(Cancellation)
            .join(WritingSession, col(WritingSession.id) == Cancellation.session_id)
            .where(WritingSession.author_id == self.author_id, in_between, self._after(WritingSession.ended_at))
        )
        found = self.db.exec(rows.order_by(col(Cancellation.id)))
        return tuple(Stopped(at.date(), quoted(reason)) for reason, at in found if at is not None)

    def failed(self) -> tuple[date, ...]:
        """The days of sessions that ended by our fault: not of those that the staff stopped."""
        ended = select(WritingSession.ended_at).where(
            WritingSession.author_id == self.author_id,
            col(WritingSession.outcome) == Outcome.FAILED,
            col(WritingSession.id).not_in(select(Cancellation.session_id)),
        )
        found = self.db.exec(ended.where(self._after(WritingSession.ended_at)))
        return tuple(sorted({at.date() for at in found if at is not None}))

    def rested_until(self, now: datetime) -> date | None:
        """The day on which the latest rest came to its end, where it did since."""
        rests = select(Rest).where(Rest.author_id == self.author_id).order_by(col(Rest.id).desc())
        latest = self.db.exec(rests).first()
        if latest is None or latest.until > today_of(self.db, self.author_id, now):
            return None
        told = self.since is not None and latest.until <= today_of(self.db, self.author_id, self.since)
        return None if told else latest.until

    def consent(self) -> Held | None:
        holds = consent_of(self.db, self.author_id)
        if holds is None:
            return Held(None)
        if holds.publish is Publish.YES:
            return None
        stays = holds.publish is Publish.NO and holds.scope is Scope.NEW
        return Held(holds.publish, holds.at.date(), holds.basis is Basis.DECLARED, stays)

    def waiting(self) -> tuple[Named, ...]:
        named = (self._named(revision) for revision in awaiting(self.db, self.author_id))
        return tuple(what for what in named if what.title is not None)

    def _of_mine(self) -> Any:
        """What is true of a revision of this author's."""
        return col(Revision.piece_id).in_(select(Piece.id).where(Piece.author_id == self.author_id))

    def _after(self, moment: Any) -> Any:
        """What is true of a row since then. The moment itself counts: told twice is better than never."""
        return true() if self.since is None else moment >= self.since

    def _before(self, moment: Any) -> Any:
        """What is true of a row that the author could see when it was last here."""
        return false() if self.since is None else moment <= self.since

    def _named(self, revision: Revision) -> Named:
        kind = self.db.get_one(Piece, revision.piece_id).kind
        record, text = self._words(revision.record_blob_id), self._words(revision.text_blob_id)
        title = None
        if record is not None and text is not None:
            title = one_line(shown_title(Record.model_validate_json(record).title, text))
        return Named(revision.piece_id, revision.number, kind, title)

    def _reached(self, withdrawal: Withdrawal) -> Named:
        """The piece by the newest revision that a withdrawal reaches."""
        reached = select(Revision).where(
            Revision.piece_id == withdrawal.piece_id, col(Revision.number) <= withdrawal.upto
        )
        return self._named(self.db.exec(reached.order_by(col(Revision.number).desc()).limit(1)).one())

    def _words(self, blob_id: int) -> str | None:
        """A blob's text, noted as quoted; None where it was erased."""
        data = self.db.get_one(Blob, blob_id).data
        if data is None:
            return None
        self.quotes.add(blob_id)
        return data.decode()


def _feed(feed: Feed) -> tuple[str, str]:
    """A feed by its name and its address."""
    return one_line(feed.title, 120), one_line(reading.shown(feed.url))


def _address(wish: Wish) -> str:
    return one_line(reading.shown(wish.url))
