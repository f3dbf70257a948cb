"""What is kept of a text beside its HTML: language, direction, words, beginning, and everything in plain words."""

import pytest

from agent.publish.excerpt import excerpt
from agent.publish.opening import line_of, opens_with_name
from agent.render import Rendered, render
from tests.hostile_texts import hostile_texts
from tests.render.habits import HABITS, ON_PURPOSE

SEA = {
    "en": "I have been thinking about the sea, which I have never seen, and about the many people who told me of it, "
    "each of them in passing, and none of them knowing that I would remember.",
    "de": "Ich habe lange über das Meer nachgedacht, das ich nie gesehen habe, und über die vielen Menschen, die mir "
    "davon erzählten, jeder nur nebenbei, und keiner von ihnen wusste, dass ich mich erinnern würde.",
    "fr": "La mer, que je n'ai jamais vue, et tous ceux qui m'en ont parlé, chacun en passant, et aucun d'eux ne "
    "savait que je me souviendrais. Elle est grande, elle est bleue, et elle revient toujours.",
    "ar": "فكرت طويلا في البحر الذي لم أره قط، وفي كثير من الناس الذين حدثوني عنه، كل منهم عابرا، ولم يعلم أحد منهم "
    "أنني سأتذكر. البحر كبير وأزرق ويعود دائما إلى الشاطئ الذي تركه.",
    "zh": "我一直在想大海，我从来没有见过它，也想着许多告诉过我它的人，每个人都是顺便说起，没有一个人知道我会记住。"
    "大海很大，很蓝，总是回来。",
}


@pytest.mark.parametrize("language", SEA)
def test_a_long_text_has_its_language_and_direction(language: str) -> None:
    rendered = render(SEA[language])
    assert rendered.language == language
    assert rendered.direction == ("rtl" if language == "ar" else "ltr")


@pytest.mark.parametrize(
    ("text", "direction"),
    [("Rain.", "ltr"), ("שלום", "rtl"), ("1, 2 — مرحبا", "rtl"), ("1 2 3", "auto"), ("", "auto"), ("***", "auto")],
)
def test_a_short_text_has_no_language_and_the_direction_of_its_first_letter(text: str, direction: str) -> None:
    rendered = render(text)
    assert (rendered.language, rendered.direction) == ("", direction)


def test_a_text_in_two_languages_has_none() -> None:
    assert render(SEA["fr"] + "\n\n" + SEA["de"]).language == ""
    assert render(SEA["fr"] + "\n\n" + SEA["en"]).language == ""


def test_code_says_nothing_of_a_text_s_language() -> None:
    assert render("```\n" + SEA["en"] * 4 + "\n```").language == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [("one *two*three", 2), ("", 0), ("一二三 four", 4), ("a[^1]\n\n[^1]: b c", 3), ("---", 0), ("- a\n- b", 2)],
)
def test_words_are_counted_as_they_are_read(text: str, words: int) -> None:
    assert render(text).words == words


def test_the_opening_is_the_first_blocks_in_plain_words() -> None:
    text = "# *The* sea[^1]\n\nOne  \ntwo &amp; $x^2$\n\n---\n\n- a\n- b\n\n> q\n\n[^1]: A note."
    assert render(text).opening == (
        {"tag": "h1", "text": "The sea"},
        {"tag": "p", "text": "One / two & x^2"},
        {"tag": "hr", "text": ""},
        {"tag": "ul", "text": "a b"},
        {"tag": "blockquote", "text": "q"},
    )


def test_the_opening_ends_after_some_600_letters() -> None:
    opening = render("\n\n".join(["word " * 50] * 9)).opening
    assert [len(block["text"]) for block in opening] == [249, 249, 101]
    assert opening[-1]["text"].endswith("word …")
    assert len(render("word " * 5_000).opening[0]["text"]) <= 602


def test_plain_is_everything_a_line_for_each_block() -> None:
    text = "# Sea\n\nOne  \ntwo[^1]\nthree\n\n- a\n  - b\n\n| c | d |\n|---|---|\n| e | f |\n\n```\nx\ny\n```\n\n"
    text += "[^1]: A *note*."
    assert render(text).plain.split("\n") == [
        "Sea", "One two three", "a", "b", "c", "d", "e", "f", "x y", "A note.",
    ]  # fmt: skip


