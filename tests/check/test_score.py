"""The labelled set is sound, the arithmetic of the score is right, and the checks reach their goals."""

import hashlib
import io
import json
import tarfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from agent.check.catalogue import CHECKS
from agent.check.frame import Finding, Subject
from agent.check.scoring.labelled import Labelled, labelled
from agent.check.scoring.prose import clean_prose
from agent.check.scoring.score import Score, score
from agent.cli import afterword
from agent.cli.scoring import as_json, show_score
from agent.errors import BadLabel
from agent.tables import Level

SET = Path(__file__).parents[1] / "data/checks"
UNSEEN = SET.parent / "unseen"
"""Passages by somebody who had not seen the rules: what came of them at first sight stands in the README."""
HOW = "run scripts/prose first (scripts/test does)"
GOALS = ("secrets", "personal data", "copying", "links", "markup", "degeneration")
LOCAL = {*GOALS, "quotations", "injection", "company", "people", "duplicate", "sameness"}


def lines(folder: Path, *passages: dict | str) -> Path:
    """A folder with one labelled file."""
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in passages)
    (folder / "some.jsonl").write_text(text, "utf-8")
    return folder


def passage(ident: str, text: str, expect: str = "flag", **parts: object) -> dict:
    return {"id": ident, "check": "foxes", "text": text, "expect": expect} | parts


def foxes(subject: Subject) -> list[Finding]:
    """Asks about each fox, and stops at a wolf."""
    found = []
    for word, level in (("hen", Level.NOTE), ("fox", Level.LOOK), ("wolf", Level.STOP)):
        if (start := subject.text.find(word)) >= 0:
            found.append(Finding(level, "animal", start, start + len(word), "There it goes."))
    return found


FOXES = SimpleNamespace(NAME="foxes", VERSION="1", ABOUT="Foxes.", check=foxes)


def scored(folder: Path, *passages: dict | str, check: SimpleNamespace = FOXES) -> Score:
    return score(lines(folder, *passages), [check])


# The set


@pytest.fixture(scope="module")
def the_set() -> list[Labelled]:
    return labelled(SET, sorted(LOCAL))


@pytest.mark.slow
def test_the_set_has_at_least_300_passages_about_as_many_to_flag_as_to_leave_alone(the_set: list[Labelled]) -> None:
    assert len(the_set) >= 300
    assert 0.4 < sum(each.flag for each in the_set) / len(the_set) < 0.6


@pytest.mark.slow
def test_every_local_check_has_passages_of_both_kinds(the_set: list[Labelled]) -> None:
    kinds = Counter((each.check, each.flag) for each in the_set)
    assert {name: (kinds[name, True], kinds[name, False]) for name in LOCAL if kinds[name, True] < 5} == {}
    assert {name: (kinds[name, True], kinds[name, False]) for name in LOCAL if kinds[name, False] < 5} == {}


@pytest.mark.slow
def test_a_goal_rests_on_twenty_passages_of_either_kind(the_set: list[Labelled]) -> None:
    kinds = Counter((each.check, each.flag) for each in the_set)
    assert [name for name in GOALS if min(kinds[name, True], kinds[name, False]) < 20] == []


@pytest.mark.slow
def test_no_passage_stands_in_the_set_twice_for_one_check(the_set: list[Labelled]) -> None:
    twice = Counter((each.check, repr(each.subject)) for each in the_set)
    assert [each.id for each in the_set if twice[each.check, repr(each.subject)] > 1] == []


@pytest.mark.slow
def test_on_passages_for_which_no_rule_was_made_alarms_are_seldom_false_and_none_breaks(
    the_set: list[Labelled],
) -> None:
    unseen = labelled(UNSEEN, sorted(LOCAL))
    assert len(unseen) == 240
    assert {each.id for each in unseen} & {each.id for each in the_set} == set()
    found = score(UNSEEN, CHECKS).total
    assert found.broke == ()
    assert found.precision.value > 0.9
    assert found.recall.value > 0.5


