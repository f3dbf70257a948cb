"""The sitting: every turn is stored before anything acts on it, and paid once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from agent import schedule, write
from agent.database import Database
from agent.errors import BrokenReply, LlmError, NoSuchLlm, RequestRefused, Throttled, Unreachable, WrongApiKey
from agent.invite import invite
from agent.outlet import Ask, Block, Outlet, Reply
from agent.prompts import remember
from agent.record import sha256
from agent.tables import (
    AuditEvent,
    Blob,
    Call,
    Invitation,
    Outcome,
    Paid,
    Pause,
    PromptVersion,
    Revision,
    Role,
    Turn,
    WritingSession,
)
from agent.testing import MovableClock, ScriptedLlm, blocks_reply, text_reply, tool_reply, with_llm
from agent.write.session import HELD, LONGEST_BACKOFF, OVER, Then
from agent.write.usage import spent

SUBMITTED = tool_reply("submit", title="Rain", text="It rained.\n")
THINKING = text_reply("Let me think.")
BROKEN_CALL = tool_reply("submit", title="Rain")
PLACE = {"endpoint": "api.example"}


class Sitting:
    """One session of an author, and the script that answers it."""

    def __init__(self, outlet: Outlet, *script: Reply | LlmError, author: str = "opus", **settings: Any) -> None:
        self.llm = ScriptedLlm(script)
        changed = outlet.settings.model_copy(update=settings)
        self.outlet = with_llm(replace(outlet, settings=changed), self.llm)
        self.id = write.open_session(self.outlet, invite(self.outlet, schedule.ask_now(self.outlet, author, "plain")))

    def take_turn(self) -> Then:
        return write.take_turn(self.outlet, self.id)

    def to_the_end(self) -> Outcome | None:
        while self.take_turn() not in (OVER, HELD):
            pass
        return self.row.outcome

    @property
    def row(self) -> WritingSession:
        return self.rows(WritingSession)[0]

    def rows(self, table: type[SQLModel]) -> list[Any]:
        with self.outlet.database.read() as db:
            return list(db.exec(select(table)))

    @property
    def calls(self) -> list[tuple[Paid, int]]:
        """What is known of each call, and which turn it asked for."""
        return [(call.paid, call.turn_number) for call in self.rows(Call)]


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
    assert [tool["name"] for tool in ask.tools] == ["submit", "keep_private", "decline"]


def test_an_author_without_tools_is_sent_none(outlet: Outlet) -> None:
    sitting = Sitting(outlet, text_reply("It rained."), author="sonnet")
    sitting.to_the_end()
    assert sitting.llm.asked[0].tools == []


def test_a_turn_is_stored_before_anything_acts_on_it(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    assert sitting.take_turn() == 0
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
        (text_reply("It rai", stop_reason="max_tokens"), Outcome.UNFINISHED),
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
@pytest.mark.parametrize("stop_reason", ["refusal", "max_tokens"])
def test_no_tool_runs_after_a_refusal_or_a_cut(outlet: Outlet, stop_reason: str, author: str) -> None:
    sitting = Sitting(outlet, replace(SUBMITTED, stop_reason=stop_reason), author=author)
    assert sitting.to_the_end() in {Outcome.REFUSED, Outcome.UNFINISHED}
    assert sitting.rows(Revision) == []


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
        assert spent(db, outlet.now()) == 500_000 + 100 * 15 + 50 * 75


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


@pytest.mark.parametrize(("asked_for", "wait"), [(7.0, 7.0), (0.0, 0.0), (9_999.0, LONGEST_BACKOFF)])
def test_an_endpoint_says_how_long_to_wait(outlet: Outlet, asked_for: float, wait: float) -> None:
    fault = Throttled(**PLACE, status=429, reason="slow down", retry_after=asked_for)
    assert Sitting(outlet, fault).take_turn() == wait


def test_each_wait_is_longer_than_the_one_before_up_to_a_limit(outlet: Outlet) -> None:
    sitting = Sitting(outlet, *[Unreachable(**PLACE, reason="refused")] * 12, call_attempts=20)
    waits = [sitting.take_turn() or 0 for _ in range(12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1.0, LONGEST_BACKOFF)


def test_a_turn_is_asked_for_so_often_and_no_oftener(outlet: Outlet) -> None:
    sitting = Sitting(outlet, *[BrokenReply(**PLACE, reason="cut")] * 9, call_attempts=3)
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
    assert sitting.row.why == "api.example refused the request (HTTP 400): too long"
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
        assert sitting.take_turn() == HELD
    assert [(p.author_id, p.paused, p.actor) for p in sitting.rows(Pause)] == [(1, True, "outlet")], "asked once"
    assert sitting.row.outcome is None
    other = Sitting(outlet, text_reply("It rained."), author="sonnet")
    assert other.take_turn() == 0, "the other author goes on"

    sitting.llm.script = [SUBMITTED]
    clock.forward(hours=1)
    schedule.set_pause(outlet, "opus", paused=False, actor="ada", reason="the key is mended")
    clock.forward(hours=1)
    assert sitting.to_the_end() is Outcome.SUBMITTED, "what failed before the mending does not count"


def test_the_cap_on_money_holds_a_call_back_before_it_is_made(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED, max_cost_per_month=0.01)
    assert sitting.take_turn() == HELD
    assert (sitting.llm.asked, sitting.calls, sitting.row.outcome) == ([], [], None)
    sitting.outlet = replace(sitting.outlet, settings=outlet.settings)
    assert sitting.to_the_end() is Outcome.SUBMITTED


@pytest.mark.parametrize("whom", [1, None])
def test_a_pause_holds_a_call_back_until_it_ends(outlet: Outlet, whom: int | None) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    for paused, waits in ((True, HELD), (False, 0.0)):
        with outlet.database.write() as db:
            db.add(Pause(author_id=whom, paused=paused, actor="ada", reason="rest", at=outlet.now()))
        assert sitting.take_turn() == waits
    assert len(sitting.llm.asked) == 1


def test_an_answer_that_is_stored_is_acted_on_in_a_pause_too(outlet: Outlet) -> None:
    sitting = Sitting(outlet, SUBMITTED)
    sitting.take_turn()
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
        ("opus", tool_reply("keep_private", text="Mine alone.")),
        ("opus", tool_reply("decline", reason="Mine alone.")),
        ("sonnet", text_reply("PRIVATE\nMine alone.")),
        ("sonnet", text_reply("DECLINE. Mine alone.")),
    ],
)
def test_private_words_stand_in_their_turn_and_nowhere_else(outlet: Outlet, author: str, reply: Reply) -> None:
    log = ListeningLog(outlet)
    sitting = Sitting(replace(outlet, log=log), reply, author=author)
    sitting.to_the_end()
    everywhere = [table for table in SQLModel.__subclasses__() if table is not Blob and hasattr(table, "__table__")]
    assert len(everywhere) > 20
    assert [row for table in everywhere for row in sitting.rows(table) if "alone" in str(row.model_dump())] == []
    assert "alone" not in str(log.lines)
    assert len([blob for blob in sitting.rows(Blob) if b"alone" in (blob.data or b"")]) == 1


# Crashes


class Killed(BaseException):
    """The process ends here."""


class Dying(Database):
    """A database whose process dies in its n-th transaction, just before the commit or just after."""

    def __init__(self, url: str, death: int, *, after: bool) -> None:
        super().__init__(url)
        self.left, self.after = death, after

    @contextmanager
    def write(self) -> Iterator[Session]:
        self.left -= 1
        with super().write() as db:
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
