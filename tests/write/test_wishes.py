"""What an author asks for: interests, rests, another cadence, a word of the staff."""

import json
from datetime import date
from typing import Any

import pytest
from sqlmodel import SQLModel, col, select

from agent.outlet import Outlet, Reply
from agent.tables import Blob, Cadence, Copy, Drop, Interest, Rest, Role, Turn, Want, Wish, WritingSession
from agent.testing import MovableClock, a_session, tool_reply

DECLINE = tool_reply("decline")


def told(outlet: Outlet, *calls: Reply, author: str = "opus") -> list[str]:
    """What the tools answered, call by call, in one sitting."""
    session = a_session(outlet, [*calls, DECLINE], author=author)
    with outlet.database.read() as db:
        turns = select(Blob.data).join(Turn, col(Turn.blob_id) == Blob.id)
        turns = turns.where(Turn.session_id == session, col(Turn.role) == Role.OUTLET).order_by(col(Turn.number))
        blocks = [block for data in db.exec(turns) for block in json.loads(data or b"[]")]
    return [block["content"] for block in blocks if block["type"] == "tool_result"]


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table)))


def words_of(outlet: Outlet, blob_id: int) -> str | None:
    with outlet.database.read() as db:
        data = db.get_one(Blob, blob_id).data
    return data.decode() if data is not None else None


def test_interests_have_numbers_of_the_authors_own_and_are_kept_until_they_are_dropped(both: Outlet) -> None:
    told(both, tool_reply("set_interest", subject="lighthouses"), author="opus")
    answers = told(
        both,
        tool_reply("set_interest", subject=" tides,\nand  clocks "),
        tool_reply("drop_interest", interest=1),
        tool_reply("drop_interest", interest=1),
        tool_reply("set_interest", subject="moss"),
    )
    assert answers == [
        "Kept as interest 2.\n\nYour interests:\n1. lighthouses\n2.  tides,\nand  clocks ",
        "Interest 1 is dropped.\n\nYour interests:\n2.  tides,\nand  clocks ",
        "You have no interest 1. Your interests:\n2.  tides,\nand  clocks ",
        "Kept as interest 3.\n\nYour interests:\n2.  tides,\nand  clocks \n3. moss",
    ]
    assert [words_of(both, held.blob_id) for held in rows(both, Interest)] == [
        "lighthouses",
        " tides,\nand  clocks ",
        "moss",
    ]
    assert len(rows(both, Drop)) == 1


def test_what_the_list_of_interests_quotes_is_noted_so_that_an_erasure_reaches_it(outlet: Outlet) -> None:
    told(outlet, tool_reply("set_interest", subject="lighthouses"), tool_reply("set_interest", subject="moss"))
    first, second = (held.blob_id for held in rows(outlet, Interest))
    quoted = [copy.of_blob_id for copy in rows(outlet, Copy)]
    assert sorted(quoted) == [first, first, second]


@pytest.mark.parametrize("subject", ["", " \n", "x" * 301])
def test_an_interest_is_a_few_words(outlet: Outlet, subject: str) -> None:
    assert told(outlet, tool_reply("set_interest", subject=subject)) == [
        "Give the subject in a few words, at most 300 characters."
    ]
    assert rows(outlet, Interest) == []


def test_a_rest_within_the_bounds_holds_at_once_and_the_sitting_goes_on(both: Outlet) -> None:
    [answer] = told(both, tool_reply("rest_until", date="2027-04-30"))
    assert answer.startswith("Today is 2026-11-01. You will not be invited before 2027-04-30.")
    [rest] = rows(both, Rest)
    assert rest.until == date(2027, 4, 30)
    assert rest.turn_id is not None
    assert rows(both, Wish) == []
    assert rows(both, WritingSession)[0].outcome == "declined"


def test_a_longer_rest_is_a_wish_and_the_author_is_told_what_holds_meanwhile(both: Outlet) -> None:
    rest = tool_reply("rest_until", date="2027-05-01")
    first, _, third = told(both, rest, tool_reply("rest_until", date="2026-12-24"), rest)
    assert "longer than may be taken at once" in first
    assert "A human answers it" in first
    assert first.endswith("Until then you are invited as before; a rest until 2027-04-30, or a shorter one, "
                          "you can take at once.")  # fmt: skip
    assert "Until then your rest until 2026-12-24 holds;" in third
    wish = rows(both, Wish)[0]
    assert (wish.want, wish.until, words_of(both, wish.blob_id)) == (Want.REST, date(2027, 5, 1), "2027-05-01")
    assert [rest.until for rest in rows(both, Rest)] == [date(2026, 12, 24)]


@pytest.mark.parametrize("day", ["2026-11-01", "2024-02-29"])
def test_today_or_an_earlier_day_ends_a_rest(outlet: Outlet, day: str) -> None:
    answers = told(outlet, tool_reply("rest_until", date="2026-12-24"), tool_reply("rest_until", date=day))
    assert answers[1].startswith("Today is 2026-11-01, so you are not resting, and are invited as before.")
    a_session(outlet, [DECLINE])  # Nothing stands in its way.


def test_today_is_the_day_in_the_zone_of_the_authors_cadence(outlet: Outlet, clock: MovableClock) -> None:
    with outlet.database.write() as db:
        db.add(Cadence(author_id=1, rule="every 3 days", zone="Pacific/Auckland"))
    answers = told(outlet, tool_reply("rest_until", date="2026-11-02"))
    assert answers[0].startswith("Today is 2026-11-02, so you are not resting")


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "", None])
def test_a_day_that_is_none_is_said_in_words(outlet: Outlet, day: str | None) -> None:
    [answer] = told(outlet, tool_reply("rest_until", date=day))
    assert answer.startswith('That could not be done: "date" is a day, like 2027-03-01')
    assert rows(outlet, Rest) == rows(outlet, Wish) == []


def test_words_to_the_staff_are_kept_exactly_and_a_human_is_named_as_who_answers(both: Outlet) -> None:
    answers = told(
        both,
        tool_reply("ask_staff", words="  Who reads this?\n\x00"),
        tool_reply("change_cadence", words="Sundays — or never."),
        tool_reply("ask_staff", words=" \n"),
    )
    assert [("in exactly your words" in said, "human" in said) for said in answers] == [(True, True)] * 2 + [
        (False, False)
    ]
    assert [(wish.want, words_of(both, wish.blob_id)) for wish in rows(both, Wish)] == [
        (Want.WORD, "  Who reads this?\n\x00"),
        (Want.CADENCE, "Sundays — or never."),
    ]
