"""What an operator reads when an invitation cannot go on. The engine runs, so in processes of its own."""

from pathlib import Path

import pytest

from tests.a_publication import SETTINGS, APublication
from tests.messages_api import MessagesApi, http_error, tool_use

pytestmark = pytest.mark.slow


def test_an_endpoint_that_is_down_is_said_in_words_and_spends_no_invitation(tmp_path: Path) -> None:
    publication = APublication(tmp_path / "pub")
    ran = publication.run("invite", "opus", AFTERWORD_CALL_ATTEMPTS="1")
    assert ran.returncode == 1
    assert "could not be reached" in ran.stderr
    assert ". Nothing is lost" in ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    [row] = publication.json("invitations")
    assert row["outcome"] == "waiting"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "authentication_error", "Check the variable ANTHROPIC_API_KEY"),
        (404, "not_found_error", "retired there, or this key has no access"),
    ],
)
def test_a_wrong_key_and_a_model_that_is_gone_say_what_to_do(
    tmp_path: Path, status: int, kind: str, words: str
) -> None:
    with MessagesApi([http_error(status, kind), tool_use("decline", {})]) as api:
        publication = APublication(tmp_path / "pub", api_url=api.url)
        ran = publication.run("invite", "opus", ANTHROPIC_API_KEY="sk-ant-a-secret")
        assert len(api.requests) == 1, "what cannot help is not tried again"
        assert ran.returncode == 1
        assert words in ran.stderr
        assert ".. Nothing is lost" not in ran.stderr
        assert ". Nothing is lost" in ran.stderr
        assert "sk-ant-a-secret" not in ran.stdout + ran.stderr
        [author] = publication.json("authors")
        assert words in author["paused"]
        [row] = publication.json("invitations")
        assert row["outcome"] == "waiting", "the invitation is not spent"

        assert publication.run("resume", "opus", "--reason", "mended").returncode == 0
        with publication.start("up") as running:
            running.until("action=declined")
            assert running.ask_to_stop() == 0
    [row] = publication.json("invitations")
    assert row["outcome"] == "declined"


def test_a_cap_holds_an_invitation_back_and_keeps_its_slot(tmp_path: Path) -> None:
    publication = APublication(tmp_path / "pub", settings=SETTINGS.replace("per_day = 100", "per_day = 0"))
    ran = publication.run("invite", "opus")
    assert ran.returncode == 1
    assert "max_sessions_per_day is 0" in ran.stderr
    [row] = publication.json("invitations")
    assert row["outcome"] == "waiting"
