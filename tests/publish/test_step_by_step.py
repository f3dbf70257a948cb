"""An edition made step by step is, byte for byte, what making it at once gives; and no step leaves a dead link."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from agent import pipeline
from agent.errors import AfterwordError
from agent.outlet import Outlet
from agent.publish import edition, feeds, manifest, pages, shelves
from agent.publish.verify import verify
from agent.review import actions, withdrawals
from agent.review.corrections import correct, erase_correction
from agent.review.erasure import erase
from agent.tables import Correction, Kind, Outcome, Piece, Publication, Revision, WithdrawnBy
from agent.write.ending import Work
from tests.publish.in_public import dead_links
from tests.publish.works import (
    a_revised,
    a_sitting,
    a_statement,
    a_work,
    an_afterword,
    an_interview,
    appeal,
    publish,
    revisions_of,
    rule,
    take_back,
    veto,
)

TAGS = ("", "!", "rain", "Rain", "C++", "雨", "the sea", "hope")
NOUNS = (
    *(
        "rain",
        "lamp",
        "harbour",
        "clock",
        "letter",
        "window",
        "river",
        "stair",
        "garden",
        "winter",
        "bridge",
        "orchard",
    ),
    *("mirror", "kettle", "hill", "ferry"),
)
VERBS = (
    *("crosses", "forgets", "follows", "answers", "lifts", "counts", "finds", "leaves", "hides", "carries", "opens"),
    *("keeps", "moves"),
)
STEPS = 40
EXTRAS = 13
"""So many steps apart cards, search, ZIP and EPUB are made, too."""
AUTHORS = ("opus", "sonnet")


class Story:
    """Things that happen to an outlet, by chance; what is not possible now does not."""

    def __init__(self, outlet: Outlet, dice: random.Random) -> None:
        self.outlet, self.dice = outlet, dice
        self.done: set[str] = set()

    def text(self) -> str:
        """A text that no check has anything to say of."""
        nouns, verbs = self.dice.sample(NOUNS, 12), self.dice.sample(VERBS, 12)
        said = [f"The {noun} {verb} the {other}." for noun, verb, other in zip(nouns, verbs, nouns[::-1], strict=True)]
        body = " ".join(said[: self.dice.randint(3, 12)])
        note = f"[^1]: Or {self.dice.randint(2, 99)}."
        return f"{body}[^1]\n\n*And then* it was {self.dice.choice(NOUNS)} again.\n\n{note}\n"

    def public(self, *kinds: Kind) -> int | None:
        with self.outlet.database.read() as db:
            rows = select(Publication.piece_id).join(Piece, col(Piece.id) == Publication.piece_id)
            pieces = sorted(set(db.exec(rows.where(col(Piece.kind).in_(kinds or tuple(Kind))))))
        return self.dice.choice(pieces) if pieces else None

    def new(self) -> None:
        continues = self.public(Kind.ESSAY) if self.dice.random() < 0.4 else None
        tags = self.dice.sample(TAGS, self.dice.randint(0, 3))
        author = self.dice.choice(AUTHORS)
        work = Work(self.text(), title=f"No. {self.dice.randint(1, 999)}", tags=tags, continues=continues)
        session = a_sitting(self.outlet, work, author=author)
        with self.outlet.database.read() as db:
            revision = db.exec(select(Revision).where(Revision.session_id == session)).one()
        if self.dice.random() < 0.8:
            publish(self.outlet, revision)

    def several(self) -> None:
        for _ in range(3):
            self.new()

    def nothing(self) -> None:
        outcome = self.dice.choice([Outcome.DECLINED, Outcome.KEPT_PRIVATE, Outcome.UNFINISHED])
        a_sitting(self.outlet, outcome=outcome, author=self.dice.choice(AUTHORS))

    def revised(self) -> None:
        if (piece := self.public(Kind.ESSAY)) is not None:
            publish(self.outlet, a_revised(self.outlet, piece, self.text(), title=f"Anew {self.dice.randint(1, 99)}"))

    def afterword(self) -> None:
        if (piece := self.public(Kind.ESSAY)) is not None:
            publish(self.outlet, an_afterword(self.outlet, piece, self.text()))

    def vetoes(self) -> None:
        revision = a_work(self.outlet, self.text())
        veto(self.outlet, revision, "ada", "ben")
        publish(self.outlet, a_statement(self.outlet, revision.piece_id, self.text()))
        if self.dice.random() < 0.5:
            rule(self.outlet, appeal(self.outlet, revision), overturned=self.dice.random() < 0.5)

    def down(self) -> None:
        if (piece := self.public()) is not None:
            take_back(self.outlet, piece, upto=9)

    def urgently_down(self) -> None:
        if (piece := self.public()) is not None:
            withdrawals.withdraw(
                self.outlet,
                piece,
                "ada",
                WithdrawnBy.URGENT,
                ground="personal-data",
                reason="An address stands in it.",
            )

    def days_go_by(self) -> None:
        self.outlet.now.forward(hours=80)  # type: ignore[attr-defined]
        actions.reinstate(self.outlet)

    def months_go_by(self) -> None:
        self.outlet.now.forward(days=self.dice.randint(20, 200))  # type: ignore[attr-defined]
        actions.carry_out(self.outlet)

    def waits(self) -> None:
        """What was decided goes out when months went by."""
        publish(self.outlet, a_work(self.outlet, self.text()), at=self.outlet.now() + timedelta(days=2))

    def undone(self) -> None:
        patient = replace(self.outlet, settings=self.outlet.settings.model_copy(update={"undo_minutes": 10.0}))
        revision = a_work(patient, self.text())
        give = self.dice.choice([publish, lambda outlet, revision: veto(outlet, revision, "ada", "ben")])
        give(patient, revision)
        if self.dice.random() < 0.5:
            edition.build(self.outlet, extras=False)
        actions.undo(patient, revision.id, "ada" if give is publish else "ben")
        if self.dice.random() < 0.5:
            publish(self.outlet, revision, "ben")

    def erased(self) -> None:
        if (piece := self.public()) is not None:
            take_back(self.outlet, piece, upto=9)
            erase(self.outlet, piece, "ada", second="ben", reason="A person asked for it.")

    def corrected(self) -> None:
        if (piece := self.public()) is not None:
            correct(self.outlet, piece, "ada", "The year is 1911.")

    def uncorrected(self) -> None:
        with self.outlet.database.read() as db:
            note = db.exec(select(func.max(Correction.id))).one()
        erase_correction(self.outlet, note or 0, "ada", second="ben", reason="It names somebody.")

    def two_works(self) -> None:
        session = a_sitting(self.outlet, Work(self.text(), title="One of two"), Work(self.text(), tags=["hope"]))
        for revision in revisions_of(self.outlet, session):
            publish(self.outlet, revision)

    def asked(self) -> None:
        an_interview(self.outlet, self.dice.choice(["YES", "NO"]), author="opus")

    def happens(self) -> str:
        """What may happen, by chance; but each thing once before that."""
        acts: dict[Callable[[], None], float] = {
            self.new: 9,
            self.several: 1,
            self.nothing: 2,
            self.revised: 2,
            self.afterword: 2,
            self.vetoes: 1,
            self.corrected: 1,
            self.uncorrected: 1,
            self.two_works: 1,
            self.urgently_down: 1,
            self.days_go_by: 1,
            self.waits: 1,
            self.undone: 1,
            self.down: 2,
            self.erased: 1,
            self.months_go_by: 2,
            self.asked: 0.5,
        }
        untried = [act for act in acts if act.__name__ not in self.done]
        act = (
            self.dice.choices([*acts], [*acts.values()])[0]
            if len(untried) == 0 or self.dice.random() < 0.3
            else untried[0]
        )
        self.outlet.now.forward(minutes=5)  # type: ignore[attr-defined]
        try:
            act()
        except AfterwordError as refused:
            return f"{act.__name__}: {refused}"
        self.done.add(act.__name__)
        return act.__name__


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, parts and feeds so short that a few pieces fill many of them."""
    monkeypatch.setattr(shelves, "PAGE", 2)
    monkeypatch.setattr(shelves, "LEDGER_PAGE", 4)
    monkeypatch.setattr(shelves, "SITEMAP", 3)
    monkeypatch.setattr(manifest, "PIECES", 3)
    monkeypatch.setattr(feeds, "IN_FEED", 4)
    monkeypatch.setattr(feeds, "IN_TAG_FEED", 2)
    monkeypatch.setattr(pages, "AT_HOME", 2)
    monkeypatch.setattr(pages, "ON_LEDGER", 3)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("seed", range(2))
