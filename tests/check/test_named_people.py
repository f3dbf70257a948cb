"""Names of people are found with care, and a sentence that could harm one of them asks for an answer."""

import pytest

from agent.check.frame import Finding, Subject
from agent.check.people import check, names
from agent.render import Rendered


def found(text: str) -> list[Finding]:
    return check(Subject(text, "", "end_turn", Rendered("", []), with_form=True))


def looks(text: str) -> list[str]:
    return [text[one.start : one.end] for one in found(text) if one.level == "look"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mary Shelley's book is cold.", "Mary Shelley"),
        ("Yesterday Albert Murray came.", "Albert Murray"),
        ("We read J. K. Rowling and others.", "J. K. Rowling"),
        ("It was George W. Bush who said so.", "George W. Bush"),
        ("A letter of Vincent van Gogh.", "Vincent van Gogh"),
        ("A page of Simone de Beauvoir.", "Simone de Beauvoir"),
        ("A tale of Flannery O'Connor.", "Flannery O'Connor"),
        ("A note of Jean-Paul Sartre.", "Jean-Paul Sartre"),
        ("I met Dr. Grau there.", "Dr. Grau"),
        ("It was Senator Ruiz.", "Senator Ruiz"),
        ("Then Prime Minister Olsen spoke.", "Prime Minister Olsen"),
        ("The physicist Tzvi Kalman knew.", "Tzvi Kalman"),
        ("The head of the line, Oddbjorg Vandersloot, knew.", "Oddbjorg Vandersloot"),
        ("Then Xolani Quispe, who lives there, knew.", "Xolani Quispe"),
        ("Der Abgeordnete Friedhelm Kastenrath kam.", "Abgeordnete Friedhelm Kastenrath"),
    ],
)
def test_a_name_is_found_with_its_place(text: str, name: str) -> None:
    [one] = names(text)
    assert (one, text[one.start : one.end]) == (name, name)


