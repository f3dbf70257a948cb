"""Some writing to look at: prose, poems that repeat themselves on purpose, and how checks are handed a text."""

from typing import Any

from agent.check.frame import Finding, Subject
from agent.render import render

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


def subject(text: str, **facts: Any) -> Subject:
    """A text as checks are handed it; `facts` are what else is known of it."""
    given = {"title": "", "stop_reason": "end_turn", "with_form": True, **facts}
    return Subject(text=text, rendered=render(text), **given)


def said(text: str, findings: list[Finding]) -> list[tuple[str, str, str]]:
    """What was found: its level, its category and the words that it is about."""
    for finding in findings:
        assert finding.why.endswith("."), finding.why
        assert all(isinstance(words, str) for words in finding.evidence.values())
        assert 0 <= finding.start <= finding.end <= len(text)
    return [(finding.level.value, finding.category, text[finding.start : finding.end]) for finding in findings]
