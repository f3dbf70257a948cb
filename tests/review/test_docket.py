"""The docket stays true to the rows, whatever is done and in which order."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import col, select

from agent import schedule
from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.review import actions
from agent.review.actions import Said, Span
from agent.review.queue import queue
from agent.tables import Appeal, CheckRun, Docket, Flag, Level, Revision, Verdict, Veto
from agent.testing import MovableClock, a_session, tool_reply
from agent.write.ending import Work
from tests.a_docket import kept, slots_kept, slots_told_slowly, told_slowly
from tests.publish.works import a_sitting
from tests.review.a_desk_of_two import WHY

pytestmark = pytest.mark.slow

STEPS = 70
REVIEWERS = ("ada", "ben", "cleo")


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
            said = Said(ground="personal-data", span=Span(0, 2), reason=WHY)
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

    def flag(self) -> None:
        """A check of a later version has its say."""
        if (revision := self.some_revision()) is not None:
            with self.outlet.database.write() as db:
                run = CheckRun(
                    revision_id=revision.id, check="c", version=str(self.dice.random()), at=self.outlet.now()
                )
                db.add(run)
                db.flush()
                level = self.dice.choice(list(Level))
                about = {"check": "c", "category": "c", "start": 0, "end": 2, "quote": "It", "why": "So."}
                db.add(Flag(run_id=run.id, revision_id=revision.id, level=level, **about))

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

    def step(self) -> None:
        """One of these, if it is possible."""
        acts: list[tuple[Callable[[], None], int]] = [
            *((self.submit, 8), (self.revise, 3), (self.say, 20), (self.undo, 5), (self.flag, 3)),
            *(
                (self.time_passes, 5),
                (self.ask, 3),
                (self.appeal, 1),
                (self.rule, 3),
                (self.erase, 1),
                (self.invite, 1),
            ),
        ]
        act = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        try:
            act()
            self.done.append(act.__name__)
        except AfterwordError as no:
            self.done.append(f"{act.__name__}: {no}")


def test_the_docket_is_what_the_rows_say_after_anything(both: Outlet) -> None:
    settings = both.settings.model_copy(update={"undo_minutes": 10.0, "reviewers": list(REVIEWERS)})
    days = Days(replace(both, settings=settings), random.Random(3))
    days.submit()
    seen = set[tuple[bool, int, int]]()
    for _ in range(STEPS):
        days.step()
        with both.database.read() as db:
            rows = kept(db)
            assert rows == told_slowly(db), days.done[-3:]
            assert slots_kept(db) == slots_told_slowly(db), days.done[-3:]
            waiting = {row.revision for row in rows if row.resolution is None}
            assert {row.revision for row in queue(db)} <= waiting
        seen |= {(row.resolution is not None, row.worst, row.reviews) for row in rows}
    assert len(seen) > 6, "much has happened"
    days.refuse()
    with both.database.read() as db:
        assert kept(db) == told_slowly(db), "all of it withdrawn"
