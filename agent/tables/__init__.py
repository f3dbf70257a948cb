"""Rows and enums, one noun a file. No I/O happens here."""

from agent.tables.audit import AuditEvent
from agent.tables.author import Author, Basis, Cadence, Consent, Pause, Publish
from agent.tables.blob import Blob, Erasure
from agent.tables.edition import Edition
from agent.tables.flag import CheckRun, Flag, Level
from agent.tables.invitation import ContextBlock, Invitation, PromptVersion
from agent.tables.ledger import LedgerEntry
from agent.tables.piece import Kind, Piece, Rendering, Revision
from agent.tables.publication import Confirmation, Publication, Reinstatement, Withdrawal, WithdrawnBy
from agent.tables.review import Review, Verdict, Veto
from agent.tables.session import Call, Outcome, Paid, Role, Turn, WritingSession
from agent.tables.slot import Slot
from agent.tables.user import DeskSession, User

__all__ = [
    "AuditEvent",
    "Author",
    "Basis",
    "Blob",
    "Cadence",
    "Call",
    "CheckRun",
    "Confirmation",
    "Consent",
    "ContextBlock",
    "DeskSession",
    "Edition",
    "Erasure",
    "Flag",
    "Invitation",
    "Kind",
    "LedgerEntry",
    "Level",
    "Outcome",
    "Paid",
    "Pause",
    "Piece",
    "PromptVersion",
    "Publication",
    "Publish",
    "Reinstatement",
    "Rendering",
    "Review",
    "Revision",
    "Role",
    "Slot",
    "Turn",
    "User",
    "Verdict",
    "Veto",
    "Withdrawal",
    "WithdrawnBy",
    "WritingSession",
]
