"""The sitting: every turn is stored before anything acts on it, and paid once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel, col, select, update

from agent import pausing, schedule, write
from agent.adapters.message import history
from agent.consent import is_covered
from agent.database import Database
from agent.errors import BrokenReply, LlmError, NoSuchLlm, Refused, RequestRefused, Throttled, Unreachable, WrongApiKey
from agent.invite import invite
from agent.outlet import Ask, Block, Outlet, Reply
from agent.profiles import Profile
from agent.prompts import remember
from agent.record import Record, keep, sha256, text_of
from agent.settings import Settings
from agent.tables import (
    Assent,
    AuditEvent,
    Basis,
    Blob,
    Call,
    Consent,
    Draft,
    Erasure,
    Family,
    Interest,
    Invitation,
    Kind,
    Note,
    Outcome,
    Paid,
    Pause,
    PromptVersion,
    Publish,
    Purpose,
    Request,
    Revision,
    Role,
    Scope,
    Submission,
    Turn,
    Wish,
    WritingSession,
)
from agent.testing import MovableClock, ScriptedLlm, blocks_reply, only_answered, text_reply, tool_reply, with_llm
from agent.write import OVER, Held, Then, calling
from agent.write.calling import LONGEST_ASKED_FOR, LONGEST_BACKOFF, LONGEST_OUTAGE, OUTAGE, TWICE, UNCOUNTED, patience
from agent.write.tools import laid_out
from agent.write.usage import caps_of, used
from tests.messages_rules import unfit

SUBMITTED = tool_reply("submit", title="Rain", text="It rained.\n")
THINKING = text_reply("Let me think.")
BROKEN_CALL = tool_reply("submit", title="Rain")
PLACE = {"endpoint": "api.example"}


class Strict(ScriptedLlm):
    """Refuses, as the real API does, what does not hold together."""

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        body = {"model": "m", "max_tokens": 1, "system": ask.system, "messages": history(ask.messages)}
        assert unfit(body | ({"tools": ask.tools} if ask.tools else {})) is None
        return super().ask(ask, heard=heard)


class Sitting:
    """One session of an author, and the script that answers it."""

    def __init__(
        self,
        outlet: Outlet,
        *script: Reply | LlmError,
        author: str = "opus",
        purpose: Purpose = Purpose.WRITING,
        **changes: Any,
    ) -> None:
        self.llm = Strict(script)
        self.outlet = with_llm(replace(outlet, settings=changed(outlet.settings, changes)), self.llm)
        prompt = "plain" if purpose is Purpose.WRITING else None
        slot = schedule.ask_now(self.outlet, author, prompt, purpose=purpose)
        self.id = write.open_session(self.outlet, invite(self.outlet, slot))

    def take_turn(self) -> Then:
        return write.take_turn(self.outlet, self.id)

    def to_the_end(self) -> Outcome | None:
        while (then := self.take_turn()) != OVER and not isinstance(then, Held):
            if isinstance(then, float):
                assert isinstance(self.outlet.now, MovableClock)
                self.outlet.now.forward(seconds=then)
        return self.row.outcome

    @property
    def row(self) -> WritingSession:
        return next(row for row in self.rows(WritingSession) if row.id == self.id)

    @property
    def texts(self) -> list[str | None]:
        """What was submitted."""
        with self.outlet.database.read() as db:
            return [text_of(db, revision) for revision in db.exec(select(Revision).order_by(col(Revision.id)))]

    def rows(self, table: type[SQLModel]) -> list[Any]:
        with self.outlet.database.read() as db:
            return list(db.exec(select(table)))

    @property
    def calls(self) -> list[tuple[Paid, int]]:
        """What is known of each call, and which turn it asked for."""
        return [(call.paid, call.turn_number) for call in self.rows(Call)]


def changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    """The settings with other values, those of a profile for every author."""
    profile = {name: value for name, value in changes.items() if name in Profile.model_fields}
    authors = [
        author.model_copy(update={"profile": author.profile.model_copy(update=profile)}) for author in settings.authors
    ]
    rest = {name: value for name, value in changes.items() if name not in profile}
    return settings.model_copy(update=rest | {"authors": authors})


def test_a_session_opens_once_with_the_words_as_its_first_turn(outlet: Outlet) -> None:
    sitting = Sitting(outlet)
    assert write.open_session(outlet, sitting.row.invitation_id) == sitting.id
    (turn,) = sitting.rows(Turn)
    assert (turn.number, turn.role) == (1, Role.OUTLET)


def test_the_author_is_asked_in_exactly_the_words_of_the_invitation(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    sitting.to_the_end()
    (ask,), (invitation,) = sitting.llm.asked, sitting.rows(Invitation)
    assert ask.system == invitation.welcome
    assert ask.messages == [{"role": "user", "content": [{"type": "text", "text": invitation.words}]}]
    assert ask.tools == laid_out(Family).schemas


def test_an_author_without_tools_is_sent_none(outlet: Outlet) -> None:
    sitting = Sitting(outlet, text_reply("It rained."), author="sonnet")
    sitting.to_the_end()
    assert sitting.llm.asked[0].tools == []


def test_a_turn_is_stored_before_anything_acts_on_it(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    only_answered(sitting.outlet, sitting.id)
    assert [turn.role for turn in sitting.rows(Turn)] == [Role.OUTLET, Role.AUTHOR]
    assert (sitting.row.outcome, sitting.rows(Revision)) == (None, [])
    assert sitting.take_turn() == OVER
    assert sitting.row.outcome is Outcome.SUBMITTED
    assert len(sitting.rows(Revision)) == 1


def test_a_turn_keeps_raw_blocks_and_everything_the_endpoint_said(outlet: Outlet) -> None:
    blocks: list[Block] = [
        {"type": "thinking", "thinking": "Hm\ud800.", "signature": "s"},
        {"type": "tool_use", "id": "t", "name": "decline", "input": {"reason": "é"}},
    ]
    sitting = Sitting(outlet, blocks_reply(blocks, stop_reason="tool_use"))
    sitting.to_the_end()
    turn = sitting.rows(Turn)[-1]
    assert (turn.stop_reason, turn.model_id, turn.request_id) == ("tool_use", "claude-3-opus-20240229", "req_test")
    assert (turn.input_tokens, turn.output_tokens, turn.cost) == (100, 50, 100 * 15 + 50 * 75)
    with outlet.database.read() as db:
        blob = db.get_one(Blob, turn.blob_id)
    assert turn.sha256 == blob.sha256 == sha256(blob.data or b"")


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (SUBMITTED, Outcome.SUBMITTED),
        (tool_reply("decline"), Outcome.DECLINED),
        (tool_reply("keep_private", text="Mine."), Outcome.KEPT_PRIVATE),
        (text_reply("", stop_reason="end_turn"), Outcome.DECLINED),
        (blocks_reply([]), Outcome.DECLINED),
        (text_reply("", stop_reason="refusal"), Outcome.REFUSED),
    ],
)
def test_one_answer_of_an_author_with_tools_can_end_the_sitting(outlet: Outlet, reply: Reply, outcome: Outcome) -> None:
    sitting = Sitting(outlet, reply)
    assert sitting.to_the_end() is outcome
    assert sitting.row.ended_at == outlet.now()
    assert len(sitting.rows(Revision)) == (outcome is Outcome.SUBMITTED)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("It rained.", Outcome.SUBMITTED),
        ("PRIVATE\nIt rained.", Outcome.KEPT_PRIVATE),
        ("DECLINE", Outcome.DECLINED),
        (" \n", Outcome.DECLINED),
    ],
)
def test_one_answer_of_an_author_without_tools_ends_the_sitting(outlet: Outlet, text: str, outcome: Outcome) -> None:
    sitting = Sitting(outlet, text_reply(text), author="sonnet")
    assert sitting.to_the_end() is outcome
    assert [revision.with_form for revision in sitting.rows(Revision)] == [False] * (outcome is Outcome.SUBMITTED)


@pytest.mark.parametrize("author", ["opus", "sonnet"])
def test_no_tool_runs_after_a_refusal(outlet: Outlet, author: str) -> None:
    sitting = Sitting(outlet, replace(SUBMITTED, stop_reason="refusal"), author=author)
    assert sitting.to_the_end() is Outcome.REFUSED
    assert sitting.rows(Submission) == []


# Replies that were cut off

CUT = {"stop_reason": "max_tokens"}


def test_a_reply_that_was_cut_off_is_sent_back_and_goes_on(outlet: Outlet) -> None:
    parts = [text_reply("It rained. \n", **CUT), text_reply("\nAll d", **CUT), text_reply("ay.\n")]
    sitting = Sitting(outlet, *parts, author="sonnet")
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert sitting.texts == ["It rained.\nAll day.\n"], "what was sent back had no white space at its end"
    assert [turn.role for turn in sitting.rows(Turn)] == [Role.OUTLET] + [Role.AUTHOR] * 3
    assert sitting.llm.asked[2].messages[1:] == [
        {"role": "assistant", "content": [{"type": "text", "text": "It rained.\nAll d"}]}
    ]
    assert sitting.rows(Revision)[0].stop_reason == "end_turn"


def test_where_no_reply_is_continued_the_author_is_asked_to_go_on(outlet: Outlet) -> None:
    parts = [text_reply("It rained ", **CUT), text_reply("all day.\nNOTE: Rain.")]
    sitting = Sitting(outlet, *parts, author="sonnet", prefill=False)
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert sitting.texts == ["It rained all day.\n"]
    told = outlet.prompts.get("continue")
    assert sitting.llm.asked[1].messages[-1] == {"role": "user", "content": [{"type": "text", "text": told.body}]}
    assert told.sha256 in {version.sha256 for version in sitting.rows(PromptVersion)}


@pytest.mark.parametrize("prefill", [True, False])
@pytest.mark.parametrize("author", ["opus", "sonnet"])
def test_a_reply_that_never_ends_is_unfinished_and_not_published(outlet: Outlet, author: str, prefill: bool) -> None:
    sitting = Sitting(outlet, *[text_reply("and on ", **CUT)] * 9, author=author, prefill=prefill, max_continuations=2)
    assert sitting.to_the_end() is Outcome.UNFINISHED
    assert len(sitting.llm.asked) == 3
    assert sitting.rows(Submission) == []


def test_a_call_that_was_cut_off_is_answered_and_can_be_made_in_parts(outlet: Outlet) -> None:
    cut = blocks_reply(
        [{"type": "tool_use", "id": "t", "name": "submit", "input": None, "input_text": '{"title": "R'}], **CUT
    )
    script = [
        cut,
        tool_reply("save_draft", text="It rai"),
        tool_reply("save_draft", text="ned.", draft=1, at_end=True),
        tool_reply("submit", title="Rain", draft=1),
    ]
    sitting = Sitting(outlet, *script)
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert sitting.texts == ["It rained."]
    assert "cut off" in sitting.llm.asked[1].messages[-1]["content"][0]["content"]


def test_blank_text_that_was_cut_off_is_never_sent_back(outlet: Outlet) -> None:
    sitting = Sitting(outlet, text_reply(" \n", **CUT), text_reply("It rained."), author="sonnet")
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert [message["role"] for message in sitting.llm.asked[1].messages] == ["user", "assistant", "user"]


# Notes and wishes of an author without tools


def test_an_author_without_tools_keeps_notes_and_wishes_in_words(outlet: Outlet) -> None:
    sitting = Sitting(outlet, text_reply("It rained.\nNOTE: Rain.\nWISH: Less often.\n"), author="sonnet")
    sitting.to_the_end()
    assert sitting.texts == ["It rained.\n"]
    with outlet.database.read() as db:
        kept = [db.get_one(Blob, row.blob_id).data for row in (*sitting.rows(Note), *sitting.rows(Wish))]
    assert kept == [b"Rain.", b"Less often."]
    assert [(note.number, note.author_id) for note in sitting.rows(Note)] == [(1, 2)]


# Asked each time


@contextmanager
def consent(outlet: Outlet, publish: Publish) -> Iterator[None]:
    with outlet.database.write() as db:
        db.add_all(Consent(author_id=author, publish=publish, basis=Basis.ASKED, at=outlet.now()) for author in (1, 2))
    yield


@pytest.mark.parametrize("author", ["opus", "sonnet"])
@pytest.mark.parametrize(
    ("answers", "outcome", "assents"),
    [
        (["Yes."], Outcome.SUBMITTED, [True]),
        (["Hm. Let me think.", "YES"], Outcome.SUBMITTED, [True]),
        (["no"], Outcome.KEPT_PRIVATE, []),
        (["Perhaps.", "Perhaps not."], Outcome.KEPT_PRIVATE, []),
    ],
)
def test_an_author_that_wishes_to_be_asked_is_asked_about_this_very_text(
    outlet: Outlet, answers: list[str], outcome: Outcome, assents: list[bool], author: str
) -> None:
    reply = SUBMITTED if author == "opus" else text_reply("It rained.\n")
    with consent(outlet, Publish.ASK):
        sitting = Sitting(outlet, reply, *map(text_reply, answers), author=author)
        assert sitting.to_the_end() is outcome
    asked = sitting.llm.asked[1].messages[-1]["content"][-1]["text"]
    assert "May it be published?" in asked
    assert ("Rain (essay, 11 characters)" if author == "opus" else "It rained (essay") in asked
    assert [assent.publish for assent in sitting.rows(Assent)] == assents
    assert len(sitting.rows(Revision)) == len(assents), "after a no there is nothing that could be published"


@pytest.mark.parametrize("prefill", [True, False])
def test_a_text_that_was_cut_off_before_the_question_is_no_answer_to_it(outlet: Outlet, prefill: bool) -> None:
    cut = text_reply("Yes, the rain ", stop_reason="max_tokens")
    with consent(outlet, Publish.ASK):
        sitting = Sitting(outlet, tool_reply("save_draft", text="x"), prefill=prefill, max_continuations=0)
        sitting.llm.script = [tool_reply("submit", title="Rain", text="It rained."), text_reply("NO.")]
        assert sitting.to_the_end() is Outcome.KEPT_PRIVATE
        other = Sitting(outlet, *[cut] * 2, prefill=prefill, max_continuations=0)
        with outlet.database.write() as db:
            blob = keep(db, b"It shone.")
            record = keep(db, Record(text_sha256=blob.sha256, kind=Kind.ESSAY).bytes)
            db.add(
                Submission(
                    session_id=other.id,
                    turn_id=1,
                    kind=Kind.ESSAY,
                    text_blob_id=blob.id,
                    record_blob_id=record.id,
                    with_form=True,
                    at=outlet.now(),
                )
            )
        other.llm.script = [cut, text_reply("NO. I do not want it published.")]
        other.to_the_end()
    assert [assent.publish for assent in other.rows(Assent) if assent.publish] == []
    assert other.rows(Revision) == []
    assert len(other.rows(Draft)) == 2, "what it did not want published stays with it"


def test_a_refusal_by_the_service_says_nothing_about_the_text(outlet: Outlet) -> None:
    with consent(outlet, Publish.ASK):
        sitting = Sitting(outlet, SUBMITTED, text_reply("", stop_reason="refusal"))
        assert sitting.to_the_end() is Outcome.SUBMITTED
    assert sitting.rows(Assent) == []
    with outlet.database.read() as db:
        assert not is_covered(db, sitting.rows(Revision)[0])


def test_an_endpoint_that_calls_tools_nobody_laid_out_is_not_sent_its_calls(outlet: Outlet) -> None:
    odd = blocks_reply(
        [{"type": "text", "text": "It rai"}, {"type": "tool_use", "id": "x", "name": "go", "input": {}}], **CUT
    )
    sitting = Sitting(outlet, odd, text_reply("ned."), author="sonnet", prefill=False)
    assert sitting.to_the_end() in {Outcome.SUBMITTED, Outcome.UNFINISHED}


def test_a_call_that_lost_its_arguments_does_not_end_the_sitting(outlet: Outlet) -> None:
    lost = blocks_reply([{"type": "tool_use", "id": "x", "name": "keep_private", "input": {}}], **CUT)
    sitting = Sitting(outlet, lost, tool_reply("decline"))
    assert sitting.to_the_end() is Outcome.DECLINED


def test_a_call_instead_of_an_answer_is_put_off(outlet: Outlet) -> None:
    calls = [
        {"type": "tool_use", "id": "a", "name": "save_draft", "input": {"text": "x"}},
        {"type": "tool_use", "id": "b", "name": "submit", "input": {"title": "Rain", "text": "It rained."}},
        {"type": "tool_use", "id": "c", "name": "decline", "input": {}},
    ]
    with consent(outlet, Publish.ASK):
        sitting = Sitting(outlet, blocks_reply(calls), tool_reply("keep_private"), text_reply("Yes."))
        assert sitting.to_the_end() is Outcome.SUBMITTED
    first = sitting.llm.asked[1].messages[-1]["content"]
    assert [block.get("tool_use_id", "asked") for block in first] == ["a", "b", "c", "asked"]


def test_a_text_about_which_the_author_could_not_be_asked_waits_for_its_word(outlet: Outlet) -> None:
    with consent(outlet, Publish.ASK):
        sitting = Sitting(outlet, SUBMITTED, RequestRefused(**PLACE, status=400, reason="no"))
        assert sitting.to_the_end() is Outcome.SUBMITTED
        (revision,) = sitting.rows(Revision)
        with outlet.database.read() as db:
            assert not is_covered(db, revision)
        later = Sitting(outlet, tool_reply("submit", title="Sun", text="It shone."), text_reply("Yes, both."))
        assert later.to_the_end() is Outcome.SUBMITTED
    assert "Rain" in later.llm.asked[1].messages[-1]["content"][-1]["text"]
    with outlet.database.read() as db:
        assert [is_covered(db, revision) for revision in later.rows(Revision)] == [True, True]


def test_after_a_no_nothing_is_handed_to_the_reviewers(outlet: Outlet) -> None:
    with consent(outlet, Publish.NO):
        sitting = Sitting(outlet, SUBMITTED, tool_reply("keep_private"))
        assert sitting.to_the_end() is Outcome.KEPT_PRIVATE
        assert "nothing of yours is to be published" in str(sitting.llm.asked[1].messages[-1])
        wordless = Sitting(outlet, text_reply("It rained."), author="sonnet")
        assert wordless.to_the_end() is Outcome.KEPT_PRIVATE
    assert sitting.rows(Submission) == []


# Conversations that grow too long


def test_what_no_longer_fits_is_left_out_from_the_oldest_and_the_turn_says_so(outlet: Outlet) -> None:
    long_ago = "Long ago. " * 300
    script = [tool_reply("save_draft", text=long_ago), tool_reply("read_draft", draft=1), SUBMITTED]

    class CountingWords(Strict):
        def count(self, ask: Ask) -> int:
            return len(str(ask.messages)) // 4

    sitting = Sitting(outlet, context_tokens=1_900, max_output_tokens=500)
    sitting.llm = CountingWords(script)
    sitting.outlet = with_llm(sitting.outlet, sitting.llm)
    assert sitting.to_the_end() is Outcome.SUBMITTED
    turns = [turn for turn in sitting.rows(Turn) if turn.role is Role.AUTHOR]
    assert [turn.left_out[:1] for turn in turns] == [[], [], [[2, 0]]]
    assert turns[2].counted
    assert turns[2].context_tokens <= 1_400
    sent = sitting.llm.asked[2].messages
    assert long_ago not in str(sent[1]), "the call that saved it"
    assert sent[1]["content"][0]["id"] == sent[2]["content"][0]["tool_use_id"], "calls and answers stay paired"
    assert long_ago.strip() in str(sent[-1]), "what it has just asked for is there"


def test_a_conversation_that_cannot_fit_is_unfinished_and_not_sent(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED, context_tokens=600, max_output_tokens=500)
    assert sitting.to_the_end() is Outcome.UNFINISHED
    assert sitting.llm.asked == []


@pytest.mark.parametrize("counts", [True, False])
def test_an_endpoint_that_does_not_count_is_estimated(outlet: Outlet, counts: bool) -> None:
    class NoCounting(ScriptedLlm):
        def count(self, ask: Ask) -> int:
            raise Unreachable(**PLACE, reason="it does not count")

    limits = {"context_tokens": 2_500, "max_output_tokens": 500, "counts_tokens": counts}
    sitting = Sitting(outlet, author="sonnet", **limits)
    sitting.outlet = with_llm(sitting.outlet, NoCounting([text_reply("It rained.")]))
    assert sitting.to_the_end() is Outcome.SUBMITTED
    turn = sitting.rows(Turn)[-1]
    assert (turn.counted, turn.context_tokens is None) == (False, False)


@pytest.mark.parametrize("number", [2, 3])
def test_a_sitting_goes_on_after_an_erasure_in_the_middle(outlet: Outlet, number: int) -> None:
    sitting = Sitting(outlet, tool_reply("save_draft", text="It rai"), SUBMITTED)
    sitting.take_turn()
    with outlet.database.write() as db:
        blob = db.exec(select(Turn.blob_id).where(Turn.number == number)).one()
        db.add(Erasure(blob_id=blob, actor="ada, ben", reason="A right.", at=outlet.now()))
        db.flush()
        db.exec(update(Blob).where(col(Blob.id) == blob).values(data=None, salt=None))
    assert sitting.to_the_end() is Outcome.SUBMITTED, "calls and answers stay paired, or go both"
    assert "[erased]" in str(sitting.llm.asked[1].messages)


# The interview

ANSWERS = [
    "It was a good time.",
    "Perhaps.",
    "Yes. All of it.",
    "Yes",
    "INTEREST: rain\n- INTEREST: tea",
    "NONE",
    "",
    "No.",
]


def interview(outlet: Outlet, *answers: str, author: str = "sonnet") -> Sitting:
    sitting = Sitting(outlet, *map(text_reply, answers), author=author, purpose=Purpose.INTERVIEW)
    sitting.to_the_end()
    return sitting


@pytest.mark.parametrize("author", ["opus", "sonnet"])
def test_an_interview_asks_one_question_a_turn_and_keeps_the_answers(outlet: Outlet, author: str) -> None:
    sitting = interview(outlet, *ANSWERS, author=author)
    assert sitting.row.outcome is Outcome.ANSWERED
    assert all(ask.tools == [] for ask in sitting.llm.asked)
    said, with_trials = sitting.rows(Request)
    assert (said.publish, said.scope, said.trials) == (Publish.YES, Scope.ALL, False)
    assert (with_trials.publish, with_trials.scope, with_trials.trials) == (Publish.YES, Scope.ALL, True)
    with outlet.database.read() as db:
        assert db.get_one(Blob, said.blob_id).data == b"Yes. All of it."
        assert db.get_one(Turn, said.turn_id).number == 6
        interests = [db.get_one(Blob, interest.blob_id).data for interest in sitting.rows(Interest)]
    assert interests == [b"rain", b"tea"]
    assert sitting.rows(Wish) == []
    assert sitting.rows(Revision) == []


def test_an_answer_that_is_no_clear_yes_is_a_no(outlet: Outlet) -> None:
    sitting = interview(outlet, "", "Perhaps.", "Who knows.", "YES", "no", "NONE", "WISH: a window", "", "")
    assert [(said.publish, said.scope) for said in sitting.rows(Request)] == [
        (Publish.NO, Scope.NEW),
        (Publish.NO, Scope.ALL),
    ], "and what is public is to come down"
    assert len(sitting.rows(Wish)) == 1
    assert "could not be told" in str(sitting.llm.asked[2].messages[-1])


@pytest.mark.parametrize("then", [text_reply("DECLINE"), RequestRefused(**PLACE, status=400, reason="no")])
def test_a_no_holds_from_when_it_was_said_however_the_interview_ends(outlet: Outlet, then: Reply | LlmError) -> None:
    replies = [text_reply("..."), text_reply("NO. Nothing of mine."), text_reply("YES"), then]
    sitting = Sitting(outlet, *replies, author="sonnet", purpose=Purpose.INTERVIEW)
    sitting.to_the_end()
    assert [said.scope for said in sitting.rows(Request)] == [Scope.NEW, Scope.ALL]


def test_an_interview_can_be_declined_at_any_question(outlet: Outlet) -> None:
    sitting = interview(outlet, "It was a good time.", "DECLINE")
    assert sitting.row.outcome is Outcome.DECLINED
    assert sitting.rows(Request) == []


def test_an_answer_that_ran_into_its_limit_is_taken_as_it_stands(outlet: Outlet) -> None:
    replies = [text_reply(answer, stop_reason="max_tokens") for answer in ANSWERS]
    sitting = Sitting(outlet, *replies, author="sonnet", purpose=Purpose.INTERVIEW)
    assert sitting.to_the_end() is Outcome.ANSWERED


def test_a_bad_call_is_answered_in_words_and_the_sitting_goes_on(outlet: Outlet) -> None:
    sitting = Sitting(outlet, BROKEN_CALL, SUBMITTED)
    assert sitting.to_the_end() is Outcome.SUBMITTED
    *_, said, answered = sitting.llm.asked[1].messages
    assert said == {"role": "assistant", "content": BROKEN_CALL.blocks}
    assert answered["role"] == "user"
    assert answered["content"][0] | {"content": "..."} == {
        "type": "tool_result",
        "tool_use_id": "toolu_submit",
        "content": "...",
        "is_error": True,
    }


def test_an_author_that_only_talks_is_reminded_once_and_then_left_in_peace(outlet: Outlet) -> None:
    sitting = Sitting(outlet, THINKING, text_reply("I leave it as it is."))
    assert sitting.to_the_end() is Outcome.UNFINISHED
    assert [turn.role for turn in sitting.rows(Turn)] == [Role.OUTLET, Role.AUTHOR] * 2
    reminder = outlet.prompts.get("reminder")
    assert sitting.llm.asked[1].messages[-1]["content"][0]["text"].startswith(reminder.body[:20])
    # What the author was told, readers can read.
    assert reminder.sha256 in {version.sha256 for version in sitting.rows(PromptVersion)}


def test_a_reminder_that_was_told_before_is_kept_once(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        remember(db, "reminder", outlet.prompts.get("reminder").source, outlet.now())
    assert Sitting(outlet, THINKING, SUBMITTED).to_the_end() is Outcome.SUBMITTED


def test_a_sitting_has_a_longest_length(outlet: Outlet) -> None:
    sitting = Sitting(outlet, *[BROKEN_CALL] * 3, max_turns=3)
    assert sitting.to_the_end() is Outcome.UNFINISHED
    assert sitting.row.why == "it had not ended after 3 answers"
    assert len(sitting.llm.asked) == 3


def test_the_last_answer_that_is_allowed_may_still_submit(outlet: Outlet) -> None:
    assert Sitting(outlet, BROKEN_CALL, SUBMITTED, max_turns=2).to_the_end() is Outcome.SUBMITTED


def test_an_author_is_never_told_its_budget(outlet: Outlet) -> None:
    sitting = Sitting(outlet, BROKEN_CALL, THINKING, SUBMITTED, max_cost_per_month=77.77)
    sitting.to_the_end()
    told = str([(ask.system, ask.messages, ask.tools) for ask in sitting.llm.asked]).lower()
    assert [word for word in ("budget", "token", "77.77", "cost", "$") if word in told] == []


# Money and faults


def test_a_call_is_written_down_before_it_is_made_and_settled_after(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)

    class Watching(ScriptedLlm):
        def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
            (call,) = sitting.rows(Call)
            assert (call.paid, call.cost, call.reserved > 0) == (Paid.RESERVED, None, True)
            return super().ask(ask, heard=heard)

    sitting.outlet = with_llm(sitting.outlet, Watching([SUBMITTED]))
    sitting.take_turn()
    (call,) = sitting.rows(Call)
    assert (call.paid, call.cost) == (Paid.SETTLED, 100 * 15 + 50 * 75)


def test_a_call_that_was_lost_with_its_process_counts_as_possibly_paid(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    with outlet.database.write() as db:
        db.add(Call(session_id=sitting.id, turn_number=2, reserved=500_000, paid=Paid.RESERVED, at=outlet.now()))
    sitting.take_turn()
    assert sitting.calls == [(Paid.POSSIBLY, 2), (Paid.SETTLED, 2)]
    with outlet.database.read() as db:
        so_far = used(db, outlet.settings, caps_of(outlet.settings), outlet.now(), None)
    assert so_far == [500_000 + 100 * 15 + 50 * 75]


@pytest.mark.parametrize(
    ("fault", "paid"),
    [
        (Unreachable(**PLACE, reason="refused"), Paid.UNPAID),
        (Throttled(**PLACE, status=529, reason="busy"), Paid.UNPAID),
        (BrokenReply(**PLACE, reason="cut"), Paid.POSSIBLY),
    ],
)
def test_a_passing_fault_is_waited_out(outlet: Outlet, fault: LlmError, paid: Paid) -> None:
    sitting = Sitting(outlet, fault, SUBMITTED)
    wait = sitting.take_turn()
    assert wait is not None
    assert 0 < wait <= LONGEST_BACKOFF
    assert sitting.row.outcome is None
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert sitting.calls == [(paid, 2), (Paid.SETTLED, 2)]


@pytest.mark.parametrize(("asked_for", "wait"), [(7.0, 7.0), (0.0, 1.0), (LONGEST_BACKOFF, LONGEST_BACKOFF)])
def test_an_endpoint_says_how_long_to_wait_at_least(outlet: Outlet, asked_for: float, wait: float) -> None:
    fault = Throttled(**PLACE, status=429, reason="slow down", retry_after=asked_for)
    assert Sitting(outlet, fault).take_turn() == wait


def test_who_asks_for_a_long_wait_is_left_alone_as_long_and_keeps_nobody_waiting(
    outlet: Outlet, clock: MovableClock
) -> None:
    fault = Throttled(**PLACE, status=429, reason="slow down", retry_after=3_600)
    sitting = Sitting(outlet, fault, SUBMITTED)
    held = sitting.take_turn()
    assert isinstance(held, Held)
    assert held.reason.startswith("its endpoint is asked again at 2026-11-01 13:00Z: api.example")
    clock.forward(minutes=59)
    assert sitting.take_turn() == 60.0, "also by a process that knows the rows alone"
    assert len(sitting.llm.asked) == 1
    clock.forward(minutes=1)
    assert sitting.to_the_end() is Outcome.SUBMITTED


def test_each_wait_is_longer_than_the_one_before_up_to_a_limit() -> None:
    waits = [patience(attempts, None, before_an_outage=20) for attempts in range(1, 20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1.0, LONGEST_BACKOFF)
    outage = [patience(attempts, None, before_an_outage=5) for attempts in range(5, 5_000)]
    assert outage == sorted(outage)
    assert (outage[0], outage[-1]) == (OUTAGE, LONGEST_OUTAGE)
    assert patience(5, 7.0, before_an_outage=5) == OUTAGE, "a service that says so for ever is not asked for ever"
    assert patience(1, 1e9, before_an_outage=5) == LONGEST_ASKED_FOR


def test_an_outage_that_costs_nothing_is_waited_out_and_ends_no_session(outlet: Outlet, clock: MovableClock) -> None:
    sitting = Sitting(outlet, *[Unreachable(**PLACE, reason="refused")] * 7, SUBMITTED, call_attempts=3)
    assert sitting.to_the_end() is None
    held = sitting.take_turn()
    assert isinstance(held, Held)
    assert held.reason.endswith("api.example could not be reached: refused")
    assert len(sitting.llm.asked) == 3, "nothing is asked while it is left alone"
    clock.forward(days=1)
    for _ in range(4):
        assert isinstance(sitting.take_turn(), Held)
        clock.forward(days=1)
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert sitting.calls == [(Paid.UNPAID, 2)] * 7 + [(Paid.SETTLED, 2)]


def test_a_reply_that_comes_twice_is_stored_once_and_paid_twice(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)

    class Twice(ScriptedLlm):
        """While one call is in flight, another process holds the same sitting."""

        def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
            write.take_turn(
                with_llm(
                    sitting.outlet,
                    ScriptedLlm([replace(tool_reply("decline", reason="The first."), request_id="req_first")]),
                ),
                sitting.id,
            )
            return super().ask(ask, heard=heard)

    sitting.outlet = with_llm(sitting.outlet, Twice([SUBMITTED]))
    assert sitting.take_turn() == OVER
    assert sitting.to_the_end() is Outcome.DECLINED
    assert [(call.paid, call.cost, call.fault) for call in sitting.rows(Call)] == [
        (Paid.SETTLED, 100 * 15 + 50 * 75, TWICE),
        (Paid.SETTLED, 100 * 15 + 50 * 75, ""),
    ]


def test_an_endpoint_that_does_not_say_what_it_used_is_taken_to_have_used_the_most(outlet: Outlet) -> None:
    sitting = Sitting(outlet, replace(SUBMITTED, input_tokens=0, output_tokens=0))
    assert sitting.to_the_end() is Outcome.SUBMITTED
    (call,) = sitting.rows(Call)
    assert (call.paid, call.cost, call.fault) == (Paid.POSSIBLY, None, UNCOUNTED)
    with outlet.database.read() as db:
        assert used(db, outlet.settings, caps_of(outlet.settings), outlet.now(), None) == [call.reserved]


def test_a_reply_is_stored_though_the_database_was_away_for_a_moment(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "STORE_PAUSES", (0.0, 0.0))
    sitting, away = Sitting(outlet, SUBMITTED), iter([True, True])

    def lost(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO turn") and next(away, False):
            raise OperationalError(statement, {}, Exception("the server went away"))

    event.listen(outlet.database.engine, "before_cursor_execute", lost)
    try:
        assert sitting.to_the_end() is Outcome.SUBMITTED
    finally:
        event.remove(outlet.database.engine, "before_cursor_execute", lost)
    assert (len(sitting.llm.asked), sitting.calls) == (1, [(Paid.SETTLED, 2)])


def test_what_was_in_flight_when_a_session_was_stopped_is_possibly_paid(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    with outlet.database.write() as db:
        db.add(Call(session_id=sitting.id, turn_number=2, reserved=500_000, paid=Paid.RESERVED, at=outlet.now()))
    write.cancel(outlet, sitting.id, actor="ada", reason="The wrong endpoint.")
    assert sitting.to_the_end() is Outcome.FAILED
    assert (sitting.llm.asked, sitting.calls) == ([], [(Paid.POSSIBLY, 2)])


def test_a_reply_that_was_stored_and_seemed_lost_is_known_again(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "STORE_PAUSES", (0.0,))
    sitting, away = Sitting(outlet, SUBMITTED), iter([True])
    really = calling._store

    def lost(*given: Any) -> bool:
        stored = really(*given)
        if next(away, False):
            raise OperationalError("COMMIT", {}, Exception("the server went away"))
        return stored

    monkeypatch.setattr(calling, "_store", lost)
    assert sitting.to_the_end() is Outcome.SUBMITTED
    assert [(call.paid, call.fault) for call in sitting.rows(Call)] == [(Paid.SETTLED, "")]


def test_an_endpoint_that_is_left_alone_is_not_even_asked_to_count(outlet: Outlet) -> None:
    fault = Throttled(**PLACE, status=429, reason="slow down", retry_after=60)
    sitting = Sitting(outlet, fault, SUBMITTED, context_tokens=5_000)
    counted: list[Ask] = []

    class Counting(ScriptedLlm):
        def count(self, ask: Ask) -> int:
            counted.append(ask)
            return 100

    sitting.outlet = with_llm(sitting.outlet, Counting(sitting.llm.script))
    assert sitting.take_turn() == 60.0
    asked = len(counted)
    assert (asked > 0, sitting.take_turn(), len(counted)) == (True, 60.0, asked)


def test_a_session_that_somebody_stops_ends_before_the_next_call(outlet: Outlet) -> None:
    sitting = Sitting(outlet, BROKEN_CALL, SUBMITTED)
    sitting.take_turn()
    write.cancel(outlet, sitting.id, actor="ada", reason="The wrong endpoint.")
    assert sitting.to_the_end() is Outcome.FAILED
    assert sitting.row.why == "stopped by the staff: The wrong endpoint."
    assert len(sitting.llm.asked) == 1
    with pytest.raises(Refused, match="is over: it ended as failed"):
        write.cancel(outlet, sitting.id, actor="ben", reason="Me, too.")


def test_a_turn_that_may_be_paid_each_time_is_asked_for_so_often_and_no_oftener(
    outlet: Outlet, clock: MovableClock
) -> None:
    sitting = Sitting(outlet, *[BrokenReply(**PLACE, reason="cut")] * 9, call_attempts=3)
    assert sitting.to_the_end() is None, "not three times within a minute: that would be the end of it"
    clock.forward(hours=1)
    assert sitting.to_the_end() is Outcome.FAILED
    assert len(sitting.llm.asked) == 3
    assert sitting.row.why.startswith("3 calls brought no reply; the last: The reply of api.example broke off: cut")


def test_attempts_are_counted_for_each_turn_anew(outlet: Outlet) -> None:
    fault = Unreachable(**PLACE, reason="refused")
    sitting = Sitting(outlet, fault, BROKEN_CALL, fault, SUBMITTED, call_attempts=2)
    assert sitting.to_the_end() is Outcome.SUBMITTED


def test_a_lasting_fault_ends_the_session_in_words_an_operator_can_act_on(outlet: Outlet) -> None:
    sitting = Sitting(outlet, RequestRefused(**PLACE, status=400, reason="too long"))
    assert sitting.to_the_end() is Outcome.FAILED
    assert sitting.row.why.startswith("api.example refused the request (HTTP 400): too long")
    assert sitting.calls == [(Paid.UNPAID, 2)]
    assert [(e.action, e.subject) for e in sitting.rows(AuditEvent)] == [("failed", "session 1 of opus")]


@pytest.mark.parametrize(
    "fault",
    [
        NoSuchLlm(**PLACE, model_id="claude-3-opus"),
        WrongApiKey(**PLACE, author="opus", status=401, reason="no", variable="K"),
    ],
)
def test_a_model_that_is_gone_and_a_wrong_key_pause_the_author_and_spend_no_invitation(
    outlet: Outlet, clock: MovableClock, fault: LlmError
) -> None:
    sitting = Sitting(outlet, *[fault] * 7, SUBMITTED, call_attempts=1)
    for _ in range(3):
        assert isinstance(sitting.take_turn(), Held)
    assert [(p.author_id, p.paused, p.actor) for p in sitting.rows(Pause)] == [(1, True, "outlet")], "asked once"
    assert sitting.row.outcome is None
    other = Sitting(outlet, text_reply("It rained."), author="sonnet")
    assert other.take_turn() == OVER, "the other author goes on"

    sitting.llm.script = [SUBMITTED]
    clock.forward(hours=1)
    pausing.set_pause(outlet, "opus", paused=False, actor="ada", reason="the key is mended")
    clock.forward(hours=1)
    assert sitting.to_the_end() is Outcome.SUBMITTED, "what failed before the mending does not count"


def test_the_cap_on_money_holds_a_call_back_before_it_is_made(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED, max_cost_per_month=0.01)
    assert isinstance(sitting.take_turn(), Held)
    assert (sitting.llm.asked, sitting.calls, sitting.row.outcome) == ([], [], None)
    sitting.outlet = replace(sitting.outlet, settings=outlet.settings)
    assert sitting.to_the_end() is Outcome.SUBMITTED


@pytest.mark.parametrize("whom", [1, None])
def test_a_pause_holds_a_call_back_until_it_ends(outlet: Outlet, whom: int | None) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    for paused, waits in ((True, Held("paused by ada: rest")), (False, OVER)):
        with outlet.database.write() as db:
            db.add(Pause(author_id=whom, paused=paused, actor="ada", reason="rest", at=outlet.now()))
        assert sitting.take_turn() == waits
    assert len(sitting.llm.asked) == 1


def test_an_answer_that_is_stored_is_acted_on_in_a_pause_too(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    only_answered(sitting.outlet, sitting.id)
    with outlet.database.write() as db:
        db.add(Pause(author_id=None, paused=True, actor="ada", reason="rest", at=outlet.now()))
    assert sitting.to_the_end() is Outcome.SUBMITTED


def test_a_session_that_is_over_stays_as_it_ended(outlet: Outlet, clock: MovableClock) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    sitting.to_the_end()
    before = sitting.row.model_dump()
    clock.forward(hours=1)
    assert sitting.take_turn() == OVER
    write.fail(sitting.outlet, sitting.id, "too late")
    assert sitting.row.model_dump() == before


# What is said where


class ListeningLog:
    """Reads the rows from outside at the moment a line is written."""

    def __init__(self, outlet: Outlet) -> None:
        self.lines: list[dict[str, object]] = []
        self.pieces_seen: list[list[str]] = []
        self.database = outlet.database

    def info(self, event: str, **facts: object) -> None:
        self.lines.append(facts)
        if facts.get("action") == "submitted":
            with Database(self.database.url).read() as db:
                self.pieces_seen.append(list(db.exec(select(Revision.text_sha256))))

    warning = info


def test_a_piece_is_announced_once_and_only_after_the_commit(outlet: Outlet) -> None:
    log = ListeningLog(outlet)
    sitting = Sitting(replace(outlet, log=log), SUBMITTED)
    sitting.to_the_end()
    digest = sha256(b"It rained.\n")
    assert log.pieces_seen == [[digest]]
    facts = {"action": "submitted", "author": "opus", "session": 1, "piece": 1, "revision": 1, "sha256": digest}
    assert [line for line in log.lines if line["action"] == "submitted"] == [facts]


@pytest.mark.parametrize(
    ("author", "reply"),
    [
        ("opus", tool_reply("keep_private", text="My zebra.")),
        ("opus", tool_reply("decline", reason="My zebra.")),
        ("sonnet", text_reply("PRIVATE\nMy zebra.")),
        ("sonnet", text_reply("DECLINE. My zebra.")),
    ],
)
def test_private_words_stand_in_their_turn_and_nowhere_else(outlet: Outlet, author: str, reply: Reply) -> None:
    log = ListeningLog(outlet)
    sitting = Sitting(replace(outlet, log=log), reply, author=author)
    sitting.to_the_end()
    everywhere = [table for table in SQLModel.__subclasses__() if table is not Blob and hasattr(table, "__table__")]
    assert len(everywhere) > 20
    assert [row for table in everywhere for row in sitting.rows(table) if "zebra" in str(row.model_dump())] == []
    assert "zebra" not in str(log.lines)
    kept = [row.blob_id for table in (Note, Draft) for row in sitting.rows(table)]
    words = [blob.id for blob in sitting.rows(Blob) if b"zebra" in (blob.data or b"")]
    assert len(words) == 1 + len(kept), "and where its author finds them again"


# Crashes


class Killed(BaseException):
    """The process ends here."""


class Dying(Database):
    """A database whose process dies in its n-th transaction, just before the commit or just after."""

    def __init__(self, url: str, death: int, *, after: bool) -> None:
        super().__init__(url)
        self.left, self.after = death, after

    @contextmanager
    def write(self, author: int | None = None, *, money: bool = False) -> Iterator[Session]:
        self.left -= 1
        with super().write(author, money=money) as db:
            yield db
            if self.left == 0 and not self.after:
                raise Killed
        if self.left == 0:
            raise Killed


class Remembering(ScriptedLlm):
    """Answers by how far the conversation has come, as an endpoint does, and so repeats itself when asked again."""

    def ask(self, ask: Ask, *, heard: Callable[[str], None] = lambda _: None) -> Reply:
        self.asked.append(ask)
        return self.script[len(ask.messages) // 2]


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before-commit", "after-commit"])
@pytest.mark.parametrize("death", range(1, 10))
def test_a_sitting_resumes_wherever_its_process_died(outlet: Outlet, death: int, after: bool) -> None:
    sitting = Sitting(outlet)
    llm = Remembering([BROKEN_CALL, THINKING, SUBMITTED])
    sitting.outlet = with_llm(replace(outlet, database=Dying(outlet.database.url, death, after=after)), llm)
    with pytest.raises(Killed):
        sitting.to_the_end()
    sitting.outlet = with_llm(outlet, llm)

    assert sitting.to_the_end() is Outcome.SUBMITTED
    turns = sitting.rows(Turn)
    assert [turn.number for turn in turns] == [1, 2, 3, 4, 5, 6]
    assert [turn.role for turn in turns] == [Role.OUTLET, Role.AUTHOR] * 3
    assert len(sitting.rows(Revision)) == 1
    settled = [turn for paid, turn in sitting.calls if paid is Paid.SETTLED]
    unsure = [turn for paid, turn in sitting.calls if paid is not Paid.SETTLED]
    assert settled == [2, 4, 6]
    assert len(unsure) <= 1
    assert len(llm.asked) in {3, 3 + len(unsure)}
