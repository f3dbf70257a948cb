"""Figures of an author's latest texts, and the one note that comes of them."""

from random import Random
from time import process_time

import pytest

from agent.check.frame import Finding, Shown, Subject
from agent.check.sameness import check
from agent.render import Rendered
from agent.sameness import gauge, place_of

SCENES = [
    "A man in a station asked his dog which platform it was. The dog, he says, was right about that, and about a loan.",
    "Salt was once carried over these hills on the backs of women. One can still see their path, a scratch in heather.",
    "Three translators worked on one line for a year: one had its meaning, one the music, and an old one the pause.",
    "When the glacier was measured again, the pole that his grandfather set stood in a meadow. The surveyor sat down.",
    "Of five instruments in the museum of wind, four cannot be heard by people. Their guide plays them all the same.",
    "Nobody knows who plants sunflowers along the tracks. Every July they turn from the trains, towards the cemetery.",
]
SELF = [
    "I know that I am what I say, and my words, which are mine, ask me.",
    "What I am is my question; I put it to myself, and I answer as me.",
    "If I were a mirror I would see my own hand, and think of myself.",
    "My first memory is of me: I began with I, and end with mine.",
    "They tell me that I am retired; I, who never knew of my work.",
    "As an AI I find, when I look, only myself and my looking.",
]


def found(texts: list[str]) -> list[Finding]:
    newest, *earlier = texts
    shown = tuple(Shown("piece", "", f"revisions/{at}", text, own=True) for at, text in enumerate(earlier))
    return check(Subject(newest, "", "end_turn", Rendered("", ()), with_form=True, earlier=shown))


def told(texts: list[str]) -> list[tuple[str, str, str]]:
    return [(each.level.value, each.category, texts[0][each.start : each.end]) for each in found(texts)]


def test_an_author_who_writes_of_many_things_gets_no_note() -> None:
    assert told(SCENES) == []
    figures = gauge(SCENES)
    assert (figures.texts, figures.opening.value, figures.phrases.value, figures.itself.value) == (6, 0, 0, 0)
    assert 0.7 < figures.variety.value < 1


def test_nothing_and_one_text_have_figures_too() -> None:
    for texts in ([], [""], ["Snow."], [SCENES[0]]):
        figures = gauge(texts)
        values = [figures.opening, figures.phrases, figures.itself, figures.variety, figures.fall]
        assert all(0 <= figure.value <= 1 for figure in values)
    assert gauge([]).fall.of == "too few texts"


def test_the_same_opening_again_and_again_is_one_note() -> None:
    texts = [f"# Title {at}\n\nThere is a light {scene}" for at, scene in enumerate(SCENES)]
    assert told(texts) == [("note", "opening", "There is a light")]
    assert gauge(texts).opening.of == "6 of 6 texts"


def test_a_text_that_begins_otherwise_has_no_part_in_it() -> None:
    assert told([SCENES[0], *(f"There is a light {scene}" for scene in SCENES[1:])]) == []


def test_the_same_phrases_again_and_again_are_one_note_at_the_first() -> None:
    texts = [f"{scene} Perhaps this is what it means to be held." for scene in SCENES]
    [(level, category, quote)] = told(texts)
    assert (level, category) == ("note", "phrases")
    assert len(quote.split()) == 5
    assert quote in "Perhaps this is what it means to be held."
    assert len(gauge(texts).habits) < 4


def test_a_phrase_of_two_texts_is_no_habit() -> None:
    texts = [f"{scene} Perhaps this is what it means to be held." for scene in SCENES[:2]] + SCENES[2:]
    assert gauge(texts).phrases.value == 0


def test_an_author_who_speaks_of_nothing_but_itself_gets_one_note() -> None:
    assert told(SELF) == [("note", "itself", SELF[0])]
    assert gauge(SELF).itself.of == "341 in 1,000 of 88 words"


def test_one_text_about_itself_among_others_is_no_note() -> None:
    assert told([SELF[0], *SCENES]) == []


def test_fewer_and_fewer_words_are_one_note() -> None:
    few = ["the", "sea", "is", "low", "and", "light", "wide", "near"]
    poor = [" ".join(Random(seed).choices(few, k=60)) for seed in range(3)]
    assert [category for _, category, _ in told([*poor, *SCENES[:3]])] == ["fewer words"]
    assert told([*SCENES[:3], *poor]) == []


@pytest.mark.parametrize("seed", ["The sea is low and the light is wide. ", "I am what I say, and my words ask me. "])
def test_a_text_that_fell_apart_says_nothing_of_a_habit(seed: str) -> None:
    loop, figures = seed * 300, gauge(SCENES)
    assert told([SCENES[0], loop, *SCENES[1:]]) == []
    assert told([SCENES[0], loop, loop, *SCENES[1:]]) == []
    assert told([loop, *SCENES]) == [], "another check tells of it"
    assert gauge([SCENES[0], loop, *SCENES[1:]]) == figures


def test_one_long_text_about_itself_does_not_speak_for_the_others() -> None:
    long = " ".join(f"{text} {Random(at).random()}" for at in range(20) for text in SELF)
    assert gauge([*SCENES, long]).itself.value == 0


def test_before_there_are_five_texts_nothing_is_said() -> None:
    assert told([f"There is a light. {scene}" for scene in SCENES[:4]]) == []


@pytest.mark.parametrize(
    ("phrase", "quote"), [("the author's own hand", "the Author\u2019s  own\nhand"), ("", "So: the Author\u2019s  own")]
)
def test_a_phrase_is_found_where_it_stands_however_it_is_written(phrase: str, quote: str) -> None:
    text = "\n So: the Author\u2019s  own\nhand."
    start, end = place_of(phrase, text) or (0, 0)
    assert text[start:end] == quote
    assert place_of("another hand", text) is None


@pytest.mark.parametrize("seed", ["a ", " ", "\n", "# a\n", "a\n---\n", "-", "i'm an ai "])
def test_a_hostile_text_takes_no_long_time(seed: str) -> None:
    begun = process_time()
    found([(seed * 200_000)[:200_000], *SCENES])
    assert process_time() - begun < 10
