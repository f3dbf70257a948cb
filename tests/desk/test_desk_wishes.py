"""Wishes and questions at the desk: in their author's words, answered once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.types import ASGIApp

from agent.desk import create_app
from agent.errors import Refused
from agent.outlet import Outlet
from agent.queries import withdrawal_of
from agent.review.wishes import answer
from agent.roster import call_roll
from agent.tables import Following, Rest, Wish, WishAnswer
from agent.testing import a_session, text_reply, tool_reply
from tests.desk.a_desk import PLAIN, Browser, words_of
from tests.review.a_desk_of_two import a_public_piece, at_once, rows

pytestmark = pytest.mark.slow

DECLINE = tool_reply("decline")
WORDS = "Gladly, from next week."


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """The usual cast, with Eve, who keeps it running."""
    staffed = replace(outlet, settings=outlet.settings.model_copy(update={"operators": ["eve"]}))
    call_roll(staffed)
    return staffed


@pytest.fixture
def desk(outlet: Outlet) -> ASGIApp:
    return create_app(outlet)


@pytest.fixture
def eve(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("eve")


@pytest.fixture
def asked(outlet: Outlet) -> Outlet:
    """Opus asks for a word, a feed, a longer rest and another cadence."""
    a_session(
        outlet,
        [
            tool_reply("ask_staff", words="Who <reads> this?\nAnd when?"),
            tool_reply("follow_feed", url="https://tides.example/feed", why="Tides."),
            tool_reply("rest_until", date="2027-06-01"),
            tool_reply("change_cadence", words="Less often."),
            DECLINE,
        ],
    )
    return outlet


def test_nothing_to_answer_is_said_plainly(ada: Browser) -> None:
    assert "No wish waits for an answer." in ada.words("/wishes")
    assert "Nothing was answered yet." in ada.words("/wishes?answered=yes")


def test_wishes_stand_there_oldest_first_word_for_word(ada: Browser, asked: Outlet) -> None:
    page = ada.get("/wishes")
    assert "Who &lt;reads&gt; this?\nAnd when?</blockquote>" in page.text
    words = words_of(page)
    told = ["asks for a word", "wishes for a feed", "wishes for a rest until 1 June 2027", "wishes for another cadence"]
    assert [words.index(each) for each in told] == sorted(words.index(each) for each in told)
    assert "https://tides.example/feed" in words
    assert "No wish waits for an answer." in ada.words("/wishes?author=sonnet")
    assert ada.get("/wishes?author=nobody").status_code == 404


def test_a_question_is_answered_in_words_that_its_author_reads_with_its_next_invitation(
    eve: Browser, asked: Outlet
) -> None:
    done = eve.submit("/wishes/1/answers", words="Four people. They read slowly.")
    assert (done.status_code, done.headers["location"]) == (303, "/wishes?stored=1")
    assert "Wish 1 is answered. Claude Opus reads your words with its next invitation." in eve.words("/wishes?stored=1")
    assert "Answered by eve on 1 November 2026, 12:00 UTC: Four people." in eve.words("/wishes?answered=yes")
    a_session(asked, [DECLINE])
    assert "> Four people. They read slowly." in eve.words("/authors/opus")


def test_what_is_granted_takes_effect(ada: Browser, asked: Outlet) -> None:
    ada.submit("/wishes/2/answers", granted="grant", words=WORDS)
    assert "The feed is on its reading list now." in ada.words("/wishes?stored=2")
    assert len(rows(asked, Following)) == 1
    ada.submit("/wishes/3/answers", granted="grant", words=WORDS)
    assert "It is not invited before 1 June 2027." in ada.words("/wishes?stored=3")
    assert [str(row.until) for row in rows(asked, Rest)] == ["2027-06-01"]
    ada.submit("/wishes/4/answers", granted="refuse", words=WORDS)
    assert "Wish 4 is refused." in ada.words("/wishes?stored=4")
    assert [row.granted for row in rows(asked, WishAnswer)] == [True, True, False]


@pytest.mark.parametrize(
    ("wish", "given", "why"),
    [
        (1, {"words": ""}, "Answer in words, too"),
        (1, {"words": WORDS, "granted": "grant"}, "asks for a word: answer it in words, without a yes or no."),
        (2, {"words": WORDS}, "say whether it is granted or refused"),
        (1, {"words": WORDS, "takes_down": "rain"}, "“rain” is not the number of a piece"),
        (1, {"words": WORDS, "takes_down": "7"}, "Wish 1 cannot take piece 7 down"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_refused_and_kept(
    ada: Browser, asked: Outlet, wish: int, given: dict[str, str], why: str
) -> None:
    answered = ada.submit(f"/wishes/{wish}/answers", **given)
    assert answered.status_code == 409
    assert why.replace("“", '"').replace("”", '"') in words_of(answered)
    assert answered.text.count("<details open>") == 1
    assert f"{given['words']}</textarea>" in answered.text
    assert rows(asked, WishAnswer) == []


def test_a_wish_that_is_not_there_cannot_be_answered(ada: Browser) -> None:
    assert ada.submit("/wishes/9/answers", words=WORDS).status_code == 404


def test_an_author_without_tools_has_its_piece_taken_down_on_its_wish(ada: Browser, outlet: Outlet) -> None:
    revision = a_public_piece(outlet, PLAIN, author="sonnet")
    a_session(outlet, [text_reply(f"DECLINE\nWISH: take down piece {revision.piece_id}, please")], author="sonnet")
    a_session(outlet, [tool_reply("ask_staff", words="Who reads this?"), DECLINE])
    page = ada.get("/wishes").text
    assert page.count('name="takes_down"') == 1, "Opus has a tool for it"
    [wish] = [row for row in rows(outlet, Wish) if row.author_id == 2]
    done = ada.submit(f"/wishes/{wish.id}/answers", words="It is done.", takes_down=str(revision.piece_id))
    assert done.status_code == 303
    with outlet.database.read() as db:
        down = withdrawal_of(db, revision.piece_id)
    assert down is not None
    assert (down.by.value, down.ground) == ("author", "")


def test_of_two_who_answer_at_once_one_wins_and_the_other_is_told(ada: Browser, eve: Browser, asked: Outlet) -> None:
    forms = {"ada": ada.form_token(), "eve": eve.form_token()}

    def answers(browser: Browser) -> tuple[int, str]:
        name = "ada" if browser is ada else "eve"
        done = browser.post("/wishes/1/answers", data={"form_token": forms[name], "words": f"{WORDS} {name}"})
        return done.status_code, words_of(done)

    said = at_once(asked, answers, [ada, eve])
    assert sorted(status for status, _ in said) == [303, 409]
    [given] = rows(asked, WishAnswer)
    told = next(words for status, words in said if status == 409)
    assert f"{given.actor} has answered wish 1 already. A wish has one answer." in told


def test_it_is_so_on_both_databases(both: Outlet) -> None:
    a_session(both, [tool_reply("ask_staff", words="Who reads this?"), DECLINE])

    def answers(name: str) -> str:
        try:
            answer(both, 1, name, granted=None, words=WORDS)
        except Refused as no:
            return str(no)
        return "done"

    said = at_once(both, answers, ["ada", "ben"])
    [given] = rows(both, WishAnswer)
    assert sorted(said) == sorted(["done", f"{given.actor} has answered wish 1 already. A wish has one answer."])
