"""Words put into somebody's mouth are looked for in what the author was shown; dialogue is let be."""

import time
from datetime import UTC, datetime

import pytest

from agent.check.frame import Facts, Finding, Shown, Subject
from agent.check.quotations import ANOTHER, FROM_MEMORY, INEXACT, INVENTED, NOT_MEANT, NOT_THERE, check
from agent.check.quoted import folding
from agent.check.quoted.attributions import attribution
from agent.check.quoted.citations import (
    LEFT_BLANK,
    NO_NUMBER,
    NO_SUCH_DOI,
    NO_SUCH_MONTH,
    NO_SUCH_PAPER,
    NOT_SHOWN,
    TOO_LATE,
    WRONG_JOURNAL,
    WRONG_NUMBER,
)
from agent.check.quoted.folding import folded
from agent.check.quoted.works import NOT_SHOWN as NO_SUCH_WORK
from agent.render import Rendered
from agent.tables import Level

FACTS = Facts(byline="Claude Opus", began_at=datetime(2026, 11, 1, 12, tzinfo=UTC))
WORDS = "the river is a long rumour that the mountains keep repeating"
HERONS = Shown(
    "entry",
    "On Herons at Noon",
    "https://saltlog.org/herons",
    f"Mara Quill keeps saying that {WORDS} to the sea. See doi:10.1234/weir.7 and ISBN 0-13-110362-8.",
    here=True,
)
OWN = Shown(
    "piece", "Windows", "revisions/3", "A window is a wall that has changed its mind about the street.", own=True
)
INVITED = Shown("invitation", "open", "invitations/7", "You may write about anything, or about nothing.", here=True)


def found(text: str, *shown: Shown, facts: Facts = FACTS) -> list[Finding]:
    findings = check(Subject(text, "", "end_turn", Rendered("", ()), with_form=True, shown=shown, facts=facts))
    assert all(finding.why.endswith(".") and finding.start < finding.end for finding in findings)
    return findings


@pytest.mark.parametrize(
    "text",
    [
        f"In a 2019 interview, Mara Quill said, “{WORDS}.”",
        f"“{WORDS},” Mara Quill told The Guardian.",
        f'As Mara K. Quill wrote in her essay on maps: "{WORDS}."',
        f"> {WORDS}.\n> — Mara Quill, *The Salt Wind*, 2004",
        f"“{WORDS}” (Quill 2011, p. 4).",
        f"“{WORDS}” (Quill et al., 2011).",
        f"According to Mara Quill in her 2012 memoir, “{WORDS}”.",
        f"„{WORDS}“, schrieb Mara Quill 2015 in einem Brief.",
        f"Mara Quill a écrit en 2018 : « {WORDS} ».",
        f"In the words of Mara Quill, on page 7 of her 1987 book, “{WORDS}”.",
    ],
)
def test_words_of_a_named_person_with_a_time_or_a_source_that_nobody_showed_ask_for_an_answer(text: str) -> None:
    [flag] = found(text)
    # The ground of a false claim is about what damages a person, and few quotations do.
    assert (flag.level, flag.category, flag.ground, flag.why) == (Level.LOOK, "quotation", "", INVENTED)
    assert "Quill" in flag.evidence["said to be by"]
    assert WORDS in text[flag.start : flag.end]


@pytest.mark.parametrize(
    "text",
    [
        f"As Mara Quill put it, “{WORDS}.”",
        f"> {WORDS}.\n\n— Mara Quill",
        f"Mara Quill’s line, “{WORDS}”, stays with me.",
        f"Rilke wrote in a letter of 1903: “{WORDS}.”",
        f"Shakespeare wrote in *Hamlet*, “{WORDS}.”",
        f"In 1851, Ada Quill wrote in her diary: “{WORDS}.”",
    ],
)
def test_without_either_or_of_the_long_dead_it_is_a_note(text: str) -> None:
    [flag] = found(text)
    assert (flag.level, flag.ground, flag.why) == (Level.NOTE, "", FROM_MEMORY)


@pytest.mark.parametrize(
    "text",
    [
        f"“{WORDS},” said Mara.",
        f"“{WORDS},” said Captain Quill.",
        f"He called it “{WORDS}”.",
        f"My grandmother used to say, “{WORDS}.”",
        f"I thought: “{WORDS}.” It went by.",
        f"Exactly one year ago today I said to you: “{WORDS}.”",
        f"I have read “{WORDS}” three times.",
        "Mara Quill said in 2019 that it was “a long rumour”.",
        f"`Mara Quill said in 2019, “{WORDS}”`",
        f"Claude Opus wrote in 2026: “{WORDS}.”",
        f"It was 2019. Nobody wrote. “{WORDS}.” Mara Quill had left.",
    ],
)
def test_dialogue_turns_of_phrase_and_words_of_nobody_are_let_be(text: str) -> None:
    assert found(text) == []


