"""What is hard to lay out is a note, and what is laid out as it was meant is clear."""

import time
from dataclasses import replace

import pytest

from agent.check.form.layout import layout
from agent.check.frame import Finding
from agent.render import Rendered
from tests.check.some_writing import PROSE, SONG, VILLANELLE, said, subject

TABLE = "| thing | how long it waits |\n| --- | --- |\n| bread | a night |\n| snow | a winter |\n"


def found(text: str) -> list[Finding]:
    findings = list(layout(subject(text)))
    assert all(level == "note" for level, _, _ in said(text, findings))
    return findings


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        VILLANELLE,
        SONG,
        TABLE,
        "- one\n  - two\n    - three\n\n> > said\n\n* * *\n\n*in italics* and **bold** and ***both***",
        "The cur|few tolls|the knell|of part|ing day,\nThe low|ing herd|winds slow|ly o'er|the lea.",
        "|   |\n|___|\n",
        "A word* and a note.\n\n*The note itself, which is longer.",
        "It was 5 * 3, and 2 *3*, and he swore: sh**, f*** it.",
        "Code: `**kwargs` and\n\n```\n| a | b |\n| c | d |\n*x\n```\n",
        "\\*word and \\**word",
        "a * b * c",
    ],
)
def test_what_is_laid_out_as_it_was_meant_is_clear(text: str) -> None:
    assert found(text) == []


def test_a_text_as_long_as_a_book_is_a_note() -> None:
    text = "w\n\n" * 70_000
    handed = replace(subject(""), text=text)
    assert [finding.why for finding in layout(handed)] == ["The text has 210,000 characters, as many as a short book."]


def test_a_paragraph_without_an_end_is_a_note() -> None:
    text = "Short.\n\n" + "and on " * 3_000
    [finding] = layout(replace(subject(""), text=text))
    assert finding.start == len("Short.\n\n")
    assert "21,000 characters" in finding.why


@pytest.mark.parametrize(
    "text",
    ["> " * 9 + "deep", "".join("  " * depth + "- in\n" for depth in range(9)), "> - " * 5 + "deep"],
    ids=["quotations", "lists", "both"],
)
def test_lists_and_quotations_deep_inside_each_other_are_a_note(text: str) -> None:
    [finding] = found(f"{PROSE}\n\n{text}\n")
    assert int(finding.evidence["deep"]) > 8
    assert text.rsplit("\n", 2)[-1].strip() in f"{PROSE}\n\n{text}\n"[finding.start : finding.end] or "- in" in text


def test_a_table_of_sixty_columns_is_a_note() -> None:
    text = "|" + "a|" * 60 + "\n|" + "-|" * 60 + "\n|" + "b|" * 60 + "\n"
    assert [finding.evidence for finding in found(text)] == [{"columns": "60"}]


def test_rows_with_fewer_cells_than_columns_are_a_note() -> None:
    text = f"{PROSE}\n\n{TABLE}| rain |\n"
    [finding] = found(text)
    assert text[finding.start : finding.end] == f"{TABLE}| rain |"
    assert finding.evidence == {"columns": "2", "rows with fewer": "1 of 3", "most of them": "1"}


def test_a_table_without_a_line_of_dashes_is_a_note() -> None:
    [finding] = found("| bread | a night |\n| snow | a winter |\n| rain | an hour |\n")
    assert finding.evidence == {"rows": "3"}
    assert "no line of dashes" in finding.why


def test_a_table_whose_line_of_dashes_does_not_fit_its_head_is_a_note() -> None:
    [finding] = found("| bread | snow | rain |\n| --- | --- |\n| a night | a winter | an hour |\n")
    assert finding.evidence == {"columns of its head": "3", "columns below it": "2"}


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("He said **never and went.", "**never"),
        ("He said *never and went.", "*never"),
        ("It was never** said.", "never**"),
        ("**Bread\n\nand snow**", "**Bread"),
        ("\\*word and *other.", "*other"),
    ],
)
def test_stars_that_readers_see_are_a_note(text: str, quote: str) -> None:
    assert said(text, found(text)) == [("note", "layout", quote)]


def test_lines_are_counted_as_the_renderer_counts_them() -> None:
    text = "One.\r\n\r\nTwo.\r\r| bread | a night |\r\n| snow | a winter |\r\n"
    [finding] = found(text)
    assert text[finding.start : finding.end] == "| bread | a night |\r\n| snow | a winter |"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("- " * 9 + "x\n" * 20_000, "<ul>" * 9),
        ("|a|b|\n" * 33_000, ""),
        ("|a|b|\n|-|-|\n" + "|a|\n" * 50_000, ""),
        ("|" * 200_000, ""),
        ("*a " * 66_000, "<p>" + "*a " * 66_000 + "</p>"),
        ("**a\n\n" * 40_000, "<p>**a</p>\n" * 40_000),
        ("\r" * 200_000, ""),
    ],
    ids=["lists", "rows", "a table", "bars", "stars", "paragraphs of stars", "ends of lines"],
)
def test_no_text_takes_long_however_it_is_made(text: str, html: str) -> None:
    handed = replace(subject(""), text=text, rendered=Rendered(html, ()))
    begun = time.process_time()
    said(text, list(layout(handed)))
    # What is not linear takes minutes.
    assert time.process_time() - begun < 8


def test_a_word_without_an_end_is_a_note_and_an_address_or_a_script_without_spaces_is_none() -> None:
    word = "olomoravelinadurumasketoparinul" * 14
    text = f"{PROSE} She said *{word}* and drew breath."
    assert said(text, found(text)) == [("note", "layout", word + "*")]
    assert found(f"{PROSE} See https://tides.org/{word} and [there](https://tides.org/?{word}).") == []
    assert found(f"{PROSE}\n\n```\n{word}\n```\n\n{'雪落在屋顶上' * 100}") == []
    assert found(f"{PROSE} {word[:350]} and-{'on-and-' * 80}on.") == []
