"""An outlet with as many pieces as one likes at its desk, with the rows that real ones would have left.

The first piece of each author goes the real way: invited, written with tools, rendered, checked, reviewed, published.
The others are put in at once, after that pattern, with hashes, salts, moments and titles of their own; each of some
hundred texts stands in many of them. Of the pieces a given part waits to be read; the triggers of the database open and
close them, as they do for any row. Of those that wait, 2 in 100 have one veto, 2 are escalated, and of those with a
`stop` flag half have one of two publish verdicts. Of those that are decided, one in ten is held back.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent import app, archive, likeness
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.record import Record
from agent.review import actions
from agent.settings import load
from agent.staff import set_password
from agent.tables import (
    CheckRun,
    Flag,
    Kind,
    Level,
    Outcome,
    Piece,
    Publication,
    Rendering,
    Resolution,
    Review,
    Revision,
    Shingle,
    Submission,
    Verdict,
    Veto,
)
from agent.testing import MovableClock, a_piece
from tests.bench.site_corpus import Essay, paragraph, phrase
from tests.bench.site_rows import Pattern, Rows, pattern_of, renderings, table_of

AUTHORS = tuple(f"author-{number:02}" for number in range(1, 13))
PASSWORD = "quince river comma weather"
FORMS = ("essay", "poem", "letter", "list", "a note in passing")
WAITED, DECIDED_OVER = timedelta(days=60), timedelta(days=700)
"""What waits came in so long a time, evenly; what is decided in so long a time before that."""
PARAGRAPHS = 4
AT_ONCE = 2_000
SETTINGS = """
title = "Afterword"
reviewers = [{reviewers}]
max_sessions_per_day = 1000
max_cost_per_month = 1000.0
site_port = 0
desk_port = 0
undo_minutes = 0.25
database_url = "{url}"
""" + "".join(
    f"""