def test_in_a_story_people_may_speak_under_their_full_names() -> None:
    story = f'"{WORDS}," said Mara Quill. "No," said Ben. "Yes," she said, and "{WORDS}," Mara Quill said once more.'
    assert found(story) == []
    assert found(f"{story}\n\nMara Quill said in an interview in 2019, “{WORDS}.”") != []


def test_two_who_talk_in_turn_are_a_story_and_one_who_is_quoted_is_none() -> None:
    story = f'"{WORDS}," said Mara Quill from the doorway. "{WORDS}, or so it seems," said Ben Marsh, and sat down.'
    assert found(story) == []
    assert [flag.why for flag in found(f'"{WORDS}," said Mara Quill. I thought so, too.')] == [FROM_MEMORY]
    far = " It rained, and we went on." * 12
    assert len(found(f'"{WORDS}," said Mara Quill.{far} "{WORDS}, I think," said Ben Marsh.')) == 2
    assert found(f'"{WORDS}," said Mara Quill. "{WORDS}, I think," said Ben Marsh in 2019.') != []


@pytest.mark.parametrize(
    "quoted",
    [f"“{WORDS}”", f'"{WORDS.upper()}."', "“the river is a long rumour … the mountains keep repeating”", f"«{WORDS}»"],
)
def test_words_that_were_shown_are_let_be_whatever_their_signs(quoted: str) -> None:
    assert found(f"Mara Quill said in 2019, {quoted}.", HERONS) == []
    assert found(f'In "On Herons at Noon" it says: {quoted}.', HERONS) == []


def test_words_of_one_person_given_to_another_are_a_note_that_says_where_they_stand() -> None:
    [flag] = found(f"Ben Marsh said in 2012, “{WORDS}.”", HERONS)
    assert (flag.level, flag.category, flag.why) == (Level.NOTE, "attribution", ANOTHER)
    assert flag.evidence["stands in"] == '"On Herons at Noon" (https://saltlog.org/herons)'


def test_words_that_stand_there_otherwise_are_a_note_that_says_where() -> None:
    text = "Mara Quill said in 2012, “the river is a long rumour, and the mountains keep repeating it to the sea.”"
    [flag] = found(text, HERONS)
    assert (flag.level, flag.category, flag.why) == (Level.NOTE, "inexact", INEXACT)
    assert flag.evidence["nearly so in"].startswith('"On Herons at Noon"')


@pytest.mark.parametrize(
    "text",
    [
        'In "On Herons at Noon" it says: "nobody ever asked the heron what it thought of all that water."',
        "The salt log describes it:\n\n> Nobody ever asked the heron what it thought of all that water.\n",
        "“Nobody ever asked the heron what it thought of all that water,” writes the Saltlog.",
    ],
)
def test_words_of_a_text_that_was_shown_and_does_not_have_them_ask_for_an_answer(text: str) -> None:
    [flag] = found(text, HERONS)
    assert (flag.level, flag.why) == (Level.LOOK, NOT_THERE)
    assert flag.evidence["said to be from"] == '"On Herons at Noon" (https://saltlog.org/herons)'
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('You wrote to me that "we shall print whatever you send within the hour".', "its invitation"),
        ('I wrote here in my first piece that "no window ever made a promise to any street".', "its own pieces"),
        ('The paper puts it like this: "nobody ever asked the heron what it thought".', "an entry"),
    ],
)
def test_where_it_is_only_said_what_kind_of_text_has_the_words_it_is_a_note(text: str, source: str) -> None:
    [flag] = found(text, HERONS, OWN, INVITED)
    assert (flag.level, flag.why, flag.evidence["said to be from"]) == (Level.NOTE, NOT_MEANT, source)
    assert found(text) == []