def test_steps_come_to_the_same_bytes_as_everything_at_once(outlet: Outlet, seed: int) -> None:
    story = Story(outlet, random.Random(seed))
    public = outlet.settings.folder / "public"
    told = []
    for step in range(STEPS):
        told.append(story.happens())
        edition.build(outlet, extras=step % EXTRAS == 0)
        assert dead_links(public) == [], told
    assert len(story.done) == 17, told
    pipeline.build(outlet)
    step_by_step = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    edition.build(outlet, full=True)  # Raises NotTheSame where a single byte differs.
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == step_by_step
    assert verify(public).problems == []


def test_a_page_that_somebody_changed_is_put_back_by_a_full_edition(outlet: Outlet) -> None:
    publish(outlet, a_work(outlet, "It rained.\n"))
    pipeline.build(outlet)
    page = outlet.settings.folder / "public" / "pieces" / "1.html"
    right = page.read_bytes()
    page.write_bytes(right + b"\n")
    edition.build(outlet, full=True)
    assert page.read_bytes() == right


def test_a_step_that_missed_something_is_told_and_mended(outlet: Outlet) -> None:
    publish(outlet, a_work(outlet, "It rained.\n"))
    pipeline.build(outlet)
    with edition._store(outlet) as store:
        store.put_file("pieces/1.md", "0" * 64, "pieces-1")
        store.commit()
    with pytest.raises(AfterwordError, match=r"1 file\(s\) of the edition .*: pieces/1\.md"):
        edition.build(outlet, full=True)
    assert verify(outlet.settings.folder / "public").problems == []
    edition.build(outlet, full=True)


