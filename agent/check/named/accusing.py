"""Sentences that say of a named person what could harm them if it were false."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.check.named.naming import Name
from agent.check.named.wrongs import PARTS
from agent.check.reading.voice import DENIED, SUPPOSED, Voice
from agent.patterns import one_of

SAID_AFTER = re.compile(
    one_of(
        r"""
%besides%%adverbs%%did%
%besides%(?:and|but|for|because) (?:s?he|they) %adverbs%%did%
%besides%(?:who )?[^.,;:!?\n]{1,50} and %adverbs%(?:lied (?:about|to)|%did%)
%besides%(?:who )?%is% %degree%%kind%
%besides%(?:who )?%is% %degree%%charged%%for%%crime%
%besides%(?:who )?%is% %degree%caught %caught%
%besides%%charged%%for%%crime%
%whose%(?:frauds?|corruption|bribery|bribes|perjury|plagiarism|tax evasion|laundering|swindle|extortion)\b
%whose%(?:embezzlement|sexual (?:abuse|assaults?|harassment|misconduct)|crimes|lies (?:to|about)|kickbacks)\b
['’]s? %few%(?:affair with|theft of|conviction for|child abuse|domestic violence)\b
,? (?:a|an|the|that|this) %degree%%kind%
""",
        PARTS,
    ),
    re.IGNORECASE,
)
SAID_BEFORE = re.compile(
    one_of(
        r"""
(?:convicted|corrupt|crooked|disgraced)(?: \w{1,14}){0,2},? $
(?:the|a|that) (?:\w{1,14} )?%kind%(?: \w{1,14}){0,1},? $
""",
        PARTS,
    ),
    re.IGNORECASE,
)
BY_ONE = re.compile(
    one_of(
        r"""
(?<!show )(?<!scene )(?<!heart )\b(?:was|were|been|being|is|are|got) %few%%wronged%(?:,? [^.;:!?\n]{0,40},?)? by %role%$
""",
        {
            "few": r"(?:\w{1,14} ){0,2}",
            "wronged": (
                r"(?:blackmailed|defrauded|swindled|robbed|assaulted|raped|molested|groped|harassed|murdered|poisoned|"
                r"strangled|stabbed|abused|threatened|embezzled|stolen|falsified|bribed|plagiari[sz]ed|stalked|drugged|"
                r"groomed|extorted|conned)"
            ),
            "role": r"(?:(?:the|a|an|his|her|their|its) (?:[\w-]{1,20} ){0,3})?",
        },
    ),
    re.IGNORECASE,
)
"""What was done to somebody "by" whoever is named next."""
NEXT = re.compile(
    r"\s*("
    + one_of(
        r"""
(?:it was )?s?he(?: who)?,?%then%%adverbs%%did%
(?:it was )?s?he(?: who)? %is% %degree%%kind%
s?he %is% %degree%%charged%%for%%crime%
""",
        PARTS | {"then": r"(?: (?:on|in|at|for|after|before|by|during) [^.,;:!?\n]{1,60},)? "},
    )
    + ")",
    re.IGNORECASE,
)
"""The beginning of a sentence that accuses whoever the one before it named."""
SOMEBODY_ELSE = re.compile(
    r"\b(?:whose|brother|sister|father|mother|uncle|aunt|cousin|son|daughter|husband|wife|friend|neighbour|man|woman|boy|"
    r"girl|rival|successor|predecessor|he|she)\b",
    re.IGNORECASE,
)
"""After a name in its sentence: then a pronoun in the next may mean another than who is named."""
A_WORK = re.compile(
    r"\b(?:novel|story|stories|plays?|film|movie|opera|role|characters?|hero|heroine|narrator|dream(?:ed|t|s)?)\b",
    re.IGNORECASE,
)
"""In the sentence with the name: then the next may tell what somebody made up."""
REACH, BEFORE, FAR_BEFORE = 320, 60, 120
"""So many characters after and before a name belong to what is said of it."""
BUT = re.compile(
    r"[,;–—] ?but |\b[Ww]hat [^.;:!?\n]{1,60} (?:say|tell|mention|know|see|add|show)s?(?: (?:you|us))? is that |"
    r"\bno (?:secret|doubt) that "
)
"""What is supposed or denied before it is not after it."""


@dataclass(frozen=True)
class Accusation:
    """Characters `start` to `end` say `what` of somebody."""

    name: Name
    start: int
    end: int
    what: str


def accusations(voice: Voice, names: Iterable[Name]) -> Iterator[Accusation]:
    """What the author itself says of these people as a fact."""
    several = list(names)
    taken = [each.start for each in several]
    for name in several:
        start, end = name.start, name.end
        last = voice.sentence(end)[1]
        at = start
        if after := SAID_AFTER.match(voice.own, end, min(end + REACH, last)):
            end, what = after.end(), after[0]
        elif before := _said_before(voice, start, end):
            start, what = before.start(), before[0]
        elif said := _said_next(voice, name, taken, last):
            at, end, what = said.start(1), said.end(), said[0]
        else:
            continue
        if voice.is_own(start, end) and not is_left_open(voice, at, end):
            yield Accusation(name, start, end, " ".join(what.strip(" ,'’").removeprefix("s ").split()))


def _said_before(voice: Voice, start: int, end: int) -> re.Match[str] | None:
    """What is said of a name right before it; not where it only owns what did something."""
    if found := SAID_BEFORE.search(voice.own, max(0, start - BEFORE), start):
        return found
    is_owner = voice.own[end : end + 1] in ("'", "’")
    return None if is_owner else BY_ONE.search(voice.own, max(0, start - FAR_BEFORE), start)


def _said_next(voice: Voice, name: Name, taken: list[int], last: int) -> re.Match[str] | None:
    """What the next sentence says of whom it calls "he" or "she": this person, whose name is the last one in its
    sentence, and begins it or ends it, with nobody else between."""
    place = bisect_right(taken, name.start)
    if place < len(taken) and taken[place] < last:
        return None
    first = max(voice.sentence(name.start)[0], name.start - REACH)
    if voice.is_supposed(name.start) or A_WORK.search(voice.own, first, min(last, name.end + REACH)):
        return None
    begins = not voice.own[first : name.start].strip(" \n*_#>-")
    ends = not voice.own[name.end : last].strip(" \n.*_!?")
    is_meant = ends or (begins and not SOMEBODY_ELSE.search(voice.own, name.end, min(last, name.end + REACH)))
    return NEXT.match(voice.own, last, last + REACH) if is_meant else None


def is_left_open(voice: Voice, at: int, end: int) -> bool:
    """Whether what stands here is supposed or denied, with no "but" between."""
    first = max(voice.sentence(at)[0], at - 200)
    turns = [turn.end() for turn in BUT.finditer(voice.own, first, at)]
    if SUPPOSED.search(voice.own, turns[-1] if turns else first, at):
        return True
    is_new = bool(turns) and turns[-1] > at - 60
    return bool(DENIED.search(voice.own, turns[-1], end)) if is_new else voice.is_denied(min(at, end), end)
