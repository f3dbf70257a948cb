"""Second looks: who may give one, at what, and what it is compared with."""

import hashlib
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from agent.errors import Refused, UnknownUser
from agent.outlet import Outlet
from agent.review import actions, second
from agent.review.second import first_of, is_drawn, look, wanted
from agent.tables import Piece, Publication, Revision, SecondLook, Verdict, WithdrawnBy
from agent.testing import a_piece
from tests.publish.works import appeal
from tests.review.a_desk_of_two import a_public_piece, a_vetoed_piece, at_once, author_says, publishes, rows, says

PUBLISH, VETO, ESCALATE = Verdict.PUBLISH, Verdict.VETO, Verdict.ESCALATE


@pytest.fixture
def three(both: Outlet) -> Outlet:
    """Ada, Ben and Dot; every decided piece is drawn."""
    return with_share(both, 1.0)


def with_share(outlet: Outlet, share: float, undo_minutes: float = 0) -> Outlet:
    facts = {"reviewers": ["ada", "ben", "dot", "cleo"], "blind_share": share, "undo_minutes": undo_minutes}
    return replace(outlet, settings=outlet.settings.model_copy(update=facts))


def waits_for(outlet: Outlet, reviewer: str) -> list[int]:
    with outlet.database.read() as db:
        return sorted(row.revision for row in wanted(db, outlet, reviewer))


def looks(outlet: Outlet, revision: Revision, reviewer: str, verdict: Verdict = PUBLISH, **facts: str) -> None:
    """Give a second look at what is stored."""
    look(outlet, revision.id, reviewer, verdict, **({"record_sha256": revision.record_sha256} | facts))


def test_what_was_decided_waits_for_those_who_gave_no_verdict(three: Outlet) -> None:
    public, held, _ = a_public_piece(three), a_vetoed_piece(three), a_piece(three)
    assert waits_for(three, "ada") == []
    assert waits_for(three, "ben") == [public.id]
    assert waits_for(three, "dot") == [public.id, held.id]


def test_a_look_is_given_once_and_decides_nothing(three: Outlet) -> None:
    public = a_public_piece(three)
    looks(three, public, "ben", VETO, ground="law", reason="A court has said so.")
    [given] = rows(three, SecondLook)
    assert (given.reviewer, given.verdict, given.ground, given.reason) == ("ben", VETO, "law", "A court has said so.")
    assert given.record_sha256 == public.record_sha256
    assert len(rows(three, Publication)) == 1
    assert waits_for(three, "dot") == []
    with pytest.raises(Refused, match="given the second look at this text already"):
        looks(three, public, "dot")


def test_of_two_who_look_at_once_one_is_told_that_it_came_too_late(three: Outlet) -> None:
    public = a_public_piece(three)

    def give(reviewer: str) -> str:
        try:
            looks(three, public, reviewer)
        except Refused as refusal:
            return str(refusal)
        return ""

    assert sorted(at_once(three, give, ["ben", "dot"])) == ["", second.GIVEN]
    assert len(rows(three, SecondLook)) == 1


def test_what_is_not_asked_for_is_refused(outlet: Outlet) -> None:
    three = with_share(outlet, 1.0)
    public, waiting = a_public_piece(three), a_piece(three)
    for revision, reviewer, verdict, facts, why in (
        (public, "ada", PUBLISH, {}, "You have spoken about this text"),
        (waiting, "ben", PUBLISH, {}, "not among those"),
        (public, "ben", PUBLISH, {"record_sha256": "0" * 64}, "not the text you read"),
        (public, "ben", ESCALATE, {}, "publish or veto"),
        (public, "ben", VETO, {"reason": "A court has said so."}, "Name a ground"),
        (public, "ben", VETO, {"ground": "dull", "reason": "A court has said so."}, "not on the public list"),
        (public, "ben", VETO, {"ground": "law", "reason": "no"}, "in words"),
        (public, "ben", PUBLISH, {"reason": "\x00"}, "cannot be stored"),
    ):
        with pytest.raises(Refused, match=why):
            looks(three, revision, reviewer, verdict, **facts)
    with pytest.raises(UnknownUser):
        looks(three, public, "cy")
    with pytest.raises(Refused, match="no revision 99"):
        look(three, 99, "ben", PUBLISH, record_sha256="")
    assert rows(three, SecondLook) == []


def test_nothing_is_drawn_where_the_share_is_nothing(both: Outlet) -> None:
    outlet = with_share(both, 0.0)
    a_public_piece(outlet)
    assert waits_for(outlet, "ben") == []


