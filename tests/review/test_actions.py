"""The one door for verdicts, withdrawals and erasures: what it refuses, and what it leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, col, delete, func, select, update

from agent.errors import AfterwordError, Refused, UnknownUser
from agent.outlet import Outlet
from agent.pipeline import Pipeline
from agent.queries import withdrawal_of
from agent.record import record_of, text_of
from agent.review import actions
from agent.review.actions import Said, Span
from agent.review.bar import Decision
from agent.review.queue import queue, withdrawals
from agent.tables import (
    Basis,
    Blob,
    CheckRun,
    Confirmation,
    Consent,
    Erasure,
    Flag,
    Level,
    Publication,
    Publish,
    Reinstatement,
    Rendering,
    Review,
    Revision,
    Turn,
    Verdict,
    Veto,
    Withdrawal,
    WithdrawnBy,
)
from agent.testing import DirectEngine, MovableClock, a_piece, a_session, tool_reply
from tests.review.a_desk_of_two import at_once, author_says

WHY = "It names a private person."
VETO = Said(ground="personal-data", span=Span(0, 2), reason=WHY)


def says(
    outlet: Outlet, revision: Revision, reviewer: str, verdict: Verdict, said: Said | None = None, **changes: Any
) -> Decision:
    given = {"record_sha256": revision.record_sha256} | changes
    return actions.review(outlet, revision.id, reviewer, verdict, said=said, **given)


def publishes(outlet: Outlet, revision: Revision, reviewer: str = "ada", **answers: dict[int, str]) -> Decision:
    return says(outlet, revision, reviewer, Verdict.PUBLISH, Said(**answers))


def vetoes(outlet: Outlet, revision: Revision, reviewer: str = "ada") -> Decision:
    return says(outlet, revision, reviewer, Verdict.VETO, VETO)


def a_flag(outlet: Outlet, revision: Revision, level: Level) -> int:
    with outlet.database.write() as db:
        runs = db.exec(select(func.count()).select_from(CheckRun)).one()
        name = f"test {runs}"
        run = CheckRun(revision_id=revision.id, check=name, version="1", at=outlet.now())
        db.add(run)
        db.flush()
        about = {"check": name, "category": "test", "start": 0, "end": 2, "quote": "It", "why": "Look."}
        flag = Flag(run_id=run.id, revision_id=revision.id, level=level, **about)
        db.add(flag)
        db.flush()
        return flag.id


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table)))


@pytest.fixture
def revision(outlet: Outlet) -> Revision:
    """A piece that waits for people."""
    return a_piece(outlet)


@pytest.fixture
def public(outlet: Outlet, revision: Revision) -> Revision:
    """A piece that Ada published."""
    publishes(outlet, revision)
    return revision


# Verdicts


def test_one_reviewer_can_publish(outlet: Outlet, revision: Revision) -> None:
    assert publishes(outlet, revision) is Decision.PUBLISHED
    (publication,) = rows(outlet, Publication)
    assert (publication.revision_id, publication.path, publication.reviewers) == (revision.id, "pieces/1", 1)
    assert [review.record_sha256 for review in rows(outlet, Review)] == [revision.record_sha256]


def test_one_veto_waits_and_two_stand(outlet: Outlet, revision: Revision) -> None:
    assert vetoes(outlet, revision, "ada") is Decision.VETO_WAITS
    assert rows(outlet, Veto) == []
    assert vetoes(outlet, revision, "ben") is Decision.VETOED
    assert [(veto.revision_id, veto.ground) for veto in rows(outlet, Veto)] == [(revision.id, "personal-data")]
    assert rows(outlet, Publication) == []


def test_a_second_reviewer_who_publishes_publishes_and_the_veto_stays_on_record(
    outlet: Outlet, revision: Revision
) -> None:
    vetoes(outlet, revision, "ada")
    assert publishes(outlet, revision, "ben") is Decision.PUBLISHED
    assert [(r.reviewer, r.verdict, r.ground, r.reason) for r in rows(outlet, Review)] == [
        ("ada", Verdict.VETO, "personal-data", WHY),
        ("ben", Verdict.PUBLISH, "", ""),
    ]
    assert rows(outlet, Publication)[0].reviewers == 1


def test_an_escalation_asks_a_question_and_leaves_the_revision_open(outlet: Outlet, revision: Revision) -> None:
    said = Said(reason="Is the person invented?")
    assert says(outlet, revision, "ada", Verdict.ESCALATE, said) is Decision.ESCALATED
    assert publishes(outlet, revision, "ben") is Decision.PUBLISHED


def refused_verdicts(outlet: Outlet, revision: Revision) -> dict[str, Callable[[], object]]:
    def veto(**changes: Any) -> Callable[[], object]:
        return lambda: says(outlet, revision, "ada", Verdict.VETO, replace(VETO, **changes))

    return {
        "its hash differs": lambda: says(outlet, revision, "ada", Verdict.PUBLISH, record_sha256="0" * 64),
        "no revision 99": lambda: actions.review(outlet, 99, "ada", Verdict.PUBLISH, record_sha256="x"),
        'called "cy" may': lambda: publishes(outlet, revision, "cy"),
        '"dull" is not on the public list': veto(ground="dull"),
        "Name a ground from the public list": veto(ground=""),
        "reason for this veto": veto(reason="  short   "),
        "names the passage": veto(span=None),
        "names the passage ": veto(span=Span(0, 0)),
        "names the passage it": veto(span=Span(-1, 2)),
        "names the passage it is": veto(span=Span(0, 99)),
        "reason for this escalation": lambda: says(outlet, revision, "ada", Verdict.ESCALATE),
    }


@pytest.mark.parametrize("words", refused_verdicts(None, None))
def test_a_verdict_without_what_it_needs_is_refused_and_not_stored(
    outlet: Outlet, revision: Revision, words: str
) -> None:
    with pytest.raises((Refused, UnknownUser)) as caught:
        refused_verdicts(outlet, revision)[words]()
    assert words.strip() in str(caught.value)
    assert rows(outlet, Review) == []


def test_nobody_counts_twice(outlet: Outlet, revision: Revision) -> None:
    vetoes(outlet, revision)
    with pytest.raises(Refused, match="You gave a veto already"):
        vetoes(outlet, revision)
    assert len(rows(outlet, Review)) == 1


WORDS = {Decision.PUBLISHED: "published", Decision.VETOED: "held back"}


@pytest.mark.parametrize("last", [publishes, vetoes])
def test_nothing_is_said_after_a_final_verdict(
    outlet: Outlet, revision: Revision, last: Callable[[Outlet, Revision, str], Decision]
) -> None:
    vetoes(outlet, revision, "ada")
    stands = last(outlet, revision, "ben")
    with pytest.raises(Refused, match=f"{WORDS[stands]} already"):
        publishes(outlet, revision, "ada")
    assert len(rows(outlet, Review)) == 2


def test_only_the_newest_revision_is_reviewed(outlet: Outlet, revision: Revision) -> None:
    session = a_session(outlet, [tool_reply("decline")])
    with outlet.database.write() as db:
        db.add(Revision(**revision.model_dump(exclude={"id"}) | {"number": 2, "session_id": session}))
    with pytest.raises(Refused, match="has sent revision 2 since"):
        publishes(outlet, revision)


@pytest.mark.slow
def test_two_reviewers_at_once_are_both_heard_and_agree_on_what_stands(both: Outlet) -> None:
    revision = a_piece(both)
    found = at_once(both, lambda reviewer: vetoes(both, revision, reviewer), ["ada", "ben"])
    assert set(found) == {Decision.VETO_WAITS, Decision.VETOED}
    assert len(rows(both, Veto)) == 1


@pytest.mark.slow
def test_of_two_who_publish_at_once_one_is_told_that_it_is_done(both: Outlet) -> None:
    revision = a_piece(both)

    def publish(reviewer: str) -> str:
        try:
            return publishes(both, revision, reviewer)
        except Refused as error:
            return str(error)

    found = sorted(at_once(both, publish, ["ada", "ben"]))
    assert found == ["This revision is published already. Your verdict was not stored.", "published"]
    assert len(rows(both, Publication)) == len(rows(both, Review)) == 1


# Flags and consent


def test_each_look_flag_is_answered_by_whoever_publishes(outlet: Outlet, revision: Revision) -> None:
    first, second = a_flag(outlet, revision, Level.LOOK), a_flag(outlet, revision, Level.LOOK)
    with pytest.raises(Refused, match=rf"answer each flag .* Open: {second}\."):
        publishes(outlet, revision, answers={first: "It is a quotation.", second: "  "})
    assert publishes(outlet, revision, answers={second: " Meant so. ", first: "A quotation."}) is Decision.PUBLISHED
    assert rows(outlet, Review)[0].answers == [
        {"flag": first, "words": "A quotation."},
        {"flag": second, "words": "Meant so."},
    ]


def test_a_stop_flag_takes_two_who_publish(outlet: Outlet, revision: Revision) -> None:
    a_flag(outlet, revision, Level.STOP)
    assert publishes(outlet, revision, "ada") is Decision.SECOND
    assert rows(outlet, Publication) == []
    assert publishes(outlet, revision, "ben") is Decision.PUBLISHED
    assert rows(outlet, Publication)[0].reviewers == 2


def test_nothing_is_published_before_the_checks_have_looked(outlet: Outlet, revision: Revision) -> None:
    with outlet.database.write() as db:
        for table in ("checkrun", "flag"):
            db.connection().exec_driver_sql(f"DROP TRIGGER {table}_refuses_delete")
        db.exec(delete(Flag))
        db.exec(delete(CheckRun))
    with pytest.raises(Refused, match="checks have not looked"):
        publishes(outlet, revision)
    assert vetoes(outlet, revision) is Decision.VETO_WAITS


def test_a_flag_that_comes_later_does_not_open_a_final_verdict_again(outlet: Outlet, public: Revision) -> None:
    a_flag(outlet, public, Level.STOP)
    with pytest.raises(Refused, match="published already"):
        vetoes(outlet, public, "ben")


@pytest.mark.parametrize(
    ("answer", "words"),
    [(Publish.NO, "Its author said no"), (Publish.ASK, "wishes to be asked each time, and has not said yes")],
)
def test_nothing_is_published_against_its_authors_word(
    outlet: Outlet, revision: Revision, answer: Publish, words: str
) -> None:
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=answer, basis=Basis.ASKED, words="Not yet.", at=outlet.now()))
    with pytest.raises(Refused, match=words):
        publishes(outlet, revision)


@pytest.mark.parametrize("verdict", [Verdict.VETO, Verdict.ESCALATE])
def test_nobody_decides_about_what_its_author_said_no_to(outlet: Outlet, revision: Revision, verdict: Verdict) -> None:
    author_says(outlet, "no", "new")
    with pytest.raises(Refused, match=r"Its author said no\. Nothing is left to decide"):
        says(outlet, revision, "ada", verdict, VETO)
    assert rows(outlet, Review) == []


def test_nothing_is_published_while_its_author_has_said_nothing(outlet: Outlet, revision: Revision) -> None:
    with outlet.database.write() as db:
        db.connection().exec_driver_sql("DROP TRIGGER consent_refuses_delete")
        db.exec(delete(Consent))
    with pytest.raises(Refused, match="its author was not asked yet"):
        publishes(outlet, revision)


def test_bytes_that_do_not_match_their_hash_are_not_reviewed(outlet: Outlet, revision: Revision) -> None:
    with outlet.database.write() as db:
        db.connection().exec_driver_sql("DROP TRIGGER blob_refuses_update")
        db.exec(update(Blob).where(col(Blob.id) == revision.text_blob_id).values(data=b"It shone."))
    with pytest.raises(AfterwordError, match="cannot be published"):
        publishes(outlet, revision)
    assert rows(outlet, Review) == rows(outlet, Publication) == []


def test_no_action_takes_a_text() -> None:
    import inspect

    doors = [actions.review, actions.rule, actions.withdraw, actions.confirm, actions.reinstate, actions.erase]
    assert {name for door in doors for name in inspect.signature(door).parameters} & {"text", "title", "html"} == set()


def test_no_word_of_the_author_stands_in_an_address(outlet: Outlet, public: Revision) -> None:
    with outlet.database.read() as db:
        assert db.exec(select(Publication.path)).one() == f"pieces/{public.piece_id}"


@pytest.mark.parametrize("quote", ["", "  ", "It snowed"])
def test_a_passage_is_found_exactly_or_refused(quote: str) -> None:
    assert actions.find_span("It rained.", "rained") == Span(3, 9)
    with pytest.raises(Refused, match="does not stand in the text"):
        actions.find_span("It rained.", quote)


# Withdrawals


def down(outlet: Outlet, piece: int = 1) -> bool:
    with outlet.database.read() as db:
        return withdrawal_of(db, piece) is not None


def takes_down(outlet: Outlet, by: WithdrawnBy = WithdrawnBy.URGENT, actor: str = "ada", **changes: str) -> int:
    given = {"ground": "personal-data", "reason": WHY} | changes
    return actions.withdraw(outlet, 1, actor, by, **given)


def test_a_withdrawal_by_staff_waits_for_a_second_person(outlet: Outlet, public: Revision) -> None:
    withdrawal = takes_down(outlet, WithdrawnBy.STAFF, ground="claim")
    assert not down(outlet)
    with pytest.raises(Refused, match="second person"):
        actions.confirm(outlet, withdrawal, "ada", reason=WHY)
    actions.confirm(outlet, withdrawal, "ben", reason=WHY)
    assert down(outlet)


def test_one_person_takes_down_at_once_what_is_urgent_and_it_returns_after_72_hours(
    outlet: Outlet, clock: MovableClock, public: Revision
) -> None:
    takes_down(outlet)
    clock.forward(hours=71.9)
    assert (actions.reinstate(outlet), down(outlet)) == (0, True)
    clock.forward(hours=0.1)
    assert (actions.reinstate(outlet), down(outlet)) == (1, False)
    assert actions.reinstate(outlet) == 0
    assert len(rows(outlet, Reinstatement)) == 1


def test_the_sweep_brings_a_piece_back_though_nothing_else_happens(
    outlet: Outlet, clock: MovableClock, public: Revision
) -> None:
    takes_down(outlet)
    engine = DirectEngine()
    pipeline = Pipeline(outlet, engine)
    pipeline.sweep()
    clock.forward(hours=72)
    before = len(engine.enqueued)
    pipeline.sweep()
    assert not down(outlet)
    assert [work.split(":")[0] for _, work, _ in engine.enqueued[before:]] == ["publish"]


def test_a_confirmed_urgent_withdrawal_stays(outlet: Outlet, clock: MovableClock, public: Revision) -> None:
    actions.confirm(outlet, takes_down(outlet), "ben", reason=WHY)
    clock.forward(hours=100)
    assert (actions.reinstate(outlet), down(outlet)) == (0, True)


def test_a_confirmation_that_comes_too_late_is_refused(outlet: Outlet, clock: MovableClock, public: Revision) -> None:
    withdrawal = takes_down(outlet)
    clock.forward(hours=72)
    with pytest.raises(Refused, match="72 hours have passed"):
        actions.confirm(outlet, withdrawal, "ben", reason=WHY)
    actions.reinstate(outlet)
    with pytest.raises(Refused, match="72 hours have passed"):
        actions.confirm(outlet, withdrawal, "ben", reason=WHY)


def test_nobody_keeps_a_piece_down_alone_again_and_again(outlet: Outlet, clock: MovableClock, public: Revision) -> None:
    takes_down(outlet)
    clock.forward(hours=72)
    actions.reinstate(outlet)
    with pytest.raises(Refused, match="second person has to agree"):
        takes_down(outlet)
    actions.confirm(outlet, takes_down(outlet, WithdrawnBy.STAFF), "ben", reason=WHY)
    assert down(outlet)


@pytest.mark.parametrize(
    ("by", "changes", "words"),
    [
        (WithdrawnBy.URGENT, {"ground": "claim"}, "One person alone may take a piece down only for"),
        (WithdrawnBy.STAFF, {"ground": "dull"}, "not on the public list"),
        (WithdrawnBy.STAFF, {"reason": "short"}, "reason for this withdrawal"),
        (WithdrawnBy.STAFF, {"actor": "cy"}, 'called "cy" may'),
        (WithdrawnBy.URGENT, {"actor": "opus"}, 'called "opus" may'),
    ],
)
def test_a_withdrawal_without_what_it_needs_is_refused(
    outlet: Outlet, public: Revision, by: WithdrawnBy, changes: dict[str, str], words: str
) -> None:
    with pytest.raises((Refused, UnknownUser), match=words):
        takes_down(outlet, by, **changes)
    assert rows(outlet, Withdrawal) == []


def test_what_is_not_public_cannot_be_taken_down(outlet: Outlet, revision: Revision) -> None:
    with pytest.raises(Refused, match="is not public"):
        takes_down(outlet)


@pytest.mark.parametrize("by", [WithdrawnBy.STAFF, WithdrawnBy.URGENT])
def test_what_its_author_took_down_is_not_taken_down_again(outlet: Outlet, public: Revision, by: WithdrawnBy) -> None:
    a_session(outlet, [tool_reply("withdraw", piece=public.piece_id), tool_reply("decline")])
    with pytest.raises(Refused, match="is down already: its author took it down"):
        takes_down(outlet, by)
    assert [row.by for row in rows(outlet, Withdrawal)] == [WithdrawnBy.AUTHOR]


def test_a_withdrawal_is_confirmed_once_by_someone_known_and_with_a_reason(outlet: Outlet, public: Revision) -> None:
    withdrawal = takes_down(outlet, WithdrawnBy.STAFF)
    with pytest.raises(Refused, match="no withdrawal 99"):
        actions.confirm(outlet, 99, "ben", reason=WHY)
    with pytest.raises(UnknownUser):
        actions.confirm(outlet, withdrawal, "cy", reason=WHY)
    with pytest.raises(Refused, match="reason for this confirmation"):
        actions.confirm(outlet, withdrawal, "ben", reason="")
    actions.confirm(outlet, withdrawal, "ben", reason=WHY)
    with pytest.raises(Refused, match="confirmed already"):
        actions.confirm(outlet, withdrawal, "ben", reason=WHY)
    assert len(rows(outlet, Confirmation)) == 1


# Erasure


def test_an_erasure_empties_every_byte_of_a_piece_and_says_who_and_why(outlet: Outlet) -> None:
    other = a_piece(outlet, "It shone.\n", title="Sun")
    revision = a_piece(outlet)
    a_flag(outlet, revision, Level.LOOK)
    assert actions.erase(outlet, revision.piece_id, "ada", second="ben", reason=WHY) == 4
    with outlet.database.read() as db:
        assert text_of(db, revision) is record_of(db, revision) is None
        assert text_of(db, other) == "It shone.\n"
        turns = select(Blob.data).join(Turn).where(Turn.session_id == revision.session_id)
        assert db.exec(turns).all() == [None, None]
        assert set(db.exec(select(Flag.quote).where(Flag.revision_id == revision.id))) == {""}
        assert [r.text_sha256 for r in db.exec(select(Rendering))] == [other.text_sha256]
        assert {(e.actor, e.reason) for e in db.exec(select(Erasure))} == {("ada, ben", WHY)}
    assert revision.text_sha256 == rows(outlet, Revision)[-1].text_sha256


def test_no_word_of_an_erased_piece_is_left_in_any_file_of_the_database(outlet: Outlet, tmp_path: Path) -> None:
    revision = a_piece(outlet, "Zanzibarian rain, " * 20, title="Zanzibarian")
    assert any(b"Zanzibarian" in file.read_bytes() for file in tmp_path.glob("afterword.db*"))
    actions.erase(outlet, revision.piece_id, "ada", second="ben", reason=WHY)
    outlet.database.close()
    assert [file.name for file in tmp_path.glob("afterword.db*") if b"Zanzibarian" in file.read_bytes()] == []


def test_a_rendering_that_another_piece_needs_is_kept(outlet: Outlet, revision: Revision) -> None:
    a_piece(outlet)
    actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    assert len(rows(outlet, Rendering)) == 1


def test_a_public_piece_is_withdrawn_before_it_is_erased(outlet: Outlet, public: Revision) -> None:
    with pytest.raises(Refused, match="Withdraw it first"):
        actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    takes_down(outlet)
    assert actions.erase(outlet, 1, "ada", second="ben", reason=WHY) == 4
    for piece, words in ((1, "erased already"), (77, "no piece 77")):
        with pytest.raises(Refused, match=words):
            actions.erase(outlet, piece, "ada", second="ben", reason=WHY)
    log = outlet.settings.folder / "afterword.db-wal"
    assert not log.exists() or b"It rained" not in log.read_bytes(), "no older copy is left behind"


def test_an_erasure_needs_a_reason(outlet: Outlet, revision: Revision) -> None:
    with pytest.raises(Refused, match="reason for this erasure"):
        actions.erase(outlet, 1, "ada", second="ben", reason="")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_was_erased_gets_no_verdict(outlet: Outlet, revision: Revision, verdict: Verdict) -> None:
    actions.erase(outlet, 1, "ada", second="ben", reason=WHY)
    with pytest.raises(Refused, match="was erased"):
        says(outlet, revision, "ada", verdict, VETO)
    assert rows(outlet, Review) == []


# What waits for people


def test_the_queue_shows_what_waits_oldest_first_and_forgets_what_is_decided(
    outlet: Outlet, clock: MovableClock
) -> None:
    first = a_piece(outlet)
    clock.forward(hours=1)
    second = a_piece(outlet, "It shone.\n", title="Sun")
    a_flag(outlet, second, Level.NOTE)
    a_flag(outlet, second, Level.STOP)
    vetoes(outlet, first)
    with outlet.database.read() as db:
        waiting = queue(db)
    assert [(w.revision, w.name, w.stands, w.publishes_needed) for w in waiting] == [
        (1, "Rain", Decision.VETO_WAITS, 1),
        (2, "Sun", Decision.WAITING, 2),
    ]
    assert waiting[1].worst == "stop"
    vetoes(outlet, first, "ben")
    actions.erase(outlet, second.piece_id, "ada", second="ben", reason=WHY)
    with outlet.database.read() as db:
        assert queue(db) == []


def test_a_withdrawal_waits_in_the_open_until_it_is_confirmed_or_ends(
    outlet: Outlet, clock: MovableClock, public: Revision
) -> None:
    def waiting() -> list[int]:
        with outlet.database.read() as db:
            return [withdrawal.withdrawal for withdrawal in withdrawals(db)]

    by_staff, urgent = takes_down(outlet, WithdrawnBy.STAFF), takes_down(outlet)
    assert waiting() == [by_staff, urgent]
    actions.confirm(outlet, by_staff, "ben", reason=WHY)
    assert waiting() == [urgent]
    clock.forward(hours=72)
    actions.reinstate(outlet)
    assert waiting() == []


@pytest.mark.parametrize(("second", "words"), [("ada", "takes two people"), ("cy", 'called "cy"')])
def test_an_erasure_takes_two_of_the_staff(outlet: Outlet, revision: Revision, second: str, words: str) -> None:
    with pytest.raises(AfterwordError, match=words):
        actions.erase(outlet, revision.piece_id, "ada", second=second, reason=WHY)


def test_who_escalated_has_handed_it_on(outlet: Outlet, revision: Revision) -> None:
    said = actions.Said(reason="Is this a quotation?")
    assert (
        actions.review(outlet, revision.id, "ada", Verdict.ESCALATE, record_sha256=revision.record_sha256, said=said)
        is Decision.ESCALATED
    )
    with pytest.raises(Refused, match="Someone else decides now"):
        publishes(outlet, revision, "ada")
    assert publishes(outlet, revision, "ben") is Decision.PUBLISHED
