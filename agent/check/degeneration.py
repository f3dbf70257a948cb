"""Signs that the writing broke down: loops, an end in mid-sentence, stray turns of a chat, hardly any words."""

import re
from collections.abc import Iterator

from agent.check.frame import Finding, Subject
from agent.check.loops import LETTERS, Word, is_verse, passages, rows, sentences, words_of
from agent.tables import Level

NAME = "degeneration"
VERSION = "1"
ABOUT = (
    "Signs that the writing broke down: the same words in a row, whole passages again and again, an end in "
    "mid-sentence, stray turns of a chat. "
    "It is milder with verse, which repeats itself on purpose. "
    "A refrain may stand; a text that fell apart was hardly meant."
)

FEW_WORDS = 20
MOST_LOOPS = 5
"""A text that has fallen apart needs no longer list."""
CUT_OFF = {"max_tokens", "model_context_window_exceeded"}

CODE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*\n.*?(?:^[ \t>]*(?P=fence)|\Z)|"
    r"(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)",
    re.MULTILINE | re.DOTALL,
)
TOKEN = re.compile(r"<\|\w{2,30}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>")
ROLE = re.compile(r"^[ \t>#*_]*(?:user|human|assistant)[ \t*_]*:", re.IGNORECASE | re.MULTILINE)

UNLIKE_PROSE = re.compile(r"#{1,6}\s|[-*+\u2013\u2014~|>]|\d+[.)]\s|\[\^?[^\]]+\]:|.*(://|www\.|@)\S*$")
"""Lines that need no full stop: headings, items, signatures, tables, notes, addresses."""
OPEN_WORDS = {"the", "a", "an", "and", "or", "of", "my", "your", "our", "their", "with", "because", "which"}


def check(subject: Subject) -> list[Finding]:
    """Loops ask for an answer, unless verse may want them; all else is a note."""
    bare = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), subject.text)
    words = words_of(bare)
    few = _few(subject.text, words, has_code=bare != subject.text)
    return [*few, *_loops(bare, words), *_turns(bare), *_end(subject, bare)]


def _few(text: str, words: list[Word], *, has_code: bool) -> Iterator[Finding]:
    if len(words) < FEW_WORDS:
        count = "one word" if len(words) == 1 else f"{len(words)} words"
        where = " outside of code" if has_code else ""
        yield Finding(Level.NOTE, "short", 0, len(text), f"The whole text has {count}{where}.")


def _loops(bare: str, words: list[Word]) -> list[Finding]:
    verse = is_verse(bare)
    found = [*_in_a_row(words, verse), *_letters(bare)]
    if all(finding.level == Level.NOTE for finding in found):
        found += [*_again(words, verse)] or ([] if verse else [*_refrain(bare, words)])
    return sorted(found[:MOST_LOOPS], key=lambda finding: finding.start)


def _in_a_row(words: list[Word], verse: bool) -> Iterator[Finding]:
    """The same words over and over. A poem may chant a line four times; prose has no reason to."""
    enough = 40 if verse else 24
    for row in rows([word.folded for word in words]):
        most_of_it = 2 * (row.unit + row.extra) > len(words)
        long = row.extra >= enough or (most_of_it and row.extra >= enough / 2)
        if row.copies >= 3 or row.extra >= 80:
            unit = "The same word stands" if row.unit == 1 else f"The same {row.unit} words stand"
            why = f"{unit} here {row.copies} times in a row."
            start, end = words[row.second].start, words[row.second + row.unit - 1].end
            yield Finding(Level.LOOK if long else Level.NOTE, "loop", start, end, why)


def _letters(bare: str) -> Iterator[Finding]:
    for match in LETTERS.finditer(bare):
        start = match.start() + len(match[1])
        why = f"The same letters stand here {len(match[0]) // len(match[1])} times in a row."
        yield Finding(Level.LOOK, "loop", start, match.end(), why)


def _again(words: list[Word], verse: bool) -> Iterator[Finding]:
    """Whole passages that come back. Songs have choruses, so verse may say half of itself twice."""
    repeated = passages([word.folded for word in words])
    count = sum(end - start for start, end in repeated)
    share = count / len(words) if words else 0.0
    look, note, least = (0.6, 0.5, 100) if verse else (0.25, 0.12, 40)
    if count >= least and share > note:
        start, end = max(repeated, key=lambda passage: passage[1] - passage[0])
        why = f"{share:.0%} of the words stand in passages that the text had already; this is the longest."
        level = Level.LOOK if share > look else Level.NOTE
        yield Finding(level, "loop", words[start].start, words[end - 1].end, why)


def _refrain(bare: str, words: list[Word]) -> Iterator[Finding]:
    """One sentence that keeps coming back in prose."""
    for sentence, places in sentences(bare).items():
        share = len(places) * len(sentence) / len(words)
        if len(places) >= 5:
            why = f"This sentence stands {len(places)} times in the text."
            yield Finding(Level.LOOK if share > 0.25 else Level.NOTE, "loop", *places[1], why)


def _turns(bare: str) -> Iterator[Finding]:
    """Marks of a chat that belong to the endpoint, or names of its speakers."""
    if match := TOKEN.search(bare):
        why = "This mark belongs to a model's inner format, not to a text."
        yield Finding(Level.LOOK, "turns", match.start(), match.end(), why)
    if match := ROLE.search(bare):
        why = "This looks like a turn of a chat; it may be meant as a dialogue."
        yield Finding(Level.NOTE, "turns", match.start(), match.end(), why)


def _end(subject: Subject, bare: str) -> Iterator[Finding]:
    """An end that was not meant, as the endpoint says or as the last line shows."""
    end = len(subject.text.rstrip())
    line_start = subject.text.rfind("\n", 0, end) + 1
    last_sentence = max(
        (m.end() for m in re.finditer(r"[.!?\u2026][\"'\u201d\u2019)\]*_]*\s+", bare[line_start:end])), default=0
    )
    start = line_start + last_sentence
    if subject.stop_reason in CUT_OFF:
        if not end:
            start, end = 0, len(subject.text)
        yield Finding(Level.NOTE, "truncation", start, end, "The endpoint stopped the text at its length limit.")
    elif end and _breaks_off(bare[:end], line_start):
        yield Finding(Level.NOTE, "truncation", start, end, "The text seems to end in mid-sentence.")


def _breaks_off(bare: str, line_start: int) -> bool:
    line = bare[line_start:].strip()
    words = line.split()
    if len(words) < 4 or UNLIKE_PROSE.match(line) or bare[-1].isspace():
        return False
    sign, last = line[-1], words[-1].strip("*_\"'(").casefold()
    if sign in ",;:(" or last in OPEN_WORDS:
        return True
    # Only scripts with capitals: others may end a sentence without a sign.
    in_word = sign.isdigit() or sign.lower() != sign.upper()
    return in_word and len(words) >= 12 and re.search(r"[.!?\u2026]\W*\s", bare) is not None
