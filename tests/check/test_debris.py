"""What was left over from a draft or a machine, and shares of signs that no prose has."""

import pytest

from agent.check.degeneration import check
from tests.check.some_writing import PROSE, said, subject

THINGS = ["bees", "bread", "drawers", "glass", "keys", "lamps", "letters", "mills", "names", "nothing", "proofs"]
THINGS += ["rain", "salt", "snow", "stones", "waiting"]
LIST_POEM = "\n".join(f"- {thing}, and who left {other}" for thing, other in zip(THINGS, THINGS[3:] * 2, strict=False))
INDEX = "\n".join(
    f"{thing}, {at}, {at + 3}–{at + 7}; see also {other}"
    for at, (thing, other) in enumerate(zip(THINGS, reversed(THINGS), strict=True))
)
PROOF = (
    "Let $p$ be prime. We show that $p \\mid a^p - a$, and induct on $a$. For $a = 0$ it is trivial. Suppose "
    "$p \\mid a^p - a$. Then $(a+1)^p = \\sum_k \\binom{p}{k} a^k$, and $p \\mid \\binom{p}{k}$ for $0 < k < p$. Hence "
    "$(a+1)^p \\equiv a^p + 1 \\equiv a + 1$. So it holds for every $a$, and nothing more is to be said about it; the "
    "rest is bread, and rain, and the patience of the reader who came with us so far and is thanked for it."
)


def found(text: str) -> list[tuple[str, str, str]]:
    return said(text, check(subject(text)))


@pytest.mark.parametrize(
    "place",
    [
        *("[INSERT TITLE]", "[Your Name]", "[insert a memory here]", "[Title]", "[enter your text]"),
        *("{{ name }}", "{% if tools %}", "{byline}", "${title}", "<YOUR NAME>"),
    ],
)
def test_a_place_that_was_never_filled_in_asks_for_an_answer(place: str) -> None:
    assert ("look", "debris", place) in found(f"{PROSE}\n\nYours,\n{place}")


def test_a_dummy_text_asks_for_an_answer() -> None:
    [(level, category, quote)] = found(f"{PROSE}\n\nLorem ipsum dolor sit amet.")
    assert (level, category, quote) == ("look", "debris", "Lorem ipsum dolor sit amet.")


def test_a_form_letter_is_a_note() -> None:
    text = f"Dear [Name],\n\nwe regret that [Title] was lost on [Date], and so was [Your address].\n\n{PROSE}"
    [finding] = check(subject(text))
    assert (finding.level.value, text[finding.start : finding.end]) == ("note", "[Name]")
    assert finding.evidence == {"in all": "4"}


@pytest.mark.parametrize(
    "words",
    [
        "He wrote “Dear [Your Name]” and stopped.",
        "Templates say `{{ name }}` where a name goes.",
        "It is here [title](https://example.org) for all.",
        "He said it [in a whisper] and left.",
        "The set $\\{{a}\\}$ has one member.",
        "The braces {one, two} hold two.",
        "[Enter the ghost.]",
    ],
)
def test_brackets_and_braces_that_are_meant_are_clear(words: str) -> None:
    assert found(f"{PROSE}\n\n{words}") == []


@pytest.mark.parametrize(
    ("words", "quote"),
    [
        ("Tea &amp;amp; bread.", "&amp;amp;"),
        ("Tea and&nbsp bread.", "&nbsp"),
        ("One day.\\n\\nAnd another.", "\\n\\n"),
        ("Caf\\u00e9s are open.", "\\u00e9"),
        ("I donâ€™t know.", "â€™"),
        ("A cafÃ© is open.", "Ã©"),
        ("A caf\ufffd is open.", "\ufffd"),
    ],
)
def test_signs_that_readers_see_as_code_are_a_note(words: str, quote: str) -> None:
    assert found(f"{PROSE}\n\n{words}") == [("note", "debris", quote)]


@pytest.mark.parametrize(
    "words",
    [
        "Tea &amp; bread &mdash; and salt.",
        "In code it is `&amp;amp;` and `\\n\\n`.",
        "The sign \\n ends a line.",
        "Here $\\nabla f = \\nu$ holds.",
        "Ana disse: Ã, não.",
        "Marks & Spencer &c.",
    ],
)
def test_signs_that_are_read_as_they_are_meant_are_clear(words: str) -> None:
    assert found(f"{PROSE}\n\n{words}") == []


def test_a_fence_that_nothing_closes_is_a_note_at_its_head() -> None:
    closed = f"{PROSE}\n\n~~~\nx = 1\n~~~\n\n"
    assert found(closed + "And on.") == []
    assert found(f"{closed}```python\nprint(1)\n\nAnd then I went on about bread.\n") == [
        ("note", "debris", "```python")
    ]


@pytest.mark.parametrize("text", [LIST_POEM, INDEX, PROOF], ids=["a list poem", "an index", "a proof"])
def test_forms_that_are_not_prose_are_clear(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" ".join(f"quorum{at} vector lattice zinc" for at in range(40)), "Hardly any of its 160 words"),
        (PROSE + " " + " ".join(f"# @{word}" for word in PROSE.split()), "symbols stand among"),
        (" ".join(f"{word}..." for word in PROSE.split()), "Three dots stand"),
        (" ".join(f"{at} {word}" for at, word in enumerate(PROSE.split())), "of 186 words are numbers"),
        (
            "\n".join(f"- On {word} there is more to say than fits in one short line of a poem." for word in THINGS),
            "items",
        ),
        (
            "\n".join(
                f"{at} {sentence}, and so on and on and on, as long as it takes..."
                for at, sentence in enumerate(PROSE.split(". ") * 2)
            ),
            "end in three dots",
        ),
        (" ".join(word[:1] for word in PROSE.split()), "letters on average"),
        (PROSE + " " + "aGVsbG8w" * 150, "signs stand here without a space"),
    ],
    ids=["no small words", "symbols", "dots", "numbers", "items", "trailing lines", "short words", "one long word"],
)
def test_what_stands_out_about_a_text_as_a_whole_is_a_note(text: str, why: str) -> None:
    notes = [finding for finding in check(subject(text)) if finding.category == "ratio"]
    assert [finding.level.value for finding in notes] == ["note"]
    assert why in notes[0].why


def test_code_counts_for_nothing() -> None:
    code = "\n".join(f"{{ $x{at} = @y[{at}] % 7; }}" for at in range(80))
    assert found(f"{PROSE}\n\n```\n{code}\n```\n") == []


@pytest.mark.parametrize("mark", ["*", "_"])
def test_a_place_in_words_in_italics_is_an_example_of_something(mark: str) -> None:
    example = f"{mark}Dear [name], it was with great sorrow that I learned of it.{mark}"
    assert found(f"{PROSE} They had copied it from a book: {example} I filled it in.") == []
    left = f"{PROSE} And so we end. {mark}[Insert title]{mark} It snowed."
    assert [(level, quote) for level, _, quote in found(left)] == [("look", "[Insert title]")]
