"""A transcript is masked by what the rows know, and whole only for an administrator who says why."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlmodel import select

from agent import pipeline, schedule, write
from agent.errors import LlmError, Refused
from agent.invite import invite
from agent.masking import mask
from agent.outlet import Outlet, Reply
from agent.record import keep
from agent.review import actions
from agent.tables import (
    Appointment,
    AuditEvent,
    Basis,
    Consent,
    ContextBlock,
    Outcome,
    Publish,
    StaffRole,
    User,
    Verdict,
    WithdrawnBy,
)
from agent.testing import ScriptedLlm, a_piece, a_session, blocks_reply, text_reply, tool_reply, with_llm
from agent.transcript import Transcript, beside, transcript, unmask

DOOR = "the door behind the stair"
SEA = "the smell of the sea"


def read(outlet: Outlet, session: int) -> Transcript:
    with outlet.database.read() as db:
        return transcript(db, session, outlet.settings.title)


def words_of(found: Transcript) -> str:
    return json.dumps(found.said, ensure_ascii=False)


def held(outlet: Outlet, replies: Iterable[Reply | LlmError], author: str = "opus") -> Transcript:
    return read(outlet, a_session(outlet, replies, author=author))


def asks_each_time(outlet: Outlet, author_id: int) -> None:
    with outlet.database.write() as db:
        db.add(Consent(author_id=author_id, publish=Publish.ASK, basis=Basis.ASKED, at=outlet.now()))


def test_what_was_submitted_and_wished_is_shown_and_the_rest_is_masked(both: Outlet) -> None:
    found = held(
        both,
        [
            blocks_reply([{"type": "text", "text": DOOR}, tool_reply("save_draft", text=DOOR).blocks[0]]),
            tool_reply("read_draft", draft=1),
            tool_reply("write_note", text=DOOR),
            tool_reply("read_notes"),
            tool_reply("search_pieces", words=DOOR),
            tool_reply("ask_staff", words="Who reads me?"),
            tool_reply("submit", title="Rain", text="It rained.", tags=["weather"]),
        ],
    )
    assert DOOR not in words_of(found)
    for given in ("Who reads me?", "Rain", "It rained.", "weather", "It was passed on to the staff", "save_draft"):
        assert given in words_of(found), given
    assert found.said[0] is not None
    assert found.said[0][-1]["text"] == found.invitation.words


def test_a_kept_text_and_one_that_was_refused_stay_masked(outlet: Outlet) -> None:
    kept = held(outlet, [tool_reply("keep_private", text=DOOR)])
    assert DOOR not in words_of(kept)
    too_long = tool_reply("submit", title="Rain\n", text=SEA)
    declined = held(outlet, [too_long, tool_reply("decline", reason="I am tired.")])
    assert SEA not in words_of(declined)
    assert "The title is one line" in words_of(declined)
    assert "I am tired." in words_of(declined)


def test_a_text_that_its_author_keeps_after_all_stays_masked_with_its_title(both: Outlet) -> None:
    asks_each_time(both, 1)
    said_no = held(both, [tool_reply("submit", title=DOOR, text=SEA), text_reply("No.")])
    assert said_no.session.outcome is Outcome.KEPT_PRIVATE
    assert DOOR not in words_of(said_no)
    assert SEA not in words_of(said_no)
    said_yes = held(both, [tool_reply("submit", title=DOOR, text=SEA), text_reply("Yes.")])
    assert f"{DOOR} (essay, 20 characters)" in words_of(said_yes), "the question that names it"
    assert SEA in words_of(said_yes)


def test_while_a_session_goes_on_no_work_is_shown(outlet: Outlet) -> None:
    asks_each_time(outlet, 1)
    invitation = invite(outlet, schedule.ask_now(outlet, "opus", "plain"))
    session = write.open_session(outlet, invitation)
    outlet = with_llm(outlet, ScriptedLlm([tool_reply("submit", title=DOOR, text=SEA), text_reply("Yes.")]))
    pipeline.take_turn(outlet, session)
    going_on = read(outlet, session)
    assert going_on.session.chosen is Outcome.SUBMITTED
    assert DOOR not in words_of(going_on)
    assert SEA not in words_of(going_on)


def test_an_author_without_tools_shows_its_text_and_its_wish_alone(outlet: Outlet) -> None:
    reply = f"It rained.\n\nNOTE: {DOOR}\nWISH: a longer pause"
    submitted = held(outlet, [text_reply(reply)], author="sonnet")
    assert "It rained." in words_of(submitted)
    assert "WISH: a longer pause" in words_of(submitted)
    assert DOOR not in words_of(submitted)
    kept = held(outlet, [text_reply(f"PRIVATE\n{SEA}\n\nWISH: snow")], author="sonnet")
    assert SEA not in words_of(kept)
    assert "WISH: snow" in words_of(kept)


def test_what_the_outlet_says_in_between_is_shown(outlet: Outlet) -> None:
    found = held(outlet, [text_reply("Hm."), text_reply("Hm.")])
    assert found.said[2] is not None
    assert "Nothing has been submitted so far" in found.said[2][0]["text"]


@pytest.mark.parametrize(("kind", "is_shown"), [("note", False), ("since", True), ("entry", True), ("later", False)])
def test_what_lies_beside_an_invitation_is_shown_by_its_kind(outlet: Outlet, kind: str, is_shown: bool) -> None:
    assert (SEA in words_of(_begun(outlet, kind, kind, SEA))) == is_shown


def test_a_piece_beside_an_invitation_is_shown_while_it_is_public(both: Outlet) -> None:
    revision = a_piece(both, SEA)
    beside = ("piece", f"pieces/{revision.piece_id}", f"<piece>\n{SEA}\n</piece>")
    assert SEA not in words_of(_begun(both, *beside))
    actions.review(both, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)
    assert SEA in words_of(_begun(both, *beside))
    actions.withdraw(both, revision.piece_id, "ada", WithdrawnBy.URGENT, ground="law", reason="A court ordered it.")
    assert SEA not in words_of(_begun(both, *beside))


def test_an_administrator_sees_all_of_it_and_leaves_a_row(outlet: Outlet) -> None:
    session = a_session(outlet, [tool_reply("keep_private", text=DOOR)])
    outlet = replace(outlet, settings=outlet.settings.model_copy(update={"administrators": ["ada"]}))
    for actor, reason in (("ben", "A court asks for it."), ("ada", "because")):
        with pytest.raises(Refused):
            unmask(outlet, session, actor=actor, reason=reason)
    with outlet.database.read() as db:
        assert db.exec(select(AuditEvent)).all() == []
    assert DOOR in words_of(unmask(outlet, session, actor="ada", reason=" A court asks for it. "))
    with outlet.database.read() as db:
        row = db.exec(select(AuditEvent)).one()
    assert (row.action, row.subject, row.actor, row.reason) == (
        "unmasked",
        f"session {session}",
        "ada",
        "A court asks for it.",
    )


def test_an_appointment_makes_an_administrator_and_takes_it_back(both: Outlet) -> None:
    session = a_session(both, [tool_reply("keep_private", text=DOOR)])
    with both.database.write() as db:
        user = User(name="cleo", added_at=both.now())
        db.add(user)
        db.flush()
        db.add(Appointment(user_id=user.id, roles=[StaffRole.ADMINISTRATOR.value], actor="ada", at=both.now()))
    with pytest.raises(Refused, match=r'"ada" is no administrator.* Administrators are: cleo\.'):
        unmask(both, session, actor="ada", reason="A court asks for it.")
    assert DOOR in words_of(unmask(both, session, actor="cleo", reason="A court asks for it."))
    with both.database.write() as db:
        db.add(Appointment(user_id=user.id, roles=[StaffRole.REVIEWER.value], actor="ada", at=both.now()))
    with pytest.raises(Refused, match="There is none yet"):
        unmask(both, session, actor="cleo", reason="A court asks for it.")


def test_what_lies_beside_an_invitation_is_masked_by_itself_as_in_the_transcript(both: Outlet) -> None:
    found = _begun(both, "note", "notebook", SEA)
    with both.database.read() as db:
        [block] = [each for each in beside(db, found.invitation.id) if each.block.kind == "note"]
    assert (block.words, block.is_shown) == (mask(SEA), False)
    found = _begun(both, "entry", "a paper", SEA)
    with both.database.read() as db:
        [block] = [each for each in beside(db, found.invitation.id) if each.block.kind == "entry"]
    assert (block.words, block.is_shown) == (SEA, True)


def _begun(outlet: Outlet, kind: str, source: str, words: str) -> Transcript:
    """A session that has just begun, with something laid beside its invitation."""
    invitation = invite(outlet, schedule.ask_now(outlet, "opus", "plain"))
    with outlet.database.write() as db:
        blob = keep(db, words.encode())
        facts = {"invitation_id": invitation, "number": 99, "title": "", "sha256": blob.sha256, "blob_id": blob.id}
        db.add(ContextBlock(kind=kind, source=source, **facts))
    return read(outlet, write.open_session(outlet, invitation))
