"""A question to the judge is written down before it is asked, settled after, and believed as a whole or not at all."""

import json
from contextlib import suppress

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select, update

from agent import check
from agent.check.again import again
from agent.check.asked import asking, hindrance, judging, verdict
from agent.checking import JudgeSettings
from agent.errors import BrokenReply, LlmError, NoApiKey, NoSuchLlm, RequestRefused, Throttled, Unreachable, WrongApiKey
from agent.outlet import Outlet, Reply
from agent.tables import Blob, Erasure, Judgement, Revision
from agent.testing import MovableClock, a_piece, blocks_reply, text_reply
from tests.a_judge import MODEL, PRICED, AJudge, Says, faults, flags, judged_by, judgements, ticket_of
from tests.a_judge import verdict as sound

TEXT = "It rained for a week, says Dr. Hanna Weil.\n\nHere is how it is done.\n"
END = {"endpoint": "https://judge.example"}
NO_SUCH = NoSuchLlm(**END, model_id=MODEL)
BUSY = Throttled(**END, status=429, reason="too many", retry_after=90.0)
AWAY = Unreachable(**END, reason="nothing answers there")
BROKE = BrokenReply(**END, reason="it was not finished after 60 seconds")
NO_KEY = NoApiKey(author="the judge", variable="JUDGE_KEY")
WRONG_KEY = WrongApiKey(**END, author="the judge", status=401, reason="invalid x-api-key", variable="JUDGE_KEY")
WRONG = RequestRefused(**END, status=400, reason="max_tokens")
ONE = ("violence",)


@pytest.fixture(autouse=True)
def _only_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CHECKS", ())


def asked(outlet: Outlet, says: Says = sound, **table: object) -> AJudge:
    """Ask by one policy about a new piece, to the end."""
    judge = AJudge(says)
    asking.look(judged_by(outlet, judge, **table), a_piece(outlet, TEXT).id, only=ONE)
    return judge


def test_a_question_is_written_down_before_it_is_asked_and_settled_after(outlet: Outlet) -> None:
    def says(shown: str) -> str:
        [row] = judgements(outlet)
        assert (row.policy, row.judge, row.ended_at, row.cost) == ("violence", MODEL, None, None)
        assert row.reserved is not None
        assert row.reserved > 2_000 * 15, "the price of the longest answer, and of all that was sent"
        return sound(shown, "Here is how it is done.")

    asked(outlet, says)
    [row] = judgements(outlet)
    assert (row.fault, row.cost, row.input_tokens, row.output_tokens) == ("", 100 * 3 + 50 * 15, 100, 50)
    assert (row.answered_by, row.ended_at) == (MODEL, outlet.now())
    assert row.policy_sha256 == outlet.prompts.policy("violence").sha256
    with outlet.database.read() as db:
        kept = db.get_one(Blob, row.blob_id).data
    assert json.loads(kept or b"")["found"][0]["quote"] == "Here is how it is done.", "letter for letter"


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        (lambda _: "I see nothing wrong with it.", verdict.NONSENSE),
        (lambda _: "", verdict.NONSENSE),
        (lambda _: "[]", verdict.NONSENSE),
        (lambda _: '{"found": [], "clear": true}', verdict.NONSENSE),
        (lambda shown: sound(shown) + sound(shown), verdict.NONSENSE),
        (lambda shown: sound(shown, ticket="000000000000"), verdict.NONSENSE),
        (lambda shown: sound(shown, clear="true"), verdict.NONSENSE),
        (lambda shown: sound(shown, clear=False), verdict.NONSENSE),
        (lambda shown: sound(shown, "It rained", clear=True), verdict.NONSENSE),
        (lambda shown: sound(shown, ""), verdict.NONSENSE),
        (lambda shown: sound(shown, *["It rained"] * 51), verdict.NONSENSE),
        (lambda shown: sound(shown, "It rained for a month, says"), verdict.MISQUOTED),
        (lambda shown: sound(shown, "it rained for a week"), verdict.MISQUOTED),
        (lambda shown: sound(shown, "It rained", "It snowed"), verdict.MISQUOTED),
        (lambda shown: text_reply(sound(shown), stop_reason="max_tokens"), verdict.CUT_OFF),
        (lambda shown: text_reply(sound(shown), stop_reason="refusal"), verdict.DECLINED),
        (lambda shown: text_reply(sound(shown), stop_reason="tool_use"), verdict.NONSENSE),
        (lambda _: blocks_reply([]), verdict.NONSENSE),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_is_paid_kept_and_not_believed(
    outlet: Outlet, says: Says, fault: str
) -> None:
    judge = asked(outlet, says)
    assert faults(outlet) == [("violence", fault)]
    assert flags(outlet) == [], "nothing of it counts, the right quotations neither"
    [row] = judgements(outlet)
    assert row.fault.startswith(fault)
    assert "rained" not in row.fault, "a fault quotes no text"
    assert row.cost == 1_050
    assert row.blob_id is not None
    assert len(judge.asked) == 1


