"""The facts printed with each piece: who asked, in what words, what came back, who read it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlmodel import Session, col, func, select

from agent.prompts import body_of
from agent.queries import consent_of, transcript_sha256
from agent.record import commitment
from agent.tables import (
    Appeal,
    Assent,
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
    Ruling,
    Slot,
    Turn,
    Verdict,
    WritingSession,
)
from agent.tables.review import DEMO_REVIEWER

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
    revisions: int
    """How many its author has sent of this piece."""
    text_sha256: str
    record_sha256: str
    transcript_commitment: str | None
    """As the ledger has it; None where the transcript was erased before."""
    ledger_lines: list[int]
    """The lines of the ledger that speak of it, from 1."""


def provenance(db: Session, revision: Revision) -> Provenance:
    """Gather the facts of one revision, published or not. What the author was is told as of the day on
    which it was invited, and its consent as of the day of publication."""
    session = db.get_one(WritingSession, revision.session_id)
    invitation = db.get_one(Invitation, session.invitation_id)
    turns = db.exec(
        select(Turn, Blob.data)
        .where(Blob.id == Turn.blob_id)
        .where(Turn.session_id == session.id, Turn.role == Role.AUTHOR)
        .order_by(col(Turn.number))
    ).all()
    costs = [turn.cost for turn, _ in turns]
    reviews = db.exec(select(Review).where(Review.revision_id == revision.id).order_by(col(Review.id))).all()
    publication = db.exec(select(Publication).where(Publication.revision_id == revision.id)).first()
    consent, assent = _consent(db, session.author_id, publication), _assent(db, revision.id, publication)
    ruling = db.exec(
        select(Ruling)
        .select_from(Ruling)
        .join(Appeal, col(Appeal.id) == Ruling.appeal_id)
        .where(Appeal.revision_id == revision.id)
    ).first()
    known = {tool.name for tool in toolbox(db, session.toolbox)}
    prompts = [*invitation.prompts, *([session.toolbox] if session.toolbox else [])]
    return Provenance(
        invitation=invitation.id,
        prompt=invitation.prompt,
        named=db.get_one(Slot, invitation.slot_id).prompt is not None,
        arm=invitation.arm,
        welcome=invitation.welcome,
        words=invitation.words,
        prompts=[(db.get_one(PromptVersion, sha).name, sha) for sha in prompts],
        context=context_of(db, invitation.id),
        model_id=invitation.model_id,
        returned_model_id=turns[-1][0].model_id or "" if turns else "",
        answers=len(turns),
        tools=[name if name in known else UNKNOWN_TOOL for _, data in turns for name in _called(data)],
        left_out=len({tuple(place) for turn, _ in turns for place in turn.left_out}),
        continued=sum(turn.stop_reason == CUT for turn, _ in turns[:-1]),
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
        overturned=ruling is not None and ruling.overturned,
        by_demo=any(review.reviewer == DEMO_REVIEWER for review in reviews),
        consent_publish=consent.publish.value if consent else "",
        consent_at=consent.at if consent else None,
        consent_words=consent.words if consent and consent.basis is Basis.DECLARED else "",
        consent_declared=consent is not None and consent.basis is Basis.DECLARED,
        assent=assent.publish if assent else None,
        assent_at=assent.at if assent else None,
        revision=revision.number,
        revisions=db.exec(select(func.count()).where(Revision.piece_id == revision.piece_id)).one(),
        text_sha256=revision.text_sha256,
        record_sha256=revision.record_sha256,
        transcript_commitment=_committed(db, session.id, publication),
        ledger_lines=_lines(db, invitation.id, revision.id, reviews, publication),
    )


def context_of(db: Session, invitation_id: int) -> list[Source]:
    """What was laid beside an invitation, in order."""
    blocks = db.exec(
        select(ContextBlock).where(ContextBlock.invitation_id == invitation_id).order_by(col(ContextBlock.number))
    )
    return [
        Source(block.kind, block.source, block.title, block.sha256)
        if block.kind == PUBLIC_CONTEXT
        else Source(
            block.kind,
            block.source if block.kind == WISHED else "",
            commitment=commit(db, block.blob_id, block.sha256),
        )
        for block in blocks
    ]


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


def checks_of(db: Session, revision_id: int) -> list[Checked]:
    """Every check of a revision, run or not."""
    runs = db.exec(select(CheckRun).where(CheckRun.revision_id == revision_id).order_by(col(CheckRun.id))).all()
    flags = db.exec(select(Flag.run_id).where(Flag.revision_id == revision_id)).all()
    return [Checked(run.check, run.version, run.fault, flags.count(run.id)) for run in runs]


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


def _consent(db: Session, author_id: int, publication: Publication | None) -> Consent | None:
    """The consent on which a revision was published, or the one that holds now."""
    if publication is None:
        return consent_of(db, author_id)
    given = select(Consent).where(Consent.author_id == author_id, Consent.at <= publication.at)
    return db.exec(given.order_by(col(Consent.id).desc())).first()


def _assent(db: Session, revision_id: int, publication: Publication | None) -> Assent | None:
    """What the author said of this very text, by the day on which it was published."""
    given = select(Assent).where(Assent.revision_id == revision_id)
    if publication is not None:
        given = given.where(Assent.at <= publication.at)
    return db.exec(given.order_by(col(Assent.id).desc())).first()


def _committed(db: Session, session_id: int, publication: Publication | None) -> str | None:
    """What the ledger has of the transcript, which an erasure leaves as it is; or else what it would have."""
    if publication is not None:
        key = f"published:{publication.id}"
        line = db.exec(select(LedgerEntry.line).where(LedgerEntry.event == key)).first()
        if line is not None and COMMITTED in (data := json.loads(line)["data"]):
            found: str | None = data[COMMITTED]
            return found
    return transcript_commitment(db, session_id)


def _called(data: bytes | None) -> list[str]:
    blocks = json.loads(data) if data is not None else []
    return [block.get("name", "") for block in blocks if block.get("type") == "tool_use"]


def _lines(
    db: Session, invitation: int, revision: int, reviews: Sequence[Review], published: Publication | None
) -> list[int]:
    keys = [f"invited:{invitation}", f"outcome:{invitation}", *(f"verdict:{review.id}" for review in reviews)]
    for appeal in db.exec(select(Appeal.id).where(Appeal.revision_id == revision)):
        ruled = db.exec(select(Ruling.id).where(Ruling.appeal_id == appeal))
        keys += [f"appealed:{appeal}", *(f"ruled:{ruling}" for ruling in ruled)]
    if published is not None:
        keys.append(f"published:{published.id}")
    return list(
        db.exec(
            select(LedgerEntry.sequence).where(col(LedgerEntry.event).in_(keys)).order_by(col(LedgerEntry.sequence))
        )
    )
