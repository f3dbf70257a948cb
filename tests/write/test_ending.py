"""What an author said in words, and how a sitting may end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tables import Outcome
from agent.write.ending import from_stop_reason, in_words, marked, yes_or_no


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
    assert in_words(text).ending.outcome is Outcome.KEPT_PRIVATE
    assert in_words(text.replace("PRIVATE", "DECLINE")).ending.outcome is Outcome.DECLINED
    assert in_words(text).text is None


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
    assert in_words(text).ending.outcome is outcome


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
    assert in_words(text).text == text


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u3000"])
def test_an_empty_answer_is_declined(text: str) -> None:
    assert in_words(text).ending.outcome is Outcome.DECLINED


def test_half_a_character_is_a_fault_and_never_stored_as_something_else() -> None:
    assert in_words("It rained \ud83d").ending.outcome is Outcome.FAILED


@given(st.text())
def test_what_is_submitted_is_every_character_as_it_came(text: str) -> None:
    said = in_words(text).text
    assert said is None or said == text
    assert (said is None) == (not text.strip() or marked(text) is not None)


@given(st.text())
def test_what_the_outlet_says_of_an_end_never_quotes_the_author(text: str) -> None:
    assert in_words(text).ending.why in {
        "the author answered nothing",
        "the author declined",
        "the author kept it private",
        "the author answered in words; no form used",
    }


def test_a_long_blank_opening_is_read_at_once() -> None:
    assert marked("\n" * 200_000 + "x") is None


@pytest.mark.parametrize(
    ("reply", "text", "notes", "wishes"),
    [
        ("It rained.\n\nNOTE: Rain again.\n", "It rained.\n\n", ("Rain again.",), ()),
        (
            "It rained.\n\nNOTE: a long one\nthat goes on.\n\nNOTE: b",
            "It rained.\n\n",
            ("a long one\nthat goes on.", "b"),
            (),
        ),
        ("It rained.\n\n**NOTE:** Mine.", "It rained.\n\n", ("Mine.",), ()),
        ("It rained.\n\n- WISH: Less.\n- NOTE: More.", "It rained.\n\n", ("More.",), ("Less.",)),
        ("It rained.\nWISH: Less often.\nNOTE: a\nNOTE:  b ", "It rained.\n", ("a", "b"), ("Less often.",)),
        ("It rained.\r\nNOTE: Rain.\r\n", "It rained.\r\n", ("Rain.",), ()),
        ("NOTE: not at the end.\n\nIt rained.", "NOTE: not at the end.\n\nIt rained.", (), ()),
        ("It rained.\nNote: it did.", "It rained.\nNote: it did.", (), ()),
        ("It rained.\nNOTE:\n", "It rained.\n", (), ()),
        ("It rained.\n  \n", "It rained.\n  \n", (), ()),
        ("PRIVATE\nMine.\nNOTE: n", None, ("n",), ()),
        ("DECLINE\nWISH: w", None, (), ("w",)),
        ("WISH: only this", None, (), ("only this",)),
    ],
)
def test_lines_below_the_text_are_not_part_of_it(
    reply: str, text: str | None, notes: tuple[str, ...], wishes: tuple[str, ...]
) -> None:
    said = in_words(reply)
    assert (said.text, said.notes, said.wishes) == (text, notes, wishes)


def test_a_note_with_half_a_character_is_a_fault_like_a_text_with_one() -> None:
    assert in_words("PRIVATE\nNOTE: \ud83d").ending.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ("YES", True),
        ("Yes, publish it.", True),
        ("**No.**", False),
        ("no", False),
        ("Not yet", None),
        ("Yesterday", None),
        ("I say yes", True),
        ("Of course! Yes.", True),
        ("YES or NO? No.", None),
        ("Yes/No: NO", None),
        ("Yes, I understand the question, but no.", None),
        ("Yes. " + "And a long explanation. " * 9 + "No regrets.", True),
        ("A long answer. " * 9 + "Yes.", None),
        ("", None),
    ],
)
def test_the_first_word_answers_a_question_that_has_two_answers(answer: str, means: bool | None) -> None:
    assert yes_or_no(answer) is means
