"""Words put into somebody's mouth, and references to works, that stand in nothing the author was shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from agent.check.frame import Finding, Subject
from agent.check.quoted.attributions import NEAR, YEAR, attribution, beside
from agent.check.quoted.citations import citations
from agent.check.quoted.folding import Sources, folded
from agent.check.quoted.reported import Reported, Texts
from agent.check.quoted.speakers import Attribution
from agent.check.reading.many import together
from agent.check.reading.quoting import quotations
from agent.check.reading.uncoded import without_code
from agent.check.shows import named
from agent.tables import Level

NAME = "quotations"
VERSION = "1"
ABOUT = (
    "Quoted words of more than six that are said to be a named person's and stand in nothing the author was shown; "
    "numbers of books that cannot be, and references to papers that may be made up. "
    "It leaves alone dialogue, words in quotation marks that are said to be nobody's, and what was shown. "
    "Look for the words and the work before you publish: a language model remembers what was never said."
)

WORDS = 6
"""Quotations of no more words are turns of phrase."""
MOST = 40
"""So many quotations with a name are looked for."""
TRIED = 400
"""So many long quotations are looked at for a name."""
MARKER = re.compile(r"^[ \t>*_]{1,20}", re.MULTILINE)
SIGNED = re.compile(r"(?:^|\n)[ \t>*_]{0,20}(?:[–—]|--)[^\n]{1,160}\s*$")
"""The last line of a block, with a dash and a name."""
SPEECH = re.compile(
    r"[\"”’»][,.]?[ \n]{1,2}(?:(?:he|she|I|they|we|it|the \w{1,30}|[A-Z]\w{1,30})[ ])?(?:said|asked|replied|answered|"
    r"cried|whispered|murmured|shouted|muttered|exclaimed|began|went on)\b"
)
SPOKEN = 3
"""Where somebody speaks so many times, it is a story."""
_NAME = r"[A-Z][\w'’-]{1,30}(?: [A-Z][\w'’-]{1,30}){0,2}"
_SAID = r"(?:said|asked|replied|answered|cried|whispered|murmured|shouted|muttered|exclaimed|began|went on|called)"
TALK = re.compile(rf"[,.!?…—][\"”’»] (?:{_SAID} (?P<name>{_NAME})|(?P<name_b>{_NAME}) {_SAID})\b")
"""Speech, with who speaks right after it."""
TALKERS = 2
"""So many who are named and speak in turn are people of a story."""
INVENTED = "These words are said to be somebody's, with a time or a source, and stand in nothing the author was shown."
FROM_MEMORY = "These words are said to be somebody's and stand in nothing the author was shown."
INEXACT = "These words are said to be quoted, and stand in what the author was shown in other words."
ANOTHER = "These words stand in what the author was shown, where the name that they are given here does not."
NOT_THERE = "These words are said to stand in a text that the author was shown, and do not."
NOT_MEANT = "These words are said to be quoted from what the author was shown, and do not stand in it."


@dataclass(frozen=True)
class Quoted:
    """Quoted words, where they stand, whose they are said to be, and what they are said to be from."""

    start: int
    end: int
    words: str
    whose: Attribution | None
    source: Reported | None


def check(subject: Subject) -> list[Finding]:
    """What is said to be somebody's and cannot be found; citations that cannot be, or that nobody showed."""
    return together(subject.text, [*_sayings(subject), *citations(subject)])


def _sayings(subject: Subject) -> Iterator[Finding]:
    bare = without_code(subject.text)
    shown = (*subject.shown, *subject.earlier)
    sources, byline = Sources(shown), subject.facts.byline.lower()
    is_story = len(list(islice(SPEECH.finditer(bare), SPOKEN))) == SPOKEN or _talk_in_turn(bare)
    last: Quoted | None = None
    for quoted in islice(_attributed(bare, Texts(shown)), MOST):
        whose = quoted.whose
        goes_on = last is not None and last.whose == whose and quoted.start - last.end < NEAR
        is_speech = is_story and (whose is None or (whose.year is None and not whose.is_written))
        is_own = whose is not None and bool(byline) and whose.surname in byline
        last = quoted
        if quoted.source and (quoted.source.shown or not is_story):
            yield from _reported(quoted, quoted.source, sources)
        elif whose and not (goes_on or is_speech or is_own):
            yield from _said(quoted, whose, sources)


