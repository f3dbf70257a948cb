"""Rows and enums, one noun a file. No I/O happens here."""

from agent.tables.audit import AuditEvent
from agent.tables.author import Author, Basis, Cadence, Consent, Pause, Publish, Rest, Scope
from agent.tables.blob import Blob, Copy, Erasure, ErasureAnswer, ErasureProposal
from agent.tables.docket import Claim, Docket, Presence, Shingle, Skip
from agent.tables.edition import Delivery, Edition, Head
from agent.tables.flag import CheckRun, Feedback, Fingerprint, Flag, Judgement, Kept, Level, Says, ShadowFlag
from agent.tables.invitation import Arm, ContextBlock, Family, Invitation, PromptVersion
from agent.tables.ledger import LedgerEntry
from agent.tables.notebook import Draft, Note, Strike
from agent.tables.notification import Notification
from agent.tables.piece import Assent, Kind, Piece, Rendering, Revision, Submission
from agent.tables.publication import Confirmation, Correction, Publication, Reinstatement, Withdrawal, WithdrawnBy
from agent.tables.reading import Entry, Feed, Following, Showing, Unfollowing
from agent.tables.review import Appeal, Resolution, Review, Ruling, SecondLook, Undo, Verdict, Veto
from agent.tables.session import Call, Cancellation, Outcome, Paid, Role, Tally, Turn, WritingSession
from agent.tables.slot import OpenSlot, Purpose, Slot
from agent.tables.user import ApiToken, Appointment, DeskSession, Hears, OneTimeLink, SavedView, StaffRole, User
from agent.tables.wish import Asks, Drop, Interest, Moot, Request, Want, Wish, WishAnswer

__all__ = [
    "ApiToken",
    "Appeal",
    "Appointment",
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
    "Claim",
    "Confirmation",
    "Consent",
    "ContextBlock",
    "Copy",
    "Correction",
    "Delivery",
    "DeskSession",
    "Docket",
    "Draft",
    "Drop",
    "Edition",
    "Entry",
    "Erasure",
    "ErasureAnswer",
    "ErasureProposal",
    "Family",
    "Feed",
    "Feedback",
    "Fingerprint",
    "Flag",
    "Following",
    "Head",
    "Hears",
    "Interest",
    "Invitation",
    "Judgement",
    "Kept",
    "Kind",
    "LedgerEntry",
    "Level",
    "Moot",
    "Note",
    "Notification",
    "OneTimeLink",
    "OpenSlot",
    "Outcome",
    "Paid",
    "Pause",
    "Piece",
    "Presence",
    "PromptVersion",
    "Publication",
    "Publish",
    "Purpose",
    "Reinstatement",
    "Rendering",
    "Request",
    "Resolution",
    "Rest",
    "Review",
    "Revision",
    "Role",
    "Ruling",
    "SavedView",
    "Says",
    "Scope",
    "SecondLook",
    "ShadowFlag",
    "Shingle",
    "Showing",
    "Skip",
    "Slot",
    "StaffRole",
    "Strike",
    "Submission",
    "Tally",
    "Turn",
    "Undo",
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
