"""Where an address may come from: what an author was shown, what it wrote before, or nothing of either. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.check.frame import Shown, Subject
from agent.check.linked.targets import Target
from agent.check.shows import named

NOWHERE = "nothing it was shown"
ON = frozenset("/?#=&%-_~")
"""What goes on with an address: before these it does not end."""


@dataclass(frozen=True)
class Origin:
    """Where an address stands, or its host alone; `words` say it to staff."""

    words: str
    is_whole: bool = False
    is_host: bool = False


class Origins:
    """Looks addresses up in all that an author was shown and in its earlier pieces."""

    def __init__(self, subject: Subject) -> None:
        self._shown: Sequence[Shown] = (*subject.shown, *subject.earlier)

    @cached_property
    def _sources(self) -> list[tuple[str, Shown]]:
        return [(f"{shown.where}\n{shown.text}".lower(), shown) for shown in self._shown]

    def of(self, target: Target) -> Origin:
        """The origin of an address of the web."""
        host = target.given.lower().strip(".").removeprefix("www.")
        query = f"?{target.query}" if target.query else ""
        whole = f"{host}{f':{target.port}' if target.port else ''}{target.path}{query}".rstrip("/").lower()
        for source, shown in self._sources:
            if _stands(whole, source):
                return Origin(f"in {named(shown)}", is_whole=True, is_host=True)
        for source, shown in self._sources:
            if _stands(host, source, goes_on=True):
                return Origin(f"only its host, in {named(shown)}", is_host=True)
        return Origin(NOWHERE)


def _stands(words: str, source: str, *, goes_on: bool = False) -> bool:
    """Whether an address stands in a text and is none that merely begins or ends so."""
    at = source.find(words) if words else -1
    tries = 0
    while at >= 0 and tries < 200:
        tries += 1
        before, after = source[at - 1 : at], source[at + len(words) : at + len(words) + 2]
        if not _is_within(before) and (_ends(after.removeprefix("/")) or (goes_on and not _is_within(after[:1]))):
            return True
        at = source.find(words, at + len(words))
    return False


def _is_within(sign: str) -> bool:
    return sign.isalnum() or sign == "-"


def _ends(after: str) -> bool:
    """Whether an address ends here. A full stop may be a sentence's."""
    sign, following = after[:1], after[1:2]
    if sign in {".", ":"}:
        return not _is_within(following)
    return not (_is_within(sign) or sign in ON) or not sign
