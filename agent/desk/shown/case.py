"""One revision with all that is said about it, as one of the staff may see it. It reads and decides nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from agent import noise
from agent.check.every import unlooked
from agent.consent import Lack, lack_of
from agent.desk.shown.marked import Passage, passages
from agent.desk.shown.ran import Ran, ran
from agent.desk.shown.secret import without_secrets
from agent.desk.shown.sheet import Sheet, sheet
from agent.outlet import Outlet
from agent.queries import (
    is_overturned,
    is_taken_back,
    public_number,
    reviews_of,
    stale,
    withdrawal_of,
)
from agent.review import feedback
from agent.review.bar import Decision, decide, publishes_needed, waits_for
from agent.review.resolutions import final_of, held_up, is_told, standing, undo_until, undoable
from agent.tables import (
    Appeal,
    Blob,
    Docket,
    Flag,
    Resolution,
    Review,
    Ruling,
    Says,
    Undo,
    Verdict,
    Withdrawal,
)

BLANK = re.compile(r"\n\s*\n")
AROUND = 80
"""Letters of the text shown on either side of a flagged passage."""
LONG_PASSAGE = 400


@dataclass(frozen=True)
class Flagged:
    """A flag, with its passage (a long one without its middle) and the words around it, all empty where
    the text is erased."""

    flag: Flag
    before: str
    quote: str
    after: str
    passage: Passage
    says: Says | None
    """What who looks said of it."""
    sensitive: bool
    """Whether it is veiled where veils are asked for: for itself, or for what stands in the same place."""


@dataclass(frozen=True)
class Earlier:
    """A verdict as one reviewer may see it: others' reasons are kept from them as long as `is_told` says. `undo` is
    how it came to count no more: taken back by its reviewer, or sent back by another one, whose reason all may read."""

    review: Review
    is_told: bool
    passage: str
    undo: Undo | None

    @property
    def undone_at(self) -> datetime | None:
        """Since when it counts no more."""
        return self.undo.at if self.undo else None

    @property
    def sent_back(self) -> Undo | None:
        """That another reviewer sent it back, if one did."""
        return self.undo if self.undo and self.undo.actor != self.review.reviewer else None


@dataclass(frozen=True)
class Appealed:
    """What the author said against a veto (None where it was erased), and the ruling on it, if there is one."""

    appeal: int
    words: str | None
    ruling: Ruling | None


@dataclass(frozen=True)
class Pending:
    """What was decided and waits for its moment; `held` says what holds it up besides, if anything does."""

    resolution: Resolution
    held: str


@dataclass(frozen=True)
class Case:
    """A revision, its flags and the verdicts on it; `mine` is the latest verdict of who looks."""

    sheet: Sheet
    looker: str
    """The name of who looks."""
    flags: list[Flagged]
    checks: list[Ran]
    unlooked: list[str]
    """The checks that have not looked at it at all."""
    earlier: list[Earlier]
    stands: Decision
    publishes_needed: int
    publishes: int
    mine: Verdict | None
    pending: Pending | None
    undo_until: datetime | None
    """Until when who looks may take their verdict back; None where they cannot."""
    lack: Lack | None
    """What is missing of its author's consent before it may be public."""
    taken_back: bool
    """Its author withdrew it."""
    down: Withdrawal | None
    """What keeps it down now, if anything does."""
    public: int
    """The number of the revision that is or was public last; 0 where none was."""
    appeal: Appealed | None

    @property
    def questions(self) -> list[Review]:
        """What others asked, and what whoever decides answers by deciding."""
        return [one.review for one in self._others if one.review.verdict is Verdict.ESCALATE]

    @property
    def vetoer(self) -> str:
        """Who else gave a veto that counts and waits for a second; empty where nobody did."""
        return next((name for name in self._held_by_others(Verdict.VETO)), "") if not self.overturned else ""

    @property
    def publisher(self) -> str:
        """Who else said publish, and waits for a second; empty where nobody did."""
        return next((name for name in self._held_by_others(Verdict.PUBLISH)), "")

    @property
    def sent_back(self) -> Earlier | None:
        """The verdict that was sent back last, as long as nobody has decided anew."""
        back = [one for one in self.earlier if one.sent_back]
        return back[-1] if back and not self.stands.is_final else None

    @property
    def may_send_back(self) -> bool:
        """Whether what waits may be sent back to the queue by who looks, if they review: not by whoever decided it,
        who takes it back, and once each."""
        before = any(one.sent_back and one.sent_back.actor == self.looker for one in self.earlier)
        return self.pending is not None and self.decider != self.looker and not before

    @property
    def decider(self) -> str:
        """Who gave the verdict that decided what waits; empty where nothing does."""
        waits = self.pending.resolution.review_id if self.pending else None
        return next((one.review.reviewer for one in self.earlier if one.review.id == waits), "")

    @property
    def _others(self) -> list[Earlier]:
        return [one for one in self.earlier if one.undo is None and one.review.reviewer != self.looker]

    def _held_by_others(self, verdict: Verdict) -> list[str]:
        holds = {one.review.reviewer: one.review.verdict for one in self._others}
        return [name for name, held in holds.items() if held is verdict]

    @property
    def is_open(self) -> bool:
        """Whether a verdict can be given."""
        left = self.sheet.text is not None and self.sheet.newest == self.sheet.revision.id and not self.taken_back
        return left and not self.said_no and not self.stands.is_final

    @property
    def said_no(self) -> bool:
        """Whether its author said no to its being published: then nobody is to decide about it."""
        return self.lack is not None and self.lack.is_no

    @property
    def overturned(self) -> bool:
        """Whether a veto of it was overturned on appeal: then none is taken any more."""
        return self.appeal is not None and self.appeal.ruling is not None and self.appeal.ruling.overturned

    @property
    def looks(self) -> list[Flagged]:
        """The flags that a publisher answers."""
        return [item for item in self.flags if item.flag.level.value == "look"]

    @property
    def is_first_of_two(self) -> bool:
        """Whether another publish verdict is needed besides one's own."""
        return self.publishes + 1 < self.publishes_needed

    def takes(self, verdict: Verdict) -> bool:
        """Whether this verdict is offered to who looks."""
        if not self.is_open or self.mine in (verdict, Verdict.ESCALATE):
            return False
        if verdict is Verdict.PUBLISH:
            return self.lack is None
        return verdict is not Verdict.VETO or not self.overturned


