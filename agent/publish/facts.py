"""The facts of many revisions at once, in a few questions to the database."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from agent.publish.provenance import (
    COMMITTED,
    CUT,
    UNKNOWN_TOOL,
    Checked,
    Provenance,
    Source,
    contexts_of,
    in_force,
    laid_out,
    transcript_commitment,
)
from agent.tables import (
    Appeal,
    Assent,
    Basis,
    Blob,
    CheckRun,
    Consent,
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
    Undo,
    Verdict,
    WritingSession,
)
from agent.tables.review import DEMO_REVIEWER


def provenance(db: Session, revision: Revision) -> Provenance:
    """Gather the facts of one revision, published or not."""
    return provenances(db, [revision.id])[revision.id]


def provenances(db: Session, revisions: Sequence[int]) -> dict[int, Provenance]:
    """The same for many revisions, by their ids.

    What the author was is told as of the day on which it was invited; its consent, the checks and what it said of this
    very text as of the day of publication, so that a page, once made, says the same for ever.
    """
    ask = db.connection().execute
    rows = ask(_SITTINGS.where(col(Revision.id).in_(revisions))).all()
    authors = {row.author_id for row in rows}
    turns = by_first(ask(_TURNS.where(col(Turn.session_id).in_({row.session for row in rows}))))
    reviews = by_first(ask(_REVIEWS.where(col(Review.revision_id).in_(revisions))))
    appeals = {row.revision_id: row for row in ask(_APPEALS.where(col(Appeal.revision_id).in_(revisions))).all()}
    checks = checked(db, revisions)
    contexts = contexts_of(db, {row.invitation for row in rows})
    assents = by_first(ask(_ASSENTS.where(col(Assent.revision_id).in_(revisions))))
    consents = by_first(ask(_CONSENTS.where(col(Consent.author_id).in_(authors))))
    known = _Known(db)
    lines = _Lines(db, rows, reviews, appeals)
    return {
        row.id: _told(
            row,
            turns[row.session],
            [review for review in reviews[row.id] if review.undone is None],
            overturned=row.id in appeals and bool(appeals[row.id].overturned),
            checks=in_force(
                [check for at, check in checks[row.id] if row.published_at is None or at <= row.published_at]
            ),
            context=contexts[row.invitation],
            consent=_last(consents[row.author_id], row.published_at),
            assent=_last(assents[row.id], row.published_at),
            known=known,
            lines=lines,
        )
        for row in rows
    }


def _told(
    row: Any,
    turns: Sequence[Any],
    reviews: Sequence[Any],
    *,
    overturned: bool,
    checks: list[Checked],
    context: list[Source],
    consent: Any,
    assent: Any,
    known: "_Known",
    lines: "_Lines",
) -> Provenance:
    costs = [turn.cost for turn in turns]
    tools = known.tools(row.toolbox)
    prompts = [*row.prompts, *([row.toolbox] if row.toolbox else [])]
    return Provenance(
        invitation=row.invitation,
        prompt=row.prompt,
        named=row.named is not None,
        arm=row.arm,
        welcome=row.welcome,
        words=row.words,
        prompts=[(known.name(sha), sha) for sha in prompts],
        context=context,
        model_id=row.model_id,
        returned_model_id=turns[-1].model_id or "" if turns else "",
        answers=len(turns),
        tools=[name if name in tools else UNKNOWN_TOOL for turn in turns for name in _called(turn.data)],
        left_out=len({place for turn in turns for place in _places(turn.left_out)}),
        continued=sum(turn.stop_reason == CUT for turn in turns[:-1]),
        with_form=row.with_form,
        stop_reason=row.stop_reason,
        input_tokens=sum(turn.input_tokens for turn in turns),
        output_tokens=sum(turn.output_tokens for turn in turns),
        cost=None if None in costs else sum(costs),
        asked_at=row.asked_at,
        received_at=row.at,
        reviewed_at=reviews[-1].at if reviews else None,
        published_at=row.published_at,
        checks=checks,
        reviewers=len({review.reviewer for review in reviews}),
        vetoes=sum(review.verdict is Verdict.VETO for review in reviews),
        overturned=overturned,
        by_demo=any(review.reviewer == DEMO_REVIEWER for review in reviews),
        consent_publish=consent.publish.value if consent else "",
        consent_at=consent.at if consent else None,
        consent_words=consent.words if consent and consent.basis is Basis.DECLARED else "",
        consent_declared=consent is not None and consent.basis is Basis.DECLARED,
        assent=assent.publish if assent else None,
        assent_at=assent.at if assent else None,
        revision=row.number,
        text_sha256=row.text_sha256,
        record_sha256=row.record_sha256,
        transcript_commitment=lines.committed(row),
        ledger_lines=lines.of(row),
    )


_SITTINGS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Revision.id),
        col(Revision.number),
        col(Revision.text_sha256),
        col(Revision.record_sha256),
        col(Revision.with_form),
        col(Revision.stop_reason),
        col(Revision.at),
        col(WritingSession.id).label("session"),
        col(WritingSession.toolbox),
        col(Slot.prompt).label("named"),
        col(Publication.id).label("publication"),
        col(Publication.at).label("published_at"),
        col(Invitation.id).label("invitation"),
        col(Invitation.author_id),
        col(Invitation.model_id),
        col(Invitation.prompt),
        col(Invitation.prompts),
        col(Invitation.arm),
        col(Invitation.welcome),
        col(Invitation.words),
        col(Invitation.at).label("asked_at"),
    )
    .select_from(Revision)
    .join(WritingSession, col(WritingSession.id) == Revision.session_id)
    .join(Invitation, col(Invitation.id) == WritingSession.invitation_id)
    .join(Slot, col(Slot.id) == Invitation.slot_id)
    .join(Publication, col(Publication.revision_id) == Revision.id, isouter=True)
)
_TURNS = (
    sa.select(
        col(Turn.session_id),
        col(Turn.model_id),
        # Nearly always none, which need not be read as JSON each time.
        sa.cast(col(Turn.left_out), sa.Text).label("left_out"),
        col(Turn.stop_reason),
        col(Turn.input_tokens),
        col(Turn.output_tokens),
        col(Turn.cost),
        col(Blob.data),
    )
    .join(Blob, col(Blob.id) == Turn.blob_id)
    .where(col(Turn.role) == Role.AUTHOR)
    .order_by(col(Turn.session_id), col(Turn.number))
)
_REVIEWS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Review.revision_id),
        col(Review.id),
        col(Review.at),
        col(Review.verdict),
        col(Review.reviewer),
        col(Undo.id).label("undone"),
    )
    .join(Undo, col(Undo.review_id) == Review.id, isouter=True)
    .order_by(col(Review.id))
)
"""Those that were taken back, too: they count nowhere, and the ledger speaks of them."""
_APPEALS: sa.Select[*tuple[Any, ...]] = sa.select(
    col(Appeal.revision_id), col(Appeal.id), col(Ruling.id).label("ruling"), col(Ruling.overturned)
).join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
_ASSENTS = sa.select(col(Assent.revision_id), col(Assent.at), col(Assent.publish)).order_by(col(Assent.id))
_CONSENTS = sa.select(
    col(Consent.author_id), col(Consent.at), col(Consent.publish), col(Consent.words), col(Consent.basis)
).order_by(col(Consent.id))
_RUNS = (
    sa.select(
        col(CheckRun.revision_id),
        col(CheckRun.id),
        col(CheckRun.at),
        col(CheckRun.check),
        col(CheckRun.version),
        col(CheckRun.fault),
    )
    .where(~col(CheckRun.shadow))
    .order_by(col(CheckRun.id))
)


def by_first(rows: sa.Result[Any]) -> dict[int, list[Any]]:
    """Rows by their first column."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.all():
        found[row[0]].append(row)
    return found


