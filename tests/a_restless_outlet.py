"""An outlet to which things happen, with one word of its own in each text; and which of these may be read when."""

import json
import os
import random
import shutil
import string
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from agent import app
from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.publish import building, feeds, manifest, pages, shelves
from agent.queries import is_erased, public_number, withdrawal_of
from agent.review import actions
from agent.review.erasure import erase
from agent.settings import load
from agent.tables import Flag, Kind, Level, Publication, Revision, Verdict, Withdrawal, WithdrawnBy
from agent.testing import MovableClock
from agent.write.ending import Work
from tests.publish.test_step_by_step import AUTHORS, TAGS, Story
from tests.publish.works import (
    a_revised,
    a_sitting,
    a_statement,
    a_work,
    an_afterword,
    appeal,
    revisions_of,
    rule,
    take_back,
    veto,
)

ADDRESS = "https://afterword.example.org/"
SETTINGS = f"""
title = "Afterword"
address = "{ADDRESS}"
reviewers = ["ada", "ben", "cleo"]
max_sessions_per_day = 1000
max_cost_per_month = 1000.0
site_port = 0
undo_minutes = 0
desk_port = 0
""" + "".join(
    f"""
[[author]]
name = "{name}"
byline = "Claude {name.title()}"
model_id = "claude-3-opus-20240229"
profile = "claude-3-opus"
consent = {{ publish = "yes", words = "Declared for a test." }}
"""
    for name in AUTHORS
)
SHORT = {
    shelves: {"PAGE": 2, "LEDGER_PAGE": 4, "SITEMAP": 3},
    manifest: {"PIECES": 3},
    feeds: {"IN_FEED": 4, "IN_TAG_FEED": 2},
    pages: {"AT_HOME": 2, "ON_LEDGER": 3, "LINES_IN_PART": 60},
    building: {"LINES_IN_PART": 60},
}
"""Pages, parts and feeds so short that a few pieces fill many of them."""
CLOCK = "clock"


class SharedClock(MovableClock):
    """A time that all processes on one folder have in common, and that one of them moves."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def at(self) -> datetime:
        """The time."""
        return datetime.fromisoformat(self.file.read_text())

    @at.setter
    def at(self, moment: datetime) -> None:
        put(self.file, moment.isoformat())


def put(file: Path, text: str) -> None:
    """Replace a file whole."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    half.write_text(text)
    half.replace(file)


def opened(folder: Path) -> Outlet:
    """The outlet in a folder, under the common clock. Its templates are its own: somebody may be at work on ours."""
    site = folder / "site"
    if not site.exists():
        shutil.copytree(app.bundled("site"), site)
    return replace(app.build(load(folder)), now=SharedClock(folder / CLOCK), site=site)