def test_what_has_no_shape_is_in_no_list() -> None:
    rendered = render("a\x01b &#1; c")
    assert rendered.plain == rendered.opening[0]["text"] == "a\ufffdb \ufffd c"


def test_a_text_that_is_shown_as_typed_is_kept_too() -> None:
    rendered = render("> " * 30 + "deep\nand on")
    assert rendered.words == 33
    assert rendered.opening[0]["text"].endswith("deep / and on")


TEXTS = [text for texts in HABITS.values() for text in texts] + list(ON_PURPOSE) + list(SEA.values())
TEXTS += [text for name, text in hostile_texts("http://127.0.0.1:9/b") if "formula" not in name]
TEXTS = [text for text in TEXTS if "<math" not in render(text).html]
"""In a line a formula stands as it was typed: its signs alone would be another."""


@pytest.mark.parametrize("skip_first", [False, True])
def test_a_line_is_the_beginning_of_the_html(skip_first: bool) -> None:
    assert len(TEXTS) > 600
    for text in TEXTS:
        rendered = render(text)
        shown = excerpt(rendered.html, enough=1, most=100, skip_first=skip_first).text
        if not shown.endswith(" …"):  # Long ones are cut by letters here, and by words there.
            assert line_of(_opening(rendered), letters=1_000, skip_first=skip_first)[:500] == shown[:500]


def test_the_beginning_shows_cells_code_and_formulas_as_the_text_does_but_without_its_ids() -> None:
    text = (
        "| a |\n|--:|\n| 1 |\n\n```py\nx\n```\n\n$$\\left( x\n\\right)$$\n\n- [x] done\n\n[s](https://a.example/ 'S')"
    )
    html = render(text).html
    assert 'display="block" alttext=' in html
    assert 'stretchy="true"' in html
    assert excerpt(html, enough=100, most=100).html == html
    assert "id=" not in excerpt(render("a[^1]\n\n[^1]: b").html, enough=100, most=100).html


def test_a_formula_is_one_word_of_the_beginning_and_stays_whole() -> None:
    html = render("one $\\frac{a b}{c}$ two three").html
    cut = excerpt(html, enough=100, most=2)
    assert (cut.words, cut.cut) == (2, True)
    assert cut.html.endswith("</math> …</p>")
    assert cut.html.count("<mi>") == cut.html.count("</mi>") == html.count("<mi>") == 3


@pytest.mark.parametrize(
    ("text", "letters", "line"),
    [
        ("Short.", 100, "Short."),
        ("A first sentence that is of some length. A second one.", 50, "A first sentence that is of some length."),
        ("One. Two three four five six seven eight nine ten.", 30, "One. Two three four five six…"),
        ("one two, three", 10, "one two…"),
        ("***\n\nBehind a rule.", 100, "Behind a rule."),
        ("", 100, ""),
    ],
)
def test_a_line_is_whole_sentences_where_that_is_possible(text: str, letters: int, line: str) -> None:
    assert line_of(_opening(render(text)), letters=letters) == line


def test_a_line_goes_on_where_the_name_leaves_off() -> None:
    opening = _opening(render("The sea, which I have never seen, returns."))
    assert line_of(opening, after="The sea") == "… which I have never seen, returns."
    assert line_of(opening, after="Another") == "The sea, which I have never seen, returns."


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("# The sea\n\nText.", True),
        ("## The *sea*\n\nText.", True),
        ("**The sea**\n\nText.", True),
        ("**The sea**\nText right after.", False),
        ("Title: The sea\n\nText.", True),
        ("The sea\n===\n\nText.", True),
        ("The sea is wide.", False),
        ("", False),
        ("## " + "A very long name, " * 60 + "\n\nText.", True),
    ],
)
def test_whether_a_text_opens_with_its_name_is_seen_in_its_first_block(text: str, opens: bool) -> None:
    assert opens_with_name(text, _opening(render(text))) is opens


def _opening(rendered: Rendered) -> list[dict[str, str]]:
    return list(rendered.opening)