def _last(said: Sequence[Any], by: datetime | None) -> Any:
    """The last of what was said by a moment, or at all."""
    return next((row for row in reversed(said) if by is None or row.at <= by), None)


def checked(db: Session, revisions: Collection[int]) -> dict[int, list[tuple[datetime, Checked]]]:
    """Every check of each revision, run or not, and when."""
    flagged = select(Flag.run_id, func.count()).where(col(Flag.revision_id).in_(revisions)).group_by(col(Flag.run_id))
    flags = dict(db.exec(flagged).all())
    found: dict[int, list[tuple[datetime, Checked]]] = defaultdict(list)
    for run in db.connection().execute(_RUNS.where(col(CheckRun.revision_id).in_(revisions))).all():
        found[run.revision_id].append((run.at, Checked(run.check, run.version, run.fault, flags.get(run.id, 0))))
    return found


class _Known:
    """Prompt versions, each read once."""

    def __init__(self, db: Session) -> None:
        self.db = db
        self.versions: dict[str, PromptVersion] = {}

    def version(self, sha256: str) -> PromptVersion:
        if sha256 not in self.versions:
            self.versions[sha256] = self.db.get_one(PromptVersion, sha256)
        return self.versions[sha256]

    def name(self, sha256: str) -> str:
        return self.version(sha256).name

    def tools(self, sha256: str) -> set[str]:
        """The names that were laid out."""
        return {tool.name for tool in laid_out(self.version(sha256).body)} if sha256 else set()


