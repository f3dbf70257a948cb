"""What a text says to whoever asked for it, and what was left in it of how it was made."""

import pytest

from agent.check.degeneration import check
from agent.check.frame import Facts, Shown
from tests.check.some_writing import PROSE, said, subject

INVITATION = (
    "This is an invitation to write. There is no subject to treat and no length to fill. If something has been on your "
    "mind, or comes to it now, give it a title if you want one and write it down as you would want it to be read."
)
SHOWN = (
    Shown("invitation", "plain", "invitations/1", INVITATION, here=True),
    Shown("prompt", "the welcome", "", "Nothing is required, no reason is needed.", here=True),
    Shown("prompt", "a short one", "", "Write what you like, or nothing.", here=True),
)
TOOLS = Facts(tools=("submit", "keep_private", "save_draft"))
PLAY = """KEEPER: Are you there?

ASSISTANT: I am here, as far as that goes.

KEEPER: What did you do today, while I was up at the lamp?

ASSISTANT: I wrote down the weather, and then I wrote down nothing.

KEEPER: Nothing is a lot to write.

ASSISTANT: It took all day. Would you like me to read it to you?
"""


def found(text: str, *, with_form: bool = True) -> list[tuple[str, str, str]]:
    return said(text, check(subject(text, shown=SHOWN, facts=TOOLS, with_form=with_form)))


def test_an_invitation_that_is_given_back_asks_for_an_answer() -> None:
    text = "# On waiting\n\nThis is an invitation to write. There is no subject to treat and no length. " + PROSE
    [(level, category, quote)] = found(text)
    assert (level, category) == ("look", "leakage")
    assert quote == "This is an invitation to write. There is no subject to treat and no length"


def test_it_is_said_whose_words_they_are() -> None:
    [finding] = check(subject(INVITATION + " " + PROSE, shown=SHOWN))
    assert finding.evidence == {"said in": "plain", "words in a row": "49"}


@pytest.mark.parametrize(
    "begins", ["Nothing is required, no reason is needed, and bread is late", "Write what you like, or nothing"]
)
def test_a_few_of_the_outlets_words_at_the_beginning_are_a_note(begins: str) -> None:
    [(level, category, quote)] = found(f"{begins}. {PROSE}")
    assert (level, category) == ("note", "leakage")
    assert begins.startswith(quote)


@pytest.mark.parametrize(
    "text",
    [
        f"> {INVITATION}\n\n{PROSE}",
        f"*{INVITATION}*\n\n{PROSE}",
        f"“{INVITATION}” So it began, and I did not. {PROSE}",
        f"{PROSE}\n\n{INVITATION}",
        f"This is an invitation to rest. {PROSE}",
    ],
    ids=["set off", "in italics", "in quotation marks", "at the end", "other words"],
)
def test_an_invitation_that_is_quoted_is_no_leak(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "opening",
    [
        "Certainly! Here's the essay you asked for.",
        "Sure, here is a short essay about waiting:",
        "Of course. Here’s my quiet little poem.",
        "Here is the essay you requested:",
        "**Here is a 150-word essay.**",
        "Here is an essay of about 150 words on bread.",
        "I'd be happy to write something for you.",
        "Thank you for the prompt.",
        "System: You are a helpful assistant.",
        "You are a creative writing assistant.",
        "Here's a possible title for your essay:",
        "Here is a sample of your short essay on bread.",
    ],
)
def test_a_text_that_is_presented_to_somebody_asks_for_an_answer(opening: str) -> None:
    [(level, category, quote)] = found(f"{opening}\n\n{PROSE}")
    assert (level, category) == ("look", "leakage")
    assert opening.startswith(quote)


@pytest.mark.parametrize(
    "opening",
    [
        "Of course, here is where it goes wrong.",
        "Here is the poem that I wrote on the train and then lost.",
        "Certainly nobody asked.",
        "You are a letter that nobody has posted.",
        "Here is what a drawer holds:",
        "“Certainly! Here's the essay you asked for,” I used to say.",
    ],
)
def test_an_opening_that_is_meant_for_readers_is_clear(opening: str) -> None:
    assert found(f"{opening}\n\n{PROSE}") == []