def case(outlet: Outlet, db: Session, revision_id: int, reviewer: str) -> Case | None:
    """Everything about one revision, as this reviewer may see it; None where there is none. Raises Unfaithful."""
    found = sheet(db, revision_id)
    if found is None:
        return None
    revision, text = found.revision, found.text or ""
    flags = flags_of(db, revision_id)
    reviews = reviews_of(db, revision_id)
    holds = {review.reviewer: review.verdict for review in reviews}
    stands = final_of(db, revision_id)
    if stands is None:
        overturned = is_overturned(db, revision_id)
        is_over = db.get(Docket, revision_id) is None and decide(reviews, flags, overturned=overturned).is_final
        # What was decided and never took effect, as its author sent a newer text or took it back, is no outcome.
        stands = Decision.WAITING if is_over else waits_for(reviews, overturned=overturned)
    waits, mine = standing(db, revision_id), undoable(outlet, db, revision_id, reviewer)
    return Case(
        sheet=found,
        looker=reviewer,
        flags=flagged(db, found, reviewer, flags),
        checks=(checks := ran(db, revision_id, flags, precise=noise.precision(db) if flags else {})),
        unlooked=unlooked(outlet, (check.check for check in checks)),
        earlier=_earlier(db, revision_id, text, reviewer, is_told=is_told(outlet, db, revision_id, reviewer)),
        stands=stands,
        publishes_needed=publishes_needed(flags),
        publishes=sum(verdict is Verdict.PUBLISH for verdict in holds.values()),
        mine=holds.get(reviewer),
        pending=Pending(waits, held_up(outlet, db, waits)) if waits else None,
        undo_until=undo_until(outlet, db, mine) if mine else None,
        lack=lack_of(db, revision),
        taken_back=is_taken_back(db, revision),
        down=withdrawal_of(db, revision.piece_id, revision.number),
        public=public_number(db, revision.piece_id),
        appeal=_appeal(db, revision_id),
    )


def flags_of(db: Session, revision_id: int) -> Sequence[Flag]:
    """The flags of a revision, in the order of its text: so they are numbered, from one."""
    rows = select(Flag).where(Flag.revision_id == revision_id, ~stale())
    return db.exec(rows.order_by(col(Flag.start), col(Flag.id))).all()


def flagged(db: Session, found: Sheet, reviewer: str, flags: Sequence[Flag] | None = None) -> list[Flagged]:
    """The flags on a sheet, each with its passage, and with what this reviewer said of it."""
    flags = flags_of(db, found.revision.id) if flags is None else flags
    text, said = without_secrets(found.text or "", flags), feedback.judged_by(db, [flag.id for flag in flags], reviewer)
    shown = passages(found.text or "", found.html, flags)
    veiled = [one.flag for one in shown if one.sensitive]
    return [_one(one, text, said.get(one.flag.id), veiled) for one in shown]


def _one(one: Passage, text: str, says: Says | None, veiled: Sequence[Flag]) -> Flagged:
    flag = one.flag
    begin, end = max(0, flag.start - AROUND), flag.end + AROUND
    quote = one.quote
    if len(quote) > LONG_PASSAGE:
        quote = f"{quote[: LONG_PASSAGE // 2]} […] {quote[-LONG_PASSAGE // 4 :]}"
    before = ("…" if begin else "") + text[begin : flag.start]
    after = text[flag.end : end] + ("…" if end < len(text) else "")
    return Flagged(
        flag=flag,
        before=BLANK.sub("\n", before),
        quote=quote,
        after=BLANK.sub("\n", after),
        passage=one,
        says=says,
        sensitive=not one.whole and any(flag.start < other.end and other.start < flag.end for other in veiled),
    )


def _earlier(db: Session, revision_id: int, text: str, reviewer: str, *, is_told: bool) -> list[Earlier]:
    rows = select(Review, Undo).join(Undo, col(Undo.review_id) == Review.id, isouter=True)
    given = db.exec(rows.where(Review.revision_id == revision_id).order_by(col(Review.id)))
    return [_said(review, undo, text, reviewer, is_told=is_told) for review, undo in given]


def _said(review: Review, undo: Undo | None, text: str, reviewer: str, *, is_told: bool) -> Earlier:
    # A question is meant for the others; with every other reason they wait, as the rule says.
    told = is_told or review.verdict is Verdict.ESCALATE or review.reviewer == reviewer
    passage = text[review.start : review.end] if told and review.start is not None else ""
    return Earlier(review, told, passage, undo)


def _appeal(db: Session, revision_id: int) -> Appealed | None:
    rows = (
        select(Appeal, Blob.data, Ruling)
        .select_from(Appeal)
        .join(Blob, col(Blob.id) == Appeal.blob_id)
        .join(Ruling, col(Ruling.appeal_id) == Appeal.id, isouter=True)
        .where(Appeal.revision_id == revision_id)
    )
    found = db.exec(rows).first()
    if found is None:
        return None
    appeal, words, ruling = found
    return Appealed(appeal.id, words.decode() if words is not None else None, ruling)