def _talk_in_turn(bare: str) -> bool:
    """Whether two people or more talk to each other, in a text without a year: what is quoted has one as a rule."""
    talk = list(islice(TALK.finditer(bare), TRIED))
    who = {said["name"] or said["name_b"] for said in talk}
    near = any(then.start() - said.end() < NEAR for said, then in pairwise(talk) if said[0] != then[0])
    return len(who) >= TALKERS and near and not YEAR.search(bare)


def _reported(quoted: Quoted, source: Reported, sources: Sources) -> Iterator[Finding]:
    """What is to be said of words from a text that was shown; nothing where they stand there, or in another one."""
    if sources.holding(quoted.words) is not None:
        return
    if (near := sources.near(quoted.words)) is not None:
        place = {"nearly so in": named(near.shown)}
        yield Finding(Level.NOTE, "inexact", quoted.start, quoted.end, INEXACT, place)
        return
    level, why = (Level.LOOK, NOT_THERE) if source.shown is not None else (Level.NOTE, NOT_MEANT)
    place = {"said to be from": named(source.shown) if source.shown else source.words}
    yield Finding(level, "quotation", quoted.start, quoted.end, why, place)


def _said(quoted: Quoted, whose: Attribution, sources: Sources) -> Iterator[Finding]:
    """What is to be said of words of somebody's; nothing where all is well."""
    start, end = quoted.start, quoted.end
    evidence = {"said to be by": whose.name} | ({"in the year": str(whose.year)} if whose.year else {})
    is_named = len(whose.parts) > 1
    if (source := sources.holding(quoted.words)) is not None:
        if is_named and f" {folded(whose.surname)} " not in source.names:
            place = {"stands in": named(source.shown)}
            yield Finding(Level.NOTE, "attribution", start, end, ANOTHER, evidence | place)
        return
    if (source := sources.near(quoted.words)) is not None:
        place = {"nearly so in": named(source.shown)}
        yield Finding(Level.NOTE, "inexact", start, end, INEXACT, evidence | place)
        return
    evidence["looked for in"] = sources.count
    is_placed = whose.year is not None or (whose.has_source and is_named)
    if is_placed and not whose.is_of_the_past:
        # No ground is about invented words as such: the reader asks whether they harm whoever is to have said them.
        yield Finding(Level.LOOK, "quotation", start, end, INVENTED, evidence)
    elif is_named or whose.is_written:
        yield Finding(Level.NOTE, "quotation", start, end, FROM_MEMORY, evidence)


def _attributed(bare: str, texts: Texts) -> Iterator[Quoted]:
    """The longer quotations of which it is said whose they are, or what they are from: blocks, and what stands between
    marks. Of what a block holds in marks, nothing more is said where that was said of the block."""
    found = quotations(bare)
    spans = [*((*span, 0) for span in found.blocks), *((*span, 1) for span in found.marks)]
    until = tried = 0
    for start, end, is_marked in sorted(spans, key=lambda span: span[::2]):
        if is_marked and end <= until:
            continue
        words, after = bare[start:end], bare[end : end + NEAR]
        before = bare[max(0, start - NEAR) : start]
        if not is_marked:
            before = before.rstrip()
            if signed := SIGNED.search(words):
                words, after = words[: signed.start()], signed[0].strip("> \t\n*_")
        if len(folded(words[:NEAR]).split()) <= WORDS:
            continue
        if (tried := tried + 1) > TRIED:
            return
        is_closed = words.rstrip('"”’»“*_ \n').endswith((".", "!", "?"))
        whose = attribution(before, after, is_closed=is_closed)
        source = texts.reported(*beside(before, after, is_closed=is_closed))
        if whose or source:
            until = end
            yield Quoted(start, start + len(bare[start:end].rstrip()), MARKER.sub("", words), whose, source)