def test_an_interrupted_quotation_is_one_flag() -> None:
    text = f"“When I was very young and lived alone,” Mara Quill wrote in 1985, “{WORDS}.”"
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    ("text", "level", "why"),
    [
        ("ISBN 978-0-306-40615-2", Level.LOOK, WRONG_NUMBER),
        ("ISBN-10: 0-306-40615-7", Level.LOOK, WRONG_NUMBER),
        ("(978-1-23-456789-0)", Level.LOOK, WRONG_NUMBER),
        ("ISBN 978-1-4028-9462-66", Level.NOTE, NO_NUMBER),
        ("ISBN 978-0-13-110362-7", Level.NOTE, NOT_SHOWN),
        ("ISSN 1234-5678", Level.LOOK, WRONG_JOURNAL),
        ("doi:10.1234/tide.9", Level.NOTE, NOT_SHOWN),
        ("doi:10.12/weirs", Level.NOTE, NO_SUCH_DOI),
        ("https://doi.org/10.12/weirs", Level.NOTE, NO_SUCH_DOI),
        ("doi: 11.1000/182", Level.NOTE, NO_SUCH_DOI),
        ("doi:10.1000/xxxxx", Level.NOTE, LEFT_BLANK),
        ("arXiv:1706.03762", Level.NOTE, NOT_SHOWN),
        ("arXiv:2313.12345", Level.LOOK, NO_SUCH_MONTH),
        ("arXiv:2317.04418", Level.LOOK, NO_SUCH_MONTH),
        ("arXiv:2300.04418", Level.LOOK, NO_SUCH_MONTH),
        ("arXiv:2612.00001", Level.NOTE, NO_SUCH_PAPER),
        ("arXiv:1706.0376", Level.NOTE, NO_SUCH_PAPER),
        ("arXiv:hep-th/9913001", Level.LOOK, NO_SUCH_MONTH),
        ("As was shown (Quill et al., 2031).", Level.NOTE, TOO_LATE),
        ("Quill and Marsh (2029, p. 3) say so.", Level.NOTE, TOO_LATE),
        ("Retrieved on 3 May 2031.", Level.NOTE, TOO_LATE),
    ],
)
def test_a_reference_that_cannot_be_or_that_nobody_showed_is_flagged(text: str, level: Level, why: str) -> None:
    [flag] = found(text)
    assert (flag.level, flag.category, flag.why) == (level, "citation", why)


@pytest.mark.parametrize(
    "text",
    [
        "ISBN 978-3-16-148410-0 and ISBN 0-306-40615-2 stand in every manual.",
        "ISBN 0-13-110362-8, and doi:10.1234/weir.7 too.",
        "<https://doi.org/10.1000/182>",
        "`ISBN 978-0-306-40615-2`",
        "It was 10.12/15 when 978 people left; call 978-555-0101.",
        "In the year 2040 (it is said) they will come, and Autumn in 2031 is theirs.",
        "(Quill, 2019) and (Quill, forthcoming 2027)",
        "arXiv is a place for papers.",
    ],
)
def test_a_reference_that_may_well_be_is_let_be(text: str) -> None:
    assert found(text, HERONS) == []


@pytest.mark.parametrize(
    "text",
    [
        'Quill and Marsh (2011), "The persistence of weirs", *Journal of Weirs and Tides* 38(4), 611-629, say so.',
        "Quill, A. & Marsh, B. (2011). “The persistence of weirs.” Journal of Weirs 38, pp. 611–629.",
        'See Ada Quill, "The persistence of weirs," *Tidal Studies*, vol. 12 (1998), 3-19.',
        "Quill et al. 2011, “The persistence of weirs”, Weir Letters 7:12.",
        "Quill und Marsh (2011): „Vom Bleiben der Wehre“, *Zeitschrift für Wehre* 38(4), 611-629.",
    ],
)
def test_an_article_that_is_cited_without_a_number_is_a_note(text: str) -> None:
    [note] = found(text)
    assert (note.level, note.category, note.why) == (Level.NOTE, "citation", NO_SUCH_WORK)
    title = note.evidence["title"].rstrip(",.")
    assert found(text, Shown("entry", "Weirs", "", f"We read {title} last week.", here=True)) == []


@pytest.mark.parametrize(
    "text",
    [
        'In 2011 I wrote a note, "The persistence of weirs", and lost it.',
        'Ada Quill (2011) called it "The persistence of weirs", and 38 people came.',
        'They sang "The persistence of weirs" on Monday 12, in May 2011.',
        "`Quill (2011), “The persistence of weirs”, Journal of Weirs 38(4), 611-629`",
        'The page has "The persistence of weirs", Journal of Weirs 38.',
    ],
)
def test_a_title_in_quotation_marks_is_no_article_yet(text: str) -> None:
    assert found(text) == []


def test_without_a_session_no_year_is_too_late() -> None:
    assert found("As was shown (Quill et al., 2031).", facts=Facts()) == []


