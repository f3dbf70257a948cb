"""The docket stays true to the rows, whatever is done and in which order."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from sqlmodel import Session, col, select

from agent import check, schedule
from agent.check.frame import Finding, Looked
from agent.desk.shown.case import case
from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.queries import is_overturned, reviews_of, stale
from agent.review import actions
from agent.review.actions import Said, Span
from agent.review.bar import DECIDES, Decision, decide, publishes_needed
from agent.review.going import going
from agent.review.queue import queue
from agent.review.resolutions import TWO_PUBLISH, TWO_VETO
from agent.tables import Appeal, Docket, Flag, Level, Publication, Resolution, Revision, Verdict, Veto
from agent.testing import MovableClock, a_session, tool_reply
from agent.write.ending import Work
from tests.a_docket import kept, slots_kept, slots_told_slowly, told_slowly
from tests.check.test_run_checks import Scripted
from tests.publish.works import a_sitting
from tests.review.a_desk_of_two import WHY

pytestmark = pytest.mark.slow

STEPS = 70
VERDICTS = 400
REVIEWERS = ("ada", "ben", "cleo")
GROUNDS = ("personal-data", "claim", "law")
ANYTHING = {"submit": 8, "revise": 3, "say": 20, "undo": 5, "send_back": 1, "look": 8, "time_passes": 5} | {
    "ask": 3,
    "appeal": 1,
    "rule": 3,
    "erase": 1,
    "invite": 1,
}
SAID_AND_SEEN = {"submit": 2, "say": 24, "undo": 2, "send_back": 1, "look": 24, "time_passes": 3} | {
    "appeal": 1,
    "rule": 1,
}
"""How often each of these happens."""


class Days:
    """What happens to an outlet, by chance, through the real verbs; what is not possible now does not."""

    def __init__(self, outlet: Outlet, dice: random.Random) -> None:
        self.outlet, self.dice = outlet, dice
        self.done: list[str] = []

    def some_revision(self) -> Revision | None:
        """Any; the oldest that is open more often than not, so that much happens to it."""
        with self.outlet.database.read() as db:
            open_ones = select(Docket.revision_id)
            rows = select(Revision).order_by(col(Revision.id))
            found = db.exec(rows.where(col(Revision.id).in_(open_ones)) if self.dice.random() < 0.8 else rows).all()
        return None if not found else found[0] if self.dice.random() < 0.6 else self.dice.choice(found)

    def submit(self) -> None:
        a_sitting(self.outlet, Work(f"It rained {self.dice.random()} times.\n", title="Rain"), author="opus")

    def revise(self) -> None:
        if (revision := self.some_revision()) is not None:
            a_sitting(self.outlet, Work("It snowed.\n", title="Snow", piece_id=revision.piece_id), author="opus")

    def say(self) -> None:
        if (revision := self.some_revision()) is not None:
            verdict = self.dice.choices(list(Verdict), [4, 5, 1])[0]
            with self.outlet.database.read() as db:
                asking = select(Flag.id).where(Flag.revision_id == revision.id, Flag.level == Level.LOOK, ~stale())
                answers = dict.fromkeys(db.exec(asking), "It is so.")
            ground = self.dice.choice(GROUNDS)
            said = Said(ground=ground, span=Span(0, 2), reason=WHY, answers=answers)
            reviewer, record = self.dice.choice(REVIEWERS), revision.record_sha256
            actions.review(self.outlet, revision.id, reviewer, verdict, record_sha256=record, said=said)

    def undo(self) -> None:
        if (revision := self.some_revision()) is not None:
            for reviewer in REVIEWERS:
                try:
                    actions.undo(self.outlet, revision.id, reviewer)
                except AfterwordError:
                    continue
                return

    def look(self) -> None:
        """A check looks again: it finds more or less than before, or breaks."""
        if (revision := self.some_revision()) is not None:
            by = Scripted(NAME=self.dice.choice("cccd"), VERSION=str(self.dice.random()))
            levels = self.dice.choice([[], [], [Level.NOTE], [Level.LOOK], [Level.STOP], [Level.NOTE, Level.STOP]])
            found = [Finding(level, "c", 0, 2, "So.") for level in levels]
            looked = Looked(fault="it broke") if self.dice.random() < 0.1 else Looked(found)
            with self.outlet.database.write() as db:
                check.store(self.outlet, db, by, looked, revision_id=revision.id, text="It")

    def send_back(self) -> None:
        if (revision := self.some_revision()) is not None:
            actions.send_back(self.outlet, revision.id, self.dice.choice(REVIEWERS), reason=WHY)

    def time_passes(self) -> None:
        assert isinstance(self.outlet.now, MovableClock)
        self.outlet.now.forward(minutes=self.dice.choice([1, 6, 11]))
        actions.carry_out(self.outlet)

    def ask(self) -> None:
        """Its author withdraws a piece."""
        if (revision := self.some_revision()) is not None:
            asks = tool_reply("withdraw", piece=revision.piece_id, why="I see it differently.")
            a_session(self.outlet, [asks, tool_reply("decline")])

    def refuse(self) -> None:
        """It does not wish to be published any more, and then it does."""
        for publish in ("no", "yes"):
            said = tool_reply("change_consent", publish=publish, scope="all", words="So it is.")
            a_session(self.outlet, [said, tool_reply("decline")])

    def appeal(self) -> None:
        with self.outlet.database.read() as db:
            held_back = select(Revision.piece_id).where(col(Revision.id).in_(select(Veto.revision_id)))
            pieces = db.exec(held_back.order_by(col(Revision.id).desc()).limit(1)).all()
        for piece in pieces:
            a_session(self.outlet, [tool_reply("appeal", piece=piece, words="It named nobody."), tool_reply("decline")])

    def rule(self) -> None:
        with self.outlet.database.read() as db:
            appeals = db.exec(select(Appeal.id)).all()
        for appeal in appeals:
            for reviewer in self.dice.sample(REVIEWERS, 3):
                try:
                    actions.rule(self.outlet, appeal, reviewer, overturned=self.dice.random() < 0.7, reason=WHY)
                except AfterwordError:
                    continue
                break

    def erase(self) -> None:
        if (revision := self.some_revision()) is not None:
            actions.erase(self.outlet, revision.piece_id, "ada", second="ben", reason="A court order.")

    def invite(self) -> None:
        """A slot whose sitting does not begin."""
        schedule.ask_now(self.outlet, "sonnet", "plain")

    def step(self, acts: Mapping[str, int]) -> None:
        """One of these, if it is possible; each as often as it says."""
        assert isinstance(self.outlet.now, MovableClock)
        self.outlet.now.forward(seconds=1)
        act: Callable[[], None] = getattr(self, self.dice.choices(list(acts), weights=list(acts.values()))[0])
        try:
            act()
            self.done.append(act.__name__)
        except AfterwordError as no:
            self.done.append(f"{act.__name__}: {no}")


class Decided:
    """What was decided so far, and that each of it was decided by people, enough of them, who said just that."""

    def __init__(self) -> None:
        self.known: set[tuple[str, int]] = set()
        self.confirmed = 0
        """How often something waited only for somebody to confirm it."""

    def need_people(self, db: Session, done: str) -> None:
        """Look at what one act brought."""
        rows: list[Resolution | Publication | Veto] = [
            *db.exec(select(Resolution)),
            *db.exec(select(Publication)),
            *db.exec(select(Veto)),
        ]
        for row in rows:
            if (key := (type(row).__name__, row.id)) in self.known:
                continue
            self.known.add(key)
            reviews = reviews_of(db, row.revision_id)
            latest = sorted({review.reviewer: review for review in reviews}.values(), key=lambda review: review.id)
            flags = db.exec(select(Flag).where(Flag.revision_id == row.revision_id, ~stale())).all()
            decision = decide(reviews, flags, overturned=is_overturned(db, row.revision_id))
            publishers = sum(review.verdict is Verdict.PUBLISH for review in latest)
            vetoers = [review for review in latest if review.verdict is Verdict.VETO]
            match row:
                case Resolution():
                    assert done == "say", "a check or a change of mind decides nothing"
                    assert row.review_id == reviews[-1].id
                    assert (row.verdict, DECIDES[row.verdict]) == (reviews[-1].verdict, decision)
                case Publication():
                    assert decision is Decision.PUBLISHED
                    assert row.reviewers == publishers >= publishes_needed(flags)
                case Veto():
                    assert len(vetoers) == 2
                    assert row.ground == vetoers[-1].ground == reviews[-1].ground

    def need_truth(self, outlet: Outlet, db: Session) -> None:
        """Nothing that is open is called decided, and nothing that is decided waits for a person nobody asks."""
        for row in queue(db):
            assert not row.stands.is_final
            self.confirmed += row.stands is Decision.SECOND and row.publishes_needed == 1
        for docket in db.exec(select(Docket).order_by(col(Docket.revision_id)).limit(1)):
            found = case(outlet, db, docket.revision_id, "ada")
            assert found is not None
            assert found.stands.is_final is (docket.resolution_id is not None)
        for going_out in going(outlet, db, limit=None):
            assert going_out.held_up not in (TWO_PUBLISH, TWO_VETO)


def with_time_to_undo(outlet: Outlet) -> Outlet:
    settings = outlet.settings.model_copy(update={"undo_minutes": 10.0, "reviewers": list(REVIEWERS)})
    return replace(outlet, settings=settings)


def test_the_docket_is_what_the_rows_say_after_anything(both: Outlet) -> None:
    days, decided = Days(with_time_to_undo(both), random.Random(3)), Decided()
    days.submit()
    seen = set[tuple[bool, int, int]]()
    for _ in range(STEPS):
        days.step(ANYTHING)
        with both.database.read() as db:
            rows = kept(db)
            assert rows == told_slowly(db), days.done[-3:]
            assert slots_kept(db) == slots_told_slowly(db), days.done[-3:]
            decided.need_people(db, days.done[-1])
            decided.need_truth(days.outlet, db)
            waiting = {row.revision for row in rows if row.resolution is None}
            assert {row.revision for row in queue(db)} <= waiting
        seen |= {(row.resolution is not None, row.worst, row.reviews) for row in rows}
    assert len(seen) > 6, "much has happened"
    days.refuse()
    with both.database.read() as db:
        assert kept(db) == told_slowly(db), "all of it withdrawn"


def test_flags_that_come_and_go_among_verdicts_decide_nothing(outlet: Outlet) -> None:
    days, decided = Days(with_time_to_undo(outlet), random.Random(6)), Decided()
    for _ in range(VERDICTS):
        days.step(SAID_AND_SEEN)
        with outlet.database.read() as db:
            assert kept(db) == told_slowly(db), days.done[-5:]
            decided.need_people(db, days.done[-1])
            decided.need_truth(days.outlet, db)
    assert {kind for kind, _ in decided.known} == {"Resolution", "Publication", "Veto"}, "much has happened"
    assert decided.confirmed > 10, "and what only a second person could confirm"
