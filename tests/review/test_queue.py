"""The queue: what is in it, how it is chosen from, and its pages."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import select

from agent import check, pausing
from agent.check import markup
from agent.consent import Lack
from agent.outlet import Outlet
from agent.review import actions, ageing, going, resolutions
from agent.review import queue as queues
from agent.review.presence import skip
from agent.review.queue import Page, Stands, Viewer, Wanted, Worst, page
from agent.tables import CheckRun, Flag, Kind, Level, Revision, User, Verdict, WithdrawnBy
from agent.testing import MovableClock, a_piece, a_session, tool_reply
from tests.desk.a_desk import PLAIN
from tests.review.a_desk_of_two import WHY, a_vetoed_piece, author_says, publishes, says

pytestmark = pytest.mark.slow

ALL = Wanted()


@pytest.fixture(autouse=True)
def _one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others would say of works that are so much alike that they are."""
    monkeypatch.setattr(check, "CHECKS", (markup,))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three."""
    monkeypatch.setattr(queues, "A_PAGE", 3)


def pieces(outlet: Outlet, *titles: str, **given: str) -> list[Revision]:
    """Pieces a minute apart, in the order in which they came."""
    found = []
    for title in titles:
        found.append(a_piece(outlet, f"{PLAIN}\nThis was about {title}.\n", title=title, **given))
        assert isinstance(outlet.now, MovableClock)
        outlet.now.forward(minutes=1)
    return found


def shown(outlet: Outlet, wanted: Wanted = ALL, *, by: str = "ada", **where: int | None) -> Page:
    with outlet.database.read() as db:
        user = db.exec(select(User.id).where(User.name == by)).one()
        return page(db, wanted, Viewer(user, by, outlet.now()), **where)


def names(outlet: Outlet, wanted: Wanted = ALL, **by: str) -> list[str]:
    return [row.name for row in shown(outlet, wanted, **by).rows]


def a_flag(outlet: Outlet, revision: Revision, level: Level, category: str = "self-harm") -> None:
    """A check of a later version says something."""
    with outlet.database.write() as db:
        run = CheckRun(revision_id=revision.id, check=category, version="1", at=outlet.now())
        db.add(run)
        db.flush()
        about = {"check": category, "category": category, "start": 0, "end": 2, "quote": "It", "why": "So it seems."}
        db.add(Flag(run_id=run.id, revision_id=revision.id, level=level, **about))


@pytest.mark.usefixtures("small")
def test_pages_lose_and_repeat_nothing_while_others_come_and_go(both: Outlet) -> None:
    made = pieces(both, *"ABCDEFG")
    first = shown(both)
    assert ([row.name for row in first.rows], first.older) == (["A", "B", "C"], None)
    publishes(both, made[2])  # The last of the page, from which the next one goes on.
    publishes(both, made[4])
    second = shown(both, after=first.newer)
    assert [row.name for row in second.rows] == ["D", "F", "G"]
    assert second.newer is None
    back = shown(both, before=second.older)
    assert ([row.name for row in back.rows], back.older) == (["A", "B"], None)
    assert [row.name for row in shown(both, after=back.newer).rows] == ["D", "F", "G"]
    beyond = shown(both, after=made[6].id)
    assert (beyond.rows, beyond.newer) == ([], None)
    assert shown(both, after=999_999).rows[0].name == "A", "an address of nothing begins anew"


def test_what_is_wanted_is_shown_alone(both: Outlet) -> None:
    rain, snow, hail, fog = pieces(both, "Rain", "Snow", "Hail", "Fog")
    pieces(both, "Ode", form="Poem")
    a_flag(both, rain, Level.STOP)
    a_flag(both, snow, Level.LOOK, "real-people")
    a_flag(both, hail, Level.NOTE)
    says(both, fog, "ben", Verdict.VETO)
    says(both, hail, "ben", Verdict.ESCALATE)
    says(both, rain, "ben", Verdict.PUBLISH)
    chosen: Sequence[tuple[Wanted, list[str]]] = [
        (Wanted(author="opus"), ["Rain", "Snow", "Hail", "Fog", "Ode"]),
        (Wanted(author="sonnet"), []),
        (Wanted(author="nobody"), []),
        (Wanted(kind=Kind.ESSAY), ["Rain", "Snow", "Hail", "Fog", "Ode"]),
        (Wanted(kind=Kind.ANSWER), []),
        (Wanted(form=" poem "), ["Ode"]),
        (Wanted(form="poe"), []),
        (Wanted(worst=Worst.STOP), ["Rain"]),
        (Wanted(worst=Worst.LOOK), ["Snow"]),
        (Wanted(worst=Worst.NOTE), ["Hail"]),
        (Wanted(worst=Worst.NONE), ["Fog", "Ode"]),
        (Wanted(worst=Worst.UNCHECKED), []),
        (Wanted(stands=Stands.UNTOUCHED), ["Snow", "Ode"]),
        (Wanted(stands=Stands.VETO), ["Fog"]),
        (Wanted(stands=Stands.ESCALATED), ["Hail"]),
        (Wanted(stands=Stands.SECOND), ["Rain"]),
        (Wanted(stands=Stands.SECOND, worst=Worst.LOOK), []),
    ]
    for wanted, found in chosen:
        assert names(both, wanted) == found, wanted
    assert names(both, Wanted(mine=True), by="ben") == ["Snow", "Ode"]
    assert shown(both).rows[0].topics == ("self harm",)
    assert shown(both).rows[2].topics == (), "a note alone is no topic"


def test_what_was_not_checked_is_found_as_that_and_not_as_clear(both: Outlet) -> None:
    [rain] = pieces(both, "Rain")
    with both.database.write() as db:
        db.add(CheckRun(revision_id=rain.id, check="late", version="1", fault="it stopped", at=both.now()))
    assert names(both, Wanted(worst=Worst.UNCHECKED)) == ["Rain"]
    [row] = shown(both).rows
    assert row.is_unchecked


def test_what_one_left_to_others_is_still_in_the_list_and_not_among_ones_own(both: Outlet) -> None:
    rain, _ = pieces(both, "Rain", "Snow")
    with both.database.read() as db:
        ada = db.exec(select(User.id).where(User.name == "ada")).one()
    skip(both, Viewer(ada, "ada", both.now()), rain.id)
    assert names(both) == ["Rain", "Snow"]
    assert names(both, Wanted(mine=True)) == ["Snow"]
    assert names(both, Wanted(mine=True), by="ben") == ["Rain", "Snow"]


def test_an_overturned_veto_is_untouched_again(both: Outlet) -> None:
    three = both.settings.model_copy(update={"reviewers": ["ada", "ben", "cleo"]})
    vetoed = a_vetoed_piece(both, title="Rain")
    a_session(both, [tool_reply("appeal", piece=vetoed.piece_id, words="It named nobody."), tool_reply("decline")])
    actions.rule(replace(both, settings=three), 1, "cleo", overturned=True, reason="There is no such street.")
    assert names(both, Wanted(stands=Stands.UNTOUCHED)) == ["Rain"]
    assert names(both, Wanted(stands=Stands.VETO)) == []
    assert names(both, Wanted(mine=True), by="ada") == ["Rain"], "who gave the veto may say publish"
    publishes(both, vetoed, "ada")
    assert names(both, Wanted(mine=True), by="ben") == []


def test_a_search_among_many_is_given_up_and_said_to_be(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "LOOKED_AT", 5)
    made = pieces(both, *"ABCDEFG")
    says(both, made[6], "ben", Verdict.ESCALATE)
    for revision in made[:6]:
        says(both, revision, "ben", Verdict.VETO)
        says(both, revision, "ben", Verdict.ESCALATE)
    # Each has a veto among its reviews, and none stands there any more.
    found = shown(both, Wanted(stands=Stands.VETO))
    assert (found.rows, found.partly, found.newer) == ([], True, made[4].id)
    rest = shown(both, Wanted(stands=Stands.VETO), after=found.newer)
    assert (rest.rows, rest.partly, rest.newer) == ([], False, None)


def test_all_that_wait_are_counted_by_age(both: Outlet) -> None:
    pieces(both, "Rain", "Snow")
    assert isinstance(both.now, MovableClock)
    both.now.forward(hours=30)
    pieces(both, "Hail")
    with both.database.read() as db:
        counted = ageing.ageing(db, both.now())
    assert (counted.total, counted.most) == (3, 2)
    assert [number for _, number in counted.by_age] == [1, 0, 2, 0, 0, 0]
    author_says(both, "no")
    with both.database.read() as db:
        assert ageing.ageing(db, both.now()) == ageing.Ageing(0, None, [(words, 0) for words, _ in counted.by_age])
    assert names(both) == []


def test_what_was_decided_last_is_said_as_what_became_of_it(both: Outlet) -> None:
    a_vetoed_piece(both, title="Held")
    [out] = pieces(both, "Out")
    publishes(both, out)
    a_session(both, [tool_reply("withdraw", piece=out.piece_id, why="I see it differently."), tool_reply("decline")])
    with both.database.read() as db:
        assert [(row.name, row.became) for row in going.decided(both, db)] == [
            ("Out", "withdrawn"),
            ("Held", "held back"),
        ]


def test_what_goes_out_is_told_as_the_rules_of_one_resolution_have_it(both: Outlet) -> None:
    patient = replace(both, settings=both.settings.model_copy(update={"undo_minutes": 10.0}))
    made = pieces(patient, "Rain", "Snow", "Hail")
    publishes(patient, made[0], "ada")
    for reviewer in ("ada", "ben"):
        says(patient, made[1], reviewer, Verdict.VETO)
    publishes(patient, made[2], "ben")

    def told() -> list[tuple[str, str, bool]]:
        with both.database.read() as db:
            found = going.going(patient, db, "ben")
            for row, resolution in zip(found, resolutions.pending(db), strict=True):
                assert row.held_up == resolutions.held_up(patient, db, resolution)
                assert row.is_mine is (resolutions.undoable(patient, db, row.revision, "ben") is not None)
            return [(row.name, row.held_up, row.is_mine) for row in found]

    assert told() == [("Rain", "", False), ("Snow", "", True), ("Hail", "", True)]
    pausing.set_pause(both, "opus", paused=True, actor="ada", reason="A test.")
    assert told() == [
        ("Rain", "its author is paused", False),
        ("Snow", "", True),
        ("Hail", "its author is paused", True),
    ]
    pausing.set_pause(both, None, paused=True, actor="ada", reason="A test.")
    assert told()[0] == ("Rain", "everyone is paused", False)
    for whom in ("opus", None):
        pausing.set_pause(both, whom, paused=False, actor="ada", reason="A test.")
    author_says(both, "ask")
    assert told()[0] == ("Rain", Lack.NOT_ASKED_ABOUT_IT.value, False)
    author_says(both, "yes")
    a_flag(both, made[0], Level.STOP)
    [fog] = pieces(both, "Fog")
    publishes(both, fog)
    anew = tool_reply("revise", piece=fog.piece_id, title="Fog, thinner", text=f"{PLAIN}\nIt thinned.\n")
    session = a_session(both, [anew, tool_reply("decline")])
    with both.database.read() as db:
        publishes(patient, db.exec(select(Revision).where(Revision.session_id == session)).one())
    assert isinstance(both.now, MovableClock)
    both.now.forward(minutes=1)
    actions.withdraw(both, fog.piece_id, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    said = {name: why for name, why, _ in told()}
    assert "Rain" not in said, "a flag says stop since, so people are asked again"
    assert "was taken down since" in said["Fog, thinner"]
    both.now.forward(minutes=30)
    assert [mine for _, _, mine in told()] == [True, True, False], "as long as nothing came of it"
