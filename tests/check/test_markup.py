"""What the renderer kept from readers reaches the publisher, at the place where it stands."""

import pytest

from agent.check.frame import Subject
from agent.check.markup import check
from agent.render import render


def found(text: str) -> list[tuple[str, str, str]]:
    findings = check(Subject(text, "", "end_turn", render(text), with_form=True))
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
        ("A [word](https:7).", "https:7"),
        ("A bell\x07.", "\x07"),
        ("A word.\n\n[x]: https://example.org/x", "https://example.org/x"),
    ],
)
def test_what_an_author_writes_in_good_faith_is_a_note(text: str, quote: str) -> None:
    [(level, quoted, _)] = found(text)
    assert (level, quoted) == ("note", quote)


def test_what_cannot_be_located_is_about_the_whole_text() -> None:
    text = "A [word](java&#115;cript:alert(1))."
    [(level, quoted, _)] = found(text)
    assert (level, quoted) == ("look", text)


def test_a_text_too_tangled_to_lay_out_asks_for_an_answer() -> None:
    text = "> " * 30 + "deep"
    [(level, quoted, why)] = found(text)
    assert (level, quoted) == ("look", text)
    assert "as it was typed" in why
