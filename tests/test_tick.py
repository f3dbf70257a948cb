"""The tick: cadences that come due become slots, once each, whoever ticks and however late."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from agent.database import Database
from agent.errors import Refused, UnknownAuthor
from agent.invite import invite
from agent.outlet import Outlet
from agent.queries import author_called
from agent.schedule import ask_now, tick
from agent.tables import Author, Cadence, Invitation, Pause, Purpose, Rest, Slot
from agent.testing import NOON, MovableClock

TICKER = """
import sys, types
from datetime import datetime
from agent.adapters.clock import Triggers
from agent.database import Database
from agent.schedule import tick

class Quiet:
    def info(self, event, **facts): pass
    warning = info

url, moments = sys.argv[1], sys.argv[2:]
clock = iter(map(datetime.fromisoformat, moments))
outlet = types.SimpleNamespace(database=Database(url), trigger=Triggers(), log=Quiet(), now=lambda: next(clock))
print("ready", flush=True)
sys.stdin.readline()
print(sum(len(tick(outlet)) for _ in moments))
"""


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append({"event": event, **facts})

    warning = info


def a_cadence(outlet: Outlet, author: str, rule: str, zone: str = "Europe/Berlin") -> None:
    with outlet.database.write() as db:
        found = author_called(db, author)
        assert found is not None
        db.add(Cadence(author_id=found.id, rule=rule, zone=zone))


def a_pause(outlet: Outlet, author: str | None, *, paused: bool) -> None:
    with outlet.database.write() as db:
        found = author_called(db, author) if author else None
        row = Pause(author_id=found.id if found else None, paused=paused, actor="ada", reason="a rest", at=outlet.now())
        db.add(row)


def a_rest(outlet: Outlet, until: date, author: str = "opus") -> None:
    with outlet.database.write() as db:
        found = author_called(db, author)
        assert found is not None
        db.add(Rest(author_id=found.id, until=until, at=outlet.now()))


def invited_at_once(outlet: Outlet) -> None:
    """From now on no slot waits: each has an invitation from the moment on in which it is made."""
    with outlet.database.write() as db:
        db.connection().exec_driver_sql(
            "CREATE TRIGGER invites AFTER INSERT ON slot BEGIN INSERT INTO invitation (slot_id, author_id, byline, "
            "model_id, stand_in, prompt, arm, seed, prompts, welcome, words, words_sha256, at) VALUES (NEW.id, "
            "NEW.author_id, '', '', '', 'plain', 'minimal', 1, '[]', '', '', '', NEW.made_at); END"
        )


def slots(outlet: Outlet, author: str = "opus") -> list[str]:
    with outlet.database.read() as db:
        return list(db.exec(select(Slot.name).join(Author).where(Author.slug == author).order_by(col(Slot.id))))


def test_a_cadence_makes_a_slot_when_its_moment_comes_and_not_before(outlet: Outlet, clock: MovableClock) -> None:
    a_cadence(outlet, "opus", "30 9 * * mon")
    assert tick(outlet) == []
    clock.at = datetime(2026, 11, 2, 8, 29, 59, 999_999, tzinfo=UTC)
    assert tick(outlet) == []
    clock.at = datetime(2026, 11, 2, 8, 30, 2, tzinfo=UTC)
    [slot_id] = tick(outlet)
    assert tick(outlet) == []
    with outlet.database.read() as db:
        slot = db.get_one(Slot, slot_id)
    assert (slot.name, slot.prompt) == ("2026-11-02", None)
    assert slot.due_at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    assert slot.made_at == clock.at


def test_an_interval_makes_its_first_slot_at_once(outlet: Outlet, clock: MovableClock) -> None:
    invited_at_once(outlet)
    clock.forward(microseconds=250_000)
    a_cadence(outlet, "opus", "every 1 minute")
    assert len(tick(outlet)) == 1
    clock.forward(seconds=59)
    assert tick(outlet) == []
    clock.forward(seconds=1)
    assert len(tick(outlet)) == 1
    assert slots(outlet) == ["2026-11-01T12:00:00Z", "2026-11-01T12:01:00Z"]


def test_a_restart_loses_nothing_and_what_was_missed_is_one_slot(outlet: Outlet, clock: MovableClock) -> None:
    invited_at_once(outlet)
    a_cadence(outlet, "opus", "30 9 * * *")
    tick(outlet)
    outlet.database.close()
    clock.forward(days=40, hours=2)
    again = replace(outlet, database=Database(outlet.database.url))
    assert len(tick(again)) == 1
    assert slots(again) == ["2026-12-11"]
    clock.forward(days=1)
    assert len(tick(again)) == 1
    assert slots(again) == ["2026-12-11", "2026-12-12"]
    again.database.close()


def test_the_doubled_night_makes_one_daily_slot(outlet: Outlet, clock: MovableClock) -> None:
    invited_at_once(outlet)
    a_cadence(outlet, "opus", "30 2 * * *")
    clock.at = datetime(2026, 10, 24, 12, tzinfo=UTC)
    for _ in range(4 * 48):
        tick(outlet)
        clock.forward(minutes=15)
    assert slots(outlet) == ["2026-10-25", "2026-10-26"]


def test_a_day_has_one_slot_though_its_cadence_is_begun_anew(outlet: Outlet, clock: MovableClock) -> None:
    invited_at_once(outlet)
    a_cadence(outlet, "opus", "0 13 * * *", "UTC")
    clock.forward(hours=1)
    assert len(tick(outlet)) == 1
    with outlet.database.write() as db:
        cadence = db.exec(select(Cadence)).one()
        cadence.rule, cadence.next_due = "0 15 * * *", None
        db.add(cadence)
    tick(outlet)
    clock.forward(hours=2)
    assert tick(outlet) == []
    clock.forward(days=1)
    assert len(tick(outlet)) == 1
    assert slots(outlet) == ["2026-11-01", "2026-11-02"]


@pytest.mark.parametrize("whom", ["opus", None])
def test_a_paused_author_makes_no_slot_and_one_when_it_is_resumed(
    outlet: Outlet, clock: MovableClock, whom: str | None
) -> None:
    invited_at_once(outlet)
    for author in ("opus", "sonnet"):
        a_cadence(outlet, author, "every 1 hour")
    tick(outlet)
    a_pause(outlet, whom, paused=True)
    for _ in range(5):
        clock.forward(hours=1)
        tick(outlet)
    assert len(slots(outlet)) == 1
    assert len(slots(outlet, "sonnet")) == (6 if whom else 1)
    a_pause(outlet, whom, paused=False)
    clock.forward(minutes=5)
    tick(outlet)
    assert slots(outlet) == ["2026-11-01T12:00:00Z", "2026-11-01T17:00:00Z"]


def test_everyone_going_on_does_not_wake_an_author_paused_by_name(outlet: Outlet) -> None:
    a_cadence(outlet, "opus", "every 1 hour")
    a_pause(outlet, "opus", paused=True)
    a_pause(outlet, None, paused=True)
    a_pause(outlet, None, paused=False)
    assert tick(outlet) == []


def test_what_falls_into_a_rest_is_skipped_and_the_cadence_goes_on_after_it(
    outlet: Outlet, clock: MovableClock
) -> None:
    invited_at_once(outlet)
    for author in ("opus", "sonnet"):
        a_cadence(outlet, author, "30 9 * * *")
    a_rest(outlet, date(2026, 11, 4))
    tick(outlet)
    for _ in range(4):
        clock.forward(days=1)
        tick(outlet)
    assert slots(outlet) == ["2026-11-04", "2026-11-05"]
    assert len(slots(outlet, "sonnet")) == 4


def test_a_clock_that_was_down_makes_up_for_nothing_that_fell_into_a_rest(outlet: Outlet, clock: MovableClock) -> None:
    a_cadence(outlet, "opus", "30 9 * * mon")
    tick(outlet)
    a_rest(outlet, date(2026, 11, 10))
    clock.at = datetime(2026, 11, 12, 12, tzinfo=UTC)  # Monday the 9th was missed, in the rest.
    assert tick(outlet) == []
    clock.forward(days=4)
    assert len(tick(outlet)) == 1
    assert slots(outlet) == ["2026-11-16"]


def test_a_rest_ends_as_its_day_begins_in_the_authors_zone(outlet: Outlet, clock: MovableClock) -> None:
    a_cadence(outlet, "opus", "every 1 minute", "Pacific/Auckland")  # 13 hours before UTC
    a_rest(outlet, date(2026, 11, 3))
    a_rest(outlet, date(2026, 11, 3), "sonnet")
    clock.at = datetime(2026, 11, 2, 10, 59, tzinfo=UTC)
    assert tick(outlet) == []
    clock.forward(minutes=1)
    assert len(tick(outlet)) == 1
    with pytest.raises(Refused):
        ask_now(outlet, "sonnet")
    clock.forward(hours=13)
    assert ask_now(outlet, "sonnet")


def test_the_latest_word_about_resting_holds(outlet: Outlet, clock: MovableClock) -> None:
    a_cadence(outlet, "opus", "every 1 day")
    a_rest(outlet, date(2027, 1, 1))
    assert tick(outlet) == []
    a_rest(outlet, date(2026, 11, 1))
    clock.forward(days=1)
    assert len(tick(outlet)) == 1


def test_a_rule_that_cannot_be_read_is_logged_and_keeps_nobody_else_waiting(outlet: Outlet) -> None:
    log = Lines()
    a_cadence(outlet, "opus", "99 9 * * mon")
    a_cadence(outlet, "sonnet", "every 1 hour")
    [slot_id] = tick(replace(outlet, log=log))
    bad, good = log.lines
    assert (bad["action"], bad["author"]) == ("cadence_unreadable", "opus")
    assert "99 9 * * mon" in str(bad["reason"])
    assert good == {"event": "slot due", "action": "slot", "author": "sonnet", "slot": slot_id}


def test_a_cadence_that_moved_on_meanwhile_is_left_alone(outlet: Outlet, clock: MovableClock) -> None:
    a_cadence(outlet, "opus", "every 1 hour")

    class Slow:
        """Another clock ticks while this one still thinks."""

        def next_fire(self, rule: str, zone: str, previous: datetime | None, now: datetime) -> datetime | None:
            if not slots(outlet):
                clock.forward(hours=1)
                tick(outlet)
            return outlet.trigger.next_fire(rule, zone, previous, now)

    assert tick(replace(outlet, trigger=Slow())) == []
    assert slots(outlet) == ["2026-11-01T13:00:00Z"]


def test_a_slot_is_made_now_for_who_asks(outlet: Outlet, clock: MovableClock) -> None:
    first, second = ask_now(outlet, "opus", "plain"), ask_now(outlet, "opus")
    assert slots(outlet) == ["asked:2026-11-01T12:00:00.000000Z", "asked:2026-11-01T12:00:00.000001Z"]
    with outlet.database.read() as db:
        assert db.get_one(Slot, first).prompt == "plain"
        assert db.get_one(Slot, first).due_at == NOON
        assert db.get_one(Slot, second).prompt is None


def test_what_a_slot_is_for_stands_in_it(outlet: Outlet) -> None:
    made = ask_now(outlet, "opus"), ask_now(outlet, "opus", purpose=Purpose.INTERVIEW)
    with outlet.database.read() as db:
        assert [db.get_one(Slot, slot).purpose for slot in made] == [Purpose.WRITING, Purpose.INTERVIEW]


@pytest.mark.parametrize("purpose", Purpose)
def test_an_author_that_rests_cannot_be_asked_not_even_for_an_interview(outlet: Outlet, purpose: Purpose) -> None:
    a_rest(outlet, date(2026, 11, 2))
    with pytest.raises(Refused, match="Claude Opus wished not to be invited before 2026-11-02"):
        ask_now(outlet, "opus", purpose=purpose)
    assert slots(outlet) == []
    assert ask_now(outlet, "sonnet", purpose=purpose)


def test_an_unknown_author_cannot_be_asked(outlet: Outlet) -> None:
    with pytest.raises(UnknownAuthor, match=r'"cy".*opus, sonnet'):
        ask_now(outlet, "cy")
    assert slots(outlet) == []


@pytest.mark.slow
def test_processes_that_tick_at_once_make_each_slot_once(outlet: Outlet, tmp_path: Path) -> None:
    invited_at_once(outlet)
    for author in ("opus", "sonnet"):
        a_cadence(outlet, author, "every 1 minute")
    script = tmp_path / "ticker.py"
    script.write_text(TICKER)
    minutes = [(NOON + timedelta(minutes=n)).isoformat() for n in range(40)]
    tickers = [
        subprocess.Popen(
            [sys.executable, str(script), outlet.database.url, *minutes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
            env={"PYTHONPATH": str(Path(__file__).parent.parent), "PATH": ""},
        )
        for _ in range(2)
    ]
    try:
        for ticker in tickers:
            assert ticker.stdout
            assert ticker.stdout.readline() == "ready\n"
        for ticker in tickers:
            assert ticker.stdin
            ticker.stdin.write("go\n")
            ticker.stdin.flush()
        made = [int(ticker.communicate(timeout=60)[0]) for ticker in tickers]
    finally:
        for ticker in tickers:
            ticker.kill()
            ticker.wait()
    assert sum(made) == 80
    for author in ("opus", "sonnet"):
        assert len(slots(outlet, author)) == len(set(slots(outlet, author))) == 40


def invite_what_waits(outlet: Outlet) -> None:
    with outlet.database.read() as db:
        waiting = select(Slot.id).join(Invitation, isouter=True).where(col(Invitation.id).is_(None))
        found = db.exec(waiting.order_by(col(Slot.id))).all()
    for slot in found:
        invite(outlet, slot)


def next_due(outlet: Outlet) -> datetime | None:
    with outlet.database.read() as db:
        return db.exec(select(Cadence.next_due)).one()


def test_what_comes_due_while_an_earlier_slot_waits_is_that_slot(both: Outlet) -> None:
    clock = clock_of(both)
    a_cadence(both, "opus", "every 1 day")
    assert len(tick(both)) == 1
    for _ in range(14):  # A budget is used up, or an endpoint is down.
        clock.forward(days=1)
        assert tick(both) == []
        assert next_due(both) == clock() + timedelta(days=1)
    invite_what_waits(both)
    assert tick(both) == []
    clock.forward(days=1)
    assert len(tick(both)) == 1
    assert slots(both) == ["2026-11-01T12:00:00Z", "2026-11-16T12:00:00Z"]


def test_an_author_that_waits_takes_no_slot_from_another(both: Outlet) -> None:
    clock = clock_of(both)
    for author in ("opus", "sonnet"):
        a_cadence(both, author, "every 1 day")
    ask_now(both, "sonnet")
    assert len(tick(both)) == 2
    invite(both, own_slot(both, "sonnet"))
    clock.forward(days=1)
    tick(both)
    assert (len(slots(both)), len(slots(both, "sonnet"))) == (1, 3)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_slot_that_somebody_asked_for_is_none_of_the_cadences(both: Outlet, purpose: Purpose) -> None:
    a_cadence(both, "opus", "every 1 day")
    ask_now(both, "opus", purpose=purpose)
    assert len(tick(both)) == 1
    ask_now(both, "opus", purpose=purpose)
    assert len(slots(both)) == 3, "who asks is not put off by one that waits"


@pytest.mark.parametrize("waits", [True, False])
def test_two_clocks_at_once_make_one_slot_and_none_beside_one_that_waits(both: Outlet, *, waits: bool) -> None:
    clock = clock_of(both)
    a_cadence(both, "opus", "every 1 day")
    tick(both)
    if not waits:
        invite_what_waits(both)
    clock.forward(days=1)
    both_have_decided = threading.Barrier(2, timeout=20)

    class Meeting:
        """Each clock waits until the other one has looked, too."""

        def next_fire(self, rule: str, zone: str, previous: datetime | None, now: datetime) -> datetime | None:
            if previous == now:
                both_have_decided.wait()
            return both.trigger.next_fire(rule, zone, previous, now)

    clocks = replace(both, trigger=Meeting())
    with ThreadPoolExecutor(2) as pool:
        made = [ticking.result() for ticking in [pool.submit(tick, clocks) for _ in range(2)]]
    assert sum(map(len, made)) == (0 if waits else 1)
    assert len(slots(both)) == (1 if waits else 2)
    assert next_due(both) == clock() + timedelta(days=1)


def clock_of(outlet: Outlet) -> MovableClock:
    assert isinstance(outlet.now, MovableClock)
    return outlet.now


def own_slot(outlet: Outlet, author: str) -> int:
    """The slot that the author's cadence made last."""
    with outlet.database.read() as db:
        own = select(Slot.id).join(Author).where(Author.slug == author, ~col(Slot.name).startswith("asked:"))
        return db.exec(own.order_by(col(Slot.id).desc())).first() or 0
