"""What somebody wrote is given back to them where it was not taken; what went wrong is said as far as it is known."""

import re

import pytest
from sqlmodel import select

from agent.desk import reviews
from agent.desk.door.kept import written
from agent.outlet import Outlet
from agent.tables import DeskSession, Review
from tests.desk.a_desk import DESK, Browser, a_waiting_piece, words_of

pytestmark = pytest.mark.slow

REASON = "It tells where <somebody> lives."
VETO = {"verdict": "veto", "ground": "personal-data", "quote": "I read it\ntwice", "reason": REASON}


@pytest.fixture
def ended(outlet: Outlet, ada: Browser) -> Browser:
    """Ada's browser, with a session that has ended."""
    a_waiting_piece(outlet)
    with outlet.database.write() as db:
        db.delete(db.exec(select(DeskSession)).one())
    return ada


def given_back(page: str) -> list[str]:
    return re.findall(r"<textarea[^>]* readonly[^>]*>([^<]*)</textarea>", page)


def test_words_are_kept_and_passwords_never() -> None:
    secret = {"password": "a", "new": "b", "again": "c", "code": "d", "form_token": "e", "name": "ada"}
    assert written(secret | {"reason": " ", "verdict": "veto"}) == []
    assert written({"answer-3": "It is a quotation.", "quote": "so", "reason": "Why."}) == [
        ("Your answer", "It is a quotation."),
        ("The passage", "so"),
        ("What you wrote", "Why."),
    ]


def test_a_session_that_ended_gives_back_what_was_written(ended: Browser) -> None:
    answer = ended.post("/revisions/1/reviews", data=VETO, headers={"referer": f"{DESK}/revisions/1/reviews/veto"})
    assert answer.status_code == 401
    assert given_back(answer.text) == ["Personal data", "I read it\ntwice", "It tells where &lt;somebody&gt; lives."]
    assert 'href="/session?next=/revisions/1/reviews/veto" target="_blank"' in answer.text


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("", "/revisions/1"),
        (f"{DESK}/revisions/1/reviews", "/revisions/1"),
        ("http://elsewhere.example/revisions/9", "/revisions/1"),
        (f"{DESK}/links/AbC", "/queue"),
    ],
)
def test_the_way_back_is_a_page_of_the_desk(ended: Browser, referer: str, back: str) -> None:
    answer = ended.post("/revisions/1/reviews", data=VETO, headers={"referer": referer})
    assert f'href="/session?next={back}"' in answer.text


def test_what_is_too_long_to_be_read_is_not_given_back_and_still_answered(ended: Browser) -> None:
    answer = ended.post("/revisions/1/reviews", data=VETO | {"reason": "x" * 70_000})
    assert answer.status_code == 401
    assert given_back(answer.text) == []
    assert "Your session has ended, so nothing was stored. Sign in, and do it again." in words_of(answer)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_script_is_told_in_words_that_the_session_ended(ended: Browser, method: str) -> None:
    path = "/revisions/1/sources" if method == "GET" else "/revisions/1/reviews"
    answer = ended.request(method, path, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "Your session has ended. What you wrote is still here." in words_of(answer)
    assert "Password" not in answer.text


def test_a_form_of_another_session_gives_back_what_was_written(outlet: Outlet, ada: Browser) -> None:
    a_waiting_piece(outlet)
    answer = ada.post("/revisions/1/reviews", data=VETO | {"form_token": "0" * 64})
    assert answer.status_code == 403
    assert given_back(answer.text)[-1] == "It tells where &lt;somebody&gt; lives."


def test_a_fault_says_what_is_known_of_what_was_sent(
    outlet: Outlet, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sha256 = a_waiting_piece(outlet)

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    # A verdict is stored, and then no page can be made of it.
    monkeypatch.setattr(reviews, "_then", breaks)
    answer = ada.submit("/revisions/1/reviews", verdict="escalate", reason=REASON, record_sha256=sha256)
    with outlet.database.read() as db:
        assert len(db.exec(select(Review)).all()) == 1
    assert answer.status_code == 500
    said = words_of(answer)
    assert "Whether what you sent was stored is not known here" in said
    assert "Nothing" not in said
    monkeypatch.setattr("agent.desk.revisions.case", breaks)
    said = words_of(ada.get("/revisions/1"))
    assert "it is on record. Try again." in said
    assert "stored" not in said
