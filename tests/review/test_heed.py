"""What an author asks about its own standing takes effect by itself: at once, in order, and once."""

from typing import Any

import pytest
from sqlmodel import Session

from agent.cli.site import build
from agent.errors import Refused
from agent.outlet import Outlet, Reply
from agent.pipeline import Pipeline
from agent.publish import edition, ledger
from agent.queries import consent_of, handed_in, withdrawal_of
from agent.record import keep
from agent.review import actions, standing
from agent.review.queue import queue, withdrawals
from agent.review.withdrawals import take_back
from agent.tables import (
    Appeal,
    Asks,
    Basis,
    Blob,
    Consent,
    Moot,
    Outcome,
    Publication,
    Publish,
    Request,
    Revision,
    Scope,
    Turn,
    Withdrawal,
    WithdrawnBy,
    WritingSession,
)
from agent.testing import DirectEngine, MovableClock, a_piece, a_session, text_reply, tool_reply
from tests.review.a_desk_of_two import WHY, a_public_piece, a_vetoed_piece, at_once, publishes, rows

pytestmark = pytest.mark.slow


@pytest.fixture
def outlet(both: Outlet) -> Outlet:
    """Everything here holds on SQLite and on PostgreSQL."""
    return both


@pytest.fixture
def clock(outlet: Outlet) -> MovableClock:
    assert isinstance(outlet.now, MovableClock)
    return outlet.now


DONE = tool_reply("decline")


def withdraws(piece: int) -> Reply:
    return tool_reply("withdraw", piece=piece, why="I see it differently now.")


def changes(publish: str, scope: str = "all", **more: Any) -> Reply:
    return tool_reply("change_consent", publish=publish, scope=scope, words="Zanzibarian words.", **more)


def is_down(outlet: Outlet, piece: int, number: int | None = None) -> bool:
    with outlet.database.read() as db:
        return withdrawal_of(db, piece, number) is not None


def in_the_queue(outlet: Outlet) -> list[int]:
    with outlet.database.read() as db:
        return [waiting.revision for waiting in queue(db)]


def asks(outlet: Outlet, *requests: dict[str, Any], turn: int | None = None) -> None:
    """Requests as a turn leaves them, not yet applied: as after a crash between the two."""
    turn = turn or rows(outlet, Turn)[-1].id
    with outlet.database.write() as db:
        for number, request in enumerate(requests, start=1):
            blob = keep(db, b"In words.")
            facts = {"author_id": 1, "turn_id": turn, "number": number, "blob_id": blob.id, "at": outlet.now()}
            db.add(Request(**facts | request))


# Withdrawing


def test_an_author_takes_its_piece_down_in_the_sitting_and_nobody_else_is_needed(outlet: Outlet) -> None:
    piece = a_public_piece(outlet).piece_id
    a_session(outlet, [withdraws(piece), DONE])
    assert is_down(outlet, piece)
    (withdrawal,) = rows(outlet, Withdrawal)
    assert (withdrawal.by, withdrawal.actor, withdrawal.upto) == (WithdrawnBy.AUTHOR, "opus", 1)
    assert (withdrawal.ground, withdrawal.reason) == ("", ""), "its words stay where they were said"
    assert withdrawal.request_id == rows(outlet, Request)[0].id
    edition.build(outlet)
    page = (outlet.settings.at(outlet.settings.public) / f"pieces/{piece}.html").read_bytes()
    assert b"It rained" not in page
    assert b"I see it differently" not in page


