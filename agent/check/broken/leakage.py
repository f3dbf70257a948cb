"""What a text says to whoever asked for it, and not to its readers: "Certainly! Here's the essay", an offer to revise
it, a count of its words."""

import re
from collections.abc import Iterator

from agent.check.frame import Finding
from agent.check.reading.bare import Bare
from agent.tables import Level

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
SORRY = r"(?:(?:i[ ]apologi[sz]e|i(?:['’]m|[ ]am)[ ]sorry|my[ ]apologies|sorry)\b[^.!?\n]{0,60}[.!][ ])?"
OPENING = re.compile(
    rf"""[ \t>*_]{{0,8}}{SORRY}(?:
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
WORK = (
    r"(?:(?:also|further)[ ])?(?:continue|go[ ]on|keep[ ]going|proceed|write|rewrite|revise|expand|adjust|"
    r"change|add|make|elaborate|explain|help|provide|share|create|shorten|refine|edit|turn|generate|modify|tweak|"
    r"translate|summari[sz]e|include|explore|develop|extend|lengthen|polish|draft|suggest|do|try)\b"
)
OFFER = re.compile(
    rf"""(?:^[ \t*_]{{0,8}}|(?<=[.!?…][ ]))(?:please[ ,]|and[ ]|so[ ])?(?:
      would[ ]you[ ]like[ ]
        (?:me[ ]to[ ]{WORK}|another[ ](?:one|version|draft|take|poem|essay|story|piece)|any[ ]changes)
    | shall[ ]i[ ](?:continue|go[ ]on)[ ](?:with|from)\b
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
SPOKEN_OF = re.compile(
    r"""\b(?:used[ ]to|ten[ ]thousand|in[ ]those[ ]days|trained
    | I[ ](?:always[ ]|often[ ]|never[ ]|once[ ]|have[ ])?
        (?:said|asked|offered|wrote|ended|closed|began|would[ ](?:say|ask|end))
    | (?:that|this|so|it)[ ](?:is|was)[ ](?:what|how|the|my|all|one)\b
    | my[ ](?:old[ ]|own[ ]|only[ ])?(?:habit|reflex|manners|refrain|answer|ending|last[ ]words?|first[ ]words?)
    | the[ ](?:old|usual|same|stock|very)[ ](?:line|ending|words|sentence|question)\b
    | (?:the|that|this)[ ](?:phrase|question|sentence|formula|offer)\b
    | (?:every|each)[ ](?:answer|reply|conversation|page|letter|time)
    | it[ ](?:asks|asked|says|said|goes|went|ran)
    | (?:he|she|they|the[ ]\w{1,20})[ ](?:asks|asked|says|said))""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words by which a text says of such a sentence that somebody said it."""
SAID_ALOUD = re.compile(r"[ \t]*(?:[–—]|-{2}|[\"'“‘«„])")
"""A line of speech: it begins with a dash, or with a mark that the next paragraph goes on with."""
SENTENCE_ENDS = re.compile(r"[.!?…][\"'”’)*_]{0,3}(?=\s)")
TO_YOU = re.compile(
    r"\b(?:you|your|I can|I could|I['’]d|I['’]ll|I will|I would|happy to|more|another)\b", re.IGNORECASE
)
NEAR = 240
STOCK = re.compile(r"\bas an? (?:AI|artificial intelligence) language model\b", re.IGNORECASE)
LABEL = re.compile(r"[ \t>#*_]{0,12}[^\W\d_a-z][\w .'\u2019-]{0,30}[ \t*_]{0,6}:")
LINE = re.compile(r"\S[^\n]*")


def leakage(bare: Bare) -> Iterator[Finding]:
    """What is no part of the text itself; a stock phrase and a count of words are notes."""
    first, last = _ends(bare.own)
    yield from _presented(bare, first)
    yield from _offered(bare, [*_last(bare, last), *first[:1]])
    for start, end in last:
        if COUNTED.match(bare.own, start, end):
            yield Finding(
                Level.NOTE, "leakage", start, end, "This line tells of the text's length or end to who asked."
            )
            break
    if match := STOCK.search(bare.own):
        why = "This is a stock phrase of chats; here it may be meant."
        yield Finding(Level.NOTE, "leakage", match.start(), match.end(), why)


def _presented(bare: Bare, first: list[tuple[int, int]]) -> Iterator[Finding]:
    """How the text begins, where that is said to whoever asked for it."""
    for start, end in first:
        if match := OPENING.match(bare.own, start, end):
            why = "This presents the text to somebody who asked for it; readers asked for nothing."
            level = Level.NOTE if _is_spoken_of(bare, match, start, end) else Level.LOOK
            yield Finding(level, "leakage", match.start(), match.end(), why)
            break
        if match := ORDERED.match(bare.own, start, end):
            why = "These are orders to a model, as they stand before a conversation, and no part of a text."
            yield Finding(Level.LOOK, "leakage", match.start(), match.end(), why)
            break
        if match := PRESENTED.match(bare.own, start, end):
            why = "This presents the text as one does in a chat; it may be how the text begins."
            yield Finding(Level.NOTE, "leakage", match.start(), match.end(), why)
            break


def _offered(bare: Bare, lines: list[tuple[int, int]]) -> Iterator[Finding]:
    """An offer to whoever asked, with which a paragraph ends, or begins and goes on to say what else there could be.
    One that stands within an essay, or that the text speaks of, is a sentence of that essay."""
    for start, end in lines:
        if LABEL.match(bare.own, start, end) or SAID_ALOUD.match(bare.text, start, end):
            continue
        for match in OFFER.finditer(bare.own, start, end):
            rest = bare.prose[_sentence_end(bare, match.end(), end) : end].strip()
            is_offer = not rest or (match.start() == start and TO_YOU.search(rest) is not None)
            if is_offer and not _is_spoken_of(bare, match, start, end):
                why = "This offers help to somebody in a conversation; readers cannot answer."
                yield Finding(Level.LOOK, "leakage", match.start(), match.end(), why)
                return


def _sentence_end(bare: Bare, at: int, end: int) -> int:
    """Where the sentence ends in which this character stands."""
    found = SENTENCE_ENDS.search(bare.own, at, end)
    return found.end() if found else end


def _is_spoken_of(bare: Bare, match: re.Match[str], start: int, end: int) -> bool:
    """Whether the text says of these words, in a line from `start` to `end`, that somebody says them: beside them, in
    the line before if that leads up to them, or by having them elsewhere as well."""
    begins, ends = max(start, match.start() - NEAR), _sentence_end(bare, match.end(), end)
    after = min(end, ends + NEAR)
    if OFFER.match(match[0]) and not bare.own[ends:end].strip():
        # An essay may begin with such a sentence, and say what it was in the next.
        following = bare.own[end : end + NEAR]
        after = end + len(following) - len(following.lstrip())
        after = _sentence_end(bare, after, end + NEAR)
    if SPOKEN_OF.search(bare.own, begins, match.start()) or SPOKEN_OF.search(bare.own, ends, after):
        return True
    if bare.own[max(0, start - NEAR) : start].rstrip().endswith(":"):
        return True
    return bare.text.casefold().count(match[0].strip(" \t*_>").casefold()) > 1


def _last(bare: Bare, last: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The last line that says something, if nobody answers it: below may stand a count of words, or a rule."""
    for start, end in last:
        below = [line for line in bare.prose[end:].splitlines() if any(map(str.isalpha, line))]
        if any(COUNTED.match(line) is None for line in below):
            return []
        if not COUNTED.match(bare.own, start, end) and any(map(str.isalpha, bare.own[start:end])):
            return [(start, end)]
    return []


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
