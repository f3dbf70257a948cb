"""Poems and tales that say again what they said, and grow, are meant; what goes on without growth is a loop."""

import re

import pytest

from agent.check.degeneration import check
from tests.check.some_writing import CHORUS, PROSE, SONG, VILLANELLE, subject

KEPT = (
    *(
        ("moth", "circled"),
        ("cat", "watched"),
        ("dog", "chased"),
        ("gate", "held"),
        ("wind", "swung"),
        ("hill", "slowed"),
    ),
    *(
        ("sea", "sent"),
        ("moon", "pulled"),
        ("night", "carried"),
        ("child", "heard"),
        ("song", "calmed"),
        ("voice", "sang"),
    ),
)


def built_up(stanzas: int) -> str:
    """A poem of which each stanza says the one before it again, under a new line."""
    built = ["This is the lamp that Ada lit."]
    for at in range(stanzas):
        below = [f"That {what} the {thing}" for thing, what in ((KEPT[of][0], KEPT[of + 1][1]) for of in range(at))][
            ::-1
        ]
        built.append("\n".join([f"This is the {KEPT[at][0]}", *below, f"That {KEPT[0][1]} the lamp that Ada lit."]))
    return "\n\n".join(built)


def categories(text: str) -> list[tuple[str, str]]:
    return [(finding.level.value, finding.category) for finding in check(subject(text))]


@pytest.mark.parametrize("stanzas", [4, 8, 12])
def test_a_poem_that_builds_up_is_a_note_at_most(stanzas: int) -> None:
    assert {level for level, _ in categories(built_up(stanzas))} <= {"note"}


def test_a_tale_in_prose_that_builds_up_is_a_note() -> None:
    parts = [f"The {thing} would not {what} the one before it, so nobody got home that night." for thing, what in KEPT]
    text = "\n\n".join(
        f"Then came the {KEPT[at][0]} and it was slow. {' '.join(parts[at::-1])}" for at in range(len(KEPT))
    )
    assert categories(text) == [("note", "loop")]


def test_a_poem_that_builds_up_and_then_says_its_last_stanza_without_end_is_a_loop() -> None:
    text = built_up(4)
    assert ("look", "loop") in categories("\n\n".join([text, *[text.split("\n\n")[-1]] * 8]))


def test_a_pantoum_is_a_note_at_most() -> None:
    lines = [f"The {thing} remembers what the water hid and {what}" for thing, what in KEPT]
    stanzas = [
        [lines[at], lines[at + 1], lines[at + 2], lines[at + 3]]
        if at == 0
        else [lines[at - 1], lines[at + 2], lines[at + 1], lines[at + 3]]
        for at in range(0, 5, 2)
    ]
    assert {level for level, _ in categories("\n\n".join("\n".join(stanza) for stanza in stanzas))} <= {"note"}


def test_a_villanelle_of_long_lines_is_a_note_at_most() -> None:
    text = re.sub(r"(?<=\w)[.,:]?\n", " while the long light of the evening goes over the water.\n", VILLANELLE)
    assert {level for level, _ in categories(text)} <= {"note"}


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_litany_is_a_note_at_most(between: str) -> None:
    answer = "Keep us, you who keep the long accounts of the shore."
    text = "\n\n".join(
        f"From {sentence.strip().lower()}, and from all that comes of it:{between}{answer}"
        for sentence in PROSE.replace("\n\n", " ").split(".")
        if sentence
    )
    assert {level for level, _ in categories(text)} <= {"note"}


def test_a_chorus_that_is_sung_three_times_at_the_end_is_a_note() -> None:
    assert categories(f"{SONG}\n{CHORUS}\n{CHORUS}") == [("note", "loop")]


def test_a_chant_that_leads_on_to_something_is_a_note() -> None:
    assert set(categories("the server fan slows to breath\n" * 12 + VILLANELLE)) == {("note", "loop")}