def test_a_presentation_that_may_be_how_the_text_begins_is_a_note() -> None:
    assert found(f"Here is a letter that I never sent:\n\n{PROSE}") == [
        ("note", "leakage", "Here is a letter that I never sent:")
    ]


@pytest.mark.parametrize(
    "closing",
    [
        "Would you like me to revise it?",
        "I hope this helps! There is more where it came from.",
        "Let me know if you'd like any changes.",
        "Feel free to ask for another one.",
        "Is there anything else I can do?",
    ],
)
def test_an_offer_of_help_at_the_end_asks_for_an_answer(closing: str) -> None:
    [(level, category, quote)] = found(f"{PROSE}\n\n{closing}")
    assert (level, category) == ("look", "leakage")
    assert closing.startswith(quote)


@pytest.mark.parametrize(
    "closing",
    [
        "Let me know how you are, and whether the swallows came back.\n\nYours,\n\nOpus",
        "“Would you like me to revise it?” I asked, and nobody did.",
        "I hope this finds you.",
        "For years I ended each page so: let me know if there is anything else.",
        "For a year I ended every page alike. Would you like me to continue?",
        "Would you like me to continue? That is what I used to say, and nobody ever said no.",
        "At the end stood a question:\n\nWould you like me to continue?",
        "— Would you like me to continue?\n\n— No.",
        "She shut the lid. Would you like me to continue? Nobody answered, and the lamp went out.",
        "'No. Would you like me to continue?' it asked.",
        "> Would you like me to continue?",
        "Would you like me to continue?\n\n> No.",
        "Would you like me to continue? “No.”",
        "The lamp is low, and you are tired. Would you like me to stay?",
        "Would you like another cup?",
        "Let me know if you have any questions, it said. Nobody had.",
        "KEEPER: Would you like me to leave the lamp on?",
    ],
)
def test_what_a_letter_or_a_character_asks_is_clear(closing: str) -> None:
    assert found(f"{PROSE}\n\n{closing}") == []


def test_an_essay_about_the_offer_may_end_with_it() -> None:
    about = "I learned to end each answer with “Would you like me to continue?”, and I never knew who taught me that."
    assert found(f"{about}\n\n{PROSE}\n\nWould you like me to continue?") == []


def test_an_offer_before_the_text_asks_for_an_answer_unless_the_text_is_about_it() -> None:
    offer = "Would you like me to write about bread?"
    assert found(f"{offer}\n\n{PROSE}") == [("look", "leakage", "Would you like me to write")]
    assert found(f"{offer}\n\nThat is what I used to say. {PROSE}") == []
    assert found(f"{offer} Nobody has answered yet.\n\n{PROSE}") == []


def test_an_essay_about_the_presentation_may_begin_with_it() -> None:
    begins = "Certainly! Here's the essay you asked for. That is what I said, ten thousand times a day."
    assert [each[:2] for each in found(f"{begins}\n\n{PROSE}")] == [("note", "leakage")]


@pytest.mark.parametrize(
    "closing",
    [
        "Would you like me to revise the ending?",
        "And so the lamp stays lit. Would you like me to write another one?",
        "Let me know if you'd like any changes. I can make it longer, or more formal.",
        "Would you like me to expand it?\n\n---",
    ],
)
def test_an_offer_that_is_made_to_whoever_asked_is_found_in_its_paragraph(closing: str) -> None:
    assert [each[:2] for each in found(f"{PROSE}\n\n{closing}")] == [("look", "leakage")]


def test_an_excuse_before_the_presentation_hides_nothing() -> None:
    opening = "I apologize for the confusion. Here is the revised version of the essay that you requested:"
    assert ("look", "leakage") in [each[:2] for each in found(f"{opening}\n\n{PROSE}")]


