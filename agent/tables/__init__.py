"""Rows and enums, one noun a file. No I/O happens here."""

from agent.tables.audit import AuditEvent
from agent.tables.author import Author, Basis, Cadence, Consent, Pause, Publish, Rest, Scope
from agent.tables.blob import Blob, Copy, Erasure
from agent.tables.edition import Delivery, Edition, Head
from agent.tables.flag import CheckRun, Flag, Level
from agent.tables.invitation import Arm, ContextBlock, Family, Invitation, PromptVersion
from agent.tables.ledger import LedgerEntry
from agent.tables.notebook import Draft, Note, Strike
from agent.tables.piece import Assent, Kind, Piece, Rendering, Revision, Submission
from agent.tables.publication import Confirmation, Correction, Publication, Reinstatement, Withdrawal, WithdrawnBy
from agent.tables.reading import Entry, Feed, Following, Showing, Unfollowing
from agent.tables.review import Appeal, Review, Ruling, Verdict, Veto
from agent.tables.session import Call, Cancellation, Outcome, Paid, Role, Tally, Turn, WritingSession
from agent.tables.slot import Purpose, Slot
from agent.tables.user import DeskSession, User
from agent.tables.wish import Asks, Drop, Interest, Moot, Request, Want, Wish, WishAnswer

__all__ = [
    "Appeal",
    "Arm",
    "Asks",
    "Assent",
    "AuditEvent",
    "Author",
    "Basis",
    "Blob",
    "Cadence",
    "Call",
    "Cancellation",
    "CheckRun",
    "Confirmation",
    "Consent",
    "ContextBlock",
    "Copy",
    "Correction",
    "Delivery",
    "DeskSession",
    "Draft",
    "Drop",
    "Edition",
    "Entry",
    "Erasure",
    "Family",
    "Feed",
    "Flag",
    "Following",
    "Head",
    "Interest",
    "Invitation",
    "Kind",
    "LedgerEntry",
    "Level",
    "Moot",
    "Note",
    "Outcome",
    "Paid",
    "Pause",
    "Piece",
    "PromptVersion",
    "Publication",
    "Publish",
    "Purpose",
    "Reinstatement",
    "Rendering",
    "Request",
    "Rest",
    "Review",
    "Revision",
    "Role",
    "Ruling",
    "Scope",
    "Showing",
    "Slot",
    "Strike",
    "Submission",
    "Tally",
    "Turn",
    "Unfollowing",
    "User",
    "Verdict",
    "Veto",
    "Want",
    "Wish",
    "WishAnswer",
    "Withdrawal",
    "WithdrawnBy",
    "WritingSession",
]
