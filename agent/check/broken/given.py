"""The outlet's own words, given back at the beginning of a text."""

from collections.abc import Iterator
from functools import lru_cache

from agent.check.broken.loops import words_of
from agent.check.frame import Finding, Subject
from agent.check.reading.bare import Bare
from agent.tables import Level

BEGINNING = 40
"""Words in which the outlet's own words count as given back. Further on a text speaks of them."""
SOME, MANY = 8, 12
"""So many of its words in a row are a note, and so many ask for an answer."""
MOST = 400


def given_back(bare: Bare, subject: Subject) -> Iterator[Finding]:
    """The outlet's own words at the beginning of the text, unless they are quoted: the longest run of them."""
    own = bare.own
    words = [word for word in bare.words[:MOST] if not own[word.start].isspace()]
    folded = [word.folded for word in words]
    best, first, source = 0, 0, None
    for shown in subject.shown:
        if shown.kind not in ("invitation", "prompt") or not shown.here:
            continue
        said = _said(shown.text)
        whole = said.strip()
        if len(whole.split()) < SOME and f"{' '.join(folded)} ".startswith(f"{whole} ") and not best:
            best, first, source = len(whole.split()), 0, shown
        for at in range(min(BEGINNING, len(folded) - SOME + 1)):
            count = SOME
            while at + count <= len(folded) and f" {' '.join(folded[at : at + count])} " in said:
                count += 1
            if count > SOME and count - 1 > best:
                best, first, source = count - 1, at, shown
    if source is not None and best:
        level = Level.LOOK if best >= MANY else Level.NOTE
        why = "The text begins with words of this outlet's own, which it was given to read."
        evidence = {"said in": source.name or source.kind, "words in a row": str(best)}
        yield Finding(level, "leakage", words[first].start, words[first + best - 1].end, why, evidence)


@lru_cache(maxsize=64)
def _said(text: str) -> str:
    """The words of a prompt, each between spaces. The same prompts come with every text."""
    return f" {' '.join(word.folded for word in words_of(text))} "