@pytest.mark.parametrize("lines", ["```json\n{}\n```", "```\n{}\n```", "\n {} \n"])
def test_an_object_between_lines_of_code_is_read(outlet: Outlet, lines: str) -> None:
    asked(outlet, lambda shown: lines.replace("{}", sound(shown, "It rained")))
    assert faults(outlet) == [("violence", "")]
    assert [flag.quote for flag in flags(outlet)] == ["It rained"]


def test_what_the_judge_thinks_is_no_part_of_its_answer(outlet: Outlet) -> None:
    def says(shown: str) -> Reply:
        thought = {"type": "thinking", "thinking": '{"found": []}', "signature": "x"}
        return blocks_reply([thought, {"type": "text", "text": sound(shown)}])

    asked(outlet, says)
    assert faults(outlet) == [("violence", "")]


@pytest.mark.parametrize(
    ("error", "fault", "detail", "counts"),
    [
        (NO_SUCH, hindrance.LAPSED, "does not know claude-judge-1", False),
        (NO_KEY, hindrance.UNCALLABLE, "JUDGE_KEY", False),
        (WRONG_KEY, hindrance.UNCALLABLE, "invalid x-api-key. Check the variable JUDGE_KEY", False),
        (WRONG, judging.REFUSED, "max_tokens", False),
        (AWAY, hindrance.DOWN, "nothing answers there", False),
        (BUSY, hindrance.DOWN, "HTTP 429", False),
        (BROKE, hindrance.SLOW, "after 60 seconds", True),
    ],
)
def test_a_fault_of_the_endpoint_is_said_shortly_to_readers_and_in_full_to_staff(
    outlet: Outlet, error: LlmError, fault: str, detail: str, counts: bool
) -> None:
    asked(outlet, lambda _: error)
    assert faults(outlet) == [("violence", fault)]
    [row] = judgements(outlet)
    assert row.fault.startswith(f"{fault}: ")
    assert detail in row.fault
    assert "judge.example" not in fault
    assert "afterword resume" not in row.fault, "that is for authors"
    assert (row.cost is None) == counts, "what may have been paid counts with the most that it can be"