def test_the_next_build_after_nothing_happened_touches_nothing(outlet: Outlet) -> None:
    publish(outlet, a_work(outlet, "It rained.\n"))
    first = pipeline.build(outlet)
    outlet.now.forward(minutes=5)  # type: ignore[attr-defined]
    assert pipeline.build(outlet) == first


def test_one_more_piece_touches_few_files(outlet: Outlet) -> None:
    for number in range(12):
        publish(outlet, a_work(outlet, f"Number {number}.\n", title=f"No. {number}"))
        outlet.now.forward(minutes=5)  # type: ignore[attr-defined]
    pipeline.build(outlet)
    public = outlet.settings.folder / "public"
    before = {path: path.stat().st_ino for path in public.rglob("*") if path.is_file()}
    publish(outlet, a_work(outlet, "One more.\n", title="One more"))
    pipeline.build(outlet)
    pages = {p.relative_to(public).as_posix() for p in public.glob("pieces/*") if before.get(p) != p.stat().st_ino}
    assert pages == {"pieces/12.html", "pieces/13.html", "pieces/13.md", "pieces/13.json"}


def test_what_a_build_left_that_died_is_taken_away(outlet: Outlet) -> None:
    publish(outlet, a_work(outlet, "It rained.\n"))
    pipeline.build(outlet)
    public = outlet.settings.folder / "public"
    for name in ("pieces/9.md", "pieces/.9.html.77.part", "tags/gone.html"):
        (public / name).parent.mkdir(exist_ok=True)
        (public / name).write_text("left over")
    (public / "CNAME").write_text("afterword.example")
    with edition._store(outlet) as store:
        store.keep("unfinished", "yes")
        store.commit()
    publish(outlet, a_work(outlet, "It rained again.\n", title="Again"))
    outlet.now.at += timedelta(minutes=1)  # type: ignore[attr-defined]
    pipeline.build(outlet)
    assert not [p for p in ("pieces/9.md", "pieces/.9.html.77.part", "tags/gone.html") if (public / p).exists()]
    assert (public / "CNAME").exists(), "what is not ours is let be"
