"""The facts printed with each piece: who asked, in what words, what came back, who read it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent.queries import consent_of, transcript_sha256
from agent.tables import (
    Author,
    Basis,
    Blob,
    CheckRun,
    Consent,
    ContextBlock,
    Flag,
    Invitation,
    LedgerEntry,
    PromptVersion,
    Publication,
    Review,
    Revision,
    Role,
    Turn,
    Verdict,
    WritingSession,
)


@dataclass(frozen=True)
class Checked:
    """One check. With a `fault` it did not run, and is shown as "not checked"."""

    name: str
    version: str
    fault: str
    flags: int


@dataclass(frozen=True)
class Source:
    """Something laid beside the invitation, by source and SHA-256 (hex)."""

    kind: str
    source: str
    title: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """How one revision came to be. Hashes are SHA-256 in hex, cost is in millionths of a dollar and
    None where a price is unknown, moments are aware and in UTC."""

    invitation: int
    prompt: str
    arm: str
    welcome: str
    words: str
    prompts: list[tuple[str, str]]
    """Name and hash of each prompt version."""
    context: list[Source]
    model_id: str
    returned_model_id: str
    answers: int
    tools: list[str]
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
    consent_publish: str
    consent_words: str
    consent_declared: bool
    """Declared by the operator; the author was not asked."""
    revision: int
    text_sha256: str
    record_sha256: str
    transcript_sha256: str
    ledger_lines: list[int]
    """The lines of the ledger that speak of it, from 1."""


def provenance(db: Session, revision: Revision) -> Provenance:
    """Gather the facts of one revision, published or not."""
    session = db.get_one(WritingSession, revision.session_id)
    invitation = db.get_one(Invitation, session.invitation_id)
    author = db.get_one(Author, session.author_id)
    turns = db.exec(
        select(Turn, Blob.data)
        .where(Blob.id == Turn.blob_id)
        .where(Turn.session_id == session.id, Turn.role == Role.AUTHOR)
        .order_by(col(Turn.number))
    ).all()
    costs = [turn.cost for turn, _ in turns]
    reviews = db.exec(select(Review).where(Review.revision_id == revision.id).order_by(col(Review.id))).all()
    publication = db.exec(select(Publication).where(Publication.revision_id == revision.id)).first()
    consent: Consent | None = consent_of(db, author.id)
    return Provenance(
        invitation=invitation.id,
        prompt=invitation.prompt,
        arm=invitation.arm,
        welcome=invitation.welcome,
        words=invitation.words,
        prompts=[(db.get_one(PromptVersion, sha).name, sha) for sha in invitation.prompts],
        context=context_of(db, invitation.id),
        model_id=author.model_id,
        returned_model_id=turns[-1][0].model_id or "" if turns else "",
        answers=len(turns),
        tools=[name for _, data in turns for name in _tools(data)],
        with_form=revision.with_form,
        stop_reason=revision.stop_reason,
        input_tokens=sum(turn.input_tokens for turn, _ in turns),
        output_tokens=sum(turn.output_tokens for turn, _ in turns),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        asked_at=invitation.at,
        received_at=revision.at,
        reviewed_at=reviews[-1].at if reviews else None,
        published_at=publication.at if publication else None,
        checks=checks_of(db, revision.id),
        reviewers=len({review.reviewer for review in reviews}),
        vetoes=sum(review.verdict is Verdict.VETO for review in reviews),
        consent_publish=consent.publish.value if consent else "",
        consent_words=consent.words if consent else "",
        consent_declared=consent is not None and consent.basis is Basis.DECLARED,
        revision=revision.number,
        text_sha256=revision.text_sha256,
        record_sha256=revision.record_sha256,
        transcript_sha256=transcript_sha256(db, session.id),
        ledger_lines=_lines(db, invitation.id, reviews, publication),
    )


def context_of(db: Session, invitation_id: int) -> list[Source]:
    """What was laid beside an invitation, in order."""
    blocks = db.exec(
        select(ContextBlock).where(ContextBlock.invitation_id == invitation_id).order_by(col(ContextBlock.number))
    )
    return [Source(block.kind, block.source, block.title, block.sha256) for block in blocks]


def checks_of(db: Session, revision_id: int) -> list[Checked]:
    """Every check of a revision, run or not."""
    runs = db.exec(select(CheckRun).where(CheckRun.revision_id == revision_id).order_by(col(CheckRun.id))).all()
    flags = db.exec(select(Flag.run_id).where(Flag.revision_id == revision_id)).all()
    return [Checked(run.check, run.version, run.fault, flags.count(run.id)) for run in runs]


def _tools(data: bytes | None) -> list[str]:
    blocks = json.loads(data) if data is not None else []
    return [block.get("name", "") for block in blocks if block.get("type") == "tool_use"]


def _lines(db: Session, invitation: int, reviews: Sequence[Review], published: Publication | None) -> list[int]:
    keys = [f"invited:{invitation}", f"outcome:{invitation}", *(f"verdict:{review.id}" for review in reviews)]
    if published is not None:
        keys.append(f"published:{published.id}")
    return list(
        db.exec(
            select(LedgerEntry.sequence).where(col(LedgerEntry.event).in_(keys)).order_by(col(LedgerEntry.sequence))
        )
    )
