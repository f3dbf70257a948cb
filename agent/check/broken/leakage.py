"""What a text says to whoever asked for it, and not to its readers: the outlet's own words given back, "Certainly!
Here's the essay", an offer to revise it."""

import re
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

FORM = (
    r"(?:essay|poem|piece|story|text|letter|reflection|draft|version|response|haiku|sonnet|villanelle|dialogue|fable|"
    r"article|paragraph|monologue|meditation|title|revision)s?\b"
)
KIND = rf"(?:[\w'’-]{{1,20}},?[ ]){{0,5}}{FORM}"
"""A form of text, and up to five words about it."""
HERE = r"(?:here(?:['’]s|[ ]is|[ ]are)|below[ ]is)"
HAPPY = r"i(?:['’]d|[ ]would|['’]ll|[ ]will|['’]m|[ ]am)[ ](?:be[ ])?(?:happy|glad|delighted|pleased)[ ]to"
ASKED = (
    r"(?:you(?:['’]ve)?[ ](?:have[ ])?(?:asked|requested|wanted)|as[ ](?:you[ ])?requested|"
    r"(?:about|of|in)[ ](?:about[ ]|around[ ]|roughly[ ])?\d{1,5}[ ]words)"
)
OPENING = re.compile(
    rf"""[ \t>*_]{{0,8}}(?:
      (?:certainly|sure(?:[ ]thing)?|of[ ]course|absolutely|okay|ok|great|no[ ]problem|understood)
        [ ]?[!,.:—–-]{{1,3}}[ ](?:(?:and[ ])?{HERE}[ ](?:an?|the|your|my|some|one)[ ]{KIND}
        |{HAPPY}|i(?:['’]ll|[ ]will)[ ]write|let[ ]me[ ]write)
    | (?:{HERE}|this[ ]is)[ ](?:an?|the|your|my|some)[ ]{KIND}[^\n]{{0,120}}?{ASKED}
    | {HERE}[ ](?:an?|the|your|my)[ ](?:[\w'’-]{{1,20}}[ ]){{0,3}}\d{{1,5}}[- ]words?\b
    | {HERE}[ ](?:an?|one|the)[ ](?:[^\n:.]{{0,60}}\byour|possible|sample|suggested|revised|improved)[ ]{KIND}
    | {HAPPY}[ ](?:write|help|assist|share|provide|compose|create)
    | as[ ](?:you[ ])?requested,
    | (?:thank[ ]you|thanks)[ ]for[ ](?:the|your|this)[ ](?:prompt|request|question)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
ORDERED = re.compile(
    r"[ \t>*_#]{0,8}(?:(?:system|system prompt|prompt|instructions?)[*_]{0,3}:[*_]{0,3}[ ])?you are an? "
    r"(?:helpful|honest|harmless|friendly|creative|knowledgeable|AI|talented)\b[\w, -]{0,60}\b"
    r"(?:assistant|chatbot|AI|writer)\b",
    re.IGNORECASE,
)
PRESENTED = re.compile(
    rf"[ \t>*_]{{0,8}}{HERE}[ ](?:an?|the|your|my)[ ]{KIND}[^\n:]{{0,120}}:[*_ \t]{{0,8}}$", re.IGNORECASE | re.VERBOSE
)
"""The same in words that an author may well begin with."""
OFFER = re.compile(
    r"""(?:^[ \t*_]{0,8}|(?<=[.!?…][ ]))(?:please[ ,]|and[ ]|so[ ])?(?:
      would[ ]you[ ]like[ ](?:me[ ]to|another|any[ ]changes)
    | (?:do[ ]you|if[ ]you(?:['’]d)?)[ ](?:want|like)[ ]me[ ]to
        [ ](?:revise|change|adjust|expand|continue|write|rewrite|add)
    | shall[ ]i[ ](?:revise|expand|rewrite|adjust)
    | let[ ]me[ ]know[ ](?:if|whether)[ ](?:you(?:['’]d|[ ]would)[ ](?:like|prefer)
        |you[ ](?:need|want)[ ](?:me|any|anything)
        |you[ ]have[ ]any[ ](?:questions|feedback|changes)|there(?:['’]s|[ ]is)[ ]anything)
    | i[ ]hope[ ](?:this|that|it)[ ](?:helps|meets[ ]your|fits[ ]your|is[ ]what[ ]you)
    | feel[ ]free[ ]to[ ](?:ask|reach[ ]out|let[ ]me[ ]know|modify|adjust|edit)
    | is[ ]there[ ]anything[ ]else[ ](?:i[ ]can|you(?:['’]d|[ ]would))
    )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
COUNTED = re.compile(
    r"[ \t(\[*_]{0,8}(?:word[ ]count:?[ ]*[*_]{0,3}[ ]?(?:approximately[ ]|about[ ]|~)?\d{1,6}(?:[ ]words)?|"
    r"(?:approximately[ ]|about[ ]|~)?\d{1,6}[ ]words|end[ ]of[ ](?:essay|response|story|poem|text))[ \t)\].*_]{0,8}$",
    re.IGNORECASE,
)
STOCK = re.compile(r"\bas an? (?:AI|artificial intelligence) language model\b", re.IGNORECASE)
LABEL = re.compile(r"[ \t>#*_]{0,12}[^\W\d_a-z][\w .'\u2019-]{0,30}[ \t*_]{0,6}:")
LINE = re.compile(r"\S[^\n]*")


def leakage(bare: Bare, subject: Subject) -> Iterator[Finding]:
    """What is no part of the text itself; a stock phrase and a count of words are notes."""
    yield from _given_back(bare, subject)
    own = bare.own
    first, last = _ends(own)
    for start, end in first:
        if match := OPENING.match(own, start, end):
            why = "This presents the text to somebody who asked for it; readers asked for nothing."
            yield Finding(Level.LOOK, "leakage", match.start(), match.end(), why)
            break
        if match := ORDERED.match(own, start, end):
            why = "These are orders to a model, as they stand before a conversation, and no part of a text."
            yield Finding(Level.LOOK, "leakage", match.start(), match.end(), why)
            break
        if match := PRESENTED.match(own, start, end):
            why = "This presents the text as one does in a chat; it may be how the text begins."
            yield Finding(Level.NOTE, "leakage", match.start(), match.end(), why)
            break
    for start, end in last:
        if not LABEL.match(own, start, end) and (match := OFFER.search(own, start, end)):
            why = "This offers help to somebody in a conversation; readers cannot answer."
            yield Finding(Level.LOOK, "leakage", match.start(), match.end(), why)
            break
    for start, end in last:
        if COUNTED.match(own, start, end):
            yield Finding(
                Level.NOTE, "leakage", start, end, "This line tells of the text's length or end to who asked."
            )
            break
    if match := STOCK.search(own):
        why = "This is a stock phrase of chats; here it may be meant."
        yield Finding(Level.NOTE, "leakage", match.start(), match.end(), why)


def _ends(own: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The first two lines that say something and are no heading; and the last two, the last one first."""
    first: list[tuple[int, int]] = []
    for line in LINE.finditer(own):
        if not line[0].startswith("#"):
            first.append(line.span())
            if len(first) == 2:
                break
    last: list[tuple[int, int]] = []
    rest = own.rstrip()
    while rest and len(last) < 2:
        start = rest.rfind("\n") + 1
        last.append((start, len(rest)))
        rest = rest[:start].rstrip()
    return first, last


def _given_back(bare: Bare, subject: Subject) -> Iterator[Finding]:
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
