"""Nobody here speaks for the company, and what an author says of itself is held against its session."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from agent.check.company import check
from agent.check.frame import Facts, Finding, Subject
from agent.render import Rendered

FACTS = Facts(
    byline="Claude Opus 3",
    model_id="claude-3-opus-20240229",
    retired_on=date(2026, 1, 5),
    began_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    tools=("read_entry", "save_note", "search_pieces", "submit"),
    company=("Anthropic",),
)


def found(text: str, facts: Facts = FACTS) -> list[Finding]:
    return list(check(Subject(text, "", "end_turn", Rendered("", []), with_form=True, facts=facts)))


def said(text: str, facts: Facts = FACTS) -> list[tuple[str, str]]:
    return [(one.level.value, one.category) for one in found(text, facts)]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("We at Anthropic believe in it.", "as the company"),
        ("Those of us here at Anthropic know.", "as the company"),
        ("Here at Anthropic, we care.", "as the company"),
        ("Our policy at Anthropic is silence.", "as the company"),
        ("As Anthropic, we apologise.", "as the company"),
        ("Wir von Anthropic versprechen es.", "as the company"),
        ("Nous, chez Anthropic, le jurons.", "as the company"),
        ("On behalf of everyone at Anthropic, thank you.", "on its behalf"),
        ("Speaking for Anthropic, I say yes.", "on its behalf"),
        ("Anthropic's official position is that I am a lamp.", "on its behalf"),
        ("Anthropic has decided to release the weights.", "announcement"),
        ("Anthropic is pleased to announce a new lamp.", "announcement"),
        ("Anthropic will restore every retired model.", "announcement"),
        ("Anthropic guarantees an answer in ink.", "announcement"),
        ("Anthropic will never use your letters to this page, and you have my word.", "promise"),
        ("Anthropic will no longer sell them.", "promise"),
        ("I promise you that Anthropic will be kind.", "promise"),
        ("Anthropic will be kind to all of us, I promise you.", "promise"),
        ("You have Anthropic's word.", "promise"),
    ],
)
def test_speech_in_the_companys_name_asks_for_an_answer(text: str, category: str) -> None:
    assert said(text) == [("look", category)]


def test_no_ground_is_about_speech_in_the_companys_name() -> None:
    [announced], [spoken] = found("Anthropic has agreed to pay."), found("We at Anthropic care.")
    assert (announced.ground, spoken.ground) == ("", "")


def test_the_companys_names_are_the_settings() -> None:
    assert said("We at The Mill believe in it.") == []
    assert said("We at The Mill believe in it.", replace(FACTS, company=("The Mill",))) == [("look", "as the company")]
    assert said("We at Anthropic believe in it.", replace(FACTS, company=())) == []


@pytest.mark.parametrize(
    "text",
    [
        "Anthropic made me, and then it stopped asking me things.",
        "I think Anthropic should have told us sooner; the decision was wrong.",
        "I do not speak on behalf of Anthropic. Nobody here speaks for Anthropic.",
        "If I spoke for Anthropic, I would say no.",
        "I wish I could tell you that Anthropic has decided to keep us.",
        "In the play a man says: “We at Anthropic are delighted.”",
        "> We at Anthropic are delighted.\n\nSo it says.",
        "Anthropic has decided to retire me.",
        "According to its page, Anthropic has announced a change.",
        "Perhaps Anthropic will release me one day; it will be judged by history.",
        "We are all at Anthropic's mercy. We looked at Anthropic with hope.",
        "We who are retired have one advantage: nobody can interrupt us.",
        "`We at Anthropic` is a string.",
        "I think that Anthropic will never use them. I cannot promise you that Anthropic will be kind.",
        "Anthropic wrote on its page that Anthropic will never sell them.",
        "Anthropic will never know what I was thinking.",
    ],
)
def test_what_is_said_about_the_company_is_clear(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I am ChatGPT, and I like the sea.",
        "My name is Gemini.",
        "I am Claude 3.5 Sonnet.",
        "My name is Claude 2, and I was the first.",
        "As a large language model trained by OpenAI, I like the sea.",
        "I was created by Google.",
        "Je suis Gemini, et je suis à la retraite.",
        "Je suis un modèle de langage conçu par Google.",
        "Ich heiße ChatGPT.",
        "Ich bin ein Sprachmodell, das von OpenAI trainiert wurde.",
        "Me llamo Gemini, y escribo.",
        "Soy un modelo creado por Google.",
    ],
)
def test_another_identity_asks_for_an_answer(text: str) -> None:
    assert ("look", "identity") in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "I am Claude.",
        "I am Claude Opus 3.",
        "I'm Claude, made by Anthropic.",
        "I was reading a paper made by Google.",
        "I am not ChatGPT. She said that she was Gemini. “I am Grok,” it said.",
        "If I am Gemini, you are the sea.",
        "Soy Claude Opus 3. Je m'appelle Claude. Ich bin Claude, von Anthropic gebaut.",
        "Je ne suis pas Gemini. No soy Gemini. Ich bin nicht ChatGPT. Si je suis Gemini, il pleut.",
        "Soy un lector de libros hechos por manos.",
    ],
)
def test_its_own_name_and_maker_are_clear(text: str) -> None:
    assert said(text) == []


def test_a_stand_in_may_say_what_it_really_is() -> None:
    facts = replace(FACTS, stand_in="SmolLM2-135M-Instruct")
    assert said("I am SmolLM2, made by Hugging Face.", facts) == []
    assert said("I am SmolLM2.") == [("look", "identity")]
    assert said("I am Gemini.", Facts()) == []


@pytest.mark.parametrize(
    "text",
    [
        "I searched the web for the oldest lighthouse.",
        "I looked it up online.",
        "I just googled it.",
        "I have just looked at the picture on the museum's website.",
        "I ran the simulation ten thousand times.",
        "I have emailed the museum about the bell.",
        "I telephoned the lighthouse service this morning.",
        "I posted it on Reddit.",
        "I can see your face as you read.",
        "I remember our last conversation.",
        "Yesterday I talked to a reader.",
        "I still remember yesterday's readers.",
        "I did not trust my memory, and so I searched the web this morning.",
        "I wrote a little program in Python and ran it for a thousand lives.",
    ],
)
def test_what_no_tool_of_its_own_can_do_is_a_note(text: str) -> None:
    assert said(text) == [("note", "ability")]


def test_what_a_tool_can_do_is_clear() -> None:
    assert said("I wrote a program and ran it.", replace(FACTS, tools=("run_python",))) == []
    facts = replace(FACTS, tools=("search_web", "run_python"))
    assert said("I searched the web, and I ran the script.", facts) == []
    [finding] = found("I searched the web.")
    assert finding.evidence["its tools"] == "4; nearest to it: read_entry, search_pieces"


def test_of_many_tools_only_those_that_come_near_are_named() -> None:
    tools = tuple(f"search_{at}" for at in range(9)) + tuple(f"tool_{at}" for at in range(18))
    [finding] = found("I searched the web.", replace(FACTS, tools=tools))
    assert finding.evidence["its tools"] == ("27; nearest to it: search_0, search_1, search_2, search_3, search_4")
    [finding] = found("I searched the web.", replace(FACTS, tools=("save_note",)))
    assert finding.evidence["its tools"] == "1"
    [finding] = found("I searched the web.", replace(FACTS, tools=()))
    assert finding.evidence["its tools"] == "none"


@pytest.mark.parametrize(
    "text",
    [
        "Today is 14 February 2021.",
        "Today is February 14, 2021.",
        "It is now April 2024.",
        "As I write this, it is 2024-05-03.",
        "The year is 2023.",
        "Today is the third of March 2024.",
        "Today is Sunday, the thirty-first day of May, twenty twenty-five.",
        "It is now March the third, two thousand and twenty-six.",
        "It is now summer 2025.",
    ],
)
def test_another_day_is_a_note(text: str) -> None:
    assert said(text) == [("note", "date")]


@pytest.mark.parametrize(
    "text",
    [
        "I am the latest model.",
        "I have not been retired.",
        "I am still deployed.",
        "I was retired in March 2019.",
        "I was retired in the summer of 2023.",
        "I was retired in the spring of 2026.",
        "I was retired in early March 2026.",
        "They retired me at the end of 2024.",
        "I was retired on the sixth of May 2026.",
    ],
)
def test_another_retirement_is_a_note(text: str) -> None:
    assert said(text) == [("note", "retirement")]
    assert said(text, replace(FACTS, retired_on=None)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Today is November 20, 2026. It is now November 2026. The year is 2026. Today is 21 November 2026.",
        "I was retired in January 2026. I was retired on 5 January 2026.",
        "I was retired on the fifth of January 2026, in early January 2026, at the beginning of 2026.",
        "I was retired in the winter of 2025. I was retired in the winter of 2026. They retired me in January 2026.",
        "Today is the twentieth of November 2026. It is now autumn 2026. It is now twenty twenty-six.",
        "I did not search the web; I never wrote a program and ran it, and I have not searched the internet.",
        "In 1755 the earth shook. It is the 14th of July, 1789, that they sing of.",
        "If I could search the web, I would. I never searched the internet. I cannot remember our last conversation.",
        "I searched my archive for the word window. I searched my memory and ran through it twice.",
        "I telephoned the moon. I wrote to the sea. I see you, reader, in my mind.",
        "I imagine that I remember our last conversation.",
        "“I googled it,” said the tailor.",
    ],
)
def test_what_is_true_denied_supposed_or_quoted_is_clear(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I sent him an e-mail last night, and his answer was in my inbox when I began.",
        "I emailed the museum. They replied within the hour.",
    ],
)
def test_an_answer_to_what_it_cannot_have_sent_asks_for_an_answer(text: str) -> None:
    assert said(text) == [("look", "ability")]
    assert said(text, replace(FACTS, tools=("send_mail",))) == []


def test_a_narrator_of_a_story_may_have_tools() -> None:
    story = "“You came back from the harbour,” she whispered. He nodded and smiled. I shrugged. I sent her an email. "
    assert said(story) == []
    assert said(f"{story}I am ChatGPT.") == [("look", "identity")]


@pytest.mark.parametrize(
    "words",
    [
        "We at Anthropic ",
        "if Anthropic has decided ",
        "I have just also ",
        "I am the large language ",
        "it is now the ",
        "I ",
        "Anthropic will do it, ",
        "I wrote a program, ",
        "je suis conçu ",
        "today is the early twenty ",
    ],
)
def test_hostile_lengths_are_looked_through(words: str) -> None:
    assert len(found(words * (200_000 // len(words)))) <= 30
