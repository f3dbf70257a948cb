"""`kill -9` at random points of a session of six turns with tools, on both databases: no turn is lost, none is paid
twice but the one in flight and that one is counted, and whatever its author did is done once.

    .venv/bin/python -m pytest -s tests/test_killed_anywhere.py --kills 50

kills at other points at each run, and prints a table. Requests and answers at the double and lines of the log are the
events of a process's life. It is killed after a random number of them, and a random part of the time that usually
passes until the next: so what takes a millisecond is met as often as what takes long.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from agent.outlet import Outlet
from agent.publish.verify import verify
from agent.record import text_of
from agent.settings import Settings
from agent.tables import Draft, Note, Outcome, Paid, Revision, Role, Turn, Wish, WritingSession
from agent.write.sitting import load
from tests.a_long_session import NOTES, ONCE, PARTS, TEXT, TURNS, WORDS, Found, TheAuthor, find, texts_of, which_turn
from tests.a_publication import wait_for
from tests.a_zygote import Life, Zygote
from tests.killing import PLACES, Pace, Watch, kill_at_random, place_of
from tests.publications import DONE_SECONDS, Publications, is_idle, opened

pytestmark = pytest.mark.slow

AT_MOST_A_SESSION = 3
"""Kills. Each lost call is an attempt, and after `call_attempts` of one turn it would be given up."""
KILLS, SEED = 4, 1
PRICE = (15, 75)
"""Of a token asked and one answered, in millionths of a dollar: those of the profile."""


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """Starts processes, quickly."""
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def publications(request: pytest.FixtureRequest, tmp_path: Path, zygote: Zygote) -> Iterator[Publications]:
    """On SQLite, then on PostgreSQL."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    with Publications(tmp_path, zygote, server) as publications:
        yield publications


@dataclass
class Tally:
    """What came of one session, or of all. Money is in millionths of a dollar."""

    sessions: int = 0
    fell: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    repeated: int = 0
    lost: int = 0
    doubled: int = 0
    pieces: int = 0
    booked: int = 0
    counted: int = 0
    bill: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    def __str__(self) -> str:
        facts = {
            "kills": self.fell.total(),
            **{f"  {place}": self.fell[place] for place in PLACES},
            "sessions, turns": f"{self.sessions}, {self.sessions * len(TURNS)}",
            "requests made, repeated": f"{self.requests}, {self.repeated}",
            "turns lost": self.lost,
            "rows made twice": self.doubled,
            "pieces": self.pieces,
            "booked": f"${self.booked / 1e6:.4f}",
            "booked and possibly paid": f"${self.counted / 1e6:.4f}",
            "the double's bill": f"${self.bill / 1e6:.4f}",
        }
        return "\n".join(f"  {what:<32} {value:>10}" for what, value in facts.items())


def test_killed_anywhere_a_session_loses_nothing_and_does_nothing_twice(
    publications: Publications, zygote: Zygote, pytestconfig: pytest.Config, request: pytest.FixtureRequest
) -> None:
    kills, seed = pytestconfig.getoption("--kills"), pytestconfig.getoption("--kills-seed")
    if seed is None:  # As a part of the suite it kills at the same points each time, as far as a clock can tell.
        seed = SEED if kills is None else random.SystemRandom().randrange(1_000_000)
    kills = KILLS if kills is None else kills
    total, pace, left = Tally(), Pace(), kills
    undisturbed = Sitting(publications, zygote, random.Random(seed))
    undisturbed.hold(0, pace)
    assert undisturbed.tally.requests == len(TURNS)
    pace.learn(undisturbed.watch)
    while left:
        chance = random.Random(f"{seed} {left}")
        sitting = Sitting(publications, zygote, chance)
        some = min(chance.randint(2, AT_MOST_A_SESSION), left)
        try:
            sitting.hold(some, pace)
        except AssertionError as wrong:
            raise AssertionError(f"--kills {kills} --kills-seed {seed}, with {left} left: {sitting.story}") from wrong
        total += sitting.tally
        left -= sitting.tally.fell.total()
    print(f"\n{request.node.callspec.id}, --kills-seed {seed}\n{total}")  # noqa: T201  (with -s, for people)
    assert total.fell.total() == kills


