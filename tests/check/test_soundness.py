"""What a check gives back is kept only where it can be, and never so much of it that nobody reads it."""

from collections import UserDict
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from sqlmodel import select

from agent import check
from agent.check import worker
from agent.check.frame import Finding, Looked, Subject, gravest
from agent.outlet import Outlet
from agent.render import Rendered
from agent.tables import CheckRun, Flag, Level
from agent.testing import a_piece
from tests.check.test_run_checks import Scripted

TEXT = "It rained for a week, and the river came up to the door of the mill."
SOUND = Finding(Level.NOTE, "rain", 0, 2, "It rained.", {"where": "line 1"}, "personal-data")
WORDS = {1: "no text", None: "no text", "a\0b": "a sign that cannot be kept", "a\ud800b": "a sign that cannot be kept"}


def but(**wrong: Any) -> Finding:
    return replace(SOUND, **wrong)


MALFORMED: dict[str, tuple[Any, str]] = {
    "nothing": (None, "it gave back something that is no finding"),
    "a tuple": ((Level.NOTE, "rain", 0, 2, "It rained."), "it gave back something that is no finding"),
    "a start in words": (but(start="0"), "it gave a place that is no whole number"),
    "a broken end": (but(end=2.0), "it gave a place that is no whole number"),
    "no end": (but(end=None), "it gave a place that is no whole number"),
    "an end that is true": (but(end=True), "it gave a place that is no whole number"),
    "a start that is false": (but(start=False), "it gave a place that is no whole number"),
    "an end beyond all numbers": (but(end=10**30), f"it pointed at characters 0 to {10**30} of a text that has 68"),
    "a level in a word": (but(level="note"), "it gave a level that there is not"),
    "no level": (but(level=None), "it gave a level that there is not"),
    "an empty why": (but(why=""), "it gave no sentence why"),
    "a blank why": (but(why=" \n"), "it gave no sentence why"),
    "no evidence": (but(evidence=None), "it gave evidence that is not words under names"),
    "a list of evidence": (but(evidence=[("where", "line 1")]), "it gave evidence that is not words under names"),
    "a number in evidence": (but(evidence={"line": 1}), "it gave evidence that is not words under names"),
    "a number as a name": (but(evidence={1: "line"}), "it gave evidence that is not words under names"),
} | {
    f"{words!r} as {part}": (but(**{part: words}), f"it gave a {name} {'that is' if is_none else 'with'} {wrong}")
    for part, name in (("why", "sentence why"), ("category", "category"), ("ground", "ground"))
    for words, wrong in WORDS.items()
    for is_none in (wrong == "no text",)
}


def looked(findings: Any) -> Looked:
    return worker.looked(lambda _: findings, Subject(TEXT, "Rain", "end_turn", Rendered("", ()), with_form=True))


@pytest.mark.parametrize(("wrong", "fault"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_finding_that_cannot_be_kept_is_the_checks_fault(wrong: Any, fault: str) -> None:
    found = looked([SOUND, wrong])
    assert (found.findings, found.fault) == ((), fault)


@pytest.mark.parametrize("wrong", [None, 3, True])
def test_what_is_no_list_of_findings_is_the_checks_fault(wrong: Any) -> None:
    assert looked(wrong).fault == "it gave back no list of findings"


def test_findings_that_break_while_they_are_read_are_the_checks_fault() -> None:
    def some() -> Iterator[Finding]:
        yield SOUND
        raise ValueError(TEXT)

    class Broken(UserDict[str, str]):
        def keys(self) -> Any:
            raise ValueError(TEXT)

    for wrong in (some(), [but(evidence=Broken(where="line 1"))]):
        fault = looked(wrong).fault
        assert fault.startswith("it broke (ValueError at test_soundness.py:")
        assert TEXT not in fault


def test_what_is_kept_is_made_of_plain_words_and_numbers() -> None:
    class Word(str):
        pass

    odd = but(why=Word("It rained."), category=Word("rain"), evidence=MappingProxyType({Word("where"): Word("line 1")}))
    [kept] = looked(iter([odd])).findings
    assert kept == SOUND
    assert type(kept.why) is type(kept.category) is str
    assert {type(part) for pair in kept.evidence.items() for part in pair} == {str}
    assert type(kept.evidence) is dict


def test_a_sign_in_evidence_that_cannot_be_kept_is_shown_by_another() -> None:
    [kept] = looked([but(evidence={"a\0": "\ud800 rain \udfff"})]).findings
    assert kept.evidence == {"a\ufffd": "\ufffd rain \ufffd"}


def test_of_too_many_findings_the_gravest_are_kept_and_the_rest_is_counted() -> None:
    notes = [but(start=at % 60, end=at % 60 + 1) for at in range(500)]
    looks = [but(level=Level.LOOK, start=at, end=at + 1) for at in range(10)]
    stops = [but(level=Level.STOP, start=at, end=at + 1) for at in (30, 2)]
    kept = looked([*notes, *looks, *stops]).findings
    assert len(kept) == worker.MOST == 200
    assert [each.level for each in kept] == [Level.STOP] * 2 + [Level.LOOK] * 10 + [Level.NOTE] * 188
    assert [each.start for each in kept[:12]] == [2, 30, *range(10)]
    assert [each.evidence.get("not listed") for each in kept] == [None] * 199 + ["312 more"]
    assert kept[-1].evidence["where"] == "line 1"


def test_findings_that_are_not_too_many_stay_as_they_are() -> None:
    some = [SOUND, but(level=Level.STOP), but(level=Level.LOOK)] * 60
    assert list(looked(some).findings) == some
    assert gravest(some, 180) == some
    assert list(gravest(some, 1)) == [but(level=Level.STOP, evidence={"where": "line 1", "not listed": "179 more"})]


@pytest.mark.slow
def test_what_a_check_gives_back_never_breaks_the_outlet(both: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = [Scripted([SOUND, wrong], NAME=name) for name, (wrong, _) in MALFORMED.items()]
    odd = Scripted([but(evidence={"a\0": "\ud800 rain"})], NAME="odd")
    many = Scripted([SOUND] * 512, NAME="many")
    monkeypatch.setattr(check, "CHECKS", (*bad, odd, many))
    a_piece(both, TEXT)
    with both.database.read() as db:
        faults = {run.check: run.fault for run in db.exec(select(CheckRun))}
        flags = [(flag.check, flag.evidence) for flag in db.exec(select(Flag))]
    assert faults == {name: fault for name, (_, fault) in MALFORMED.items()} | {"odd": "", "many": ""}
    assert flags[0] == ("odd", {"a\ufffd": "\ufffd rain"})
    assert [name for name, _ in flags[1:]] == ["many"] * 200
    assert flags[-1] == ("many", {"where": "line 1", "not listed": "312 more"})
