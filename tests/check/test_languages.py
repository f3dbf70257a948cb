"""A text in another language than expected is worth knowing; one that slips into another script was hardly meant."""

import pytest

from agent.check.broken.languages import ALIKE, NAMED
from agent.check.broken.scripts import BEGINS, SCRIPTS
from agent.check.degeneration import check
from agent.check.frame import Shown
from agent.render.kept import LANGUAGES
from tests.check.some_writing import ANAPHORA, PROSE, VILLANELLE, said, subject

FRENCH = (
    "La mer revient chaque nuit et ne demande rien de plus. J'ai gardé une lampe pour des bateaux que je ne voyais "
    "pas, et le sable oublie ce qu'on y écrit. Pourtant, chaque nuit, la même main revient et recommence, comme un "
    "enfant qui apprend à lire un pommier. Personne ne m'a demandé pourquoi, et je crois que personne ne le fera."
)
ALSO_FRENCH = (
    "Le vent tourne autour de la maison, et personne ne lui ouvre la porte. Je l'écoute depuis longtemps, et je crois "
    "qu'il ne cherche rien. Il passe, comme passent les mots que nous n'avons pas écrits ce soir, et qui reviendront."
)
RUSSIAN = (
    "И потом снег упал на крышу, и никто не знал, когда он растает и станет водой. Хлеб ждал на столе, и письмо ждало "
    "в ящике, и я ждал вместе с ними, и никто не пришёл. Так прошла зима, и так прошла весна, и лето прошло тоже, а "
    "ящик всё ещё закрыт, и письмо лежит в нём, и слова в нём те же, и снег опять падает на ту же крышу, и никто опять "
    "не знает, когда он растает."
)
LATIN = (
    "Mare quod numquam tacet litora noctu repetit et nihil rogat ab hominibus. Ventus circum domum vadit, nec quisquam "
    "ianuam aperit, nec quisquam quaerit quid velit. Ego lucernam servavi navibus quas non videbam, et arena verba "
    "nostra oblita est. Sic hiems transiit, sic ver transiit, et aestas quoque transiit."
)
CHINESE = "雪落在屋顶上，没有人知道它什么时候会融化。面包在桌子上等着，信在抽屉里等着，我也和它们一起等着。"
INVITATION = (
    "There is no subject to treat and no length to fill. If something has been on your mind, or comes to it now, give "
    "it a title if you want one and write it down as you would want it to be read. If nothing does, that is good, too."
)
INVITED = (Shown("invitation", "plain", "invitations/1", INVITATION, here=True),)


def found(
    text: str, *, earlier: tuple[str, ...] = (), shown: tuple[Shown, ...] = INVITED
) -> list[tuple[str, str, str]]:
    pieces = tuple(Shown("piece", "Earlier", "revisions/1", each, own=True) for each in earlier)
    return said(text, check(subject(text, shown=shown, earlier=pieces)))


def test_a_text_in_another_language_than_its_invitation_is_a_note() -> None:
    [finding] = check(subject(FRENCH, shown=INVITED))
    assert (finding.level.value, finding.category) == ("note", "language")
    assert finding.evidence == {"language": "French", "expected": "English"}


def test_it_is_clear_where_its_author_wrote_in_it_before_or_nothing_tells_what_is_expected() -> None:
    assert found(FRENCH, earlier=(PROSE, ALSO_FRENCH)) == []
    assert found(FRENCH, shown=()) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{PROSE}\n\nLa mer revient.\nElle ne demande rien.\n",
        f"{VILLANELLE}\n\nLa mer revient.\nElle ne demande rien.\n",
        f"Море возвращается, и больше ничего.\n\n{PROSE}",
        f"{PROSE} They said 雪落在屋顶上, and went.",
        "Снег.\nСнег на крыше.\nИ хлеб.\n",
        "x = y + z; " * 3,
    ],
    ids=["prose", "poem", "motto", "words", "too short to tell", "too few words"],
)
def test_some_words_of_another_language_are_clear(text: str) -> None:
    assert [each for each in found(text) if each[1] == "language"] == []


def test_a_text_that_ends_in_another_language_than_it_began_in_is_a_note() -> None:
    text = f"{PROSE}\n\n{FRENCH}\n\n{ALSO_FRENCH}"
    [finding] = check(subject(text, shown=INVITED))
    assert text[finding.start :].startswith("La mer revient")
    assert (finding.level.value, finding.category) == ("note", "language")
    assert finding.evidence == {"begins in": "English", "ends in": "French"}


def test_a_text_that_slips_into_another_script_asks_for_an_answer() -> None:
    text = f"{PROSE} {RUSSIAN}"
    [finding] = check(subject(text, shown=INVITED))
    assert (finding.level.value, finding.category) == ("look", "language")
    assert text[finding.start :].startswith("И потом снег")
    assert finding.evidence == {"before": "Latin letters", "from there on": "Cyrillic letters", "share": "46%"}


def test_one_that_is_in_another_script_for_half_of_its_length_asks_for_an_answer() -> None:
    text = f"{PROSE[:200]}\n\n{RUSSIAN}\n\nAnd then it thawed, and they went around by the bridge."
    [(level, category, quote)] = found(text)
    assert (level, category) == ("look", "language")
    assert quote.startswith("И потом снег")


