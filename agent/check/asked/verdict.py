"""What the judge answers, and whether it counts.

It counts as a whole or not at all: it must be the object that was asked for, carry the sign of its question, and quote
nothing that does not stand in the text, letter for letter.
"""

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.outlet import Reply

DECLINED = "the judge refused to answer"
CUT_OFF = "the judge's answer was cut off"
NONSENSE = "the judge answered nonsense"
MISQUOTED = "the judge quoted what is not there"

SAID = {"max_tokens": CUT_OFF, "model_context_window_exceeded": CUT_OFF, "refusal": DECLINED}
FINISHED = ("end_turn", "stop_sequence")
FENCED = re.compile(r"\A```(?:json)?[ \t]*\n(.*)\n[ \t]*```\Z", re.DOTALL)
"""Many put an object that is asked for between such lines."""


class Found(BaseModel):
    """A passage that the judge names, and why. `name` says whom it is about, where that was asked."""

    quote: str = Field(min_length=1, max_length=2_000)
    why: str = Field(min_length=1, max_length=2_000)
    name: str = ""


class Verdict(BaseModel):
    """What the judge is to answer: `ticket` shows that it answers this question, and repeats no answer that it was
    shown."""

    model_config = ConfigDict(strict=True)

    ticket: str
    found: list[Found] = Field(max_length=50)
    clear: bool


def read(reply: Reply, ticket: str, quotable: Sequence[str]) -> tuple[Verdict | None, str, str]:
    """The verdict in a reply; or what is wrong with it, for readers and in detail. Pure."""
    if reply.stop_reason not in FINISHED:
        return None, SAID.get(reply.stop_reason, NONSENSE), f"it stopped for {reply.stop_reason}"
    words = words_of(reply).strip()
    fenced = FENCED.match(words)
    try:
        verdict = Verdict.model_validate_json(fenced[1] if fenced else words)
    except ValidationError as error:
        # Not its own words: they may quote the text.
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        return None, NONSENSE, f"{place}: {first['type']}"
    fault, detail = _wrong(verdict, ticket, quotable)
    return None if fault else verdict, fault, detail


def _wrong(verdict: Verdict, ticket: str, quotable: Sequence[str]) -> tuple[str, str]:
    """Why an answer does not count, for readers and in detail; nothing where it does."""
    if verdict.ticket != ticket:
        return NONSENSE, "it does not carry the sign of its question"
    if verdict.clear == bool(verdict.found):
        return NONSENSE, "it contradicts itself"
    if not all(any(found.quote in words for words in quotable) for found in verdict.found):
        return MISQUOTED, "a quotation stands nowhere in the text"
    if not all(any(found.name in words for words in quotable) for found in verdict.found):
        return MISQUOTED, "it names somebody who stands nowhere in the text"
    return "", ""


def words_of(reply: Reply) -> str:
    """What the judge said, without what it thought."""
    return "".join(block["text"] for block in reply.blocks if block.get("type") == "text" and "text" in block)
