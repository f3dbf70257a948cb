"""What readers are told comes from the rows of its day, and holds no word that nobody has read."""

from datetime import date

import pytest
from sqlmodel import select

from agent import pipeline
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.publish.view import InvitationView, PieceView, PromptView, SiteView, site_view
from agent.record import sha256
from agent.review import actions
from agent.review.actions import Said, Span
from agent.tables import Author, Consent, Publish, Rendering, Revision, Verdict, WithdrawnBy
from agent.tables.author import Basis
from agent.testing import MovableClock, a_piece, a_session, text_reply, tool_reply

WHY = "It names a private person."


def publish(outlet: Outlet, revision: Revision, reviewer: str = "ada") -> None:
    actions.review(outlet, revision.id, reviewer, Verdict.PUBLISH, record_sha256=revision.record_sha256)


def view(outlet: Outlet) -> SiteView:
    with outlet.database.read() as db:
        return site_view(outlet, db, "key")


def the_piece(outlet: Outlet) -> PieceView:
    [piece] = view(outlet).pieces
    return piece


def the_invitation(outlet: Outlet) -> InvitationView:
    [invitation] = view(outlet).invitations
    return invitation


def called(outlet: Outlet, name: str) -> list[PromptView]:
    return [prompt for prompt in view(outlet).prompts if prompt.name == name]


def newest_revision(outlet: Outlet) -> Revision:
    with outlet.database.read() as db:
        return db.exec(select(Revision)).one()


def test_the_record_of_a_piece_is_the_bytes_that_its_hash_covers(outlet: Outlet) -> None:
    revision = a_piece(outlet, title="Räin", tags=["wet"])
    publish(outlet, revision)
    assert sha256(the_piece(outlet).record) == revision.record_sha256
    actions.withdraw(outlet, 1, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    assert the_piece(outlet).record == b""


def test_a_piece_that_was_never_rendered_is_refused(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_keep_rendering", lambda *_: None)
    publish(outlet, a_piece(outlet))
    with pytest.raises(Unfaithful, match="no rendering"):
        view(outlet)
    with outlet.database.read() as db:
        assert db.exec(select(Rendering)).first() is None


def test_an_old_piece_shows_its_author_as_it_was_on_that_day(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    before, invited = the_piece(outlet), the_invitation(outlet).author
    with outlet.database.write() as db:
        author = db.exec(select(Author).where(Author.slug == "opus")).one()
        author.byline, author.model_id = "Another", "another-model"
        author.retired_on, author.stand_in = date(2020, 1, 1), "a stand-in"
        db.add(author)
    after = the_piece(outlet)
    assert (after.author, after.provenance) == (before.author, before.provenance)
    assert the_invitation(outlet).author == invited == before.author
    assert before.author.byline == "Claude Opus"


def test_an_old_piece_shows_the_consent_on_which_it_was_published(outlet: Outlet, clock: MovableClock) -> None:
    publish(outlet, a_piece(outlet))
    before = the_piece(outlet).provenance
    clock.forward(days=1)
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.YES, basis=Basis.DECLARED, words="Later.", at=outlet.now()))
    assert the_piece(outlet).provenance == before


def test_a_piece_remembers_that_nobody_real_has_read_it(outlet: Outlet) -> None:
    object.__setattr__(outlet, "settings", outlet.settings.model_copy(update={"reviewers": ["ada", "demo"]}))
    publish(outlet, a_piece(outlet), "demo")
    publish(outlet, a_piece(outlet), "ada")
    shown = view(outlet)
    assert [piece.provenance.by_demo for piece in shown.pieces] == [False, True]
    assert [piece.id for piece in shown.unread] == [1]


@pytest.mark.parametrize("verdicts", [[], ["ada"], ["ada", "ben"]])
def test_what_was_erased_before_it_was_public_is_not_said_to_wait(outlet: Outlet, verdicts: list[str]) -> None:
    revision = a_piece(outlet)
    said = Said(ground="personal-data", span=Span(0, 2), reason=WHY)
    for reviewer in verdicts:
        actions.review(outlet, revision.id, reviewer, Verdict.VETO, record_sha256=revision.record_sha256, said=said)
    assert the_invitation(outlet).state == ("vetoed" if len(verdicts) == 2 else "waiting for review")
    actions.erase(outlet, revision.piece_id, "ada", second="ben", reason=WHY)
    assert the_invitation(outlet).state == "erased"


def test_a_name_of_a_tool_that_was_never_laid_out_is_not_published(outlet: Outlet) -> None:
    secret = "call_0151_555_0101_now"
    a_session(outlet, [tool_reply(secret, text="x"), tool_reply("submit", title="Rain", text="It rained.\n")])
    publish(outlet, newest_revision(outlet))
    assert the_piece(outlet).provenance.tools == ["an unknown tool", "submit"]


def test_a_call_by_an_author_without_tools_names_no_tool(outlet: Outlet) -> None:
    reply = text_reply("It rained.\n")
    reply.blocks.append({"type": "tool_use", "id": "1", "name": "submit", "input": {}})
    a_session(outlet, [reply], author="sonnet")
    publish(outlet, newest_revision(outlet))
    piece = the_piece(outlet)
    assert piece.provenance.tools == ["an unknown tool"]
    assert "toolbox" not in [name for name, _ in piece.provenance.prompts]


def test_the_tools_are_words_that_were_told_with_what_came_of_them(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    a_session(outlet, [tool_reply("decline")])
    a_session(outlet, [text_reply("DECLINE")], author="sonnet")
    [toolbox] = called(outlet, "toolbox")
    assert toolbox.outcomes == {"submitted": 1, "declined": 1}
    assert the_piece(outlet).provenance.prompts[-1] == ("toolbox", toolbox.sha256)
    assert [tool.name for tool in toolbox.tools] == ["submit", "keep_private", "decline"]
    assert all(tool.description and '"properties"' in tool.schema for tool in toolbox.tools)
    assert all(prompt.tools == [] for prompt in view(outlet).prompts if prompt.name != "toolbox")