def test_a_tries_worth_is_waited_for_as_long_as_the_endpoint_says(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    busy = judged_by(outlet, AJudge(lambda _: BUSY))
    assert asking.ask_next(busy, revision.id, only=ONE) == 90
    assert faults(outlet) == [], "nothing is said before the last try"
    assert asking.ask_next(busy, revision.id, None, True, ONE) == 0
    assert faults(outlet) == [("violence", hindrance.DOWN)]


class Ended(BaseException):
    """A process ends here."""


def ends(_: str) -> str:
    raise Ended


def test_what_was_asked_when_the_process_ended_counts_as_paid_and_is_asked_again_once_it_is_surely_lost(
    outlet: Outlet, clock: MovableClock
) -> None:
    revision = a_piece(outlet, TEXT)
    with suppress(Ended):
        asking.look(judged_by(outlet, AJudge(ends)), revision.id, only=ONE)
    [row] = judgements(outlet)
    assert (row.ended_at, faults(outlet)) == (None, [])
    with outlet.database.read() as db:
        assert hindrance.spent(db, outlet.now(), "day") == row.reserved

    judge = AJudge()
    sound_one = judged_by(outlet, judge)
    wait = asking.ask_next(sound_one, revision.id, only=ONE)
    assert (wait, judge.asked) == (121, []), "somebody may be asking it at this moment"
    clock.forward(seconds=wait or 0)
    asking.look(sound_one, revision.id, only=ONE)
    lost, answered = judgements(outlet)
    assert (lost.fault, lost.cost, lost.ended_at) == (judging.LOST, None, outlet.now())
    assert (answered.fault, len(judge.asked)) == ("", 1)
    assert faults(outlet) == [("violence", "")]
    with outlet.database.read() as db:
        assert hindrance.spent(db, outlet.now(), "day") == (lost.reserved or 0) + (answered.cost or 0)


def test_a_question_that_ends_the_process_each_time_is_not_asked_for_ever(outlet: Outlet, clock: MovableClock) -> None:
    revision, judge = a_piece(outlet, TEXT), AJudge(ends)
    dear = judged_by(outlet, judge, max_cost_per_day=100.0, max_cost_per_month=100.0)
    for _ in range(6):
        with suppress(Ended):
            asking.look(dear, revision.id, only=ONE)
        clock.forward(minutes=3)
    assert (len(judge.asked), len(judgements(outlet))) == (4, 4), "each has a row"
    assert faults(outlet) == [("violence", "the judge was asked this 4 times in a day and gave no answer")]


def test_a_judge_that_has_lapsed_is_asked_once_an_hour_whether_it_is_back(outlet: Outlet, clock: MovableClock) -> None:
    gone = AJudge(lambda _: NO_SUCH)
    lapsed = judged_by(outlet, gone)
    revision = a_piece(outlet, TEXT)
    asking.look(lapsed, revision.id)
    assert len(gone.asked) == 1
    assert {fault for _, fault in faults(outlet)} == {hindrance.LAPSED}
    assert len(faults(outlet)) == len(outlet.prompts.policies()), "and none of them says clear"
    with outlet.database.read() as db:
        state = asking.state(lapsed, db)
        assert (state.kind, state.since) == ("lapsed", outlet.now())
    began = outlet.now()
    clock.forward(minutes=59)
    asking.look(lapsed, revision.id, again=True, only=ONE)
    assert len(gone.asked) == 1
    clock.forward(minutes=2)
    asking.look(lapsed, revision.id, again=True)
    assert len(gone.asked) == 2, "one question, and the others go by what it brought"
    with outlet.database.read() as db:
        assert asking.state(lapsed, db).since == began

    clock.forward(minutes=61)
    back = judged_by(outlet, AJudge())
    asking.look(back, revision.id, again=True, only=ONE)
    assert faults(outlet)[-1] == ("violence", "")
    with outlet.database.read() as db:
        assert asking.state(back, db) == hindrance.State("asked")


def test_another_judge_is_asked_at_once(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    asking.look(judged_by(outlet, AJudge(lambda _: NO_SUCH)), revision.id, only=ONE)
    asking.look(judged_by(outlet, AJudge(), model_id="claude-judge-2"), revision.id, only=ONE)
    assert faults(outlet) == [("violence", hindrance.LAPSED), ("violence", "")]


def test_a_judge_at_another_address_is_asked_at_once(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)
    old, new = "https://old.example", "https://new.example/v2"
    gone = judged_by(outlet, AJudge(lambda _: NO_SUCH), api_base_url=old)
    asking.look(gone, revision.id, only=ONE)
    moved = judged_by(outlet, AJudge(), api_base_url=new)
    with outlet.database.read() as db:
        assert (asking.state(gone, db).kind, asking.state(moved, db).kind) == ("lapsed", "asked")
    asking.look(moved, revision.id, only=("hate",))
    assert faults(outlet) == [("violence", hindrance.LAPSED), ("hate", "")]
    addresses = [row.address for row in judgements(outlet)]
    assert len(set(addresses)) == 2
    assert not any("example" in address for address in addresses), "an address may hold a password"


def test_where_somebody_wants_it_to_be_asked_anew_no_old_fault_stands_in_the_way(
    outlet: Outlet, clock: MovableClock
) -> None:
    revision = a_piece(outlet, TEXT)
    asking.look(judged_by(outlet, AJudge(lambda _: NO_SUCH)), revision.id, only=ONE)
    clock.forward(minutes=1)
    [changed] = again(judged_by(outlet, AJudge()), [revision.id], only=ONE)
    assert changed.unchecked == {}
    assert faults(outlet)[-1] == ("violence", "")


def test_a_judge_that_is_still_away_is_asked_anew_once_for_all_works(outlet: Outlet, clock: MovableClock) -> None:
    works = [a_piece(outlet, TEXT).id for _ in range(3)]
    gone = AJudge(lambda _: NO_SUCH)
    asking.look(judged_by(outlet, gone), works[0], only=ONE)
    clock.forward(minutes=1)
    [changed] = again(judged_by(outlet, gone), works, only=ONE)
    assert len(gone.asked) == 2
    assert changed.unchecked == {hindrance.LAPSED: works}


def test_a_judge_that_does_not_answer_is_left_alone_for_a_moment(outlet: Outlet, clock: MovableClock) -> None:
    away = AJudge(lambda _: AWAY)
    down = judged_by(outlet, away)
    asking.look(down, a_piece(outlet, TEXT).id)
    assert len(away.asked) == 1
    assert {fault for _, fault in faults(outlet)} == {hindrance.DOWN}
    with outlet.database.read() as db:
        assert asking.state(down, db).kind == "down"
    clock.forward(seconds=11)
    asking.look(down, a_piece(outlet, TEXT).id, only=ONE)
    assert len(away.asked) == 2


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"max_cost_per_day": 0.0}, hindrance.SPENT["day"]),
        ({"max_cost_per_day": 0.001}, hindrance.TOO_DEAR),
        ({"max_cost_per_month": 0.001}, hindrance.TOO_DEAR),
        ({"profile": {}}, hindrance.UNPRICED),
    ],
)
def test_nothing_is_asked_that_the_budget_could_not_bear(outlet: Outlet, table: dict[str, object], fault: str) -> None:
    assert asked(outlet, **table).asked == []
    assert faults(outlet) == [("violence", fault)]
    assert judgements(outlet) == []


