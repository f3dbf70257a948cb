"""The record: every act, once, in the order of time, and nobody's reason before its time."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel, func, select

from agent import pausing, tables
from agent.outlet import Outlet
from agent.review import actions, proposals, second
from agent.review.acts import Act, Sought, Viewer, everything, page, place
from agent.review.feedback import judge
from agent.review.sources import SOURCES, What
from agent.review.wishes import answer
from agent.staff import set_password
from agent.tables import Appointment, AuditEvent, Cancellation, Flag, Says, User, Verdict, Wish, WithdrawnBy
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from agent.transcript import unmask
from tests.desk.a_desk import HOSTILE
from tests.publish.works import appeal
from tests.review.a_desk_of_two import WHY, a_public_piece, a_vetoed_piece, publishes, says

PUBLISH, VETO, ESCALATE = Verdict.PUBLISH, Verdict.VETO, Verdict.ESCALATE
ALL = Sought()
ADA, BEN, ANN = Viewer("ada"), Viewer("ben"), Viewer("ann", is_administrator=True)
NO_ACTS = {
    *("ApiToken", "Arm", "Author", "Blob", "Cadence", "Call", "CheckRun", "Claim", "ContextBlock", "Copy"),
    *("Delivery", "DeskSession", "Docket", "Draft", "Drop", "Edition", "Entry", "Feed", "Flag", "Following", "Head"),
    *(
        "Interest",
        "Invitation",
        "LedgerEntry",
        "Moot",
        "Note",
        "Notification",
        "OneTimeLink",
        "OpenSlot",
        "Piece",
        "Presence",
    ),
    *("PromptVersion", "Rendering", "Request", "Rest", "SavedView", "Shingle", "Showing", "Skip", "Slot", "Strike"),
    *("Fingerprint", "Judgement", "ShadowFlag", "Shadowed"),
    *("Submission", "Tally", "Turn", "Unfollowing", "User", "Wish", "WritingSession", "Assent"),
}
"""What stands in these is no act of staff or outlet about a work or a person: state that passes, what authors did in
their sittings, and what checks and calls brought."""


def acts(outlet: Outlet, viewer: Viewer = ANN, sought: Sought = ALL, *, limit: int = 500) -> list[Act]:
    with outlet.database.read() as db:
        return page(outlet, db, viewer, sought, limit=limit)[0]


def later(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)
    actions.carry_out(outlet)


@pytest.fixture
def busy(both: Outlet) -> Outlet:
    """A desk at which everything has happened that stands on record."""
    facts = {"reviewers": ["ada", "ben", "dot"], "administrators": ["ann", "olga"], "blind_share": 1.0}
    outlet = replace(both, settings=both.settings.model_copy(update=facts))
    with outlet.database.write() as db:
        eve = User(name="eve", added_at=outlet.now())
        db.add(eve)
        db.flush()
        db.add(Appointment(user_id=eve.id, roles=["reviewer"], actor="ann", at=outlet.now()))
    later(outlet, minutes=1)
    public = a_public_piece(outlet)
    flagged = a_piece(outlet, HOSTILE)
    held = a_vetoed_piece(outlet, "It snowed.\n")
    actions.rule(outlet, appeal(outlet, held).id, "dot", overturned=False, reason="They are right about it.")
    later(outlet, minutes=1)
    slow = replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10}))
    publishes(slow, a_piece(outlet, "It thawed.\n"))
    actions.undo(slow, flagged.id + 2, "ada")
    with outlet.database.read() as db:
        flag = db.exec(select(Flag.id).where(Flag.revision_id == flagged.id)).first()
    assert flag is not None
    judge(outlet, flag, "ada", Says.FALSE)
    second.look(outlet, public.id, "ben", PUBLISH, record_sha256=public.record_sha256)
    later(outlet, minutes=1)
    actions.correct(outlet, public.piece_id, "ada", "The flood was in 1953.")
    down = actions.withdraw(outlet, public.piece_id, "ada", WithdrawnBy.STAFF, ground="law", reason="A court says so.")
    actions.confirm(outlet, down, "ben", reason="I have read it, too.")
    other = a_public_piece(outlet, "It froze.\n")
    actions.withdraw(outlet, other.piece_id, "ada", WithdrawnBy.URGENT, ground="law", reason="A court says so.")
    later(outlet, hours=73)
    actions.reinstate(outlet)
    asked = proposals.propose(outlet, public.piece_id, "ann", reason="A court has ordered it.")
    proposals.decline(outlet, asked, "olga", reason="It was lifted since.")
    actions.erase(outlet, public.piece_id, "ann", second="ben", reason="A court has ordered it again.")
    session = a_session(outlet, [tool_reply("ask_staff", words="Is anybody there?"), tool_reply("decline")])
    with outlet.database.read() as db:
        wish = db.exec(select(Wish.id)).one()
    answer(outlet, wish, "ben", granted=None, words="Yes, all of us.")
    pausing.stop(outlet, "opus", "ada", reason="Something is wrong with it.")
    pausing.resume(outlet, "opus", "ann", reason="It was nothing after all.")
    unmask(outlet, session, actor="ann", reason="A reader asked what it said.")
    with outlet.database.write() as db:
        set_password(db, "ben", "quince river comma weather", outlet.now())
        db.add(Cancellation(session_id=session, actor="ann", reason="It ran on and on.", at=outlet.now()))
        for word in ("signed_in", "sign_in_failed"):
            db.add(AuditEvent(actor="192.0.2.7", action=word, subject="ben", at=outlet.now()))
    return outlet


def test_every_kind_of_act_is_there_and_in_order(busy: Outlet) -> None:
    found = acts(busy)
    assert {act.what for act in found} == set(What)
    assert all(newer.at >= older.at for newer, older in pairwise(found))
    assert len({act.row for act in found}) == len(found)


def test_every_row_of_an_act_is_in_it_once(busy: Outlet) -> None:
    found = acts(busy)
    told = Counter(act.row.replace(" ", "").rstrip("0123456789") for act in found)
    for table in {source.table for source in SOURCES} - {tables.Erasure}:
        with busy.database.read() as db:
            assert told[table.__name__.lower()] == db.exec(select(func.count()).select_from(table)).one(), table


def test_no_table_is_forgotten() -> None:
    rows = {
        name
        for name in tables.__all__
        if isinstance(each := getattr(tables, name), type) and issubclass(each, SQLModel)
    }
    assert rows - {source.table.__name__ for source in SOURCES} - NO_ACTS == set()


def test_pages_follow_each_other_without_a_gap(busy: Outlet) -> None:
    whole, before, found = acts(busy), "", []
    while True:
        with busy.database.read() as db:
            part, before = page(busy, db, ANN, ALL, before=before, limit=3)
        found += part
        if not before:
            break
    assert found == whole
    assert list(everything(busy, ANN, ALL)) == whole


def test_it_is_sifted_by_piece_person_kind_and_time(busy: Outlet) -> None:
    whole = acts(busy)
    first = acts(busy, sought=Sought(piece=1))
    assert first == [act for act in whole if act.piece == 1]
    assert {What.SENT, What.VERDICT, What.PUBLISHED, What.WITHDRAWAL, What.CORRECTED, What.ERASED} <= {
        act.what for act in first
    }
    for what in What:
        assert acts(busy, sought=Sought(what=what)) == [act for act in whole if act.what is what]
    mine = acts(busy, sought=Sought(who="ben"))
    assert {act for act in whole if act.who == "ben"} < set(mine)
    assert {What.ERASED, What.APPOINTED} & {act.what for act in mine} == {What.ERASED}
    assert [act.what for act in acts(busy, sought=Sought(who="eve"))] == [What.APPOINTED]
    middle = whole[len(whole) // 2].at
    assert acts(busy, sought=Sought(since=middle)) == [act for act in whole if act.at >= middle]
    assert acts(busy, sought=Sought(until=middle)) == [act for act in whole if act.at < middle]
    assert acts(busy, sought=Sought(who="nobody", piece=1)) == []


def test_a_verdict_is_there_with_its_hash_ground_and_reason(busy: Outlet) -> None:
    [mine] = [act for act in acts(busy, ADA, Sought(who="ada", what=What.VERDICT)) if act.said == "veto"]
    with busy.database.read() as db:
        revision = db.get_one(tables.Revision, mine.revision)
    assert (mine.hash, mine.ground, mine.words, mine.piece) == (
        revision.record_sha256,
        "personal-data",
        WHY,
        revision.piece_id,
    )


def test_what_an_author_wrote_is_not_in_it(busy: Outlet) -> None:
    said = " ".join(act.words + act.said for act in acts(busy))
    for private in ("Is anybody there?", "It named nobody.", "It rained.", "It snowed."):
        assert private not in said


def test_where_somebody_signed_in_from_is_for_them_and_for_administrators(busy: Outlet) -> None:
    signs = (What.SIGNED_IN, What.SIGN_IN_FAILED)
    for viewer, number in ((ANN, 2), (BEN, 2), (ADA, 0)):
        assert sum(act.what in signs for act in acts(busy, viewer)) == number
        assert sum(act.what in signs for act in everything(busy, viewer, ALL)) == number


def given_veto(found: list[Act]) -> Act:
    [veto] = [act for act in found if act.what is What.VERDICT and act.said == "veto" and act.who == "ada"]
    return veto


def slow(outlet: Outlet, **facts: object) -> Outlet:
    """The same outlet, at which a verdict can be taken back for ten minutes."""
    return replace(outlet, settings=outlet.settings.model_copy(update={"undo_minutes": 10} | facts))


def test_a_veto_s_reason_waits_until_ones_own_verdict_stays(both: Outlet) -> None:
    outlet = slow(both)
    revision = a_piece(outlet, HOSTILE)
    says(outlet, revision, "ada", VETO)
    told, kept = given_veto(acts(outlet, ADA)), given_veto(acts(outlet, BEN))
    assert (told.ground, told.words, told.withheld) == ("personal-data", WHY, False)
    assert (kept.ground, kept.words, kept.withheld) == ("", "", True)
    assert given_veto(list(everything(outlet, BEN, ALL))) == kept
    assert WHY not in str(acts(outlet, BEN))
    says(outlet, revision, "ben", VETO)
    # It waits for its moment, and Ben can still take his back: he would have read, and decide anew.
    for viewer in (BEN, Viewer("dot"), ANN):
        assert given_veto(acts(outlet, viewer)) == kept
    actions.undo(outlet, revision.id, "ben")
    assert given_veto(acts(outlet, BEN)) == kept
    says(outlet, revision, "ben", VETO)
    later(outlet, minutes=11)
    for viewer in (BEN, Viewer("dot")):
        assert given_veto(acts(outlet, viewer)) == told  # It has taken effect.


def test_who_can_take_nothing_back_any_more_reads_why_the_other_held_back(outlet: Outlet) -> None:
    desk = slow(outlet)
    revision = a_piece(desk)
    says(desk, revision, "ada", VETO)
    says(desk, revision, "ben", ESCALATE)
    assert given_veto(acts(desk, BEN)).withheld
    later(desk, minutes=11)
    assert not given_veto(acts(desk, BEN)).withheld
    assert given_veto(acts(desk, Viewer("dot"))).withheld


def test_what_was_taken_back_and_what_another_sent_back_are_told_apart(both: Outlet) -> None:
    desk = slow(both)
    revision = a_piece(desk)
    publishes(desk, revision)
    actions.undo(desk, revision.id, "ada")
    publishes(desk, revision)
    actions.send_back(desk, revision.id, "ben", reason="The third line names somebody.")
    found = acts(desk, sought=Sought(what=What.UNDONE))
    assert [(act.who, act.said, act.words) for act in found] == [
        ("ben", "publish of ada, sent back", "The third line names somebody."),
        ("ada", "publish, taken back", ""),
    ]
    assert [act.who for act in acts(desk, sought=Sought(what=What.UNDONE, who="ada"))] == ["ben", "ada"]
    assert [act.who for act in acts(desk, sought=Sought(what=What.UNDONE, who="ben"))] == ["ben"]


def test_how_it_was_decided_is_not_there_for_whoever_is_to_look_at_it_blind(both: Outlet) -> None:
    outlet = slow(both, undo_minutes=0, blind_share=1.0)
    public, held = a_public_piece(outlet), a_vetoed_piece(outlet, "It snowed.\n")
    actions.correct(outlet, public.piece_id, "ada", "The flood was in 1953.")
    ben, dot = Viewer("ben", is_reviewer=True), Viewer("dot", is_reviewer=True)
    whole = acts(outlet)
    assert {act.what for act in acts(outlet, dot) if act.piece is not None} == {What.SENT}
    assert acts(outlet, dot, Sought(what=What.HELD_BACK)) == []
    # Ben gave a veto himself, and Ada's reason is his to read.
    assert [act for act in acts(outlet, ben) if act.piece == held.piece_id] == [
        act for act in whole if act.piece == held.piece_id
    ]
    assert [act.what for act in acts(outlet, ben) if act.piece == public.piece_id] == [What.SENT]
    # Nobody else is kept from it, and what is taken along is whole.
    assert acts(outlet, Viewer("olga")) == whole == list(everything(outlet, dot, ALL))
    second.look(outlet, public.id, "ben", PUBLISH, record_sha256=public.record_sha256)
    assert acts(outlet, ben) == acts(outlet)


def test_a_decision_tells_when_it_takes_effect(outlet: Outlet) -> None:
    desk = slow(outlet)
    publishes(desk, a_piece(desk))
    [decided] = acts(desk, sought=Sought(what=What.DECIDED))
    assert (decided.said, decided.due) == ("publish", desk.now() + timedelta(minutes=10))


def test_what_is_noted_is_told_in_words(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        for action in ("sessions_ended", "link_made", "of_another_kind"):
            reason = "3" if action == "sessions_ended" else ""
            db.add(AuditEvent(actor="ann", action=action, subject="olga", reason=reason, at=outlet.now()))
    assert [(act.said, act.words) for act in acts(outlet, sought=Sought(what=What.NOTED))] == [
        ("of another kind: olga", ""),
        ("one-time link made: olga", ""),
        ("signed out everywhere: olga", "In 3 browsers."),
    ]


def test_a_question_is_for_everybody(outlet: Outlet) -> None:
    says(outlet, a_piece(outlet), "ada", ESCALATE)
    [asked] = acts(outlet, BEN, Sought(what=What.VERDICT))
    assert (asked.words, asked.withheld) == (WHY, False)


def test_what_is_done_while_it_is_taken_along_is_not_in_it(outlet: Outlet) -> None:
    a_piece(outlet)
    rows = everything(outlet, ADA, ALL)
    first = next(rows)
    later(outlet, minutes=1)
    a_piece(outlet)
    assert {act.piece for act in (first, *rows)} == {1, None}


@given(st.integers(0, 10**17), st.integers(0, 99), st.integers(0, 2**31 - 1))
def test_a_place_is_read_as_it_was_written(moment: int, order: int, number: int) -> None:
    found = place(f"{moment}-{order}-{number}")
    assert found is None or (found[1:] == (order, number) and found[0].timestamp() == pytest.approx(moment / 1e6))


@given(st.text(max_size=30))
def test_what_is_no_place_is_the_newest_end(words: str) -> None:
    assert place(words + "x") is None


def test_a_place_of_no_time_at_all_or_of_no_row_is_none() -> None:
    assert place("9" * 18 + "-1-1") is None
    assert place("1-1-" + "9" * 18) is None
    assert timedelta(microseconds=10**17) < timedelta.max
