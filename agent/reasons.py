"""Words that staff give for what they do: long enough to say something, and such that a database takes them."""

from agent.errors import Refused
from agent.record import is_broken

REASON_AT_LEAST = 10


def need_reason(reason: str, what: str) -> str:
    """The reason, trimmed. Raises Refused where there is none, or one that cannot be stored."""
    said = reason.strip()
    if len(said) < REASON_AT_LEAST:
        raise Refused(reason=f"Give the reason for this {what} in words, at least {REASON_AT_LEAST} letters long.")
    need_storable(said)
    return said


def is_storable(words: str) -> bool:
    """Whether every database takes these words, be it only to look for them."""
    return "\x00" not in words and not is_broken(words)


def need_storable(words: str) -> None:
    """Raise Refused for words that no database takes."""
    if not is_storable(words):
        raise Refused(reason="What you wrote holds a sign that cannot be stored. Write it anew.")