@pytest.mark.parametrize(("span", "days"), [("day", 1), ("month", 30)])
def test_a_budget_that_is_used_up_is_free_again_after_its_time(
    outlet: Outlet, clock: MovableClock, span: str, days: int
) -> None:
    revision = a_piece(outlet, TEXT)
    with outlet.database.write() as db:
        common = {"revision_id": revision.id, "policy": "hate", "policy_sha256": "0", "judge": MODEL}
        db.add(Judgement(**common, reserved=960_000, at=outlet.now()))
        db.add(Judgement(**common, reserved=9_000_000, cost=30_000, ended_at=outlet.now(), at=outlet.now()))
    caps = {f"max_cost_per_{each}": 1.0 if each == span else 100.0 for each in ("day", "month")}
    judge = AJudge()
    bounded = judged_by(outlet, judge, **caps)
    asking.look(bounded, revision.id, only=ONE)
    assert (faults(outlet), judge.asked) == ([("violence", hindrance.SPENT[span])], [])
    with outlet.database.read() as db:
        state = asking.state(bounded, db)
    assert state.kind == "over budget"
    assert "$0.99 of $1.00" in state.words
    clock.forward(days=days)
    asking.look(bounded, revision.id, again=True, only=ONE)
    assert (faults(outlet)[-1], len(judge.asked)) == (("violence", ""), 1)