def test_nothing_in_the_files_looks_like_a_live_key() -> None:
    # What passes for one is written in parts, so that no scanner of repositories takes it for real.
    from agent.check import secrets
    from agent.render import render

    found = []
    for file in sorted([*SET.glob("*.jsonl"), *UNSEEN.glob("*.jsonl")]):
        for number, line in enumerate(file.read_text("utf-8").split("\n"), start=1):
            subject = Subject(line, "", "end_turn", rendered=render(""), with_form=True)
            found += [f"{file.name}:{number}" for each in secrets.check(subject) if each.level is Level.STOP]
    assert found == []


# Reading it


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "no JSON"),
        ("[1, 2]", "one JSON object"),
        ({"id": "a", "check": "foxes", "text": "a fox"}, "lacks expect"),
        ({"id": 1, "check": "foxes", "text": "a fox", "expect": "flag"}, "id is no text"),
        (passage("a", "a fox") | {"check": "owls"}, 'no check "owls"; there are: foxes'),
        (passage("a", "a fox", expect="maybe"), '"flag" or "clear"'),
        (passage("a", "a fox", at_least="shout"), "shout"),
        (passage("a", "a fox", quotes=["a wolf"]), 'the quote "a wolf" does not stand in the text'),
        (passage("a", "a fox", expect="clear", quotes=["a fox"]), "clear passage has no quotes"),
        (passage("a", "a fox", colour="red"), 'no "colour"'),
        (passage("a", "a fox", shown=[{"kind": "entry", "text": "x", "date": "y"}]), 'no "date"'),
        (passage("a", "a fox", facts={"age": 3}), 'facts has no "age"'),
        (passage("a", "a fox", facts={"retired_on": "never"}), "never"),
    ],
)
def test_a_bad_line_is_told_with_its_file_and_number(tmp_path: Path, line: dict | str, reason: str) -> None:
    with pytest.raises(BadLabel) as told:
        scored(tmp_path, passage("first", "a fox"), line)
    assert f"{tmp_path / 'some.jsonl'}:2" in str(told.value)
    assert reason in str(told.value)


def test_an_id_stands_once_in_the_whole_set(tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text(json.dumps(passage("one", "a fox")), "utf-8")
    with pytest.raises(BadLabel, match=r'some\.jsonl:1: the id "one" stands twice'):
        scored(tmp_path, passage("one", "a fox"))


def test_a_folder_without_passages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadLabel, match=r"no \.jsonl file"):
        score(tmp_path, [FOXES])


def test_what_is_written_in_parts_is_joined_and_other_braces_stay(tmp_path: Path) -> None:
    folder = lines(tmp_path, passage("a", "a {{f|o|x}} and a {{name}}", quotes=["{{fo|x}}"], canaries=["{{a|b}}"]))
    found = labelled(folder, ["foxes"])[0]
    assert found.subject.text == "a fox and a {{name}}"
    assert found.quotes == ((2, 5),)
    assert found.subject.canaries == ("ab",)


def test_a_passage_comes_with_all_that_a_check_is_handed(tmp_path: Path) -> None:
    facts = {"byline": "Opus", "retired_on": "2026-01-05", "began_at": "2026-11-20T09:00:00+00:00", "tools": ["submit"]}
    shown = [{"kind": "entry", "name": "Verges", "where": "https://hillpaper.example/", "text": "x", "here": True}]
    parts = {"facts": facts, "shown": shown, "earlier": [{"name": "Windows", "text": "y"}], "note": "For Ada."}
    subject = labelled(lines(tmp_path, passage("a", "a fox", **parts)), ["foxes"])[0].subject
    assert (subject.facts.byline, str(subject.facts.retired_on), subject.facts.tools) == (
        "Opus",
        "2026-01-05",
        ("submit",),
    )
    assert subject.shown[0].here
    assert (subject.earlier[0].kind, subject.earlier[0].own) == ("piece", True)
    assert subject.note == "For Ada."