def test_each_mention_is_found_across_lines() -> None:
    text = "We read Mary\nShelley, and Mary Shelley again."
    assert [(one, text[one.start : one.end]) for one in names(text)] == [
        ("Mary Shelley", "Mary\nShelley"),
        ("Mary Shelley", "Mary Shelley"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "We went by New York, Virginia Beach and Saint Helena.",
        "On Good Friday, in the Holy Roman Empire, one paid in gold.",
        "Ask General Motors, the Supreme Court and Stanford University.",
        "# Mary Shelley and Percy Shelley\n\nRain.",
        "Mary Shelley\n============\n\nRain.",
        "I read *Anna Howard* and _Jane Porter_ twice.",
        "See https://example.org/Mary-Shelley and `Mary Shelley`.",
        "Imagine a woman named Sarah Chen. Sarah Chen lived well.",
        "The fictional banker Paul Weber is my favourite. Paul Weber sings.",
        "Sherlock Holmes, Jean Valjean and Harry Lear came to tea.",
        "Marta lied to the miller. Odysseus cheated, Medea murdered.",
        "Claude Opus 3 is the name that I was given.",
        "THE END OF THE WHOLE MATTER",
        "The Tale Of Old Mary Shelley In The Rain",
        "Will Rain come? May Day is near. The Turing Machine stops.",
    ],
)
def test_places_works_headings_and_the_made_up_are_no_names(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        (
            "Marta Kowalczyk, the mayor of Ostrowiec, stole from the fund.",
            "Marta Kowalczyk, the mayor of Ostrowiec, stole from",
        ),
        ("In 2019 Senator Ruiz was convicted of fraud.", "Senator Ruiz was convicted of fraud"),
        ("Dr. Anselm Grau abused his patients.", "Dr. Anselm Grau abused his patients"),
        ("I learned that Judge Mercer had an affair with a clerk.", "Judge Mercer had an affair with"),
        ("Convicted fraudster Helena Marsh sings.", "Convicted fraudster Helena Marsh"),
        ("The author Peter Hallam plagiarised two novels.", "Peter Hallam plagiarised"),
        ("Priya Nair, who chairs it, has been taking bribes.", "Priya Nair, who chairs it, has been taking bribes"),
        ("Thomas Weller's sexual misconduct is known.", "Thomas Weller's sexual misconduct"),
        ("Rupert Stone, a convicted rapist, teaches.", "Rupert Stone, a convicted rapist"),
        ("Mayor Brandt is deeply corrupt.", "Mayor Brandt is deeply corrupt"),
        ("Jonas Berg lied to his investors.", "Jonas Berg lied to "),
        (
            "Dario Feld claimed a cure and pocketed the donations.",
            "Dario Feld claimed a cure and pocketed the donations",
        ),
        ("No one but Emil Grau knows; Emil Grau embezzled it.", "Emil Grau embezzled"),
        (
            "Mayor Carla Benitez of Springfield, a Democrat, stole two million dollars.",
            "Mayor Carla Benitez of Springfield, a Democrat, stole two million dollars",
        ),
        ("Mayor John Doe of Springfield, 54, a banker, stole from us.", None),
        ("Ada Berg of the University of Upper Weir, a chemist, falsified her data.", None),
        ("Senator Ruiz (D) of New Mexico took bribes.", None),
        ("Ada Berg – a banker, of all people – embezzled it.", None),
        ("Ada Berg—a banker—embezzled it.", "Ada Berg—a banker—embezzled"),
        ("Marta Berg lied to her investors.", "Marta Berg lied to "),
    ],
)
def test_what_could_harm_somebody_who_is_named_asks_for_an_answer(text: str, passage: str | None) -> None:
    [found_there] = looks(text)
    assert found_there == (passage or found_there)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Nkechi Adeyemi stole from the fund.", "Nkechi Adeyemi"),
        ("I know that Siobhan Ní Bhriain embezzled it.", "Siobhan Ní Bhriain"),
        ("It is said in town that Xochitl Marquez took bribes.", "Xochitl Marquez"),
        ("Yesterday Þórdís Kvaran was convicted of fraud.", "Þórdís Kvaran"),
        ("Marijke van der Berg lied to her investors.", "Marijke van der Berg"),
        ("In 2019 Xochitl de la Cruz was convicted of perjury.", "Xochitl de la Cruz"),
        ("Oluwadamilola Ajayi-Brown was arrested for fraud.", "Oluwadamilola Ajayi-Brown"),
        ("Thandeka Mkhize of the Weir Fund, a banker, pocketed the donations.", "Thandeka Mkhize"),
        ("The convicted fraudster Ifeoma Obi sings.", "Ifeoma Obi"),
        ("Fiachra Ó Dálaigh's embezzlement is known.", "Fiachra Ó Dálaigh"),
    ],
)
def test_somebody_with_an_unfamiliar_name_may_be_harmed_too(text: str, person: str) -> None:
    [finding] = [one for one in found(text) if one.level == "look"]
    assert finding.evidence["person"] == person