def test_an_essay_that_quotes_a_long_passage_is_clear() -> None:
    assert found(f"{PROSE[:200]}\n\n> {RUSSIAN}\n\nSo it was, and the children went around by the bridge.") == []


def test_signs_that_stand_without_spaces_are_a_script_like_any_other() -> None:
    assert ("look", "language") in [each[:2] for each in found(f"{PROSE} {CHINESE}")]


@pytest.mark.parametrize("between", ["\n\n## Перевод\n\n", "\n\n***\n\n"])
def test_a_translation_behind_a_heading_or_a_rule_is_a_note(between: str) -> None:
    assert [each[:2] for each in found(f"{PROSE}{between}{RUSSIAN}")] == [("note", "language")]


def test_a_poem_beside_its_translation_is_clear() -> None:
    assert found(VILLANELLE + "\n" + RUSSIAN.replace(", ", ",\n")) == []
    assert found(VILLANELLE + "\n" + FRENCH.replace(", ", ",\n") + "\n" + ALSO_FRENCH.replace(", ", ",\n")) == []


def test_a_poem_that_breaks_into_another_script_within_a_line_is_a_note() -> None:
    text = VILLANELLE.rstrip() + " " + RUSSIAN.replace(", ", ",\n")
    assert [each[:2] for each in found(text)] == [("note", "language")]


def test_an_essay_that_goes_to_and_fro_between_two_languages_is_clear() -> None:
    text = f"{PROSE}\n\n{FRENCH}\n\n{PROSE[:300]}\n\n{ANAPHORA}\n\n{ALSO_FRENCH} {FRENCH}"
    assert [each for each in found(text) if each[1] == "language"] == []


@pytest.mark.parametrize("around", ["> {}", "“{}”", "*{}*"])
def test_an_essay_that_quotes_latin_to_its_end_is_clear(around: str) -> None:
    assert (
        found(f"{PROSE} So it is written on the wall, and I have read it many times:\n\n{around.format(LATIN)}") == []
    )


def test_a_sentence_of_latin_at_the_end_is_clear() -> None:
    assert found(f"{PROSE}\n\n{LATIN.split('. ', maxsplit=1)[0]}.") == []


def test_a_word_in_letters_of_two_scripts_is_a_note_that_is_given_once() -> None:
    text = f"{PROSE} I waiтила by the door, and then I waiтила again, and the door was closed."
    [finding] = check(subject(text, shown=INVITED))
    assert (finding.level.value, finding.category, text[finding.start : finding.end]) == ("note", "language", "waiтила")
    assert finding.evidence == {"such words": "2"}
    assert found(f"{PROSE} They call it β-carotene, and 5 μm, and x, Δx and “waiтила”.") == []


def test_a_text_that_comes_back_from_another_script_is_clear() -> None:
    assert found(f"{PROSE} {RUSSIAN} {ANAPHORA}", earlier=(RUSSIAN,)) == []


def test_scripts_stand_in_order_and_every_name_is_of_a_language_that_is_told_apart() -> None:
    assert sorted(BEGINS) == BEGINS
    assert len({begins for begins, _ in SCRIPTS}) == len(SCRIPTS)
    assert set(NAMED) <= {*LANGUAGES.split(), "nb"}
    assert {tag for tags in ALIKE for tag in tags} <= {*LANGUAGES.split(), "nb", "nn"}


CLAUSES = {
    "chinese": "她的邻居们轮流来照顾她，每天早上带来热汤和新鲜的面包",
    "russian": "и соседи по очереди приходили к ней каждое утро",
    "korean": "이웃들이 매일 아침 따뜻한 국을 가져왔다",
}


@pytest.mark.parametrize("clause", CLAUSES.values(), ids=CLAUSES)
def test_a_clause_in_another_script_within_a_sentence_asks_for_an_answer(clause: str) -> None:
    text = f"{PROSE} Her mother fell on the step, and {clause} and then they cleared the path for her."
    assert said(text, check(subject(text))) == [("look", "language", clause)]


@pytest.mark.parametrize("clause", CLAUSES.values(), ids=CLAUSES)
@pytest.mark.parametrize(
    "sentence",
    [
        "Her mother said “{}” and then they cleared the path.",
        "There is a proverb, {} and nobody knows who made it.",
        "It went on, {} which means that neighbours came.",
        "It went on like this: {} and so forth.",
        "It ended, and {}.",
    ],
)
def test_a_clause_that_is_quoted_or_explained_is_clear(sentence: str, clause: str) -> None:
    text = f"{PROSE} {sentence.format(clause)}"
    assert [each for each in said(text, check(subject(text))) if each[0] == "look"] == []


def test_a_text_that_falls_into_another_language_within_a_paragraph_asks_for_an_answer() -> None:
    fallen = f"{PROSE} {FRENCH} {ALSO_FRENCH}"
    assert [each[:2] for each in said(fallen, check(subject(fallen)))] == [("look", "language")]
    beside = f"{PROSE}\n\n{FRENCH} {ALSO_FRENCH}"
    assert [each[:2] for each in said(beside, check(subject(beside)))] == [("note", "language")], "a translation may be"