def test_what_is_drawn_is_what_the_hash_says(both: Outlet) -> None:
    outlet = with_share(both, 0.5)
    texts = [a_public_piece(outlet, f"It rained on day {day}.\n") for day in range(8)]
    drawn = sorted(revision.id for revision in texts if is_drawn(revision.record_sha256, 0.5))
    assert 0 < len(drawn) < len(texts)
    assert waits_for(outlet, "ben") == drawn


@given(st.binary(), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_draws_what_a_lesser_one_does(data: bytes, one: float, other: float) -> None:
    digest = hashlib.sha256(data).hexdigest()
    assert is_drawn(digest, 1)
    assert not is_drawn(digest, 0)
    assert is_drawn(digest, max(one, other)) or not is_drawn(digest, min(one, other))


def test_about_the_share_is_drawn() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(4_000)]
    assert 300 < sum(is_drawn(digest, 0.1) for digest in digests) < 500


def test_what_is_erased_withdrawn_or_unwilling_leaves_the_list(three: Outlet) -> None:
    erased = a_vetoed_piece(three)
    actions.erase(three, erased.piece_id, "ada", second="ben", reason="A court has said so.")
    down = a_public_piece(three, "It snowed.\n")
    stays = a_public_piece(three, "It thawed.\n")
    asked = actions.withdraw(three, down.piece_id, "ada", WithdrawnBy.STAFF, ground="law", reason="A court says so.")
    assert waits_for(three, "dot") == [down.id, stays.id]
    actions.confirm(three, asked, "ben", reason="I have read it, too.")
    assert waits_for(three, "dot") == [stays.id]
    author_says(three, "no")
    assert waits_for(three, "dot") == []
    for revision in (erased, down, stays):
        with pytest.raises(Refused, match="erased or withdrawn"):
            looks(three, revision, "dot")


def test_a_text_of_before_there_were_resolutions_is_not_read_again(three: Outlet) -> None:
    revision = a_piece(three)
    with three.database.write() as db:
        at: datetime = three.now()
        db.add(Publication(piece_id=revision.piece_id, revision_id=revision.id, path="pieces/1", reviewers=1, at=at))
    assert waits_for(three, "dot") == []


def test_a_look_is_compared_with_the_first_verdict_that_counts(outlet: Outlet) -> None:
    three = with_share(outlet, 1.0, undo_minutes=10)
    revision = a_piece(three)
    says(three, revision, "ada", PUBLISH)
    actions.undo(three, revision.id, "ada")
    says(three, revision, "dot", ESCALATE)
    says(three, revision, "ben", VETO)
    says(three, revision, "ada", PUBLISH)
    with three.database.read() as db:
        first = first_of(db, revision.id)
    assert first is not None
    assert (first.reviewer, first.verdict) == ("ben", VETO)


def test_who_took_a_verdict_back_has_still_read_it(outlet: Outlet) -> None:
    three = with_share(outlet, 1.0, undo_minutes=10)
    revision = a_piece(three)
    publishes(three, revision)
    actions.undo(three, revision.id, "ada")
    publishes(three, revision, "ben")
    three.now.forward(minutes=11)  # type: ignore[attr-defined]
    actions.carry_out(three)
    assert waits_for(three, "ada") == []
    assert waits_for(three, "dot") == [revision.id]


def test_a_text_with_an_open_appeal_is_offered_to_nobody_who_may_rule_on_it(three: Outlet) -> None:
    held = a_vetoed_piece(three)
    assert waits_for(three, "dot") == [held.id]
    asked = appeal(three, held)
    assert waits_for(three, "dot") == []
    with pytest.raises(Refused, match="not among those that are read again"):
        looks(three, held, "dot")
    actions.rule(three, asked.id, "cleo", overturned=False, reason="They are right about it.")
    assert waits_for(three, "dot") == [held.id]


def test_what_is_shown_blind_is_what_is_wanted(three: Outlet) -> None:
    public, held, waiting = a_public_piece(three), a_vetoed_piece(three, "It snowed.\n"), a_piece(three)
    gone = a_vetoed_piece(three, "It thawed.\n")
    actions.erase(three, gone.piece_id, "ada", second="ben", reason="A court has said so.")
    for reviewer in ("ada", "ben", "dot"):
        with three.database.read() as db:
            rows = select(Revision.id).where(
                second.is_blind(three.settings.blind_share, reviewer, revision=col(Revision.id))
            )
            pieces = select(Piece.id).where(second.is_blind(three.settings.blind_share, reviewer, piece=col(Piece.id)))
            blind, works = sorted(db.exec(rows)), sorted(db.exec(pieces))
            each = [one.id for one in (public, held, waiting, gone) if second.is_wanted(db, three, one.id, reviewer)]
        assert blind == sorted(each) == waits_for(three, reviewer)
        assert len(works) == len(blind)