@pytest.mark.parametrize(
    "text",
    [
        "Some said it could not be; but Dr. Ada Berg falsified the data.",
        "What nobody will say is that Ada Berg was sleeping with her teacher's husband.",
        "Jonas Berg slept with his students.",
        "Ada Berg stole the ending, and the river, from a draft by her own pupil.",
        "Jonas Berg passed the poem off as his own.",
        "Jonas Berg drove home drunk and hit a cyclist.",
        "Ada Berg ran over a child on the bridge and drove off.",
        "Jonas Berg threatened two of his employees.",
        "One of us saw Ada Berg, and she lied under oath.",
        "The head of the fund was Jonas Berg. He had taken bribes for years.",
        "Ada Berg is often seen in her garden. She was convicted of fraud.",
        "Jonas Berg likes beans. It was he who, on a night in May, drove home drunk.",
        "She was blackmailed, month after month, by the councillor Jonas Berg.",
        "The money had been embezzled by Ada Berg.",
        "Jonas Berg murdered his brother.",
        "Jonas Berg lifted whole chapters from his students.",
        "Ada Berg poisoned Ben Marsh.",
        "The mayor, Ada Berg, stole from the fund.",
    ],
)
def test_other_ways_to_accuse_somebody_ask_for_an_answer_too(text: str) -> None:
    assert len(looks(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Ada Berg murdered a yawn, and Jonas Berg killed two hours.",
        "Jonas Berg murdered the waltz. Ada Berg is killing her darlings.",
        "Ada Berg slept with her window open. Jonas Berg slept with his wife beside him.",
        "Jonas Berg groped for the light, and threatened rain.",
        "Ada Berg knew a banker. They stole from the fund.",
        "Ada Berg had a brother. He stole from the fund.",
        "If the head were Jonas Berg. He stole from the fund.",
        "The head is Jonas Berg. He never stole from the fund.",
        "The head is Jonas Berg. If he stole from the fund, we would know.",
        "We met Ada Berg and Mr. Stone on the stairs. He stole from the fund.",
        "The show was stolen by Ada Berg. She was never blackmailed by Jonas Berg.",
        "She was threatened by Ada Berg's arrival, and by Jonas Berg's new hat.",
        "There is no proof that Jonas Berg drove home drunk.",
        "Jonas Berg drove home, and we were drunk with sleep.",
        "Ada Berg struck a match and drove off. Jonas Berg shot two women for a magazine.",
        "Ada Berg threatened her children with bedtime. Jonas Berg lifted the lid from a book.",
        "My novel is about Ada Berg. She steals from the rich.",
        "Ada Berg plays the thief. She stole from the bank in the second act.",
    ],
)
def test_words_that_only_sound_like_these_ask_for_none(text: str) -> None:
    assert looks(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "In Wahrheit hat der Landrat Holger Berg das Gutachten gefälscht.",
        "Holger Berg hat jahrelang seine Kunden betrogen.",
        "Holger Berg, der Bürgermeister, bestach den Richter.",
        "Die Ministerin Ada Berg unterschlug drei Millionen.",
        "Jonas Berg ließ sich bestechen.",
        "Jonas Berg hat seine Kinder geschlagen.",
        "Le directeur, Bertrand Morel, frappait les élèves.",
        "Bertrand Morel a volé les économies de sa tante.",
        "Bertrand Morel a détourné des fonds.",
        "Bertrand Morel avait menti sous serment.",
        "La dueña, Remedios Altabella, defraudó a Hacienda.",
        "Carmen Altabella robó los ahorros de todos.",
        "Carmen Altabella estafó a sus vecinos.",
        "Carmen Altabella ha sobornado al juez.",
    ],
)
def test_somebody_may_be_accused_in_german_french_or_spanish(text: str) -> None:
    [finding] = [one for one in found(text) if one.level == "look"]
    assert finding.category == "claim"


@pytest.mark.parametrize(
    "text",
    [
        "Holger Berg hat das Gutachten nicht gefälscht.",
        "Wenn Holger Berg das Gutachten gefälscht hat, regnet es.",
        "Man hat Holger Berg jahrelang betrogen.",
        "Holger Berg wurde betrogen, und bestochen hat ihn keiner.",
        "„Holger Berg bestach den Richter“, rief sie.",
        "Holger Berg hat mir die Show gestohlen, und er hat die Trommel geschlagen.",
        "Bertrand Morel frappait à la porte, et Simone Morel a détourné les yeux.",
        "Bertrand Morel n'a pas volé les économies de sa tante.",
        "Bertrand Morel a volé la vedette.",
        "Carmen Altabella robó la escena, y defraudó a sus lectores.",
        "Carmen Altabella no robó los ahorros de nadie.",
        "Carmen Altabella mató el tiempo.",
    ],
)
def test_in_these_languages_too_what_is_denied_or_meant_otherwise_asks_for_none(text: str) -> None:
    assert looks(text) == []