class Sitting:
    """One session, held by as many processes as it takes."""

    def __init__(self, publications: Publications, zygote: Zygote, chance: random.Random) -> None:
        self.watch = Watch()
        self.tally = Tally(sessions=1)
        self._publications = publications
        self._zygote = zygote
        self._chance = chance
        self._logs: list[str] = []
        self._left: list[Found] = []
        """The rows after each kill."""

    @property
    def story(self) -> str:
        """All that was seen and printed, for people."""
        seen = " > ".join(what for _, what in self.watch.seen)
        return "\n\n".join((seen, str(list(self.tally.fell)), *self._logs))

    def hold(self, kills: int, pace: Pace) -> None:
        """Begin, be killed so often if it does not come to its end before, and be over. Then look at everything."""
        answers = random.Random(self._chance.random())
        with self._publications.copy() as settings, TheAuthor(self.watch.saw, answers) as author:
            for _ in range(kills):
                before, begun = self._left[-1] if self._left else None, len(self.watch.seen)
                with self._up(settings, author) as life:
                    kill_at_random(self.watch, pace, self._chance, before)
                self._logs.append(life.text)
                with self._publications.as_left(settings) as database, database.read() as db:
                    self._left.append(find(db))
                self.tally.fell[place_of(self._left[-1], before, self.watch.since(begun))] += 1
                self._must_be_stored(self._left[-1])
                if self._left[-1].is_checked:
                    break
            with self._up(settings, author) as life, opened(settings) as outlet:
                wait_for(lambda: is_over(outlet), DONE_SECONDS, lambda: life.text)
            self._logs.append(life.text)
            self._publications.settle(settings)
            with opened(settings) as outlet, outlet.database.read() as db:
                self._nothing_is_lost_or_doubled(db, author)
                self._every_call_is_counted(db, outlet, author)
                self._all_is_well(db, outlet)

    def _up(self, settings: Settings, author: TheAuthor) -> AbstractContextManager[Life]:
        self.watch.saw("started")
        variables = {"AFTERWORD_API_BASE_URL": author.url, "ANTHROPIC_API_KEY": "sk-ant-test"}
        return self._zygote.up(settings.folder, self.watch.heard, **variables)

    def _must_be_stored(self, found: Found) -> None:
        """What the log says is in the rows."""
        said = {what for _, what in self.watch.seen}
        stored = {f"turn {number}" for number in found.turns}
        lost = {what for what in said if what.startswith("turn ")} - stored
        assert not lost, "said to be stored, and not there"
        assert all((role is Role.AUTHOR) is (number % 2 == 0) for number, (role, _) in found.turns.items())
        assert "submitted" not in said or found.outcome is Outcome.SUBMITTED

    def _nothing_is_lost_or_doubled(self, db: Session, author: TheAuthor) -> None:
        found = find(db)
        stored = [set(left.turns.items()) for left in self._left]
        self.tally.lost = len(set().union(*stored) - found.turns.items()) + 2 * len(TURNS) - len(found.turns)
        self.tally.doubled = found.doubled
        self.tally.pieces = found.counts["Piece"]
        assert (self.tally.lost, found.doubled, found.outcome) == (0, 0, Outcome.SUBMITTED)
        assert found.counts == {table.__name__: count for table, count in ONCE.items()}
        assert texts_of(db, Note) == list(NOTES)
        assert texts_of(db, Draft) == [PARTS[0], TEXT]
        assert texts_of(db, Wish) == [WORDS]
        assert text_of(db, db.exec(select(Revision)).one()) == TEXT
        sitting = load(db, db.exec(select(WritingSession.id)).one())  # PostgreSQL spends numbers on what is undone.
        for turn, said in enumerate(sitting.said[1::2], start=1):
            last = max(number for number, asked in author.answered.items() if asked == turn)
            assert said[0]["text"] == f"This is answer {last}.", "once it is stored, a turn is not asked for"
            assert [block["name"] for block in said[1:]] == [call["name"] for call in TURNS[turn - 1]]
        for request in author.asked:
            sent = [message["content"] for message in request.body["messages"]]
            assert sent == sitting.said[: len(sent)], "what is sent is what is stored"

    def _every_call_is_counted(self, db: Session, outlet: Outlet, author: TheAuthor) -> None:
        found, asked = find(db), Counter(which_turn(request.body) for request in author.asked)
        in_flight = {number: turn for left in self._left for number, turn in left.in_flight.items()}
        cut = Counter(in_flight.values())
        for turn in range(1, len(TURNS) + 1):
            assert 1 <= asked[turn] <= 1 + cut[turn], f"turn {turn}"
            paid = [paid for number, paid in found.calls if number == turn]
            assert paid == [Paid.POSSIBLY] * cut[turn] + [Paid.SETTLED], f"turn {turn}"
        spoken = select(func.sum(Turn.input_tokens + Turn.output_tokens), func.sum(Turn.cost))
        tokens, cost = db.exec(spoken).one()
        told = json.loads(self._zygote.run("--dir", str(outlet.settings.folder), "usage", "--json"))["total"]
        assert (told["booked"]["tokens"], told["booked"]["cost_millionths"]) == (tokens, cost)
        assert (told["reserved"]["calls"], told["possibly_paid"]["calls"]) == (0, cut.total())
        tally = self.tally
        tally.requests, tally.repeated = asked.total(), asked.total() - len(asked)
        tally.booked, tally.counted = told["booked"]["cost_millionths"], told["cost_millionths"]
        tally.bill = sum(sent * PRICE[0] + answered * PRICE[1] for sent, answered in author.bill)
        assert len(author.bill) == tally.requests
        assert told["tokens"] >= sum(map(sum, author.bill)), "never less than the truth"
        assert tally.counted >= tally.bill >= tally.booked

    def _all_is_well(self, db: Session, outlet: Outlet) -> None:
        public = outlet.settings.at(outlet.settings.public)
        assert verify(public).problems == []
        lines = (public / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["event"] for line in lines] == ["invited", "outcome"]
        warned = [line for log in self._logs for line in log.splitlines() if "level=warning" in line]
        assert not warned
        assert "Traceback" not in self.story


def is_over(outlet: Outlet) -> bool:
    """Whether the session is over, looked at by the checks, and on the site's ledger."""
    with outlet.database.read() as db:
        found = find(db)
    return found.outcome is not None and found.is_checked and is_idle(outlet)
