"""The retirement interview: its questions are a prompt, asked one after the other; its answers are kept whole.

Where it stands is never stored: it follows from the answers so far, read in order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from agent.outlet import Outlet
from agent.prompts import Question, fill, parse, questions
from agent.tables import Asks, Interest, Outcome, PromptVersion, Publish, Request, Scope, Turn, Want, Wish
from agent.write.ending import CUT, Ending, from_stop_reason, marked, yes_or_no
from agent.write.room import Room
from agent.write.sitting import Ended, Sitting, answer_with, end, room, words

SAID = re.compile(r"[\W_]*(?P<word>yes|no|ask)\b", re.IGNORECASE)
LINE = re.compile(r"^[\s*_-]*(?P<word>INTEREST|WISH):[ \t]*(?P<said>\S[^\n]*)", re.MULTILINE)
NOTHING = re.compile(r"[\W_]*(none|nothing|no)?[\W_]*", re.IGNORECASE)


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
            if following.name != "earlier" or publish is not Publish.YES:
                now.asks = following
    return now


def read_publish(answer: str) -> Publish | None:
    """Yes, no or "ask me each time", by the first word; None where it is none of them."""
    match = SAID.match(answer)
    return Publish(match["word"].lower()) if match else None


def act(db: Session, outlet: Outlet, sitting: Sitting) -> Ended | None:
    """Ask the next question, or end the interview and keep what was said."""
    turn = sitting.turns[-1]
    # An answer that reached its longest length is taken as it stands: the first word decides.
    ending = None if turn.stop_reason == CUT else from_stop_reason(turn.stop_reason)
    if ending is None and marked(sitting.answers_in_words[-1]) == "DECLINE":
        ending = Ending(Outcome.DECLINED, "the author declined to be interviewed")
    if ending is not None:
        return end(db, outlet, sitting, ending)
    asked = _questions(db, sitting)
    now = stand(asked, sitting.answers_in_words)
    if now.asks is not None:
        answer_with(db, outlet, sitting, [words(_filled(outlet, sitting, now.asks))])
        return None
    _keep(room(db, outlet, sitting), sitting, now)
    return end(db, outlet, sitting, Ending(Outcome.ANSWERED, "the interview was held to its end"))


def _questions(db: Session, sitting: Sitting) -> list[Question]:
    """The questions in the version that this interview began with."""
    versions = [db.get_one(PromptVersion, sha) for sha in sitting.invitation.prompts]
    source = next(version.body for version in versions if version.name == "interview")
    return questions(parse(source, "interview").body)[1]


def _filled(outlet: Outlet, sitting: Sitting, question: Question) -> str:
    facts = {"publication": outlet.settings.title, "byline": sitting.author.byline}
    return fill(question.words, "interview", **facts)


def _keep(its_room: Room, sitting: Sitting, now: Stand) -> None:
    """Keep the answers as what they are: a consent, interests and wishes."""
    said = {name: (sitting.answer_turns[at], sitting.answers_in_words[at]) for name, at in now.answers.items()}
    if "publish" in said:
        _consent(its_room, *said["publish"], said.get("earlier"), said.get("trials"))
    if "interests" in said:
        turn, answer = said["interests"]
        for subject in _lines(answer, "INTEREST"):
            number = its_room.next_number(Interest)
            blob = its_room.keep(subject)
            its_room.db.add(
                Interest(author_id=its_room.author.id, number=number, turn_id=turn.id, blob_id=blob.id, at=its_room.now)
            )
            its_room.db.flush()
    if "wishes" in said:
        turn, answer = said["wishes"]
        for wish in _lines(answer, "WISH"):
            blob = its_room.keep(wish)
            its_room.db.add(
                Wish(author_id=its_room.author.id, turn_id=turn.id, want=Want.WORD, blob_id=blob.id, at=its_room.now)
            )


def _consent(
    its_room: Room, turn: Turn, answer: str, earlier: tuple[Turn, str] | None, trials: tuple[Turn, str] | None
) -> None:
    """What was answered about being published. No clear answer is no yes."""
    publish = read_publish(answer) or Publish.NO
    comes_down = earlier is not None and yes_or_no(earlier[1]) is True
    its_room.db.add(
        Request(
            author_id=its_room.author.id,
            turn_id=turn.id,
            number=1,
            asks=Asks.CONSENT,
            publish=publish,
            scope=Scope.ALL if publish is not Publish.NO or comes_down else Scope.NEW,
            trials=trials is not None and yes_or_no(trials[1]) is True,
            blob_id=its_room.keep(answer).id,
            at=its_room.now,
        )
    )


def _lines(answer: str, word: str) -> list[str]:
    """What was said line by line in the form that was asked for, or else the whole answer."""
    if found := [match["said"].strip() for match in LINE.finditer(answer) if match["word"] == word]:
        return found
    return [] if NOTHING.fullmatch(answer) else [answer]
