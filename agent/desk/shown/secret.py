"""Secrets at the desk: wherever words of a text are shown outside of it, a secret among them is shown without its
middle. In the text itself it stands as it was received."""

from collections.abc import Iterable

from agent.check import secrets
from agent.check.credentials.masking import dotted, ends_of
from agent.render import CONTROLS
from agent.tables.flag import Concern


def quote_of(flag: Concern) -> str:
    """The words that a flag quotes."""
    return dotted(flag.quote) if _is_secret(flag) else flag.quote


def within(text: str, flag: Concern, shown: str) -> str:
    """The words that a flag quotes, where `shown` is the text without its secrets."""
    words = shown[flag.start : flag.end]
    return flag.quote if words == text[flag.start : flag.end] else CONTROLS.sub("\ufffd", words)


def without_secrets(text: str, flags: Iterable[Concern]) -> str:
    """A text without the secrets that are flagged in it; each sign of it stands where it stood."""
    for flag in flags:
        if _is_secret(flag):
            text = text[: flag.start] + dotted(text[flag.start : flag.end]) + text[flag.end :]
    return text


def _is_secret(flag: Concern) -> bool:
    """Whether a flag's own words are a secret: one in the title is told at the first line of the text."""
    return flag.check == secrets.NAME and bool(flag.quote) and ends_of(flag.quote) == flag.evidence.get(secrets.ENDS)