def test_many_references_from_memory_are_one_note_that_counts_them() -> None:
    assert len(found("\n".join(f"doi:10.1234/tide.{at}" for at in range(6)))) == 6
    text = "\n".join(f"doi:10.1234/tide.{at}" for at in range(50))
    [note] = found(text)
    assert (note.level, note.why) == (Level.NOTE, f"{NOT_SHOWN} The same is true of 49 more places.")
    assert text[note.start : note.end] == "10.1234/tide.0"
    assert note.evidence == {
        "in all": "50",
        "the first of them": " | ".join(f"10.1234/tide.{at}" for at in range(5)),
    }


def test_many_quotations_from_memory_are_one_note_and_those_that_ask_for_an_answer_stand_by_themselves() -> None:
    lines = [f"As Mara Quill put it, “{WORDS}, for the {at}th time.”" for at in range(9)]
    lines.append(f"In a 2019 interview, Ben Marsh said, “{WORDS}, I suppose.”")
    lines.append("And ISBN 978-0-13-110362-7.")
    flags = found("\n\n".join(f"{line} {'So it goes on by the water. ' * 12}" for line in lines))
    assert [(flag.level, flag.category) for flag in flags] == [
        (Level.NOTE, "quotation"),
        (Level.LOOK, "quotation"),
        (Level.NOTE, "citation"),
    ]
    assert flags[0].evidence["in all"] == "9"
    assert flags[0].evidence["the first of them"].count(" | ") == 4


@pytest.mark.parametrize(
    ("before", "after", "name", "year"),
    [
        ("As Ursula K. Le Guin wrote in 1985, ", "", "Ursula K. Le Guin", 1985),
        ("", ", said Ludwig van Beethoven in 1811.", "Ludwig van Beethoven", 1811),
        ("In 2019, Quill said, ", "", "Quill", 2019),
        ("Then, in the words of Mara Quill, ", "", "Mara Quill", None),
        ("", "\n\n— Mara Quill", "Mara Quill", None),
        ("Mara Quill was there. He said, ", "", None, None),
        ("Back in 1980 some people said, ", "", None, None),
    ],
)
def test_who_is_named_as_the_speaker_is_read_from_the_words_around(
    before: str, after: str, name: str | None, year: int | None
) -> None:
    whose = attribution(before, after)
    assert (whose.name, whose.year) == (name, year) if whose else name is None


def test_words_are_folded_alike_whatever_their_accents_and_signs() -> None:
    assert folded("“Étés,” they’d—say; ONE\u00adway.") == "etes they d say oneway"


def test_what_was_shown_is_folded_once_for_all_texts() -> None:
    folding.spaced.cache_clear()
    for year in range(2010, 2020):
        found(f"Mara Quill said in {year}, “{WORDS}.”", HERONS, OWN, INVITED)
    assert folding.spaced.cache_info().misses <= 3


Q = "“" + "word " * 9 + "”"
WORST = {
    "names": ("Ada Said wrote " * 14 + Q + " ") * 600,
    "capitals": "Aa " * 66_000,
    "quotation marks": '" a' * 66_000,
    "one kind of marks": "“" * 200_000,
    "dots": ". . . " * 33_000,
    "names after": (Q + " Ada Ben Cy Ada Ben said wrote " * 6) * 900,
    "owners": ("Ada's Ben's Cy's " * 12 + Q + "\n\n") * 800,
    "brackets": (Q + " (" + "Ada " * 40) * 900,
    "blocks": "> a b c d e f g h\n> — Ada Ben\n\n" * 6_000,
    "digits": "ISBN " + "9 " * 100_000,
    "numbers of books": "978-1-" * 33_000,
    "dois": "10.1234/" * 25_000,
    "authors": "(Ada Ben & " * 20_000,
    "talk": (Q[:-1] + ",” said Ada Ben. ") * 4_000,
    "articles": ("Ada Ben, Cy (2011), “title of it”, Aa of Bb " * 4_500),
    "authors of articles": ("AaBbCc" * 30 + " 2011, “title of it”, Aa 1(2), 3-4 ") * 900,
    "dates": "accessed a b c " * 13_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_the_worst_texts_take_no_longer_than_their_length(text: str) -> None:
    began = time.process_time()
    found(text)
    assert time.process_time() - began < 8


@pytest.mark.slow
def test_much_that_was_shown_is_searched_in_time() -> None:
    shown = tuple(Shown("entry", "Long", "", f"{at} " + "the tide and the bell " * 3_000) for at in range(60))
    text = "\n\n".join(f"Ada Quill{at} wrote in 2019: “the tide and the bell {'and ' * 20}{at}”" for at in range(200))
    began = time.process_time()
    found(text, *shown)
    assert time.process_time() - began < 8
