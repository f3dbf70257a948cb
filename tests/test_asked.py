"""What an author answers when it is asked whether it may be published, and what follows, to the last page."""

import json
from pathlib import Path

import pytest
from sqlmodel import col, select

from agent.errors import Refused
from agent.outlet import Outlet
from agent.publish import edition
from agent.publish.verify import verify
from agent.review import actions
from agent.tables import Publication, Purpose, Revision, Scope, Submission, Verdict
from agent.testing import MovableClock, a_piece, a_session, text_reply, tool_reply

pytestmark = pytest.mark.slow

NO = ["", "No.", "No.", "No.", "NONE", "NONE", "", ""]
YES = ["", "Yes.", "No.", "NONE", "NONE", "", ""]
NO_AND_DOWN = ["", "NO, not any more.", "Yes, all of it.", "No.", "NONE", "NONE", "", ""]
SUBMIT = tool_reply("submit", title="Rain", text="It rained.\n")


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything here holds on SQLite and on PostgreSQL."""
    return both


def interview(outlet: Outlet, answers: list[str], author: str) -> None:
    a_session(outlet, map(text_reply, answers), author=author, purpose=Purpose.INTERVIEW)
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(hours=1)


def publish(outlet: Outlet, revision: Revision) -> None:
    actions.review(outlet, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)


def pages(outlet: Outlet) -> dict[str, str]:
    edition.build(outlet)
    folder = outlet.settings.folder / "public"
    assert verify(folder).problems == []
    return {file.name: file.read_text(encoding="utf-8") for file in Path(folder).glob("pieces/*")}


@pytest.mark.parametrize("author", ["opus", "sonnet"])
def test_of_an_author_that_says_no_nothing_is_published(outlet: Outlet, author: str) -> None:
    interview(outlet, NO, author)
    replies = [SUBMIT, tool_reply("keep_private")] if author == "opus" else [text_reply("It rained.\n")]
    a_session(outlet, replies, author=author)
    with outlet.database.read() as db:
        assert db.exec(select(Submission)).all() == []
        assert db.exec(select(Revision)).all() == []
    assert pages(outlet) == {}


def test_what_waited_when_the_author_said_no_cannot_be_published(outlet: Outlet) -> None:
    waiting = a_piece(outlet)
    interview(outlet, NO, "opus")
    with pytest.raises(Refused, match="no"):
        publish(outlet, waiting)
    assert pages(outlet) == {}


@pytest.mark.parametrize("author", ["opus", "sonnet"])
def test_an_author_that_withdraws_its_consent_takes_its_pieces_down(outlet: Outlet, author: str) -> None:
    interview(outlet, NO, author)
    interview(outlet, YES, author)
    for text in ("It rained.\n", "It shone.\n"):
        publish(outlet, a_piece(outlet, text, author=author))
    other = a_piece(outlet, "Somebody else's.\n", author="sonnet" if author == "opus" else "opus")
    publish(outlet, other)
    assert len([name for name in pages(outlet) if name.endswith(".md")]) == 3

    interview(outlet, NO_AND_DOWN, author)
    after = pages(outlet)
    assert [name for name in after if name.endswith(".md")] == [f"{other.piece_id}.md"], "the other author's stays"
    taken = [
        page for name, page in sorted(after.items()) if name.endswith(".html") and name != f"{other.piece_id}.html"
    ]
    assert len(taken) == 2
    assert all("Taken down by its author" in page for page in taken)
    assert not any("It rained" in page or "It shone" in page for page in after.values())
    lines = (outlet.settings.folder / "public" / "ledger.jsonl").read_text().splitlines()
    withdrawn = [event for line in lines if (event := json.loads(line))["event"] == "withdrawn"]
    assert [event["data"]["by"] for event in withdrawn] == ["author", "author"]


def test_a_no_to_what_comes_leaves_what_is_public(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(hours=1)
    consent = tool_reply("change_consent", publish="no", scope=Scope.NEW.value, words="From now on for me alone.")
    a_session(outlet, [consent, SUBMIT, tool_reply("decline")])
    with outlet.database.read() as db:
        assert len(db.exec(select(Publication).order_by(col(Publication.id))).all()) == 1
    assert "1.md" in pages(outlet)
