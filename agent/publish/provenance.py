"""The facts printed with each piece: who asked, in what words, what came back, who read it."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from agent.prompts import body_of
from agent.queries import transcript_sha256
from agent.record import commitment
from agent.tables import (
    Blob,
    ContextBlock,
    PromptVersion,
    Role,
    Turn,
)

PUBLIC_CONTEXT = "entry"
"""The one kind of context in which nothing is the author's own: only of it are source, title and hash told."""
WISHED = "wished"
"""An entry of a feed or a page that the author asked for. The address is made of its words, and what stands there
may repeat them: only the host is told."""
CUT = "max_tokens"
COMMITTED = "transcript_commitment"
"""What the ledger calls it. In format 1 the transcript's bare hash stood there."""

UNKNOWN_TOOL = "an unknown tool"
"""Stands for a name that was never laid out: what an author makes up there is no fact, and unreviewed."""


@dataclass(frozen=True)
class LaidOut:
    """One tool as an author was shown it; `schema` is JSON for people to read."""

    name: str
    description: str
    schema: str


@dataclass(frozen=True)
class Checked:
    """One check. With a `fault` it did not run, and is shown as "not checked"."""

    name: str
    version: str
    fault: str
    flags: int


def in_force(checks: Sequence[Checked]) -> list[Checked]:
    """Of all looks of the checks at one text, in order, those that hold: of each check the last at which it really
    looked, and after that the last at which it could not. So a check that failed and then looked is not called
    unchecked, and one that failed in a newer version is."""
    found: list[Checked] = []
    settled: set[str] = set()
    failed: set[str] = set()
    for check in reversed(checks):
        if check.name in settled or (check.fault and check.name in failed):
            continue
        (failed if check.fault else settled).add(check.name)
        found.append(check)
    return found[::-1]


@dataclass(frozen=True)
class Source:
    """Something laid beside the invitation. An entry by source and SHA-256 (hex); anything else may hold
    private words of the author and is known by its kind and a salted commitment alone, or, where the author
    wished for it, also by its host, which is its `source`."""

    kind: str
    source: str = ""
    title: str = ""
    sha256: str = ""
    commitment: str | None = None
    """None for an entry, and for what was erased."""

    @property
    def public(self) -> dict[str, str | None]:
        """What the ledger says of it."""
        if self.kind == PUBLIC_CONTEXT:
            return {"kind": self.kind, "source": self.source, "sha256": self.sha256}
        whence = {"host": self.source} if self.kind == WISHED else {}
        return {"kind": self.kind, **whence, "commitment": self.commitment}


@dataclass(frozen=True)
class Provenance:
    """How one revision came to be. Hashes are SHA-256 in hex, cost is in millionths of a dollar and
    None where a price is unknown, moments are aware and in UTC."""

    invitation: int
    prompt: str
    named: bool
    """An operator named the prompt; otherwise it was chosen by chance."""
    arm: str
    welcome: str
    words: str
    prompts: list[tuple[str, str]]
    """Name and hash of each prompt version, that of the tools last."""
    context: list[Source]
    model_id: str
    returned_model_id: str
    answers: int
    tools: list[str]
    """The tools it called, in order, each by a name that was laid out, or else as an unknown one."""
    left_out: int
    """So many parts of the conversation were left out of a request, because it would not have fitted."""
    continued: int
    """So often a reply reached its longest length and went on in the next."""
    with_form: bool
    stop_reason: str
    input_tokens: int
    output_tokens: int
    cost: int | None
    asked_at: datetime
    received_at: datetime
    reviewed_at: datetime | None
    published_at: datetime | None
    checks: list[Checked]
    reviewers: int
    vetoes: int
    overturned: bool
    """The vetoes were overturned when the author appealed."""
    by_demo: bool
    """A verdict was given by the reviewer that stands for nobody."""
    consent_publish: str
    consent_at: datetime | None
    consent_words: str
    """The operator's, where it declared the consent. An author's own words are never here."""
    consent_declared: bool
    """Declared by the operator; the author was not asked."""
    assent: bool | None
    """What the author said when it was asked about this very text, if it was."""
    assent_at: datetime | None
    revision: int
    text_sha256: str
    record_sha256: str
    transcript_commitment: str | None
    """As the ledger has it; None where the transcript was erased before."""
    ledger_lines: list[int]
    """The lines of the ledger that speak of it, from 1."""


def context_of(db: Session, invitation_id: int) -> list[Source]:
    """What was laid beside an invitation, in order."""
    return contexts_of(db, [invitation_id])[invitation_id]


def contexts_of(db: Session, invitations: Collection[int]) -> dict[int, list[Source]]:
    """The same of many invitations."""
    rows = db.connection().execute(_BESIDE.where(col(ContextBlock.invitation_id).in_(invitations))).all()
    found: dict[int, list[Source]] = defaultdict(list)
    for block in rows:
        if block.kind == PUBLIC_CONTEXT:
            source = Source(block.kind, block.source, block.title, block.sha256)
        else:
            whence = block.source if block.kind == WISHED else ""
            source = Source(
                block.kind, whence, commitment=None if block.salt is None else commitment(block.salt, block.sha256)
            )
        found[block.invitation_id].append(source)
    return found


_BESIDE: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(ContextBlock.invitation_id),
        col(ContextBlock.kind),
        col(ContextBlock.source),
        col(ContextBlock.title),
        col(ContextBlock.sha256),
        col(Blob.salt),
    )
    .join(Blob, col(Blob.id) == ContextBlock.blob_id)
    .order_by(col(ContextBlock.number))
)


def commit(db: Session, blob_id: int, digest: str) -> str | None:
    """A public commitment to a SHA-256 (hex), under the salt of a blob; None where that was erased."""
    salt = db.get_one(Blob, blob_id).salt
    return None if salt is None else commitment(salt, digest)


def transcript_commitment(db: Session, session_id: int) -> str | None:
    """A public commitment to a session's transcript; None where it was erased, or its author said nothing.

    The transcript holds private words, which a bare hash would let anybody guess. The salt is that of the author's
    first turn, which is never shown: that of a record is, once it is published.
    """
    said = select(Turn.blob_id).where(Turn.session_id == session_id, Turn.role == Role.AUTHOR)
    first = db.exec(said.order_by(col(Turn.number))).first()
    return None if first is None else commit(db, first, transcript_sha256(db, session_id))


def toolbox(db: Session, sha256: str) -> list[LaidOut]:
    """The tools of one prompt version, in order; none where a session had no tools."""
    return laid_out(db.get_one(PromptVersion, sha256).body) if sha256 else []


def laid_out(source: str) -> list[LaidOut]:
    """Read the tools out of a prompt version: below the front matter stands the JSON list of the
    Messages API."""
    return list(_laid_out(source))


@cache
def _laid_out(source: str) -> tuple[LaidOut, ...]:
    """The same, read once: a version never changes, and every piece asks."""
    return tuple(
        LaidOut(tool["name"], tool["description"], json.dumps(tool["input_schema"], indent=2, ensure_ascii=False))
        for tool in json.loads(body_of(source))
    )
