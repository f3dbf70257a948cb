"""What staff must know now: read from rows, in words that say what to do, without an author's private ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from agent import pausing, reading, schedule, standstill, write
from agent.errors import BrokenReply, LlmError, NoSuchLlm, RequestRefused, Throttled, Unreachable
from agent.invite import invite
from agent.notices import Notice, notices
from agent.outlet import Outlet, Reply
from agent.pipeline import SITTING, Pipeline
from agent.tables import AuditEvent, Author, Blob, Call, Feed, Paid, Pause, Rest, Slot, Want, Wish
from agent.testing import (
    NOON,
    DirectEngine,
    MovableClock,
    ScriptedLlm,
    a_room,
    a_session,
    text_reply,
    tool_reply,
    with_llm,
)

PLACE = {"endpoint": "api.example"}
GONE = NoSuchLlm(**PLACE, model_id="claude-3-opus-20240229")
DECLINE = tool_reply("decline")


def look(outlet: Outlet) -> list[Notice]:
    with outlet.database.read() as db:
        return notices(outlet, db)


def only(outlet: Outlet) -> Notice:
    [notice] = look(outlet)
    return notice


def changed(outlet: Outlet, **settings: Any) -> Outlet:
    """The same outlet under other settings; those of Opus's own stand in `opus`."""
    own = settings.pop("opus", {})
    opus, *others = outlet.settings.authors
    authors = [opus.model_copy(update=own), *others]
    return replace(outlet, settings=outlet.settings.model_copy(update=settings | {"authors": authors}))


def forward(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)


def sweep(outlet: Outlet, script: Iterable[Reply | LlmError] = (), chain: Pipeline | None = None) -> Pipeline:
    """What the running process does next, with every author following a script."""
    if chain is None:
        chain = Pipeline(with_llm(outlet, ScriptedLlm(script)), DirectEngine(outlet.now))
    engine = chain.engine
    assert isinstance(engine, DirectEngine)
    chain.sweep()
    works, engine.enqueued = engine.enqueued, []
    for name, _, ids in works:
        if name == SITTING:
            chain.sitting(*ids)
    return chain


def told(outlet: Outlet) -> list[tuple[str, str]]:
    """What staff were told of slots: whose, and the first word of why."""
    with outlet.database.read() as db:
        rows = db.exec(select(AuditEvent).where(AuditEvent.action == "held_back").order_by(col(AuditEvent.id)))
        return [(row.subject, row.reason.partition(" ")[0]) for row in rows]


def test_where_all_is_well_there_is_nothing_to_say(outlet: Outlet) -> None:
    assert look(outlet) == []
    a_session(outlet, [DECLINE])
    schedule.ask_now(outlet, "opus")
    assert look(outlet) == []


# Pauses


def test_an_author_that_the_outlet_paused_waits_for_somebody(both: Outlet) -> None:
    schedule.ask_now(both, "opus")
    sweep(both, [GONE])
    notice = only(both)
    assert (notice.kind, notice.subject, notice.since, notice.waits) == ("paused", "author opus", NOON, True)
    assert notice.words.startswith("paused by the outlet itself: api.example does not know claude-3-opus-20240229")
    assert notice.words.endswith(" (1 slot waits)")
    assert notice.to_do == (
        "To go on: `afterword resume opus`. Its endpoint is asked again each day; once it answers, the author goes on "
        "by itself"
    )
    with both.database.write() as db:
        db.add(AuditEvent(actor="outlet", action="probed", subject="author opus", reason="It is gone.", at=both.now()))
    assert "asked again each day, last on 2026-11-01 12:00Z (It is gone); once" in only(both).to_do


def test_a_persons_pause_is_known_and_waits_for_nobody_else(outlet: Outlet) -> None:
    schedule.ask_now(outlet, "opus")
    pausing.set_pause(outlet, "sonnet", paused=True, actor="ben", reason="a holiday.")
    pausing.set_pause(outlet, None, paused=True, actor="ada", reason="the stop button")
    assert [(n.subject, n.words, n.to_do, n.waits) for n in look(outlet)] == [
        ("everyone", "paused by ada: the stop button (1 slot waits)", "To go on: `afterword resume`", False),
        ("author sonnet", "paused by ben: a holiday", "To go on: `afterword resume sonnet`", False),
    ]


