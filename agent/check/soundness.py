"""Whether what a check gave back can be kept: it may be wrong in every way, and the rows take what is sound."""

from collections.abc import Mapping
from typing import Any

from agent.check.frame import Finding
from agent.render import CONTROLS
from agent.tables import Level

NO_FINDINGS = "it gave back no list of findings"
NO_FINDING = "it gave back something that is no finding"
NO_PLACE = "it gave a place that is no whole number"
BESIDE = "it pointed at characters {start} to {end} of a text that has {length}"
NO_LEVEL = "it gave a level that there is not"
NO_WHY = "it gave no sentence why"
NO_WORDS = "it gave a {part} that is no text"
NO_EVIDENCE = "it gave evidence that is not words under names"
UNKEPT = "it gave a {part} with a sign that cannot be kept"


class Unsound(Exception):
    """A finding that nobody could keep, and why, in words that quote nothing."""


def sound(found: object, text: str) -> Finding:
    """The same finding, made of nothing but plain words and numbers. Raises Unsound."""
    if not isinstance(found, Finding):
        raise Unsound(NO_FINDING)
    start, end = _place(found, text)
    if not isinstance(found.level, Level):
        raise Unsound(NO_LEVEL)
    why = _words("sentence why", found.why)
    if not why.strip():
        raise Unsound(NO_WHY)
    category, ground = _words("category", found.category), _words("ground", found.ground)
    return Finding(found.level, category, start, end, why, _evidence(found.evidence), ground)


def _place(found: Finding, text: str) -> tuple[int, int]:
    start, end, length = found.start, found.end, len(text)
    if type(start) is not int or type(end) is not int:  # True is an int, and no place.
        raise Unsound(NO_PLACE)
    if 0 <= start < end <= length or start == end == length == 0:
        return start, end
    raise Unsound(BESIDE.format(start=start, end=end, length=length))


def _words(part: str, words: object) -> str:
    """A check's own words. A sign in them that no database takes is a fault of its own."""
    if not isinstance(words, str):
        raise Unsound(NO_WORDS.format(part=part))
    if CONTROLS.search(words):
        raise Unsound(UNKEPT.format(part=part))
    return str(words)


def _evidence(evidence: Any) -> dict[str, str]:
    # Evidence quotes what others wrote. A sign in it that no database takes is no fault of the check's, or whoever
    # writes such a sign could keep a check from looking.
    if not isinstance(evidence, Mapping):
        raise Unsound(NO_EVIDENCE)
    given = dict(evidence)
    if not all(isinstance(part, str) for pair in given.items() for part in pair):
        raise Unsound(NO_EVIDENCE)
    return {str(CONTROLS.sub("\ufffd", name)): str(CONTROLS.sub("\ufffd", words)) for name, words in given.items()}