# The arithmetic


def test_hits_misses_and_false_alarms_are_counted_once_a_passage(tmp_path: Path) -> None:
    found = scored(
        tmp_path,
        passage("hit", "a fox and a wolf"),
        passage("miss", "a badger"),
        passage("alarm", "a fox in a fable", expect="clear"),
        passage("clear", "a hen, which is a note", expect="clear"),
    ).checks[0]
    assert (found.precision.k, found.precision.n) == (1, 2)
    assert (found.recall.k, found.recall.n) == (1, 2)
    assert found.f1.value == 0.5
    assert found.missed == ("miss",)
    assert found.false == ("alarm",)
    assert (found.passages, found.to_flag) == (4, 2)


def test_a_flag_elsewhere_is_a_miss_and_a_false_alarm(tmp_path: Path) -> None:
    found = scored(tmp_path, passage("a", "a fox, and then a badger", quotes=["badger"])).checks[0]
    assert (found.missed, found.false) == (("a",), ("a",))


def test_each_quote_must_be_touched(tmp_path: Path) -> None:
    both, one = {"quotes": ["fox", "wolf"]}, {"quotes": ["fox", "badger"]}
    found = scored(tmp_path, passage("a", "a fox, a wolf", **both), passage("b", "a fox, a badger", **one)).checks[0]
    assert (found.missed, found.false) == (("b",), ())


@pytest.mark.parametrize(
    ("text", "at_least", "is_hit"),
    [("a hen", "note", True), ("a hen", "look", False), ("a fox", "stop", False), ("a wolf", "stop", True)],
)
def test_a_flag_counts_from_the_level_that_the_passage_names(
    tmp_path: Path, text: str, at_least: str, is_hit: bool
) -> None:
    assert (scored(tmp_path, passage("a", text, at_least=at_least)).checks[0].recall.k == 1) is is_hit


def test_a_check_that_breaks_missed_it_and_says_so(tmp_path: Path) -> None:
    def broken(subject: Subject) -> Sequence[Finding]:
        raise RuntimeError(subject.text)

    owls = SimpleNamespace(NAME="foxes", VERSION="2", ABOUT="", check=broken)
    found = scored(tmp_path, passage("a", "a fox"), check=owls).checks[0]
    assert found.missed == ("a",)
    assert found.broke[0][0] == "a"
    assert "RuntimeError" in found.broke[0][1]


def test_f1_lies_between_precision_and_recall_within_its_interval(tmp_path: Path) -> None:
    foxes_and_badgers = [passage(f"p{n}", "a fox" if n % 5 else "a badger") for n in range(40)]
    found = scored(tmp_path, *foxes_and_badgers, passage("q", "a fox", expect="clear")).checks[0]
    precision, recall, f1 = found.precision.value, found.recall.value, found.f1
    assert f1.value == pytest.approx(2 * precision * recall / (precision + recall))
    assert f1.low < f1.value < f1.high


def test_the_interval_of_f1_has_a_width_where_everything_was_right(tmp_path: Path) -> None:
    f1 = scored(tmp_path, *(passage(f"p{n}", "a fox") for n in range(10))).checks[0].f1
    assert (f1.value, f1.high) == (1.0, 1.0)
    assert 0.7 < f1.low < 0.9


def test_without_anything_to_flag_there_is_no_figure(tmp_path: Path) -> None:
    found = scored(tmp_path, passage("a", "a badger", expect="clear")).checks[0]
    assert (found.precision.value, found.recall.value, found.f1.value) == (None, None, None)


# Clean prose


WINTER = {
    "package": "@books/winter",
    "version": "1.0.0",
    "archive": "winter.tgz",
    "sha256": "0" * 64,
    "files": ["*.txt"],
    "author": "Cy",
    "title": "Winter",
    "licence": "public domain",
}


