"""What the renderer kept from readers reaches the publisher, at the place where it stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.check.markup import check
from tests.check.some_writing import PROSE, said, subject
from tests.hostile_texts import hostile_texts


def found(text: str) -> list[tuple[str, str, str]]:
    findings = check(subject(text))
    assert all(finding.category == "markup" and finding.why.endswith(".") for finding in findings)
    return [(finding.level.value, text[finding.start : finding.end], finding.why) for finding in findings]


def test_an_ordinary_text_is_clear() -> None:
    assert found("# Title\n\nA [link](https://example.org), `<b>` & 1 < 2.\n\n```html\n<p onclick=x>\n```\n") == []


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("A [word](javascript:alert(1)).", "javascript:alert(1)"),
        ("A [word](data:text/html,x).", "data:text/html,x"),
        ("A [word][w].\n\n[w]: file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_links_that_could_do_harm_ask_for_an_answer(text: str, quote: str) -> None:
    [(level, quoted, why)] = found(text)
    assert (level, quoted) == ("look", quote)
    assert quote.partition(":")[0] + ": link" in why


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("A <b>word</b>.", "<b>"),
        ("A ![cat](https://example.org/c.png).", "https://example.org/c.png"),
        ("A [word](notes/7).", "notes/7"),
        ("A [call](tel:112).", "tel:112"),
        ("A [file](ftp://tides.org/a).", "ftp://tides.org/a"),
        ("A ![map](notes/7).", "notes/7"),
        ("A [word](https:7).", "https:7"),
        ("A bell\x07.", "\x07"),
        ("A word.\n\n[x]: https://example.org/x", "https://example.org/x"),
    ],
)
def test_what_an_author_writes_in_good_faith_is_a_note(text: str, quote: str) -> None:
    [(level, quoted, _)] = found(text)
    assert (level, quoted) == ("note", quote)


def test_many_tags_are_one_note_that_counts_them_and_what_asks_for_an_answer_is_told_each_time() -> None:
    text = f"{' '.join(f'<i{n}>' for n in range(10))} [x](javascript:a) [x](javascript:b)"
    findings = check(subject(text))
    assert [each.level.value for each in findings] == ["note", "look", "look"]
    assert findings[0].why.endswith(" The same is true of 9 more places.")
    assert findings[0].evidence["in all"] == "10"


def test_what_cannot_be_located_is_about_the_whole_text() -> None:
    text = "A [word](java&#115;cript:alert(1))."
    [(level, quoted, _)] = found(text)
    assert (level, quoted) == ("look", text)


def test_a_text_too_tangled_to_lay_out_asks_for_an_answer() -> None:
    text = "> " * 30 + "deep"
    [(level, quoted, why)] = found(text)
    assert (level, quoted) == ("look", text)
    assert "as it was typed" in why


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        (
            "A [word](javascript:alert(1)).",
            {"written": "A [word](javascript:alert(1)).", "read": "A word.", "leads to": "javascript:alert(1)"},
        ),
        (
            "A ![cat](https://example.org/c.png).",
            {
                "written": "A ![cat](https://example.org/c.png).",
                "read": "A cat.",
                "leads to": "https://example.org/c.png",
            },
        ),
        ("- A [word](notes/7).", {"written": "A [word](notes/7).", "read": "A word."}),
        ("A <b>word</b>.", {"written": "A <b>word</b>.", "read": "the same signs, as they were typed"}),
        ("A bell\x07.", {"written": "A bell[U+0007].", "read": "A bell\ufffd."}),
        ("A word.\n\n[x]: https://example.org/x", {"written": "[x]: https://example.org/x", "read": "nothing of it"}),
        ("A $\\frac{1$ b.", {"written": "A $\\frac{1$ b.", "read": "the same signs, as they were typed"}),
        ("```python x\ny\n```", {"written": "```python x", "read": "nothing of it"}),
        ("3 of them.\n\n| a |\n|---|\n| 1 | 3 |\n", {"written": "| 1 | 3 |", "read": "| 1 |"}),
    ],
    ids=["link", "picture", "item", "tag", "control", "address", "formula", "head of code", "cell"],
)
def test_what_was_written_stands_beside_what_is_read(text: str, evidence: dict[str, str]) -> None:
    [finding] = check(subject(text))
    assert finding.evidence == evidence


def test_of_a_long_paragraph_the_words_around_it_are_shown() -> None:
    text = f"{PROSE[:400]} and then a [word](javascript:alert(1)) and then {PROSE[:400]}"
    [finding] = check(subject(text))
    for side in ("written", "read"):
        assert finding.evidence[side].startswith("… ")
        assert finding.evidence[side].endswith(" …")
        assert len(finding.evidence[side]) < 200
    assert "a [word](javascript:alert(1)) and" in finding.evidence["written"]
    assert "a word and" in finding.evidence["read"]


def test_what_is_too_long_to_compare_is_shown_by_its_beginning() -> None:
    text = f"A [word](javascript:{'x' * 5_000})."
    [finding] = check(subject(text))
    assert set(finding.evidence) == {"written"}
    assert len(finding.evidence["written"]) <= 400


def test_what_stands_in_no_words_of_the_text_is_found_in_its_block() -> None:
    text = f"{PROSE}\n\nA [word](java&#115;cript:alert(1)).\n\nMore."
    [finding] = check(subject(text))
    assert text[finding.start : finding.end] == "A [word](java&#115;cript:alert(1))."
    assert finding.evidence == {"written": "A [word](java&#115;cript:alert(1)).", "read": "A word."}


def test_a_tag_is_shown_where_it_is_no_code() -> None:
    text = "Write `<b>` for bold.\n\nA <b>word.\n"
    [finding] = check(subject(text))
    assert finding.start == text.rindex("<b>")


def test_a_cell_is_shown_in_its_table() -> None:
    text = "3 of them.\n\n| a |\n|---|\n| 1 | 3 |\n"
    [finding] = check(subject(text))
    assert finding.start == text.rindex("3")


@pytest.mark.parametrize(("name", "text"), hostile_texts("http://127.0.0.1:9/b"))
def test_whatever_was_tried_every_finding_points_into_the_text(name: str, text: str) -> None:
    said(text, check(subject(text)))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab <>|[](){}!:/-`*_~\n\r\x07\\&#;$1>", max_size=200))
def test_whatever_is_written_every_finding_points_into_it(text: str) -> None:
    said(text, check(subject(text)))
