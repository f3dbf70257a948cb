"""All turns of a session in order: masked, or whole for an administrator who says why."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, func, select

from agent.errors import BadPrompt, Refused
from agent.masking import Facts, mask, masked
from agent.outlet import Block, Outlet
from agent.prompts import body_of, fill
from agent.queries import withdrawal_of
from agent.reasons import need_reason
from agent.record import Record
from agent.staff import having, roles_of
from agent.tables import (
    AuditEvent,
    Author,
    Blob,
    ContextBlock,
    Invitation,
    PromptVersion,
    Publication,
    Purpose,
    Revision,
    Role,
    Slot,
    StaffRole,
    Submission,
    Turn,
    Wish,
    WritingSession,
)

TOLD = ("reminder", "continue")
"""Prompts said in the middle of a session that hold no word of its author's."""
SHOWN_BESIDE = frozenset({"entry", "wished", "since"})
"""Kinds of context that are shown: what strangers wrote, and what came of the author's works and wishes."""
PIECE = re.compile(r"\bpieces/(\d+)\b")


@dataclass(frozen=True)
class Transcript:
    """One session, turn by turn. `said` has the blocks of each turn, None where they were erased."""

    session: WritingSession
    author: Author
    invitation: Invitation
    purpose: Purpose
    turns: list[Turn]
    said: list[list[Block] | None]


@dataclass(frozen=True)
class Beside:
    """Something laid beside an invitation. `words` are a mask where it is not to be shown, and None where they were
    erased."""

    block: ContextBlock
    words: str | None
    is_shown: bool


def transcript(db: Session, session_id: int, publication: str) -> Transcript:
    """A session as staff may see it. `publication` is the title it goes by. Raises Refused where there is none."""
    whole = _whole(db, session_id)
    facts = _facts(db, whole, publication)
    said = list(zip((turn.role for turn in whole.turns), whole.said, strict=True))
    return replace(whole, said=masked(said, facts))


def unmask(outlet: Outlet, session_id: int, *, actor: str, reason: str) -> Transcript:
    """A session with its private words, for an administrator. Who looked and why is stored before anything is
    handed out. Raises Refused."""
    with outlet.database.write() as db:
        if StaffRole.ADMINISTRATOR not in roles_of(db, outlet.settings, actor):
            names = having(db, outlet.settings, StaffRole.ADMINISTRATOR)
            told = f"Administrators are: {', '.join(names)}." if names else "There is none yet."
            raise Refused(reason=f'"{actor}" is no administrator, and nobody else may read private words. {told}')
        why = need_reason(reason, "look at private words")
        whole = _whole(db, session_id)
        subject = f"session {session_id}"
        db.add(AuditEvent(actor=actor, action="unmasked", subject=subject, reason=why, at=outlet.now()))
    outlet.log.info("unmasked", action="unmasked", session=session_id, actor=actor)
    return whole


def _whole(db: Session, session_id: int) -> Transcript:
    session = db.get(WritingSession, session_id)
    if session is None:
        raise Refused(reason=f"There is no session {session_id}. `afterword sessions` lists them.")
    invitation = db.get_one(Invitation, session.invitation_id)
    rows = db.exec(
        select(Turn, Blob.data)
        .join(Blob, col(Blob.id) == Turn.blob_id)
        .where(Turn.session_id == session_id)
        .order_by(col(Turn.number))
    ).all()
    return Transcript(
        session=session,
        author=db.get_one(Author, session.author_id),
        invitation=invitation,
        purpose=db.get_one(Slot, invitation.slot_id).purpose,
        turns=[turn for turn, _ in rows],
        said=[json.loads(data) if data is not None else None for _, data in rows],
    )


def _facts(db: Session, whole: Transcript, publication: str) -> Facts:
    texts, given = _handed_in(db, whole)
    return Facts(
        is_interview=whole.purpose is Purpose.INTERVIEW,
        laid_out=_laid_out(db, whole.session),
        texts=texts,
        given=given,
        told=frozenset(
            [
                whole.invitation.words,
                *_shown_beside(db, whole),
                *_prompts(db, whole, publication),
                *_confirming(db, whole),
            ]
        ),
    )


