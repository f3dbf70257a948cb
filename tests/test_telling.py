"""What staff are told outside the desk: each thing once, in words that anybody may read, and never twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from agent import schedule, standstill
from agent.errors import ChannelError, Refused, UnknownUser
from agent.notices import notices
from agent.notices.building import note
from agent.notices.listeners import choose
from agent.notices.matter import KEPT, Audience, Listener, Matter, news
from agent.notices.sending import pause_after, send_next
from agent.notices.telling import Teller
from agent.outlet import Outlet
from agent.pipeline import TELL, Pipeline
from agent.record import keep
from agent.review import actions
from agent.review.actions import Said
from agent.review.proposals import propose
from agent.tables import (
    Appointment,
    AuditEvent,
    CheckRun,
    Flag,
    Hears,
    Level,
    Notification,
    Pause,
    StaffRole,
    User,
    Verdict,
    Want,
    Wish,
    WithdrawnBy,
)
from agent.testing import NOON, DirectEngine, MovableClock, a_piece
from tests.publish.works import appeal as appeals
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, author_says, publishes, says
from tests.telling import DESK, Way, a_teller, as_roles, kept, lives_at, send, sweep, told_by

SECRET = "plum tree 4711"
"""Stands in every word that is an author's or a reviewer's here."""
OPERATOR, ADMINISTRATOR = StaffRole.OPERATOR, StaffRole.ADMINISTRATOR


@pytest.fixture
def way() -> Way:
    return Way()


@pytest.fixture
def staffed(outlet: Outlet, way: Way) -> Outlet:
    """Ada and Ben review, Cleo operates, Dora administers; each has an address, and mail is on."""
    outlet = as_roles(outlet, cleo=[OPERATOR], dora=[ADMINISTRATOR])
    lives_at(outlet, "ada", "ben", "cleo", "dora")
    return told_by(outlet, way)


@pytest.fixture
def teller(staffed: Outlet) -> Teller:
    teller = a_teller(staffed)
    forward(staffed, minutes=1)
    return teller


def forward(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)


def news_of(outlet: Outlet, teller: Teller, way: Way) -> list[str]:
    """What a sweep tells, by the first names of those who are told."""
    way.got.clear()
    sweep(outlet, teller)
    return [told.replace("@example.org", "") for told in way.told]


def test_a_new_piece_is_told_to_reviewers_once_with_no_word_of_its_author(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    piece = a_piece(staffed, f"It rained. {SECRET}\n", title=SECRET, note_to_readers=SECRET)
    assert news_of(staffed, teller, way) == [f"ada piece:{piece.id}", f"ben piece:{piece.id}"]
    message = way.got[0]
    assert message.subject == f"Piece {piece.piece_id} by Claude Opus waits to be read"
    assert f"{DESK}revisions/{piece.id}" in message.words
    assert message.words.endswith(f"-- \nWhether and how you are told: {DESK}you")
    assert SECRET not in repr(way.got)
    assert message.at == staffed.now()
    assert news_of(staffed, teller, way) == []
    forward(staffed, hours=2)
    assert news_of(staffed, teller, way) == []
    assert news_of(staffed, Teller(staffed), way) == []


def test_a_veto_is_told_to_the_second_person_alone_and_without_its_reason(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    piece = a_piece(staffed)
    news_of(staffed, teller, way)
    said = Said(ground="personal-data", span=actions.Span(0, 2), reason=SECRET)
    actions.review(staffed, piece.id, "ada", Verdict.VETO, record_sha256=piece.record_sha256, said=said)
    assert news_of(staffed, teller, way) == ["ben veto:1"]
    assert way.got[0].subject == f"A veto of piece {piece.piece_id} by Claude Opus needs a second reviewer"
    for words in (SECRET, "personal-data", "ada@", "Ada"):
        assert words not in way.got[0].words


def test_an_escalation_and_a_second_publish_verdict_are_asked_of_others(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    escalated, stopped = a_piece(staffed), a_piece(staffed, "Snow.\n")
    with staffed.database.write() as db:
        run = db.exec(select(CheckRun).where(CheckRun.revision_id == stopped.id)).first()
        assert run is not None
        db.add(
            Flag(
                run_id=run.id,
                revision_id=stopped.id,
                check=run.check,
                level=Level.STOP,
                category="x",
                start=0,
                end=1,
                quote="S",
                why="",
            )
        )
    news_of(staffed, teller, way)
    says(staffed, escalated, "ben", Verdict.ESCALATE)
    publishes(staffed, stopped, "ada")
    assert news_of(staffed, teller, way) == ["ada escalation:1", "ben second:2"]


def test_an_appeal_goes_to_whoever_did_not_veto(staffed: Outlet, teller: Teller, way: Way) -> None:
    outlet = as_roles(staffed, eve=[StaffRole.REVIEWER])
    lives_at(outlet, "eve")
    teller = a_teller(outlet)
    forward(outlet, minutes=1)
    made = appeals(outlet, a_vetoed_piece(outlet), SECRET)
    found = news_of(outlet, teller, way)
    assert f"eve appeal:{made.id}" in found
    assert not {f"ada appeal:{made.id}", f"ben appeal:{made.id}"} & set(found)
    assert SECRET not in repr(way.got)
    forward(outlet, minutes=1)
    actions.rule(outlet, made.id, "eve", overturned=True, reason=SECRET)
    assert news_of(outlet, teller, way) == ["ada again:1", "ben again:1", "eve again:1"]


@pytest.mark.parametrize("by", [WithdrawnBy.STAFF, WithdrawnBy.URGENT])
def test_a_withdrawal_goes_to_the_others(staffed: Outlet, teller: Teller, way: Way, by: Any) -> None:
    piece = a_public_piece(staffed)
    news_of(staffed, teller, way)
    actions.withdraw(staffed, piece.piece_id, "ada", by, ground="personal-data", reason=SECRET)
    assert news_of(staffed, teller, way) == ["ben withdrawal:1"]
    assert SECRET not in way.got[0].words
    assert ("returns on 2026-11-04" in way.got[0].words) is (by is WithdrawnBy.URGENT)


def test_a_proposed_erasure_goes_to_those_who_may_agree(staffed: Outlet, teller: Teller, way: Way) -> None:
    piece = a_piece(staffed)
    news_of(staffed, teller, way)
    propose(staffed, piece.piece_id, "dora", reason=SECRET)
    assert news_of(staffed, teller, way) == ["ada erasure:1", "ben erasure:1"]
    assert SECRET not in repr(way.got)


def test_a_wish_and_a_question_go_to_those_who_answer(staffed: Outlet, teller: Teller, way: Way) -> None:
    piece = a_piece(staffed)
    news_of(staffed, teller, way)
    with staffed.database.write() as db:
        for want in (Want.WORD, Want.FEED):
            words, url = keep(db, SECRET.encode()).id, f"https://{SECRET[:4]}.example/"
            db.add(Wish(author_id=1, turn_id=piece.turn_id, want=want, url=url, blob_id=words, at=staffed.now()))
            db.flush()
    found = news_of(staffed, teller, way)
    assert found == [f"{name} wish:{n}" for n in (1, 2) for name in ("ada", "ben", "cleo")]
    subjects = [message.subject for message in way.got]
    assert subjects[0] == "A question of Claude Opus waits for an answer"
    assert subjects[3] == "A wish for a feed of Claude Opus waits for an answer"
    assert SECRET[:4] not in repr(way.got)


def test_an_author_that_the_outlet_paused_is_told_to_operators(staffed: Outlet, teller: Teller, way: Way) -> None:
    with staffed.database.write() as db:
        db.add(
            Pause(author_id=1, paused=True, actor="outlet", reason="api.example (HTTP 404)\r\n: gone", at=staffed.now())
        )
        db.add(Pause(author_id=2, paused=True, actor="ada", reason="a holiday", at=staffed.now()))
    assert news_of(staffed, teller, way) == ["cleo lapsed:1"]
    assert way.got[0].subject == "Claude Opus cannot be called, and is paused"
    assert "api.example (HTTP 404) : gone." in way.got[0].words
    assert f"{DESK}authors/opus" in way.got[0].words


def test_a_budget_is_told_once_a_month_and_a_fault_of_ours_each_time(staffed: Outlet, teller: Teller, way: Way) -> None:
    slot = schedule.ask_now(staffed, "opus", "plain")
    lean = staffed.settings.model_copy(update={"max_cost_per_month": 0.0})
    poor = replace(staffed, settings=lean)
    reason = "max_cost_per_month is $0.00, and a call may cost more"
    teller = a_teller(poor)
    forward(poor, minutes=1)
    for amount in ("$0.01", "$0.02"):
        standstill.tell(poor, [standstill.Wait(slot, "opus", f"{reason} {amount} {'!' * len(amount)}{amount[-1:]}x")])
    standstill.tell(poor, [standstill.Wait(slot, "opus", "Claude Opus wished not to be invited before then")])
    standstill.tell(poor, [standstill.Wait(slot, "opus", standstill.stuck("invite", "a defect"))])
    assert news_of(poor, teller, way) == ["cleo budget:opus:max_cost_per_month:2026-11", "cleo held:3"]
    assert way.got[0].subject == "A budget is reached: Claude Opus waits"


def test_a_check_that_does_not_look_is_told_once_a_day(staffed: Outlet, teller: Teller, way: Way) -> None:
    pieces = [a_piece(staffed, f"{n}\n") for n in range(2)]
    news_of(staffed, teller, way)

    def breaks(day: int) -> None:
        with staffed.database.write() as db:
            for piece in pieces:
                broken = {"check": "markup", "version": f"broken {day}", "fault": "it broke (KeyError at x.py:1)"}
                db.add(CheckRun(revision_id=piece.id, at=staffed.now(), **broken))

    breaks(1)
    assert news_of(staffed, teller, way) == ["cleo check:markup:broken 1:2026-11-01"]
    assert "never as clear" in way.got[0].words
    assert news_of(staffed, teller, way) == []


def test_who_has_which_role_is_told_to_administrators_but_for_the_one_who_said_so(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    outlet = as_roles(staffed, eve=[ADMINISTRATOR])
    lives_at(outlet, "eve")
    teller = a_teller(outlet)
    forward(outlet, minutes=1)
    with outlet.database.write() as db:
        ben = db.exec(select(User).where(User.name == "ben")).one()
        db.add(Appointment(user_id=ben.id, roles=["operator"], actor="dora", at=outlet.now()))
    assert news_of(outlet, teller, way) == ["eve staff:1"]


def test_that_the_site_is_not_built_is_told_after_a_while_until_it_is(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    note(staffed, "The template x.html is broken")
    note(staffed, "The template x.html is broken")
    assert news_of(staffed, teller, way) == []
    forward(staffed, minutes=6)
    assert news_of(staffed, teller, way) == ["cleo build:2026-11-01T12:01:00"]
    with staffed.database.read() as db:
        [notice] = notices(staffed, db)
        assert db.exec(select(AuditEvent).where(AuditEvent.action == "build_failed")).all()[1:] == []
    assert (notice.kind, notice.words) == ("build", "could not be built: The template x.html is broken")


def test_a_pipeline_that_cannot_build_says_so_in_rows(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    publishes(outlet, a_piece(outlet))
    outlet.settings.at(outlet.settings.public).write_text("no folder")
    engine = DirectEngine(outlet.now)

    def wait(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "sleep", wait)
    with pytest.raises(KeyboardInterrupt):
        Pipeline(outlet, engine).publish()
    with outlet.database.read() as db:
        [notice] = notices(outlet, db)
    assert notice.kind == "build"
    assert "is no folder" in notice.words


def test_where_nobody_operates_those_who_are_there_stand_in(outlet: Outlet, way: Way) -> None:
    outlet = told_by(outlet, way)
    lives_at(outlet, "ada")
    teller = a_teller(outlet)
    forward(outlet, minutes=1)
    with outlet.database.write() as db:
        db.add(Pause(author_id=1, paused=True, actor="outlet", reason="gone", at=outlet.now()))
    assert news_of(outlet, teller, way) == ["ada lapsed:1"]


def test_what_was_there_before_is_told_by_one_digest_alone(outlet: Outlet, way: Way) -> None:
    for n in range(5):
        a_piece(outlet, f"{n}\n")
    says(outlet, a_piece(outlet), "ada", Verdict.VETO)
    forward(outlet, hours=3)
    lives_at(outlet, "ada", "ben")
    outlet = told_by(outlet, way)
    assert news_of(outlet, Teller(outlet), way) == ["ada digest:2026-11-01", "ben digest:2026-11-01"]
    hers, his = way.got
    assert hers.subject == "5 things wait at the desk"
    assert hers.words.startswith("This waits at the desk:\n\n- 5 pieces wait to be read, the oldest for 3 hours\n")
    assert "- 1 veto needs a second reviewer, for 3 hours" in his.words
    assert "veto" not in hers.words
    assert news_of(outlet, Teller(outlet), way) == []


def test_a_digest_comes_each_day_at_its_hour_and_not_where_nothing_waits(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    assert kept(staffed) == []
    piece = a_piece(staffed)
    news_of(staffed, teller, way)
    forward(staffed, hours=18, minutes=58)
    assert news_of(staffed, teller, way) == []
    forward(staffed, minutes=1)
    assert news_of(staffed, teller, way) == ["ada digest:2026-11-02", "ben digest:2026-11-02"]
    assert news_of(staffed, Teller(staffed), way) == []
    publishes(staffed, piece)
    forward(staffed, days=1)
    assert news_of(staffed, teller, way) == []


def test_each_chooses_to_hear_at_once_by_digest_or_nothing(staffed: Outlet, teller: Teller, way: Way) -> None:
    choose(staffed, "ada", "nothing")
    choose(staffed, "ben", "digest")
    a_piece(staffed)
    assert news_of(staffed, teller, way) == []
    forward(staffed, days=1)
    assert news_of(staffed, teller, way) == ["ben digest:2026-11-02"]
    choose(staffed, "ada", "at once")
    assert news_of(staffed, teller, way) == []
    forward(staffed, minutes=1)
    second = a_piece(staffed, "Snow.\n")
    assert news_of(staffed, teller, way) == [f"ada piece:{second.id}"]


def test_another_way_to_hear_is_refused_and_nothing_is_changed(outlet: Outlet) -> None:
    with pytest.raises(Refused, match="Choose one of: at once, digest, nothing"):
        choose(outlet, "ada", "hourly")
    with pytest.raises(UnknownUser):
        choose(outlet, "cy", Hears.DIGEST)


def test_a_webhook_is_told_everything_and_the_digest(outlet: Outlet) -> None:
    hook, mail = Way("ops"), Way()
    lives_at(outlet, "ada")
    outlet = told_by(outlet, hook, mail)
    teller = a_teller(outlet)
    forward(outlet, minutes=1)
    piece = a_piece(outlet)
    says(outlet, piece, "ada", Verdict.VETO)
    sweep(outlet, teller)
    assert hook.told == ["veto:1"]
    assert hook.got[0].link == f"{DESK}revisions/{piece.id}"
    assert mail.told == []
    forward(outlet, days=1)
    sweep(outlet, teller)
    assert hook.told[1:] == ["digest:2026-11-02"]


def test_what_is_settled_before_it_went_out_is_not_sent(staffed: Outlet, teller: Teller, way: Way) -> None:
    piece = a_piece(staffed)
    teller.look()
    assert [row.key for row in kept(staffed)] == [f"piece:{piece.id}"] * 2
    publishes(staffed, piece)
    send(staffed)
    assert (way.got, kept(staffed)) == ([], [])


def test_a_verdict_taken_back_is_told_again_where_it_was_not_told(staffed: Outlet, way: Way) -> None:
    lenient = replace(staffed, settings=staffed.settings.model_copy(update={"undo_minutes": 10}))
    teller = a_teller(lenient)
    forward(lenient, minutes=1)
    piece = a_piece(lenient)
    says(lenient, piece, "ada", Verdict.VETO)
    says(lenient, piece, "ben", Verdict.VETO)
    assert news_of(lenient, teller, way) == []
    actions.undo(lenient, piece.id, "ben")
    forward(lenient, hours=2)
    assert news_of(lenient, teller, way) == ["ben veto:1"]


def test_what_its_author_said_no_to_is_not_told(staffed: Outlet, teller: Teller, way: Way) -> None:
    a_piece(staffed)
    author_says(staffed, "no")
    assert news_of(staffed, teller, way) == []


BUSY = {"channel": "The mail server", "reason": "later"}


def test_a_fault_that_passes_is_waited_out_longer_and_longer(staffed: Outlet, teller: Teller, way: Way) -> None:
    way.faults = [ChannelError(**BUSY) for _ in range(3)]
    piece = a_piece(staffed)
    assert news_of(staffed, teller, way) == []
    first, other = kept(staffed)
    assert (first.tries, first.fault) == (1, "The mail server: later.")
    assert other.retry_at == first.retry_at == staffed.now() + timedelta(minutes=1)
    assert len(way.faults) == 2
    forward(staffed, minutes=1)
    sweep(staffed, teller)
    assert kept(staffed)[0].retry_at == staffed.now() + timedelta(minutes=2)
    forward(staffed, minutes=2)
    sweep(staffed, teller)
    with staffed.database.read() as db:
        [notice] = [each for each in notices(staffed, db) if each.kind == "untold"]
    assert notice.words == "2 messages did not go out: The mail server: later"
    assert "afterword notices try mail" in notice.to_do
    forward(staffed, minutes=4)
    assert news_of(staffed, teller, way) == [f"ada piece:{piece.id}", f"ben piece:{piece.id}"]
    assert [row.fault for row in kept(staffed)] == ["", ""]
    with staffed.database.read() as db:
        assert notices(staffed, db) == []


def test_one_whose_address_is_refused_stops_nobody_else(staffed: Outlet, teller: Teller, way: Way) -> None:
    way.faults = [ChannelError(channel="The mail server", reason="no such user", permanent=True, of_all=False)]
    piece = a_piece(staffed)
    assert news_of(staffed, teller, way) == [f"ben piece:{piece.id}"]
    with staffed.database.read() as db:
        assert [each.subject for each in notices(staffed, db)] == ["channel mail"]


def test_a_defect_in_a_channel_keeps_no_other_message_back(staffed: Outlet, teller: Teller, way: Way) -> None:
    way.faults = [ValueError(SECRET)]
    piece = a_piece(staffed)
    assert news_of(staffed, teller, way) == [f"ben piece:{piece.id}"]
    assert "ValueError at telling.py" in kept(staffed)[0].fault
    assert SECRET not in kept(staffed)[0].fault


def test_what_could_not_be_sent_for_a_week_is_given_up(staffed: Outlet, teller: Teller, way: Way) -> None:
    way.faults = [ChannelError(**BUSY) for _ in range(2)]
    a_piece(staffed)
    news_of(staffed, teller, way)
    forward(staffed, days=8)
    assert {told.split()[1] for told in news_of(staffed, teller, way)} <= {"digest:2026-11-09"}


@pytest.mark.parametrize(
    ("tries", "fault", "minutes"),
    [
        (1, {}, 1),
        (3, {}, 4),
        (60, {}, 60),
        (1, {"permanent": True}, 360),
        (1, {"retry_after": 600}, 10),
        (1, {"retry_after": 1e9}, 1_440),
    ],
)
def test_the_pause_grows_and_is_never_shorter_than_asked_for(tries: int, fault: dict[str, Any], minutes: int) -> None:
    assert pause_after(tries, ChannelError(**BUSY, **fault)) == timedelta(minutes=minutes)


class _Ended(BaseException):
    """A process ends here."""


def test_a_process_that_dies_in_the_middle_loses_none_and_repeats_only_what_was_in_flight(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    piece = a_piece(staffed)

    def dies(_: Any) -> None:
        raise _Ended

    way.meets = dies
    teller.look()
    with pytest.raises(_Ended):
        send_next(staffed, "mail")
    way.meets = lambda _: None
    after = Teller(staffed)
    assert news_of(staffed, after, way) == [f"ben piece:{piece.id}"]
    forward(staffed, minutes=5)
    assert news_of(staffed, after, way) == [f"ada piece:{piece.id}"]
    assert [row.tries for row in kept(staffed)] == [2, 1]


def test_two_processes_that_look_at_once_tell_it_once(staffed: Outlet, teller: Teller, way: Way) -> None:
    other = a_teller(staffed)
    piece = a_piece(staffed)
    teller.look()
    other.look()
    send(staffed)
    assert [told.split("@")[0] for told in way.told] == ["ada", "ben"]
    assert [row.key for row in kept(staffed)] == [f"piece:{piece.id}"] * 2


def test_who_leaves_is_told_nothing_more_and_who_comes_only_what_comes_after(
    staffed: Outlet, teller: Teller, way: Way
) -> None:
    a_piece(staffed)
    teller.look()
    left = replace(staffed, settings=staffed.settings.model_copy(update={"reviewers": ["ben", "eve"]}))
    lives_at(left, "eve")
    teller = Teller(left)
    assert news_of(left, teller, way) == ["ben piece:1"]
    forward(left, minutes=1)
    second = a_piece(left, "Snow.\n")
    assert news_of(left, teller, way) == [f"ben piece:{second.id}", f"eve piece:{second.id}"]


def test_without_a_channel_nothing_is_written(outlet: Outlet) -> None:
    a_piece(outlet)
    Teller(outlet).look()
    assert kept(outlet) == []
    with outlet.database.read() as db:
        assert db.exec(select(Notification)).all() == []


def test_what_was_told_long_ago_goes_and_is_not_told_again(staffed: Outlet, teller: Teller, way: Way) -> None:
    a_piece(staffed)
    news_of(staffed, teller, way)
    forward(staffed, days=KEPT.days + 1)
    assert {told.split()[1] for told in news_of(staffed, Teller(staffed), way)} == {"digest:2027-01-01"}
    assert {row.key for row in kept(staffed)} == {"digest:2027-01-01"}
    assert {told.split()[1] for told in news_of(staffed, Teller(staffed), way)} == set()


def test_a_fault_while_looking_holds_up_no_other_work(staffed: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Pipeline(staffed, engine := DirectEngine(staffed.now))
    chain.sweep()
    a_piece(staffed)
    engine.enqueued.clear()

    def breaks() -> None:
        raise ValueError

    monkeypatch.setattr(chain._teller, "look", breaks)
    chain.sweep()
    assert TELL not in [name for name, *_ in engine.enqueued]


def test_the_pipeline_sends_what_its_sweep_found(staffed: Outlet, way: Way) -> None:
    chain = Pipeline(staffed, engine := DirectEngine(staffed.now))
    chain.sweep()
    forward(staffed, minutes=1)
    piece = a_piece(staffed)
    engine.enqueued.clear()
    chain.sweep()
    [(name, work, ids)] = [each for each in engine.enqueued if each[0] == TELL]
    assert ids == ("mail",)
    assert work.startswith("tell:mail:")
    chain.workflows[name](*ids)
    assert [message.key for message in way.got] == [f"piece:{piece.id}"] * 2


def test_everybody_is_told_only_what_is_new_since_they_are_told() -> None:
    ada, ops = Listener("mail:ada", "ada", frozenset({StaffRole.REVIEWER})), Listener("ops")
    everybody = Audience((ada, ops), frozenset(StaffRole))

    def matter(key: str, minutes: int, *not_to: str) -> Matter:
        at = NOON + timedelta(minutes=minutes)
        return Matter(key, "", "", "", at, frozenset({StaffRole.REVIEWER}), frozenset(not_to))

    matters = [matter("old", -1), matter("own", 1, "ada"), matter("told", 1), matter("new", 1)]
    since, told = {"mail:ada": NOON, "ops": NOON - timedelta(hours=1)}, {("ops", "told")}
    found = news(matters, everybody, since=since, told=told, now=NOON + timedelta(hours=1))
    assert [(listener.channel, each.key) for listener, each in found] == [
        ("ops", "old"),
        ("ops", "own"),
        ("mail:ada", "told"),
        ("mail:ada", "new"),
        ("ops", "new"),
    ]


@pytest.mark.parametrize(
    ("held", "wanted", "told"),
    [
        ({"operator", "reviewer"}, {"operator"}, {"operator"}),
        ({"administrator", "reviewer"}, {"operator"}, {"administrator"}),
        ({"reviewer"}, {"operator"}, {"reviewer"}),
        ({"reviewer"}, {"administrator"}, {"reviewer"}),
        ({"operator"}, {"administrator"}, set()),
    ],
)
def test_for_a_role_that_nobody_holds_the_next_one_stands_in(held: set[str], wanted: set[str], told: set[str]) -> None:
    assert Audience((), frozenset(map(StaffRole, held))).stand_in(frozenset(map(StaffRole, wanted))) == told