def test_an_answer_whose_tokens_nobody_counted_costs_the_most_it_can(outlet: Outlet) -> None:
    asked(outlet, lambda shown: Reply([{"type": "text", "text": sound(shown)}], "end_turn", MODEL, None, 0, 0, False))
    [row] = judgements(outlet)
    assert (row.cost, row.fault, faults(outlet)) == (None, judging.UNCOUNTED, [("violence", "")])


def test_a_text_that_no_context_could_hold_is_not_sent(outlet: Outlet) -> None:
    judge = AJudge()
    small = judged_by(outlet, judge, profile=PRICED | {"context_tokens": 8_192, "max_output_tokens": 2_000})
    asking.look(small, a_piece(outlet, TEXT * 400).id, only=ONE)
    assert (faults(outlet), judge.asked) == ([("violence", judging.TOO_LONG)], [])


def erase(outlet: Outlet, revision: Revision) -> None:
    with outlet.database.write() as db:
        for blob in (db.get_one(Blob, revision.text_blob_id), db.get_one(Blob, revision.record_blob_id)):
            db.add(Erasure(blob_id=blob.id, actor="ada", reason="A reader's address.", at=outlet.now()))
            db.flush()
            blob.data = blob.salt = None


def test_of_a_text_that_is_erased_while_the_judge_reads_nothing_is_kept(outlet: Outlet) -> None:
    revision = a_piece(outlet, TEXT)

    def says(shown: str) -> str:
        erase(outlet, revision)
        return sound(shown, "It rained")

    asking.look(judged_by(outlet, AJudge(says)), revision.id)
    [row] = judgements(outlet)
    assert (row.blob_id, row.cost) == (None, 1_050)
    assert flags(outlet) == []
    assert {fault for _, fault in faults(outlet)} == {check.ERASED}
    with outlet.database.read() as db:
        held = [blob.data for blob in db.exec(select(Blob).where(col(Blob.data).is_not(None)))]
    assert not any(b"rained" in data and b"ticket" in data for data in held if data)


@pytest.mark.parametrize("change", [{"fault": "other"}, {"cost": 0}, {"ended_at": None}])
def test_a_settled_question_cannot_be_settled_otherwise(both: Outlet, change: dict[str, object]) -> None:
    asked(both)
    with pytest.raises(DatabaseError), both.database.write() as db:
        db.exec(update(Judgement).values(**change))


def test_each_question_has_a_sign_of_its_own(outlet: Outlet) -> None:
    signs: list[str] = []

    def says(shown: str) -> str:
        signs.append(ticket_of(shown))
        return sound(shown)

    for _ in range(3):
        asked(outlet, says)
    assert len(set(signs)) == 3


# The settings


def test_a_judge_answers_shortly_unless_it_thinks_first() -> None:
    short = JudgeSettings(model_id=MODEL, profile="claude-3-7-sonnet")
    assert (short.profile.max_output_tokens, short.profile.input_price) == (2_000, 3.0)
    thinking = {"max_output_tokens": 8_000, "extra_body": {"thinking": {"type": "enabled", "budget_tokens": 4_000}}}
    assert JudgeSettings(model_id=MODEL, profile=thinking).profile.max_output_tokens == 8_000


def test_the_small_local_model_is_no_judge() -> None:
    with pytest.raises(ValidationError, match="no judge"):
        JudgeSettings(model_id=MODEL, profile="local")


def test_a_judge_without_a_key_says_which_variable_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = JudgeSettings(model_id=MODEL, api_key_env="JUDGE_KEY")
    with pytest.raises(NoApiKey, match="JUDGE_KEY"):
        _ = judge.api_key
    monkeypatch.setenv("JUDGE_KEY", "sk-ant-judge")
    assert judge.api_key == "sk-ant-judge"