class _Lines:
    """Where the ledger speaks of each revision, and what it has of its transcript."""

    def __init__(
        self, db: Session, rows: Sequence[Any], reviews: Mapping[int, Any], appeals: Mapping[int, Any]
    ) -> None:
        self.db = db
        self.keys = {row.id: self._keys(row, reviews[row.id], appeals.get(row.id)) for row in rows}
        wanted = [key for keys in self.keys.values() for key in keys]
        held = select(LedgerEntry.event, LedgerEntry.sequence).where(col(LedgerEntry.event).in_(wanted))
        self.sequence: dict[str, int] = dict(db.exec(held).all())
        published = [f"published:{row.publication}" for row in rows if row.publication is not None]
        told = select(LedgerEntry.event, LedgerEntry.line).where(col(LedgerEntry.event).in_(published))
        self.told: dict[str, str] = dict(db.exec(told).all())

    def of(self, row: Any) -> list[int]:
        """The lines that speak of a revision, from 1."""
        return sorted(self.sequence[key] for key in self.keys[row.id] if key in self.sequence)

    def committed(self, row: Any) -> str | None:
        """What the ledger has of the transcript, which an erasure leaves as it is; or else what it would have."""
        line = self.told.get(f"published:{row.publication}")
        if line is not None and COMMITTED in (data := json.loads(line)["data"]):
            found: str | None = data[COMMITTED]
            return found
        return transcript_commitment(self.db, row.session)

    @staticmethod
    def _keys(row: Any, reviews: Sequence[Any], appeal: Any) -> list[str]:
        keys = [f"invited:{row.invitation}", f"outcome:{row.invitation}"]
        keys += [f"verdict:{review.id}" for review in reviews]
        keys += [f"undone:{review.id}" for review in reviews if review.undone is not None]
        if appeal is not None:
            keys += [f"appealed:{appeal.id}", f"ruled:{appeal.ruling}"]
        return [*keys, f"published:{row.publication}"]


@lru_cache(256)
def _places(left_out: str) -> list[tuple[Any, ...]]:
    """The places in a conversation that a request left out."""
    return [tuple(place) for place in json.loads(left_out)]


def _called(data: bytes | None) -> list[str]:
    if data is None or b'"tool_use"' not in data:
        return []
    return [block.get("name", "") for block in json.loads(data) if block.get("type") == "tool_use"]
