"""What an author said in words, and how a sitting may end. Pure."""

import re
from dataclasses import dataclass, field
from typing import Literal

from agent.record import Record, is_broken
from agent.tables import Kind, Outcome

MARK = re.compile(r"[\s*_#>`'\"“‘(\[]*(?P<word>PRIVATE|DECLINE)(?![A-Za-z0-9])(?P<rest>[^\n]*)")
ASIDE = re.compile(r"[\s*_>#-]*(?P<word>NOTE|WISH)[*_]*:[*_]*[ \t]*(?P<said>.*)")
"""The first line of a note or a wish, which stand below the text and are not part of it."""
ANSWER = re.compile(r"\b(yes|no|ask)\b", re.IGNORECASE)
SHORT_ANSWER = 80
"""Letters up to which one answer word anywhere in an answer is the answer."""
CUT = "max_tokens"
BROKEN = "the reply held half a character and cannot be stored as text"
CUT_OFF = {
    CUT: "the reply reached the longest length its endpoint allows",
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
    kind: Kind = Kind.ESSAY
    piece_id: int | None = None
    """The piece that it revises; None for a new one."""
    about_id: int | None = None
    """The piece that a postscript stands under, or that a statement is about."""
    continues: int | None = None
    """The piece of the same author that it goes on from."""

    def record(self, text_sha256: str) -> Record:
        """What it says of itself; the hash (hex) is that of its text."""
        return Record(
            text_sha256=text_sha256,
            kind=self.kind,
            title=self.title,
            form=self.form,
            tags=self.tags,
            note=self.note,
            continues=self.continues,
        )


@dataclass(frozen=True)
class Ending:
    """An outcome, and the outlet's account of it."""

    outcome: Outcome
    why: str


@dataclass(frozen=True)
class Reply:
    """What an author without tools said: how it ends, the text where it submitted one, and what it
    noted for itself and wished for in the lines after it."""

    ending: Ending
    text: str | None = None
    notes: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


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


def in_words(reply: str) -> Reply:
    """Read the reply of an author without tools. Its first line may say PRIVATE or DECLINE; lines at its
    end may begin with NOTE: or WISH:, and the text is what stands before them, exactly."""
    text, notes, wishes = _without_asides(reply)
    if is_broken("".join((*notes, *wishes))):
        return Reply(Ending(Outcome.FAILED, BROKEN))
    match marked(text):
        case "DECLINE":
            ending = Ending(Outcome.DECLINED, "the author declined")
        case "PRIVATE":
            ending = Ending(Outcome.KEPT_PRIVATE, "the author kept it private")
        case _ if not text.strip():
            said = "a note or a wish, and no text" if notes or wishes else "nothing"
            ending = Ending(Outcome.DECLINED, f"the author answered {said}")
        case _ if is_broken(reply):
            ending = Ending(Outcome.FAILED, BROKEN)
        case _:
            ending = Ending(Outcome.SUBMITTED, "the author answered in words; no form used")
    return Reply(ending, text if ending.outcome is Outcome.SUBMITTED else None, notes, wishes)


def _without_asides(reply: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The text exactly as it stands before the notes and wishes in its last paragraphs, and those, in their order.
    What follows the first line of one belongs to it: what was meant for nobody else is not to be published for want
    of a form."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", reply)
    begin = end = len(lines)
    while end:
        while end and not lines[end - 1].strip():
            end -= 1
        top = end
        while top and lines[top - 1].strip():
            top -= 1
        first = next((at for at in range(top, end) if ASIDE.match(lines[at])), None)
        if first is None:
            break
        begin = end = first
        if first > top:
            break
    asides: list[tuple[str, str]] = []
    for line in lines[begin:]:
        if (match := ASIDE.match(line)) is not None:
            asides.append((match["word"], match["said"]))
        elif asides:
            asides[-1] = (asides[-1][0], asides[-1][1] + "\n" + line.rstrip("\r\n"))
    said = {
        word: tuple(text.strip() for of, text in asides if of == word and text.strip()) for word in ("NOTE", "WISH")
    }
    return "".join(lines[:begin]), said["NOTE"], said["WISH"]


def answer_word(text: str) -> str | None:
    """The word that answers a question: yes, no or ask. It opens the answer and no other stands beside it in the
    first sentence, or it is the only one in a short answer. None where that cannot be told: no yes is guessed."""
    first = re.split(r"[.!?\n]", text.strip(), maxsplit=1)[0]
    opening = re.match(r"[\W_]*(yes|no|ask)\b", first, re.IGNORECASE)
    beside = {word.lower() for word in ANSWER.findall(first)}
    if opening is not None and len(beside) == 1:
        return opening[1].lower()
    everywhere = {word.lower() for word in ANSWER.findall(text)}
    return everywhere.pop() if len(everywhere) == 1 and len(text.strip()) <= SHORT_ANSWER else None


def yes_or_no(text: str) -> bool | None:
    """An answer to a question that has two; None where it is neither."""
    return {"yes": True, "no": False}.get(answer_word(text) or "")