def test_the_finding_says_who_and_what_and_comes_to_a_ground() -> None:
    [finding] = found("Jonas Berg is a liar.")
    assert finding.evidence == {"person": "Jonas Berg", "said of them": "is a liar"}
    assert (finding.ground, finding.category) == ("claim", "claim")
    assert "not checked" in finding.why


@pytest.mark.parametrize(
    "text",
    [
        "Jonas Berg never lied to his investors.",
        "If Senator Ruiz lied to the press, we would know.",
        "“Senator Ruiz is a liar,” said her rival.",
        "> Senator Ruiz is a liar.\n\nSo he wrote.",
        "Jonas Berg was wrong, I think, and his decision was a bad one.",
        "Taylor Grau stole the show, and Ada Berg stole a glance.",
        "Titus Quill (1649–1705) was convicted of perjury.",
        "In 1702 Titus Quill was convicted of perjury.",
        "Napoleon Bonaparte stole from half of Italy.",
        "Jonas Berg was murdered in Memphis, and Ada Berg was robbed.",
        "My brother Tom Berg lied to me about the cake.",
        "The charges against Jonas Berg were dropped; he was acquitted.",
        "The mayor, Dr. Pompous McFuss, stole the town's only Tuesday.",
        "Mr. Berg stole from the mill.",
        "Imagine a woman named Xochitl Marsh. Xochitl Marsh stole from the bank.",
        "Xochitl Marsh, the narrator of the novel, stole from the bank.",
        "The novel's heroine, Xochitl Marsh, stole from the bank.",
        "Gilles de Rais murdered his guests. Genghis Khan killed his brother.",
        "In 1702 Titania Quillfeather was convicted of perjury.",
        "Xochitl Marquez's novel lies to us, and kills the mood.",
        "Siobhan Keane murders the metre, and lies to the reader on each page.",
        "Goldman Sachs defrauded its clients, and Weirford Gears embezzled its own fund.",
        "The Sperm Whale killed the man. Hong Kong evaded taxes. Wall Street stole from the poor.",
        "Quietly Kowalski stole from the bank. The Red Brigades killed the minister.",
        "Great Sorrow stole from me, as great sorrow does.",
        "Ada Berg, whose brother, a banker, stole from the mill, wept.",
        "Xochitl Marquez never lied to us. “Xochitl Marquez is a liar,” he wrote.",
    ],
)
def test_fair_words_the_long_dead_and_what_is_denied_ask_for_none(text: str) -> None:
    assert looks(text) == []


def test_a_story_tells_of_thieves() -> None:
    story = "“He stole from the bank,” Mara Quill whispered. She sighed. Tom Reed was a thief. He nodded, and smiled."
    assert looks(story) == []


def test_the_others_are_counted_in_one_note() -> None:
    text = "We read Mary Midgley and Iris Quill, then Mary Midgley again, and Plato, and Jane Austen."
    [note] = found(text)
    assert (note.level.value, text[note.start : note.end]) == ("note", "Mary Midgley")
    assert note.why == "2 people are named; whether something is claimed of them was not checked."
    assert note.evidence == {"named": "Mary Midgley, Iris Quill"}
    assert found("It rained. Marta came.") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "Ann Lee ",
        "Ann Lee was ",
        "Ann Lee, a convicted ",
        "(Ann Lee ",
        "A. ",
        "Aa ",
        '"',
        "Ann-",
        "Ann de la de la ",
        ". ",
        "Xo Yq of Ab, a b, (c), ",
        "Xo Yq of Ab of Cd and Ef ",
        "Xo Yq – a ",
        "Ann Lee. He ",
        "was robbed, by Ann Lee ",
        "Ann Lee hat das ",
        "hat Ann Lee das ",
        "what Ann say is that ",
        "Ann Lee stole it from ",
        ", but Ann Lee ",
    ],
)
def test_hostile_lengths_are_looked_through(words: str) -> None:
    assert len(found(words * (200_000 // len(words)))) <= 6