def test_what_waits_and_was_withdrawn_is_decided_by_nobody_any_more(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    a_session(outlet, [withdraws(revision.piece_id), DONE])
    assert in_the_queue(outlet) == []
    with pytest.raises(Refused, match="Its author withdrew it"):
        publishes(outlet, revision)
    assert rows(outlet, Publication) == []


def test_a_revision_sent_after_a_withdrawal_is_read_anew_and_once_published_it_stands(outlet: Outlet) -> None:
    first = a_public_piece(outlet)
    a_session(outlet, [withdraws(first.piece_id), tool_reply("revise", piece=first.piece_id, text="Better."), DONE])
    assert is_down(outlet, first.piece_id)
    second = rows(outlet, Revision)[-1]
    assert in_the_queue(outlet) == [second.id]
    publishes(outlet, second)
    assert not is_down(outlet, first.piece_id)
    assert is_down(outlet, first.piece_id, number=1)


def test_withdrawing_takes_back_what_was_handed_in_for_the_piece_in_the_same_sitting(outlet: Outlet) -> None:
    first = a_public_piece(outlet)
    other = a_public_piece(outlet, "It shone.\n")
    revised = [tool_reply("revise", piece=piece, text="Better.") for piece in (first.piece_id, other.piece_id)]
    session = a_session(outlet, [*revised, withdraws(first.piece_id), DONE])
    made = [revision for revision in rows(outlet, Revision) if revision.session_id == session]
    assert [(revision.piece_id, revision.number) for revision in made] == [(other.piece_id, 2)]
    with outlet.database.read() as db:
        assert [work.piece_id for work in handed_in(db, session)] == [other.piece_id]
    # What it sends another day is new, and not reached.
    a_session(outlet, [tool_reply("revise", piece=first.piece_id, text="Best."), DONE])
    newest = rows(outlet, Revision)[-1]
    assert (newest.piece_id, newest.number) == (first.piece_id, 2)
    publishes(outlet, newest)
    assert not is_down(outlet, first.piece_id)


def test_a_sitting_whose_works_were_all_taken_back_has_submitted_nothing(outlet: Outlet) -> None:
    first = a_public_piece(outlet)
    revised = tool_reply("revise", piece=first.piece_id, text="Better.")
    a_session(outlet, [revised, changes("no"), text_reply("That is all."), DONE])
    assert len(rows(outlet, Revision)) == 1
    assert rows(outlet, WritingSession)[-1].outcome is Outcome.DECLINED
    ledger.append(outlet)


def test_what_is_applied_late_reaches_only_what_was_there_when_it_was_asked_for(outlet: Outlet) -> None:
    public, vetoed = a_public_piece(outlet), a_vetoed_piece(outlet, "It shone.\n")
    a_session(outlet, [DONE])
    asked_in = rows(outlet, Turn)[-1].id
    revised = [tool_reply("revise", piece=revision.piece_id, text="Better.") for revision in (public, vetoed)]
    a_session(outlet, [*revised, DONE])
    # A later sitting brought a revision before this is applied; and in one, a revision came before the appeal.
    asks(outlet, {"asks": Asks.WITHDRAW, "piece_id": public.piece_id}, turn=asked_in)
    asks(outlet, {"asks": Asks.APPEAL, "piece_id": vetoed.piece_id})
    standing.heed(outlet)
    assert [(withdrawal.piece_id, withdrawal.upto) for withdrawal in rows(outlet, Withdrawal)] == [(public.piece_id, 1)]
    assert [appeal.revision_id for appeal in rows(outlet, Appeal)] == [vetoed.id]


# Consent


def test_a_no_to_everything_stops_publication_at_once_and_takes_down_what_is_public(outlet: Outlet) -> None:
    public, waits = a_public_piece(outlet), a_piece(outlet, "It shone.\n")
    vetoed, erased = a_vetoed_piece(outlet, "It snowed.\n"), a_piece(outlet, "It thawed.\n")
    another = a_piece(outlet, "It hailed.\n", author="sonnet")
    actions.erase(outlet, erased.piece_id, "ada", second="ben", reason=WHY)
    a_session(outlet, [changes("no"), DONE])
    assert [w.piece_id for w in rows(outlet, Withdrawal)] == [public.piece_id, waits.piece_id, vetoed.piece_id]
    assert {w.request_id for w in rows(outlet, Withdrawal)} == {rows(outlet, Request)[0].id}
    assert is_down(outlet, public.piece_id)
    assert in_the_queue(outlet) == [another.id]
    with pytest.raises(Refused, match="withdrew it"):
        publishes(outlet, waits)
    # A second no finds nothing left, and is an answer all the same.
    a_session(outlet, [changes("no"), DONE])
    assert len(rows(outlet, Withdrawal)) == 3
    assert [c.publish for c in rows(outlet, Consent) if c.basis is Basis.ASKED] == [Publish.NO, Publish.NO]


def test_a_no_to_what_comes_leaves_what_is_public_and_stops_what_waits(outlet: Outlet, clock: MovableClock) -> None:
    public, waits = a_public_piece(outlet), a_piece(outlet, "It shone.\n")
    a_session(outlet, [changes("no", "new"), DONE])
    assert not is_down(outlet, public.piece_id)
    assert in_the_queue(outlet) == []
    with pytest.raises(Refused, match="Its author said no"):
        publishes(outlet, waits)
    clock.forward(hours=1)
    a_session(outlet, [changes("yes", "new"), DONE])
    with outlet.database.read() as db:
        (row,) = queue(db)
    assert (row.revision, row.consent) == (waits.id, "its author said yes only to what it hands in later")
    a_session(outlet, [changes("yes", "all"), DONE])
    publishes(outlet, waits)


def test_a_consent_keeps_who_said_it_when_and_in_which_turn_and_its_words_in_a_blob(
    outlet: Outlet, clock: MovableClock
) -> None:
    a_session(outlet, [changes("ask", trials=True), DONE])
    said = rows(outlet, Request)[0]
    first = rows(outlet, Consent)[-1]
    assert (first.publish, first.scope, first.basis, first.trials) == (Publish.ASK, Scope.ALL, Basis.ASKED, True)
    assert (first.turn_id, first.request_id, first.blob_id, first.at) == (said.turn_id, said.id, said.blob_id, said.at)
    with outlet.database.read() as db:
        assert db.get_one(Blob, first.blob_id).data == b"Zanzibarian words."
    clock.forward(days=1)
    a_session(outlet, [changes("yes"), DONE])
    assert rows(outlet, Consent)[-1].trials, "what was said of trials holds where nothing new is said"
    a_session(outlet, [changes("yes", trials=False), DONE])
    assert not rows(outlet, Consent)[-1].trials


# Appeals


def test_an_appeal_is_kept_with_the_authors_words_about_the_veto_that_stands(outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet)
    a_session(outlet, [tool_reply("appeal", piece=vetoed.piece_id, words="Nobody lives there."), DONE])
    (appeal,) = rows(outlet, Appeal)
    assert appeal.revision_id == vetoed.id
    with outlet.database.read() as db:
        assert db.get_one(Blob, appeal.blob_id).data == b"Nobody lives there."


# Once, in order, whoever applies it


def test_requests_are_applied_in_order_and_once_though_nobody_was_there_to_do_it_then(
    outlet: Outlet, clock: MovableClock
) -> None:
    a_session(outlet, [DONE])
    said_at = outlet.now()
    yes = {"asks": Asks.CONSENT, "publish": Publish.YES, "scope": Scope.NEW}
    asks(outlet, yes, yes | {"publish": Publish.NO}, yes | {"publish": Publish.ASK})
    clock.forward(hours=5)
    Pipeline(outlet, DirectEngine()).sweep()
    assert [c.publish for c in rows(outlet, Consent)][-3:] == [Publish.YES, Publish.NO, Publish.ASK]
    assert {c.at for c in rows(outlet, Consent)[-3:]} == {said_at}, "what counts is when it was said"
    assert standing.heed(outlet) == 0


def test_what_the_author_asked_holds_before_a_verdict_is_given(outlet: Outlet) -> None:
    revision = a_piece(outlet)
    a_session(outlet, [DONE])
    asks(outlet, {"asks": Asks.WITHDRAW, "piece_id": revision.piece_id})
    with pytest.raises(Refused, match="Its author withdrew it"):
        publishes(outlet, revision)


def test_what_an_author_asks_in_the_moment_of_a_verdict_comes_first(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision, other = a_piece(outlet), a_piece(outlet, "It shone.\n", author="sonnet")
    a_session(outlet, [DONE])
    no = {"asks": Asks.CONSENT, "publish": Publish.NO, "scope": Scope.NEW}

    def heed_and_then_it_asks(here: Outlet) -> int:
        applied = standing.heed(here)
        asks(here, no)
        return applied

    with monkeypatch.context() as patch:
        patch.setattr(actions, "heed", heed_and_then_it_asks)
        with pytest.raises(Refused, match="just asked for something about its own standing, which comes first"):
            publishes(outlet, revision)
    with pytest.raises(Refused, match="Its author said no"):
        publishes(outlet, revision)
    publishes(outlet, other)
    assert [publication.revision_id for publication in rows(outlet, Publication)] == [other.id]


def test_a_fault_in_what_one_author_asks_stops_no_other_author(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    opus, sonnet = a_public_piece(outlet), a_public_piece(outlet, "It shone.\n", author="sonnet")
    waits = a_piece(outlet, "It snowed.\n"), a_piece(outlet, "It thawed.\n", author="sonnet")
    a_session(outlet, [DONE])
    withdraw = {"asks": Asks.WITHDRAW}
    asks(outlet, withdraw | {"piece_id": opus.piece_id}, withdraw | {"piece_id": sonnet.piece_id, "author_id": 2})

    def breaks(db: Session, newest: Revision, *given: Any, **facts: Any) -> Withdrawal:
        if newest.piece_id == opus.piece_id:
            raise ZeroDivisionError
        return take_back(db, newest, *given, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(standing, "take_back", breaks)
        assert standing.heed(outlet) == 1
        assert is_down(outlet, sonnet.piece_id)
        with pytest.raises(Refused, match="the log says what stands in the way"):
            publishes(outlet, waits[0])
        publishes(outlet, waits[1])
    assert standing.heed(outlet) == 1
    assert is_down(outlet, opus.piece_id)


@pytest.mark.parametrize("how", ["workflow", "command"])
def test_no_edition_is_built_before_what_the_author_asked_is_applied(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    public = a_public_piece(outlet)
    edition.build(outlet)
    a_session(outlet, [DONE])
    asks(outlet, {"asks": Asks.WITHDRAW, "piece_id": public.piece_id})
    if how == "workflow":
        Pipeline(outlet, DirectEngine()).publish()
    else:
        monkeypatch.setattr("agent.cli.site.open_outlet", lambda _: outlet)
        build.main([], standalone_mode=False)
    assert not (outlet.settings.at(outlet.settings.public) / f"pieces/{public.piece_id}.md").exists()


@pytest.mark.parametrize("what", [Asks.WITHDRAW, Asks.APPEAL])
def test_a_request_that_has_nothing_to_apply_to_any_more_is_kept_as_moot_and_stops_no_other(
    outlet: Outlet, what: Asks
) -> None:
    vetoed = a_vetoed_piece(outlet)
    a_session(outlet, [DONE])
    actions.erase(outlet, vetoed.piece_id, "ada", second="ben", reason=WHY)
    asks(
        outlet,
        {"asks": what, "piece_id": vetoed.piece_id},
        {"asks": Asks.CONSENT, "publish": Publish.NO, "scope": Scope.NEW},
    )
    assert standing.heed(outlet) == 2
    assert [(moot.request_id, moot.why) for moot in rows(outlet, Moot)] == [(1, "Piece 1 was erased.")]
    with outlet.database.read() as db:
        holds = consent_of(db, 1)
    assert holds is not None
    assert holds.publish is Publish.NO
    assert standing.heed(outlet) == 0, "and it is not looked at again"


def test_the_same_asked_twice_is_done_once(outlet: Outlet) -> None:
    vetoed = a_vetoed_piece(outlet)
    a_session(outlet, [DONE])
    appeal, withdrawal = ({"asks": what, "piece_id": vetoed.piece_id} for what in (Asks.APPEAL, Asks.WITHDRAW))
    asks(outlet, appeal, appeal, withdrawal, withdrawal)
    standing.heed(outlet)
    assert len(rows(outlet, Appeal)) == len(rows(outlet, Withdrawal)) == 1
    assert [moot.why for moot in rows(outlet, Moot)] == [
        "There is an appeal about this veto of piece 1 already.",
        "Piece 1 is withdrawn by its author already.",
    ]


@pytest.mark.slow
def test_those_that_apply_requests_at_once_apply_each_once(outlet: Outlet) -> None:
    public = [a_public_piece(outlet, f"It rained {n} times.\n") for n in range(3)]
    a_session(outlet, [DONE])
    asks(outlet, *({"asks": Asks.WITHDRAW, "piece_id": revision.piece_id} for revision in public))
    assert sum(at_once(outlet, lambda _: standing.heed(outlet), range(3))) == 3
    assert [w.piece_id for w in rows(outlet, Withdrawal)] == [revision.piece_id for revision in public]


# The staff's own withdrawals, beside these


def test_a_withdrawal_by_staff_reaches_what_was_public_and_no_later_revision(
    outlet: Outlet, clock: MovableClock
) -> None:
    first = a_public_piece(outlet)
    facts = {"ground": "personal-data", "reason": WHY}
    waits = actions.withdraw(outlet, first.piece_id, "ada", WithdrawnBy.STAFF, **facts)
    actions.withdraw(outlet, first.piece_id, "ada", WithdrawnBy.URGENT, **facts)
    assert is_down(outlet, first.piece_id)
    a_session(outlet, [tool_reply("revise", piece=first.piece_id, text="Without the name."), DONE])
    publishes(outlet, rows(outlet, Revision)[-1], "ben")
    assert not is_down(outlet, first.piece_id)
    with outlet.database.read() as db:
        assert withdrawals(db) == []
    with pytest.raises(Refused, match="Revision 2 is public now"):
        actions.confirm(outlet, waits, "ben", reason=WHY)
    # It is another text: one person may act at once again, and its author may, too.
    actions.withdraw(outlet, first.piece_id, "ada", WithdrawnBy.URGENT, **facts)
    assert is_down(outlet, first.piece_id)
    a_session(outlet, [withdraws(first.piece_id), DONE])
    clock.forward(hours=73)
    assert actions.reinstate(outlet) == 2
    assert is_down(outlet, first.piece_id), "what its author withdrew does not come back"


@pytest.mark.slow
def test_an_urgent_withdrawal_that_several_end_at_once_ends_once(outlet: Outlet, clock: MovableClock) -> None:
    first = a_public_piece(outlet)
    actions.withdraw(outlet, first.piece_id, "ada", WithdrawnBy.URGENT, ground="personal-data", reason=WHY)
    clock.forward(hours=72)
    assert sum(at_once(outlet, lambda _: actions.reinstate(outlet), range(3))) == 1
