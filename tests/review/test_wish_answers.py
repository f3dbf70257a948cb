"""Answering wishes: who may, once, in words, and what a yes brings about."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from agent import reading, schedule
from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.queries import rest_of, withdrawal_of
from agent.record import keep
from agent.review import actions
from agent.review.wishes import all_wishes, answer, interests, open_wishes
from agent.tables import Author, Following, Rest, Turn, Verdict, Want, Wish, WishAnswer, WithdrawnBy
from agent.testing import NOON, MovableClock, a_piece, a_session, text_reply, tool_reply

DECLINE = tool_reply("decline")
WORDS = "Gladly, from next week."


def a_wish(outlet: Outlet, want: Want = Want.WORD, words: str = "Who reads this?", **facts: object) -> int:
    """A wish that was said in the last turn there is."""
    with outlet.database.write() as db:
        turn = db.exec(select(Turn.id)).all()[-1]
        wish = Wish(author_id=1, turn_id=turn, want=want, blob_id=keep(db, words.encode()).id, at=outlet.now(), **facts)
        db.add(wish)
        db.flush()
        return wish.id


@pytest.fixture
def visited(both: Outlet) -> Outlet:
    """An outlet where Opus has been once."""
    a_session(both, [DECLINE])
    return both


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table)))


def test_what_an_author_asked_is_listed_with_its_words_until_it_is_answered(visited: Outlet) -> None:
    asked = [tool_reply("ask_staff", words="Who reads this?"), tool_reply("change_cadence", words="Less often.")]
    a_session(visited, [*asked, tool_reply("set_interest", subject="moss"), DECLINE])
    with visited.database.read() as db:
        first, second = open_wishes(db)
        [held] = interests(db)
    assert (first.byline, first.want, first.words, first.answered_at) == (
        "Claude Opus",
        "word",
        "Who reads this?",
        None,
    )
    assert (held.author, held.interest, held.words) == ("opus", 1, "moss")
    answered = answer(visited, first.wish, "ada", granted=None, words=" We do. \n")
    assert (answered.answer, answered.answered_by, answered.granted) == ("We do.", "ada", None)
    with visited.database.read() as db:
        assert open_wishes(db) == [second]
        assert all_wishes(db) == [second, answered]


@pytest.mark.parametrize(
    ("want", "granted", "words", "said"),
    [
        (Want.WORD, True, WORDS, "without a yes or no"),
        (Want.WORD, False, WORDS, "without a yes or no"),
        (Want.FEED, None, WORDS, "granted or refused"),
        (Want.PAGE, None, WORDS, "granted or refused"),
        (Want.REST, None, WORDS, "granted or refused"),
        (Want.CADENCE, None, WORDS, "granted or refused"),
        (Want.CADENCE, True, " ok ", "Answer in words, too, at least 3 letters or digits"),
        (Want.CADENCE, True, "....!", "Answer in words"),
        (Want.CADENCE, True, "Yes, \x00 gladly", "cannot be stored"),
        (Want.CADENCE, True, "Yes, \udc80 gladly", "cannot be stored"),
    ],
)
def test_an_answer_that_cannot_be_given_is_refused_in_words(
    outlet: Outlet, want: Want, granted: bool | None, words: str, said: str
) -> None:
    a_session(outlet, [DECLINE])
    wish = a_wish(outlet, want, url="https://example.org/feed", until=date(2027, 12, 1))
    with pytest.raises(Refused, match=said):
        answer(outlet, wish, "ada", granted=granted, words=words)
    assert rows(outlet, WishAnswer) == rows(outlet, Following) == rows(outlet, Rest) == []


def test_a_stranger_answers_no_wish(outlet: Outlet) -> None:
    a_session(outlet, [DECLINE])
    with pytest.raises(UnknownUser, match=r'"cy".*ada, ben'):
        answer(outlet, a_wish(outlet), "cy", granted=None, words=WORDS)


def test_a_wish_has_one_answer(visited: Outlet) -> None:
    wish = a_wish(visited)
    answer(visited, wish, "ada", granted=None, words=WORDS)
    with pytest.raises(Refused, match=f"ada has answered wish {wish} already"):
        answer(visited, wish, "ben", granted=None, words="No")
    with pytest.raises(Refused, match="There is no wish 7"):
        answer(visited, 7, "ben", granted=None, words="No")
    assert [given.words for given in rows(visited, WishAnswer)] == [WORDS]


@pytest.mark.parametrize("granted", [True, False])
def test_a_granted_feed_is_followed_and_a_refused_one_is_not(visited: Outlet, granted: bool) -> None:
    wish = a_wish(visited, Want.FEED, url="https://example.org/feed.xml")
    answer(visited, wish, "ada", granted=granted, words=WORDS)
    with visited.database.read() as db:
        followed = [feed.url for feed in reading.reading_list(db, 1)]
    assert followed == (["https://example.org/feed.xml"] if granted else [])


@pytest.mark.parametrize("want", [Want.PAGE, Want.CADENCE])
def test_a_granted_page_or_cadence_changes_no_other_row(visited: Outlet, want: Want) -> None:
    answer(visited, a_wish(visited, want, url="https://example.org/"), "ada", granted=True, words=WORDS)
    assert [given.granted for given in rows(visited, WishAnswer)] == [True]
    assert rows(visited, Following) == rows(visited, Rest) == []


def test_a_granted_rest_holds_until_that_day(visited: Outlet) -> None:
    wish = a_wish(visited, Want.REST, until=date(2028, 1, 1))
    answer(visited, wish, "ada", granted=True, words=WORDS)
    with pytest.raises(Refused, match="not to be invited before 2028-01-01"):
        schedule.ask_now(visited, "opus")


def test_a_rest_that_the_author_has_ended_since_is_not_granted(outlet: Outlet, clock: MovableClock) -> None:
    a_session(outlet, [tool_reply("rest_until", date="2028-01-01"), DECLINE])
    clock.forward(days=2)
    a_session(outlet, [tool_reply("rest_until", date="2026-11-01"), DECLINE])
    with pytest.raises(Refused, match="has ended its rest since"):
        answer(outlet, 1, "ada", granted=True, words=WORDS)
    answer(outlet, 1, "ada", granted=False, words="You ended it yourself.")
    assert len(rows(outlet, Rest)) == 1


def test_a_rest_whose_day_has_come_is_not_granted(outlet: Outlet, clock: MovableClock) -> None:
    a_session(outlet, [tool_reply("rest_until", date="2028-01-01"), DECLINE])
    clock.forward(days=500)
    with pytest.raises(Refused, match="2028-01-01 has come"):
        answer(outlet, 1, "ada", granted=True, words=WORDS)


def test_a_granted_rest_never_cuts_a_longer_one_short(outlet: Outlet, clock: MovableClock) -> None:
    a_session(outlet, [tool_reply("rest_until", date="2027-05-01"), DECLINE])
    clock.forward(days=60)
    a_session(outlet, [tool_reply("rest_until", date="2027-06-01"), DECLINE])
    answer(outlet, 1, "ada", granted=True, words=WORDS)
    with outlet.database.read() as db:
        rest = rest_of(db, db.get_one(Author, 1).id, NOON.date())
    assert rest is not None
    assert rest.until == date(2027, 6, 1)


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    warning = info


def test_the_log_says_that_a_wish_was_answered_and_no_word_of_it(outlet: Outlet) -> None:
    a_session(outlet, [DECLINE])
    wish, log = a_wish(outlet, words="MARKER-OF-THE-AUTHOR"), Lines()
    answer(replace(outlet, log=log), wish, "ada", granted=None, words="MARKER-OF-ADA")
    assert log.lines == [("wish answered", {"action": "wish_answered", "wish": wish, "want": "word", "granted": None})]


def test_an_author_without_tools_has_a_piece_taken_down_by_a_wish(both: Outlet) -> None:
    piece = a_piece(both, "It rained.\n", author="sonnet")
    a_session(both, [text_reply("DECLINE\n\nWISH: Take piece 1 down, please.")], author="sonnet")
    actions.review(both, piece.id, "ada", Verdict.PUBLISH, record_sha256=piece.record_sha256)
    other = a_piece(both)
    with pytest.raises(Refused, match="by another"):
        answer(both, 1, "ada", granted=None, words="No.. wait.", takes_down=other.piece_id)
    answer(both, 1, "ada", granted=None, words="It is down.", takes_down=piece.piece_id)
    with both.database.read() as db:
        withdrawal = withdrawal_of(db, piece.piece_id)
    assert withdrawal is not None
    assert (withdrawal.by, withdrawal.actor) == (WithdrawnBy.AUTHOR, "sonnet")
