"""The publisher's words to flags: each flag that asks for a look is answered, and no words are lost on one that holds
no more."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from agent.errors import Refused
from agent.queries import runs_of
from agent.tables import Flag, Level


def need_answers(flags: Sequence[Flag], answers: Mapping[int, str]) -> None:
    """Raise Refused where a flag that asks for a look has no answer."""
    asking = (flag.id for flag in flags if flag.level is Level.LOOK)
    if unanswered := [flag for flag in asking if not answers.get(flag, "").strip()]:
        listed = ", ".join(map(str, unanswered))
        raise Refused(reason=f"To publish, answer each flag that asks for a look in a few words. Open: {listed}.")


def need_standing(db: Session, revision_id: int, flags: Sequence[Flag], answers: Mapping[int, str]) -> None:
    """Raise Refused where an answer is to a flag that does not hold on a revision, and say what became of it: whoever
    wrote it is to read what took its place."""
    given = {number for number, words in answers.items() if words.strip()}
    for number in sorted(given - {flag.id for flag in flags}):
        raise Refused(reason=_what_became(db, revision_id, number, flags))


def _what_became(db: Session, revision_id: int, number: int, flags: Sequence[Flag]) -> str:
    gone = db.get(Flag, number)
    if gone is None or gone.revision_id != revision_id:
        return f"There is no flag {number} on this text."
    if gone.check not in {run.check for run in runs_of(db, [revision_id])[revision_id]}:
        return f'The check "{gone.check}" runs unseen meanwhile, and flag {number} holds no more. Leave its answer out.'
    anew = [flag for flag in flags if flag.check == gone.check]
    at = [flag for flag in anew if flag.start < gone.end and gone.start < flag.end] or [
        flag for flag in anew if (flag.start, flag.end) == (gone.start, gone.end)
    ]
    if not at:
        return f"Checks looked again meanwhile; flag {number} was taken back. Leave its answer out."
    near = min(at, key=lambda flag: (flag.category != gone.category, abs(flag.start - gone.start), flag.id))
    return f"Checks looked again meanwhile; flag {number} was replaced by {near.id}: read it, then answer."