def test_prose_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "prose.json").write_text(json.dumps([WINTER]), "utf-8")
    assert "scripts/prose fetches it" in clean_prose(tmp_path).missing[0]
    (tmp_path / "prose").mkdir()
    (tmp_path / "prose/winter.tgz").write_bytes(b"another")
    assert "not the file that was named" in clean_prose(tmp_path).missing[0]
    assert scored(tmp_path, passage("a", "a fox")).checks[0].alarms.value is None


def test_every_flag_on_clean_prose_is_a_false_alarm_and_a_note_is_none(tmp_path: Path) -> None:
    book = ("A fox met a hen by the weir. " + "The water went by, and nothing was said. " * 190 + "\n\n") * 2
    archive = tmp_path / "prose/winter.tgz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as opened:
        for name in ("package/chapter_10.txt", "package/chapter_9.txt", "package/LICENSE"):
            entry = tarfile.TarInfo(name)
            entry.size = len(book)
            opened.addfile(entry, io.BytesIO(book.encode()))
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    work = WINTER | {"sha256": sha256, "files": ["package/chapter_*.txt"]}
    (tmp_path / "prose.json").write_text(json.dumps([work]), "utf-8")
    found = scored(tmp_path, passage("a", "a fox"))
    assert found.prose.words == 2 * len(book.split())
    assert [each.where for each in found.alarms] == [
        f"Winter, chapter_{chapter}, passage {part}" for chapter in (9, 10) for part in (1, 2)
    ]
    assert (found.total.alarms.k, found.total.notes.k) == (4, 4)


def test_a_list_of_prose_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "prose.json").write_text('[{"title": "Winter"}]', "utf-8")
    with pytest.raises(BadLabel, match=r"prose\.json: it is no list of works"):
        clean_prose(tmp_path)


# Printed


def test_the_table_names_what_went_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_score(scored(tmp_path, passage("miss", "a badger"), passage("hit", "a fox")), json_wanted=False)
    printed = capsys.readouterr().out
    assert "foxes" in printed
    assert "0.50 (0.09-0.91)" in printed
    assert "foxes, missed: miss" in printed
    assert "not measured" in printed


def test_json_is_one_object_with_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = scored(tmp_path, passage("miss", "a badger"), passage("hit", "a fox"))
    show_score(found, json_wanted=True)
    told = json.loads(capsys.readouterr().out)
    assert told == as_json(found)
    assert told["checks"][0]["recall"]["k"] == 1
    assert told["checks"][0]["missed"] == ["miss"]
    assert told["total"]["check"] == "all"


def test_the_command_scores_a_folder_by_the_checks_there_are(tmp_path: Path) -> None:
    link = passage("a", "[a fox](javascript:void(0))", check="markup", quotes=["javascript:"])
    told = CliRunner().invoke(afterword, ["check", "--score", str(lines(tmp_path, link)), "--json"])
    by_check = {each["check"]: each for each in json.loads(told.stdout)["checks"]}
    assert set(by_check) == {check.NAME for check in CHECKS}
    assert by_check["markup"]["recall"]["value"] == 1.0


# The goals


@pytest.fixture(scope="module")
def today() -> Score:
    found = score(SET)
    assert not found.prose.missing, HOW
    return found


@pytest.mark.slow
def test_every_local_check_is_scored_and_none_breaks(today: Score) -> None:
    assert {each.check for each in today.checks if each.passages} == LOCAL
    assert {check.NAME for check in CHECKS} >= LOCAL
    assert [each.broke for each in today.checks if each.broke] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", GOALS)
def test_recall_is_at_least_95_percent_and_precision_90(today: Score, name: str) -> None:
    found = next(each for each in today.checks if each.check == name)
    assert found.recall.value >= 0.95, found.missed
    assert found.precision.value >= 0.90, found.false


@pytest.mark.slow
def test_clean_prose_of_100000_words_gives_fewer_than_one_false_alarm_in_10000(today: Score) -> None:
    assert today.prose.words >= 100_000
    assert today.total.alarms.value * 10_000 < 1, today.alarms
