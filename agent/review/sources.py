"""Where acts stand: one source for each kind of row that somebody's act left. They are read together in acts.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Null, Select, and_, case, literal, null, or_, true
from sqlalchemy import select as choose
from sqlmodel import SQLModel, col

from agent.tables import (
    Appeal,
    Appointment,
    AuditEvent,
    Author,
    Basis,
    Blob,
    Cancellation,
    Confirmation,
    Consent,
    Correction,
    Erasure,
    ErasureAnswer,
    ErasureProposal,
    Feedback,
    Flag,
    Pause,
    Piece,
    Publication,
    Reinstatement,
    Resolution,
    Review,
    Revision,
    Ruling,
    SecondLook,
    Undo,
    User,
    Veto,
    WishAnswer,
    Withdrawal,
)

OUTLET = "outlet"
SIGNED_IN, SIGN_IN_FAILED, UNMASKED = "signed_in", "sign_in_failed", "unmasked"
SESSIONS_ENDED = "sessions_ended"
NOTED = {
    "author_changed": "author changed",
    "build_failed": "no edition could be made",
    "bytes_gone": "erased bytes are gone",
    "bytes_left": "erased bytes are left",
    "delivery_failed": "not delivered",
    "email_set": "e-mail address set",
    "failed": "session failed",
    "feed_failed": "feed not read",
    "held_back": "waits",
    "link_made": "one-time link made",
    "page_failed": "page not read",
    "password_set": "password set",
    "probed": "author asked again, and cannot be called",
    "probing": "author asked again",
    "returned": "author can be called again",
    "second_factor_off": "second factor taken off",
    "second_factor_on": "second factor set",
    SESSIONS_ENDED: "signed out everywhere",
    "token_made": "token made",
    "token_revoked": "token ended",
}
"""What is noted, in words; any other action is told by its own."""


class What(StrEnum):
    """What was done: a closed list."""

    SENT = "sent"
    VERDICT = "verdict"
    UNDONE = "undone"
    DECIDED = "decided"
    PUBLISHED = "published"
    HELD_BACK = "held back"
    APPEALED = "appealed"
    RULED = "ruled"
    WITHDRAWAL = "withdrawal"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    CORRECTED = "corrected"
    PROPOSED = "erasure proposed"
    ANSWERED = "erasure answered"
    ERASED = "erased"
    FEEDBACK = "feedback"
    SECOND_LOOK = "second look"
    WISH = "wish answered"
    CONSENT = "consent"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "session stopped"
    APPOINTED = "appointed"
    SIGNED_IN = "signed in"
    SIGN_IN_FAILED = "sign-in failed"
    UNMASKED = "unmasked"
    NOTED = "noted"


def _is_one_of(column: Any) -> Callable[[str], ColumnElement[bool]]:
    """Whether a name is among those that a column lists: "ada, ben"."""

    def is_among(name: str) -> ColumnElement[bool]:
        first, last = (
            col(column).startswith(f"{name}, ", autoescape=True),
            col(column).endswith(f", {name}", autoescape=True),
        )
        return or_(col(column) == name, first, last)

    return is_among


@dataclass(frozen=True)
class Source:
    """One kind of row. `along` are the tables joined to it, each with its condition; `more` is what else `say` needs
    to put its particulars in words."""

    what: What
    table: type[SQLModel]
    who: Any
    along: tuple[tuple[type[SQLModel], Any], ...] = ()
    piece: Any = None
    revision: Any = field(default_factory=null)
    hash: Any = field(default_factory=null)
    said: Any = field(default_factory=lambda: literal(""))
    ground: Any = field(default_factory=lambda: literal(""))
    words: Any = field(default_factory=lambda: literal(""))
    more: Any = field(default_factory=null)
    only: ColumnElement[bool] = field(default_factory=true)
    by: Callable[[str], ColumnElement[bool]] | None = None
    """Whether it is of somebody's: otherwise `who` must be the name."""
    tells_veto: bool = False
    """Its ground and words are for those who gave a verdict themselves, until it is decided."""
    tells_place: bool = False
    """From where somebody came: for that one and for administrators."""

    @property
    def at(self) -> Any:
        """When."""
        return col(self.table.at)  # type: ignore[attr-defined]

    @property
    def id(self) -> Any:
        """The row's own number."""
        return col(self.table.id)  # type: ignore[attr-defined]

    @property
    def is_of_a_revision(self) -> bool:
        """Whether it is about one revision, rather than about a piece as a whole."""
        return not isinstance(self.revision, Null)

    @cached_property
    def rows(self) -> Select[Any]:
        """All its acts: at, id, who, piece, revision, hash, said, ground, words, more."""
        piece = null() if self.piece is None else self.piece
        columns = (self.who, piece, self.revision, self.hash, self.said, self.ground, self.words, self.more)
        chosen = choose(self.at, self.id, *columns).select_from(self.table)
        for table, on in self.along:
            # A pause may be everyone's, and so have no author.
            chosen = chosen.join(table, on, isouter=self.table is Pause)
        return chosen.where(self.only)

    def of(self, name: str) -> ColumnElement[bool]:
        """The condition that an act is somebody's."""
        return self.by(name) if self.by else self.who == name


