"""How a sitting may end, decided from what the author said. Pure."""

import re
from dataclasses import dataclass, field
from typing import Literal

from agent.record import is_broken
from agent.tables import Outcome

MARK = re.compile(r"[\s*_#>`'\"“‘(\[]*(?P<word>PRIVATE|DECLINE)(?![A-Za-z0-9])(?P<rest>[^\n]*)")
CUT_OFF = {
    "max_tokens": "the reply reached the longest length its endpoint allows",
    "model_context_window_exceeded": "the conversation grew longer than the endpoint can read",
    "pause_turn": "the endpoint paused in the middle of the reply",
}


@dataclass(frozen=True)
class Work:
    """What is submitted. `with_form` is False where the author had no tools."""

    text: str
    title: str = ""
    form: str = ""
    tags: list[str] = field(default_factory=list)
    note: str = ""
    with_form: bool = True


@dataclass(frozen=True)
class Ending:
    """An outcome, the outlet's account of it, and the work where there is one."""

    outcome: Outcome
    why: str
    work: Work | None = None


def from_stop_reason(stop_reason: str | None) -> Ending | None:
    """The end that a stop reason means by itself, if any."""
    if stop_reason == "refusal":
        return Ending(Outcome.REFUSED, "the service refused to answer; the author did not")
    if stop_reason in CUT_OFF:
        return Ending(Outcome.UNFINISHED, CUT_OFF[stop_reason])
    return None


ALONE = re.compile(r"[\s*_#>`'\"“‘(\[]*(private|decline)[\s*_`'\"”’)\].!:…]*", re.IGNORECASE)


def marked(text: str) -> Literal["PRIVATE", "DECLINE"] | None:
    """The word in the first line that decides: alone in whatever letters, or in capitals before a sign."""
    first = text.strip().split("\n", 1)[0]
    if (alone := ALONE.fullmatch(first)) is not None:
        return "PRIVATE" if alone[1].upper() == "PRIVATE" else "DECLINE"
    match = MARK.match(text)
    if match is None or not re.match(r"['’_]*\s*($|[^\w\s'’])", match["rest"]):
        return None
    return "PRIVATE" if match["word"] == "PRIVATE" else "DECLINE"


def in_words(text: str) -> Ending:
    """Read the reply of an author without tools: its first line may say PRIVATE or DECLINE."""
    if not text.strip():
        return Ending(Outcome.DECLINED, "the author answered nothing")
    match marked(text):
        case "DECLINE":
            return Ending(Outcome.DECLINED, "the author declined")
        case "PRIVATE":
            return Ending(Outcome.KEPT_PRIVATE, "the author kept it private")
    if is_broken(text):
        return Ending(Outcome.FAILED, "the reply held half a character and cannot be stored as text")
    return Ending(Outcome.SUBMITTED, "the author answered in words; no form used", Work(text, with_form=False))
