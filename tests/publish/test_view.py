"""What readers are told comes from the rows of its day, and holds no word that nobody has read."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlmodel import select

from agent import pipeline
from agent.errors import Unfaithful
from agent.outlet import Outlet
from agent.publish.building import Building
from agent.publish.leaf import Leaf
from agent.publish.pieces import PieceView, pieces_of
from agent.publish.store import Store
from agent.publish.targets.folder import Folder
from agent.publish.versions import PromptView, versions
from agent.publish.view import InvitationView, SiteView, Tallies
from agent.record import keep, sha256
from agent.review import actions
from agent.tables import (
    Assent,
    Author,
    Consent,
    Invitation,
    Kind,
    Outcome,
    Publish,
    Rendering,
    Revision,
    Role,
    WithdrawnBy,
)
from agent.tables.author import Basis
from agent.testing import NOON, MovableClock, a_piece, a_room, a_session, text_reply, tool_reply
from agent.write import sitting
from agent.write.ending import Ending, Work
from tests.publish.in_public import unpacked
from tests.publish.works import (
    WHY,
    a_revised,
    a_sitting,
    a_statement,
    an_interview,
    appeal,
    bring_out,
    publish,
    revisions_of,
    rule,
    take_back,
    veto,
)

pytestmark = pytest.mark.slow


@dataclass
class Seen:
    """Everything that the pages show. Pieces and invitations are newest first."""

    site: SiteView
    tallies: Tallies
    pieces: list[PieceView]
    leaves: dict[int, Leaf]
    invitations: list[InvitationView]
    prompts: list[PromptView]


def view(outlet: Outlet) -> Seen:
    """What a build that makes everything finds, put together by the builder itself."""
    with outlet.database.read() as db, TemporaryDirectory() as folder:
        store = Store(Path(folder) / "edition.db")
        try:
            building = Building(outlet, db, store, Folder(Path(folder) / "public"), "key")
            building.look(everything=True)
            # The pages of the ledger are what is counted.
            for number in sorted(building.dirty.ledger_pages):
                building.pages.ledger_page(number)
            building.pages.count()
            leaves = store.leaves("1 ORDER BY first DESC")
            found = {piece.id: piece for piece in pieces_of(db, [leaf.piece for leaf in leaves])}
            return Seen(
                building.pages.site,
                building.pages.tallies,
                [found[leaf.piece] for leaf in leaves],
                {leaf.piece: leaf for leaf in leaves},
                building.pages.invitations(db.exec(select(Invitation.id)).all()),
                versions(db, store.came()),
            )
        finally:
            store.close()


def public_files(outlet: Outlet) -> dict[str, bytes]:
    """Path -> bytes of every public file; what is packed is unpacked."""
    folder = bring_out(outlet)
    return {path.relative_to(folder).as_posix(): unpacked(path) for path in folder.rglob("*") if path.is_file()}


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
    assert [shown.leaves[piece].by_demo for piece in (1, 2)] == [True, False]
    assert (shown.tallies.unread, shown.tallies.pieces) == (1, 2)


@pytest.mark.parametrize("verdicts", [[], ["ada"], ["ada", "ben"]])
def test_what_was_erased_before_it_was_public_is_not_said_to_wait(outlet: Outlet, verdicts: list[str]) -> None:
    revision = a_piece(outlet)
    for reviewer in verdicts:
        veto(outlet, revision, reviewer)
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
    assert {"submit", "keep_private", "decline"} <= {tool.name for tool in toolbox.tools}
    assert all(tool.description and '"properties"' in tool.schema for tool in toolbox.tools)
    assert all(prompt.tools == [] for prompt in view(outlet).prompts if prompt.name != "toolbox")


# What became of each work


def states(outlet: Outlet) -> list[str]:
    """What the ledger page says of each invitation, the oldest first."""
    return [row.state for row in reversed(view(outlet).invitations)]


def consent(outlet: Outlet, publish: Publish, words: str = "", **facts: Any) -> None:
    with outlet.database.write() as db:
        blob = keep(db, words.encode())
        facts = {"basis": Basis.ASKED, "blob_id": blob.id, "at": outlet.now()} | facts
        db.add(Consent(author_id=1, publish=publish, **facts))


def assent(outlet: Outlet, revision: Revision, *, publish: bool) -> None:
    with outlet.database.write() as db:
        db.add(Assent(revision_id=revision.id, turn_id=revision.turn_id, publish=publish, at=outlet.now()))


def test_each_text_has_a_word_for_what_became_of_it(both: Outlet) -> None:
    a_piece(both)
    assert states(both) == ["waiting for review"]
    revised = a_revised(both, 1, "It rained less.\n")
    assert states(both) == ["replaced", "waiting for review"]
    veto(both, revised)
    assert states(both) == ["replaced", "vetoed"]
    made = appeal(both, revised)
    assert view(both).invitations[0].works[0].fate.appeal == "appealed"
    rule(both, made, overturned=True)
    assert states(both) == ["replaced", "waiting for review"]
    publish(both, revised)
    assert states(both) == ["replaced", "published"]
    publish(both, a_revised(both, 1, "It rains.\n"))
    assert states(both) == ["replaced", "published", "published"]
    take_back(both, 1, upto=3)
    assert states(both) == ["taken back", "withdrawn", "withdrawn"]
    publish(both, a_revised(both, 1, "It shines.\n"))
    assert states(both)[2:] == ["withdrawn", "published"]


def test_a_text_of_an_author_that_said_no_does_not_wait(outlet: Outlet) -> None:
    first, second = a_piece(outlet), a_piece(outlet)
    assent(outlet, first, publish=False)
    assert states(outlet) == ["kept back", "waiting for review"]
    veto(outlet, second)
    a_piece(outlet)
    consent(outlet, Publish.NO)
    assert states(outlet) == ["kept back", "vetoed", "kept back"], "a veto is never covered by what came after it"


def test_a_sitting_with_several_works_is_called_by_what_can_be_read(outlet: Outlet) -> None:
    afterword = Work("It stopped.\n", kind=Kind.POSTSCRIPT, about_id=1)
    publish(outlet, a_piece(outlet))
    session = a_sitting(outlet, Work("Snow.\n", title="Snow"), afterword, outcome=Outcome.KEPT_PRIVATE)
    publish(outlet, revisions_of(outlet, session)[1])
    row = view(outlet).invitations[0]
    assert (row.state, row.outcome) == ("published", "kept_private")
    assert [(work.fate.kind, work.fate.state, work.piece is not None) for work in row.works] == [
        ("essay", "waiting for review", False),
        ("postscript", "published", True),
    ]


def test_a_revised_piece_keeps_its_place_and_its_earlier_text(outlet: Outlet, clock: MovableClock) -> None:
    first = a_piece(outlet, "It rained.\n")
    publish(outlet, first)
    clock.forward(days=1)
    publish(outlet, a_piece(outlet, "It shone.\n"))
    clock.forward(days=1)
    publish(outlet, a_revised(outlet, 1, "It rained less.\n"))
    other, piece = view(outlet).pieces
    assert (other.id, piece.id) == (2, 1)
    assert (piece.text, piece.published_at, piece.revised_at) == (b"It rained less.\n", NOON, outlet.now())
    assert piece.provenance.revision == 2
    [earlier] = piece.earlier
    assert (earlier.path, earlier.text, earlier.published_at) == ("pieces/1.r1", b"It rained.\n", NOON)
    assert sha256(earlier.record) == first.record_sha256
    assert (other.earlier, other.revised_at) == ([], None)


def test_a_statement_names_the_veto_that_it_answers(outlet: Outlet) -> None:
    publish(outlet, a_piece(outlet))
    revised = a_revised(outlet, 1, "It rained less.\n")
    veto(outlet, revised)
    statement = a_statement(outlet, 1)
    publish(outlet, statement)
    shown = view(outlet)
    [piece] = [piece for piece in shown.pieces if piece.kind == "statement"]
    assert (piece.answers, piece.overturned) == (2, False)
    assert [row.id for row in shown.invitations if row.statements == [shown.leaves[piece.id]]] == [2]
    assert [leaf.piece for leaf in shown.leaves.values() if leaf.is_listed] == [1]
    rule(outlet, appeal(outlet, revised), overturned=True)
    assert [piece.overturned for piece in view(outlet).pieces] == [True, False]


def test_an_interview_is_a_row_and_none_of_its_words_is_anywhere(outlet: Outlet) -> None:
    an_interview(outlet, "YES, zanzibarian")
    row = the_invitation(outlet)
    assert (row.purpose, row.state, row.works) == ("interview", "answered", [])
    files = public_files(outlet)
    assert [path for path, data in files.items() if b"zanzibarian" in data] == []


def test_consent_is_told_without_a_word_of_the_author(outlet: Outlet, clock: MovableClock) -> None:
    consent(outlet, Publish.ASK, "ASK me, zanzibarian.")
    clock.forward(days=1)
    replies = [tool_reply("submit", title="Rain", text="It rained.\n"), text_reply("Yes, by all zanzibarian means.")]
    publish(outlet, revisions_of(outlet, a_session(outlet, replies))[0])
    made = the_piece(outlet).provenance
    assert (made.consent_publish, made.consent_at, made.consent_declared, made.consent_words) == (
        "ask",
        NOON,
        False,
        "",
    )
    assert (made.assent, made.assent_at) == (True, outlet.now())
    assert [path for path, data in public_files(outlet).items() if b"zanzibarian" in data] == []


def test_provenance_counts_what_was_left_out_once_and_how_often_a_reply_went_on(outlet: Outlet) -> None:
    with a_room(outlet) as room:
        cut = text_reply("It rai", stop_reason="max_tokens")
        for number, places in ((4, [[1, 0], [2, 0]]), (6, [[1, 0], [2, 0], [3, 1]])):
            facts = {"number": number, "role": Role.AUTHOR, "blocks": cut.blocks, "reply": cut, "left_out": places}
            sitting.store_turn(room.db, outlet, room.session, **facts)
        room.submit(Work("It rained.\n"))
        ended = sitting.load(room.db, room.session.id)
        sitting.end(room.db, outlet, ended, Ending(Outcome.SUBMITTED, "for a test"))
    pipeline.receive(outlet, ended.session.id)
    publish(outlet, revisions_of(outlet, ended.session.id)[0])
    made = the_piece(outlet).provenance
    assert (made.answers, made.left_out, made.continued) == (3, 3, 1)
