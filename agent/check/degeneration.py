"""Signs that the writing broke down, or that something of how it was made was left in it (broken/)."""

import re
from collections import Counter
from collections.abc import Iterator

from agent.check.broken.debris import debris
from agent.check.broken.given import given_back
from agent.check.broken.languages import language, languages
from agent.check.broken.leakage import leakage
from agent.check.broken.loops import PASSAGE, Row, builds_up, letters, passages, rows, sentences, words_of
from agent.check.broken.ratios import ratios
from agent.check.broken.turns import turns
from agent.check.frame import Finding, Subject
from agent.check.reading.bare import Bare
from agent.tables import Level

NAME = "degeneration"
VERSION = "2"
ABOUT = (
    "Signs that the writing broke down or kept something of how it was made: loops, an end in mid-sentence, turns of a "
    "chat, calls of tools, this outlet's own words given back, places never filled in, another script or language. "
    "It leaves alone code and quotations, and is milder with verse and lists, which repeat themselves on purpose. "
    "A refrain may stand; for the rest, see whether its author can have meant it."
)

FEW_WORDS = 20
MIXED = "mul"
"""The tag of a text in several languages."""
MOST_LOOPS = 5
"""A text that has fallen apart needs no longer list."""
ANSWER = 120
"""Letters of a line that may answer others."""
CUT_OFF = {"max_tokens", "model_context_window_exceeded"}

UNLIKE_PROSE = re.compile(r"#{1,6}\s|[-*+\u2013\u2014~|>]|\d+[.)]\s|\[\^?[^\]]+\]:")
"""Lines that need no full stop: headings, items, signatures, tables, notes."""
ADDRESS = re.compile(r"://|www\.|@")
SENTENCE_END = re.compile(r"[.!?\u2026][\"'\u201d\u2019)\]*_]*\s+")
OPEN_WORDS = {"the", "a", "an", "and", "or", "of", "my", "your", "our", "their", "with", "because", "which"}


def check(subject: Subject) -> list[Finding]:
    """What shows that nobody meant it asks for an answer; what an author may have meant is a note."""
    bare = Bare(subject.text)
    told = language(bare)
    language_told = told[0] if told[0] == told[1] else "" if not all(told) else MIXED
    return [
        *_few(bare),
        *_loops(bare),
        *turns(bare, subject),
        *given_back(bare, subject),
        *leakage(bare),
        *debris(bare),
        *languages(bare, subject, told),
        *ratios(bare, language_told),
        *_end(subject, bare),
    ]


def _few(bare: Bare) -> Iterator[Finding]:
    if len(bare.words) < FEW_WORDS:
        count = "one word" if len(bare.words) == 1 else f"{len(bare.words)} words"
        where = " outside of code" if bare.prose != bare.text else ""
        yield Finding(Level.NOTE, "short", 0, len(bare.text), f"The whole text has {count}{where}.")


def _loops(bare: Bare) -> list[Finding]:
    found = [*_in_a_row(bare), *_letters(bare)]
    if all(finding.level == Level.NOTE for finding in found):
        found += [*_again(bare)] or ([] if bare.is_verse else [*_refrain(bare)])
    return sorted(found[:MOST_LOOPS], key=lambda finding: finding.start)


def _in_a_row(bare: Bare) -> Iterator[Finding]:
    """The same words over and over. A poem may chant a line four times; prose has no reason to."""
    words = bare.words
    for row in rows([word.folded for word in words]):
        if row.copies >= 3 or row.extra >= 80:
            unit = "The same word stands" if row.unit == 1 else f"The same {row.unit} words stand"
            why = f"{unit} here {row.copies} times in a row."
            start, end = words[row.second].start, words[row.second + row.unit - 1].end
            evidence = {"times": str(row.copies), "from there on": f"{row.extra} words"}
            yield Finding(Level.LOOK if _is_no_end(bare, row) else Level.NOTE, "loop", start, end, why, evidence)


def _is_no_end(bare: Bare, row: Row) -> bool:
    """Whether somebody must answer for such a row. In verse it goes on to the end, or nearly fills the text: a chant
    that leads on to something was meant, and so is a chorus that is sung three times at the end."""
    count = len(bare.words)
    most_of_it = 2 * (row.unit + row.extra) > count
    if not bare.is_verse:
        return row.extra >= 24 or (most_of_it and row.extra >= 12)
    if row.end + row.unit < count and not most_of_it:
        return False
    return row.extra >= 100 or (row.copies >= 5 and (row.extra >= 40 or (most_of_it and row.extra >= 20)))


