"""What readers get beside a text, its title and its note, is looked at like the text itself."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from agent.check.frame import Finding, Subject

FIRST_LINE = re.compile(r"\S[^\n]{0,160}")


def everywhere(subject: Subject, look: Callable[[Subject], Sequence[Finding]]) -> list[Finding]:
    """What a look finds in the text, and in its title and its note where the text does not say the same. A finding
    points into the text, so what stands beside it is told at its first line."""
    return [*look(subject), *_beside(subject, look)]


def _beside(subject: Subject, look: Callable[[Subject], Sequence[Finding]]) -> Iterator[Finding]:
    first = FIRST_LINE.search(subject.text)
    start, end = first.span() if first else (0, len(subject.text))
    for where, words in (("in its title", subject.title), ("in its note to readers", subject.note)):
        if not words:
            continue
        for found in look(replace(subject, text=words, title="", note="")):
            if words[found.start : found.end] not in subject.text:
                why = f"This is about words {where}, not about the text. {found.why}"
                yield replace(found, start=start, end=end, why=why, evidence={**found.evidence, "where": where})
