"""Shares of signs and words that no prose has: the rules of Rae et al. 2021 ("Gopher") for what is hardly a text, made
milder for verse and lists. Each is a note, and none is about code."""

import re
from collections.abc import Iterator

from agent.check.broken.loops import Word
from agent.check.frame import Finding
from agent.check.reading.bare import Bare
from agent.render.kept import COMMON
from agent.tables import Level

ENOUGH = 60
"""Words below which shares say nothing."""
ENOUGH_LINES = 12
SHORT, LONG = 2.4, 10.0
"""Letters that the words of a text have on average, at least and at most."""
ALPHABETS_END = "\u0590"
"""Letters of the scripts before it stand one for a sound, with spaces between words."""
LATIN_END = "\u0250"
SYMBOL = re.compile(r"(?<!\n)(?<!#)#(?!#)|[@$^{}=+%&\\<>\u2022\u2190-\u2bff\U0001f000-\U0001faff]")
FORMULA = re.compile(r"\$[^$\n]{1,400}\$|\$\$[^$]{1,2000}\$\$")
ELLIPSIS = re.compile(r"\u2026|\.\.\.+")
BULLET = re.compile(r"[ \t>]*(?:[-*+\u2022\u2013]|\d{1,3}[.)])[ \t]")
UNBROKEN = 1_000


def ratios(bare: Bare, language: str) -> Iterator[Finding]:
    """What stands out about the text as a whole. `language` is a tag, empty where it is not known."""
    words = bare.words
    if (long := max(bare.prose.split(), key=len, default="")) and len(long) >= UNBROKEN and long.isascii():
        start = bare.prose.find(long)
        why = f"{len(long):,} signs stand here without a space."
        yield Finding(Level.NOTE, "ratio", start, start + len(long), why)
        return
    if len(words) < ENOUGH:
        return
    bullets = sum(BULLET.match(line) is not None for line in bare.lines)
    is_mild = bare.is_verse or 2 * bullets > len(bare.lines)
    why = next(filter(None, (*_of_lines(bare, bullets), *_of_words(bare, words, language, is_mild=is_mild))), "")
    if why:
        yield Finding(Level.NOTE, "ratio", 0, len(bare.text), why)


def _of_lines(bare: Bare, bullets: int) -> Iterator[str]:
    lines, verse = bare.lines, bare.is_verse
    # The lines of a list that is a poem are as short as those of any other.
    if len(lines) >= ENOUGH_LINES and not verse and bullets > 0.9 * len(lines):
        yield f"{bullets} of {len(lines)} lines are items of a list."
    trailing = sum(line.rstrip().endswith(("...", "\u2026")) for line in lines)
    if len(lines) >= ENOUGH_LINES and trailing > (0.6 if verse else 0.3) * len(lines):
        yield f"{trailing} of {len(lines)} lines end in three dots."


def _of_words(bare: Bare, words: list[Word], language: str, *, is_mild: bool) -> Iterator[str]:
    count = len(words)
    symbols = len(SYMBOL.findall(FORMULA.sub("", bare.prose)))
    if symbols > (0.8 if is_mild else 0.3) * count:
        yield f"{symbols} symbols stand among {count} words."
    dots = len(ELLIPSIS.findall(bare.prose)) if "..." in bare.prose or "\u2026" in bare.prose else 0
    if dots > (0.2 if is_mild else 0.1) * count:
        yield f"Three dots stand {dots} times among {count} words."
    numbers = sum(word.folded[0].isdigit() for word in words)
    if numbers > (0.7 if is_mild else 0.4) * count:
        yield f"{numbers} of {count} words are numbers."
    lettered = [word.end - word.start for word in words if not word.folded[0].isdigit()]
    if words[0].folded < ALPHABETS_END and lettered:
        mean = sum(lettered) / len(lettered)
        if not SHORT <= mean <= LONG:
            yield f"Its words have {mean:.1f} letters on average."
    if not is_mild and language in ("", "en") and words[0].folded < LATIN_END:
        # What it quotes may be in any language.
        own = [word for word in words if not bare.own[word.start].isspace() and not word.folded[0].isdigit()]
        if len(own) >= ENOUGH and sum(word.folded in COMMON for word in own) < 0.06 * len(own):
            yield f"Hardly any of its {len(own)} words are the small ones that hold sentences together."