def _laid_out(db: Session, session: WritingSession) -> dict[str, frozenset[str]]:
    if not session.toolbox:
        return {}
    tools = json.loads(body_of(db.get_one(PromptVersion, session.toolbox).body))
    return {tool["name"]: frozenset(tool["input_schema"].get("properties", {})) for tool in tools}


def _handed_in(db: Session, whole: Transcript) -> tuple[tuple[str, ...], frozenset[str]]:
    """The texts of the session's revisions; and whatever else its author handed in with them, or wished for."""
    texts, given = [], set()
    for revision in db.exec(select(Revision).where(Revision.session_id == whole.session.id)):
        text, record = (db.get_one(Blob, blob).data for blob in (revision.text_blob_id, revision.record_blob_id))
        if text is not None:
            texts.append(text.decode())
        if record is not None:
            about = Record.model_validate_json(record)
            given |= {about.title, about.form, about.note, *about.tags}
    turns = [turn.id for turn in whole.turns]
    wishes = select(Blob.data).join(Wish, col(Wish.blob_id) == Blob.id).where(col(Wish.turn_id).in_(turns))
    given |= {data.decode() for data in db.exec(wishes) if data is not None}
    return tuple(texts), frozenset(given - {""})


def beside(db: Session, invitation_id: int) -> list[Beside]:
    """What was laid beside an invitation, in order, as staff may see it."""
    rows = db.exec(
        select(ContextBlock, Blob.data)
        .join(Blob, col(Blob.id) == ContextBlock.blob_id)
        .where(ContextBlock.invitation_id == invitation_id)
        .order_by(col(ContextBlock.number))
    )
    return [_as_seen(db, block, data) for block, data in rows]


def _as_seen(db: Session, block: ContextBlock, data: bytes | None) -> Beside:
    if data is None:
        return Beside(block, None, is_shown=True)
    words = data.decode()
    # Of the author's own words, only what is public.
    is_shown = block.kind in SHOWN_BESIDE or (block.kind == "piece" and _is_public(db, block, data))
    return Beside(block, words if is_shown else mask(words), is_shown)


def _shown_beside(db: Session, whole: Transcript) -> Iterator[str]:
    for block in beside(db, whole.invitation.id):
        if block.is_shown and block.words is not None:
            yield block.words


def _is_public(db: Session, block: ContextBlock, data: bytes) -> bool:
    """Whether a piece stands there in exactly the words that can be read by anyone."""
    if (piece := PIECE.search(block.source)) is None or withdrawal_of(db, int(piece[1])) is not None:
        return False
    public = (
        select(Blob.data)
        .join(Revision, col(Revision.text_blob_id) == Blob.id)
        .join(Publication, col(Publication.revision_id) == Revision.id)
        .where(Publication.piece_id == int(piece[1]))
        .order_by(col(Publication.id).desc())
    )
    text = db.exec(public).first()
    return text is not None and text.strip() in data


def _prompts(db: Session, whole: Transcript, publication: str) -> Iterator[str]:
    """What the outlet may have said in between, word for word."""
    for version in db.exec(select(PromptVersion).where(col(PromptVersion.name).in_(TOLD))):
        for byline in {whole.invitation.byline, whole.author.byline}:
            try:
                yield fill(body_of(version.body), version.name, publication=publication, byline=byline)
            except BadPrompt:
                continue  # It asks for more than this, so who knows what stood there.


def _confirming(db: Session, whole: Transcript) -> Iterator[str]:
    """The question whether these texts may be published names them. It is shown once all of them went on."""
    session = whole.session
    if session.chosen is None or session.outcome is None:
        return
    handed_in = select(func.count(), func.max(Turn.number)).select_from(Submission).join(Turn)
    submissions, last = db.exec(handed_in.where(Submission.session_id == session.id)).one()
    revisions = db.exec(select(func.count()).select_from(Revision).where(Revision.session_id == session.id)).one()
    if submissions == revisions:
        yield from _texts_after(whole, last or 0)


def _texts_after(whole: Transcript, number: int) -> Sequence[str]:
    return [
        block["text"]
        for turn, blocks in zip(whole.turns, whole.said, strict=True)
        for block in blocks or ()
        if turn.number > number and turn.role is Role.OUTLET and block.get("type") == "text"
    ]