# Slots


def test_a_slot_waits_for_a_key_or_a_price(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule.ask_now(both, "opus")
    schedule.ask_now(both, "opus")
    profile = both.settings.author("opus").profile.model_copy(update={"input_price": None})
    unpriced = changed(both, opus={"profile": profile})
    notice = only(unpriced)
    assert (notice.kind, notice.subject, notice.waits) == ("slots", "author opus", True)
    assert notice.words.startswith("2 slots wait: its price is unknown")
    assert notice.to_do == "Once that is done, it goes on by itself"
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    notice = only(both)
    assert notice.words.startswith("2 slots wait: No API key for opus: the variable ANTHROPIC_API_KEY is not set")
    assert notice.waits


def test_a_cap_that_is_reached_passes_with_time_and_one_that_is_too_small_does_not(both: Outlet) -> None:
    schedule.ask_now(both, "opus")
    other = a_session(both, [DECLINE], author="sonnet")
    with both.database.write() as db:
        db.add(Call(session_id=other, turn_number=2, paid=Paid.SETTLED, cost=900_000, at=both.now()))
    for cap, waits, way_out in (
        ({"max_cost_per_month": 1.0}, False, "It goes on by itself with time, or once that cap is raised"),
        ({"opus": {"max_cost_per_day": 0.1}}, True, "Raise that cap in afterword.toml"),
        ({"max_cost_per_month": 1.0, "opus": {"max_cost_per_day": 0.1}}, True, "Raise that cap in afterword.toml"),
    ):
        notice = only(changed(both, **cap))
        assert notice.words.startswith("1 slot waits: max_cost_per_")
        assert notice.waits is waits
        assert notice.to_do.startswith(way_out)


def _an_invitation(outlet: Outlet) -> int:
    return invite(outlet, schedule.ask_now(outlet, "sonnet", "plain"))


def test_a_rest_and_the_sessions_of_a_day_are_as_it_should_be_and_a_second_day_is_not(outlet: Outlet) -> None:
    a_session(outlet, [DECLINE])
    schedule.ask_now(outlet, "opus")
    schedule.ask_now(outlet, "sonnet")
    with outlet.database.write() as db:
        db.add(Rest(author_id=2, until=NOON.date().replace(year=2030), at=NOON))
    few = changed(outlet, opus={"max_sessions_per_day": 0})
    assert look(few) == []
    forward(outlet, days=1, minutes=1)
    assert (
        only(few).words
        == "1 slot waits: max_sessions_per_day is 0, so Claude Opus begins none: raise it in afterword.toml"
    )


def test_slots_of_an_author_that_is_gone_from_the_settings_are_left_alone(outlet: Outlet) -> None:
    schedule.ask_now(outlet, "opus")
    without = replace(outlet, settings=outlet.settings.model_copy(update={"authors": outlet.settings.authors[1:]}))
    assert look(without) == []
    write.open_session(outlet, _an_invitation(outlet))
    gone = replace(outlet, settings=outlet.settings.model_copy(update={"authors": outlet.settings.authors[:1]}))
    notice = only(gone)
    assert (notice.subject, notice.waits) == ("session 1 of sonnet", True)
    assert "sessions cancel 1" in notice.to_do


# Sittings


def test_an_outage_is_told_with_its_fault_and_the_moment_of_the_next_try(both: Outlet) -> None:
    schedule.ask_now(both, "opus")
    sweep(both, [Throttled(**PLACE, status=529, reason="busy", retry_after=30.0), *[_down()] * 9])
    notice = only(both)
    assert (notice.kind, notice.subject, notice.since, notice.waits) == ("outage", "session 1 of opus", NOON, False)
    assert notice.words == "waits for its endpoint: api.example could not be reached: refused"
    assert notice.to_do.startswith("It is asked again on 2026-11-01 at 12:1")
    assert "`afterword sessions cancel 1 --reason WORDS`" in notice.to_do
    forward(both, hours=1)
    assert look(both) == [], "it is being asked again"


def _down() -> LlmError:
    return Unreachable(**PLACE, reason="refused")


def test_a_short_wait_is_nothing_to_tell(outlet: Outlet) -> None:
    slot = schedule.ask_now(outlet, "opus")
    session = write.open_session(outlet, invite(outlet, slot))
    write.take_turn(with_llm(outlet, ScriptedLlm([_down()])), session)
    assert look(outlet) == []


def test_a_session_over_its_own_cap_has_two_ways_out(both: Outlet) -> None:
    tight = changed(both, opus={"max_tokens_per_session": 4_300})
    schedule.ask_now(both, "opus", "plain")
    sweep(both, chain=sweep(tight))
    notice = only(tight)
    assert (notice.kind, notice.subject, notice.waits) == ("session", "session 1 of opus", True)
    assert notice.words.startswith("waits in the middle: max_tokens_per_session of opus is 4,300, and one call may use")
    assert notice.to_do == (
        "Raise that cap in afterword.toml, and start `afterword up` again. Or stop it: "
        "`afterword sessions cancel 1 --reason WORDS`"
    )
    write.cancel(both, 1, actor="ada", reason="It would be too dear.")
    assert look(tight) == [], "what somebody stopped waits for nobody"


@pytest.mark.parametrize("span", ["day", "month"])
def test_a_session_whose_next_call_alone_would_pass_a_cap_does_not_go_on_with_time(outlet: Outlet, span: str) -> None:
    tight = changed(outlet, opus={f"max_tokens_per_{span}": 4_300})
    schedule.ask_now(outlet, "opus", "plain")
    sweep(outlet, chain=sweep(tight))
    notice = only(tight)
    assert notice.waits
    assert notice.words.startswith(f"waits in the middle: max_tokens_per_{span} of opus is 4,300, and one call may use")
    assert notice.to_do.startswith("Raise that cap in afterword.toml")
    assert "Or stop it: " in notice.to_do
    forward(outlet, days=60)
    assert only(tight).waits


def test_a_call_in_flight_is_nothing_to_tell(outlet: Outlet) -> None:
    tight = changed(outlet, opus={"max_tokens_per_session": 4_300})
    schedule.ask_now(outlet, "opus", "plain")
    sweep(outlet, chain=sweep(tight))
    assert only(tight).kind == "session"
    with outlet.database.write() as db:
        db.add(Call(session_id=1, turn_number=2, paid=Paid.RESERVED, reserved=1, at=outlet.now()))
    assert look(tight) == []


# Our own faults


def test_a_step_of_ours_that_fails_is_told_as_such_until_it_went_on(both: Outlet) -> None:
    slot = schedule.ask_now(both, "opus", "plain")
    why = standstill.stuck("invite", "max_tokens: no space is left on the disk")
    standstill.tell(both, [standstill.Wait(slot, "opus", why)])
    forward(both, minutes=5)
    notice = only(both)
    assert (notice.kind, notice.subject, notice.since, notice.waits) == ("slots", "author opus", slot_due(both), True)
    assert notice.words == (
        "1 slot waits: a step of ours fails again and again (invite): max_tokens: no space is left on the disk"
    )
    assert notice.to_do == (
        "That is a fault on our side. Mend it: the step is tried again each minute, and then goes on"
    )
    session = write.open_session(both, invite(both, slot))
    assert look(both) == [], "it was mended"
    forward(both, minutes=5)
    standstill.tell(both, [standstill.Wait(slot, "opus", standstill.stuck("take_turn", "the disk is full"))])
    notice = only(both)
    assert (notice.kind, notice.subject, notice.since, notice.waits) == (
        "session",
        "session 1 of opus",
        both.now(),
        True,
    )
    assert notice.words == "waits in the middle: a step of ours fails again and again (take_turn): the disk is full"
    assert notice.to_do.endswith("then goes on. Or stop it: `afterword sessions cancel 1 --reason WORDS`")
    forward(both, minutes=5)
    write.take_turn(with_llm(both, ScriptedLlm([tool_reply("write_note", text="Moss.")])), session)
    assert look(both) == []


def slot_due(outlet: Outlet) -> datetime:
    with outlet.database.read() as db:
        return db.exec(select(Slot.due_at)).one()


# What staff were told


def test_staff_are_told_once_of_each_kind_of_reason(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = schedule.ask_now(both, "opus", "plain")
    of_slot = f"slot {slot} of opus"
    poor = changed(both, max_cost_per_month=0.0)
    chain = sweep(poor)
    chain.outlet = changed(poor, max_cost_per_month=0.1)
    sweep(both, chain=chain)
    assert told(both) == [(of_slot, "max_cost_per_month")], "another amount is no other reason"
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    sweep(both, chain=chain)
    assert told(both) == [(of_slot, "max_cost_per_month"), (of_slot, "No")]
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    sweep(poor)
    assert len(told(both)) == 2, "nor after a restart"


def test_once_a_sitting_went_on_staff_are_told_anew(both: Outlet) -> None:
    schedule.ask_now(both, "opus", "plain")
    tight = changed(both, opus={"max_tokens_per_session": 4_300})
    chain = sweep(tight)

    def try_again() -> list[tuple[str, str]]:
        for minutes in (0, 2, 0):
            forward(both, minutes=minutes)
            sweep(both, chain=chain)
        return told(both)

    once = [("slot 1 of opus", "max_tokens_per_session")]
    assert [try_again(), try_again()] == [once, once]
    forward(both, minutes=2)
    write.take_turn(with_llm(both, ScriptedLlm([text_reply("Let me think.")])), 1)
    chain = sweep(tight)
    assert try_again() == once * 2


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, object]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append(facts)

    warning = info


def test_the_log_says_it_once_for_each_kind_of_reason(outlet: Outlet) -> None:
    log = Lines()
    slot = schedule.ask_now(outlet, "opus")
    chain = sweep(replace(changed(outlet, max_cost_per_month=0.0), log=log))
    for cap in (0.01, 0.02, 0.03):
        chain.outlet = replace(changed(outlet, max_cost_per_month=cap), log=log)
        sweep(outlet, chain=chain)
    lines = [line for line in log.lines if line["action"] == "held_back"]
    assert [(line["author"], line["slot"]) for line in lines] == [("opus", slot)]


# What went wrong lately


def test_sessions_that_failed_stand_together_by_their_fault_for_a_week(both: Outlet) -> None:
    for number in (1, 2):
        a_session(both, [RequestRefused(**PLACE, status=400, reason=f"messages.{number}: too long")])
        forward(both, hours=1)
    a_session(both, [RequestRefused(**PLACE, status=400, reason="no such tool")], author="sonnet")
    first, second = look(both)
    assert (first.kind, first.subject, first.waits) == ("failed", "session 2 of opus", False)
    assert first.words.startswith("failed (and 1 other like it, in 7 days): api.example refused the request")
    assert "messages.2: too long" in first.words
    assert "afterword sessions show 2" in first.to_do
    assert (second.subject, second.words.startswith("failed: ")) == ("session 3 of sonnet", True)
    forward(both, days=7)
    assert look(both) == []


def test_what_a_person_stopped_is_no_failure(outlet: Outlet) -> None:
    session = write.open_session(outlet, _an_invitation(outlet))
    write.cancel(outlet, session, actor="ada", reason="It is enough.")
    write.take_turn(outlet, session)
    assert look(outlet) == []


def test_calls_that_may_have_been_paid_are_counted_at_most_and_not_forgotten(both: Outlet) -> None:
    session = a_session(both, [BrokenReply(**PLACE, reason="cut"), DECLINE])
    with both.database.write() as db:
        [lost] = db.exec(select(Call).where(Call.paid == Paid.POSSIBLY))
        most = lost.reserved or 0
        db.add(Call(session_id=session, turn_number=9, paid=Paid.RESERVED, at=both.now()))
    assert most > 0
    amount = f"at most ${most / 1e6:,.2f}"
    assert only(both).words == f"1 of the last 7 days may have been paid all the same: {amount}"
    forward(both, hours=1)
    notice = only(both)
    assert notice.words == f"2 of the last 7 days may have been paid all the same: {amount}, 1 of unknown price"
    assert (notice.kind, notice.since, notice.waits) == ("possibly_paid", NOON, False)


def test_a_reply_that_nobody_counted_is_no_call_without_a_reply(both: Outlet) -> None:
    a_session(both, [replace(DECLINE, output_tokens=0, counted=False)])
    with both.database.read() as db:
        most = db.exec(select(Call)).one().reserved or 0
    notice = only(both)
    assert (notice.kind, notice.subject, notice.waits) == ("possibly_paid", "calls without a count", False)
    assert notice.words == (
        f"1 of the last 7 days, for which the endpoint named no number of tokens: at most ${most / 1e6:,.2f}"
    )
    assert notice.to_do.startswith("Each counts as the most it can have been")


@pytest.mark.parametrize("many", [1, 5])
def test_feeds_that_are_gone_or_fail_for_long_are_named_while_they_are_few(both: Outlet, many: int) -> None:
    with both.database.write() as db:
        for number in range(many):
            reading.follow(db, 1, f"https://ada:SECRET@gone.example/{number}", now=both.now())
            reading.follow(db, 1, f"https://slow.example/{number}", now=both.now())
        reading.follow(db, 1, "https://young.example/", now=both.now())
        db.flush()
        for feed in db.exec(select(Feed)):
            if "gone" in feed.url:
                feed.gone_at, feed.fault = both.now(), "it says that it is gone for good (HTTP 410)"
            else:
                feed.failures, feed.fault = 10 if "slow" in feed.url else 9, "HTTP 503"
        db.add(Feed(url="https://nobody.example/", added_at=both.now(), gone_at=both.now()))
    found = look(both)
    assert "SECRET" not in str(found)
    assert not any(notice.waits for notice in found)
    if many == 1:
        assert [(n.subject, n.words) for n in found] == [
            ("https://gone.example/0", "it says that it is gone for good (HTTP 410)"),
            ("https://slow.example/0", "could not be read 10 times in a row: HTTP 503"),
        ]
    else:
        assert [(n.subject, n.words) for n in found] == [
            ("5 feeds", "are gone for good"),
            ("5 feeds", "could not be read 10 times in a row or more"),
        ]


def test_a_feed_that_only_an_author_brought_here_goes_by_its_number(outlet: Outlet) -> None:
    url = "https://example.org/my-private-door"
    with a_room(outlet) as room:
        db = room.db
        blob = Blob(sha256="0" * 64, data=b"x", salt=b"x")
        db.add(blob)
        db.flush()
        wish = Wish(author_id=1, turn_id=room.turn.id, want=Want.FEED, url=url, blob_id=blob.id, at=outlet.now())
        db.add(wish)
        db.flush()
        reading.follow(db, 1, url, now=outlet.now(), wish_id=wish.id)
        for feed in db.exec(select(Feed)):
            feed.gone_at, feed.fault = outlet.now(), "it says that it is gone for good (HTTP 410)"
    assert [n.subject for n in look(outlet)] == ["feed 1"]
    assert "door" not in str(look(outlet))


def test_bytes_that_are_left_after_an_erasure_are_told(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        db.add(AuditEvent(actor="outlet", action="bytes_left", subject="database", reason="Some are.", at=NOON))
    assert [(n.kind, n.words, n.since) for n in look(outlet)] == [("bytes_left", "Some are", NOON)]
    with outlet.database.write() as db:
        db.add(AuditEvent(actor="outlet", action="bytes_gone", subject="database", at=NOON))
    assert look(outlet) == []


def test_what_waits_for_somebody_comes_first_and_then_the_oldest(outlet: Outlet) -> None:
    a_session(outlet, [RequestRefused(**PLACE, status=400, reason="too long")])
    forward(outlet, hours=1)
    with outlet.database.write() as db:
        for author in db.exec(select(Author)):
            db.add(Pause(author_id=author.id, paused=True, actor="outlet", reason=f"{GONE}", at=outlet.now()))
            forward(outlet, hours=1)
    assert [n.kind for n in look(outlet)] == ["paused", "paused", "failed"]