def _revision(on: Any) -> tuple[type[SQLModel], Any]:
    return (Revision, col(Revision.id) == on)


AUTHOR = (Author, col(Author.id) == col(Piece.author_id))
PIECE = (Piece, col(Piece.id) == col(Revision.piece_id))
OF: dict[str, Any] = {
    "piece": col(Revision.piece_id),
    "revision": col(Revision.id),
    "hash": col(Revision.record_sha256),
}
AUDIT: dict[str, Any] = {"table": AuditEvent, "words": col(AuditEvent.reason)}
SUBJECT: dict[str, Any] = {
    "who": col(AuditEvent.subject),
    "said": literal("from ") + col(AuditEvent.actor),
    "tells_place": True,
}


def _acted(action: str) -> ColumnElement[bool]:
    return col(AuditEvent.action) == action


SOURCES: tuple[Source, ...] = (
    Source(What.SENT, Revision, col(Author.slug), (PIECE, AUTHOR), **OF, said=col(Piece.kind)),
    Source(
        What.VERDICT,
        Review,
        col(Review.reviewer),
        (_revision(Review.revision_id),),
        piece=OF["piece"],
        revision=OF["revision"],
        hash=col(Review.record_sha256),
        said=col(Review.verdict),
        ground=col(Review.ground),
        words=col(Review.reason),
        more=col(Review.answers),
        tells_veto=True,
    ),
    Source(
        What.UNDONE,
        Undo,
        col(Undo.actor),
        ((Review, col(Review.id) == col(Undo.review_id)), _revision(Review.revision_id)),
        **OF,
        said=col(Review.verdict),
        words=col(Undo.reason),
        more=case((col(Undo.actor) == col(Review.reviewer), null()), else_=col(Review.reviewer)),
        by=lambda name: or_(col(Undo.actor) == name, col(Review.reviewer) == name),
    ),
    Source(
        What.DECIDED,
        Resolution,
        col(Review.reviewer),
        ((Review, col(Review.id) == col(Resolution.review_id)), _revision(Resolution.revision_id)),
        **OF,
        said=col(Resolution.verdict),
        ground=col(Resolution.ground),
        more=col(Resolution.due_at),
        tells_veto=True,
    ),
    Source(What.PUBLISHED, Publication, literal(OUTLET), (_revision(Publication.revision_id),), **OF),
    Source(
        What.HELD_BACK,
        Veto,
        literal(OUTLET),
        (_revision(Veto.revision_id),),
        **OF,
        ground=col(Veto.ground),
        tells_veto=True,
    ),
    Source(What.APPEALED, Appeal, col(Author.slug), (_revision(Appeal.revision_id), PIECE, AUTHOR), **OF),
    Source(
        What.RULED,
        Ruling,
        col(Ruling.reviewer),
        ((Appeal, col(Appeal.id) == col(Ruling.appeal_id)), _revision(Appeal.revision_id)),
        **OF,
        said=case((col(Ruling.overturned), "overturned"), else_="upheld"),
        words=col(Ruling.reason),
    ),
    Source(
        What.WITHDRAWAL,
        Withdrawal,
        col(Withdrawal.actor),
        piece=col(Withdrawal.piece_id),
        said=col(Withdrawal.by),
        ground=col(Withdrawal.ground),
        words=col(Withdrawal.reason),
    ),
    Source(
        What.CONFIRMED,
        Confirmation,
        col(Confirmation.actor),
        ((Withdrawal, col(Withdrawal.id) == col(Confirmation.withdrawal_id)),),
        piece=col(Withdrawal.piece_id),
        ground=col(Withdrawal.ground),
        words=col(Confirmation.reason),
    ),
    Source(
        What.RETURNED,
        Reinstatement,
        literal(OUTLET),
        ((Withdrawal, col(Withdrawal.id) == col(Reinstatement.withdrawal_id)),),
        piece=col(Withdrawal.piece_id),
    ),
    Source(
        What.CORRECTED,
        Correction,
        col(Correction.actor),
        ((Blob, col(Blob.id) == col(Correction.blob_id)),),
        piece=col(Correction.piece_id),
        hash=col(Blob.sha256),
        words=col(Blob.data),
    ),
    Source(
        What.PROPOSED,
        ErasureProposal,
        col(ErasureProposal.actor),
        piece=col(ErasureProposal.piece_id),
        said=case((col(ErasureProposal.correction_id).is_(None), "the piece"), else_="a correction"),
        words=col(ErasureProposal.reason),
    ),
    Source(
        What.ANSWERED,
        ErasureAnswer,
        col(ErasureAnswer.actor),
        ((ErasureProposal, col(ErasureProposal.id) == col(ErasureAnswer.proposal_id)),),
        piece=col(ErasureProposal.piece_id),
        said=case((col(ErasureAnswer.agreed), "agreed"), else_="declined"),
        words=col(ErasureAnswer.reason),
    ),
    # Dozens of blobs go with one piece; its texts and corrections stand for them.
    Source(
        What.ERASED,
        Erasure,
        col(Erasure.actor),
        ((Revision, col(Revision.text_blob_id) == col(Erasure.blob_id)),),
        **OF,
        words=col(Erasure.reason),
        by=_is_one_of(Erasure.actor),
    ),
    Source(
        What.ERASED,
        Erasure,
        col(Erasure.actor),
        (
            (Correction, col(Correction.blob_id) == col(Erasure.blob_id)),
            (Blob, col(Blob.id) == col(Erasure.blob_id)),
        ),
        piece=col(Correction.piece_id),
        hash=col(Blob.sha256),
        said=literal("a correction"),
        words=col(Erasure.reason),
        by=_is_one_of(Erasure.actor),
    ),
    Source(
        What.FEEDBACK,
        Feedback,
        col(Feedback.reviewer),
        ((Flag, col(Flag.id) == col(Feedback.flag_id)), _revision(Flag.revision_id)),
        **OF,
        said=col(Feedback.says),
        more=col(Flag.check),
    ),
    Source(
        What.SECOND_LOOK,
        SecondLook,
        col(SecondLook.reviewer),
        (_revision(SecondLook.revision_id),),
        **OF,
        said=col(SecondLook.verdict),
        ground=col(SecondLook.ground),
        words=col(SecondLook.reason),
    ),
    Source(
        What.WISH,
        WishAnswer,
        col(WishAnswer.actor),
        said=case(
            (col(WishAnswer.granted).is_(None), ""), (col(WishAnswer.granted).is_(True), "granted"), else_="refused"
        ),
        words=col(WishAnswer.words),
        more=col(WishAnswer.wish_id),
    ),
    Source(
        What.CONSENT,
        Consent,
        case((col(Consent.basis) == Basis.ASKED, col(Author.slug)), else_="operator"),
        ((Author, col(Author.id) == col(Consent.author_id)),),
        said=col(Consent.publish),
        words=case((col(Consent.basis) == Basis.ASKED, ""), else_=col(Consent.words)),
        more=col(Author.slug),
        by=lambda name: or_(
            col(Author.slug) == name, and_(col(Consent.basis) != Basis.ASKED, literal(name) == "operator")
        ),
    ),
    *(
        Source(
            what,
            Pause,
            col(Pause.actor),
            ((Author, col(Author.id) == col(Pause.author_id)),),
            said=case((col(Pause.author_id).is_(None), "everyone"), else_=col(Author.slug)),
            words=col(Pause.reason),
            only=col(Pause.paused).is_(paused),
            by=lambda name: or_(col(Pause.actor) == name, col(Author.slug) == name),
        )
        for what, paused in ((What.PAUSED, True), (What.RESUMED, False))
    ),
    Source(
        What.CANCELLED,
        Cancellation,
        col(Cancellation.actor),
        words=col(Cancellation.reason),
        more=col(Cancellation.session_id),
    ),
    Source(
        What.APPOINTED,
        Appointment,
        col(Appointment.actor),
        ((User, col(User.id) == col(Appointment.user_id)),),
        said=col(User.name),
        more=col(Appointment.roles),
        by=lambda name: or_(col(Appointment.actor) == name, col(User.name) == name),
    ),
    Source(What.SIGNED_IN, **AUDIT, **SUBJECT, only=_acted(SIGNED_IN)),
    Source(What.SIGN_IN_FAILED, **AUDIT, **SUBJECT, only=_acted(SIGN_IN_FAILED)),
    Source(What.UNMASKED, **AUDIT, who=col(AuditEvent.actor), said=col(AuditEvent.subject), only=_acted(UNMASKED)),
    Source(
        What.NOTED,
        **AUDIT,
        who=col(AuditEvent.actor),
        said=col(AuditEvent.subject),
        more=col(AuditEvent.action),
        only=col(AuditEvent.action).not_in((SIGNED_IN, SIGN_IN_FAILED, UNMASKED)),
        by=lambda name: or_(col(AuditEvent.actor) == name, col(AuditEvent.subject) == name),
    ),
)
