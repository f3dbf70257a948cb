"""Who is at what: seen, claimed, skipped. Nothing of it holds anybody back."""

from datetime import timedelta

import pytest
from sqlmodel import select

from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import presence
from agent.review.queue import Viewer, following
from agent.tables import Claim, Presence, Revision, Skip, User, Verdict
from agent.testing import MovableClock, a_piece
from tests.review.a_desk_of_two import at_once, publishes, rows, says

pytestmark = pytest.mark.slow


@pytest.fixture
def three(both: Outlet) -> list[Revision]:
    """Three pieces, a minute apart, in the order in which they came."""
    found = []
    for title in ("First", "Second", "Third"):
        found.append(a_piece(both, title=title))
        later(both, minutes=1)
    return found


def later(outlet: Outlet, **span: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**span)


def viewer(outlet: Outlet, name: str) -> Viewer:
    with outlet.database.read() as db:
        return Viewer(db.exec(select(User.id).where(User.name == name)).one(), name, outlet.now())


def takes(outlet: Outlet, name: str) -> int | None:
    return presence.take_next(outlet, viewer(outlet, name))


def reading(outlet: Outlet, revision: Revision) -> list[str]:
    with outlet.database.read() as db:
        return presence.readers(db, [revision.id], outlet.now()).get(revision.id, [])


def test_who_has_a_text_open_is_seen_there_for_a_while_and_at_one_place(both: Outlet, three: list[Revision]) -> None:
    for name in ("ben", "ada"):
        presence.seen(both, viewer(both, name).id, three[0].id)
    assert reading(both, three[0]) == ["ada", "ben"]
    presence.seen(both, viewer(both, "ben").id, three[1].id)
    assert (reading(both, three[0]), reading(both, three[1])) == (["ada"], ["ben"])
    later(both, seconds=89)
    assert reading(both, three[0]) == ["ada"]
    later(both, seconds=2)
    assert reading(both, three[0]) == []


def test_a_heartbeat_is_written_every_twenty_seconds_at_most(both: Outlet, three: list[Revision]) -> None:
    ada, begun = viewer(both, "ada").id, both.now()
    for _ in range(3):
        presence.seen(both, ada, three[0].id)
        later(both, seconds=9)
    [row] = rows_of_presence(both)
    assert row.seen_at == begun, "the first"
    presence.seen(both, ada, three[0].id)
    [row] = rows_of_presence(both)
    assert row.seen_at == begun + timedelta(seconds=27)


def rows_of_presence(outlet: Outlet) -> list[Presence]:
    with outlet.database.read() as db:
        return list(db.exec(select(Presence)))


def test_at_what_is_decided_nobody_is_seen(both: Outlet, three: list[Revision]) -> None:
    publishes(both, three[0])
    presence.seen(both, viewer(both, "ada").id, three[0].id)
    assert rows_of_presence(both) == []


def test_the_next_one_is_the_oldest_that_nobody_else_is_at(both: Outlet, three: list[Revision]) -> None:
    presence.seen(both, viewer(both, "ben").id, three[0].id)
    assert takes(both, "ada") == three[1].id
    assert takes(both, "ada") == three[2].id
    assert takes(both, "ada") is None
    assert takes(both, "ben") == three[0].id, "who reads it may take it"
    later(both, minutes=both.settings.claim_minutes)
    assert takes(both, "ben") == three[0].id, "claims pass by themselves"


def test_two_who_ask_at_once_never_get_the_same(both: Outlet, three: list[Revision]) -> None:
    found = at_once(both, lambda name: takes(both, name), ["ada", "ben", "ada", "ben"])
    assert sorted(each or 0 for each in found) == sorted([0, *(revision.id for revision in three)])


def test_what_one_has_judged_or_skipped_is_not_the_next_one(both: Outlet, three: list[Revision]) -> None:
    says(both, three[0], "ada", Verdict.VETO)
    presence.skip(both, viewer(both, "ada"), three[1].id)
    with both.database.read() as db:
        found = following(db, viewer(both, "ada"), 0)
    assert found is not None
    assert (found.revision, takes(both, "ada"), takes(both, "ben")) == (three[2].id, three[2].id, three[0].id)


def test_a_skip_holds_for_a_day_and_can_be_taken_back(both: Outlet, three: list[Revision]) -> None:
    ada = viewer(both, "ada")
    presence.skip(both, ada, three[0].id)
    presence.skip(both, ada, three[0].id)
    assert len(rows(both, Skip)) == 1, "once is enough"
    assert beside(both, "ada", three[0]).skipped
    assert not beside(both, "ben", three[0]).skipped, "nobody is told"
    presence.unskip(both, ada, three[0].id)
    assert not beside(both, "ada", three[0]).skipped
    assert takes(both, "ada") == three[0].id
    presence.skip(both, viewer(both, "ada"), three[0].id)
    later(both, hours=25)
    assert not beside(both, "ada", three[0]).skipped


def beside(outlet: Outlet, name: str, revision: Revision) -> presence.Beside:
    with outlet.database.read() as db:
        return presence.beside(db, viewer(outlet, name), revision.id)


def test_a_claim_is_told_to_others_holds_nobody_back_and_can_be_let_go(both: Outlet, three: list[Revision]) -> None:
    presence.claim(both, viewer(both, "ada"), three[0].id)
    told = beside(both, "ben", three[0])
    assert told.claim is not None
    assert (told.claim.name, beside(both, "ada", three[0]).mine) == ("ada", True)
    with pytest.raises(Refused, match=r"ada means to read this\. It holds nobody back"):
        presence.claim(both, viewer(both, "ben"), three[0].id)
    publishes(both, three[0], "ben")
    with pytest.raises(Refused, match="does not wait for anybody"):
        presence.claim(both, viewer(both, "ben"), three[0].id)
    presence.claim(both, viewer(both, "ada"), three[1].id)
    presence.release(both, viewer(both, "ben"), three[1].id)
    assert beside(both, "ada", three[1]).mine, "nobody lets go of another's"
    presence.release(both, viewer(both, "ada"), three[1].id)
    assert beside(both, "ben", three[1]).claim is None


def test_a_claim_that_is_over_is_anybodys_and_leaves_no_row(both: Outlet, three: list[Revision]) -> None:
    presence.claim(both, viewer(both, "ada"), three[0].id)
    presence.claim(both, viewer(both, "ada"), three[1].id)
    later(both, minutes=both.settings.claim_minutes)
    presence.claim(both, viewer(both, "ben"), three[0].id)
    with both.database.read() as db:
        [row] = db.exec(select(Claim)).all()
    assert row.revision_id == three[0].id


def test_a_stranger_takes_claims_and_skips_nothing(both: Outlet, three: list[Revision]) -> None:
    cy = Viewer(1, "cy", both.now())
    for act in (
        lambda: presence.take_next(both, cy),
        lambda: presence.claim(both, cy, three[0].id),
        lambda: presence.skip(both, cy, three[0].id),
        lambda: presence.unskip(both, cy, three[0].id),
    ):
        with pytest.raises(UnknownUser):
            act()
    with pytest.raises(Refused, match="does not wait"):
        presence.skip(both, viewer(both, "ada"), 999)
