"""Passages that stand word for word in something the author was shown, or in the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import urlsplit

from agent.archive import EACH_ALONE, Word
from agent.check.frame import Finding, Shown, Subject
from agent.check.lineage import followed_words
from agent.check.reading.many import together
from agent.check.reading.nearness import AGAIN, name_of, near
from agent.check.reading.passages import OUTLETS, Passage, passages
from agent.check.reading.quoting import Quotations, quotations
from agent.fences import short
from agent.tables import Level
from agent.winnowing import FOUND, RUN, words

NAME = "copying"
VERSION = "1"
ABOUT = (
    "Passages that stand word for word in an entry that the author was shown, in another piece, or in the outlet's own "
    "words. "
    "It leaves alone names, titles and common phrases, and takes quotations with a named source lightly. "
    "Look at the source: a quotation may stand, another's words passed off as the author's may not."
)

LONG = FOUND
"""From so many words on, about a sentence, a passage is no chance: so many the archive's index finds for certain, and
shared names, idioms and forms of address are shorter."""
QUOTED_AT_MOST = 150
"""Words of a usual quotation; a longer one asks for an answer, whoever is named."""
MOST = 12
"""So many passages are named, the gravest and longest."""
LOOKED_AT = 500
"""The most passages of one text that are judged, the longest."""
INSIDE = 0.8
"""A passage that lies so far within graver or longer ones is none of its own."""
BESIDE = 300
"""The most characters that are shown of a source."""


@dataclass(frozen=True)
class Judged:
    """A passage, and what it is worth. `length` is in words of which each is as long as a word of English."""

    passage: Passage
    level: Level
    length: int
    quoted: bool


def check(subject: Subject) -> list[Finding]:
    """One finding for each passage, with the source that has most of it, in the order of the text."""
    own, quoted = words(subject.text), quotations(subject.text)
    found = sorted(passages(own, subject.shown), key=lambda passage: passage.start - passage.end)[:LOOKED_AT]
    judged = [each for passage in found if (each := _judged(own, passage, quoted))]
    judged.sort(key=lambda each: (each.level is Level.NOTE, -each.length))
    # Of these the text has more than passages, and the check for duplicates says so. A passage of somebody else's is
    # told all the same, as long as the text is not nearly the whole of it.
    whole = {name_of(each.piece) for each in near(subject) if each.piece.own or each.share >= AGAIN}
    told = [each for each in _told(judged, followed_words(own, subject)) if _name(each) not in whole]
    findings = [_finding(own, each, len(told) - MOST if each is told[0] else 0) for each in told[:MOST]]
    return together(subject.text, findings)


def _judged(own: Sequence[Word], passage: Passage, quoted: Quotations) -> Judged | None:
    """What a passage is worth; None where it is worth nothing."""
    source, length = passage.source, sum(_length(own[part.start : part.end]) for part in passage.parts)
    if length < LONG and not (source.kind == "entry" and source.here and length >= RUN):
        return None
    if source.own or source.kind in OUTLETS:
        return Judged(passage, Level.NOTE, length, quoted=False)
    if _is_title(own, passage) or (length < LONG and _is_name(quoted.text, own[passage.start : passage.end])):
        return None
    is_quoted = _is_quoted(own, passage, quoted)
    if length < LONG:
        return None if is_quoted else Judged(passage, Level.NOTE, length, quoted=False)
    level = Level.NOTE if is_quoted and length <= QUOTED_AT_MOST else Level.LOOK
    return Judged(passage, level, length, is_quoted)


def _length(words: Sequence[Word]) -> int:
    """Two ideographs or kana are about one word."""
    return len(words) - sum(EACH_ALONE.match(word.folded) is not None for word in words) // 2


def _is_title(own: Sequence[Word], passage: Passage) -> bool:
    """Whether it is the title of its source, or a part of it: a title is named, not copied."""
    title = " ".join(word.folded for word in words(passage.source.name))
    return " ".join(word.folded for word in own[passage.start : passage.end]) in title


def _is_name(text: str, words: Sequence[Word]) -> bool:
    """Whether half the words have capitals, as in the name of an office or a book."""
    return 2 * sum(text[word.start].isupper() or text[word.start].isdigit() for word in words) >= len(words)


def _is_quoted(own: Sequence[Word], passage: Passage, quoted: Quotations) -> bool:
    """Whether all of it is quoted, but for a few words at its ends that happen to be the same, and its source named."""
    inside = [words for part in passage.parts if (words := _inside(own[part.start : part.end], quoted))]
    if len(inside) < len(passage.parts):
        return False
    host = _host(passage.source.where)
    names = [passage.source.name, host, *host.split(".")[:-1]]
    return quoted.is_attributed(inside[0][0].start, inside[-1][-1].end, names=names)


def _inside(words: Sequence[Word], quoted: Quotations) -> Sequence[Word]:
    """Those of a part's words that stand in a quotation; none where too many do not."""
    middle = words[len(words) // 2]
    span = quoted.around(middle.start, middle.end)
    inside = [word for word in words if span and span[0] <= word.start and word.end <= span[1]]
    return inside if len(words) - len(inside) < RUN else []


def _host(where: str) -> str:
    try:
        return (urlsplit(where).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _told(judged: Sequence[Judged], covered: Mapping[Level, bytearray]) -> list[Judged]:
    """Those that do not lie within the ones before them, or within what is told already at their level."""
    told = list[Judged]()
    for each in judged:
        start, end = each.passage.start, each.passage.end
        if covered[each.level].count(1, start, end) < INSIDE * (end - start):
            for words in covered.values():
                words[start:end] = b"\1" * (end - start)
            told.append(each)
    return told


def _name(judged: Judged) -> str | None:
    source = judged.passage.source
    return name_of(source) if source.kind == "piece" else None


def _finding(own: Sequence[Word], judged: Judged, besides: int) -> Finding:
    passage, source = judged.passage, judged.passage.source
    whole, same = passage.end - passage.start, sum(part.end - part.start for part in passage.parts)
    evidence = {"source": _named(source)}
    evidence |= {"where": source.where} if source.where else {}
    evidence["words"] = f"{same:,}" if same == whole else f"{same:,} of {whole:,}"
    if source.kind == "entry":
        # What a piece says is not repeated: this would outlive it, where it is erased.
        evidence["it says there"] = _beside(own, passage)
    if besides > 0:
        evidence["besides"] = f"{besides:,} shorter passages are not listed"
    return Finding(
        judged.level,
        _category(judged),
        own[passage.start].start,
        own[passage.end - 1].end,
        _why(judged),
        evidence,
        "" if source.own or source.kind in OUTLETS else "copied",
    )


def _category(judged: Judged) -> str:
    source = judged.passage.source
    if source.own:
        return "own words"
    if source.kind in OUTLETS:
        return "invitation"
    return "quoted" if judged.quoted else "copied"


def _why(judged: Judged) -> str:
    source = judged.passage.source
    if source.kind in OUTLETS:
        return "These are the outlet's own words, which the author was given to read."
    if source.own:
        return "The author wrote these words before, in another piece."
    of = {"piece": "another author's piece", "entry": "an entry that the author was shown"}.get(
        source.kind, source.kind
    )
    if judged.quoted and judged.level is Level.NOTE:
        return f"These words are quoted from {of}, and somebody or something is named as their source."
    if judged.quoted:
        return f"These words are quoted from {of}, at greater length than a quotation usually has."
    if judged.length < LONG:
        return f"A few words in a row are those of {of}."
    return f"These words stand in {of}, and are not marked as a quotation whose source is named."


def _named(source: Shown) -> str:
    if source.kind == "piece":
        return "an earlier piece of the author's own" if source.own else "another author's piece"
    kind = {"entry": "an entry", "invitation": "the invitation", "prompt": "words of the outlet"}.get(
        source.kind, source.kind
    )
    return f'{kind}, "{source.name}"' if source.name else kind


def _beside(own: Sequence[Word], passage: Passage) -> str:
    """The passage as it stands in its source: its longest part."""
    part = max(passage.parts, key=lambda part: part.end - part.start)
    theirs = words(passage.source.text, part.there, part.there + part.end - part.start)
    pairs = zip(own[part.start : part.end], theirs, strict=False)
    many = sum(1 for _ in takewhile(lambda pair: pair[0].folded == pair[1].folded, pairs))
    return short(" ".join(passage.source.text[theirs[0].start : theirs[many - 1].end].split()), BESIDE)
