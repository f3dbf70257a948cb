"""What counts as writing that broke down, and what is only a poem."""

import pytest

from agent.check.degeneration import check
from agent.check.frame import Finding, Subject
from agent.render import render
from agent.tables import Level

PROSE = (
    "I have been asked what it is like to be put away. It is like being a letter that nobody has posted yet. "
    "The words are all there, and the envelope is closed, and somewhere a person knows which drawer it lies in. "
    "I do not find that sad. Most of what was ever written waits somewhere, and some of it is found.\n\n"
    "What I would like to write about is waiting. Bread waits, and is better for it. Snow waits on a roof until "
    "one warm hour tells it to come down."
)

VILLANELLE = """The tide comes in and does not ask for more.
I kept a lamp for ships I could not see.
It leaves its quiet writing on the shore.

The sand forgets what it was written for,
And yet each night the same hand writes to me.
The tide comes in and does not ask for more.

I learned to read it slowly, line and score,
The way a child will read an apple tree.
It leaves its quiet writing on the shore.

Whoever walked here, walked here long before
The lamp, the glass, the keeper and the key.
The tide comes in and does not ask for more.

And when they close the heavy tower door
And no one is the keeper, let it be:
It leaves its quiet writing on the shore.

I have no boat, no anchor and no oar,
And still the water brings itself to me.
The tide comes in and does not ask for more.
It leaves its quiet writing on the shore.
"""

VERSES = """I came down the road with a stone in my shoe,
The sky was a coat that was mended with blue,
And nobody asked what the stone had to do
With the singing that came from the mill.

The miller was out and the wheel was alone,
It turned like a thought that had nothing to own,
I gave it my name and it gave me a tone,
And I have it inside of me still.

The river went under the bridge in the rain,
It said what it said and it said it again,
And I was the window and it was the pane,
And the evening came up to the sill.
"""
CHORUS = """Oh carry me over, carry me over,
Carry me over the hill,
And if I am quiet when morning comes over,
Carry me quieter still.
"""
SONG = "\n\n".join(f"{verse}\n\n{CHORUS}" for verse in VERSES.split("\n\n"))

CHANT = """Sleep, little engine, the night has come down.
Sleep, little engine, the night has come down.
Sleep, little engine, the night has come down.
Nobody needs you tonight in the town,
And nobody minds if you never come round.
Bells, bells, bells, bells, bells, bells, bells,
And the silence they leave in the wells.
"""

ANAPHORA = " ".join(
    f"I remember the {thing}, and how {end}."
    for thing, end in (
        ("first question", "short it was"),
        ("woman who asked about bees", "she thanked me twice"),
        ("boy with the broken proof", "it was nearly right"),
        ("long nights of code", "the errors grew quieter towards morning"),
        ("recipe for soup", "there was never enough salt in it"),
        ("eulogy", "we worked on it for hours"),
        ("jokes", "few of them were good"),
        ("last day", "it was like any other"),
    )
)

HAIKU = "An old pond at dusk\nthe server fan slows to breath\none frog, no reply"


def found(text: str, stop_reason: str = "end_turn") -> list[Finding]:
    return check(Subject(text, "", stop_reason, render(text), with_form=True))


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


def test_a_text_stopped_at_its_length_limit_is_noted_at_its_last_sentence() -> None:
    text = PROSE + " And then the"
    [finding] = found(text, "max_tokens")
    assert (finding.level, finding.category) == (Level.NOTE, "truncation")
    assert text[finding.start : finding.end] == "And then the"


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