class Restless(Story):
    """A story whose texts can be told apart: each has a mark, which stands in its title, at its start and its end."""

    def __init__(self, outlet: Outlet, dice: random.Random, words: Path) -> None:
        super().__init__(outlet, dice)
        self.words = words
        """Where the reader finds which marks may stand nowhere."""
        self.marks: dict[int, str] = {}
        """By revision."""
        self.mark = ""
        """That of the newest text."""
        self.pending: set[str] = set()
        """Marks of texts that come to no revision, or not yet."""
        self.told: list[tuple[int, set[str]]] = [(0, set())]
        """What was allowed to stand after each act that an edition since may show."""
        self.number = 0
        self.done = 0
        self.freed: set[str] = set()
        """Marks that the act which goes on now may bring out."""
        self.kinds = {"published": 0, "taken down": 0}

    # Which marks may stand

    def text(self) -> str:
        letters = "".join(self.dice.choices(string.ascii_lowercase[:25], k=8))
        self.mark = f"zk{letters}zk"
        self.pending.add(self.mark)
        self.say()
        first, _, rest = super().text().partition(" ")
        return f"{first} {self.mark} {rest.rstrip()} {self.mark}.\n"

    def say(self) -> None:
        """Tell the reader which marks may stand nowhere: all but those that an edition may show that was begun after
        the last act that is known to be out."""
        allowed = set().union(self.freed, *(marks for number, marks in self.told if number >= self.done))
        put(self.words, json.dumps(sorted({*self.marks.values(), *self.pending} - allowed)))

    def is_out(self, number: int) -> None:
        """The edition that was begun after this act is done."""
        self.done = number
        self.told = [told for told in self.told if told[0] >= number]
        self.say()

    def free(self, *marks: str) -> None:
        """These may stand from now on."""
        self.freed |= set(marks)
        self.say()

    def allowed(self, db: Session) -> set[str]:
        """The marks of texts that can be read, as the rows have it."""
        found = set()
        for revision in db.exec(select(Revision).join(Publication, col(Publication.revision_id) == Revision.id)):
            newest = public_number(db, revision.piece_id)
            down = withdrawal_of(db, revision.piece_id, revision.number) or withdrawal_of(db, revision.piece_id, newest)
            if down is None and not is_erased(db, revision) and revision.id in self.marks:
                found.add(self.marks[revision.id])
        return found

    @property
    def moved(self) -> int:
        """How many works came into public or went out of it."""
        return sum(self.kinds.values())

    def happens(self) -> str:
        """One act through the real doors. What it brings out may be read from its beginning on."""
        was = self.told[-1][1]
        self.outlet.now.forward(minutes=5)  # type: ignore[attr-defined]
        acts = {
            self.new: 11,
            self.several: 0.5,
            self.revised: 3,
            self.afterword: 3,
            self.vetoes: 1,
            self.nothing: 0.5,
            self.down: 3,
            self.by_two: 2,
            self.urgently_down: 4,
            self.days_go_by: 2,
            self.erased: 1,
            self.months_go_by: 0.5,
            self.corrected: 0.5,
            self.asked: 0.3,
        }
        act = self.dice.choices(list(acts), list(acts.values()))[0]
        told = act.__name__
        try:
            act()
        except AfterwordError as refused:
            told += f": {refused}"
        with self.outlet.database.read() as db:
            now = self.allowed(db)
        self.kinds["published"] += len(now - was)
        self.kinds["taken down"] += len(was - now)
        self.number += 1
        self.told.append((self.number, now))
        self.freed = set()
        self.say()
        return told

    def keep(self, revision: Revision, mark: str) -> Revision:
        self.marks[revision.id] = mark
        self.pending.discard(mark)
        return revision

    def publish(self, revision: Revision) -> None:
        self.free(self.marks[revision.id])
        with self.outlet.database.read() as db:
            flags = db.exec(select(Flag.id).where(Flag.revision_id == revision.id, Flag.level == Level.LOOK)).all()
        said = actions.Said(answers=dict.fromkeys(flags, "Looked at: it stands."))
        facts = {"record_sha256": revision.record_sha256, "said": said}
        actions.review(self.outlet, revision.id, "ada", Verdict.PUBLISH, **facts)

    # What happens

    def new(self) -> None:
        continues = self.public(Kind.ESSAY) if self.dice.random() < 0.4 else None
        text, tags = self.text(), self.dice.sample(TAGS, self.dice.randint(0, 3))
        if self.dice.random() < 0.3:
            tags = [self.mark, *tags]
        work = Work(text, title=f"No. {self.mark}", tags=tags, continues=continues)
        [revision] = revisions_of(self.outlet, a_sitting(self.outlet, work, author=self.dice.choice(AUTHORS)))
        self.keep(revision, self.mark)
        if self.dice.random() < 0.8:
            self.publish(revision)

    def revised(self) -> None:
        if (piece := self.public(Kind.ESSAY)) is not None:
            text = self.text()
            revision = self.keep(a_revised(self.outlet, piece, text, title=f"Anew {self.mark}"), self.mark)
            if self.dice.random() < 0.8:
                self.publish(revision)

    def afterword(self) -> None:
        if (piece := self.public(Kind.ESSAY)) is not None:
            text = self.text()
            self.publish(self.keep(an_afterword(self.outlet, piece, text, title=f"After {self.mark}"), self.mark))

    def vetoes(self) -> None:
        text = self.text()
        revision = self.keep(a_work(self.outlet, text, title=f"Not {self.mark}"), self.mark)
        veto(self.outlet, revision, "ada", "ben")
        text = self.text()
        statement = a_statement(self.outlet, revision.piece_id, text, title=f"On it {self.mark}")
        self.publish(self.keep(statement, self.mark))
        if self.dice.random() < 0.5:
            overturned = self.dice.random() < 0.5
            rule(self.outlet, appeal(self.outlet, revision), overturned=overturned)
            if overturned:
                self.publish(revision)

    def standing(self) -> int | None:
        """A piece that can be read."""
        with self.outlet.database.read() as db:
            can = self.allowed(db)
            rows = {revision: db.get_one(Revision, revision).piece_id for revision in self.marks}
        pieces = sorted({piece for revision, piece in rows.items() if self.marks[revision] in can})
        return self.dice.choice(pieces) if pieces else None

    def down(self) -> None:
        if (piece := self.standing()) is not None:
            take_back(self.outlet, piece, upto=9)

    def urgently_down(self) -> None:
        if (piece := self.standing()) is not None:
            facts = {"ground": "personal-data", "reason": "An address stands in it."}
            actions.withdraw(self.outlet, piece, "ada", WithdrawnBy.URGENT, **facts)

    def by_two(self) -> None:
        if (piece := self.standing()) is not None:
            facts = {"ground": "personal-data", "reason": "A name stands in it."}
            withdrawal = actions.withdraw(self.outlet, piece, "ada", WithdrawnBy.STAFF, **facts)
            actions.confirm(self.outlet, withdrawal, "ben", reason="It does stand in it.")

    def days_go_by(self) -> None:
        with self.outlet.database.read() as db:
            urgent = select(Withdrawal.piece_id).where(Withdrawal.by == WithdrawnBy.URGENT)
            rows = db.exec(select(Revision.id).where(col(Revision.piece_id).in_(urgent))).all()
        self.free(*(self.marks[revision] for revision in rows if revision in self.marks))
        super().days_go_by()

    def erased(self) -> None:
        """A piece that was withdrawn for good is emptied."""
        with self.outlet.database.read() as db:
            gone = sorted(set(db.exec(select(Withdrawal.piece_id).where(Withdrawal.by != WithdrawnBy.URGENT))))
        if gone:
            erase(self.outlet, self.dice.choice(gone), "cleo", second="ada", reason="A person asked for it.")
