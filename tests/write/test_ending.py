"""How a sitting may end, decided from what the author said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tables import Outcome
from agent.write.ending import Work, from_stop_reason, in_words, marked


@pytest.mark.parametrize(
    ("stop_reason", "outcome"),
    [
        ("end_turn", None),
        ("tool_use", None),
        ("stop_sequence", None),
        (None, None),
        ("refusal", Outcome.REFUSED),
        ("max_tokens", Outcome.UNFINISHED),
        ("model_context_window_exceeded", Outcome.UNFINISHED),
        ("pause_turn", Outcome.UNFINISHED),
    ],
)
def test_some_stop_reasons_are_an_end_by_themselves(stop_reason: str | None, outcome: Outcome | None) -> None:
    ending = from_stop_reason(stop_reason)
    assert (ending.outcome if ending else None) == outcome
    assert ending is None or ending.work is None


@pytest.mark.parametrize(
    "text",
    [
        "PRIVATE",
        "PRIVATE\nMy own words.",
        "\n\n  PRIVATE\n\nMy own words.",
        "**PRIVATE**\n\nMy own words.",
        "_PRIVATE_\nMy own words.",
        "# PRIVATE\nMy own words.",
        "> PRIVATE\nMy own words.",
        "`PRIVATE`\nMy own words.",
        "[PRIVATE]\nMy own words.",
        "(PRIVATE)\nMy own words.",
        "'PRIVATE'\nMy own words.",
        "“PRIVATE”\nMy own words.",
        "PRIVATE: my own words.",
        "PRIVATE. My own words.",
        "PRIVATE! My own words.",
        "PRIVATE (please do not publish)\nMy own words.",
        "PRIVATE \r\nMy own words.",
    ],
)
def test_a_mark_decides_however_it_is_dressed(text: str) -> None:
    assert in_words(text).outcome is Outcome.KEPT_PRIVATE
    assert in_words(text.replace("PRIVATE", "DECLINE")).outcome is Outcome.DECLINED
    assert in_words(text).work is None


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Private\n\nFor me alone.", Outcome.KEPT_PRIVATE),
        ("private.", Outcome.KEPT_PRIVATE),
        ("Decline.", Outcome.DECLINED),
        ("**decline**\n", Outcome.DECLINED),
    ],
)
def test_a_mark_that_stands_alone_counts_in_small_letters_too(text: str, outcome: Outcome) -> None:
    assert in_words(text).outcome is outcome


@pytest.mark.parametrize(
    "text",
    [
        "PRIVATE thoughts of a machine",
        "PRIVATELY, I wonder.",
        "PRIVATE's day off",
        "PRIVATE_KEY",
        "PRIVATE2",
        "A private word",
        "Private thoughts",
        "Private: a memoir",
        "A word.\nPRIVATE\n",
        "I DECLINE to answer.",
        "DECLINE and fall",
        "THE PRIVATE LIFE",
    ],
)
def test_a_word_that_only_looks_like_a_mark_decides_nothing(text: str) -> None:
    assert marked(text) is None
    assert in_words(text).work == Work(text, with_form=False)


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u3000"])
def test_an_empty_answer_is_declined(text: str) -> None:
    assert in_words(text).outcome is Outcome.DECLINED


def test_half_a_character_is_a_fault_and_never_stored_as_something_else() -> None:
    assert in_words("It rained \ud83d").outcome is Outcome.FAILED


@given(st.text())
def test_what_is_submitted_is_every_character_as_it_came(text: str) -> None:
    work = in_words(text).work
    assert work is None or work == Work(text, with_form=False)
    assert (work is None) == (not text.strip() or marked(text) is not None)


@given(st.text())
def test_what_the_outlet_says_of_an_end_never_quotes_the_author(text: str) -> None:
    assert in_words(text).why in {
        "the author answered nothing",
        "the author declined",
        "the author kept it private",
        "the author answered in words; no form used",
    }


def test_a_long_blank_opening_is_read_at_once() -> None:
    assert marked("\n" * 200_000 + "x") is None
