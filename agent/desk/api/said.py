"""A revision with all that is said about it, as the token's holder may see it."""

from typing import Any

from pydantic import Field

from agent.desk.api.shapes import Moment, Told
from agent.desk.shown.case import Case
from agent.review.bar import Decision
from agent.tables import Kind, Level, Says, Verdict


class Flag(Told):
    """What a check pointed at: characters `start` to `end` of the text."""

    flag: int
    check: str
    level: Level
    category: str
    start: int
    end: int
    quote: str
    why: str
    said: Level | None = Field(
        description="The level that the check gave it, where that was lowered because most of its flags "
        "turned out to be nothing; otherwise null."
    )
    ground: str = Field(description="The ground for a veto that it may come to, by its name; empty where to none.")
    evidence: dict[str, str] = Field(description="What it rests on, each under a plain name.")
    says: Says | None = Field(description="What the token's holder said of it.")


class Check(Told):
    """One check. With a `fault` it did not run: nothing is known of what it looks for."""

    check: str
    version: str
    fault: str
    flags: int


class Answer(Told):
    """What a publisher said to a flag."""

    flag: int
    words: str


class Review(Told):
    """One verdict. Others' reasons are told once a verdict took effect, or once that of the token's holder counts and
    cannot be taken back any more (`undo_until`), as at the desk. Until then `told` is false."""

    review: int
    reviewer: str
    verdict: Verdict
    at: Moment
    undone_at: Moment | None = Field(description="Since when it counts no more.")
    undone_by: str | None = Field(description="Its own reviewer, who took it back, or another one, who sent it back.")
    undone_why: str = Field(description="Of a return to the queue the reason, which whoever decides anew may read.")
    told: bool
    ground: str
    passage: str
    reason: str
    answers: list[Answer]


class Pending(Told):
    """What was decided and waits for its moment."""

    verdict: Verdict
    due_at: Moment
    held: str = Field(description="What holds it up besides; empty where nothing does.")


class Ruling(Told):
    """What somebody who gave no veto decided on an appeal."""

    reviewer: str
    overturned: bool
    reason: str
    at: Moment


class Appeal(Told):
    """What the author says against a veto; its words are null where they were erased."""

    appeal: int
    words: str | None
    ruling: Ruling | None


class Revision(Told):
    """One revision: exactly what its author sent, and what is said about it."""

    revision: int
    piece: int
    number: int
    newest: int = Field(description="The newest revision of the same piece.")
    author: str
    byline: str
    kind: Kind
    name: str
    title: str
    form: str
    tags: list[str]
    note: str
    text: str | None = Field(description="As received, letter for letter; null where it was erased.")
    language: str
    words: int
    text_sha256: str
    record_sha256: str = Field(description="Give it with a verdict: so it binds to what was read.")
    received_at: Moment
    is_open: bool = Field(description="Whether a verdict can be given.")
    stands: Decision = Field(description="What came of it, or was decided and waits, or how the verdicts stand.")
    publishes: int
    publishes_needed: int
    consent: str
    taken_back: bool
    mine: Verdict | None = Field(description="The latest verdict of the token's holder.")
    undo_until: Moment | None = Field(description="Until when that may be taken back; null where it cannot.")
    pending: Pending | None
    flags: list[Flag]
    checks: list[Check]
    not_checked_yet: list[str] = Field(description="The checks that have not looked at it at all.")
    reviews: list[Review]
    appeal: Appeal | None


def told(case: Case) -> Revision:
    """A case as it is answered."""
    sheet, revision = case.sheet, case.sheet.revision
    return Revision(
        revision=revision.id,
        piece=revision.piece_id,
        number=revision.number,
        newest=sheet.newest,
        author=sheet.author.slug,
        byline=sheet.author.byline,
        kind=Kind(sheet.kind),
        name=sheet.name,
        title=sheet.title,
        form=sheet.form,
        tags=sheet.tags,
        note=sheet.note,
        text=sheet.text,
        language=sheet.language,
        words=sheet.words,
        text_sha256=revision.text_sha256,
        record_sha256=revision.record_sha256,
        received_at=revision.at,
        is_open=case.is_open,
        stands=case.stands,
        publishes=case.publishes,
        publishes_needed=case.publishes_needed,
        consent=case.lack.value if case.lack else "",
        taken_back=case.taken_back,
        mine=case.mine,
        undo_until=case.undo_until,
        pending=_pending(case),
        flags=[_flag(item) for item in case.flags],
        checks=[Check.model_validate(check) for check in case.checks],
        not_checked_yet=case.unlooked,
        reviews=[_review(item) for item in case.earlier],
        appeal=Appeal.model_validate(case.appeal) if case.appeal else None,
    )


def _pending(case: Case) -> Pending | None:
    if case.pending is None:
        return None
    made = case.pending.resolution
    return Pending(verdict=made.verdict, due_at=made.due_at, held=case.pending.held)


def _flag(item: Any) -> Flag:
    flag = item.flag
    return Flag(
        flag=flag.id,
        check=flag.check,
        level=flag.level,
        category=flag.category,
        start=flag.start,
        end=flag.end,
        quote=flag.quote,
        why=flag.why,
        said=flag.said,
        ground=flag.ground,
        evidence=flag.evidence,
        says=item.says,
    )


def _review(item: Any) -> Review:
    review, is_told = item.review, item.is_told
    return Review(
        review=review.id,
        reviewer=review.reviewer,
        verdict=review.verdict,
        at=review.at,
        undone_at=item.undone_at,
        undone_by=item.undo.actor if item.undo else None,
        undone_why=item.undo.reason if item.undo else "",
        told=is_told,
        ground=review.ground if is_told else "",
        passage=item.passage,
        reason=review.reason if is_told else "",
        answers=[Answer(**answer) for answer in review.answers] if is_told else [],
    )
