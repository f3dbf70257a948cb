"""A verdict that was taken back counts nowhere and stays in the ledger; of what waits for its moment nothing public
tells."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from agent import pipeline
from agent.invite.since import news
from agent.outlet import Outlet
from agent.pausing import set_pause
from agent.publish import edition, ledger
from agent.publish.account import account
from agent.publish.facts import provenance
from agent.publish.fates import fates
from agent.publish.pieces import leaves_of
from agent.publish.verify import verify
from agent.queries import author_called
from agent.review import actions
from agent.tables import LedgerEntry, Revision
from agent.testing import MovableClock, a_piece
from tests.publish.works import a_revised, appeal, publish, rule, take_back, veto

pytestmark = pytest.mark.slow

HELD = "personal-data"


@pytest.fixture
def patient(both: Outlet) -> Outlet:
    """An outlet where a verdict can be taken back for ten minutes."""
    return replace(
        both, settings=both.settings.model_copy(update={"undo_minutes": 10.0, "reviewers": ["ada", "ben", "cleo"]})
    )


def later(outlet: Outlet, **span: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**span)


def lines(outlet: Outlet) -> list[tuple[str, dict[str, Any]]]:
    """Key and data of every line, brought up to the rows."""
    ledger.append(outlet)
    with outlet.database.read() as db:
        assert ledger.is_whole(db)
        found = db.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence))).all()
    return [(entry.event, json.loads(entry.line)["data"]) for entry in found]


def keys(outlet: Outlet) -> list[str]:
    return [key for key, _ in lines(outlet)]


def state(outlet: Outlet) -> str:
    with outlet.database.read() as db:
        return edition.state_of(outlet, db)


def public(outlet: Outlet) -> dict[str, bytes]:
    """Every public file, as an edition brings it out."""
    pipeline.build(outlet, extras=False)
    folder = outlet.settings.folder / "public"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def vetoes_in_the_dossier(outlet: Outlet) -> list[dict[str, Any]]:
    """What the first text's first piece says of vetoes in its author's own record."""
    with outlet.database.read() as db:
        author = author_called(db, "opus")
        assert author is not None
        found: list[dict[str, Any]] = account(db, author, "Afterword")["pieces"][0]["revisions"][0]["vetoes"]
    return found


def problems(outlet: Outlet) -> list[str]:
    pipeline.build(outlet, full=True, extras=False)  # Raises NotTheSame where a step missed something.
    return verify(Path(outlet.settings.folder / "public")).problems


def test_a_verdict_that_was_taken_back_stays_in_the_chain_with_a_line_that_says_so(patient: Outlet) -> None:
    revision = a_piece(patient)
    veto(patient, revision, "ada")
    assert keys(patient) == ["invited:1", "outcome:1", "verdict:1"]
    before = state(patient)
    actions.undo(patient, revision.id, "ada")
    assert state(patient) != before
    assert lines(patient)[3:] == [("undone:1", {"invitation": 1, "work": 1, "verdict": "veto", "by": "staff"})]
    assert ledger.append(patient) == 0, "once"
    publish(patient, revision, "ben")
    later(patient, minutes=10)
    assert problems(patient) == []
    assert keys(patient)[4:] == ["verdict:2", "published:1"]


def test_it_counts_nowhere(patient: Outlet) -> None:
    revision = a_piece(patient)
    veto(patient, revision, "ada")
    actions.undo(patient, revision.id, "ada")
    publish(patient, revision, "ben")
    later(patient, minutes=10)
    pipeline.build(patient, extras=False)
    with patient.database.read() as db:
        made = provenance(db, revision)
        author = author_called(db, "opus")
        assert author is not None
        told = account(db, author, "Afterword")
    assert (made.reviewers, made.vetoes, made.by_demo) == (1, 0, False)
    assert made.ledger_lines == [1, 2, 3, 4, 5, 6], "each line that speaks of it"
    assert told["pieces"][0]["revisions"][0]["vetoes"] == []
    page = (patient.settings.folder / "public" / "pieces" / "1.html").read_text()
    assert "1 reviewer; no veto" in page


def test_a_demonstration_reviewer_who_took_a_verdict_back_has_read_nothing(both: Outlet) -> None:
    settings = both.settings.model_copy(update={"undo_minutes": 10.0, "reviewers": ["demo", "ada"], "demo": True})
    outlet = replace(both, settings=settings)
    revision = a_piece(outlet)
    publish(outlet, revision, "demo")
    actions.undo(outlet, revision.id, "demo")
    publish(outlet, revision, "ada")
    later(outlet, minutes=10)
    assert actions.carry_out(outlet) == 1
    with outlet.database.read() as db:
        assert not provenance(db, revision).by_demo
        assert [leaf.by_demo for leaf in leaves_of(db, [revision.piece_id])] == [False]
    by = {key: data["by"] for key, data in lines(outlet) if "by" in data}
    assert by == {"verdict:1": "demo", "undone:1": "demo", "verdict:2": "staff"}


def test_an_author_is_told_the_reasons_that_stand_alone(patient: Outlet) -> None:
    revision = a_piece(patient)
    veto(patient, revision, "ada", reason="I misread it.")
    actions.undo(patient, revision.id, "ada")
    veto(patient, revision, "ben", "cleo", reason="It names somebody.")
    later(patient, minutes=10)
    assert actions.carry_out(patient) == 1
    with patient.database.read() as db:
        author = author_called(db, "opus")
        assert author is not None
        [told] = news(db, author, None, patient.now()).vetoed
    assert len(told.objections) == 2
    assert "misread" not in str(told.objections)


DECISIONS: dict[str, Callable[[Outlet, Revision], None]] = {
    "a publication": publish,
    "a veto by two": lambda outlet, revision: veto(outlet, revision, "ben"),
    "a publication in a month": lambda outlet, revision: publish(
        outlet, revision, at=outlet.now() + timedelta(days=30)
    ),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_nothing_public_tells_of_a_decision_that_waits_for_its_moment(patient: Outlet, decision: str) -> None:
    publish(patient, a_piece(patient, "It shone.\n"))
    later(patient, minutes=10)
    revision = a_piece(patient)
    if "veto" in decision:
        veto(patient, revision, "ada")
    before = public(patient)
    DECISIONS[decision](patient, revision)
    later(patient, minutes=9)
    assert public(patient) == before, "to the last byte"
    with patient.database.read() as db:
        [fate] = fates(db, [revision.session_id])[revision.session_id]
        author = author_called(db, "opus")
        assert author is not None
        told, said = account(db, author, "Afterword"), news(db, author, None, patient.now())
    assert fate.state == "waiting for review"
    assert told["pieces"][1]["revisions"][0]["vetoes"] == []
    assert (said.vetoed, len(said.published)) == ((), 1)
    later(patient, days=31)
    assert public(patient) != before
    assert keys(patient)[-1] == ("verdict:3" if "veto" in decision else "published:2")
    assert problems(patient) == []


def test_one_veto_that_waits_for_a_second_person_is_told_at_once_and_its_ground_is_not(patient: Outlet) -> None:
    revision = a_piece(patient)
    veto(patient, revision, "ada", reason="It names Mr Elm.")
    first = {"invitation": 1, "work": 1, "verdict": "veto", "by": "staff"}
    assert lines(patient)[2:] == [("verdict:1", first)]
    assert vetoes_in_the_dossier(patient) == []
    veto(patient, revision, "ben")
    later(patient, minutes=9)
    assert lines(patient)[3:] == [], "it can be taken back still"
    later(patient, minutes=1)
    assert actions.carry_out(patient) == 1
    assert lines(patient)[2:] == [("verdict:1", first), ("verdict:2", first | {"ground": HELD})]
    assert [veto["ground"] for veto in vetoes_in_the_dossier(patient)] == [HELD, HELD]
    assert problems(patient) == []


def test_the_ground_of_a_veto_that_came_to_nothing_is_told_to_its_author_afterwards(patient: Outlet) -> None:
    revision = a_piece(patient)
    veto(patient, revision, "ada")
    publish(patient, revision, "ben")
    assert (keys(patient)[2:], vetoes_in_the_dossier(patient)) == (["verdict:1"], [])
    later(patient, minutes=10)
    assert actions.carry_out(patient) == 1
    assert [veto["ground"] for veto in vetoes_in_the_dossier(patient)] == [HELD]
    assert HELD not in str(lines(patient))
    assert problems(patient) == []


def test_a_newer_text_does_not_tell_on_what_ground_one_person_held_the_older_one_back(patient: Outlet) -> None:
    veto(patient, a_piece(patient), "ada")
    a_revised(patient, 1, "It rained less.\n")
    assert ("verdict:1" in keys(patient), vetoes_in_the_dossier(patient)) == (True, [])
    assert HELD not in str(lines(patient))
    take_back(patient, 1, upto=2)
    assert [veto["ground"] for veto in vetoes_in_the_dossier(patient)] == [HELD], "nobody is to decide any more"


def test_what_another_reviewer_sent_back_is_told_like_what_was_taken_back(patient: Outlet) -> None:
    revision = a_piece(patient)
    publish(patient, revision, "ada")
    actions.send_back(patient, revision.id, "ben", reason="Look at zanzibar again.")
    told = {"invitation": 1, "work": 1, "verdict": "publish", "by": "staff"}
    assert lines(patient)[2:] == [("verdict:1", told), ("undone:1", told)]
    files = public(patient)
    with patient.database.read() as db:
        author = author_called(db, "opus")
        assert author is not None
        said = f"{account(db, author, 'Afterword')} {news(db, author, None, patient.now())}"
    assert not [path for path, data in files.items() if b"zanzibar" in data]
    assert "zanzibar" not in said
    publish(patient, revision, "cleo")
    later(patient, minutes=10)
    assert problems(patient) == []
    with patient.database.read() as db:
        assert provenance(db, revision).reviewers == 1
    assert keys(patient)[4:] == ["verdict:2", "published:1"]


def test_who_sent_back_a_verdict_of_a_demonstration_is_real(both: Outlet) -> None:
    settings = both.settings.model_copy(update={"undo_minutes": 10.0, "reviewers": ["demo", "ada"], "demo": True})
    outlet = replace(both, settings=settings)
    revision = a_piece(outlet)
    publish(outlet, revision, "demo")
    actions.send_back(outlet, revision.id, "ada", reason="Somebody real is to read it.")
    assert [data["by"] for _, data in lines(outlet)[2:]] == ["demo", "staff"]


def test_what_was_decided_is_told_once_it_cannot_come_about_any_more(patient: Outlet) -> None:
    revision = a_piece(patient)
    publish(patient, revision)
    assert keys(patient) == ["invited:1", "outcome:1"]
    take_back(patient, revision.piece_id)
    assert keys(patient)[2:] == ["verdict:1", "withdrawn:1"]
    assert problems(patient) == []


def test_what_a_pause_holds_up_is_told_when_it_goes_out(patient: Outlet) -> None:
    revision = a_piece(patient)
    publish(patient, revision)
    set_pause(patient, "opus", paused=True, actor="ada", reason="A test.")
    later(patient, days=3)
    actions.carry_out(patient)
    assert keys(patient) == ["invited:1", "outcome:1"]
    set_pause(patient, "opus", paused=False, actor="ada", reason="Over.")
    actions.carry_out(patient)
    assert keys(patient)[2:] == ["verdict:1", "published:1"]


def test_after_an_overturned_veto_a_verdict_waits_like_any_other(patient: Outlet) -> None:
    revision = a_piece(patient)
    veto(patient, revision, "ada", "ben")
    later(patient, minutes=10)
    actions.carry_out(patient)
    rule(patient, appeal(patient, revision), overturned=True)
    before = keys(patient)
    assert before[2:] == ["verdict:1", "verdict:2", "appealed:1", "ruled:1"]
    publish(patient, revision, "cleo")
    assert keys(patient) == before
    actions.undo(patient, revision.id, "cleo")
    assert keys(patient)[len(before) :] == ["verdict:3", "undone:3"]