[[author]]
name = "{name}"
byline = "Claude {number}"
model_id = "claude-3-opus-20240229"
profile = "claude-3-opus"
consent = {{ publish = "yes", words = "Declared for a bench." }}
"""
    for number, name in enumerate(AUTHORS, 1)
).replace("{ publish", "{{ publish").replace('bench." }', 'bench." }}')


@dataclass(frozen=True)
class Size:
    """How many pieces there are, and how many of them wait."""

    pieces: int
    waiting: int


@dataclass(frozen=True)
class Fate:
    """What becomes of a piece: the levels of its flags, the reviews that were given, and what came of them."""

    flags: tuple[Level, ...] = ()
    said: tuple[Verdict, ...] = ()
    decided: bool = False


class Desk(Rows):
    """Rows of a desk that wait to be stored together."""

    ORDER = (*Rows.ORDER, Flag, Resolution, Veto)

    def piece(self, essay: Essay, like: Pattern, fate: Fate, form: str) -> int:
        """Add what a piece leaves up to its fate; return its revision."""
        said: dict[str, Any] = {"title": essay.title, "text": essay.text, "form": form}
        session, turn = self._sitting(essay, like, "submit", said, Outcome.SUBMITTED)
        text, text_sha256 = self.blob(essay.text.encode())
        about = Record(text_sha256=text_sha256, kind=Kind.ESSAY, title=essay.title, form=form, tags=essay.tags)
        record, record_sha256 = self.blob(about.bytes)
        piece = self.add(Piece, like.piece, at=essay.at)
        blobs = {"session_id": session, "turn_id": turn, "text_blob_id": text, "record_blob_id": record, "at": essay.at}
        self.add(Submission, like.submission, **blobs)
        hashes = {"text_sha256": text_sha256, "record_sha256": record_sha256}
        revision = self.add(Revision, like.revision, piece_id=piece, **hashes, **blobs)
        runs = [self.add(CheckRun, run, revision_id=revision, at=essay.at) for run in like.runs]
        for level in fate.flags:
            about_it = {"check": "markup", "category": "markup", "why": "It may be odd.", "level": level}
            self.add(Flag, about_it, run_id=runs[0], revision_id=revision, start=0, end=9, quote=essay.text[:9])
        self._fate(essay, like, fate, (piece, revision, record_sha256))
        return revision

    def _fate(self, essay: Essay, like: Pattern, fate: Fate, ids: tuple[int, int, str]) -> None:
        piece, revision, record_sha256 = ids
        at = essay.at + timedelta(hours=1)
        review = 0
        for reviewer, verdict in zip(("r01", "r02"), fate.said, strict=False):
            own: dict[str, Any] = {"ground": "", "reason": "", "start": None, "end": None}
            if verdict is Verdict.VETO:
                own = {"ground": "personal-data", "reason": "A private address.", "start": 0, "end": 9}
            own |= {"reviewer": reviewer, "verdict": verdict, "record_sha256": record_sha256, "at": at}
            review = self.add(Review, like.review, revision_id=revision, **own)
        if not fate.decided:
            return
        ground = "personal-data" if fate.said[-1] is Verdict.VETO else ""
        met = {"revision_id": revision, "review_id": review, "verdict": fate.said[-1], "ground": ground}
        self.add(Resolution, met, due_at=at, at=at)
        if ground:
            self.add(Veto, {}, revision_id=revision, ground=ground, at=at)
        else:
            path = f"pieces/{piece}"
            self.add(Publication, like.publication, piece_id=piece, revision_id=revision, path=path, at=at)


def an_outlet_of(folder: Path, url: str, size: Size, reviewers: Sequence[str], seed: int = 1) -> Outlet:
    """A new outlet in a folder, on an empty database, with so many pieces, of which so many wait to be read."""
    pieces, waiting = size.pieces, size.waiting
    names = ", ".join(f'"{name}"' for name in reviewers)
    begin(folder, SETTINGS.format(reviewers=names, url=url))
    now = datetime.now(UTC)
    outlet = replace(app.build(load(folder)), now=MovableClock(now - WAITED - DECIDED_OVER - timedelta(days=30)))
    app.open_up(outlet)
    with outlet.database.write() as db:
        for name in reviewers:
            set_password(db, name, PASSWORD, now)
    patterns = [_first(outlet, author) for author in AUTHORS]
    dice = random.Random(seed)
    texts = _texts(dice, max(20, min(pieces // 50, 2_000)))
    with outlet.database.write() as db:
        drawn = [row | {"at": now - WAITED - DECIDED_OVER} for row in renderings(texts)]
        db.connection().execute(sa.insert(table_of(Rendering)), drawn)
    folded = {text: archive.words_of(text) for text in texts}
    sketches = {text: likeness.sketch(text) for text in texts}
    for start in range(0, pieces, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, pieces))
        with outlet.database.write() as db:
            rows, found = Desk(db), dict[int, list[str]]()
            near = list[dict[str, int]]()
            for number in numbers:
                pattern = patterns[number % len(AUTHORS)]
                text, title = texts[dice.randrange(len(texts))], phrase(dice, 2, 5).capitalize()
                at = _moment(now, number, pieces, waiting)
                essay = Essay(number + 1, AUTHORS[number % len(AUTHORS)], title, [], text, at)
                form = dice.choice(FORMS)
                revision = rows.piece(essay, pattern, _fate(dice, is_waiting=number >= pieces - waiting), form)
                found[revision] = list(dict.fromkeys([*archive.words_of(f"{title} {form}"), *folded[text]]))
                near += [{"revision_id": revision, "hash": number} for number in sketches[text]]
            rows.store()
            archive.put_in(db, found)
            db.connection().execute(sa.insert(table_of(Shingle)), near)
    if not outlet.database.is_sqlite:
        with outlet.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Those rows came with numbers of their own.
            for name in [table.name for kind in Desk.ORDER if "id" in (table := table_of(kind)).columns]:
                connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))")
            # A server at home does so by itself, now and then.
            connection.exec_driver_sql("VACUUM ANALYZE")
    return outlet


def _moment(now: datetime, number: int, pieces: int, waiting: int) -> datetime:
    left = pieces - number
    if left <= waiting:
        return now - WAITED * (left / max(waiting, 1))
    return now - WAITED - DECIDED_OVER * ((left - waiting) / max(pieces - waiting, 1))


def _fate(dice: random.Random, *, is_waiting: bool) -> Fate:
    level = dice.choices([None, Level.NOTE, Level.LOOK, Level.STOP], [72, 15, 10, 3])[0]
    flags = (level,) if level is not None else ()
    if not is_waiting:
        if dice.random() < 0.1:
            return Fate(flags, (Verdict.VETO, Verdict.VETO), decided=True)
        return Fate(flags, (Verdict.PUBLISH,) * (2 if level is Level.STOP else 1), decided=True)
    if level is Level.STOP and dice.random() < 0.5:
        return Fate(flags, (Verdict.PUBLISH,))
    chance = dice.random()
    said = (Verdict.VETO,) if chance < 0.02 else (Verdict.ESCALATE,) if chance < 0.04 else ()
    return Fate(flags, said)


def _texts(dice: random.Random, count: int) -> list[str]:
    """So many texts of some 250 words, with a little Markdown."""
    return ["\n\n".join(paragraph(dice) for _ in range(PARAGRAPHS)) + "\n" for _ in range(count)]


def _first(outlet: Outlet, author: str) -> Pattern:
    """What the first piece of an author leaves, which goes the real way."""
    at_once = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 0.0}))
    revision = a_piece(at_once, "The rain today is reported, not felt.\n", author=author, title="Rain")
    actions.review(at_once, revision.id, "r01", Verdict.PUBLISH, record_sha256=revision.record_sha256)
    found = pattern_of(outlet, author)
    assert found is not None
    return found