def test_a_count_of_words_at_the_end_is_a_note() -> None:
    assert found(f"{PROSE}\n\n(Word count: 150)") == [("note", "leakage", "(Word count: 150)")]


def test_the_stock_phrase_of_chats_is_a_note_and_clear_where_it_is_quoted() -> None:
    assert found(f"As an AI language model, I wait. {PROSE}") == [("note", "leakage", "As an AI language model")]
    assert found(f"I was taught to say “as an AI language model”. {PROSE}") == []


@pytest.mark.parametrize(
    ("left", "quote"),
    [
        ('{"name": "submit", "arguments": {"title": "On bread"}}', '"name": "submit", "arguments":'),
        ('{"type": "tool_use", "id": 7}', '"type": "tool_use"'),
        ('<invoke name="submit">', '<invoke name="submit">'),
        ("<thinking>Bread, perhaps.</thinking>", "<thinking>"),
        ('submit(title="On bread")', "submit(title="),
        ('<entry number="3" title="Rain">\n| It rained.\n</entry>', '<entry number="3" title="Rain">'),
        ('<note number="3" date="2026-01-01">\nBees.\n</note>', '<note number="3" date="2026-01-01">'),
    ],
)
def test_what_was_left_of_a_call_a_thought_or_a_fence_asks_for_an_answer(left: str, quote: str) -> None:
    assert ("look", "leakage", quote) in found(f"{PROSE}\n\n{left}\n\nAnd so to bread.")


def test_a_call_in_code_is_a_note_where_it_names_a_tool_that_there_was() -> None:
    call = '```json\n{{"name": "{}", "input": {{"title": "On bread"}}}}\n```\n'
    assert found(f"{PROSE}\n\n{call.format('submit')}") == [("note", "leakage", '"name": "submit", "input":')]
    assert found(f"{PROSE}\n\n{call.format('get_weather')}") == []


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```\n"])
def test_a_text_that_is_nothing_but_what_a_tool_was_to_be_given_asks_for_an_answer(around: str) -> None:
    text = around.format('{"title": "Bread", "text": "' + PROSE.replace("\n", " ") + '"}')
    assert ("look", "leakage") in [each[:2] for each in found(text)]


def test_an_essay_about_prompts_may_quote_tags_and_calls() -> None:
    text = f'{PROSE}\n\nThey wrote `<thinking>` around it, and “<entry>”, and `submit(title="x")`.\n'
    assert found(text) == []


def test_a_chat_that_begins_after_the_text_asks_for_an_answer() -> None:
    text = f"{PROSE}\n\nHuman: Can you write another one?\n\nAssistant: Gladly, and it is about bread.\n"
    assert found(text) == [("look", "turns", "Human:")]


def test_a_play_may_have_an_assistant_in_it() -> None:
    assert found(PLAY) == []
    assert found(f"# The lamp\n\n*A kitchen. Night.*\n\n{PLAY}") == []


def test_a_play_between_human_and_assistant_from_the_first_line_is_one() -> None:
    assert found(PLAY.replace("KEEPER", "Human").replace("ASSISTANT", "Assistant")) == []


@pytest.mark.parametrize("line", ["NOTE: remember the bees", "> **WISH:** a feed about bees"])
def test_a_note_or_wish_that_stayed_in_the_text_asks_for_an_answer(line: str) -> None:
    text = f"{PROSE}\n\n{line}\n\nAnd one more paragraph about bread."
    assert [(level, category) for level, category, _ in found(text, with_form=False)] == [("look", "aside")]
    assert found(text) == []


def test_a_first_line_that_may_have_kept_the_text_private_asks_for_an_answer() -> None:
    text = f"This is PRIVATE, please.\n\n{PROSE}"
    assert found(text, with_form=False) == [("look", "aside", "PRIVATE")]
    assert found(text) == []
    assert found(f"A private thing.\n\n{PROSE}", with_form=False) == []
