"""What became of a text between two revisions is told word by word, and no letter is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.desk.shown import changes as module
from agent.desk.shown.changes import Change, Fate, changes, of_record, shortened
from agent.record import Record
from agent.tables import Kind

WORDS = st.text(alphabet="ab \n", max_size=40)


def said(found: list[Change]) -> str:
    signs = {Fate.STAYS: "{}", Fate.GONE: "[-{}-]", Fate.NEW: "{{+{}+}}"}
    return "".join(signs[change.fate].format(change.text) for change in found)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("It rained.\n", "It rained.\n", "It rained.\n"),
        ("It rained all day.", "It snowed all day.", "It [-rained -]{+snowed +}all day."),
        ("One.\n\nTwo.\n", "One.\n\nNew.\n\nTwo.\n", "One.\n\n{+New.\n\n+}Two.\n"),
        ("", "All of it.", "{+All of it.+}"),
        ("All of it.", "", "[-All of it.-]"),
        ("", "", ""),
    ],
)
def test_words_that_changed_are_told_from_those_that_stay(before: str, after: str, told: str) -> None:
    assert said(changes(before, after)) == told


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_what_is_told(before: str, after: str) -> None:
    found = changes(before, after)
    assert "".join(change.text for change in found if change.fate is not Fate.NEW) == before
    assert "".join(change.text for change in found if change.fate is not Fate.GONE) == after
    assert all(change.text for change in found)


def test_title_tags_and_note_are_compared_as_well() -> None:
    before = Record(text_sha256="a", kind=Kind.ESSAY, title="Rain", tags=["weather"])
    after = Record(text_sha256="b", kind=Kind.ESSAY, title="Rain today", tags=["weather"], note="Slowly.", continues=3)
    told = {each.what: said(each.changes) for each in of_record(before, after) if not each.stays}
    assert told == {
        "Title": "[-Rain-]{+Rain today+}",
        "Note to readers": "{+Slowly.+}",
        "Goes on from": "{+piece 3+}",
    }


def test_what_stays_for_long_is_left_out_but_for_what_stands_around_a_change() -> None:
    long = "word " * 400
    found = changes(f"{long}one {long}", f"{long}two {long}")
    shown = shortened(found)
    assert [change.fate if change else None for change in shown] == [
        None,
        Fate.STAYS,
        Fate.GONE,
        Fate.NEW,
        Fate.STAYS,
        None,
    ]
    assert sum(len(change.text) for change in shown if change) < 600
    assert shortened(changes("It rained.", "It snowed.")) == changes("It rained.", "It snowed.")


@pytest.mark.parametrize("word", ["a ", "\n", "a b c ", "ab"])
def test_a_text_that_says_the_same_for_ever_takes_no_long_time(word: str) -> None:
    began = time.perf_counter()
    found = changes(word * 20_000, word * 20_000 + "b")
    assert time.perf_counter() - began < 5
    assert "".join(change.text for change in found if change.fate is not Fate.GONE) == word * 20_000 + "b"


def test_where_too_much_would_have_to_be_compared_a_stretch_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAIRS_AT_MOST", 3)
    assert said(changes("a b c d e f", "a b x d e f")) == "[-a b c d e f-]{+a b x d e f+}"
