"""The retirement interview: its questions are a prompt, asked one after the other; its answers are kept whole.

Where it stands is never stored: it follows from the answers so far, read in order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from agent.outlet import Outlet
from agent.prompts import Question, fill, parse, questions
from agent.tables import Asks, Interest, Outcome, PromptVersion, Publish, Request, Scope, Want, Wish
from agent.write.ending import CUT, Ending, answer_word, from_stop_reason, marked, yes_or_no
from agent.write.room import Room
from agent.write.sitting import Ended, Sitting, answer_with, end, room, words

LINE = re.compile(r"^[\s*_-]*(?P<word>INTEREST|WISH):[ \t]*(?P<said>\S[^\n]*)", re.MULTILINE)
AGAIN = "again"
"""The part of the prompt that is no question: said where one is asked again."""


@dataclass
class Stand:
    """Where an interview stands: what is asked next (None at its end), and what each answer was to.

    `again` says that the question was asked before and the answer was no clear one.
    """

    asks: Question | None
    again: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    """Name of a question -> which of the answers, from 0."""


def stand(asked: Sequence[Question], answers: Sequence[str]) -> Stand:
    """Where an interview stands after these answers. Pure."""
    left = list(asked)
    now = Stand(left.pop(0) if left else None)
    publish: Publish | None = None
    for number, answer in enumerate(answers):
        if now.asks is None:
            break
        if now.asks.name == "publish":
            publish = read_publish(answer)
            if publish is None and not now.again:
                now.again = True
                continue
        now.answers[now.asks.name] = number
        now.asks, now.again = None, False
        while left and now.asks is None:
            following = left.pop(0)
            # What is public already is asked about only where the answer was no.
            if following.name != "earlier" or publish in (Publish.NO, None):
                now.asks = following
    return now


def read_publish(answer: str) -> Publish | None:
    """Yes, no or "ask me each time"; None where that cannot be told."""
    word = answer_word(answer)
    return Publish(word) if word is not None else None


def act(db: Session, outlet: Outlet, sitting: Sitting) -> Ended | None:
    """Ask the next question, or end the interview and keep what was said."""
    turn = sitting.turns[-1]
    # An answer that reached its longest length is taken as it stands: the first word decides.
    ending = None if turn.stop_reason == CUT else from_stop_reason(turn.stop_reason)
    if ending is None and marked(sitting.answers_in_words[-1]) == "DECLINE":
        ending = Ending(Outcome.DECLINED, "the author declined to be interviewed")
    if ending is not None:
        return end(db, outlet, sitting, ending)
    again, asked = _questions(db, sitting)
    now = stand(asked, sitting.answers_in_words)
    # Each answer holds from when it was given: an interview that breaks off takes nothing back.
    _keep(room(db, outlet, sitting), sitting, now)
    if now.asks is None:
        return end(db, outlet, sitting, Ending(Outcome.ANSWERED, "the interview was held to its end"))
    told = f"{again}\n\n{now.asks.words}" if now.again else now.asks.words
    answer_with(db, outlet, sitting, [words(_filled(outlet, sitting, told))])
    return None


def _questions(db: Session, sitting: Sitting) -> tuple[str, list[Question]]:
    """What is said before a question that is asked again, and the questions, in the version that this interview
    began with."""
    versions = [db.get_one(PromptVersion, sha) for sha in sitting.invitation.prompts]
    source = next(version.body for version in versions if version.name == "interview")
    parts = questions(parse(source, "interview").body)[1]
    return "".join(p.words for p in parts if p.name == AGAIN), [p for p in parts if p.name != AGAIN]


def _filled(outlet: Outlet, sitting: Sitting, told: str) -> str:
    return fill(told, "interview", publication=outlet.settings.title, byline=sitting.author.byline)


def _keep(its_room: Room, sitting: Sitting, now: Stand) -> None:
    """Keep the last answer as what it is: a consent, interests or wishes."""
    last = len(sitting.answers_in_words) - 1
    answer, name = sitting.answers_in_words[last], next((n for n, at in now.answers.items() if at == last), None)
    author, turn = its_room.author, its_room.turn
    if name in ("publish", "earlier", "trials"):
        _consent(its_room, sitting, now, name)
    elif name == "interests":
        for subject in _lines(answer, "INTEREST"):
            number, blob = its_room.next_number(Interest), its_room.keep(subject)
            its_room.db.add(
                Interest(author_id=author.id, number=number, turn_id=turn.id, blob_id=blob.id, at=its_room.now)
            )
            its_room.db.flush()
    elif name == "wishes":
        for wish in _lines(answer, "WISH"):
            blob = its_room.keep(wish)
            its_room.db.add(
                Wish(author_id=author.id, turn_id=turn.id, want=Want.WORD, blob_id=blob.id, at=its_room.now)
            )


def _consent(its_room: Room, sitting: Sitting, now: Stand, name: str) -> None:
    """What has been answered so far about being published. No clear answer is no yes."""

    def said(question: str) -> str:
        at = now.answers.get(question)
        return "" if at is None else sitting.answers_in_words[at]

    if name != "publish" and yes_or_no(said(name)) is not True:
        return  # It changes nothing of what the answer before it meant.
    publish = read_publish(said("publish")) or Publish.NO
    comes_down = yes_or_no(said("earlier")) is True
    its_room.db.add(
        Request(
            author_id=its_room.author.id,
            turn_id=its_room.turn.id,
            number=1,
            asks=Asks.CONSENT,
            publish=publish,
            scope=Scope.ALL if publish is not Publish.NO or comes_down else Scope.NEW,
            trials=yes_or_no(said("trials")) is True,
            blob_id=its_room.keep(said(name)).id,
            at=its_room.now,
        )
    )


def _lines(answer: str, word: str) -> list[str]:
    """What was said line by line in the form that was asked for. Anything else stands in the interview alone."""
    return [match["said"].strip() for match in LINE.finditer(answer) if match["word"] == word]
