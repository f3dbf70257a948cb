"""Whether an author's latest texts have become alike. At most one note: it is for whoever looks after the author."""

from collections.abc import Iterator

from agent.check.frame import Finding, Subject
from agent.sameness import Gauge, gauge, loops, place_of
from agent.tables import Level

NAME = "sameness"
VERSION = "1"
ABOUT = (
    "Whether the author's latest texts have become alike: in their opening, in their phrases, in how much they speak "
    "of the author, or in how few different words they use. "
    "It leaves alone what human authors do, too, and texts that fell apart. "
    "It is no reason to hold a text back; the invitation, or what is laid beside it, may need another look."
)

# Measured on 3,500 stretches of six and thirteen passages by one author each, from 189 old novels, poems and essays, in
# passages of 150 and of 1,000 words. What none of them reached is no manner of writing that people have.
FEWEST = 5
"""Texts: before, nothing can be said of a habit."""
OPENING, ALIKE = 0.5, 4
"""None had more than two openings alike."""
PHRASES = 0.06
"""The most was 0.048, in the Iliad, whose singers had set phrases for everything."""
ITSELF = 0.15
"""The most was 0.125, in a novel told by one who mourns."""
FALL = 0.12
"""The most was 0.100."""


def check(subject: Subject) -> list[Finding]:
    """One note where the figures are far from anybody's, and this text has part in that."""
    texts = [subject.text, *(each.text for each in subject.earlier)]
    if len(texts) < FEWEST:
        return []
    found = gauge(texts)
    if found.texts < FEWEST or loops(subject.text):
        return []
    return list(_told(subject.text, found))[:1]


def _told(text: str, found: Gauge) -> Iterator[Finding]:
    evidence = {
        "texts compared": str(found.texts),
        "that begin alike": found.opening.of,
        "phrases in several": found.phrases.of,
        "about the author": found.itself.of,
        "different among forty words": f"{found.variety.value:.0%} on average",
        "fewer than before": f"{found.fall.value:.0%} ({found.fall.of})" if found.fall.value else "",
    }
    newest = gauge([text])
    habit = next((span for phrase in found.habits if (span := place_of(phrase, text))), None)
    if found.phrases.value >= PHRASES and habit is not None:
        why = "The author's latest texts say the same things in the same words; this is one of them."
        yield Finding(Level.NOTE, "phrases", *habit, why, evidence)
    begins = place_of(found.begins, text) if found.begins == newest.begins else None
    if found.opening.value >= OPENING and found.opening.value * found.texts >= ALIKE and begins is not None:
        why = "Most of the author's latest texts begin with these words."
        yield Finding(Level.NOTE, "opening", *begins, why, evidence)
    first = place_of("", text)
    if first is None:
        return
    if found.itself.value >= ITSELF and newest.itself.value >= ITSELF:
        why = "The author's latest texts speak of hardly anything but their author."
        yield Finding(Level.NOTE, "itself", *first, why, evidence)
    if found.fall.value >= FALL and newest.variety.value < found.variety.value:
        why = "The author's latest texts make do with fewer and fewer different words."
        yield Finding(Level.NOTE, "fewer words", *first, why, evidence)
