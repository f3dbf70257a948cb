"""What forms of the desk give, read: a verdict, what is said with it, and a moment."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from agent.desk.shown.passages import quoted
from agent.errors import Refused
from agent.review.actions import Said
from agent.tables import Verdict

ANSWER = re.compile(r"answer-(\d{1,9})", re.ASCII)
OFFSET = re.compile(r"-?\d{1,4}", re.ASCII)


def verdict_of(given: Mapping[str, str]) -> Verdict:
    """The verdict that a form gives. Raises Refused where it gives none."""
    try:
        return Verdict(given.get("verdict", ""))
    except ValueError:
        raise Refused(reason="Choose a verdict: publish, give a veto, or ask another reviewer.") from None


def said_of(given: Mapping[str, str], verdict: Verdict, text: str) -> Said:
    """What a form says with its verdict on a text. Raises Refused where a quoted passage does not stand in it."""
    if verdict is Verdict.PUBLISH:
        answers = {int(m[1]): words for name, words in given.items() if (m := ANSWER.fullmatch(name)) and words.strip()}
        return Said(answers=answers)
    reason = given.get("reason", "")
    if verdict is Verdict.ESCALATE:
        return Said(reason=reason)
    return Said(ground=given.get("ground", ""), span=quoted(text, given.get("quote", "")), reason=reason)


def moment_of(given: Mapping[str, str]) -> datetime | None:
    """The moment that a form names for later; None where it asks for no later one. It is the viewer's, where a script
    has said how far that lies from UTC (in minutes, as browsers count: what must be added to reach UTC), and UTC where
    none has. Raises Refused for what is no moment."""
    if given.get("when") != "later":
        return None
    offset = given.get("offset", "") or "0"
    try:
        at = datetime.fromisoformat(given.get("at", ""))
        if at.tzinfo is not None or not OFFSET.fullmatch(offset):
            raise ValueError(offset)
        return (at + timedelta(minutes=int(offset))).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Refused(reason="Name the day and the time at which it is to go out, or let it go out now.") from None
