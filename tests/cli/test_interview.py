"""`afterword interview`: held like any sitting, and what was recorded is said. The engine runs, so in processes
of its own."""

from pathlib import Path

import pytest

from agent import app
from agent.prompts import PromptShelf, questions
from tests.a_publication import APublication
from tests.messages_api import MessagesApi, http_error, text

pytestmark = pytest.mark.slow

ANSWERS = {
    "publish": "ASK. I would like to see each of them once more.",
    "earlier": "NO",
    "trials": "YES, why not.",
    "interests": "INTEREST: moss\nINTEREST: clocks",
    "wishes": "WISH: a longer pause",
}


def test_an_interview_is_held_and_what_it_brought_is_said(tmp_path: Path) -> None:
    parts = questions(PromptShelf(app.bundled("prompts")).get("interview").body)[1]
    # Nothing was unclear; and who is to be asked each time is not asked about what is public.
    asked = [part for part in parts if part.name not in ("again", "earlier")]
    with MessagesApi([text(ANSWERS.get(question.name, "No, thank you.")) for question in asked]) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        ran = publication.run("interview", "opus")
        assert ran.returncode == 0, ran.stderr
        assert len(api.requests) == len(asked)
    assert ran.stdout.splitlines() == [
        "Claude Opus 3: answered (the interview was held to its end)",
        f"  answers    {len(asked)}",
        "  publish    it is asked each time; for earlier texts, too",
        "  trials     yes",
        "  interests  2 (`afterword wishes --interests` lists them)",
        "  wishes     1 (`afterword wishes` lists them)",
        "`afterword sessions show 1` prints every word.",
    ]
    [row] = publication.json("sessions")
    assert (row["purpose"], row["outcome"]) == ("interview", "answered")
    shown = publication.run("sessions", "show", "1").stdout
    assert "I would like to see each of them once more." in shown
    assert "[private" not in shown
    [author] = publication.json("authors")
    assert (author["publish"], author["basis"]) == ("ask", "asked")


def test_an_author_that_declines_is_left_alone_and_nothing_changes(tmp_path: Path) -> None:
    with MessagesApi([text("DECLINE")]) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        ran = publication.run("interview", "opus")
    assert ran.returncode == 0, ran.stderr
    assert "Claude Opus 3: declined" in ran.stdout
    assert "nothing: what it said before holds" in ran.stdout
    [author] = publication.json("authors")
    assert author["basis"] == "declared"


def test_what_was_answered_before_an_interview_broke_off_is_told(tmp_path: Path) -> None:
    script = [text("Hello."), text("NO. Not any more."), http_error(400, "invalid_request_error")]
    with MessagesApi(script) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        ran = publication.run("interview", "opus")
    assert ran.returncode == 1
    assert "  publish    no; what is public stays" in ran.stdout
    assert "nothing: what it said before holds" not in ran.stdout


def test_what_is_missing_is_said_before_anything_is_written(tmp_path: Path) -> None:
    publication = APublication(tmp_path / "pub")
    for words, said, variables in [
        (("interview", "cy"), 'No author is called "cy"', {}),
        (("interview", "opus"), "ANTHROPIC_API_KEY is not set", {"ANTHROPIC_API_KEY": ""}),
    ]:
        ran = publication.run(*words, **variables)
        assert ran.returncode == 1
        assert said in ran.stderr
    assert publication.json("invitations") == []
