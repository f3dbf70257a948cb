"""`afterword usage`: what was used and what it cost, never less than the truth."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from agent import schedule, write
from agent.adapters.clock import now
from agent.cli.publication import begin
from agent.cli.usage import caps_in_words
from agent.invite import invite
from agent.outlet import Outlet
from agent.settings import load
from agent.tables import Call, Judgement, Outcome, Paid, Revision, WritingSession
from agent.testing import a_piece
from tests.cli.a_terminal import TWO, Terminal

pytestmark = pytest.mark.slow

OCTOBER = datetime(2020, 10, 31, 23, 59, 59, tzinfo=UTC)
NOVEMBER = datetime(2020, 11, 1, tzinfo=UTC)
A_CALL = {"turn_number": 2, "reserved": 1_000_000, "reserved_tokens": 9_000}
SETTLED = {"paid": Paid.SETTLED, "cost": 1_230_000, "input_tokens": 700, "output_tokens": 77}

Enter = Callable[..., Terminal]


@pytest.fixture
def enter(both: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Enter:
    """Opens a publication on the rows of `both`, with these lines in its settings."""

    def entered(lines: str = "", of_sonnet: str = "") -> Terminal:
        begin(tmp_path / "pub", lines + TWO + of_sonnet)
        monkeypatch.setenv("AFTERWORD_DATABASE_URL", both.database.url)
        return Terminal(tmp_path / "pub", monkeypatch, capsys)

    return entered


def a_sitting(outlet: Outlet, author: str, *calls: dict[str, Any], outcome: Outcome | None = None) -> int:
    """A session with these calls."""
    number = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, author)))
    with outlet.database.write() as db:
        session = db.get_one(WritingSession, number)
        session.outcome = outcome
        db.add_all(Call(**{"session_id": number, "at": NOVEMBER} | A_CALL | call) for call in calls)
    return number


def test_what_is_booked_in_flight_and_possibly_paid_stands_apart_and_counts_together(
    both: Outlet, enter: Enter
) -> None:
    lost, in_flight, nothing = {"paid": Paid.POSSIBLY}, {"paid": Paid.RESERVED, "reserved": 2_000_000}, Paid.UNPAID
    a_sitting(both, "opus", SETTLED | {"at": OCTOBER}, lost | {"at": OCTOBER}, SETTLED, outcome=Outcome.SUBMITTED)
    a_sitting(both, "sonnet", in_flight, {"paid": nothing})
    found = enter().json("usage")
    assert list(found) == ["as_of", "total", "authors", "months", "sessions", "judge", "caps"]
    assert abs(datetime.fromisoformat(found["as_of"]) - now()) < timedelta(minutes=5)
    total = found["total"]
    assert total["booked"] == {
        "input_tokens": 1_400,
        "output_tokens": 154,
        "calls": 2,
        "tokens": 1_554,
        "dollars": 2.46,
        "cost_millionths": 2_460_000,
        "cost": "$2.46",
        "calls_of_unknown_price": 0,
        "calls_of_estimated_tokens": 0,
    }
    for state, cost in (("reserved", 2_000_000), ("possibly_paid", 1_000_000)):
        of = total[state]
        assert (of["calls"], of["tokens"], of["input_tokens"], of["output_tokens"]) == (1, 9_000, None, None)
        assert of["cost_millionths"] == cost
    assert (total["calls"], total["unpaid_calls"]) == (5, 1)
    assert (total["tokens"], total["cost_millionths"], total["cost"]) == (19_554, 5_460_000, "$5.46")
    opus, sonnet = found["authors"]
    assert [(a["author"], a["cost"], a["calls"]) for a in (opus, sonnet)] == [
        ("opus", "$3.46", 3),
        ("sonnet", "$2.00", 2),
    ]
    assert [(m["month"], m["author"], m["cost_millionths"], m["calls"]) for m in found["months"]] == [
        ("2020-11", "sonnet", 2_000_000, 2),
        ("2020-11", "opus", 1_230_000, 1),
        ("2020-10", "opus", 2_230_000, 2),
    ]
    assert [(s["session"], s["author"], s["outcome"], s["cost"]) for s in found["sessions"]] == [
        (2, "sonnet", "in progress", "$2.00"),
        (1, "opus", "submitted", "$3.46"),
    ]


def test_an_unknown_price_is_unknown_and_what_is_known_is_the_least(both: Outlet, enter: Enter) -> None:
    unknown = {"paid": Paid.POSSIBLY, "reserved": None}
    a_sitting(both, "opus", unknown, SETTLED | {"cost": None, "reserved": None}, SETTLED)
    a_sitting(both, "sonnet", unknown)
    terminal = enter()
    found = terminal.json("usage")
    opus, sonnet = found["authors"]
    assert (sonnet["cost"], sonnet["dollars"], sonnet["cost_millionths"]) == ("unknown", None, None)
    assert (sonnet["tokens"], sonnet["calls_of_unknown_price"]) == (9_000, 1)
    assert (opus["cost"], opus["dollars"], opus["calls_of_unknown_price"]) == ("at least $1.23", 1.23, 2)
    assert opus["possibly_paid"]["cost"] == "unknown"
    assert opus["booked"]["cost"] == "at least $1.23"
    assert found["total"]["cost"] == "at least $1.23"
    assert terminal("usage") == 0
    opus_row = next(line for line in terminal.said.splitlines() if line.startswith("opus"))
    assert opus_row.split() == ["opus", "3", "10,554", "$1.23+", "$0.00", "unknown", "$1.23+"]
    assert "what 3 calls cost whose price was unknown" in " ".join(terminal.said.split())


def test_a_call_of_an_earlier_version_counts_as_a_whole_context_and_is_said_to(both: Outlet, enter: Enter) -> None:
    a_sitting(both, "opus", {"paid": Paid.POSSIBLY, "reserved_tokens": None}, SETTLED)
    terminal = enter()
    total = terminal.json("usage")["total"]
    assert (total["tokens"], total["calls_of_estimated_tokens"]) == (200_777, 1)
    assert terminal("usage") == 0
    assert "Of 1 call nobody counted the tokens" in " ".join(terminal.said.split())


def test_one_author_is_shown_alone_with_the_caps_that_hold_for_it(both: Outlet, enter: Enter) -> None:
    a_sitting(both, "opus", SETTLED | {"at": now()})
    a_sitting(both, "sonnet", SETTLED | {"at": now()}, {"paid": Paid.RESERVED, "at": now()})
    lines = "max_tokens_per_day = 10000\nmax_cost_per_session = 0.5\n"
    terminal = enter(lines, "max_cost_per_day = 4.0\nmax_tokens_per_session = 100_000\n")
    found = terminal.json("usage", "--author", "sonnet")
    assert [author["author"] for author in found["authors"]] == ["sonnet"]
    assert found["total"]["cost"] == found["sessions"][0]["cost"] == found["months"][0]["cost"] == "$2.23"
    caps = {(cap["setting"], cap["author"]): cap for cap in found["caps"]}
    assert list(caps) == [
        ("max_cost_per_session", None),
        ("max_tokens_per_day", None),
        ("max_cost_per_month", None),
        ("max_tokens_per_session", "sonnet"),
        ("max_cost_per_day", "sonnet"),
    ]
    assert caps["max_cost_per_day", "sonnet"] == {
        "setting": "max_cost_per_day",
        "author": "sonnet",
        "span": "day",
        "session": None,
        "unit": "dollars",
        "cap": 4.0,
        "used": 2.23,
        "free": 1.77,
    }
    outlets = caps["max_tokens_per_day", None]
    assert (outlets["used"], outlets["free"], outlets["unit"]) == (10_554, 0, "tokens"), "by everyone, and past it"
    assert caps["max_cost_per_month", None]["used"] == 3.46
    sessions = caps["max_cost_per_session", None], caps["max_tokens_per_session", "sonnet"]
    assert [(cap["session"], cap["used"], cap["free"]) for cap in sessions] == [(2, 2.23, 0), (2, 9_777, 90_223)]
    [of_opus, *_] = terminal.json("usage", "--author", "opus")["caps"]
    assert (of_opus["session"], of_opus["used"]) == (1, 1.23)


def test_the_tables_are_calm_and_fit_eighty_columns(
    both: Outlet, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    large = {"cost": 2_000_000_000, "input_tokens": 12_345_678, "output_tokens": 4}
    a_sitting(both, "opus", SETTLED | large, {"paid": Paid.POSSIBLY})
    for _ in range(12):
        a_sitting(both, "sonnet", SETTLED | {"at": now() - timedelta(minutes=1)})
    terminal = enter("max_tokens_per_day = 12_000_000\n", "max_cost_per_day = 20.0\nmax_cost_per_month = 7.0\n")
    assert terminal("usage") == 0
    lines = terminal.said.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    head = next(line for line in lines if "booked" in line)
    everyone = next(line for line in lines if line.startswith("everyone"))
    assert everyone.split() == ["everyone", "14", "12,364,006", "$2,014.76", "$0.00", "$1.00", "$2,015.76"]
    assert len(head) == len(everyone)
    titles = [line for line in lines if line in {"by author", "by month", "newest sessions", "caps"}]
    assert titles == ["by author", "by month", "newest sessions", "caps"]
    sessions = lines[lines.index("newest sessions") + 1 : lines.index("caps") - 1]
    assert [int(line.split()[0]) for line in sessions] == list(range(13, 3, -1))
    caps = lines[lines.index("caps") + 1 :]
    assert [" ".join(line.split()) for line in caps] == [
        "max_tokens_per_day [#...............] 9,324 of 12,000,000",
        "max_cost_per_month [###.............] $14.76 of $100.00",
        "max_cost_per_day of sonnet [############....] $14.76 of $20.00",
        "max_cost_per_month of sonnet [################] $14.76 of $7.00",
    ]
    assert terminal("usage", "--sessions", "2", "--author", "sonnet") == 0
    lines = terminal.said.splitlines()
    assert lines[lines.index("newest sessions") + 3] == ""
    assert next(line for line in lines if line.startswith("sonnet")).split()[1] == "12"
    assert len(terminal.json("usage", "--sessions", "2")["sessions"]) == 2
    assert len(terminal.json("usage")["sessions"]) == 13


JUDGE = """
[judge]
model_id = "claude-judge-1"
api_base_url = "http://127.0.0.1:9"
profile = { input_price = 1.0, output_price = 5.0, context_tokens = 50_000 }
max_cost_per_day = 2.0
"""


def a_question(outlet: Outlet, **facts: Any) -> None:
    """Something that the judge was asked about a work."""
    with outlet.database.read() as db:
        revision = db.exec(select(Revision.id)).first()
    revision = revision or a_piece(outlet, "It rained for a week.\n").id
    given = {"revision_id": revision, "policy": "hate", "policy_sha256": "0" * 64, "judge": "claude-judge-1"}
    with outlet.database.write() as db:
        db.add(Judgement(**given | {"reserved": 500_000, "at": NOVEMBER} | facts))


def test_what_the_judge_used_stands_in_rows_of_its_own_with_its_budget(both: Outlet, enter: Enter) -> None:
    ended = {"ended_at": NOVEMBER}
    answered = {"answered_by": "claude-judge-1", "cost": 250_000, "input_tokens": 1_000, "output_tokens": 100} | ended
    a_question(both, **answered)
    a_question(both, **answered | {"at": OCTOBER})
    a_question(both, **answered | {"at": now()})
    a_question(both, fault="the judge does not answer", cost=0, **ended)
    a_question(both, fault="the judge did not answer to the end", **ended)
    a_question(both, at=now())
    terminal = enter("", JUDGE)
    found = terminal.json("usage")
    judge = found["judge"]
    assert (judge["calls"], judge["unpaid_calls"], judge["cost_millionths"]) == (6, 1, 1_750_000)
    assert (judge["booked"]["calls"], judge["booked"]["tokens"], judge["booked"]["cost"]) == (3, 3_300, "$0.75")
    assert (judge["reserved"]["cost"], judge["possibly_paid"]["cost"]) == ("$0.50", "$0.50")
    assert judge["possibly_paid"]["tokens"] == 50_000, "as many as its context holds"
    assert [(of["month"], of["calls"]) for of in judge["months"][1:]] == [("2020-11", 3), ("2020-10", 1)]
    assert [(cap["setting"], cap["author"], cap["used"], cap["cap"]) for cap in judge["caps"]] == [
        ("max_cost_per_day", "the judge", 0.75, 2.0),
        ("max_cost_per_month", "the judge", 0.75, 10.0),
    ]
    assert found["total"]["calls"] == 1, "its calls are not the authors'"
    assert terminal("usage") == 0
    lines = terminal.said.splitlines()
    row = lines[lines.index("the judge, besides, with a budget of its own") + 1]
    assert row.split() == ["in", "all", "6", "103,300", "$0.75", "$0.50", "$0.50", "$1.75"]
    assert any("max_cost_per_day of the judge" in line and "$0.75 of $2.00" in line for line in lines)
    assert terminal.json("usage", "--author", "opus")["judge"] is None


def test_where_no_judge_was_ever_set_nothing_is_said_of_one(both: Outlet, enter: Enter) -> None:
    terminal = enter()
    assert terminal.json("usage")["judge"] is None
    assert terminal("usage") == 0
    assert "judge" not in terminal.said


def test_where_nothing_was_used_nothing_was_spent(both: Outlet, enter: Enter) -> None:
    terminal = enter()
    found = terminal.json("usage")
    assert (found["total"]["cost"], found["total"]["dollars"], found["total"]["tokens"]) == ("$0.00", 0.0, 0)
    assert [author["author"] for author in found["authors"]] == ["opus", "sonnet"]
    assert (found["months"], found["sessions"]) == ([], [])
    [cap] = found["caps"]
    assert (cap["setting"], cap["used"], cap["free"]) == ("max_cost_per_month", 0.0, 100.0)
    assert terminal("usage") == 0
    assert "by month" not in terminal.said
    with both.database.read() as db:
        assert db.exec(select(Call)).first() is None


def test_up_names_the_caps_that_are_set(tmp_path: Path) -> None:
    begin(tmp_path / "pub", TWO)
    assert list(caps_in_words(load(tmp_path / "pub"))) == ["100 sessions an author and day, $100.00 in 30 days"]
    begin(
        tmp_path / "tight",
        "max_cost_per_session = 0.05\nmax_tokens_per_day = 1_000\n" + TWO + "max_sessions_per_day = 1\n",
    )
    assert list(caps_in_words(load(tmp_path / "tight"))) == [
        "100 sessions an author and day, $0.05 in a session, 1,000 tokens in 24 hours, $100.00 in 30 days",
        "sonnet: 1 session a day",
    ]


def test_an_author_that_nobody_knows_is_named_with_those_that_are(enter: Enter) -> None:
    terminal = enter()
    assert terminal("usage", "--author", "cy") == 1
    assert '"cy"' in terminal.error
    assert "opus, sonnet" in terminal.error
    assert terminal("usage", "--sessions", "-1") == 2
    assert terminal.said == ""
