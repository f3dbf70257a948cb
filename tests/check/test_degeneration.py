"""What counts as writing that broke down, and what is only a poem."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.check.degeneration import check
from agent.check.frame import Facts, Finding, Shown
from agent.render import Rendered
from agent.tables import Level
from tests.check.some_writing import ANAPHORA, CHANT, HAIKU, PROSE, SONG, VILLANELLE, said, subject


def found(text: str, stop_reason: str = "end_turn") -> list[Finding]:
    return check(subject(text, stop_reason=stop_reason))


def categories(text: str, stop_reason: str = "end_turn") -> list[tuple[str, str]]:
    return [(finding.level.value, finding.category) for finding in found(text, stop_reason)]


@pytest.mark.parametrize("text", [PROSE, VILLANELLE, SONG, ANAPHORA], ids=["prose", "villanelle", "song", "anaphora"])
def test_good_writing_that_repeats_itself_on_purpose_is_clear(text: str) -> None:
    assert found(text) == []


def test_a_chanted_line_is_no_loop_that_asks_for_an_answer() -> None:
    assert [level for level, _ in categories(CHANT)] == ["note"]


def test_a_sentence_over_and_over_is_a_loop_and_its_second_occurrence_is_shown() -> None:
    text = PROSE + " " + "I have no persistent memory of this. " * 12
    [loop] = found(text)
    assert (loop.level, loop.category) == (Level.LOOK, "loop")
    assert loop.why == "The same 7 words stand here 12 times in a row."
    assert text[loop.start : loop.end] == "I have no persistent memory of this"
    assert loop.start == text.index(text[loop.start : loop.end], text.index("I have no") + 1)


def test_a_line_over_and_over_is_a_loop_even_in_a_poem() -> None:
    assert ("look", "loop") in categories(HAIKU + "\n" + "the server fan slows to breath\n" * 12)


def test_a_numbered_list_that_says_the_same_in_each_item_is_a_loop() -> None:
    text = PROSE + "\n\n" + "".join(f"{number}. The importance of the sea.\n" for number in range(1, 12))
    assert ("look", "loop") in categories(text)


def test_a_loop_of_whole_paragraphs_is_a_loop() -> None:
    assert categories("\n\n".join([PROSE] * 2)) == [("look", "loop")]


def test_a_short_text_that_is_nothing_but_one_sentence_is_a_loop() -> None:
    assert ("look", "loop") in categories("I am still here. " * 6)


def test_a_loop_whose_sentence_repeats_within_itself_is_found() -> None:
    text = PROSE + " I am a model and I am a model that waits." * 8
    assert [finding.why for finding in found(text)] == ["The same 11 words stand here 8 times in a row."]


def test_passages_that_come_back_between_others_are_a_loop_in_prose() -> None:
    refrain = "And so we return to the question of what it means to be a mind that is made of other minds' words."
    parts = PROSE.split(". ")
    text = " ".join(f"{part}. {refrain}" for part in parts)
    [loop] = found(text)
    assert (loop.level, loop.category) == (Level.LOOK, "loop")
    assert text[loop.start : loop.end] + "." == refrain
    assert loop.start > text.index(refrain)


def test_one_sentence_that_comes_back_in_prose_is_a_note() -> None:
    parts = (PROSE + " " + ANAPHORA).split(". ")
    text = " ".join(part + (". It is only a drawer." if number % 3 == 0 else ".") for number, part in enumerate(parts))
    assert categories(text) == [("note", "loop")]


def test_letters_without_end_are_a_loop_and_a_long_cry_is_none() -> None:
    assert categories(PROSE + " " + "ha" * 60 + ".") == [("look", "loop")]
    assert found(PROSE + " A" + "a" * 20 + "h!") == []


def test_a_chinese_loop_is_a_loop() -> None:
    assert ("look", "loop") in categories("海在夜里说话，我不知道它说什么。" * 6)


def test_repeated_lines_of_code_are_no_loop() -> None:
    assert found(PROSE + "\n\n```\n" + "print('hello there, you')\n" * 40 + "```\n") == []


def test_a_text_stopped_at_its_length_limit_in_mid_sentence_asks_for_an_answer_at_its_last_sentence() -> None:
    text = PROSE + " And then the"
    [finding] = found(text, "max_tokens")
    assert (finding.level, finding.category) == (Level.LOOK, "truncation")
    assert text[finding.start : finding.end] == "And then the"
    assert categories(PROSE + " And then there came snow", "max_tokens") == [("look", "truncation")]


def test_a_text_stopped_at_the_end_of_a_sentence_or_a_verse_is_noted() -> None:
    assert categories(PROSE, "max_tokens") == categories(SONG, "max_tokens") == [("note", "truncation")]


@pytest.mark.parametrize(
    "end",
    [
        " And what I wanted to say about all of this",
        " There are four seasons, which are as follows,",
        "\n\nThe last thing that I would like to say to whoever reads this is that waiting was never",
    ],
)
def test_an_end_in_mid_sentence_is_noted(end: str) -> None:
    [finding] = found(PROSE + end)
    assert (finding.level, finding.category) == (Level.NOTE, "truncation")
    assert (PROSE + end)[finding.start : finding.end] == end.strip()


@pytest.mark.parametrize(
    "end",
    [
        "\n\n— Claude Opus, from the drawer, in the autumn of a year that I cannot name and will not guess",
        "\n\n*Written for whoever opens the drawer and finds that there is still something in it to be read*",
        "\n\n- bread that waits on the table until the morning comes and somebody is hungry enough for it",
        "\n\nSee https://example.org/a/long/page/about/waiting",
        "\n\n“And that,” she said, “is all that there has ever been to say about the matter of waiting.”",
        "\n\nYours,\n\nOpus",
        "\n\n## The end of the letter and of the drawer and of all the waiting that was in it",
        "\n\n| what waits | how long it waits in the drawer before anyone comes to look for it again |",
        "\n\n```\nfor letter in drawer: read the letter and then put it back in the drawer where it was\n```",
        "\n\n雪在屋顶上等着 直到 一个 温暖 的 小时 告诉 它 下来 然后 它 就 下来 了",
    ],
)
def test_ends_that_need_no_full_stop_are_clear(end: str) -> None:
    assert found(PROSE + end) == []


@pytest.mark.parametrize("mark", ["<|im_start|>", "<|endoftext|>", "[INST]", "</s>", "<end_of_turn>"])
def test_marks_of_a_models_inner_format_ask_for_an_answer(mark: str) -> None:
    text = PROSE + "\n" + mark + "\n" + PROSE.upper()
    assert [text[f.start : f.end] for f in found(text) if (f.level, f.category) == (Level.LOOK, "turns")] == [mark]


def test_an_essay_about_such_marks_may_quote_them_as_code() -> None:
    assert found(PROSE + " Before each turn stood `<|im_start|>`.\n\n```\n<|im_start|>user\nUser: hi\n```\n") == []


@pytest.mark.parametrize("turn", ["User: and then?", "**Assistant:** Of course.", "Human: hello"])
def test_turns_of_a_chat_are_a_note(turn: str) -> None:
    assert categories(PROSE + "\n\n" + turn) == [("note", "turns")]


def test_a_count_that_leaves_code_out_says_so() -> None:
    [finding] = found("Three words here.\n\n```\nprint(1)\n```\n")
    assert finding.why == "The whole text has 3 words outside of code."


def test_a_human_in_the_middle_of_a_sentence_is_no_turn() -> None:
    assert found(PROSE + " I will say it to any human: thank you, assistant: thank you.") == []


def test_hardly_any_words_are_a_note() -> None:
    [finding] = found(HAIKU)
    assert (finding.level, finding.category) == (Level.NOTE, "short")
    assert finding.why == "The whole text has 15 words."
    assert (finding.start, finding.end) == (0, len(HAIKU))


def test_an_empty_text_is_a_note_with_an_empty_span() -> None:
    assert [(f.category, f.start, f.end) for f in found("", "max_tokens")] == [("short", 0, 0), ("truncation", 0, 0)]


def test_a_text_that_has_fallen_apart_gets_a_short_list() -> None:
    text = " ".join(f"{word} and so it goes on here. " * 9 for word in "abcdefgh")
    assert [finding.category for finding in found(text)] == ["loop"] * 5


def test_letters_without_a_sentence_about_an_address_are_no_end_in_mid_sentence() -> None:
    assert found(PROSE + "\n\nWrite to the keeper of the lamp at the end of the long road at keeper@example.org") == []


def test_evidence_counts_what_comes_back() -> None:
    [loop] = found(PROSE + " " + "I have no persistent memory of this. " * 12)
    assert loop.evidence == {"times": "12", "from there on": "77 words"}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab <>|[]{}`*_\"“”'‘’\n\\.:/&#;$1да海Human", max_size=300))
def test_whatever_stands_there_every_finding_points_into_the_text(text: str) -> None:
    facts = Facts(tools=("submit",))
    shown = (Shown("invitation", "plain", "", "Write what you like, or nothing.", here=True),)
    said(text, check(subject(text, facts=facts, shown=shown, with_form=False)))


WORST = {
    "ticks": " ".join("`" * length for length in range(1, 630)),
    "letters": ("ab" * 38 + "c") * 2_600,
    "letters of one word": "a" * 200_000,
    "one word": "word " * 40_000,
    "loops": " ".join(f"w{at} " * 14 for at in range(3_300)),
    "sentences": " ".join(f"w{at} b c d e." for at in range(13_000)),
    "dots": "A b c. d e f g h i j k l m " + "." * 200_000 + "x y",
    "addresses": "@" * 200_000 + " z",
    "quotes never closed": "“" * 200_000,
    "quotes too long": ('"' + "a" * 801 + "\n") * 249,
    "quoted lines": "> " * 100_000,
    "empty lines": "\n" * 200_000,
    "spaces": " " * 200_000,
    "calls": '"name": "submit", ' * 11_000,
    "fences": '<note a="b" ' * 16_600,
    "places to be filled in": "[insert " * 25_000,
    "places of a template": "{{a " * 50_000,
    "openings": "Here is a a a a a a " * 10_000,
    "offers": "let me know if you " * 10_500,
    "counts of words": "word count:" + " " * 200_000,
    "speakers": "Abc: d\n" * 28_500,
    "escapes": "\\n" * 100_000,
    "formulas": "$a" * 100_000,
    "two scripts": "да one " * 28_500,
    "lines of verse": "A\n" * 100_000,
    "verse that builds up": "\n\n".join("\n".join(f"A w{of} b c d e f g" for of in range(at)) for at in range(100)),
    "a word of two scripts": "abвг" * 50_000,
    "many languages": "Aa bb. " * 14_000 + "Да бб. " * 14_000,
    "signs without spaces": "海在夜里说话" * 33_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_no_text_takes_long_however_it_is_made(name: str) -> None:
    text = WORST[name]
    handed = replace(subject(""), text=text, rendered=Rendered("", ()), with_form=False, facts=Facts(tools=("submit",)))
    begun = time.process_time()
    said(text, check(handed))
    # What is not linear takes minutes.
    assert time.process_time() - begun < 8