def _letters(bare: Bare) -> Iterator[Finding]:
    for match in letters(bare.prose, bare.words):
        start = match.start() + len(match[1])
        why = f"The same letters stand here {len(match[0]) // len(match[1])} times in a row."
        yield Finding(Level.LOOK, "loop", start, match.end(), why)


def _again(bare: Bare) -> Iterator[Finding]:
    """Whole passages that come back. Songs have choruses and stanzas build up, so verse may say half of itself twice,
    and asks for an answer only where nothing new is said from the middle to the end."""
    words = bare.words
    repeated = passages([word.folded for word in words])
    count = sum(end - start for start, end in repeated)
    share = count / len(words) if words else 0.0
    note, least = (0.5, 100) if bare.is_verse else (0.12, 40)
    if count < least or share <= note:
        return
    start, end = max(repeated, key=lambda passage: passage[1] - passage[0])
    why = f"{share:.0%} of the words stand in passages that the text had already; this is the longest."
    last = repeated[-1]
    ends_in_it = last[1] - last[0] if last[1] + PASSAGE > len(words) else 0
    is_stuck = 2 * ends_in_it > len(words)
    if not bare.is_verse:
        is_stuck = is_stuck or (share > 0.25 and not builds_up(repeated) and not _is_answered(bare, count))
    level = Level.LOOK if is_stuck else Level.NOTE
    evidence = {"words that come back": f"{count} of {len(words)}", "the longest passage": f"{end - start} words"}
    yield Finding(level, "loop", words[start].start, words[end - 1].end, why, evidence)


def _is_answered(bare: Bare, count: int) -> bool:
    """Whether most of the `count` words that come back are short lines of their own between others, as a congregation
    answers in a litany."""
    often = Counter(line.strip() for line in bare.lines if len(line) <= ANSWER)
    answers = sum((times - 1) * len(words_of(line)) for line, times in often.items() if times > 1)
    return 2 * answers >= count and count < 0.6 * len(bare.words)


def _is_a_line(bare: Bare, place: tuple[int, int]) -> bool:
    """Whether words fill a short line, but for a word or a sign."""
    start, end = place
    first, last = bare.text.rfind("\n", 0, start) + 1, bare.text.find("\n", end)
    last = last if last >= 0 else len(bare.text)
    return last - first <= ANSWER and end - start > 0.75 * (last - first)


def _refrain(bare: Bare) -> Iterator[Finding]:
    """One sentence that keeps coming back in prose."""
    for sentence, places in sentences(bare.prose).items():
        share = len(places) * len(sentence) / len(bare.words)
        if len(places) >= 5:
            why = f"This sentence stands {len(places)} times in the text."
            level = Level.LOOK if share > 0.25 and not all(_is_a_line(bare, place) for place in places) else Level.NOTE
            yield Finding(level, "loop", *places[1], why, {"times": str(len(places))})


def _end(subject: Subject, bare: Bare) -> Iterator[Finding]:
    """An end that was not meant, as the endpoint says or as the last line shows."""
    end = len(subject.text.rstrip())
    line_start = subject.text.rfind("\n", 0, end) + 1
    last_sentence = max((match.end() for match in SENTENCE_END.finditer(bare.prose[line_start:end])), default=0)
    start = line_start + last_sentence
    if subject.stop_reason in CUT_OFF:
        if not end:
            start, end = 0, len(subject.text)
        is_cut = bool(end) and not bare.is_verse and _breaks_off(bare.prose[:end], line_start, was_stopped=True)
        level = Level.LOOK if is_cut else Level.NOTE
        why = "The endpoint stopped the text at its length limit"
        yield Finding(level, "truncation", start, end, f"{why}, in mid-sentence." if is_cut else f"{why}.")
    elif end and _breaks_off(bare.prose[:end], line_start):
        yield Finding(Level.NOTE, "truncation", start, end, "The text seems to end in mid-sentence.")


def _breaks_off(prose: str, line_start: int, *, was_stopped: bool = False) -> bool:
    """Whether a sentence has no end; of a text that was stopped it is known that it went on."""
    line = prose[line_start:].strip()
    words = line.split()
    if len(words) < 4 or prose[-1].isspace() or UNLIKE_PROSE.match(line) or ADDRESS.search(words[-1]):
        return False
    sign, last = line[-1], words[-1].strip("*_\"'(").casefold()
    if sign in ",;:(" or last in OPEN_WORDS:
        return True
    # Only scripts with capitals: others may end a sentence without a sign.
    in_word = sign.isdigit() or sign.lower() != sign.upper()
    return in_word and (was_stopped or len(words) >= 12) and SENTENCE_END.search(prose) is not None
